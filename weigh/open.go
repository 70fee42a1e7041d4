package weigh

import (
	"context"
	"fmt"
)

// OneAccuracy gives every source one chance of being right and finds it
// together with the truths by expectation-maximisation: Dawid and Skene, Applied
// Statistics 28(1), 1979, pp. 20-28, section 2, with one parameter a source and
// what is wrong spread evenly over what else the item may be, as in Zheng et
// al., VLDB 2017, section 3 ("ZenCrowd"). Values that nobody has named are one
// alternative more. It weighs tables of kind Open and Classes.
//
// Where every item may have a value that nobody has named, items are of one kind
// or, where that explains the statements better by clearOdds, of two, easy and
// hard, and a source has a chance of being right of each: what all know tells
// little of who is right where they differ. So Whitehill et al., NIPS 2009, section 2,
// with two difficulties and without their product. On the 17 sets of WEIGH.md
// whose values are no numbers, each read as open, choosing between one and two
// takes the mean log loss from 1.30 to 1.11 and leaves the mean accuracy where it
// was (.816); on the two that are open it gains .002 and .3 on average.
//
// The chances of a table's sources are drawn from one Beta distribution, whose
// mean is found with them; see accuracyMean.
//
// Where at least enoughLabels items are settled, what they would have been
// without that tells how much evidence counts for less than the product of its
// parts. With twenty on 16 of those sets the mean log loss of the others falls
// from 1.10 to .65, and on each of them, and ECE from .159 to .117.
//
// An origin speaks once: what several of its sources say alike is one voice, as
// reliable as the least reliable of them, so that passing on a rumour never
// makes it firmer. An origin that says several things of an item lends each a
// part of its voice. Each source is judged by all that it said all the same,
// but only on items that are settled or of which another origin speaks: agreeing
// with oneself shows nothing.
type OneAccuracy struct{}

// Name implements Model.
func (OneAccuracy) Name() string { return "one-accuracy" }

// Weigh implements Model.
func (m OneAccuracy) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Kind == Number {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	return m.weigh(ctx, t, opt, nil, 2)
}

// weigh weighs with the statements counted by weights, as newOpenVoices has it,
// and of no more kinds of item than so many.
func (m OneAccuracy) weigh(ctx context.Context, t *Table, opt Options, weights []float32, kinds int) (*Result, error) {
	v, r := newOpenVoices(t, weights), &Result{Model: m.Name(), Sources: make([]Reliability, t.Sources)}
	f, err := v.fit(ctx, r, opt, kinds)
	if err != nil {
		return nil, err
	}
	if v.labelled() {
		blind := *t // what a fit has been told is no test of it
		blind.Settled = nil
		of, err := newOpenVoices(&blind, weights).fit(ctx, &Result{}, opt, kinds)
		if err != nil {
			return nil, err
		}
		f.temper = likeliestFactor(func(factor float64) float64 {
			of.temper = factor
			return surprise(of, t)
		})
	}
	for s := range r.Sources {
		r.Sources[s] = Reliability{Statements: int(v.statements[s]), Group: s}
		r.Sources[s].setBeta(f.record(s))
	}
	r.additive = f
	return r, r.judge(ctx, opt, f.q, v.at)
}

// labelled tells whether so many items are settled and spoken of that they have a
// say in how far to trust evidence.
func (v *openVoices) labelled() bool {
	settled := 0
	for i, value := range v.table.Settled {
		if value != Unsettled && v.first[i] < v.first[i+1] {
			settled++
		}
	}
	return settled >= enoughLabels
}

// fit estimates all, with as many kinds of item as explain the statements best.
func (v *openVoices) fit(ctx context.Context, r *Result, opt Options, kinds int) (*openFit, error) {
	f := newOpenFit(v, 1, workersOf(opt))
	statements := len(v.table.Item)
	if kinds > 1 && v.open() {
		two := newOpenFit(v, 2, workersOf(opt))
		for _, f := range []*openFit{f, two} {
			f.stride = 1 + statements/statementsToCompare
			if err := f.estimate(ctx, r, opt, enoughToCompare, roundsToCompare); err != nil {
				return nil, err
			}
		}
		if two.logEvidence() > f.logEvidence()+clearOdds {
			f = two
		}
	}
	f.stride = 1
	if err := f.estimate(ctx, r, opt, emMoved, max(leastRounds, min(emRounds, mostStatements/(1+statements)))); err != nil {
		return nil, err
	}
	return f, f.sharpen(ctx)
}

// One explanation is held against another once so little moves, or after so many
// rounds, of items with about so many statements.
const (
	enoughToCompare     = 1e-3
	roundsToCompare     = 50
	statementsToCompare = 1 << 18
)

// The one taken goes on to the end, or for half a minute on one core: over so many
// statements, in leastRounds at least. The largest tables need few rounds.
const (
	mostStatements = 1 << 29
	leastRounds    = 20
)

// What is expected of a source before it has said anything. To the sources of each
// of the 17 sets of WEIGH.md whose values are no numbers, of heritages with an
// ancestor of the truth taken as right, a Beta distribution was fitted: their means
// are .74 on average and .09 apart, their strength is that of 12 statements by
// the median and of 15 by the geometric mean. Without any one of the sets the
// mean lies between .73 and .75. It lets two sources that agree reach .90 and
// three .96, so that the words of DESIGN.md's standings are reachable by agreement
// and never by one voice.
//
// The mean of one table is found from all its statements and drawn to this one
// with the same strength, about what the spread from set to set comes to. To find
// the strength too gains .02 of log loss, of which heritages and dots are all, and
// would let a copy of a statement tell something of how sources differ.
const (
	accuracyMean     = .75
	accuracyStrength = 16
)

// leastMean is the least chance of being right that sources are expected to have
// of a hard item: below one half, all might be explained by everybody being wrong.
const leastMean = .5
