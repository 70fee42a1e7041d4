package weigh_test

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

// joined is a table with one source more, who says of one item one value.
func joined(d *weigh.Table, item, value, origin int32) *weigh.Table {
	n := reordered(d, upTo(d.Statements()))
	n.Item, n.Source, n.Value = append(n.Item, item), append(n.Source, int32(d.Sources)), append(n.Value, value)
	n.Sources++
	if n.Origin != nil {
		n.Origin = append(n.Origin, origin)
	}
	return n
}

func TestOneMoreSupporter(t *testing.T) {
	for _, m := range models {
		for _, kind := range m.kinds {
			if kind == weigh.Number || slices.Contains(m.breaks, supportHelps) {
				continue
			}
			t.Run(m.Name()+", "+kind.String()+": "+supportHelps, func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					d := drawTable(t, kind)
					i := rapid.Int32Range(0, int32(d.Items)-1).Draw(t, "supported")
					before := m.weigh(t, d).Verdicts[i]
					if before.Top < 0 {
						return
					}
					after := m.weigh(t, joined(d, i, int32(before.Top), weigh.NoOrigin)).Verdicts[i]
					if after.P[before.Top] < before.P[before.Top]-noise {
						t.Fatalf("P of the answer fell from %v to %v", before.P[before.Top], after.P[before.Top])
					}
					if after.Top == before.Top && after.Support <= before.Support {
						t.Fatalf("support was %v, is %v", before.Support, after.Support)
					}
				})
			})
		}
	}
}

// TestOneMoreSupporterInWorlds is the same law where there is enough to learn
// from, for the models that break it on a handful of statements.
func TestOneMoreSupporterInWorlds(t *testing.T) {
	for _, name := range []string{"few experts", "few statements a source"} {
		w := worldNamed(t, name)
		w.Items = 60
		for _, m := range []weigh.Model{weigh.Anchored{}, weigh.Default{}} {
			t.Run(m.Name()+", "+name, func(t *testing.T) {
				m, d := model{Model: m}, makeWorld(t, w, 1).Table
				before := m.weigh(t, d).Verdicts
				for i := range int32(5) {
					top := before[i].Top
					if top < 0 {
						continue
					}
					if after := m.weigh(t, joined(d, i, int32(top), weigh.NoOrigin)).Verdicts[i].P[top]; after < before[i].P[top]-noise {
						t.Errorf("P of the answer to item %d fell from %v to %v", i, before[i].P[top], after)
					}
				}
			})
		}
	}
}

// TestRepeatedFigure: who only passes a figure on hardly moves what is held. It
// does move it a little, since there is one more whose errors the rest are
// learned from.
func TestRepeatedFigure(t *testing.T) {
	w := synth.World{Kind: weigh.Number, Items: 60, Center: 10, Spread: 5, Groups: []synth.Group{{Count: 8, Skips: synth.Fixed(.3), Reading: synth.Reading{Noise: 1, Unequal: .3}}}}
	m, worst := model{Model: weigh.Default{}}, 0.0
	for seed := range uint64(6) {
		d := makeWorld(t, w, seed).Table
		d.Origin = make([]int32, d.Statements())
		for j := range d.Origin {
			d.Origin[j] = weigh.NoOrigin
		}
		d.Origin[0] = 0
		more := reordered(d, append(upTo(d.Statements()), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
		for n := range 10 {
			more.Source[d.Statements()+n] = int32(d.Sources + n)
		}
		more.Sources += 10
		was, is := m.weigh(t, d).Verdicts[d.Item[0]], m.weigh(t, more).Verdicts[d.Item[0]]
		worst = max(worst, math.Abs(is.Value-was.Value)/(was.High-was.Low))
		if math.Abs(is.Support-was.Support) > .5 {
			t.Errorf("seed %d: support was %v, is %v", seed, was.Support, is.Support)
		}
	}
	if worst > .05 {
		t.Errorf("ten repeats of one origin moved a figure by %.3f of its interval", worst)
	}
}
