package casebook

import (
	"cmp"
	"context"
	"slices"

	"hearsay"
)

// DropState is what the next drop must know of the ones before.
type DropState struct {
	Epoch   hearsay.Day // of the last drop; zero before the first
	Digest  [32]byte    // of the last drop, for the chain
	Inboxes [][]byte    // of contacts of whom something was opened since, the longest waiting first
	Replies []Outgoing  // what goes into its rows
	through int64       // reports up to this record are acknowledged by it
	answers []int64     // the places of the replies
}

// Outgoing is a reply on its way into a drop.
type Outgoing struct {
	Inbox []byte
	Text  Text
}

// NextDrop returns what the next drop is to carry: at most so many
// acknowledgements, and replies in at most so many rows; the rest wait for the
// one after.
func (c *Casebook) NextDrop(acks, rows int) DropState {
	v, _ := view(c, func(b *Book, _ *Grades) (DropState, error) {
		d := DropState{Epoch: b.drop.Epoch, Digest: b.drop.Digest, through: b.acked}
		heard := map[*contact]int64{} // by who is answered: whoever changed its words is under the new ones alone
		for _, contact := range b.contacts {
			if contact.heard > b.acked {
				to := contact.current()
				heard[to] = max(heard[to], contact.heard)
			}
		}
		var waiting []*contact
		for to := range heard {
			waiting = append(waiting, to)
		}
		slices.SortFunc(waiting, func(a, b *contact) int { return cmp.Compare(heard[a], heard[b]) })
		for _, to := range waiting[:min(acks, len(waiting))] {
			d.Inboxes = append(d.Inboxes, to.inbox)
			d.through = heard[to]
		}
		if drops := plan(b.sendable(), rows); len(drops) > 0 {
			for _, r := range drops[0] {
				to, err := r.to.answerable()
				if err != nil {
					return d, err
				}
				d.Replies = append(d.Replies, Outgoing{to.inbox, r.Text})
				d.answers = append(d.answers, r.Seq)
			}
		}
		return d, nil
	})
	return v
}

// Dropped records that a drop is signed, so that the next continues its chain,
// acknowledges what came after and carries other replies. ErrQueue tells that a
// reply in it does not wait any more: it must not go out.
func (c *Casebook) Dropped(ctx context.Context, epoch hearsay.Day, digest [32]byte, d DropState) error {
	return c.do(ctx, func(ch *change) error {
		waiting := ch.sendable()
		for _, place := range d.answers {
			if !slices.Contains(waiting, ch.replies[place]) {
				return ErrQueue
			}
		}
		return ch.add(Record{Kind: kindDropped, Data: encode(droppedData{epoch, digest, d.through, d.answers})})
	})
}

// Published records that the relay has taken the drop of a day.
func (c *Casebook) Published(ctx context.Context, epoch hearsay.Day) error {
	return c.do(ctx, func(ch *change) error {
		if !slices.Contains(ch.unpublished, epoch) {
			return nil
		}
		return ch.add(Record{Kind: kindDropOut, Data: encode(dropOutData{epoch})})
	})
}

// Unpublished returns the days since a day, the first first, whose drops are
// signed and not taken by the relay.
func (c *Casebook) Unpublished(since hearsay.Day) []hearsay.Day {
	v, _ := view(c, func(b *Book, _ *Grades) (days []hearsay.Day, _ error) {
		for _, day := range b.unpublished {
			if day > since {
				days = append(days, day)
			}
		}
		return days, nil
	})
	return v
}

// Pulled records that all inboxes through a day are kept and given back to the
// relay.
func (c *Casebook) Pulled(ctx context.Context, through hearsay.Day) error {
	return c.do(ctx, func(ch *change) error {
		if through <= ch.pulled {
			return nil
		}
		return ch.add(Record{Kind: kindPulled, Data: encode(pulledData{through})})
	})
}

// PulledThrough returns the last day whose inbox is kept whole; zero before the
// first.
func (c *Casebook) PulledThrough() hearsay.Day {
	v, _ := view(c, func(b *Book, _ *Grades) (hearsay.Day, error) { return b.pulled, nil })
	return v
}

// Asked returns the claims in the order they were worded.
func (c *Casebook) Asked() []Claim {
	v, _ := view(c, func(b *Book, _ *Grades) ([]Claim, error) {
		var all []Claim
		for _, key := range b.keys {
			all = append(all, *b.claims[key])
		}
		return all, nil
	})
	return v
}

// LastDay returns the day of the last record.
func (c *Casebook) LastDay() hearsay.Day {
	v, _ := view(c, func(b *Book, _ *Grades) (hearsay.Day, error) { return b.today, nil })
	return v
}
