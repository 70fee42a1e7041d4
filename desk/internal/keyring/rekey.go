package keyring

import (
	"fmt"
	"os"
)

// Rekey changes what opens the vault: the passphrase, unless it is zero, and
// the place of the keyslot, unless it is empty. What was needed before opens no
// copy of the vault that is made from now on; a copy of before still opens as
// it did, if its keyslot was copied too. Killed anywhere, either the old or the
// new opens it.
//
// The old keyslot must be there, since it is overwritten. Errors: ErrNoKeyslot,
// ErrExists for a file where the new one would go, ErrEmptyPassphrase,
// ErrReadOnly, ErrFull.
func (k *Keyring) Rekey(passphrase Passphrase, keyslot string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return ErrClosed
	}
	in := k.in.get()
	c := change{secrets: in.secrets, bundles: in.bundles}
	if keyslot != k.place.Keyslot {
		c.keyslot = keyslot
	}
	if c.keyslot != "" {
		if _, err := os.Lstat(keyslot); err == nil {
			return fmt.Errorf("rekey: %s: %w", keyslot, ErrExists)
		}
	}
	if !passphrase.text.isZero() {
		if len(passphrase.bytes()) == 0 {
			return fmt.Errorf("rekey: %w", ErrEmptyPassphrase)
		}
		c.header = newHeader(in.header.params)
		c.stretched = stretch(c.header, passphrase)
	}
	if err := k.replace(c); err != nil {
		return fmt.Errorf("rekey: %w", explain(err))
	}
	return nil
}
