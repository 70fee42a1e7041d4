package desk

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/keyring"
	"hearsay/desk/internal/web"
	"hearsay/envelope"
)

// ErrNoRelay tells that the desk was opened without a relay.
var ErrNoRelay = errors.New("this desk was opened without a relay: name one with --relay")

// Pulled counts what one pull brought.
type Pulled struct {
	Deposits int // fetched, cover among them
	Reports  int // new
}

// Pull fetches what waits at the relay, day by day, keeps it, and only then
// tells the relay that a closed day is done. Pulling again brings nothing twice.
func (d *Desk) Pull(ctx context.Context) (Pulled, error) {
	d.errand.Lock()
	defer d.errand.Unlock()
	return d.pull(ctx)
}

func (d *Desk) pull(ctx context.Context) (Pulled, error) {
	if d.mail == nil {
		return Pulled{}, ErrNoRelay
	}
	var pulled Pulled
	today := d.today()
	through := d.book.PulledThrough()
	for day := max(through+1, today-envelope.RelayKeepsDays); day <= today; day++ {
		epoch := envelope.Epoch(day)
		err := d.mail.inbox(ctx, epoch, func(payloads [][]byte) error {
			pulled.Deposits += len(payloads)
			n, err := d.keep(ctx, payloads, casebook.ByRelay, day)
			pulled.Reports += n
			return err
		})
		if err != nil {
			return pulled, err
		}
		if day == today {
			break // more may come; it is done when it is closed
		}
		if err := d.mail.post(ctx, envelope.DonePath(epoch), nil, true); err != nil {
			return pulled, err
		}
		through = day
	}
	d.log.Info("pulled", "deposits", pulled.Deposits, "reports", pulled.Reports)
	return pulled, d.book.Pulled(ctx, through)
}

// keep opens payloads and keeps the reports among them.
func (d *Desk) keep(ctx context.Context, payloads [][]byte, channel casebook.Channel, received hearsay.Day) (reports int, err error) {
	messages, err := d.keys.OpenPayloads(ctx, payloads)
	if err != nil {
		return 0, err
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
		return 0, nil
	}
	return d.book.Receive(ctx, arrived)
}

// maxParcel bounds what is read of a parcel.
const maxParcel = 32 << 20

// Import takes in a parcel, a file of deposits end to end, and returns how many
// reports were new. A file that is anything else is refused whole.
func (d *Desk) Import(ctx context.Context, parcel io.Reader) (reports int, err error) {
	b, err := io.ReadAll(io.LimitReader(parcel, maxParcel+1))
	if err != nil {
		return 0, fmt.Errorf("read the parcel: %w", err)
	}
	if len(b) == 0 || len(b) > maxParcel || len(b)%envelope.DepositSize != 0 {
		return 0, fmt.Errorf("%w: it has %d bytes, where each deposit has %d", web.ErrParcel, len(b), envelope.DepositSize)
	}
	var payloads [][]byte
	for rest := b; len(rest) > 0; rest = rest[envelope.DepositSize:] {
		_, payload, err := envelope.ReadDeposit(rest[:envelope.DepositSize])
		if err != nil {
			return 0, fmt.Errorf("%w: deposit %d: %w", web.ErrParcel, len(payloads)+1, err)
		}
		payloads = append(payloads, payload)
	}
	return d.keep(ctx, payloads, casebook.ByParcel, d.today())
}

// Drop publishes the drop of the day, once: acknowledgements of what was opened
// since the last one, and rows that look like any others. It returns how many
// contacts it acknowledges. Where the relay could not be reached the same drop
// goes out when Drop is called again: two differing ones would look like fraud.
func (d *Desk) Drop(ctx context.Context) (acks int, err error) {
	d.errand.Lock()
	defer d.errand.Unlock()
	if d.mail == nil {
		return 0, ErrNoRelay
	}
	b, acks, err := d.dayDrop(ctx)
	if errors.Is(err, ErrQuiet) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return acks, d.mail.post(ctx, envelope.PathPublishDrop, b, true)
}

// dayDrop returns the drop of the day: the one that was made, or a new one and
// how many contacts that acknowledges.
func (d *Desk) dayDrop(ctx context.Context) (b []byte, acks int, err error) {
	today := d.today()
	next := d.book.NextDrop(envelope.AcksPerDrop)
	if next.Epoch == today {
		b, err := os.ReadFile(d.dropFile(d.epoch()))
		if err != nil {
			return nil, 0, fmt.Errorf("read the day's drop: %w", err)
		}
		return b, 0, nil
	}
	if err := d.mayDrop(ctx, next.Epoch); err != nil {
		return nil, 0, err
	}
	drop := keyring.Drop{Epoch: d.epoch(), Rows: d.config.Rows, Prev: next.Digest}
	for _, inbox := range next.Inboxes {
		contact, err := envelope.ParseContact(inbox)
		if err != nil {
			return nil, 0, fmt.Errorf("read a kept contact: %w", err)
		}
		drop.Heard = append(drop.Heard, contact)
	}
	if b, err = d.keys.SignDrop(drop); err != nil {
		return nil, 0, fmt.Errorf("sign the day's drop: %w", err)
	}
	if err := d.keepDrop(b); err != nil {
		return nil, 0, err
	}
	return b, len(drop.Heard), d.book.Dropped(ctx, today, sha256.Sum256(b), next)
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
