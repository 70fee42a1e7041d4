package desk

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"hearsay"
	"hearsay/ledger"
)

// Publish sends a draft through the gate and, where it passes, into the
// edition and the ledger. It returns the casebook's errors, a
// *casebook.Blocked among them.
func (d *Desk) Publish(ctx context.Context, editor, bulletin string) error {
	d.issuing.Lock()
	defer d.issuing.Unlock()
	if err := d.mayPublish(); err != nil {
		return err
	}
	if err := d.issue(ctx); err != nil { // nothing goes out over what is stuck
		return err
	}
	if err := d.book.Publish(ctx, editor, bulletin); err != nil {
		return err
	}
	return d.issue(ctx)
}

// issue brings ledger and edition up to what the casebook has published. Killed
// anywhere, it does the rest when it is called again.
func (d *Desk) issue(ctx context.Context) error {
	public, err := d.public()
	if err != nil {
		return err
	}
	edition := d.book.Edition(public)
	if edition.Serial == 0 {
		return nil
	}
	log, err := ledger.Open(os.DirFS(d.ledgerDir()))
	if err != nil {
		return fmt.Errorf("open the ledger: %w", err)
	}
	if newest, _, ok := log.Newest(); !ok || newest.Serial < uint32(edition.Serial) {
		if err := d.print(ctx, edition, log); err != nil {
			return err
		}
	}
	b, err := hearsay.MarshalEdition(edition)
	if err != nil {
		return err
	}
	path := filepath.Join(d.Edition(), editionFile)
	if kept, err := os.ReadFile(path); err == nil && string(kept) == string(b) {
		return nil
	}
	return writeFile(path, b)
}

// print renders an edition and makes it the ledger's next leaf.
func (d *Desk) print(ctx context.Context, edition hearsay.Edition, log *ledger.Log) error {
	if d.press == nil {
		return errors.New("publish: this desk was opened without a press")
	}
	type page struct {
		path  string
		bytes []byte
	}
	var pages []page
	err := d.press(edition, log, func(path string, bytes []byte) error {
		pages = append(pages, page{path, bytes})
		return ctx.Err()
	})
	if err != nil {
		return fmt.Errorf("print edition %d: %w", edition.Serial, err)
	}
	signer, _, err := d.keys.LedgerSigner(d.origin())
	if err != nil {
		return err
	}
	err = ledger.Publish(d.ledgerDir(), signer, uint32(edition.Serial), int32(edition.Published), func(yield func(string, []byte) bool) {
		for _, p := range pages {
			if !yield(p.path, p.bytes) {
				return
			}
		}
	}, rand.Reader)
	if err != nil {
		return fmt.Errorf("enter edition %d into the ledger: %w", edition.Serial, err)
	}
	return nil
}
