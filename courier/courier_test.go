package courier

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/envelope"
)

// testDesk is a desk's import key.
type testDesk struct {
	secret *envelope.ImportSecret
	id     envelope.DeskID
}

func newTestDesk(t testing.TB) testDesk {
	t.Helper()
	var d testDesk
	var seed [32]byte
	rand.Read(seed[:])
	rand.Read(d.id[:])
	var err error
	if d.secret, err = envelope.NewImportSecret(d.id, seed); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d testDesk) joiner() *Joiner { return NewJoiner(d.id, d.secret.OpenCell) }

func (d testDesk) split(t failer, p Parcel, k, n int) [][][]byte {
	t.Helper()
	drives, err := Split(d.secret.Public(), p, k, n)
	if err != nil {
		t.Fatalf("split: %v", err)
	}
	return drives
}

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

func randomParcel(payloads, chunks int) (p Parcel) {
	for range payloads {
		p.Payloads = append(p.Payloads, random(payloadSize))
	}
	for range chunks {
		p.Chunks = append(p.Chunks, random(chunkSize))
	}
	return p
}

// join adds drive files and returns what the whole sets among them hold.
func (d testDesk) join(t failer, files ...[]byte) (p Parcel, waiting int) {
	t.Helper()
	j := d.joiner()
	for _, f := range files {
		if _, err := j.AddDrive(f); err != nil {
			t.Fatalf("add a drive: %v", err)
		}
	}
	for _, s := range j.Sets() {
		if s.Missing() > 0 {
			waiting = max(waiting, s.Missing())
			continue
		}
		part, err := s.Join()
		if err != nil {
			t.Fatalf("join: %v", err)
		}
		p.Payloads, p.Chunks = append(p.Payloads, part.Payloads...), append(p.Chunks, part.Chunks...)
	}
	return p, waiting
}

func same(p, q Parcel) bool {
	sorted := func(parts [][]byte) [][]byte { return slices.SortedFunc(slices.Values(parts), bytes.Compare) }
	return slices.EqualFunc(sorted(p.Payloads), sorted(q.Payloads), bytes.Equal) &&
		slices.EqualFunc(sorted(p.Chunks), sorted(q.Chunks), bytes.Equal)
}

// of draws m different drives of n.
func of(t *rapid.T, m, n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return rapid.Permutation(all).Draw(t, "drives")[:m]
}

// TestAnyKOfN: whatever is carried, any k drives in any order give it back, and
// k-1 give nothing and ask for one more.
func TestAnyKOfN(t *testing.T) {
	d := newTestDesk(t)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(MinNeed, MaxDrives).Draw(t, "n")
		k := rapid.IntRange(MinNeed, n).Draw(t, "k")
		p := randomParcel(rapid.IntRange(0, 7).Draw(t, "payloads"), rapid.IntRange(0, 3).Draw(t, "chunks"))
		if len(p.Payloads)+len(p.Chunks) == 0 {
			p = randomParcel(1, 0)
		}
		drives := d.split(t, p, k, n)
		pick := of(t, k, n)
		var files [][]byte
		for _, i := range pick {
			files = append(files, drives[i]...)
		}
		if got, waiting := d.join(t, files...); !same(got, p) || waiting != 0 {
			t.Errorf("%d of %d drives gave %d payloads and %d chunks", k, n, len(got.Payloads), len(got.Chunks))
		}
		fewer := files[len(drives[pick[0]]):]
		if got, waiting := d.join(t, fewer...); len(got.Payloads)+len(got.Chunks) != 0 || waiting != 1 {
			t.Errorf("%d drives, one too few, gave %d payloads and waited for %d", k-1, len(got.Payloads), waiting)
		}
	})
}

