package casebook

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"unicode/utf8"

	"hearsay"
)

// Reply is what an editor wrote to a source. It waits until it is in the rows
// of a signed drop; until then it can be undone.
type Reply struct {
	Seq    int64
	Editor string
	Day    hearsay.Day
	Text   Text
	Meant  bool // an editor means it although somebody else may read it
	Undone bool
	Sent   hearsay.Day // the drop that carries it; zero while it waits
	to     *Source     // as it was met
}

// Format prints the placeholder, whatever the verb.
func (Reply) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "[reply]") }

// LogValue logs the placeholder.
func (Reply) LogValue() slog.Value { return slog.StringValue("[reply]") }

// MarshalJSON refuses, so that no JSON carries the secret by accident.
func (Reply) MarshalJSON() ([]byte, error) { return nil, ErrStaysInDesk }

// maxPart is how many bytes of text a part has, and so a row of a drop
// (PROTOCOL.md 4.3).
const maxPart = 3290

// Fit is how a text fits into a reply.
type Fit struct {
	Parts int `json:"parts"` // rows of a drop, at most 3
	Left  int `json:"left"`  // bytes that would still fit
	Over  int `json:"over"`  // bytes too many
}

// FitOf measures a text as it will be cut: between characters, in at most three
// parts.
func FitOf(text string) Fit {
	var f Fit
	rest := text
	for len(rest) > 0 && f.Parts < maxParts {
		cut := min(maxPart, len(rest))
		for cut < len(rest) && !utf8.RuneStart(rest[cut]) {
			cut--
		}
		f.Left, rest = maxPart-cut, rest[cut:]
		f.Parts++
	}
	if f.Over = len(rest); f.Over > 0 {
		f.Left = 0
		return f
	}
	if f.Parts == 0 {
		f.Left = maxPart
		f.Parts = 1
	}
	f.Left += (maxParts - f.Parts) * maxPart
	return f
}

// ReplyText is a text as a reply carries it.
func ReplyText(text string) string {
	return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))
}

func (b *Book) applyReply(r Record, d replyData) error {
	if err := about(r); err != nil {
		return err
	}
	reply := &Reply{Seq: r.Seq, Editor: r.Editor, Day: r.Day, Text: NewText(d.Text), Meant: d.Meant, to: b.source(r)}
	b.replies[r.Seq] = reply
	b.answers = append(b.answers, reply)
	return nil
}

func (b *Book) applyReplyMeant(r Record, d replyMeantData) error {
	reply := b.replies[d.Reply]
	if reply == nil {
		return fmt.Errorf("record %d means a reply that is not kept: %w", r.Seq, ErrRecord)
	}
	reply.Meant = true
	return nil
}

func (b *Book) applyReplyUndone(r Record, d replyUndoneData) error {
	reply := b.replies[d.Reply]
	if reply == nil || reply.Sent != 0 {
		return fmt.Errorf("record %d undoes a reply that does not wait: %w", r.Seq, ErrRecord)
	}
	reply.Undone = true
	return nil
}

// answerable returns the inbox where a source is answered now, or why it
// cannot be.
func (s *Source) answerable() (*contact, error) {
	switch whole := s.whole(); {
	case whole.Alarm == Unverified:
		return nil, ErrUnvouched
	case whole.contact == nil:
		return nil, ErrNoInbox
	default:
		return whole.contact.current(), nil
	}
}

// waits reports whether a reply is still to be sent, and held whether nobody
// means it although the source may be forced.
func (r *Reply) waits() bool { return !r.Undone && r.Sent == 0 }
func (r *Reply) held() bool  { return r.to.whole().watched() && !r.Meant }

// Reply queues an answer to a source for the next drops. meant is the editor's
// word that it is meant although whoever forces the source will read it. It
// returns the reply's place.
func (c *Casebook) Reply(ctx context.Context, editor string, source SourceID, text string, meant bool) (int64, error) {
	var place int64
	err := c.asEditor(ctx, editor, func(ch *change) error {
		s := ch.sources[source]
		if s == nil {
			return ErrNoSuch
		}
		if _, err := s.answerable(); err != nil {
			return err
		}
		text := ReplyText(text)
		if text == "" || !utf8.ValidString(text) || FitOf(text).Over > 0 {
			return ErrReplyText
		}
		if s.whole().watched() && !meant {
			return ErrWatched
		}
		place = ch.lastSeq + 1
		return ch.add(Record{Kind: kindReply, Editor: editor, Source: s.whole().ID, Data: encode(replyData{text, meant})})
	})
	return place, err
}

// onReply runs an action on a reply that waits.
func (c *Casebook) onReply(ctx context.Context, editor string, place int64, act func(ch *change, r *Reply) error) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		r := ch.replies[place]
		switch {
		case r == nil:
			return ErrNoSuch
		case r.Undone:
			return ErrReplyUndone
		case r.Sent != 0:
			return ErrReplySent
		}
		return act(ch, r)
	})
}

// UndoReply takes a reply out of the queue, which nobody but the desk will ever
// know of.
func (c *Casebook) UndoReply(ctx context.Context, editor string, place int64) error {
	return c.onReply(ctx, editor, place, func(ch *change, r *Reply) error {
		return ch.add(Record{Kind: kindReplyUndone, Editor: editor, Source: r.to.whole().ID, Data: encode(replyUndoneData{place})})
	})
}

