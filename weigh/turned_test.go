package weigh_test

import (
	"context"
	"errors"
	"math"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

func makeWorld(t *testing.T, w synth.World, seed uint64) *synth.Made {
	t.Helper()
	m, err := w.Make(seed)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func suggestedFor(t *testing.T, table *weigh.Table, groups []int) *weigh.Suggestions {
	t.Helper()
	s, err := weigh.SuggestCuts(t.Context(), table, groups, weigh.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// crowd is ten sources of unlike skill that each speak of half of the items.
var crowd = synth.Group{Count: 10, Skill: synth.Beta(8, 3), Skips: synth.Beta(3, 3)}

func dated(groups ...synth.Group) synth.World {
	return synth.World{Kind: weigh.Classes, Items: 250, Values: 3, Days: 200, Groups: groups}
}

func TestSuggestCuts(t *testing.T) {
	captured := synth.Group{Count: 1, Skill: synth.Fixed(.97), Skips: synth.Fixed(.2), Turns: &synth.Turn{Day: 120, Skill: synth.Fixed(.3)}}
	t.Run("the turned source with the best record is found, on about its day, and nobody else", func(t *testing.T) {
		for seed := range uint64(10) {
			s := suggestedFor(t, makeWorld(t, dated(captured, crowd), seed).Table, nil)
			if len(s.Cuts) != 1 || s.Cuts[0].Source != 0 {
				t.Errorf("seed %d: %+v", seed, s.Cuts)
				continue
			}
			c := s.Cuts[0]
			if c.Day < 105 || c.Day > 135 || c.Earliest > c.Day || c.Noticed < 120 || c.Noticed > 175 || c.Before < .75 || c.After > .5 || c.P > .01 {
				t.Errorf("seed %d: %+v", seed, c)
			}
		}
	})
	t.Run("in worlds where nobody changed it is nearly always silent", func(t *testing.T) {
		hard, harder, open := dated(crowd, crowd), dated(crowd, crowd), dated(crowd, crowd)
		hard.Hard, hard.Decoy = synth.Beta(1, 2), .5
		harder.HarderFrom, harder.Harder = 120, synth.Fixed(.6)
		open.Kind, open.Values = weigh.Open, 8
		for name, w := range map[string]synth.World{"a crowd": dated(crowd, crowd), "hard items": hard, "items that get harder": harder, "open values": open} {
			silent := 0
			for seed := range uint64(12) {
				if s := suggestedFor(t, makeWorld(t, w, seed).Table, nil); len(s.Cuts) == 0 {
					silent++
				}
			}
			if silent < 11 { // two false alarms in 12 are a chance of 1 in 160 where one in a hundred is false
				t.Errorf("%s: silent in %d of 12 worlds", name, silent)
			}
		}
	})
	t.Run("figures are judged by the median of all others", func(t *testing.T) {
		judges := synth.Group{Count: 10, Skips: synth.Beta(3, 3), Reading: synth.Reading{Offset: .3, Noise: 1, Unequal: .3}}
		shifted := synth.Group{Count: 1, Skips: synth.Fixed(.2), Reading: synth.Reading{Noise: .3}, Turns: &synth.Turn{Day: 120, Lies: &synth.Lie{Share: .7, Shift: 4}}}
		w := dated(shifted, judges)
		w.Kind, w.Center, w.Spread = weigh.Number, 10, 3
		for seed := range uint64(3) {
			if s := suggestedFor(t, makeWorld(t, w, seed).Table, nil); len(s.Cuts) != 1 || s.Cuts[0].Source != 0 || s.Cuts[0].Day < 105 || s.Cuts[0].Day > 135 {
				t.Errorf("seed %d: %+v", seed, s.Cuts)
			}
		}
		w.Groups = []synth.Group{judges}
		for seed := range uint64(5) {
			if s := suggestedFor(t, makeWorld(t, w, seed).Table, nil); len(s.Cuts) != 0 {
				t.Errorf("seed %d: %+v where nobody changed", seed, s.Cuts)
			}
		}
	})
	t.Run("who answers for a whole group is judged by those outside it", func(t *testing.T) {
		w := dated(captured, crowd, synth.Group{Count: 4, Skill: synth.Fixed(.6), Skips: synth.Fixed(.5), Copies: &synth.Copying{Share: synth.Fixed(1)}})
		m := makeWorld(t, w, 1)
		var groups []int
		for _, g := range m.Origin {
			groups = append(groups, int(g))
		}
		s := suggestedFor(t, m.Table, groups)
		if !slices.ContainsFunc(s.Cuts, func(c weigh.Suggestion) bool { return c.Source == 0 }) {
			t.Errorf("%+v", s.Cuts)
		}
	})
	t.Run("neither names nor the order of statements matter", func(t *testing.T) {
		m := makeWorld(t, dated(captured, crowd), 3)
		a := suggestedFor(t, m.Table, nil)
		n, last := m.Table.Statements(), m.Table.Sources-1
		backwards := upTo(n)
		slices.Reverse(backwards)
		turned := reordered(m.Table, backwards)
		if b := suggestedFor(t, turned, nil); !reflect.DeepEqual(a, b) {
			t.Errorf("in order %+v, backwards %+v", a, b)
		}
		for j := range turned.Source {
			turned.Source[j] = int32(last) - turned.Source[j]
		}
		b := suggestedFor(t, turned, nil)
		if len(b.Cuts) != 1 || b.Cuts[0].Source != int32(last)-a.Cuts[0].Source || b.Cuts[0].Day != a.Cuts[0].Day || math.Abs(b.Cuts[0].Before-a.Cuts[0].Before) > 1e-6 {
			t.Errorf("under one name %+v, under another %+v", a.Cuts, b.Cuts)
		}
	})
	t.Run("what is settled tells even of a source that nobody else covers", func(t *testing.T) {
		w := dated(captured)
		m := makeWorld(t, w, 1)
		if s := suggestedFor(t, m.Table, nil); len(s.Cuts) != 0 {
			t.Errorf("%+v where nobody else speaks", s.Cuts)
		}
		m.Table.Settled = m.Truth
		if s := suggestedFor(t, m.Table, nil); len(s.Cuts) != 1 {
			t.Errorf("%+v where all is settled", s.Cuts)
		}
	})
	t.Run("a table without days, or with groups of others, is refused", func(t *testing.T) {
		m := makeWorld(t, dated(crowd), 1)
		undated := *m.Table
		undated.Day = nil
		for name, err := range map[string]error{"without days": suggestionError(t, &undated, nil), "groups of others": suggestionError(t, m.Table, []int{1})} {
			if !errors.Is(err, weigh.ErrTable) {
				t.Errorf("%s: %v, want %v", name, err, weigh.ErrTable)
			}
		}
	})
	t.Run("few days tell nothing", func(t *testing.T) {
		w := dated(captured, crowd)
		w.Days = 8
		if s := suggestedFor(t, makeWorld(t, w, 1).Table, nil); s.Tested != 0 || len(s.Cuts) != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func suggestionError(t *testing.T, table *weigh.Table, groups []int) error {
	_, err := weigh.SuggestCuts(t.Context(), table, groups, weigh.Options{})
	return err
}

// TestSuggestCutsOfAnyTable: no shape of table is too odd, and no suggestion is.
func TestSuggestCutsOfAnyTable(t *testing.T) {
	for _, kind := range []weigh.Kind{weigh.Classes, weigh.Open, weigh.Number} {
		t.Run(kind.String(), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				table := drawTable(t, kind)
				table.Day = []int32{}
				for j := range table.Item {
					table.Day = append(table.Day, int32(j))
				}
				s, err := weigh.SuggestCuts(context.Background(), table, nil, weigh.Options{})
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range s.Cuts {
					if !(c.P > 0 && c.P <= .01 && c.After < c.Before && c.Earliest <= c.Day && c.Day <= c.Noticed && c.Statements[0] > 0 && c.Statements[1] > 0) {
						t.Fatalf("%+v", c)
					}
				}
			})
		})
	}
}
