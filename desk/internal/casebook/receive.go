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

	// What the message is, where it is no report.
	Manifest  *IncomingManifest
	Successor *Successor // of a rollover
	Unread    uint8      // the type of a message that this version cannot read; Body has its bytes
}

// IncomingManifest is what a manifest says (PROTOCOL.md 4.7).
type IncomingManifest struct {
	Report [16]byte // the message that the files belong to, zero for none
	Files  []FileKeys
}

// FileKeys is what it takes to put a file together.
type FileKeys struct {
	Key    [32]byte
	Size   int64
	Chunks int
	Digest [32]byte
	Name   string
}

// Successor is the identity to which a source rolls over, vouched for by its own
// key (PROTOCOL.md 4.9).
type Successor struct {
	Fingerprint [32]byte
	InboxKeys   [][32]byte
	Inbox       []byte
	Author      [32]byte
}

// The bounds of PROTOCOL.md 4.3.
const (
	maxParts  = 3
	maxReport = maxParts * 3290
)

// Kept counts what was new in what was received.
type Kept struct {
	Reports   int
	Files     int // named by manifests
	Rollovers int
	Unread    int // that this version cannot read
}

// Receive keeps what was opened and reports how much is new. A message that is
// kept already is passed over, so that the same inbox can be pulled as often as
// need be. When it returns without error everything is durable, and only then
// may the relay be told.
func (c *Casebook) Receive(ctx context.Context, incoming []Incoming) (Kept, error) {
	return c.receive(ctx, incoming, false)
}

// ReceiveMore is Receive for one batch of several: what they change of the
// claims is graded once, by CatchUp, or with whatever an editor does before.
func (c *Casebook) ReceiveMore(ctx context.Context, incoming []Incoming) (Kept, error) {
	return c.receive(ctx, incoming, true)
}

// CatchUp grades what ReceiveMore left.
func (c *Casebook) CatchUp(ctx context.Context) error {
	return c.do(ctx, func(ch *change) error {
		if !ch.refiled {
			return nil
		}
		return c.settle(ctx, ch)
	})
}

func (c *Casebook) receive(ctx context.Context, incoming []Incoming, more bool) (kept Kept, err error) {
	err = c.do(ctx, func(ch *change) error {
		ch.later = more
		for _, in := range incoming {
			for _, r := range ch.Book.receive(in) {
				if err := ch.add(r); err != nil {
					return err
				}
				switch r.Kind {
				case kindReport:
					kept.Reports++
				case kindManifest:
					kept.Files += len(in.Manifest.Files)
				case kindRollover:
					kept.Rollovers++
				case kindUnread:
					kept.Unread++
				}
			}
		}
		return nil
	})
	if err != nil {
		return Kept{}, err
	}
	return kept, nil
}

// receive returns the records that keep one message, none where it is kept.
func (b *Book) receive(in Incoming) []Record {
	key := messageKey{in.Author, in.Message}
	if b.taken[key] || in.Part >= in.Parts || in.Parts > maxParts {
		return nil
	}
	switch {
	case in.Unread != 0:
		return b.receiveUnread(in)
	case in.Manifest != nil:
		return b.receiveManifest(in)
	case in.Successor != nil:
		return b.receiveRollover(in)
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
	records, arrival, source := b.file(in)
	in.Body = NewText(in.Body.Reveal()) // an empty report is one too
	return append(records, Record{
		Kind: kindReport, Source: source, Report: ReportIDOf([]byte(in.Body.Reveal())), Body: in.Body,
		Data: encode(reportData{arrival}),
	})
}

// receiveUnread keeps a message that only another version can read.
func (b *Book) receiveUnread(in Incoming) []Record {
	if b.unread[unreadKey{messageKey{in.Author, in.Message}, in.Unread, in.Part}] {
		return nil
	}
	records, arrival, source := b.file(in)
	return append(records, Record{
		Kind: kindUnread, Source: source, Body: in.Body,
		Data: encode(unreadData{arrival, in.Unread, in.Part, in.Parts}),
	})
}

// receiveManifest keeps the names and keys of files that come by themselves.
func (b *Book) receiveManifest(in Incoming) []Record {
	records, arrival, source := b.file(in)
	d := manifestData{arrivalData: arrival, Report: in.Manifest.Report}
	for _, f := range in.Manifest.Files {
		d.Files = append(d.Files, manifestFileData(f))
	}
	return append(records, Record{Kind: kindManifest, Source: source, Data: encode(d)})
}

// receiveRollover keeps a source's word that it changed its words, and the new
// inbox where the desk does not know it yet.
func (b *Book) receiveRollover(in Incoming) []Record {
	records, arrival, source := b.file(in)
	next := in.Successor
	d := rolloverData{arrivalData: arrival, Next: next.Fingerprint, NextAuthor: next.Author}
	d.Refused = arrival.Flag == Unverified || next.Fingerprint == in.Fingerprint || b.othersKeys(next.Fingerprint, next.InboxKeys) ||
		slices.ContainsFunc(next.InboxKeys, func(key [32]byte) bool { return slices.Contains(in.InboxKeys, key) })
	if !d.Refused && b.contacts[next.Fingerprint] == nil {
		records = append(records, Record{Kind: kindContact, Source: NewSourceID(), Data: encode(contactData{
			next.Fingerprint, next.Author, in.Received, next.Inbox, next.InboxKeys, true,
		})})
	}
	return append(records, Record{Kind: kindRollover, Source: source, Data: encode(d)})
}

// othersKeys reports whether one of the keys of an inbox is known from another.
func (b *Book) othersKeys(fingerprint [32]byte, keys [][32]byte) bool {
	return slices.ContainsFunc(keys, func(key [32]byte) bool {
		of, known := b.inboxKeys[key]
		return known && of != fingerprint
	})
}

// file says whose message it is, by the table of PROTOCOL.md section 5. The
// records introduce its source where that is new.
func (b *Book) file(in Incoming) (records []Record, arrival arrivalData, source SourceID) {
	arrival = arrivalData{in.Channel, in.Received, "", in.Author, in.Message, in.Fingerprint}
	introduce := func() {
		source = NewSourceID()
		records = []Record{{Kind: kindContact, Source: source, Data: encode(contactData{
			in.Fingerprint, in.Author, in.Received, in.Inbox, in.InboxKeys, arrival.Flag != Unverified,
		})}}
	}
	if !in.Endorsed || b.othersKeys(in.Fingerprint, in.InboxKeys) {
		arrival.Flag = Unverified
		if s := b.strangers[in.Author]; s != nil {
			return nil, arrival, s.ID
		}
		introduce()
		return records, arrival, source
	}
	known := b.contacts[in.Fingerprint]
	if known == nil {
		introduce()
		return records, arrival, source
	}
	if known.rolls {
		b.settled()
	}
	f := filing{contact: known, author: in.Author}
	arrival.Flag = f.flag(in.Received)
	return nil, arrival, known.source.ID
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
			Data: encode(reportData{arrivalData{Channel: AtDesk, Received: ch.day}}),
		})
	})
	return place, err
}

// named returns the source of a code name, nil without one.
func (b *Book) named(codeName string) *Source {
	for _, s := range b.sources {
		if s.CodeName.Reveal() == codeName {
			return s.whole()
		}
	}
	return nil
}
