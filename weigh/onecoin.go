package weigh

import (
	"context"
	"fmt"
	"math"
)

// OneCoin gives every source one accuracy, with a Beta prior of two right and one
// wrong, and takes a wrong statement for any other value with equal chance;
// expectation-maximisation from the vote. ZenCrowd is the same without the
// prior.
//
// Demartini, Difallah and Cudré-Mauroux, WWW 2012, section 4; the name after
// Ghosh, Kale and McAfee, EC 2011, section 2.
type OneCoin struct{}

// Name implements Model.
func (OneCoin) Name() string { return "one-coin" }

// The prior counts of OneCoin: a source of whom nothing is known is right two
// times in three.
const (
	coinRight = 2.0
	coinWrong = 1.0
)

// Where expectation-maximisation ends: when no probability moves further, or
// after so many rounds.
const (
	emMoved  = 1e-6
	emRounds = 500
)

// Weigh implements Model.
func (m OneCoin) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	p, err := packFor(m, t, opt)
	if err != nil {
		return nil, err
	}
	k := newOneCoin(t, p, 0, workersOf(opt))
	k.startFromVotes()
	if err := k.count(ctx); err != nil {
		return nil, err
	}
	logit := func(_ int, right, all float64) float64 {
		return math.Log((right + coinRight) / (all - right + coinWrong))
	}
	r := newResult(m, t, p)
	for r.Iterations < emRounds && !r.Converged {
		if err := k.update(ctx, workersOf(opt), logit); err != nil {
			return nil, err
		}
		moved, err := k.pass(ctx)
		if err != nil {
			return nil, err
		}
		r.round(opt, moved, emMoved)
	}
	for s := range r.Sources {
		right, all := k.counts(s)
		r.Sources[s].setBeta(right+coinRight, all-right+coinWrong)
	}
	r.fill(p, k.posterior)
	return r, nil
}

// packFor checks and packs a table for a model of kinds Classes and Open.
func packFor(m Model, t *Table, opt Options) (*packed, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Kind == Number {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	return packTable(t, workersOf(opt))
}

// newResult is a result with what does not depend on the model.
func newResult(m Model, t *Table, p *packed) *Result {
	r := &Result{Model: m.Name(), Verdicts: make([]Verdict, t.Items), Sources: make([]Reliability, t.Sources)}
	for s := range r.Sources {
		r.Sources[s] = Reliability{Statements: int(p.said[s]), Group: s}
	}
	return r
}

// round counts a round of expectation-maximisation and tells of it; it is the last
// where no probability moved as far as enough.
func (r *Result) round(opt Options, moved, enough float64) {
	r.Iterations++
	r.Converged = moved < enough
	if opt.Progress != nil {
		opt.Progress(Progress{Stage: "reliability", Iteration: r.Iterations, Iterations: emRounds, Moved: moved})
	}
}

// fill makes verdicts of posteriors over an item's named candidates.
func (r *Result) fill(p *packed, posterior func(item int) []float32) {
	total := 0
	for i := range r.Verdicts {
		total += len(posterior(i))
	}
	all, support := make([]float64, total), make([]float64, p.values)
	for i := range r.Verdicts {
		q := posterior(i)
		v := &r.Verdicts[i]
		v.P, all = all[:len(q):len(q)], all[len(q):]
		v.Top, v.Other = -1, -1
		support := support[:len(q)]
		clear(support)
		for at := p.first[i]; at < p.first[i+1]; at++ {
			support[p.code[at]%uint32(p.values)] += float64(p.weightAt(int(at)))
		}
		for x := range q {
			v.P[x] = float64(q[x])
			if support[x] > 0 && (v.Top < 0 || q[x] > q[v.Top]) {
				v.Top, v.Support = x, support[x]
			}
		}
	}
}

// ninety is how many standard deviations either side hold 90 % of a normal
// distribution.
const ninety = 1.6448536269514722

// agreementReliability sets each source's reliability to how probable its statements
// are, as if it had been right once and wrong once before.
func (r *Result) agreementReliability(p *packed, posterior func(item int) []float32) {
	right, all := make([]float64, p.sources), make([]float64, p.sources)
	for i := range p.items {
		q := posterior(i)
		for at := p.first[i]; at < p.first[i+1]; at++ {
			place, w := p.code[at]/uint32(p.values), float64(p.weightAt(int(at)))
			right[place] += w * float64(q[p.code[at]%uint32(p.values)])
			all[place] += w
		}
	}
	for s, place := range p.place {
		r.Sources[s].setBeta(right[place]+1, all[place]-right[place]+1)
	}
}

// setBeta sets P and the interval that hold 90 % of a Beta distribution, by its
// normal approximation on the scale of log odds, which keeps it inside zero and
// one.
func (r *Reliability) setBeta(right, wrong float64) {
	r.P = right / (right + wrong)
	middle, spread := math.Log(right/wrong), ninety*math.Sqrt(1/right+1/wrong)
	r.Low, r.High = 1/(1+math.Exp(spread-middle)), 1/(1+math.Exp(-spread-middle))
}
