package authpsk

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"testing"

	"github.com/cloudflare/circl/hpke"
	"github.com/cloudflare/circl/kem"
)

// aes128GCM is AEAD 1, which only the vectors use.
var aes128GCM = AEAD{id: 1, keySize: 16, new: func(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) error {
	b, err := hex.DecodeString(string(text))
	*h = b
	return err
}

type vector struct {
	Mode               int
	KEMID              int `json:"kem_id"`
	AEADID             int `json:"aead_id"`
	Info               hexBytes
	SkRm, SkSm, SkEm   hexBytes
	PkRm, PkSm, Enc    hexBytes
	PSK                hexBytes
	PSKID              hexBytes `json:"psk_id"`
	SharedSecret       hexBytes `json:"shared_secret"`
	KeyScheduleContext hexBytes `json:"key_schedule_context"`
	Secret, Key        hexBytes
	BaseNonce          hexBytes `json:"base_nonce"`
	ExporterSecret     hexBytes `json:"exporter_secret"`
	Encryptions        []struct{ AAD, CT, Nonce, PT hexBytes }
}

func TestRFC9180(t *testing.T) {
	text, err := os.ReadFile("testdata/rfc9180_authpsk_x25519.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, v := range vectors {
		aead, ok := map[int]AEAD{1: aes128GCM, 3: ChaCha20Poly1305()}[v.AEADID]
		if v.Mode != modeAuthPSK || v.KEMID != kemX25519 || !ok {
			continue
		}
		seen[v.AEADID] = true
		t.Run(fmt.Sprintf("AEAD %d", v.AEADID), func(t *testing.T) { v.check(t, aead) })
	}
	if !seen[1] || !seen[3] {
		t.Errorf("vectors for AEADs %v, want 1 and 3", seen)
	}
}

func (v vector) check(t *testing.T, aead AEAD) {
	eph, from, to := private(t, v.SkEm), private(t, v.SkSm), private(t, v.SkRm)
	psk := PSK{Key: v.PSK, ID: v.PSKID}
	same := func(what string, got, want []byte) {
		t.Helper()
		if !bytes.Equal(got, want) {
			t.Errorf("%s = %x, want %x", what, got, want)
		}
	}
	same("pkR", to.PublicKey().Bytes(), v.PkRm)
	same("pkS", from.PublicKey().Bytes(), v.PkSm)

	sent, err := sharedSecret(eph, to.PublicKey(), from, to.PublicKey(), v.Enc, v.PkRm, v.PkSm)
	if err != nil {
		t.Fatal(err)
	}
	same("shared secret, sender", sent, v.SharedSecret)
	received, err := sharedSecret(to, eph.PublicKey(), to, from.PublicKey(), v.Enc, v.PkRm, v.PkSm)
	if err != nil {
		t.Fatal(err)
	}
	same("shared secret, recipient", received, v.SharedSecret)

	s, err := keySchedule(aead, v.SharedSecret, psk, v.Info)
	if err != nil {
		t.Fatal(err)
	}
	same("context", s.context, v.KeyScheduleContext)
	same("secret", s.secret, v.Secret)
	same("key", s.key, v.Key)
	same("base nonce", s.baseNonce, v.BaseNonce)
	exporter, err := labeledExpand(suiteID(aead), s.secret, "exp", s.context, hashSize)
	if err != nil {
		t.Fatal(err)
	}
	same("exporter secret", exporter, v.ExporterSecret)

	c, err := aead.new(s.key)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range v.Encryptions {
		same(fmt.Sprintf("ciphertext %d", i), c.Seal(nil, e.Nonce, e.PT, e.AAD), e.CT)
	}

	first := v.Encryptions[0]
	enc, ct, err := seal(aead, eph, to.PublicKey(), from, psk, v.Info, first.AAD, first.PT)
	if err != nil {
		t.Fatal(err)
	}
	same("enc", enc, v.Enc)
	same("single-shot ciphertext", ct, first.CT)
	pt, err := Open(aead, v.Enc, to, from.PublicKey(), psk, v.Info, first.AAD, first.CT)
	if err != nil {
		t.Fatal(err)
	}
	same("single-shot plaintext", pt, first.PT)
}

func TestOpenRefuses(t *testing.T) {
	to, from, other := generate(t), generate(t), generate(t)
	psk := PSK{Key: bytes.Repeat([]byte{7}, 32), ID: []byte("id")}
	info, aad, pt := []byte("info"), []byte("aad"), []byte("plaintext")
	enc, ct, err := Seal(ChaCha20Poly1305(), to.PublicKey(), from, psk, info, aad, pt)
	if err != nil {
		t.Fatal(err)
	}
	open := func(enc []byte, to *ecdh.PrivateKey, from *ecdh.PublicKey, psk PSK, info, aad, ct []byte) error {
		_, err := Open(ChaCha20Poly1305(), enc, to, from, psk, info, aad, ct)
		return err
	}
	flip := func(b []byte) []byte { b = bytes.Clone(b); b[len(b)-1] ^= 1; return b }
	zero := make([]byte, EncSize)
	zeroKey, err := ecdh.X25519().NewPublicKey(zero)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		got  error
		want error
	}{
		{"nothing, when all is right", open(enc, to, from.PublicKey(), psk, info, aad, ct), nil},
		{"another recipient", open(enc, other, from.PublicKey(), psk, info, aad, ct), ErrOpen},
		{"another sender", open(enc, to, other.PublicKey(), psk, info, aad, ct), ErrOpen},
		{"another pre-shared key", open(enc, to, from.PublicKey(), PSK{flip(psk.Key), psk.ID}, info, aad, ct), ErrOpen},
		{"another id of it", open(enc, to, from.PublicKey(), PSK{psk.Key, flip(psk.ID)}, info, aad, ct), ErrOpen},
		{"other info", open(enc, to, from.PublicKey(), psk, flip(info), aad, ct), ErrOpen},
		{"other additional data", open(enc, to, from.PublicKey(), psk, info, flip(aad), ct), ErrOpen},
		{"a changed ciphertext", open(enc, to, from.PublicKey(), psk, info, aad, flip(ct)), ErrOpen},
		{"a short ciphertext", open(enc, to, from.PublicKey(), psk, info, aad, ct[:3]), ErrOpen},
		{"an ephemeral key that gives zero", open(zero, to, from.PublicKey(), psk, info, aad, ct), ErrOpen},
		{"a sender's key that gives zero", open(enc, to, zeroKey, psk, info, aad, ct), ErrOpen},
		{"an ephemeral key of the wrong size", open(enc[1:], to, from.PublicKey(), psk, info, aad, ct), ErrOpen},
		{"a short pre-shared key", open(enc, to, from.PublicKey(), PSK{psk.Key[1:], psk.ID}, info, aad, ct), ErrPSK},
		{"a pre-shared key without an id", open(enc, to, from.PublicKey(), PSK{psk.Key, nil}, info, aad, ct), ErrPSK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if !errors.Is(tt.got, tt.want) {
				t.Errorf("Open = %v, want %v", tt.got, tt.want)
			}
		})
	}
	t.Run("sealing to a key that gives zero", func(t *testing.T) {
		if _, _, err := Seal(ChaCha20Poly1305(), zeroKey, from, psk, info, aad, pt); err == nil {
			t.Error("sealed")
		}
	})
	t.Run("sealing with a short pre-shared key", func(t *testing.T) {
		if _, _, err := Seal(ChaCha20Poly1305(), to.PublicKey(), from, PSK{psk.Key[1:], psk.ID}, info, aad, pt); !errors.Is(err, ErrPSK) {
			t.Errorf("Seal = %v, want %v", err, ErrPSK)
		}
	})
}

