package desk

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"hearsay/courier"
	"hearsay/envelope"
)

// ErrAside tells that too much waits for drives that have not come.
var ErrAside = errors.New("too many drives wait here for others: bring drives of the same sets together; nothing of what had come before is lost")

const (
	asideFolder = "drives"
	joinedFile  = "joined"
	maxAside    = 1024 // cells, 64 MiB
	joinedNames = 1024 // sets that are remembered as joined
)

// aside is where cells wait for others of their sets. They lie there sealed as
// they came: whoever takes the locked desk finds what he would have found on the
// drives. Beside them stand the names of the sets that were joined last, so that
// a drive too many does not wait for ever. They are hashes of what nobody else
// knows, among random ones, so that not even their number shows.
type aside struct {
	dir     string
	there   map[string]bool // names of the files of cells
	joined  []byte
	changed bool
}

// openAside reads what waits into a joiner. What no longer opens, since its key
// is destroyed, is not in the joiner and goes when it is settled.
func openAside(desk string, j *courier.Joiner) (*aside, error) {
	a := &aside{dir: filepath.Join(desk, asideFolder), there: map[string]bool{}}
	var err error
	a.joined, err = os.ReadFile(filepath.Join(a.dir, joinedFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what waits for drives: %w", err)
	}
	if len(a.joined) != joinedNames*sha256.Size {
		a.joined = make([]byte, joinedNames*sha256.Size)
		_, _ = rand.Read(a.joined) // never fails
	}
	for name := range slices.Chunk(a.joined, sha256.Size) {
		j.Know([sha256.Size]byte(name))
	}
	entries, err := os.ReadDir(a.dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read what waits for drives: %w", err)
	}
	for _, e := range entries {
		if b, err := hex.DecodeString(e.Name()); err != nil || len(b) != sha256.Size {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, fmt.Errorf("read what waits for drives: %w", err)
		}
		a.there[e.Name()] = true
		if info.Size() != envelope.CellSize {
			continue
		}
		cell, err := os.ReadFile(filepath.Join(a.dir, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read what waits for drives: %w", err)
		}
		if _, err := j.AddCell(cell); err != nil {
			return nil, fmt.Errorf("read what waits for drives: %w", err)
		}
	}
	return a, nil
}

// done remembers a set as joined, in the place of the one that was longest so.
func (a *aside) done(name [sha256.Size]byte) {
	a.joined = append(bytes.Clone(a.joined[sha256.Size:]), name[:]...)
	a.changed = true
}

// settle makes these cells all that lies aside. It writes before it removes.
func (a *aside) settle(cells [][]byte) error {
	wanted := map[string][]byte{}
	for _, cell := range cells {
		name := sha256.Sum256(cell)
		wanted[hex.EncodeToString(name[:])] = cell
	}
	if len(wanted) == 0 && len(a.there) == 0 && !a.changed {
		return nil
	}
	if len(wanted) > maxAside {
		return ErrAside
	}
	if err := os.Mkdir(a.dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("put aside what waits for drives: %w", err)
	}
	for name, cell := range wanted {
		if a.there[name] {
			continue
		}
		if err := writeFile(filepath.Join(a.dir, name), cell); err != nil {
			return fmt.Errorf("put aside what waits for drives: %w", err)
		}
	}
	if a.changed {
		if err := writeFile(filepath.Join(a.dir, joinedFile), a.joined); err != nil {
			return err
		}
	}
	for name := range a.there {
		if wanted[name] != nil {
			continue
		}
		if err := os.Remove(filepath.Join(a.dir, name)); err != nil {
			return fmt.Errorf("let go of what waits no more: %w", err)
		}
	}
	return nil
}
