package drive

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// ten is the only length that the tests look for.
func ten(size int64) bool { return size == 10 }

func walked(t *testing.T, paths ...string) (names []string, found Found) {
	t.Helper()
	found, err := Walk(paths, ten, func(path string, b []byte) error {
		if len(b) != 10 {
			t.Errorf("%s: %d bytes", path, len(b))
		}
		names = append(names, filepath.Base(path))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names, found
}

func TestWalk(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "outside")
	write(t, outside, make([]byte, 10))
	in := filepath.Join(dir, "drive")
	write(t, filepath.Join(in, "a"), make([]byte, 10))
	write(t, filepath.Join(in, "DCIM", "100", "b"), make([]byte, 10))
	write(t, filepath.Join(in, "short"), make([]byte, 9))
	write(t, filepath.Join(in, "long"), make([]byte, 11))
	huge, err := os.Create(filepath.Join(in, "huge"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(huge.Truncate(1<<40), huge.Close()); err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"out": outside, "up": "..", "in": "a", "loop": "loop", "device": "/dev/zero"} {
		if err := os.Symlink(to, filepath.Join(in, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a folder gives what has the right length, links and devices unopened", func(t *testing.T) {
		names, found := walked(t, in)
		slices.Sort(names)
		if !slices.Equal(names, []string{"a", "b"}) || found != (Found{Read: 2, Passed: 8}) {
			t.Errorf("%q, %+v", names, found)
		}
	})
	t.Run("a file that is named is read, through a link too", func(t *testing.T) {
		if names, _ := walked(t, filepath.Join(in, "a"), filepath.Join(in, "out")); !slices.Equal(names, []string{"a", "out"}) {
			t.Errorf("%q", names)
		}
	})
	t.Run("what is named and is no file is an error", func(t *testing.T) {
		for _, path := range []string{filepath.Join(in, "absent"), "/dev/zero"} {
			if _, err := Walk([]string{path}, ten, nil); err == nil {
				t.Errorf("%s was read", path)
			}
		}
	})
	t.Run("what take says ends it", func(t *testing.T) {
		stop := errors.New("stop")
		if _, err := Walk([]string{in}, ten, func(string, []byte) error { return stop }); !errors.Is(err, stop) {
			t.Errorf("%v", err)
		}
	})
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	before, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for range 3 {
		path, err := Write(dir, []byte("sealed"))
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(path)
		if !regexp.MustCompile(`\A[A-Z2-7]{8}\z`).MatchString(name) || names[name] {
			t.Errorf("the name is %q", name)
		}
		names[name] = true
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, []byte("sealed")) || !info.ModTime().Equal(Epoch) {
			t.Errorf("%q of %s, %v", b, info.ModTime(), err)
		}
	}
	if after, err := os.Stat(dir); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("the folder says that it was changed at %s, %v", after.ModTime(), err)
	}
	t.Run("a file under a given name takes the place of another", func(t *testing.T) {
		for i := range 2 {
			if err := Replace(dir, "desk.bin", []byte{byte(i)}); err != nil {
				t.Fatal(err)
			}
		}
		if b, err := os.ReadFile(filepath.Join(dir, "desk.bin")); err != nil || b[0] != 1 {
			t.Errorf("%v, %v", b, err)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) != len(names)+1 {
			t.Errorf("%d files, %v", len(entries), err)
		}
	})
	t.Run("no folder is made for a drive that is not there", func(t *testing.T) {
		for _, at := range []string{filepath.Join(dir, "absent"), filepath.Join(dir, "desk.bin")} {
			if _, err := Write(at, nil); !errors.Is(err, ErrNoFolder) {
				t.Errorf("%s: %v", at, err)
			}
		}
	})
}
