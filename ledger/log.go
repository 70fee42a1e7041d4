package ledger

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var (
	// ErrNoLog tells that a folder holds no ledger.
	ErrNoLog = errors.New("no ledger here")
	// ErrBroken tells that the files of a ledger contradict each other.
	ErrBroken = errors.New("the ledger is broken")
)

const (
	keyFile        = "key"
	checkpointFile = "checkpoint"
)

func manifestFile(edition uint32) string { return fmt.Sprintf("manifest/%06d.txt", edition) }
func saltsFile(edition uint32) string    { return fmt.Sprintf("salts/%06d.txt", edition) }

// Log is a ledger opened for reading: the state that its checkpoint signs.
// Files that an interrupted append left behind are not part of it.
type Log struct {
	fsys   fs.FS
	key    string
	tree   tlog.Tree
	hashes tlog.HashReader
	leaves []Leaf
}

// Open reads a ledger folder and proves every entry against the checkpoint and
// the checkpoint against the key that stands beside it. To learn whether that
// key is the right one, compare Key with one from elsewhere; Check does.
func Open(fsys fs.FS) (*Log, error) {
	l, err := open(fsys)
	if err != nil {
		return nil, fmt.Errorf("open ledger: %w", err)
	}
	return l, nil
}

func open(fsys fs.FS) (*Log, error) {
	key, verifier, err := readKey(fsys)
	if err != nil {
		return nil, err
	}
	b, err := readFile(fsys, checkpointFile, maxCheckpoint)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoLog
	}
	if err != nil {
		return nil, err
	}
	c, err := openCheckpoint(b, verifier)
	if err != nil {
		return nil, err
	}
	l := &Log{fsys: fsys, key: key, tree: c.Tree}
	l.hashes = tlog.TileHashReader(c.Tree, tileFiles{fsys})
	return l, l.readLeaves()
}

func readKey(fsys fs.FS) (string, note.Verifier, error) {
	b, err := readFile(fsys, keyFile, maxKeyFile)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil, ErrNoLog
	}
	if err != nil {
		return "", nil, err
	}
	return readKeyBytes(b)
}

func readKeyBytes(b []byte) (string, note.Verifier, error) {
	key, ok := strings.CutSuffix(string(b), "\n")
	if !ok {
		return "", nil, ErrKey
	}
	verifier, err := parseKey(key)
	return key, verifier, err
}

func (l *Log) readLeaves() error {
	for _, bundle := range bundlesOf(0, l.tree.N) {
		entries, err := readBundle(l.fsys, l.hashes, bundle)
		if err != nil {
			return err
		}
		for _, e := range entries {
			leaf, err := ParseLeaf(e)
			if err != nil {
				return fmt.Errorf("entry %d: %w", len(l.leaves), err)
			}
			l.leaves = append(l.leaves, leaf)
		}
	}
	return checkOrder(l.leaves)
}

// readBundle reads a bundle and proves each entry by its hash in the tree.
func readBundle(fsys fs.FS, hashes tlog.HashReader, bundle tlog.Tile) ([][]byte, error) {
	b, err := readFile(fsys, tilePath(bundle), maxBundle)
	if err != nil {
		return nil, err
	}
	entries, err := parseBundle(b, bundle.W)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", tilePath(bundle), err)
	}
	indexes := make([]int64, len(entries))
	for i := range entries {
		indexes[i] = tlog.StoredHashIndex(0, bundle.N*tileWidth+int64(i))
	}
	want, err := hashes.ReadHashes(indexes)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w: %w", tilePath(bundle), ErrBroken, err)
	}
	for i, e := range entries {
		if tlog.RecordHash(e) != want[i] {
			return nil, fmt.Errorf("entry %d is not the one in the tree: %w", bundle.N*tileWidth+int64(i), ErrBroken)
		}
	}
	return entries, nil
}

// checkOrder refuses a log whose editions do not count on or whose days go back.
func checkOrder(leaves []Leaf) error {
	edition, day := uint32(0), int32(0)
	for i, leaf := range leaves {
		if leaf.Day < day {
			return fmt.Errorf("entry %d of %s is dated before the one it follows: %w", i, leaf.Date(), ErrBroken)
		}
		day = leaf.Day
		switch leaf.Kind {
		case KindEdition:
			if leaf.Serial != edition+1 {
				return fmt.Errorf("entry %d is edition %d after edition %d: %w", i, leaf.Serial, edition, ErrBroken)
			}
			edition = leaf.Serial
		case KindWithdrawal:
			if leaf.Serial != edition {
				return fmt.Errorf("entry %d takes a page from edition %d after edition %d: %w", i, leaf.Serial, edition, ErrBroken)
			}
		}
	}
	return nil
}

// Key returns the verifier key that stands in the ledger.
func (l *Log) Key() string { return l.key }

