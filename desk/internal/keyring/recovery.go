package keyring

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"filippo.io/age"

	"hearsay/envelope"
)

// A Recovery is the private key that opens a desk's backups: an identity of
// age, with X25519 and ML-KEM-768 combined. The desk keeps its public half
// alone. It cannot be printed.
type Recovery struct {
	identity veiled[*age.HybridIdentity]
	desk     string
}

// NewRecovery draws a recovery key for a desk.
func NewRecovery(desk envelope.DeskID) (Recovery, error) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return Recovery{}, fmt.Errorf("new recovery key: %w", err)
	}
	return Recovery{veil(identity), desk.String()}, nil
}

const recoveryHeader = "# Hearsay recovery key. Lock this file away from the desk: with a backup beside it, it\n" +
	"# opens all that the desk keeps, without passphrase or keyslot. age -d -i opens one too.\n"

// Text is the file of a recovery key, which age takes as it is.
func (r Recovery) Text() []byte {
	return fmt.Appendf(nil, "%s# desk %s\n%s\n", recoveryHeader, r.desk, *r.identity.get())
}

// ParseRecovery reads what Text writes. Anything else is ErrRecovery.
func ParseRecovery(b []byte) (Recovery, error) {
	rest, ok := strings.CutPrefix(string(b), recoveryHeader+"# desk ")
	desk, key, found := strings.Cut(rest, "\n")
	if !ok || !found || len(desk) != 64 || len(b) > maxKeyFile {
		return Recovery{}, fmt.Errorf("parse recovery key: %w", ErrRecovery)
	}
	identity, err := age.ParseHybridIdentity(strings.TrimSuffix(key, "\n"))
	if err != nil {
		return Recovery{}, fmt.Errorf("parse recovery key: %w", ErrRecovery) // not err, which may tell of it
	}
	r := Recovery{veil(identity), desk}
	if !bytes.Equal(r.Text(), b) {
		return Recovery{}, fmt.Errorf("parse recovery key: %w", ErrRecovery)
	}
	return r, nil
}

// SetRecovery has backups sealed to this key from now on.
func (k *Keyring) SetRecovery(r Recovery) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return ErrClosed
	}
	in := k.in.get()
	if r.identity.isZero() || r.desk != in.desk().String() {
		return fmt.Errorf("set recovery key: %w", ErrOtherDesk)
	}
	s := in.secrets
	s.recipient = []byte((*r.identity.get()).Recipient().String())
	if err := k.replace(change{secrets: s, bundles: in.bundles}); err != nil {
		return fmt.Errorf("set recovery key: %w", explain(err))
	}
	return nil
}

// HasRecovery reports whether backups can be sealed.
func (k *Keyring) HasRecovery() bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	return !k.closed && len(k.in.get().secrets.recipient) > 0
}

// SealBackup returns a writer that seals what is written to it for the recovery
// key, into w. It must be closed. Error: ErrNoRecovery.
func (k *Keyring) SealBackup(w io.Writer) (io.WriteCloser, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, ErrClosed
	}
	sealed, err := k.in.get().sealTo(w)
	if err != nil {
		return nil, fmt.Errorf("seal backup: %w", err)
	}
	return sealed, nil
}

func (in *unlocked) sealTo(w io.Writer) (io.WriteCloser, error) {
	if len(in.secrets.recipient) == 0 {
		return nil, ErrNoRecovery
	}
	recipient, err := age.ParseHybridRecipient(string(in.secrets.recipient))
	if err != nil {
		return nil, err
	}
	return age.Encrypt(w, recipient)
}

// OpenBackup reads what SealBackup wrote. A reader that met its end without an
// error had all of it. Errors, then and while it is read: ErrBackup.
func (r Recovery) OpenBackup(sealed io.Reader) (io.Reader, error) {
	if r.identity.isZero() {
		return nil, ErrRecovery
	}
	opened, err := age.Decrypt(sealed, *r.identity.get())
	if err != nil {
		return nil, fmt.Errorf("open backup: %w", ErrBackup)
	}
	return damaged{opened}, nil
}

// damaged says of a reader's errors what they come from.
type damaged struct{ from io.Reader }

