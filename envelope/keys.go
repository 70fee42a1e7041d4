package envelope

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/mlkem"
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/gtank/ristretto255"
)

// ErrKey is returned for a public key that does not decode or that would make
// every shared secret the same.
var ErrKey = errors.New("bad key")

// The suites of section 3. AuthPSK has a package of its own.
var (
	xwing    = hpke.MLKEM768X25519()
	hpkeKDF  = hpke.HKDFSHA256()
	hpkeAEAD = hpke.ChaCha20Poly1305()
)

// recipientKeys are the four public keys to which an envelope is sealed: a
// bundle and the editor's fetch key, or the inbox of a source.
type recipientKeys struct {
	dh    *ecdh.PublicKey
	mlkem *mlkem.EncapsulationKey768
	pke   hpke.PublicKey
	fetch [32]byte
}

// recipientSecrets are what opens it.
type recipientSecrets struct {
	dh    *ecdh.PrivateKey
	mlkem *mlkem.DecapsulationKey768
	pke   hpke.PrivateKey
	fetch [32]byte // the public half: it is bound, not used
}

func (s *recipientSecrets) public() *recipientKeys {
	return &recipientKeys{dh: s.dh.PublicKey(), mlkem: s.mlkem.EncapsulationKey(), pke: s.pke.PublicKey(), fetch: s.fetch}
}

func decodeRecipient(dh, mlkemKey, pke, fetch []byte) (*recipientKeys, error) {
	k := &recipientKeys{fetch: [32]byte(fetch)}
	var err error
	if k.dh, err = decodeDH(dh); err != nil {
		return nil, err
	}
	if k.mlkem, err = decodeMLKEM(mlkemKey); err != nil {
		return nil, err
	}
	if k.pke, err = decodeXWing(pke); err != nil {
		return nil, err
	}
	return k, checkFetch(fetch)
}

func decodeMLKEM(b []byte) (*mlkem.EncapsulationKey768, error) {
	k, err := mlkem.NewEncapsulationKey768(b) // refuses coefficients of q and above
	if err != nil {
		return nil, fmt.Errorf("ML-KEM: %w", ErrKey)
	}
	return k, nil
}

// decodeXWing decodes an X-Wing key, which is an ML-KEM-768 key and then an
// X25519 key.
func decodeXWing(b []byte) (hpke.PublicKey, error) {
	k, err := xwing.NewPublicKey(b)
	if err != nil || lowOrderDH(b[mlkemKeySize:]) {
		return nil, fmt.Errorf("X-Wing: %w", ErrKey)
	}
	return k, nil
}

func decodeDH(b []byte) (*ecdh.PublicKey, error) {
	k, err := ecdh.X25519().NewPublicKey(b)
	if err != nil || lowOrderDH(b) {
		return nil, fmt.Errorf("X25519: %w", ErrKey)
	}
	return k, nil
}

// checkFetch refuses what RFC 9496 would not have encoded, and the identity,
// with which every clue would be the same.
func checkFetch(b []byte) error {
	if isZero(b) || ristretto255.NewElement().Decode(b) != nil {
		return fmt.Errorf("ristretto255: %w", ErrKey)
	}
	return nil
}

// lowOrderX25519 are the u-coordinates that give zero with any scalar: those of
// order 1, 2, 4 and 8 on the curve and its twist. The standard library would
// refuse such a key too, but only once a secret is multiplied with it; found
// here, nobody can be filed as a contact whom no answer reaches.
var lowOrderX25519 = [][]byte{
	unhex("0000000000000000000000000000000000000000000000000000000000000000"),
	unhex("0100000000000000000000000000000000000000000000000000000000000000"),
	unhex("e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"),
	unhex("5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"),
	unhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), // p-1
	unhex("edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), // p, which is 0
	unhex("eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), // p+1, which is 1
}

func lowOrderDH(key []byte) bool {
	u := bytes.Clone(key)
	u[31] &= 0x7f // RFC 7748, section 5: the top bit is ignored
	for _, low := range lowOrderX25519 {
		if bytes.Equal(u, low) {
			return true
		}
	}
	return false
}

// lowOrderEd25519 are the y-coordinates of the eight points of small order.
var lowOrderEd25519 = [][]byte{
	unhex("0000000000000000000000000000000000000000000000000000000000000000"),
	unhex("0100000000000000000000000000000000000000000000000000000000000000"),
	unhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
	unhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
	unhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"), // p-1
}

// strictVerifyKey reports whether RFC 8032, section 5.1.3, decodes the key and
// it is not of small order.
//
// crypto/ed25519 is strict about the signature (S below the group order, R
// compared as bytes) but takes keys with y of p and above, and keys of small
// order, under which anybody can sign. JavaScript's strict mode takes neither,
// and readers must agree.
func strictVerifyKey(key ed25519.PublicKey) bool {
	if len(key) != ed25519.PublicKeySize {
		return false
	}
	y := bytes.Clone(key)
	y[31] &= 0x7f // the sign of x
	for _, low := range lowOrderEd25519 {
		if bytes.Equal(y, low) {
			return false
		}
	}
	// y of p and above is 2^255-19 to 2^255-1: all ones but for the lowest byte.
	return y[0] < 0xed || y[31] != 0x7f || !allOnes(y[1:31])
}

func allOnes(b []byte) bool {
	for _, c := range b {
		if c != 0xff {
			return false
		}
	}
	return true
}

// verify reports whether sig is a signature by RFC 8032's strict rules.
func verify(key ed25519.PublicKey, message, sig []byte) bool {
	return len(sig) == sigSize && strictVerifyKey(key) && ed25519.Verify(key, message, sig)
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // a constant above is misspelt
	}
	return b
}
