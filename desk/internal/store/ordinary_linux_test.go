package store

import (
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
)

// asOrdinaryUser gives a folder and its files those permissions while f runs,
// and makes them count even where tests run as root, whom none would stop.
func asOrdinaryUser(t *testing.T, dir string, folder, files os.FileMode, f func()) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	chmod := func(folder, files os.FileMode) {
		for _, name := range names {
			if err := os.Chmod(name, files); err != nil {
				t.Fatal(err)
			}
		}
		for _, d := range []string{dir, filepath.Dir(dir)} {
			if err := os.Chmod(d, folder); err != nil {
				t.Fatal(err)
			}
		}
	}
	chmod(folder, files)
	defer chmod(0o755, 0o600)
	if os.Getuid() == 0 {
		const nobody = 65534
		runtime.LockOSThread() // the file system's user is the thread's
		defer runtime.UnlockOSThread()
		if err := syscall.Setfsuid(nobody); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = syscall.Setfsuid(0) }() // back to whom the thread was
	}
	f()
}
