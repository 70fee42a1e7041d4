package weigh

import (
	"context"
	"math"
)

// The tails that noise may have: from Cauchy's to the normal distribution's.
var studentTails = [...]float64{math.Inf(1), 8, 3, 1}

// roundsToChoose is enough to tell models apart; the one chosen goes on.
const roundsToChoose = 12

// chooseFit fits each kind of noise, and gains or none, and keeps what foretells
// statements best from the other statements on their item. That is what all
// these models are for, and needs no model of its own: the evidence of a model
// may come from a peak in the middle (a crowd that mostly answers 0), which says
// nothing of how far to trust what lies outside it. The plainer model stays
// unless the other takes away worthwhile of what the truths are in doubt by.
func chooseFit(ctx context.Context, v *voices, settled, medians []float64, far float64, workers int, tell func(round int, moved float64)) (*studentFit, error) {
	fit := func(nu float64, gains bool, shared float64) (*studentFit, error) {
		f := newStudentFit(v, settled, nu, gains)
		f.shared = shared
		f.start(medians)
		_, err := f.run(ctx, workers, roundsToChoose, tell)
		return f, err
	}
	best, err := fit(math.Inf(1), false, 0)
	if err != nil {
		return nil, err
	}
	withGains, err := fit(math.Inf(1), true, 0)
	if err != nil {
		return nil, err
	}
	shared := min(best.sharedError(medians, far), withGains.sharedError(medians, far))
	if shared > 0 {
		if best, err = fit(math.Inf(1), false, shared); err != nil {
			return nil, err
		}
	}
	if best.freedom() < fewestToChoose {
		return best, nil
	}
	least, doubt := best.surprise(far)
	need := worthwhile * min(least, doubt+shared*best.pooled)
	try := func(nu float64, gains bool) error {
		f, err := fit(nu, gains, shared)
		if err != nil {
			return err
		}
		if x, _ := f.surprise(far); x < least-need {
			best, least, need = f, x, 0
		}
		return nil
	}
	for _, nu := range studentTails[1:] {
		if err := try(nu, false); err != nil {
			return nil, err
		}
	}
	need = worthwhile * min(least, doubt+shared*best.pooled)
	return best, try(best.nu, true)
}

// fewestToChoose is how many figures beyond one an item a choice needs.
const fewestToChoose = 30

// worthwhile is a tenth: of the squared errors of the answers, five per cent of
// the errors themselves.
const worthwhile = 0.1

// itemMedians gives every item the median of its figures, or of what bounds it
// has, and tells how far off a statement can be before it is plain wrong: four
// times the distance that four in five keep to (in a normal distribution, five
// spreads).
func itemMedians(v *voices) (medians []float64, far float64) {
	medians = make([]float64, len(v.first)-1)
	var said, distances []float64
	for i := range medians {
		said = said[:0]
		from, to := v.on(i)
		for j := from; j < to; j++ {
			if v.point(j) && v.leads(j) {
				said = append(said, v.low[j])
			}
		}
		figures := len(said)
		if figures == 0 {
			for j := from; j < to; j++ {
				said = append(said, v.within(j))
			}
		}
		if len(said) == 0 {
			medians[i] = math.NaN()
			continue
		}
		medians[i] = middleOf(said)
		if figures > 1 {
			for _, x := range said {
				distances = append(distances, math.Abs(x-medians[i]))
			}
		}
	}
	if len(distances) == 0 {
		return medians, farthest
	}
	for part := 5; part <= 5*len(distances); part *= 4 {
		if d := nth(distances, len(distances)-1-len(distances)/part); d > 0 {
			return medians, 4 * d
		}
	}
	return medians, farthest
}

// within is a figure that voice j allows.
func (v *voices) within(j int32) float64 {
	low, high := v.low[j], v.high[j]
	switch {
	case math.IsInf(low, -1) && math.IsInf(high, 1):
		return 0
	case math.IsInf(low, -1):
		return high
	case math.IsInf(high, 1):
		return low
	}
	return low/2 + high/2
}

// surprise is the mean squared distance of each source's figures from a straight
// line along what the other half of the origins on the item say. The line is the
// source's best one whatever the model: offsets and gains are good for as much as
// the truths are better for them, and an estimate that only shrinks is not
// better. A figure beyond far of what was foretold counts as far. doubt is the mean
// variance of a truth.
func (f *studentFit) surprise(far float64) (mean, doubt float64) {
	lines := make([]struct{ n, x, y, xx, xy, yy float64 }, len(f.spread))
	var lost, all float64
	for i := range f.truth {
		from, to := f.v.on(i)
		if to == from || f.isSettled(i) {
			continue
		}
		half := [2]float64{f.halfTruth(i, 0), f.halfTruth(i, 1)}
		for j := from; j < to; j++ {
			x := half[1-f.v.origin[j]&1] - f.middle
			if !f.v.point(j) || math.IsNaN(x) {
				continue
			}
			w, s := f.v.weight[j], f.v.source[j]
			all += w
			doubt += w * min(f.doubt[i], far*far)
			y := f.v.low[j] - f.middle
			if math.Abs(f.v.low[j]-f.expected(s, x+f.middle)) > far {
				lost += w * far * far
				continue
			}
			l := &lines[s]
			l.n += w
			l.x += w * x
			l.y += w * y
			l.xx += w * x * x
			l.xy += w * x * y
			l.yy += w * y * y
		}
	}
	const enough = 8 // figures, for a line of two parameters to tell anything
	for s, l := range lines {
		if f.v.figures[s] >= enough && l.n > 0 {
			xx, xy, yy := l.xx-l.x*l.x/l.n, l.xy-l.x*l.y/l.n, l.yy-l.y*l.y/l.n
			if xx > 0 {
				yy -= xy * xy / xx
			}
			lost += max(0, yy)
		} else {
			lost += max(0, l.yy-2*l.xy+l.xx)
		}
	}
	return lost / max(all, 1), doubt / max(all, 1)
}

// halfTruth is what every second origin on an item says its truth is: the
// weighted mean from their median on, which a statement far off cannot draw near.
func (f *studentFit) halfTruth(i int, half int32) float64 {
	said := f.room[:0]
	from, to := f.v.on(i)
	doubt := 0.0
	for j := from; j < to; j++ {
		if f.v.origin[j]&1 == half && f.v.point(j) {
			p, y := f.speaks(j, f.truth[i], 0)
			if f.v.leads(j) {
				said = append(said, y)
			}
			doubt += p
		}
	}
	f.room = said
	if len(said) == 0 {
		return math.NaN()
	}
	t := middleOf(said)
	steps := 1
	if !math.IsInf(f.nu, 1) {
		steps = 5
	}
	for range steps {
		precision, pull := 0.0, 0.0
		for j := from; j < to; j++ {
			if f.v.origin[j]&1 == half && f.v.point(j) {
				p, y := f.speaks(j, t, 1/doubt)
				precision += p
				pull += p * y
			}
		}
		t = pull / precision
	}
	return t
}
