package weigh

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func TestDigamma(t *testing.T) {
	const euler = 0.57721566490153286061
	for x, want := range map[float64]float64{1: -euler, .5: -euler - 2*math.Ln2, 2: 1 - euler, 10: 2.2517525890667211077, 1e6: 13.815510057964191} {
		if got := digamma(x); math.Abs(got-want) > 1e-13*max(1, math.Abs(want)) {
			t.Errorf("digamma(%v) = %v, want %v", x, got, want)
		}
	}
	t.Run("it grows by 1/x from x to x+1", rapid.MakeCheck(func(t *rapid.T) {
		x := math.Exp(rapid.Float64Range(-10, 10).Draw(t, "ln x"))
		if got := digamma(x+1) - digamma(x); math.Abs(got-1/x) > 1e-11/x+1e-13 {
			t.Errorf("digamma grows by %v from %v, want %v", got, x, 1/x)
		}
	}))
}

func TestChiSquareQuantile(t *testing.T) {
	// Abramowitz and Stegun, table 26.8.
	for _, tt := range []struct{ p, degrees, want float64 }{
		{.025, 1, .000982069}, {.025, 2, .0506356}, {.025, 10, 3.24697}, {.975, 10, 20.4832}, {.025, 30, 16.7908}, {.025, 100, 74.2219},
	} {
		if got := chiSquareQuantile(tt.p, tt.degrees); math.Abs(got-tt.want) > 1e-5*tt.want {
			t.Errorf("chiSquareQuantile(%v, %v) = %v, want %v", tt.p, tt.degrees, got, tt.want)
		}
	}
	t.Run("it is close to Wilson and Hilferty's cube for many degrees", func(t *testing.T) {
		const n, z = 1e6, -1.959963984540054
		want := n * math.Pow(1-2/(9*n)+z*math.Sqrt(2/(9*n)), 3)
		if got := chiSquareQuantile(.025, n); math.Abs(got-want) > 1e-6*want {
			t.Errorf("got %v, want %v", got, want)
		}
	})
}
