package main

import (
	"context"
	"fmt"
	"io"

	"hearsay/weigh"
)

// choice is one thing that the anchored model could do otherwise. The first
// alternative is to do without it.
type choice struct {
	name   string
	others []alternative
}

type alternative struct {
	name string
	set  func(*weigh.Choices)
}

// choices are all that the anchored model was built with and could be without.
func choices() []choice {
	number := func(name string, field func(*weigh.Choices) *float64, values ...float64) choice {
		c := choice{name: name}
		for _, x := range values {
			c.others = append(c.others, alternative{fmt.Sprint(x), func(ch *weigh.Choices) { *field(ch) = x }})
		}
		return c
	}
	bands := choice{name: "bands of difficulty"}
	for _, n := range []int{1, 2, 3, 4} {
		bands.others = append(bands.others, alternative{fmt.Sprint(n), func(ch *weigh.Choices) { ch.Bands, ch.Free = n, n > 1 }})
	}
	return []choice{
		bands,
		{name: "a free explanation", others: []alternative{
			{"no", func(ch *weigh.Choices) { ch.Free = false }}, {"yes", func(ch *weigh.Choices) { ch.Free = true }},
		}},
		number("anchor", func(ch *weigh.Choices) *float64 { return &ch.Anchor }, 0, .3, 1, 3),
		number("slip", func(ch *weigh.Choices) *float64 { return &ch.Slip }, 0, .003, .01, .03),
		number("power of shares", func(ch *weigh.Choices) *float64 { return &ch.SharePower }, 1, .5, .75, 0),
		number("worth of one", func(ch *weigh.Choices) *float64 { return &ch.WorthOfOne }, 0, .5, .65, .8, 1),
	}
}

// printChoices shows what each choice is good for on sets that it was not made
// on: of the alternatives the one that has the least Brier score on all sets but
// one is taken, and scored on that one.
func printChoices(ctx context.Context, to io.Writer, folder string) error {
	sets, err := readSets(folder)
	if err != nil {
		return err
	}
	fmt.Fprintf(to, "\nLeave one set out: of each choice the alternative with the least Brier score on the other sets.\n")
	fmt.Fprintf(to, "%-20s %-12s %-9s %-9s %-9s %s\n", "choice", "alternative", "accuracy", "log loss", "Brier", "taken for")
	for _, c := range choices() {
		scores := make([][]weigh.Score, len(c.others))
		for j, o := range c.others {
			for _, s := range sets {
				r, err := weigh.Anchored{}.But(o.set).Weigh(ctx, s.table, weigh.Options{})
				if err != nil {
					return err
				}
				scores[j] = append(scores[j], weigh.ScoreCandidates(r.Verdicts, s.truth))
			}
		}
		taken := make([]int, len(c.others))
		var left weigh.Score
		for i := range sets {
			best, least := 0, 0.0
			for j := range c.others {
				sum := 0.0
				for k, x := range scores[j] {
					if k != i {
						sum += x.Brier
					}
				}
				if j == 0 || sum < least {
					best, least = j, sum
				}
			}
			taken[best]++
			addScore(&left, scores[best][i], float64(len(sets)))
		}
		for j, o := range c.others {
			var mean weigh.Score
			for _, x := range scores[j] {
				addScore(&mean, x, float64(len(sets)))
			}
			fmt.Fprintf(to, "%-20s %-12s %-9.4f %-9.3f %-9.3f %d sets\n", c.name, o.name, mean.Accuracy, mean.LogLoss, mean.Brier, taken[j])
		}
		fmt.Fprintf(to, "%-20s %-12s %-9.4f %-9.3f %-9.3f\n", c.name, "left out", left.Accuracy, left.LogLoss, left.Brier)
	}
	return nil
}

func addScore(to *weigh.Score, x weigh.Score, parts float64) {
	to.Accuracy += x.Accuracy / parts
	to.LogLoss += x.LogLoss / parts
	to.Brier += x.Brier / parts
	to.ECE += x.ECE / parts
}
