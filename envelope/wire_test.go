package envelope

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestEpoch(t *testing.T) {
	for _, tt := range []struct {
		at   time.Time
		want Epoch
	}{
		{time.Unix(0, 0), 0},
		{time.Unix(-1, 0), 0},
		{time.Date(2020, 1, 31, 23, 59, 59, 0, time.UTC), 18292},
		{time.Date(2020, 2, 1, 1, 0, 0, 0, time.FixedZone("KST", 9*3600)), 18292},
		{time.Date(20000000, 1, 1, 0, 0, 0, 0, time.UTC), 1<<32 - 1},
	} {
		if got := EpochOf(tt.at); got != tt.want {
			t.Errorf("%v is in epoch %d, want %d", tt.at, got, tt.want)
		}
	}
	if got := Epoch(18292).String(); got != "2020-01-31" {
		t.Errorf("18292 is %s", got)
	}
	if e := Epoch(18292); EpochOf(e.Time()) != e {
		t.Error("a day does not begin in itself")
	}
	t.Run("has one spelling", func(t *testing.T) {
		for text, want := range map[string]error{
			"0": nil, "18292": nil, "4294967295": nil,
			"": ErrEpoch, "018292": ErrEpoch, "+1": ErrEpoch, "-1": ErrEpoch, "4294967296": ErrEpoch, "1 ": ErrEpoch, "0x1": ErrEpoch,
		} {
			if e, err := ParseEpoch(text); !errors.Is(err, want) || err == nil && e.Number() != text {
				t.Errorf("%q: %v, %v, want %v", text, e, err, want)
			}
		}
	})
}

