//go:build unix

package site

import (
	"errors"
	"os"
	"syscall"
)

// lock keeps a second build of the same site out. It dies with the process.
func lock(file string) (unlock func(), err error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrBusy
		}
		return nil, err
	}
	return func() { _ = f.Close() }, nil
}
