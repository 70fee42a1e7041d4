package desk

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/keyring"
	"hearsay/desk/internal/store"
	"hearsay/envelope"
	"hearsay/ledger"
)

// ErrMissing tells that a folder holds no desk.
var ErrMissing = errors.New("there is no desk here: hearsay desk init makes one")

// Press renders an edition to the files of a site. The desk knows no page: it
// only needs their bytes, of which the ledger keeps digests.
type Press func(e hearsay.Edition, log *ledger.Log, put func(path string, page []byte) error) error

// Options is what an open desk stands on.
type Options struct {
	Dir        string
	Keyslot    string
	Passphrase string
	Relay      string // its address, empty for a desk that works without
	Press      Press
	Now        func() time.Time
	Log        *slog.Logger
}

// Desk is an open desk. Its methods may be called from several goroutines.
type Desk struct {
	dir    string
	config config
	keys   *keyring.Keyring
	store  *store.Store
	book   *casebook.Casebook
	mail   *mailbox // nil without a relay
	relay  string
	press  Press
	now    func() time.Time
	log    *slog.Logger

	keyslot string

	watch sync.Mutex // guards what was seen
	seen  []Warning  // when the relay was last looked at

	errand    sync.Mutex // held by whoever speaks to the relay or turns keys
	early     Pulled     // in the morning, before keys were destroyed: not told to anybody yet
	toldRelay [32]byte   // digest of the questions that the relay has, once told
	carrying  sync.Mutex // held by whoever takes in drives, or looks at what waits
	waiting   []int      // drives that are needed, by set
	issuing   sync.Mutex // held by whoever brings edition and ledger up to date
}

// Find returns ErrMissing where there is no desk to open.
func Find(dir string) error {
	_, err := readConfig(dir)
	return err
}

func readConfig(dir string) (c config, err error) {
	b, err := os.ReadFile(filepath.Join(dir, configFile))
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return c, fmt.Errorf("%s: %w", dir, ErrMissing)
	case err != nil:
		return c, fmt.Errorf("open the desk: %w", err)
	}
	if err := json.Unmarshal(b, &c); err != nil || c.Format != configFormat || len(c.Desk) != 2*sha256.Size {
		return c, fmt.Errorf("open the desk: %s is damaged or of another version", filepath.Join(dir, configFile))
	}
	return c, nil
}

// Open unlocks a desk. It finishes what a kill had left half done. Errors:
// ErrMissing, those of the keyring and the store, ErrAddress.
func Open(ctx context.Context, o Options) (*Desk, error) {
	d := &Desk{dir: o.Dir, press: o.Press, now: o.Now, log: o.Log, relay: o.Relay, keyslot: o.Keyslot}
	if err := d.open(ctx, o); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (d *Desk) open(ctx context.Context, o Options) (err error) {
	if d.config, err = readConfig(o.Dir); err != nil {
		return err
	}
	if o.Relay != "" {
		d.mail, err = newMailbox(o.Relay, func(method, path string, body []byte) (string, error) {
			return d.keys.Authorize(d.epoch(), method, path, body)
		})
		if err != nil {
			return err
		}
	}
	if d.keys, err = keyring.Open(keyring.Place{Dir: filepath.Join(o.Dir, keysFolder), Keyslot: o.Keyslot}, keyring.NewPassphrase(o.Passphrase)); err != nil {
		return fmt.Errorf("unlock the desk: %w", err)
	}
	if err := tidy(o.Dir); err != nil {
		return err
	}
	key, err := d.keys.DatabaseKey()
	if err != nil {
		return err
	}
	if d.store, err = store.Open(filepath.Join(o.Dir, databaseFile), key); err != nil {
		return err
	}
	if d.book, err = casebook.Open(ctx, d.store, casebook.DefaultModel, d.today); err != nil {
		return err
	}
	if err := d.settleCharter(); err != nil {
		return err
	}
	if _, _, err := d.charter(); err != nil {
		return err
	}
	if err := d.lookAside(); err != nil {
		d.log.Error("what waits for drives could not be looked at", "error", err)
	}
	if err := d.issue(ctx); err != nil && ctx.Err() == nil {
		// A desk that cannot print must still open: there are reports to read
		// and sources to cut. Publish tries again first.
		d.log.Error("what is published could not be brought into the edition", "error", err)
	}
	return ctx.Err()
}

// Close locks the desk.
func (d *Desk) Close() error {
	var errs []error
	if d.mail != nil {
		d.mail.close()
	}
	if d.store != nil {
		errs = append(errs, d.store.Close())
	}
	if d.keys != nil {
		errs = append(errs, d.keys.Close())
	}
	return errors.Join(errs...)
}

func (d *Desk) today() hearsay.Day    { return hearsay.DayOf(d.now()) }
func (d *Desk) epoch() envelope.Epoch { return envelope.EpochOf(d.now()) }

// origin is the name of the desk's ledger: nobody else's desk has it.
func (d *Desk) origin() string { return "hearsay-desk-" + d.config.Desk[:16] }

// Edition is the folder that passes to the site.
func (d *Desk) Edition() string { return filepath.Join(d.dir, editionFolder) }

func (d *Desk) ledgerDir() string { return filepath.Join(d.Edition(), ledger.Folder) }

// public is what readers know of the desk.
func (d *Desk) public() (hearsay.Desk, error) {
	_, verifier, err := d.keys.LedgerSigner(d.origin())
	return hearsay.Desk{Name: d.config.Name, ID: d.config.Desk, Key: verifier}, err
}
