package kit

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"hearsay/envelope"
)

var errNotOnDrive = errors.New("it is not on the drive")

// OpenOutbound reads what a desk publishes from the file of a drive instead of
// from a relay (PROTOCOL 4.8), with the same checks and notices. Of c it needs
// no relay. A file of another root key is [ErrOtherDesk]; bytes that are no such
// file are [envelope.ErrOutbound]; a roster that is not the desk's for today is
// [ErrStop].
//
// A drive may have been on the road for weeks. Its roster is good while courier
// bundles are ([envelope.ParseCarriedRoster]), and what the desk published since
// is not missing. Nothing can be sent from such a load: see [Session.Parcel].
func OpenOutbound(c Config, file []byte) (*Load, error) {
	o, err := envelope.ParseOutbound(file)
	if err != nil {
		return nil, err
	}
	desk := envelope.DeskIDOf(o.Root)
	if !bytes.Equal(o.Root, c.Root) || c.Memory != nil && c.Memory.Desk != desk {
		return nil, fmt.Errorf("open drive: %w", ErrOtherDesk)
	}
	now, minSerial := c.Now, c.MinSerial
	if now == nil {
		now = time.Now
	}
	if c.Memory != nil {
		minSerial = max(minSerial, c.Memory.Serial)
	}
	l := &Load{today: envelope.EpochOf(now()), before: c.Memory}
	if l.Roster, err = envelope.ParseCarriedRoster(c.Root, o.Roster, l.today, minSerial); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStop, err)
	}
	if age := l.Published(); apart(l.today, age) > oldBundle {
		l.note(Notice{Kind: OldDrive, Day: age})
	}
	files, last := map[string][]byte{envelope.PathQuestions: o.Questions}, envelope.Epoch(0)
	first := l.today + 1
	for _, d := range o.Drops {
		day := envelope.Epoch(binary.BigEndian.Uint32(d[44:])) // ParseOutbound saw to the header
		files[envelope.DropPath(int(d[40]), day)] = d
		first, last = min(first, day), max(last, day)
	}
	get := func(_ context.Context, path string, _ int) ([]byte, error) {
		if b := files[path]; b != nil {
			return b, nil
		}
		return nil, errNotOnDrive
	}
	ctx := context.Background() // nothing here waits
	if err := l.takeQuestions(ctx, c.Root, get); err != nil {
		return nil, err
	}
	if len(o.Drops) == 0 {
		return l, nil
	}
	last = min(last, l.today+1)
	days := min(Month, int(last-first)+1) // a drive may begin later than a relay would
	for slot := range l.Roster.Charter.Editors {
		if err := l.takeDrops(ctx, slot, days, last, get); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// Published returns the day for which the desk made the oldest daily keys of the
// roster: what was loaded is of that day or little later.
func (l *Load) Published() envelope.Epoch { return l.Roster.OldestBundle(envelope.Daily) }
