package envelope

import (
	"crypto/ecdh"
	"crypto/hpke"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"

	"hearsay/envelope/authpsk"

	"github.com/gtank/ristretto255"
)

// ErrNotForUs is the one answer to an envelope that does not open, whatever the
// reason. It is never logged and never answered.
var ErrNotForUs = errors.New("not for us")

// Offsets in an envelope: c2 ‖ c1 ‖ c' ‖ CT_PKE (PROTOCOL 4.4).
const (
	c1At  = mlkemCTSize
	cAt   = c1At + dhSize
	pkeAt = cAt + sealedSize
)

const pskID = "SD-pskAPKE"

// A sender is the pair of keys that author an envelope.
type sender struct {
	dh    *ecdh.PrivateKey
	mlkem []byte // the public ML-KEM key, 1,184 bytes
}

func (s sender) author() []byte { return append(s.dh.PublicKey().Bytes(), s.mlkem...) }

// seal makes one envelope (PROTOCOL 4.4).
func seal(desk DeskID, to *recipientKeys, from sender, p plaintext) ([]byte, error) {
	return sealText(desk, to, from, p.marshal())
}

// sealText seals what may be no plaintext at all, as a hostile sender would.
func sealText(desk DeskID, to *recipientKeys, from sender, text []byte) ([]byte, error) {
	ctPKE, err := hpke.Seal(to.pke, hpkeKDF, hpkeAEAD, nil, from.author())
	if err != nil {
		return nil, fmt.Errorf("seal: %w", ErrKey)
	}
	k2, c2 := to.mlkem.Encapsulate()
	c1, c, err := authpsk.Seal(authpsk.ChaCha20Poly1305(), to.dh, from.dh, psk(k2),
		sealInfo(c2, to.fetch, from.mlkem), sealAAD(desk, ctPKE), text)
	if err != nil {
		return nil, fmt.Errorf("seal: %w", ErrKey)
	}
	b := make([]byte, 0, Size)
	b = append(append(b, c2...), c1...)
	return append(append(b, c...), ctPKE...), nil
}

// open undoes seal and returns the author's keys and what was sealed. mine
// reports whether the metadata opened: if so, no other key will open the rest.
func (s *recipientSecrets) open(desk DeskID, b []byte) (author []byte, p plaintext, mine bool) {
	c2, c1, c, ctPKE := b[:c1At], b[c1At:cAt], b[cAt:pkeAt], b[pkeAt:]
	author, err := hpke.Open(s.pke, hpkeKDF, hpkeAEAD, nil, ctPKE)
	if err != nil || len(author) != authorSize {
		return nil, plaintext{}, false
	}
	from, err := decodeDH(author[:dhSize])
	if err != nil {
		return nil, plaintext{}, true
	}
	fromMLKEM := author[dhSize:]
	k2, err := s.mlkem.Decapsulate(c2)
	if err != nil {
		return nil, plaintext{}, true
	}
	text, err := authpsk.Open(authpsk.ChaCha20Poly1305(), c1, s.dh, from, psk(k2),
		sealInfo(c2, s.fetch, fromMLKEM), sealAAD(desk, ctPKE), c)
	if err != nil {
		return nil, plaintext{}, true
	}
	p, ok := parsePlaintext(text)
	if !ok {
		return nil, plaintext{}, true
	}
	return author, p, true
}

func psk(key []byte) authpsk.PSK { return authpsk.PSK{Key: key, ID: []byte(pskID)} }

// sealInfo is c2 ‖ pk_fetch_R ‖ mlkem_S.
func sealInfo(c2 []byte, fetch [32]byte, mlkemS []byte) []byte {
	b := make([]byte, 0, mlkemCTSize+32+mlkemKeySize)
	return append(append(append(b, c2...), fetch[:]...), mlkemS...)
}

// sealAAD is NR ‖ SHA-256(CT_PKE). Without the hash the metadata could be
// exchanged between two envelopes of one author, and both would still open.
func sealAAD(desk DeskID, ctPKE []byte) []byte {
	sum := sha256.Sum256(ctPKE)
	return append(append(make([]byte, 0, 64), desk[:]...), sum[:]...)
}

// throwaway makes an envelope from nobody to nobody. Every key in it is fresh
// and forgotten. It is a real envelope, because a random ML-KEM ciphertext can
// be told from a real one most of the time.
func throwaway(desk DeskID) ([]byte, error) {
	to, err := newRecipient(randomFetch().public)
	if err != nil {
		return nil, err
	}
	from, err := newRecipient(to.fetch) // of whom only the author's half is used
	if err != nil {
		return nil, err
	}
	author := sender{dh: from.dh, mlkem: from.mlkem.EncapsulationKey().Bytes()}
	return seal(desk, to.public(), author, plaintext{})
}

// newRecipient draws the secrets of a recipient.
func newRecipient(fetch [32]byte) (*recipientSecrets, error) {
	dh, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	dk, err := mlkem.GenerateKey768()
	if err != nil {
		return nil, err
	}
	pke, err := xwing.GenerateKey()
	if err != nil {
		return nil, err
	}
	return &recipientSecrets{dh: dh, mlkem: dk, pke: pke, fetch: fetch}, nil
}

// A fetchKey is a ristretto255 scalar and its multiple of the generator.
type fetchKey struct {
	secret *ristretto255.Scalar
	public [32]byte
}

// wideFetch reduces 64 bytes to a scalar (RFC 9496, section 4.4).
func wideFetch(b []byte) fetchKey { return fetchOf(ristretto255.NewScalar().FromUniformBytes(b)) }

func fetchOf(s *ristretto255.Scalar) fetchKey {
	return fetchKey{secret: s, public: [32]byte(ristretto255.NewElement().ScalarBaseMult(s).Encode(nil))}
}

func randomFetch() fetchKey {
	var wide [64]byte
	rand.Read(wide[:]) // never fails
	return wideFetch(wide[:])
}

// Cover returns the payload of a deposit with nothing in it: three envelopes to
// nobody. Not even the desk can tell from whom it came.
func Cover(desk DeskID) ([]byte, error) {
	return payload(desk, nil)
}

// payload fills the slots that are left of three with throwaways.
func payload(desk DeskID, slots [][]byte) ([]byte, error) {
	b := make([]byte, 0, PayloadSize)
	for _, envelope := range slots {
		b = append(b, envelope...)
	}
	for len(b) < PayloadSize {
		envelope, err := throwaway(desk)
		if err != nil {
			return nil, fmt.Errorf("seal cover: %w", err)
		}
		b = append(b, envelope...)
	}
	return b, nil
}
