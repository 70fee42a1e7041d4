package desk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/keyring"
	"hearsay/desk/internal/store"
	"hearsay/ledger"
)

// Errors of making a desk. None holds a secret.
var (
	ErrExists   = errors.New("there is a desk here already, and it is not overwritten")
	ErrEditors  = errors.New("a desk needs at least one editor, each under a name of its own")
	ErrName     = errors.New("a desk needs a name of at most 80 characters in one line")
	ErrInTheWay = errors.New("a file is in the way and is not overwritten")
	ErrAtWork   = errors.New("another desk init is at work there")
	ErrMemory   = errors.New("not an amount of memory for Argon2id: 32 KiB to 2 GiB")
)

// Editor is somebody who is to have an account.
type Editor struct{ Name, Passphrase string }

// Plan is what a new desk is made of.
type Plan struct {
	Dir        string // where the desk will lie; it must not exist, or be empty
	Name       string // as the public will read it
	Keyslot    string // a file for the keyslot, best on a stick of its own
	RootKey    string // a file for the root key, to be moved off the machine
	Recovery   string // a file for the recovery key, to be moved off as well; empty for none
	KeyFiles   string // a passphrase for the files of root and recovery key; empty for none
	Passphrase string // of the vault
	Editors    []Editor
	Claims     []byte // a document for ParseClaims, or nil to begin without
	MemoryKiB  uint32 // of Argon2id for the vault; 0 for the 512 MiB of PROTOCOL.md section 6
	Now        func() time.Time
}

// Made is what is public of a new desk.
type Made struct {
	Desk      string      `json:"desk"`     // NR, by which kits pin it
	RootKey   string      `json:"root_key"` // public
	LedgerKey string      `json:"ledger_key"`
	CharterTo hearsay.Day `json:"charter_to"`
	Questions int         `json:"questions"` // that kits will ask
	Editors   int         `json:"editors"`
}

// config is what a desk must know before it is unlocked. It holds no secret.
type config struct {
	Format  string `json:"format"`
	Name    string `json:"name"`
	Desk    string `json:"desk"`
	RootKey string `json:"root_key"`
	Rows    int    `json:"rows"` // of each drop
}

const (
	configFormat = "hearsay-desk-1"
	dropRows     = 4
	quickWork    = 10 // of key files' passphrases, where a plan asks for little memory
	charterDays  = 90

	configFile    = "desk.json"
	keysFolder    = "keys"
	databaseFile  = "casebook.db"
	editionFolder = "edition"
	editionFile   = "edition.json"
	charterFile   = "charter"
	questionsFile = "questions"
	dropsFolder   = "drops"

	// The files that are moved out of a desk that is being made.
	keyslotCopy  = "keyslot.new"
	rootCopy     = "root-key.new"
	recoveryCopy = "recovery-key.new"
)

// Init makes a desk. It is made beside its place and moved there as the last
// step, so that a kill leaves either a whole desk or what the next Init clears.
// Errors: those of Ready, ErrMemory, those of the keyring and the store, and the
// file system's.
func Init(ctx context.Context, plan Plan) (made Made, err error) {
	release, err := plan.hold()
	if err != nil {
		return Made{}, err
	}
	defer func() { err = errors.Join(err, release()) }()
	fresh := plan.fresh()
	if err := os.MkdirAll(filepath.Join(fresh, keysFolder), 0o700); err != nil {
		return Made{}, fmt.Errorf("make the desk's folder: %w", err)
	}
	made, err = plan.make(ctx, fresh)
	if err != nil {
		return Made{}, errors.Join(err, os.RemoveAll(fresh))
	}
	for _, o := range plan.outside() {
		if err := copyOut(filepath.Join(fresh, o.copy), o.place); err != nil {
			return Made{}, fmt.Errorf("move the keys off the desk: %w", err)
		}
	}
	if err := os.Rename(fresh, plan.Dir); err != nil {
		return Made{}, fmt.Errorf("put the desk in its place: %w", err)
	}
	if err := syncDir(filepath.Dir(filepath.Clean(plan.Dir))); err != nil {
		return Made{}, err
	}
	return made, tidy(plan.Dir)
}