func (d damaged) Read(b []byte) (int, error) {
	n, err := d.from.Read(b)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("read backup: %w: %w", ErrBackup, err)
	}
	return n, err
}

const (
	lastingMagic = "HS1LASTS"
	maxLasting   = 64 << 10
)

// Lasting returns the keys that last, sealed to the recovery key: what signs,
// what authors replies, the import keys, the ledger's and the database's. Of
// bundles it has neither the secrets nor the master key above them: what a desk
// destroys no backup brings back. Error: ErrNoRecovery.
func (k *Keyring) Lasting() ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, ErrClosed
	}
	in := k.in.get()
	body := in.secrets.lasting()
	defer clear(body)
	var file bytes.Buffer
	sealed, err := in.sealTo(&file)
	if err != nil {
		return nil, fmt.Errorf("seal lasting keys: %w", err)
	}
	_, err = sealed.Write(body)
	if err := errors.Join(err, sealed.Close()); err != nil {
		return nil, fmt.Errorf("seal lasting keys: %w", err)
	}
	return file.Bytes(), nil
}

func (s secrets) lasting() []byte {
	s.master, s.generation = [32]byte{}, 0
	return append([]byte(lastingMagic), s.marshal()...)
}

// parseLasting reads what lasting writes.
func parseLasting(b []byte) (secrets, error) {
	body, ok := bytes.CutPrefix(b, []byte(lastingMagic))
	if !ok {
		return secrets{}, ErrBackup
	}
	s, err := parseSecrets(body)
	if err != nil || s.master != [32]byte{} || s.generation != 0 {
		return secrets{}, ErrBackup
	}
	return s, nil
}

// Recover makes a keyring of what Lasting returned, under a new passphrase and
// a new keyslot, and opens it. It has no bundles yet. Where the folder holds a
// keyring that nobody can open any more, it takes its place in one step; what
// that one could still open, nobody can from then on. A file where the keyslot
// would go is ErrExists.
//
// Other errors: ErrBackup, ErrOtherDesk, ErrEmptyPassphrase, ErrParams,
// ErrBusy, ErrReadOnly, ErrFull.
func Recover(place Place, passphrase Passphrase, params Params, lasting []byte, r Recovery) (*Keyring, error) {
	k, err := recoverTo(osFiles{}, place, passphrase, params, lasting, r)
	if err != nil {
		return nil, fmt.Errorf("recover keyring: %w", explain(err))
	}
	return k, nil
}

func recoverTo(files files, place Place, passphrase Passphrase, params Params, lasting []byte, r Recovery) (_ *Keyring, err error) {
	opened, err := r.OpenBackup(bytes.NewReader(lasting))
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(opened, maxLasting))
	defer clear(body)
	if err != nil {
		return nil, err
	}
	s, err := parseLasting(body)
	if err != nil {
		return nil, err
	}
	if envelope.DeskIDOf(s.root[:]).String() != r.desk {
		return nil, ErrOtherDesk
	}
	k, err := begin(files, place, passphrase, params)
	if err != nil {
		return nil, err
	}
	defer k.closeUnless(&err)
	if _, err := os.Lstat(place.Keyslot); err == nil {
		return nil, fmt.Errorf("%s: %w", place.Keyslot, ErrExists)
	}
	if s.generation, err = lastGeneration(place.Dir); err != nil {
		return nil, err
	}
	h := newHeader(params)
	if err := k.unlock(h, stretch(h, passphrase), nil, s, nil); err != nil {
		return nil, err
	}
	if err := k.replace(change{secrets: s}); err != nil {
		return nil, err
	}
	return k, k.settle(false)
}

// lastGeneration is the highest number of a file of bundles in a folder, so
// that the next is written over none.
func lastGeneration(dir string) (uint64, error) {
	files, err := filepath.Glob(filepath.Join(dir, bundlesPrefix+"*"))
	if err != nil {
		return 0, err
	}
	last := uint64(0)
	for _, f := range files {
		n, err := strconv.ParseUint(strings.TrimPrefix(filepath.Base(f), bundlesPrefix), 10, 63)
		if err == nil {
			last = max(last, n)
		}
	}
	return last, nil
}
