package weigh

import "math"

// Sources on one item share errors that no comparison between them can show: all
// of a crowd judge a headline by the same words. What can show is that items
// differ in how far statements on them spread: where nothing is hard, statements
// spread alike everywhere. On all of fifteen crowds with known truth
// (docs/weigh.md) the spread differs, by a correlation of .12 to .72, and sources
// share .25 to .67 of their squared error, .39 in the median; how much of one
// does not tell how much of the other. Of independent noise the correlation is
// under .1.
//
// So: a crowd whose correlation is plain shares the median's part, one that
// shows none shares nothing, and in between part of it.
const (
	sharedMedian   = 0.387
	plainDifficult = 0.25
	noDifficulty   = 0.10
)

// sharedError is the variance that sources share over the variance that shows.
func (f *studentFit) sharedError(medians []float64, far float64) float64 {
	part := (f.difficulty(medians, far) - noDifficulty) / (plainDifficult - noDifficulty)
	part = max(0, min(1, part)) * sharedMedian
	return part / (1 - part)
}

// difficulty is the correlation over pairs of statements on one item of how far
// each lies from what the others say, in spreads of its source: zero where items
// are equally hard. Figures farther than far from their item's median are left
// out: one slip of the pen makes no item hard.
func (f *studentFit) difficulty(medians []float64, far float64) float64 {
	size := make([]float64, len(f.v.row))
	var n, sum float64
	for i := range f.truth {
		from, to := f.v.on(i)
		precision, pull := 0.0, 0.0
		for j := from; j < to; j++ {
			if size[j] = math.NaN(); f.v.point(j) && math.Abs(f.v.low[j]-medians[i]) <= far {
				p, y := f.speaks(j, f.truth[i], f.doubt[i])
				precision += p
				pull += p * y
				size[j] = 0
			}
		}
		for j := from; j < to; {
			first, p, q := int32(-1), precision, pull // without this origin, which counts once
			for origin := f.v.origin[j]; j < to && f.v.origin[j] == origin; j++ {
				if size[j] != 0 {
					continue
				}
				mine, y := f.speaks(j, f.truth[i], f.doubt[i])
				p -= mine
				q -= mine * y
				if size[j] = math.NaN(); first < 0 {
					first = j
				}
			}
			if first < 0 || p <= precision*1e-9 {
				continue
			}
			s := f.v.source[first]
			e := f.v.low[first] - f.expected(s, q/p)
			size[first] = math.Abs(e) / math.Sqrt(f.spread[s]+f.gain[s]*f.gain[s]/p)
			n++
			sum += size[first]
		}
	}
	if n < 2 {
		return 0
	}
	mean := sum / n
	var pairs, squares float64
	for i := range f.truth {
		var k, total, square float64
		for j, to := f.v.on(i); j < to; j++ {
			if d := size[j] - mean; d == d {
				k++
				total += d
				square += d * d
			}
		}
		if k > 2 {
			chance := sizesOfResiduals(k)
			pairs += (total*total-square)/(k-1) - chance*square
			squares += square * (1 - chance)
		}
	}
	if squares == 0 {
		return 0
	}
	return pairs / squares
}

// sizesOfResiduals is the correlation of the sizes of two of n distances from a
// common mean: those are normal with correlation -1/(n-1).
func sizesOfResiduals(n float64) float64 {
	r := -1 / (n - 1)
	return (math.Sqrt(1-r*r) + r*math.Asin(r) - 1) / (math.Pi/2 - 1)
}