// MeanReply is an editor's word that a reply is to go although the source came
// under suspicion of being forced after it was written.
func (c *Casebook) MeanReply(ctx context.Context, editor string, place int64) error {
	return c.onReply(ctx, editor, place, func(ch *change, r *Reply) error {
		if r.Meant {
			return nil
		}
		return ch.add(Record{Kind: kindReplyMeant, Editor: editor, Source: r.to.whole().ID, Data: encode(replyMeantData{place})})
	})
}

// plan says which replies go into the next drops, each of so many rows: the
// longest waiting first, a reply whole in one drop, and none before an earlier
// one to the same source. What finds no room is the first of the drop after, so
// that nothing is overtaken for long: a drop has more rows than a reply parts.
func plan(waiting []*Reply, rows int) (drops [][]*Reply) {
	for len(waiting) > 0 && rows >= maxParts {
		var drop, rest []*Reply
		room, behind := rows, map[*Source]bool{}
		for _, r := range waiting {
			parts := FitOf(r.Text.Reveal()).Parts
			if to := r.to.whole(); parts > room || behind[to] {
				behind[to] = true
				rest = append(rest, r)
				continue
			}
			room -= parts
			drop = append(drop, r)
		}
		drops, waiting = append(drops, drop), rest
	}
	return drops
}

// sendable are the replies that wait for nothing but a drop.
func (b *Book) sendable() []*Reply {
	return slices.Collect(func(yield func(*Reply) bool) {
		for _, r := range b.answers {
			if _, err := r.to.answerable(); r.waits() && !r.held() && err == nil && !yield(r) {
				return
			}
		}
	})
}

// RepliesView is what waits to be sent, and what was.
type RepliesView struct {
	Next    hearsay.Day `json:"next"`    // the next drop that is not signed yet
	Rows    int         `json:"rows"`    // that it has
	Taken   int         `json:"taken"`   // of them by replies that go with it
	Waiting []ReplyView `json:"waiting"` // the longest waiting first
	Past    []ReplyView `json:"past"`    // sent and undone, the latest first
}

// ReplyView is one reply.
type ReplyView struct {
	Place  int64        `json:"place"`
	Source SourceLine   `json:"source"`
	Editor string       `json:"editor"`
	Day    hearsay.Day  `json:"day"` // when it was written
	Text   string       `json:"text"`
	Parts  int          `json:"parts"`
	Goes   *hearsay.Day `json:"goes,omitempty"` // at earliest, while it waits
	Held   bool         `json:"held,omitempty"` // until an editor means it: the source may be forced
	Sent   *hearsay.Day `json:"sent,omitempty"` // the drop that carries it
	Undone bool         `json:"undone,omitempty"`
}

// Replies shows the queue, with drops of so many rows; of one source where it is
// not zero.
func (c *Casebook) Replies(rows int, source SourceID) RepliesView {
	v, _ := view(c, func(b *Book, _ *Grades) (RepliesView, error) {
		v := RepliesView{Next: max(c.today(), b.today, b.drop.Epoch+1), Rows: rows, Waiting: []ReplyView{}, Past: []ReplyView{}}
		goes := map[*Reply]hearsay.Day{}
		for i, drop := range plan(b.sendable(), rows) {
			for _, r := range drop {
				goes[r] = v.Next + hearsay.Day(i)
				if i == 0 {
					v.Taken += FitOf(r.Text.Reveal()).Parts
				}
			}
		}
		for _, r := range b.answers {
			if s := b.sources[source]; s != nil && r.to.whole() != s.whole() {
				continue
			}
			line := ReplyView{
				Place: r.Seq, Source: b.sourceLine(r.to.whole()), Editor: r.Editor, Day: r.Day, Text: r.Text.Reveal(),
				Parts: FitOf(r.Text.Reveal()).Parts, Undone: r.Undone,
			}
			if r.Sent != 0 {
				line.Sent = &r.Sent
			}
			if !r.waits() {
				v.Past = append(v.Past, line)
				continue
			}
			line.Held = r.held()
			if day, ok := goes[r]; ok {
				line.Goes = &day
			}
			v.Waiting = append(v.Waiting, line)
		}
		slices.Reverse(v.Past)
		return v, nil
	})
	return v
}

// Answerable says whether a source can be answered, and whether somebody else
// may read the answer.
func (c *Casebook) Answerable(source SourceID) (watched bool, err error) {
	return view(c, func(b *Book, _ *Grades) (bool, error) {
		s := b.sources[source]
		if s == nil {
			return false, ErrNoSuch
		}
		_, err := s.answerable()
		return s.whole().watched(), err
	})
}

// ReplyWouldGo returns the day on which a text would go to a source at earliest,
// were it queued now.
func (c *Casebook) ReplyWouldGo(source SourceID, text string, rows int) hearsay.Day {
	v, _ := view(c, func(b *Book, _ *Grades) (hearsay.Day, error) {
		next := max(c.today(), b.today, b.drop.Epoch+1)
		s := b.sources[source]
		if s == nil {
			return next, nil
		}
		fresh := &Reply{Text: NewText(text), to: s}
		for i, drop := range plan(append(b.sendable(), fresh), rows) {
			if slices.Contains(drop, fresh) {
				return next + hearsay.Day(i), nil
			}
		}
		return next, nil
	})
	return v
}
