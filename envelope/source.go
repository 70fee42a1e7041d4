package envelope

import (
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/mlkem"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrDesk is returned when a source's keys meet another desk's roster: the same
// words give other keys at every desk.
var ErrDesk = errors.New("keys and roster are of different desks")

// A Source is the keys that twelve words give at one desk (PROTOCOL 4.1). It
// cannot be printed.
type Source struct{ keys veiled[sourceKeys] }

type sourceKeys struct {
	desk    DeskID
	author  *ecdh.PrivateKey // auth_dh: by the order of the words
	inbox   recipientSecrets
	ack     [AckSize]byte
	contact []byte // fetch ‖ pke ‖ reply_dh ‖ own_vk ‖ own_sig ‖ ack, as a message carries it
}

// DeriveSource turns a phrase into keys. It does the same work for every order
// of the words.
func DeriveSource(p Phrase, desk DeskID) (*Source, error) {
	k, err := deriveSource(p.mkc(), p.Order(), desk)
	if err != nil {
		return nil, fmt.Errorf("derive source: %w", err)
	}
	return &Source{veil(*k)}, nil
}

func deriveSource(mkc [mkcSize]byte, order string, desk DeskID) (*sourceKeys, error) {
	salt := append(tag("hs1-source"), desk[:]...)
	derive := func(label string, n int) []byte {
		b, err := hkdf.Key(sha256.New, mkc[:], salt, label, n)
		if err != nil {
			panic(err) // no length here is too long
		}
		return b
	}
	k := &sourceKeys{desk: desk, ack: [AckSize]byte(derive("ack", AckSize))}
	var err error
	if k.author, err = ecdh.X25519().NewPrivateKey(derive("auth-dh "+order, dhSize)); err != nil {
		return nil, err
	}
	if k.inbox.dh, err = ecdh.X25519().NewPrivateKey(derive("reply-dh", dhSize)); err != nil {
		return nil, err
	}
	if k.inbox.mlkem, err = mlkem.NewDecapsulationKey768(derive("apke-mlkem", mlkemSeedSize)); err != nil {
		return nil, err
	}
	if k.inbox.pke, err = xwing.NewPrivateKey(derive("pke", xwingSeedSize)); err != nil {
		return nil, err
	}
	k.inbox.fetch = wideFetch(derive("fetch", 64)).public

	own := ed25519.NewKeyFromSeed(derive("own", ed25519.SeedSize))
	ownSig := ed25519.Sign(own, ownPreimage(desk, [dhSize]byte(k.author.PublicKey().Bytes())))
	for _, part := range [][]byte{
		k.inbox.fetch[:], k.inbox.pke.PublicKey().Bytes(), k.inbox.dh.PublicKey().Bytes(),
		own.Public().(ed25519.PublicKey), ownSig, k.ack[:],
	} {
		k.contact = append(k.contact, part...)
	}
	return k, nil
}

// Seal is [Source.SealReport] for whoever needs no id.
func (s *Source) Seal(r *Roster, class Class, text string) ([][]byte, error) {
	_, payloads, err := s.SealReport(r, class, text)
	return payloads, err
}

// SealReport seals a report to every editor of the roster, with the keys of
// that class, and returns the payloads of one to three deposits and the id that
// a manifest names. Slot j belongs to editor j; slots without an editor go to
// nobody. The text is UTF-8 and not empty; one that needs more than three parts
// is [ErrBody].
func (s *Source) SealReport(r *Roster, class Class, text string) (id [16]byte, payloads [][]byte, err error) {
	bodies, err := split(text)
	if err != nil {
		return id, nil, fmt.Errorf("seal report: %w", err)
	}
	rand.Read(id[:]) // never fails
	p := plaintext{kind: Report, id: id, parts: len(bodies)}
	for part, body := range bodies {
		p.part, p.body = part, []byte(body)
		b, err := s.seal(r, class, p)
		if err != nil {
			return id, nil, fmt.Errorf("seal report: %w", err)
		}
		payloads = append(payloads, b)
	}
	return id, payloads, nil
}

// SealManifest seals the list of the files whose chunks are sent (PROTOCOL
// 4.7) and returns the payload of one deposit.
func (s *Source) SealManifest(r *Roster, class Class, m ManifestBody) (payload []byte, err error) {
	body, err := m.Marshal()
	if err != nil {
		return nil, fmt.Errorf("seal manifest: %w", err)
	}
	if payload, err = s.sealOne(r, class, Manifest, body); err != nil {
		return nil, fmt.Errorf("seal manifest: %w", err)
	}
	return payload, nil
}

// SealRollover tells the desk, under these words, that the source goes by the
// words of next from now on (PROTOCOL 4.9), and returns the payload of one
// deposit. What the desk answers goes to next only, and these words should be
// forgotten. Next must be other words at the same desk.
func (s *Source) SealRollover(r *Roster, class Class, next *Source) (payload []byte, err error) {
	old, k := s.keys.get(), next.keys.get()
	if k.desk != old.desk {
		return nil, fmt.Errorf("seal rollover: %w", ErrDesk)
	}
	if k.inbox.dh.Equal(old.inbox.dh) {
		return nil, fmt.Errorf("seal rollover: the same words: %w", ErrRollover)
	}
	if payload, err = s.sealOne(r, class, Rollover, k.successor()); err != nil {
		return nil, fmt.Errorf("seal rollover: %w", err)
	}
	return payload, nil
}

// sealOne seals a message of one part under a new id.
func (s *Source) sealOne(r *Roster, class Class, kind MessageType, body []byte) ([]byte, error) {
	p := plaintext{kind: kind, parts: 1, body: body}
	rand.Read(p.id[:]) // never fails
	return s.seal(r, class, p)
}

// seal seals one part to every editor and returns the payload of a deposit.
func (s *Source) seal(r *Roster, class Class, p plaintext) ([]byte, error) {
	k := s.keys.get()
	if r.Desk != k.desk {
		return nil, ErrDesk
	}
	if class >= classes {
		return nil, fmt.Errorf("class: %w", ErrRoster)
	}
	if len(r.recipients[class]) < len(r.Blocks) {
		return nil, fmt.Errorf("its keys for this way are worn out: %w", ErrRoster)
	}
	p.contact = k.contact
	author := sender{dh: k.author, mlkem: k.inbox.mlkem.EncapsulationKey().Bytes()}
	var slots [][]byte
	for _, to := range r.recipients[class] {
		envelope, err := seal(r.Desk, to, author, p)
		if err != nil {
			return nil, err
		}
		slots = append(slots, envelope)
	}
	return payload(r.Desk, slots)
}

// Open opens one row of a drop. It does not say who wrote it: [Source.Replies]
// does, and takes nothing from anybody but the editor.
func (s *Source) Open(row []byte) (*Message, error) {
	k := s.keys.get()
	if len(row) != Size {
		return nil, ErrNotForUs
	}
	author, p, _ := k.inbox.open(k.desk, row)
	if author == nil || !p.kind.fromDesk() {
		return nil, ErrNotForUs
	}
	m, err := p.message(author)
	if err != nil {
		return nil, ErrNotForUs
	}
	return m, nil
}

// Replies tries every row of a drop and returns those that this source can open
// and the editor's long-term keys authored. It tries all rows whatever it
// finds.
func (s *Source) Replies(d *Drop, editor LongTerm) []*Message {
	var replies []*Message
	for i := range d.Rows {
		if m, err := s.Open(d.row(i)); err == nil && editor.Wrote(m) {
			replies = append(replies, m)
		}
	}
	return replies
}

// Acked reports whether the drop says that its editor opened something from
// this source since the drop before.
func (s *Source) Acked(d *Drop) bool {
	want, found := makeAck(s.keys.get().ack, d.Slot, d.Epoch), false
	for i := range AcksPerDrop {
		found = d.ack(i) == want || found
	}
	return found
}

// Forget overwrites what can be overwritten. The standard library's copies of
// the keys can only be let go. A source that was forgotten must not be used.
func (s *Source) Forget() {
	k := s.keys.get()
	clear(k.contact)
	*k = sourceKeys{}
}
