package weigh

import (
	"math"
	"slices"
)

// verdict is what the fit holds of item i, where the answer is no recorded
// figure.
func (f *studentFit) verdict(i int, opt Options) Verdict {
	d := Verdict{Top: -1, Other: -1, Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	from, to := f.v.on(i)
	if from == to {
		return d
	}
	t := f.truth[i]
	half := ninetyPercent(f.freedom()) * math.Sqrt(f.doubt[i]+f.shared*f.typical)
	d.Value, d.Low, d.High = f.v.scale.out(t), f.v.scale.out(t-half), f.v.scale.out(t+half)
	if f.isSettled(i) {
		half = 0
		d.Low, d.High = d.Value, d.Value
	}
	for j := from; j < to; j++ {
		if f.compatible(j, t) {
			d.Support += f.v.weight[j]
		}
	}
	d.Fragility = min(f.silencesThatMove(i, t-half, t+half), silencesThatFell(d.Support, opt))
	return d
}

func (f *studentFit) isSettled(i int) bool { return f.settled != nil && !math.IsNaN(f.settled[i]) }

// freedom is how many figures there are beyond one an item: what little data says
// of spreads is itself in doubt.
func (f *studentFit) freedom() float64 {
	spoken := 0
	for i := range f.truth {
		if from, to := f.v.on(i); from < to {
			spoken++
		}
	}
	return float64(max(1, f.v.points-spoken))
}

// compatible tells whether voice j allows t: a figure that lies within its source's
// own 90 % of what it would say, or a range that t lies in.
func (f *studentFit) compatible(j int32, t float64) bool {
	if !f.v.point(j) {
		return f.v.low[j] <= t && t <= f.v.high[j]
	}
	s := f.v.source[j]
	return math.Abs(f.v.low[j]-f.expected(s, t)) <= ninety*math.Sqrt(f.spread[s])+1e-9*math.Abs(t)
}

// silencesThatMove is the fewest origins without which the weighted mean would lie
// outside low and high; all of them where only that would.
//
// The mean of what is left lies above high where the sum of weight·(figure -
// high) does above zero, and that sum is one of origins: leaving out those with
// the lowest is the least that does it.
func (f *studentFit) silencesThatMove(i int, low, high float64) int {
	from, to := f.v.on(i)
	up, down := make([]float64, 0, to-from), make([]float64, 0, to-from)
	for j := from; j < to; j++ {
		if j == from || f.v.origin[j] != f.v.origin[j-1] {
			up, down = append(up, 0), append(down, 0)
		}
		p, y := f.speaks(j, f.truth[i], f.doubt[i])
		up[len(up)-1] += p * (y - high)
		down[len(down)-1] += p * (low - y)
	}
	return min(fewestLeftOut(up), fewestLeftOut(down))
}

// fewestLeftOut is how many terms must be left out, lowest first, for the sum of
// the rest to be above zero; all where that never is.
func fewestLeftOut(terms []float64) int {
	slices.Sort(terms)
	sum, out := 0.0, len(terms)
	for k := len(terms) - 1; k >= 0; k-- {
		if sum += terms[k]; sum > 0 {
			out = k
		}
	}
	return out
}

// silencesThatFell is how many origins must fall silent for an answer that had
// enough to have too few; more than there can be where it had too few before.
func silencesThatFell(support float64, opt Options) int {
	if opt.MinOrigins <= 0 || support < float64(opt.MinOrigins) {
		return math.MaxInt
	}
	return int(math.Floor(support-float64(opt.MinOrigins))) + 1
}

// reliability is, of each source, the chance that its next figure lies within
// tolerance of the truth, counted over its figures: as a Beta distribution whose
// prior is one figure like all others'.
func reliability(v *voices, right []float64) []Reliability {
	r := make([]Reliability, len(v.ownWeight))
	var n, sum float64
	for j, x := range right {
		n += v.weight[j]
		sum += v.weight[j] * x
	}
	prior := (sum + 0.5) / (n + 1)
	for s := range r {
		hits := 0.0
		for _, j := range v.by(s) {
			hits += right[j]
		}
		all := float64(len(v.by(s)))
		r[s].Statements, r[s].Group = len(v.by(s)), s
		r[s].setBeta(hits+prior, all-hits+1-prior)
	}
	return r
}

// near is, of each voice, 1 where it allows a figure within one typical spread of
// the truth, else 0.
func (f *studentFit) near() []float64 {
	near, reach := make([]float64, len(f.v.row)), math.Sqrt(f.typical)
	for j, i := range f.v.item {
		if t := f.truth[i]; f.v.low[j]-reach <= t && t <= f.v.high[j]+reach {
			near[j] = 1
		}
	}
	return near
}
