package desk

import (
	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/envelope"
)

// incoming turns an opened message into what the casebook receives. ok is false
// for one without an inbox, which no source sends. A message in a form that this
// version does not know is kept as it is, for one that does.
func incoming(m *envelope.Message, desk envelope.DeskID, channel casebook.Channel, received hearsay.Day) (in casebook.Incoming, ok bool) {
	if m.Contact.IsZero() {
		return in, false
	}
	in = casebook.Incoming{
		Channel:     channel,
		Received:    received,
		Fingerprint: m.Contact.Fingerprint(desk).Bytes(),
		InboxKeys:   m.Contact.KeyDigests(),
		Inbox:       m.Contact.Bytes(),
		Author:      m.Author.Bytes(),
		Endorsed:    m.Endorsed(desk),
		Message:     m.ID,
		Part:        uint8(m.Part),
		Parts:       uint8(m.Parts),
		Body:        casebook.NewText(string(m.Body())),
	}
	switch {
	case m.Type == envelope.Report:
		return in, true
	case m.Type == envelope.Manifest && m.Parts == 1:
		if in.Manifest, ok = manifest(m.Body()); ok {
			return in, true
		}
	case m.Type == envelope.Rollover && m.Parts == 1:
		if in.Successor, ok = successor(m.Body(), desk); ok {
			return in, true
		}
	}
	in.Unread = uint8(m.Type)
	return in, true
}

func manifest(body []byte) (*casebook.IncomingManifest, bool) {
	m, err := envelope.ParseManifest(body)
	if err != nil {
		return nil, false
	}
	in := &casebook.IncomingManifest{Report: m.Report}
	for _, f := range m.Files {
		in.Files = append(in.Files, casebook.FileKeys{Key: f.Key.Bytes(), Size: f.Size, Chunks: f.Chunks, Digest: f.Digest, Name: f.Name})
	}
	return in, true
}

// successor reads a rollover. It refuses one whose new key does not vouch for
// its new author.
func successor(body []byte, desk envelope.DeskID) (*casebook.Successor, bool) {
	next, err := envelope.ParseRollover(desk, body)
	if err != nil {
		return nil, false
	}
	return &casebook.Successor{
		Fingerprint: next.Contact.Fingerprint(desk).Bytes(),
		InboxKeys:   next.Contact.KeyDigests(),
		Inbox:       next.Contact.Bytes(),
		Author:      next.Author.Bytes(),
	}, true
}
