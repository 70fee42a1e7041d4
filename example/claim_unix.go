//go:build unix

package example

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// Claim keeps other plays out of the folder until it is released: one that is
// still serving must not lose its files to the next. The lock goes with the
// process, however that ends.
func (s Stage) Claim() (release func() error, err error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(filepath.Join(s.Dir, mark), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write to the folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", s.Dir, ErrInUse), f.Close())
	}
	return f.Close, nil
}
