package keyring

import (
	"encoding/hex"
	"testing"

	"golang.org/x/crypto/argon2"
)

// The vault stands on Argon2id being Argon2id. RFC 9106's own vector has a
// secret and associated data, which golang.org/x/crypto/argon2 takes in its own
// test only; these are of the reference implementation (phc-winner-argon2,
// "password" and "somesalt"), as that package lists them.
func TestArgon2id(t *testing.T) {
	for _, tt := range []struct {
		passes, memory uint32
		threads        uint8
		want           string
	}{
		{1, 64, 1, "655ad15eac652dc59f7170a7332bf49b8469be1fdb9c28bb"},
		{2, 64, 1, "068d62b26455936aa6ebe60060b0a65870dbfa3ddf8d41f7"},
		{2, 64, 2, "350ac37222f436ccb5c0972f1ebd3bf6b958bf2071841362"},
		{3, 256, 2, "4668d30ac4187e6878eedeacf0fd83c5a0a30db2cc16ef0b"},
	} {
		got := argon2.IDKey([]byte("password"), []byte("somesalt"), tt.passes, tt.memory, tt.threads, uint32(len(tt.want)/2))
		if hex.EncodeToString(got) != tt.want {
			t.Errorf("m %d, t %d, p %d: %x, want %s", tt.memory, tt.passes, tt.threads, got, tt.want)
		}
	}
}
