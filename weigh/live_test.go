package weigh

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// fitWith is what OneAccuracy makes of a table when the mean of the sources'
// chances of being right is known, and the groups of sources.
func fitWith(t *testing.T, table *Table, l *Live) *openFit {
	t.Helper()
	mean, group := l.mean, slices.Clone(l.group)
	for len(group) < table.Sources {
		group = append(group, -1)
	}
	f := newOpenFit(newOpenVoices(table, weightsOf(table, group)), 1, 1)
	for range 20_000 {
		f.shares[0], f.means[0] = 1, mean
		f.odd()
		moved, err := f.round(t.Context(), f.posterior)
		if err != nil {
			t.Fatal(err)
		}
		if moved < 1e-8 {
			return f
		}
	}
	t.Fatal("the whole does not converge")
	return nil
}

// weightsOf has what each statement of a table counts in its source's group.
func weightsOf(table *Table, group []int32) []float32 {
	order, weights := newLayout(table), slices.Repeat([]float32{1}, table.Statements())
	for at, w := range originWeights(table, order, group, false) {
		weights[order.row[at]] = w
	}
	return weights
}

// farFrom is how far a probability of a Live is from that of a fit, at most.
func farFrom(l *Live, f *openFit) (far float64) {
	for i := range l.items {
		if len(l.items[i].q) != f.at[i+1]-f.at[i] {
			return math.Inf(1)
		}
		p := l.Verdict(int32(i)).P
		for k, x := range l.items[i].q {
			far = max(far, math.Abs(x-f.q[f.at[i]+k]))
			if k < len(p) {
				far = max(far, math.Abs(p[k]-f.q[f.at[i]+k]))
			}
		}
	}
	return far
}

