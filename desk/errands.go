package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/keyring"
	"hearsay/desk/internal/store"
	"hearsay/envelope"
)

// ErrNoRelay tells that the desk was opened without a relay.
var ErrNoRelay = errors.New("this desk was opened without a relay: name one with --relay")

// Pulled counts what one pull brought.
type Pulled struct {
	Deposits int // fetched, cover among them
	Reports  int // new
	Files    int // that manifests newly name
	Whole    int // files that were put together
}

// Pull fetches what waits at the relay, day by day, keeps it, and only then
// tells the relay that a closed day is done. Pulling again brings nothing twice.
func (d *Desk) Pull(ctx context.Context) (Pulled, error) {
	d.errand.Lock()
	defer d.errand.Unlock()
	early := d.early
	d.early = Pulled{}
	pulled, err := d.pull(ctx)
	return Pulled{pulled.Deposits + early.Deposits, pulled.Reports + early.Reports, pulled.Files + early.Files, pulled.Whole + early.Whole}, err
}

func (d *Desk) pull(ctx context.Context) (pulled Pulled, err error) {
	if d.mail == nil {
		return Pulled{}, ErrNoRelay
	}
	defer func() { err = errors.Join(err, d.book.CatchUp(ctx)) }() // also with what came before it failed
	status, err := d.mail.status(ctx)
	if err != nil {
		return Pulled{}, err
	}
	// A day is over when both clocks say so, before the first of its pages: of
	// an open day a relay gives every page another order, and of two such pages
	// nobody knows what stood on neither.
	today := d.today()
	open := min(today, hearsay.Day(status.Epoch))
	through := d.book.PulledThrough()
	for day := max(through+1, today-envelope.RelayKeepsDays); day <= today; day++ {
		epoch := envelope.Epoch(day)
		err := d.mail.inbox(ctx, epoch, func(payloads [][]byte) error {
			pulled.Deposits += len(payloads)
			kept, err := d.openAll(ctx, payloads, casebook.ByRelay, day, d.book.ReceiveMore)
			pulled.Reports += kept.Reports
			pulled.Files += kept.Files
			return err
		})
		if err == nil {
			err = d.mail.chunks(ctx, epoch, func(chunks [][]byte) error {
				if day < open {
					return d.keepChunks(ctx, chunks, casebook.ByRelay, day)
				}
				err := d.keepOpenChunks(ctx, chunks, day)
				if errors.Is(err, store.ErrNoRoomForChunks) {
					return nil // they are asked for again when the day is over
				}
				return err
			})
		}
		if err != nil {
			return pulled, err
		}
		if day >= open {
			continue // more may come; it is done when it is closed
		}
		if err := d.mail.post(ctx, envelope.DonePath(epoch), nil, true); err != nil {
			return pulled, err
		}
		through = day
	}
	if pulled.Whole, err = d.putTogether(ctx); err != nil {
		return pulled, err
	}
	d.log.Info("pulled", "deposits", pulled.Deposits, "reports", pulled.Reports, "files", pulled.Whole)
	return pulled, d.book.Pulled(ctx, through)
}

// keepAll opens payloads and keeps what sources sent in them.
func (d *Desk) keepAll(ctx context.Context, payloads [][]byte, channel casebook.Channel, received hearsay.Day) (casebook.Kept, error) {
	return d.openAll(ctx, payloads, channel, received, d.book.Receive)
}

// openAll opens payloads, and has kept what sources sent in them.
func (d *Desk) openAll(ctx context.Context, payloads [][]byte, channel casebook.Channel, received hearsay.Day, keep func(context.Context, []casebook.Incoming) (casebook.Kept, error)) (casebook.Kept, error) {
	messages, err := d.keys.OpenPayloads(ctx, payloads)
	if err != nil {
		return casebook.Kept{}, err
	}
	var arrived []casebook.Incoming
	for _, m := range messages {
		if m == nil {
			continue
		}
		if in, ok := incoming(m, d.keys.Public().Desk, channel, received); ok {
			arrived = append(arrived, in)
		}
	}
	if len(arrived) == 0 {
		return casebook.Kept{}, nil
	}
	return keep(ctx, arrived)
}

// keep is keepAll for whoever counts reports alone.
func (d *Desk) keep(ctx context.Context, payloads [][]byte, channel casebook.Channel, received hearsay.Day) (reports int, err error) {
	kept, err := d.keepAll(ctx, payloads, channel, received)
	return kept.Reports, err
}

// Drop publishes the drop of the day, once: acknowledgements of what was opened
// since the last one, replies that waited, and rows that look like any others.
// It returns how many contacts it acknowledges. Where the relay could not be
// reached the same drops go out when Drop is called again: two differing ones of
// a day would look like fraud, and to seal a reply anew would show that it is one.
func (d *Desk) Drop(ctx context.Context) (acks int, err error) {
	d.errand.Lock()
	defer d.errand.Unlock()
	if d.mail == nil {
		return 0, ErrNoRelay
	}
	acks, err = d.signDrop(ctx)
	if errors.Is(err, ErrQuiet) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return acks, d.publishDrops(ctx)
}

