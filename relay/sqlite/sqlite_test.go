package sqlite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"hearsay/relay"
	"hearsay/relay/relaytest"
)

func TestStore(t *testing.T) {
	relaytest.RunDurableRules(t, func(t *testing.T) (relay.Store, func() relay.Store) {
		dir := t.TempDir()
		s := created(t, dir)
		return s, func() relay.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = opened(t, dir)
			return s
		}
	})
}

func created(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Create(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func opened(t testing.TB, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// with runs SQL on the file of a store that nobody has open.
func with(t *testing.T, dir, sql string) {
	t.Helper()
	conn, err := sqlite3.Open(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(conn.Exec(sql), conn.Close()); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, dir string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, fileName), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func stored(t *testing.T, dir string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, fileName))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOpen(t *testing.T) {
	finished := func(t *testing.T, dir string) {
		if err := created(t, dir).Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		name         string
		prepare      func(t *testing.T, dir string)
		open, create error
	}{
		{"nothing", func(t *testing.T, dir string) {}, ErrMissing, nil},
		{"a store", finished, nil, ErrExists},
		{"a store that was never finished", func(t *testing.T, dir string) { write(t, dir, nil) }, ErrMissing, nil},
		{"a file that is no database", func(t *testing.T, dir string) {
			write(t, dir, bytes.Repeat([]byte("no database "), 1000))
		}, ErrNotStore, ErrNotStore},
		{"a database of something else", func(t *testing.T, dir string) {
			write(t, dir, nil)
			with(t, dir, `CREATE TABLE secrets (a)`)
		}, ErrNotStore, ErrNotStore},
		{"an empty database of something else", func(t *testing.T, dir string) {
			write(t, dir, nil)
			with(t, dir, `PRAGMA application_id = 7`)
		}, ErrNotStore, ErrNotStore},
		{"a store of a newer version", func(t *testing.T, dir string) {
			finished(t, dir)
			with(t, dir, `PRAGMA user_version = 99`)
		}, ErrNewer, ErrExists},
		{"a store that is in use", func(t *testing.T, dir string) { created(t, dir) }, ErrInUse, ErrInUse},
		{"a folder where the file should be", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, fileName), 0o700); err != nil {
				t.Fatal(err)
			}
		}, ErrNotStore, ErrNotStore},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for how, open := range map[string]struct {
				open func(dir string) (*Store, error)
				want error
			}{"Open": {Open, tt.open}, "Create": {Create, tt.create}} {
				dir := t.TempDir()
				tt.prepare(t, dir)
				path := filepath.Join(dir, fileName)
				before, _ := os.ReadFile(path) // nothing, if there is no file
				s, err := open.open(dir)
				if !errors.Is(err, open.want) {
					t.Errorf("%s = %v, want %v", how, err, open.want)
				}
				if err == nil {
					s.Close()
				}
				if after, _ := os.ReadFile(path); err != nil && !bytes.Equal(before, after) {
					t.Errorf("%s refused the file and changed it", how)
				}
			}
		})
	}
	t.Run("a missing store is not made", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "relay")
		if _, err := Open(dir); !errors.Is(err, ErrMissing) {
			t.Errorf("Open = %v, want ErrMissing", err)
		}
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the folder: %v, want that it is not there", err)
		}
	})
	t.Run("a store that is closed is free for the next", func(t *testing.T) {
		dir := t.TempDir()
		finished(t, dir)
		s := opened(t, dir)
		if _, err := Open(dir); !errors.Is(err, ErrInUse) {
			t.Errorf("Open of an open store = %v, want ErrInUse", err)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		opened(t, dir)
	})
	t.Run("a path may have any letter in it", func(t *testing.T) {
		dir := filepath.Join(t.TempDir(), "50% of? #the é&=+ rest")
		finished(t, dir)
		opened(t, dir)
		if len(stored(t, dir)) == 0 {
			t.Error("the file is somewhere else")
		}
	})
	t.Run("nobody else can read it", func(t *testing.T) {
		if runtime.GOOS == "windows" {
			return // has no such modes; the folder's access list decides
		}
		dir := filepath.Join(t.TempDir(), "a", "b")
		s := created(t, dir)
		if err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, []byte("a")), testReservoir); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]fs.FileMode{"": 0o700, fileName: 0o600, fileName + "-wal": 0o600} {
			info, err := os.Stat(filepath.Join(dir, name))
			if err != nil || info.Mode().Perm() != want {
				t.Errorf("%q has mode %v, %v; want %v", name, info.Mode(), err, want)
			}
		}
	})
}

func TestReadOnlyDisk(t *testing.T) {
	d := newDisk(t, 1)
	s, err := d.open("FULL", true)
	if err != nil {
		t.Fatal(err)
	}
	d.set(func(d *disk) { d.readOnly = true })
	if err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, []byte("a")), testReservoir); !errors.Is(err, ErrReadOnly) {
		t.Errorf("Append = %v, want ErrReadOnly", err)
	}
	s.Close() // may not tidy up
	if _, err := d.open("FULL", false); !errors.Is(err, ErrReadOnly) {
		t.Errorf("open = %v, want ErrReadOnly", err)
	}
}

