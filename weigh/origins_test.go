package weigh

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// crowd is a table of kind Classes that tests fill source by source.
type crowd struct {
	*Table
	chance *rand.Rand
	truth  []int32
}

func newCrowd(seed uint64, items, classes int) *crowd {
	c := &crowd{Table: &Table{Kind: Classes, Items: items, Classes: classes}, chance: rand.New(rand.NewPCG(seed, 1))}
	for range items {
		c.truth = append(c.truth, c.chance.Int32N(int32(classes)))
	}
	return c
}

// source adds one that speaks of an item with chance speaks, and gives what
// answers has with chance keeps, else any class. It returns all its answers.
func (c *crowd) source(answers []int32, keeps, speaks float64) []int32 {
	own := make([]int32, c.Items)
	for i := range own {
		own[i] = answers[i]
		if c.chance.Float64() > keeps {
			own[i] = c.chance.Int32N(int32(c.Classes))
		}
		if c.chance.Float64() < speaks {
			c.Item, c.Source, c.Value = append(c.Item, int32(i)), append(c.Source, int32(c.Sources)), append(c.Value, own[i])
		}
	}
	c.Sources++
	return own
}

// lie is a set of answers that is wrong on four items of five.
func (c *crowd) lie() []int32 {
	lie := slices.Clone(c.truth)
	for i := range lie {
		if c.chance.Float64() < 0.8 {
			lie[i] = (lie[i] + 1 + c.chance.Int32N(int32(c.Classes)-1)) % int32(c.Classes)
		}
	}
	return lie
}

func (c *crowd) origins(t *testing.T) *origins {
	t.Helper()
	return originsOf(t, c.Table)
}

