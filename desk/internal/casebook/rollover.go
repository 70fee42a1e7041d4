package casebook

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"hearsay"
)

// Rollover is a source's word that it changed its words (PROTOCOL.md 4.9).
type Rollover struct {
	filing
	Seq      int64
	Source   *Source
	Received hearsay.Day
	Verdict  Verdict

	next *contact // nil where a key of it is another's
}

// Verdict says what the desk makes of a rollover.
type Verdict string

// The verdicts.
const (
	Followed   Verdict = "followed"    // the source is answered under its new words alone
	Repeated   Verdict = "repeated"    // it says again what is followed
	Forced     Verdict = "forced"      // it came under duress, or nobody knows whether it did: recorded as hostile
	TooLate    Verdict = "too late"    // other new words are followed already
	TwoAtOnce  Verdict = "two at once" // two on one day lead to different words: neither is followed
	NotItsOwn  Verdict = "not its own" // the new words are known to the desk as somebody else's
	Unendorsed Verdict = "unverified"  // the old inbox does not vouch for whoever wrote it
)

// alarm is what a verdict says of the source.
func (v Verdict) alarm() Flag {
	switch v {
	case Forced:
		return Duress
	case TooLate:
		return AfterRollover
	case TwoAtOnce, NotItsOwn:
		return Contested
	}
	return ""
}

func (b *Book) applyRollover(r Record, d rolloverData) error {
	if err := about(r); err != nil {
		return err
	}
	b.taken[messageKey{d.Author, d.Message}] = true
	rollover := &Rollover{Seq: r.Seq, Received: d.Received}
	var heard int64
	if old := b.contacts[d.Fingerprint]; old != nil {
		heard = old.heard
	}
	rollover.filing, _ = b.filed(r, d.arrivalData)
	if old := rollover.contact; old != nil && !d.Refused {
		next := b.contacts[d.Next]
		if next == nil || next == old {
			return fmt.Errorf("record %d rolls over to nobody: %w", r.Seq, ErrRecord)
		}
		rollover.next = next
		old.rolls, next.rolls = true, true
		if next.wroteOn == 0 || next.wroteOn >= d.Received { // else it was known before, and says by itself who writes from it
			next.hear(d.NextAuthor, d.Received)
		}
		if old.heard == r.Seq { // the source looks for the answer under its new words
			old.heard, next.heard = heard, r.Seq
		}
	}
	b.rollovers = append(b.rollovers, rollover)
	b.unsettled = true
	return nil
}

// settleRollovers decides which rollovers are followed. Of two from one inbox
// the first stands; of two on one day neither does.
func (b *Book) settleRollovers() {
	inOrder := slices.Clone(b.rollovers)
	slices.SortStableFunc(inOrder, func(x, y *Rollover) int { return cmp.Compare(x.Received, y.Received) })
	from := map[*contact][]*Rollover{}
	for _, r := range inOrder {
		r.Verdict = ""
		from[r.contact] = append(from[r.contact], r)
		if r.contact == nil {
			r.Verdict = Unendorsed
		} else if r.contact.judge(r.author, r.Received) != "" {
			r.Verdict = Forced
		}
	}
	for _, r := range inOrder {
		if r.contact != nil {
			r.judge(from[r.contact])
		}
	}
}

// judge gives a rollover its verdict, once those before it in order have theirs;
// all from its inbox are given.
func (r *Rollover) judge(same []*Rollover) {
	old, next := r.contact, r.next
	if next == nil {
		r.Verdict = NotItsOwn
		return
	}
	one, other := old.source.whole(), next.source.whole()
	switch {
	case next == old.next:
		r.Verdict = Repeated
		return
	case one == other: // known as its own by another rollover, which says more
		if r.Verdict == "" {
			r.Verdict = NotItsOwn
		}
		return
	case next.wroteOn != 0 && next.wroteOn < r.Received, other != next.source:
		r.Verdict = NotItsOwn // known before, or as another's new words
		return
	case r.Verdict == "":
		r.Verdict = r.standing(same)
	}
	next.source.joined, next.taint = one, r.Verdict.alarm()
	if r.Verdict == Followed {
		old.next, old.rolled = next, r.Received
	}
}

// standing compares a rollover with the others from the same inbox.
func (r *Rollover) standing(same []*Rollover) Verdict {
	if r.contact.next != nil {
		return TooLate
	}
	for _, other := range same {
		if other.Verdict != "" && other.Verdict != TwoAtOnce {
			continue
		}
		switch {
		case other.Received < r.Received:
			return TooLate // two at once came before, and nobody knows any more whom to believe
		case other.Received == r.Received && other.next != r.next && other.next != nil:
			return TwoAtOnce
		}
	}
	return Followed
}

func (b *Book) applyLift(r Record, d liftData) error {
	f, _, ok := b.filingOf(d.Place)
	if !ok || f.contact == nil {
		return fmt.Errorf("record %d lifts what is not kept: %w", r.Seq, ErrRecord)
	}
	if f.contact.lifts == nil {
		f.contact.lifts = map[[32]byte][]Lift{}
	}
	f.contact.lifts[f.author] = append(f.contact.lifts[f.author], Lift{r.Editor, r.Day, d.Why})
	b.unsettled = b.unsettled || f.contact.lifted(f.author)
	return nil
}

func (b *Book) applyAdmit(r Record, d admitData) error {
	report := b.reports[d.Place]
	if report == nil {
		return fmt.Errorf("record %d admits a report that is not kept: %w", r.Seq, ErrRecord)
	}
	report.admitted, b.unsettled = true, true
	return nil
}

// filingOf finds what came as a message, and when.
func (b *Book) filingOf(place int64) (*filing, hearsay.Day, bool) {
	if r := b.reports[place]; r != nil {
		return &r.filing, r.Received, true
	}
	if m := b.manifests[place]; m != nil {
		return &m.filing, m.Received, true
	}
	for _, r := range b.rollovers {
		if r.Seq == place {
			return &r.filing, r.Received, true
		}
	}
	return nil, 0, false
}

// Lift is one editor's word that a message which came in a false order of the
// words, or in one of two orders of which nobody knows the true one, came of the
// source's free will: an honest mix-up. It needs two editors, each with a
// reason. From then on all that came and comes in that order is normal.
func (c *Casebook) Lift(ctx context.Context, editor string, place int64, why string) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		f, received, ok := ch.filingOf(place)
		if !ok {
			return ErrNoSuch
		}
		if f.contact == nil || f.unsigned {
			return ErrNoOrder
		}
		if flag := f.contact.judge(f.author, received); flag != Duress && flag != Ambiguous {
			return ErrNoOrder
		}
		if len(ch.editors) < liftEditors {
			return ErrLiftAlone
		}
		if err := reason(why); err != nil {
			return err
		}
		if slices.ContainsFunc(f.contact.lifts[f.author], func(l Lift) bool { return l.Editor == editor }) {
			return ErrTwice
		}
		return ch.add(Record{Kind: kindLift, Editor: editor, Source: f.base.ID, Data: encode(liftData{place, why})})
	})
}

// Admit lets a report carry weight that came under words which the source had
// changed: sent before it did, say, and a month on its way.
func (c *Casebook) Admit(ctx context.Context, editor string, place int64, why string) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		r := ch.reports[place]
		if r == nil {
			return ErrNoSuch
		}
		if r.Flag != AfterRollover && r.Flag != Contested {
			return ErrNotHeld
		}
		if err := reason(why); err != nil {
			return err
		}
		return ch.add(Record{Kind: kindAdmit, Editor: editor, Source: r.base.ID, Report: r.ID, Data: encode(admitData{place, why})})
	})
}
