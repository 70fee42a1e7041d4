package web

import (
	"strconv"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// replyView is the form for an answer to a source, with what it would take.
type replyView struct {
	Source  casebook.SourceLine  `json:"source"`
	Watched bool                 `json:"watched"`       // somebody else may read the answer
	Why     string               `json:"why,omitempty"` // why it cannot be answered
	Queue   casebook.RepliesView `json:"queue"`         // of all sources
	Mine    casebook.RepliesView `json:"mine"`          // of this one

	Text string       `json:"-"` // as it was typed
	Fit  casebook.Fit `json:"fit"`
	Goes *hearsay.Day `json:"goes,omitempty"` // when such a text would go, at earliest
}

// replyPage shows the form and, where a text was typed, how it fits.
func replyPage(v *visit) (page, error) {
	id, err := v.Casebook.FindSource(v.r.PathValue("handle"))
	if err != nil {
		return page{}, err
	}
	s, err := v.Casebook.Source(v.r.Context(), id, nil)
	if err != nil {
		return page{}, err
	}
	text := casebook.ReplyText(v.form.Get("text"))
	view := replyView{
		Source: s.SourceLine, Queue: v.Casebook.Replies(v.Rows, casebook.SourceID{}), Mine: v.Casebook.Replies(v.Rows, id),
		Text: v.form.Get("text"), Fit: casebook.FitOf(text),
	}
	watched, err := v.Casebook.Answerable(id)
	if view.Watched = watched; err != nil {
		view.Why = asSentence(err.Error())
	} else if text != "" && view.Fit.Over == 0 {
		day := v.Casebook.ReplyWouldGo(id, text, v.Rows)
		view.Goes = &day
	}
	return page{template: "reply", title: "Reply to " + s.Display(), place: "replies", view: view}, nil
}

// reply queues an answer, or only shows how it fits.
func reply(v *visit) (done, error) {
	id, err := v.Casebook.FindSource(v.r.PathValue("handle"))
	if err != nil {
		return done{}, err
	}
	if v.form.Get("look") != "" {
		return done{}, errLook
	}
	place, err := v.Casebook.Reply(v.r.Context(), v.editor, id, v.form.Get("text"), v.form.Get("meant") == "yes")
	if err != nil {
		return done{}, err
	}
	d := done{next: "/replies", notice: "The reply waits for the drop. Until that is signed it can be undone.", body: map[string]any{"place": place}}
	for _, r := range v.Casebook.Replies(v.Rows, casebook.SourceID{}).Waiting {
		if r.Place == place {
			d.body["goes"], d.body["parts"] = r.Goes, r.Parts
		}
	}
	return d, nil
}

func repliesPage(v *visit) (page, error) {
	return page{template: "replies", title: "Replies", place: "replies", view: v.Casebook.Replies(v.Rows, casebook.SourceID{})}, nil
}

// onReply runs an action on the reply that the path names.
func (v *visit) onReply(notice string, act func(place int64) error) (done, error) {
	place, err := strconv.ParseInt(v.r.PathValue("place"), 10, 64)
	if err != nil {
		return done{}, casebook.ErrNoSuch
	}
	if err := act(place); err != nil {
		return done{}, err
	}
	return done{next: "/replies", notice: notice}, nil
}

func undoReply(v *visit) (done, error) {
	return v.onReply("The reply is undone. Nobody but this desk will know of it.", func(place int64) error {
		return v.Casebook.UndoReply(v.r.Context(), v.editor, place)
	})
}

func meanReply(v *visit) (done, error) {
	return v.onReply("The reply goes with a next drop.", func(place int64) error {
		return v.Casebook.MeanReply(v.r.Context(), v.editor, place)
	})
}