// TestNothingBelowK: to whoever knows k-1 shares every key is as possible as
// the true one, since some completion of those shares leads to it.
func TestNothingBelowK(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(MinNeed, MaxDrives).Draw(t, "n")
		k := rapid.IntRange(MinNeed, n).Draw(t, "k")
		key, other := [shareSize]byte(random(shareSize)), random(shareSize)
		shares, err := share(key, k, n)
		if err != nil {
			t.Fatal(err)
		}
		points := make([][]byte, n+1)
		for _, i := range of(t, k-1, n) {
			points[i+1] = bytes.Clone(shares[i])
		}
		points[0] = other
		code, err := codeOf(k, n+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := code.Reconstruct(points); err != nil {
			t.Fatal(err)
		}
		if ok, err := code.Verify(points); !ok || err != nil {
			t.Errorf("%d shares of %d rule a key out: %v", k-1, n, err)
		}
		if got, err := unshare(append([][]byte{nil}, points[1:]...), k); err != nil || !bytes.Equal(got, other) {
			t.Errorf("the completed shares do not give the other key: %v", err)
		}
	})
}

// TestFlippedByte: a byte changed anywhere in a cell loses that cell and no
// other, and the set still joins if k good ones remain.
func TestFlippedByte(t *testing.T) {
	d := newTestDesk(t)
	p := randomParcel(5, 0)
	drives := d.split(t, p, 2, 3)
	rapid.Check(t, func(t *rapid.T) {
		files := [][]byte{bytes.Clone(drives[0][0]), drives[1][0], drives[2][0]}
		at := rapid.IntRange(0, DriveSize-1).Draw(t, "at")
		files[0][at] ^= byte(rapid.IntRange(1, 255).Draw(t, "xor"))
		seen, err := d.joiner().AddDrive(files[0])
		if err != nil || seen.Bad != 1 || seen.Empty+seen.Carry != DriveCells-1 {
			t.Errorf("byte %d: %+v, %v", at, seen, err)
		}
		if got, _ := d.join(t, files...); !same(got, p) {
			t.Errorf("byte %d: two good drives of three did not join", at)
		}
	})
}

