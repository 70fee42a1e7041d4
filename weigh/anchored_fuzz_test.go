package weigh_test

import (
	"errors"
	"math"
	"testing"

	"hearsay/weigh"
)

// classesOf reads a small table of kind Classes out of any bytes, in range or not:
// of values, sets, origins and settled items.
func classesOf(b []byte) *weigh.Table {
	next := func() int32 {
		if len(b) == 0 {
			return 0
		}
		x := int32(int8(b[0]))
		b = b[1:]
		return x
	}
	t := &weigh.Table{Kind: weigh.Classes, Classes: int(next() % 6), Sources: int(next() % 9), Items: int(next()) % 40}
	if next()&1 == 1 && t.Items > 0 {
		for range t.Items {
			t.Settled = append(t.Settled, max(weigh.Unsettled, next()%6))
		}
	}
	for len(b) > 0 && len(t.Item) < 120 {
		t.Item, t.Source = append(t.Item, next()%40), append(t.Source, next()%9)
		t.Origin = append(t.Origin, max(weigh.NoOrigin, next()%5))
		v := next()
		if v < 0 { // a set
			s := weigh.Set{Denies: v&1 == 1}
			for k := range int32(6) {
				if v>>k&1 == 1 {
					s.Values = append(s.Values, k)
				}
			}
			t.Sets = append(t.Sets, s)
			v = ^int32(len(t.Sets) - 1)
		}
		t.Value = append(t.Value, v)
	}
	return t
}

// FuzzDefault: a table of classes is refused, or weighed into figures that make
// sense, the same on any number of workers, and each can be explained.
func FuzzDefault(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{2, 3, 20, 0, 0, 0, 255, 0, 0, 1, 255, 0, 1, 0, 255, 1, 1, 1, 255, 1, 2, 2, 255, 0})
	f.Add([]byte{3, 3, 31, 1, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 0, 1, 2, 1, 1, 2, 250})
	f.Add([]byte{1, 1, 12, 0, 0, 0, 1, 0, 0, 0, 1, 0})
	f.Add([]byte{4, 8, 39, 0, 5, 5, 5, 133, 5, 5, 5, 134, 6, 5, 255, 135})
	f.Fuzz(func(t *testing.T, b []byte) {
		table := classesOf(b)
		for _, m := range []weigh.Model{weigh.Anchored{}, weigh.Default{}} {
			r, err := m.Weigh(t.Context(), table, weigh.Options{MinOrigins: 2, MinP: .8, Workers: 1})
			if err != nil {
				if !errors.Is(err, weigh.ErrTable) || table.Check() == nil {
					t.Fatalf("%s refused with %v", m.Name(), err)
				}
				continue
			}
			for i, v := range r.Verdicts {
				sum := 0.0
				for _, x := range v.P {
					sum += x
				}
				if math.Abs(sum-1) > 1e-9 || v.Top >= len(v.P) || v.Fragility < 0 || v.Fragility > table.Statements() {
					t.Fatalf("%s: item %d: %+v", m.Name(), i, v)
				}
				e, err := r.Explain(i)
				if err != nil || e.Top != v.Top {
					t.Fatalf("%s: item %d is explained as %d: %v", m.Name(), i, e.Top, err)
				}
			}
			again, err := m.Weigh(t.Context(), table, weigh.Options{MinOrigins: 2, MinP: .8, Workers: 3})
			if err != nil || !same(r, again) {
				t.Fatalf("%s: another result on three workers", m.Name())
			}
		}
	})
}
