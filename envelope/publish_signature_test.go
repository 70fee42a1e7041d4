package envelope

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha512"
	"math/big"
	"slices"
	"testing"
)

// Signatures on which implementations of RFC 8032 disagree. Whoever holds a key
// can make them, and with them a file that is good in one reader and bad in
// another.

// groupOrder is the order ℓ of the base point (RFC 8032, section 5.1).
var groupOrder = func() *big.Int {
	c, ok := new(big.Int).SetString("27742317777372353535851937790883648493", 10)
	if !ok {
		panic("a constant")
	}
	return c.Add(c, new(big.Int).Lsh(big.NewInt(1), 252))
}()

var fieldPrime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

func littleEndian(b []byte) *big.Int {
	b = bytes.Clone(b)
	slices.Reverse(b)
	return new(big.Int).SetBytes(b)
}

func littleEndianBytes(n *big.Int) []byte {
	b := n.FillBytes(make([]byte, 32))
	slices.Reverse(b)
	return b
}

// secretScalar is the number that a seed stands for (RFC 8032, section 5.1.5).
func secretScalar(seed []byte) *big.Int {
	h := sha512.Sum512(seed)
	h[0] &= 248
	h[31] &= 127
	h[31] |= 64
	return littleEndian(h[:32])
}

// cofactoredSignature signs with R' = R + (0, -1) in place of R, a point with a
// part of order 2: SB - kA is R and not R', but 8(SB - kA) is 8R'.
func cofactoredSignature(key ed25519.PrivateKey, message []byte) []byte {
	nonceSeed := sha512.Sum512(key.Seed())
	nonce := ed25519.NewKeyFromSeed(nonceSeed[:32])      // its public key is R, its scalar r
	r := bytes.Clone(nonce.Public().(ed25519.PublicKey)) // (x, y) …
	y := bytes.Clone(r)
	y[31] &= 0x7f
	negated := littleEndianBytes(new(big.Int).Sub(fieldPrime, littleEndian(y)))
	negated[31] |= ^r[31] & 0x80 // … becomes (-x, -y)

	hash := sha512.Sum512(slices.Concat(negated, key.Public().(ed25519.PublicKey), message))
	s := new(big.Int).Mul(littleEndian(hash[:]), secretScalar(key.Seed()))
	s.Add(s, secretScalar(nonce.Seed())).Mod(s, groupOrder)
	return append(negated, littleEndianBytes(s)...)
}

// malleatedSignature adds the order of the group to S.
func malleatedSignature(sig []byte) []byte {
	s := new(big.Int).Add(littleEndian(sig[32:]), groupOrder)
	return append(bytes.Clone(sig[:32]), littleEndianBytes(s)...)
}

func withSignature(b, sig []byte) []byte {
	return append(bytes.Clone(b[:len(b)-sigSize]), sig...)
}

// If the arithmetic above were wrong, its signatures would be refused for
// nothing but that: without the trick it must sign as everybody does.
func TestSignaturesByHand(t *testing.T) {
	key, message := newSigner(t), []byte("text")
	nonce := newSigner(t)
	r := nonce.Public().(ed25519.PublicKey)
	hash := sha512.Sum512(slices.Concat(r, key.Public().(ed25519.PublicKey), message))
	s := new(big.Int).Mul(littleEndian(hash[:]), secretScalar(key.Seed()))
	s.Add(s, secretScalar(nonce.Seed())).Mod(s, groupOrder)
	if !verify(key.Public().(ed25519.PublicKey), message, append(bytes.Clone(r), littleEndianBytes(s)...)) {
		t.Error("a signature by hand is refused")
	}
	if verify(key.Public().(ed25519.PublicKey), message, cofactoredSignature(key, message)) {
		t.Error("one that holds only with the cofactor is taken")
	}
	if verify(key.Public().(ed25519.PublicKey), message, malleatedSignature(ed25519.Sign(key, message))) {
		t.Error("one whose S is too large is taken")
	}
}
