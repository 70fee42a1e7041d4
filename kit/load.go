package kit

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"slices"

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
	Status    envelope.Status // zero if there was no relay
	Roster    *envelope.Roster
	Questions []Question // nil if there are none to be trusted: then free text only
	Notices   []Notice

	client *Client // nil if there was no relay
	today  envelope.Epoch
	drops  []*envelope.Drop
	before *Memory
}

// A getter returns a file that the desk has published, by its path at a relay
// and its size, or an error if there is none.
type getter func(ctx context.Context, path string, size int) ([]byte, error)

// Load fetches status, roster, questions and the drops of that many days (PROTOCOL
// 9, steps 1 and 2), always in the same order. A roster that is not the desk's
// is [ErrStop]. What else is bad or missing is left out and noted.
func (c *Client) Load(ctx context.Context, days int) (*Load, error) {
	if days != Week && days != Month {
		return nil, fmt.Errorf("load %d days: %w", days, ErrConfig) // nobody else asks for that
	}
	l := &Load{client: c, today: c.today(), before: c.memory}
	done, total := 0, 0
	get := func(ctx context.Context, path string, size int) ([]byte, error) {
		b, err := c.get(ctx, path, size)
		done += size // of what is missing, too: it was asked for
		c.progress(Progress{Loading, done, total})
		return b, err
	}
	b, err := get(ctx, envelope.PathStatus, envelope.StatusSize)
	if err != nil {
		return nil, err
	}
	if l.Status, err = envelope.ParseStatus(b); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRelay, err)
	}
	if apart(l.today, l.Status.Epoch) > 1 {
		l.note(Notice{Kind: ClockOff})
	}
	if b, err = get(ctx, envelope.PathRoster, envelope.RosterSize); err != nil {
		return nil, err
	}
	if err := l.takeRoster(c.root, b, c.minSerial); err != nil {
		return nil, err
	}
	if l.Roster.Digest != l.Status.RosterDigest {
		l.note(Notice{Kind: RosterForked})
	}
	total = LoadSize(l.Roster.Charter, days)
	if err := l.takeQuestions(ctx, c.root, get); err != nil {
		return nil, err
	}
	for slot := range l.Roster.Charter.Editors {
		if err := l.takeDrops(ctx, slot, days, l.today, get); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// LoadSize returns how many bytes a load of that many days fetches at most: the
// same for everybody.
func LoadSize(c envelope.Charter, days int) int {
	return envelope.StatusSize + envelope.RosterSize + envelope.QuestionsSize + days*len(c.Editors)*envelope.DropSize(c.Rows)
}

// takeRoster verifies the roster and compares it with what was seen before.
func (l *Load) takeRoster(root ed25519.PublicKey, b []byte, minSerial uint32) (err error) {
	if l.Roster, err = envelope.ParseRoster(root, b, l.today, minSerial); err != nil {
		return fmt.Errorf("%w: %w", ErrStop, err)
	}
	if apart(l.today, l.Roster.OldestBundle(envelope.Daily)) > oldBundle {
		l.note(Notice{Kind: OldKeys})
	}
	if l.before != nil && l.before.Day == l.today && l.before.Roster != l.Roster.Digest {
		l.note(Notice{Kind: RosterChanged})
	}
	return nil
}

// oldBundle is the age in days from which keys are noted: a relay that serves
// an old roster to some can tell them apart later.
const oldBundle = 3

func apart(a, b envelope.Epoch) int64 {
	d := int64(a) - int64(b)
	return max(d, -d)
}

// takeQuestions fails only when the context ends: without questions a source
// can still say everything.
func (l *Load) takeQuestions(ctx context.Context, root ed25519.PublicKey, get getter) error {
	b, err := get(ctx, envelope.PathQuestions, envelope.QuestionsSize)
	if err != nil {
		l.note(Notice{Kind: NoQuestions})
		return ctx.Err()
	}
	keys := append([]ed25519.PublicKey{root}, l.Roster.Charter.Editors...)
	file, err := envelope.ParseQuestions(l.Roster.Desk, keys, b)
	if err != nil || !file.Covers(l.today) {
		l.note(Notice{Kind: NoQuestions})
		return nil
	}
	if l.Questions, err = parseQuestions(file.JSON); err != nil {
		l.note(Notice{Kind: NoQuestions})
	}
	return nil
}

// takeDrops asks for every day, oldest first, and judges by the chain what is
// missing: where a drop names the one before it, the desk published nothing in
// between. That of the last day may not be out yet.
func (l *Load) takeDrops(ctx context.Context, slot, days int, last envelope.Epoch, get getter) error {
	var missing []envelope.Epoch // in a row, since the last drop that is good
	var before *envelope.Drop
	flush := func() {
		if len(missing) > 0 {
			l.note(Notice{Kind: Gap, Slot: slot, Day: missing[0], Until: missing[len(missing)-1]})
		}
		missing = nil
	}
	for back := days - 1; back >= 0; back-- {
		if uint64(back) > uint64(last) {
			continue
		}
		day := last - envelope.Epoch(back)
		drop, err := l.fetchDrop(ctx, slot, day, get)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.Is(err, envelope.ErrDrop) {
			missing = append(missing, day) // there is one, and it is bad
			flush()
			before = nil
			continue
		}
		if err != nil {
			if day < last {
				missing = append(missing, day)
			}
			continue
		}
		switch follows := before != nil && drop.Prev == before.Digest; {
		case follows || drop.Prev == [32]byte{}: // or the first of all
			missing = nil
		case before != nil && len(missing) == 0:
			l.note(Notice{Kind: BrokenChain, Slot: slot, Day: day})
		}
		flush()
		l.keepDrop(drop)
		before = drop
	}
	flush()
	return nil
}

// fetchDrop returns an error of [envelope.ErrDrop] for a drop that is not what
// was asked for, and another where none came.
func (l *Load) fetchDrop(ctx context.Context, slot int, day envelope.Epoch, get getter) (*envelope.Drop, error) {
	charter := l.Roster.Charter
	b, err := get(ctx, envelope.DropPath(slot, day), envelope.DropSize(charter.Rows))
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

// keepDrop keeps a verified drop. Of two that differ, for one editor and day, it
// keeps both: each may hold a reply. Their signatures prove that the editor's
// key was used to tell two people two things.
func (l *Load) keepDrop(drop *envelope.Drop) {
	same := func(slot int, day envelope.Epoch) bool { return slot == drop.Slot && day == drop.Epoch }
	twice := false
	for _, d := range l.drops {
		if d.Digest == drop.Digest {
			return
		}
		twice = twice || same(d.Slot, d.Epoch)
	}
	if l.before != nil {
		twice = twice || slices.ContainsFunc(l.before.Drops, func(d SeenDrop) bool { return same(d.Slot, d.Day) && d.Digest != drop.Digest })
	}
	if n := (Notice{Kind: TwoDrops, Slot: drop.Slot, Day: drop.Epoch}); twice && !slices.Contains(l.Notices, n) {
		l.note(n)
	}
	l.drops = append(l.drops, drop)
}

// AddDrops adds drops that came another way, such as on a drive, and verifies
// each; what is no drop of an editor of the roster is noted and left out.
func (l *Load) AddDrops(files [][]byte) {
	charter, bad := l.Roster.Charter, false
	for _, b := range files {
		good := false
		for slot, editor := range charter.Editors {
			if drop, err := envelope.ParseDrop(l.Roster.Desk, editor, charter.Rows, b); err == nil && drop.Slot == slot {
				l.keepDrop(drop)
				good = true
				break
			}
		}
		bad = bad || !good
	}
	if bad {
		l.note(Notice{Kind: BadDrops})
	}
	slices.SortStableFunc(l.drops, func(a, b *envelope.Drop) int {
		return cmp.Or(cmp.Compare(a.Slot, b.Slot), cmp.Compare(a.Epoch, b.Epoch))
	})
}

// NextDrop returns the earliest day of which a drop can answer what is sent
// today: today's, if one of the editors has not published it yet.
func (l *Load) NextDrop() envelope.Epoch {
	for slot := range l.Roster.Charter.Editors {
		if l.Status.LastDrop[slot] < l.today {
			return l.today
		}
	}
	return l.today + 1
}
