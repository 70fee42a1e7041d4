package site

import (
	"fmt"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"hearsay"
)

// chartPoint is one figure of a series with what it was said to be earlier.
type chartPoint struct {
	period   string  // as printed below the axis
	at       float64 // middle of the period, in days
	value    hearsay.Value
	label    string // the figure, as printed
	standing hearsay.Standing
	earlier  []earlierFigure // oldest first, without the current one
}

type earlierFigure struct {
	as    hearsay.Date // as of which publication; zero where no record says
	value hearsay.Value
	label string
}

// chart is what drawing a series needs, in the measures of the picture.
type chart struct {
	id                       string // unique in its page
	title, description       string
	points                   []chartPoint
	log                      bool
	group                    func(string) string // prints the numbers of the scale
	width, height            float64
	left, right, top, bottom float64
	lead                     float64 // room for the trail of the first point
	lowest, highest          float64 // of the scale
	first, last              float64 // days
}

const (
	chartText  = 13.0
	chartDigit = 7.4 // the width of a digit at that size, on the safe side
)

// size is a picture for one width of screen. A single picture that shrinks to a
// phone would have letters nobody can read, so there is one for each.
type size struct {
	name          string
	width, height float64
}

var chartSizes = []size{{"wide", 640, 340}, {"narrow", 328, 300}}

// draw returns the chart as SVG in a size.
func (c chart) draw(s size) template.HTML {
	c.id += "-" + s.name
	c.width, c.height = s.width, s.height
	c.scale()
	var b strings.Builder
	fmt.Fprintf(&b, `<svg class="chart %s" viewBox="0 0 %g %g" width="%g" height="%g" role="img" aria-labelledby="%s-t %s-d" font-family="system-ui, sans-serif" font-size="%g">`,
		s.name, s.width, s.height, s.width, s.height, c.id, c.id, chartText)
	fmt.Fprintf(&b, `<title id="%s-t">%s</title><desc id="%s-d">%s</desc>`,
		c.id, escape(c.title), c.id, template.HTMLEscapeString(c.description))
	c.drawScale(&b)
	c.drawEarlier(&b)
	c.drawSpread(&b)
	c.drawCurrent(&b)
	b.WriteString(`</svg>`)
	return template.HTML(b.String())
}

// scale finds the range of figures and days and the margins that labels need.
func (c *chart) scale() {
	c.lowest, c.highest = math.Inf(1), math.Inf(-1)
	c.first, c.last = math.Inf(1), math.Inf(-1)
	for _, p := range c.points {
		c.first, c.last = min(c.first, p.at), max(c.last, p.at)
		for _, v := range append([]hearsay.Value{p.value}, earlierValues(p)...) {
			low, high := bounds(v)
			c.lowest, c.highest = min(c.lowest, low), max(c.highest, high)
		}
	}
	if c.lowest <= 0 {
		c.log = false
	}
	if ticks := c.ticks(); len(ticks) > 1 {
		if c.log {
			c.lowest, c.highest = min(c.lowest, ticks[0]), max(c.highest, ticks[len(ticks)-1])
		} else {
			c.lowest, c.highest = ticks[0], ticks[len(ticks)-1]
		}
	}
	widest := 0
	for _, t := range c.ticks() {
		widest = max(widest, len(c.group(plainNumber(t))))
	}
	c.left, c.right = float64(widest)*chartDigit+12, 22
	c.top, c.bottom = 24, 34
	for _, p := range c.points {
		if p.at == c.first {
			c.lead = trailStep * float64(min(len(p.earlier), maxTrail))
		}
	}
}

func earlierValues(p chartPoint) []hearsay.Value {
	var values []hearsay.Value
	for _, e := range p.earlier {
		values = append(values, e.value)
	}
	return values
}