func originsOf(t testing.TB, table *Table) *origins {
	if err := table.Check(); err != nil {
		t.Fatal(err)
	}
	o, err := findOrigins(context.Background(), table, newLayout(table))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func TestOriginsFound(t *testing.T) {
	together := func(group []int32, sources ...int) bool {
		for _, s := range sources {
			if group[s] == none || group[s] != group[sources[0]] {
				return false
			}
		}
		return true
	}
	t.Run("colluders who keep to one false set of answers are linked, and nobody else", func(t *testing.T) {
		for seed := range uint64(10) {
			c := newCrowd(seed, 300, 3)
			for range 22 {
				c.source(c.truth, 0.3+0.6*c.chance.Float64(), 0.4)
			}
			lie := c.lie()
			for range 18 {
				c.source(lie, 0.93, 0.4)
			}
			o := c.origins(t)
			for s, g := range o.group {
				if (s >= 22) != (g != none) {
					t.Errorf("seed %d: source %d of group %d", seed, s, g)
				}
			}
		}
	})
	t.Run("a chain of copies with noise is linked", func(t *testing.T) {
		for seed := range uint64(10) {
			c := newCrowd(seed, 300, 4)
			for range 24 {
				c.source(c.truth, 0.5+0.3*c.chance.Float64(), 0.7)
			}
			copied := c.source(c.truth, 0.5, 0.9)
			for range 3 {
				copied = c.source(copied, 0.9, 0.9)
			}
			if o := c.origins(t); !together(o.group, 24, 25, 26, 27) || slices.Max(o.group[:24]) != none {
				t.Errorf("seed %d: groups %v", seed, o.group)
			}
		}
	})
	t.Run("experts who agree because they are right are not linked", func(t *testing.T) {
		for seed := range uint64(20) {
			c := newCrowd(seed, 300, 3)
			for range 15 {
				c.source(c.truth, 0.2+0.4*c.chance.Float64(), 0.5)
			}
			for range 5 {
				c.source(c.truth, 0.98, 0.8)
			}
			if o := c.origins(t); slices.Max(o.group) != none {
				t.Errorf("seed %d: groups %v", seed, o.group)
			}
		}
	})
	t.Run("who always says one class shows nothing by agreeing", func(t *testing.T) {
		for seed := range uint64(20) {
			c := newCrowd(seed, 200, 2)
			for range 12 {
				c.source(c.truth, 0.3+0.5*c.chance.Float64(), 0.6)
			}
			ever := make([]int32, c.Items)
			for range 8 {
				c.source(ever, 1, 0.6)
			}
			if o := c.origins(t); slices.Max(o.group) != none {
				t.Errorf("seed %d: groups %v", seed, o.group)
			}
		}
	})
	t.Run("agreement of declared origins is no evidence", func(t *testing.T) {
		c := newCrowd(1, 300, 3)
		for range 12 {
			c.source(c.truth, 0.6, 0.8)
		}
		copied := c.source(c.truth, 0.5, 0.9)
		c.source(copied, 0.98, 0.9)
		if o := c.origins(t); !together(o.group, 12, 13) {
			t.Fatalf("groups %v", o.group)
		}
		for _, s := range c.Source {
			c.Origin = append(c.Origin, max(s-12, NoOrigin))
		}
		for j, s := range c.Source {
			if s >= 12 {
				c.Origin[j] = 0
			}
		}
		if o := c.origins(t); slices.Max(o.group) != none {
			t.Errorf("groups %v", o.group)
		}
	})
	t.Run("of kind Open, who share values that nobody else gives are linked", func(t *testing.T) {
		c := newCrowd(2, 200, 12)
		for range 9 {
			c.source(c.truth, 0.7, 0.6)
		}
		copied := c.source(c.truth, 0.4, 0.9)
		c.source(copied, 0.9, 0.9)
		c.source(copied, 0.9, 0.9)
		c.Kind, c.Classes = Open, 0
		c.Candidates = slices.Repeat([]Candidates{{Count: 12, Else: true}}, c.Items)
		if o := c.origins(t); !together(o.group, 9, 10, 11) || slices.Max(o.group[:9]) != none {
			t.Errorf("groups %v", o.group)
		}
	})
	t.Run("of kind Number nobody is linked", func(t *testing.T) {
		o := originsOf(t, &Table{Kind: Number, Sources: 2, Items: 1, Item: []int32{0, 0}, Source: []int32{0, 1}, Low: []float64{1, 1}, High: []float64{1, 1}})
		if slices.Max(o.group) != none {
			t.Errorf("groups %v", o.group)
		}
	})
}

func TestOriginsLaws(t *testing.T) {
	made := func(seed uint64) *crowd {
		c := newCrowd(seed, 120, 3)
		for range 14 {
			c.source(c.truth, 0.2+0.7*c.chance.Float64(), 0.5)
		}
		lie := c.lie()
		for range 10 {
			c.source(lie, 0.9, 0.5)
		}
		return c
	}
	// partition names every group by its first member.
	partition := func(group []int32, name func(int) int) []int {
		p := slices.Repeat([]int{-1}, len(group))
		for s := range group {
			if group[s] == none {
				continue
			}
			first := len(group)
			for o := range group {
				if group[o] == group[s] {
					first = min(first, name(o))
				}
			}
			p[name(s)] = first
		}
		return p
	}
	t.Run("names of sources, items and classes do not matter, nor does the order of statements", func(t *testing.T) {
		for seed := range uint64(10) {
			c := made(seed)
			want := c.origins(t)
			sources, items, classes := c.chance.Perm(c.Sources), c.chance.Perm(c.Items), c.chance.Perm(c.Classes)
			other := *c.Table
			other.Item, other.Source, other.Value = nil, nil, nil
			for _, j := range c.chance.Perm(len(c.Item)) {
				other.Item = append(other.Item, int32(items[c.Item[j]]))
				other.Source = append(other.Source, int32(sources[c.Source[j]]))
				other.Value = append(other.Value, int32(classes[c.Value[j]]))
			}
			got := originsOf(t, &other)
			if x, y := partition(want.group, func(s int) int { return sources[s] }), partition(got.group, func(s int) int { return s }); !slices.Equal(x, y) {
				t.Errorf("seed %d: %v, renamed %v", seed, x, y)
			}
		}
	})
	t.Run("a source that says nothing changes nothing", func(t *testing.T) {
		c := made(3)
		want := c.origins(t)
		c.Sources++
		got := c.origins(t)
		if !slices.Equal(got.group[:c.Sources-1], want.group) || got.group[c.Sources-1] != none || !slices.Equal(got.links(got.group), want.links(want.group)) {
			t.Errorf("%v, with a silent one %v", want.group, got.group)
		}
	})
	t.Run("equal tables give equal bits", func(t *testing.T) {
		a, b := made(4).origins(t), made(4).origins(t)
		if !slices.Equal(a.links(a.group), b.links(b.group)) || a.odds != b.odds {
			t.Errorf("%v and %v", a, b)
		}
	})
	t.Run("a cancelled context ends it", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		c := made(5)
		if _, err := findOrigins(ctx, c.Table, newLayout(c.Table)); err != context.Canceled {
			t.Errorf("error %v", err)
		}
	})
}

