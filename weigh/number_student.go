package weigh

import (
	"context"
	"math"
)

// studentFit holds what each source says against the truth of its items:
//
//	figure = truth + offset + (gain-1)·(truth-middle) + spread·noise
//
// with noise of Student's t distribution with nu degrees of freedom (infinite:
// normal). Offsets and gains have normal priors whose width is learned, and
// squared spreads shrink to their mean over sources as if it were strength
// further statements (an inverse χ² prior; Gelman et al., Bayesian Data
// Analysis, 3rd edition, section 5.4), so that a source which says little
// counts as one like the rest. Expectation-maximisation after Lange, Little and
// Taylor, JASA 84, 1989, section 3: a statement far off weighs little.
type studentFit struct {
	v     *voices
	nu    float64
	gains bool

	// shared is what sources err together, as a share of the mean squared error
	// of one that does not show; see sharedError.
	shared float64

	truth, doubt         []float64 // of each item, and the variance of that; NaN where nobody speaks
	offset, gain, spread []float64 // of each source; spread is squared
	reading              []reading // of each source, what these come to
	pooled               float64   // what spreads have in common
	strength             float64
	offsetWide, gainWide float64 // variances of the priors
	middle, wide         float64 // mean and variance of the truths
	settled              []float64
	moved                []moves // of each block of items
	sources              []int32 // blocks of sources are from sources[b] to sources[b+1]
	room                 []float64
	common               []weighted
}

// reading is what a source's figures are read with.
type reading struct {
	offset    float64
	unit      float64 // 1/gain
	precision float64 // of a truth that it tells
	own       float64 // variance of that by errors that are the source's own
}

// tune sets the readings.
func (f *studentFit) tune() {
	for s := range f.reading {
		g2 := f.gain[s] * f.gain[s]
		f.reading[s] = reading{f.offset[s], 1 / f.gain[s], g2 / (f.spread[s] + f.shared*f.pooled*g2), f.spread[s] / g2}
	}
}

// likeOthers is the strength where no source says enough to tell.
const likeOthers = 16

// Bounds of the strength of the prior of spreads: weaker is none, stronger is
// one spread for all.
const weakest, strongest = 2, 1024

// gainWidest bounds the variance of gains: beyond it a source that says one
// thing everywhere could turn the scale.
const gainWidest = 0.25

// leastGain keeps a source that says one thing everywhere apart from the truth.
const leastGain = 0.1

// leastSpread, squared: on a scale of unit quartiles no source is more precise.
const leastSpread = 1e-24

func newStudentFit(v *voices, settled []float64, nu float64, gains bool) *studentFit {
	items, sources := len(v.first)-1, len(v.ownWeight)
	f := &studentFit{
		v: v, nu: nu, gains: gains, settled: settled, strength: likeOthers,
		truth: make([]float64, items), doubt: make([]float64, items), moved: make([]moves, blocksOf(items)),
		offset: make([]float64, sources), gain: make([]float64, sources), spread: make([]float64, sources),
		reading: make([]reading, sources), sources: v.blocksOfSources(),
	}
	return f
}

// start sets truths to medians and all sources alike.
func (f *studentFit) start(medians []float64) {
	copy(f.truth, medians)
	var sum, weights float64
	for j, i := range f.v.item {
		if d := f.v.low[j] - f.truth[i]; f.v.point(int32(j)) && math.Abs(d) < farthest/2 {
			sum += f.v.weight[j] * math.Min(d*d, 1e6)
			weights += f.v.weight[j]
		}
	}
	if weights == 0 { // bounds only: they are fuzzy by a quarter of a range
		sum, weights = f.v.widths()
	}
	f.pooled = max(leastSpread, sum/max(1, weights))
	for s := range f.spread {
		f.gain[s], f.spread[s] = 1, f.pooled
	}
	f.offsetWide, f.gainWide = f.pooled/16, 1.0/64
	f.tune()
	f.measureTruths()
}

// measureTruths sets middle and wide.
func (f *studentFit) measureTruths() {
	var n, sum, squares float64
	for _, t := range f.truth {
		if !math.IsNaN(t) {
			n++
			sum += t
		}
	}
	f.middle = sum / max(1, n)
	for _, t := range f.truth {
		if !math.IsNaN(t) {
			squares += (t - f.middle) * (t - f.middle)
		}
	}
	f.wide = max(f.pooled, squares/max(1, n-1))
}

// moves is how far truths of a block moved in a round: the one that moved most, and
// the sum of squares.
type moves struct{ most, squares float64 }

// run takes rounds until no truth moves by more than a thousandth of a spread or,
// of many, they move by a ten-thousandth in the root mean square: of a million, a
// few that lie between two camps go on for long.
func (f *studentFit) run(ctx context.Context, workers, rounds int, tell func(round int, moved float64)) (converged bool, err error) {
	for r := range rounds {
		if err := share(ctx, workers, len(f.sources)-1, func(_, b int) {
			for s := f.sources[b]; s < f.sources[b+1]; s++ {
				f.weighSource(int(s))
			}
		}); err != nil {
			return false, err
		}
		f.pool()
		f.tune()
		if err := share(ctx, workers, blocksOf(len(f.truth)), func(_, b int) {
			f.moved[b] = moves{}
			for i := b * blockItems; i < min(len(f.truth), (b+1)*blockItems); i++ {
				m := f.weighItem(i)
				f.moved[b].most = max(f.moved[b].most, m)
				f.moved[b].squares += m * m
			}
		}); err != nil {
			return false, err
		}
		f.measureTruths()
		var all moves
		for _, m := range f.moved {
			all.most = max(all.most, m.most)
			all.squares += m.squares
		}
		spread := math.Sqrt(max(f.pooled, 1e-12))
		moved := all.most / spread
		if tell != nil {
			tell(r+1, moved)
		}
		if mean := math.Sqrt(all.squares/float64(max(1, len(f.truth)))) / spread; r > 2 && (moved < 1e-3 || mean < 1e-4) {
			return true, nil
		}
	}
	return false, nil
}

