package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

var (
	// ErrExists tells that the folder already holds a ledger.
	ErrExists = errors.New("a ledger is already here")
	// ErrBusy tells that another process is writing the ledger.
	ErrBusy = errors.New("the ledger is being written by another process")
	// ErrOtherKey tells that the ledger belongs to another key than the signer's.
	ErrOtherKey = errors.New("the ledger belongs to another key")
)

// Create begins a ledger in a folder that exists: it writes the verifier key
// and a signed checkpoint of size 0. Interrupted, it can be run again; on a
// ledger it returns ErrExists.
func Create(dir string, signer note.Signer, key string) error {
	return write("create ledger", dir, func(d disk) error { return create(d, signer, key) })
}

// Append adds leaves to the ledger in dir and signs the new checkpoint.
//
// Bundles and tiles are written first and synced, the checkpoint last, each in
// one step. Killed at any moment the ledger is what it was before, or has all
// the leaves; what was half-written is overwritten and swept up by the next
// append.
func Append(dir string, signer note.Signer, leaves ...Leaf) error {
	return write("append to ledger", dir, func(d disk) error { return appendLeaves(d, signer, leaves) })
}

// write opens the folder for the only writer.
func write(operation, dir string, do func(disk) error) error {
	f, err := openFolder(dir)
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	defer f.Close()
	unlock, err := f.lock()
	if err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	defer unlock()
	if err := do(f); err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	return nil
}

func create(d disk, signer note.Signer, key string) error {
	verifier, err := parseKey(key)
	if err != nil {
		return err
	}
	if verifier.Name() != signer.Name() || verifier.KeyHash() != signer.KeyHash() {
		return ErrOtherKey
	}
	switch _, err := fs.Stat(d, checkpointFile); {
	case err == nil:
		return ErrExists
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	root, err := tlog.TreeHash(0, hashList(nil))
	if err != nil {
		return err
	}
	head, err := sign(checkpoint{signer.Name(), tlog.Tree{N: 0, Hash: root}}, signer)
	if err != nil {
		return err
	}
	if _, err := openCheckpoint(head, verifier); err != nil {
		return err
	}
	if err := writeFile(d, keyFile, []byte(key+"\n")); err != nil {
		return err
	}
	if err := syncFolders(d); err != nil {
		return err
	}
	return commit(d, head)
}

// commit puts the checkpoint in place, for good.
func commit(d disk, head []byte) error {
	if err := writeFile(d, checkpointFile, head); err != nil {
		return err
	}
	return d.SyncDir(".")
}

func appendLeaves(d disk, signer note.Signer, leaves []Leaf) error {
	l, err := open(d)
	if err != nil {
		return err
	}
	verifier, err := parseKey(l.key)
	if err != nil {
		return err
	}
	if verifier.Name() != signer.Name() || verifier.KeyHash() != signer.KeyHash() {
		return ErrOtherKey
	}
	all := slices.Concat(l.leaves, leaves)
	if err := checkOrder(all); err != nil {
		return err
	}
	if len(all) > MaxSize {
		return fmt.Errorf("more than %d entries: %w", MaxSize, ErrBroken)
	}
	if len(leaves) > 0 {
		if err := l.grow(d, signer, verifier, leaves); err != nil {
			return err
		}
	}
	return sweep(d, filesOf(int64(len(all)), all))
}

func (l *Log) grow(d disk, signer note.Signer, verifier note.Verifier, leaves []Leaf) error {
	entries := make([][]byte, len(leaves))
	for i, leaf := range leaves {
		b, err := leaf.Marshal()
		if err != nil {
			return err
		}
		entries[i] = b
	}
	names, err := l.writeBundles(d, entries)
	if err != nil {
		return err
	}
	size := l.tree.N + int64(len(entries))
	hashes := grownHashes{base: l.hashes, from: tlog.StoredHashCount(l.tree.N)}
	for i, e := range entries {
		more, err := tlog.StoredHashes(l.tree.N+int64(i), e, &hashes)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		hashes.more = append(hashes.more, more...)
	}
	for _, t := range tlog.NewTiles(tileHeight, l.tree.N, size) {
		b, err := tlog.ReadTileData(t, &hashes)
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBroken, err)
		}
		if err := writeFile(d, tilePath(t), b); err != nil {
			return err
		}
		names = append(names, tilePath(t))
	}
	root, err := tlog.TreeHash(size, &hashes)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrBroken, err)
	}
	head, err := sign(checkpoint{signer.Name(), tlog.Tree{N: size, Hash: root}}, signer)
	if err != nil {
		return err
	}
	// A checkpoint that nobody can verify would be a ledger nobody can open.
	if _, err := openCheckpoint(head, verifier); err != nil {
		return err
	}
	if err := syncFolders(d, names...); err != nil {
		return err
	}
	return commit(d, head)
}

func (l *Log) writeBundles(d disk, entries [][]byte) (names []string, err error) {
	old := l.tree.N
	if width := int(old % tileWidth); width > 0 {
		begun := tlog.Tile{H: tileHeight, L: entryLevel, N: old / tileWidth, W: width}
		before, err := readBundle(d, l.hashes, begun)
		if err != nil {
			return nil, err
		}
		entries = slices.Concat(before, entries)
		old -= int64(width)
	}
	for _, bundle := range bundlesOf(old, old+int64(len(entries))) {
		if err := writeFile(d, tilePath(bundle), appendBundle(nil, entries[:bundle.W]...)); err != nil {
			return nil, err
		}
		names = append(names, tilePath(bundle))
		entries = entries[bundle.W:]
	}
	return names, nil
}

// grownHashes serves the hashes of a log on disk and those that follow from
// leaves not yet written.
type grownHashes struct {
	base tlog.HashReader
	from int64 // index of more[0]
	more []tlog.Hash
}

func (g *grownHashes) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	var old []int64
	for _, x := range indexes {
		if x < g.from {
			old = append(old, x)
		}
	}
	var read []tlog.Hash
	if len(old) > 0 {
		var err error
		if read, err = g.base.ReadHashes(old); err != nil {
			return nil, err
		}
	}
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < g.from {
			out[i], read = read[0], read[1:]
			continue
		}
		if x -= g.from; x >= int64(len(g.more)) {
			return nil, fs.ErrNotExist
		}
		out[i] = g.more[x]
	}
	return out, nil
}