// bounds returns the finite ends of a figure.
func bounds(v hearsay.Value) (low, high float64) {
	low, high = v.Low, v.High
	if math.IsInf(low, 0) {
		low = high
	}
	if math.IsInf(high, 0) {
		high = low
	}
	return low, high
}

func middle(v hearsay.Value) float64 {
	if !strings.Contains(v.Text, "..") {
		if x, err := strconv.ParseFloat(v.Text, 64); err == nil {
			return x
		}
	}
	low, high := bounds(v)
	return (low + high) / 2
}

func plainNumber(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// ticks returns round numbers that hold the figures between them. A scale that
// is not logarithmic begins at nought, so that heights can be compared.
func (c *chart) ticks() []float64 {
	if c.log {
		return logTicks(c.lowest, c.highest)
	}
	low, high := min(c.lowest, 0), max(c.highest, 0)
	if high == low {
		high = low + 1
	}
	step := roundStep((high - low) / 4)
	var ticks []float64
	for i := math.Floor(low / step); i <= math.Ceil(high/step); i++ {
		ticks = append(ticks, i*step)
	}
	return ticks
}

// roundStep returns the first of 1, 2, 5, 10, … that is no smaller.
func roundStep(x float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(x)))
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= x*(1-1e-9) {
			return m * unit
		}
	}
	return 10 * unit
}

// logTicks returns 1, 2, 5, 10, … from the last below low to the first above
// high, and fewer of them where that is many.
func logTicks(low, high float64) []float64 {
	for _, steps := range [][]float64{{1, 2, 3, 4, 5, 6, 7, 8, 9}, {1, 2, 3, 5, 7}, {1, 2, 5}, {1}} {
		var all []float64
		for e := math.Floor(math.Log10(low)); e <= math.Floor(math.Log10(high))+1; e++ {
			for _, m := range steps {
				all = append(all, m*math.Pow(10, e))
			}
		}
		from, to := 0, len(all)-1
		for from+1 < len(all) && all[from+1] <= low {
			from++
		}
		for to > 0 && all[to-1] >= high {
			to--
		}
		if ticks := all[from : to+1]; len(ticks) <= 6 || len(steps) == 1 {
			return ticks
		}
	}
	return nil
}

func (c *chart) x(at float64) float64 {
	left, right := c.left+18+c.lead, c.width-c.right
	if c.last == c.first {
		return (left + right) / 2
	}
	return left + (at-c.first)/(c.last-c.first)*(right-left)
}

func (c *chart) y(v float64) float64 {
	low, high := c.lowest, c.highest
	if c.log {
		v, low, high = math.Log(v), math.Log(low), math.Log(high)
	}
	foot := c.height - c.bottom
	if high == low {
		return (c.top + foot) / 2
	}
	return foot - (v-low)/(high-low)*(foot-c.top)
}

func (c *chart) drawScale(b *strings.Builder) {
	b.WriteString(`<g class="scale" stroke="currentColor" stroke-width="1" stroke-opacity=".22" fill="currentColor">`)
	for _, t := range c.ticks() {
		y := c.y(t)
		fmt.Fprintf(b, `<path d="M%.1f %.1fH%.1f"/><text x="%.1f" y="%.1f" text-anchor="end" stroke="none">%s</text>`,
			c.left, y, c.width-c.right+10, c.left-7, y+4.5, escape(c.group(plainNumber(t))))
	}
	free := math.Inf(-1)
	for _, p := range c.points {
		x, wide := c.x(p.at), float64(len([]rune(p.period)))*chartDigit
		if x-wide/2 < free {
			continue // the table below has every period
		}
		// The last label keeps to the picture.
		anchor := min(x, c.width-wide/2)
		fmt.Fprintf(b, `<path d="M%.1f %.1fv5"/><text x="%.1f" y="%.1f" text-anchor="middle" stroke="none">%s</text>`,
			x, c.height-c.bottom, anchor, c.height-c.bottom+20, escape(p.period))
		free = anchor + wide/2 + 8
	}
	b.WriteString(`</g>`)
}

