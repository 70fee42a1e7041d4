package keyring

import (
	"bytes"
	"errors"
	"io"
	"os"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"hearsay/envelope"
)

// recoverable is a keyring that has a recovery key, bundles and a charter.
func recoverable(t testing.TB) (k *Keyring, place Place, root Root, r Recovery) {
	t.Helper()
	root = NewRoot()
	k, place = newKeyring(t, root)
	r = newRecovery(t, root)
	if err := k.SetRecovery(r); err != nil {
		t.Fatal(err)
	}
	mustRotate(t, k, day0)
	mustCharter(t, k, root, 1, day0)
	return k, place, root, r
}

func mustLasting(t testing.TB, k *Keyring) []byte {
	t.Helper()
	b, err := k.Lasting()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestRecover(t *testing.T) {
	k, place, _, r := recoverable(t)
	lasting := mustLasting(t, k)
	charter := k.Charter()
	kit := rosterUnder(t, k, charter, day0)
	report, cell := sealTo(t, kit, envelope.Daily, "the bridge is out"), sealCell(t, kit, "on a drive")
	database, err := k.DatabaseKey()
	if err != nil {
		t.Fatal(err)
	}
	public := k.Public()
	keyslotBefore, err := os.ReadFile(place.Keyslot)
	if err != nil {
		t.Fatal(err)
	}
	mustClose(t, k)

	check := func(t *testing.T, place Place) {
		t.Helper()
		k, err := Recover(place, newPassphrase, quick, lasting, r)
		if err != nil {
			t.Fatal(err)
		}
		again, err := k.DatabaseKey()
		if err != nil || again != database || k.Public().Editor.Equal(public.Editor) != true || !bytes.Equal(k.Charter(), charter) || !k.HasRecovery() {
			t.Errorf("it is not the same desk, %v", err)
		}
		if !opensCell(*k.in.get(), cell) {
			t.Error("a drive cannot be read")
		}
		if _, err := k.Open(report[:envelope.Size]); !errors.Is(err, envelope.ErrNotForUs) {
			t.Errorf("what was sealed to a bundle opens from a backup: %v", err)
		}
		mustRotate(t, k, day0+1)
		rosterUnder(t, k, charter, day0+1)
		mustClose(t, k)
		checkTidy(t, place)
		k, err = Open(place, newPassphrase)
		if err != nil {
			t.Fatal(err)
		}
		mustClose(t, k)
	}
	t.Run("on another machine", func(t *testing.T) { check(t, newPlace(t)) })
	t.Run("in the place of a keyring that nobody can open", func(t *testing.T) {
		if err := os.Remove(place.Keyslot); err != nil {
			t.Fatal(err)
		}
		check(t, place)
	})
	t.Run("a keyslot in the way is not overwritten", func(t *testing.T) {
		other := newPlace(t)
		if err := os.WriteFile(other.Keyslot, keyslotBefore, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Recover(other, newPassphrase, quick, lasting, r); !errors.Is(err, ErrExists) {
			t.Errorf("Recover = %v", err)
		}
	})
	t.Run("another recovery key opens nothing", func(t *testing.T) {
		if _, err := Recover(newPlace(t), newPassphrase, quick, lasting, newRecovery(t, NewRoot())); !errors.Is(err, ErrBackup) {
			t.Errorf("Recover = %v", err)
		}
	})
	t.Run("any part spoilt, and any cut, is refused", func(t *testing.T) {
		fresh := newPlace(t)
		for at := 0; at < len(lasting); at += 61 {
			b := bytes.Clone(lasting)
			b[at] ^= 1
			if _, err := Recover(fresh, newPassphrase, quick, b, r); !errors.Is(err, ErrBackup) {
				t.Errorf("byte %d: %v", at, err)
			}
			if _, err := Recover(fresh, newPassphrase, quick, lasting[:at], r); !errors.Is(err, ErrBackup) {
				t.Errorf("cut at %d: %v", at, err)
			}
		}
	})
}

// What a backup has of the keys says nothing of what the desk destroys: no
// secret of a bundle, no master key, no keyslot.
func TestLastingKeysHoldNoBundle(t *testing.T) {
	k, _, _, r := recoverable(t)
	opened, err := r.OpenBackup(bytes.NewReader(mustLasting(t, k)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(opened)
	if err != nil {
		t.Fatal(err)
	}
	in := k.in.get()
	if !bytes.Contains(body, in.secrets.database[:]) || !bytes.Contains(body, in.secrets.imports[0].seed[:]) {
		t.Fatal("this test would not see a secret")
	}
	for name, secret := range map[string][]byte{"master key": in.secrets.master[:], "keyslot": in.keyslot, "stretched passphrase": in.stretched[:]} {
		if bytes.Contains(body, secret) {
			t.Errorf("it holds the %s", name)
		}
	}
	for _, u := range in.bundles {
		b, err := u.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		for at := 16; at < len(b); at += 16 {
			if bytes.Contains(body, b[at:at+16]) {
				t.Errorf("it holds a secret of the bundle of day %d", u.Epoch())
			}
		}
	}
}

func TestKillWhileRecoveringLosesNothing(t *testing.T) {
	k, base, _, r := recoverable(t)
	lasting := mustLasting(t, k)
	mustClose(t, k)
	died := 0
	for _, how := range kills {
		for step := 1; ; step++ {
			place := clonePlace(t, base)
			old := place.Keyslot
			place.Keyslot += ".new"
			k, err := recoverTo(&mortal{diesAt: step, how: how}, place, newPassphrase, quick, lasting, r)
			if err == nil {
				mustClose(t, k)
				break
			}
			died++
			if k, err = Open(place, newPassphrase); err != nil {
				if k, err = Open(Place{place.Dir, old}, testPassphrase); err != nil {
					t.Fatalf("step %d, death %d: neither opens: %v", step, how, err)
				}
				if len(k.Live()) == 0 {
					t.Errorf("step %d, death %d: the old keyring has lost its bundles", step, how)
				}
				mustClose(t, k)
				if k, err = Recover(place, newPassphrase, quick, lasting, r); err != nil {
					t.Fatalf("step %d, death %d: done again: %v", step, how, err)
				}
			}
			mustClose(t, k)
		}
	}
	if died < 6 {
		t.Errorf("it died %d times only", died)
	}
}

func TestRecoveryKeyFile(t *testing.T) {
	root := NewRoot()
	r := newRecovery(t, root)
	t.Run("reads back, and age takes it", func(t *testing.T) {
		again, err := ParseRecovery(r.Text())
		if err != nil || !bytes.Equal(again.Text(), r.Text()) {
			t.Errorf("%v", err)
		}
		if ids, err := age.ParseIdentities(bytes.NewReader(r.Text())); err != nil || len(ids) != 1 {
			t.Errorf("age reads %d identities, %v", len(ids), err)
		}
	})
	t.Run("any byte changed is noticed, or another desk's key", func(t *testing.T) {
		whole := r.Text()
		for i := range whole {
			b := bytes.Clone(whole)
			b[i] ^= 1
			if again, err := ParseRecovery(b); err == nil && again.desk == r.desk {
				t.Errorf("byte %d is not", i)
			}
		}
	})
	t.Run("another desk's is refused", func(t *testing.T) {
		k, _ := newKeyring(t, NewRoot())
		if err := k.SetRecovery(r); !errors.Is(err, ErrOtherDesk) {
			t.Errorf("SetRecovery = %v", err)
		}
		if _, err := k.Lasting(); !errors.Is(err, ErrNoRecovery) {
			t.Errorf("Lasting without a recovery key = %v", err)
		}
	})
}

func TestKeyFilesUnderAPassphrase(t *testing.T) {
	const work = 4
	for name, text := range map[string][]byte{"root key": NewRoot().Text(), "recovery key": newRecovery(t, NewRoot()).Text()} {
		t.Run(name, func(t *testing.T) {
			file, err := Protect(text, testPassphrase, work)
			if err != nil || !Protected(file) || bytes.Contains(file, text[len(text)-30:]) || len(file) > maxKeyFile {
				t.Fatalf("%d bytes, %v", len(file), err)
			}
			if b, err := Unprotect(file, testPassphrase); err != nil || !bytes.Equal(b, text) {
				t.Errorf("Unprotect = %v", err)
			}
			if _, err := Unprotect(file, newPassphrase); !errors.Is(err, ErrProtected) {
				t.Errorf("another passphrase: %v", err)
			}
			if _, err := Unprotect(file[:len(file)/2], testPassphrase); !errors.Is(err, ErrProtected) {
				t.Errorf("half of it: %v", err)
			}
			if b, err := Unprotect(text, Passphrase{}); err != nil || !bytes.Equal(b, text) {
				t.Errorf("one that is not protected: %v", err)
			}
		})
	}
	if _, err := Protect([]byte("x"), NewPassphrase(""), work); !errors.Is(err, ErrEmptyPassphrase) {
		t.Errorf("Protect = %v", err)
	}
	t.Run("a file that asks for a day of work is refused at once", func(t *testing.T) {
		file, err := Protect([]byte("x"), testPassphrase, work)
		if err != nil {
			t.Fatal(err)
		}
		dear := reArmor(t, file, []byte(" 4\n"), []byte(" 29\n"))
		if _, err := Unprotect(dear, testPassphrase); !errors.Is(err, ErrProtected) {
			t.Errorf("Unprotect = %v", err)
		}
	})
}

func FuzzRecoveryKey(f *testing.F) {
	r, err := NewRecovery(envelope.DeskIDOf(NewRoot().Public()))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(r.Text())
	f.Add([]byte(recoveryHeader))
	f.Fuzz(func(t *testing.T, b []byte) {
		if r, err := ParseRecovery(b); err == nil && !bytes.Equal(r.Text(), b) {
			t.Error("accepted bytes that it would not write")
		}
	})
}

func FuzzLasting(f *testing.F) {
	s, err := newSecrets(NewRoot().Public())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.lasting())
	s.imports, s.charter, s.recipient = []importKey{{until: 9}}, []byte("c"), []byte("r")
	f.Add(s.lasting())
	f.Add([]byte(lastingMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if s, err := parseLasting(b); err == nil && !bytes.Equal(s.lasting(), b) {
			t.Error("accepted bytes that it would not write")
		}
	})
}

// FuzzKeyFile reads a stranger's file as a key file and as a backup.
func FuzzKeyFile(f *testing.F) {
	protected, err := Protect([]byte("a key"), testPassphrase, 1)
	if err != nil {
		f.Fatal(err)
	}
	r, err := NewRecovery(envelope.DeskIDOf(NewRoot().Public()))
	if err != nil {
		f.Fatal(err)
	}
	var backup bytes.Buffer
	w, err := age.Encrypt(&backup, (*r.identity.get()).Recipient())
	if err == nil {
		_, err = w.Write([]byte("kept"))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		f.Fatal(err)
	}
	f.Add(protected)
	f.Add(backup.Bytes())
	f.Add(NewRoot().Text())
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := Unprotect(b, testPassphrase)
		if err == nil && !Protected(b) && !bytes.Equal(text, b) {
			t.Error("a file that is not protected was changed")
		}
		if opened, err := r.OpenBackup(bytes.NewReader(b)); err == nil {
			if text, err := io.ReadAll(opened); err == nil && string(text) != "kept" {
				t.Errorf("a backup was forged: %q", text)
			}
		}
	})
}

// reArmor replaces bytes within an armored file.
func reArmor(t *testing.T, file, old, with []byte) []byte {
	t.Helper()
	raw, err := io.ReadAll(armor.NewReader(bytes.NewReader(file)))
	if err != nil || !bytes.Contains(raw, old) {
		t.Fatalf("%q, %v", raw, err)
	}
	var out bytes.Buffer
	w := armor.NewWriter(&out)
	if _, err := w.Write(bytes.Replace(raw, old, with, 1)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
