package keyring

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
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

// The vector was made by other implementations, from the text of this package's
// comment; it is published for those who read such vaults.
func TestVaultIsAsAnotherImplementationWroteIt(t *testing.T) {
	text, err := os.ReadFile("../../../docs/vectors/vault.json")
	if err != nil {
		t.Fatal(err)
	}
	var v struct {
		Passphrase, Keyslot, Salt, Argon2id, KEK, Body, Bytes string

		M, T uint32
		P    uint8
	}
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	body, file := v.Body, unhex(t, v.Bytes)
	h, err := parseHeader(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := (Params{Memory: v.M, Passes: v.T, Threads: v.P}); h.params != want || hex.EncodeToString(h.salt[:]) != v.Salt {
		t.Errorf("params = %+v, salt %x", h.params, h.salt)
	}
	s := h.params.stretch(NewPassphrase(v.Passphrase), h.salt[:])
	if got := hex.EncodeToString(s[:]); got != v.Argon2id {
		t.Errorf("stretched = %s, want %s", got, v.Argon2id)
	}
	key := h.kek(s, [keyslotSize]byte(unhex(t, v.Keyslot)))
	if got := hex.EncodeToString(key[:]); got != v.KEK {
		t.Errorf("KEK = %s, want %s", got, v.KEK)
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
