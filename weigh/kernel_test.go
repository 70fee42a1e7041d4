package weigh

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestExpWide(t *testing.T) {
	t.Run("its relative error is below 4e-7", func(t *testing.T) {
		for x := -float64(mostWide); x <= mostWide; x += 0.0131 {
			want := math.Exp(x)
			if d := math.Abs(expWide(x)-want) / want; d > 4e-7 {
				t.Fatalf("expWide(%v) is off by %.1e", x, d)
			}
		}
	})
	t.Run("zero gives one", func(t *testing.T) {
		if got := expWide(0); got != 1 {
			t.Errorf("expWide(0) = %v", got)
		}
	})
}

// drawTable draws a small table of one kind; some items are settled, some
// statements allow several values and some are said twice.
func drawTable(t *rapid.T, kind Kind) *Table {
	tab := &Table{Kind: kind, Sources: rapid.IntRange(1, 7).Draw(t, "sources"), Items: rapid.IntRange(1, 9).Draw(t, "items")}
	if kind == Classes {
		tab.Classes = rapid.IntRange(1, 5).Draw(t, "classes")
	}
	for range tab.Items {
		if kind == Open {
			tab.Candidates = append(tab.Candidates, Candidates{Count: int32(rapid.IntRange(1, 4).Draw(t, "count")), Else: rapid.Bool().Draw(t, "else")})
		}
	}
	for i := range tab.Items {
		tab.Settled = append(tab.Settled, int32(rapid.IntRange(-1, int(tab.candidates(int32(i)))-1).Draw(t, "settled")))
	}
	for range rapid.IntRange(0, 40).Draw(t, "statements") {
		i := int32(rapid.IntRange(0, tab.Items-1).Draw(t, "item"))
		n := tab.candidates(i)
		v := int32(rapid.IntRange(-1, int(n)-1).Draw(t, "value"))
		if v < 0 {
			v = ^int32(len(tab.Sets))
			set := Set{}
			for x := range n {
				if x == 0 || rapid.Bool().Draw(t, "allows") {
					set.Values = append(set.Values, x)
				}
			}
			tab.Sets = append(tab.Sets, set)
		}
		tab.Item, tab.Value = append(tab.Item, i), append(tab.Value, v)
		tab.Source = append(tab.Source, int32(rapid.IntRange(0, tab.Sources-1).Draw(t, "source")))
	}
	if err := tab.Check(); err != nil {
		t.Fatal(err)
	}
	return tab
}

// said is one statement of a packed table, decoded.
type said struct {
	item, source, value int
	weight              float64
}

func (p *packed) decode() []said {
	source := make([]int, p.sources)
	for s, at := range p.place {
		source[at] = s
	}
	var all []said
	for i := range p.items {
		for at := p.first[i]; at < p.first[i+1]; at++ {
			code := int(p.code[at])
			all = append(all, said{i, source[code/p.values], code % p.values, float64(p.weightAt(int(at)))})
		}
	}
	return all
}

