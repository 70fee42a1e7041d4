package weigh

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// Mean takes the mean of an item's figures. Low and High lie 1.645 standard errors
// either side of it, with the variance of figures about their means pooled over
// items. Ranges count with their middles, bounds open on a side not at all.
type Mean struct{}

// Name implements Model.
func (Mean) Name() string { return "mean" }

// Weigh implements Model.
func (m Mean) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	return weighEach(ctx, m, t, func(said []float64) float64 {
		mean := 0.0
		for _, x := range said {
			mean += x / float64(len(said))
		}
		return mean
	})
}

// Median takes the median of an item's figures, of an even number the middle of the
// two. Low and High are Mean's, about the median.
type Median struct{}

// Name implements Model.
func (Median) Name() string { return "median" }

// Weigh implements Model.
func (m Median) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	return weighEach(ctx, m, t, func(said []float64) float64 {
		slices.Sort(said)
		n := len(said)
		return said[(n-1)/2]/2 + said[n/2]/2
	})
}

// weighEach weighs every item for itself.
func weighEach(ctx context.Context, m Model, t *Table, middle func(said []float64) float64) (*Result, error) {
	n, err := newFigures(m, t)
	if err != nil {
		return nil, err
	}
	r := n.result(m, t)
	r.Iterations, r.Converged = 1, true
	var squares, freedom float64
	said := []float64{}
	for i := range r.Verdicts {
		if i%blockItems == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if said = append(said[:0], n.on(i)...); len(said) == 0 {
			continue
		}
		d := &r.Verdicts[i]
		d.Value, d.Support = middle(said), float64(len(said))
		for _, x := range said {
			squares += (x - d.Value) * (x - d.Value)
		}
		freedom += float64(len(said) - 1)
	}
	for i := range r.Verdicts {
		n.interval(&r.Verdicts[i], math.Sqrt(squares/max(freedom, 1)/float64(max(1, len(n.on(i))))))
	}
	return r, nil
}

// figures are what the plain models see of a table.
type figures struct {
	first  []int32
	source []int32
	value  []float64
}

func newFigures(m Model, t *Table) (*figures, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Kind != Number {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	bare := *t
	bare.Origin = nil // these models know of none
	l, n := newLayout(&bare), &figures{first: make([]int32, 1, t.Items+1)}
	for i := range t.Items {
		for _, row := range l.on(i) {
			if x := t.Low[row]/2 + t.High[row]/2; !math.IsInf(x, 0) && !math.IsNaN(x) {
				n.source, n.value = append(n.source, t.Source[row]), append(n.value, x)
			}
		}
		n.first = append(n.first, int32(len(n.value)))
	}
	return n, nil
}

func (n *figures) on(i int) []float64 { return n.value[n.first[i]:n.first[i+1]] }

// result has a verdict of not known for every item.
func (n *figures) result(m Model, t *Table) *Result {
	r := &Result{Model: m.Name(), Verdicts: make([]Verdict, t.Items), Sources: make([]Reliability, t.Sources)}
	for i := range r.Verdicts {
		r.Verdicts[i] = Verdict{Top: -1, Other: -1, Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	}
	for s := range r.Sources {
		r.Sources[s].Group = s
	}
	for _, s := range n.source {
		r.Sources[s].Statements++
	}
	return r
}

func (n *figures) interval(d *Verdict, deviation float64) {
	half := ninetyPercent(math.Inf(1)) * deviation
	d.Low = max(-math.MaxFloat64, d.Value-half)
	d.High = min(math.MaxFloat64, d.Value+half)
}

// GTM is the Gaussian truth model of Zhao and Han, "A probabilistic model for
// estimating real-valued truth from conflicting sources", QDB 2012, sections 3
// and 4: figures less the mean of their item over its standard deviation, a
// variance a source with an inverse gamma prior (alpha 10, beta 10), truths with a
// normal prior about zero, expectation-maximisation.
type GTM struct{}

// Name implements Model.
func (GTM) Name() string { return "gtm" }

// What the paper sets in section 5, and for how long.
const (
	gtmAlpha, gtmBeta = 10, 10
	gtmWide           = 1
	gtmRounds         = 100
	gtmMoved          = 1e-6
)

// Weigh implements Model.
func (m GTM) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	n, err := newFigures(m, t)
	if err != nil {
		return nil, err
	}
	r := n.result(m, t)
	mean, spread := make([]float64, t.Items), make([]float64, t.Items)
	z, unit := slices.Clone(n.value), 1.0
	for _, x := range z {
		unit = max(unit, math.Abs(x))
	}
	for k := range z {
		z[k] /= unit // so that squares of the widest figures stay finite
	}
	for i := range t.Items {
		said := z[n.first[i]:n.first[i+1]]
		for _, x := range said {
			mean[i] += x / float64(len(said))
		}
		for _, x := range said {
			spread[i] += (x - mean[i]) * (x - mean[i]) / float64(len(said))
		}
		if spread[i] = math.Sqrt(spread[i]); spread[i] == 0 {
			spread[i] = 1
		}
		for k := range said {
			said[k] = (said[k] - mean[i]) / spread[i]
		}
	}
	truth, doubt, variance := make([]float64, t.Items), make([]float64, t.Items), make([]float64, t.Sources)
	for s := range variance {
		variance[s] = 1
	}
	squares := make([]float64, t.Sources)
	for r.Iterations < gtmRounds && !r.Converged {
		moved := 0.0
		clear(squares)
		for i := range t.Items {
			if i%blockItems == 0 && ctx.Err() != nil {
				return nil, ctx.Err()
			}
			precision, pull := 1.0/gtmWide, 0.0
			for at := n.first[i]; at < n.first[i+1]; at++ {
				v := variance[n.source[at]]
				precision += 1 / v
				pull += z[at] / v
			}
			was := truth[i]
			truth[i], doubt[i] = pull/precision, 1/precision
			moved = max(moved, math.Abs(truth[i]-was))
			for at := n.first[i]; at < n.first[i+1]; at++ {
				d := z[at] - truth[i]
				squares[n.source[at]] += d*d + doubt[i]
			}
		}
		for s := range variance {
			variance[s] = (2*gtmBeta + squares[s]) / (2*(gtmAlpha+1) + float64(r.Sources[s].Statements))
		}
		r.Iterations++
		r.Converged = moved < gtmMoved
		if opt.Progress != nil {
			opt.Progress(Progress{Stage: "reliability", Iteration: r.Iterations, Iterations: gtmRounds, Moved: moved})
		}
	}
	for i := range r.Verdicts {
		if k := len(n.on(i)); k > 0 {
			d := &r.Verdicts[i]
			d.Value, d.Support = unit*(mean[i]+spread[i]*truth[i]), float64(k)
			n.interval(d, unit*spread[i]*math.Sqrt(doubt[i]))
		}
	}
	return r, nil
}
