package weigh_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/weigh"
)

func TestExplain(t *testing.T) {
	t.Run("what the origins add gives the verdict", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			sources, items, rows := drawRows(t)
			r := weighRows(t, sources, items, rows)
			for i, v := range r.Verdicts {
				e, err := r.Explain(i)
				if err != nil {
					t.Fatal(err)
				}
				score, sum := make([]float64, len(e.P)), 0.0
				for _, o := range e.Origins {
					for k, x := range o.Adds {
						score[k] += x * e.Sharpness
					}
				}
				for k := range score {
					score[k] = math.Exp(score[k])
					sum += score[k]
				}
				for k, p := range v.P {
					if math.Abs(e.P[k]-p) > rounding || math.Abs(score[k]/sum-p) > rounding {
						t.Fatalf("item %d, value %d: P %v, explained as %v, which add up to %v", i, k, p, e.P[k], score[k]/sum)
					}
				}
			}
		})
	})
	t.Run("an origin is told with its sources, its words and what its silence changes", func(t *testing.T) {
		r := weighOpen(t, openTable(4, []weigh.Candidates{{Count: 2}},
			repeats(0, 5, 1), repeats(3, 5, 1), says(1, 0), says(2, 1)))
		e, err := r.Explain(0)
		if err != nil {
			t.Fatal(err)
		}
		if e.Top != 1 || len(e.Origins) != 3 {
			t.Fatalf("%+v", e)
		}
		for _, o := range e.Origins {
			switch {
			case slices.Equal(o.Sources, []int32{0, 3}):
				if !slices.Equal(o.Values, []int32{1}) || o.Adds[1] <= 0 || o.Adds[0] != 0 || o.PTop >= e.P[1] || o.Weight != 1 {
					t.Errorf("the rumour: %+v", o)
				}
			case slices.Equal(o.Sources, []int32{1}):
				if o.Top != 1 || o.P != o.PTop || o.PTop <= e.P[1] {
					t.Errorf("who says otherwise: %+v", o)
				}
			case !slices.Equal(o.Sources, []int32{2}):
				t.Errorf("nobody's: %+v", o)
			}
		}
	})
	t.Run("without the only origin there is no answer", func(t *testing.T) {
		e, err := weighOpen(t, openTable(1, []weigh.Candidates{{Count: 1, Else: true}}, says(0, 0))).Explain(0)
		if err != nil || len(e.Origins) != 1 || e.Origins[0].Top != -1 || e.Origins[0].P != 0 || e.Origins[0].PTop != .5 {
			t.Errorf("%+v, %v", e, err)
		}
	})
	t.Run("an item that is not there is refused", func(t *testing.T) {
		if _, err := weighOpen(t, openTable(0, nil)).Explain(0); !errors.Is(err, weigh.ErrTable) {
			t.Errorf("Explain = %v, want ErrTable", err)
		}
	})
	t.Run("a model whose evidence does not add up cannot tell", func(t *testing.T) {
		r, err := weigh.Majority{}.Weigh(t.Context(), openTable(1, []weigh.Candidates{{Count: 1}}, says(0, 0)), weigh.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Explain(0); !errors.Is(err, weigh.ErrNotAdditive) {
			t.Errorf("Explain = %v, want ErrNotAdditive", err)
		}
	})
}