func TestConfusion(t *testing.T) {
	t.Run("a pass is Bayes' rule and then the expected counts", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			tab := drawTable(t, Classes)
			if rapid.Bool().Draw(t, "plain") { // without sets nothing has a weight
				for j, v := range tab.Value {
					tab.Value[j] = max(v, 0)
				}
			}
			subtypes := rapid.IntRange(1, 3).Draw(t, "subtypes")
			states := tab.Classes * subtypes
			p, err := packTable(tab, 1)
			if err != nil {
				t.Fatal(err)
			}
			k := newConfusion(p, tab.Classes, subtypes, tab.Settled, rapid.IntRange(1, 3).Draw(t, "workers"))
			chance := rapid.Float64Range(.01, 1)
			prior := make([]float64, states)
			for h := range prior {
				prior[h] = math.Log(chance.Draw(t, "prior"))
			}
			k.setPrior(prior)
			rows := make([][]float32, tab.Sources)
			for s := range rows {
				for range tab.Classes * states {
					rows[s] = append(rows[s], float32(math.Log(chance.Draw(t, "chance"))))
				}
				k.setRow(s, rows[s])
			}
			if _, err := k.pass(context.Background()); err != nil {
				t.Fatal(err)
			}

			q := make([][]float64, tab.Items)
			for i := range q {
				q[i] = append([]float64{}, prior...)
			}
			for _, x := range p.decode() {
				for h := range states {
					q[x.item][h] += x.weight * float64(rows[x.source][x.value*states+h])
				}
			}
			counts := make([][]float64, tab.Sources)
			for s := range counts {
				counts[s] = make([]float64, tab.Classes*states)
			}
			for i := range q {
				sum := 0.0
				for h := range q[i] {
					q[i][h] = math.Exp(q[i][h])
					if tab.Settled[i] >= 0 && h/subtypes != int(tab.Settled[i]) {
						q[i][h] = 0
					}
					sum += q[i][h]
				}
				for h := range q[i] {
					q[i][h] /= sum
					if got := float64(k.posterior(i)[h]); math.Abs(got-q[i][h]) > 1e-5 {
						t.Fatalf("item %d state %d: %v, want %v", i, h, got, q[i][h])
					}
				}
			}
			for _, x := range p.decode() {
				for h := range states {
					counts[x.source][x.value*states+h] += x.weight * q[x.item][h]
				}
			}
			got := make([]float64, tab.Classes*states)
			for s := range counts {
				k.counts(s, got)
				for at, want := range counts[s] {
					if math.Abs(got[at]-want) > 1e-3 {
						t.Fatalf("source %d count %d: %v, want %v", s, at, got[at], want)
					}
				}
			}
		})
	})
	for _, classes := range []int{2, 3} {
		t.Run(fmt.Sprintf("sweeping %d states flat is the same", classes), func(t *testing.T) {
			// One item with more statements than a sweep has, and some with none.
			tab := arithmeticTable(9_000, 20_000, 40, classes)
			for j := range tab.Item {
				if j%7 == 0 {
					tab.Item[j] = 4_321
					tab.Source[j] = int32(j / 7)
				}
				if tab.Item[j]%11 == 0 {
					tab.Item[j]++
				}
			}
			tab.Sources = 3_000
			tab.Settled = make([]int32, tab.Items)
			for i := range tab.Settled {
				tab.Settled[i] = max(Unsettled, int32(i%50)-48)
			}
			p, err := packTable(tab, 2)
			if err != nil {
				t.Fatal(err)
			}
			weighted := *p
			weighted.weight = make([]float32, len(p.code))
			for at := range weighted.weight {
				weighted.weight[at] = 1
			}
			flat, general := newConfusion(p, classes, 1, tab.Settled, 2), newConfusion(&weighted, classes, 1, tab.Settled, 2)
			if flat.flat == nil || general.flat != nil {
				t.Fatal("not the two ways")
			}
			for _, k := range []*confusion{flat, general} {
				k.startFromVotes()
				if err := k.count(context.Background()); err != nil {
					t.Fatal(err)
				}
				for range 3 {
					if err := k.update(context.Background(), k.variationalRow); err != nil {
						t.Fatal(err)
					}
					if _, err := k.pass(context.Background()); err != nil {
						t.Fatal(err)
					}
				}
			}
			a, b := make([]float64, classes*classes), make([]float64, classes*classes)
			for i := range tab.Items {
				for h, x := range flat.posterior(i) {
					if d := math.Abs(float64(x - general.posterior(i)[h])); d > 1e-4 {
						t.Fatalf("item %d state %d differs by %v", i, h, d)
					}
				}
			}
			for s := range tab.Sources {
				flat.counts(s, a)
				general.counts(s, b)
				for at := range a {
					if math.Abs(a[at]-b[at]) > 1e-2 {
						t.Fatalf("source %d: %v, %v", s, a, b)
					}
				}
			}
			for h, n := range flat.classCounts() {
				if math.Abs(n-general.classCounts()[h]) > .1 {
					t.Fatalf("classes: %v, %v", flat.classCounts(), general.classCounts())
				}
			}
		})
	}
	for _, classes := range []int{3, 4} {
		t.Run(fmt.Sprintf("what rules one of %d states out leaves the others apart", classes), func(t *testing.T) {
			const sources = 100
			tab := &Table{Kind: Classes, Classes: classes, Items: 1, Sources: sources}
			for s := range int32(sources) {
				tab.Item, tab.Source, tab.Value = append(tab.Item, 0), append(tab.Source, s), append(tab.Value, 0)
			}
			p, err := packTable(tab, 1)
			if err != nil {
				t.Fatal(err)
			}
			k := newConfusion(p, classes, 1, nil, 1)
			logs := make([]float32, classes*classes)
			logs[1], logs[2] = 20, 20+1.0/64
			for s := range sources {
				k.setRow(s, logs)
			}
			if _, err := k.pass(context.Background()); err != nil {
				t.Fatal(err)
			}
			want := 1 / (1 + math.Exp(-sources/64.0))
			if got := k.posterior(0); math.Abs(float64(got[2])-want) > 1e-5 || got[0] != 0 {
				t.Errorf("posterior %v, want %v of state 2", got, want)
			}
		})
	}
	t.Run("counts beyond 32 bits are kept", func(t *testing.T) {
		const items = 10_000
		tab := &Table{Kind: Classes, Classes: 3, Sources: 1, Items: items, Settled: make([]int32, items)}
		for i := range items {
			tab.Item, tab.Source, tab.Value = append(tab.Item, int32(i)), append(tab.Source, 0), append(tab.Value, 1)
			tab.Settled[i] = int32(i % 3)
		}
		p, err := packTable(tab, 1)
		if err != nil {
			t.Fatal(err)
		}
		k := newConfusion(p, 3, 1, tab.Settled, 2)
		k.startFromVotes()
		if err := k.count(context.Background()); err != nil {
			t.Fatal(err)
		}
		got := make([]float64, 9)
		k.counts(0, got)
		if want := []float64{0, 0, 0, 3334, 3333, 3333, 0, 0, 0}; !reflect.DeepEqual(got, want) {
			t.Errorf("counts = %v, want %v", got, want)
		}
	})
}

