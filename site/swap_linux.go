package site

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// swap puts a site in the place of another at once: there is no moment at which
// a reader finds neither.
func swap(half, out string, step func(string)) error {
	if done, err := fresh(half, out, step); done {
		return err
	}
	err := unix.Renameat2(unix.AT_FDCWD, half, unix.AT_FDCWD, out, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.ENOTSUP) {
		return moveAside(half, out, step) // a file system that cannot
	}
	if err != nil {
		return &os.LinkError{Op: "exchange", Old: half, New: out, Err: err}
	}
	step("swapped")
	return errors.Join(syncFolder(filepath.Dir(out)), os.RemoveAll(half))
}

// syncTree makes all that was written below dir last, in one call.
func syncTree(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(unix.Syncfs(int(d.Fd())), d.Close())
}
