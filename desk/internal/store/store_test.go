package store

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"pgregory.net/rapid"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

var testKey = [KeySize]byte([]byte("a key of the vault, 32 bytes long"))

// report is a record that keeps a report's bytes.
func report(text string) casebook.Record {
	return casebook.Record{
		Day: 18_000, Editor: "RAVEN", Kind: "report",
		Source: casebook.SourceIDOf([16]byte{1}), Report: casebook.ReportIDOf([]byte(text)),
		Body: casebook.NewText(text), Data: casebook.NewText(`{"channel":"relay"}`),
	}
}

func load(t testing.TB, s *Store) []casebook.Record {
	t.Helper()
	var all []casebook.Record
	err := s.Load(t.Context(), func(r casebook.Record) error { all = append(all, r); return nil })
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func bodies(records []casebook.Record) []string {
	var texts []string
	for _, r := range records {
		texts = append(texts, r.Body.Reveal())
	}
	return texts
}

func mustAppend(t testing.TB, s *Store, records ...casebook.Record) {
	t.Helper()
	if err := s.Append(t.Context(), records); err != nil {
		t.Fatal(err)
	}
}

func mustClose(t testing.TB, s *Store) {
	t.Helper()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

// newStore returns a store in a folder of its own, and its path.
func newStore(t testing.TB) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "desk.db")
	s, err := Create(path, testKey)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // some tests close it themselves
	return s, path
}

var (
	textOf = rapid.Custom(func(t *rapid.T) casebook.Text {
		if rapid.Bool().Draw(t, "has text") {
			return casebook.NewText(rapid.OneOf(
				rapid.String(), rapid.Just("a\x00b"), rapid.Just("\xff\xfe"),
				rapid.Just(strings.Repeat("long ", 3_000)),
			).Draw(t, "text"))
		}
		return casebook.Text{}
	})
	recordOf = rapid.Custom(func(t *rapid.T) casebook.Record {
		r := casebook.Record{
			Day:    hearsay.Day(rapid.Int32().Draw(t, "day")),
			Editor: rapid.String().Draw(t, "editor"),
			Kind:   casebook.Kind(rapid.StringN(1, 20, -1).Draw(t, "kind")),
			Source: casebook.SourceIDOf([16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "source"))),
			Body:   textOf.Draw(t, "body"),
			Data:   textOf.Draw(t, "data"),
		}
		if !r.Body.IsZero() && rapid.Bool().Draw(t, "names its report") {
			r.Report = casebook.ReportIDOf([]byte(r.Body.Reveal()))
		}
		return r
	})
)

func TestRecordsComeBackAsTheyWent(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d, name := newDisk(t)
		d.create("/desk.db")
		s, err := open(name, "/desk.db", testKey, true)
		if err != nil {
			rt.Fatal(err)
		}
		var want []casebook.Record
		for range rapid.IntRange(1, 4).Draw(rt, "batches") {
			batch := rapid.SliceOfN(recordOf, 0, 6).Draw(rt, "batch")
			if err := s.Append(t.Context(), batch); err != nil {
				rt.Fatal(err)
			}
			want = append(want, batch...)
			if rapid.Bool().Draw(rt, "reopen") {
				if err := s.Close(); err != nil {
					rt.Fatal(err)
				}
				if s, err = open(name, "/desk.db", testKey, false); err != nil {
					rt.Fatal(err)
				}
			}
		}
		if got := load(t, s); !slices.Equal(got, want) {
			rt.Errorf("%d records came back otherwise than %d went", len(got), len(want))
		}
		for i, r := range want {
			if r.Seq != int64(i)+1 {
				rt.Errorf("record %d has number %d", i+1, r.Seq)
			}
		}
		if err := s.Close(); err != nil {
			rt.Fatal(err)
		}
	})
}

