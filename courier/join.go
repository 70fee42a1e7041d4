package courier

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/chacha20poly1305"

	"hearsay/envelope"
)

var (
	// ErrDrive is returned for bytes that are not of the length of a drive file.
	ErrDrive = errors.New("not a drive file")

	// ErrMissing is returned for a set of which more drives are needed.
	ErrMissing = errors.New("more drives are needed")

	// ErrSet is returned for a set that has enough cells and yet is not one that
	// a Split made: whoever made it made it wrong.
	ErrSet = errors.New("the cells of this set do not fit together")

	// ErrFull is returned when a joiner holds as much as it may.
	ErrFull = errors.New("more drives than can be joined at once")
)

// MaxCells bounds what a joiner holds, sealed and opened: some 256 MiB.
const MaxCells = 2048

// A Joiner gathers cells, from any number of drive files in any order, and
// groups them by set. It is not for concurrent use.
type Joiner struct {
	desk  envelope.DeskID
	open  func(cell []byte) (plaintext []byte, err error)
	cells int
	most  int
	known map[[32]byte]bool // names of sets that are done with
	sets  map[setHeader]*Set
	order []*Set
}

// NewJoiner makes a joiner for a desk. open opens a cell, or returns
// envelope.ErrNotForUs; any other error ends AddDrive with it.
func NewJoiner(desk envelope.DeskID, open func(cell []byte) ([]byte, error)) *Joiner {
	return &Joiner{desk: desk, open: open, most: MaxCells, known: map[[32]byte]bool{}, sets: map[setHeader]*Set{}}
}

// Know makes the joiner pass over a set by its name: it was joined before.
func (j *Joiner) Know(name [32]byte) { j.known[name] = true }

// Forget lets go of the cells of a set and passes over those that still come.
func (j *Joiner) Forget(s *Set) {
	if j.sets[s.header] != s {
		return
	}
	j.Know(s.Name())
	j.cells -= len(s.sealed)
	delete(j.sets, s.header)
	j.order = slices.DeleteFunc(j.order, func(t *Set) bool { return t == s })
}

// Seen counts the cells of a drive file.
type Seen struct {
	Carry int // that were new and carry something
	Again int // that were added before, or are of a set that is done with
	Empty int // that are there to fill the file
	Bad   int // that do not open with this desk's key, or are in no form
}

// Add sums up.
func (s *Seen) Add(t Seen) {
	s.Carry, s.Again, s.Empty, s.Bad = s.Carry+t.Carry, s.Again+t.Again, s.Empty+t.Empty, s.Bad+t.Bad
}

// AddDrive reads a drive file. A bad cell is skipped and counted; only a wrong
// length is ErrDrive. It keeps no memory of b.
func (j *Joiner) AddDrive(b []byte) (Seen, error) {
	if len(b) != DriveSize {
		return Seen{}, fmt.Errorf("%d bytes: %w", len(b), ErrDrive)
	}
	var seen Seen
	for c := range slices.Chunk(b, envelope.CellSize) {
		s, err := j.AddCell(c)
		if err != nil {
			return seen, err
		}
		seen.Add(s)
	}
	return seen, nil
}

// AddCell reads one cell, as AddDrive does.
func (j *Joiner) AddCell(sealed []byte) (Seen, error) {
	plaintext, err := j.open(sealed)
	if err != nil && !errors.Is(err, envelope.ErrNotForUs) {
		return Seen{}, fmt.Errorf("open a cell: %w", err)
	}
	if err != nil {
		return Seen{Bad: 1}, nil
	}
	c, carries, err := parseCell(plaintext)
	switch {
	case err != nil:
		return Seen{Bad: 1}, nil
	case !carries:
		return Seen{Empty: 1}, nil
	case j.known[c.name()]:
		return Seen{Again: 1}, nil
	case j.cells == j.most:
		return Seen{}, ErrFull
	}
	set := j.sets[c.setHeader]
	if set == nil {
		set = &Set{desk: j.desk, header: c.setHeader}
		j.sets[c.setHeader] = set
		j.order = append(j.order, set)
	}
	if set.cells[c.index].fragment != nil {
		return Seen{Again: 1}, nil
	}
	j.cells++
	set.cells[c.index] = c
	set.sealed = append(set.sealed, slices.Clone(sealed))
	return Seen{Carry: 1}, nil
}

// Sets returns what was gathered, in the order in which it was first seen.
func (j *Joiner) Sets() []*Set { return slices.Clone(j.order) }

// A Set is the cells of one pack that a joiner has seen.
type Set struct {
	desk   envelope.DeskID
	header setHeader
	cells  [MaxDrives]cell // by index; without fragment where there is none
	sealed [][]byte
}

// Name tells the set from others: a hash of what its cells have in common, from
// which nothing is to be had but that.
func (s *Set) Name() [32]byte { return s.header.name() }

// Sealed returns the cells as they came, to be kept until the rest comes.
func (s *Set) Sealed() [][]byte { return slices.Clone(s.sealed) }

// Missing returns how many more drives of this set are needed.
func (s *Set) Missing() int { return max(int(s.header.k)-len(s.sealed), 0) }

// Join rebuilds the pack and reads it. Errors: ErrMissing, ErrSet, ErrPack.
func (s *Set) Join() (Parcel, error) {
	pack, err := s.pack()
	if err != nil {
		return Parcel{}, err
	}
	return parsePack(pack)
}

func (s *Set) pack() ([]byte, error) {
	if n := s.Missing(); n > 0 {
		return nil, fmt.Errorf("%d %w", n, ErrMissing)
	}
	k, n := int(s.header.k), int(s.header.n)
	fragments, points := make([][]byte, n), make([][]byte, n+1)
	for i, left := 0, k; left > 0; i++ {
		if c := &s.cells[i]; c.fragment != nil {
			fragments[i], points[i+1] = c.fragment, c.share[:]
			left--
		}
	}
	sealed, err := rebuild(fragments, k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSet, err)
	}
	key, err := unshare(points, k)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSet, err)
	}
	if sha256.Sum256(sealed) != s.header.digest {
		return nil, fmt.Errorf("digest: %w", ErrSet)
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSet, err)
	}
	filled, err := aead.Open(sealed[:0], make([]byte, chacha20poly1305.NonceSize), sealed, packAAD(s.desk, s.header.id))
	if err != nil {
		return nil, fmt.Errorf("tag: %w", ErrSet)
	}
	if !isZero(filled[s.header.length:]) {
		return nil, fmt.Errorf("filler: %w", ErrSet)
	}
	return filled[:s.header.length], nil
}

// rebuild returns C from k of its fragments; the rest are nil.
func rebuild(fragments [][]byte, k int) ([]byte, error) {
	code, err := codeOf(k, len(fragments))
	if err != nil {
		return nil, err
	}
	if err := code.ReconstructData(fragments); err != nil {
		return nil, err
	}
	return slices.Concat(fragments[:k]...), nil
}

// unshare returns the key, which stands at point 0, from k other points.
func unshare(points [][]byte, k int) ([]byte, error) {
	code, err := codeOf(k, len(points))
	if err != nil {
		return nil, err
	}
	if err := code.ReconstructData(points); err != nil {
		return nil, err
	}
	return points[0], nil
}
