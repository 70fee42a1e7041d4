package weigh

import (
	"cmp"
	"slices"
)

// few is how many figures are sorted rather than parted.
const few = 24

// nth is the figure that x would have at k were it sorted; it reorders x. What is
// below a pivot goes before what equals it, and that before what is above, in time
// proportional to len(x) all in all: Hoare, "Algorithm 65: find", CACM 4(7), 1961,
// with a sort where the parts do not shrink.
func nth(x []float64, k int) float64 {
	for patience := 64; len(x) > few && patience > 0; patience-- {
		pivot := middleOfThree(x[0], x[len(x)/2], x[len(x)-1])
		below, above := 0, len(x)
		for k := 0; k < above; {
			switch y := x[k]; {
			case y < pivot:
				x[k], x[below] = x[below], y
				below++
				k++
			case y > pivot:
				above--
				x[k], x[above] = x[above], y
			default:
				k++
			}
		}
		switch {
		case k < below:
			x = x[:below]
		case k >= above:
			x, k = x[above:], k-above
		default:
			return pivot
		}
	}
	slices.Sort(x)
	return x[k]
}

// middleOf is the middle of x, of an even number that between the two; it reorders x.
func middleOf(x []float64) float64 {
	n := len(x)
	high := nth(x, n/2)
	if n%2 == 1 {
		return high
	}
	return slices.Max(x[:n/2])/2 + high/2 // those before are no greater
}

// weighted is a figure with a weight.
type weighted struct{ x, weight float64 }

// weightedMedian is the least figure with half of the weight at or below it; it
// reorders said.
func weightedMedian(said []weighted) float64 {
	total := 0.0
	for _, y := range said {
		total += y.weight
	}
	half := total / 2 * (1 - 1e-12) // however weights were rounded
	for patience := 64; len(said) > few && patience > 0; patience-- {
		pivot := middleOfThree(said[0].x, said[len(said)/2].x, said[len(said)-1].x)
		below, above := 0, len(said)
		light, same := 0.0, 0.0
		for k := 0; k < above; {
			switch y := said[k]; {
			case y.x < pivot:
				light += y.weight
				said[k], said[below] = said[below], y
				below++
				k++
			case y.x > pivot:
				above--
				said[k], said[above] = said[above], y
			default:
				same += y.weight
				k++
			}
		}
		switch {
		case light >= half:
			said = said[:below]
		case light+same < half:
			said, half = said[above:], half-light-same
		default:
			return pivot
		}
	}
	slices.SortFunc(said, func(a, b weighted) int { return cmp.Or(cmp.Compare(a.x, b.x), cmp.Compare(a.weight, b.weight)) })
	for _, y := range said {
		if half -= y.weight; half <= 0 {
			return y.x
		}
	}
	return said[len(said)-1].x
}

func middleOfThree(a, b, c float64) float64 {
	return max(min(a, b), min(max(a, b), c))
}
