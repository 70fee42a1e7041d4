package desk

import (
	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/envelope"
)

// incoming turns an opened message into what the casebook receives. ok is false
// for kinds of messages that this version does not read: they are passed over
// and open again with the next pull.
func incoming(m *envelope.Message, desk envelope.DeskID, channel casebook.Channel, received hearsay.Day) (in casebook.Incoming, ok bool) {
	if m.Type != envelope.Report || m.Contact.IsZero() {
		return in, false
	}
	return casebook.Incoming{
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
	}, true
}