func mustLive(t *testing.T, table *Table, group ...int32) *Live {
	t.Helper()
	l, err := NewLive(t.Context(), table, group, Options{MinOrigins: 2, MinP: .8})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func mustSettle(t *testing.T, l *Live) {
	t.Helper()
	if err := l.Settle(t.Context(), 1e-6); err != nil {
		t.Fatal(err)
	}
}

// statementsOf lists the statements of a table.
func statementsOf(table *Table) (all []Statement) {
	for j := range table.Item {
		s := Statement{Item: table.Item[j], Source: table.Source[j], Value: table.Value[j], Origin: NoOrigin}
		if table.Origin != nil {
			s.Origin = table.Origin[j]
		}
		if s.Value < 0 {
			s.Value, s.Set = -1, table.Sets[^s.Value]
		}
		all = append(all, s)
	}
	return all
}

// drawStart draws what an empty table starts from.
func drawStart(rt *rapid.T) *Table {
	table := &Table{Kind: rapid.SampledFrom([]Kind{Classes, Open}).Draw(rt, "kind"), Classes: 3}
	table.Items, table.Sources = rapid.IntRange(0, 4).Draw(rt, "items"), rapid.IntRange(0, 3).Draw(rt, "sources")
	for range table.Items {
		table.Settled = append(table.Settled, rapid.Int32Range(Unsettled, 1).Draw(rt, "settled"))
		if table.Kind == Open {
			table.Candidates = append(table.Candidates, Candidates{Count: rapid.Int32Range(2, 3).Draw(rt, "candidates"), Else: rapid.Bool().Draw(rt, "else")})
		}
	}
	return table
}

// drawGroups draws which sources of a table depend on each other, or none.
func drawGroups(rt *rapid.T, table *Table) []int32 {
	if rapid.Bool().Draw(rt, "nobody depends") {
		return nil
	}
	return rapid.SliceOfN(rapid.Int32Range(-1, 1), table.Sources, table.Sources).Draw(rt, "groups")
}

// drawStatement draws one that may join l.
func drawStatement(rt *rapid.T, l *Live) Statement {
	s := Statement{Item: rapid.Int32Range(0, 6).Draw(rt, "item"), Source: rapid.Int32Range(0, 5).Draw(rt, "source"), Origin: rapid.Int32Range(-3, 1).Draw(rt, "origin")}
	s.Origin = max(s.Origin, NoOrigin)
	named, open := int32(3), l.kind == Open
	if open && int(s.Item) < len(l.items) {
		open = l.items[s.Item].open
	}
	s.Value = rapid.Int32Range(-1, named-1).Draw(rt, "value")
	if s.Value >= 0 {
		return s
	}
	s.Set.Values = rapid.SliceOfNDistinct(rapid.Int32Range(0, named-1), 1, 2, rapid.ID).Draw(rt, "values")
	slices.Sort(s.Set.Values)
	s.Set.Else, s.Set.Denies = open && rapid.Bool().Draw(rt, "else"), rapid.Bool().Draw(rt, "denies")
	return s
}

func TestLiveIsTheWhole(t *testing.T) {
	t.Run("whatever small table is put together and taken apart", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			start := drawStart(rt)
			l := mustLive(t, start, drawGroups(rt, start)...)
			var stands []Statement
			for range rapid.IntRange(1, 30).Draw(rt, "changes") {
				if len(stands) > 0 && rapid.IntRange(0, 3).Draw(rt, "remove") == 0 {
					j := rapid.IntRange(0, len(stands)-1).Draw(rt, "which")
					if _, err := l.Remove(stands[j]); err != nil {
						rt.Fatal(err)
					}
					stands = slices.Delete(stands, j, j+1)
				} else {
					s, n := drawStatement(rt, l), l.statements
					if _, err := l.Add(s); err != nil {
						rt.Fatal(err)
					}
					if l.statements > n {
						stands = append(stands, s)
					}
				}
				if rapid.Bool().Draw(rt, "settle") {
					mustSettle(t, l)
				}
			}
			mustSettle(t, l)
			table := l.Table()
			if err := table.Check(); err != nil {
				rt.Fatal(err)
			}
			if got := len(statementsOf(table)); got != len(stands) {
				rt.Fatalf("%d statements stand, not %d", got, len(stands))
			}
			if far := farFrom(l, fitWith(t, table, l)); far > 1e-5 {
				rt.Fatalf("a probability is %.1e from the whole's", far)
			}
		})
	})
	for _, tt := range []struct {
		name  string
		world liveWorld
	}{
		{"of a hundred thousand statements", liveWorld{10_000, 10, 2_000, 4, .5, .95, false}},
		{"where a tenth come from one source", liveWorld{10_000, 10, 2_000, 4, .5, .95, true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			table := tt.world.make(1)
			l := mustLive(t, table)
			stands, r := statementsOf(table), rand.New(rand.NewPCG(2, 0))
			for n := range 300 {
				j := r.IntN(len(stands))
				if _, err := l.Remove(stands[j]); err != nil {
					t.Fatal(err)
				}
				s := Statement{Item: int32(r.IntN(len(l.items) + 1)), Source: int32(r.IntN(len(l.hot) + 1)), Value: int32(r.IntN(4)), Origin: NoOrigin}
				before := l.statements
				if _, err := l.Add(s); err != nil {
					t.Fatal(err)
				}
				if stands = slices.Delete(stands, j, j+1); l.statements > before {
					stands = append(stands, s)
				}
				if n%3 == 0 {
					mustSettle(t, l)
				}
			}
			mustSettle(t, l)
			if far := farFrom(l, fitWith(t, l.Table(), l)); far > 1e-5 {
				t.Errorf("a probability is %.1e from the whole's", far)
			}
		})
	}
}

func TestLiveStartsFromOneAccuracy(t *testing.T) {
	table := liveWorld{300, 6, 40, 3, .4, .9, true}.make(3)
	for range table.Item {
		table.Origin = append(table.Origin, NoOrigin)
	}
	for j := 0; j < len(table.Item); j += 5 {
		table.Origin[j] = table.Item[j] % 2
	}
	opt := Options{MinOrigins: 2, MinP: .8}
	group := make([]int32, table.Sources)
	for s := range group {
		group[s] = int32(s/3) - 2
	}
	want, err := OneAccuracy{}.weigh(t.Context(), table, opt, weightsOf(table, group), 1)
	if err != nil {
		t.Fatal(err)
	}
	l := mustLive(t, table, group...)
	for i, v := range want.Verdicts {
		got := l.Verdict(int32(i))
		if got.Top != v.Top || math.Abs(got.Support-v.Support) > 1e-9 || got.Fragility != v.Fragility {
			t.Errorf("item %d: %+v, not %+v", i, got, v)
		}
		for k := range v.P {
			if math.Abs(got.P[k]-v.P[k]) > 1e-5 {
				t.Errorf("item %d: P %v, not %v", i, got.P, v.P)
			}
		}
	}
	for s, v := range want.Sources {
		if got := l.Reliability(int32(s)); math.Abs(got.P-v.P) > 1e-5 || got.Statements != v.Statements {
			t.Errorf("source %d: %+v, not %+v", s, got, v)
		}
	}
}

