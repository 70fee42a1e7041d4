package weigh

import "math"

// between is the logarithm of the chance that a figure lies between two bounds,
// with its slope and curvature (less the second derivative) along the figure's
// expectation.
type between struct{ log, slope, curvature float64 }

// strayChance is how likely a bound is to be plain wrong: it keeps one bound far
// from all else from outweighing everything.
const strayChance = 1e-6

// studentBetween is for a figure whose distance from expected, in spreads, has
// Student's t distribution with nu degrees of freedom, one of {1, 3, 8, ∞}.
func studentBetween(nu, low, high, expected, spread float64) between {
	a, b := (low-expected)/spread, (high-expected)/spread
	var chance float64
	if a > 0 { // differences of small tails, not of numbers near one
		chance = studentTail(nu, a) - studentTail(nu, b)
	} else {
		chance = studentTail(nu, -b) - studentTail(nu, -a)
	}
	chance = strayChance + (1-strayChance)*max(0, chance)
	fa, fb := studentDensity(nu, a), studentDensity(nu, b)
	first := (fa - fb) / spread / chance
	second := (studentSlope(nu, b, fb) - studentSlope(nu, a, fa)) / (spread * spread) / chance
	return between{log: math.Log(min(1, chance)), slope: first, curvature: first*first - second}
}

// studentTail is the chance of more than x. Closed forms: Johnson, Kotz and
// Balakrishnan, Continuous Univariate Distributions 2, 2nd edition, section 28.2.
func studentTail(nu, x float64) float64 {
	switch {
	case math.IsInf(x, 1):
		return 0
	case math.IsInf(x, -1):
		return 1
	case nu == 1:
		return math.Atan2(1, x) / math.Pi
	case nu == 3:
		r := x / math.Sqrt(3)
		return max(0, (math.Atan2(1, r)-r/(1+r*r))/math.Pi)
	case nu == 8:
		s := x / math.Sqrt(8+x*x)
		c := 1 - s*s
		return max(0, (1-s*(1+c/2*(1+3*c/4*(1+5*c/6))))/2)
	}
	return math.Erfc(x/math.Sqrt2) / 2
}

func studentDensity(nu, x float64) float64 { return math.Exp(studentLogDensity(nu, x)) }

func studentLogDensity(nu, x float64) float64 {
	if math.IsInf(nu, 1) {
		return -x*x/2 - 0.9189385332046727 // ½ ln 2π
	}
	return studentNorm(nu) - (nu+1)/2*math.Log1p(x*x/nu)
}

// studentNorm is the logarithm of the density at zero.
func studentNorm(nu float64) float64 {
	switch nu {
	case 1:
		return -1.1447298858494002 // ln(1/π)
	case 3:
		return -1.0008888496235095 // ln(2/(π√3))
	}
	return -0.9501086121502309 // nu 8: ln(35/(64√2))
}

// studentSlope is the derivative of the density at x, where it is f.
func studentSlope(nu, x, f float64) float64 {
	switch {
	case math.IsInf(x, 0):
		return 0
	case math.IsInf(nu, 1):
		return -x * f
	}
	return -x * (nu + 1) / (nu + x*x) * f
}

// ninetyPercent is how many spreads either side of its middle hold 90 % of
// Student's t distribution: the expansion of Fisher and Cornish 1960 in the
// inverse of the degrees of freedom, which is right to a hundredth from three on.
func ninetyPercent(freedom float64) float64 {
	const z, z3, z5 = ninety, ninety * ninety * ninety, ninety * ninety * ninety * ninety * ninety
	switch {
	case freedom < 1.5:
		return 6.3138
	case freedom < 2.5:
		return 2.9200
	}
	return z + (z3+z)/(4*freedom) + (5*z5+16*z3+3*z)/(96*freedom*freedom) + (3*z5*z*z+19*z5+17*z3-15*z)/(384*freedom*freedom*freedom)
}
