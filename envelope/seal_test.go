package envelope

import (
	"bytes"
	"crypto/hpke"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestSealAndOpen(t *testing.T) {
	d := newTestDesk(t, 2, 4)
	r := d.roster(t)
	s := newTestSource(t, d.id)
	open := []*Opener{d.editors[0].opener(d.id), d.editors[1].opener(d.id)}

	t.Run("what is sealed is opened, by every editor in its own slot", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.StringN(1, 3000, MaxParts*MaxBody-3*utf8.UTFMax).Draw(t, "text")
			class := Class(rapid.IntRange(0, 1).Draw(t, "class"))
			payloads, err := s.Seal(r, class, text)
			if err != nil {
				t.Fatal(err)
			}
			for slot, o := range open {
				var parts []*Message
				for _, payload := range payloads {
					if len(payload) != PayloadSize {
						t.Fatalf("a payload of %d bytes", len(payload))
					}
					m, err := o.OpenPayload(payload, slot)
					if err != nil {
						t.Fatal(err)
					}
					if !m.Endorsed(d.id) || !utf8.Valid(m.Body()) || m.Type != Report {
						t.Fatal("a part that is not endorsed, not UTF-8 or no report")
					}
					for other := range Slots {
						if _, err := o.OpenPayload(payload, other); other != slot && err != ErrNotForUs {
							t.Fatalf("slot %d opens for editor %d", other, slot)
						}
					}
					parts = append(parts, m)
				}
				slices.Reverse(parts)
				if got, err := Join(parts); err != nil || string(got) != text {
					t.Fatalf("%d bytes came back as %d, %v", len(text), len(got), err)
				}
			}
		})
	})
	t.Run("all editors see one message id, two reports have two", func(t *testing.T) {
		ids := map[[16]byte]int{}
		for range 2 {
			payloads, err := s.Seal(r, Daily, "text")
			if err != nil {
				t.Fatal(err)
			}
			for slot, o := range open {
				m, err := o.OpenPayload(payloads[0], slot)
				if err != nil {
					t.Fatal(err)
				}
				ids[m.ID]++
			}
		}
		if len(ids) != 2 {
			t.Errorf("%d ids", len(ids))
		}
	})
	t.Run("each class opens with its own bundle only", func(t *testing.T) {
		for _, class := range []Class{Daily, Courier} {
			payloads, err := s.Seal(r, class, "text")
			if err != nil {
				t.Fatal(err)
			}
			e := d.editors[0]
			for _, u := range e.bundles {
				_, err := NewOpener(d.id, e.lt.Public(), u).OpenPayload(payloads[0], 0)
				if opened := err == nil; opened != (u.Class() == class) {
					t.Errorf("sealed to class %d, bundle of class %d: %v", class, u.Class(), err)
				}
			}
		}
	})
	t.Run("cover opens for nobody", func(t *testing.T) {
		payload, err := Cover(d.id)
		if err != nil {
			t.Fatal(err)
		}
		if len(payload) != PayloadSize {
			t.Errorf("%d bytes", len(payload))
		}
		for slot := range Slots {
			for _, o := range open {
				if _, err := o.OpenPayload(payload, slot); err != ErrNotForUs {
					t.Errorf("slot %d: %v", slot, err)
				}
			}
		}
	})
	t.Run("refused", func(t *testing.T) {
		for _, tt := range []struct {
			name, text string
			want       error
		}{
			{"nothing", "", ErrBody},
			{"text that is not UTF-8", "\xff", ErrBody},
			{"a byte too many for three parts", strings.Repeat("a", MaxParts*MaxBody+1), ErrBody},
		} {
			if _, err := s.Seal(r, Daily, tt.text); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
			if _, err := d.editors[0].lt.Reply(d.id, Contact{}, tt.text); !errors.Is(err, tt.want) {
				t.Errorf("reply with %s: %v, want %v", tt.name, err, tt.want)
			}
		}
		if _, err := s.Seal(newTestDesk(t, 1, 4).roster(t), Daily, "text"); !errors.Is(err, ErrDesk) {
			t.Errorf("another desk's roster: %v, want %v", err, ErrDesk)
		}
		if _, err := s.Seal(r, classes, "text"); err == nil {
			t.Error("a third class was sealed to")
		}
		if _, err := d.editors[0].lt.Reply(d.id, Contact{}, "text"); !errors.Is(err, ErrKey) {
			t.Errorf("a reply to nobody: %v, want %v", err, ErrKey)
		}
	})
}

