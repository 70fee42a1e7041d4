package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"path/filepath"
	"slices"

	"hearsay/weigh"
)

// readSets reads the fifteen categorical sets.
func readSets(folder string) ([]*set, error) {
	var sets []*set
	for _, name := range crowdSets {
		s, err := readSet(filepath.Join(folder, name), weigh.Classes)
		if err != nil {
			return nil, err
		}
		sets = append(sets, s)
	}
	return sets, nil
}

// bestPeer is the highest accuracy that another's model reached on a set
// (WEIGH.md, "Measured per set").
var bestPeer = map[string]float64{
	"dots": .760, "bluebird": .898, "ms": .800, "face": .640, "rte": .931, "dog": .843, "sp_amt": .946, "possent": .961,
	"zc_in": .785, "zc_us": .914, "zc_all": .869, "product": .940, "sp": .917, "s_adult": .769, "fact_eval": .902,
}

// crowdFigures are the means over the fifteen sets.
type crowdFigures struct {
	plain, labelled weigh.Score // with nothing settled, and scored on what is not settled with twenty items settled
	withoutSmall    float64     // ECE of labelled without dots, of which twenty labels leave five items
	under           []string    // sets more than .02 under the best peer
}

// labelSeeds are how many draws of twenty labels there are of each set.
const labelSeeds = 5

// printCrowds scores a model on the fifteen sets, with nothing settled and with
// twenty items of gold settled.
func printCrowds(ctx context.Context, to io.Writer, folder string, model weigh.Model) (*crowdFigures, error) {
	sets, err := readSets(folder)
	if err != nil {
		return nil, err
	}
	f := &crowdFigures{}
	fmt.Fprintf(to, "\n%s, nothing settled | twenty items settled, mean of %d draws, scored on the rest\n", model.Name(), labelSeeds)
	fmt.Fprintf(to, "%-10s %-9s %-9s %-9s %-7s %-6s | %-9s %-9s %-7s %s\n", "set", "accuracy", "to best", "log loss", "Brier", "ECE", "accuracy", "log loss", "Brier", "ECE")
	for _, s := range sets {
		r, err := model.Weigh(ctx, s.table, weigh.Options{})
		if err != nil {
			return nil, err
		}
		x := weigh.ScoreCandidates(r.Verdicts, s.truth)
		var y weigh.Score
		for seed := range uint64(labelSeeds) {
			labelled, rest := s.settle(20, seed)
			r, err := model.Weigh(ctx, labelled, weigh.Options{})
			if err != nil {
				return nil, err
			}
			addScore(&y, weigh.ScoreCandidates(r.Verdicts, rest), labelSeeds)
		}
		note, short := "", bestPeer[s.name]-x.Accuracy
		if short > .02 {
			// The spread of a difference of two accuracies on the same items is at most
			// that of one of them.
			spread := math.Sqrt(x.Accuracy * (1 - x.Accuracy) / float64(x.Items))
			note = fmt.Sprintf("  more than .02 under the best peer: %.1f standard errors", short/spread)
			f.under = append(f.under, s.name)
		}
		fmt.Fprintf(to, "%-10s %-9.3f %+-9.3f %-9.3f %-7.3f %-6.3f | %-9.3f %-9.3f %-7.3f %.3f%s\n", s.name, x.Accuracy, -short, x.LogLoss, x.Brier, x.ECE, y.Accuracy, y.LogLoss, y.Brier, y.ECE, note)
		addScore(&f.plain, x, float64(len(sets)))
		addScore(&f.labelled, y, float64(len(sets)))
		if s.name != "dots" {
			f.withoutSmall += y.ECE / float64(len(sets)-1)
		}
	}
	x, y := f.plain, f.labelled
	fmt.Fprintf(to, "%-10s %-9.4f %-9s %-9.3f %-7.3f %-6.3f | %-9.3f %-9.3f %-7.3f %.3f\n", "mean", x.Accuracy, "", x.LogLoss, x.Brier, x.ECE, y.Accuracy, y.LogLoss, y.Brier, y.ECE)
	return f, nil
}

// settle returns a set's table with so many items of gold settled, and the truth
// of the others.
func (s *set) settle(n int, seed uint64) (*weigh.Table, []int32) {
	var gold []int
	for i, g := range s.truth {
		if g >= 0 && (s.table.Kind == weigh.Classes && int(g) < s.table.Classes || s.table.Kind == weigh.Open && g < s.table.Candidates[i].Count) {
			gold = append(gold, i)
		}
	}
	rand.New(rand.NewPCG(seed, 0x6c6162656c)).Shuffle(len(gold), func(i, j int) { gold[i], gold[j] = gold[j], gold[i] })
	t, rest := *s.table, slices.Clone(s.truth)
	t.Settled = slices.Repeat([]int32{weigh.Unsettled}, t.Items)
	for _, i := range gold[:min(n, len(gold))] {
		t.Settled[i], rest[i] = s.truth[i], weigh.Unsettled
	}
	return &t, rest
}
