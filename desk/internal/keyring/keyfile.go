package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"
	"filippo.io/age/armor"
)

// Key files are the root key's and the recovery key's: text that leaves the
// machine. Either may be protected by a passphrase of its own, and is then what
// "age -p -a" writes: whoever has the passphrase can read it without Hearsay.

const maxKeyFile = 16 << 10

// DefaultWork makes scrypt take about a second and 256 MiB: 2 to that power.
const (
	DefaultWork = 18
	mostWork    = 20 // that a file may ask for
)

// Protect seals the text of a key file under a passphrase. The work is the
// logarithm of scrypt's cost.
func Protect(text []byte, passphrase Passphrase, work int) ([]byte, error) {
	if len(passphrase.bytes()) == 0 {
		return nil, fmt.Errorf("protect a key file: %w", ErrEmptyPassphrase)
	}
	recipient, err := age.NewScryptRecipient(string(passphrase.bytes()))
	if err != nil {
		return nil, fmt.Errorf("protect a key file: %w", err)
	}
	recipient.SetWorkFactor(work)
	var file bytes.Buffer
	armored := armor.NewWriter(&file)
	sealed, err := age.Encrypt(armored, recipient)
	if err != nil {
		return nil, fmt.Errorf("protect a key file: %w", err)
	}
	_, err = sealed.Write(text)
	if err := errors.Join(err, sealed.Close(), armored.Close()); err != nil {
		return nil, fmt.Errorf("protect a key file: %w", err)
	}
	return file.Bytes(), nil
}

// Protected reports whether the text of a key file is sealed under a passphrase.
func Protected(file []byte) bool { return bytes.HasPrefix(file, []byte(armor.Header)) }

// Unprotect returns the text of a key file, which it was if it is not
// protected. Errors: ErrProtected.
func Unprotect(file []byte, passphrase Passphrase) ([]byte, error) {
	if !Protected(file) {
		return file, nil
	}
	identity, err := age.NewScryptIdentity(string(passphrase.bytes()))
	if err != nil || len(file) > maxKeyFile {
		return nil, fmt.Errorf("open a key file: %w", ErrProtected)
	}
	identity.SetMaxWorkFactor(mostWork)
	opened, err := age.Decrypt(armor.NewReader(bytes.NewReader(file)), identity)
	if err != nil {
		return nil, fmt.Errorf("open a key file: %w", ErrProtected)
	}
	text, err := io.ReadAll(io.LimitReader(opened, maxKeyFile))
	if err != nil {
		return nil, fmt.Errorf("open a key file: %w", ErrProtected)
	}
	return text, nil
}

// WriteKeyFile writes a key file, which only its owner may read. A file that is
// there already is ErrExists.
func WriteKeyFile(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write a key file: %w", explain(err))
	}
	_, err = f.Write(text)
	if err := errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path))); err != nil {
		return fmt.Errorf("write a key file: %w", explain(err))
	}
	return nil
}

// ReadKeyFile reads a key file, protected or not; of a file that is longer than
// any, the beginning.
func ReadKeyFile(path string) ([]byte, error) {
	b, err := readAtMost(path, maxKeyFile)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("read a key file: %w", err)
	case err != nil && !errors.Is(err, errTooLong):
		return nil, fmt.Errorf("read a key file: %w", explain(err))
	}
	return b, nil
}

// Stray reports whether a file looks like a key file that belongs elsewhere: of
// this desk, or protected, so that nobody can tell whose it is. It is asked for
// whatever lies beside a desk.
func Stray(file []byte, desk string) bool {
	text := string(file)
	return strings.HasPrefix(text, rootHeader) && strings.Contains(text, "desk "+desk) ||
		strings.HasPrefix(text, recoveryHeader) && strings.Contains(text, "desk "+desk) || Protected(file)
}
