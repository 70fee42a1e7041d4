// Package authpsk is one mode of HPKE that the standard library does not have:
// auth_psk (RFC 9180, mode 3) with DHKEM(X25519, HKDF-SHA256) and HKDF-SHA256,
// single-shot. The recipient learns that the sender held a private key and
// that both held a pre-shared key.
//
// It composes crypto/ecdh, crypto/hkdf and an AEAD that it is handed; it holds
// no primitive of its own and knows nothing of what is sealed. It is held
// against the vectors of RFC 9180 and, in tests, against another
// implementation in both directions. docs/decisions/0002-authpsk.md says why
// it exists.
package authpsk

import (
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/crypto/chacha20poly1305"
)

// EncSize is the length of an encapsulated key.
const EncSize = 32

// ErrOpen is returned for whatever does not open, for whatever reason.
var ErrOpen = errors.New("authpsk: message authentication failed")

// ErrPSK is returned for a pre-shared key under 32 bytes or without an id
// (RFC 9180, sections 5.1.2 and 9.5).
var ErrPSK = errors.New("authpsk: pre-shared key too short or without an id")

// An AEAD is the last of the three parts of a suite.
type AEAD struct {
	id      uint16
	keySize int
	new     func(key []byte) (cipher.AEAD, error)
}

// ChaCha20Poly1305 is AEAD 3 of RFC 9180, section 7.3.
func ChaCha20Poly1305() AEAD {
	return AEAD{id: 3, keySize: chacha20poly1305.KeySize, new: chacha20poly1305.New}
}

// A PSK is a key that both sides hold, with its name. The key needs 32 bytes of
// chance: RFC 9180, section 9.5.
type PSK struct {
	Key, ID []byte
}

func (p PSK) check() error {
	if len(p.Key) < 32 || len(p.ID) == 0 {
		return ErrPSK
	}
	return nil
}

// Seal encrypts plaintext from one key to another and returns the
// encapsulated key, 32 bytes, and the ciphertext. It refuses a recipient's key
// with which the shared secret is zero.
func Seal(aead AEAD, to *ecdh.PublicKey, from *ecdh.PrivateKey, psk PSK, info, aad, plaintext []byte) (enc, ciphertext []byte, err error) {
	ephemeral, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, nil, fmt.Errorf("authpsk: seal: %w", err)
	}
	return seal(aead, ephemeral, to, from, psk, info, aad, plaintext)
}

func seal(aead AEAD, ephemeral *ecdh.PrivateKey, to *ecdh.PublicKey, from *ecdh.PrivateKey, psk PSK, info, aad, plaintext []byte) (enc, ciphertext []byte, err error) {
	enc = ephemeral.PublicKey().Bytes()
	secret, err := sharedSecret(ephemeral, to, from, to, enc, to.Bytes(), from.PublicKey().Bytes())
	if err != nil {
		return nil, nil, fmt.Errorf("authpsk: seal: %w", err)
	}
	s, err := keySchedule(aead, secret, psk, info)
	if err != nil {
		return nil, nil, err
	}
	c, err := aead.new(s.key)
	if err != nil {
		return nil, nil, fmt.Errorf("authpsk: seal: %w", err)
	}
	return enc, c.Seal(nil, s.baseNonce, plaintext, aad), nil
}

// Open decrypts what [Seal] made from that sender to that recipient. Every
// failure but a bad PSK is [ErrOpen].
func Open(aead AEAD, enc []byte, to *ecdh.PrivateKey, from *ecdh.PublicKey, psk PSK, info, aad, ciphertext []byte) ([]byte, error) {
	ephemeral, err := ecdh.X25519().NewPublicKey(enc)
	if err != nil {
		return nil, ErrOpen
	}
	secret, err := sharedSecret(to, ephemeral, to, from, enc, to.PublicKey().Bytes(), from.Bytes())
	if err != nil {
		return nil, ErrOpen
	}
	s, err := keySchedule(aead, secret, psk, info)
	if err != nil {
		return nil, err
	}
	c, err := aead.new(s.key)
	if err != nil {
		return nil, ErrOpen
	}
	plaintext, err := c.Open(nil, s.baseNonce, ciphertext, aad)
	if err != nil {
		return nil, ErrOpen
	}
	return plaintext, nil
}

const (
	modeAuthPSK = 3
	kemX25519   = 0x20
	kdfSHA256   = 1
	hashSize    = sha256.Size
)

// sharedSecret is AuthEncap and AuthDecap of RFC 9180, section 4.1, in one: the
// ephemeral exchange is sk1 with pk1, the authenticating one sk2 with pk2.
// crypto/ecdh returns an error where an exchange gives zero.
func sharedSecret(sk1 *ecdh.PrivateKey, pk1 *ecdh.PublicKey, sk2 *ecdh.PrivateKey, pk2 *ecdh.PublicKey, enc, to, from []byte) ([]byte, error) {
	dh, err := sk1.ECDH(pk1)
	if err != nil {
		return nil, err
	}
	dh2, err := sk2.ECDH(pk2)
	if err != nil {
		return nil, err
	}
	suite := binary.BigEndian.AppendUint16([]byte("KEM"), kemX25519)
	prk, err := labeledExtract(suite, nil, "eae_prk", append(dh, dh2...))
	if err != nil {
		return nil, err
	}
	context := append(append(append([]byte(nil), enc...), to...), from...)
	return labeledExpand(suite, prk, "shared_secret", context, hashSize)
}

type schedule struct {
	context, secret, key, baseNonce []byte
}

// keySchedule is RFC 9180, section 5.1, without the exporter secret.
func keySchedule(aead AEAD, sharedSecret []byte, psk PSK, info []byte) (s schedule, err error) {
	if err := psk.check(); err != nil {
		return schedule{}, err
	}
	suite := suiteID(aead)
	pskIDHash, err := labeledExtract(suite, nil, "psk_id_hash", psk.ID)
	if err != nil {
		return schedule{}, err
	}
	infoHash, err := labeledExtract(suite, nil, "info_hash", info)
	if err != nil {
		return schedule{}, err
	}
	s.context = append(append([]byte{modeAuthPSK}, pskIDHash...), infoHash...)
	if s.secret, err = labeledExtract(suite, sharedSecret, "secret", psk.Key); err != nil {
		return schedule{}, err
	}
	if s.key, err = labeledExpand(suite, s.secret, "key", s.context, aead.keySize); err != nil {
		return schedule{}, err
	}
	s.baseNonce, err = labeledExpand(suite, s.secret, "base_nonce", s.context, chacha20poly1305.NonceSize)
	return s, err
}

func suiteID(aead AEAD) []byte {
	suite := binary.BigEndian.AppendUint16([]byte("HPKE"), kemX25519)
	suite = binary.BigEndian.AppendUint16(suite, kdfSHA256)
	return binary.BigEndian.AppendUint16(suite, aead.id)
}

// labeledExtract and labeledExpand are RFC 9180, section 4.
func labeledExtract(suite, salt []byte, label string, ikm []byte) ([]byte, error) {
	labeled := append([]byte("HPKE-v1"), suite...)
	labeled = append(append(labeled, label...), ikm...)
	return hkdf.Extract(sha256.New, labeled, salt)
}

func labeledExpand(suite, prk []byte, label string, info []byte, size int) ([]byte, error) {
	labeled := binary.BigEndian.AppendUint16(nil, uint16(size))
	labeled = append(append(labeled, "HPKE-v1"...), suite...)
	labeled = append(append(labeled, label...), info...)
	return hkdf.Expand(sha256.New, prk, string(labeled), size)
}
