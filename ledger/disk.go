package ledger

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"runtime"
	"slices"
	"strings"
)

// disk is the folder that a ledger is written to, in the steps between which a
// machine can lose its power. Names are slash-separated and relative.
type disk interface {
	fs.FS
	MkdirAll(dir string) error
	Create(name string) (file, error)
	Rename(from, to string) error
	Remove(name string) error
	SyncDir(dir string) error
}

type file interface {
	io.WriteCloser
	Sync() error
}

// temporary begins the names of files that are not yet whole. ValidPath and the
// ledger's own names begin otherwise.
const temporary = ".new-"

// writeFile puts a file in place at once: it is the old one or the new one
// after a crash, and the new one for good only after its folder is synced.
func writeFile(d disk, name string, b []byte) error {
	dir, base := path.Split(name)
	dir = path.Clean(dir)
	if err := d.MkdirAll(dir); err != nil {
		return err
	}
	half := path.Join(dir, temporary+base)
	f, err := d.Create(half)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if errClose := f.Close(); err == nil {
		err = errClose
	}
	if err == nil {
		err = d.Rename(half, name)
	}
	if err != nil {
		_ = d.Remove(half) // the next append sweeps it up if this fails too
	}
	return err
}

// syncFolders makes the names of files last: it syncs every folder on the way
// to each, from the deepest to the ledger itself.
func syncFolders(d disk, names ...string) error {
	dirs := map[string]bool{".": true}
	for _, name := range names {
		for dir := range folders(name) {
			dirs[dir] = true
		}
	}
	var order []string
	for dir := range dirs {
		order = append(order, dir)
	}
	slices.SortFunc(order, func(a, b string) int {
		if depth := strings.Count(b, "/") - strings.Count(a, "/"); depth != 0 {
			return depth
		}
		return strings.Compare(b, a) // "." comes last
	})
	for _, dir := range order {
		if err := d.SyncDir(dir); err != nil {
			return err
		}
	}
	return nil
}

// sweep removes what an interrupted write or a grown tile left behind: files
// that are not yet whole, and tiles and salts that are no part of the log. It
// leaves names alone that we would not write.
func sweep(d disk, names []string) error {
	keep := make(map[string]bool, len(names))
	for _, name := range names {
		keep[name] = true
	}
	var stray, dirs []string
	err := fs.WalkDir(d, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		ours := strings.HasPrefix(name, "tile/") || strings.HasPrefix(name, "salts/")
		switch {
		case e.IsDir() && ours:
			dirs = append(dirs, name)
		case e.IsDir():
		case strings.HasPrefix(e.Name(), temporary), ours && !keep[name]:
			stray = append(stray, name)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, name := range stray {
		if err := d.Remove(name); err != nil {
			return err
		}
	}
	for _, dir := range slices.Backward(dirs) { // a folder comes after its parent
		if left, err := fs.ReadDir(d, dir); err == nil && len(left) == 0 {
			if err := d.Remove(dir); err != nil {
				return err
			}
		}
	}
	return nil
}

// folder is a disk on the real file system. The root keeps every name inside
// it, whatever symbolic links somebody put there.
type folder struct {
	fs.FS
	root *os.Root
}

func openFolder(dir string) (folder, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return folder{}, err
	}
	return folder{root.FS(), root}, nil
}

func (f folder) Close() error                 { return f.root.Close() }
func (f folder) MkdirAll(dir string) error    { return f.root.MkdirAll(dir, 0o755) }
func (f folder) Rename(from, to string) error { return f.root.Rename(from, to) }
func (f folder) Remove(name string) error     { return f.root.Remove(name) }
func (f folder) Create(name string) (file, error) {
	return f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
}

func (f folder) SyncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // it has no such thing, and NTFS journals names by itself
	}
	d, err := f.root.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
