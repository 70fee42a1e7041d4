package desk

import (
	"context"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// Errors of answering, as the casebook has them.
var (
	ErrWatched   = casebook.ErrWatched
	ErrReplyText = casebook.ErrReplyText
	ErrNoInbox   = casebook.ErrNoInbox
	ErrUnvouched = casebook.ErrUnvouched
)

// Queued is a reply that waits for a drop.
type Queued struct {
	Place int64        `json:"place"`
	Parts int          `json:"parts"`
	Left  int          `json:"left"`           // bytes that would still have fitted
	Goes  *hearsay.Day `json:"goes,omitempty"` // the drop, at earliest
}

// Reply queues an editor's answer to a source, by its code name, for the next
// drops. meant is the editor's word that it is meant although whoever forces the
// source reads it. Errors: ErrSource, ErrNoInbox, ErrUnvouched, ErrWatched,
// ErrReplyText.
func (d *Desk) Reply(ctx context.Context, editor, codeName, text string, meant bool) (Queued, error) {
	id, err := d.source(codeName)
	if err != nil {
		return Queued{}, err
	}
	place, err := d.book.Reply(ctx, editor, id, text, meant)
	if err != nil {
		return Queued{}, err
	}
	fit := casebook.FitOf(casebook.ReplyText(text))
	queued := Queued{Place: place, Parts: fit.Parts, Left: fit.Left}
	for _, r := range d.book.Replies(d.config.Rows, id).Waiting {
		if r.Place == place {
			queued.Goes = r.Goes
		}
	}
	return queued, nil
}
