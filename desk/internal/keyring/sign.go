package keyring

import (
	"bytes"
	"crypto/ed25519"
	"fmt"

	"golang.org/x/mod/sumdb/note"

	"hearsay/envelope"
)

// Public is what a keyring tells of itself.
type Public struct {
	Desk   envelope.DeskID
	Root   ed25519.PublicKey
	Editor ed25519.PublicKey // vk_E
	Slot   int
}

// Public returns the public keys of the desk; zero once the keyring is closed.
func (k *Keyring) Public() Public {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return Public{}
	}
	in := k.in.get()
	return Public{
		Desk:   in.desk(),
		Root:   bytes.Clone(in.secrets.root[:]),
		Editor: bytes.Clone(in.editor.Public().(ed25519.PublicKey)),
		Slot:   int(in.secrets.slot),
	}
}

// DatabaseKey returns the key of the desk's database, which lasts as long as the
// keyring. It is the one private key that is handed out.
func (k *Keyring) DatabaseKey() ([32]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return [32]byte{}, ErrClosed
	}
	return k.in.get().secrets.database, nil
}

// A Drop is what the desk has to say on one day.
type Drop struct {
	Epoch   envelope.Epoch
	Rows    int                // as in the charter
	Prev    [32]byte           // digest of the drop before, zero for the first
	Replies [][]byte           // sealed rows; the rest is filled with dummies
	Heard   []envelope.Contact // of whom something was opened since; at most 256
}

// SignDrop builds and signs a drop. More contacts or replies than fit are
// envelope.ErrDropFull, and wait for the next.
func (k *Keyring) SignDrop(d Drop) ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, ErrClosed
	}
	in := k.in.get()
	content := envelope.DropContent{
		Slot: int(in.secrets.slot), Epoch: d.Epoch, Rows: d.Rows, Prev: d.Prev, Replies: d.Replies,
	}
	for _, contact := range d.Heard {
		content.Acks = append(content.Acks, contact.Ack(content.Slot, d.Epoch))
	}
	return envelope.BuildDrop(in.editor, in.desk(), content)
}

// SignQuestions signs the file of questions as this editor.
func (k *Keyring) SignQuestions(q envelope.Questions) ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, ErrClosed
	}
	in := k.in.get()
	return envelope.SignQuestions(in.editor, in.desk(), q)
}

// Authorize returns the Authorization header of one call to the relay.
func (k *Keyring) Authorize(today envelope.Epoch, method, path string, body []byte) (string, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return "", ErrClosed
	}
	in := k.in.get()
	return envelope.Authorize(in.editor, in.desk(), int(in.secrets.slot), today, method, path, body)
}

// LedgerSigner returns what signs the ledger's checkpoints under that name, and
// the text of its public key, from which golang.org/x/mod/sumdb/note makes a
// verifier. The signer stops signing when the keyring is closed.
func (k *Keyring) LedgerSigner(name string) (note.Signer, string, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, "", ErrClosed
	}
	public := ed25519.NewKeyFromSeed(k.in.get().secrets.ledger[:]).Public().(ed25519.PublicKey)
	text, err := note.NewEd25519VerifierKey(name, public)
	if err != nil {
		return nil, "", fmt.Errorf("ledger key: %w", err)
	}
	verifier, err := note.NewVerifier(text)
	if err != nil {
		return nil, "", fmt.Errorf("ledger key: %w", err)
	}
	return &ledgerSigner{keyring: k, name: name, hash: verifier.KeyHash()}, text, nil
}

// ledgerSigner is a note.Signer that leaves the key where it is.
type ledgerSigner struct {
	keyring *Keyring
	name    string
	hash    uint32
}

func (s *ledgerSigner) Name() string    { return s.name }
func (s *ledgerSigner) KeyHash() uint32 { return s.hash }

func (s *ledgerSigner) Sign(message []byte) ([]byte, error) {
	s.keyring.mu.RLock()
	defer s.keyring.mu.RUnlock()
	if s.keyring.closed {
		return nil, ErrClosed
	}
	return ed25519.Sign(ed25519.NewKeyFromSeed(s.keyring.in.get().secrets.ledger[:]), message), nil
}
