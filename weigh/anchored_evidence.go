package weigh

import (
	"cmp"
	"math"
	"slices"
)

// anchoredFit is what Anchored has found, as evidence that adds up: with the
// difficulty of an item held as it was found, the logarithm of a class's
// probability is a sum over statements in each explanation, and that of all of
// them is their mean.
type anchoredFit struct {
	Choices
	table   *Table
	layout  *layout
	packed  *packed
	members []*banded
	temper  float64
}

// told is a statement on an item: where it stands in the layout, and its codes in
// the packed table.
type told struct {
	origin   int64 // equal for those of one origin
	at       int32
	from, to int32
}

// tell lists the statements on an item, origin by origin.
func (f *anchoredFit) tell(item int, into []told) []told {
	into = into[:0]
	code := f.packed.first[item]
	for j, row := range f.layout.on(item) {
		s := told{origin: f.table.originOf(row), at: f.layout.first[item] + int32(j), from: code, to: code + 1}
		if v := f.table.Value[row]; v < 0 {
			s.to = code + int32(len(f.table.Sets[^v].Values))
		}
		into, code = append(into, s), s.to
	}
	slices.SortStableFunc(into, func(a, b told) int { return cmp.Compare(a.origin, b.origin) })
	return into
}

// evidence implements additive.
func (f *anchoredFit) evidence(item int, e *evidence) {
	classes := f.table.Classes
	e.reset(classes, classes)
	e.temper = f.temper
	if f.table.Settled != nil {
		e.settled = f.table.Settled[item]
	}
	e.told = f.tell(item, e.told)
	from, to := int(f.packed.first[item]), int(f.packed.first[item+1])
	states := f.members[0].states
	e.room = cleared(e.room, classes*(to-from+3)+states)
	prior, rest := e.room[:classes:classes], e.room[classes:]
	adds, rest := rest[:classes*(to-from)], rest[classes*(to-from):]
	sums, score, own := rest[:classes], rest[classes:classes+states], rest[classes+states:]
	for _, b := range f.members {
		b.scores(item, score)
		clear(sums)
		for k := range classes {
			bands := score[k*b.of : (k+1)*b.of]
			all := logSumExp(bands)
			frequent := logSumExp(b.logs[k*b.of : (k+1)*b.of])
			for m, x := range bands {
				bands[m] = math.Exp(x - all)
			}
			for at := from; at < to; at++ {
				row, x := b.row(at)[k*b.of:], 0.0
				for m, q := range bands {
					x += q * float64(row[m])
				}
				x *= float64(b.p.weightAt(at))
				adds[(at-from)*classes+k] += b.part * x
				sums[k] += x
			}
			prior[k] += b.part * (f.SharePower*frequent + f.temper*(all-frequent-sums[k]))
		}
	}
	e.prior = prior
	for j := range e.told {
		s := &e.told[j]
		if j == 0 || e.told[j-1].origin != s.origin {
			clear(own)
		}
		for at := int(s.from); at < int(s.to); at++ {
			for k := range own {
				own[k] += adds[(at-from)*classes+k]
			}
		}
		if j+1 == len(e.told) || e.told[j+1].origin != s.origin {
			f.end(e, j, own)
		}
	}
}

// end tells what the origin whose last statement is told[last] adds to every
// class. What it adds to that which it says least for and does not name is taken
// as nothing, so that of two classes only the one that it names has an entry.
func (f *anchoredFit) end(e *evidence, last int, own []float64) {
	first := last
	for first > 0 && e.told[first-1].origin == e.told[last].origin {
		first--
	}
	least, named := math.Inf(1), func(k int) float32 {
		n := 0
		for _, s := range e.told[first : last+1] {
			if f.names(s, int32(k)) {
				n++
			}
		}
		return float32(n) / float32(last+1-first)
	}
	for k, x := range own {
		if x < least && named(k) == 0 {
			least = x
		}
	}
	if math.IsInf(least, 1) {
		least = slices.Min(own)
	}
	for k, x := range own {
		if w := named(k); w > 0 || x != least {
			e.add(int32(k), x-least, w)
		}
	}
	e.end(false)
}

// names tells whether a statement puts a class forward.
func (f *anchoredFit) names(s told, class int32) bool {
	v := f.table.Value[f.layout.row[s.at]]
	if v >= 0 {
		return v == class
	}
	set := &f.table.Sets[^v]
	_, found := slices.BinarySearch(set.Values, class)
	return found && !set.Denies
}

// parts implements additive.
func (f *anchoredFit) parts(item int) []OriginPart {
	var parts []OriginPart
	said := f.tell(item, nil)
	for j, s := range said {
		row := f.layout.row[s.at]
		if j == 0 || said[j-1].origin != s.origin {
			parts = append(parts, OriginPart{})
		}
		p := &parts[len(parts)-1]
		if !slices.Contains(p.Sources, f.table.Source[row]) {
			p.Sources = append(p.Sources, f.table.Source[row])
		}
		if !slices.Contains(p.Values, f.table.Value[row]) {
			p.Values = append(p.Values, f.table.Value[row])
		}
		for at := s.from; at < s.to; at++ {
			p.Weight += float64(f.packed.weightAt(int(at)))
		}
	}
	return parts
}
