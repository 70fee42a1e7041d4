package weigh

import (
	"cmp"
	"math"
	"slices"
)

// pool learns what sources have in common. A source counts as much as what it
// says and its voices weigh.
func (f *studentFit) pool() {
	if f.v.points == 0 {
		return
	}
	raw, weight := make([]float64, 0, len(f.spread)), make([]float64, 0, len(f.spread))
	for s, n := range f.v.figures {
		if n > 0 {
			// The mean squared error before it was shrunk.
			raw = append(raw, max(leastSpread, f.spread[s]+(f.spread[s]-f.pooled)*f.strength/n))
			weight = append(weight, n*f.v.ownWeight[s])
		}
	}
	// The median: one source that has its units wrong must not be what the
	// others are held to be like.
	f.pooled = max(leastSpread, weightedMedian(raw, weight))
	var n, sum float64
	for k, x := range raw {
		n += weight[k]
		sum += weight[k] * min(x, 16*f.pooled)
	}
	f.typical = sum / n
	f.poolStrength()
	f.poolOffsets()
	if f.gains {
		f.poolGains()
	}
}

// poolStrength sets how much sources are alike: of the variance of ln spread over
// sources, 2/n is the chance of n statements and the rest, 2/strength, is theirs.
func (f *studentFit) poolStrength() {
	const enough = 4 // statements, for ln spread to say something of the source
	var n, sum, chance float64
	each := func(do func(x, n, w float64)) {
		for s, k := range f.v.figures {
			if k >= enough {
				raw := max(leastSpread, f.spread[s]+(f.spread[s]-f.pooled)*f.strength/k)
				do(math.Log(raw/f.pooled), k, f.v.ownWeight[s])
			}
		}
	}
	each(func(x, k, w float64) {
		n += w
		sum += w * x
		chance += w * 2 / k
	})
	if n < 2 {
		f.strength = 4
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
// have in common: only differences between sources show. Sources far from the
// others count less in both, as under Student's t with three degrees of freedom.
func (f *studentFit) poolOffsets() {
	var n, sum, wide, all float64
	for s, k := range f.v.figures {
		if k == 0 {
			continue
		}
		w := f.v.ownWeight[s]
		far := 4 / (3 + f.offset[s]*f.offset[s]/max(f.offsetWide, leastSpread))
		n += w * k * far
		sum += w * k * far * f.offset[s]
		doubt := 1 / (k/f.variance(int32(s)) + 1/max(f.offsetWide, leastSpread))
		wide += w * far * (f.offset[s]*f.offset[s] + doubt)
		all += w
	}
	if n == 0 {
		return
	}
	f.offsetWide = max(leastSpread, wide/all)
	if f.settled != nil {
		return // what is known says where zero is
	}
	for s := range f.offset {
		f.offset[s] -= sum / n
	}
}

func (f *studentFit) poolGains() {
	var n, sum, wide, all float64
	for s, k := range f.v.figures {
		if k == 0 {
			continue
		}
		w, d := f.v.ownWeight[s], f.gain[s]-1
		n += w * k
		sum += w * k * d
		wide += w * (d*d + 1/(k*f.wide/f.variance(int32(s))+1/max(f.gainWide, 1e-12)))
		all += w
	}
	f.gainWide = min(gainWidest, wide/all)
	for s := range f.gain {
		f.gain[s] = max(0.1, f.gain[s]-sum/n)
	}
}

// weightedMedian is the least value with half of the weight at or below it.
func weightedMedian(x, weight []float64) float64 {
	order := make([]int32, len(x))
	total := 0.0
	for k := range order {
		order[k] = int32(k)
		total += weight[k]
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(x[a], x[b]), cmp.Compare(a, b))
	})
	below := 0.0
	for _, k := range order {
		if below += weight[k]; below >= total/2 {
			return x[k]
		}
	}
	return math.NaN()
}
