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
	n, states := len(e.told), f.members[0].states
	e.room = cleared(e.room, classes*(n+3)+states)
	prior, rest := e.room[:classes:classes], e.room[classes:]
	tells, rest := rest[:classes*n], rest[classes*n:] // by statement and class
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
			for j := range e.told {
				s, x := &e.told[j], 0.0
				for at := int(s.from); at < int(s.to); at++ {
					row := b.row(at)[k*b.of:]
					for m, q := range bands {
						x += q * float64(row[m])
					}
				}
				codes := float64(s.to - s.from)
				sums[k] += x * float64(b.p.weightAt(int(s.from)))
				tells[j*classes+k] += b.part * x / codes
			}
			prior[k] += b.part * (f.SharePower*frequent + f.temper*(all-frequent-sums[k]))
		}
	}
	e.prior = prior
	for first, last := 0, 0; first < n; first = last {
		for last = first; last < n && e.told[last].origin == e.told[first].origin; last++ {
		}
		f.speakOnce(e, e.told[first:last], tells[first*classes:last*classes], own)
	}
}

// speakOnce tells what an origin adds to every class: of those who say the same it
// is the one whose word counts least, so that nobody makes a rumour firmer by
// passing it on; what says several things lends each a part. What is added to that
// which the origin says least for and does not name is taken as nothing, so that
// of two classes only the one that it names has an entry.
func (f *anchoredFit) speakOnce(e *evidence, said []told, tells, own []float64) {
	classes := len(own)
	clear(own)
	values := 0
	for j := range said {
		if f.heard(said[:j], said[j]) {
			continue
		}
		least := j
		for other := j + 1; other < len(said); other++ {
			if f.alike(said[j], said[other]) && f.margin(said[j], tells[other*classes:(other+1)*classes]) < f.margin(said[j], tells[least*classes:(least+1)*classes]) {
				least = other
			}
		}
		for k, x := range tells[least*classes : (least+1)*classes] {
			own[k] += x
		}
		values++
	}
	part := 1 / float64(values)
	named := func(k int) (n float32) {
		for j := range said {
			if f.names(said[j], int32(k)) && !f.heard(said[:j], said[j]) {
				n += float32(part)
			}
		}
		return n
	}
	nothing := math.Inf(1)
	for k := range own {
		if own[k] *= part; own[k] < nothing && named(k) == 0 {
			nothing = own[k]
		}
	}
	if math.IsInf(nothing, 1) {
		nothing = slices.Min(own)
	}
	for k, x := range own {
		if w := named(k); w > 0 || x != nothing {
			e.add(int32(k), x-nothing, w)
		}
	}
	e.end(false)
}

// alike tells whether two statements say the same.
func (f *anchoredFit) alike(a, b told) bool {
	return f.table.compareSaid(f.layout.row[a.at], f.layout.row[b.at]) == 0
}

// heard tells whether one of the statements says the same.
func (f *anchoredFit) heard(said []told, s told) bool {
	return slices.ContainsFunc(said, func(o told) bool { return f.alike(o, s) })
}

// margin is how much more a statement tells for what it names than for anything
// else.
func (f *anchoredFit) margin(s told, tells []float64) float64 {
	named, other := math.Inf(-1), math.Inf(-1)
	for k, x := range tells {
		if f.names(s, int32(k)) {
			named = max(named, x)
		} else {
			other = max(other, x)
		}
	}
	if math.IsInf(other, -1) {
		return 0
	}
	return named - other
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