func TestAppend(t *testing.T) {
	ctx := context.Background()

	t.Run("all or nothing", func(t *testing.T) {
		s, _ := newStore(t)
		mustAppend(t, s, report("kept"))
		orphan := casebook.Record{Kind: "part", Report: casebook.ReportIDOf([]byte("never kept"))}
		if err := s.Append(ctx, []casebook.Record{report("lost with it"), orphan}); !errors.Is(err, ErrRecord) {
			t.Errorf("Append = %v, want ErrRecord", err)
		}
		if err := s.Append(ctx, []casebook.Record{report("also lost"), {}}); !errors.Is(err, ErrRecord) {
			t.Errorf("Append of no kind = %v, want ErrRecord", err)
		}
		mustAppend(t, s, report("kept too"))
		if got := bodies(load(t, s)); !slices.Equal(got, []string{"kept", "kept too"}) {
			t.Errorf("kept %q", got)
		}
	})
	t.Run("equal reports of two sources are two records and one report", func(t *testing.T) {
		s, _ := newStore(t)
		again := report("the bridge is out")
		again.Source = casebook.SourceIDOf([16]byte{2})
		mustAppend(t, s, report("the bridge is out"), again)
		if got := bodies(load(t, s)); len(got) != 2 || got[0] != got[1] {
			t.Errorf("kept %q", got)
		}
		if n := count(t, s, "report"); n != 1 {
			t.Errorf("%d reports, want 1", n)
		}
	})
	t.Run("a cancelled context keeps nothing", func(t *testing.T) {
		s, _ := newStore(t)
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.Append(cancelled, []casebook.Record{report("x")}); !errors.Is(err, context.Canceled) {
			t.Errorf("Append = %v, want context.Canceled", err)
		}
		if err := s.Load(cancelled, func(casebook.Record) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("Load = %v, want context.Canceled", err)
		}
		mustAppend(t, s, report("y"))
		if got := bodies(load(t, s)); !slices.Equal(got, []string{"y"}) {
			t.Errorf("kept %q", got)
		}
	})
	t.Run("writers at the same time wait for each other", func(t *testing.T) {
		s, _ := newStore(t)
		var writers sync.WaitGroup
		for i := range 4 {
			writers.Go(func() {
				for j := range 5 {
					if err := s.Append(ctx, []casebook.Record{report(fmt.Sprint(i, j))}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Wait()
		if n := len(load(t, s)); n != 20 {
			t.Errorf("%d records, want 20", n)
		}
	})
	t.Run("a closed store says so", func(t *testing.T) {
		s, _ := newStore(t)
		mustClose(t, s)
		mustClose(t, s)
		if err := s.Append(ctx, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Append = %v, want ErrClosed", err)
		}
		if err := s.Load(ctx, nil); !errors.Is(err, ErrClosed) {
			t.Errorf("Load = %v, want ErrClosed", err)
		}
	})
	t.Run("Load stops at the first error of yield and the store goes on", func(t *testing.T) {
		s, _ := newStore(t)
		mustAppend(t, s, report("a"), report("b"))
		enough, seen := errors.New("enough"), 0
		if err := s.Load(ctx, func(casebook.Record) error { seen++; return enough }); !errors.Is(err, enough) || seen != 1 {
			t.Errorf("Load = %v after %d records", err, seen)
		}
		mustAppend(t, s, report("c"))
	})
}

func count(t *testing.T, s *Store, table string) int {
	t.Helper()
	stmt, _, err := s.conn.Prepare("SELECT count(*) FROM " + table)
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	stmt.Step()
	return stmt.ColumnInt(0)
}

func TestRowsAreInsertOnly(t *testing.T) {
	s, _ := newStore(t)
	mustAppend(t, s, report("the bridge is out"))
	for _, sql := range []string{
		`UPDATE record SET editor = 'someone else'`,
		`UPDATE report SET body = x'00'`,
		`DELETE FROM record`,
		`DELETE FROM report`,
		`INSERT OR REPLACE INTO record (seq, day, editor, kind) VALUES (1, 1, '', 'cut')`,
		`INSERT OR REPLACE INTO report (id, body) SELECT id, x'00' FROM report`,
		`PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE type = 'trigger'`,
	} {
		t.Run(sql, func(t *testing.T) {
			if err := s.conn.Exec(sql); err == nil {
				t.Error("done")
			}
		})
	}
	if got := bodies(load(t, s)); !slices.Equal(got, []string{"the bridge is out"}) {
		t.Errorf("kept %q", got)
	}
}

func TestConnectionIsSetUpAsPromised(t *testing.T) {
	s, _ := newStore(t)
	for name, want := range map[string]int{
		"synchronous": 2, "foreign_keys": 1, "recursive_triggers": 1, "temp_store": 2, "user_version": 2,
	} {
		if got, err := pragma(s.conn, name); err != nil || got != want {
			t.Errorf("%s = %d, %v, want %d", name, got, err, want)
		}
	}
	stmt, _, err := s.conn.Prepare("PRAGMA journal_mode")
	if err != nil {
		t.Fatal(err)
	}
	defer stmt.Close()
	if stmt.Step(); stmt.ColumnText(0) != "wal" {
		t.Errorf("journal_mode = %s, want wal", stmt.ColumnText(0))
	}
}

func TestCreate(t *testing.T) {
	t.Run("does not touch a database that is there", func(t *testing.T) {
		s, path := newStore(t)
		mustAppend(t, s, report("x"))
		mustClose(t, s)
		if _, err := Create(path, testKey); !errors.Is(err, ErrExists) {
			t.Errorf("Create = %v, want ErrExists", err)
		}
		s, err := Open(path, testKey)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if n := len(load(t, s)); n != 1 {
			t.Errorf("%d records, want 1", n)
		}
	})
	t.Run("goes over what a killed one left", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "desk.db")
		for _, left := range []string{".new", ".new-wal", ".new-journal"} {
			if err := os.WriteFile(path+left, []byte("half a page"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s, err := Create(path, testKey)
		if err != nil {
			t.Fatal(err)
		}
		mustClose(t, s)
		names, err := filepath.Glob(path + "*")
		if err != nil || !slices.Equal(names, []string{path}) {
			t.Errorf("left behind: %q, %v", names, err)
		}
	})
	t.Run("in no folder says so and makes none", func(t *testing.T) {
		if _, err := Create(filepath.Join(t.TempDir(), "none", "desk.db"), testKey); !errors.Is(err, ErrReadOnly) {
			t.Errorf("Create = %v, want ErrReadOnly", err)
		}
	})
	t.Run("files are the owner's alone, with any name", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "a desk & 100% more+?#.db")
		s, err := Create(path, testKey)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		mustAppend(t, s, report("x"))
		for _, name := range []string{path, path + "-wal"} {
			if info, err := os.Stat(name); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v, %v, want mode 0600", info, err)
			}
		}
	})
}

func TestNothingReadableIsOnDisk(t *testing.T) {
	const canary = "canary-7f3a the bridge is out"
	s, path := newStore(t)
	r := report(canary)
	r.Editor, r.Data = canary, casebook.NewText(`{"note":"`+canary+`"}`)
	dir := filepath.Dir(path)
	var log []byte
	for range 400 { // past the point where the log moves into the database
		mustAppend(t, s, r)
	}
	secrets := []string{canary, "canary", "CREATE TABLE", "SQLite format", string(testKey[:]), hex.EncodeToString(testKey[:])}
	scan := func(when string) {
		t.Helper()
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: no files, %v", when, err)
		}
		for _, name := range names {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(name, "-shm") {
				t.Errorf("%s: there is a shared-memory file", when)
			}
			if strings.HasSuffix(name, "-wal") {
				log = b
			}
			if secret := firstIn(b, secrets); secret != "" {
				t.Errorf("%s: %s holds %q", when, filepath.Base(name), secret)
			}
		}
	}
	scan("open")
	if len(log) == 0 {
		t.Error("no log was scanned")
	}
	mustClose(t, s)
	scan("closed")
	if firstIn([]byte("..."+canary+"..."), secrets) == "" {
		t.Error("the scan would not find the canary")
	}
}

func firstIn(b []byte, secrets []string) string {
	for _, secret := range secrets {
		if bytes.Contains(b, []byte(secret)) {
			return secret
		}
	}
	return ""
}

func TestUnencryptedFilesAreRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "desk.db")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := open("os", path, testKey, true); !errors.Is(err, errNoCipher) {
		t.Errorf("open = %v", err)
	}
}

func TestErrorsHoldNoKey(t *testing.T) {
	s, path := newStore(t)
	mustClose(t, s)
	other := testKey
	_, _ = rand.Read(other[:])
	_, err := Open(path, other)
	if err == nil {
		t.Fatal("opened")
	}
	for _, text := range []string{err.Error(), fmt.Sprintf("%+v %#v %q", err, err, err)} {
		if strings.Contains(text, string(other[:])) || strings.Contains(text, hex.EncodeToString(other[:])) {
			t.Errorf("%q holds the key", text)
		}
	}
	var sqlite *sqlite3.Error
	if errors.As(err, &sqlite) && sqlite.SQL() != "" && strings.Contains(sqlite.SQL(), "key") {
		t.Errorf("the failing SQL is %q", sqlite.SQL())
	}
}
