package keyring

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"

	"hearsay/envelope"
)

// secrets are what the vault holds. Its fields are bytes, so that they can be
// cleared.
type secrets struct {
	generation  uint64 // counts the master keys; 1 is the first on disk
	slot        uint8
	importUntil envelope.Epoch // last day of the charter with this import key; 0 if there is none yet
	root        [32]byte       // public
	master      [32]byte
	editor      [32]byte // Ed25519 seed
	longTerm    [longTermSize]byte
	importSeed  [32]byte // X-Wing
	ledger      [32]byte // Ed25519 seed
	database    [32]byte
}

const (
	bodyVersion  = 1
	longTermSize = 128
	bodySize     = 4 + 4 + 8 + 32 + 32 + 32 + longTermSize + 3*32
)

func newSecrets(root ed25519.PublicKey) (secrets, error) {
	s := secrets{root: [32]byte(root)}
	lt, err := envelope.NewLongTerm()
	if err != nil {
		return secrets{}, err
	}
	copy(s.longTerm[:], lt.Bytes())
	for _, key := range []*[32]byte{&s.master, &s.editor, &s.importSeed, &s.ledger, &s.database} {
		_, _ = rand.Read(key[:]) // never fails
	}
	return s, nil
}

// fields are the fixed parts of the body, in order.
func (s *secrets) fields() [][]byte {
	return [][]byte{s.root[:], s.master[:], s.editor[:], s.longTerm[:], s.importSeed[:], s.ledger[:], s.database[:]}
}

func (s *secrets) marshal() []byte {
	b := append(make([]byte, 0, bodySize), bodyVersion, s.slot, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(s.importUntil))
	b = binary.BigEndian.AppendUint64(b, s.generation)
	for _, f := range s.fields() {
		b = append(b, f...)
	}
	return b
}

// parseSecrets reads what marshal writes.
func parseSecrets(b []byte) (secrets, error) {
	if len(b) != bodySize || b[0] != bodyVersion || b[1] >= envelope.Slots || b[2] != 0 || b[3] != 0 {
		return secrets{}, ErrWrongPassphrase
	}
	s := secrets{
		slot:        b[1],
		importUntil: envelope.Epoch(binary.BigEndian.Uint32(b[4:])),
		generation:  binary.BigEndian.Uint64(b[8:]),
	}
	b = b[16:]
	for _, f := range s.fields() {
		b = b[copy(f, b):]
	}
	return s, nil
}

func (s *secrets) clear() { *s = secrets{} }
