package desk

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hearsay/courier"
	"hearsay/desk/internal/web"
	"hearsay/envelope"
)

// files are drive files on their way into an import.
func files(all ...[]byte) iter.Seq2[io.Reader, error] {
	return func(yield func(io.Reader, error) bool) {
		for _, b := range all {
			if !yield(bytes.NewReader(b), nil) {
				return
			}
		}
	}
}

// spread puts payloads and chunks on drives, one file each.
func (s *stand) spread(k, n int, p courier.Parcel) (drives [][]byte) {
	s.t.Helper()
	charter, _, err := s.charter()
	if err != nil {
		s.t.Fatal(err)
	}
	to, err := envelope.NewImportKey(s.keys.Public().Desk, charter.Import)
	if err != nil {
		s.t.Fatal(err)
	}
	split, err := courier.Split(to, p, k, n)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, d := range split {
		drives = append(drives, d...)
	}
	return drives
}

func (s *stand) imports(want Imported, all ...[]byte) {
	s.t.Helper()
	if want.Waiting == nil {
		want.Waiting = []int{}
	}
	got, err := s.Import(s.t.Context(), files(all...))
	if err != nil || got.String() != want.String() || got.Again != want.Again || !slices.Equal(got.Waiting, s.Waiting()) {
		s.t.Errorf("it brought %+v, %v, not %+v", got, err, want)
	}
}

// lying counts the cells that wait.
func (s *stand) lying() (n int) {
	s.t.Helper()
	entries, err := os.ReadDir(filepath.Join(s.dir, "desk", asideFolder))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		s.t.Fatal(err)
	}
	for _, e := range entries {
		if e.Name() != joinedFile {
			n++
		}
	}
	return n
}

func payloads(all ...[]byte) courier.Parcel { return courier.Parcel{Payloads: all} }

