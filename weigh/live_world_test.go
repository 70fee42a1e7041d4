package weigh

import (
	"math"
	"math/rand/v2"
)

// liveWorld is a made-up table of so many items, each with so many statements by
// sources that are right between least and most of the time. Where crowded,
// source r speaks as often as 1/(r+1): the first of twenty thousand makes about
// one statement in ten.
type liveWorld struct {
	items, each, sources, classes int
	least, most                   float64
	crowded                       bool
}

func (w liveWorld) make(seed uint64) *Table {
	r := rand.New(rand.NewPCG(seed, 0))
	t := &Table{Kind: Classes, Items: w.items, Sources: w.sources, Classes: w.classes}
	accuracy := make([]float64, w.sources)
	for s := range accuracy {
		accuracy[s] = w.least + (w.most-w.least)*r.Float64()
	}
	speaks := make([]int, w.sources) // on which item a source has spoken last
	for i := range w.items {
		truth := r.IntN(w.classes)
		for range w.each {
			s := w.draw(r)
			for speaks[s] == i+1 {
				s = w.draw(r)
			}
			speaks[s] = i + 1
			v := truth
			if r.Float64() > accuracy[s] {
				v = (truth + 1 + r.IntN(w.classes-1)) % w.classes
			}
			t.Item, t.Source, t.Value = append(t.Item, int32(i)), append(t.Source, int32(s)), append(t.Value, int32(v))
		}
	}
	return t
}

func (w liveWorld) draw(r *rand.Rand) int {
	if w.crowded {
		return int(math.Pow(float64(w.sources+1), r.Float64())) - 1
	}
	return r.IntN(w.sources)
}
