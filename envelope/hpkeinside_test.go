package envelope

import (
	"bytes"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/hpke"
	"crypto/mlkem"
	"crypto/sha256"
	"crypto/sha3"
	"encoding/binary"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"
)

// The standard library and authpsk do not show what they compute on the way.
// Who writes another implementation needs to see it, so here it is computed
// once more, from RFC 9180 and the X-Wing draft, and held against theirs.

// hpkeValues are the intermediate values of one HPKE context.
type hpkeValues struct {
	SharedSecret   hexBytes `json:"shared_secret"`
	Key            hexBytes `json:"key"`
	BaseNonce      hexBytes `json:"base_nonce"`
	ExporterSecret hexBytes `json:"exporter_secret"`
}

// An hpkeSuite is KEM, KDF and AEAD as RFC 9180, section 5.1, names them.
type hpkeSuite struct{ kem, kdf, aead uint16 }

var (
	pkeSuite  = hpkeSuite{0x647a, 1, 3}
	authSuite = hpkeSuite{0x20, 1, 3}
)

func (s hpkeSuite) id() []byte {
	b := binary.BigEndian.AppendUint16([]byte("HPKE"), s.kem)
	b = binary.BigEndian.AppendUint16(b, s.kdf)
	return binary.BigEndian.AppendUint16(b, s.aead)
}

// schedule is KeySchedule of RFC 9180, section 5.1.
func (s hpkeSuite) schedule(mode byte, shared, info, psk, pskID []byte) hpkeValues {
	context := append([]byte{mode}, hpkeExtract(s.id(), nil, "psk_id_hash", pskID)...)
	context = append(context, hpkeExtract(s.id(), nil, "info_hash", info)...)
	secret := hpkeExtract(s.id(), shared, "secret", psk)
	return hpkeValues{
		SharedSecret:   shared,
		Key:            hpkeExpand(s.id(), secret, "key", context, chacha20poly1305.KeySize),
		BaseNonce:      hpkeExpand(s.id(), secret, "base_nonce", context, chacha20poly1305.NonceSize),
		ExporterSecret: hpkeExpand(s.id(), secret, "exp", context, sha256.Size),
	}
}

func (v hpkeValues) open(t testing.TB, aad, ciphertext []byte) []byte {
	t.Helper()
	aead, err := chacha20poly1305.New(v.Key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := aead.Open(nil, v.BaseNonce, ciphertext, aad)
	if err != nil {
		t.Fatalf("the intermediate values do not open what was sealed: %v", err)
	}
	return text
}

func hpkeExtract(suite, salt []byte, label string, ikm []byte) []byte {
	b := append(append(append([]byte("HPKE-v1"), suite...), label...), ikm...)
	prk, err := hkdf.Extract(sha256.New, b, salt)
	if err != nil {
		panic(err) // SHA-256 takes any length
	}
	return prk
}

func hpkeExpand(suite, prk []byte, label string, info []byte, size int) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(size))
	b = append(append(append(append(b, "HPKE-v1"...), suite...), label...), info...)
	out, err := hkdf.Expand(sha256.New, prk, string(b), size)
	if err != nil {
		panic(err) // no size here is too long
	}
	return out
}

