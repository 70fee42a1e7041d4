package site

import (
	"bytes"
	"encoding/csv"
	"html/template"
	"math"
	"slices"
	"strconv"
	"strings"

	"hearsay"
)

// figure is one line of a series: a claim's current value and all that it was
// said to be before.
type figure struct {
	Period   string
	period   hearsay.Date
	Claim    hearsay.PublicClaim
	Now      hearsay.Assessment
	Place    string
	Value    string
	Mark     template.HTML
	Word     string
	Earlier  []string // as printed, oldest first
	at       float64
	earlier  []earlierFigure
	vintages []vintage
}

// vintage is one thing that a figure was said to be: by the record as of a
// publication, or by a bulletin of ours.
type vintage struct {
	as       hearsay.Date
	on       hearsay.Day // of the bulletin; zero where the record says it
	standing hearsay.Standing
	value    hearsay.Value
}

type seriesView struct {
	hearsay.Series
	Place, Table  string
	Figures       []figure
	Charts        []template.HTML
	Unit          string
	First, Last   string
	HasEarlier    bool
	HasSpread     bool
	Logarithmic   bool
	CountSentence string
}

func (r *renderer) seriesView(s hearsay.Series) seriesView {
	v := seriesView{Series: s, Place: seriesPlace(s.Key), Table: seriesTable(s.Key), Unit: r.words.unit(s.Unit)}
	if s.Unit == "" {
		v.Unit = r.words.say("series.plain")
	}
	for _, p := range s.Points {
		claim := r.claims[p.Claim.String()]
		f := figure{Period: r.words.period(p.Period.String()), period: p.Period, Claim: claim, Now: claim.Latest(), Place: claimPlace(p.Claim)}
		first, last := p.Period.Span()
		f.at = (float64(first) + float64(last)) / 2
		f.Value, f.Mark, f.Word = r.words.value(f.Now.Value), mark(f.Now.Standing), r.words.standing(f.Now.Standing)
		f.takeEarlier(r.words)
		v.HasEarlier = v.HasEarlier || len(f.earlier) > 0
		v.HasSpread = v.HasSpread || !f.Now.Value.IsZero() && !f.Now.Value.IsExact()
		v.Logarithmic = claim.Claim.Scale == "log"
		v.Figures = append(v.Figures, f)
	}
	if len(v.Figures) > 0 {
		v.First, v.Last = v.Figures[0].Period, v.Figures[len(v.Figures)-1].Period
		v.CountSentence = r.words.say("series.count", len(v.Figures), v.First, v.Last)
	}
	v.Charts = r.charts(v)
	return v
}

// takeEarlier lists the vintages of the record and the bulletins' own values
// that are not the current one.
func (f *figure) takeEarlier(w words) {
	for _, v := range f.Claim.Vintages {
		f.vintages = append(f.vintages, vintage{as: v.As, standing: hearsay.VerifiedByRecord, value: v.Value})
		if v.Value.String() != f.Now.Value.String() {
			f.earlier = append(f.earlier, earlierFigure{v.As, v.Value, w.value(v.Value)})
			f.Earlier = append(f.Earlier, w.say("series.vintage", w.value(v.Value), w.period(v.As.String())))
		}
	}
	for _, a := range f.Claim.Assessments {
		f.vintages = append(f.vintages, vintage{on: a.On, standing: a.Standing, value: a.Value})
		known := slices.ContainsFunc(f.earlier, func(e earlierFigure) bool { return e.value.String() == a.Value.String() })
		if a.Value.IsZero() || known || a.Value.String() == f.Now.Value.String() {
			continue
		}
		f.earlier = append(f.earlier, earlierFigure{value: a.Value, label: w.value(a.Value)})
		f.Earlier = append(f.Earlier, w.say("series.vintage", w.value(a.Value), w.day(a.On)))
	}
}

// charts draws the figures that have a number, in every size; none are drawn
// where fewer than two have.
func (r *renderer) charts(v seriesView) []template.HTML {
	c := chart{id: "chart", log: v.Logarithmic, group: r.words.grouped}
	c.title = r.words.say("series.chart", v.Title, v.First, v.Last, v.Unit)
	var said []string
	for _, f := range v.Figures {
		if f.Now.Value.Kind != hearsay.Number {
			continue
		}
		c.points = append(c.points, chartPoint{f.Period, f.at, f.Now.Value, f.Value, f.Now.Standing, f.earlier})
		said = append(said, r.words.say("series.point", f.Period, f.Value))
	}
	if len(c.points) < 2 {
		return nil
	}
	c.description = r.words.say("series.desc", strings.Join(said, "; "))
	if v.HasEarlier {
		c.description += " " + r.words.say("series.earlier")
	}
	var all []template.HTML
	for _, s := range chartSizes {
		all = append(all, c.draw(s))
	}
	return all
}

// table returns the figures of a series as CSV: a line for every vintage of the
// record and for every bulletin's own assessment. The newest assessment is the
// current figure.
func (v seriesView) table() ([]byte, error) {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	lines := [][]string{{"period", "claim", "value", "low", "high", "unit", "standing", "as_of", "published", "current"}}
	for _, f := range v.Figures {
		for i, g := range f.vintages {
			published, current := "", "no"
			if g.as.IsZero() {
				published = g.on.String()
			}
			if i == len(f.vintages)-1 {
				current = "yes"
			}
			low, high := "", ""
			if g.value.Kind == hearsay.Number {
				low, high = bound(g.value.Low), bound(g.value.High)
			}
			lines = append(lines, []string{f.period.String(), f.Claim.Address.String(), g.value.String(), low, high,
				f.Claim.Claim.Unit, string(g.standing), g.as.String(), published, current})
		}
	}
	if err := w.WriteAll(lines); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func bound(x float64) string {
	if math.IsInf(x, 0) {
		return ""
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}

// sortedDates returns each date once, in order.
func sortedDates(all []hearsay.Date) []hearsay.Date {
	slices.SortFunc(all, hearsay.Date.Compare)
	return slices.CompactFunc(all, func(a, b hearsay.Date) bool { return a.String() == b.String() })
}
