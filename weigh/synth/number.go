package synth

import (
	"math"
	"math/rand/v2"
)

// instrument is the reading of one source.
type instrument struct {
	*Reading
	exact, gain, offset, noise float64
}

func (of *Reading) draw(r *rand.Rand) *instrument {
	return &instrument{of, of.Exact.draw(r), 1 + of.Gain*r.NormFloat64(), of.Offset * r.NormFloat64(), of.Noise * math.Exp(of.Unequal*r.NormFloat64())}
}

// read draws what an instrument says where the truth is x: between low and high,
// both included.
func (m *maker) read(by *instrument, x float64) (low, high float64) {
	r := m.chance
	if r.Float64() < by.exact {
		return x, x
	}
	y := by.gain*m.log(x) + by.offset + by.noise*student(r, by.Tails)
	if r.Float64() < by.Interval {
		return m.unlog(y - by.Width), m.unlog(y + by.Width)
	}
	y = m.unlog(y)
	return y, y
}

func (m *maker) log(x float64) float64 {
	if m.w.Log {
		return math.Log(x)
	}
	return x
}

func (m *maker) unlog(x float64) float64 {
	if m.w.Log {
		return math.Exp(x)
	}
	return x
}
