package weigh

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestSelecting(t *testing.T) {
	figures := rapid.Custom(func(t *rapid.T) []float64 {
		few := rapid.IntRange(1, 100).Draw(t, "different")
		return rapid.SliceOfN(rapid.Map(rapid.IntRange(1, few), func(x int) float64 { return float64(x) }), 1, 300).Draw(t, "figures")
	})
	t.Run("the figure at k is where sorting would put it", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			x := figures.Draw(t, "x")
			sorted := slices.Sorted(slices.Values(x))
			k := rapid.IntRange(0, len(x)-1).Draw(t, "k")
			if got := nth(slices.Clone(x), k); got != sorted[k] {
				t.Fatalf("nth = %v, want %v", got, sorted[k])
			}
			if got, want := middleOf(x), (sorted[(len(x)-1)/2]+sorted[len(x)/2])/2; got != want {
				t.Fatalf("middleOf = %v, want %v", got, want)
			}
		})
	})
	t.Run("many equal figures are one part", func(t *testing.T) {
		x := make([]float64, 5000)
		for k := range x {
			x[k] = float64(k * (k & 1))
		}
		for k, want := range map[int]float64{0: 0, 2499: 0, 2500: 1, 4999: 4999} {
			if got := nth(x, k); got != want {
				t.Errorf("nth %d = %v, want %v", k, got, want)
			}
		}
	})
	t.Run("half of the weight is at or below the weighted median, and less below", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			var said []weighted
			total := 0.0
			for _, x := range figures.Draw(t, "x") {
				said = append(said, weighted{x, float64(rapid.IntRange(1, 5).Draw(t, "weight"))})
				total += said[len(said)-1].weight
			}
			got := weightedMedian(slices.Clone(said))
			upTo, below := 0.0, 0.0
			for _, y := range said {
				if y.x <= got {
					upTo += y.weight
				}
				if y.x < got {
					below += y.weight
				}
			}
			if upTo < total/2 || below >= total/2 {
				t.Fatalf("%v of %v lie at or below %v, %v below", upTo, total, got, below)
			}
		})
	})
}