// An envelope with any byte changed, cut, or of another direction is not for us.
func TestOpenRefuses(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	s := newTestSource(t, d.id)
	o := d.editors[0].opener(d.id)
	payloads, err := s.Seal(d.roster(t), Daily, "text")
	if err != nil {
		t.Fatal(err)
	}
	good := payloads[0][:Size]
	m, err := o.Open(good)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := d.editors[0].lt.Reply(d.id, m.Contact, "answer")
	if err != nil {
		t.Fatal(err)
	}
	t.Run("any byte changed", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			b := bytes.Clone(good)
			b[rapid.IntRange(0, Size-1).Draw(rt, "at")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "xor"))
			if _, err := o.Open(b); err != ErrNotForUs {
				rt.Fatalf("Open = %v, want just %v", err, ErrNotForUs)
			}
		})
	})
	for _, tt := range []struct {
		name string
		open func() error
	}{
		{"nothing", func() error { _, err := o.Open(nil); return err }},
		{"a byte too few", func() error { _, err := o.Open(good[1:]); return err }},
		{"a byte too many", func() error { _, err := o.Open(append(bytes.Clone(good), 0)); return err }},
		{"zeros", func() error { _, err := o.Open(make([]byte, Size)); return err }},
		{"an opener without keys", func() error { _, err := NewOpener(d.id, LongTerm{}).Open(good); return err }},
		{"an editor of another desk", func() error { _, err := d.editors[0].opener(DeskID{1}).Open(good); return err }},
		{"a slot that is none", func() error { _, err := o.OpenPayload(payloads[0], 3); return err }},
		{"a payload of another size", func() error { _, err := o.OpenPayload(payloads[0][1:], 0); return err }},
		{"the source itself", func() error { _, err := s.Open(good); return err }},
		{"another source, a reply", func() error { _, err := newTestSource(t, d.id).Open(rows[0]); return err }},
		{"a source, half a reply", func() error { _, err := s.Open(rows[0][:100]); return err }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.open(); err != ErrNotForUs {
				t.Errorf("Open = %v, want just %v", err, ErrNotForUs)
			}
		})
	}
	t.Run("a message of the other direction", func(t *testing.T) {
		from := sender{dh: s.keys.get().author, mlkem: s.keys.get().inbox.mlkem.EncapsulationKey().Bytes()}
		toDesk, err := seal(d.id, d.roster(t).recipients[Daily][0], from, plaintext{kind: Reply, parts: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Open(toDesk); err != ErrNotForUs {
			t.Errorf("a reply to the desk: %v", err)
		}
		toSource, err := seal(d.id, s.keys.get().inbox.public(), from, plaintext{kind: Report, contact: s.keys.get().contact, parts: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Open(toSource); err != ErrNotForUs {
			t.Errorf("a report to the source: %v", err)
		}
	})
	t.Run("a contact whose keys do not decode", func(t *testing.T) {
		from := sender{dh: s.keys.get().author, mlkem: s.keys.get().inbox.mlkem.EncapsulationKey().Bytes()}
		for _, at := range []int{0, 32 + 1, 32 + xwingKeySize} { // fetch, pke, reply_dh
			c := bytes.Clone(s.keys.get().contact)
			for i := range 32 {
				c[at+i] = 0xff
			}
			if at == 32+xwingKeySize {
				clear(c[at:][:32])
			}
			b, err := seal(d.id, d.roster(t).recipients[Daily][0], from, plaintext{kind: Report, contact: c, parts: 1})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := o.Open(b); err != ErrNotForUs {
				t.Errorf("key at %d: %v", at, err)
			}
		}
	})
	t.Run("an author whose X25519 key gives zero", func(t *testing.T) {
		b := bytes.Clone(good)
		ct, err := hpke.Seal(d.roster(t).recipients[Daily][0].pke, hpkeKDF, hpkeAEAD, nil, make([]byte, authorSize))
		if err != nil {
			t.Fatal(err)
		}
		copy(b[pkeAt:], ct)
		if _, err := o.Open(b); err != ErrNotForUs {
			t.Errorf("Open = %v", err)
		}
	})
}

func TestReply(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	s := newTestSource(t, d.id)
	o := d.editors[0].opener(d.id)
	payloads, err := s.Seal(d.roster(t), Daily, "question")
	if err != nil {
		t.Fatal(err)
	}
	m, err := o.OpenPayload(payloads[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("reaches the source in one row or three", func(t *testing.T) {
		for _, text := range []string{"answer", strings.Repeat("답", 3*MaxBody/3-3)} {
			rows, err := d.editors[0].lt.Reply(d.id, m.Contact, text)
			if err != nil {
				t.Fatal(err)
			}
			var parts []*Message
			for _, row := range rows {
				part, err := s.Open(row)
				if err != nil {
					t.Fatal(err)
				}
				if !d.editors[0].lt.Public().Wrote(part) || part.Endorsed(d.id) || !part.Contact.IsZero() {
					t.Error("not the editor's, or with a contact of its own")
				}
				parts = append(parts, part)
			}
			if got, err := Join(parts); err != nil || string(got) != text {
				t.Errorf("%d bytes came back as %d, %v", len(text), len(got), err)
			}
		}
	})
	t.Run("reaches the source whatever the order of its words", func(t *testing.T) {
		p := newTestPhrase(t)
		first, err := DeriveSource(p, d.id)
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := first.Seal(d.roster(t), Daily, "question")
		if err != nil {
			t.Fatal(err)
		}
		m, err := o.OpenPayload(sealed[0], 0)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := d.editors[0].lt.Reply(d.id, m.Contact, "answer")
		if err != nil {
			t.Fatal(err)
		}
		for n := range 24 {
			q, err := p.Reordered(orderNumber(n))
			if err != nil {
				t.Fatal(err)
			}
			s, err := DeriveSource(q, d.id)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := s.Open(rows[0]); err != nil {
				t.Errorf("order %s: %v", orderNumber(n), err)
			}
		}
	})
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name  string
		text  string
		parts int
	}{
		{"one byte", "a", 1},
		{"a full part", strings.Repeat("a", MaxBody), 1},
		{"a byte more", strings.Repeat("a", MaxBody+1), 2},
		{"three full parts", strings.Repeat("a", 3*MaxBody), 3},
		{"a character across the cut", strings.Repeat("a", MaxBody-1) + "한", 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bodies, err := split(tt.text)
			if err != nil || len(bodies) != tt.parts || strings.Join(bodies, "") != tt.text {
				t.Fatalf("%d parts, %v; want %d", len(bodies), err, tt.parts)
			}
			for _, body := range bodies {
				if len(body) > MaxBody || !utf8.ValidString(body) {
					t.Errorf("a part of %d bytes, UTF-8 %v", len(body), utf8.ValidString(body))
				}
			}
		})
	}
}

func TestJoin(t *testing.T) {
	part := func(author, id byte, part, parts int) *Message {
		return &Message{
			Type: Report, ID: [16]byte{id}, Part: part, Parts: parts,
			Author: AuthorFromBytes([32]byte{author}), in: veil(inside{body: []byte{'a' + byte(part)}}),
		}
	}
	for _, tt := range []struct {
		name  string
		parts []*Message
		want  string
		err   error
	}{
		{"one of one", []*Message{part(1, 1, 0, 1)}, "a", nil},
		{"three, in any order", []*Message{part(1, 1, 2, 3), part(1, 1, 0, 3), part(1, 1, 1, 3)}, "abc", nil},
		{"none", nil, "", ErrParts},
		{"one missing", []*Message{part(1, 1, 0, 2)}, "", ErrParts},
		{"one twice", []*Message{part(1, 1, 0, 2), part(1, 1, 0, 2)}, "", ErrParts},
		{"of two authors", []*Message{part(1, 1, 0, 2), part(2, 1, 1, 2)}, "", ErrParts},
		{"of two messages", []*Message{part(1, 1, 0, 2), part(1, 2, 1, 2)}, "", ErrParts},
		{"of different lengths", []*Message{part(1, 1, 0, 2), part(1, 1, 1, 3)}, "", ErrParts},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Join(tt.parts)
			if !errors.Is(err, tt.err) || string(got) != tt.want {
				t.Errorf("Join = %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

// TestOpenerTriesEveryKey: in whatever order, each bundle opens what is sealed
// to it, and nothing else does.
func TestOpenerTriesEveryKey(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	s := newTestSource(t, d.id).keys.get()
	from := sender{dh: s.author, mlkem: s.inbox.mlkem.EncapsulationKey().Bytes()}
	lt := d.editors[0].lt.Public()
	var bundles []*SecretBundle
	var sealed [][]byte
	for day := range Epoch(5) {
		u, err := NewBundle(Daily, testDay+day, testDay+day+DailyUse, testDay+day+DailyDestroy)
		if err != nil {
			t.Fatal(err)
		}
		to := u.keys.get().recipientSecrets
		to.fetch = lt.Fetch
		b, err := seal(d.id, to.public(), from, plaintext{kind: Report, contact: s.contact, parts: 1, body: []byte{byte(day)}})
		if err != nil {
			t.Fatal(err)
		}
		bundles, sealed = append(bundles, u), append(sealed, b)
	}
	o := NewOpener(d.id, lt, bundles...)
	for first := range sealed {
		for second := range sealed {
			for _, i := range []int{first, second} {
				if m, err := o.Open(sealed[i]); err != nil || m.Body()[0] != byte(i) {
					t.Errorf("after %d, %d: %v", first, i, err)
				}
			}
		}
	}
	if _, err := NewOpener(d.id, lt, bundles[1:]...).Open(sealed[0]); err != ErrNotForUs {
		t.Errorf("without its bundle: %v", err)
	}
}
