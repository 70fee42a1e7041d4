package weigh_test

import (
	"math"
	"testing"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

// TestCutLive: to take out a cut one statement at a time, and to put it back, ends
// where weighing in one piece does.
func TestCutLive(t *testing.T) {
	turns := synth.Group{Count: 1, Skill: synth.Fixed(.97), Skips: synth.Fixed(.1), Turns: &synth.Turn{Day: 120, Skill: synth.Fixed(.1)}}
	w := synth.World{Kind: weigh.Classes, Items: 150, Values: 4, Days: 200, Groups: []synth.Group{turns, {Count: 7, Skill: synth.Beta(12, 5), Skips: synth.Fixed(.5)}}}
	for seed := range uint64(3) {
		table := makeWorld(t, w, seed).Table
		cut := weigh.Cut{Source: 0, Day: 120}
		kept, err := table.Before([]weigh.Cut{cut})
		if err != nil {
			t.Fatal(err)
		}
		live, err := weigh.NewLive(t.Context(), table, nil, weigh.Options{})
		if err != nil {
			t.Fatal(err)
		}
		each := func(do func(weigh.Statement) (weigh.Verdict, error)) {
			t.Helper()
			for j, s := range table.Source {
				if s == cut.Source && table.Day[j] >= cut.Day {
					if _, err := do(weigh.Statement{Item: table.Item[j], Source: s, Value: table.Value[j], Origin: weigh.NoOrigin}); err != nil {
						t.Fatal(err)
					}
				}
			}
			if err := live.Refit(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		as := func(what string, want *weigh.Result) {
			t.Helper()
			for i, v := range want.Verdicts {
				got := live.Verdict(int32(i))
				for k, p := range v.P {
					if math.Abs(got.P[k]-p) > noise {
						t.Fatalf("seed %d, %s, item %d: P %v, in one piece %v", seed, what, i, got.P, v.P)
					}
				}
			}
		}
		one := model{Model: weigh.OneAccuracy{}}
		each(live.Remove)
		as("cut", one.weigh(t, kept.Table))
		each(live.Add)
		as("lifted", one.weigh(t, table))
	}
}

// TestCutOfTheBest: in worlds where the source with the best record is turned, its
// cut brings the answers since back.
func TestCutOfTheBest(t *testing.T) {
	w := synth.World{Kind: weigh.Classes, Items: 200, Values: 4, Days: 200, Groups: []synth.Group{
		{Count: 2, Skill: synth.Fixed(.98), Skips: synth.Fixed(.1), Turns: &synth.Turn{Day: 140, Lies: &synth.Lie{Share: .9}}},
		{Count: 8, Skill: synth.Beta(9, 6), Skips: synth.Fixed(.5)},
	}}
	for _, m := range []weigh.Model{weigh.OneAccuracy{}, weigh.Anchored{}, weigh.Default{}} {
		t.Run(m.Name(), func(t *testing.T) {
			m := model{Model: m}
			before, after, items := 0, 0, 0
			for seed := range uint64(4) {
				made := makeWorld(t, w, seed)
				kept, err := made.Table.Before(made.Cuts)
				if err != nil {
					t.Fatal(err)
				}
				deceived, cut := m.weigh(t, made.Table).Verdicts, m.weigh(t, kept.Table).Verdicts
				since := map[int32]bool{}
				for j, i := range made.Table.Item {
					if made.Table.Day[j] >= 140 {
						since[i] = true
					}
				}
				for i := range since {
					if cut[i].Top < 0 {
						continue // nobody else spoke
					}
					items++
					if deceived[i].Top == int(made.Truth[i]) {
						before++
					}
					if cut[i].Top == int(made.Truth[i]) {
						after++
					}
				}
			}
			if float64(after) < float64(before)+.05*float64(items) {
				t.Errorf("right on %d of %d items since, before the cut on %d", after, items, before)
			}
		})
	}
}
