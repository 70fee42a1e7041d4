package desk

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hearsay/envelope"
)

// The drops of the last days are kept, as a relay keeps them, for the drives
// that go out to whoever has no network. They are public.

func (d *Desk) dropFile(day envelope.Epoch) string {
	return filepath.Join(d.dir, dropsFolder, day.Number())
}

// keepDrop writes the drop of a day, and forgets those that a relay would
// have forgotten.
func (d *Desk) keepDrop(today envelope.Epoch, b []byte) error {
	if err := os.Mkdir(filepath.Join(d.dir, dropsFolder), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keep the day's drop: %w", err)
	}
	if err := writeFile(d.dropFile(today), b); err != nil {
		return fmt.Errorf("keep the day's drop: %w", err)
	}
	days, err := d.dropDays()
	if err != nil {
		return err
	}
	for _, day := range days {
		if int64(day) > int64(today)-envelope.RelayKeepsDays {
			continue
		}
		if err := os.Remove(d.dropFile(day)); err != nil {
			return fmt.Errorf("forget an old drop: %w", err)
		}
	}
	return nil
}

// dropDays are the days of which there is a drop.
func (d *Desk) dropDays() (days []envelope.Epoch, err error) {
	entries, err := os.ReadDir(filepath.Join(d.dir, dropsFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("look for the last drops: %w", err)
	}
	for _, e := range entries {
		if day, err := envelope.ParseEpoch(e.Name()); err == nil { // else what a killed writeFile left
			days = append(days, day)
		}
	}
	return days, nil
}

// publishedDrops are the drops that were published in the last days. A drop
// that was written and then not published, since the desk was killed between,
// is in no chain and is left out.
func (d *Desk) publishedDrops() (drops [][]byte, err error) {
	days, err := d.dropDays()
	if err != nil {
		return nil, err
	}
	kept := map[[32]byte][]byte{}
	for _, day := range days {
		b, err := os.ReadFile(d.dropFile(day))
		if err != nil {
			return nil, fmt.Errorf("read the last drops: %w", err)
		}
		kept[sha256.Sum256(b)] = b
	}
	charter, _, err := d.charter()
	if err != nil {
		return nil, err
	}
	public := d.keys.Public()
	for next := d.book.NextDrop(0, 0).Digest; ; {
		b, ok := kept[next]
		if !ok {
			return drops, nil
		}
		drop, err := envelope.ParseDrop(public.Desk, public.Editor, charter.Rows, b)
		if err != nil {
			return drops, nil // made before the editor's key or the rows were changed: no kit takes it
		}
		drops, next = append(drops, b), drop.Prev
	}
}
