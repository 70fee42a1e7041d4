package weigh

import (
	"context"
	"math"
)

// IBCC, independent Bayesian classifier combination, is Dawid and Skene's model
// with a Dirichlet prior on every row of a source's confusion matrix, which says
// that it is rather right than wrong, and one on the classes. It is fitted by
// mean-field variational inference from the vote.
//
// Kim and Ghahramani, AISTATS 2012, section 2; the variational updates and the
// prior counts are those of Li, Rubinstein and Cohn, ICML 2019, section 3.
type IBCC struct{}

// Name implements Model.
func (IBCC) Name() string { return "ibcc" }

// The prior counts of IBCC and EBCC for a statement that is right, for each value
// that is wrong, and of IBCC for a class.
const (
	rowRight   = 4.0
	rowWrong   = 1.0
	classPrior = 1.0
)

// Weigh implements Model.
func (m IBCC) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	return fitClasses(ctx, m, t, opt, func(n float64) float64 { return digamma(n + classPrior) },
		func(k *confusion) rowOf { return k.variationalRow })
}

// variationalRow sets logs to E ln P(value | state) under the Dirichlet posterior
// of each state's row.
func (c *confusion) variationalRow(_ int, counts []float64, logs []float32) {
	for h := range c.states {
		sum := 0.0
		for v := range c.p.values {
			sum += counts[v*c.states+h] + c.rowPrior(v, h)
		}
		whole := digamma(sum)
		for v := range c.p.values {
			logs[v*c.states+h] = float32(digamma(counts[v*c.states+h]+c.rowPrior(v, h)) - whole)
		}
	}
}

func (c *confusion) rowPrior(value, state int) float64 {
	if state/c.subtypes == value {
		return rowRight
	}
	return rowWrong
}

// bound is the evidence lower bound of the posteriors, the rows and the shares of
// subtypes that follow from counts, up to a constant: of every Dirichlet posterior
// ln of its normaliser, and the entropy of what each item is. It holds right after
// count or pass.
//
// Li, Rubinstein and Cohn, ICML 2019, appendix.
func (c *confusion) bound(classPrior []float64, subtypePrior float64) float64 {
	sum := 0.0
	normaliser := func(counts func(int) float64, n int) {
		whole := 0.0
		for at := range n {
			x := counts(at)
			whole += x
			sum += lgamma(x)
		}
		sum -= lgamma(whole)
	}
	row := make([]float64, c.p.values*c.states)
	for s := range c.p.sources {
		c.counts(s, row)
		for h := range c.states {
			normaliser(func(v int) float64 { return row[v*c.states+h] + c.rowPrior(v, h) }, c.p.values)
		}
	}
	classes := c.states / c.subtypes
	perClass := make([]float64, classes)
	for h, n := range c.class {
		perClass[h/c.subtypes] += n
	}
	normaliser(func(k int) float64 { return perClass[k] + classPrior[k] }, classes)
	for k := range classes {
		normaliser(func(m int) float64 { return c.class[k*c.subtypes+m] + subtypePrior }, c.subtypes)
	}
	for _, q := range c.q {
		if q > 0 {
			sum -= float64(q) * math.Log(float64(q))
		}
	}
	return sum
}
