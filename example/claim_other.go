//go:build !unix

package example

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Claim keeps other plays out of the folder until the file is closed: an open
// file cannot be removed here, and the next play finds that out.
func (s Stage) Claim(context.Context) (*os.File, error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	claim := filepath.Join(s.Dir, mark+"-lock")
	if err := os.Remove(claim); err != nil && !os.IsNotExist(err) {
		return nil, fmt.Errorf("%s: %w", s.Dir, ErrInUse)
	}
	f, err := os.OpenFile(claim, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("write to the folder: %w", err)
	}
	return f, nil
}

func (p Program) share(*exec.Cmd) {}
