package web

import (
	"hearsay/desk/internal/casebook"
)

// casesView lists the cases and what may be told of each.
type casesView struct {
	Cases []casebook.CaseView `json:"cases"`
}

func casesPage(v *visit) (page, error) {
	return page{template: "cases", title: "Cases", place: "cases", view: casesView{v.Casebook.Cases()}}, nil
}

func consent(v *visit) (done, error) {
	withdrawn := v.form.Get("withdrawn") == "yes"
	err := v.Casebook.Consent(v.r.Context(), v.editor, v.form.Get("case"), v.form.Get("by"), v.form.Get("public"), withdrawn)
	if err != nil {
		return done{}, err
	}
	notice := "The consent is kept."
	if withdrawn {
		notice = "The consent is withdrawn: nothing more may be told of this case."
	}
	return done{next: "/cases", notice: notice}, nil
}
