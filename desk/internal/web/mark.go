package web

import (
	"fmt"
	"slices"
	"strings"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// mark is how a claim stands, drawn: one filled disc per independent origin with
// its copies hanging from it as small dots, rivals on the other side of the
// line, hollow what carries no weight, and a notch after as many discs as must
// fall for the claim to fall. Lengths are the units of its viewBox.
type mark struct {
	Title, Desc   string
	Width, Height int
	Line          int // where the line stands, 0 without one
	Discs         []disc
	Rails         []rail
	Words         []words
}

type disc struct {
	X, Y, R int
	Kind    string // origin, record, rival, out, silent
	Name    string
	Short   string // as much of the name as fits
	NameY   int
	Dots    []dot
	More    int // copies that have no dot of their own
	MoreY   int
	Says    string // of a rival
	SaysY   int
}

type dot struct{ X, Y int }

// rail runs under a row of discs; Notch is where it is cut, 0 for nowhere.
type rail struct{ From, To, Y, Notch int }

type words struct {
	X, Y int
	Text string
}

// Measures of the mark.
const (
	cell      = 66 // a disc's place
	discR     = 17
	discY     = 40 // in its row
	nameY     = 14
	dotGap    = 9
	mostDots  = 3
	railGap   = 14 // from the lowest dot to the rail
	columns   = 5  // in all: more would not be read on a phone
	mostDiscs = 20
	fitsName  = 8

	wordsWidth = 136
)

func markOf(c casebook.ClaimView) mark {
	left, right := discsOf(c), otherDiscs(c)
	var m mark
	m.describe(c, left, right)
	hidden := max(0, len(left)-mostDiscs) + max(0, len(right)-mostDiscs)
	left, right = left[:min(len(left), mostDiscs)], right[:min(len(right), mostDiscs)]

	leftColumns := max(min(len(left), columns-min(len(right), 2)), 1)
	rightColumns := min(len(right), columns-leftColumns)
	rows := max(1, ceil(len(left), leftColumns))
	if rightColumns > 0 {
		rows = max(rows, ceil(len(right), rightColumns))
	}
	hanging := 0
	for _, d := range slices.Concat(left, right) {
		hanging = max(hanging, len(d.Dots)+min(d.More, 1))
	}
	railY := discY + discR + hanging*dotGap + railGap
	rowHeight := railY + 10

	m.Width, m.Height = leftColumns*cell, rows*rowHeight+20
	m.place(left, 0, leftColumns, rowHeight)
	if len(right) > 0 {
		m.Line = m.Width + 8
		m.place(right, m.Width+16, rightColumns, rowHeight)
		m.Width += 16 + rightColumns*cell
	}
	if c.Says != "" {
		m.rails(len(left), leftColumns, c.Fragility, railY, rowHeight)
	}
	say := func(text string) {
		m.Words = append(m.Words, words{6 + wordsWidth*len(m.Words), m.Height - 8, text})
		m.Width = max(m.Width, wordsWidth*len(m.Words))
	}
	if c.Fragility > 0 {
		say("falls if " + count(c.Fragility, "origin falls", "origins fall"))
	}
	if hidden > 0 {
		say(fmt.Sprintf("and %d more", hidden))
	}
	return m
}

func ceil(a, b int) int { return (a + b - 1) / b }

// rails runs under the discs, row by row, with the notch after as many as must
// fall.
func (m *mark) rails(discs, across, fragility, railY, rowHeight int) {
	for row := range ceil(discs, across) {
		in := min(discs-row*across, across)
		r := rail{From: 6, To: in*cell - 6, Y: row*rowHeight + railY}
		if f := fragility - row*across; f > 0 && f <= in {
			r.Notch = min(f*cell, r.To)
		}
		m.Rails = append(m.Rails, r)
	}
}

// discsOf returns what speaks for the value, or where none is known who says
// that none is.
func discsOf(c casebook.ClaimView) []disc {
	var discs []disc
	kind := "origin"
	if c.Standing == hearsay.VerifiedByRecord {
		kind = "record"
	}
	for _, o := range c.Behind {
		discs = append(discs, hang(disc{Kind: kind, Name: o.Name}, len(o.Statements)-1))
	}
	if c.Says == "" {
		for _, s := range c.Silent {
			discs = append(discs, disc{Kind: "silent", Name: s.Source.Display()})
		}
	}
	return discs
}

func otherDiscs(c casebook.ClaimView) []disc {
	var discs []disc
	for _, r := range c.Rivals {
		for _, o := range r.Origins {
			discs = append(discs, hang(disc{Kind: "rival", Name: o.Name, Says: shorten(r.Says, fitsName)}, len(o.Statements)-1))
		}
	}
	for _, s := range c.Out {
		discs = append(discs, disc{Kind: "out", Name: s.Source.Display()})
	}
	return discs
}

func hang(d disc, copies int) disc {
	d.Dots = make([]dot, min(copies, mostDots))
	d.More = copies - len(d.Dots)
	return d
}

// place sets discs into rows from the left.
func (m *mark) place(discs []disc, left, across, rowHeight int) {
	for i, d := range discs {
		top := i / across * rowHeight
		d.X, d.Y, d.R = left+i%across*cell+cell/2, top+discY, discR
		if d.Kind == "out" {
			d.R = discR - 4
		}
		d.NameY, d.Short = top+nameY, shorten(d.Name, fitsName)
		for k := range d.Dots {
			d.Dots[k] = dot{d.X, d.Y + d.R + 7 + k*dotGap}
		}
		d.SaysY = top + rowHeight - 7
		d.MoreY = d.Y + d.R + 12 + len(d.Dots)*dotGap
		m.Discs = append(m.Discs, d)
	}
}

func shorten(name string, most int) string {
	if r := []rune(name); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return name
}

// describe says in words what is drawn.
func (m *mark) describe(c casebook.ClaimView, left, right []disc) {
	names := func(discs []disc, kind string) []string {
		var list []string
		for _, d := range discs {
			if d.Kind == kind {
				list = append(list, d.Name)
			}
		}
		return list
	}
	m.Title = string(c.Standing)
	if c.Says != "" {
		m.Title = c.Says + ": " + m.Title
	}
	var says []string
	say := func(list []string, one, many string) {
		if len(list) > 0 {
			says = append(says, count(len(list), one, many)+": "+strings.Join(list, ", ")+".")
		}
	}
	say(names(left, "origin"), "independent origin says so", "independent origins say so")
	say(names(left, "record"), "record says so", "records say so")
	say(names(left, "silent"), "says that it is not known", "say that it is not known")
	copies := 0
	for _, o := range c.Behind {
		copies += len(o.Statements) - 1
	}
	if copies > 0 {
		says = append(says, count(copies, "copy hangs", "copies hang")+" from them.")
	}
	say(names(right, "rival"), "origin says otherwise", "origins say otherwise")
	say(names(right, "out"), "statement carries no weight", "statements carry no weight")
	if c.Fragility > 0 {
		says = append(says, "It falls if "+count(c.Fragility, "origin falls", "origins fall")+".")
	}
	m.Desc = strings.Join(says, " ")
}

// miniMark is the mark in a list: discs alone.
type miniMark struct {
	Width int
	Discs []dot
	Kind  string
	Falls int // the end of the line under as many as must fall, where there are more
	More  int
}

const (
	miniCell  = 13
	miniDiscs = 8
)

func miniMarkOf(c casebook.ClaimLine) miniMark {
	m := miniMark{Kind: "origin"}
	switch {
	case c.Says == "":
		m.Kind = "silent"
	case c.Standing == hearsay.VerifiedByRecord:
		m.Kind = "record"
	case c.Standing == hearsay.Disputed:
		m.Kind = "disputed"
	}
	n := min(len(c.Origins), miniDiscs)
	m.More = len(c.Origins) - n
	for i := range n {
		m.Discs = append(m.Discs, dot{i*miniCell + miniCell/2, 7})
	}
	if c.Fragility > 0 && c.Fragility < n {
		m.Falls = c.Fragility*miniCell - 1
	}
	m.Width = max(n, 1)*miniCell + 2
	if m.Kind == "disputed" {
		m.Width += 12
	}
	return m
}
