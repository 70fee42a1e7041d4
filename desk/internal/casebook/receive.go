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

// The bounds of PROTOCOL.md 4.3.
const (
	maxParts  = 3
	maxReport = maxParts * 3290
)

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
	if b.taken[key] || in.Part >= in.Parts || in.Parts > maxParts {
		return nil
	}
	if in.Parts > 1 {
		parts := b.parts[partsKey{key, in.Parts}]
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
	in.Body = NewText(in.Body.Reveal()) // an empty report is one too
	id := ReportIDOf([]byte(in.Body.Reveal()))
	var records []Record
	if introduce {
		records = append(records, Record{Kind: kindContact, Source: source, Data: encode(contactData{in.Fingerprint, in.Author, in.Received, in.Inbox, in.InboxKeys, flag != Unverified})})
	}
	return append(records, Record{
		Kind: kindReport, Source: source, Report: id, Body: in.Body,
		Data: encode(reportData{in.Channel, in.Received, flag, in.Author, in.Message, in.Fingerprint}),
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
	if known == nil {
		return NewSourceID(), "", true
	}
	return known.source.ID, known.judge(in.Author, in.Received), false
}

// judge says how an author's message is filed. The normal author is who wrote on
// the day when the desk first heard of the inbox; where several did, nobody
// knows which of them it is.
func (c *contact) judge(author [32]byte, received hearsay.Day) Flag {
	first, seen := c.first[author]
	if !seen {
		first = received
	}
	if first != c.since {
		return Duress
	}
	for other, day := range c.first {
		if other != author && day == c.since {
			return Ambiguous
		}
	}
	return ""
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
