package weigh

import (
	"math"
	"slices"
)

func (f *studentFit) isSettled(i int) bool { return f.settled != nil && !math.IsNaN(f.settled[i]) }

// freedom is how many origins there are beyond one an item, and on a settled item
// all: what little data says of spreads is itself in doubt.
func (f *studentFit) freedom() float64 {
	n := 0
	for i := range f.truth {
		origins := 0
		for j, to := f.v.on(i); j < to; j++ {
			if f.v.point(j) && f.v.leads(j) {
				origins++
			}
		}
		if !f.isSettled(i) {
			origins = max(0, origins-1)
		}
		n += origins
	}
	return float64(max(1, n))
}

// nothingCompared tells whether no origin can be held against another, or against
// what is settled, on any item.
func (f *studentFit) nothingCompared() bool {
	for i := range f.truth {
		if from, to := f.v.on(i); from < to && (f.isSettled(i) || !f.v.alone(i)) {
			return false
		}
	}
	return true
}

// commonDoubt is the variance of what all sources may have in common in offset and,
// along the squared distance of a truth from the middle, in gain, as far as so many
// sources leave it open; every settled item says as much as one statement of it.
func (f *studentFit) commonDoubt() (offset, gain float64) {
	sources, known := 0.0, 0.0
	for s, k := range f.v.figures {
		if k > 0 {
			sources += f.v.ownWeight[s]
		}
	}
	for i := range f.settled {
		if f.isSettled(i) {
			known++
		}
	}
	if sources == 0 {
		return 0, 0
	}
	offset = 1 / (sources/max(f.offsetWide, leastSpread) + known/f.pooled)
	if f.gains {
		gain = 1 / (sources/max(f.gainWide, leastSpread) + known*f.wide/f.pooled)
	}
	return offset, gain
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

// silences is room for what origins say.
type silences struct{ up, down []float64 }

// silencesThatMove is the fewest origins without which the weighted mean would lie
// outside low and high; all of them where only that would.
//
// The mean of what is left lies above high where the sum of weight·(figure -
// high) does above zero, and that sum is one of origins: leaving out those with
// the lowest is the least that does it.
func (f *studentFit) silencesThatMove(i int, low, high float64, room *silences) int {
	from, to := f.v.on(i)
	up, down := room.up[:0], room.down[:0]
	for j := from; j < to; j++ {
		if j == from || f.v.origin[j] != f.v.origin[j-1] {
			up, down = append(up, 0), append(down, 0)
		}
		p, y := f.speaks(j, f.truth[i], f.doubt[i])
		up[len(up)-1] += p * (y - high)
		down[len(down)-1] += p * (low - y)
	}
	room.up, room.down = up, down
	return max(1, min(fewestLeftOut(up, 0), fewestLeftOut(down, 0)))
}

// fewestLeftOut is how many terms must be left out, lowest first, for the rest and
// base to add up to more than zero; all where that never is.
func fewestLeftOut(terms []float64, base float64) int {
	slices.Sort(terms)
	sum, out := base, len(terms)
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
	hit := make([]float64, len(r))
	for j, x := range right {
		n += v.weight[j]
		sum += v.weight[j] * x
		hit[v.source[j]] += x
	}
	prior := (sum + 0.5) / (n + 1)
	for s := range r {
		hits := hit[s]
		all := float64(v.ofSource[s+1] - v.ofSource[s])
		r[s].Statements, r[s].Group = int(all), s
		r[s].setBeta(hits+prior, all-hits+1-prior)
	}
	return r
}

// right is, of each voice, the chance that it says what is recorded or, where
// nothing is, that it allows a figure within one typical spread of the truth.
func (r *recordedFit) right() []float64 {
	f := r.f
	right, reach := make([]float64, len(f.v.row)), math.Sqrt(f.pooled)
	for j, i := range f.v.item {
		recorded := 0.0
		if r.recorded > 0 {
			recorded = r.share[i]
			if k := r.said.of[j]; k >= 0 {
				right[j] = r.p[k]
			}
		}
		if t := f.truth[i]; f.v.low[j]-reach <= t && t <= f.v.high[j]+reach {
			right[j] += 1 - recorded
		}
		right[j] = min(1, right[j])
	}
	return right
}
