package weigh

import (
	"context"
	"fmt"
	"math"
)

// DawidSkene gives every source a confusion matrix and finds all of them and the
// answers by expectation-maximisation from the vote, by greatest likelihood:
// without a prior, so that a source of few statements is believed without
// doubt.
//
// Dawid and Skene, Applied Statistics 28(1), 1979, section 2 and equations 2.3
// to 2.5.
type DawidSkene struct{}

// Name implements Model.
func (DawidSkene) Name() string { return "dawid-skene" }

// leastChance is the least probability in a confusion matrix, so that one
// statement never rules a class out for good.
const leastChance = 1e-10

// Weigh implements Model.
func (m DawidSkene) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	return fitClasses(ctx, m, t, opt, func(n float64) float64 {
		return math.Log(max(n/float64(max(t.Items, 1)), leastChance))
	}, func(*confusion) rowOf {
		return func(_ int, counts []float64, logs []float32) {
			for class := range t.Classes {
				sum := 0.0
				for at := class; at < len(counts); at += t.Classes {
					sum += counts[at]
				}
				for at := class; at < len(counts); at += t.Classes {
					logs[at] = float32(math.Log(max(counts[at]/max(sum, leastChance), leastChance)))
				}
			}
		}
	})
}

// rowOf sets logs to ln P(value | state) of a source, from what it is counted to have
// said, both [value][state].
type rowOf = func(source int, counts []float64, logs []float32)

// fitClasses fits a model with one row a class from the vote. prior is the
// logarithm of a class's share by how many items are expected to be of it.
func fitClasses(ctx context.Context, m Model, t *Table, opt Options, prior func(n float64) float64, row func(*confusion) rowOf) (*Result, error) {
	if t.Kind == Open {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	p, err := packFor(m, t, opt)
	if err != nil {
		return nil, err
	}
	k := newConfusion(p, t.Classes, 1, t.Settled, workersOf(opt))
	k.startFromVotes()
	r := newResult(m, t, p)
	err = k.fit(ctx, opt, r, emMoved, row(k), func(logs []float64) {
		for class, n := range k.classCounts() {
			logs[class] = prior(n)
		}
	})
	if err != nil {
		return nil, err
	}
	r.rowsReliability(k)
	r.fill(p, k.posterior)
	return r, nil
}

// fit repeats, from the posteriors as they are, until no probability moves as far
// as enough: prior sets the logarithm of every state's share, and row the rows.
func (c *confusion) fit(ctx context.Context, opt Options, r *Result, enough float64, row rowOf, prior func(logs []float64)) error {
	if err := c.count(ctx); err != nil {
		return err
	}
	logs := make([]float64, c.states)
	for r.Iterations < emRounds && !r.Converged {
		prior(logs)
		c.setPrior(logs)
		if err := c.update(ctx, row); err != nil {
			return err
		}
		moved, err := c.pass(ctx)
		if err != nil {
			return err
		}
		r.round(opt, moved, enough)
	}
	return nil
}

// rowsReliability sets each source's reliability to how often it is expected to
// have said the class that is true, as if it had spoken twice more and been right
// and wrong once each.
func (r *Result) rowsReliability(k *confusion) {
	counts := make([]float64, k.p.values*k.states)
	for s := range r.Sources {
		k.counts(s, counts)
		right, all := k.rightOf(counts)
		r.Sources[s].setBeta(right+1, all-right+1)
	}
}

// rightOf counts, of what a source said, [value][state], what is right, and all.
func (c *confusion) rightOf(counts []float64) (right, all float64) {
	for v := range c.p.values {
		for h, n := range counts[v*c.states : (v+1)*c.states] {
			all += n
			if h/c.subtypes == v {
				right += n
			}
		}
	}
	return right, all
}
