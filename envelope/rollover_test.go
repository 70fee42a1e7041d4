package envelope

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func TestRollover(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	e := d.editors[0]
	old, next := newTestSource(t, d.id), newTestSource(t, d.id)
	open := func(payload []byte) *Message {
		t.Helper()
		m, err := e.opener(d.id).OpenPayload(payload, 0)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	sealed, err := old.SealRollover(d.roster(t), Daily, next)
	if err != nil {
		t.Fatal(err)
	}
	m := open(sealed)

	t.Run("comes from the old words and names the new", func(t *testing.T) {
		if m.Type != Rollover || m.Parts != 1 || !m.Endorsed(d.id) {
			t.Errorf("type %d in %d parts, endorsed %v", m.Type, m.Parts, m.Endorsed(d.id))
		}
		was, will := openedFrom(t, d, old), openedFrom(t, d, next)
		got, err := ParseRollover(d.id, m.Body())
		if err != nil {
			t.Fatal(err)
		}
		if m.Contact != was.Contact || m.Author != was.Author {
			t.Error("not from the old words")
		}
		if got.Contact != will.Contact || got.Author != will.Author {
			t.Error("not to the new words")
		}
	})
	t.Run("a reply to the successor opens with the new words only", func(t *testing.T) {
		to, err := ParseRollover(d.id, m.Body())
		if err != nil {
			t.Fatal(err)
		}
		rows, err := e.lt.Reply(d.id, to.Contact, "answer")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := next.Open(rows[0]); err != nil {
			t.Errorf("new words: %v", err)
		}
		if _, err := old.Open(rows[0]); err != ErrNotForUs {
			t.Errorf("old words: %v", err)
		}
	})
	t.Run("a body with any byte changed names somebody else, or nobody", func(t *testing.T) {
		want, err := ParseRollover(d.id, m.Body())
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			b := bytes.Clone(m.Body())
			b[rapid.IntRange(0, len(b)-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "xor"))
			if got, err := ParseRollover(d.id, b); err == nil && got == want {
				t.Fatal("the same")
			}
		})
	})
	for _, tt := range []struct {
		name   string
		desk   DeskID
		change func(b []byte) []byte
	}{
		{"another desk's", DeskID{1}, func(b []byte) []byte { return b }},
		{"a byte too few", d.id, func(b []byte) []byte { return b[1:] }},
		{"a byte too many", d.id, func(b []byte) []byte { return append(b, 0) }},
		{"nothing", d.id, func(b []byte) []byte { return nil }},
		{"fetch that does not decode", d.id, func(b []byte) []byte { b[31] = 0xff; return b }},
		{"pke that does not decode", d.id, func(b []byte) []byte { b[32], b[33] = 0xff, 0xff; return b }},
		{"reply_dh of low order", d.id, func(b []byte) []byte { clear(b[1248:1280]); return b }},
		{"own_vk that does not decode", d.id, func(b []byte) []byte { clear(b[1280:1312]); return b }},
		{"another own_sig", d.id, func(b []byte) []byte { b[1312]++; return b }},
		{"another author", d.id, func(b []byte) []byte { b[1392]++; return b }},
		{"an author of low order", d.id, func(b []byte) []byte { clear(b[1392:1424]); return b }},
		{"mlkem that does not decode", d.id, func(b []byte) []byte { b[1424], b[1425] = 0xff, 0xff; return b }},
	} {
		t.Run("refused: "+tt.name, func(t *testing.T) {
			_, err := ParseRollover(tt.desk, tt.change(bytes.Clone(m.Body())))
			if !errors.Is(err, ErrRollover) && !errors.Is(err, ErrKey) {
				t.Errorf("ParseRollover = %v, want %v or %v", err, ErrRollover, ErrKey)
			}
		})
	}
	t.Run("refused to seal", func(t *testing.T) {
		if _, err := old.SealRollover(d.roster(t), Daily, old); !errors.Is(err, ErrRollover) {
			t.Errorf("to the same words: %v, want %v", err, ErrRollover)
		}
		if _, err := old.SealRollover(d.roster(t), Daily, newTestSource(t, DeskID{1})); !errors.Is(err, ErrDesk) {
			t.Errorf("to words at another desk: %v, want %v", err, ErrDesk)
		}
		if _, err := old.SealRollover(newTestDesk(t, 1, 4).roster(t), Daily, next); !errors.Is(err, ErrDesk) {
			t.Errorf("another desk's roster: %v, want %v", err, ErrDesk)
		}
	})
}

// Only text comes in parts.
func TestOnePartMessages(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	s := newTestSource(t, d.id)
	k := s.keys.get()
	from := sender{dh: k.author, mlkem: k.inbox.mlkem.EncapsulationKey().Bytes()}
	for _, kind := range []MessageType{Report, Manifest, Rollover, Reply, ReplyManifest} {
		p := plaintext{kind: kind, part: 1, parts: 2, body: []byte("text")}
		to, open := k.inbox.public(), s.Open
		if kind.fromSource() {
			p.contact = k.contact
			to, open = d.roster(t).recipients[Daily][0], d.editors[0].opener(d.id).Open
		}
		b, err := seal(d.id, to, from, p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := open(b); (err == nil) != kind.isText() {
			t.Errorf("type %#x, part 2 of 2: %v", kind, err)
		}
	}
}