// drawEarlier draws what the figures were said to be, as of each publication
// but the last, and the figures of then as a faint line where there are more.
func (c *chart) drawEarlier(b *strings.Builder) {
	b.WriteString(`<g class="earlier" stroke="currentColor" fill="none" stroke-width="1.2" stroke-opacity=".45">`)
	for _, as := range c.publications() {
		var line []string
		for _, p := range c.points {
			if v, ok := figureAsOf(p, as); ok {
				line = append(line, fmt.Sprintf("%.1f %.1f", c.x(p.at), c.y(middle(v))))
			}
		}
		if len(line) > 1 {
			fmt.Fprintf(b, `<path d="M%s" stroke-dasharray="3 3"/>`, strings.Join(line, "L"))
		}
	}
	for _, p := range c.points {
		trail := c.trail(p)
		if len(trail) == 0 {
			continue
		}
		b.WriteString(`<path d="M`)
		for _, e := range trail {
			fmt.Fprintf(b, "%.1f %.1fL", e.x, e.y)
		}
		fmt.Fprintf(b, `%.1f %.1f"/>`, c.x(p.at), c.y(middle(p.value)))
		for _, e := range trail {
			fmt.Fprintf(b, `<circle class="back" cx="%.1f" cy="%.1f" r="3.5"/>`, e.x, e.y)
			if math.Abs(e.y-c.y(middle(p.value))) > 2*chartText {
				fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle" fill="currentColor" class="halo" fill-opacity=".8">%s</text>`,
					max(e.x, float64(len([]rune(e.label)))*chartDigit/2), e.y+chartText+6, escape(e.label))
			}
		}
	}
	b.WriteString(`</g>`)
}

// trail sets what a figure was said to be before it, the oldest on the left:
// vintages differ by little, and above each other nobody could tell them apart.
func (c *chart) trail(p chartPoint) []trailMark {
	var marks []trailMark
	earlier := p.earlier[max(0, len(p.earlier)-maxTrail):]
	for i, e := range earlier {
		marks = append(marks, trailMark{c.x(p.at) - trailStep*float64(len(earlier)-i), c.y(middle(e.value)), e.label})
	}
	return marks
}

type trailMark struct {
	x, y  float64
	label string
}

const (
	maxTrail  = 4
	trailStep = 11
)

// publications returns the days of publication of all earlier vintages, each
// once, oldest first.
func (c *chart) publications() []hearsay.Date {
	var all []hearsay.Date
	for _, p := range c.points {
		for _, e := range p.earlier {
			if !e.as.IsZero() {
				all = append(all, e.as)
			}
		}
	}
	return sortedDates(all)
}

// figureAsOf returns the vintage of a figure that stood when another was
// published, where the point has vintages at all.
func figureAsOf(p chartPoint, as hearsay.Date) (hearsay.Value, bool) {
	var found hearsay.Value
	for _, e := range p.earlier {
		if !e.as.IsZero() && e.as.Compare(as) <= 0 {
			found = e.value
		}
	}
	return found, !found.IsZero()
}

// drawSpread draws how much an approximate figure leaves open, to the edge of
// the picture where it has no bound.
func (c *chart) drawSpread(b *strings.Builder) {
	b.WriteString(`<g class="spread" fill="currentColor" fill-opacity=".16" stroke="currentColor" stroke-opacity=".5" stroke-width="1.2">`)
	for _, p := range c.points {
		if p.value.IsExact() {
			continue
		}
		x, low, high := c.x(p.at), c.lowest, c.highest
		if !math.IsInf(p.value.Low, 0) {
			low = p.value.Low
		}
		if !math.IsInf(p.value.High, 0) {
			high = p.value.High
		}
		top, foot := c.y(high), c.y(low)
		fmt.Fprintf(b, `<rect x="%.1f" y="%.1f" width="14" height="%.1f" stroke="none"/>`, x-7, top, foot-top)
		if !math.IsInf(p.value.High, 0) {
			fmt.Fprintf(b, `<path d="M%.1f %.1fh14"/>`, x-7, top)
		}
		if !math.IsInf(p.value.Low, 0) {
			fmt.Fprintf(b, `<path d="M%.1f %.1fh14"/>`, x-7, foot)
		}
	}
	b.WriteString(`</g>`)
}

