package keyring

import (
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/chacha20poly1305"
)

// Params say how hard a passphrase is to try.
type Params struct {
	Memory  uint32 // KiB
	Passes  uint32
	Threads uint8
}

// DefaultParams take 2 to 3 seconds on two cores (PROTOCOL.md section 6).
var DefaultParams = Params{Memory: 512 << 10, Passes: 3, Threads: 4}

// Bounds of what a file may ask for: a stranger's header must not make us
// allocate a terabyte or compute for a day.
const (
	maxMemory  = 2 << 20 // KiB: 2 GiB
	maxPasses  = 32
	maxThreads = 16
)

func (p Params) check() error {
	if p.Passes < 1 || p.Passes > maxPasses || p.Threads < 1 || p.Threads > maxThreads ||
		p.Memory < 8*uint32(p.Threads) || p.Memory > maxMemory { // RFC 9106, section 3.1: 8 KiB a thread at least
		return fmt.Errorf("%d KiB, %d passes, %d threads: %w", p.Memory, p.Passes, p.Threads, ErrParams)
	}
	return nil
}

// stretch is Argon2id (RFC 9106) of the passphrase, 32 bytes.
func (p Params) stretch(passphrase Passphrase, salt []byte) [32]byte {
	return [32]byte(argon2.IDKey(passphrase.bytes(), salt, p.Passes, p.Memory, p.Threads, 32))
}

const (
	vaultMagic  = "HS1VAULT"
	keyslotSize = 32
	saltSize    = 16
	headerSize  = 8 + 4 + 4 + 1 + 3 + saltSize // without the nonce
)

// A header is what stands before the nonce of a vault.
type header struct {
	params Params
	salt   [saltSize]byte
}

func newHeader(p Params) header {
	h := header{params: p}
	_, _ = rand.Read(h.salt[:]) // never fails
	return h
}

func (h header) marshal() []byte {
	b := append(make([]byte, 0, headerSize), vaultMagic...)
	b = binary.BigEndian.AppendUint32(b, h.params.Memory)
	b = binary.BigEndian.AppendUint32(b, h.params.Passes)
	b = append(b, h.params.Threads, 0, 0, 0)
	return append(b, h.salt[:]...)
}

// parseHeader reads what marshal writes, from the beginning of a vault.
func parseHeader(b []byte) (header, error) {
	if len(b) < headerSize {
		return header{}, ErrWrongPassphrase
	}
	h := header{
		params: Params{
			Memory:  binary.BigEndian.Uint32(b[8:]),
			Passes:  binary.BigEndian.Uint32(b[12:]),
			Threads: b[16],
		},
		salt: [saltSize]byte(b[20:]),
	}
	if string(b[:headerSize]) != string(h.marshal()) || h.params.check() != nil {
		return header{}, ErrWrongPassphrase
	}
	return h, nil
}

// kek mixes the stretched passphrase with the keyslot.
func (h header) kek(stretched [32]byte, keyslot [keyslotSize]byte) [32]byte {
	ikm := slices.Concat(stretched[:], keyslot[:])
	key, err := hkdf.Key(sha256.New, ikm, h.salt[:], string(tag("hs1-vault")), 32)
	if err != nil {
		panic("keyring: HKDF refuses 32 bytes: " + err.Error())
	}
	return [32]byte(key)
}

// tag is T(s): the length of s in one byte, then s.
func tag(s string) []byte { return append([]byte{byte(len(s))}, s...) }

// seal encrypts a body behind a fresh nonce. All that precedes the ciphertext is
// authenticated with it.
func seal(key [32]byte, before, body []byte) []byte {
	nonce := make([]byte, chacha20poly1305.NonceSizeX)
	_, _ = rand.Read(nonce) // never fails
	b := slices.Concat(before, nonce)
	return xchacha(key).Seal(b, nonce, body, b)
}

// unseal undoes seal. before is how many bytes precede the nonce.
func unseal(key [32]byte, b []byte, before int) ([]byte, error) {
	at := before + chacha20poly1305.NonceSizeX
	if len(b) < at {
		return nil, ErrWrongPassphrase
	}
	body, err := xchacha(key).Open(nil, b[before:at], b[at:], b[:at])
	if err != nil {
		return nil, ErrWrongPassphrase
	}
	return body, nil
}

func xchacha(key [32]byte) cipher.AEAD {
	aead, err := chacha20poly1305.NewX(key[:])
	if err != nil {
		panic("keyring: XChaCha20-Poly1305 refuses 32 bytes: " + err.Error())
	}
	return aead
}
