package plot

import (
	"fmt"
	"math"
	"strings"

	"hearsay/weigh"
)

// bins are those of weigh.Score.ECE.
const bins = 10

// bin is the items with gold whose P of the answer lies in a tenth.
type bin struct{ said, right, items float64 }

// calibration draws how often answers are right beside how probable they were said
// to be.
func (d *drawing) calibration(p *page) {
	p.head("Can the probabilities be trusted?")
	truth, settled := d.tested()
	if d.Truth == nil {
		p.paragraph(soft, "Nobody can tell from the statements alone. It takes items whose truth is known (gold) and that the model was not told. None were given, so there is no curve here.")
		return
	}
	score := weigh.ScoreCandidates(d.Result.Verdicts, truth)
	if score.Items == 0 {
		p.paragraph(soft, "No item whose truth is known was left to test by, so there is no curve here."+settledWords(settled))
		return
	}
	p.paragraph(ink, fmt.Sprintf("Of %s whose truth is known, the answer is right for %s. On average P lies %s from how often answers of its kind are right (ECE), and the Brier score is %s: 0 is perfect, and an even guess of two has .50.%s",
		count(score.Items, "item"), percent(score.Accuracy), three(score.ECE), three(score.Brier), settledWords(settled)))
	d.curve(p, d.binned(truth))
	p.paragraph(soft, "A disc is the answers with P in one tenth of the scale, its bar holds how often such are right with a probability of 90\u00a0%. Below the dashed line P promises too much, above it too little. Columns count the items.")
}

// tested is the gold without what the model was told.
func (d *drawing) tested() (truth []int32, settled int) {
	truth = make([]int32, len(d.Truth))
	copy(truth, d.Truth)
	for i := range d.Table.Settled {
		if i < len(truth) && truth[i] != weigh.Unsettled && d.Table.Settled[i] != weigh.Unsettled {
			truth[i] = weigh.Unsettled
			settled++
		}
	}
	return truth, settled
}

func settledWords(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" Left out: %s that the model was told.", count(n, "settled item"))
}

func (d *drawing) binned(truth []int32) [bins]bin {
	var all [bins]bin
	for i, g := range truth {
		v := &d.Result.Verdicts[i]
		if g == weigh.Unsettled {
			continue
		}
		said, right := 0.0, 0.0
		if v.Top >= 0 {
			said = v.P[v.Top]
			if int32(v.Top) == g {
				right = 1
			}
		}
		b := &all[min(bins-1, int(said*bins))]
		b.said += said
		b.right += right
		b.items++
	}
	return all
}

func (d *drawing) curve(p *page, all [bins]bin) {
	low, most := .5, 0.0
	var words []string
	for j, b := range all {
		if b.items == 0 {
			continue
		}
		from, _ := wilson(b.right, b.items)
		low, most = min(low, float64(j)/bins, math.Floor(from*bins)/bins), max(most, b.items)
		words = append(words, fmt.Sprintf("of %s with P about %s, %s are right", count(int(b.items), "item"), share(b.said/b.items), percent(b.right/b.items)))
	}
	const left, right, tall, foot = margin + 34, width - margin - 4, 190.0, 46.0
	top := p.y + 32
	x, y := span{low, 1, left, right}, span{low, 1, top + tall, top}
	defer p.chart("How often answers are right, by how probable they were said to be", strings.Join(words, "; ")+".")()
	p.label(margin, top-10, soft, "", "right")
	for t := int(math.Round(low * bins)); t <= bins; t++ {
		v := float64(t) / bins
		if step := int(math.Ceil((1 - low) * bins / 6)); (bins-t)%step != 0 {
			continue
		}
		p.draw(`<path d="M%s %sH%s" stroke="%s"/>`, left, y.at(v), right, rule)
		p.label(left-6, y.at(v)+4, soft, "end", tick(v))
		p.label(x.at(v), top+tall+foot+31, soft, "middle", tick(v))
	}
	p.label(margin, top+tall+foot+31, soft, "", "P")
	p.draw(`<path d="M%s %sL%s %s" stroke="%s" stroke-width="1.2" stroke-dasharray="5 4"/>`, x.at(low), y.at(low), x.at(1), y.at(1), soft)

	line := ""
	for j, b := range all {
		if b.items == 0 {
			continue
		}
		// The histogram below.
		from, to := x.at(float64(j)/bins)+2, x.at(float64(j+1)/bins)-2
		high := max(1, foot*b.items/most)
		base := top + tall + foot + 16
		p.draw(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`, from, base-high, to-from, high, pale)
		p.label((from+to)/2, min(base-high-3, base-5), ink, "middle", grouped(int(b.items)))
		at := fmt.Sprintf("%s %s", at(x.at(b.said/b.items)), at(y.at(b.right/b.items)))
		if line == "" {
			line = "M" + at
		} else {
			line += "L" + at
		}
	}
	p.draw(`<path d="%s" fill="none" stroke="%s" stroke-width="2" stroke-linejoin="round"/>`, line, accent)
	for _, b := range all {
		if b.items == 0 {
			continue
		}
		from, to := wilson(b.right, b.items)
		cx := x.at(b.said / b.items)
		p.draw(`<path d="M%s %sV%sM%s %sh8M%s %sh8" stroke="%s" stroke-width="1.5"/>`, cx, y.at(from), y.at(to), cx-4, y.at(from), cx-4, y.at(to), accent)
		p.draw(`<circle cx="%s" cy="%s" r="4.5" fill="%s" stroke="#ffffff"/>`, cx, y.at(b.right/b.items), accent)
	}
	p.y = top + tall + foot + 36
}

// wilson is the interval that holds a share of which right of n were seen, with a
// probability of 90 % (Wilson 1927).
func wilson(right, n float64) (low, high float64) {
	const z = 1.6449
	f, d := right/n, 1+z*z/n
	middle, half := (f+z*z/(2*n))/d, z/d*math.Sqrt(f*(1-f)/n+z*z/(4*n*n))
	return max(0, middle-half), min(1, middle+half)
}

func three(x float64) string { return strings.TrimPrefix(fmt.Sprintf("%.3f", x), "0") }

// tick prints a tenth.
func tick(v float64) string {
	switch v {
	case 0, 1:
		return fmt.Sprintf("%.0f", v)
	}
	return strings.TrimPrefix(fmt.Sprintf("%.1f", v), "0")
}