func TestPaths(t *testing.T) {
	for got, want := range map[string]string{
		DropPath(1, 18292):   "/v1/drop/1/18292",
		InboxPath(18292, 0):  "/v1/inbox/18292/0",
		ChunksPath(18292, 3): "/v1/chunks/18292/3",
		DonePath(18292):      "/v1/done/18292",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestAnswer(t *testing.T) {
	for code := Taken; code <= Unavailable; code++ {
		b := Answer(code)
		if got, err := ParseAnswer(b); err != nil || got != code || len(b) != AnswerSize {
			t.Errorf("%v came back as %v, %v", code, got, err)
		}
		b[63] = 1
		if _, err := ParseAnswer(b); !errors.Is(err, ErrAnswer) {
			t.Errorf("with filler: %v", err)
		}
	}
	for _, b := range [][]byte{nil, make([]byte, 63), make([]byte, 65), {63: 0, 0: 6}} {
		if _, err := ParseAnswer(b); !errors.Is(err, ErrAnswer) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
	if Unavailable.String() != "unavailable" || AnswerCode(6).String() != "unknown code" {
		t.Error("codes have lost their words")
	}
}

func TestStatus(t *testing.T) {
	s := Status{Epoch: testDay, Puzzle: DefaultPuzzle, LastDrop: [Slots]Epoch{testDay, 0, testDay - 1}, RosterDigest: [32]byte{1, 31: 2}}
	good := s.Marshal()
	if got, err := ParseStatus(good); err != nil || got != s || len(good) != StatusSize {
		t.Errorf("%+v came back as %+v, %v", s, got, err)
	}
	for _, at := range []int{0, 13, 15, 60, 127} {
		b := bytes.Clone(good)
		b[at] ^= 1
		if _, err := ParseStatus(b); !errors.Is(err, ErrStatus) {
			t.Errorf("byte %d: %v, want %v", at, err, ErrStatus)
		}
	}
	for bits, want := range map[byte]error{15: ErrStatus, 16: nil, 24: nil, 25: ErrStatus, 255: ErrStatus} {
		b := bytes.Clone(good)
		b[12] = bits
		if _, err := ParseStatus(b); !errors.Is(err, want) {
			t.Errorf("%d bits: %v, want %v", bits, err, want)
		}
	}
}

func TestDeposit(t *testing.T) {
	desk := DeskID{1}
	payload := bytes.Repeat([]byte{3}, PayloadSize)
	b, err := NewDeposit(t.Context(), desk, testDay, payload, 10)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("is taken as it was made", func(t *testing.T) {
		got, code := CheckDeposit(desk, b, testDay, 10)
		if code != Taken || !bytes.Equal(got, payload) || len(b) != DepositSize {
			t.Errorf("%v, %d bytes", code, len(got))
		}
		epoch, got, err := ReadDeposit(b)
		if err != nil || epoch != testDay || !bytes.Equal(got, payload) {
			t.Errorf("read as %v, %d bytes, %v", epoch, len(got), err)
		}
	})
	t.Run("clocks may be a day off", func(t *testing.T) {
		for today, want := range map[Epoch]AnswerCode{testDay - 2: BadEpoch, testDay - 1: Taken, testDay + 1: Taken, testDay + 2: BadEpoch, 0: BadEpoch, 1<<32 - 1: BadEpoch} {
			if _, got := CheckDeposit(desk, b, today, 0); got != want {
				t.Errorf("on %v: %v, want %v", today, got, want)
			}
		}
	})
	for _, tt := range []struct {
		name   string
		change func([]byte)
		want   AnswerCode
	}{
		{"another magic", func(b []byte) { b[7] ^= 1 }, BadShape},
		{"a chunk", func(b []byte) { b[12] = 1 }, BadShape},
		{"a reserved byte", func(b []byte) { b[15] = 1 }, BadShape},
		{"a token", func(b []byte) { b[24] = 1 }, BadShape},
		{"the last byte of the header", func(b []byte) { b[63] = 1 }, BadShape},
		{"another day", func(b []byte) { b[11]++ }, BadEpoch},
		{"another payload", func(b []byte) { b[DepositSize-1] ^= 1 }, BadEpoch},
		{"another nonce", func(b []byte) { b[16] ^= 0x80 }, BadEpoch},
	} {
		t.Run("refused: "+tt.name, func(t *testing.T) {
			c := bytes.Clone(b)
			tt.change(c)
			// 24 bits, so that a change solves the puzzle by chance once in 16 million runs.
			if _, got := CheckDeposit(desk, c, testDay, MaxPuzzle); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
	t.Run("the puzzle is the desk's own", func(t *testing.T) {
		b, err := NewDeposit(t.Context(), desk, testDay, payload, MinPuzzle)
		if err != nil {
			t.Fatal(err)
		}
		if _, got := CheckDeposit(desk, b, testDay, MinPuzzle); got != Taken {
			t.Errorf("at its desk: %v", got)
		}
		if _, got := CheckDeposit(DeskID{2}, b, testDay, MinPuzzle); got != BadEpoch {
			t.Errorf("at another desk: %v", got)
		}
	})
	t.Run("refused: a wrong size", func(t *testing.T) {
		for _, c := range [][]byte{nil, b[:63], b[1:], append(bytes.Clone(b), 0)} {
			if _, got := CheckDeposit(desk, c, testDay, 0); got != BadShape {
				t.Errorf("%d bytes: %v", len(c), got)
			}
			if _, _, err := ReadDeposit(c); !errors.Is(err, ErrDeposit) {
				t.Errorf("%d bytes: %v", len(c), err)
			}
		}
	})
	t.Run("is not made", func(t *testing.T) {
		if _, err := NewDeposit(t.Context(), desk, testDay, payload[1:], 0); !errors.Is(err, ErrDeposit) {
			t.Errorf("of a short payload: %v", err)
		}
		for _, bits := range []int{-1, 25} {
			if _, err := NewDeposit(t.Context(), desk, testDay, payload, bits); !errors.Is(err, ErrPuzzle) {
				t.Errorf("with %d bits: %v", bits, err)
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := NewDeposit(ctx, desk, testDay, payload, MaxPuzzle); !errors.Is(err, context.Canceled) {
			t.Errorf("after the sender has left: %v", err)
		}
	})
}

func TestAuthorization(t *testing.T) {
	key := newSigner(t)
	public := key.Public().(ed25519.PublicKey)
	desk := DeskID{1}
	body := []byte("body")
	header, err := Authorize(key, desk, 2, testDay, "POST", PathPublishDrop, body)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAuthorization(header)
	if err != nil {
		t.Fatal(err)
	}
	if a.Slot != 2 || a.Epoch != testDay || a.String() != header {
		t.Errorf("got slot %d, %v", a.Slot, a.Epoch)
	}
	changed := a
	changed.Epoch++
	for _, tt := range []struct {
		name string
		got  bool
		want bool
	}{
		{"the call it was made for", a.Verify(public, desk, "POST", PathPublishDrop, body), true},
		{"another desk", a.Verify(public, DeskID{2}, "POST", PathPublishDrop, body), false},
		{"another method", a.Verify(public, desk, "GET", PathPublishDrop, body), false},
		{"another path", a.Verify(public, desk, "POST", PathPublishBlock, body), false},
		{"another body", a.Verify(public, desk, "POST", PathPublishDrop, nil), false},
		{"another key", a.Verify(newSigner(t).Public().(ed25519.PublicKey), desk, "POST", PathPublishDrop, body), false},
		{"another day", changed.Verify(public, desk, "POST", PathPublishDrop, body), false},
		{"a border between method and path moved", a.Verify(public, desk, "POST/", PathPublishDrop[1:], body), false},
		{"a path that cannot be signed", a.Verify(public, desk, "POST", strings.Repeat("/", 256), body), false},
		{"no key", a.Verify(nil, desk, "POST", PathPublishDrop, body), false},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	t.Run("no number twice", func(t *testing.T) {
		again, err := Authorize(key, desk, 2, testDay, "POST", PathPublishDrop, body)
		if err != nil || again == header {
			t.Errorf("the same header twice, %v", err)
		}
	})
	t.Run("not made", func(t *testing.T) {
		for _, slot := range []int{-1, 3} {
			if _, err := Authorize(key, desk, slot, testDay, "GET", "/", nil); !errors.Is(err, ErrAuthorization) {
				t.Errorf("slot %d: %v", slot, err)
			}
		}
		if _, err := Authorize(key, desk, 0, testDay, "GET", strings.Repeat("/", 256), nil); !errors.Is(err, ErrAuthorization) {
			t.Errorf("a long path: %v", err)
		}
	})
	t.Run("refused", func(t *testing.T) {
		raw := make([]byte, authorizationSize)
		raw[0] = 3
		tail := header[len(header)-4:] // ends in "==", with four bits to spare
		for _, h := range []string{
			"", "Hearsay ", "hearsay " + header[8:], header + "=", header[:len(header)-1], "Bearer " + header[8:],
			strings.Replace(header, " ", "  ", 1), header[:20] + "\n" + header[21:],
			"Hearsay " + base64.StdEncoding.EncodeToString(raw), header[:len(header)-4] + tail[:1] + "/==",
		} {
			if a, err := ParseAuthorization(h); !errors.Is(err, ErrAuthorization) {
				t.Errorf("%q: %+v, %v", h, a, err)
			}
		}
	})
}

// One spelling: what is read is written as it was.
func TestWireRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Status{Epoch: Epoch(rapid.Uint32().Draw(t, "epoch")), Puzzle: rapid.IntRange(MinPuzzle, MaxPuzzle).Draw(t, "bits")}
		copy(s.RosterDigest[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		if got, err := ParseStatus(s.Marshal()); err != nil || got != s {
			t.Fatalf("%+v came back as %+v, %v", s, got, err)
		}
		a := Authorization{Slot: rapid.IntRange(0, 2).Draw(t, "slot"), Epoch: s.Epoch}
		copy(a.Signature[:], s.RosterDigest[:])
		if got, err := ParseAuthorization(a.String()); err != nil || got != a {
			t.Fatalf("%+v came back as %+v, %v", a, got, err)
		}
	})
}
