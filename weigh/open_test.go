package weigh_test

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"hearsay/weigh"
)

// corroborated is what DESIGN.md asks of a claim before it is corroborated.
var corroborated = weigh.Options{MinOrigins: 2, MinP: .80}

// statement is a row of a table with its set, if it has one, beside it.
type statement struct {
	item, source, origin int32
	values               []int32
	other, denies        bool // see weigh.Set
}

// openTable makes a table of kind Open out of rows.
func openTable(sources int, items []weigh.Candidates, rows ...statement) *weigh.Table {
	t := &weigh.Table{Kind: weigh.Open, Sources: sources, Items: len(items), Candidates: items, Origin: []int32{}}
	for _, s := range rows {
		t.Item, t.Source, t.Origin = append(t.Item, s.item), append(t.Source, s.source), append(t.Origin, s.origin)
		if len(s.values) == 1 && !s.other && !s.denies {
			t.Value = append(t.Value, s.values[0])
			continue
		}
		t.Value = append(t.Value, ^int32(len(t.Sets)))
		t.Sets = append(t.Sets, weigh.Set{Values: s.values, Else: s.other, Denies: s.denies})
	}
	return t
}

func weighOpen(t testing.TB, table *weigh.Table) *weigh.Result {
	t.Helper()
	r, err := weigh.OneAccuracy{}.Weigh(t.Context(), table, corroborated)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// says is a statement on item 0 that only its source knows.
func says(source int32, values ...int32) statement {
	return statement{source: source, origin: weigh.NoOrigin, values: values}
}

// repeats is says under a declared origin.
func repeats(source, origin int32, values ...int32) statement {
	return statement{source: source, origin: origin, values: values}
}

// denies is the statement that the truth is another than some; values are the
// candidates that it leaves.
func denies(source int32, other bool, values ...int32) statement {
	return statement{source: source, origin: weigh.NoOrigin, values: values, other: other, denies: true}
}

func TestOneAccuracy(t *testing.T) {
	yesNo, three, number := weigh.Candidates{Count: 2}, weigh.Candidates{Count: 3}, weigh.Candidates{Count: 1, Else: true}
	for _, tt := range []struct {
		name      string
		item      weigh.Candidates
		said      []statement
		top       int
		p         float64 // of top, to the third figure
		support   float64
		fragility int
	}{
		{"nobody speaks", yesNo, nil, -1, 0, 0, 0},
		{"one voice is worth what the prior says", yesNo, []statement{says(0, 1)}, 1, .75, 1, 1},
		{"two who agree reach corroborated", yesNo, []statement{says(0, 1), says(1, 1)}, 1, .925, 2, 1},
		{"three reach the P of verified, and any may fall", yesNo, []statement{says(0, 1), says(1, 1), says(2, 1)}, 1, .984, 3, 2},
		{"two against one do not stand, and are better believed than it", yesNo, []statement{says(0, 1), says(1, 1), says(2, 0)}, 1, .754, 2, 2},
		{"one against one is even, and the first of equals is named", yesNo, []statement{says(0, 1), says(1, 0)}, 0, .5, 1, 1},
		{"ten who pass on one rumour are one voice", yesNo, []statement{
			repeats(0, 7, 1), repeats(1, 7, 1), repeats(2, 7, 1), repeats(3, 7, 1), repeats(4, 7, 1),
			repeats(5, 7, 1), repeats(6, 7, 1), repeats(7, 7, 1), repeats(8, 7, 1), repeats(9, 7, 1),
		}, 1, .75, 1, 1},
		{"an origin that says two things lends each half its voice", yesNo, []statement{says(0, 0), says(0, 1)}, 0, .5, 1, 1},
		{"so does a declared one", yesNo, []statement{repeats(0, 3, 0), repeats(1, 3, 1)}, 0, .5, 1, 1},
		{"a source said twice to say it says it once", yesNo, []statement{says(0, 1), says(0, 1)}, 1, .75, 1, 1},
		{"what nobody named keeps its share of an open item", number, []statement{says(0, 0)}, 0, .75, 1, 1},
		{"a denial alone names no value", three, []statement{denies(0, false, 0, 1)}, -1, 0, 0, 0},
		{"a denial of all that is named leaves what nobody named", number, []statement{says(0, 0), denies(1, true)}, 0, .5, 1, 1},
		{"a denial of a rival is no voice for the answer", three, []statement{says(0, 0), denies(1, false, 0, 1)}, 0, .840, 1, 1},
		{"a denial of something else tells nothing of an open item", number, []statement{says(0, 0), denies(1, true, 0)}, 0, .75, 1, 1},
		{"a bound stands with every value inside it", three, []statement{says(0, 0), says(1, 0, 1)}, 0, .840, 2, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v := weighOpen(t, openTable(10, []weigh.Candidates{tt.item}, tt.said...)).Verdicts[0]
			if v.Top != tt.top || v.Support != tt.support || v.Fragility != tt.fragility {
				t.Errorf("top %d, support %v, fragility %d; want %d, %v, %d", v.Top, v.Support, v.Fragility, tt.top, tt.support, tt.fragility)
			}
			if v.Top >= 0 && math.Abs(v.P[v.Top]-tt.p) > .0005 {
				t.Errorf("P %.4f, want %.3f", v.P[v.Top], tt.p)
			}
		})
	}
	t.Run("classes and open items without anything else are the same", func(t *testing.T) {
		open := openTable(3, []weigh.Candidates{yesNo, yesNo}, says(0, 1), says(1, 1), says(2, 0), statement{item: 1, source: 2, origin: weigh.NoOrigin, values: []int32{1}})
		classes := *open
		classes.Kind, classes.Classes, classes.Candidates = weigh.Classes, 2, nil
		a, b := weighOpen(t, open), weighOpen(t, &classes)
		for i := range a.Verdicts {
			if !slices.Equal(a.Verdicts[i].P, b.Verdicts[i].P) {
				t.Errorf("item %d: %v and %v", i, a.Verdicts[i].P, b.Verdicts[i].P)
			}
		}
	})
	t.Run("numbers are refused", func(t *testing.T) {
		if _, err := (weigh.OneAccuracy{}).Weigh(t.Context(), &weigh.Table{Kind: weigh.Number}, weigh.Options{}); !errors.Is(err, weigh.ErrKind) {
			t.Errorf("Weigh = %v, want ErrKind", err)
		}
	})
	t.Run("a table that contradicts itself is refused", func(t *testing.T) {
		if _, err := (weigh.OneAccuracy{}).Weigh(t.Context(), openTable(1, []weigh.Candidates{yesNo}, says(0, 2)), weigh.Options{}); !errors.Is(err, weigh.ErrTable) {
			t.Errorf("Weigh = %v, want ErrTable", err)
		}
	})
	t.Run("a cancelled context ends it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := (weigh.OneAccuracy{}).Weigh(ctx, openTable(1, []weigh.Candidates{yesNo}, says(0, 0)), weigh.Options{}); !errors.Is(err, context.Canceled) {
			t.Errorf("Weigh = %v, want context.Canceled", err)
		}
	})
}

