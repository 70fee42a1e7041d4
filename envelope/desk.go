package envelope

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
)

// A DeskID names a desk: NR = SHA-256(T("hs1-desk") ‖ vk_root), section 3. It
// is public, pinned in every kit, and mixed into every key and signature, so
// that nothing made for one desk means anything at another.
type DeskID [32]byte

// DeskIDOf returns the name of the desk whose root key that is.
func DeskIDOf(root ed25519.PublicKey) DeskID {
	return sha256.Sum256(append(tag("hs1-desk"), root...))
}

// String returns the id in hexadecimal, as it is printed to be compared.
func (d DeskID) String() string { return hex.EncodeToString(d[:]) }

// tag is T(s): the length of s in one byte, then s. It separates the domains
// of all hashes, keys and signatures.
func tag(s string) []byte {
	if len(s) > 255 {
		panic("envelope: tag longer than its length byte can say")
	}
	return append([]byte{byte(len(s))}, s...)
}
