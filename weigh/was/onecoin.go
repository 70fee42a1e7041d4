package was

import (
	"context"
	"fmt"
	"math"
)

// OneCoin gives every source one reliability, with a Beta prior, and finds it
// together with the truths by expectation-maximisation: Dawid and Skene,
// Applied Statistics 28(1), 1979, pp. 20-28, section 2, with one parameter a
// source as in Zheng et al., VLDB 2017, section 3 ("ZenCrowd"). The truth of a
// wrong statement is any of the values that it does not allow, with equal
// chance. Values that nobody has named are one alternative more (WEIGH.md,
// "Open values").
//
// An origin speaks once: what several of its sources say alike is one voice, as
// reliable as the least reliable of them, so that passing on a rumour never
// makes it firmer. Each source is judged by what it said all the same, but only
// on items of which another origin speaks: agreeing with oneself shows nothing.
type OneCoin struct {
	Right, Wrong  float64 // the prior, in statements, both above 0: Beta(Right, Wrong)
	MaxIterations int
	Tolerance     float64 // stop when no probability moves more than this
}

// DefaultOneCoin expects an unknown source to be right three times in four, as
// firmly as eight statements would show. It lets two sources that agree reach
// .90 and three .96, so that the words of DESIGN.md's standings are reachable
// by agreement and never by one voice.
var DefaultOneCoin = OneCoin{Right: 6, Wrong: 2, MaxIterations: 200, Tolerance: 1e-9}

// Weigh implements Model. Reaching MaxIterations is no error; see
// Result.Converged.
func (m OneCoin) Weigh(ctx context.Context, p Problem, opt Options) (Result, error) {
	if !(m.Right > 0 && m.Wrong > 0) || math.IsInf(m.Right+m.Wrong, 1) {
		return Result{}, fmt.Errorf("a prior that leaves nothing to learn: %w", ErrProblem)
	}
	if err := p.Check(); err != nil {
		return Result{}, err
	}
	t := newTable(p)
	reliability := make([]float64, p.Sources)
	for s := range reliability {
		reliability[s] = m.Right / (m.Right + m.Wrong)
	}
	result := Result{Reliability: reliability}
	odds := make([]float64, p.Sources)
	right, said := make([]float64, p.Sources), make([]float64, p.Sources)
	for result.Iterations = 1; ; result.Iterations++ {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		for s, r := range reliability {
			odds[s] = logOdds(r)
			right[s], said[s] = 0, 0
		}
		moved := t.estimate(odds)
		for i := range t.items {
			for _, v := range t.on(i) {
				if !v.compared {
					continue
				}
				q := v.mass(t.posterior(i))
				for _, by := range v.members {
					right[by.source] += by.share * q
					said[by.source] += by.share
				}
			}
		}
		for s := range reliability {
			reliability[s] = (m.Right + right[s]) / (m.Right + m.Wrong + said[s])
		}
		result.Converged = moved < m.Tolerance
		if result.Converged || result.Iterations >= m.MaxIterations {
			break
		}
	}
	for s, r := range reliability {
		odds[s] = logOdds(r)
	}
	t.estimate(odds)
	for i := range t.items {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		result.Verdicts = append(result.Verdicts, t.verdict(i, opt))
	}
	return result, nil
}

func logOdds(r float64) float64 { return math.Log(r / (1 - r)) }
