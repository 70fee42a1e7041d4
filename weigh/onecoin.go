package weigh

import (
	"context"
	"math"
)

// OneCoin gives every source one reliability, with a Beta prior, and finds it
// together with the truths by expectation-maximisation: Dawid and Skene,
// Applied Statistics 28(1), 1979, pp. 20-28, section 2, with one parameter a
// source as in Zheng et al., VLDB 2017, section 3 ("ZenCrowd"). A wrong
// statement falls on each other value with equal chance. Values that nobody
// has named are one alternative more (WEIGH.md, "Open values").
//
// Origins count once: a statement's weight is one over the number of
// statements of its origin on its item.
type OneCoin struct {
	Right, Wrong  float64 // the prior, in statements: Beta(Right, Wrong)
	MaxIterations int
	Tolerance     float64 // stop when no probability moves more than this
}

// DefaultOneCoin expects an unknown source to be right three times in four, as
// firmly as eight statements would show. It lets two sources that agree reach
// .90 and three .96, so that the words of DESIGN.md's standings are reachable
// by agreement and never by one voice.
var DefaultOneCoin = OneCoin{Right: 6, Wrong: 2, MaxIterations: 200, Tolerance: 1e-9}

// voice is a statement with its weight.
type voice struct {
	Statement
	weight float64
}

// Weigh implements Model. Reaching MaxIterations is no error; see
// Result.Converged.
func (m OneCoin) Weigh(ctx context.Context, p Problem, opt Options) (Result, error) {
	if err := p.Check(); err != nil {
		return Result{}, err
	}
	byItem := voices(p)
	reliability := make([]float64, p.Sources)
	for s := range reliability {
		reliability[s] = m.Right / (m.Right + m.Wrong)
	}
	posterior := make([][]float64, len(p.Items))
	result := Result{Reliability: reliability}
	right, said := make([]float64, p.Sources), make([]float64, p.Sources)
	for result.Iterations = 1; ; result.Iterations++ {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		moved := 0.0
		clear(right)
		clear(said)
		for i, it := range p.Items {
			q := it.posterior(byItem[i], reliability, nil)
			for k := range q {
				if posterior[i] == nil {
					moved = 1
				} else {
					moved = max(moved, math.Abs(q[k]-posterior[i][k]))
				}
			}
			posterior[i] = q
			for _, v := range byItem[i] {
				said[v.Source] += v.weight
				for k := range q {
					if v.allows(k, it) {
						right[v.Source] += v.weight * q[k]
					}
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
	for i, it := range p.Items {
		result.Verdicts = append(result.Verdicts, it.verdict(byItem[i], reliability, opt))
	}
	return result, nil
}

// voices sorts statements under their items and shares each origin's weight.
func voices(p Problem) [][]voice {
	byItem := make([][]voice, len(p.Items))
	for _, s := range p.Statements {
		byItem[s.Item] = append(byItem[s.Item], voice{s, 0})
	}
	for _, said := range byItem {
		sharing := map[int]float64{}
		for _, v := range said {
			sharing[v.Origin]++
		}
		for i := range said {
			said[i].weight = 1 / sharing[said[i].Origin]
		}
	}
	return byItem
}

// posterior returns the probability of every alternative, a value that nobody
// named last, given the voices whose origin is not silent.
func (it Item) posterior(said []voice, reliability []float64, silent map[int]bool) []float64 {
	n := it.alternatives()
	log := make([]float64, n)
	for _, v := range said {
		if silent[v.Origin] {
			continue
		}
		right := math.Log(reliability[v.Source])
		wrong := math.Log((1 - reliability[v.Source]) / max(1, float64(n-1)))
		for k := range log {
			if v.allows(k, it) {
				log[k] += v.weight * right
			} else {
				log[k] += v.weight * wrong
			}
		}
	}
	return softmax(log)
}

func softmax(log []float64) []float64 {
	top := math.Inf(-1)
	for _, x := range log {
		top = max(top, x)
	}
	sum := 0.0
	for k, x := range log {
		log[k] = math.Exp(x - top)
		sum += log[k]
	}
	for k := range log {
		log[k] /= sum
	}
	return log
}