func TestBoundVisits(t *testing.T) {
	// One item of which everybody speaks, and who says most in all.
	first, said := []int32{0}, []speaker{}
	const everybody = 30_000
	for s := range int32(everybody) {
		said = append(said, speaker{source: s})
	}
	first = append(first, int32(len(said)))
	for s := range int32(50) {
		said = append(said, speaker{source: everybody - 1 - s})
		first = append(first, int32(len(said)))
	}
	first, said, _ = boundVisits(first, said, nil)
	n := int64(first[1])
	if n*(n-1)/2 > mostVisits || (n+1)*n/2 <= mostVisits {
		t.Errorf("%d speakers are kept", n)
	}
	if said[n-1].source != everybody-1 || said[n-50].source != everybody-50 {
		t.Errorf("who says most is not kept")
	}
	if len(said) != int(n)+50 {
		t.Errorf("%d statements are kept", len(said))
	}
}

// randomTable draws any small table of kind Classes or Open.
func randomTable(r *rapid.T) *Table {
	t := &Table{Kind: Classes, Sources: rapid.IntRange(0, 12).Draw(r, "sources"), Items: rapid.IntRange(0, 12).Draw(r, "items"), Classes: rapid.IntRange(1, 4).Draw(r, "classes")}
	if rapid.Bool().Draw(r, "open") {
		t.Kind = Open
		t.Candidates = slices.Repeat([]Candidates{{Count: int32(t.Classes), Else: true}}, t.Items)
		t.Sets = []Set{{Values: []int32{0}, Denies: true}, {Else: true}, {Values: []int32{0}, Denies: true}}
	}
	if t.Sources == 0 || t.Items == 0 {
		return t
	}
	declared := rapid.Bool().Draw(r, "declared")
	for range rapid.IntRange(0, 150).Draw(r, "statements") {
		t.Item = append(t.Item, rapid.Int32Range(0, int32(t.Items)-1).Draw(r, "item"))
		t.Source = append(t.Source, rapid.Int32Range(0, int32(t.Sources)-1).Draw(r, "source"))
		t.Value = append(t.Value, rapid.Int32Range(-int32(len(t.Sets)), int32(t.Classes)-1).Draw(r, "value"))
		if declared {
			t.Origin = append(t.Origin, rapid.Int32Range(NoOrigin, 3).Draw(r, "origin"))
		}
	}
	return t
}

func TestOriginsOfAnyTable(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		table := randomTable(r)
		if err := table.Check(); err != nil {
			r.Fatal(err)
		}
		l := newLayout(table)
		o, err := findOrigins(context.Background(), table, l)
		if err != nil {
			r.Fatal(err)
		}
		for _, x := range o.links(o.group) {
			if x.A >= x.B || x.Shared < leastShared || !(x.Agreement >= 0 && x.Agreement <= 1) || !(x.Expected > 0 && x.Expected < 1) {
				r.Errorf("link %+v", x)
			}
		}
		// Weights counted in a small item and in a large one are the same.
		groups := rapid.SliceOfN(rapid.Int32Range(none, 2), table.Sources, table.Sources).Draw(r, "groups")
		c := newChorus(table, groups, rapid.Bool().Draw(r, "heed declared"))
		for i := range table.Items {
			rows := l.on(i)
			compared, counted := make([]float32, len(rows)), make([]float32, len(rows))
			c.compare(rows, compared)
			if c.count(rows, counted); !slices.Equal(compared, counted) {
				r.Errorf("item %d: weights %v, counted %v", i, compared, counted)
			}
		}
	})
}

