package keyring

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/binary"

	"hearsay/envelope"
)

// secrets are what the vault holds. What is secret in it is bytes, so that it
// can be cleared.
type secrets struct {
	generation uint64 // counts the master keys; 1 is the first on disk
	slot       uint8
	root       [32]byte // public
	master     [32]byte
	editor     [32]byte // Ed25519 seed
	longTerm   [longTermSize]byte
	ledger     [32]byte // Ed25519 seed
	database   [32]byte
	imports    []importKey // newest first
	charter    []byte      // as it was signed last; empty before the first
	recipient  []byte      // to whom backups are sealed, as age writes it; empty for none
}

// An importKey opens the cells of couriers' drives. Each charter has its own.
type importKey struct {
	seed  [32]byte       // X-Wing
	until envelope.Epoch // last day of the charter that names it
}

const (
	bodyVersion   = 2
	longTermSize  = 128
	fixedSize     = 4 + 8 + 3*32 + longTermSize + 2*32
	importSize    = 4 + 32
	maxImports    = 64
	maxRecipient  = 4096
	maxBody       = fixedSize + maxImports*importSize + 2 + envelope.CharterSize + 2 + maxRecipient
	maxVaultBytes = headerSize + 24 + maxBody + 16
)

func newSecrets(root ed25519.PublicKey) (secrets, error) {
	s := secrets{root: [32]byte(root)}
	for _, key := range []*[32]byte{&s.master, &s.ledger, &s.database} {
		_, _ = rand.Read(key[:]) // never fails
	}
	err := s.drawEditor()
	return s, err
}

// drawEditor draws the keys that are an editor's: those that sign, and those
// that author replies.
func (s *secrets) drawEditor() error {
	lt, err := envelope.NewLongTerm()
	if err != nil {
		return err
	}
	copy(s.longTerm[:], lt.Bytes())
	_, _ = rand.Read(s.editor[:]) // never fails
	return nil
}

// fields are the fixed parts of the body, in order.
func (s *secrets) fields() [][]byte {
	return [][]byte{s.root[:], s.master[:], s.editor[:], s.longTerm[:], s.ledger[:], s.database[:]}
}

func (s *secrets) marshal() []byte {
	b := append(make([]byte, 0, maxBody), bodyVersion, s.slot, byte(len(s.imports)), 0)
	b = binary.BigEndian.AppendUint64(b, s.generation)
	for _, f := range s.fields() {
		b = append(b, f...)
	}
	for _, k := range s.imports {
		b = binary.BigEndian.AppendUint32(b, uint32(k.until))
		b = append(b, k.seed[:]...)
	}
	for _, f := range [][]byte{s.charter, s.recipient} {
		b = binary.BigEndian.AppendUint16(b, uint16(len(f)))
		b = append(b, f...)
	}
	return b
}

// parseSecrets reads what marshal writes.
func parseSecrets(b []byte) (secrets, error) {
	if len(b) < fixedSize || b[0] != bodyVersion || b[1] >= envelope.Slots || b[2] > maxImports || b[3] != 0 {
		return secrets{}, ErrWrongPassphrase
	}
	s := secrets{slot: b[1], generation: binary.BigEndian.Uint64(b[4:])}
	imports := int(b[2])
	b = b[12:]
	for _, f := range s.fields() {
		b = b[copy(f, b):]
	}
	if len(b) < imports*importSize {
		return secrets{}, ErrWrongPassphrase
	}
	for range imports {
		s.imports = append(s.imports, importKey{until: envelope.Epoch(binary.BigEndian.Uint32(b)), seed: [32]byte(b[4:])})
		b = b[importSize:]
	}
	for _, f := range []struct {
		to   *[]byte
		most int
	}{{&s.charter, envelope.CharterSize}, {&s.recipient, maxRecipient}} {
		if len(b) < 2 {
			return secrets{}, ErrWrongPassphrase
		}
		n := int(binary.BigEndian.Uint16(b))
		if b = b[2:]; n > f.most || n > len(b) {
			return secrets{}, ErrWrongPassphrase
		}
		*f.to = append([]byte(nil), b[:n]...)
		b = b[n:]
	}
	if len(b) != 0 {
		return secrets{}, ErrWrongPassphrase
	}
	return s, nil
}

func (s *secrets) clear() {
	clear(s.imports)
	*s = secrets{}
}
