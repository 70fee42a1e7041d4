package envelope

import (
	"crypto/hpke"
	"fmt"
	"io"
	"log/slog"
)

// Sizes of a cell of a drive file (PROTOCOL 4.8), in bytes.
const (
	CellSize      = 65536                            // sealed
	CellPlaintext = CellSize - xwingCTSize - tagSize // 64,400
)

// An ImportKey is the key of a charter to which the cells of drive files are
// sealed.
type ImportKey struct {
	desk DeskID
	key  hpke.PublicKey
}

// ImportKey returns the key to which parcels for the desk are sealed.
func (r *Roster) ImportKey() (ImportKey, error) { return NewImportKey(r.Desk, r.Charter.Import) }

// NewImportKey takes pk_import of a charter, 1,216 bytes.
func NewImportKey(desk DeskID, key []byte) (ImportKey, error) {
	if len(key) != xwingKeySize {
		return ImportKey{}, fmt.Errorf("import key: %w", ErrKey)
	}
	k, err := decodeXWing(key)
	if err != nil {
		return ImportKey{}, fmt.Errorf("import key: %w", err)
	}
	return ImportKey{desk, k}, nil
}

// Desk returns the desk whose key it is.
func (k ImportKey) Desk() DeskID { return k.desk }

// SealCell seals 64,400 bytes to the key: HPKE base, info T("hs1-shard") ‖ NR.
func (k ImportKey) SealCell(plaintext []byte) ([]byte, error) {
	if len(plaintext) != CellPlaintext {
		return nil, fmt.Errorf("seal cell: %d bytes: %w", len(plaintext), ErrBody)
	}
	b, err := hpke.Seal(k.key, hpkeKDF, hpkeAEAD, cellInfo(k.desk), plaintext)
	if err != nil {
		return nil, fmt.Errorf("seal cell: %w", ErrKey)
	}
	return b, nil
}

// An ImportSecret is the secret half of an import key. It cannot be printed.
type ImportSecret struct{ keys veiled[importSecret] }

type importSecret struct {
	desk DeskID
	key  hpke.PrivateKey
}

// NewImportSecret takes the 32-byte seed of the key.
func NewImportSecret(desk DeskID, seed [xwingSeedSize]byte) (*ImportSecret, error) {
	k, err := xwing.NewPrivateKey(seed[:])
	if err != nil {
		return nil, fmt.Errorf("import secret: %w", ErrSecret)
	}
	return &ImportSecret{veil(importSecret{desk, k})}, nil
}

// Public returns the key that goes into a charter.
func (s *ImportSecret) Public() ImportKey {
	k := s.keys.get()
	return ImportKey{k.desk, k.key.PublicKey()}
}

// Bytes returns the 1,216 bytes of the key for a charter.
func (k ImportKey) Bytes() []byte { return k.key.Bytes() }

// OpenCell opens what [ImportKey.SealCell] sealed. Whatever is wrong with it,
// the answer is [ErrNotForUs].
func (s *ImportSecret) OpenCell(cell []byte) ([]byte, error) {
	k := s.keys.get()
	if len(cell) != CellSize {
		return nil, ErrNotForUs
	}
	b, err := hpke.Open(k.key, hpkeKDF, hpkeAEAD, cellInfo(k.desk), cell)
	if err != nil {
		return nil, ErrNotForUs
	}
	return b, nil
}

func cellInfo(desk DeskID) []byte { return append(tag("hs1-shard"), desk[:]...) }

const importSecretWord = "[import secret]"

func (ImportSecret) Format(f fmt.State, _ rune)   { io.WriteString(f, importSecretWord) }
func (ImportSecret) LogValue() slog.Value         { return slog.StringValue(importSecretWord) }
func (ImportSecret) MarshalText() ([]byte, error) { return []byte(importSecretWord), nil }
