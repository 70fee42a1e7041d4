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
	through int64       // reports up to this record are acknowledged by it
}

// NextDrop returns what the next drop is to acknowledge, at most so many
// contacts; the rest wait for the one after.
func (c *Casebook) NextDrop(most int) DropState {
	v, _ := view(c, func(b *Book, _ *Grades) (DropState, error) {
		d := DropState{Epoch: b.drop.Epoch, Digest: b.drop.Digest, through: b.acked}
		type waiting struct {
			source *Source
			seq    int64
		}
		var all []waiting
		for s, seq := range b.heard {
			if seq > b.acked && s.Alarm != Unverified {
				all = append(all, waiting{s, seq})
			}
		}
		slices.SortFunc(all, func(a, b waiting) int { return cmp.Compare(a.seq, b.seq) })
		for _, w := range all[:min(most, len(all))] {
			d.Inboxes = append(d.Inboxes, w.source.inbox)
			d.through = w.seq
		}
		return d, nil
	})
	return v
}

// Dropped records that a drop is published, so that the next continues its
// chain and acknowledges what came after.
func (c *Casebook) Dropped(ctx context.Context, epoch hearsay.Day, digest [32]byte, d DropState) error {
	return c.do(ctx, func(ch *change) error {
		return ch.add(Record{Kind: kindDropped, Data: encode(droppedData{epoch, digest, d.through})})
	})
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
