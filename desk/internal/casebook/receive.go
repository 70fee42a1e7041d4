package casebook

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"hearsay"
)

// Incoming is one opened message of a source, as the keyring hands it over.
type Incoming struct {
	Channel     Channel
	Received    hearsay.Day
	Fingerprint [32]byte   // of the inbox: FP of PROTOCOL.md section 5
	InboxKeys   [][32]byte // digests of the inbox's parts
	Inbox       []byte     // its public half, kept for acks and replies
	Author      [32]byte   // the key that wrote this message
	Endorsed    bool       // whether the inbox's own key vouches for the author
	Message     [16]byte
	Part, Parts uint8
	Body        Text
}

const maxReport = 3 * 3290 // three parts of PROTOCOL.md 4.3

// Receive keeps what was opened and reports how many reports are new. A
// message that is kept already is passed over, so that the same inbox can be
// pulled as often as need be. When it returns without error everything is
// durable, and only then may the relay be told.
func (c *Casebook) Receive(ctx context.Context, incoming []Incoming) (kept int, err error) {
	err = c.do(ctx, func(ch *change) error {
		for _, in := range incoming {
			for _, r := range ch.receive(in) {
				if err := ch.add(r); err != nil {
					return err
				}
				if r.Kind == kindReport {
					kept++
				}
			}
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	return kept, nil
}

// receive returns the records that keep one message, none where it is kept.
func (b *Book) receive(in Incoming) []Record {
	key := messageKey{in.Author, in.Message}
	if b.taken[key] || in.Part >= in.Parts {
		return nil
	}
	if in.Parts > 1 {
		parts := b.parts[key]
		if _, have := parts[in.Part]; have {
			return nil
		}
		if len(parts)+1 < int(in.Parts) {
			return []Record{{Kind: kindPart, Body: in.Body, Data: encode(partData{in.Author, in.Message, in.Part, in.Parts})}}
		}
		var whole strings.Builder
		for i := range in.Parts {
			if i == in.Part {
				whole.WriteString(in.Body.Reveal())
			} else {
				whole.WriteString(parts[i])
			}
		}
		in.Body = NewText(whole.String())
	}
	source, flag, introduce := b.file(in)
	id := ReportIDOf([]byte(in.Body.Reveal()))
	var records []Record
	if introduce {
		records = append(records, Record{Kind: kindContact, Source: source, Data: encode(contactData{in.Fingerprint, in.Author, in.Inbox, in.InboxKeys, in.Endorsed})})
	}
	return append(records, Record{
		Kind: kindReport, Source: source, Report: id, Body: in.Body,
		Data: encode(reportData{in.Channel, in.Received, flag, in.Author, in.Message}),
	})
}

// file says whose message it is, by the table of PROTOCOL.md section 5, and
// whether its source is new.
func (b *Book) file(in Incoming) (source SourceID, flag Flag, introduce bool) {
	if !in.Endorsed || slices.ContainsFunc(in.InboxKeys, func(key [32]byte) bool {
		fingerprint, known := b.inboxKeys[key]
		return known && fingerprint != in.Fingerprint
	}) {
		if s := b.strangers[in.Author]; s != nil {
			return s.ID, Unverified, false
		}
		return NewSourceID(), Unverified, true
	}
	known := b.contacts[in.Fingerprint]
	switch {
	case known == nil:
		return NewSourceID(), "", true
	case known.author == in.Author:
		return known.source.ID, "", false
	case known.since == in.Received:
		return known.source.ID, Ambiguous, false
	}
	return known.source.ID, Duress, false
}

// KeyIn keeps a report that came by voice or paper, under the code name of its
// source, and returns its place in the casebook.
func (c *Casebook) KeyIn(ctx context.Context, editor, codeName string, body string) (int64, error) {
	var place int64
	err := c.asEditor(ctx, editor, func(ch *change) error {
		if !ValidCodeName(codeName) {
			return ErrName
		}
		body := strings.TrimRight(strings.ReplaceAll(body, "\r\n", "\n"), "\n")
		if strings.TrimSpace(body) == "" || len(body) > maxReport || !utf8.ValidString(body) {
			return ErrText
		}
		source, id := ch.named(codeName), ReportIDOf([]byte(body))
		if source != nil && ch.find(source.ID, id) != nil {
			return ErrKeptTwice
		}
		if source == nil {
			source = &Source{ID: NewSourceID()}
			if err := ch.add(Record{Kind: kindSource, Editor: editor, Source: source.ID, Data: encode(sourceData{CodeName: codeName})}); err != nil {
				return err
			}
		}
		place = ch.lastSeq + 1
		return ch.add(Record{
			Kind: kindReport, Editor: editor, Source: source.ID, Report: id, Body: NewText(body),
			Data: encode(reportData{Channel: AtDesk, Received: ch.day}),
		})
	})
	return place, err
}

// named returns the source of a code name, nil without one.
func (b *Book) named(codeName string) *Source {
	for _, s := range b.sources {
		if s.CodeName.Reveal() == codeName {
			return s
		}
	}
	return nil
}
