package desk

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hearsay/desk/internal/keyring"
	"hearsay/desk/internal/web"
	"hearsay/envelope"
)

// RootKey is what is typed or read of the root key: the text of its file, and
// the passphrase under which that may be. It is kept nowhere.
type RootKey struct{ Text, Passphrase string }

// parse reads the root key. Errors: web.ErrRootKey.
func (r RootKey) parse() (keyring.Root, error) {
	text, err := keyring.Unprotect([]byte(r.Text), keyring.NewPassphrase(r.Passphrase))
	if err == nil {
		var root keyring.Root
		if root, err = keyring.ParseRoot(text); err == nil {
			return root, nil
		}
	}
	return keyring.Root{}, fmt.Errorf("%w: %w", web.ErrRootKey, err)
}

// IsProtected reports whether a key file's text is under a passphrase.
func IsProtected(text []byte) bool { return keyring.Protected(text) }

// signCharter signs a charter and keeps it. The keyring keeps it as well, with
// the keys that it names: where the file is lost or older, open writes it anew.
func (d *Desk) signCharter(root keyring.Root, serial uint32, from envelope.Epoch, newEditor bool) error {
	sign := d.keys.SignCharter
	if newEditor {
		sign = d.keys.ReplaceEditor
	}
	b, err := sign(root, serial, from, from+charterDays, d.config.Rows)
	if err != nil {
		return fmt.Errorf("sign the charter: %w", err)
	}
	return writeFile(filepath.Join(d.dir, charterFile), b)
}

// charter reads the charter that was signed last.
func (d *Desk) charter() (envelope.Charter, []byte, error) {
	b, err := os.ReadFile(filepath.Join(d.dir, charterFile))
	if err != nil {
		return envelope.Charter{}, nil, fmt.Errorf("read the charter: %w", err)
	}
	c, err := envelope.ParseCharter(d.keys.Public().Root, b)
	if err != nil {
		return envelope.Charter{}, nil, fmt.Errorf("read the charter: %w", err)
	}
	return c, b, nil
}

// settleCharter brings the charter's file and the keyring together. A kill may
// have left the keyring's the newer one; keys that came out of a backup have an
// older one than the file.
func (d *Desk) settleCharter() error {
	kept := d.keys.Charter()
	if kept == nil {
		return nil
	}
	inFile, b, err := d.charter()
	if err == nil && bytes.Equal(b, kept) {
		return nil
	}
	inKeys, keysErr := envelope.ParseCharter(d.keys.Public().Root, kept)
	if keysErr != nil {
		return fmt.Errorf("read the keyring's charter: %w", keysErr)
	}
	if err != nil || inFile.Serial <= inKeys.Serial {
		return writeFile(filepath.Join(d.dir, charterFile), kept)
	}
	if err := d.keys.AdoptCharter(b); err != nil {
		d.log.Error("the charter and the keys do not go together: sign the next charter with the root key", "error", err)
	}
	return nil
}

// RenewCharter signs the next charter and the questions with it, and tells the
// relay. It can be done at any time, also once the charter has ended.
func (d *Desk) RenewCharter(ctx context.Context, key RootKey) error {
	return d.renewCharter(ctx, key, false)
}

// ReplaceKeys does what RenewCharter does with new keys for the editor, where
// somebody may have copied the old ones. Drops that were signed before cannot be
// verified under the new charter. Whoever is offline may write to the old keys
// until their bundles are used up, and the desk reads it as long.
func (d *Desk) ReplaceKeys(ctx context.Context, key RootKey) error {
	return d.renewCharter(ctx, key, true)
}

func (d *Desk) renewCharter(ctx context.Context, key RootKey, newEditor bool) error {
	d.errand.Lock()
	defer d.errand.Unlock()
	root, err := key.parse()
	if err != nil {
		return err
	}
	// Under a wrong clock the charter seems to have ended, and the keys that are
	// needed seem past their time. A relay that is away keeps nobody from renewing.
	if err := d.checkClock(ctx); errors.Is(err, ErrClock) {
		return err
	}
	current, _, err := d.charter()
	if err != nil {
		return err
	}
	// From yesterday, so that no kit is stopped whose clock is a day behind.
	if err := d.signCharter(root, d.nextSerial(ctx, current.Serial), d.epoch()-1, newEditor); err != nil {
		if errors.Is(err, keyring.ErrWrongRoot) {
			err = fmt.Errorf("%w: %w", web.ErrRootKey, err)
		}
		return err
	}
	if err := d.signQuestions(); err != nil {
		return err
	}
	// A desk that lay idle has no keys for today, and one with a new editor none
	// at all.
	if _, err := d.rotate(); err != nil || d.mail == nil {
		return err
	}
	return d.tellRelay(ctx)
}

// nextSerial returns the serial of the next charter: above the last one, above
// the one that the relay has, and at least the day's number. So a desk that was
// restored from an old backup never goes back, though it does not know what it
// signed since.
func (d *Desk) nextSerial(ctx context.Context, current uint32) uint32 {
	next := max(current+1, uint32(d.epoch()))
	if d.mail == nil {
		return next
	}
	if c, _, err := d.relayCharter(ctx); err == nil && c.Serial >= next {
		next = c.Serial + 1
	}
	return next
}

// relayCharter returns the charter that the relay serves, if it is this desk's.
func (d *Desk) relayCharter(ctx context.Context) (envelope.Charter, []byte, error) {
	roster, err := d.mail.show(ctx, envelope.PathRoster, envelope.RosterSize)
	if err != nil {
		return envelope.Charter{}, nil, err
	}
	b := roster[:envelope.CharterSize]
	c, err := envelope.ParseCharter(d.keys.Public().Root, b)
	return c, b, err
}
