//go:build !linux

package site

import (
	"io/fs"
	"path/filepath"
)

func swap(half, out string, step func(string)) error {
	if done, err := fresh(half, out, step); done {
		return err
	}
	return moveAside(half, out, step)
}

func syncTree(dir string) error { return syncEach(dir) }

// syncEach syncs every file and folder below dir, where nothing syncs all at once.
func syncEach(dir string) error {
	return filepath.WalkDir(dir, func(name string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return syncFolder(name)
	})
}
