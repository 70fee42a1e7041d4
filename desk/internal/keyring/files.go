package keyring

import (
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
)

// files are the steps in which a keyring changes what is on disk. Each has
// reached the disk when it returns; a kill within save leaves any part of the
// bytes, within another step either what was or what is to be.
type files interface {
	save(path string, b []byte) error      // under a name that nothing rests on yet
	rename(from, to string) error          // takes the place of what was there
	overwrite(path string, size int) error // with chance, where it stands
	remove(path string) error              // it may be gone already
}

type osFiles struct{}

func (osFiles) save(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

func (osFiles) rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

func (osFiles) overwrite(path string, size int) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.CopyN(f, rand.Reader, int64(size))
	return errors.Join(err, f.Sync(), f.Close())
}

func (osFiles) remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes a change of names in a folder last. Windows has no such call;
// there the file system's own log does it.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// readAtMost reads a file of no more than size bytes. Another one is as good as
// damaged.
func readAtMost(path string, size int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() // it was only read
	b, err := io.ReadAll(io.LimitReader(f, size+1))
	if err == nil && int64(len(b)) > size {
		err = errTooLong
	}
	return b, err
}

var errTooLong = errors.New("file is too long")
