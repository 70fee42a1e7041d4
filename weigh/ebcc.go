package weigh

import (
	"context"
	"fmt"
	"math"
)

// EBCC, enhanced Bayesian classifier combination, splits every class into ten
// subtypes, each with its own row in a source's confusion matrix: sources that
// err on the same items are then no longer taken for independent. It is fitted by
// mean-field variational inference from several starts, of which the one with
// the greatest evidence lower bound is kept.
//
// Li, Rubinstein and Cohn, ICML 2019, sections 4 and 5. The paper starts from
// chance; here each start is a fixed sequence of numbers, so that equal tables
// give equal bits.
type EBCC struct {
	// Starts is how many starts are tried; 0 is 10. The paper's own figures are
	// the best of 40.
	Starts int
}

// Name implements Model.
func (EBCC) Name() string { return "ebcc" }

// The paper's subtypes, the prior count that they share, how far the posterior may
// still move at the end and the most rounds of a start.
const (
	ebccSubtypes = 10
	ebccShare    = .1
	ebccMoved    = 1e-3
	ebccStarts   = 10
)

// Weigh implements Model.
func (m EBCC) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if t.Kind == Open {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	p, err := packFor(m, t, opt)
	if err != nil {
		return nil, err
	}
	k := newConfusion(p, t.Classes, ebccSubtypes, t.Settled, workersOf(opt))
	k.startFromVotes()
	votes := make([]float32, t.Items*t.Classes)
	classPrior := make([]float64, t.Classes)
	k.classShares(votes)
	for at, x := range votes {
		classPrior[at%t.Classes] += float64(x)
	}
	for k := range classPrior { // a class may be settled that nobody has named
		classPrior[k] = max(classPrior[k], leastChance)
	}
	var best *Result
	bestBound, q := math.Inf(-1), make([]float32, len(votes))
	starts := m.Starts
	if starts == 0 {
		starts = ebccStarts
	}
	for start := range starts {
		k.startApart(votes, uint64(start))
		r := newResult(m, t, p)
		if err := k.fitSubtypes(ctx, opt, r, classPrior); err != nil {
			return nil, err
		}
		if bound := k.bound(classPrior, ebccShare/ebccSubtypes); bound > bestBound {
			best, bestBound = r, bound
			r.rowsReliability(k)
			k.classShares(q)
		}
	}
	best.fill(p, func(item int) []float32 { return q[item*t.Classes : (item+1)*t.Classes] })
	return best, nil
}

// fitSubtypes runs variational inference from the posteriors as they are.
func (c *confusion) fitSubtypes(ctx context.Context, opt Options, r *Result, classPrior []float64) error {
	return c.fit(ctx, opt, r, ebccMoved, c.variationalRow, func(logs []float64) {
		for k := range classPrior {
			n := 0.0
			for _, x := range c.class[k*c.subtypes : (k+1)*c.subtypes] {
				n += x
			}
			for m := range c.subtypes {
				h := k*c.subtypes + m
				logs[h] = digamma(n+classPrior[k]) + digamma(c.class[h]+ebccShare/ebccSubtypes) - digamma(n+ebccShare)
			}
		}
	})
}

// classShares sums posteriors over subtypes, [item][class].
func (c *confusion) classShares(into []float32) {
	clear(into)
	for at, x := range c.q {
		into[at/c.subtypes] = min(into[at/c.subtypes]+x, 1) // rounding must not make it more
	}
}

// startApart sets posteriors to shares of the vote, [item][class], each spread
// over the subtypes by a draw of the flat Dirichlet distribution.
func (c *confusion) startApart(votes []float32, start uint64) {
	classes := c.states / c.subtypes
	state := start << 32
	for i := range c.p.items {
		q := c.posterior(i)
		for k := range classes {
			sum, part := float32(0), q[k*c.subtypes:(k+1)*c.subtypes]
			for m := range part {
				part[m] = exponential(&state)
				sum += part[m]
			}
			for m := range part {
				part[m] *= votes[i*classes+k] / sum
			}
		}
	}
}

// exponential is the next number of an exponential distribution with mean one; the
// state is mixed by SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
func exponential(state *uint64) float32 {
	*state += 0x9e3779b97f4a7c15
	x := *state
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	x ^= x >> 31
	return float32(-math.Log((float64(x>>11) + .5) / (1 << 53)))
}
