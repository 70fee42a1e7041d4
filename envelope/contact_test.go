package envelope

import (
	"bytes"
	"errors"
	"testing"
)

func TestContact(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	s := newTestSource(t, d.id)
	c, other := openedFrom(t, d, s).Contact, openedFrom(t, d, newTestSource(t, d.id)).Contact

	t.Run("is the same in every message of a source", func(t *testing.T) {
		if again := openedFrom(t, d, s).Contact; again != c || again.Fingerprint(d.id) != c.Fingerprint(d.id) {
			t.Error("another contact")
		}
	})
	t.Run("is not that of another source", func(t *testing.T) {
		if c == other || c.Fingerprint(d.id) == other.Fingerprint(d.id) || sharesKey(c, other) {
			t.Error("two sources, one contact")
		}
	})
	t.Run("has another fingerprint at another desk", func(t *testing.T) {
		if c.Fingerprint(d.id) == c.Fingerprint(DeskID{}) {
			t.Error("one fingerprint at two desks")
		}
	})
	t.Run("comes back from bytes", func(t *testing.T) {
		again, err := ParseContact(c.Bytes())
		if err != nil || again != c {
			t.Errorf("another contact, %v", err)
		}
		f := c.Fingerprint(d.id)
		if FingerprintFromBytes(f.Bytes()) != f {
			t.Error("another fingerprint")
		}
	})
	t.Run("refused", func(t *testing.T) {
		if _, err := ParseContact(c.Bytes()[1:]); !errors.Is(err, ErrContact) {
			t.Errorf("short: %v", err)
		}
		if _, err := ParseContact(make([]byte, ContactSize)); !errors.Is(err, ErrKey) {
			t.Errorf("zeros: %v", err)
		}
	})
	t.Run("shares a key with who claims one of its keys", func(t *testing.T) {
		at := 0
		for _, size := range []int{32, mlkemKeySize, xwingKeySize, dhSize, 32, AckSize} {
			b := other.Bytes()
			copy(b[at:at+size], c.Bytes()[at:])
			at += size
			claim, err := ParseContact(b)
			if err != nil {
				t.Fatal(err)
			}
			if !sharesKey(claim, c) || claim.Fingerprint(d.id) == c.Fingerprint(d.id) {
				t.Errorf("the key that ends at %d is not noticed", at)
			}
		}
		if at != ContactSize {
			t.Errorf("%d bytes tried, want %d", at, ContactSize)
		}
	})
	t.Run("none is nobody's", func(t *testing.T) {
		var none Contact
		if !none.IsZero() || !bytes.Equal(none.Bytes(), make([]byte, ContactSize)) {
			t.Error("the zero contact is somebody")
		}
		if (Author{}).Bytes() != [32]byte{} || (Fingerprint{}).Bytes() != [32]byte{} {
			t.Error("the zero author or fingerprint is somebody")
		}
	})
}

// What a desk files by (PROTOCOL 5): the fingerprint, the author, and whether
// the one endorses the other.
func TestEndorsed(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	p := newTestPhrase(t)
	opened := func(order string) *Message {
		q, err := p.Reordered(order)
		if err != nil {
			t.Fatal(err)
		}
		s, err := DeriveSource(q, d.id)
		if err != nil {
			t.Fatal(err)
		}
		return openedFrom(t, d, s)
	}
	first, again, forced := opened("0123"), opened("0123"), opened("3210")
	t.Run("the same words are the same author", func(t *testing.T) {
		if again.Author != first.Author || again.Contact != first.Contact || !again.Endorsed(d.id) {
			t.Error("another author or contact, or not endorsed")
		}
	})
	t.Run("another order of them is another author, as well endorsed", func(t *testing.T) {
		if forced.Author == first.Author || forced.Contact != first.Contact || !forced.Endorsed(d.id) {
			t.Error("the same author, another contact, or not endorsed")
		}
	})
	t.Run("an author that the words did not give is not", func(t *testing.T) {
		forged := *forced
		forged.in = first.in // the first author's signature
		if forged.Endorsed(d.id) {
			t.Error("endorsed by a signature over another author")
		}
		if first.Endorsed(DeskID{1}) {
			t.Error("endorsed at another desk")
		}
	})
	t.Run("who knows a contact's public keys cannot write for it", func(t *testing.T) {
		// A former editor seals with a key of its own and everything else as it was.
		thief := newTestSource(t, d.id).keys.get()
		stolen := first.Contact.keys()
		var contact []byte
		for _, field := range [][]byte{stolen.fetch[:], stolen.pke[:], stolen.replyDH[:], stolen.ownVK[:], first.in.get().ownSig[:], stolen.ack[:]} {
			contact = append(contact, field...)
		}
		b, err := seal(d.id, d.roster(t).recipients[Daily][0], sender{dh: thief.author, mlkem: stolen.mlkem[:]},
			plaintext{kind: Report, contact: contact, parts: 1})
		if err != nil {
			t.Fatal(err)
		}
		m, err := d.editors[0].opener(d.id).Open(b)
		if err != nil {
			t.Fatal(err)
		}
		if m.Contact != first.Contact || m.Endorsed(d.id) {
			t.Error("another contact, or endorsed")
		}
	})
}
