package keyring

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
)

// What can be wrong with a keyring. None of them holds a secret.
var (
	ErrMissing         = errors.New("there is no desk's keyring here")
	ErrExists          = errors.New("there is one here already, and it is not overwritten")
	ErrNoKeyslot       = errors.New("the keyslot file is not there: is its medium in place?")
	ErrWrongPassphrase = errors.New("the vault does not open: the passphrase or the keyslot is another one, or a file is damaged")
	ErrEmptyPassphrase = errors.New("a passphrase cannot be empty")
	ErrParams          = errors.New("Argon2id parameters out of range")
	ErrBusy            = errors.New("another desk process has the keyring open")
	ErrReadOnly        = errors.New("the keyring's folder or the keyslot's cannot be written")
	ErrFull            = errors.New("no room is left for the keyring")
	ErrReopen          = errors.New("the keyring was left half replaced and must be opened again")
	ErrClosed          = errors.New("the keyring is closed")
	ErrWrongRoot       = errors.New("this is not the root key of this desk")
	ErrRoot            = errors.New("this is not a root key file, or it is damaged")
	ErrRenewals        = errors.New("the charter was renewed so often that no import key is left to give: wait until couriers' keys of old charters are destroyed")
	ErrOtherEditor     = errors.New("this charter names another editor's key")
	ErrNoRecovery      = errors.New("this desk has no recovery key, to which a backup could be sealed")
	ErrRecovery        = errors.New("this is not a recovery key, or it is damaged")
	ErrBackup          = errors.New("this is not a backup that this recovery key opens, or it is damaged")
	ErrOtherDesk       = errors.New("this is of another desk")
	ErrProtected       = errors.New("the passphrase of this key file is another one, or the file is damaged")
	ErrNeedsPassphrase = errors.New("this key file is protected by a passphrase of its own")
	ErrNoBundle        = errors.New("there are no keys to publish for that day: they are made by rotating")
)

// explain turns an error of the file system into one sentence.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %w", ErrReadOnly, err)
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case errors.Is(err, fs.ErrExist):
		return fmt.Errorf("%w: %w", ErrExists, err)
	}
	return err
}