// Size returns the number of entries.
func (l *Log) Size() int64 { return l.tree.N }

// Root returns the root of the tree over all entries.
func (l *Log) Root() tlog.Hash { return l.tree.Hash }

// Leaves returns all entries, oldest first.
func (l *Log) Leaves() []Leaf { return slices.Clone(l.leaves) }

// Newest returns the newest edition and its place in the log; ok is false
// before the first.
func (l *Log) Newest() (leaf Leaf, index int64, ok bool) { return newest(l.leaves) }

func newest(leaves []Leaf) (leaf Leaf, index int64, ok bool) {
	for i, leaf := range slices.Backward(leaves) {
		if leaf.Kind == KindEdition {
			return leaf, int64(i), true
		}
	}
	return Leaf{}, 0, false
}

// withdrawn returns the paths that were taken from the newest edition.
func withdrawn(leaves []Leaf) map[string]bool {
	paths := map[string]bool{}
	for _, leaf := range leaves {
		switch leaf.Kind {
		case KindEdition:
			clear(paths) // an edition after a withdrawal lists what stands from then on
		case KindWithdrawal:
			paths[leaf.Path] = true
		}
	}
	return paths
}

// Manifest returns the manifest of an edition, proved by its leaf.
func (l *Log) Manifest(edition uint32) (Manifest, error) {
	for _, leaf := range l.leaves {
		if leaf.Kind != KindEdition || leaf.Serial != edition {
			continue
		}
		b, err := readFile(l.fsys, manifestFile(edition), maxManifest)
		if err != nil {
			return Manifest{}, fmt.Errorf("edition %d: %w", edition, err)
		}
		return proveManifest(leaf, b)
	}
	return Manifest{}, fmt.Errorf("edition %d is not in the log: %w", edition, fs.ErrNotExist)
}

func proveManifest(leaf Leaf, b []byte) (Manifest, error) {
	if sha256.Sum256(b) != leaf.Digest {
		return Manifest{}, fmt.Errorf("edition %d: the manifest is not the one in the log: %w", leaf.Serial, ErrBroken)
	}
	m, err := ParseManifest(b)
	if err != nil {
		return Manifest{}, fmt.Errorf("edition %d: %w", leaf.Serial, err)
	}
	if m.Edition != leaf.Serial {
		return Manifest{}, fmt.Errorf("edition %d: the manifest is of another edition: %w", leaf.Serial, ErrBroken)
	}
	return m, nil
}

// Salts returns the salts of the newest edition.
func (l *Log) Salts() (Salts, error) {
	leaf, _, ok := l.Newest()
	if !ok {
		return Salts{}, fmt.Errorf("salts: no edition yet: %w", fs.ErrNotExist)
	}
	b, err := readFile(l.fsys, saltsFile(leaf.Serial), maxManifest)
	if err != nil {
		return Salts{}, fmt.Errorf("edition %d: %w", leaf.Serial, err)
	}
	s, err := ParseSalts(b)
	if err != nil {
		return Salts{}, fmt.Errorf("edition %d: %w", leaf.Serial, err)
	}
	if s.Edition != leaf.Serial {
		return Salts{}, fmt.Errorf("edition %d: the salts are of another edition: %w", leaf.Serial, ErrBroken)
	}
	return s, nil
}

// Withdrawn returns the paths of the newest edition that were withdrawn after
// it, in order.
func (l *Log) Withdrawn() []string {
	var paths []string
	for path := range withdrawn(l.leaves) {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// ProveEntry returns the inclusion proof of one entry; tlog.CheckRecord checks it.
func (l *Log) ProveEntry(index int64) (tlog.RecordProof, error) {
	return tlog.ProveRecord(l.tree.N, index, l.hashes)
}

// ProveSince returns the proof that the log only grew since it had this size;
// tlog.CheckTree checks it.
func (l *Log) ProveSince(size int64) (tlog.TreeProof, error) {
	return tlog.ProveTree(l.tree.N, size, l.hashes)
}

// Files returns the names of the files of which the ledger consists, in order:
// all that a copy needs, and nothing that an interrupted append left behind.
func (l *Log) Files() []string { return filesOf(l.tree.N, l.leaves) }

// Read returns one of the Files.
func (l *Log) Read(name string) ([]byte, error) { return readFile(l.fsys, name, maxManifest) }

func filesOf(size int64, leaves []Leaf) []string {
	names := []string{keyFile, checkpointFile}
	for _, t := range slices.Concat(tilesOf(size), bundlesOf(0, size)) {
		names = append(names, tilePath(t))
	}
	for _, leaf := range leaves {
		if leaf.Kind == KindEdition {
			names = append(names, manifestFile(leaf.Serial))
		}
	}
	if leaf, _, ok := newest(leaves); ok {
		names = append(names, saltsFile(leaf.Serial))
	}
	slices.Sort(names)
	return names
}
