package envelope

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/mlkem"
	"crypto/mlkem/mlkemtest"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/json"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gtank/ristretto255"
	"golang.org/x/crypto/chacha20poly1305"
)

// The primitives are other people's, and these vectors of theirs say what they
// must do: not to test the standard library once more, but to notice the day a
// release of it, or a library put in its place, does something else.
// testdata/external/README.md says where they are from.

func external(t testing.TB, name string, into any) {
	t.Helper()
	if err := json.Unmarshal(testFile(t, filepath.Join("external", name)), into); err != nil {
		t.Fatal(err)
	}
}

func unzipped(t testing.TB, name string) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(testFile(t, filepath.Join("external", name))))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestNISTMLKEM768(t *testing.T) {
	var v struct {
		KeyGen        []struct{ D, Z, EK hexBytes }
		Encapsulation []struct{ EK, M, C, K hexBytes }
	}
	external(t, "acvp-mlkem768.json", &v)
	if len(v.KeyGen) != 10 || len(v.Encapsulation) != 10 {
		t.Fatalf("%d and %d cases", len(v.KeyGen), len(v.Encapsulation))
	}
	for _, c := range v.KeyGen {
		dk, err := mlkem.NewDecapsulationKey768(slices.Concat(c.D, c.Z))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "ek", dk.EncapsulationKey().Bytes(), c.EK)

		k, ct, err := mlkemtest.Encapsulate768(dk.EncapsulationKey(), c.D) // any 32 bytes
		if err != nil {
			t.Fatal(err)
		}
		got, err := dk.Decapsulate(ct)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "K", got, k)
		ct[0] ^= 1 // FIPS 203, algorithm 18: what nobody encapsulated to the key gives J(z ‖ c)
		if got, err = dk.Decapsulate(ct); err != nil {
			t.Fatal(err)
		}
		equal(t, "K of a ciphertext that was changed", got, sha3.SumSHAKE256(slices.Concat(c.Z, ct), 32))
	}
	for _, c := range v.Encapsulation {
		ek, err := decodeMLKEM(c.EK)
		if err != nil {
			t.Fatal(err)
		}
		k, ct, err := mlkemtest.Encapsulate768(ek, c.M)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "c", ct, c.C)
		equal(t, "K", k, c.K)
	}
}

func TestC2SPMLKEM768(t *testing.T) {
	// Its d and z are of the draft of FIPS 203, whose key generation was another;
	// sampling goes by what stands in ek, and encapsulation did not change.
	t.Run("a key whose sampling takes unusually long", func(t *testing.T) {
		v := map[string]hexBytes{}
		for line := range strings.Lines(string(testFile(t, "external/cctv-mlkem768-unluckysample.txt"))) {
			name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
			v[name] = unhex(value)
		}
		ek, err := decodeMLKEM(v["ek"])
		if err != nil {
			t.Fatal(err)
		}
		k, c, err := mlkemtest.Encapsulate768(ek, v["m"])
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "c", c, v["c"])
		equal(t, "K", k, v["K"])
	})
	t.Run("no coefficient of q and above, wherever it stands", func(t *testing.T) {
		n := 0
		for line := range strings.Lines(string(unzipped(t, "cctv-mlkem768-modulus.txt.gz"))) {
			key := unhex(strings.TrimSpace(line))
			if _, err := decodeMLKEM(key); err == nil {
				t.Errorf("line %d is taken as a key", n+1)
			}
			if _, err := decodeXWing(append(key, make([]byte, dhSize)...)); err == nil {
				t.Errorf("line %d is taken as half of an X-Wing key", n+1)
			}
			n++
		}
		if n != 780 {
			t.Errorf("%d keys", n)
		}
	})
}

func TestXWingDraft(t *testing.T) {
	var vectors []struct{ Seed, ESeed, SS, SK, PK, CT hexBytes }
	external(t, "xwing-draft.json", &vectors)
	if len(vectors) != 3 {
		t.Fatalf("%d vectors", len(vectors))
	}
	for _, v := range vectors {
		sk, err := xwing.NewPrivateKey(v.SK)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "pk", sk.PublicKey().Bytes(), v.PK)
		equal(t, "shared secret", xwingShared(t, v.SK, v.CT), v.SS)

		// EncapsulateDerand: 32 bytes for ML-KEM, then an X25519 secret.
		ek, err := decodeMLKEM(v.PK[:mlkemKeySize])
		if err != nil {
			t.Fatal(err)
		}
		_, ct, err := mlkemtest.Encapsulate768(ek, v.ESeed[:32])
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "ct", append(ct, x25519Key(t, v.ESeed[32:]).PublicKey().Bytes()...), v.CT)

		// crypto/hpke shows no shared secret, but what it derives from it.
		r, err := hpke.NewRecipient(v.CT, sk, hpkeKDF, hpkeAEAD, nil)
		if err != nil {
			t.Fatal(err)
		}
		got, err := r.Export("", 32)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "what is exported", got, hpkeExpand(pkeSuite.id(), pkeSuite.schedule(0, v.SS, nil, nil, nil).ExporterSecret, "sec", nil, 32))
	}
}

