package weigh

import (
	"slices"
)

// packed is a table of kind Classes or Open ready for the kernels: sorted by
// item, one 32-bit code a statement. Sources stand in the order of how much they
// say, the most first, so that what is used most lies close together.
type packed struct {
	items, sources int
	values         int       // a source has so many codes: every Value is below it
	first          []int32   // the statements on item i are those from first[i] to first[i+1]
	code           []uint32  // place of the source * values + value
	weight         []float32 // of each statement, in [0, 256]; nil where all are 1
	place          []int32   // of each source
	said           []int32   // how many statements each source makes
}

// packTable packs what a table says, a statement repeated word for word once and
// no matter its origin. A statement that allows several values becomes one for
// each, of equal weights that add up to one.
func packTable(t *Table, workers int) (*packed, error) {
	bare := *t
	bare.Origin = nil
	return packLayout(t, newLayout(&bare), nil)
}

// packLayout packs the statements of a layout in its order with a weight each,
// or all of weight 1.
func packLayout(t *Table, l *layout, weight []float32) (*packed, error) {
	p := &packed{items: t.Items, sources: t.Sources, values: 1, first: make([]int32, t.Items+1), said: make([]int32, t.Sources)}
	if t.Kind == Classes {
		p.values = t.Classes
	}
	for _, c := range t.Candidates {
		p.values = max(p.values, int(c.Count))
	}
	for _, row := range l.row {
		p.said[t.Source[row]]++
	}
	p.placeSources()
	total, sets := 0, false
	for _, row := range l.row {
		if v := t.Value[row]; v < 0 {
			sets = true
			total += len(t.Sets[^v].Values)
		} else {
			total++
		}
	}
	p.code = make([]uint32, 0, total)
	if weight != nil || sets {
		p.weight = make([]float32, 0, total)
	}
	for i := range t.Items {
		p.first[i] = int32(len(p.code))
		for at := l.first[i]; at < l.first[i+1]; at++ {
			row := l.row[at]
			base, w := uint32(p.place[t.Source[row]])*uint32(p.values), float32(1)
			if weight != nil {
				w = weight[at]
			}
			if v := t.Value[row]; v >= 0 {
				p.code = append(p.code, base+uint32(v))
				if p.weight != nil {
					p.weight = append(p.weight, w)
				}
				continue
			}
			values := t.Sets[^t.Value[row]].Values
			for _, v := range values {
				p.code, p.weight = append(p.code, base+uint32(v)), append(p.weight, w/float32(len(values)))
			}
		}
	}
	p.first[t.Items] = int32(len(p.code))
	return p, nil
}

// placeSources orders sources by how much they say, of equals by index.
func (p *packed) placeSources() {
	order := make([]uint64, p.sources)
	for s, n := range p.said {
		order[s] = uint64(^uint32(n))<<32 | uint64(s)
	}
	slices.Sort(order)
	p.place = make([]int32, p.sources)
	for at, o := range order {
		p.place[uint32(o)] = int32(at)
	}
}
