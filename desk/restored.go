package desk

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"hearsay"
	"hearsay/envelope"
)

// A desk that was put back from a backup does not know what it did since. Two
// valid drops of one day, or two editions of one number, would be signed proof
// of misconduct. So it keeps still where it could contradict itself, until it
// has found out.

var (
	// ErrForked tells that the relay has a drop with this desk's signature that
	// this desk does not know.
	ErrForked = errors.New("the relay has a drop that this desk signed and does not know: either an old copy of its folder was put back, or a second copy runs")
	// ErrQuiet tells that the desk signs no drop today.
	ErrQuiet = errors.New("no drop is signed today, since one of today may be out: the desk was restored, or its clock went back; the next goes out tomorrow")
	// ErrCompare tells that a restored desk has not been compared with the site.
	ErrCompare = errors.New("this desk was restored: before it publishes, compare it with the published site")
	// ErrBehind tells that the published site has editions that the desk lacks.
	ErrBehind = errors.New("the published site has editions that the restored desk does not know: to publish from it would sign a second history")
)

const restoredFile = "restored.json"

// restored is what a desk remembers of having been put back. It holds days and
// no secret.
type restored struct {
	Format   string      `json:"format"`
	On       hearsay.Day `json:"on"`       // no drop until this day is over
	Backup   hearsay.Day `json:"backup"`   // what it was restored from
	Adopted  bool        `json:"adopted"`  // the relay was asked what it has of this desk
	Compared bool        `json:"compared"` // and the published site was looked at
}

const restoredFormat = "hearsay-restored-1"

// restoredMark returns the mark of a desk that was restored; ok is false for
// any other.
func (d *Desk) restoredMark() (mark restored, ok bool, err error) {
	b, err := os.ReadFile(filepath.Join(d.dir, restoredFile))
	if errors.Is(err, fs.ErrNotExist) {
		return restored{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &mark)
	}
	if err == nil && mark.Format != restoredFormat {
		err = errors.New("it is of another version")
	}
	if err != nil {
		return restored{}, false, fmt.Errorf("read what is known of the restoring: %w", err)
	}
	return mark, true, nil
}

func (m restored) write(dir string) error {
	m.Format = restoredFormat
	b, err := json.Marshal(m)
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dir, restoredFile), append(b, '\n'))
}

// mayDrop returns nil if a drop may be signed today, after that of the last day.
// It may not on the day on which the desk was restored, since the lost machine
// may have signed that day's; nor where the relay shows one that this desk does
// not know. Errors: ErrQuiet, ErrForked, and the relay's.
func (d *Desk) mayDrop(ctx context.Context, last hearsay.Day) error {
	mark, ok, err := d.restoredMark()
	if err != nil {
		return err
	}
	if ok && d.today() <= mark.On || last > d.today() {
		return ErrQuiet
	}
	if d.mail == nil {
		return nil
	}
	if _, b, err := d.unknownDrop(ctx); err != nil {
		return err
	} else if b != nil {
		return ErrForked
	}
	return nil
}

// unknownDrop returns the relay's last drop of this desk if it is newer than the
// last one that the desk knows, and rightly signed. A relay that says there is
// one and shows none, or another's, stops nothing.
func (d *Desk) unknownDrop(ctx context.Context) (hearsay.Day, []byte, error) {
	status, err := d.mail.status(ctx)
	if err != nil {
		return 0, nil, err
	}
	public := d.keys.Public()
	last := status.LastDrop[public.Slot]
	if int64(last) <= int64(d.book.NextDrop(0, 0).Epoch) {
		return 0, nil, nil
	}
	b, err := d.mail.show(ctx, envelope.DropPath(public.Slot, last), envelope.DropSize(d.config.Rows))
	if err != nil {
		if errors.Is(err, ErrRelay) || errors.Is(err, ErrRefused) {
			return 0, nil, nil
		}
		return 0, nil, err
	}
	drop, err := envelope.ParseDrop(public.Desk, public.Editor, d.config.Rows, b)
	if err != nil || drop.Epoch != last || drop.Slot != public.Slot {
		return 0, nil, nil // the relay's word alone
	}
	return hearsay.Day(last), b, nil
}

// adopt has a restored desk take over what it signed after the backup and the
// relay still has: the charter, the serial of the questions, the end of the
// chain of drops. The caller holds d.errand.
func (d *Desk) adopt(ctx context.Context) error {
	mark, ok, err := d.restoredMark()
	if err != nil || !ok || mark.Adopted {
		return err
	}
	if err := d.adoptCharter(ctx); err != nil {
		return err
	}
	day, b, err := d.unknownDrop(ctx)
	if err != nil {
		return err
	}
	if b != nil {
		if err := os.MkdirAll(filepath.Join(d.dir, dropsFolder), 0o700); err != nil {
			return fmt.Errorf("keep the relay's drop: %w", err)
		}
		if err := writeFile(d.dropFile(envelope.Epoch(day)), b); err != nil {
			return err
		}
		if err := d.book.Dropped(ctx, day, sha256.Sum256(b), d.book.NextDrop(0, 0)); err != nil {
			return err
		}
	}
	if err := d.adoptQuestions(ctx); err != nil {
		return err
	}
	mark.Adopted = true
	d.log.Info("the restored desk knows what the relay has of it")
	return mark.write(d.dir)
}

func (d *Desk) adoptCharter(ctx context.Context) error {
	current, _, err := d.charter()
	if err != nil {
		return err
	}
	theirs, b, err := d.relayCharter(ctx)
	switch {
	case errors.Is(err, ErrRefused), errors.Is(err, envelope.ErrCharter):
		return nil // it has none of this desk: there is nothing to adopt
	case err != nil:
		return err
	case theirs.Serial <= current.Serial:
		return nil
	}
	if err := d.keys.AdoptCharter(b); err != nil {
		return fmt.Errorf("the relay has a newer charter than the backup, and other keys in it: sign the next one with the root key: %w", err)
	}
	return d.settleCharter()
}

// adoptQuestions signs the questions anew, above the serial that the relay has.
func (d *Desk) adoptQuestions(ctx context.Context) error {
	serial := uint32(d.epoch())
	b, err := d.mail.show(ctx, envelope.PathQuestions, envelope.QuestionsSize)
	if err == nil {
		public := d.keys.Public()
		if q, err := envelope.ParseQuestions(public.Desk, []ed25519.PublicKey{public.Root, public.Editor}, b); err == nil && q.Serial >= serial {
			serial = q.Serial + 1
		}
	}
	return d.signQuestionsAs(serial)
}

// MarkRestored marks a desk as put back from a copy of its folder, as Restore
// does for one from a backup.
func (d *Desk) MarkRestored() error {
	return restored{On: d.today(), Backup: d.book.LastDay()}.write(d.dir)
}

// mayPublish refuses a restored desk that was not compared with the site.
func (d *Desk) mayPublish() error {
	mark, ok, err := d.restoredMark()
	if err != nil {
		return err
	}
	if ok && !mark.Compared {
		return ErrCompare
	}
	return nil
}
