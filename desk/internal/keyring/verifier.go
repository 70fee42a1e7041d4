package keyring

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
)

// DefaultVerifierParams are for editors' passphrases, which only whoever has
// broken the database can try.
var DefaultVerifierParams = Params{Memory: 64 << 10, Passes: 3, Threads: 4}

// NewVerifier returns what the desk keeps of an editor's passphrase: Argon2id
// with its parameters and salt, as a PHC string,
//
//	$argon2id$v=19$m=65536,t=3,p=4$salt$hash
//
// with a salt of 16 and a hash of 32 bytes in base64 without padding.
func NewVerifier(passphrase Passphrase, p Params) (string, error) {
	if len(passphrase.bytes()) == 0 {
		return "", fmt.Errorf("new verifier: %w", ErrEmptyPassphrase)
	}
	if err := p.check(); err != nil {
		return "", fmt.Errorf("new verifier: %w", err)
	}
	v := verifier{params: p}
	_, _ = rand.Read(v.salt[:]) // never fails
	v.hash = p.stretch(passphrase, v.salt[:])
	return v.String(), nil
}

// CheckVerifier reports whether the passphrase is the one from which the
// verifier was made. It takes as long for a wrong one. A verifier out of form
// or of bounds knows no passphrase.
func CheckVerifier(text string, passphrase Passphrase) bool {
	v, ok := parseVerifier(text)
	if !ok {
		return false
	}
	hash := v.params.stretch(passphrase, v.salt[:])
	return subtle.ConstantTimeCompare(hash[:], v.hash[:]) == 1
}

type verifier struct {
	params Params
	salt   [saltSize]byte
	hash   [32]byte
}

var phc = base64.RawStdEncoding.Strict()

func (v verifier) String() string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s", v.params.Memory, v.params.Passes, v.params.Threads,
		phc.EncodeToString(v.salt[:]), phc.EncodeToString(v.hash[:]))
}

// parseVerifier reads what String writes, and nothing that it would not.
func parseVerifier(text string) (verifier, bool) {
	const longest = 120
	parts := strings.Split(text, "$")
	if len(text) > longest || len(parts) != 6 {
		return verifier{}, false
	}
	var v verifier
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &v.params.Memory, &v.params.Passes, &v.params.Threads)
	if err != nil || v.params.check() != nil {
		return verifier{}, false
	}
	salt, err := phc.DecodeString(parts[4])
	if err != nil || len(salt) != len(v.salt) {
		return verifier{}, false
	}
	hash, err := phc.DecodeString(parts[5])
	if err != nil || len(hash) != len(v.hash) {
		return verifier{}, false
	}
	v.salt, v.hash = [saltSize]byte(salt), [32]byte(hash)
	return v, v.String() == text
}