func TestOneCoinKernel(t *testing.T) {
	t.Run("a pass is Bayes' rule and then the expected counts", rapid.MakeCheck(func(t *rapid.T) {
		tab := drawTable(t, rapid.SampledFrom([]Kind{Classes, Open}).Draw(t, "kind"))
		if rapid.Bool().Draw(t, "plain") {
			for j, v := range tab.Value {
				tab.Value[j] = max(v, 0)
			}
		}
		p, err := packTable(tab, 1)
		if err != nil {
			t.Fatal(err)
		}
		other := rapid.Float64Range(.1, 2).Draw(t, "other")
		k := newOneCoin(tab, p, other, rapid.IntRange(1, 3).Draw(t, "workers"))
		right := make([]float64, tab.Sources)
		for s := range right {
			right[s] = rapid.Float64Range(.05, .95).Draw(t, "right")
			k.setLogit(s, math.Log(right[s]/(1-right[s])))
		}
		if _, err := k.pass(context.Background()); err != nil {
			t.Fatal(err)
		}
		expected, all := make([]float64, tab.Sources), make([]float64, tab.Sources)
		for i := range tab.Items {
			named := int(tab.candidates(int32(i)))
			q := make([]float64, named+1)
			for v := range named {
				q[v] = 1
			}
			values := named
			if tab.Kind == Open && tab.Candidates[i].Else {
				q[named] = other
				values++
			}
			for _, x := range p.decode() {
				for v := range q {
					if x.item == i && v == x.value {
						q[v] *= math.Pow(right[x.source], x.weight)
					} else if x.item == i {
						q[v] *= math.Pow((1-right[x.source])/float64(max(1, values-1)), x.weight)
					}
				}
			}
			sum := 0.0
			for v := range q {
				if g := int(tab.Settled[i]); g >= 0 && v != g {
					q[v] = 0
				}
				sum += q[v]
			}
			for v := range named {
				if got := float64(k.posterior(i)[v]); math.Abs(got-q[v]/sum) > 1e-5 {
					t.Fatalf("item %d value %d: %v, want %v", i, v, got, q[v]/sum)
				}
			}
			for _, x := range p.decode() {
				if x.item == i {
					expected[x.source] += x.weight * q[x.value] / sum
					all[x.source] += x.weight
				}
			}
		}
		for s := range right {
			if got, n := k.counts(s); math.Abs(got-expected[s]) > 1e-3 || math.Abs(n-all[s]) > 1e-3 {
				t.Fatalf("source %d: %v of %v, want %v of %v", s, got, n, expected[s], all[s])
			}
		}
	}))
}