// Base mode with X-Wing, HKDF-SHA256 and ChaCha20-Poly1305: step 1 of an
// envelope. Step 3 has its RFC 9180 vectors in authpsk.
func TestHPKEDraft(t *testing.T) {
	var v struct {
		SkRm, PkRm, Enc, Info hexBytes
		SharedSecret          hexBytes `json:"shared_secret"`
		Key                   hexBytes
		BaseNonce             hexBytes `json:"base_nonce"`
		ExporterSecret        hexBytes `json:"exporter_secret"`
		Encryptions           []struct{ AAD, CT, PT hexBytes }
	}
	external(t, "hpke-pq-xwing.json", &v)
	got := pkeSuite.schedule(0, xwingShared(t, v.SkRm, v.Enc), v.Info, nil, nil)
	equal(t, "shared secret", got.SharedSecret, v.SharedSecret)
	equal(t, "key", got.Key, v.Key)
	equal(t, "base nonce", got.BaseNonce, v.BaseNonce)
	equal(t, "exporter secret", got.ExporterSecret, v.ExporterSecret)

	sk, err := xwing.NewPrivateKey(v.SkRm)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "public key", sk.PublicKey().Bytes(), v.PkRm)
	r, err := hpke.NewRecipient(v.Enc, sk, hpkeKDF, hpkeAEAD, v.Info)
	if err != nil {
		t.Fatal(err)
	}
	text, err := r.Open(v.Encryptions[0].AAD, v.Encryptions[0].CT)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "plaintext", text, v.Encryptions[0].PT)
}

func TestRFC8032(t *testing.T) {
	var vectors []struct {
		Name                               string
		Secret, Public, Message, Signature hexBytes
	}
	external(t, "rfc8032.json", &vectors)
	for _, v := range vectors {
		t.Run(v.Name, func(t *testing.T) {
			key := ed25519.NewKeyFromSeed(v.Secret)
			equal(t, "public key", key.Public().(ed25519.PublicKey), v.Public)
			equal(t, "signature", ed25519.Sign(key, v.Message), v.Signature)
			if !verify(ed25519.PublicKey(v.Public), v.Message, v.Signature) {
				t.Error("refused")
			}
			for i := range v.Signature {
				b := bytes.Clone(v.Signature)
				b[i] ^= 1
				if verify(ed25519.PublicKey(v.Public), v.Message, b) {
					t.Fatalf("taken with byte %d changed", i)
				}
			}
		})
	}
}

// Where RFC 8032 leaves a choice, every reader must make the same one, or a
// roster that one kit takes stops another. Ours (PROTOCOL 3): no key of small
// order, none that is not canonical, and the equation without the cofactor, with
// R compared as bytes. What is left of the cases is taken.
func TestC2SPEd25519(t *testing.T) {
	var vectors []struct {
		Number   int
		Key, Sig hexBytes
		Msg      string
		Flags    []string
	}
	if err := json.Unmarshal(unzipped(t, "cctv-ed25519.json.gz"), &vectors); err != nil {
		t.Fatal(err)
	}
	taken := 0
	for _, v := range vectors {
		refused := slices.ContainsFunc(v.Flags, func(flag string) bool {
			return slices.Contains([]string{"low_order_A", "non_canonical_A", "non_canonical_R", "low_order_residue"}, flag)
		})
		if got := verify(ed25519.PublicKey(v.Key), []byte(v.Msg), v.Sig); got == refused {
			t.Errorf("case %d, %q: taken %v", v.Number, v.Flags, got)
		}
		if !refused {
			taken++
		}
	}
	if len(vectors) != 914 || taken == 0 {
		t.Errorf("%d cases, %d of them taken", len(vectors), taken)
	}
}

func TestRFC9496(t *testing.T) {
	var v struct{ Multiples, Invalid []hexBytes }
	external(t, "rfc9496.json", &v)
	if len(v.Multiples) != 16 || len(v.Invalid) != 29 {
		t.Fatalf("%d multiples, %d invalid encodings", len(v.Multiples), len(v.Invalid))
	}
	for n, want := range v.Multiples {
		var scalar [32]byte
		scalar[0] = byte(n)
		s := ristretto255.NewScalar()
		if err := s.Decode(scalar[:]); err != nil {
			t.Fatal(err)
		}
		got := fetchOf(s).public
		equal(t, "multiple of the generator", got[:], want)
		if err := checkFetch(want); (err == nil) != (n != 0) {
			t.Errorf("%d times the generator as a key: %v", n, err) // the identity is none
		}
	}
	for _, b := range v.Invalid {
		if checkFetch(b) == nil {
			t.Errorf("%x is taken as a key", b)
		}
	}
}

func TestRFC8439(t *testing.T) {
	var vectors []struct {
		Name                         string
		Key, Nonce, AAD, PT, CT, Tag hexBytes
	}
	external(t, "rfc8439.json", &vectors)
	for _, v := range vectors {
		aead, err := chacha20poly1305.New(v.Key)
		if err != nil {
			t.Fatal(err)
		}
		sealed := slices.Concat(v.CT, v.Tag)
		equal(t, v.Name+" sealed", aead.Seal(nil, v.Nonce, v.PT, v.AAD), sealed)
		text, err := aead.Open(nil, v.Nonce, sealed, v.AAD)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, v.Name+" opened", text, v.PT)
	}
}

func TestRFC5869(t *testing.T) {
	var vectors []struct{ IKM, Salt, PRK, Info, OKM hexBytes }
	external(t, "rfc5869.json", &vectors)
	for _, v := range vectors {
		prk, err := hkdf.Extract(sha256.New, v.IKM, v.Salt)
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "PRK", prk, v.PRK)
		okm, err := hkdf.Key(sha256.New, v.IKM, v.Salt, string(v.Info), len(v.OKM))
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "OKM", okm, v.OKM)
	}
}
