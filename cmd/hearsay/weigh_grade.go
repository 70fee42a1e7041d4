package main

import (
	"context"
	"io"
	"math"
	"slices"

	"hearsay"
	"hearsay/weigh"
	"hearsay/weigh/sheet"
)

// DESIGN.md's measures of what is corroborated, and of a rival that disputes.
const (
	minOrigins = 2
	minP       = .80
	disputeP   = .20
	leastRival = .01 // a rival below it is not worth a reader's time
)

// rival is another value that somebody gives an item, and how probable it is.
type rival struct {
	Value string  `json:"value"`
	P     float64 `json:"p"`
}

// verdict is what a reader is shown of one item.
type verdict struct {
	item      int
	standing  hearsay.Standing
	value     string  // empty where not known
	p         float64 // NaN of kind Number, whose interval holds the truth at 90 %
	origins   float64
	rivals    []rival
	other     string // of an ambiguous item, what it is by the other explanation
	settled   string // what --labels settles it on
	ambiguous bool
}

// verdictOn grades an item by DESIGN.md's rules, as far as a table can be: it
// has no editor to sign, and no record that was compared.
func (g *graded) verdictOn(i int) verdict {
	v := &g.result.Verdicts[i]
	d := verdict{item: i, standing: hearsay.NotKnown, p: math.NaN(), ambiguous: v.Ambiguous}
	if g.Table.Kind == weigh.Number {
		if math.IsNaN(v.Value) {
			return d
		}
		if g.Table.SettledNumber != nil && !math.IsNaN(g.Table.SettledNumber[i]) {
			d.settled = figure(g.Table.SettledNumber[i], 0)
		}
		d.value = figure(v.Value, v.High-v.Low)
		d.origins = v.Support
		d.standing = standingOf(d, minP)
		return d
	}
	if g.Table.Settled != nil && g.Table.Settled[i] != weigh.Unsettled {
		d.settled = g.Value(i, int(g.Table.Settled[i]))
	}
	if v.Top < 0 {
		return d
	}
	d.value, d.p, d.origins = g.Value(i, v.Top), v.P[v.Top], v.Support
	for k, p := range v.P {
		if k != v.Top && p >= leastRival && g.asserted(i, k) {
			d.rivals = append(d.rivals, rival{g.Value(i, k), p})
		}
	}
	slices.SortStableFunc(d.rivals, func(a, b rival) int {
		if a.P == b.P {
			return 0
		} else if a.P > b.P {
			return -1
		}
		return 1
	})
	if v.Ambiguous && v.Other >= 0 {
		d.other = g.Value(i, v.Other)
	}
	d.standing = standingOf(d, d.p)
	return d
}

// standingOf cuts a standing on P and origins. Nothing above chatter rests on
// what can be explained in two ways.
func standingOf(d verdict, p float64) hearsay.Standing {
	const rounding = 1e-9 // of a sum of shares
	switch {
	case len(d.rivals) > 0 && d.rivals[0].P >= disputeP:
		return hearsay.Disputed
	case !d.ambiguous && d.origins >= minOrigins-rounding && p >= minP:
		return hearsay.Corroborated
	}
	return hearsay.Chatter
}

// asserted tells whether a statement on the item allows the value.
func (g *graded) asserted(item, value int) bool {
	return slices.ContainsFunc(g.rows[g.first[item]:g.first[item+1]], func(row int32) bool { return g.allows(row, value) })
}

func (g *graded) allows(row int32, value int) bool {
	v := g.Table.Value[row]
	if v >= 0 {
		return int(v) == value
	}
	set := g.Table.Sets[^v]
	return !set.Denies && slices.Contains(set.Values, int32(value))
}

// scored is how right the result is by gold.
type scored struct {
	weigh.Score
	truth   []int32   // by item, as weigh wants it; nil of kind Number
	number  []float64 // the same of that kind
	coarser int       // of what is not right, that the truth is part of; -1 without a hierarchy
}

func (w *weighing) scoreBy(ctx context.Context, g *graded, h *sheet.Hierarchy) error {
	return w.open(ctx, w.gold, func(r io.Reader) error {
		gold, err := sheet.ReadAnswers(ctx, r)
		if err != nil {
			return err
		}
		truth, number, err := g.Truth(gold)
		if err != nil {
			return err
		}
		g.score = &scored{truth: truth, number: number, coarser: -1}
		if number != nil {
			g.score.Score = weigh.ScoreNumbers(g.result.Verdicts, number)
			return nil
		}
		g.score.Score = weigh.ScoreCandidates(g.result.Verdicts, truth)
		if h == nil {
			return nil
		}
		g.score.coarser = 0
		for _, a := range gold {
			if i, ok := g.Items.Find(a.Item); ok && g.result.Verdicts[i].Top >= 0 && h.Contains(g.Value(int(i), g.result.Verdicts[i].Top), a.Value) {
				g.score.coarser++
			}
		}
		return nil
	})
}
