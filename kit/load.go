package kit

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"

	"hearsay/envelope"
)

// How many days of drops to load. Month is a choice that a relay can see, for
// whoever was away for long.
const (
	Week  = 7
	Month = envelope.RelayKeepsDays
)

// A Load is what everybody fetches, with words or without: it tells the relay
// nothing.
type Load struct {
	Status    envelope.Status
	Roster    *envelope.Roster
	Questions []Question // nil if there are none to be trusted: then free text only
	Notices   []Notice

	client *Client
	drops  []*envelope.Drop
}

// Load fetches status, roster, questions and the drops of that many days (PROTOCOL
// 9, steps 1 and 2), always in the same order. A roster that is not the desk's
// is [ErrStop]. What else is bad or missing is left out and noted.
func (c *Client) Load(ctx context.Context, days int) (*Load, error) {
	if days != Week && days != Month {
		return nil, fmt.Errorf("load %d days: %w", days, ErrConfig) // nobody else asks for that
	}
	l := &Load{client: c}
	b, err := c.get(ctx, envelope.PathStatus, envelope.StatusSize)
	if err != nil {
		return nil, err
	}
	if l.Status, err = envelope.ParseStatus(b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRelay, err)
	}
	today := c.today()
	if apart(today, l.Status.Epoch) > 1 {
		l.note(Notice{Kind: ClockOff})
	}
	if b, err = c.get(ctx, envelope.PathRoster, envelope.RosterSize); err != nil {
		return nil, err
	}
	if l.Roster, err = envelope.ParseRoster(c.root, b, today, c.minSerial); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStop, err)
	}
	if apart(today, l.Roster.OldestBundle(envelope.Daily)) > oldBundle {
		l.note(Notice{Kind: OldKeys})
	}
	if err := l.fetchQuestions(ctx, today); err != nil {
		return nil, err
	}
	for slot := range l.Roster.Charter.Editors {
		if err := l.fetchDrops(ctx, slot, today, days); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// oldBundle is the age in days from which keys are noted: a relay that serves
// an old roster to some can tell them apart later.
const oldBundle = 3

func apart(a, b envelope.Epoch) int64 {
	d := int64(a) - int64(b)
	return max(d, -d)
}

// fetchQuestions fails only when the context ends: without questions a source
// can still say everything.
func (l *Load) fetchQuestions(ctx context.Context, today envelope.Epoch) error {
	b, err := l.client.get(ctx, envelope.PathQuestions, envelope.QuestionsSize)
	if err != nil {
		l.note(Notice{Kind: NoQuestions})
		return ctx.Err()
	}
	keys := append([]ed25519.PublicKey{l.client.root}, l.Roster.Charter.Editors...)
	file, err := envelope.ParseQuestions(l.Roster.Desk, keys, b)
	if err != nil || !file.Covers(today) {
		l.note(Notice{Kind: NoQuestions})
		return nil
	}
	if l.Questions, err = parseQuestions(file.JSON); err != nil {
		l.note(Notice{Kind: NoQuestions})
	}
	return nil
}

// fetchDrops asks for every day, oldest first, and judges by the chain what is
// missing: where a drop names the one before it, the desk published nothing in
// between. Today's may not be out yet.
func (l *Load) fetchDrops(ctx context.Context, slot int, today envelope.Epoch, days int) error {
	var missing []envelope.Epoch // in a row, since the last drop that is good
	var last *envelope.Drop
	flush := func() {
		if len(missing) > 0 {
			l.note(Notice{Kind: Gap, Slot: slot, Day: missing[0], Until: missing[len(missing)-1]})
		}
		missing = nil
	}
	for back := days - 1; back >= 0; back-- {
		if uint64(back) > uint64(today) {
			continue
		}
		day := today - envelope.Epoch(back)
		drop, err := l.fetchDrop(ctx, slot, day)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, envelope.ErrDrop) {
			missing = append(missing, day) // there is one, and it is bad
			flush()
			last = nil
			continue
		}
		if err != nil {
			if day < today {
				missing = append(missing, day)
			}
			continue
		}
		switch follows := last != nil && drop.Prev == last.Digest; {
		case follows || drop.Prev == [32]byte{}: // or the first of all
			missing = nil
		case last != nil && len(missing) == 0:
			l.note(Notice{Kind: BrokenChain, Slot: slot, Day: day})
		}
		flush()
		l.drops = append(l.drops, drop)
		last = drop
	}
	flush()
	return nil
}

// fetchDrop returns an error of [envelope.ErrDrop] for a drop that is not what
// was asked for, and another where none came.
func (l *Load) fetchDrop(ctx context.Context, slot int, day envelope.Epoch) (*envelope.Drop, error) {
	charter := l.Roster.Charter
	b, err := l.client.get(ctx, envelope.DropPath(slot, day), envelope.DropSize(charter.Rows))
	if err != nil {
		return nil, err
	}
	drop, err := envelope.ParseDrop(l.Roster.Desk, charter.Editors[slot], charter.Rows, b)
	if err != nil {
		return nil, err
	}
	if drop.Slot != slot || drop.Epoch != day {
		return nil, fmt.Errorf("another day's or editor's: %w", envelope.ErrDrop)
	}
	return drop, nil
}