// xwingShared is Decapsulate of draft-connolly-cfrg-xwing-kem, from the 32-byte
// seed and the 1,120 bytes of a ciphertext.
func xwingShared(t testing.TB, seed, ciphertext []byte) []byte {
	t.Helper()
	expanded := sha3.SumSHAKE256(seed, mlkemSeedSize+dhSize)
	dk, err := mlkem.NewDecapsulationKey768(expanded[:mlkemSeedSize])
	if err != nil {
		t.Fatal(err)
	}
	dh := x25519Key(t, expanded[mlkemSeedSize:])
	shared, err := dk.Decapsulate(ciphertext[:mlkemCTSize])
	if err != nil {
		t.Fatal(err)
	}
	ctDH := ciphertext[mlkemCTSize:]
	b := append(shared, x25519(t, dh, ctDH)...)
	b = append(append(b, ctDH...), dh.PublicKey().Bytes()...)
	sum := sha3.Sum256(append(b, `\.//^\`...))
	return sum[:]
}

func x25519Key(t testing.TB, secret []byte) *ecdh.PrivateKey {
	t.Helper()
	k, err := ecdh.X25519().NewPrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func x25519(t testing.TB, secret *ecdh.PrivateKey, public []byte) []byte {
	t.Helper()
	pk, err := ecdh.X25519().NewPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := secret.ECDH(pk)
	if err != nil {
		t.Fatal(err)
	}
	return shared
}

// envelopeInside are the intermediate values of one envelope.
type envelopeInside struct {
	PKE     hpkeValues `json:"pke"`      // step 1: base mode, X-Wing
	K2      hexBytes   `json:"k2"`       // step 2: ML-KEM-768, the PSK of step 3
	Info    hexBytes   `json:"info_sum"` // SHA-256 of info, which is 2,304 bytes
	AAD     hexBytes   `json:"aad"`      // NR ‖ SHA-256(CT_PKE)
	AuthPSK hpkeValues `json:"authpsk"`  // step 3: auth_psk mode, X25519
}

// lookInside computes what opening an envelope computes, and opens it.
func lookInside(t testing.TB, desk DeskID, to *recipientSecrets, b []byte) (v envelopeInside, author, text []byte) {
	t.Helper()
	c2, c1, c, ctPKE := b[:c1At], b[c1At:cAt], b[cAt:pkeAt], b[pkeAt:]
	seed, err := to.pke.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	v.PKE = pkeSuite.schedule(0, xwingShared(t, seed, ctPKE[:xwingCTSize]), nil, nil, nil)
	author = v.PKE.open(t, nil, ctPKE[xwingCTSize:])
	if v.K2, err = to.mlkem.Decapsulate(c2); err != nil {
		t.Fatal(err)
	}
	info := append(append(bytes.Clone(c2), to.fetch[:]...), author[dhSize:]...)
	sum, pkeSum := sha256.Sum256(info), sha256.Sum256(ctPKE)
	v.Info, v.AAD = sum[:], append(desk[:], pkeSum[:]...)

	// AuthDecap of RFC 9180, section 4.1.
	kem := []byte{'K', 'E', 'M', 0, 0x20}
	prk := hpkeExtract(kem, nil, "eae_prk", append(x25519(t, to.dh, c1), x25519(t, to.dh, author[:dhSize])...))
	context := append(append(bytes.Clone(c1), to.dh.PublicKey().Bytes()...), author[:dhSize]...)
	shared := hpkeExpand(kem, prk, "shared_secret", context, sha256.Size)
	v.AuthPSK = authSuite.schedule(3, shared, info, v.K2, []byte(pskID))
	return v, author, v.AuthPSK.open(t, v.AAD, c)
}

// The exporter secret is the one intermediate value that crypto/hpke lets out,
// through what it exports.
func TestIntermediateValues(t *testing.T) {
	to, err := newRecipient(randomFetch().public)
	if err != nil {
		t.Fatal(err)
	}
	enc, s, err := hpke.NewSender(to.pke.PublicKey(), hpkeKDF, hpkeAEAD, []byte("info"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := s.Export("context", 32)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := to.pke.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	v := pkeSuite.schedule(0, xwingShared(t, seed, enc), []byte("info"), nil, nil)
	equal(t, "what is exported", hpkeExpand(pkeSuite.id(), v.ExporterSecret, "sec", []byte("context"), 32), want)

	envelope, err := throwawayTo(to)
	if err != nil {
		t.Fatal(err)
	}
	_, author, text := lookInside(t, DeskID{1}, to, envelope)
	gotAuthor, p, mine := to.open(DeskID{1}, envelope)
	if !mine {
		t.Fatal("not opened")
	}
	equal(t, "author", author, gotAuthor)
	equal(t, "text", text, p.marshal())
}

func throwawayTo(to *recipientSecrets) ([]byte, error) {
	from, err := newRecipient(to.fetch)
	if err != nil {
		return nil, err
	}
	author := sender{dh: from.dh, mlkem: from.mlkem.EncapsulationKey().Bytes()}
	return seal(DeskID{1}, to.public(), author, plaintext{kind: Reply, parts: 1, body: []byte("text")})
}
