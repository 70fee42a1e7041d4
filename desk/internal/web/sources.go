package web

import (
	"cmp"
	"fmt"
	"strings"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// sourcesView lists the sources as the desk met them.
type sourcesView struct {
	Sources []casebook.SourceLine `json:"sources"`
}

func sourcesPage(v *visit) (page, error) {
	view := sourcesView{Sources: v.Casebook.Sources()}
	if view.Sources == nil {
		view.Sources = []casebook.SourceLine{}
	}
	return page{template: "sources", title: "Sources", place: "sources", view: view}, nil
}

// sourcePage shows a source; with ?cut=DAY also what a cut on that day would
// change. Nothing is set by looking.
func sourcePage(v *visit) (page, error) {
	id, err := v.Casebook.FindSource(v.r.PathValue("handle"))
	if err != nil {
		return page{}, err
	}
	var preview *hearsay.Day
	if asked := v.r.URL.Query().Get("cut"); asked != "" && v.problem == "" {
		day, err := hearsay.ParseDay(asked)
		if err == nil && day > v.today() {
			err = casebook.ErrLater
		}
		if err != nil {
			return page{}, err
		}
		preview = &day
	}
	s, err := v.Casebook.Source(v.r.Context(), id, preview)
	if err != nil {
		return page{}, err
	}
	if err := v.withParts(s.Loose); err != nil {
		return page{}, err
	}
	return page{template: "source", title: s.Display(), place: "sources", view: s}, nil
}

// onSource runs an action on the source that the path names.
func (v *visit) onSource(notice string, act func(casebook.SourceID) error) (done, error) {
	handle := v.r.PathValue("handle")
	id, err := v.Casebook.FindSource(handle)
	if err == nil {
		err = act(id)
	}
	if err != nil {
		return done{}, err
	}
	return done{next: "/sources/" + handle, notice: notice}, nil
}

func nameSource(v *visit) (done, error) {
	return v.onSource("The source has its name.", func(id casebook.SourceID) error {
		return v.Casebook.Name(v.r.Context(), v.editor, id, strings.TrimSpace(v.form.Get("code_name")), strings.TrimSpace(v.form.Get("note")))
	})
}

func cutSource(v *visit) (done, error) {
	since, err := hearsay.ParseDay(v.form.Get("since"))
	if err != nil {
		return done{}, err
	}
	d, err := v.onSource("The cut is set. What it changes stands below, and nothing of it is published by itself.", func(id casebook.SourceID) error {
		return v.Casebook.Cut(v.r.Context(), v.editor, id, since)
	})
	return v.withEffect(d, err)
}

// withEffect adds what a cut changed to what a client gets back.
func (v *visit) withEffect(d done, err error) (done, error) {
	if err != nil {
		return done{}, err
	}
	id, err := v.Casebook.FindSource(v.r.PathValue("handle"))
	if err != nil {
		return done{}, err
	}
	s, err := v.Casebook.Source(v.r.Context(), id, nil)
	if err != nil {
		return done{}, err
	}
	d.body = map[string]any{"effect": s.Effect}
	return d, nil
}

func liftCut(v *visit) (done, error) {
	return v.onSource("The cut is lifted, and everything stands as if it had never been set.", func(id casebook.SourceID) error {
		return v.Casebook.LiftCut(v.r.Context(), v.editor, id)
	})
}

// change says a regrade in words: "verified → corroborated".
func change(r casebook.Regrade) string {
	from, to := string(r.Before.Standing), string(r.After.Standing)
	before, after := cmp.Or(r.Before.Says, "no value"), cmp.Or(r.After.Says, "no value")
	switch {
	case from != to && before != after:
		return fmt.Sprintf("%s, %s → %s, %s", before, from, after, to)
	case from != to:
		return from + " → " + to
	case before != after:
		return before + " → " + after
	}
	return fmt.Sprintf("still %s, on %s", to, count(len(r.After.Origins), "origin", "origins"))
}