// Another implementation opens what we seal, and we open what it seals.
func TestCIRCL(t *testing.T) {
	suite := hpke.NewSuite(hpke.KEM_X25519_HKDF_SHA256, hpke.KDF_HKDF_SHA256, hpke.AEAD_ChaCha20Poly1305)
	to, from := generate(t), generate(t)
	circlTo, circlToPublic := circlKey(t, to)
	circlFrom, circlFromPublic := circlKey(t, from)
	psk := PSK{Key: bytes.Repeat([]byte{9}, 32), ID: []byte("SD-pskAPKE")}
	info, aad, pt := bytes.Repeat([]byte{1}, 2304), bytes.Repeat([]byte{2}, 64), bytes.Repeat([]byte{3}, 4704)

	t.Run("it opens ours", func(t *testing.T) {
		enc, ct, err := Seal(ChaCha20Poly1305(), to.PublicKey(), from, psk, info, aad, pt)
		if err != nil {
			t.Fatal(err)
		}
		r, err := suite.NewReceiver(circlTo, info)
		if err != nil {
			t.Fatal(err)
		}
		opener, err := r.SetupAuthPSK(enc, psk.Key, psk.ID, circlFromPublic)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := opener.Open(ct, aad); err != nil || !bytes.Equal(got, pt) {
			t.Errorf("opened %d bytes, %v", len(got), err)
		}
	})
	t.Run("we open its", func(t *testing.T) {
		s, err := suite.NewSender(circlToPublic, info)
		if err != nil {
			t.Fatal(err)
		}
		enc, sealer, err := s.SetupAuthPSK(rand.Reader, circlFrom, psk.Key, psk.ID)
		if err != nil {
			t.Fatal(err)
		}
		ct, err := sealer.Seal(pt, aad)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Open(ChaCha20Poly1305(), enc, to, from.PublicKey(), psk, info, aad, ct)
		if err != nil || !bytes.Equal(got, pt) {
			t.Errorf("opened %d bytes, %v", len(got), err)
		}
	})
}

func circlKey(t *testing.T, k *ecdh.PrivateKey) (kem.PrivateKey, kem.PublicKey) {
	t.Helper()
	sk, err := hpke.KEM_X25519_HKDF_SHA256.Scheme().UnmarshalBinaryPrivateKey(k.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return sk, sk.Public()
}

func private(t *testing.T, b []byte) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.X25519().NewPrivateKey(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func generate(t *testing.T) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