// offlineDrop makes the drop of the day at a desk without a relay, for the
// drives that go out.
func (d *Desk) offlineDrop(ctx context.Context) error {
	d.errand.Lock()
	defer d.errand.Unlock()
	_, err := d.signDrop(ctx)
	if errors.Is(err, ErrQuiet) {
		return nil
	}
	return err
}

// signDrop makes the drop of the day, unless there is one, and returns how many
// contacts that acknowledges. What it carries is recorded as sent when this
// returns, and it is not published before: a kill leaves either a drop that
// nobody saw, of which the next takes everything, or one that goes out as it is.
func (d *Desk) signDrop(ctx context.Context) (acks int, err error) {
	for {
		day := d.epoch()
		next := d.book.NextDrop(envelope.AcksPerDrop, d.config.Rows)
		if next.Epoch == hearsay.Day(day) {
			return 0, nil
		}
		if err := d.mayDrop(ctx, next.Epoch); err != nil {
			return 0, err
		}
		drop := keyring.Drop{Epoch: day, Rows: d.config.Rows, Prev: next.Digest}
		for _, inbox := range next.Inboxes {
			contact, err := envelope.ParseContact(inbox)
			if err != nil {
				return 0, fmt.Errorf("read a kept contact: %w", err)
			}
			drop.Heard = append(drop.Heard, contact)
		}
		for _, reply := range next.Replies {
			rows, err := d.sealReply(reply)
			if err != nil {
				return 0, err
			}
			drop.Replies = append(drop.Replies, rows...)
		}
		b, err := d.keys.SignDrop(drop)
		if err != nil {
			return 0, fmt.Errorf("sign the day's drop: %w", err)
		}
		if err := d.keepDrop(day, b); err != nil {
			return 0, err
		}
		err = d.book.Dropped(ctx, hearsay.Day(day), sha256.Sum256(b), next)
		if errors.Is(err, casebook.ErrQueue) {
			continue // somebody undid a reply just now
		}
		return len(drop.Heard), err
	}
}

func (d *Desk) sealReply(reply casebook.Outgoing) ([][]byte, error) {
	to, err := envelope.ParseContact(reply.Inbox)
	if err != nil {
		return nil, fmt.Errorf("read a kept contact: %w", err)
	}
	rows, err := d.keys.SealReply(to, reply.Text.Reveal())
	if err != nil {
		return nil, fmt.Errorf("seal a reply: %w", err)
	}
	return rows, nil
}

// publishDrops gives the relay every drop that it has not taken, the oldest
// first, and that of the day again, which it may have lost.
func (d *Desk) publishDrops(ctx context.Context) error {
	last := d.book.NextDrop(0, 0).Epoch
	for _, day := range d.book.Unpublished(d.today() - envelope.RelayKeepsDays) {
		if day != last {
			if err := d.publishDrop(ctx, day); errors.Is(err, fs.ErrNotExist) {
				continue // a desk of an earlier version did not keep it
			} else if errors.Is(err, ErrRefused) {
				d.log.Error("the relay refuses an older drop", "day", day.String(), "error", err)
			} else if err != nil {
				return err
			}
		}
	}
	return d.publishDrop(ctx, last)
}

func (d *Desk) publishDrop(ctx context.Context, day hearsay.Day) error {
	b, err := os.ReadFile(d.dropFile(envelope.Epoch(day)))
	if err != nil {
		return fmt.Errorf("read the drop of %s: %w", day, err)
	}
	public := d.keys.Public()
	if _, err := envelope.ParseDrop(public.Desk, public.Editor, d.config.Rows, b); err != nil {
		d.log.Warn("a drop was signed with keys that were replaced since: no relay takes it", "day", day.String())
		return nil
	}
	if err := d.mail.post(ctx, envelope.PathPublishDrop, b, true); err != nil {
		return err
	}
	return d.book.Published(ctx, day)
}

// Cover sends cover deposits, which nobody can tell from others: PROTOCOL.md
// section 9.6.
func (d *Desk) Cover(ctx context.Context, n int) (sent int, err error) {
	if d.mail == nil {
		return 0, ErrNoRelay
	}
	status, err := d.mail.status(ctx)
	if err != nil {
		return 0, err
	}
	desk := d.keys.Public().Desk
	for ; sent < n; sent++ {
		payload, err := envelope.Cover(desk)
		if err != nil {
			return sent, err
		}
		deposit, err := envelope.NewDeposit(ctx, desk, d.epoch(), payload, status.Puzzle)
		if err != nil {
			return sent, err
		}
		if err := d.mail.post(ctx, envelope.PathDeposit, deposit, false); err != nil {
			return sent, err
		}
	}
	return sent, nil
}
