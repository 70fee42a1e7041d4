package weigh

import "math"

// Where every figure of a table is a multiple of one grid, truths may be as well:
// people count in whole numbers. Whether they are the estimates tell, which then
// lie near the grid more often than anywhere else. With D the variance of an
// estimate in squared steps, what it is past the grid has the density
// 1 + 2·exp(-2π²D)·cos(2π·past) if truths are whole (the wrapped normal
// distribution, whose further terms are below a hundredth: Mardia and Jupp,
// Directional Statistics, 2000, section 3.5.7), and 1 if they lie anywhere.

// leastRounded is the variance of what rounding hides: who is more precise than
// the grid says no more than the grid does.
const leastRounded = 1.0 / 12

// plainlyWhole is how much likelier the estimates must be of whole truths, as a
// logarithm: twenty times, strong evidence after Kass and Raftery, "Bayes
// factors", JASA 90, 1995, section 3.2.
const plainlyWhole = 3

// truthsAreWhole tells whether truths lie on the table's grid.
func (a *answers) truthsAreWhole() bool {
	f, v := a.r.f, a.r.f.v
	if !v.whole {
		return false
	}
	for _, x := range a.t.SettledNumber {
		if x == x && x != v.nearest(x) {
			return false
		}
	}
	evidence := 0.0
	for i, t := range f.truth {
		if t != t || f.isSettled(i) {
			continue
		}
		steps := a.deviation(i) / v.stepAt(t)
		evidence += math.Log1p(2 * math.Exp(-2*math.Pi*math.Pi*max(steps*steps, leastRounded)) * math.Cos(2*math.Pi*v.past(v.scale.out(t))))
	}
	return evidence > plainlyWhole
}

// past is how far x is past a multiple of the grid, in steps.
func (v *voices) past(x float64) float64 {
	_, past := math.Modf(x / v.grid)
	return past
}

// nearest is the multiple of the grid nearest to x.
func (v *voices) nearest(x float64) float64 {
	if v.grid < 1 { // where dividing is exact, or nearly
		unit := math.Round(1 / v.grid)
		return math.Round(x*unit) / unit
	}
	return math.Round(x/v.grid) * v.grid
}

// likeliestWhole is the whole figure that is item i's truth with the greatest
// probability, where that is a half at least.
func (a *answers) likeliestWhole(i int, share, deviation float64) (figure float64, ok bool) {
	f, v := a.r.f, a.r.f.v
	t := f.truth[i]
	made := func(x float64) float64 { // the part of x if nothing is recorded
		low, high := v.scale.in(x-v.grid/2), v.scale.in(x+v.grid/2)
		return (1 - share) * (math.Erfc((low-t)/deviation/math.Sqrt2) - math.Erfc((high-t)/deviation/math.Sqrt2)) / 2
	}
	best := v.nearest(v.scale.out(t))
	most, listed := made(best), false
	for k := range a.candidates {
		x := a.figure(i, &a.candidates[k])
		p := a.candidates[k].p + made(x)
		if p > most || !listed && x == best {
			best, most = x, p
		}
		listed = listed || x == best
	}
	return best, most >= 0.5
}
