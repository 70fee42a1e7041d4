package envelope

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"
	"unique"
)

// ErrBody is returned for a text that is empty, too long or not UTF-8.
var ErrBody = errors.New("text is empty, too long or not UTF-8")

// A MessageType says what a message is and which way it goes: the high bit is
// set from the desk to a source.
type MessageType uint8

const (
	Report        MessageType = 0x01 // text, in up to three parts
	Manifest      MessageType = 0x02 // a [ManifestBody]
	Rollover      MessageType = 0x03 // a [Successor]
	Reply         MessageType = 0x81 // text, in up to three parts
	ReplyManifest MessageType = 0x82 // a [ManifestBody]; no desk sends one, and no kit could fetch its files
)

func (t MessageType) fromSource() bool { return t >= Report && t <= Rollover }
func (t MessageType) fromDesk() bool   { return t == Reply || t == ReplyManifest }

// isText reports whether the body is text. The others have one part each.
func (t MessageType) isText() bool { return t == Report || t == Reply }

// An Author is the X25519 key with which a message was sealed. For a source it
// depends on the order of its words, and so tells duress (section 5). It can be
// compared and used as a key of a map; it cannot be printed.
type Author struct{ h unique.Handle[string] }

// AuthorFromBytes is the inverse of [Author.Bytes], for the desk's own records.
func AuthorFromBytes(b [dhSize]byte) Author { return Author{unique.Make(string(b[:]))} }

// Bytes returns the key, on purpose; the zero Author gives zeros.
func (a Author) Bytes() [dhSize]byte {
	if a == (Author{}) {
		return [dhSize]byte{}
	}
	return [dhSize]byte([]byte(a.h.Value()))
}

// A Message is one opened envelope.
type Message struct {
	Type    MessageType
	ID      [16]byte // the same for all parts, and in all slots
	Part    int      // counts from 0
	Parts   int      // 1 to 3
	Author  Author   // who sealed it, as the sealing itself proves
	Contact Contact  // the source's inbox; zero in what comes from a desk

	in veiled[inside]
}

// inside is what fmt must not reach through somebody's unexported field.
type inside struct {
	sender [authorSize]byte // the author's X25519 and ML-KEM keys
	ownSig [sigSize]byte
	body   []byte
}

// Body returns what this part holds, which by the type is text, a manifest
// ([ParseManifest]) or a rollover ([ParseRollover]). It is whatever the other
// side sealed: the caller checks that a text is UTF-8, and never takes it for
// markup.
func (m *Message) Body() []byte { return m.in.get().body }

// Endorsed reports whether the source's own key, which only the twelve words
// give, vouches for the author. If not, the message may come from somebody who
// knows the source's public keys, such as a former editor.
func (m *Message) Endorsed(desk DeskID) bool {
	if m.Contact.IsZero() {
		return false
	}
	keys := m.Contact.keys()
	return verify(keys.ownVK[:], ownPreimage(desk, m.Author.Bytes()), m.in.get().ownSig[:])
}

func ownPreimage(desk DeskID, author [dhSize]byte) []byte {
	return append(append(tag("hs1-own"), desk[:]...), author[:]...)
}

// Join returns the text of a whole message from its parts, in any order. They
// must all be there, once, from one author under one id.
func Join(parts []*Message) ([]byte, error) {
	var bodies [MaxParts][]byte
	for _, m := range parts {
		if first := parts[0]; m.ID != first.ID || m.Author != first.Author || m.Parts != first.Parts ||
			m.Type != first.Type || m.Contact != first.Contact || bodies[m.Part] != nil {
			return nil, fmt.Errorf("join parts: %w", ErrParts)
		}
		bodies[m.Part] = m.Body()
	}
	if len(parts) == 0 || len(parts) != parts[0].Parts {
		return nil, fmt.Errorf("join parts: %w", ErrParts)
	}
	var text []byte
	for _, body := range bodies {
		text = append(text, body...)
	}
	return text, nil
}

