// Package plot draws what weighing a table came to: whether its probabilities can
// be trusted, how reliable its sources are, and which of them depend on each
// other. It is of the open zone.
//
// A picture is one SVG document that stands alone: no script, no style sheet, no
// font of its own, nothing to fetch. Its letters are text. It is dark on white and
// says nothing by colour alone, and it is one column, that letters can be read on
// a telephone as well as in print. Equal weighings give equal bytes.
//
// Names are a stranger's bytes. What is no letter, digit, sign or space is spelt
// out as Go would in a string, and what is too long is cut, before a name comes
// near the document.
package plot

import (
	"fmt"
	"io"

	"hearsay/weigh"
)

// Weighing is what is drawn: a table, what a model made of it, and what a reader
// calls its parts.
type Weighing struct {
	Title  string
	Table  *weigh.Table
	Result *weigh.Result
	Source func(source int32) string // its name

	// Sought tells that the model looked for sources that depend on each other:
	// where it did not, none found means nothing.
	Sought bool

	// Truth, or Number of that kind, is the gold by which to test, as
	// weigh.ScoreCandidates and weigh.ScoreNumbers want it; nil for none. Items
	// that the table has as settled are left out: the model was told.
	Truth  []int32
	Number []float64
}

// drawing is a weighing with what several parts of its picture need.
type drawing struct {
	Weighing
	sizes map[int]int // of groups
}

// SVG writes the picture of a weighing.
func SVG(to io.Writer, w Weighing) error {
	d := &drawing{Weighing: w, sizes: map[int]int{}}
	for i := range w.Result.Sources {
		d.sizes[w.Result.Sources[i].Group]++
	}
	p := &page{y: margin}
	d.heading(p)
	if w.Table.Statements() > 0 { // if not, the heading says so
		if w.Table.Kind == weigh.Number {
			d.errors(p)
		} else {
			d.calibration(p)
		}
		d.reliability(p)
		d.dependence(p)
	}
	return p.writeTo(to, "How "+name(w.Title, 400)+" was weighed",
		"Three charts, each told in words too: whether the answers can be trusted, how reliable the sources are, and which of them depend on each other.")
}

func (d *drawing) heading(p *page) {
	t := d.Table
	p.y += 10
	p.text(margin, p.y, titleSize, `font-weight="600" `+serif, "", name(d.Title, (width-2*margin)*textSize/titleSize))
	p.y += 5
	p.paragraph(soft, fmt.Sprintf("%s on %s by %s, weighed by the model %s.",
		count(t.Statements(), "statement"), count(t.Items, "item"), count(t.Sources, "source"), d.Result.Model))
	if d.Result.Ambiguous {
		unsure := 0
		for i := range d.Result.Verdicts {
			if d.Result.Verdicts[i].Ambiguous {
				unsure++
			}
		}
		p.paragraph(ink, fmt.Sprintf("Ambiguous: with and without sources that depend on each other the statements are explained equally well, and %s would have another answer. Settle some items.", count(unsure, "item")))
	}
}

// said counts the statements of each source: not every model does.
func (d *drawing) said() []int {
	said := make([]int, d.Table.Sources)
	for _, s := range d.Table.Source {
		said[s]++
	}
	return said
}
