package envelope

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"encoding/hex"
	"slices"
	"strings"
)

// A DeskID names a desk: NR = SHA-256(T("hs1-desk") ‖ vk_root), section 3. It
// is public, pinned in every kit, and mixed into every key and signature, so
// that nothing made for one desk means anything at another.
type DeskID [32]byte

// DeskIDOf returns the name of the desk whose root key that is.
func DeskIDOf(root ed25519.PublicKey) DeskID {
	return sha256.Sum256(append(tag("hs1-desk"), root...))
}

// Fingerprint returns the first 15 bytes of the id as people compare them: in
// base32 (RFC 4648), lower case, six groups of four. To make a desk with the
// fingerprint of another takes 2^120 tries.
func (d DeskID) Fingerprint() string {
	text := strings.ToLower(base32.StdEncoding.EncodeToString(d[:15]))
	groups := make([]string, 0, 6)
	for group := range slices.Chunk([]byte(text), 4) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, "-")
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