// ErrParts is returned for parts that do not make one message.
var ErrParts = errors.New("not the parts of one message")

// split cuts a text into the bodies of at most three parts, between characters.
func split(text string) ([]string, error) {
	if text == "" || len(text) > MaxParts*MaxBody || !utf8.ValidString(text) {
		return nil, ErrBody
	}
	var bodies []string
	for len(text) > MaxBody {
		cut := MaxBody
		for !utf8.RuneStart(text[cut]) {
			cut--
		}
		bodies = append(bodies, text[:cut])
		text = text[cut:]
	}
	bodies = append(bodies, text)
	if len(bodies) > MaxParts { // characters that were not cut left room unused
		return nil, ErrBody
	}
	return bodies, nil
}

// Offsets in the plaintext (PROTOCOL 4.3).
const (
	ptContactAt = 2
	ptIDAt      = 1394
	ptPartAt    = 1410
	ptLenAt     = 1412
	ptBodyAt    = 1414
)

// A plaintext is what an envelope holds, in either direction.
type plaintext struct {
	kind        MessageType
	contact     []byte // fetch ‖ pke ‖ reply_dh ‖ own_vk ‖ own_sig ‖ ack, or nil from a desk
	id          [16]byte
	part, parts int
	body        []byte
}

func (p plaintext) marshal() []byte {
	b := make([]byte, plaintextSize)
	b[0], b[1] = 1, byte(p.kind)
	copy(b[ptContactAt:ptIDAt], p.contact)
	copy(b[ptIDAt:], p.id[:])
	b[ptPartAt], b[ptPartAt+1] = byte(p.part), byte(p.parts)
	binary.BigEndian.PutUint16(b[ptLenAt:], uint16(len(p.body)))
	copy(b[ptBodyAt:], p.body)
	return b
}

// parsePlaintext reads what marshal writes. It looks at form only: keys are
// decoded where a Message is made of it.
func parsePlaintext(b []byte) (plaintext, bool) {
	if len(b) != plaintextSize || b[0] != 1 {
		return plaintext{}, false
	}
	p := plaintext{
		kind:  MessageType(b[1]),
		id:    [16]byte(b[ptIDAt:]),
		part:  int(b[ptPartAt]),
		parts: int(b[ptPartAt+1]),
	}
	n := int(binary.BigEndian.Uint16(b[ptLenAt:]))
	if p.part >= p.parts || p.parts > MaxParts || n > MaxBody || !isZero(b[ptBodyAt+n:]) ||
		(p.parts > 1 && !p.kind.isText()) {
		return plaintext{}, false
	}
	p.body = b[ptBodyAt : ptBodyAt+n]
	switch {
	case p.kind.fromSource():
		p.contact = b[ptContactAt:ptIDAt]
	case !p.kind.fromDesk() || !isZero(b[ptContactAt:ptIDAt]):
		return plaintext{}, false
	}
	return p, true
}

// message decodes the keys in a plaintext and makes a Message of it.
func (p plaintext) message(sender []byte) (*Message, error) {
	m := &Message{
		Type:   p.kind,
		ID:     p.id,
		Part:   p.part,
		Parts:  p.parts,
		Author: AuthorFromBytes([dhSize]byte(sender)),
		in:     veil(inside{sender: [authorSize]byte(sender), body: p.body}),
	}
	if p.contact == nil {
		return m, nil
	}
	c := p.contact
	keys := contactKeys{mlkem: [mlkemKeySize]byte(sender[dhSize:])}
	c = c[copy(keys.fetch[:], c):]
	c = c[copy(keys.pke[:], c):]
	c = c[copy(keys.replyDH[:], c):]
	c = c[copy(keys.ownVK[:], c):]
	c = c[copy(m.in.get().ownSig[:], c):]
	copy(keys.ack[:], c)
	contact, err := newContact(keys)
	if err != nil {
		return nil, err
	}
	m.Contact = contact
	return m, nil
}
