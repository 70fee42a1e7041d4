package envelope

import "crypto/ed25519"

// verify reports whether sig is a strict RFC 8032 signature.
func verify(key ed25519.PublicKey, message, sig []byte) bool {
	return len(key) == ed25519.PublicKeySize && len(sig) == sigSize && ed25519.Verify(key, message, sig)
}
