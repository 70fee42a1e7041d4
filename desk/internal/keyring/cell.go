package keyring

import (
	"fmt"

	"hearsay/envelope"
)

// CellOpener returns what opens the cells of couriers' drives, with the import
// keys of all charters that are still kept, newest first. Whatever is wrong
// with a cell, the answer is envelope.ErrNotForUs. It may be used after the
// keyring has moved on, for the drives that were being read.
func (k *Keyring) CellOpener() (func(cell []byte) ([]byte, error), error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, ErrClosed
	}
	in := k.in.get()
	var keys []*envelope.ImportSecret
	for _, i := range in.secrets.imports {
		key, err := envelope.NewImportSecret(in.desk(), i.seed)
		if err != nil {
			return nil, fmt.Errorf("import key: %w", err)
		}
		keys = append(keys, key)
	}
	return func(cell []byte) ([]byte, error) {
		for _, key := range keys {
			if plaintext, err := key.OpenCell(cell); err == nil {
				return plaintext, nil
			}
		}
		return nil, envelope.ErrNotForUs
	}, nil
}