// drawCurrent draws the figures that stand, each with the mark of its standing
// and its number where there is room. A line joins only figures that are held
// firmly: between hearsay and hearsay it would tell a course that nobody knows.
func (c *chart) drawCurrent(b *strings.Builder) {
	b.WriteString(`<g class="current" fill="none" stroke="currentColor" stroke-width="2" stroke-linejoin="round">`)
	for i := 0; i < len(c.points); {
		var line []string
		for ; i < len(c.points) && firm(c.points[i].standing); i++ {
			line = append(line, fmt.Sprintf("%.1f %.1f", c.x(c.points[i].at), c.y(middle(c.points[i].value))))
		}
		if len(line) > 1 {
			b.WriteString(`<path d="M` + strings.Join(line, "L") + `"/>`)
		}
		if len(line) == 0 {
			i++
		}
	}
	b.WriteString(`</g><g class="marks">`)
	var taken []box
	for i, p := range c.points {
		x, y := c.x(p.at), c.y(middle(p.value))
		fmt.Fprintf(b, `<circle class="back" cx="%.1f" cy="%.1f" r="7"/><svg x="%.1f" y="%.1f" width="14" height="14" viewBox="0 0 20 20">%s</svg>`,
			x, y, x-7, y-7, shapes[p.standing])
		if at, ok := c.room(i, x, y, taken); ok {
			taken = append(taken, at)
			fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="middle" class="halo" font-weight="600" fill="currentColor">%s</text>`,
				(at.left+at.right)/2, at.foot-3, escape(p.label))
		}
	}
	b.WriteString(`</g>`)
}

func firm(s hearsay.Standing) bool {
	return s == hearsay.Corroborated || s == hearsay.Verified || s == hearsay.VerifiedByRecord
}

type box struct{ left, top, right, foot float64 }

func (a box) meets(b box) bool {
	return a.left < b.right && b.left < a.right && a.top < b.foot && b.top < a.foot
}

// room finds a place for the number of a point, above it or below, that no
// other number or mark has. Below comes first where the line makes a valley.
func (c *chart) room(i int, x, y float64, taken []box) (box, bool) {
	half := float64(len([]rune(c.points[i].label))) * chartDigit / 2
	centre := min(max(x, c.left+half), c.width-half)
	feet := []float64{y - 10, y + 10 + chartText}
	if c.valley(i) {
		slices.Reverse(feet)
	}
	for _, foot := range feet {
		at := box{centre - half, foot - chartText, centre + half, foot + 3}
		if at.top >= 0 && at.foot <= c.height-c.bottom && c.isFree(at, i, taken) {
			return at, true
		}
	}
	return box{}, false
}

func (c *chart) valley(i int) bool {
	here := c.y(middle(c.points[i].value))
	lower := func(j int) bool { return j < 0 || j >= len(c.points) || c.y(middle(c.points[j].value)) < here }
	return lower(i-1) && lower(i+1)
}

func (c *chart) isFree(at box, i int, taken []box) bool {
	for _, t := range taken {
		if at.meets(t) {
			return false
		}
	}
	for j, p := range c.points {
		x, y := c.x(p.at), c.y(middle(p.value))
		if j != i && at.meets(box{x - 8, y - 8, x + 8, y + 8}) {
			return false
		}
		for _, e := range c.trail(p) {
			if at.meets(box{e.x - 5, e.y - 5, e.x + 5, e.y + 5}) {
				return false
			}
		}
	}
	return true
}