// on is a plain statement on any item.
func on(item, source int32, value int32) statement {
	return statement{item: item, source: source, origin: weigh.NoOrigin, values: []int32{value}}
}

func TestAccuracies(t *testing.T) {
	const prior = .75
	yesNo := weigh.Candidates{Count: 2}
	t.Run("whoever speaks alone proves nothing by it, however often", func(t *testing.T) {
		var items []weigh.Candidates
		var rows []statement
		for i := range int32(200) {
			items = append(items, yesNo)
			rows = append(rows, statement{item: i, source: 0, origin: 4, values: []int32{0}}, statement{item: i, source: 1, origin: 4, values: []int32{0}})
		}
		r := weighOpen(t, openTable(2, items, rows...))
		if math.Abs(r.Sources[0].P-prior) > 1e-12 || math.Abs(r.Sources[1].P-prior) > 1e-12 || !r.Converged {
			t.Errorf("%+v after %d rounds, want the prior", r.Sources, r.Iterations)
		}
	})
	t.Run("but for what is settled", func(t *testing.T) {
		table := openTable(1, []weigh.Candidates{yesNo, yesNo}, on(0, 0, 1), on(1, 0, 1))
		table.Settled = []int32{0, weigh.Unsettled}
		r := weighOpen(t, table)
		if v := r.Verdicts[0]; v.Top != -1 || v.P[0] != 1 || v.P[1] != 0 {
			t.Errorf("the settled item: %+v", v)
		}
		if p := r.Verdicts[1].P[1]; r.Sources[0].P >= prior || math.Abs(p-r.Sources[0].P) > 1e-6 {
			t.Errorf("who was wrong of it is right with %.3f, and its other statement with %.3f", r.Sources[0].P, p)
		}
	})
	t.Run("nor does who says nothing of nothing", func(t *testing.T) {
		if r := weighOpen(t, openTable(1, nil)); math.Abs(r.Sources[0].P-prior) > 1e-12 || !r.Converged {
			t.Errorf("%+v", r)
		}
	})
	t.Run("a denial that excludes nothing named proves nothing", func(t *testing.T) {
		r := weighOpen(t, openTable(2, []weigh.Candidates{{Count: 1, Else: true}}, says(0, 0), denies(1, true, 0)))
		if math.Abs(r.Sources[0].P-prior) > 1e-12 || math.Abs(r.Sources[1].P-prior) > 1e-12 {
			t.Errorf("%+v, want the prior", r.Sources)
		}
	})
	t.Run("agreement raises, contradiction lowers, and it carries to other items", func(t *testing.T) {
		var items []weigh.Candidates
		var rows []statement
		for i := range int32(12) {
			items = append(items, yesNo)
			rows = append(rows, on(i, 0, 0), on(i, 1, 0), on(i, 2, 0), on(i, 3, 1))
		}
		items = append(items, yesNo, yesNo)
		rows = append(rows, on(12, 0, 0), on(13, 3, 0))
		r := weighOpen(t, openTable(4, items, rows...))
		if !(r.Sources[0].P > .85 && r.Sources[3].P < .5) {
			t.Errorf("%+v", r.Sources)
		}
		if sure, known := r.Verdicts[12].P[0], r.Verdicts[13].P[0]; sure < .85 || known > .5 {
			t.Errorf("the good source alone is worth %.2f, the bad one %.2f", sure, known)
		}
	})
	t.Run("a rumour is no firmer for being passed on by the reliable", func(t *testing.T) {
		var items []weigh.Candidates
		var rows []statement
		for i := range int32(6) { // source 1 earns trust
			items = append(items, yesNo)
			rows = append(rows, on(i, 1, 0), on(i, 2, 0), on(i, 3, 0))
		}
		items = append(items, yesNo)
		rows = append(rows, statement{item: 6, source: 0, origin: 0, values: []int32{0}})
		alone := weighOpen(t, openTable(4, items, rows...)).Verdicts[6].P[0]
		rows = append(rows, statement{item: 6, source: 1, origin: 0, values: []int32{0}})
		if with := weighOpen(t, openTable(4, items, rows...)).Verdicts[6].P[0]; with > alone {
			t.Errorf("P went from %.3f to %.3f", alone, with)
		}
	})
}

