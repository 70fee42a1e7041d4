package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"hearsay/envelope"
	"hearsay/relay"
)

// A folder is where the files of days lie, beside the database. It is an
// interface for the sake of tests whose disk loses what was not synced.
type folder interface {
	open(name string) (file, error) // makes it if need be
	remove(name string) error
	list() ([]string, error)
	sync() error           // the names
	free() (uint64, error) // bytes that may still be written
}

type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error // what was written, and the length
	Size() (int64, error)
}

// A dayKey names the deposits that lie in one file.
type dayKey struct {
	epoch int64
	kind  relay.Kind
}

var kindNames = [...]string{relay.Triple: "triples", relay.Chunk: "chunks"}

// fileName names the file of a day, written anew generation times.
func (k dayKey) fileName(generation int64) string {
	return fmt.Sprintf("%d-%s-%d", k.epoch, kindNames[k.kind], generation)
}

// parseFileName reads what fileName wrote. A name has one spelling.
func parseFileName(name string) (k dayKey, generation int64, ok bool) {
	parts := strings.Split(name, "-")
	if len(parts) != 3 {
		return k, 0, false
	}
	epoch, err := envelope.ParseEpoch(parts[0])
	if err != nil {
		return k, 0, false
	}
	if generation, err = strconv.ParseInt(parts[2], 10, 64); err != nil || generation < 0 {
		return k, 0, false
	}
	k.epoch = int64(epoch)
	for kind, name := range kindNames {
		if name == parts[1] {
			k.kind, ok = relay.Kind(kind), true
		}
	}
	return k, generation, ok && k.fileName(generation) == name
}

// scrub overwrites a file with zeros and removes it. On a medium that writes
// in place nothing of it is left; of others an encrypted disk takes care.
// A file that cannot be overwritten, say on a full disk, is removed all the same.
func scrub(dir folder, name string) error {
	if f, err := dir.open(name); err == nil {
		overwrite(f)
		f.Close()
	}
	return dir.remove(name)
}

func overwrite(f file) {
	size, err := f.Size()
	if err != nil {
		return
	}
	zeros := make([]byte, 1<<18)
	for at := int64(0); at < size; at += int64(len(zeros)) {
		if _, err := f.WriteAt(zeros[:min(int64(len(zeros)), size-at)], at); err != nil {
			return
		}
	}
	f.Sync()
}

// systemFolder is a folder of the system's own.
type systemFolder string

func (d systemFolder) open(name string) (file, error) {
	f, err := os.OpenFile(filepath.Join(string(d), name), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	return systemFile{f}, nil
}

func (d systemFolder) remove(name string) error {
	err := os.Remove(filepath.Join(string(d), name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func (d systemFolder) list() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

func (d systemFolder) sync() error { return syncFolder(string(d)) }

func (d systemFolder) free() (uint64, error) { return freeBytes(string(d)) }

// endless is how much is free on a disk that does not say.
const endless = math.MaxUint64

type systemFile struct{ *os.File }

func (f systemFile) Sync() error { return syncData(f.File) }

func (f systemFile) Size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func syncFolder(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // cannot sync a folder, and does not need to
	}
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
