package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
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

	errand    sync.Mutex // held by whoever speaks to the relay or turns keys
	toldRelay [32]byte   // digest of the questions that the relay has, once told
	issuing   sync.Mutex // held by whoever brings edition and ledger up to date
}

// Open unlocks a desk. It finishes what a kill had left half done. Errors:
// ErrMissing, those of the keyring and the store, ErrRelay for an address that
// is none.
func Open(ctx context.Context, o Options) (d *Desk, err error) {
	b, err := os.ReadFile(filepath.Join(o.Dir, configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", o.Dir, ErrMissing)
	}
	d = &Desk{dir: o.Dir, press: o.Press, now: o.Now, log: o.Log, relay: o.Relay}
	if err == nil {
		err = json.Unmarshal(b, &d.config)
	}
	if err != nil || d.config.Format != configFormat {
		return nil, fmt.Errorf("read %s: it was not written by this version: %w", filepath.Join(o.Dir, configFile), errors.Join(err, ErrMissing))
	}
	if d.keys, err = keyring.Open(keyring.Place{Dir: filepath.Join(o.Dir, keysFolder), Keyslot: o.Keyslot}, keyring.NewPassphrase(o.Passphrase)); err != nil {
		return nil, fmt.Errorf("unlock the desk: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.Close())
		}
	}()
	if err := tidy(o.Dir); err != nil {
		return nil, err
	}
	key, err := d.keys.DatabaseKey()
	if err != nil {
		return nil, err
	}
	if d.store, err = store.Open(filepath.Join(o.Dir, databaseFile), key); err != nil {
		return nil, fmt.Errorf("open the desk's database: %w", err)
	}
	if d.book, err = casebook.Open(ctx, d.store, casebook.DefaultModel, d.today); err != nil {
		return nil, err
	}
	if _, _, err := d.charter(); err != nil {
		return nil, err
	}
	if o.Relay != "" {
		d.mail, err = newMailbox(o.Relay, func(method, path string, body []byte) (string, error) {
			return d.keys.Authorize(d.epoch(), method, path, body)
		})
		if err != nil {
			return nil, err
		}
	}
	return d, d.issue(ctx)
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