func TestDamagedFile(t *testing.T) {
	dir := t.TempDir()
	s := created(t, dir)
	for n := range 10 {
		if err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, relaytest.Payload(n)), testReservoir); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b := stored(t, dir)
	for at := 4096; at < len(b); at++ {
		b[at] ^= 0x5a
	}
	write(t, dir, b)
	s, err := Open(dir)
	if err == nil {
		err = s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, []byte("a")), testReservoir)
		s.Close()
	}
	if !errors.Is(err, ErrDamaged) {
		t.Errorf("a damaged file gives %v, want ErrDamaged", err)
	}
}

func TestClosedStore(t *testing.T) {
	s := created(t, t.TempDir())
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(t.Context(), 7, relay.NewDeposit(relay.Triple, []byte("a")), testReservoir); !errors.Is(err, ErrClosed) {
		t.Errorf("Append = %v, want ErrClosed", err)
	}
	if _, err := s.Load(context.Background(), ""); !errors.Is(err, ErrClosed) {
		t.Errorf("Load = %v, want ErrClosed", err)
	}
}

// What a seized disk shows of a folder: no order of arrival of a day that is
// closed, and nothing that was removed.
func TestTraces(t *testing.T) {
	const deposits = 30
	dir := t.TempDir()
	s := created(t, dir)
	for n := range deposits {
		for _, kind := range relay.Kinds {
			if err := s.Append(t.Context(), 7, relay.NewDeposit(kind, piece(kind, n)), testReservoir); err != nil {
				t.Fatal(err)
			}
		}
	}
	// places returns where in which files of the folder there are pieces of
	// the nth payload, in pieces of 4 KiB.
	places := func(kind relay.Kind, n int) (at []string) {
		t.Helper()
		if err := integrity(t, s); err != nil { // and what was to be swept has been
			t.Fatal(err)
		}
		names, err := systemFolder(dir).list()
		if err != nil {
			t.Fatal(err)
		}
		payload := piece(kind, n)
		for _, name := range names {
			b, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			for from := 0; from < len(payload); from += 4096 {
				for i := bytes.Index(b, payload[from:from+16]); i >= 0; {
					at = append(at, fmt.Sprintf("%s %04d", name, i/kind.Size()))
					next := bytes.Index(b[i+1:], payload[from:from+16])
					if next < 0 {
						break
					}
					i += 1 + next
				}
			}
		}
		slices.Sort(at)
		return at
	}

	t.Run("a closed day lies in its file once, and in another order", func(t *testing.T) {
		if err := s.Turn(t.Context(), 8, shuffleBackwards); err != nil {
			t.Fatal(err)
		}
		for _, kind := range relay.Kinds {
			var order []string
			for n := range deposits {
				at := places(kind, n)
				if whole := slices.Compact(slices.Clone(at)); len(at) != kind.Size()/4096 || len(whole) != 1 {
					t.Errorf("deposit %d is at %v, want one place of one file, whole", n, at)
				}
				order = append(order, at[0])
			}
			if slices.IsSorted(order) {
				t.Error("the deposits lie in the order of arrival")
			}
		}
	})
	t.Run("of a forgotten day nothing is left", func(t *testing.T) {
		if err := s.Forget(t.Context(), 7); err != nil {
			t.Fatal(err)
		}
		for n := range deposits {
			for _, kind := range relay.Kinds {
				if at := places(kind, n); at != nil {
					t.Errorf("deposit %d is at %v", n, at)
				}
			}
		}
		if info, err := os.Stat(filepath.Join(dir, fileName+"-wal")); err != nil || info.Size() != 0 {
			t.Errorf("the log has %d bytes, %v", info.Size(), err)
		}
		if names, err := systemFolder(dir).list(); err != nil || len(names) != 2 {
			t.Errorf("the folder has %v, %v; want the database and its log", names, err)
		}
	})
	t.Run("a file is overwritten before it is removed", func(t *testing.T) {
		name := filepath.Join(dir, "old")
		if err := os.WriteFile(name, piece(relay.Chunk, 1), 0o600); err != nil {
			t.Fatal(err)
		}
		kept, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer kept.Close()
		if err := scrub(systemFolder(dir), "old"); err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(kept)
		if runtime.GOOS != "windows" && (err != nil || len(b) != relay.Chunk.Size() || slices.Max(b) != 0) {
			t.Errorf("what had it open reads %d bytes, not all zero, %v", len(b), err)
		}
		if _, err := os.Stat(name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("it is still there: %v", err)
		}
	})
}

// piece returns the nth payload of a kind.
func piece(kind relay.Kind, n int) []byte {
	b := make([]byte, kind.Size())
	rand.NewChaCha8([32]byte{byte(kind), byte(n)}).Read(b)
	return b
}

func shuffleBackwards(n int, swap func(i, j int)) {
	for i := range n / 2 {
		swap(i, n-1-i)
	}
}

// What has no sentinel of its own is passed on as it is.
func TestExplain(t *testing.T) {
	if err := explain("open", nil); err != nil {
		t.Errorf("no error became %v", err)
	}
	other := errors.New("something else")
	if err := explain("open", other); !errors.Is(err, other) || err.Error() != "open: something else" {
		t.Errorf("an error became %v", err)
	}
	if err := explain("open", fs.ErrPermission); !errors.Is(err, ErrReadOnly) || !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a permission that is missing became %v", err)
	}
}
