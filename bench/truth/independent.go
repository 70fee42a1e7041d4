package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"

	"hearsay/weigh"
)

// independentWorld makes the world of one seed in which no source knows of another:
// who links two of them is wrong. It is made to tempt: sources are few or many and
// speak much or little, a few of them of most items; abilities
// run from guessing to knowing all; some items are hard for everybody; some
// classes are rare, and some are taken for each other by everybody; some
// sources say the same class always, whatever the item. A third of the worlds is of kind
// Open, where the wrong values of an item are not all as likely.
func independentWorld(seed uint64) *set {
	chance := rand.New(rand.NewPCG(seed, 0x6c6f6e65))
	between := func(low, high float64) float64 { // with even logarithm
		return low * math.Exp(chance.Float64()*math.Log(high/low))
	}
	t := &weigh.Table{Kind: weigh.Classes, Sources: int(between(5, 400)), Items: int(between(40, 2000))}
	t.Classes = 2 + chance.IntN(2)*chance.IntN(8)
	if chance.IntN(3) == 0 {
		t.Kind, t.Classes = weigh.Open, 0
	}
	perItem := between(2, 20)

	// The lowest ability, and how it is spread above that.
	low, bend := chance.Float64()*0.6, between(0.3, 3)
	ability, talk, always := make([]float64, t.Sources), make([]float64, t.Sources), make([]int32, t.Sources)
	tail, constant, talks := between(0.1, 2), chance.Float64()*0.2, 0.0
	for s := range ability {
		ability[s] = low + (1-low)*math.Pow(chance.Float64(), bend)
		talk[s] = math.Exp(tail * chance.NormFloat64())
		talks += talk[s]
		always[s] = -1
		if t.Kind == weigh.Classes && chance.Float64() < constant {
			always[s] = chance.Int32N(int32(t.Classes))
		}
	}
	hard := chance.Float64() * 0.7 // how much a hard item takes from every ability
	rare := between(0.3, 1)        // each class is so much as frequent as the one before
	taken := chance.Float64() / 2  // how often an error is the value next to the true one

	s := &set{name: "independent", table: t}
	for i := range t.Items {
		values := int32(t.Classes)
		if t.Kind == weigh.Open {
			values = 2 + chance.Int32N(10)
			t.Candidates = append(t.Candidates, weigh.Candidates{Count: values, Else: true})
		}
		truth := int32(0)
		for truth < values-1 && chance.Float64() > (1-rare)/(1-math.Pow(rare, float64(values-truth)))+1e-9*(1-rare) && rare < 0.999 {
			truth++
		}
		s.truth = append(s.truth, truth)
		easy := 1 - hard*chance.Float64()
		for source := range t.Sources {
			if chance.Float64() > perItem*talk[source]/talks {
				continue
			}
			v := truth
			switch {
			case always[source] >= 0:
				v = always[source]
			case chance.Float64() > ability[source]*easy:
				if v = (truth ^ 1) % values; v == truth || chance.Float64() > taken {
					v = chance.Int32N(values)
				}
			}
			t.Item, t.Source, t.Value = append(t.Item, int32(i)), append(t.Source, int32(source)), append(t.Value, v)
		}
	}
	return s
}

// independentFigures tell in how many worlds of independent sources a model found
// what is not there.
type independentFigures struct {
	worlds    int
	linked    int // where some sources are linked
	ambiguous int // where another explanation is held possible that answers otherwise
}

// printIndependent prints in how many worlds where all sources are independent a
// model links some, or calls answers ambiguous.
func printIndependent(ctx context.Context, w io.Writer, model weigh.Model, worlds int) (*independentFigures, error) {
	f := &independentFigures{worlds: worlds}
	for seed := range uint64(worlds) {
		s := independentWorld(seed)
		r, err := model.Weigh(ctx, s.table, weigh.Options{})
		if err != nil {
			return nil, err
		}
		if len(r.Links) > 0 {
			f.linked++
			fmt.Fprintf(w, "  world %d: %d false links among %d sources\n", seed, len(r.Links), s.table.Sources)
		}
		if r.Ambiguous {
			f.ambiguous++
			fmt.Fprintf(w, "  world %d of %d sources and %d items is called ambiguous\n", seed, s.table.Sources, s.table.Items)
		}
	}
	share := func(n int) float64 { return 100 * float64(n) / float64(max(worlds, 1)) }
	_, err := fmt.Fprintf(w, "%s links sources in %d of %d independent worlds (%.1f %%) and calls %d ambiguous (%.1f %%)\n", model.Name(), f.linked, worlds, share(f.linked), f.ambiguous, share(f.ambiguous))
	return f, err
}
