package plot

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// The measures of the picture. It is drawn for the width of a telephone and shown
// larger where there is room.
const (
	width     = 400.0
	margin    = 14.0
	shown     = 1.4 // as large as drawn
	textSize  = 12.0
	headSize  = 15.0
	titleSize = 18.0
	leading   = 16.5
	letter    = 4.6 // the least that a letter of textSize takes, see wideRune
)

// The hand of the site's pages, on white.
const (
	ink    = "#1e1d1b"
	soft   = "#5c5850"
	rule   = "#d9d4c7"
	accent = "#0b6163"
	pale   = "#cfdfdf" // the accent, as light as a band is

	serif = `font-family="Charter, 'Bitstream Charter', 'Noto Serif', Georgia, serif"`
)

// page is the picture as far as it is drawn; y is where it ends.
type page struct {
	body bytes.Buffer
	y    float64
	ids  int
}

func (p *page) writeTo(to io.Writer, title, description string) error {
	height := math.Ceil(p.y + margin)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" style="display:block;margin:0 auto;max-width:100%%;height:auto" font-family="system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Noto Sans CJK KR', sans-serif" font-size="%g" fill="%s" aria-labelledby="title description">
<title id="title">%s</title>
<desc id="description">%s</desc>
<rect width="%g" height="%g" fill="#ffffff"/>
`, width, height, width*shown, math.Round(height*shown), textSize, ink, escape(title), escape(description), width, height)
	b.Write(p.body.Bytes())
	b.WriteString("</svg>\n")
	_, err := b.WriteTo(to)
	return err
}

// draw adds SVG. Numbers go through at, so that no more digits are written than
// can be seen.
func (p *page) draw(format string, args ...any) {
	for i, a := range args {
		if x, ok := a.(float64); ok {
			args[i] = at(x)
		}
	}
	fmt.Fprintf(&p.body, format+"\n", args...)
}

func at(x float64) string {
	text := strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
	if text == "-0" {
		return "0"
	}
	return text
}

// text sets a line; anchor is start where it is empty.
func (p *page) text(x, y, size float64, attributes, anchor, text string) {
	if anchor != "" {
		attributes += ` text-anchor="` + anchor + `"`
	}
	if size != textSize {
		attributes += ` font-size="` + at(size) + `"`
	}
	if attributes = strings.TrimSpace(attributes); attributes != "" {
		attributes = " " + attributes
	}
	p.draw(`<text x="%s" y="%s"%s>%s</text>`, x, y, attributes, escape(text))
}

func (p *page) label(x, y float64, colour, anchor, text string) {
	attributes := ""
	if colour != ink {
		attributes = `fill="` + colour + `"`
	}
	p.text(x, y, textSize, attributes, anchor, text)
}

// head begins a part of the picture.
func (p *page) head(text string) {
	p.y += 22
	p.draw(`<path d="M%s %sH%s" stroke="%s"/>`, margin, p.y, width-margin, rule)
	p.y += 22
	p.text(margin, p.y, headSize, `font-weight="600" `+serif, "", text)
	p.y += 3
}

// paragraph sets words in lines.
func (p *page) paragraph(colour, text string) {
	line := ""
	flush := func() {
		p.y += leading
		p.label(margin, p.y, colour, "", strings.TrimSuffix(line, " "))
	}
	for word := range strings.SplitSeq(text, " ") {
		if line != "" && wide(line+word) > width-2*margin {
			flush()
			line = ""
		}
		line += word + " "
	}
	flush()
}

// chart begins a drawing that a screen reader has read to it as a description;
// end ends it.
func (p *page) chart(title, description string) (end func()) {
	p.ids++
	p.draw(`<g role="img" aria-labelledby="t%d d%d"><title id="t%d">%s</title><desc id="d%d">%s</desc>`, p.ids, p.ids, p.ids, escape(title), p.ids, escape(description))
	return func() { p.draw(`</g>`) }
}

func escape(text string) string {
	var b strings.Builder
	if err := xml.EscapeText(&b, []byte(text)); err != nil {
		panic(err) // a Builder takes everything
	}
	return b.String()
}

// name is a stranger's text, of such a width at most when set: controls and marks
// that change how others look are spelt out, and what is too long is cut.
func name(text string, widest float64) string {
	// No more is looked at than could be shown, even of letters that take no width.
	most := int(widest / letter)
	if limit := 8 * most; len(text) > limit {
		for text = text[:limit]; len(text) > limit-utf8.UTFMax && !utf8.ValidString(text[len(text)-1:]); {
			text = text[:len(text)-1]
		}
		text += "…"
	}
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		text = strconv.QuoteToGraphic(text)
		text = text[1 : len(text)-1]
	}
	if wide(text) <= widest && utf8.RuneCountInString(text) <= 2*most {
		return text
	}
	sum, runes := wide("…"), 0
	for i, r := range text {
		sum += wideRune(r)
		if runes++; sum > widest || runes > 2*most {
			return text[:i] + "…"
		}
	}
	return text
}

// wide is how much room a text of textSize takes, in a font as wide as any that is
// likely: what it is set in is only known where it is read.
func wide(text string) float64 {
	sum := 0.0
	for _, r := range text {
		sum += wideRune(r)
	}
	return sum
}

func wideRune(r rune) float64 {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana), r >= 0xff01 && r <= 0xff60:
		return textSize
	case strings.ContainsRune(" .,:;'|!/ijlftrI()[]-", r):
		return 4.6
	case strings.ContainsRune("mwMWQO@%…", r):
		return 10.8
	case unicode.IsLower(r):
		return 7.3
	case unicode.IsDigit(r):
		return 7.7
	}
	return 8.6
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return grouped(n) + " " + what
}

// grouped prints a count with commas between thousands.
func grouped(n int) string {
	text := strconv.Itoa(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// share prints a probability as people read it, and never as certainty.
func share(p float64) string {
	switch {
	case p > .995 && p < 1:
		return ">.99"
	case p > 0 && p < .005:
		return "<.01"
	}
	return strings.TrimPrefix(strconv.FormatFloat(p, 'f', 2, 64), "0")
}

func percent(p float64) string {
	switch {
	case p > .995 && p < 1:
		return "over 99\u00a0%"
	case p > 0 && p < .005:
		return "under 1\u00a0%"
	}
	return strconv.FormatFloat(100*p, 'f', 0, 64) + "\u00a0%"
}

// span is a scale: values from low to high stand from one place to another.
type span struct{ low, high, from, to float64 }

func (s span) at(x float64) float64 {
	if s.high == s.low {
		return (s.from + s.to) / 2
	}
	return s.from + (min(max(x, s.low), s.high)-s.low)/(s.high-s.low)*(s.to-s.from)
}
