// Package drive reads and writes the files of couriers' drives. It lies in the
// open zone and must never learn what is in a file: it knows lengths only.
//
// Reading trusts nothing. It opens regular files whose length can be right, and
// reads no byte beyond that length; in a folder it follows no link, opens no
// device or pipe and does not leave the folder, even if somebody exchanges what
// lies there while it reads. It executes and mounts nothing.
//
// Writing says as little as a file system lets it: a name drawn by lot, and
// times of 1980-01-01. What it cannot help: ext4, NTFS and APFS keep the moment
// at which a file was made beside the times that can be set, FAT and exFAT do so
// on some systems, and what was deleted can be found. Whoever fears that writes
// onto a fresh drive and lets nobody have it but the courier.
package drive

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

var (
	// ErrTooMany is returned for a folder with more in it than is looked at.
	ErrTooMany = errors.New("this folder holds more than can be looked through: name the files, or a folder further in")

	// ErrNoFolder is returned where there is no folder to write into. None is
	// made: a drive that is not plugged in must not leave its files on the
	// machine.
	ErrNoFolder = errors.New("there is no such folder; is the drive plugged in?")
)

// MaxEntries bounds what is looked at in a folder.
const MaxEntries = 20_000

// Found is what a walk met.
type Found struct {
	Read   int // files that were read
	Passed int // files whose length cannot be right, links, devices and whatever else was not opened
	Failed int // files and folders that could not be read, as on a drive that is damaged
}

// Walk reads the files at the paths, each a file or a folder with all that is
// below it, and hands on those whose length fits. A file that is named itself
// is read through a link, too; what is no file is then an error.
func Walk(paths []string, fits func(size int64) bool, take func(path string, b []byte) error) (Found, error) {
	w := walk{fits: fits, take: take}
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return w.found, err
		}
		switch {
		case info.IsDir():
			err = w.folder(path)
		case !info.Mode().IsRegular():
			err = fmt.Errorf("%s: neither a file nor a folder", path)
		default:
			var b []byte
			if b, err = w.read(os.OpenFile(path, os.O_RDONLY|nonblock, 0)); err != nil {
				err = fmt.Errorf("read %s: %w", path, err)
			} else {
				err = w.hand(path, b)
			}
		}
		if err != nil {
			return w.found, err
		}
	}
	return w.found, nil
}

// nonblock keeps opening a pipe, which a file may have been exchanged for, from
// waiting until somebody writes.
const nonblock = syscall.O_NONBLOCK

type walk struct {
	fits    func(int64) bool
	take    func(string, []byte) error
	found   Found
	entries int
}

func (w *walk) folder(path string) error {
	root, err := os.OpenRoot(path) // what is opened by it lies in the folder
	if err != nil {
		return err
	}
	defer root.Close()
	return fs.WalkDir(root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		if w.entries++; w.entries > MaxEntries {
			return fmt.Errorf("%s: %w", path, ErrTooMany)
		}
		switch {
		case err != nil && name == ".":
			return err
		case err != nil: // a folder that cannot be read does not keep the others
			w.found.Failed++
			return nil
		case d.IsDir():
			return nil
		case !d.Type().IsRegular():
			w.found.Passed++
			return nil
		}
		b, err := w.read(root.OpenFile(name, os.O_RDONLY|nonblock, 0))
		if err != nil {
			w.found.Failed++
			return nil
		}
		return w.hand(filepath.Join(path, name), b)
	})
}

var errChanged = errors.New("it changed while it was read")

// read returns what is in a file if it is one and its length fits, and else nil.
// It reads one byte more than that length, so that a file which grows is seen
// to.
func (w *walk) read(f *os.File, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() || !w.fits(info.Size()) {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, info.Size()+1))
	if err == nil && int64(len(b)) != info.Size() {
		err = errChanged
	}
	return b, err
}

// hand hands a file on, if it was one to read.
func (w *walk) hand(path string, b []byte) error {
	if b == nil {
		w.found.Passed++
		return nil
	}
	w.found.Read++
	return w.take(path, b)
}

// Epoch is the time of every file that is written: midnight of the first day
// that FAT can say.
var Epoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// Write writes a new file into a folder, under a name drawn by lot, and returns
// its path once it would survive pulling the drive. What exists is not touched. If it cannot be written whole, nothing is left.
//
// The name is eight capital letters and digits: as a FAT short name it makes no
// second entry that would tell the system it was written on, says nothing of
// what else was written, and has no ending that promises what the file is not.
func Write(folder string, b []byte) (path string, err error) {
	before, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !before.IsDir() {
		return "", fmt.Errorf("%s: %w", folder, ErrNoFolder)
	}
	if err != nil {
		return "", err
	}
	path = filepath.Join(folder, rand.Text()[:8])
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Chtimes(path, Epoch, Epoch)
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(path))
	}
	// The folder need not tell when something was put into it. Not every file
	// system lets it be set back, and the file is written all the same.
	_ = os.Chtimes(folder, before.ModTime(), before.ModTime())
	return path, syncFolder(folder)
}

// Replace does what Write does under a given name, and takes the place of a file
// that has it.
func Replace(folder, name string, b []byte) error {
	before, err := os.Stat(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	path, err := Write(folder, b)
	if err != nil {
		return err
	}
	if err := os.Rename(path, filepath.Join(folder, name)); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	_ = os.Chtimes(folder, before.ModTime(), before.ModTime()) // as in Write
	return syncFolder(folder)
}

// syncFolder makes the entry in a folder last, where folders can be synced.
func syncFolder(folder string) error {
	d, err := os.Open(folder)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, fs.ErrPermission) || errors.Is(err, errors.ErrUnsupported) {
		err = nil // as on some FAT drivers, and on Windows
	}
	return errors.Join(err, d.Close())
}
