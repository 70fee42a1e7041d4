package web

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"hearsay/desk/internal/casebook"
)

// inboxShow sets apart what an editor must not mix up: what carries no weight,
// what waits to be marked, and the rest.
type inboxShow struct {
	Apart, Waiting, Marked []casebook.ReportLine
	Loose                  []casebook.ManifestView
	Replies, Held          int
	Drives                 string // what waits for more of them
}

func inboxPage(v *visit) (page, error) {
	inbox := v.Casebook.Inbox()
	if err := v.withParts(inbox.Loose); err != nil {
		return page{}, err
	}
	show := inboxShow{Drives: v.waitingParcel(), Loose: inbox.Loose, Replies: inbox.Replies, Held: inbox.Held}
	for _, r := range inbox.Reports {
		switch {
		case r.Flag != "" || r.Quarantined:
			show.Apart = append(show.Apart, r)
		case r.Waiting || r.Misfits > 0:
			show.Waiting = append(show.Waiting, r)
		default:
			show.Marked = append(show.Marked, r)
		}
	}
	return page{template: "inbox", title: "Inbox", place: "inbox", view: inbox, show: show}, nil
}

func pull(v *visit) (done, error) {
	got, err := v.Works.Pull(v.r.Context())
	if err != nil {
		return done{}, err
	}
	notice := fmt.Sprintf("Fetched %s: %s.", count(got.Deposits, "deposit", "deposits"), count(got.Reports, "new report", "new reports"))
	if got.Whole > 0 {
		notice += fmt.Sprintf(" %s whole now.", count(got.Whole, "file is", "files are"))
	}
	body := map[string]any{"deposits": got.Deposits, "reports": got.Reports, "files": got.Files, "whole": got.Whole}
	return done{next: "/inbox", notice: notice, body: body}, nil
}

// keyInView is what the form for a report starts with.
type keyInView struct {
	CodeNames []string `json:"code_names"`
}

func keyInPage(v *visit) (page, error) {
	view := keyInView{CodeNames: []string{}}
	for _, s := range v.Casebook.Sources() {
		if s.CodeName != "" {
			view.CodeNames = append(view.CodeNames, s.CodeName)
		}
	}
	return page{template: "keyin", title: "Key in a report", place: "keyin", view: view}, nil
}

func keyIn(v *visit) (done, error) {
	text := v.form.Get("text")
	if len(text) > keyInLimit || !utf8.ValidString(text) {
		return done{}, casebook.ErrText
	}
	place, err := v.Casebook.KeyIn(v.r.Context(), v.editor, strings.TrimSpace(v.form.Get("code_name")), text)
	if err != nil {
		return done{}, err
	}
	return done{
		next: "/reports/" + strconv.FormatInt(place, 10), notice: "The report is kept.",
		body: map[string]any{"place": place},
	}, nil
}