func TestFragilityOfVerdicts(t *testing.T) {
	t.Run("twenty who agree fall under corroborated when all but one are silent", func(t *testing.T) {
		var rows []statement
		for s := range int32(20) {
			rows = append(rows, says(s, 1))
		}
		if v := weighOpen(t, openTable(20, []weigh.Candidates{{Count: 2}}, rows...)).Verdicts[0]; v.Fragility != 19 {
			t.Errorf("fragility %d, want 19", v.Fragility)
		}
	})
	t.Run("what only one asserts falls with it, however many deny the rivals", func(t *testing.T) {
		rows := []statement{says(0, 0)}
		for s := int32(1); s < 20; s++ {
			rows = append(rows, denies(s, false, 0, 1, 2))
		}
		if v := weighOpen(t, openTable(20, []weigh.Candidates{{Count: 4}}, rows...)).Verdicts[0]; v.Fragility != 1 || v.Support != 1 {
			t.Errorf("fragility %d, support %v", v.Fragility, v.Support)
		}
	})
	t.Run("who is known to err holds up what they contradict", func(t *testing.T) {
		const liar = 20
		items := []weigh.Candidates{{Count: 2}}
		rows := []statement{says(liar, 0)}
		for s := range int32(liar) {
			rows = append(rows, says(s, s%2))
		}
		for i := int32(1); i <= 400; i++ {
			items = append(items, weigh.Candidates{Count: 2})
			for s := int32(liar); s < liar+4; s++ {
				rows = append(rows, on(i, s, min(s-liar, 1)))
			}
		}
		for i := int32(401); i <= 500; i++ { // the twenty are known to be alike, right three times in four
			items = append(items, weigh.Candidates{Count: 2})
			for s := range int32(liar) {
				rows = append(rows, on(i, s, max(0, 1-i%4)))
			}
		}
		table := openTable(liar+4, items, rows...)
		for i := range items {
			table.Settled = append(table.Settled, weigh.Unsettled)
			if i > 400 {
				table.Settled[i] = 0
			}
		}
		r := weighOpen(t, table)
		if v := r.Verdicts[0]; v.Top != 1 || v.Fragility != 1 || v.Support != 10 {
			t.Errorf("%+v (the liar is right %.3f)", v, r.Sources[liar].P)
		}
	})
}
