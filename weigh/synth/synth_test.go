package synth_test

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

func made(t *testing.T, w synth.World, seed uint64) *synth.Made {
	t.Helper()
	m, err := w.Make(seed)
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Table.Check(); err != nil {
		t.Fatal(err)
	}
	return m
}

// share is how many of those that are counted hold.
type share struct{ held, of float64 }

func (s *share) count(holds bool) {
	s.of++
	if holds {
		s.held++
	}
}

// near fails where a share is further from p than five standard errors.
func (s share) near(t *testing.T, what string, p float64) {
	t.Helper()
	if s.of == 0 {
		t.Fatalf("%s: nothing to count", what)
	}
	if got := s.held / s.of; math.Abs(got-p) > 5*math.Sqrt(max(p*(1-p), 1e-9)/s.of) {
		t.Errorf("%s: %.4f of %v, not %.4f", what, got, s.of, p)
	}
}

func TestMake(t *testing.T) {
	const sources, items = 20, 2000
	classes := synth.World{Kind: weigh.Classes, Items: items, Values: 4}
	group := func(w synth.World, g ...synth.Group) synth.World {
		w.Groups = g
		return w
	}
	t.Run("equal worlds and seeds give equal tables, other seeds others", func(t *testing.T) {
		w := group(classes, synth.Group{Count: sources, Skill: synth.Beta(4, 2), Skips: synth.Beta(1, 1)})
		a, b, c := made(t, w, 1), made(t, w, 1), made(t, w, 2)
		if !reflect.DeepEqual(a, b) {
			t.Error("equal seeds gave unlike worlds")
		}
		if reflect.DeepEqual(a.Table.Value, c.Table.Value) {
			t.Error("another seed gave the same table")
		}
	})
	t.Run("a group more leaves what all others say as it was", func(t *testing.T) {
		one := synth.Group{Count: sources, Skill: synth.Beta(4, 2), Skips: synth.Fixed(.3)}
		a, b := made(t, group(classes, one), 1), made(t, group(classes, one, one), 1)
		if n := a.Table.Statements(); !reflect.DeepEqual(a.Table.Value, b.Table.Value[:n]) || !reflect.DeepEqual(a.Truth, b.Truth) {
			t.Error("the first group says something else")
		}
	})
	t.Run("truths come from the shares", func(t *testing.T) {
		w := group(classes)
		w.Shares = []float64{.7, .1, .1, .1}
		var s share
		for _, v := range made(t, w, 1).Truth {
			s.count(v == 0)
		}
		s.near(t, "truth 0", .7)
	})
	t.Run("an answer is right as often as its source's skill and the item's difficulty say", func(t *testing.T) {
		w := group(classes, synth.Group{Count: sources, Skill: synth.Fixed(.8), Skips: synth.Fixed(.25)})
		w.Hard, w.Decoy = synth.Fixed(.4), .5
		m := made(t, w, 1)
		var right, first share
		for j, i := range m.Table.Item {
			right.count(m.Table.Value[j] == m.Truth[i])
		}
		right.near(t, "right", .6*.8+.4/4)
		first.of, first.held = sources*items, float64(m.Table.Statements())
		first.near(t, "spoken", .75)
	})
	t.Run("a biased source leans, a cautious one withholds what would be wrong", func(t *testing.T) {
		m := made(t, group(classes, synth.Group{Count: sources, Skill: synth.Fixed(.7), Bias: .5, LeanTo: 2}, synth.Group{Count: sources, Skill: synth.Fixed(.5), Withholds: 1}), 1)
		var leans, right share
		for j, i := range m.Table.Item {
			if m.Table.Source[j] >= sources {
				right.count(m.Table.Value[j] == m.Truth[i])
			} else if m.Truth[i] != 2 {
				leans.count(m.Table.Value[j] == 2)
			}
		}
		leans.near(t, "leaning", .5+.5*.3/3)
		right.near(t, "right", 1)
	})
	t.Run("rows of confusion are drawn around what they are given", func(t *testing.T) {
		rows := [][]float64{{8, 1, 1, 0.001}, {1, 8, 1, 0.001}, {1, 1, 8, 0.001}, {100, 100, 100, 700}}
		m := made(t, group(classes, synth.Group{Count: 1, Rows: rows}), 1)
		var s share
		for j, i := range m.Table.Item {
			if m.Truth[i] == 3 {
				s.count(m.Table.Value[j] == 3)
			}
		}
		s.near(t, "row 3", m.Rows[0][3][3])
	})
	t.Run("copies repeat, late and garbled as told, and tell whom", func(t *testing.T) {
		w := group(classes, synth.Group{Count: 2, Skill: synth.Fixed(.6)},
			synth.Group{Count: 3, Skill: synth.Fixed(.6), Copies: &synth.Copying{How: synth.Chain, Share: synth.Fixed(.5), Noise: .2, Late: 3}})
		w.Days = 30
		m := made(t, w, 1)
		if want := []int32{-1, -1, 0, 2, 3}; !reflect.DeepEqual(m.Copies, want) {
			t.Errorf("copies %v, want %v", m.Copies, want)
		}
		if want := []int32{0, 1, 0, 0, 0}; !reflect.DeepEqual(m.Origin, want) {
			t.Errorf("origins %v, want %v", m.Origin, want)
		}
		var copied, same share
		for j, i := range m.Table.Item {
			from := m.Copies[m.Table.Source[j]]
			if from < 0 {
				continue
			}
			copied.count(m.Copied[j])
			if m.Copied[j] {
				at := int(from)*items + int(i)
				same.count(m.Table.Value[j] == m.Table.Value[at])
				if late := m.Table.Day[j] - m.Table.Day[at]; late < 1 || late > 3 {
					t.Fatalf("a copy %d days late", late)
				}
			}
		}
		copied.near(t, "copied", .5)
		same.near(t, "copied right", .8+.2/4)
	})
	t.Run("liars share one false answer set", func(t *testing.T) {
		m := made(t, group(classes, synth.Group{Count: sources, Lies: &synth.Lie{Share: .8, Noise: .05}}), 1)
		var wrong, alike share
		for j, i := range m.Table.Item {
			wrong.count(m.Table.Value[j] != m.Truth[i])
			alike.count(m.Table.Value[j] == m.Table.Value[i])
		}
		if got := wrong.held / wrong.of; math.Abs(got-(.95*.8+.05*.75)) > .05 { // few items, all alike
			t.Errorf("%.3f wrong", got)
		}
		if got := alike.held / alike.of; got < .9 {
			t.Errorf("%.3f alike", got)
		}
	})
	t.Run("a source that is turned is another from that day on", func(t *testing.T) {
		w := group(classes, synth.Group{Count: sources, Skill: synth.Fixed(.95), Turns: &synth.Turn{Day: 60, Skill: synth.Fixed(.2)}})
		w.Days = 100
		m := made(t, w, 1)
		var before, after share
		for j, i := range m.Table.Item {
			which := &before
			if m.Table.Day[j] >= 60 {
				which = &after
			}
			which.count(m.Table.Value[j] == m.Truth[i])
		}
		before.near(t, "right before", .95)
		after.near(t, "right after", .2)
		if len(m.Cuts) != sources || m.Cuts[0] != (weigh.Cut{Source: 0, Day: 60}) {
			t.Errorf("cuts %v", m.Cuts)
		}
	})
	t.Run("what is forced is marked, and can be left out", func(t *testing.T) {
		m := made(t, group(classes, synth.Group{Count: sources, Skill: synth.Fixed(1), Forced: .3}), 1)
		var forced, right share
		for j, i := range m.Table.Item {
			forced.count(m.Forced[j])
			right.count((m.Table.Value[j] == m.Truth[i]) != m.Forced[j])
		}
		forced.near(t, "forced", .3)
		right.near(t, "right unless forced", 1)
		if free := m.Without(func(j int) bool { return m.Forced[j] }); free.Statements() != int(forced.of-forced.held) {
			t.Errorf("%d statements left", free.Statements())
		}
	})
	t.Run("open values are those that somebody named, and regions hold them", func(t *testing.T) {
		w := group(synth.World{Kind: weigh.Open, Items: items, Values: 12, Regions: 3}, synth.Group{Count: 6, Skill: synth.Fixed(.6), Skips: synth.Fixed(.5), Coarse: .3})
		m := made(t, w, 1)
		var unnamed, allowed share
		for _, v := range m.Truth {
			unnamed.count(v == math.MaxInt32)
		}
		fine := .5 * .7 * .6
		unnamed.near(t, "truth unnamed", math.Pow(1-fine, 6))
		for j, i := range m.Table.Item {
			if v := m.Table.Value[j]; v < 0 {
				s, holds := m.Table.Sets[^v], false
				for _, x := range s.Values {
					holds = holds || x == m.Truth[i]
				}
				if m.Truth[i] != math.MaxInt32 {
					allowed.count(holds)
				}
			}
		}
		if got := allowed.held / allowed.of; got < .6 {
			t.Errorf("a region holds the truth %.3f of the time", got)
		}
	})
	t.Run("numbers are exact, off, or an interval, as told", func(t *testing.T) {
		w := group(synth.World{Kind: weigh.Number, Items: items, Center: 5, Spread: 1, Log: true},
			synth.Group{Count: sources, Reading: synth.Reading{Exact: synth.Fixed(.5), Noise: .1}},
			synth.Group{Count: sources, Reading: synth.Reading{Noise: .1, Tails: 3, Interval: 1, Width: .1}})
		m := made(t, w, 1)
		var exact, within share
		for j, i := range m.Table.Item {
			if m.Table.Source[j] < sources {
				exact.count(m.Table.Low[j] == m.Number[i])
			} else {
				within.count(m.Table.Low[j] <= m.Number[i] && m.Number[i] <= m.Table.High[j])
			}
		}
		exact.near(t, "exact", .5)
		within.near(t, "within one scale of Student's t with 3 degrees", .6090) // 2·F(1)-1
	})
	t.Run("a world that contradicts itself is refused", func(t *testing.T) {
		for name, w := range map[string]synth.World{
			"no kind":               {},
			"one value":             {Kind: weigh.Classes, Values: 1},
			"a chance above one":    group(classes, synth.Group{Count: 1, Skill: synth.Fixed(1.1)}),
			"copies of later":       group(classes, synth.Group{Count: 1, Copies: &synth.Copying{From: 0}}),
			"turning without days":  group(classes, synth.Group{Count: 1, Turns: &synth.Turn{Day: 3}}),
			"coarse but no regions": group(classes, synth.Group{Count: 1, Coarse: .5}),
		} {
			if _, err := w.Make(1); !errors.Is(err, synth.ErrWorld) {
				t.Errorf("%s: %v, want %v", name, err, synth.ErrWorld)
			}
		}
	})
}

// TestChance holds the draws to the moments of what they are said to be.
func TestChance(t *testing.T) {
	for _, tt := range []struct{ a, b float64 }{{8, 2}, {.5, .5}, {30, 10}} {
		w := synth.World{Kind: weigh.Classes, Items: 0, Values: 2, Groups: []synth.Group{{Count: 20000, Skill: synth.Beta(tt.a, tt.b)}}}
		mean, square := 0.0, 0.0
		for _, p := range made(t, w, 1).Skill {
			mean += p / 20000
			square += p * p / 20000
		}
		want := tt.a / (tt.a + tt.b)
		variance := want * (1 - want) / (tt.a + tt.b + 1)
		if math.Abs(mean-want) > 5*math.Sqrt(variance/20000) || math.Abs(square-mean*mean-variance) > .1*variance {
			t.Errorf("Beta(%v, %v): mean %v, variance %v", tt.a, tt.b, mean, square-mean*mean)
		}
	}
}
