package weigh

import (
	"context"
	"errors"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// figure is one statement of a table of kind Number in tests.
type figure struct {
	source, item int32
	low, high    float64
}

func numbers(said ...figure) *Table {
	t := &Table{Kind: Number}
	for _, f := range said {
		t.Sources, t.Items = max(t.Sources, int(f.source)+1), max(t.Items, int(f.item)+1)
		t.Source, t.Item = append(t.Source, f.source), append(t.Item, f.item)
		t.Low, t.High = append(t.Low, f.low), append(t.High, f.high)
	}
	return t
}

func weighNumbers(t testing.TB, m Model, table *Table) *Result {
	t.Helper()
	r, err := m.Weigh(context.Background(), table, Options{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestNumberModels(t *testing.T) {
	for _, m := range []Model{Mixture{}, Mean{}, Median{}, GTM{}} {
		t.Run(m.Name(), func(t *testing.T) {
			t.Run("classes are refused", func(t *testing.T) {
				if _, err := m.Weigh(context.Background(), &Table{Kind: Classes, Classes: 2}, Options{}); !errors.Is(err, ErrKind) {
					t.Errorf("Weigh = %v, want %v", err, ErrKind)
				}
			})
			t.Run("an empty table has an empty answer", func(t *testing.T) {
				if r := weighNumbers(t, m, numbers()); len(r.Verdicts) != 0 {
					t.Errorf("%d verdicts", len(r.Verdicts))
				}
			})
			t.Run("one statement is the answer", func(t *testing.T) {
				if r := weighNumbers(t, m, numbers(figure{0, 0, -3, -3})); r.Verdicts[0].Value != -3 {
					t.Errorf("value %v", r.Verdicts[0].Value)
				}
			})
			t.Run("what nobody speaks of is not a number", func(t *testing.T) {
				r := weighNumbers(t, m, numbers(figure{0, 1, 5, 5}))
				if d := r.Verdicts[0]; !math.IsNaN(d.Value) || !math.IsNaN(d.Low) || !math.IsNaN(d.High) || d.Support != 0 || d.Fragility != 0 {
					t.Errorf("verdict %+v", d)
				}
			})
			t.Run("the widest figures stay finite", func(t *testing.T) {
				r := weighNumbers(t, m, numbers(figure{0, 0, 1e308, 1e308}, figure{1, 0, -1e308, -1e308}, figure{2, 0, 5, 5}, figure{0, 1, 1, 1}))
				for i, d := range r.Verdicts {
					if math.IsNaN(d.Value) || math.IsInf(d.Value, 0) || !(d.Low <= d.Value && d.Value <= d.High) {
						t.Errorf("item %d: %+v", i, d)
					}
				}
			})
			t.Run("a cancelled context ends it", func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				cancel()
				if _, err := m.Weigh(ctx, numbers(figure{0, 0, 1, 1}, figure{1, 0, 2, 2}), Options{}); !errors.Is(err, context.Canceled) {
					t.Errorf("Weigh = %v", err)
				}
			})
			t.Run("the answer lies in its interval and among the statements", func(t *testing.T) {
				rapid.Check(t, func(t *rapid.T) {
					table := drawNumbers(t, false)
					r, err := m.Weigh(context.Background(), table, Options{Workers: 2})
					if err != nil {
						t.Fatal(err)
					}
					for i, d := range r.Verdicts {
						if d.Support > 0 && !(d.Low <= d.Value && d.Value <= d.High) {
							t.Fatalf("item %d: %+v", i, d)
						}
					}
				})
			})
		})
	}
}

// drawNumbers draws a table with a few sources and items.
func drawNumbers(t *rapid.T, ranges bool) *Table {
	value := rapid.OneOf(rapid.Float64Range(-1e3, 1e3), rapid.Map(rapid.IntRange(-5, 5), func(x int) float64 { return float64(x) }))
	said := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) figure {
		x := value.Draw(t, "value")
		f := figure{rapid.Int32Range(0, 5).Draw(t, "source"), rapid.Int32Range(0, 5).Draw(t, "item"), x, x}
		if ranges && rapid.Bool().Draw(t, "range") {
			switch rapid.IntRange(0, 2).Draw(t, "shape") {
			case 0:
				f.high += rapid.Float64Range(1, 100).Draw(t, "width")
			case 1:
				f.high = math.Inf(1)
			case 2:
				f.low = math.Inf(-1)
			}
		}
		return f
	}), 1, 40).Draw(t, "said")
	return numbers(said...)
}
