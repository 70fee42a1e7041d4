//go:build unix

package example

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Claim keeps other plays out of the folder until the file is closed, by this
// process and by all that a [Program] started with it: one that is still serving
// must not lose its files to the next. The lock goes with the last of them,
// however they end. What a killed play started ends soon, so Claim waits for it.
func (s Stage) Claim(ctx context.Context) (*os.File, error) {
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
	again := time.NewTicker(50 * time.Millisecond)
	defer again.Stop()
	late := time.After(claimPatience)
	for {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case err == nil:
			return f, nil
		case !errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("claim the folder: %w", err), f.Close())
		}
		select {
		case <-again.C:
		case <-late:
			return nil, errors.Join(fmt.Errorf("%s: %w", s.Dir, ErrInUse), f.Close())
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), f.Close())
		}
	}
}

// share has a process hold the claim as well.
func (p Program) share(cmd *exec.Cmd) {
	if p.Claim != nil {
		cmd.ExtraFiles = []*os.File{p.Claim}
	}
}
