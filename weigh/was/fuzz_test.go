package was_test

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"hearsay/weigh/was"
)

// problemOf reads a small problem out of any bytes, in range or not.
func problemOf(b []byte) was.Problem {
	next := func() int {
		if len(b) == 0 {
			return 0
		}
		x := int(int8(b[0]))
		b = b[1:]
		return x
	}
	p := was.Problem{Sources: next() % 8}
	for range next() & 7 {
		p.Items = append(p.Items, was.Item{Candidates: next() % 8, Open: next()&1 == 1})
	}
	for len(b) > 0 && len(p.Statements) < 40 {
		s := was.Statement{Item: next() % 8, Source: next() % 8, Origin: next() % 41, Denies: next()&1 == 1}
		for set, k := next(), 0; k < 8; k++ {
			if set>>k&1 == 1 {
				s.Values = append(s.Values, k)
			}
		}
		p.Statements = append(p.Statements, s)
	}
	return p
}

// FuzzWeigh: a problem is refused, or weighed into figures that make sense, the
// same each time.
func FuzzWeigh(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte{2, 1, 2, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1})
	f.Add([]byte{3, 2, 3, 1, 2, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 0, 2, 1, 1, 4, 1, 1, 3, 0, 3})
	f.Add([]byte{1, 1, 0, 0, 0, 0, 0, 1, 0})
	f.Add([]byte{255, 7, 7, 1, 7, 1})
	f.Fuzz(func(t *testing.T, b []byte) {
		p := problemOf(b)
		r, err := was.DefaultOneCoin.Weigh(t.Context(), p, corroborated)
		if err != nil {
			if !errors.Is(err, was.ErrProblem) || p.Check() == nil {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		for i, v := range r.Verdicts {
			sum := 0.0
			for _, x := range v.P {
				sum += x
			}
			if math.IsNaN(sum) || sum > 1+tiny || len(v.P) != p.Items[i].Candidates || v.Top >= len(v.P) ||
				v.Fragility > len(p.Statements) || (v.Top < 0) != (v.Fragility == 0) || (v.Top < 0) != (len(v.Origins) == 0) {
				t.Fatalf("item %d: %+v", i, v)
			}
		}
		if again := weighed(t, p); !reflect.DeepEqual(r, again) {
			t.Fatal("the same problem was weighed to other figures")
		}
	})
}
