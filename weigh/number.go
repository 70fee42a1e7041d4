package weigh

import (
	"context"
	"fmt"
)

// Mixture weighs numbers by what each source says against the truth, with an
// offset, a gain and a spread of its own that shrink to what sources have in
// common. Whether noise has heavy tails, whether sources differ in gain and
// whether errors grow with the figure it finds from the table; see chooseFit,
// scaleOf and, on how wide an interval has to be, sharedError.
//
// Value is the posterior mean on the scale of the fit (on a scale of logarithms, the
// posterior median), which has the least expected squared error. An origin
// supports it whose figure lies within its source's own 90 % of what it would say
// of it, or whose range holds it. Fragility is the fewest origins without which it
// would lie outside Low and High. A source's reliability is the chance that its
// next figure lies within one typical spread of the truth.
//
// A table in which no item has two origins says nothing of errors: intervals then
// mean little.
type Mixture struct{}

// Name implements Model.
func (Mixture) Name() string { return "mixture" }

// numberRounds is the most that a fit takes.
const numberRounds = 100

// Weigh implements Model.
func (m Mixture) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	return m.weighWith(ctx, t, nil, opt)
}

// weighWith is Weigh where each statement has a weight from 0 to 1, below one
// where others are thought to say the same because they copied.
func (m Mixture) weighWith(ctx context.Context, t *Table, weight []float32, opt Options) (*Result, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Kind != Number {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	v := newVoices(t, weight)
	var settled []float64
	if t.SettledNumber != nil {
		settled = make([]float64, t.Items)
		for i, x := range t.SettledNumber {
			settled[i] = v.scale.in(x)
		}
	}
	workers := workersOf(opt)
	f, err := chooseFit(ctx, v, settled, workers)
	if err != nil {
		return nil, err
	}
	r := &Result{Model: m.Name(), Verdicts: make([]Verdict, t.Items)}
	if r.Converged, err = f.run(ctx, workers, numberRounds, func(round int, moved float64) {
		r.Iterations = round
		if opt.Progress != nil {
			opt.Progress(Progress{Stage: "reliability", Iteration: round, Iterations: numberRounds, Moved: moved})
		}
	}); err != nil {
		return nil, err
	}
	for i := range r.Verdicts {
		if i%blockItems == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		r.Verdicts[i] = f.verdict(i, opt)
	}
	r.Sources = reliability(v, f.near())
	return r, nil
}
