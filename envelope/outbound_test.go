package envelope

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"reflect"
	"slices"
	"testing"
)

// newTestDrops returns the drops of that many days, oldest first.
func newTestDrops(t testing.TB, d *testDesk, days int) [][]byte {
	t.Helper()
	var drops [][]byte
	for day := range days {
		for slot, e := range d.editors {
			b, err := BuildDrop(e.key, d.id, DropContent{Slot: slot, Epoch: testDay + Epoch(day), Rows: 4})
			if err != nil {
				t.Fatal(err)
			}
			drops = append(drops, b)
		}
	}
	return drops
}

func TestOutbound(t *testing.T) {
	d := newTestDesk(t, 2, 4)
	roster := d.rosterBytes(t)
	questions, err := SignQuestions(d.root, d.id, Questions{From: testDay, To: testDay, JSON: []byte(`[]`)})
	if err != nil {
		t.Fatal(err)
	}
	drops := newTestDrops(t, d, 2)
	write := func(t *testing.T, questions []byte, drops [][]byte) []byte {
		t.Helper()
		b, err := MarshalOutbound(d.public(), roster, questions, drops)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}

	t.Run("comes back, drops in order whatever order they came in", func(t *testing.T) {
		shuffled := slices.Clone(drops)
		slices.Reverse(shuffled)
		got, err := ParseOutbound(write(t, questions, shuffled))
		if err != nil || !reflect.DeepEqual(got, Outbound{d.public(), roster, questions, drops}) {
			t.Errorf("came back otherwise: %v", err)
		}
		if bytes.Equal(shuffled[0], drops[0]) {
			t.Error("the caller's drops were moved")
		}
		for i, b := range got.Drops {
			if _, err := ParseDrop(d.id, d.editors[i%2].public(), 4, b); err != nil {
				t.Errorf("drop %d: %v", i, err)
			}
		}
	})
	t.Run("without questions and drops", func(t *testing.T) {
		b := write(t, nil, nil)
		got, err := ParseOutbound(b)
		if err != nil || got.Questions != nil || got.Drops != nil || len(b) != 64+20480+32768 {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	})
	t.Run("a drive has room for 84 drops", func(t *testing.T) {
		big := make([][]byte, MaxDrops)
		for i := range big {
			big[i] = make([]byte, DropSize(16))
			copy(big[i], dropMagic)
			big[i][40] = byte(i % 3)
			binary.BigEndian.PutUint16(big[i][42:], 16)
			binary.BigEndian.PutUint32(big[i][44:], uint32(i/3))
		}
		b := write(t, nil, big)
		if _, err := ParseOutbound(b); err != nil || len(b) != MaxOutboundSize {
			t.Errorf("%d bytes, %v", len(b), err)
		}
		last := bytes.Clone(big[83])
		last[44] = 1
		if _, err := MarshalOutbound(d.public(), roster, nil, append(big, last)); !errors.Is(err, ErrOutbound) {
			t.Errorf("85 drops: %v", err)
		}
	})
	t.Run("refused to write", func(t *testing.T) {
		for _, tt := range []struct {
			name              string
			root              ed25519.PublicKey
			roster, questions []byte
			drops             [][]byte
		}{
			{"a root that is no key", make([]byte, 32), roster, nil, nil},
			{"no root", nil, roster, nil, nil},
			{"half a roster", d.public(), roster[1:], nil, nil},
			{"half the questions", d.public(), roster, questions[1:], nil},
			{"half a drop", d.public(), roster, nil, [][]byte{drops[0][1:]}},
			{"an empty drop", d.public(), roster, nil, [][]byte{drops[0], nil}},
			{"a drop twice", d.public(), roster, nil, [][]byte{drops[0], drops[0]}},
		} {
			if _, err := MarshalOutbound(tt.root, tt.roster, tt.questions, tt.drops); !errors.Is(err, ErrOutbound) {
				t.Errorf("%s: %v, want %v", tt.name, err, ErrOutbound)
			}
		}
	})
	good := write(t, questions, drops)
	first := outboundFixed // where the first drop stands
	for _, tt := range []struct {
		name   string
		change func(b []byte) []byte
	}{
		{"nothing", func([]byte) []byte { return nil }},
		{"another magic", func(b []byte) []byte { b[7]++; return b }},
		{"a root that is no key", func(b []byte) []byte { clear(b[8:40]); return b }},
		{"filler that is not zero", func(b []byte) []byte { b[63] = 1; return b }},
		{"a drop more than it says", func(b []byte) []byte { b[41]--; return b }},
		{"a drop fewer than it says", func(b []byte) []byte { b[41]++; return b }},
		{"no drops, it says", func(b []byte) []byte { b[41] = 0; return b }},
		{"85 drops, it says", func(b []byte) []byte { b[41] = 85; return b }},
		{"a byte too few", func(b []byte) []byte { return b[:len(b)-1] }},
		{"a byte too many", func(b []byte) []byte { return append(b, 0) }},
		{"cut before the questions end", func(b []byte) []byte { return b[:first-1] }},
		{"what is no drop", func(b []byte) []byte { b[first]++; return b }},
		{"a drop that says it has other rows", func(b []byte) []byte { b[first+43] = 8; return b }},
		{"drops out of order", func(b []byte) []byte { b[first+47]++; b[first+47]++; return b }},
		{"two drops of one slot and day", func(b []byte) []byte { b[first+40]++; return b }},
	} {
		t.Run("refused: "+tt.name, func(t *testing.T) {
			if _, err := ParseOutbound(tt.change(bytes.Clone(good))); !errors.Is(err, ErrOutbound) {
				t.Errorf("ParseOutbound = %v, want %v", err, ErrOutbound)
			}
		})
	}
}

func TestDeskFingerprint(t *testing.T) {
	for _, tt := range []struct {
		desk DeskID
		want string
	}{
		{DeskID{}, "aaaa-aaaa-aaaa-aaaa-aaaa-aaaa"},
		{DeskID(bytes.Repeat([]byte{0xff}, 32)), "7777-7777-7777-7777-7777-7777"},
		{DeskID(append([]byte("foobar, and then"), make([]byte, 16)...)), "mzxw-6ytb-oiwc-aylo-mqqh-i2df"}, // as other base32 has it
	} {
		if got := tt.desk.Fingerprint(); got != tt.want {
			t.Errorf("Fingerprint(%x) = %s, want %s", tt.desk[:], got, tt.want)
		}
	}
}
