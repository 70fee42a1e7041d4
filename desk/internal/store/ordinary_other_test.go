//go:build !linux

package store

import (
	"os"
	"path/filepath"
	"testing"
)

// asOrdinaryUser gives a folder and its files those permissions while f runs.
func asOrdinaryUser(t *testing.T, dir string, folder, files os.FileMode, f func()) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	chmod := func(folder, files os.FileMode) {
		for _, name := range append(names, dir) {
			mode := files
			if name == dir {
				mode = folder
			}
			if err := os.Chmod(name, mode); err != nil {
				t.Fatal(err)
			}
		}
	}
	chmod(folder, files)
	defer chmod(0o755, 0o600)
	f()
}
