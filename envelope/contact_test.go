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
		if c == other || c.Fingerprint(d.id) == other.Fingerprint(d.id) || c.SharesKey(other) {
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
			if !claim.SharesKey(c) || !c.SharesKey(claim) {
				t.Errorf("the key that ends at %d is not noticed", at)
			}
		}
		if at != ContactSize {
			t.Errorf("%d bytes tried, want %d", at, ContactSize)
		}
	})
	t.Run("none is nobody's", func(t *testing.T) {
		var none Contact
		if none.SharesKey(c) || c.SharesKey(none) || !none.IsZero() || !bytes.Equal(none.Bytes(), make([]byte, ContactSize)) {
			t.Error("the zero contact is somebody")
		}
		if (Author{}).Bytes() != [32]byte{} || (Fingerprint{}).Bytes() != [32]byte{} {
			t.Error("the zero author or fingerprint is somebody")
		}
	})
}

func TestFile(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	p := newTestPhrase(t)
	opened := func(p Phrase) *Message {
		s, err := DeriveSource(p, d.id)
		if err != nil {
			t.Fatal(err)
		}
		return openedFrom(t, d, s)
	}
	reordered := func(order string) *Message {
		q, err := p.Reordered(order)
		if err != nil {
			t.Fatal(err)
		}
		return opened(q)
	}
	a, b := reordered("0123"), reordered("3210")
	forged := *a
	in := *a.in.get()
	in.ownSig[0] ^= 1
	forged.in = veil(in)

	began := func(m *Message, day Epoch) Sighting { return Sighting{m.Author, day} }
	for _, tt := range []struct {
		name    string
		m       *Message
		arrived Epoch
		h       History
		want    Filing
	}{
		{"unknown contact, good own_sig", a, 10, History{}, NewContact},
		{"known contact, same author, same day", a, 10, History{Seen: []Sighting{began(a, 10)}}, Normal},
		{"known contact, same author, later", a, 20, History{Seen: []Sighting{began(a, 10)}}, Normal},
		{"known contact, other author", b, 11, History{Seen: []Sighting{began(a, 10)}}, Duress},
		{"the same false order again", b, 12, History{Seen: []Sighting{began(a, 10), began(b, 11)}}, Duress},
		{"the true order after a false one", a, 12, History{Seen: []Sighting{began(a, 10), began(b, 11)}}, Normal},
		{"an author that arrives from before the first day", b, 9, History{Seen: []Sighting{began(a, 10)}}, Duress},
		{"two authors first seen in one epoch, the second", b, 10, History{Seen: []Sighting{began(a, 10)}}, Ambiguous},
		{"two authors first seen in one epoch, either later", a, 15, History{Seen: []Sighting{began(a, 10), began(b, 10)}}, Ambiguous},
		{"a third author after an ambiguous day", reordered("1023"), 15, History{Seen: []Sighting{began(a, 10), began(b, 10)}}, Duress},
		{"a lifted author", b, 30, History{Seen: []Sighting{began(a, 10), began(b, 11)}, Lifted: b.Author}, Normal},
		{"the old author after another was lifted", a, 30, History{Seen: []Sighting{began(a, 10), began(b, 11)}, Lifted: b.Author}, Duress},
		{"bad own_sig, unknown contact", &forged, 10, History{}, Unverified},
		{"bad own_sig, known contact and author", &forged, 10, History{Seen: []Sighting{began(a, 10)}}, Unverified},
		{"an inbox key known under another contact", a, 10, History{Claimed: true}, Unverified},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := File(tt.m, d.id, tt.arrived, tt.h); got != tt.want {
				t.Errorf("filed as %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("own_sig is the desk's own", func(t *testing.T) {
		if got := File(a, DeskID{1}, 10, History{}); got != Unverified {
			t.Errorf("filed at another desk as %v", got)
		}
	})
}
