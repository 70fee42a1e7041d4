package keyring

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hearsay/envelope"
)

// A Root is the desk's root key, which signs charters and nothing else. It is
// made once, written to a file, and that file is moved off the machine. It
// cannot be printed.
type Root struct{ key veiled[ed25519.PrivateKey] }

// NewRoot draws a root key.
func NewRoot() Root {
	seed := make([]byte, ed25519.SeedSize)
	_, _ = rand.Read(seed) // never fails
	return rootOf(seed)
}

func rootOf(seed []byte) Root { return Root{veil(ed25519.NewKeyFromSeed(seed))} }

// Public returns the key that kits pin by its hash, the DeskID.
func (r Root) Public() ed25519.PublicKey { return r.key.get().Public().(ed25519.PublicKey) }

const (
	rootHeader = "Hearsay root key. Move this file off this machine and lock it away: it is asked for\n" +
		"only to renew the desk's charter, and whoever has it can put another desk in its place.\n"
	rootSize = len(rootHeader) + 2*(len("desk \n")+64)
)

// text is the file of a root key: what it is, whose it is, and the seed. The
// desk's id is a hash of the key and so shows damage.
func (r Root) text() []byte {
	return fmt.Appendf(nil, "%sdesk %s\nroot %x\n", rootHeader, envelope.DeskIDOf(r.Public()), r.key.get().Seed())
}

// ParseRoot reads what WriteRoot writes. Anything else is ErrRoot.
func ParseRoot(b []byte) (Root, error) {
	const seedAt = rootSize - 65
	if len(b) != rootSize {
		return Root{}, fmt.Errorf("parse root key: %w", ErrRoot)
	}
	seed, err := hex.DecodeString(string(b[seedAt : rootSize-1]))
	if err != nil {
		return Root{}, fmt.Errorf("parse root key: %w", ErrRoot) // not err, which tells a byte of it
	}
	r := rootOf(seed)
	if string(r.text()) != string(b) {
		return Root{}, fmt.Errorf("parse root key: %w", ErrRoot)
	}
	return r, nil
}

// WriteRoot writes a root key to a new file, which only its owner may read. A
// file that is there already is ErrExists.
func WriteRoot(path string, r Root) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write root key: %w", explain(err))
	}
	_, err = f.Write(r.text())
	if err := errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("write root key: %w", explain(err))
	}
	return nil
}

// ReadRoot reads the file that WriteRoot wrote.
func ReadRoot(path string) (Root, error) {
	b, err := readAtMost(path, int64(rootSize))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Root{}, fmt.Errorf("read root key: %w", err)
	case err != nil && !errors.Is(err, errTooLong):
		return Root{}, fmt.Errorf("read root key: %w", explain(err))
	}
	return ParseRoot(b)
}
