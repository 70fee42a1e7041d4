package weigh_test

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"hearsay/weigh"
)

// tableOf reads a small table out of any bytes, in range or not.
func tableOf(b []byte) *weigh.Table {
	next := func() int32 {
		if len(b) == 0 {
			return 0
		}
		x := int32(int8(b[0]))
		b = b[1:]
		return x
	}
	sources := int(next() % 8)
	var items []weigh.Candidates
	for range next() & 7 {
		items = append(items, weigh.Candidates{Count: next() % 8, Else: next()&1 == 1})
	}
	var rows []statement
	for len(b) > 0 && len(rows) < 40 {
		s := statement{item: next() % 8, source: next() % 8, origin: next() % 41, other: next()&1 == 1, denies: next()&1 == 1}
		for set, k := next(), int32(0); k < 8; k++ {
			if set>>k&1 == 1 {
				s.values = append(s.values, k)
			}
		}
		rows = append(rows, s)
	}
	return openTable(sources, items, rows...)
}

// FuzzOneAccuracy: a table is refused, or weighed into figures that make sense,
// the same each time, and each can be explained.
func FuzzOneAccuracy(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{2, 1, 2, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 0, 1})
	f.Add([]byte{3, 2, 3, 1, 2, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 2, 0, 2, 1, 1, 1, 4, 1, 1, 3, 0, 0, 3})
	f.Add([]byte{1, 1, 0, 1, 0, 0, 0, 1, 1, 0})
	f.Add([]byte{255, 7, 7, 1, 7, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		table := tableOf(b)
		r, err := weigh.OneAccuracy{}.Weigh(t.Context(), table, corroborated)
		if err != nil {
			if !errors.Is(err, weigh.ErrTable) || table.Check() == nil {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		for i, v := range r.Verdicts {
			sum := 0.0
			for _, x := range v.P {
				sum += x
			}
			if math.IsNaN(sum) || sum > 1+rounding || len(v.P) != int(table.Candidates[i].Count) || v.Top >= len(v.P) ||
				v.Fragility > table.Statements() || (v.Top < 0) != (v.Fragility == 0) || (v.Top < 0) != (v.Support == 0) {
				t.Fatalf("item %d: %+v", i, v)
			}
			if e, err := r.Explain(i); err != nil || e.Top != v.Top {
				t.Fatalf("item %d: %+v, %v", i, e, err)
			}
		}
		if again := weighOpen(t, table); !reflect.DeepEqual(found(r), found(again)) {
			t.Fatal("the same table was weighed to other figures")
		}
	})
}