func TestJoiner(t *testing.T) {
	d := newTestDesk(t)
	p, q := randomParcel(5, 0), randomParcel(1, 1)
	first, second := d.split(t, p, 2, 3), d.split(t, q, 3, 3)

	t.Run("sets interleave", func(t *testing.T) {
		both := Parcel{append(slices.Clone(p.Payloads), q.Payloads...), q.Chunks}
		got, waiting := d.join(t, second[2][0], first[1][0], second[0][0], first[0][0], second[1][0])
		if !same(got, both) || waiting != 0 {
			t.Errorf("%d payloads, %d chunks, waits for %d", len(got.Payloads), len(got.Chunks), waiting)
		}
	})
	t.Run("a drive twice counts once", func(t *testing.T) {
		j := d.joiner()
		for i, want := range []Seen{{Carry: 1, Empty: 15}, {Again: 1, Empty: 15}} {
			if seen, err := j.AddDrive(second[0][0]); err != nil || seen != want {
				t.Errorf("time %d: %+v, %v", i+1, seen, err)
			}
		}
		if m := j.Sets()[0].Missing(); m != 2 {
			t.Errorf("it waits for %d more, not 2", m)
		}
		if _, err := j.Sets()[0].Join(); !errors.Is(err, ErrMissing) {
			t.Errorf("joined: %v", err)
		}
	})
	t.Run("more drives than are needed do no harm", func(t *testing.T) {
		if got, _ := d.join(t, first[0][0], first[1][0], first[2][0], first[0][0]); !same(got, p) {
			t.Error("not joined")
		}
	})
	t.Run("another desk's drive says nothing", func(t *testing.T) {
		j := newTestDesk(t).joiner()
		if seen, err := j.AddDrive(first[0][0]); err != nil || seen != (Seen{Bad: 16}) || len(j.Sets()) != 0 {
			t.Errorf("%+v, %v", seen, err)
		}
	})
	t.Run("another desk's key of the same seed neither", func(t *testing.T) {
		j := NewJoiner(envelope.DeskID{1}, d.secret.OpenCell)
		for _, f := range []int{0, 1} {
			if _, err := j.AddDrive(first[f][0]); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := j.Sets()[0].Join(); !errors.Is(err, ErrSet) {
			t.Errorf("the pack opened for another desk: %v", err)
		}
	})
	t.Run("what is no drive file is refused", func(t *testing.T) {
		for _, n := range []int{0, 1, envelope.CellSize, DriveSize - 1, DriveSize + 1} {
			if _, err := d.joiner().AddDrive(make([]byte, n)); !errors.Is(err, ErrDrive) {
				t.Errorf("%d bytes: %v", n, err)
			}
		}
	})
	t.Run("noise of the right length is sixteen bad cells", func(t *testing.T) {
		if seen, err := d.joiner().AddDrive(random(DriveSize)); err != nil || seen != (Seen{Bad: 16}) {
			t.Errorf("%+v, %v", seen, err)
		}
	})
	t.Run("what fails to open for another reason ends it", func(t *testing.T) {
		locked := errors.New("locked")
		j := NewJoiner(d.id, func([]byte) ([]byte, error) { return nil, locked })
		if _, err := j.AddDrive(first[0][0]); !errors.Is(err, locked) {
			t.Errorf("%v", err)
		}
	})
	t.Run("sealed cells that were kept join later", func(t *testing.T) {
		j := d.joiner()
		if _, err := j.AddDrive(first[2][0]); err != nil {
			t.Fatal(err)
		}
		kept := j.Sets()[0].Sealed()
		later := d.joiner()
		for _, c := range kept {
			if _, err := later.AddCell(c); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := later.AddDrive(first[0][0]); err != nil {
			t.Fatal(err)
		}
		s := later.Sets()[0]
		if got, err := s.Join(); err != nil || !same(got, p) || s.Name() != j.Sets()[0].Name() {
			t.Errorf("%v", err)
		}
	})
	t.Run("a set that is done with is passed over", func(t *testing.T) {
		j, later := d.joiner(), d.joiner()
		for i := range 2 {
			if _, err := j.AddDrive(first[i][0]); err != nil {
				t.Fatal(err)
			}
		}
		s := j.Sets()[0]
		j.Forget(s)
		j.Forget(s)
		later.Know(s.Name())
		for _, j := range []*Joiner{j, later} {
			if seen, err := j.AddDrive(first[2][0]); err != nil || seen != (Seen{Again: 1, Empty: 15}) || len(j.Sets()) != 0 {
				t.Errorf("%+v, %v", seen, err)
			}
		}
	})
	t.Run("a joiner holds no more than it may, and less once it is done", func(t *testing.T) {
		j := NewJoiner(d.id, func(b []byte) ([]byte, error) { return b, nil })
		j.most = 8
		c := cell{setHeader: setHeader{k: 2, n: 2}, fragment: make([]byte, fragmentSize)}
		add := func(i int) error {
			binary.BigEndian.PutUint32(c.id[:], uint32(i))
			_, err := j.AddCell(c.marshal())
			return err
		}
		for i := range j.most {
			if err := add(i); err != nil {
				t.Fatal(err)
			}
		}
		if err := add(j.most); !errors.Is(err, ErrFull) {
			t.Errorf("%v", err)
		}
		j.Forget(j.Sets()[7])
		if err := add(j.most); err != nil {
			t.Errorf("%v", err)
		}
	})
	t.Run("a set that was made wrong is told from a whole one", func(t *testing.T) {
		wrong := d.joiner()
		for i := range 2 {
			c := cell{setHeader: setHeader{k: 2, n: 2, length: 4}, index: uint8(i), fragment: make([]byte, fragmentSize)}
			sealed, err := d.secret.Public().SealCell(c.marshal())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := wrong.AddCell(sealed); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := wrong.Sets()[0].Join(); !errors.Is(err, ErrSet) {
			t.Errorf("%v", err)
		}
	})
}

func TestSplit(t *testing.T) {
	d := newTestDesk(t)
	to := d.secret.Public()
	t.Run("the default holds five payloads in one file of each drive", func(t *testing.T) {
		drives := d.split(t, randomParcel(5, 0), 2, 3)
		j := d.joiner()
		for _, files := range drives {
			if len(files) != 1 || len(files[0]) != DriveSize {
				t.Fatalf("%d files", len(files))
			}
			if seen, err := j.AddDrive(files[0]); err != nil || seen != (Seen{Carry: 1, Empty: 15}) {
				t.Errorf("%+v, %v", seen, err)
			}
		}
		if len(j.Sets()) != 1 {
			t.Errorf("%d sets", len(j.Sets()))
		}
	})
	t.Run("no file holds two cells of a set, and the largest message makes four", func(t *testing.T) {
		p := randomParcel(6, 64)
		drives := d.split(t, p, 2, 3)
		for i, files := range drives {
			if len(files) != 4 {
				t.Errorf("drive %d has %d files", i, len(files))
			}
			for _, f := range files {
				j := d.joiner()
				if seen, err := j.AddDrive(f); err != nil || seen.Carry != len(j.Sets()) {
					t.Errorf("%+v in %d sets, %v", seen, len(j.Sets()), err)
				}
			}
		}
		if got, _ := d.join(t, append(slices.Clone(drives[2]), drives[0]...)...); !same(got, p) {
			t.Error("not joined")
		}
	})
	t.Run("the same parcel is never split alike", func(t *testing.T) {
		p := randomParcel(1, 0)
		a, b := d.split(t, p, 2, 3), d.split(t, p, 2, 3)
		if got, waiting := d.join(t, a[0][0], b[1][0]); len(got.Payloads) != 0 || waiting != 1 {
			t.Error("drives of two splits joined")
		}
	})
	for _, tt := range []struct{ k, n int }{{1, 1}, {1, 3}, {0, 0}, {3, 2}, {2, 17}, {-1, 3}, {2, 258}} {
		if _, err := Split(to, randomParcel(1, 0), tt.k, tt.n); !errors.Is(err, ErrShards) {
			t.Errorf("%d of %d: %v", tt.k, tt.n, err)
		}
	}
	for name, p := range map[string]Parcel{
		"nothing":          {},
		"a short payload":  {Payloads: [][]byte{random(payloadSize - 1)}},
		"a long chunk":     {Chunks: [][]byte{random(chunkSize + 1)}},
		"more than it may": {Chunks: slices.Repeat([][]byte{random(chunkSize)}, MaxSets+1)},
	} {
		if _, err := Split(to, p, 2, 2); !errors.Is(err, ErrParcel) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSealed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := randomParcel(rapid.IntRange(0, 4).Draw(t, "payloads"), rapid.IntRange(1, 3).Draw(t, "chunks"))
		b, err := p.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := ParseSealed(b); err != nil || !same(got, p) {
			t.Errorf("%v", err)
		}
		at := rapid.IntRange(0, envelope.DepositHeader-1).Draw(t, "at")
		b[at] ^= byte(rapid.IntRange(1, 255).Draw(t, "xor"))
		if _, err := ParseSealed(b); !errors.Is(err, ErrSealed) {
			t.Errorf("byte %d changed: %v", at, err)
		}
	})
	good, err := randomParcel(2, 1).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"nothing":          nil,
		"a byte short":     good[:len(good)-1],
		"a byte long":      append(slices.Clone(good), 0),
		"cut in half":      good[:len(good)/2],
		"noise":            random(envelope.DepositSize),
		"more than it may": make([]byte, MaxSealed+1),
		"chunks first":     slices.Concat(good[2*envelope.DepositSize:], good[:2*envelope.DepositSize]),
	} {
		if _, err := ParseSealed(b); !errors.Is(err, ErrSealed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := (Parcel{}).Marshal(); !errors.Is(err, ErrParcel) {
		t.Errorf("an empty parcel: %v", err)
	}
}

// TestMaybeSealed: whoever looks through a folder passes over what cannot be a
// sealed parcel, and over nothing that can.
func TestMaybeSealed(t *testing.T) {
	const payload, chunk = envelope.DepositSize, envelope.ChunkDepositSize
	for size, want := range map[int64]bool{
		payload: true, chunk: true, 3*payload + chunk: true, 2 * chunk: true, 4*payload + 64*chunk: true,
		0: false, 1: false, -payload: false, payload - 1: false, chunk + 1: false, payload + chunk + 1: false,
		DriveSize: false, MaxSealed + payload: false,
	} {
		if MaybeSealed(size) != want {
			t.Errorf("%d bytes: %t", size, !want)
		}
	}
	if _, err := (Parcel{Chunks: slices.Repeat([][]byte{make([]byte, chunkSize)}, MaxSealed/chunk+1)}).Marshal(); !errors.Is(err, ErrParcel) {
		t.Errorf("one that nobody would read is written: %v", err)
	}
}
