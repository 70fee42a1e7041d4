package keyring

import (
	"crypto/ed25519"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"sync"

	"hearsay/envelope"
)

// A Place is where a keyring lies.
type Place struct {
	Dir     string // the vault and the bundles
	Keyslot string // a file, best on a medium of its own
}

const (
	vaultName     = "vault"
	bundlesPrefix = "bundles."
	lockName      = "lock"
	pending       = ".next" // of what is to take a file's place
	maxBundles    = 256 << 10
)

func (p Place) vault() string { return filepath.Join(p.Dir, vaultName) }

func (p Place) bundles(generation uint64) string {
	return filepath.Join(p.Dir, bundlesPrefix+strconv.FormatUint(generation, 10))
}

// A Keyring is the opened keys of one desk. It may be used by several
// goroutines. It cannot be printed.
type Keyring struct {
	place Place
	files files

	mu     sync.RWMutex
	lock   *os.File
	in     veiled[unlocked]
	broken error // why nothing more may be written; nil while all is well
	closed bool
}

// unlocked is what an open keyring knows.
type unlocked struct {
	header    header
	stretched [32]byte // the passphrase, so that the keyslot can be replaced without it
	keyslot   []byte   // nil before there is one
	secrets   secrets
	editor    ed25519.PrivateKey
	longTerm  *envelope.SecretLongTerm
	bundles   []bundle
	openers   []*envelope.Opener
}

// Create makes the keyring of a new desk, with one editor in slot 0 and no
// bundles yet, and opens it. A kill leaves either a whole keyring or none, and
// Create can be run again. It overwrites neither a vault nor a keyslot: those
// are ErrExists. Other errors: ErrEmptyPassphrase, ErrParams, ErrBusy,
// ErrReadOnly, ErrFull.
func Create(place Place, passphrase Passphrase, params Params, root ed25519.PublicKey) (*Keyring, error) {
	k, err := create(osFiles{}, place, passphrase, params, root)
	if err != nil {
		return nil, fmt.Errorf("create keyring: %w", explain(err))
	}
	return k, nil
}

func create(files files, place Place, passphrase Passphrase, params Params, root ed25519.PublicKey) (_ *Keyring, err error) {
	if len(root) != ed25519.PublicKeySize {
		return nil, ErrRoot
	}
	k, err := begin(files, place, passphrase, params)
	if err != nil {
		return nil, err
	}
	defer k.closeUnless(&err)
	for _, path := range []string{place.vault(), place.Keyslot} {
		if _, err := os.Lstat(path); err == nil {
			return nil, fmt.Errorf("%s: %w", path, ErrExists)
		}
	}
	s, err := newSecrets(root)
	if err != nil {
		return nil, err
	}
	h := newHeader(params)
	if err := k.unlock(h, stretch(h, passphrase), nil, s, nil); err != nil {
		return nil, err
	}
	return k, k.replace(change{secrets: s})
}

// begin checks what a new keyring is to be opened with, makes its folder and
// locks it.
func begin(files files, place Place, passphrase Passphrase, params Params) (*Keyring, error) {
	if len(passphrase.bytes()) == 0 {
		return nil, ErrEmptyPassphrase
	}
	if err := params.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(place.Dir, 0o700); err != nil {
		return nil, err
	}
	k := &Keyring{place: place, files: files}
	var err error
	k.lock, err = lock(filepath.Join(place.Dir, lockName))
	return k, err
}

// Hold keeps other processes from whatever a path stands for, until it is
// released or this process ends. ErrBusy tells that another one holds it.
func Hold(path string) (release func() error, err error) {
	f, err := lock(path)
	if err != nil {
		return nil, explain(err)
	}
	return func() error {
		err := f.Close()
		if gone := os.Remove(path); !errors.Is(gone, fs.ErrNotExist) {
			err = errors.Join(err, gone)
		}
		return err
	}, nil
}

// Open opens a keyring, and finishes or undoes what a kill had left half done.
// Errors: ErrMissing, ErrNoKeyslot, ErrBusy, ErrReadOnly, ErrFull, and
// ErrWrongPassphrase for all else: a passphrase, keyslot or vault that does not
// go with the others cannot be told from a damaged one.
func Open(place Place, passphrase Passphrase) (*Keyring, error) {
	k, err := open(osFiles{}, place, passphrase)
	if err != nil {
		return nil, fmt.Errorf("open keyring: %w", explain(err))
	}
	return k, nil
}

