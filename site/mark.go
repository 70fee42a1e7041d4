package site

import (
	"fmt"
	"html/template"
	"strings"

	"hearsay"
)

// shapes draw each standing in a square of 20, in the colour of the text, so
// that word, shape and shade say the same and colour alone says nothing.
var shapes = map[hearsay.Standing]string{
	hearsay.NotKnown:         `<path d="M4 10h12" stroke="currentColor" stroke-width="2.4" stroke-linecap="round"/>`,
	hearsay.Chatter:          `<circle cx="10" cy="10" r="7.4" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="2.6 2.05"/>`,
	hearsay.Disputed:         `<path d="M8.6 2.8a7.4 7.4 0 0 0 0 14.4zM11.4 2.8a7.4 7.4 0 0 1 0 14.4z" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linejoin="round"/>`,
	hearsay.Corroborated:     `<circle cx="10" cy="10" r="7.4" fill="none" stroke="currentColor" stroke-width="2"/><path d="M10 2.6a7.4 7.4 0 0 1 0 14.8z" fill="currentColor"/>`,
	hearsay.Verified:         `<circle cx="10" cy="10" r="8.4" fill="currentColor"/>`,
	hearsay.VerifiedByRecord: `<path d="M4.6 2.2h10.8a2.4 2.4 0 0 1 2.4 2.4v10.8a2.4 2.4 0 0 1-2.4 2.4H4.6a2.4 2.4 0 0 1-2.4-2.4V4.6a2.4 2.4 0 0 1 2.4-2.4zM6 6.6v1.6h8V6.6zM6 9.8v1.6h8V9.8zM6 13v1.6h5V13z" fill="currentColor" fill-rule="evenodd"/>`,
}

// mark draws the public mark of a standing. The word always stands beside it,
// so readers that speak pages pass it over.
func mark(s hearsay.Standing) template.HTML {
	return template.HTML(fmt.Sprintf(`<svg class="mark %s" viewBox="0 0 20 20" width="20" height="20" aria-hidden="true" focusable="false">%s</svg>`,
		standingKey(s), shapes[s]))
}

// maxDiscs is how many discs a mark draws; beyond it the word has the number.
const maxDiscs = 12

// discs draws the mark with its counts, where the many or the public could have
// known: a disc for each origin, and a notch after as many as must fall.
func discs(w words, a hearsay.Assessment) template.HTML {
	if a.Origins == 0 || a.Origins > maxDiscs {
		return ""
	}
	described := sayCount(w, "mark.discs", a.Origins)
	const step, gap = 28, 6
	falls := 0
	if a.Fragility > 0 && a.Fragility <= a.Origins {
		falls = a.Fragility
		described += " " + sayCount(w, "mark.notch", falls)
	}
	var b strings.Builder
	for i := range a.Origins {
		x := i*step + step/2
		if falls > 0 && i >= falls {
			x += gap
		}
		fmt.Fprintf(&b, `<circle cx="%d" cy="16" r="10" fill="currentColor"/>`, x)
	}
	if falls > 0 {
		fmt.Fprintf(&b, `<path d="M%d 3v26" stroke="currentColor" stroke-width="2"/>`, falls*step+gap/2)
	}
	width := a.Origins*step + gap
	return template.HTML(fmt.Sprintf(`<svg class="discs" viewBox="0 0 %d 32" width="%d" height="32" role="img" aria-label="%s">%s</svg>`,
		width, width, escape(described), b.String()))
}

func escape(s string) string { return template.HTMLEscapeString(s) }
