package weigh

import (
	"math"
	"slices"
)

// numberScale takes figures to the scale that they are weighed on: less a middle
// and divided by a spread of the table's own, so that nothing depends on units,
// after taking logarithms where errors grow with what is counted.
type numberScale struct {
	log            bool
	middle, spread float64
}

// farthest is where the scale ends: beyond it a figure is as wrong as can be, and
// its fourth power still fits a float64 ten million times.
const farthest = 1e60

func (c numberScale) in(x float64) float64 {
	if c.log {
		x = math.Log(max(x, 0))
	}
	if math.IsInf(x, 0) {
		return x
	}
	// Halves, because the distance of two figures need not fit a float64.
	z := (x/2 - c.middle/2) / (c.spread / 2)
	return max(-farthest, min(farthest, z))
}

func (c numberScale) out(z float64) float64 {
	if math.IsInf(z, 0) {
		return z // nothing is known, on any scale
	}
	x := c.middle + z*c.spread
	if c.log {
		x = math.Exp(x)
	}
	return max(-math.MaxFloat64, min(math.MaxFloat64, x))
}

// scaleOf chooses the scale. Logarithms are asked for where every figure is
// above zero, the middle nine in ten span a power of ten, and errors that grow with the figure explain the table better than
// errors that do not: with the distances d of a figure from the median of its
// item exponentially distributed, n figures are n ln(mean d) harder to believe,
// and the logarithm's own density adds the mean of ln x.
func scaleOf(t *Table, v *voices) numberScale {
	var all []float64
	positive := true
	for j, row := range v.row {
		positive = positive && t.High[row] > 0 && t.Low[row] >= 0
		if t.Low[row] == t.High[row] {
			positive = positive && t.Low[row] > 0
			if v.leads(int32(j)) {
				all = append(all, t.Low[row])
			}
		}
	}
	if len(all) == 0 { // what bounds there are say where and how wide the table is
		for _, row := range v.row {
			for _, x := range []float64{t.Low[row], t.High[row]} {
				if !math.IsInf(x, 0) {
					all = append(all, x)
				}
			}
		}
		positive = false
	}
	if len(all) == 0 {
		return numberScale{spread: 1}
	}
	n := len(all)
	c := numberScale{log: positive && nth(all, n-1-n/20) >= wideForLogarithms*nth(all, n/20) && errorsGrow(t, v)}
	if c.log {
		for k, x := range all {
			all[k] = math.Log(x)
		}
	}
	c.middle = nth(all, n/2)
	// The quartiles, or where half the table is one figure ever more of it.
	for part := 4; ; part *= 2 {
		if c.spread = nth(all, n-1-n/part)/2 - nth(all, n/part)/2; c.spread > 0 || n/part == 0 {
			break
		}
	}
	if c.spread == 0 {
		c.spread = max(math.Abs(c.middle), math.SmallestNonzeroFloat64)
	}
	if c.spread < 1e-300 {
		c.spread = 1
	}
	return c
}

// wideForLogarithms: on a narrower table the scales hardly differ.
const wideForLogarithms = 10

// fewestForLogarithms is how many distances a choice of scale needs: fewer say
// nothing about how errors grow.
const fewestForLogarithms = 8

func errorsGrow(t *Table, v *voices) bool {
	var said []float64
	var plain, relative, level float64
	n, items := 0.0, 0
	for i := range t.Items {
		said = said[:0]
		for from, to := v.on(i); from < to; from++ {
			if x := t.Low[v.row[from]]; x == t.High[v.row[from]] && v.leads(from) {
				said = append(said, x)
			}
		}
		if len(said) < 2 {
			continue
		}
		if slices.Min(said) == slices.Max(said) {
			continue
		}
		items++
		middle := nth(said, len(said)/2)
		for _, x := range said {
			if x != middle {
				plain += math.Abs(x - middle)
				relative += math.Abs(math.Log(x / middle))
				level += math.Log(x)
				n++
			}
		}
	}
	if n < fewestForLogarithms || items < 2 {
		return false
	}
	return math.Log(relative/n)+level/n < math.Log(plain/n)
}

// gridOf is the greatest power of ten of which nearly all figures are multiples:
// what a figure's last digit is worth; and whether all are.
func gridOf(t *Table, v *voices) (grid float64, whole bool) {
	points := 0
	for j, row := range v.row {
		if t.Low[row] == t.High[row] && v.leads(int32(j)) {
			points++
		}
	}
	usual := v.scale.spread
	if v.scale.log {
		usual = math.Exp(v.scale.middle)
	}
	const above, below = 6, 12 // powers of ten from the usual figure to look at
	highest := int(math.Floor(math.Log10(usual))) + above
	for power := highest; power > highest-above-below; power-- {
		grid, off := math.Pow10(power), 0
		for j, row := range v.row {
			if x := t.Low[row]; x == t.High[row] && v.leads(int32(j)) {
				if q := x / grid; math.Abs(q-math.Round(q)) > 1e-6 {
					if off++; off*20 > points {
						break
					}
				}
			}
		}
		if off*20 <= points {
			return grid, off == 0 && points > 0
		}
	}
	return math.Pow10(highest - above - below), false
}

// stepAt is the grid at x on the scale.
func (v *voices) stepAt(x float64) float64 {
	if v.scale.log {
		return v.grid / v.scale.out(x)
	}
	return v.grid / v.scale.spread
}