func open(files files, place Place, passphrase Passphrase) (_ *Keyring, err error) {
	if _, err := os.Stat(place.vault()); errors.Is(err, fs.ErrNotExist) {
		return nil, ErrMissing
	}
	k := &Keyring{place: place, files: files}
	if k.lock, err = lock(filepath.Join(place.Dir, lockName)); err != nil {
		return nil, err
	}
	defer k.closeUnless(&err)
	vault, err := readAtMost(place.vault(), maxVaultBytes)
	if err != nil && !errors.Is(err, errTooLong) {
		return nil, err
	}
	h, err := parseHeader(vault)
	if err != nil {
		return nil, err
	}
	keyslot, next, err := readKeyslots(place.Keyslot)
	if err != nil {
		return nil, err
	}
	stretched := stretch(h, passphrase)
	s, err := openVault(h, stretched, keyslot, vault)
	finish := err != nil
	if finish {
		keyslot = next
		if s, err = openVault(h, stretched, keyslot, vault); err != nil {
			return nil, err
		}
	}
	sealed, err := readAtMost(place.bundles(s.generation), maxBundles)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrongPassphrase, err)
	}
	bundles, err := unsealBundles(s.master, sealed)
	if err != nil {
		return nil, err
	}
	if err := k.unlock(h, stretched, keyslot, s, bundles); err != nil {
		return nil, err
	}
	return k, k.settle(finish)
}

// stretch gives back at once what will not be needed again: by default half a
// gigabyte, which would else count as the desk's for minutes.
func stretch(h header, passphrase Passphrase) [32]byte {
	if h.params.Memory >= 32<<10 {
		defer debug.FreeOSMemory()
	}
	return h.params.stretch(passphrase, h.salt[:])
}

// readKeyslots reads the keyslot and the one that is to take its place. One of
// them may be missing; what is no keyslot opens nothing.
func readKeyslots(path string) (keyslot, next []byte, err error) {
	keyslot, err = readAtMost(path, keyslotSize)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errTooLong) {
		return nil, nil, err
	}
	next, nextErr := readAtMost(path+pending, keyslotSize)
	if errors.Is(err, fs.ErrNotExist) && errors.Is(nextErr, fs.ErrNotExist) {
		return nil, nil, ErrNoKeyslot
	}
	return keyslot, next, nil
}

func openVault(h header, stretched [32]byte, keyslot, vault []byte) (secrets, error) {
	if len(keyslot) != keyslotSize {
		return secrets{}, ErrWrongPassphrase
	}
	body, err := unseal(h.kek(stretched, [keyslotSize]byte(keyslot)), vault, headerSize)
	if err != nil {
		return secrets{}, err
	}
	defer clear(body)
	return parseSecrets(body)
}

// unlock takes what was opened into use.
func (k *Keyring) unlock(h header, stretched [32]byte, keyslot []byte, s secrets, bundles []bundle) error {
	in := unlocked{header: h, stretched: stretched, keyslot: keyslot, secrets: s}
	if err := in.takeUp(); err != nil {
		return err
	}
	in.hold(bundles)
	k.in = veil(in)
	return nil
}

// takeUp makes the editor's keys ready that the secrets name.
func (in *unlocked) takeUp() error {
	lt, err := envelope.ParseLongTerm(in.secrets.longTerm[:])
	if err != nil {
		return fmt.Errorf("%w: %w", ErrWrongPassphrase, err)
	}
	in.editor, in.longTerm = ed25519.NewKeyFromSeed(in.secrets.editor[:]), lt
	return nil
}

func (in *unlocked) desk() envelope.DeskID { return envelope.DeskIDOf(in.secrets.root[:]) }

func (in *unlocked) hold(bundles []bundle) {
	in.bundles = bundles
	in.openers = openers(in.desk(), bundles)
}

func (k *Keyring) closeUnless(err *error) {
	if *err != nil {
		_ = k.Close() // *err says more
	}
}

// Close clears what can be cleared and lets another process have the keyring.
// A keyring that is closed twice stays closed.
func (k *Keyring) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil
	}
	k.closed = true
	if !k.in.isZero() {
		in := k.in.get()
		in.secrets.clear()
		clear(in.stretched[:])
		clear(in.keyslot)
		clear(in.editor)
		*in = unlocked{}
	}
	if err := k.lock.Close(); err != nil {
		return fmt.Errorf("close keyring: %w", err)
	}
	return nil
}
