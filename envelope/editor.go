package envelope

import (
	"cmp"
	"crypto/ecdh"
	"crypto/mlkem"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/gtank/ristretto255"
)

// ErrSecret is returned for bytes that are no secret of this kind.
var ErrSecret = errors.New("not a secret of this kind")

// A SecretLongTerm is the secret half of an editor's long-term keys, which
// author replies. It cannot be printed.
type SecretLongTerm struct{ keys veiled[longTermSecrets] }

type longTermSecrets struct {
	dh    *ecdh.PrivateKey
	mlkem *mlkem.DecapsulationKey768
	fetch fetchKey
}

const secretLongTermSize = dhSize + mlkemSeedSize + 32

// NewLongTerm draws an editor's long-term keys.
func NewLongTerm() (*SecretLongTerm, error) {
	dh, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("new long-term keys: %w", err)
	}
	dk, err := mlkem.GenerateKey768()
	if err != nil {
		return nil, fmt.Errorf("new long-term keys: %w", err)
	}
	return &SecretLongTerm{veil(longTermSecrets{dh: dh, mlkem: dk, fetch: randomFetch()})}, nil
}

// Public returns what goes into the roster.
func (s *SecretLongTerm) Public() LongTerm {
	k := s.keys.get()
	return LongTerm{
		DH:    [dhSize]byte(k.dh.PublicKey().Bytes()),
		MLKEM: [mlkemKeySize]byte(k.mlkem.EncapsulationKey().Bytes()),
		Fetch: k.fetch.public,
	}
}

// Bytes returns the secrets, 128 bytes, for the vault and nothing else.
func (s *SecretLongTerm) Bytes() []byte {
	k := s.keys.get()
	return k.fetch.secret.Encode(append(k.dh.Bytes(), k.mlkem.Bytes()...))
}

// ParseLongTerm reads what [SecretLongTerm.Bytes] writes.
func ParseLongTerm(b []byte) (*SecretLongTerm, error) {
	if len(b) != secretLongTermSize {
		return nil, fmt.Errorf("parse long-term keys: %w", ErrSecret)
	}
	dh, err := ecdh.X25519().NewPrivateKey(b[:dhSize])
	if err != nil {
		return nil, fmt.Errorf("parse long-term keys: %w", ErrSecret)
	}
	dk, err := mlkem.NewDecapsulationKey768(b[dhSize : dhSize+mlkemSeedSize])
	if err != nil {
		return nil, fmt.Errorf("parse long-term keys: %w", ErrSecret)
	}
	scalar := ristretto255.NewScalar()
	if err := scalar.Decode(b[dhSize+mlkemSeedSize:]); err != nil {
		return nil, fmt.Errorf("parse long-term keys: %w", ErrSecret)
	}
	return &SecretLongTerm{veil(longTermSecrets{dh: dh, mlkem: dk, fetch: fetchOf(scalar)})}, nil
}

