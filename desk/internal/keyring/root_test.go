package keyring

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRootFile(t *testing.T) {
	root := NewRoot()
	path := filepath.Join(t.TempDir(), "root.key")
	if err := WriteKeyFile(path, root.Text()); err != nil {
		t.Fatal(err)
	}
	t.Run("reads back", func(t *testing.T) {
		b, err := ReadKeyFile(path)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParseRoot(b)
		if err != nil || !again.Public().Equal(root.Public()) {
			t.Errorf("ParseRoot = %v, %v", again, err)
		}
	})
	t.Run("says what it is and where it belongs", func(t *testing.T) {
		b, err := os.ReadFile(path)
		if err != nil || !strings.HasPrefix(string(b), "Hearsay root key. Move this file off this machine") {
			t.Errorf("%q, %v", b, err)
		}
	})
	t.Run("is not overwritten", func(t *testing.T) {
		if err := WriteKeyFile(path, NewRoot().Text()); !errors.Is(err, ErrExists) {
			t.Errorf("WriteKeyFile = %v, want ErrExists", err)
		}
	})
	t.Run("any byte changed is noticed", func(t *testing.T) {
		whole := root.Text()
		for i := range whole {
			b := bytes.Clone(whole)
			b[i] ^= 1
			if _, err := ParseRoot(b); !errors.Is(err, ErrRoot) {
				t.Errorf("byte %d: %v, want ErrRoot", i, err)
			}
		}
	})
	t.Run("an endless file is not read to its end", func(t *testing.T) {
		if err := os.WriteFile(path, bytes.Repeat([]byte("x"), 1<<20), 0o600); err != nil {
			t.Fatal(err)
		}
		b, err := ReadKeyFile(path)
		if err != nil || len(b) > maxKeyFile+1 {
			t.Errorf("ReadKeyFile = %d bytes, %v", len(b), err)
		}
		if _, err := ParseRoot(b); !errors.Is(err, ErrRoot) {
			t.Errorf("ParseRoot = %v, want ErrRoot", err)
		}
	})
	t.Run("none is told as such", func(t *testing.T) {
		if _, err := ReadKeyFile(path + "x"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("ReadKeyFile = %v, want ErrNotExist", err)
		}
	})
}

func FuzzRoot(f *testing.F) {
	f.Add(NewRoot().Text())
	f.Add([]byte(rootHeader))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseRoot(b); err == nil && !bytes.Equal(r.Text(), b) {
			t.Error("accepted bytes that it would not write")
		}
	})
}