// ease is the weight of a statement whose squared error in spreads is e: 1 on
// average, under 1 far off.
func (f *studentFit) ease(e float64) float64 {
	if math.IsInf(f.nu, 1) {
		return 1
	}
	return (f.nu + 1) / (f.nu + e)
}

// variance is what source s's statements are weighed by.
func (f *studentFit) variance(s int32) float64 {
	return f.spread[s] + f.shared*f.pooled*f.gain[s]*f.gain[s]
}

// expected is what source s would say of an item whose truth is t.
func (f *studentFit) expected(s int32, t float64) float64 {
	return t + f.offset[s] + (f.gain[s]-1)*(t-f.middle)
}

// weighItem sets an item's truth given the sources, and tells how far it moved.
func (f *studentFit) weighItem(i int) float64 {
	from, to := f.v.on(i)
	if from == to {
		f.truth[i], f.doubt[i] = math.NaN(), math.NaN()
		return 0
	}
	if f.settled != nil && !math.IsNaN(f.settled[i]) {
		f.truth[i], f.doubt[i] = f.settled[i], 0
		return 0
	}
	precision, pull, noise, points := 0.0, 0.0, 0.0, false
	for j := from; j < to; j++ {
		s := f.v.source[j]
		p, y := f.speaks(j, f.truth[i], f.doubt[i])
		precision += p
		pull += p * y
		if f.v.point(j) {
			points = true
			noise += p * p / f.v.weight[j] * f.reading[s].own
		} else {
			noise += p
		}
	}
	if !points { // bounds alone may leave a side open, which the other items close
		precision += 1 / f.wide
		pull += f.middle / f.wide
		noise += 1 / f.wide
	}
	was := f.truth[i]
	f.truth[i], f.doubt[i] = pull/precision, noise/(precision*precision)*f.student()
	return math.Abs(f.truth[i] - was)
}

// student is how much more a truth is in doubt than weights of a normal
// distribution say: the information of a statement is (nu+1)/(nu+3) of its
// inverse squared spread (Lange, Little and Taylor, section 5).
func (f *studentFit) student() float64 {
	if math.IsInf(f.nu, 1) {
		return 1
	}
	return (f.nu + 3) / (f.nu + 1)
}

// speaks is what voice j adds to its item, whose truth is near t with variance
// doubt: a precision and where it would have the truth.
func (f *studentFit) speaks(j int32, t, doubt float64) (precision, y float64) {
	s, w, low := f.v.source[j], f.v.weight[j], f.v.low[j]
	if low == f.v.high[j] {
		k := &f.reading[s]
		y = f.middle + (low-k.offset-f.middle)*k.unit
		e := y - t
		return w * f.ease((e*e+doubt)*k.precision) * k.precision, y
	}
	v, g := f.variance(s), f.gain[s]
	// A bound acts by the slope and curvature of the logarithm of the chance
	// that the source's figure would lie inside.
	c := studentBetween(f.nu, f.v.low[j], f.v.high[j], f.expected(s, t), math.Sqrt(v))
	precision = c.curvature
	if precision <= 0 && c.slope != 0 {
		precision = min(1/v, math.Abs(c.slope)/math.Sqrt(v))
	}
	if precision <= 0 {
		return 0, t
	}
	return w * precision * g * g, t + c.slope/(precision*g)
}

// weighSource sets offset, gain and spread of a source given the truths, in one
// reading of its figures: their moments about what it was expected to say tell
// what they would be about anything near.
func (f *studentFit) weighSource(s int) {
	id, v := int32(s), f.variance(int32(s))
	var n, ease, errors, squares float64     // weighted by ease: of figures about what was expected
	var away, along, across, doubted float64 // and with the truth's distance from the middle
	from, to := f.v.ofSource[s], f.v.ofSource[s+1]
	gain := f.gain[s]
	for k := from; k < to; k++ {
		x := f.v.said[k]
		if x != x {
			continue
		}
		i := f.v.about[k]
		t, doubt := f.truth[i], f.doubt[i]
		e := x - f.expected(id, t)
		u := f.ease((e*e + gain*gain*doubt) / v)
		n++
		ease += u
		errors += u * e
		squares += u * e * e
		doubted += u * doubt
		if f.gains {
			d := t - f.middle
			away += u * d
			along += u * e * d
			across += u * d * d
		}
	}
	if n == 0 {
		f.spread[s] = f.pooled
		return
	}
	was := f.offset[s]
	f.offset[s] = (errors + ease*was) / v / (ease/v + 1/max(f.offsetWide, leastSpread))
	shift := f.offset[s] - was
	squares += shift * (ease*shift - 2*errors)
	if f.gains {
		// The regression of the error on the distance, which is itself in doubt.
		along -= shift * away
		slope := along + (gain-1)*across - doubted
		f.gain[s] = max(leastGain, 1+slope/v/((across+doubted)/v+1/max(f.gainWide, 1e-12)))
		turn := f.gain[s] - gain
		squares += turn * (turn*across - 2*along)
	}
	squares = max(0, squares) + f.gain[s]*f.gain[s]*doubted
	f.spread[s] = max(leastSpread, (squares+f.strength*f.pooled)/(n+f.strength))
}
