package store

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hearsay/desk/internal/casebook"
)

// copyFiles copies a database and its log as a kill would leave them.
func copyFiles(t *testing.T, path string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "desk.db")
	for _, suffix := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + suffix)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(to+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// read opens and reads a database whole.
func read(path string, key [KeySize]byte) error {
	s, err := Open(path, key)
	if err != nil {
		return err
	}
	err = s.Load(context.Background(), func(casebook.Record) error { return nil })
	return errors.Join(err, s.Close())
}

func TestOpenRefuses(t *testing.T) {
	t.Run("what is not there", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "desk.db")
		if err := read(path, testKey); !errors.Is(err, ErrMissing) {
			t.Errorf("Open = %v, want ErrMissing", err)
		}
		if _, err := os.Stat(path); err == nil {
			t.Error("it made one")
		}
	})
	t.Run("a second process, until the first closes", func(t *testing.T) {
		s, path := newStore(t)
		if err := read(path, testKey); !errors.Is(err, ErrBusy) {
			t.Errorf("Open = %v, want ErrBusy", err)
		}
		mustAppend(t, s, report("x"))
		if err := read(path, testKey); !errors.Is(err, ErrBusy) {
			t.Errorf("Open = %v, want ErrBusy", err)
		}
		mustClose(t, s)
		if err := read(path, testKey); err != nil {
			t.Error(err)
		}
	})
	t.Run("a wrong key, and loses nothing of the log by it", func(t *testing.T) {
		s, path := newStore(t)
		mustAppend(t, s, report("only in the log"))
		killed := copyFiles(t, path)
		wrong := testKey
		wrong[0] ^= 1
		for range 2 {
			if err := read(killed, wrong); !errors.Is(err, ErrWrongKey) {
				t.Errorf("Open = %v, want ErrWrongKey", err)
			}
		}
		again, err := Open(killed, testKey)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		if got := bodies(load(t, again)); !slices.Equal(got, []string{"only in the log"}) {
			t.Errorf("kept %q", got)
		}
	})
	for _, tt := range []struct {
		name, sql string
		want      error
	}{
		{"a newer version", "PRAGMA user_version = 1000", ErrNewer},
		{"another program's database", "PRAGMA application_id = 7", ErrForeign},
		{"a database with no version", "PRAGMA user_version = 0", ErrForeign},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, path := newStore(t)
			if err := s.conn.Exec(tt.sql); err != nil {
				t.Fatal(err)
			}
			mustClose(t, s)
			if err := read(path, testKey); !errors.Is(err, tt.want) {
				t.Errorf("Open = %v, want %v", err, tt.want)
			}
		})
	}
}

// filled returns the path of a closed database of a few hundred pages.
func filled(t *testing.T) string {
	t.Helper()
	s, path := newStore(t)
	text := make([]byte, 9_000)
	for i := range 60 {
		text[i*7] = 'x'
		mustAppend(t, s, report(string(text)))
	}
	mustClose(t, s)
	return path
}

func refusedAsDamaged(err error) bool {
	return errors.Is(err, ErrDamaged) || errors.Is(err, ErrWrongKey) || errors.Is(err, ErrForeign)
}

func TestTruncatedDatabaseIsRefused(t *testing.T) {
	path := filled(t)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	size := info.Size()
	for _, left := range []int64{0, 1, 100, 512, 4095, 4096, 8192, size / 2, size - 4096, size - 1} {
		short := copyFiles(t, path)
		if err := os.Truncate(short, left); err != nil {
			t.Fatal(err)
		}
		if err := read(short, testKey); !refusedAsDamaged(err) {
			t.Errorf("%d of %d bytes: %v, want it refused as damaged", left, size, err)
		}
	}
}

func TestLogThatEndsWithinAPageIsReadUpToThere(t *testing.T) {
	reopen := func(t *testing.T, path string) {
		s, err := Open(path, testKey)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if got := bodies(load(t, s)); !slices.Equal(got, []string{"answered"}) {
			t.Errorf("kept %q", got)
		}
	}
	s, path := newStore(t)
	mustAppend(t, s, report("answered"))
	t.Run("after records", func(t *testing.T) {
		killed := copyFiles(t, path)
		f, err := os.OpenFile(killed+"-wal", os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write(make([]byte, 4095))
		if err := errors.Join(err, f.Close()); err != nil {
			t.Fatal(err)
		}
		reopen(t, killed)
	})
	mustClose(t, s)
	t.Run("in its first page", func(t *testing.T) {
		if err := os.WriteFile(path+"-wal", make([]byte, 512), 0o600); err != nil {
			t.Fatal(err)
		}
		reopen(t, path)
	})
}

func TestMissingRecordIsNoticed(t *testing.T) {
	s, path := newStore(t)
	mustAppend(t, s, report("a"), report("b"), report("c"))
	if err := s.conn.Exec(`DROP TRIGGER record_stays; DELETE FROM record WHERE seq = 2`); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	if err := read(path, testKey); !errors.Is(err, ErrDamaged) {
		t.Errorf("Load = %v, want ErrDamaged", err)
	}
}

func TestChangedReportIsNoticed(t *testing.T) {
	s, path := newStore(t)
	mustAppend(t, s, report("the bridge is out"))
	if err := s.conn.Exec(`DROP TRIGGER report_unchanged; UPDATE report SET body = x'00'`); err != nil {
		t.Fatal(err)
	}
	mustClose(t, s)
	if err := read(path, testKey); !errors.Is(err, ErrDamaged) {
		t.Errorf("Load = %v, want ErrDamaged", err)
	}
}

func TestGarbledPageIsRefused(t *testing.T) {
	path := filled(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := read(copyFiles(t, path), testKey); err != nil {
		t.Fatalf("the whole file: %v", err)
	}
	for page := range len(whole) / 4096 {
		garbled := slices.Clone(whole)
		garbled[page*4096+17] ^= 1 // one bit garbles all of the page
		name := filepath.Join(t.TempDir(), "desk.db")
		if err := os.WriteFile(name, garbled, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := read(name, testKey); !refusedAsDamaged(err) {
			t.Errorf("page %d of %d: %v, want it refused as damaged", page+1, len(whole)/4096, err)
		}
	}
}

func TestUnwritablePlaces(t *testing.T) {
	path := filled(t)
	dir := filepath.Dir(path)
	t.Run("read-only folder", func(t *testing.T) {
		asOrdinaryUser(t, dir, 0o555, 0o666, func() {
			if err := read(path, testKey); !errors.Is(err, ErrReadOnly) {
				t.Errorf("Open = %v, want ErrReadOnly", err)
			}
			if _, err := Create(filepath.Join(dir, "other.db"), testKey); !errors.Is(err, ErrReadOnly) {
				t.Errorf("Create = %v, want ErrReadOnly", err)
			}
		})
	})
	t.Run("read-only file", func(t *testing.T) {
		asOrdinaryUser(t, dir, 0o777, 0o444, func() {
			if err := read(path, testKey); !errors.Is(err, ErrReadOnly) {
				t.Errorf("Open = %v, want ErrReadOnly", err)
			}
		})
	})
	if err := read(path, testKey); err != nil {
		t.Errorf("writable again: %v", err)
	}
}
