package keyring

import (
	"crypto/rand"
	"os"
	"path/filepath"
	"testing"

	"hearsay/envelope"
)

// quick parameters make Argon2id as weak as it can be.
var quick = Params{Memory: 16, Passes: 1, Threads: 1}

var testPassphrase = NewPassphrase("correct horse bätterie")

const day0 envelope.Epoch = 18_262 // 2020-01-01

// unsynced files are as quick as a disk that loses nothing lets them be.
type unsynced struct{ osFiles }

func (unsynced) save(path string, b []byte) error { return os.WriteFile(path, b, 0o600) }
func (unsynced) rename(from, to string) error     { return os.Rename(from, to) }

func newPlace(t testing.TB) Place {
	dir := t.TempDir()
	return Place{Dir: filepath.Join(dir, "desk"), Keyslot: filepath.Join(dir, "keyslot")}
}

func newKeyring(t testing.TB, root Root) (*Keyring, Place) {
	t.Helper()
	place := newPlace(t)
	k, err := Create(place, testPassphrase, quick, root.Public())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() }) // some tests close it themselves
	return k, place
}

func mustOpen(t testing.TB, place Place) *Keyring {
	t.Helper()
	k, err := Open(place, testPassphrase)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = k.Close() })
	return k
}

func mustClose(t testing.TB, k *Keyring) {
	t.Helper()
	if err := k.Close(); err != nil {
		t.Fatal(err)
	}
}

func mustRotate(t testing.TB, k *Keyring, today envelope.Epoch) Rotation {
	t.Helper()
	r, err := k.Rotate(today)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// roster returns what a kit would have of the desk on that day, under a
// charter of its own.
func roster(t testing.TB, k *Keyring, root Root, today envelope.Epoch) *envelope.Roster {
	t.Helper()
	charter, err := k.SignCharter(root, 1, today, today+90, 4)
	if err != nil {
		t.Fatal(err)
	}
	return rosterUnder(t, k, charter, today)
}

func rosterUnder(t testing.TB, k *Keyring, charter []byte, today envelope.Epoch) *envelope.Roster {
	t.Helper()
	block, err := k.Block(today)
	if err != nil {
		t.Fatal(err)
	}
	b, err := envelope.AssembleRoster(charter, [][]byte{block})
	if err != nil {
		t.Fatal(err)
	}
	r, err := envelope.ParseRoster(k.Public().Root, b, today, 1)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newSource(t testing.TB, desk envelope.DeskID) *envelope.Source {
	t.Helper()
	phrase, err := envelope.NewPhrase(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	s, err := envelope.DeriveSource(phrase, desk)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// sealTo returns the payload of a report.
func sealTo(t testing.TB, r *envelope.Roster, class envelope.Class, text string) []byte {
	t.Helper()
	payloads, err := newSource(t, r.Desk).Seal(r, class, text)
	if err != nil || len(payloads) != 1 {
		t.Fatalf("%d payloads, %v", len(payloads), err)
	}
	return payloads[0]
}

func newRecovery(t testing.TB, root Root) Recovery {
	t.Helper()
	r, err := NewRecovery(envelope.DeskIDOf(root.Public()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
