package weigh

import "math"

// digamma is the derivative of ln Γ at x > 0, to about 1e-13 relative to
// max(1, |digamma|): ψ(x) = ψ(x+1) - 1/x up to ten, then the asymptotic series.
// Abramowitz and Stegun, 6.3.5 and 6.3.18.
func digamma(x float64) float64 {
	// The product of the steps divides once where summing their inverses would
	// divide ten times.
	sum, product := 0.0, 1.0
	for ; x < 10; x++ {
		sum, product = sum*x+product, product*x
	}
	y := 1 / (x * x)
	return math.Log(x) - .5/x - y*(1.0/12-y*(1.0/120-y*(1.0/252-y*(1.0/240-y*(1.0/132-y*(691.0/32760)))))) - sum/product
}

// chiSquareQuantile is the value that a chi-square variable of n degrees stays
// below with chance p, to a relative error of 1e-9.
func chiSquareQuantile(p, n float64) float64 {
	low, high := 0.0, n+10*math.Sqrt(2*n)+20
	for high-low > 1e-10*high {
		if middle := (low + high) / 2; gammaP(n/2, middle/2) < p {
			low = middle
		} else {
			high = middle
		}
	}
	return (low + high) / 2
}

// gammaP is the regularised incomplete gamma function P(a, x), by its series below
// a+1 and by its continued fraction above. Abramowitz and Stegun, 6.5.29 and
// 6.5.31, the fraction after Lentz.
func gammaP(a, x float64) float64 {
	if x <= 0 {
		return 0
	}
	logGamma := lgamma(a)
	front := math.Exp(a*math.Log(x) - x - logGamma)
	const enough = 1e-15
	if x < a+1 {
		term := 1 / a
		sum := term
		for n := a + 1; term > enough*sum; n++ {
			term *= x / n
			sum += term
		}
		return front * sum
	}
	b := x + 1 - a
	c, d := math.Inf(1), 1/b
	product := d
	for n := 1.0; n < 1e6; n++ {
		step := -n * (n - a)
		b += 2
		d = 1 / (step*d + b)
		c = b + step/c
		product *= c * d
		if math.Abs(c*d-1) < enough {
			break
		}
	}
	return 1 - front*product
}

// lgamma is the logarithm of the gamma function of a positive number.
func lgamma(x float64) float64 {
	y, _ := math.Lgamma(x)
	return y
}
