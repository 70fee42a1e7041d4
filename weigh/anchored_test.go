package weigh_test

import (
	"context"
	"errors"
	"math"
	"testing"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

// crowdWorld is a crowd of some items, harder and easier ones, of two in three
// classes as frequent as the third.
func crowdWorld(items, sources int) synth.World {
	return synth.World{
		Kind: weigh.Classes, Items: items, Values: 3, Shares: []float64{.5, .25, .25}, Hard: synth.Beta(1, 2),
		Groups: []synth.Group{{Count: sources, Skill: synth.Beta(6, 2), Skips: synth.Fixed(.6)}},
	}
}

func anchored(t tester, table *weigh.Table, opt weigh.Options) *weigh.Result {
	t.Helper()
	r, err := weigh.Anchored{}.Weigh(context.Background(), table, opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAnchoredWorlds(t *testing.T) {
	within := func(t *testing.T, was, is, most float64) {
		t.Helper()
		if is > was+most {
			t.Errorf("P was %v, is %v", was, is)
		}
	}
	for seed := range uint64(6) {
		d := makeWorld(t, crowdWorld(150, 12), seed).Table
		r := anchored(t, d, weigh.Options{})
		item := int32(seed)
		v := r.Verdicts[item]
		if v.Top < 0 {
			t.Fatalf("seed %d: nobody speaks of item %d", seed, item)
		}
		t.Run("one more supporter of one item does not lower P by a hundredth", func(t *testing.T) {
			more := anchored(t, joined(d, item, int32(v.Top), weigh.NoOrigin), weigh.Options{})
			within(t, more.Verdicts[item].P[v.Top], v.P[v.Top], .01)
		})
		t.Run("ten repeats of one origin do not raise P by a hundredth", func(t *testing.T) {
			once := joined(d, item, int32(v.Top), weigh.NoOrigin)
			once.Origin = make([]int32, once.Statements())
			for j := range once.Origin {
				once.Origin[j] = weigh.NoOrigin
			}
			once.Origin[len(once.Origin)-1] = 7
			ten := once
			for range 9 {
				ten = joined(ten, item, int32(v.Top), 7)
			}
			a, b := anchored(t, once, weigh.Options{}).Verdicts[item], anchored(t, ten, weigh.Options{}).Verdicts[item]
			within(t, a.P[v.Top], b.P[v.Top], .01)
			if a.Support != b.Support {
				t.Errorf("support was %v, is %v", a.Support, b.Support)
			}
		})
		t.Run("what an explanation adds up is the verdict", func(t *testing.T) {
			e, err := r.Explain(int(item))
			if err != nil {
				t.Fatal(err)
			}
			score := append([]float64(nil), e.Prior...)
			for _, o := range e.Origins {
				for k, x := range o.Adds {
					score[k] += e.Sharpness * x
				}
			}
			sum := 0.0
			for _, x := range score {
				sum += math.Exp(x)
			}
			for k, x := range score {
				if math.Abs(math.Exp(x)/sum-v.P[k]) > 1e-9 {
					t.Errorf("class %d: P %v, by its explanation %v", k, v.P[k], math.Exp(x)/sum)
				}
			}
		})
	}
}

// TestAnchoredWins holds it to more than its elder: no less right in made-up
// crowds, whose items are hard to all sources alike.
func TestAnchoredWins(t *testing.T) {
	own, elder := 0.0, 0.0
	for seed := range uint64(3) {
		m := makeWorld(t, crowdWorld(600, 20), seed)
		own += weigh.ScoreCandidates(anchored(t, m.Table, weigh.Options{}).Verdicts, m.Truth).Accuracy / 3
		r, err := weigh.DawidSkene{}.Weigh(t.Context(), m.Table, weigh.Options{})
		if err != nil {
			t.Fatal(err)
		}
		elder += weigh.ScoreCandidates(r.Verdicts, m.Truth).Accuracy / 3
	}
	if own < elder-.005 {
		t.Errorf("accuracy %.3f, of Dawid and Skene %.3f", own, elder)
	}
}

func TestAnchoredOptions(t *testing.T) {
	m := makeWorld(t, crowdWorld(5000, 12), 1)
	t.Run("any number of workers gives the same bits", func(t *testing.T) {
		one := anchored(t, m.Table, weigh.Options{Workers: 1})
		for _, workers := range []int{2, 5} {
			if !same(one, anchored(t, m.Table, weigh.Options{Workers: workers})) {
				t.Errorf("%d workers came to another result", workers)
			}
		}
	})
	t.Run("it tells how far it is, and stops when told to", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		_, err := weigh.Anchored{}.Weigh(ctx, m.Table, weigh.Options{Progress: func(weigh.Progress) {
			if calls++; calls == 5 {
				cancel()
			}
		}})
		if !errors.Is(err, context.Canceled) || calls != 5 {
			t.Errorf("%v after %d rounds", err, calls)
		}
	})
	t.Run("settled items are what they are settled on, and twenty teach how much evidence counts", func(t *testing.T) {
		d := *m.Table
		d.Settled = make([]int32, d.Items)
		for i := range d.Settled {
			if d.Settled[i] = weigh.Unsettled; i%50 == 0 {
				d.Settled[i] = m.Truth[i]
			}
		}
		with, without := anchored(t, &d, weigh.Options{}), anchored(t, m.Table, weigh.Options{})
		for i, v := range d.Settled {
			if v != weigh.Unsettled && with.Verdicts[i].P[v] != 1 {
				t.Fatalf("item %d is settled on %d: %+v", i, v, with.Verdicts[i])
			}
			d.Settled[i] = weigh.Unsettled
			if v == weigh.Unsettled {
				d.Settled[i] = m.Truth[i] // what is left to foretell
			}
		}
		a, b := weigh.ScoreCandidates(with.Verdicts, d.Settled), weigh.ScoreCandidates(without.Verdicts, d.Settled)
		if a.LogLoss > b.LogLoss+.005 {
			t.Errorf("log loss %.4f with them, %.4f without", a.LogLoss, b.LogLoss)
		}
	})
	t.Run("so many sources that rows would not fit have one accuracy each", func(t *testing.T) {
		d := &weigh.Table{Kind: weigh.Classes, Classes: 12, Sources: 150_000, Items: 1000}
		for s := range d.Sources {
			d.Item, d.Source, d.Value = append(d.Item, int32(s%d.Items)), append(d.Source, int32(s)), append(d.Value, int32(s%7%3))
		}
		if r := anchored(t, d, weigh.Options{}); r.Model != "one-accuracy" || len(r.Verdicts) != d.Items {
			t.Errorf("%s, %d verdicts", r.Model, len(r.Verdicts))
		}
	})
	t.Run("values that are no classes are refused", func(t *testing.T) {
		_, err := weigh.Anchored{}.Weigh(t.Context(), &weigh.Table{Kind: weigh.Open}, weigh.Options{})
		if !errors.Is(err, weigh.ErrKind) {
			t.Error(err)
		}
	})
}

func TestAnchoredTemper(t *testing.T) {
	sharpness := func(t *testing.T, w synth.World, seed uint64) float64 {
		t.Helper()
		e, err := anchored(t, makeWorld(t, w, seed).Table, weigh.Options{}).Explain(0)
		if err != nil {
			t.Fatal(err)
		}
		return e.Sharpness
	}
	independent := synth.World{
		Kind: weigh.Classes, Items: 1500, Values: 2,
		Groups: []synth.Group{{Count: 15, Skill: synth.Beta(12, 4)}},
	}
	alike := independent
	alike.Hard = synth.Beta(1, 2)
	few := independent
	few.Groups = []synth.Group{{Count: 5, Skill: synth.Beta(12, 4)}}
	for seed := range uint64(5) {
		if x := sharpness(t, independent, seed); x < .5 {
			t.Errorf("seed %d: fifteen who err independently are believed by %.2f", seed, x)
		}
		if x, most := sharpness(t, alike, seed), .25; x > most {
			t.Errorf("seed %d: fifteen who err on the same items are believed by %.2f, more than %.2f", seed, x, most)
		}
		if x, want := sharpness(t, few, seed), .8/math.Sqrt(5); math.Abs(x-want) > 1e-9 {
			t.Errorf("seed %d: five, who cannot show how they err, are believed by %.2f, want %.2f", seed, x, want)
		}
	}
}
