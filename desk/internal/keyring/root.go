package keyring

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"fmt"

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

// Text is the file of a root key: what it is, whose it is, and the seed. The
// desk's id is a hash of the key and so shows damage.
func (r Root) Text() []byte {
	return fmt.Appendf(nil, "%sdesk %s\nroot %x\n", rootHeader, envelope.DeskIDOf(r.Public()), r.key.get().Seed())
}

// ParseRoot reads what Text writes. Anything else is ErrRoot.
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
	if string(r.Text()) != string(b) {
		return Root{}, fmt.Errorf("parse root key: %w", ErrRoot)
	}
	return r, nil
}