// Out and in again is as if nothing had been, and so is in and out again.
func TestLiveForgets(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		start := drawStart(rt)
		l := mustLive(t, start, drawGroups(rt, start)...)
		for range rapid.IntRange(1, 20).Draw(rt, "statements") {
			if _, err := l.Add(drawStatement(rt, l)); err != nil {
				rt.Fatal(err)
			}
		}
		mustSettle(t, l)
		before := l.Table()
		was := fitWith(t, before, l)
		if rapid.Bool().Draw(rt, "out first") {
			s := rapid.SampledFrom(statementsOf(before)).Draw(rt, "which")
			if _, err := l.Remove(s); err != nil {
				rt.Fatal(err)
			}
			mustSettle(t, l)
			if _, err := l.Add(s); err != nil {
				rt.Fatal(err)
			}
		} else {
			s := rapid.Custom(func(rt *rapid.T) Statement { return drawStatement(rt, l) }).Filter(func(s Statement) bool {
				return int(s.Item) < before.Items && !slices.ContainsFunc(statementsOf(before), func(x Statement) bool {
					return x.Item == s.Item && x.Source == s.Source && x.Origin == s.Origin
				})
			}).Draw(rt, "one more")
			if _, err := l.Add(s); err != nil {
				rt.Fatal(err)
			}
			mustSettle(t, l)
			if _, err := l.Remove(s); err != nil {
				rt.Fatal(err)
			}
		}
		mustSettle(t, l)
		after := l.Table()
		if !slices.Equal(before.Item, after.Item) || !slices.Equal(before.Source, after.Source) || !slices.Equal(before.Origin, after.Origin) {
			rt.Fatal("other statements stand than before")
		}
		if far := farFrom(l, was); far > 1e-5 {
			rt.Fatalf("a probability is %.1e from what it was", far)
		}
	})
}

func TestLiveChanges(t *testing.T) {
	table := liveWorld{500, 8, 60, 3, .4, .9, false}.make(4)
	l := mustLive(t, table)
	told := make([][]float64, len(l.items))
	for i := range told {
		told[i] = slices.Clone(l.items[i].q)
	}
	if got := l.Changes(); len(got) != 0 {
		t.Fatalf("%v changed before anything did", got)
	}
	r, most := rand.New(rand.NewPCG(5, 0)), 0
	for range 50 {
		s := Statement{Item: int32(r.IntN(500)), Source: int32(r.IntN(60)), Value: int32(r.IntN(3)), Origin: NoOrigin}
		if _, err := l.Add(s); err != nil {
			t.Fatal(err)
		}
		mustSettle(t, l)
		var want []int32
		for i := range l.items {
			moved := 0.0
			for k, x := range l.items[i].q {
				moved = max(moved, math.Abs(x-told[i][k]))
			}
			if moved > 1e-3 {
				want = append(want, int32(i))
				told[i] = slices.Clone(l.items[i].q)
			}
		}
		if got := l.Changes(); !slices.Equal(got, want) {
			t.Fatalf("changed: %v, not %v", got, want)
		}
		most = max(most, len(want))
	}
	if most < 2 {
		t.Error("no statement changed two items")
	}
}

