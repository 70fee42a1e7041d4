package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"hearsay/envelope"
)

// signQuestions signs what the desk asks for as long as a charter lasts.
func (d *Desk) signQuestions() error { return d.signQuestionsAs(uint32(d.epoch())) }

func (d *Desk) signQuestionsAs(serial uint32) error {
	document, err := questionsJSON(d.book.Asked())
	if err != nil {
		return err
	}
	today := d.epoch()
	b, err := d.keys.SignQuestions(envelope.Questions{Serial: serial, From: today, To: today + charterDays, JSON: document})
	if err != nil {
		return fmt.Errorf("sign the questions: %w", err)
	}
	return writeFile(filepath.Join(d.dir, questionsFile), b)
}

// Morning is the first errand of a day: today's keys are made and those past
// their time destroyed, and the relay gets whatever of roster and questions it
// lacks. It returns how many days' keys were destroyed.
func (d *Desk) Morning(ctx context.Context) (destroyed int, err error) {
	d.errand.Lock()
	defer d.errand.Unlock()
	if err := d.checkClock(ctx); err != nil {
		return 0, err
	}
	d.pullBeforeDestroying(ctx)
	destroyed, err = d.rotate()
	if err != nil || d.mail == nil {
		return destroyed, err
	}
	if err := d.adopt(ctx); err != nil {
		return destroyed, err
	}
	return destroyed, d.tellRelay(ctx)
}

// pullBeforeDestroying is for a desk that slept: some of its keys outlived their
// day while it could not destroy them, and what waits at the relay may be sealed
// to these. It is tried once. Whatever comes of it, a relay that holds back
// answers must not keep keys alive.
func (d *Desk) pullBeforeDestroying(ctx context.Context) {
	slept := d.today()-d.book.PulledThrough() > 2
	past := slices.ContainsFunc(d.keys.Live(), func(b envelope.Bundle) bool { return b.DestroyAfter < d.epoch() })
	if d.mail == nil || !slept || !past {
		return
	}
	var err error
	if d.early, err = d.pull(ctx); err != nil {
		d.log.Warn("keys past their time are destroyed before the relay was heard", "error", err)
	}
}

// ErrClock tells that the machine's clock jumped ahead where the relay's did
// not: going by it would destroy keys that are still needed.
var ErrClock = errors.New("this machine's clock jumped ahead and the relay's did not: set it right; no keys were made or destroyed")

// checkClock asks the relay for the day where the desk's last record is long
// past. A relay alone can stop nothing: while the clock moves day by day it is
// not asked.
func (d *Desk) checkClock(ctx context.Context) error {
	const jump = 7 // days
	today := d.today()
	if d.mail == nil || today-d.book.LastDay() <= jump {
		return nil
	}
	status, err := d.mail.status(ctx)
	if err != nil {
		return err
	}
	if int64(today)-int64(status.Epoch) > 1 {
		return ErrClock
	}
	return nil
}

// rotate makes the keys of today and of the next days, where they are not there,
// and destroys old ones. What could not be done the next day tries again, as
// long as there are keys for today: made ahead, where the disk is full, or just
// now, where the keyslot's stick is away and old ones could not be destroyed.
func (d *Desk) rotate() (destroyed int, err error) {
	rotation, err := d.keys.Rotate(d.epoch())
	if err != nil {
		if _, none := d.keys.Block(d.epoch()); none != nil {
			return 0, fmt.Errorf("make the day's keys: %w", err)
		}
		d.log.Error("keys could not be made or destroyed; the next day tries again", "error", err)
	}
	return len(rotation.Destroyed), nil
}

// tellRelay publishes the charter, the block and the questions where the relay
// has others or none.
func (d *Desk) tellRelay(ctx context.Context) error {
	status, err := d.mail.status(ctx)
	if err != nil {
		return err
	}
	block, err := d.keys.Block(d.epoch())
	if err != nil {
		return err
	}
	signed, charter, err := d.charter()
	if err != nil {
		return err
	}
	roster, err := envelope.AssembleRoster(charter, [][]byte{block})
	if err != nil {
		return err
	}
	// A relay takes no charter that has ended, and no kit would.
	if signed.Covers(d.epoch()) && sha256.Sum256(roster) != status.RosterDigest {
		if err := d.mail.post(ctx, envelope.PathPublishCharter, charter, true); err != nil {
			return err
		}
		if err := d.mail.post(ctx, envelope.PathPublishBlock, block, true); err != nil {
			return err
		}
	}
	questions, err := os.ReadFile(filepath.Join(d.dir, questionsFile))
	if err != nil {
		return fmt.Errorf("read the questions: %w", err)
	}
	if digest := sha256.Sum256(questions); digest != d.toldRelay {
		if err := d.mail.post(ctx, envelope.PathPublishQuestions, questions, true); err != nil {
			return err
		}
		d.toldRelay = digest
	}
	return nil
}
