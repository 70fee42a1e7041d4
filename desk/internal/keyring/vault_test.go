package keyring

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"testing"
	"time"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The values were computed with the reference implementation of Argon2 (as
// argon2-cffi 25.1.0), libsodium's XChaCha20-Poly1305 (as PyNaCl 1.6.2) and
// OpenSSL's HKDF (as cryptography 50.0.2), from the text of this package's
// comment: keyslot 00 to 1f, salt 40 to 4f, nonce 80 to 97.
func TestVaultIsAsAnotherImplementationWroteIt(t *testing.T) {
	const (
		stretched = "cc5456134059afdaff2d3d531a802755d1ebce8c0753eade39501e74d25cfb78"
		kek       = "6f17198bbca1072cd3ba70ed3083a5b3df6af664b8c905485b6c20623692fc7e"
		vault     = "4853315641554c54000001000000000304000000404142434445464748494a4b4c4d4e4f808182838485868788898a8b8c8d8e8f" +
			"90919293949596979df9580ad2556b39dd31786c735d3347602a9815c4931ca3cb92cd804ba59cb7a5e506ba677ea424d3f386ef2a5fd0b40e7b"
		body = "a body of the vault, of any length"
	)
	var keyslot [keyslotSize]byte
	for i := range keyslot {
		keyslot[i] = byte(i)
	}
	file := unhex(t, vault)
	h, err := parseHeader(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Params{Memory: 256, Passes: 3, Threads: 4}); h.params != want {
		t.Errorf("params = %+v, want %+v", h.params, want)
	}
	s := h.params.stretch(testPassphrase, h.salt[:])
	if got := hex.EncodeToString(s[:]); got != stretched {
		t.Errorf("stretched = %s, want %s", got, stretched)
	}
	key := h.kek(s, keyslot)
	if got := hex.EncodeToString(key[:]); got != kek {
		t.Errorf("KEK = %s, want %s", got, kek)
	}
	if got, err := unseal(key, file, headerSize); err != nil || string(got) != body {
		t.Errorf("body = %q, %v", got, err)
	}
	again := seal(key, h.marshal(), []byte(body))
	if len(again) != len(file) || !bytes.Equal(again[:headerSize], file[:headerSize]) {
		t.Error("what is written has another shape")
	}
	if got, err := unseal(key, again, headerSize); err != nil || string(got) != body {
		t.Errorf("sealed again = %q, %v", got, err)
	}
}

func TestHostileHeaderCostsNothing(t *testing.T) {
	_, place := newKeyringClosed(t)
	vault, err := os.ReadFile(place.vault())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name  string
		at    int
		bytes []byte
	}{
		{"a terabyte", 8, []byte{0x40, 0, 0, 0}},
		{"just over 2 GiB", 8, []byte{0, 0x20, 0, 1}},
		{"less than 8 KiB a thread", 8, []byte{0, 0, 0, 7}},
		{"passes without end", 12, []byte{0xff, 0xff, 0xff, 0xff}},
		{"no pass", 12, []byte{0, 0, 0, 0}},
		{"no thread", 16, []byte{0}},
		{"many threads", 16, []byte{255}},
		{"filler", 19, []byte{1}},
		{"another magic", 0, []byte("HS2VAULT")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			bad := bytes.Clone(vault)
			copy(bad[tt.at:], tt.bytes)
			if err := os.WriteFile(place.vault(), bad, 0o600); err != nil {
				t.Fatal(err)
			}
			before := time.Now()
			if _, err := Open(place, testPassphrase); !errors.Is(err, ErrWrongPassphrase) {
				t.Errorf("Open = %v, want ErrWrongPassphrase", err)
			}
			if took := time.Since(before); took > 10*time.Second {
				t.Errorf("it computed for %v", took)
			}
		})
	}
}

func newKeyringClosed(t testing.TB) (Root, Place) {
	root := NewRoot()
	k, place := newKeyring(t, root)
	mustRotate(t, k, day0)
	mustClose(t, k)
	return root, place
}

// Every byte of both files is authenticated.
func TestDamagedFileDoesNotOpen(t *testing.T) {
	_, place := newKeyringClosed(t)
	for _, path := range []string{place.vault(), place.bundles(1), place.Keyslot} {
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		try := func(b []byte) {
			t.Helper()
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
			if k, err := Open(place, testPassphrase); !errors.Is(err, ErrWrongPassphrase) {
				t.Fatalf("%s: %v, %v, want ErrWrongPassphrase", path, k, err)
			}
		}
		for i := range whole {
			b := bytes.Clone(whole)
			b[i] ^= 1
			try(b)
		}
		for _, n := range []int{0, 1, 8, len(whole) / 2, len(whole) - 1} {
			try(whole[:n])
		}
		try(append(bytes.Clone(whole), 0))
		try(make([]byte, 1<<20))
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	mustClose(t, mustOpen(t, place))
}

func FuzzVaultHeader(f *testing.F) {
	f.Add(newHeader(quick).marshal())
	f.Add(append(newHeader(DefaultParams).marshal(), "nonce and all"...))
	f.Add([]byte(vaultMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := parseHeader(b)
		if err != nil {
			return
		}
		if !bytes.Equal(h.marshal(), b[:headerSize]) {
			t.Error("accepted bytes that it would not write")
		}
		if h.params.check() != nil {
			t.Error("accepted parameters out of bounds")
		}
	})
}

func FuzzVaultBody(f *testing.F) {
	s, err := newSecrets(NewRoot().Public())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(s.marshal())
	s.imports = []importKey{{until: 7}, {until: 6}}
	s.charter, s.recipient = []byte("a charter"), []byte("age1pq1")
	f.Add(s.marshal())
	f.Add(make([]byte, fixedSize))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := parseSecrets(b)
		if err == nil && !bytes.Equal(s.marshal(), b) {
			t.Error("accepted bytes that it would not write")
		}
		if len(b) > maxBody && err == nil {
			t.Error("accepted more than it would write")
		}
	})
}

func FuzzBundles(f *testing.F) {
	u, err := newBundleBytes()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(u)
	f.Add(append(bytes.Clone(u), u...))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		bundles, err := parseBundles(b)
		if err != nil {
			return
		}
		if again, err := marshalBundles(bundles); err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted bytes that it would not write, %v", err)
		}
	})
}