func TestImport(t *testing.T) {
	s := newStand(t, false)
	desk := s.keys.Public().Desk
	drives := s.spread(2, 3, payloads(cover(t, desk), s.seal(s.source(), "By hand."), cover(t, desk)))

	t.Run("what belongs to no parcel is refused, and nothing is kept", func(t *testing.T) {
		other := newStand(t, false)
		foreign := other.spread(2, 2, payloads(other.seal(other.source(), "For others.")))
		for name, b := range map[string][]byte{
			"nothing":            nil,
			"a byte too few":     drives[0][1:],
			"a byte too many":    append(bytes.Clone(drives[0]), 0),
			"noise":              bytes.Repeat([]byte{0xa5}, courier.DriveSize),
			"more than is read":  make([]byte, courier.MaxSealed+envelope.DepositSize),
			"for another desk":   foreign[0],
			"deposits cut short": make([]byte, envelope.DepositSize),
		} {
			if got, err := s.Import(t.Context(), files(b)); got.Reports != 0 || !errors.Is(err, web.ErrParcel) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
		}
		if len(s.bodies()) != 0 || s.lying() != 0 {
			t.Errorf("the desk keeps %q and %d cells", s.bodies(), s.lying())
		}
	})
	t.Run("one drive of two waits, also through a restart, and says how many more", func(t *testing.T) {
		s.imports(Imported{Drives: 1, Waiting: []int{1}}, drives[2])
		s.reopen()
		if got := s.Waiting(); !slices.Equal(got, []int{1}) || s.lying() != 1 || len(s.bodies()) != 0 {
			t.Errorf("it waits for %v with %d cells", got, s.lying())
		}
		s.imports(Imported{Drives: 1, Waiting: []int{1}, Again: 1}, drives[2])
	})
	t.Run("what waits lies there as it came", func(t *testing.T) {
		entries, err := os.ReadDir(filepath.Join(s.dir, "desk", asideFolder))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if b := read(t, filepath.Join(s.dir, "desk", asideFolder, e.Name())); e.Name() != joinedFile && !bytes.Contains(drives[2], b) {
				t.Error("it is no cell of the drive")
			}
		}
	})
	t.Run("the second brings the report, with a holiday picture beside it", func(t *testing.T) {
		s.imports(Imported{Drives: 1, Reports: 1, Strange: 1}, []byte("holiday.jpg"), drives[0])
		if held := s.bodies(); !slices.Equal(held, []string{"By hand."}) || s.lying() != 0 {
			t.Errorf("the desk keeps %q and %d cells", held, s.lying())
		}
	})
	t.Run("the third, and all again, bring nothing and wait for nothing", func(t *testing.T) {
		s.imports(Imported{Drives: 1, Again: 1}, drives[1])
		s.reopen()
		s.imports(Imported{Drives: 3, Again: 3}, drives...)
		if s.lying() != 0 || len(s.bodies()) != 1 {
			t.Errorf("%d cells, %d reports", s.lying(), len(s.bodies()))
		}
	})
	t.Run("a damaged drive of three is no harm", func(t *testing.T) {
		more := s.spread(2, 3, payloads(s.seal(s.source(), "Another.")))
		for i := 0; i < courier.DriveSize; i += 2 * envelope.CellSize {
			more[0][i] ^= 1
		}
		got, err := s.Import(t.Context(), files(more...))
		if err != nil || got.Reports != 1 || got.Bad != courier.DriveCells/2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
	t.Run("a sealed parcel that was joined elsewhere comes in, too", func(t *testing.T) {
		b, err := payloads(s.seal(s.source(), "Joined elsewhere.")).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		s.imports(Imported{Reports: 1}, b)
		s.imports(Imported{}, b)
	})
	t.Run("an interrupted import loses nothing", func(t *testing.T) {
		more := s.spread(2, 2, payloads(s.seal(s.source(), "Interrupted.")))
		pulled := errors.New("somebody pulled the drive")
		_, err := s.Import(t.Context(), func(yield func(io.Reader, error) bool) {
			if yield(bytes.NewReader(more[0]), nil) {
				yield(nil, pulled)
			}
		})
		if !errors.Is(err, pulled) || !slices.Equal(s.Waiting(), []int{1}) {
			t.Errorf("%v, waits for %v", err, s.Waiting())
		}
		s.imports(Imported{Drives: 1, Reports: 1}, more[1])
	})
	t.Run("chunks go where those of the relay go", func(t *testing.T) {
		chunk := make([]byte, envelope.ChunkSize)
		_, _ = rand.Read(chunk)
		s.imports(Imported{Drives: 2}, s.spread(2, 2, courier.Parcel{Chunks: [][]byte{chunk}})...)
		if s.has(chunk) != 1 {
			t.Error("it is not there")
		}
	})
}

// TestAsideIsBounded: what waits has a bound, and to reach it loses nothing of
// what waited before.
func TestAsideIsBounded(t *testing.T) {
	s := newStand(t, false)
	first := s.spread(2, 2, payloads(s.seal(s.source(), "First.")))
	s.imports(Imported{Drives: 1, Waiting: []int{1}}, first[0])
	many := func(yield func(io.Reader, error) bool) {
		for range maxAside/courier.DriveCells + 1 {
			chunks := slices.Repeat([][]byte{make([]byte, envelope.ChunkSize)}, courier.DriveCells)
			if !yield(bytes.NewReader(s.spread(2, 2, courier.Parcel{Chunks: chunks})[0]), nil) {
				return
			}
		}
	}
	if _, err := s.Import(t.Context(), many); !errors.Is(err, ErrAside) {
		t.Errorf("%v", err)
	}
	if n := s.lying(); n != 1 {
		t.Errorf("%d cells wait", n)
	}
	s.imports(Imported{Drives: 1, Reports: 1}, first[1])
}

// TestAsideIsGarbled: what lies aside may have been exchanged.
func TestAsideIsGarbled(t *testing.T) {
	s := newStand(t, false)
	drives := s.spread(2, 2, payloads(s.seal(s.source(), "First.")))
	s.imports(Imported{Drives: 1, Waiting: []int{1}}, drives[0])
	dir := filepath.Join(s.dir, "desk", asideFolder)
	for i, b := range [][]byte{nil, make([]byte, envelope.CellSize), make([]byte, 100)} {
		name := sha256.Sum256([]byte{byte(i)})
		write(t, filepath.Join(dir, hex.EncodeToString(name[:])), b)
	}
	write(t, filepath.Join(dir, joinedFile), []byte("short"))
	s.reopen()
	if n := s.lying(); n != 1 {
		t.Errorf("%d cells wait", n)
	}
	s.imports(Imported{Drives: 1, Reports: 1}, drives[1])
}

func TestOutbound(t *testing.T) {
	s := newStand(t, false)
	source := s.source()
	s.imports(Imported{Drives: 2, Reports: 1}, s.spread(2, 2, payloads(s.seal(source, "By hand.")))...)
	open := func() envelope.Outbound {
		t.Helper()
		b, err := s.Outbound(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o, err := envelope.ParseOutbound(b)
		if err != nil {
			t.Fatal(err)
		}
		return o
	}
	t.Run("a desk without a relay says what it has to say on drives alone", func(t *testing.T) {
		o := open()
		r, err := envelope.ParseRoster(s.keys.Public().Root, o.Roster, s.epoch(), 1)
		if err != nil || len(o.Drops) != 1 || o.Questions == nil {
			t.Fatalf("%d drops, %v", len(o.Drops), err)
		}
		d, err := envelope.ParseDrop(r.Desk, r.Charter.Editors[0], r.Charter.Rows, o.Drops[0])
		if err != nil || !source.Acked(d) {
			t.Errorf("not acknowledged: %v", err)
		}
	})
	t.Run("on one day it says the same", func(t *testing.T) {
		if a, b := open(), open(); !bytes.Equal(a.Drops[0], b.Drops[0]) {
			t.Error("two drops for one day")
		}
	})
	t.Run("the next day it says more, and answers", func(t *testing.T) {
		id, err := s.book.FindSource(s.book.Inbox().Reports[0].Source.Handle)
		if err == nil {
			err = s.book.Name(t.Context(), "ana", id, "WREN", "")
		}
		if err != nil {
			t.Fatal(err)
		}
		s.answers("WREN", "We have read it.")
		s.clock = s.clock.AddDate(0, 0, 1)
		o := open()
		if len(o.Drops) != 2 {
			t.Fatalf("%d drops", len(o.Drops))
		}
		r, err := envelope.ParseRoster(s.keys.Public().Root, o.Roster, s.epoch(), 1)
		if err != nil {
			t.Fatal(err)
		}
		d, err := envelope.ParseDrop(r.Desk, r.Charter.Editors[0], r.Charter.Rows, o.Drops[1])
		if err != nil {
			t.Fatal(err)
		}
		if got := source.Replies(d, r.Blocks[0].LongTerm); len(got) != 1 || string(got[0].Body()) != "We have read it." {
			t.Errorf("%d replies", len(got))
		}
	})
	t.Run("a charter that has run out makes none, since no kit would take it", func(t *testing.T) {
		s.clock = s.clock.AddDate(0, 0, 100)
		if _, err := s.Outbound(t.Context()); !errors.Is(err, envelope.ErrRoster) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a desk with a relay says what it has published", func(t *testing.T) {
		s := newStand(t, true)
		b, err := s.Outbound(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if o, err := envelope.ParseOutbound(b); err != nil || len(o.Drops) != 0 {
			t.Errorf("%d drops before the first, %v", len(o.Drops), err)
		}
	})
}
