package keyring

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hearsay/envelope"
)

var newPassphrase = NewPassphrase("another horse")

func TestRekey(t *testing.T) {
	root := NewRoot()
	k, place := newKeyring(t, root)
	mustRotate(t, k, day0)
	report := sealTo(t, roster(t, k, root, day0), envelope.Daily, "the bridge is out")
	old := clonePlace(t, place)
	moved := place
	moved.Keyslot = filepath.Join(t.TempDir(), "keyslot")
	if err := k.Rekey(newPassphrase, moved.Keyslot); err != nil {
		t.Fatal(err)
	}
	mustClose(t, k)

	t.Run("the old passphrase opens it no more, nor the old keyslot's place", func(t *testing.T) {
		if _, err := Open(moved, testPassphrase); !errors.Is(err, ErrWrongPassphrase) {
			t.Errorf("the old passphrase: %v", err)
		}
		if _, err := Open(place, newPassphrase); !errors.Is(err, ErrNoKeyslot) {
			t.Errorf("the old place: %v", err)
		}
		if err := os.Rename(old.Keyslot, place.Keyslot); err != nil {
			t.Fatal(err)
		}
		for _, p := range []Passphrase{testPassphrase, newPassphrase} {
			if _, err := Open(place, p); !errors.Is(err, ErrWrongPassphrase) {
				t.Errorf("a copy of the old keyslot: %v", err)
			}
		}
	})
	t.Run("the new ones open it, with all that was in it", func(t *testing.T) {
		k, err := Open(moved, newPassphrase)
		if err != nil {
			t.Fatal(err)
		}
		defer mustClose(t, k)
		if _, err := k.Open(report[:envelope.Size]); err != nil {
			t.Error(err)
		}
		if r := mustRotate(t, k, day0+40); len(r.Destroyed) == 0 {
			t.Error("it destroys nothing any more")
		}
		checkTidy(t, moved)
	})
	t.Run("one of the two alone", func(t *testing.T) {
		k, err := Open(moved, newPassphrase)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Rekey(testPassphrase, ""); err != nil {
			t.Fatal(err)
		}
		if err := k.Rekey(Passphrase{}, moved.Keyslot+".2"); err != nil {
			t.Fatal(err)
		}
		mustClose(t, k)
		moved.Keyslot += ".2"
		mustClose(t, mustOpen(t, moved))
	})
	t.Run("an empty passphrase, a file in the way and a stick that is out change nothing", func(t *testing.T) {
		k := mustOpen(t, moved)
		if err := k.Rekey(NewPassphrase(""), ""); !errors.Is(err, ErrEmptyPassphrase) {
			t.Errorf("Rekey = %v", err)
		}
		if err := k.Rekey(Passphrase{}, moved.vault()); !errors.Is(err, ErrExists) {
			t.Errorf("Rekey = %v", err)
		}
		away := moved.Keyslot + ".away"
		if err := os.Rename(moved.Keyslot, away); err != nil {
			t.Fatal(err)
		}
		if err := k.Rekey(newPassphrase, ""); !errors.Is(err, ErrNoKeyslot) {
			t.Errorf("Rekey = %v", err)
		}
		if err := os.Rename(away, moved.Keyslot); err != nil {
			t.Fatal(err)
		}
		mustClose(t, k)
		mustOpen(t, moved)
	})
}

// Killed at any step, either what was needed before or what is needed after
// opens the keyring, with all that it had; doing it again leaves nothing behind
// but an old keyslot where it was.
func TestKillWhileRekeyingLeavesAKeyringThatOpens(t *testing.T) {
	_, base := newKeyringClosed(t)
	oldOpened, newOpened := 0, 0
	for _, how := range kills {
		for step := 1; ; step++ {
			place := clonePlace(t, base)
			moved := place
			moved.Keyslot = filepath.Join(t.TempDir(), "keyslot")
			k, err := open(&mortal{diesAt: step, how: how}, place, testPassphrase)
			if err != nil {
				t.Fatal(err)
			}
			err = k.Rekey(newPassphrase, moved.Keyslot)
			mustClose(t, k)
			if err == nil {
				break
			}
			k, err = Open(moved, newPassphrase)
			if err == nil {
				newOpened++
			} else {
				oldOpened++
				if k, err = Open(place, testPassphrase); err != nil {
					t.Fatalf("step %d, death %d: neither opens: %v", step, how, err)
				}
				if err := os.Remove(moved.Keyslot + pending); err != nil && !errors.Is(err, os.ErrNotExist) {
					t.Fatal(err)
				}
				if err := k.Rekey(newPassphrase, moved.Keyslot); err != nil {
					t.Fatalf("step %d, death %d: done again: %v", step, how, err)
				}
			}
			if got := bundleDays(k); len(got) != len(daysFrom(day0)) {
				t.Errorf("step %d, death %d: bundles of %v", step, how, got)
			}
			mustClose(t, k)
			checkTidy(t, moved)
		}
	}
	if oldOpened < 3 || newOpened < 2 {
		t.Errorf("the old opened %d times and the new %d: this test proves nothing", oldOpened, newOpened)
	}
}