func TestOriginWeights(t *testing.T) {
	table := &Table{Kind: Classes, Sources: 6, Items: 1, Classes: 3,
		Item:   []int32{0, 0, 0, 0, 0, 0, 0},
		Source: []int32{0, 1, 2, 3, 4, 5, 5},
		Value:  []int32{0, 0, 1, 0, 1, 1, 2},
		Origin: []int32{NoOrigin, NoOrigin, NoOrigin, 7, 7, NoOrigin, NoOrigin},
	}
	l := newLayout(table)
	for _, tt := range []struct {
		name     string
		group    []int32
		declared bool
		want     []float32
	}{
		{"statements of one declared origin and of one source speak once", nil, true, []float32{1, 1, 1, 0.5, 0.5, 0.5, 0.5}},
		{"those of a group speak once for each value", []int32{0, 0, 0, none, none, none}, true, []float32{0.5, 0.5, 1, 0.5, 0.5, 0.5, 0.5}},
		{"both count together", []int32{none, 0, none, 0, none, none}, true, []float32{1, 0.5, 1, 1. / 3, 0.5, 0.5, 0.5}},
		{"a model that sees to declared origins itself is given the groups alone", []int32{none, 0, none, 0, none, none}, false, []float32{1, 0.5, 1, 0.5, 1, 1, 1}},
		{"nil stands for all that are alone", nil, false, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := originWeights(table, l, tt.group, tt.declared); !slices.Equal(got, tt.want) {
				t.Errorf("weights %v, want %v", got, tt.want)
			}
		})
	}
}

// plainResult is plainFit as explain asks for it.
func plainResult(_ context.Context, t *Table) (*Result, error) {
	l := newLayout(t)
	q, _ := plainFit(t, l, originWeights(t, l, nil, true))
	r := &Result{Verdicts: make([]Verdict, t.Items), Sources: make([]Reliability, t.Sources)}
	for i, p := range q {
		r.Verdicts[i] = Verdict{P: p, Top: slices.Index(p, slices.Max(p)), Other: -1}
	}
	return r, nil
}

func TestExplain(t *testing.T) {
	// Two sides of like size and shape, each with its own answers.
	twoSided := func(a, b float64) (*crowd, []int32) {
		c := newCrowd(6, 200, 3)
		for range 10 {
			c.source(c.truth, a, 0.5)
		}
		lie := c.lie()
		for range 10 {
			c.source(lie, b, 0.5)
		}
		return c, lie
	}
	right := func(r *Result, answers []int32) float64 {
		n := 0
		for i, v := range r.Verdicts {
			if v.Top == int(answers[i]) {
				n++
			}
		}
		return float64(n) / float64(len(answers))
	}
	explained := func(t *testing.T, table *Table) *Result {
		t.Helper()
		l := newLayout(table)
		r, err := originsOf(t, table).explain(context.Background(), table, l, plainResult)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Run("where either side may copy, the answer is ambiguous and shows both", func(t *testing.T) {
		c, lie := twoSided(0.8, 0.8)
		r := explained(t, c.Table)
		if !r.Ambiguous {
			t.Fatal("not ambiguous")
		}
		for i, v := range r.Verdicts {
			if v.Ambiguous && (v.Other == v.Top || v.Other < 0) {
				t.Errorf("item %d: top %d, other %d", i, v.Top, v.Other)
			}
			if !v.Ambiguous && c.truth[i] != lie[i] && v.Other != -1 {
				t.Errorf("item %d: other %d", i, v.Other)
			}
		}
	})
	t.Run("settled items choose between explanations", func(t *testing.T) {
		for _, side := range []bool{true, false} {
			c, lie := twoSided(0.8, 0.8)
			answers := c.truth
			if !side {
				answers = lie
			}
			c.Settled = slices.Repeat([]int32{Unsettled}, c.Items)
			copy(c.Settled[:20], answers)
			if r := explained(t, c.Table); right(r, answers) < 0.9 || r.Ambiguous {
				t.Errorf("%.2f right, ambiguous %v", right(r, answers), r.Ambiguous)
			}
		}
	})
	t.Run("where nobody copies, the fit stands as it is", func(t *testing.T) {
		c := newCrowd(7, 200, 3)
		for range 12 {
			c.source(c.truth, 0.7, 0.5)
		}
		if r := explained(t, c.Table); r.Ambiguous || r.Links != nil || right(r, c.truth) < 0.95 {
			t.Errorf("%.2f right, ambiguous %v, links %v", right(r, c.truth), r.Ambiguous, r.Links)
		}
	})
}
