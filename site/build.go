package site

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"hearsay"
	"hearsay/ledger"
)

var (
	// ErrNotSigned tells that a page is not the one that the desk signed: the
	// edition was changed, or another version of this program rendered it.
	ErrNotSigned = errors.New("not what the desk signed")
	// ErrNoEdition tells that a folder holds no edition with its ledger.
	ErrNoEdition = errors.New("no edition here")
	// ErrNotASite tells that a folder that a site was to replace is none.
	ErrNotASite = errors.New("the folder holds something else than a site")
	// ErrBusy tells that another process is building the same site.
	ErrBusy = errors.New("another process is building this site")
)

const maxEdition = 64 << 20

// Built is what Build made.
type Built struct {
	Edition uint32 `json:"edition"`
	Pages   int    `json:"pages"`
	Bytes   int64  `json:"bytes"`
}

// Build renders the edition in a folder of the desk, holds every page against
// the manifest in its ledger and puts the site in place of the one in out.
//
// It needs no key. The edition directory has edition.json and ledger/, and so
// has a site: one can be built again from any copy of itself. The new site is
// written beside the old one and takes its place in one step; killed at any
// moment, Build leaves the old or the new one, and the next run clears away what
// was half-written.
func Build(ctx context.Context, edition, out string) (Built, error) {
	built, err := build(ctx, edition, out, func(string) {})
	if err != nil {
		return Built{}, fmt.Errorf("build the site: %w", err)
	}
	return built, nil
}

// build is Build; step is told what was done, for the tests that kill it there.
func build(ctx context.Context, edition, out string, step func(string)) (Built, error) {
	if real, err := filepath.EvalSymlinks(out); err == nil {
		out = real
	}
	out = filepath.Clean(out)
	// The lock file stays, since whoever removed it could remove another's.
	unlock, err := lock(beside(out, "lock"))
	if err != nil {
		return Built{}, err
	}
	defer unlock()
	if err := tidy(out); err != nil {
		return Built{}, err
	}
	source, err := os.OpenRoot(edition)
	if err != nil {
		return Built{}, err
	}
	defer source.Close()
	half := beside(out, "new")
	if err := os.Mkdir(half, 0o755); err != nil {
		return Built{}, err
	}
	built, err := fill(ctx, source.FS(), half, step)
	if err == nil {
		err = swap(half, out, step)
	}
	if err != nil {
		_ = os.RemoveAll(half) // the next run's tidy does it if this fails
		return Built{}, err
	}
	return built, nil
}

// beside names what a build keeps next to a site.
func beside(out, what string) string {
	return filepath.Join(filepath.Dir(out), "."+filepath.Base(out)+"."+what)
}

// tidy clears away what a killed build left, and refuses to replace a folder
// that is no site: a slip in a path must not cost anybody their files.
func tidy(out string) error {
	if err := recoverSwap(out); err != nil {
		return err
	}
	if err := os.RemoveAll(beside(out, "new")); err != nil {
		return err
	}
	entries, err := os.ReadDir(out)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	for _, name := range []string{EditionFile, frontPage, path.Join(ledger.Folder, "checkpoint")} {
		if _, err := os.Stat(filepath.Join(out, filepath.FromSlash(name))); err != nil {
			return fmt.Errorf("%s: %w", out, ErrNotASite)
		}
	}
	return nil
}

