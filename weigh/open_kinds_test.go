package weigh

import (
	"math"
	"math/rand/v2"
	"testing"
)

// twoKinds is a table of open items, of which one part is easy and all know them.
// Of the others six sources are right one time in four, and three nearly always.
func twoKinds(items int, hard float64, seed uint64) *Table {
	rng := rand.New(rand.NewPCG(seed, 0))
	t := &Table{Kind: Open, Sources: 9, Items: items}
	for i := range items {
		t.Candidates = append(t.Candidates, Candidates{Count: 4, Else: true})
		chance := [2]float64{.98, .98} // of the six, and of the three
		if float64(i) < hard*float64(items) {
			chance = [2]float64{.25, .95}
		}
		for s := range t.Sources {
			value := int32(0)
			if rng.Float64() > chance[s/6] {
				value = 1 + rng.Int32N(3)
			}
			t.Item, t.Source, t.Value = append(t.Item, int32(i)), append(t.Source, int32(s)), append(t.Value, value)
		}
	}
	return t
}

func TestKindsOfItem(t *testing.T) {
	kinds := func(t *testing.T, table *Table) (int, *Result) {
		t.Helper()
		r, err := OneAccuracy{}.Weigh(t.Context(), table, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return r.additive.(*openFit).kinds, r
	}
	t.Run("what all know tells little of who is right where they differ", func(t *testing.T) {
		n, r := kinds(t, twoKinds(400, .5, 1))
		right := 0
		for _, v := range r.Verdicts {
			if v.Top == 0 {
				right++
			}
		}
		if n != 2 || right < 396 {
			t.Errorf("%d kinds, %d right of 400", n, right)
		}
	})
	t.Run("items that are alike are of one kind", func(t *testing.T) {
		if n, _ := kinds(t, twoKinds(400, 1, 2)); n != 1 {
			t.Errorf("%d kinds", n)
		}
	})
	t.Run("so are those of a table too small to tell", func(t *testing.T) {
		if n, _ := kinds(t, twoKinds(4, .5, 3)); n != 1 {
			t.Errorf("%d kinds", n)
		}
	})
	t.Run("and those of a table of which one item can have no other value", func(t *testing.T) {
		table := twoKinds(400, .5, 1)
		table.Candidates[0].Else = false
		if n, _ := kinds(t, table); n != 1 {
			t.Errorf("%d kinds", n)
		}
	})
	t.Run("what the origins add is explained", func(t *testing.T) {
		_, r := kinds(t, twoKinds(400, .5, 1))
		for i, v := range r.Verdicts {
			e, err := r.Explain(i)
			if err != nil || e.Top != v.Top || math.Abs(e.P[e.Top]-v.P[v.Top]) > 1e-9 || e.Sharpness <= 0 {
				t.Fatalf("item %d: %+v explained as %+v, %v", i, v, e, err)
			}
		}
	})
}

// TestOpenTemper: settled items say how far to trust evidence.
func TestOpenTemper(t *testing.T) {
	const items = 300
	// Six sources who say the same, right or wrong, pass for right.
	alike := func(labels int) (*Table, []int32) {
		rng := rand.New(rand.NewPCG(5, 0))
		table := &Table{Kind: Open, Sources: 6, Items: items, Settled: make([]int32, items)}
		truth := make([]int32, items)
		for i := range items {
			table.Candidates = append(table.Candidates, Candidates{Count: 3, Else: true})
			wrong := int32(0)
			if rng.IntN(3) == 0 {
				wrong = 1
			}
			for s := range int32(6) {
				value := wrong
				if rng.IntN(10) == 0 {
					value = 2
				}
				table.Item, table.Source, table.Value = append(table.Item, int32(i)), append(table.Source, s), append(table.Value, value)
			}
			if table.Settled[i] = Unsettled; i < labels {
				table.Settled[i], truth[i] = 0, Unsettled
			}
		}
		return table, truth
	}
	loss := func(labels int) float64 {
		table, truth := alike(labels)
		r, err := OneAccuracy{}.Weigh(t.Context(), table, Options{})
		if err != nil {
			t.Fatal(err)
		}
		return ScoreCandidates(r.Verdicts, truth).LogLoss
	}
	if few, enough := loss(enoughLabels-1), loss(enoughLabels); enough > few/2 {
		t.Errorf("log loss %.3f with %d settled, %.3f with one more", few, enoughLabels-1, enough)
	}
}
