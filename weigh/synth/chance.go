package synth

import (
	"math"
	"math/rand/v2"
)

// Chance is a probability, known or drawn: Beta(A, B), or A itself where B is 0.
type Chance struct{ A, B float64 }

// Fixed is a chance that is known.
func Fixed(p float64) Chance { return Chance{A: p} }

// Beta is a chance drawn anew for every source or item that has it, with mean
// a/(a+b).
func Beta(a, b float64) Chance { return Chance{a, b} }

func (c Chance) valid() bool {
	if c.B == 0 {
		return c.A >= 0 && c.A <= 1
	}
	return c.A > 0 && c.B > 0 && !math.IsInf(c.A+c.B, 0)
}

func (c Chance) draw(r *rand.Rand) float64 {
	if c.B == 0 {
		return c.A
	}
	x, y := gamma(r, c.A), gamma(r, c.B)
	if x+y == 0 { // both too small for a float64: all of the mass is at the ends
		if r.Float64() < c.A/(c.A+c.B) {
			return 1
		}
		return 0
	}
	return x / (x + y)
}

// What a stream of chance is for.
const (
	forShares uint64 = iota + 1
	forItem
	forLies
	forSource
	forAnswer
)

// stream is the chance of one thing in a world. The mixing is splitmix64
// (Steele, Lea and Flood, OOPSLA 2014), so that neighbours have unlike streams.
func stream(seed, use, index uint64) *rand.Rand {
	return rand.New(rand.NewPCG(mixed(seed^mixed(use)), mixed(index+use<<32)))
}

func mixed(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// gamma draws from Gamma(shape, 1): Marsaglia and Tsang, ACM Transactions on
// Mathematical Software 26(3), 2000.
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if u := r.Float64(); u > 0 && math.Log(u) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func dirichlet(r *rand.Rand, alpha []float64) []float64 {
	shares, sum := make([]float64, len(alpha)), 0.0
	for k, a := range alpha {
		shares[k] = gamma(r, a)
		sum += shares[k]
	}
	if sum == 0 {
		shares[r.IntN(len(shares))], sum = 1, 1
	}
	for k := range shares {
		shares[k] /= sum
	}
	return shares
}

// student draws from Student's t with nu degrees of freedom; 0 is normal.
func student(r *rand.Rand, nu float64) float64 {
	z := r.NormFloat64()
	if nu == 0 {
		return z
	}
	return z / math.Sqrt(2*gamma(r, nu/2)/nu)
}

func pick(r *rand.Rand, shares []float64) int32 {
	u := r.Float64()
	for k, p := range shares {
		if u -= p; u < 0 {
			return int32(k)
		}
	}
	for k := len(shares) - 1; k > 0; k-- { // rounding ate the rest
		if shares[k] > 0 {
			return int32(k)
		}
	}
	return 0
}

// otherThan draws evenly from the n values but for one.
func otherThan(r *rand.Rand, n int, not int32) int32 {
	x := int32(r.IntN(n - 1))
	if x >= not {
		x++
	}
	return x
}
