package web

import (
	"strconv"
	"strings"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// reportShow is a report as it is read: its text in pieces, those that state
// something marked with the number of their statement.
type reportShow struct {
	casebook.ReportView
	Pieces []piece
	Raw    bool // whether the text as sent has more than is shown
}

// piece is a stretch of text; Number is its statement's, from 1, or 0.
type piece struct {
	Text   string
	Number int
}

func reportPage(v *visit) (page, error) {
	place, err := strconv.ParseInt(v.r.PathValue("place"), 10, 64)
	if err != nil {
		return page{}, casebook.ErrNoSuch
	}
	r, err := v.Casebook.Report(place)
	if err != nil {
		return page{}, err
	}
	if err := v.withParts(r.Enclosed); err != nil {
		return page{}, err
	}
	show := reportShow{ReportView: r, Pieces: pieces(r.Body, len(r.Statements))}
	shown := 0
	for _, p := range show.Pieces {
		shown += len(p.Text)
	}
	show.Raw = shown != len(r.Body)
	return page{template: "report", title: "Report of " + r.Received.String(), place: "inbox", view: r, show: show}, nil
}

// pieces cuts a report's Markdown at its claim links, and leaves out the marks
// of a link where it is written plainly, since they are nothing a person reads.
// Where the links found are not the statements kept, nothing is marked.
func pieces(body string, statements int) []piece {
	links := hearsay.ClaimLinks([]byte(body))
	if len(links) != statements {
		return []piece{{Text: body}}
	}
	var all []piece
	add := func(text string, number int) {
		if text != "" {
			all = append(all, piece{text, number})
		}
	}
	at := 0
	for i, link := range links {
		start, end := link.Start, link.End
		if start < at || end < start || end > len(body) {
			return []piece{{Text: body}}
		}
		before, after := start, end
		rest := body[end:]
		closing := strings.TrimLeft(rest, "*_`")
		target := "](" + link.Destination + ")"
		opening := strings.TrimRight(body[at:start], "*_`")
		if strings.HasPrefix(closing, target) && strings.HasSuffix(opening, "[") {
			before = at + len(opening) - 1
			after = len(body) - len(closing) + len(target)
		}
		add(body[at:before], 0)
		add(body[start:end], i+1)
		at = after
	}
	add(body[at:], 0)
	return all
}
