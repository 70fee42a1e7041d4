//go:build unix

package ledger

import (
	"errors"
	"fmt"
	"syscall"
)

// lock keeps a second writer out until the folder is closed. Two writers could
// sign two logs of the same size, and a log that forked once is trusted never
// again. The lock is on the folder itself and dies with the process, so a kill
// leaves no stale file.
func (f folder) lock() (unlock func(), err error) {
	d, err := f.root.Open(".")
	if err != nil {
		return nil, err
	}
	for {
		err = syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = d.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			err = ErrBusy
		}
		return nil, fmt.Errorf("lock the folder: %w", err)
	}
	return func() { _ = d.Close() }, nil
}
