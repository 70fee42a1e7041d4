package web

import (
	"strconv"

	"hearsay/desk/internal/casebook"
)

// onFiled runs an action, with a reason, on what the form names by its place.
func (v *visit) onFiled(notice string, act func(place int64, why string) error) (done, error) {
	place, err := strconv.ParseInt(v.form.Get("place"), 10, 64)
	if err != nil {
		return done{}, casebook.ErrNoSuch
	}
	if err := act(place, v.form.Get("why")); err != nil {
		return done{}, err
	}
	next := "/inbox"
	if _, err := v.Casebook.Report(place); err == nil {
		next = "/reports/" + v.form.Get("place")
	} else if handle := v.form.Get("handle"); handle != "" {
		if id, err := v.Casebook.FindSource(handle); err == nil {
			next = "/sources/" + casebook.Handle(id)
		}
	}
	return done{next: next, notice: notice}, nil
}

func lift(v *visit) (done, error) {
	return v.onFiled("Your word for this order of the words is kept. It counts once two editors have given theirs.", func(place int64, why string) error {
		return v.Casebook.Lift(v.r.Context(), v.editor, place, why)
	})
}

func admit(v *visit) (done, error) {
	return v.onFiled("The report carries weight like any other.", func(place int64, why string) error {
		return v.Casebook.Admit(v.r.Context(), v.editor, place, why)
	})
}

// filedAgain shows what was to be filed otherwise, as the form names it.
func filedAgain(v *visit) (page, error) {
	v.r.SetPathValue("place", v.form.Get("place"))
	p, err := reportPage(v)
	if err != nil {
		v.r.SetPathValue("handle", v.form.Get("handle"))
		return sourcePage(v)
	}
	return p, nil
}
