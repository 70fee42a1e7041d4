package plot

import (
	"fmt"
	"math"
	"strings"

	"hearsay/weigh"
)

// Errors are counted in bins of half an interval's half, to three of those on each side.
const (
	errorBins  = 12
	errorReach = 3.0
)

// errors draws how far figures are from the truth, as a part of what their
// intervals allow: what lies within one either way is covered.
func (d *drawing) errors(p *page) {
	p.head("Can the intervals be trusted?")
	if d.Number == nil {
		p.paragraph(soft, "Nobody can tell from the statements alone. It takes items whose truth is known (gold) and that the model was not told. None were given, so there is no chart here.")
		return
	}
	truth, settled := d.testedNumbers()
	score := weigh.ScoreNumbers(d.Result.Verdicts, truth)
	if score.Items == 0 {
		p.paragraph(soft, "No item whose truth is known was left to test by, so there is no chart here."+settledWords(settled))
		return
	}
	p.paragraph(ink, fmt.Sprintf("Of %s whose truth is known, the intervals hold %s; they should hold 90\u00a0%%. The figure is off by %s on average, and by %s as the root of the mean square.%s",
		count(score.Items, "item"), percent(score.Covered), short(score.MAE), short(score.RMSE), settledWords(settled)))

	var bins [errorBins + 2]float64 // the first and the last for what lies beyond
	for i, g := range truth {
		v := &d.Result.Verdicts[i]
		if math.IsNaN(g) || math.IsNaN(v.Value) {
			continue
		}
		x := offBy(v, g)
		bins[1+int(min(max(math.Floor((x+errorReach)/errorReach*errorBins/2), -1), errorBins))]++
	}
	most := 0.0
	for _, n := range bins {
		most = max(most, n)
	}
	const tall, left, right = 120.0, margin + 4, width - margin - 4
	top := p.y + 24
	foot := top + tall
	end := p.chart("How far truths lie from the figures, as parts of what the intervals allow", errorWords(bins[:]))
	step := (right - left) / float64(len(bins))
	x := span{-errorReach, errorReach, left + step, right - step}
	p.draw(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s" fill-opacity=".45"/>`, x.at(-1), top-6, x.at(1)-x.at(-1), tall+6, pale)
	for j, n := range bins {
		if n == 0 {
			continue
		}
		high := max(1, (tall-16)*n/most)
		from := left + float64(j)*step
		p.draw(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`, from+1, foot-high, step-2, high, accent)
		p.label(from+step/2, foot-high-4, ink, "middle", grouped(int(n)))
	}
	p.draw(`<path d="M%s %sH%s" stroke="%s"/>`, left, foot, right, soft)
	p.label(left, foot+16, soft, "", "lower")
	p.label(x.at(-1), foot+16, soft, "middle", "low")
	p.label(x.at(0), foot+16, soft, "middle", "figure")
	p.label(x.at(1), foot+16, soft, "middle", "high")
	p.label(right, foot+16, soft, "end", "higher")
	end()
	p.y = foot + 20
	p.paragraph(soft, "Columns count items by where the truth lies: within the shaded part its interval holds it. The outermost are all that lie further off than three times that.")
}

// offBy is how far the truth lies from a figure, 1 where the interval ends.
func offBy(v *weigh.Verdict, truth float64) float64 {
	if truth == v.Value {
		return 0
	}
	half := v.High - v.Value
	if truth < v.Value {
		half = v.Value - v.Low
	}
	return (truth - v.Value) / half // by nothing: infinitely far
}

func errorWords(bins []float64) string {
	var words []string
	step := 2 * errorReach / errorBins
	for j, n := range bins {
		if n == 0 {
			continue
		}
		from := -errorReach + float64(j-1)*step
		switch j {
		case 0:
			words = append(words, fmt.Sprintf("below %g: %g", -errorReach, n))
		case len(bins) - 1:
			words = append(words, fmt.Sprintf("above %g: %g", errorReach, n))
		default:
			words = append(words, fmt.Sprintf("%g to %g: %g", from, from+step, n))
		}
	}
	return "Items by where the truth lies, the interval being -1 to 1. " + strings.Join(words, "; ") + "."
}

func (d *drawing) testedNumbers() (truth []float64, settled int) {
	truth = make([]float64, len(d.Number))
	copy(truth, d.Number)
	for i, x := range d.Table.SettledNumber {
		if i < len(truth) && !math.IsNaN(truth[i]) && !math.IsNaN(x) {
			truth[i] = math.NaN()
			settled++
		}
	}
	return truth, settled
}

// short prints a measure with three digits that count.
func short(x float64) string {
	if math.Abs(x) >= 1000 && math.Abs(x) < 1e15 {
		return fmt.Sprintf("%.0f", x)
	}
	return fmt.Sprintf("%.3g", x)
}
