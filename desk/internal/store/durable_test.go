package store

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearsay/desk/internal/casebook"
)

// childEnv asks the test binary to be a desk that appends until it is killed.
const childEnv = "HEARSAY_STORE_APPENDS_TO"

func TestMain(m *testing.M) {
	if path := os.Getenv(childEnv); path != "" {
		if err := appendForever(path); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// appendForever appends pairs of reports and says on stdout which it has been
// promised are kept.
func appendForever(path string) error {
	s, err := Open(path, testKey)
	if err != nil {
		return err
	}
	for i := 0; ; i++ {
		pair := []casebook.Record{report(fmt.Sprint("a", i, strings.Repeat("x", i%9_000))), report(fmt.Sprint("b", i))}
		if err := s.Append(context.Background(), pair); err != nil {
			return err
		}
		if _, err := fmt.Println(i); err != nil {
			return err
		}
	}
}

func TestKillLosesNothingThatWasAnswered(t *testing.T) {
	s, path := newStore(t)
	mustClose(t, s)
	answered := 0
	for _, lines := range []int{1, 7, 60} {
		child := exec.CommandContext(t.Context(), os.Args[0])
		child.Env = append(os.Environ(), childEnv+"="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		said := 0
		scanner := bufio.NewScanner(out)
		for scanner.Scan() {
			if said++; said == lines {
				if err := child.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		_ = child.Wait() // it was killed
		if said < lines {
			t.Fatalf("the child answered %d of %d", said, lines)
		}
		answered += 2 * said

		s, err := Open(path, testKey)
		if err != nil {
			t.Fatal(err)
		}
		kept := len(load(t, s))
		if kept < answered || kept%2 != 0 {
			t.Errorf("%d records kept, %d answered, in pairs", kept, answered)
		}
		answered = kept
		mustClose(t, s)
	}
}

// appendUntilPowerFails appends batches to a fresh store and returns the texts
// of all, and of how many the answer was that they are kept.
func appendUntilPowerFails(s *Store, batches [][]string) (tried []string, answered int) {
	for _, batch := range batches {
		var records []casebook.Record
		for _, text := range batch {
			records = append(records, report(text))
		}
		tried = append(tried, batch...)
		if s.Append(context.Background(), records) != nil {
			return tried, answered
		}
		answered = len(tried)
	}
	return tried, answered
}

func TestPowerLossLosesNothingThatWasAnswered(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d, name := newDisk(t)
		d.create("/desk.db")
		s, err := open(name, "/desk.db", testKey, true)
		if err != nil {
			rt.Fatal(err)
		}
		mustClose(t, s)
		d.syncNames() // Create ends with it
		if s, err = open(name, "/desk.db", testKey, false); err != nil {
			rt.Fatal(err)
		}
		if err := s.conn.Exec("PRAGMA wal_autocheckpoint = 20"); err != nil { // so that some fail in the midst of one
			rt.Fatal(err)
		}
		d.failsAt = d.writes + rapid.IntRange(1, 2_000).Draw(rt, "write at which the power fails")
		var batches [][]string
		sizes := rapid.SliceOfN(rapid.SliceOfN(rapid.IntRange(0, 9_000), 1, 3), 1, 30).Draw(rt, "batches")
		for i, batch := range sizes {
			var texts []string
			for j, size := range batch {
				texts = append(texts, fmt.Sprint(i, "/", j, " ", strings.Repeat("x", size)))
			}
			batches = append(batches, texts)
		}
		tried, answered := appendUntilPowerFails(s, batches)
		_, name = d.losePower(t, func() bool { return rapid.Bool().Draw(rt, "survives") })
		_ = s.Close() // its disk is gone

		s, err = open(name, "/desk.db", testKey, false)
		if err != nil {
			rt.Fatalf("after %d answered: %v", answered, explain(t.Context(), err))
		}
		var kept []casebook.Record
		err = s.Load(t.Context(), func(r casebook.Record) error { kept = append(kept, r); return nil })
		if err != nil {
			rt.Fatalf("after %d answered: %v", answered, err)
		}
		got := bodies(kept)
		if len(got) < answered || len(got) > len(tried) {
			rt.Fatalf("%d kept, %d answered, %d tried", len(got), answered, len(tried))
		}
		for i, text := range got {
			if text != tried[i] {
				rt.Fatalf("record %d is not what was appended", i+1)
			}
		}
		mustClose(t, s)
	})
}

// The test above means something only if the disk forgets.
func TestPowerLossIsSeenWhereNothingIsSynced(t *testing.T) {
	d, name := newDisk(t)
	d.create("/desk.db")
	s, err := open(name, "/desk.db", testKey, true)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.conn.Exec("PRAGMA synchronous = OFF"); err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, report("answered"))
	d.syncNames()
	_, name = d.losePower(t, func() bool { return false })
	s, err = open(name, "/desk.db", testKey, false)
	if err != nil {
		return // nothing at all was left
	}
	if n := len(load(t, s)); n != 0 {
		t.Errorf("%d records kept without a sync", n)
	}
}

func TestFullDisk(t *testing.T) {
	d, name := newDisk(t)
	d.create("/desk.db")
	s, err := open(name, "/desk.db", testKey, true)
	if err != nil {
		t.Fatal(err)
	}
	mustAppend(t, s, report("before"))
	d.room = d.size() + 20_000
	big := report(strings.Repeat("x", 100_000))
	for range 2 {
		if err := s.Append(t.Context(), []casebook.Record{report("with it"), big}); !errors.Is(err, ErrFull) {
			t.Errorf("Append = %v, want ErrFull", err)
		}
	}
	if got := bodies(load(t, s)); len(got) != 1 {
		t.Errorf("kept %d records, want 1", len(got))
	}
	d.room = 1 << 30
	mustAppend(t, s, big)
	mustClose(t, s)
	if s, err = open(name, "/desk.db", testKey, false); err != nil {
		t.Fatal(err)
	}
	if n := len(load(t, s)); n != 2 {
		t.Errorf("kept %d records, want 2", n)
	}
	mustClose(t, s)
}

func BenchmarkAppend(b *testing.B) {
	s, _ := newStore(b)
	r := report(strings.Repeat("x", 2_000))
	for b.Loop() {
		mustAppend(b, s, r)
	}
}

func BenchmarkLoad10kRecords(b *testing.B) {
	path := filepath.Join(b.TempDir(), "desk.db")
	s, err := Create(path, testKey)
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	var records []casebook.Record
	for i := range 10_000 {
		records = append(records, report(fmt.Sprint(i, strings.Repeat("x", 2_000))))
	}
	mustAppend(b, s, records...)
	for b.Loop() {
		if err := s.Load(b.Context(), func(casebook.Record) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
