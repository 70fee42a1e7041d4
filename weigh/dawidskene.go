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
	if t.Kind == Open {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	p, err := packFor(m, t, opt)
	if err != nil {
		return nil, err
	}
	k := newConfusion(p, t.Classes, 1, t.Settled, workersOf(opt))
	k.startFromVotes()
	if err := k.count(ctx); err != nil {
		return nil, err
	}
	r := newResult(m, t, p)
	prior := make([]float64, t.Classes)
	for r.Iterations < emRounds && !r.Converged {
		for class, n := range k.classCounts() {
			prior[class] = math.Log(max(n/float64(max(t.Items, 1)), leastChance))
		}
		k.setPrior(prior)
		err := k.update(ctx, func(_ int, counts []float64, logs []float32) {
			for class := range t.Classes {
				sum := 0.0
				for at := class; at < len(counts); at += t.Classes {
					sum += counts[at]
				}
				for at := class; at < len(counts); at += t.Classes {
					logs[at] = float32(math.Log(max(counts[at]/max(sum, leastChance), leastChance)))
				}
			}
		})
		if err != nil {
			return nil, err
		}
		moved, err := k.pass(ctx)
		if err != nil {
			return nil, err
		}
		r.round(opt, moved, emMoved)
	}
	r.rowsReliability(k, 1)
	r.fill(p, k.posterior)
	return r, nil
}

// rowsReliability sets each source's reliability to how often it is expected to
// have said the class that is true, as if it had spoken twice more and been right
// and wrong once each times ease.
func (r *Result) rowsReliability(k *confusion, ease float64) {
	counts := make([]float64, k.p.values*k.states)
	for s := range r.Sources {
		k.counts(s, counts)
		right, all := ease, 2*ease
		for v := range k.p.values {
			for h := range k.states {
				all += counts[v*k.states+h]
				if h/k.subtypes == v {
					right += counts[v*k.states+h]
				}
			}
		}
		r.Sources[s].setBeta(right, all-right)
	}
}
