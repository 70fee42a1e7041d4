package envelope

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"unique"
)

// ErrContact is returned for bytes that are not a contact.
var ErrContact = errors.New("not a contact")

// ContactSize is the length of [Contact.Bytes].
const ContactSize = 32 + mlkemKeySize + xwingKeySize + dhSize + 32 + AckSize

// A Contact is the public half of a source's inbox: where replies to it are
// sealed and with what its acks are made. It is the same whatever the order of
// the source's words. Whoever has it can recognise the source, so it cannot be
// printed. Contacts can be compared with ==.
type Contact struct{ h unique.Handle[string] } // of its 2,512 bytes

type contactKeys struct {
	ownVK   [32]byte
	mlkem   [mlkemKeySize]byte
	pke     [xwingKeySize]byte
	replyDH [dhSize]byte
	fetch   [32]byte
	ack     [AckSize]byte
}

// newContact refuses keys to which no reply could be sealed. ownVK is left to
// the signature that it is to verify.
func newContact(k contactKeys) (Contact, error) {
	if _, err := k.recipient(); err != nil {
		return Contact{}, err
	}
	return Contact{unique.Make(string(k.bytes()))}, nil
}

func (k *contactKeys) recipient() (*recipientKeys, error) {
	return decodeRecipient(k.replyDH[:], k.mlkem[:], k.pke[:], k.fetch[:])
}

// IsZero reports whether this is no contact, as in a message from a desk.
func (c Contact) IsZero() bool { return c == Contact{} }

// keys returns a copy; the zero Contact has zero keys.
func (c Contact) keys() (k contactKeys) {
	if !c.IsZero() {
		k.set([]byte(c.h.Value()))
	}
	return k
}

// fields are the keys in the order of a fingerprint.
func (k *contactKeys) fields() [][]byte {
	return [][]byte{k.ownVK[:], k.mlkem[:], k.pke[:], k.replyDH[:], k.fetch[:], k.ack[:]}
}

func (k *contactKeys) bytes() []byte { return slices.Concat(k.fields()...) }

func (k *contactKeys) set(b []byte) {
	for _, field := range k.fields() {
		b = b[copy(field, b):]
	}
}

// Bytes returns the contact for the desk's own records, 2,512 bytes.
func (c Contact) Bytes() []byte {
	k := c.keys()
	return k.bytes()
}

// ParseContact reads what [Contact.Bytes] writes.
func ParseContact(b []byte) (Contact, error) {
	if len(b) != ContactSize {
		return Contact{}, fmt.Errorf("parse contact: %w", ErrContact)
	}
	var k contactKeys
	k.set(b)
	c, err := newContact(k)
	if err != nil {
		return Contact{}, fmt.Errorf("parse contact: %w", err)
	}
	return c, nil
}

// A Fingerprint is the name under which a desk files a contact (section 5). It
// can be compared and used as a key of a map; it cannot be printed.
type Fingerprint struct{ h unique.Handle[string] }

// FingerprintFromBytes is the inverse of [Fingerprint.Bytes].
func FingerprintFromBytes(b [32]byte) Fingerprint { return Fingerprint{unique.Make(string(b[:]))} }

// Bytes returns the hash, on purpose; the zero Fingerprint gives zeros.
func (f Fingerprint) Bytes() [32]byte {
	if f == (Fingerprint{}) {
		return [32]byte{}
	}
	return [32]byte([]byte(f.h.Value()))
}

// Fingerprint is SHA-256(T("hs1-inbox") ‖ NR ‖ own_vk ‖ mlkem ‖ pke ‖ reply_dh ‖
// fetch ‖ ack).
func (c Contact) Fingerprint(desk DeskID) Fingerprint {
	b := append(append(tag("hs1-inbox"), desk[:]...), c.Bytes()...)
	return FingerprintFromBytes(sha256.Sum256(b))
}

// Ack returns what to put into a drop so that the source sees that something
// from it was opened.
func (c Contact) Ack(slot int, epoch Epoch) Ack {
	k := c.keys()
	return makeAck(k.ack, slot, epoch)
}

// KeyDigests returns a digest of each of the contact's keys, for the desk's
// records. Honest contacts have none in common: where a digest is known from
// another contact, somebody claims an inbox that is not theirs.
func (c Contact) KeyDigests() [][32]byte {
	k := c.keys()
	var digests [][32]byte
	for i, field := range k.fields() {
		digests = append(digests, sha256.Sum256(append(append(tag("inbox-key"), byte(i)), field...)))
	}
	return digests
}
