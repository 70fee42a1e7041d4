package desk

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearsay/desk/internal/keyring"
)

func TestInitRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*Plan)
		want   error
	}{
		{"a desk without a name", func(p *Plan) { p.Name = " " }, ErrName},
		{"a name of two lines", func(p *Plan) { p.Name = "A\nDesk" }, ErrName},
		{"a name of 81 characters", func(p *Plan) { p.Name = strings.Repeat("é", 81) }, ErrName},
		{"no editor", func(p *Plan) { p.Editors = nil }, ErrEditors},
		{"two editors of one name", func(p *Plan) { p.Editors[1].Name = "ana" }, ErrEditors},
		{"an editor without a name", func(p *Plan) { p.Editors[1].Name = "" }, ErrEditors},
		{"an editor whose name is no slug", func(p *Plan) { p.Editors[1].Name = "Min Ji" }, ErrEditorName},
		{"an editor without a passphrase", func(p *Plan) { p.Editors[1].Passphrase = "" }, keyring.ErrEmptyPassphrase},
		{"a vault without a passphrase", func(p *Plan) { p.Passphrase = "" }, keyring.ErrEmptyPassphrase},
		{"too little memory for Argon2id", func(p *Plan) { p.MemoryKiB = 31 }, ErrMemory},
		{"claims that are none", func(p *Plan) { p.Claims = []byte("{}") }, ErrClaims},
		{"a keyslot that is there", func(p *Plan) { write(t, p.Keyslot, []byte("mine")) }, ErrInTheWay},
		{"a root key that is there", func(p *Plan) { write(t, p.RootKey, []byte("mine")) }, ErrInTheWay},
		{"a folder with something in it", func(p *Plan) {
			if err := os.Mkdir(p.Dir, 0o700); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(p.Dir, "letter"), []byte("mine"))
		}, ErrExists},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			p := plan(dir)
			tt.change(&p)
			there := listing(t, dir)
			if _, err := Init(t.Context(), p); !errors.Is(err, tt.want) {
				t.Errorf("Init = %v, want %v", err, tt.want)
			}
			if after := listing(t, dir); after != there {
				t.Errorf("it leaves %s, where %s was", after, there)
			}
		})
	}
}

// listing names every file below a folder.
func listing(t *testing.T, dir string) string {
	t.Helper()
	var names []string
	if err := filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		names = append(names, strings.TrimPrefix(path, dir))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(names, " ")
}

func TestInitAfterAnInterruptedOne(t *testing.T) {
	// half makes what an Init leaves that is killed while it moves the keys out.
	half := func(t *testing.T, dir string, keyslot int) []byte {
		t.Helper()
		fresh := filepath.Join(dir, "desk.new")
		if err := os.Mkdir(fresh, 0o700); err != nil {
			t.Fatal(err)
		}
		key := bytes.Repeat([]byte{7}, 32)
		write(t, filepath.Join(fresh, keyslotCopy), key)
		write(t, filepath.Join(dir, "keyslot"), key[:keyslot])
		return key
	}
	for name, n := range map[string]int{"a keyslot that is empty yet": 0, "half a keyslot": 16, "a whole keyslot": 32} {
		t.Run(name+" is replaced", func(t *testing.T) {
			dir := t.TempDir()
			key := half(t, dir, n)
			if _, err := Init(t.Context(), plan(dir)); err != nil {
				t.Fatal(err)
			}
			if bytes.Equal(read(t, filepath.Join(dir, "keyslot")), key) {
				t.Error("the old keyslot stayed")
			}
		})
	}
	t.Run("a keyslot of somebody else is not", func(t *testing.T) {
		dir := t.TempDir()
		half(t, dir, 32)
		mine := bytes.Repeat([]byte{9}, 32)
		write(t, filepath.Join(dir, "keyslot"), mine)
		if _, err := Init(t.Context(), plan(dir)); !errors.Is(err, ErrInTheWay) {
			t.Errorf("Init = %v", err)
		}
		if !bytes.Equal(read(t, filepath.Join(dir, "keyslot")), mine) {
			t.Error("it was overwritten")
		}
	})
	t.Run("a stick for the root key that is not there is named, and with one it goes on", func(t *testing.T) {
		dir := t.TempDir()
		write(t, filepath.Join(dir, "file"), nil)
		p := plan(dir)
		p.RootKey = filepath.Join(dir, "file", "root-key")
		if _, err := Init(t.Context(), p); err == nil || !strings.Contains(err.Error(), "root-key") {
			t.Errorf("Init = %v", err)
		}
		if _, err := Init(t.Context(), plan(dir)); err != nil {
			t.Error(err)
		}
	})
	t.Run("another Init at work is not disturbed", func(t *testing.T) {
		dir := t.TempDir()
		p := plan(dir)
		release, err := p.hold()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Init(t.Context(), p); !errors.Is(err, ErrAtWork) {
			t.Errorf("Init = %v", err)
		}
		if err := release(); err != nil {
			t.Error(err)
		}
		if _, err := Init(t.Context(), p); err != nil {
			t.Error(err)
		}
	})
	t.Run("what a killed one did not tidy, opening does", func(t *testing.T) {
		s := newStand(t, false)
		left := filepath.Join(s.dir, "desk", rootCopy)
		write(t, left, read(t, filepath.Join(s.dir, "root-key")))
		s.reopen()
		if _, err := os.Stat(left); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the root key still lies in the desk: %v", err)
		}
	})
}

// TestOpenLetsGo: whatever is wrong with a desk, a failed Open leaves it free to
// be opened once that is mended.
func TestOpenLetsGo(t *testing.T) {
	s := newStand(t, false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{configFile, databaseFile, filepath.Join(keysFolder, "vault")} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(s.dir, "desk", name)
			whole := read(t, path)
			for what, broken := range map[string][]byte{
				"gone": nil, "empty": {}, "cut short": whole[:len(whole)/2], "noise": bytes.Repeat([]byte{0xa5}, len(whole)),
			} {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				if broken != nil {
					write(t, path, broken)
				}
				if d, err := Open(t.Context(), s.options()); err == nil || d != nil {
					t.Errorf("%s: Open = %v, %v", what, d, err)
				}
				write(t, path, whole)
				d, err := Open(t.Context(), s.options())
				if err != nil {
					t.Fatalf("mended after it was %s: %v", what, err)
				}
				if err := d.Close(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	s.open() // for the stand to close
}

func TestSignIn(t *testing.T) {
	s := newStand(t, false)
	for _, tt := range []struct {
		editor, passphrase string
		want               error
	}{
		{"ana", anaPassphrase, nil},
		{"min", anaPassphrase, ErrSignIn},
		{"ana", "", ErrSignIn},
		{"eve", anaPassphrase, ErrSignIn},
		{"", "", ErrSignIn},
	} {
		if err := s.SignIn(tt.editor, tt.passphrase); !errors.Is(err, tt.want) {
			t.Errorf("SignIn(%q, %q) = %v, want %v", tt.editor, tt.passphrase, err, tt.want)
		}
	}
}