func TestLiveGroups(t *testing.T) {
	t.Run("ten sources of one group are one voice", func(t *testing.T) {
		l := mustLive(t, &Table{Kind: Open, Items: 1, Sources: 12, Candidates: []Candidates{{Count: 2, Else: true}}}, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1)
		var v Verdict
		for s := range int32(12) {
			var err error
			if v, err = l.Add(Statement{Source: s, Value: s / 10, Origin: NoOrigin}); err != nil {
				t.Fatal(err)
			}
		}
		if v.Top != 1 || math.Abs(v.Support-2) > 1e-6 {
			t.Errorf("top %d with %v origins, not 1 with 2", v.Top, v.Support)
		}
	})
}

func TestLiveRefuses(t *testing.T) {
	l := mustLive(t, &Table{Kind: Open, Items: 1, Sources: 1, Candidates: []Candidates{{Count: 2}}})
	for _, tt := range []struct {
		name string
		s    Statement
	}{
		{"an item below zero", Statement{Item: -1}},
		{"a source below zero", Statement{Source: -1}},
		{"an origin below none", Statement{Origin: -2}},
		{"a set of nothing", Statement{Value: -1}},
		{"a set out of order", Statement{Value: -1, Set: Set{Values: []int32{1, 0}}}},
		{"something else where there is none", Statement{Value: -1, Set: Set{Else: true}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := l.Add(tt.s); !errors.Is(err, ErrStatement) {
				t.Errorf("Add = %v, want %v", err, ErrStatement)
			}
		})
	}
	t.Run("to take out what does not stand", func(t *testing.T) {
		for _, item := range []int32{0, 9} {
			if _, err := l.Remove(Statement{Item: item}); !errors.Is(err, ErrStatement) {
				t.Errorf("Remove = %v, want %v", err, ErrStatement)
			}
		}
	})
	t.Run("numbers", func(t *testing.T) {
		if _, err := NewLive(t.Context(), &Table{Kind: Number}, nil, Options{}); !errors.Is(err, ErrKind) {
			t.Errorf("NewLive = %v, want %v", err, ErrKind)
		}
	})
	t.Run("groups of other sources", func(t *testing.T) {
		if _, err := NewLive(t.Context(), &Table{Kind: Classes, Classes: 2, Sources: 1}, []int32{0, 0}, Options{}); !errors.Is(err, ErrTable) {
			t.Errorf("NewLive = %v, want %v", err, ErrTable)
		}
	})
}

func TestLiveDue(t *testing.T) {
	l := mustLive(t, &Table{Kind: Classes, Classes: 2})
	var runs []int
	for n := range int32(100) {
		if _, err := l.Add(Statement{Item: n % 7, Source: n / 7, Value: n % 2, Origin: NoOrigin}); err != nil {
			t.Fatal(err)
		}
		if l.Due() {
			runs = append(runs, l.statements)
			if err := l.Refit(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	if want := []int{1, 2, 4, 8, 16, 32, 64}; !slices.Equal(runs, want) {
		t.Errorf("full runs at %v statements, not %v", runs, want)
	}
}

func TestLiveCancelled(t *testing.T) {
	table := liveWorld{4_100, 3, 300, 3, .5, .9, false}.make(6)
	for _, tt := range []struct {
		name string
		stop func(*Live, context.Context) error
	}{
		{"while it settles", func(l *Live, ctx context.Context) error { return l.Settle(ctx, 1e-6) }},
		{"in a full run", (*Live).Refit},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for calls := range 4 {
				l := mustLive(t, table)
				for s := range int32(20) {
					if _, err := l.Add(Statement{Item: s, Source: s, Value: s % 3, Origin: NoOrigin}); err != nil {
						t.Fatal(err)
					}
				}
				if err := tt.stop(l, &endsAfter{Context: t.Context(), calls: calls}); !errors.Is(err, context.Canceled) {
					t.Fatalf("%v, want %v", err, context.Canceled)
				}
				mustSettle(t, l)
				if far := farFrom(l, fitWith(t, l.Table(), l)); far > 1e-5 {
					t.Errorf("going on, a probability is %.1e from the whole's", far)
				}
			}
		})
	}
}

// endsAfter is a context that is cancelled when it has been asked so often.
type endsAfter struct {
	context.Context
	calls int
}

func (c *endsAfter) Err() error {
	if c.calls--; c.calls < 0 {
		return context.Canceled
	}
	return nil
}
