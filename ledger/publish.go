package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// MaxPageSize is how many bytes a file of an edition may have.
const MaxPageSize = 256 << 20

var (
	// ErrSerial tells that an edition does not follow the newest one.
	ErrSerial = errors.New("not the next edition")
	// ErrNotListed tells that the newest edition has no such page.
	ErrNotListed = errors.New("the newest edition has no such page")
)

// Publish makes an edition of pages a leaf of the ledger in dir: it writes the
// manifest and the salts, then appends the leaf. A page that did not change
// since the edition before keeps its salt; others draw one from rand.
//
// serial must follow that of the newest edition. Where it is the newest
// edition's and the pages are the same, Publish was interrupted after the leaf
// was in the log, and there is nothing to do; where they are not the same, or
// serial is any other, it returns ErrSerial.
func Publish(dir string, signer note.Signer, serial uint32, day int32, pages iter.Seq2[string, []byte], rand io.Reader) error {
	return write("publish an edition", dir, func(d disk) error { return publish(d, signer, serial, day, pages, rand) })
}

func publish(d disk, signer note.Signer, serial uint32, day int32, pages iter.Seq2[string, []byte], rand io.Reader) error {
	l, err := open(d)
	if err != nil {
		return err
	}
	before, salts, err := l.newestPages()
	if err != nil {
		return err
	}
	if serial == 0 || serial != before.Edition && serial != before.Edition+1 {
		return fmt.Errorf("edition %d after edition %d: %w", serial, before.Edition, ErrSerial)
	}
	m, s, err := listPages(serial, pages, before, salts, rand)
	if err != nil {
		return err
	}
	if serial == before.Edition {
		if !slices.Equal(m.Pages, before.Pages) {
			return fmt.Errorf("edition %d is in the log with other pages: %w", serial, ErrSerial)
		}
		return appendLeaves(d, signer, nil) // for the sweep
	}
	text := m.Marshal()
	if err := writeFile(d, manifestFile(serial), text); err != nil {
		return err
	}
	if err := writeFile(d, saltsFile(serial), s.Marshal()); err != nil {
		return err
	}
	if err := syncFolders(d, manifestFile(serial), saltsFile(serial)); err != nil {
		return err
	}
	return appendLeaves(d, signer, []Leaf{{Kind: KindEdition, Serial: serial, Day: day, Digest: sha256.Sum256(text)}})
}

// newestPages returns the newest manifest with its salts, or empty ones.
func (l *Log) newestPages() (Manifest, Salts, error) {
	leaf, _, ok := l.Newest()
	if !ok {
		return Manifest{}, Salts{}, nil
	}
	m, err := l.Manifest(leaf.Serial)
	if err != nil {
		return Manifest{}, Salts{}, err
	}
	s, err := l.Salts()
	return m, s, err
}

func listPages(serial uint32, pages iter.Seq2[string, []byte], before Manifest, salts Salts, rand io.Reader) (Manifest, Salts, error) {
	m, s := Manifest{Edition: serial}, Salts{Edition: serial, Of: map[string]Salt{}}
	for path, page := range pages {
		if err := ValidPath(path); err != nil {
			return m, s, err
		}
		if _, twice := s.Of[path]; twice {
			return m, s, fmt.Errorf("%s is given twice: %w", path, ErrManifest)
		}
		if len(page) > MaxPageSize || len(s.Of) == MaxPages {
			return m, s, fmt.Errorf("%s is too large, or the edition has too many pages: %w", path, ErrManifest)
		}
		salt := salts.Of[path]
		if !before.Holds(salts, path, page) {
			if _, err := io.ReadFull(rand, salt[:]); err != nil {
				return m, s, fmt.Errorf("draw a salt: %w", err)
			}
		}
		s.Of[path] = salt
		m.Pages = append(m.Pages, Page{path, Digest(salt, page)})
	}
	slices.SortFunc(m.Pages, func(a, b Page) int { return strings.Compare(a.Path, b.Path) })
	if err := checkFolders(m.Pages); err != nil {
		return m, s, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	return m, s, nil
}

// Withdraw records that pages of the newest edition were taken back, and drops
// their salts. The pages themselves are the caller's to remove, afterwards. Run
// again after an interruption it does what is left to do. The next edition
// must no longer have what was withdrawn.
func Withdraw(dir string, signer note.Signer, day int32, paths ...string) error {
	return write("withdraw", dir, func(d disk) error { return withdraw(d, signer, day, paths) })
}

func withdraw(d disk, signer note.Signer, day int32, paths []string) error {
	l, err := open(d)
	if err != nil {
		return err
	}
	m, s, err := l.newestPages()
	if err != nil {
		return err
	}
	gone := withdrawn(l.leaves)
	var leaves []Leaf
	for _, path := range paths {
		if _, ok := m.Find(path); !ok {
			return fmt.Errorf("%s: %w", printable(path), ErrNotListed)
		}
		if !gone[path] {
			gone[path] = true
			leaves = append(leaves, Leaf{Kind: KindWithdrawal, Serial: m.Edition, Day: day, Path: path})
		}
	}
	// The leaf comes first: a salt that is gone without one looks like tampering.
	if err := appendLeaves(d, signer, leaves); err != nil {
		return err
	}
	for path := range gone {
		delete(s.Of, path)
	}
	if err := writeFile(d, saltsFile(m.Edition), s.Marshal()); err != nil {
		return err
	}
	return syncFolders(d, saltsFile(m.Edition))
}
