package weigh_test

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/weigh"
)

// unsaid is a table from which statements are left out before it is built: the
// other way to what Before does, and the plain one.
func unsaid(t *weigh.Table, out func(j int) bool) *weigh.Table {
	less := *t
	less.Item, less.Source, less.Value, less.Day, less.Low, less.High, less.Origin = nil, nil, nil, nil, nil, nil, nil
	for j := range t.Item {
		if out(j) {
			continue
		}
		less.Item, less.Source, less.Day = append(less.Item, t.Item[j]), append(less.Source, t.Source[j]), append(less.Day, t.Day[j])
		if t.Kind == weigh.Number {
			less.Low, less.High = append(less.Low, t.Low[j]), append(less.High, t.High[j])
		} else {
			less.Value = append(less.Value, t.Value[j])
		}
		if t.Origin != nil {
			less.Origin = append(less.Origin, t.Origin[j])
		}
	}
	return &less
}

func TestBefore(t *testing.T) {
	// Source 2 is the only one to name candidate 1 of item 0, on day 5.
	open := &weigh.Table{
		Kind: weigh.Open, Sources: 3, Items: 2,
		Candidates: []weigh.Candidates{{Count: 4, Else: true}, {Count: 2}},
		Item:       []int32{0, 0, 0, 1, 1, 0},
		Source:     []int32{0, 1, 2, 2, 0, 0},
		Value:      []int32{0, 2, 1, 1, 0, ^0},
		Day:        []int32{1, 5, 5, 4, 9, 9},
		Sets:       []weigh.Set{{Values: []int32{0, 2}}},
	}
	before := func(t *testing.T, table *weigh.Table, cuts ...weigh.Cut) *weigh.Kept {
		t.Helper()
		k, err := table.Before(cuts)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Table.Check(); err != nil {
			t.Fatal(err)
		}
		return k
	}
	t.Run("what was said on the day of the cut is out, what was said before is not", func(t *testing.T) {
		k := before(t, open, weigh.Cut{Source: 2, Day: 5})
		if want := []int32{0, 1, 2, 0, 0}; !slices.Equal(k.Table.Source, want) {
			t.Errorf("left are statements of %v, want %v", k.Table.Source, want)
		}
		if k.Row(2) != 3 {
			t.Errorf("statement 2 stood in row %d", k.Row(2))
		}
	})
	t.Run("of two cuts of one source the earlier holds, in either order", func(t *testing.T) {
		late, early := weigh.Cut{Source: 0, Day: 9}, weigh.Cut{Source: 0, Day: 1}
		if a, b := before(t, open, late, early), before(t, open, early); !reflect.DeepEqual(a, b) {
			t.Error("not as the earlier alone")
		}
		if a, b := before(t, open, early, late), before(t, open, early); !reflect.DeepEqual(a, b) {
			t.Error("not as the earlier alone, in the other order")
		}
	})
	t.Run("an open candidate that nobody else named goes, one that was given stays", func(t *testing.T) {
		k := before(t, open, weigh.Cut{Source: 2, Day: 4})
		if want := []weigh.Candidates{{Count: 3, Else: true}, {Count: 2}}; !slices.Equal(k.Table.Candidates, want) {
			t.Errorf("candidates %v, want %v", k.Table.Candidates, want)
		}
		for v, want := range []int32{0, 2, 3} {
			if got := k.Candidate(0, int32(v)); got != want {
				t.Errorf("candidate %d was %d, want %d", v, got, want)
			}
		}
		if want := []weigh.Set{{Values: []int32{0, 1}}}; !reflect.DeepEqual(k.Table.Sets, want) {
			t.Errorf("sets %v, want %v", k.Table.Sets, want)
		}
	})
	t.Run("a settled candidate stays, under its new number", func(t *testing.T) {
		settled := *open
		settled.Settled = []int32{3, weigh.Unsettled}
		if k := before(t, &settled, weigh.Cut{Source: 2, Day: 5}); k.Table.Settled[0] != 2 || k.Candidate(0, 2) != 3 {
			t.Errorf("settled on %v", k.Table.Settled)
		}
		settled.Settled = []int32{1, weigh.Unsettled}
		if k := before(t, &settled, weigh.Cut{Source: 2, Day: 5}); k.Table.Settled[0] != 1 || k.Table.Candidates[0].Count != 4 {
			t.Errorf("settled on %v of %v", k.Table.Settled, k.Table.Candidates)
		}
	})
	t.Run("no cut leaves the table, to the bit", func(t *testing.T) {
		if k := before(t, open); !reflect.DeepEqual(k.Table, open) {
			t.Errorf("%+v", k.Table)
		}
	})
	t.Run("a table without days, or a source that is none, is refused", func(t *testing.T) {
		undated := *open
		undated.Day = nil
		for _, err := range []error{
			second(undated.Before([]weigh.Cut{{Source: 0, Day: 1}})),
			second(open.Before([]weigh.Cut{{Source: 3, Day: 1}})),
			second(open.Before([]weigh.Cut{{Source: -1, Day: 1}})),
		} {
			if !errors.Is(err, weigh.ErrTable) {
				t.Errorf("%v, want %v", err, weigh.ErrTable)
			}
		}
	})
}

func second(_ *weigh.Kept, err error) error { return err }

// TestCutLaws holds a cut to never having received what it takes out.
func TestCutLaws(t *testing.T) {
	for _, m := range models {
		for _, kind := range m.kinds {
			t.Run(m.Name()+": weighing what a cut leaves is weighing a table that never held the rest, "+kind.String(), func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					table := drawTableOf(t, kind, true) // so that the plain way needs no new numbers
					table.Day = []int32{}
					for range table.Item {
						table.Day = append(table.Day, rapid.Int32Range(0, 9).Draw(t, "day"))
					}
					cut := weigh.Cut{Source: int32(rapid.IntRange(0, table.Sources-1).Draw(t, "cut")), Day: rapid.Int32Range(0, 10).Draw(t, "from")}
					whole := m.weigh(t, table)
					k, err := table.Before([]weigh.Cut{cut})
					if err != nil {
						t.Fatal(err)
					}
					never := unsaid(table, func(j int) bool { return table.Source[j] == cut.Source && table.Day[j] >= cut.Day })
					if a, b := m.weigh(t, k.Table), m.weigh(t, never); !same(a, b) {
						t.Fatalf("%+v\n%+v", a, b)
					}
					if lifted := m.weigh(t, table); !same(whole, lifted) {
						t.Fatalf("a cut that was lifted left a trace: %+v\n%+v", whole, lifted)
					}
				})
			})
		}
	}
}