// Reply seals an answer and returns one to three rows for a drop. The text is
// UTF-8 and not empty; one that needs more than three rows is [ErrBody].
func (s *SecretLongTerm) Reply(desk DeskID, to Contact, text string) ([][]byte, error) {
	bodies, err := split(text)
	if err != nil {
		return nil, fmt.Errorf("seal reply: %w", err)
	}
	k, keys := s.keys.get(), to.keys()
	recipient, err := keys.recipient()
	if err != nil {
		return nil, fmt.Errorf("seal reply: %w", err)
	}
	p := plaintext{kind: Reply, parts: len(bodies)}
	rand.Read(p.id[:]) // never fails
	author := sender{dh: k.dh, mlkem: k.mlkem.EncapsulationKey().Bytes()}
	var rows [][]byte
	for part, body := range bodies {
		p.part, p.body = part, []byte(body)
		row, err := seal(desk, recipient, author, p)
		if err != nil {
			return nil, fmt.Errorf("seal reply: %w", err)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// A SecretBundle is the secret half of a bundle. It opens what was sealed to
// the bundle until it is destroyed. It cannot be printed.
type SecretBundle struct{ keys veiled[bundleSecrets] }

type bundleSecrets struct {
	class                         Class
	epoch, useUntil, destroyAfter Epoch
	recipientSecrets              // fetch is the editor's and not kept here
}

const secretBundleSize = 16 + dhSize + mlkemSeedSize + xwingSeedSize

// NewBundle draws the keys of a bundle. Each is drawn afresh, so that no two
// bundles share one.
func NewBundle(class Class, epoch, useUntil, destroyAfter Epoch) (*SecretBundle, error) {
	if class >= classes || epoch > useUntil || useUntil > destroyAfter {
		return nil, fmt.Errorf("new bundle: %w", ErrSecret)
	}
	keys, err := newRecipient([32]byte{})
	if err != nil {
		return nil, fmt.Errorf("new bundle: %w", err)
	}
	return &SecretBundle{veil(bundleSecrets{class, epoch, useUntil, destroyAfter, *keys})}, nil
}

// Class returns how deposits sealed to the bundle travel.
func (s *SecretBundle) Class() Class { return s.keys.get().class }

// Epoch returns the day for which the bundle was made.
func (s *SecretBundle) Epoch() Epoch { return s.keys.get().epoch }

// DestroyAfter returns the last day on which the secrets may exist.
func (s *SecretBundle) DestroyAfter() Epoch { return s.keys.get().destroyAfter }

// Public returns what goes into the roster.
func (s *SecretBundle) Public() Bundle {
	k := s.keys.get()
	return Bundle{
		Class:        k.class,
		Epoch:        k.epoch,
		UseUntil:     k.useUntil,
		DestroyAfter: k.destroyAfter,
		DH:           [dhSize]byte(k.dh.PublicKey().Bytes()),
		MLKEM:        [mlkemKeySize]byte(k.mlkem.EncapsulationKey().Bytes()),
		PKE:          [xwingKeySize]byte(k.pke.PublicKey().Bytes()),
	}
}

// Bytes returns the secrets, 144 bytes, for the vault and nothing else.
func (s *SecretBundle) Bytes() ([]byte, error) {
	k := s.keys.get()
	pke, err := k.pke.Bytes()
	if err != nil {
		return nil, fmt.Errorf("write bundle: %w", err)
	}
	b := []byte{byte(k.class), 0, 0, 0}
	for _, e := range []Epoch{k.epoch, k.useUntil, k.destroyAfter} {
		b = binary.BigEndian.AppendUint32(b, uint32(e))
	}
	return append(append(append(b, k.dh.Bytes()...), k.mlkem.Bytes()...), pke...), nil
}

// ParseSecretBundle reads what [SecretBundle.Bytes] writes.
func ParseSecretBundle(b []byte) (*SecretBundle, error) {
	if len(b) != secretBundleSize || Class(b[0]) >= classes || !isZero(b[1:4]) {
		return nil, fmt.Errorf("parse bundle: %w", ErrSecret)
	}
	k := &bundleSecrets{
		class:        Class(b[0]),
		epoch:        Epoch(binary.BigEndian.Uint32(b[4:])),
		useUntil:     Epoch(binary.BigEndian.Uint32(b[8:])),
		destroyAfter: Epoch(binary.BigEndian.Uint32(b[12:])),
	}
	b = b[16:]
	var err error
	if k.dh, err = ecdh.X25519().NewPrivateKey(b[:dhSize]); err != nil {
		return nil, fmt.Errorf("parse bundle: %w", ErrSecret)
	}
	b = b[dhSize:]
	if k.mlkem, err = mlkem.NewDecapsulationKey768(b[:mlkemSeedSize]); err != nil {
		return nil, fmt.Errorf("parse bundle: %w", ErrSecret)
	}
	if k.pke, err = xwing.NewPrivateKey(b[mlkemSeedSize:]); err != nil {
		return nil, fmt.Errorf("parse bundle: %w", ErrSecret)
	}
	return &SecretBundle{veil(*k)}, nil
}

// An Opener opens what was sealed to any of an editor's live bundles. It cannot
// be printed.
type Opener struct{ o veiled[opener] }

type opener struct {
	desk DeskID
	keys []recipientSecrets // newest first
	last *atomic.Int64      // the key that opened something last
}

// NewOpener takes the bundles that the editor still holds, of any class, and
// tries the newest first, but for the one that opened something last: most of
// what comes together was sealed to one, and a miss costs half of an opening.
func NewOpener(desk DeskID, editor LongTerm, bundles ...*SecretBundle) *Opener {
	sorted := slices.Clone(bundles)
	slices.SortStableFunc(sorted, func(a, b *SecretBundle) int { return cmp.Compare(b.Epoch(), a.Epoch()) })
	o := opener{desk: desk, last: new(atomic.Int64)}
	for _, s := range sorted {
		keys := s.keys.get().recipientSecrets
		keys.fetch = editor.Fetch
		o.keys = append(o.keys, keys)
	}
	return &Opener{veil(o)}
}

// Open opens one envelope from a source. Whatever is wrong with it, the answer
// is [ErrNotForUs].
func (o *Opener) Open(envelope []byte) (*Message, error) {
	if len(envelope) != Size {
		return nil, ErrNotForUs
	}
	in := o.o.get()
	last := int(in.last.Load())
	for n := range in.keys {
		i := n - 1 // one earlier, once the last is out of the way
		switch {
		case n == 0:
			i = last
		case n > last:
			i = n
		}
		author, p, mine := in.keys[i].open(in.desk, envelope)
		if !mine {
			continue
		}
		in.last.Store(int64(i))
		if author == nil || !p.kind.fromSource() {
			return nil, ErrNotForUs
		}
		m, err := p.message(author)
		if err != nil {
			return nil, ErrNotForUs
		}
		return m, nil
	}
	return nil, ErrNotForUs
}

// OpenPayload opens the envelope in a payload that stands in the editor's slot.
func (o *Opener) OpenPayload(payload []byte, slot int) (*Message, error) {
	if len(payload) != PayloadSize || slot < 0 || slot >= Slots {
		return nil, ErrNotForUs
	}
	return o.Open(payload[slot*Size:][:Size])
}