// fresh is where a desk is made, and lockOf the file by which one Init keeps
// others away.
func (plan *Plan) fresh() string { return filepath.Clean(plan.Dir) + ".new" }
func lockOf(dir string) string   { return filepath.Clean(dir) + ".new.lock" }

// outside are the files that leave a new desk, and where to.
func (plan *Plan) outside() []struct{ copy, place string } {
	files := []struct{ copy, place string }{{keyslotCopy, plan.Keyslot}, {rootCopy, plan.RootKey}}
	if plan.Recovery != "" {
		files = append(files, struct{ copy, place string }{recoveryCopy, plan.Recovery})
	}
	return files
}

// Ready checks all of a plan but its passphrases, so that nobody types them in
// vain, and clears what an interrupted Init left. Errors: ErrName, ErrEditors,
// ErrExists, ErrInTheWay, ErrClaims, ErrAtWork.
func (plan *Plan) Ready() error {
	release, err := plan.hold()
	if err != nil {
		return err
	}
	return release()
}

// hold does what Ready does, and keeps other Inits away.
func (plan *Plan) hold() (release func() error, err error) {
	if err := plan.check(); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(plan.fresh()), 0o700); err != nil {
		return nil, fmt.Errorf("make the desk's folder: %w", err)
	}
	release, err = keyring.Hold(lockOf(plan.Dir))
	if errors.Is(err, keyring.ErrBusy) {
		err = ErrAtWork
	}
	if err != nil {
		return nil, err
	}
	if err := plan.clear(); err != nil {
		return nil, errors.Join(err, release())
	}
	return release, nil
}

