package weigh_test

import (
	"context"
	"fmt"
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

// model is a model with the kinds of table that it weighs, and the laws that do
// not hold for it.
type model struct {
	weigh.Model
	kinds  []weigh.Kind
	breaks []string
}

var (
	named   = []weigh.Kind{weigh.Classes, weigh.Open}
	classes = []weigh.Kind{weigh.Classes}
	numbers = []weigh.Kind{weigh.Number}
)

// The laws that some model breaks.
const (
	settledStays  = "what is settled stays settled"
	originsCount  = "ten repeats of one origin are one statement"
	namesAreNone  = "who and what is called what does not matter"
	silenceIsNone = "a silent source has no effect"
	supportHelps  = "one more independent supporter never lowers P"
)

// models are all that the laws are put to. The peers are as their papers have
// them: every source speaks for itself, so that origins count for nothing, and
// means, medians and votes know of nothing settled.
var models = []model{
	{weigh.Majority{}, named, []string{settledStays, originsCount}},
	{weigh.OneCoin{}, named, []string{originsCount}},
	{weigh.DawidSkene{}, classes, []string{originsCount, supportHelps}}, // by greatest likelihood a new source may be worth nothing
	{weigh.IBCC{}, classes, []string{originsCount}},
	{weigh.EBCC{}, classes, []string{originsCount, namesAreNone, silenceIsNone, supportHelps}}, // it starts anywhere, and ends in the best place that it found
	{weigh.BWA{}, classes, []string{originsCount}},
	{weigh.CATD{}, named, []string{originsCount}},
	{weigh.OneAccuracy{}, named, nil},
	// Of one origin it takes the mean of those who speak for it, so that a copy by
	// somebody better raises P; and how much evidence counts goes down with how
	// many speak, so that on a handful of statements a supporter more may lower P:
	// see TestAnchoredWorlds.
	{weigh.Anchored{}, classes, []string{originsCount, supportHelps}},
	{weigh.Default{}, named, nil}, // tables as small as these it gives to OneAccuracy
	{weigh.Default{}, numbers, []string{namesAreNone}},
	{weigh.Mean{}, numbers, []string{settledStays, originsCount}},
	{weigh.Median{}, numbers, []string{settledStays, originsCount}},
	{weigh.GTM{}, numbers, []string{originsCount}},
	{weigh.Mixture{}, numbers, []string{namesAreNone}}, // of two fits that are nearly as good rounding chooses one
}

// tester is what *testing.T and *rapid.T have in common.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

func (m model) weigh(t tester, table *weigh.Table) *weigh.Result {
	t.Helper()
	return m.weighBy(t, table, 1)
}

func (m model) weighBy(t tester, table *weigh.Table, workers int) *weigh.Result {
	t.Helper()
	r, err := m.Weigh(context.Background(), table, weigh.Options{MinOrigins: 2, MinP: .8, Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// same tells whether two results are equal to the bit: a float64 is printed with
// all the digits that tell it from others, and a NaN equals a NaN.
func same(a, b *weigh.Result) bool { return shown(a) == shown(b) }

// shown is what a result shows, without what it keeps to explain itself.
func shown(r *weigh.Result) string {
	return fmt.Sprintf("%+v", weigh.Result{
		Model: r.Model, Verdicts: r.Verdicts, Sources: r.Sources, Iterations: r.Iterations, Converged: r.Converged,
		Links: r.Links, Ambiguous: r.Ambiguous,
	})
}

// noise is how far apart two runs may end that would be equal in real numbers:
// models stop when nothing moves by 1e-6 a round, and hold logarithms in float32.
const noise = 1e-4

func near(a, b float64) bool {
	return a == b || math.Abs(a-b) <= noise || math.IsNaN(a) && math.IsNaN(b)
}

// drawTable draws a small table of one kind, of every shape that Check lets pass.
func drawTable(t *rapid.T, kind weigh.Kind) *weigh.Table { return drawTableOf(t, kind, false) }

// drawTableOf draws one that, where listed, has no item that may be something
// else than its candidates.
func drawTableOf(t *rapid.T, kind weigh.Kind, listed bool) *weigh.Table {
	d := &weigh.Table{Kind: kind, Sources: rapid.IntRange(1, 6).Draw(t, "sources"), Items: rapid.IntRange(1, 4).Draw(t, "items")}
	if kind == weigh.Classes {
		d.Classes = rapid.IntRange(1, 4).Draw(t, "classes")
	}
	for range d.Items {
		if kind == weigh.Open {
			d.Candidates = append(d.Candidates, weigh.Candidates{Count: rapid.Int32Range(1, 4).Draw(t, "candidates"), Else: !listed && rapid.Bool().Draw(t, "else")})
		}
	}
	n := rapid.IntRange(0, 14).Draw(t, "statements")
	if rapid.Bool().Draw(t, "declared") {
		d.Origin = []int32{}
	}
	for range n {
		i := rapid.Int32Range(0, int32(d.Items)-1).Draw(t, "item")
		d.Item, d.Source = append(d.Item, i), append(d.Source, rapid.Int32Range(0, int32(d.Sources)-1).Draw(t, "source"))
		if d.Origin != nil {
			d.Origin = append(d.Origin, rapid.Int32Range(weigh.NoOrigin, 3).Draw(t, "origin"))
		}
		if kind == weigh.Number {
			if saysTwice(d) {
				d.Item, d.Source = d.Item[:len(d.Item)-1], d.Source[:len(d.Source)-1]
				if d.Origin != nil {
					d.Origin = d.Origin[:len(d.Origin)-1]
				}
				continue
			}
			low := float64(rapid.IntRange(-20, 20).Draw(t, "low"))
			d.Low = append(d.Low, low)
			d.High = append(d.High, low+float64(max(0, rapid.IntRange(-5, 5).Draw(t, "width"))))
			continue
		}
		d.Value = append(d.Value, drawValue(t, d, i))
	}
	if kind != weigh.Number && rapid.Bool().Draw(t, "settled") {
		for i := range d.Items {
			d.Settled = append(d.Settled, rapid.Int32Range(weigh.Unsettled, candidatesOf(d, int32(i))-1).Draw(t, "settled on"))
		}
	}
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	return d
}

func saysTwice(d *weigh.Table) bool {
	last := len(d.Item) - 1
	for j := range last {
		if d.Item[j] == d.Item[last] && d.Source[j] == d.Source[last] {
			return true
		}
	}
	return false
}

// drawValue draws a candidate of an item, or three times in ten a set of some.
func drawValue(t *rapid.T, d *weigh.Table, item int32) int32 {
	n := candidatesOf(d, item)
	if rapid.IntRange(0, 9).Draw(t, "sort") < 7 {
		return rapid.Int32Range(0, n-1).Draw(t, "value")
	}
	s := weigh.Set{Denies: rapid.Bool().Draw(t, "denies")}
	s.Else = kindHasElse(d, item) && (s.Denies || rapid.Bool().Draw(t, "allows else"))
	least := 1
	if s.Else {
		least = 0
	}
	s.Values = rapid.SliceOfNDistinct(rapid.Int32Range(0, n-1), least, int(n), rapid.ID[int32]).Draw(t, "values")
	slices.Sort(s.Values)
	d.Sets = append(d.Sets, s)
	return ^int32(len(d.Sets) - 1)
}

func kindHasElse(d *weigh.Table, item int32) bool {
	return d.Kind == weigh.Open && d.Candidates[item].Else
}

func candidatesOf(d *weigh.Table, item int32) int32 {
	if d.Kind == weigh.Classes {
		return int32(d.Classes)
	}
	return d.Candidates[item].Count
}

// drawWorld draws a table of a few sources with something to learn about each, so
// that no answer hangs on rounding, as it may where two explanations are alike.
func drawWorld(t *rapid.T, kind weigh.Kind) *weigh.Table {
	w := synth.World{Kind: kind, Items: 25, Values: 3, Center: 10, Spread: 5, Groups: []synth.Group{
		{Count: 6, Skill: synth.Beta(12, 5), Skips: synth.Fixed(.3), Reading: synth.Reading{Noise: 1, Unequal: .3}},
		{Count: 2, Skill: synth.Beta(12, 5), Skips: synth.Fixed(.5), Copies: &synth.Copying{Share: synth.Fixed(.5)}, Reading: synth.Reading{Noise: 1}},
	}}
	made, err := w.Make(rapid.Uint64().Draw(t, "seed"))
	if err != nil {
		t.Fatal(err)
	}
	d := made.Table
	for j, s := range d.Source {
		origin := weigh.NoOrigin
		if made.Copied[j] || s == 0 {
			origin = 0
		}
		d.Origin = append(d.Origin, origin)
	}
	for i := range d.Items {
		if d.Kind == weigh.Classes {
			d.Settled = append(d.Settled, weigh.Unsettled)
			if i%7 == 0 {
				d.Settled[i] = made.Truth[i]
			}
		}
	}
	return d
}

// reordered is a table with its statements in another order, each row[j] of the old.
func reordered(d *weigh.Table, row []int) *weigh.Table {
	n := *d
	n.Item, n.Source, n.Value, n.Low, n.High, n.Origin, n.Day = nil, nil, nil, nil, nil, nil, nil
	for _, j := range row {
		n.Item, n.Source = append(n.Item, d.Item[j]), append(n.Source, d.Source[j])
		if d.Kind == weigh.Number {
			n.Low, n.High = append(n.Low, d.Low[j]), append(n.High, d.High[j])
		} else {
			n.Value = append(n.Value, d.Value[j])
		}
		if d.Origin != nil {
			n.Origin = append(n.Origin, d.Origin[j])
		}
		if d.Day != nil {
			n.Day = append(n.Day, d.Day[j])
		}
	}
	if d.Origin != nil && n.Origin == nil {
		n.Origin = []int32{}
	}
	return &n
}

func upTo(n int) []int {
	all := make([]int, n)
	for j := range all {
		all[j] = j
	}
	return all
}

// TestLaws holds every model to what must be true of any.
func TestLaws(t *testing.T) {
	laws := []struct {
		name string
		law  func(t *rapid.T, m model, kind weigh.Kind)
	}{
		{"probabilities are probabilities, and hold together", lawProbabilities},
		{"equal tables give equal bits on any number of cores", func(t *rapid.T, m model, kind weigh.Kind) {
			d := drawTable(t, kind)
			a := m.weighBy(t, d, 1)
			for _, workers := range []int{1, 2, 3, 7} {
				if b := m.weighBy(t, d, workers); !same(a, b) {
					t.Fatalf("%d workers: %+v\n%+v", workers, a, b)
				}
			}
		}},
		{"the order of statements does not matter, to the bit", func(t *rapid.T, m model, kind weigh.Kind) {
			d := drawTable(t, kind)
			a, b := m.weigh(t, d), m.weigh(t, reordered(d, rapid.Permutation(upTo(d.Statements())).Draw(t, "order")))
			if !same(a, b) {
				t.Fatalf("%+v\n%+v", a, b)
			}
		}},
		{namesAreNone, lawRenaming},
		{silenceIsNone, func(t *rapid.T, m model, kind weigh.Kind) {
			d := drawTable(t, kind)
			a := m.weigh(t, d)
			more := *d
			more.Sources++
			b := m.weigh(t, &more)
			if b.Sources = b.Sources[:d.Sources]; !same(a, b) {
				t.Fatalf("%+v\n%+v", a, b)
			}
		}},
		{"a statement said twice counts once", func(t *rapid.T, m model, kind weigh.Kind) {
			d := drawTable(t, kind)
			if d.Statements() == 0 {
				return
			}
			a := m.weigh(t, d)
			twice := append(upTo(d.Statements()), rapid.IntRange(0, d.Statements()-1).Draw(t, "twice"))
			if b := m.weigh(t, reordered(d, twice)); !same(a, b) {
				t.Fatalf("%+v\n%+v", a, b)
			}
		}},
		{settledStays, func(t *rapid.T, m model, kind weigh.Kind) {
			d := drawTable(t, kind)
			for i, v := range m.weigh(t, d).Verdicts {
				if d.Settled == nil || d.Settled[i] == weigh.Unsettled {
					continue
				}
				if at := d.Settled[i]; v.P[at] < 1-1e-6 {
					t.Fatalf("item %d is settled on %d, P is %v", i, at, v.P)
				}
			}
		}},
		{originsCount, lawRepeats},
	}
	for _, m := range models {
		for _, kind := range m.kinds {
			for _, l := range laws {
				if slices.Contains(m.breaks, l.name) {
					continue
				}
				t.Run(m.Name()+", "+kind.String()+": "+l.name, func(t *testing.T) {
					rapid.Check(t, func(t *rapid.T) { l.law(t, m, kind) })
				})
			}
		}
	}
}

func lawProbabilities(t *rapid.T, m model, kind weigh.Kind) {
	d := drawTable(t, kind)
	r := m.weigh(t, d)
	for i, v := range r.Verdicts {
		sum, spoken := 0.0, false
		for _, p := range v.P {
			if !(p >= 0 && p <= 1) {
				t.Fatalf("item %d: P %v", i, v.P)
			}
			sum += p
		}
		for _, at := range d.Item {
			spoken = spoken || int(at) == i
		}
		switch {
		case kind == weigh.Number:
			if spoken && !(v.Low <= v.Value && v.Value <= v.High) || !spoken && !math.IsNaN(v.Value) {
				t.Fatalf("item %d: %v between %v and %v", i, v.Value, v.Low, v.High)
			}
		case sum > 1+noise, !kindHasElse(d, int32(i)) && !near(sum, 1):
			t.Fatalf("item %d: P %v sum to %v", i, v.P, sum)
		case v.Top >= 0 && !spoken:
			t.Fatalf("item %d: nobody speaks, and %d is the answer", i, v.Top)
		case v.Top >= 0 && v.Support <= 0:
			t.Fatalf("item %d: the answer %d has support %v", i, v.Top, v.Support)
		}
	}
	for s, x := range r.Sources {
		if !(0 <= x.Low && x.Low <= x.P && x.P <= x.High && x.High <= 1) {
			t.Fatalf("source %d: %v between %v and %v", s, x.P, x.Low, x.High)
		}
	}
}

func lawRenaming(t *rapid.T, m model, kind weigh.Kind) {
	d := drawWorld(t, kind)
	a := m.weigh(t, d)
	items := rapid.Permutation(upTo(d.Items)).Draw(t, "items")
	sources := rapid.Permutation(upTo(d.Sources)).Draw(t, "sources")
	origins := rapid.Permutation(upTo(4)).Draw(t, "origins")
	n := reordered(d, upTo(d.Statements()))
	n.Candidates, n.Settled = slices.Clone(d.Candidates), slices.Clone(d.Settled)
	for i := range d.Items {
		if d.Candidates != nil {
			n.Candidates[items[i]] = d.Candidates[i]
		}
		if d.Settled != nil {
			n.Settled[items[i]] = d.Settled[i]
		}
	}
	for j := range n.Item {
		n.Item[j], n.Source[j] = int32(items[n.Item[j]]), int32(sources[n.Source[j]])
		if n.Origin != nil && n.Origin[j] != weigh.NoOrigin {
			n.Origin[j] = int32(origins[n.Origin[j]])
		}
	}
	b := m.weigh(t, n)
	for i, v := range a.Verdicts {
		w := b.Verdicts[items[i]]
		for k, p := range v.P {
			if !near(p, w.P[k]) {
				t.Fatalf("item %d, value %d: %v under one name, %v under another", i, k, p, w.P[k])
			}
		}
		if kind == weigh.Number && (!near(v.Value, w.Value) || !near(v.Low, w.Low) || !near(v.High, w.High)) {
			t.Fatalf("item %d: %+v under one name, %+v under another", i, v, w)
		}
	}
	for s, x := range a.Sources {
		if y := b.Sources[sources[s]]; !near(x.P, y.P) {
			t.Fatalf("source %d: %v under one name, %v under another", s, x.P, y.P)
		}
	}
}

// allowedP is the probability of what statement j allows.
func allowedP(d *weigh.Table, j int, v weigh.Verdict) (p float64) {
	if d.Value[j] >= 0 {
		return v.P[d.Value[j]]
	}
	s, other := d.Sets[^d.Value[j]], 1.0
	for k, x := range v.P {
		other -= x
		if slices.Contains(s.Values, int32(k)) {
			p += x
		}
	}
	if s.Else {
		p += other
	}
	return p
}

// lawRepeats adds ten sources that say what one statement says, of its origin.
func lawRepeats(t *rapid.T, m model, kind weigh.Kind) {
	if kind == weigh.Number {
		return // see TestRepeatedFigure
	}
	d := drawTable(t, kind)
	if d.Statements() == 0 {
		return
	}
	d.Origin = nil
	for range d.Item {
		d.Origin = append(d.Origin, weigh.NoOrigin)
	}
	j := rapid.IntRange(0, d.Statements()-1).Draw(t, "repeated")
	d.Origin[j] = 0
	a := m.weigh(t, d)
	more := reordered(d, append(upTo(d.Statements()), slices.Repeat([]int{j}, 10)...))
	for n := range 10 {
		more.Source[d.Statements()+n] = int32(d.Sources + n)
	}
	more.Sources += 10
	b := m.weigh(t, more)
	v, w := a.Verdicts[d.Item[j]], b.Verdicts[d.Item[j]]
	if kind != weigh.Number { // an origin may be held for as reliable as its least reliable member
		was, is := allowedP(d, j, v), allowedP(d, j, w)
		if is > was+noise {
			t.Fatalf("P of what is repeated was %v, is %v", was, is)
		}
	}
	if v.Top == w.Top && !near(v.Support, w.Support) {
		t.Fatalf("support was %v, is %v", v.Support, w.Support)
	}
}
