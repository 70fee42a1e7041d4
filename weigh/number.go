package weigh

import (
	"context"
	"fmt"
	"slices"
)

// Mixture weighs numbers. Either an item's figure is recorded somewhere and
// sources quote it to the digit, or truths lie anywhere and each source's figures
// lie about them with an offset, a gain and a spread of its own that shrink to
// what sources have in common: which, it learns from the table, and answers item
// by item; see recordedFit and studentFit. Whether noise has heavy tails, whether
// sources differ in gain, and whether errors grow with the figure it finds too
// (chooseFit, scaleOf). Intervals are wider than what shows, by what crowds err
// together (sharedError).
//
// Value is the likeliest record where a record is likelier than none; else the
// posterior mean on the scale of the fit (on that of logarithms, the posterior
// median), or, where truths are whole, the whole figure that is likelier than not;
// see truthsAreWhole. Low to High is where the truth lies with a probability of 90 %
// at least: a record that sure is its own interval. What one origin alone says
// nobody confirms: its interval is never a point, but as wide as what that origin
// errs by elsewhere; and in a table in which no item has two origins and none that
// is spoken of is settled, nothing is known of errors, and Low and High are
// infinite. An origin supports the answer if it says
// the record, or a figure within its source's own 90 % of what it would say of it,
// or a range that holds it. Fragility is the fewest origins without which another
// record would be likelier, or the mean would lie outside Low and High. A source's
// reliability is the chance that its next figure is the record or, where there is
// none, lies within one typical spread of the truth.
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
	r, _, err := m.fit(ctx, t, weight, opt)
	return r, err
}

// fit is weighWith, and what it found of records.
func (m Mixture) fit(ctx context.Context, t *Table, weight []float32, opt Options) (*Result, *recordedFit, error) {
	if err := t.Check(); err != nil {
		return nil, nil, err
	}
	if t.Kind != Number {
		return nil, nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	v := newVoices(t, weight)
	var settled []float64
	if slices.ContainsFunc(t.SettledNumber, func(x float64) bool { return x == x }) {
		settled = make([]float64, t.Items)
		for i, x := range t.SettledNumber {
			settled[i] = v.scale.in(x)
		}
	}
	workers := workersOf(opt)
	tell := func(stage string, most int) func(round int, moved float64) {
		return func(round int, moved float64) {
			if opt.Progress != nil {
				opt.Progress(Progress{Stage: stage, Iteration: round, Iterations: most, Moved: moved})
			}
		}
	}
	medians, far := itemMedians(v)
	f, err := chooseFit(ctx, v, settled, medians, far, workers, tell("kinds of error", roundsToChoose))
	if err != nil {
		return nil, nil, err
	}
	r := &Result{Model: m.Name(), Verdicts: make([]Verdict, t.Items)}
	reliable := tell("reliability", numberRounds)
	if r.Converged, err = f.run(ctx, workers, numberRounds, func(round int, moved float64) {
		r.Iterations = round
		reliable(round, moved)
	}); err != nil {
		return nil, nil, err
	}
	recorded := newRecordedFit(f, far)
	if err := recorded.run(ctx, workers, tell("records", recordedRounds)); err != nil {
		return nil, nil, err
	}
	recorded.temper = f.shared / (1 + f.shared)
	if err := answerNumbers(ctx, r, recorded, t, opt); err != nil {
		return nil, nil, err
	}
	r.Sources = reliability(v, recorded.right())
	return r, recorded, nil
}

// answerNumbers sets the verdicts.
func answerNumbers(ctx context.Context, r *Result, recorded *recordedFit, t *Table, opt Options) error {
	workers := workersOf(opt)
	by := make([]*answers, workers)
	plain := newAnswers(recorded, t, opt)
	for w := range by {
		mine := *plain
		by[w] = &mine
	}
	return share(ctx, workers, blocksOf(t.Items), func(w, b int) {
		for i := b * blockItems; i < min(t.Items, (b+1)*blockItems); i++ {
			r.Verdicts[i] = by[w].verdict(i)
		}
	})
}