func (plan *Plan) check() error {
	if strings.TrimSpace(plan.Name) == "" || len([]rune(plan.Name)) > 80 || strings.ContainsFunc(plan.Name, unicode.IsControl) {
		return ErrName
	}
	seen := map[string]bool{}
	for _, e := range plan.Editors {
		if e.Name == "" || seen[e.Name] {
			return ErrEditors
		}
		seen[e.Name] = true
	}
	if len(seen) == 0 {
		return ErrEditors
	}
	if _, err := plan.claims(); err != nil {
		return err
	}
	if entries, err := os.ReadDir(plan.Dir); err == nil && len(entries) > 0 {
		return ErrExists
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// clear removes what an interrupted Init left, and looks at what is in the way.
func (plan *Plan) clear() error {
	for _, o := range plan.outside() {
		if err := removeOurs(filepath.Join(plan.fresh(), o.copy), o.place); err != nil {
			return err
		}
	}
	if err := os.RemoveAll(plan.fresh()); err != nil {
		return fmt.Errorf("clear an interrupted init: %w", err)
	}
	for _, o := range plan.outside() {
		if _, err := os.Lstat(o.place); err == nil {
			return fmt.Errorf("%s: %w", o.place, ErrInTheWay)
		} else if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (plan *Plan) claims() ([]casebook.Claim, error) {
	if plan.Claims == nil {
		return nil, nil
	}
	return ParseClaims(plan.Claims)
}

// make fills the folder of a desk that is not in its place yet.
func (plan *Plan) make(ctx context.Context, dir string) (made Made, err error) {
	claims, err := plan.claims()
	if err != nil {
		return made, err
	}
	params, verifierParams := keyring.DefaultParams, keyring.DefaultVerifierParams
	if plan.MemoryKiB != 0 {
		params.Memory = plan.MemoryKiB
		verifierParams.Memory = min(verifierParams.Memory, plan.MemoryKiB)
	}
	root := keyring.NewRoot()
	work := keyring.DefaultWork
	if plan.MemoryKiB != 0 {
		work = quickWork
	}
	rootText, err := protected(root.Text(), plan.KeyFiles, work)
	if err == nil {
		err = keyring.WriteKeyFile(filepath.Join(dir, rootCopy), rootText)
	}
	if err != nil {
		return made, fmt.Errorf("write the root key: %w", err)
	}
	keys, err := keyring.Create(keyring.Place{Dir: filepath.Join(dir, keysFolder), Keyslot: filepath.Join(dir, keyslotCopy)}, keyring.NewPassphrase(plan.Passphrase), params, root.Public())
	if errors.Is(err, keyring.ErrParams) {
		err = fmt.Errorf("%w: %w", ErrMemory, err)
	}
	if err != nil {
		return made, fmt.Errorf("make the vault: %w", err)
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	if plan.Recovery != "" {
		if err := newRecoveryKey(keys, filepath.Join(dir, recoveryCopy), plan.KeyFiles, work); err != nil {
			return made, fmt.Errorf("write the recovery key: %w", err)
		}
	}
	public := keys.Public()
	c := config{configFormat, plan.Name, public.Desk.String(), fmt.Sprintf("%x", public.Root), dropRows}
	b, err := json.MarshalIndent(c, "", " ")
	if err != nil {
		return made, err
	}
	if err := writeFile(filepath.Join(dir, configFile), append(b, '\n')); err != nil {
		return made, err
	}

	key, err := keys.DatabaseKey()
	if err != nil {
		return made, err
	}
	kept, err := store.Create(filepath.Join(dir, databaseFile), key)
	if err != nil {
		return made, fmt.Errorf("make the database: %w", err)
	}
	defer func() { err = errors.Join(err, kept.Close()) }()
	d := &Desk{dir: dir, config: c, keys: keys, store: kept, now: plan.Now}
	if d.book, err = casebook.Open(ctx, kept, casebook.DefaultModel, d.today); err != nil {
		return made, err
	}
	for _, e := range plan.Editors {
		verifier, err := keyring.NewVerifier(keyring.NewPassphrase(e.Passphrase), verifierParams)
		if err == nil {
			err = d.book.Enrol(ctx, e.Name, verifier)
		}
		if err != nil {
			return made, fmt.Errorf("enrol an editor: %w", err)
		}
	}
	if len(claims) > 0 {
		if err := d.book.Word(ctx, plan.Editors[0].Name, claims...); err != nil {
			return made, fmt.Errorf("word the claims: %w", err)
		}
	}
	if err := d.signCharter(root, 1, d.epoch(), false); err != nil {
		return made, err
	}
	if _, err := keys.Rotate(d.epoch()); err != nil {
		return made, fmt.Errorf("make the first keys: %w", err)
	}
	if err := d.signQuestions(); err != nil {
		return made, err
	}
	signer, verifier, err := keys.LedgerSigner(d.origin())
	if err != nil {
		return made, err
	}
	if err := os.MkdirAll(d.ledgerDir(), 0o755); err != nil {
		return made, err
	}
	if err := ledger.Create(d.ledgerDir(), signer, verifier); err != nil {
		return made, fmt.Errorf("begin the ledger: %w", err)
	}
	asked := 0
	for _, claim := range claims {
		if claim.Asked {
			asked++
		}
	}
	return Made{c.Desk, c.RootKey, verifier, hearsay.Day(d.epoch() + charterDays), asked, len(plan.Editors)}, nil
}

// removeOurs removes a file that an interrupted Init moved out, whole or in
// part, which shows by the copy that Init kept.
func removeOurs(copy, place string) error {
	ours, err := os.ReadFile(copy)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("clear an interrupted init: %w", err)
	}
	there, err := os.ReadFile(place)
	if err != nil || !bytes.HasPrefix(ours, there) {
		return nil
	}
	return os.Remove(place)
}

func copyOut(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to)) // before the copy that the desk kept goes
}

// tidy removes the copies of what was moved out. Open calls it too, for a desk
// whose Init was killed after its last step but this.
func tidy(dir string) error {
	_ = os.Remove(lockOf(dir)) // the one who holds it is done, and it stands in nobody's way
	for _, name := range []string{keyslotCopy, rootCopy, recoveryCopy} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove what was moved off the desk: %w", err)
		}
	}
	return syncDir(dir)
}

// writeFile replaces a file in one step, and returns once it would survive a
// loss of power.
func writeFile(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	_, err = f.Write(b)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), os.Remove(f.Name()))
	}
	return syncDir(filepath.Dir(path))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