// fill renders the newest edition of a ledger into an empty folder.
func fill(ctx context.Context, source fs.FS, dir string, step func(string)) (Built, error) {
	signed, err := fs.Sub(source, ledger.Folder)
	if err != nil {
		return Built{}, err
	}
	log, err := ledger.Open(signed)
	if errors.Is(err, ledger.ErrNoLog) {
		return Built{}, ErrNoEdition
	}
	if err != nil {
		return Built{}, err
	}
	leaf, _, ok := log.Newest()
	if !ok {
		return Built{}, ErrNoEdition
	}
	e, err := readEdition(source, leaf.Serial)
	if err != nil {
		return Built{}, err
	}
	manifest, err := log.Manifest(leaf.Serial)
	if err != nil {
		return Built{}, err
	}
	salts, err := log.Salts()
	if err != nil {
		return Built{}, err
	}
	past, err := PastOf(log, leaf.Serial)
	if err != nil {
		return Built{}, err
	}
	w := writer{dir: dir, step: step, folders: map[string]bool{}}
	built := Built{Edition: leaf.Serial}
	gone := map[string]bool{}
	for _, path := range log.Withdrawn() {
		gone[path] = true
	}
	listed := 0
	err = Render(e, past, func(path string, page []byte) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, ok := manifest.Find(path); ok {
			listed++
		}
		if gone[path] {
			return nil
		}
		if !manifest.Holds(salts, path, page) {
			return fmt.Errorf("%s: %w", path, ErrNotSigned)
		}
		built.Pages++
		built.Bytes += int64(len(page))
		return w.write(path, page)
	})
	if err != nil {
		return Built{}, err
	}
	if listed != len(manifest.Pages) {
		return Built{}, fmt.Errorf("the desk signed %d pages and the edition has %d of them: %w", len(manifest.Pages), listed, ErrNotSigned)
	}
	for _, name := range log.Files() {
		b, err := log.Read(name)
		if err != nil {
			return Built{}, err
		}
		if err := w.write(path.Join(ledger.Folder, name), b); err != nil {
			return Built{}, err
		}
	}
	return built, syncTree(dir)
}

func readEdition(source fs.FS, serial uint32) (hearsay.Edition, error) {
	info, err := fs.Stat(source, EditionFile)
	if errors.Is(err, fs.ErrNotExist) {
		return hearsay.Edition{}, ErrNoEdition
	}
	if err != nil {
		return hearsay.Edition{}, err
	}
	if !info.Mode().IsRegular() || info.Size() > maxEdition {
		return hearsay.Edition{}, fmt.Errorf("%s is no file of at most 64 MiB: %w", EditionFile, ErrNoEdition)
	}
	b, err := fs.ReadFile(source, EditionFile)
	if err != nil {
		return hearsay.Edition{}, err
	}
	e, err := hearsay.UnmarshalEdition(b)
	if err != nil {
		return hearsay.Edition{}, err
	}
	if int64(e.Serial) != int64(serial) {
		return hearsay.Edition{}, fmt.Errorf("%s is edition %d, and the newest in the log is %d: %w", EditionFile, e.Serial, serial, ErrNotSigned)
	}
	return e, nil
}

// writer writes files below a folder that nobody else writes to.
type writer struct {
	dir     string
	step    func(string)
	folders map[string]bool
}

func (w *writer) write(name string, b []byte) error {
	file := filepath.Join(w.dir, filepath.FromSlash(name))
	if folder := path.Dir(name); !w.folders[folder] {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		w.folders[folder] = true
	}
	if err := os.WriteFile(file, b, 0o644); err != nil {
		return err
	}
	w.step(name)
	return nil
}

func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// moveAside is the swap in two steps, for where there is none in one: between
// them the old site stands aside, from where the next build takes it back.
func moveAside(half, out string, step func(string)) error {
	if err := os.Rename(out, beside(out, "old")); err != nil {
		return err
	}
	step("aside")
	if err := os.Rename(half, out); err != nil {
		return errors.Join(err, os.Rename(beside(out, "old"), out))
	}
	step("swapped")
	return errors.Join(syncFolder(filepath.Dir(out)), os.RemoveAll(beside(out, "old")))
}

func recoverSwap(out string) error {
	_, err := os.Lstat(out)
	switch {
	case err == nil:
		return os.RemoveAll(beside(out, "old"))
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	if err := os.Rename(beside(out, "old"), out); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// fresh moves a site to where none is, and reports whether it was so.
func fresh(half, out string, step func(string)) (bool, error) {
	// Removing takes an empty folder only.
	if err := os.Remove(out); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err := os.Rename(half, out); err != nil {
		return true, err
	}
	step("swapped")
	return true, syncFolder(filepath.Dir(out))
}
