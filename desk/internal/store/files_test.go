package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// chunk is one of a locator that is the same for equal names.
func chunk(name, body string) []byte {
	locator := sha256.Sum256([]byte(name))
	return append(locator[:], body...)
}

func locatorOf(name string) [LocatorSize]byte { return sha256.Sum256([]byte(name)) }

func mustKeep(t testing.TB, s *Store, chunks ...[]byte) {
	t.Helper()
	if err := s.KeepChunks(t.Context(), casebook.ByRelay, 18_028, 100, chunks); err != nil {
		t.Fatal(err)
	}
}

func chunksAtName(t testing.TB, s *Store, name string) [][]byte {
	t.Helper()
	var got [][]byte
	err := s.EachChunk(t.Context(), locatorOf(name), func(chunk []byte) bool {
		got = append(got, chunk)
		return true
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestChunks(t *testing.T) {
	t.Run("one that came twice is kept once, one of another body beside it", func(t *testing.T) {
		s, _ := newStore(t)
		mustKeep(t, s, chunk("a", "one"), chunk("a", "one"), chunk("b", "two"))
		mustKeep(t, s, chunk("a", "one"), chunk("a", "somebody else's"))
		if got := chunksAtName(t, s, "a"); len(got) != 2 {
			t.Errorf("%d chunks", len(got))
		}
		seen := 0
		if err := s.EachChunk(t.Context(), locatorOf("a"), func([]byte) bool { seen++; return false }); seen != 1 || err != nil {
			t.Errorf("whoever has seen enough saw %d, %v", seen, err)
		}
		if there, err := s.Locators(t.Context()); len(there) != 2 || !there[locatorOf("a")] || !there[locatorOf("b")] || err != nil {
			t.Errorf("%d locators, %v", len(there), err)
		}
		if n, err := s.HasChunks(t.Context(), [][LocatorSize]byte{locatorOf("a"), locatorOf("b"), locatorOf("c")}); n != 2 || err != nil {
			t.Errorf("HasChunks = %d, %v", n, err)
		}
	})
	t.Run("they survive a restart, and go when their day is past, each channel by itself", func(t *testing.T) {
		s, path := newStore(t)
		mustKeep(t, s, chunk("a", "one"))
		if err := s.KeepChunks(t.Context(), casebook.ByParcel, 18_028, 100, [][]byte{chunk("b", "two")}); err != nil {
			t.Fatal(err)
		}
		mustClose(t, s)
		s, err := Open(path, testKey)
		if err != nil {
			t.Fatal(err)
		}
		defer mustClose(t, s)
		for _, tt := range []struct {
			today hearsay.Day
			a, b  int
		}{{18_028, 1, 1}, {18_029, 0, 1}} {
			if err := s.ForgetExpiredChunks(t.Context(), casebook.ByRelay, tt.today); err != nil {
				t.Fatal(err)
			}
			if a, b := len(chunksAtName(t, s, "a")), len(chunksAtName(t, s, "b")); a != tt.a || b != tt.b {
				t.Errorf("on day %d: %d and %d", tt.today, a, b)
			}
		}
	})
	t.Run("beyond the bound of a channel nothing of a batch is kept", func(t *testing.T) {
		s, _ := newStore(t)
		keep := func(channel casebook.Channel, names ...string) error {
			var chunks [][]byte
			for _, name := range names {
				chunks = append(chunks, chunk(name, name))
			}
			return s.KeepChunks(t.Context(), channel, 18_028, 3, chunks)
		}
		if err := keep(casebook.ByRelay, "a", "b"); err != nil {
			t.Fatal(err)
		}
		if err := keep(casebook.ByRelay, "c", "d"); !errors.Is(err, ErrNoRoomForChunks) {
			t.Errorf("%v", err)
		}
		if err := keep(casebook.ByParcel, "d", "e", "f"); err != nil {
			t.Errorf("another channel: %v", err)
		}
		if err := keep(casebook.ByRelay, "c", "a"); err != nil {
			t.Errorf("what fits: %v", err)
		}
		if got := chunksAtName(t, s, "c"); len(got) != 1 {
			t.Errorf("%d chunks", len(got))
		}
	})
	t.Run("forgotten with their file", func(t *testing.T) {
		s, _ := newStore(t)
		mustKeep(t, s, chunk("a", "one"), chunk("b", "two"))
		if err := s.ForgetChunks(t.Context(), [][LocatorSize]byte{locatorOf("a")}); err != nil {
			t.Fatal(err)
		}
		if a, b := len(chunksAtName(t, s, "a")), len(chunksAtName(t, s, "b")); a != 0 || b != 1 {
			t.Errorf("%d and %d", a, b)
		}
	})
	t.Run("one too short to have a locator is refused", func(t *testing.T) {
		s, _ := newStore(t)
		if err := s.KeepChunks(t.Context(), casebook.ByRelay, 18_028, 9, [][]byte{chunk("a", "x"), make([]byte, 31)}); !errors.Is(err, ErrRecord) {
			t.Errorf("%v", err)
		}
		if got := chunksAtName(t, s, "a"); len(got) != 0 {
			t.Error("the rest of the batch is kept")
		}
	})
	t.Run("a cancelled context keeps nothing", func(t *testing.T) {
		s, _ := newStore(t)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.KeepChunks(ctx, casebook.ByRelay, 18_028, 9, [][]byte{chunk("a", "x")}); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		mustKeep(t, s, chunk("b", "y"))
		if got := chunksAtName(t, s, "a"); len(got) != 0 {
			t.Error("it is kept")
		}
	})
	t.Run("a closed store says so", func(t *testing.T) {
		s, _ := newStore(t)
		mustClose(t, s)
		look := s.EachChunk(t.Context(), locatorOf("a"), nil)
		for _, err := range []error{look, s.KeepFile(t.Context(), nil), s.ForgetChunks(t.Context(), nil)} {
			if !errors.Is(err, ErrClosed) {
				t.Errorf("%v", err)
			}
		}
	})
}

func TestFiles(t *testing.T) {
	s, path := newStore(t)
	body := bytes.Repeat([]byte("a photograph "), 1<<18) // 3.4 MB
	if err := s.KeepFile(t.Context(), body); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepFile(t.Context(), body); err != nil {
		t.Errorf("again: %v", err)
	}
	mustClose(t, s)
	s, err := Open(path, testKey)
	if err != nil {
		t.Fatal(err)
	}
	defer mustClose(t, s)
	if got, err := s.File(t.Context(), sha256.Sum256(body)); err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if _, err := s.File(t.Context(), [32]byte{1}); !errors.Is(err, ErrNoFile) {
		t.Errorf("one that is not kept: %v", err)
	}
	for _, change := range []string{`UPDATE file SET body = x'00'`, `DELETE FROM file`, `REPLACE INTO file SELECT id, x'00' FROM file`} {
		if err := s.conn.Exec(change); err == nil {
			t.Errorf("%s: done", change)
		}
	}
	if err := s.conn.Exec(`DROP TRIGGER file_unchanged; UPDATE file SET body = x'00'`); err != nil {
		t.Fatal(err)
	}
	if _, err := s.File(t.Context(), sha256.Sum256(body)); !errors.Is(err, ErrDamaged) {
		t.Errorf("one that was changed: %v", err)
	}
}

// TestPowerLossLosesNoChunkThatWasAnswered: only what is durable is reported to
// the relay as done, and it then forgets it.
func TestPowerLossLosesNoChunkThatWasAnswered(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d, name := newDisk(t)
		d.create("/desk.db")
		s, err := open(name, "/desk.db", testKey, true)
		if err != nil {
			rt.Fatal(err)
		}
		mustClose(t, s)
		d.syncNames()
		if s, err = open(name, "/desk.db", testKey, false); err != nil {
			rt.Fatal(err)
		}
		d.failsAt = d.writes + rapid.IntRange(1, 900).Draw(rt, "write at which the power fails")
		answered := 0
		for ; answered < 30; answered++ {
			n := fmt.Sprint(answered)
			kept := s.KeepChunks(t.Context(), casebook.ByRelay, 18_028, 1000, [][]byte{chunk(n, n), chunk("x"+n, string(make([]byte, 9_000)))})
			if kept == nil {
				kept = s.KeepFile(t.Context(), []byte("file "+n))
			}
			if kept != nil {
				break
			}
		}
		_, name = d.losePower(t, func() bool { return rapid.Bool().Draw(rt, "survives") })
		_ = s.Close() // its disk is gone
		if s, err = open(name, "/desk.db", testKey, false); err != nil {
			rt.Fatalf("after %d answered: %v", answered, err)
		}
		for i := range answered {
			n := fmt.Sprint(i)
			if len(chunksAtName(t, s, n)) != 1 || len(chunksAtName(t, s, "x"+n)) != 1 {
				rt.Errorf("of %d answered chunk %d is lost", answered, i)
			}
			if _, err := s.File(t.Context(), sha256.Sum256([]byte("file "+n))); err != nil {
				rt.Errorf("of %d answered file %d: %v", answered, i, err)
			}
		}
		mustClose(t, s)
	})
}
