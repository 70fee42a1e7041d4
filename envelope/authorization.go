package envelope

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// ErrAuthorization is returned for a header that is not in form.
var ErrAuthorization = errors.New("not an authorization")

const (
	authorizationScheme = "Hearsay "
	authorizationSize   = 1 + 4 + 16 + sigSize
)

// An Authorization is what the header of a desk call says: which editor, on
// which day, with which number used once. It proves nothing until
// [Authorization.Verify] has been asked. A relay refuses a Random that it saw
// in this epoch or the one before.
type Authorization struct {
	Slot      int
	Epoch     Epoch
	Random    [16]byte
	Signature [64]byte
}

// Authorize returns the value of the Authorization header for one call
// (PROTOCOL 7).
func Authorize(key ed25519.PrivateKey, desk DeskID, slot int, epoch Epoch, method, path string, body []byte) (string, error) {
	if slot < 0 || slot >= Slots || len(method) > 255 || len(path) > 255 {
		return "", fmt.Errorf("authorize: %w", ErrAuthorization)
	}
	a := Authorization{Slot: slot, Epoch: epoch}
	if _, err := rand.Read(a.Random[:]); err != nil {
		return "", fmt.Errorf("authorize: %w", err)
	}
	a.Signature = [64]byte(ed25519.Sign(key, a.signed(desk, method, path, body)))
	return a.String(), nil
}

// String returns the value of the header.
func (a Authorization) String() string {
	b := append(a.claims(), a.Signature[:]...)
	return authorizationScheme + base64.StdEncoding.EncodeToString(b)
}

// ParseAuthorization reads what [Authorization.String] writes.
func ParseAuthorization(header string) (Authorization, error) {
	text, ok := strings.CutPrefix(header, authorizationScheme)
	if !ok || len(text) != base64.StdEncoding.EncodedLen(authorizationSize) {
		return Authorization{}, fmt.Errorf("parse authorization: %w", ErrAuthorization)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(b) != authorizationSize || b[0] >= Slots {
		return Authorization{}, fmt.Errorf("parse authorization: %w", ErrAuthorization)
	}
	return Authorization{
		Slot:      int(b[0]),
		Epoch:     Epoch(binary.BigEndian.Uint32(b[1:])),
		Random:    [16]byte(b[5:]),
		Signature: [64]byte(b[21:]),
	}, nil
}

// Verify reports whether the holder of key signed just this call.
func (a Authorization) Verify(key ed25519.PublicKey, desk DeskID, method, path string, body []byte) bool {
	if len(method) > 255 || len(path) > 255 {
		return false
	}
	return verify(key, a.signed(desk, method, path, body), a.Signature[:])
}

func (a Authorization) claims() []byte {
	b := []byte{byte(a.Slot)}
	b = binary.BigEndian.AppendUint32(b, uint32(a.Epoch))
	return append(b, a.Random[:]...)
}

func (a Authorization) signed(desk DeskID, method, path string, body []byte) []byte {
	b := append(tag("hs1-auth"), desk[:]...)
	b = append(b, a.claims()...)
	b = append(b, tag(method)...)
	b = append(b, tag(path)...)
	sum := sha256.Sum256(body)
	return append(b, sum[:]...)
}
