package envelope

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"testing"

	"github.com/gtank/ristretto255"
)

// Every key in the table is one that the standard library, too, refuses to
// multiply, and no key outside it that we try is.
func TestLowOrderX25519(t *testing.T) {
	secret, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	gives := func(key []byte) error {
		public, err := ecdh.X25519().NewPublicKey(key)
		if err != nil {
			t.Fatal(err)
		}
		_, err = secret.ECDH(public)
		return err
	}
	for _, low := range lowOrderX25519 {
		for _, top := range []byte{0, 0x80} {
			key := bytes.Clone(low)
			key[31] |= top
			if gives(key) == nil {
				t.Errorf("%x is in the table, but gives a secret", key)
			}
			if _, err := decodeDH(key); !errors.Is(err, ErrKey) {
				t.Errorf("%x: %v, want %v", key, err, ErrKey)
			}
		}
	}
	for u := range 256 {
		for _, key := range [][]byte{
			append([]byte{byte(u)}, make([]byte, 31)...),
			append(append([]byte{byte(u)}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f),
		} {
			if got, want := lowOrderDH(key), gives(key) != nil; got != want {
				t.Errorf("%x: low order %v, want %v", key, got, want)
			}
		}
	}
}

// For every key of small order there is a message for which crypto/ed25519 takes
// a signature that anybody could write; verify does not.
func TestLowOrderEd25519(t *testing.T) {
	sig := make([]byte, sigSize)
	sig[0] = 1 // R is the identity and S is 0: good whenever the hash is a multiple of the key's order
	for _, low := range lowOrderEd25519 {
		for _, sign := range []byte{0, 0x80} {
			key := ed25519.PublicKey(bytes.Clone(low))
			key[31] |= sign
			forged := false
			for n := uint32(0); n < 256 && !forged; n++ {
				message := binary.BigEndian.AppendUint32(nil, n)
				forged = ed25519.Verify(key, message, sig)
				if forged && verify(key, message, sig) {
					t.Errorf("verify takes a forgery under %x", key)
				}
			}
			if !forged {
				t.Errorf("%x is in the table, but nothing could be forged under it", key)
			}
		}
	}
}

func TestStrictVerifyKey(t *testing.T) {
	p := append(append([]byte{0xed}, bytes.Repeat([]byte{0xff}, 30)...), 0x7f)
	for over := range byte(19) { // y = p to 2^255-1, with either sign
		for _, sign := range []byte{0, 0x80} {
			key := bytes.Clone(p)
			key[0] += over
			key[31] |= sign
			if strictVerifyKey(key) {
				t.Errorf("%x is taken, but is not reduced", key)
			}
		}
	}
	below := bytes.Clone(p)
	below[0] -= 2 // p-2 has one spelling and is of no small order
	if !strictVerifyKey(below) {
		t.Error("p-2 is refused")
	}
	if strictVerifyKey(below[1:]) {
		t.Error("a short key is taken")
	}
	if !strictVerifyKey(newSigner(t).Public().(ed25519.PublicKey)) {
		t.Error("an honest key is refused")
	}
}

func TestVerifyIsStrictAboutTheSignature(t *testing.T) {
	key := newSigner(t)
	public, message := key.Public().(ed25519.PublicKey), []byte("message")
	sig := ed25519.Sign(key, message)
	if !verify(public, message, sig) {
		t.Fatal("an honest signature is refused")
	}
	// S + the group order is the same number and another signature.
	order := unhex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
	carry := 0
	malleable := bytes.Clone(sig)
	for i := range order {
		carry += int(malleable[32+i]) + int(order[i])
		malleable[32+i] = byte(carry)
		carry >>= 8
	}
	if verify(public, message, malleable) {
		t.Error("S over the group order is taken")
	}
	if verify(public, message, sig[:63]) {
		t.Error("a short signature is taken")
	}
}

func TestMLKEMCoefficients(t *testing.T) {
	const q = 3329
	key := newTestEditor(t, DeskID{}).lt.Public().MLKEM
	for _, at := range []int{0, 1, 2, 383, 766, 767} { // of 768 coefficients, 12 bits each
		for _, value := range []uint16{q, q + 1, 4095} {
			k := key
			b := k[at/2*3:]
			if at%2 == 0 {
				b[0], b[1] = byte(value), b[1]&0xf0|byte(value>>8)
			} else {
				b[1], b[2] = b[1]&0x0f|byte(value<<4), byte(value>>4)
			}
			if _, err := decodeMLKEM(k[:]); !errors.Is(err, ErrKey) {
				t.Errorf("coefficient %d of %d: %v, want %v", at, value, err, ErrKey)
			}
		}
	}
	if _, err := decodeMLKEM(key[:]); err != nil {
		t.Errorf("an honest key: %v", err)
	}
}

func TestCheckFetch(t *testing.T) {
	for _, tt := range []struct{ name, hex string }{
		// RFC 9496, appendix A.3.
		{"a field element that is not reduced", "00ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff"},
		{"p itself", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
		{"a negative field element", "0100000000000000000000000000000000000000000000000000000000000000"},
		{"a non-square x^2", "26948d35ca62e643e26a83177332e6b6afeb9d08e4268b650f1f5bbd8d81d371"},
		{"a negative xy", "3eb858e78f5a7254d8c9731174a94f76755fd3941c0ac93735c07ba14579630e"},
		{"s = -1, which makes y zero", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
		{"the identity", "0000000000000000000000000000000000000000000000000000000000000000"},
	} {
		if err := checkFetch(unhex(tt.hex)); !errors.Is(err, ErrKey) {
			t.Errorf("%s: %v, want %v", tt.name, err, ErrKey)
		}
	}
	if err := checkFetch(ristretto255.NewElement().Base().Encode(nil)); err != nil {
		t.Errorf("the generator: %v", err)
	}
}
