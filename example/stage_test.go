package example

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hearsay"
)

func TestStage(t *testing.T) {
	t.Run("a folder of somebody else is refused", func(t *testing.T) {
		s := Stage{t.TempDir()}
		letter := filepath.Join(s.Dir, "letter")
		if err := os.WriteFile(letter, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Claim(t.Context()); !errors.Is(err, ErrNotOurs) {
			t.Errorf("Claim = %v", err)
		}
		if b, err := os.ReadFile(letter); err != nil || string(b) != "mine" {
			t.Errorf("the letter is %q, %v", b, err)
		}
	})
	t.Run("what an earlier play left is cleared, and nothing else", func(t *testing.T) {
		s := Stage{filepath.Join(t.TempDir(), "a", "b")}
		claim, err := s.Claim(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer claim.Close()
		if err := s.Set(); err != nil {
			t.Fatal(err)
		}
		letter := filepath.Join(s.Dir, "letter")
		for _, file := range []string{letter, s.Keyslot(), s.Parcel("R1", 0)} {
			if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for _, dir := range []string{s.Relay(), s.Edition(), s.Site()} {
			if err := os.MkdirAll(dir, 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Set(); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]bool{letter: true, s.Keyslot(): false, s.Parcel("R1", 0): false, s.Relay(): false, s.Desk(): false, s.Site(): false} {
			if _, err := os.Stat(path); (err == nil) != want {
				t.Errorf("%s: %v", path, err)
			}
		}
	})
	t.Run("the clock moves in one step", func(t *testing.T) {
		s := Stage{t.TempDir()}
		for _, day := range []hearsay.Day{18293, 18294} {
			if err := s.setClock(day); err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(s.clock()); err != nil || string(b) != day.String()+"T12:00:00Z\n" {
				t.Errorf("the clock says %q, %v", b, err)
			}
		}
		if entries, err := os.ReadDir(s.Dir); err != nil || len(entries) != 1 {
			t.Errorf("it leaves %v, %v", entries, err)
		}
	})
}
