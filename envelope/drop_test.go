package envelope

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// openedFrom seals a report from s and opens it as the editor in slot 0.
func openedFrom(t testing.TB, d *testDesk, s *Source) *Message {
	t.Helper()
	payloads, err := s.Seal(d.roster(t), Daily, "report")
	if err != nil {
		t.Fatal(err)
	}
	m, err := d.editors[0].opener(d.id).OpenPayload(payloads[0], 0)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDrop(t *testing.T) {
	d := newTestDesk(t, 1, 8)
	e := d.editors[0]
	s, other := newTestSource(t, d.id), newTestSource(t, d.id)
	contact := openedFrom(t, d, s).Contact
	rows, err := e.lt.Reply(d.id, contact, strings.Repeat("a", 2*MaxBody))
	if err != nil {
		t.Fatal(err)
	}
	content := DropContent{Slot: 2, Epoch: testDay, Rows: 8, Prev: [32]byte{5}, Replies: rows, Acks: []Ack{contact.Ack(2, testDay)}}
	b, err := BuildDrop(e.key, d.id, content)
	if err != nil {
		t.Fatal(err)
	}
	drop, err := ParseDrop(d.id, e.public(), 8, b)
	if err != nil {
		t.Fatal(err)
	}

	t.Run("says what was put in", func(t *testing.T) {
		if len(b) != DropSize(8) || drop.Slot != 2 || drop.Epoch != testDay || drop.Rows != 8 ||
			drop.Prev != [32]byte{5} || drop.Digest != sha256.Sum256(b) {
			t.Errorf("got %d bytes, slot %d, epoch %v, %d rows", len(b), drop.Slot, drop.Epoch, drop.Rows)
		}
	})
	t.Run("shows its source the ack and the reply", func(t *testing.T) {
		replies := s.Replies(drop, e.lt.Public())
		if got, err := Join(replies); err != nil || len(got) != 2*MaxBody {
			t.Errorf("%d parts, %v", len(replies), err)
		}
		if !s.Acked(drop) {
			t.Error("no ack")
		}
	})
	t.Run("shows nobody else anything", func(t *testing.T) {
		if other.Acked(drop) || len(other.Replies(drop, e.lt.Public())) != 0 {
			t.Error("another source sees something")
		}
	})
	t.Run("an ack is good in one slot on one day", func(t *testing.T) {
		for _, c := range []DropContent{{Slot: 1, Epoch: testDay, Rows: 4}, {Slot: 2, Epoch: testDay + 1, Rows: 4}} {
			c.Acks = content.Acks
			b, err := BuildDrop(e.key, d.id, c)
			if err != nil {
				t.Fatal(err)
			}
			drop, err := ParseDrop(d.id, e.public(), 4, b)
			if err != nil {
				t.Fatal(err)
			}
			if s.Acked(drop) {
				t.Errorf("an ack for slot 2 is taken in slot %d on %v", c.Slot, c.Epoch)
			}
		}
	})
	t.Run("a row that another key authored is not a reply", func(t *testing.T) {
		thief := newTestEditor(t, d.id)
		rows, err := thief.lt.Reply(d.id, contact, "come to the bridge")
		if err != nil {
			t.Fatal(err)
		}
		b, err := BuildDrop(e.key, d.id, DropContent{Epoch: testDay, Rows: 4, Replies: rows})
		if err != nil {
			t.Fatal(err)
		}
		drop, err := ParseDrop(d.id, e.public(), 4, b)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Replies(drop, e.lt.Public()); len(got) != 0 {
			t.Errorf("%d replies from a thief", len(got))
		}
	})
	t.Run("rows and acks are shuffled", func(t *testing.T) {
		rowsAt, acksAt := map[int]bool{}, map[int]bool{}
		for range 12 {
			b, err := BuildDrop(e.key, d.id, content)
			if err != nil {
				t.Fatal(err)
			}
			at := bytes.Index(b, rows[0])
			rowsAt[at] = true
			acksAt[bytes.Index(b[:dropHeader+AcksPerDrop*AckSize], content.Acks[0][:])] = true
			if at < 0 {
				t.Fatal("a reply was lost")
			}
		}
		if len(rowsAt) < 2 || len(acksAt) < 2 { // by chance once in 8^11 and 256^11
			t.Errorf("a reply in %d places, an ack in %d", len(rowsAt), len(acksAt))
		}
	})
	t.Run("any byte changed is refused", func(t *testing.T) {
		rapid.Check(t, func(rt *rapid.T) {
			c := bytes.Clone(b)
			c[rapid.IntRange(0, len(b)-1).Draw(rt, "at")] ^= byte(rapid.IntRange(1, 255).Draw(rt, "xor"))
			if _, err := ParseDrop(d.id, e.public(), 8, c); !errors.Is(err, ErrDrop) {
				rt.Fatalf("ParseDrop = %v, want %v", err, ErrDrop)
			}
		})
	})
	t.Run("refused, though signed", func(t *testing.T) {
		for _, tt := range []struct {
			name   string
			change func([]byte)
		}{
			{"magic", func(b []byte) { b[0] = 'h' }},
			{"another desk", func(b []byte) { b[8] ^= 1 }},
			{"a fourth slot", func(b []byte) { b[40] = 3 }},
			{"reserved byte", func(b []byte) { b[41] = 1 }},
			{"other rows", func(b []byte) { b[43] = 4 }},
			{"reserved field", func(b []byte) { b[111] = 1 }},
		} {
			c := bytes.Clone(b)
			tt.change(c)
			signed := c[:len(c)-sigSize]
			copy(c[len(signed):], ed25519.Sign(e.key, dropPreimage(signed)))
			if _, err := ParseDrop(d.id, e.public(), 8, c); !errors.Is(err, ErrDrop) {
				t.Errorf("%s: %v, want %v", tt.name, err, ErrDrop)
			}
		}
	})
	t.Run("refused for a reader who expects other rows, desk or editor", func(t *testing.T) {
		for _, err := range []error{
			second(ParseDrop(d.id, e.public(), 4, b)),
			second(ParseDrop(d.id, e.public(), 5, b)),
			second(ParseDrop(DeskID{}, e.public(), 8, b)),
			second(ParseDrop(d.id, d.public(), 8, b)),
			second(ParseDrop(d.id, e.public(), 8, b[1:])),
			second(ParseDrop(d.id, e.public(), 8, nil)),
		} {
			if !errors.Is(err, ErrDrop) {
				t.Errorf("ParseDrop = %v, want %v", err, ErrDrop)
			}
		}
	})
	t.Run("not built", func(t *testing.T) {
		for _, tt := range []struct {
			name string
			c    DropContent
			want error
		}{
			{"with a fourth slot", DropContent{Slot: 3, Rows: 4}, ErrDrop},
			{"with 5 rows", DropContent{Rows: 5}, ErrDrop},
			{"with half a row", DropContent{Rows: 4, Replies: [][]byte{rows[0][1:]}}, ErrDrop},
			{"with more replies than rows", DropContent{Rows: 4, Replies: [][]byte{rows[0], rows[0], rows[0], rows[0], rows[0]}}, ErrDropFull},
			{"with 257 acks", DropContent{Rows: 4, Acks: make([]Ack, 257)}, ErrDropFull},
		} {
			if _, err := BuildDrop(e.key, d.id, tt.c); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }
