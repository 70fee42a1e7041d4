package weigh

import (
	"context"
	"math"
	"slices"
)

// CATD, confidence-aware truth discovery, weighs every source by one over the
// upper bound of the confidence interval of its error's variance, so that a source
// of few statements is not trusted for having few errors, and takes what has most
// weight, of numbers the weighted mean.
//
// Li, Li, Gao, Su, Zhao, Demirbas, Fan and Han, VLDB 2014, section 3, equations 8
// and 9; numbers start at the median.
type CATD struct{}

// Name implements Model.
func (CATD) Name() string { return "catd" }

const (
	// catdChance is the chance that a source's variance is above its bound: half
	// of the paper's alpha of 5 %.
	catdChance = .025
	// catdError stands for an error of zero, whose weight would be infinite.
	catdError  = 1e-9
	catdRounds = 100
)

// Weigh implements Model.
func (m CATD) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if t.Kind == Number {
		return m.weighNumbers(ctx, t, opt)
	}
	p, err := packFor(m, t, opt)
	if err != nil {
		return nil, err
	}
	start := make([]int, t.Items+1)
	for i := range t.Items {
		start[i+1] = start[i] + int(t.candidates(int32(i)))
	}
	share := make([]float32, start[t.Items])
	shares := func(item int) []float32 { return share[start[item]:start[item+1]:start[item+1]] }
	weight, wrong, bound := make([]float64, t.Sources), make([]float64, t.Sources), newChiSquares()
	for s := range weight {
		weight[s] = 1
	}
	r := newResult(m, t, p)
	sum := make([]float64, p.values)
	values := uint32(p.values)
	// The first round is the vote, since all weights are one.
	for r.Iterations < catdRounds && !r.Converged {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		clear(wrong)
		moved := 0.0
		for i := range t.Items {
			q, all, total := shares(i), sum[:len(shares(i))], 0.0
			clear(all)
			for at := p.first[i]; at < p.first[i+1]; at++ {
				w := weight[p.code[at]/values] * float64(p.weightAt(int(at)))
				all[p.code[at]%values] += w
				total += w
			}
			if t.Settled != nil && t.Settled[i] != Unsettled {
				clear(all)
				all[t.Settled[i]], total = 1, 1
			}
			top := 0
			for v, x := range all {
				if x > all[top] {
					top = v
				}
				x = 1 / float64(len(q))
				if total > 0 {
					x = all[v] / total
				}
				moved = max(moved, math.Abs(x-float64(q[v])))
				q[v] = float32(x)
			}
			for at := p.first[i]; at < p.first[i+1]; at++ {
				if int(p.code[at]%values) != top {
					wrong[p.code[at]/values] += float64(p.weightAt(int(at)))
				}
			}
		}
		for s, n := range p.said {
			weight[p.place[s]] = bound.of(int(n)) / (wrong[p.place[s]] + catdError)
		}
		r.round(opt, moved, emMoved)
	}
	r.agreementReliability(p, shares)
	r.fill(p, shares)
	return r, nil
}

// chiSquares keeps the quantiles at catdChance that have been asked for.
type chiSquares struct{ kept map[int]float64 }

func newChiSquares() chiSquares { return chiSquares{map[int]float64{}} }

func (c chiSquares) of(degrees int) float64 {
	x, ok := c.kept[degrees]
	if !ok && degrees > 0 {
		x = chiSquareQuantile(catdChance, float64(degrees))
		c.kept[degrees] = x
	}
	return x
}

// weighNumbers takes a statement that allows several numbers for the middle of
// them, and one that is bounded on one side only for its bound.
func (m CATD) weighNumbers(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	bare := *t
	bare.Origin = nil
	l := newLayout(&bare)
	r := &Result{Model: m.Name(), Verdicts: make([]Verdict, t.Items), Sources: make([]Reliability, t.Sources)}
	for s := range r.Sources {
		r.Sources[s].Group = s
	}
	weight, squares := make([]float64, t.Sources), make([]float64, t.Sources)
	for _, row := range l.row {
		r.Sources[t.Source[row]].Statements++
	}
	var said []float64
	for i := range t.Items {
		said = said[:0]
		for _, row := range l.on(i) {
			said = append(said, t.middle(row))
		}
		v := &r.Verdicts[i]
		v.Top, v.Other, v.Value = -1, -1, math.NaN()
		if slices.Sort(said); len(said) > 0 {
			v.Value = (said[(len(said)-1)/2] + said[len(said)/2]) / 2
		}
		t.settleNumber(i, v)
	}
	bound := newChiSquares()
	for r.Iterations < catdRounds && !r.Converged {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		clear(squares)
		for i := range t.Items {
			for _, row := range l.on(i) {
				d := t.middle(row) - r.Verdicts[i].Value
				squares[t.Source[row]] += d * d
			}
		}
		for s := range weight {
			weight[s] = bound.of(r.Sources[s].Statements) / (squares[s] + catdError)
		}
		moved := 0.0
		for i := range t.Items {
			sum, all := 0.0, 0.0
			for _, row := range l.on(i) {
				w := weight[t.Source[row]]
				sum, all = sum+w*t.middle(row), all+w
			}
			v := &r.Verdicts[i]
			before := v.Value
			if all > 0 {
				half := ninety / math.Sqrt(all)
				v.Value = sum / all
				v.Low, v.High = v.Value-half, v.Value+half
			}
			t.settleNumber(i, v)
			if len(l.on(i)) > 0 {
				moved = max(moved, math.Abs(v.Value-before)/max(math.Abs(v.Value), 1))
			}
		}
		r.round(opt, moved, emMoved)
	}
	right := make([]float64, t.Sources)
	for i := range t.Items {
		v := &r.Verdicts[i]
		for _, row := range l.on(i) {
			if t.Low[row] <= v.High && v.Low <= t.High[row] {
				right[t.Source[row]]++
				v.Support++
			}
		}
	}
	for s := range r.Sources {
		n := float64(r.Sources[s].Statements)
		r.Sources[s].setBeta(right[s]+1, n-right[s]+1)
	}
	return r, nil
}

// settleNumber sets a verdict to what its item is known to be, if it is.
func (t *Table) settleNumber(i int, v *Verdict) {
	if t.SettledNumber != nil && !math.IsNaN(t.SettledNumber[i]) {
		v.Value = t.SettledNumber[i]
		v.Low, v.High = v.Value, v.Value
	}
	if math.IsNaN(v.Value) {
		v.Low, v.High = v.Value, v.Value
	}
}

// middle is one number for what a statement allows.
func (t *Table) middle(row int32) float64 {
	low, high := t.Low[row], t.High[row]
	switch {
	case math.IsInf(low, 0) && math.IsInf(high, 0):
		return 0
	case math.IsInf(low, 0):
		return high
	case math.IsInf(high, 0):
		return low
	}
	return low + (high-low)/2
}
