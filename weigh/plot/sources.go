package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"hearsay/weigh"
)

// mostSources is how many sources are drawn one by one.
const mostSources = 40

// Columns of the rows of sources.
const (
	nameEnd   = margin + 112
	chartFrom = nameEnd + 12
	chartTo   = width - margin - 88
	shareEnd  = width - margin - 50
	countEnd  = width - margin
	rowHigh   = 17.0
	nameMost  = nameEnd - margin - 6
)

// reliability draws how often each source is right, with what is open about it.
func (d *drawing) reliability(p *page) {
	p.head("How reliable is each source?")
	said := d.said()
	shown, rest := d.chosen(said)
	if len(shown) == 0 {
		p.paragraph(soft, "This model says nothing of how reliable sources are.")
		return
	}
	what := "the chance that its next statement is right"
	if d.Table.Kind == weigh.Number {
		what = "the chance that its next figure is right, or within the model's tolerance"
	}
	p.paragraph(soft, fmt.Sprintf("A disc is %s, its line holds that with a probability of 90\u00a0%%, by the model's own reckoning. Those who depend on each other stand together.", what))
	p.y += leading + 6
	p.label(nameEnd, p.y, soft, "end", "source")
	p.label(shareEnd, p.y, soft, "end", "right")
	p.label(countEnd, p.y, soft, "end", "said")
	x := span{0, 1, chartFrom, chartTo}
	for _, t := range []float64{0, .5, 1} {
		p.label(x.at(t), p.y, soft, "middle", tick(t))
	}
	p.y += 6
	top := p.y
	mark := p.body.Len()
	for i, s := range shown {
		r := &d.Result.Sources[s]
		if i > 0 && r.Group != d.Result.Sources[shown[i-1]].Group && (d.sizes[r.Group] > 1 || d.sizes[d.Result.Sources[shown[i-1]].Group] > 1) {
			p.y += 7
		}
		if n := d.sizes[r.Group]; n > 1 && (i == 0 || d.Result.Sources[shown[i-1]].Group != r.Group) {
			p.y += rowHigh - 2
			p.text(margin, p.y, textSize, `font-weight="600" stroke="#ffffff" stroke-width="4" stroke-linejoin="round" paint-order="stroke"`, "", fmt.Sprintf("%d that depend on each other", n))
		}
		from := p.y
		p.y += rowHigh
		y := p.y - 4.5
		p.label(nameEnd, p.y, ink, "end", name(d.Source(s), nameMost))
		p.draw(`<path d="M%s %sH%s" stroke="%s" stroke-width="2"/><circle cx="%s" cy="%s" r="4" fill="%s"/>`, x.at(r.Low), y, x.at(r.High), accent, x.at(r.P), y, accent)
		p.label(shareEnd, p.y, ink, "end", share(r.P))
		p.label(countEnd, p.y, soft, "end", grouped(said[s]))
		if d.sizes[r.Group] > 1 {
			p.draw(`<path d="M%s %sV%s" stroke="%s" stroke-width="2.5"/>`, margin+1, from+3, p.y+3, ink)
		}
	}
	if len(rest) > 0 {
		d.others(p, x, rest, said)
	}
	p.y += 6
	// The scale lies behind the rows.
	rows := slices.Clone(p.body.Bytes()[mark:])
	p.body.Truncate(mark)
	for _, t := range []float64{0, .25, .5, .75, 1} {
		p.draw(`<path d="M%s %sV%s" stroke="%s"/>`, x.at(t), top, p.y, rule)
	}
	p.body.Write(rows)
	if len(rest) > 0 {
		p.paragraph(soft, fmt.Sprintf("The last row is the %s that say less: the stroke is the middle one, the box the middle half, the line nine in ten.", count(len(rest), "source")))
	}
}

// others draws the sources that are not drawn one by one: the middle half of them,
// and of the rest all but the outermost in twenty.
func (d *drawing) others(p *page, x span, rest []int32, said []int) {
	rates, statements := make([]float64, len(rest)), 0
	for i, s := range rest {
		rates[i] = d.Result.Sources[s].P
		statements += said[s]
	}
	slices.Sort(rates)
	quantile := func(q float64) float64 { return rates[int(math.Round(q*float64(len(rates)-1)))] }
	p.y += rowHigh + 7
	y := p.y - 4.5
	p.label(nameEnd, p.y, ink, "end", fmt.Sprintf("%s more", grouped(len(rest))))
	p.draw(`<path d="M%s %sH%s" stroke="%s" stroke-width="1.2"/>`, x.at(quantile(.05)), y, x.at(quantile(.95)), accent)
	p.draw(`<rect x="%s" y="%s" width="%s" height="9" fill="%s" stroke="%s" stroke-width="1.2"/>`, x.at(quantile(.25)), y-4.5, max(1, x.at(quantile(.75))-x.at(quantile(.25))), pale, accent)
	p.draw(`<path d="M%s %sv9" stroke="%s" stroke-width="2.5"/>`, x.at(quantile(.5)), y-4.5, accent)
	p.label(shareEnd, p.y, ink, "end", share(quantile(.5)))
	p.label(countEnd, p.y, soft, "end", grouped(statements))
}

// chosen are the sources to draw one by one, the groups first, the largest before,
// and in each the most reliable first; and all others of which the model says
// anything.
func (d *drawing) chosen(said []int) (shown, rest []int32) {
	for s := range int32(d.Table.Sources) {
		if r := &d.Result.Sources[s]; r.Low < r.High && said[s] > 0 {
			shown = append(shown, s)
		}
	}
	slices.SortFunc(shown, func(a, b int32) int { return cmp.Or(cmp.Compare(said[b], said[a]), cmp.Compare(a, b)) })
	if len(shown) > mostSources {
		rest = slices.Clone(shown[mostSources:])
		shown = shown[:mostSources]
	}
	slices.SortFunc(shown, func(a, b int32) int {
		x, y := &d.Result.Sources[a], &d.Result.Sources[b]
		return cmp.Or(d.byGroup(x.Group, y.Group), cmp.Compare(y.P, x.P), cmp.Compare(a, b))
	})
	return shown, rest
}

// byGroup puts larger groups first; sources that are alone are equal.
func (d *drawing) byGroup(a, b int) int {
	m, n := d.sizes[a], d.sizes[b]
	if m == 1 && n == 1 {
		return 0
	}
	return cmp.Or(cmp.Compare(n, m), cmp.Compare(a, b))
}