// worn are the models built on a packed table.
var worn = []Model{OneCoin{}, DawidSkene{}, IBCC{}, EBCC{Starts: 1}, BWA{}, CATD{}}

func TestKernelModels(t *testing.T) {
	big := arithmeticTable(4_500, 13_500, 30, 2)
	for _, m := range worn {
		t.Run(m.Name(), func(t *testing.T) {
			want, err := m.Weigh(context.Background(), big, Options{Workers: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, workers := range []int{2, 3, 7} {
				t.Run(fmt.Sprintf("%d workers give the bits of one", workers), func(t *testing.T) {
					if got, err := m.Weigh(context.Background(), big, Options{Workers: workers}); err != nil || !reflect.DeepEqual(got, want) {
						t.Error("other bits", err)
					}
				})
			}
			t.Run("the order of statements does not matter", func(t *testing.T) {
				n := len(big.Item)
				turned := *big
				turned.Item, turned.Source, turned.Value = make([]int32, n), make([]int32, n), make([]int32, n)
				for j := range n {
					at := (j*7919 + 13) % n
					turned.Item[j], turned.Source[j], turned.Value[j] = big.Item[at], big.Source[at], big.Value[at]
				}
				if got, err := m.Weigh(context.Background(), &turned, Options{}); err != nil || !reflect.DeepEqual(got, want) {
					t.Error("other bits", err)
				}
			})
			t.Run("a cancelled context ends it", func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.Background())
				rounds := 0
				_, err := m.Weigh(ctx, big, Options{Progress: func(Progress) { rounds++; cancel() }})
				if !errors.Is(err, context.Canceled) || rounds != 1 {
					t.Errorf("after %d rounds: %v", rounds, err)
				}
			})
		})
	}
}

// arithmeticTable makes a table of kind Classes whose sources are right three
// times in four, by arithmetic alone.
func arithmeticTable(items, statements, sources, classes int) *Table {
	t := &Table{Kind: Classes, Items: items, Sources: sources, Classes: classes}
	state := uint64(1)
	next := func(n int) int {
		state = state*6364136223846793005 + 1442695040888963407
		return int((state >> 33) % uint64(n))
	}
	for j := range statements {
		i := j % items
		v := i % classes
		if next(4) == 0 {
			v = next(classes)
		}
		t.Item, t.Source, t.Value = append(t.Item, int32(i)), append(t.Source, int32(next(sources))), append(t.Value, int32(v))
	}
	return t
}

// BenchmarkPass tells what a statement takes in one round, in ns of all cores
// together: two and three states are swept flat, six are not. bench/weigh has
// fifty million.
func BenchmarkPass(b *testing.B) {
	for _, states := range []int{2, 3, 6} {
		b.Run(fmt.Sprintf("%d states", states), func(b *testing.B) {
			tab := arithmeticTable(400_000, 2_000_000, 20_000, states)
			p, err := packTable(tab, 2)
			if err != nil {
				b.Fatal(err)
			}
			k := newConfusion(p, states, 1, nil, workersOf(Options{}))
			k.startFromVotes()
			if err := k.count(b.Context()); err != nil {
				b.Fatal(err)
			}
			if err := k.update(b.Context(), k.variationalRow); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := k.pass(b.Context()); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(len(p.code)), "ns/statement")
		})
	}
}
