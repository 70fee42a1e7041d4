package weigh

import "math"

// pool learns what sources have in common. A source counts as much as what it
// says and its voices weigh.
func (f *studentFit) pool() {
	if f.v.points == 0 {
		return
	}
	raw := f.common[:0]
	for s, n := range f.v.figures {
		if n > 0 {
			raw = append(raw, weighted{f.raw(s) / medianOfSpread(n), n * f.v.ownWeight[s]})
		}
	}
	f.common = raw
	// One source that has its units wrong must not be what the others are held to be
	// like.
	most := 16 * weightedMedian(raw)
	var n, sum float64
	for s, k := range f.v.figures {
		if k > 0 {
			n += k * f.v.ownWeight[s]
			sum += k * f.v.ownWeight[s] * min(f.raw(s), most)
		}
	}
	f.pooled = max(leastSpread, sum/n)
	f.poolStrength()
	f.poolOffsets()
	if f.gains {
		f.poolGains()
	}
}

// raw is the mean squared error of source s before it was shrunk.
func (f *studentFit) raw(s int) float64 {
	return max(leastSpread, f.spread[s]+(f.spread[s]-f.pooled)*f.strength/f.v.figures[s])
}

// medianOfSpread is the median of the mean of n squared errors over its mean, as
// Wilson and Hilferty approximate it.
func medianOfSpread(n float64) float64 {
	x := 1 - 2/(9*n)
	return x * x * x
}

// poolStrength sets how much sources are alike: of the variance of ln spread over
// sources, 2/n is the chance of n statements and the rest, 2/strength, is theirs.
func (f *studentFit) poolStrength() {
	const enough = 4 // statements, for ln spread to say something of the source
	var n, sum, chance float64
	each := func(do func(x, n, w float64)) {
		for s, k := range f.v.figures {
			if k >= enough {
				do(math.Log(f.raw(s)/f.pooled), k, f.v.ownWeight[s])
			}
		}
	}
	each(func(x, k, w float64) {
		n += w
		sum += w * x
		chance += w * 2 / k
	})
	if n < 2 {
		f.strength = likeOthers
		return
	}
	mean, squares := sum/n, 0.0
	each(func(x, _, w float64) { squares += w * (x - mean) * (x - mean) })
	own := squares/n - chance/n
	f.strength = strongest
	if own > 2.0/strongest {
		f.strength = max(weakest, 2/own)
	}
}

// poolOffsets sets the width of their prior, and gives the truths what the sources
// have in common: only differences between sources show.
func (f *studentFit) poolOffsets() {
	middle, wide := f.inCommon(f.offset, func(s int) float64 {
		return 1 / (f.v.figures[s]/f.variance(int32(s)) + 1/max(f.offsetWide, leastSpread))
	})
	f.offsetWide = max(leastSpread, wide)
	if f.settled != nil { // what is known says where zero is
		f.offsetWide += middle * middle
		return
	}
	for s := range f.offset {
		f.offset[s] -= middle
	}
}

func (f *studentFit) poolGains() {
	middle, wide := f.inCommon(f.gain, func(s int) float64 {
		return 1 / (f.v.figures[s]*f.wide/f.variance(int32(s)) + 1/max(f.gainWide, leastSpread))
	})
	f.gainWide = min(gainWidest, wide)
	for s := range f.gain {
		f.gain[s] = max(leastGain, f.gain[s]-middle+1)
	}
}

// inCommon is the mean of x over sources, each as heavy as what it says, and the
// mean square of x about that with its doubt. Sources farther from the median than
// three standard deviations, as the median distance tells them, have nothing in
// common with the others.
func (f *studentFit) inCommon(x []float64, doubt func(s int) float64) (mean, wide float64) {
	said := f.common[:0]
	for s, k := range f.v.figures {
		if k > 0 {
			said = append(said, weighted{x[s], k * f.v.ownWeight[s]})
		}
	}
	f.common = said
	middle := weightedMedian(said)
	for k := range said {
		said[k].x = math.Abs(said[k].x - middle)
	}
	const deviations = 3 * 1.4826 // of a normal distribution, in median distances
	reach := deviations * weightedMedian(said)
	n := 0.0
	for s, k := range f.v.figures {
		if w := k * f.v.ownWeight[s]; k > 0 && math.Abs(x[s]-middle) <= reach {
			n += w
			mean += w * x[s]
		}
	}
	mean /= n
	n = 0
	for s, k := range f.v.figures {
		if d := x[s] - mean; k > 0 && math.Abs(x[s]-middle) <= reach {
			n += f.v.ownWeight[s]
			wide += f.v.ownWeight[s] * (d*d + doubt(s))
		}
	}
	return mean, wide / n
}
