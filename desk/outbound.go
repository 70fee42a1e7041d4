package desk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"hearsay/envelope"
)

// Outbound returns the file of what the desk publishes, for a drive: roster,
// questions and the drops of the last 28 days (PROTOCOL 4.8). It is the same for
// everybody. A desk without a relay makes the drop of the day for it; one with a
// relay hands out what it has published.
func (d *Desk) Outbound(ctx context.Context) ([]byte, error) {
	if d.mail == nil {
		if _, err := d.Morning(ctx); err != nil {
			return nil, err
		}
		if err := d.offlineDrop(ctx); err != nil {
			return nil, err
		}
	}
	block, err := d.keys.Block(d.epoch())
	if err != nil {
		return nil, err
	}
	_, charter, err := d.charter()
	if err != nil {
		return nil, err
	}
	roster, err := envelope.AssembleRoster(charter, [][]byte{block})
	if err != nil {
		return nil, err
	}
	if _, err := envelope.ParseRoster(d.keys.Public().Root, roster, d.epoch(), 0); err != nil {
		return nil, fmt.Errorf("no kit would take this: %w", err) // as when the charter has run out
	}
	questions, err := os.ReadFile(filepath.Join(d.dir, questionsFile))
	if err != nil {
		return nil, fmt.Errorf("read the questions: %w", err)
	}
	drops, err := d.publishedDrops()
	if err != nil {
		return nil, err
	}
	return envelope.MarshalOutbound(d.keys.Public().Root, roster, questions, drops)
}

// Fingerprint is what is printed on the desk's card.
func (d *Desk) Fingerprint() string { return d.keys.Public().Desk.Fingerprint() }
