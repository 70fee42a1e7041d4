package desk

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hearsay"
	"hearsay/desk/internal/keyring"
	"hearsay/envelope"
)

// KeyStatus is what there is to know of a desk's keys. It holds no secret.
type KeyStatus struct {
	Charter  CharterStatus  `json:"charter"`
	Bundles  []BundleStatus `json:"bundles"`
	Imports  []ImportStatus `json:"import_keys"`
	Keyslot  string         `json:"keyslot"`
	Recovery bool           `json:"recovery_key"` // there is one, to which backups are sealed
	Backup   *BackedUp      `json:"last_backup,omitempty"`
	Warnings []Warning      `json:"warnings"`
}

// CharterStatus is the charter as it stands.
type CharterStatus struct {
	Serial uint32      `json:"serial"`
	From   hearsay.Day `json:"from"`
	To     hearsay.Day `json:"to"`
	Left   int         `json:"days_left"` // below 0 when it has ended
}

// BundleStatus is a bundle whose secrets exist.
type BundleStatus struct {
	Class    string      `json:"class"` // daily or courier
	Of       hearsay.Day `json:"of"`
	UseUntil hearsay.Day `json:"use_until"`
	Destroy  hearsay.Day `json:"destroy_after"`
}

// ImportStatus is an import key that exists.
type ImportStatus struct {
	Charter hearsay.Day `json:"charter_to"`
	Destroy hearsay.Day `json:"destroy_after"`
}

// Keys returns what there is to know of the desk's keys.
func (d *Desk) Keys() (KeyStatus, error) {
	c, _, err := d.charter()
	if err != nil {
		return KeyStatus{}, err
	}
	s := KeyStatus{
		Charter: CharterStatus{c.Serial, hearsay.Day(c.From), hearsay.Day(c.To), int(int64(c.To) - int64(d.epoch()))},
		Keyslot: d.keyslot, Recovery: d.keys.HasRecovery(), Bundles: []BundleStatus{}, Imports: []ImportStatus{}, Warnings: []Warning{},
	}
	for _, b := range d.keys.Live() {
		class := "daily"
		if b.Class == envelope.Courier {
			class = "courier"
		}
		s.Bundles = append(s.Bundles, BundleStatus{class, hearsay.Day(b.Epoch), hearsay.Day(b.UseUntil), hearsay.Day(b.DestroyAfter)})
	}
	for _, i := range d.keys.Imports() {
		s.Imports = append(s.Imports, ImportStatus{hearsay.Day(i.Until), hearsay.Day(i.DestroyAfter)})
	}
	last, err := d.lastBackup()
	if err != nil {
		return KeyStatus{}, err
	}
	if last.On != 0 {
		s.Backup = &last
	}
	warnings, err := d.Warnings()
	s.Warnings = append(s.Warnings, warnings...)
	return s, err
}

// Rekey changes what opens the desk: the passphrase, unless it is empty, and the
// place of the keyslot, unless that is. Errors: those of keyring.Rekey.
func (d *Desk) Rekey(passphrase, keyslot string) error {
	d.errand.Lock()
	defer d.errand.Unlock()
	var next keyring.Passphrase
	if passphrase != "" {
		next = keyring.NewPassphrase(passphrase)
	}
	if err := d.keys.Rekey(next, keyslot); err != nil {
		return err
	}
	if keyslot != "" {
		d.keyslot = keyslot
	}
	return nil
}

// NewRecoveryKey draws a recovery key, writes its file, under a passphrase
// unless that is empty, and has backups sealed to it from now on. Backups of
// before open with the old one alone. Killed in between, the file opens nothing
// and another is made.
func (d *Desk) NewRecoveryKey(path, passphrase string) error {
	if _, err := os.Lstat(path); err == nil {
		return fmt.Errorf("%s: %w", path, ErrInTheWay)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write the recovery key: %w", err)
	}
	return newRecoveryKey(d.keys, path, passphrase, keyring.DefaultWork)
}

func newRecoveryKey(keys *keyring.Keyring, path, passphrase string, work int) error {
	key, err := keyring.NewRecovery(keys.Public().Desk)
	if err != nil {
		return err
	}
	text, err := protected(key.Text(), passphrase, work)
	if err != nil {
		return err
	}
	if err := keyring.WriteKeyFile(path, text); err != nil {
		return err
	}
	if err := keys.SetRecovery(key); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	return nil
}

// protected puts a key file under a passphrase, unless that is empty.
func protected(text []byte, passphrase string, work int) ([]byte, error) {
	if passphrase == "" {
		return text, nil
	}
	return keyring.Protect(text, keyring.NewPassphrase(passphrase), work)
}
