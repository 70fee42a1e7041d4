package casebook

import (
	"cmp"
	"slices"

	"hearsay"
)

// contact is an inbox that endorsed whoever wrote from it, or that a rollover
// told of.
type contact struct {
	source  *Source // as the desk met it, whatever it belongs to since
	inbox   []byte
	seen    int64                    // the record that first told of it
	since   hearsay.Day              // when the desk first heard of it
	first   map[[32]byte]hearsay.Day // of each author
	wroteOn hearsay.Day              // the day of its first own message; zero while only a rollover told of it
	lifts   map[[32]byte][]Lift      // editors' words that an author is no sign of force

	rolls  bool        // whether a rollover tells of it, as old or new
	next   *contact    // whom it rolled over to; nil while its words are in use
	rolled hearsay.Day // since when
	taint  Flag        // why nothing from it carries weight: how the desk heard of it

	heard int64         // the last record by which it is to be acknowledged
	acked []hearsay.Day // the drops that acknowledged it
}

// Lift is one editor's word that an order of a source's words is its own.
type Lift struct {
	Editor string
	Day    hearsay.Day
	Why    string
}

const liftEditors = 2

func (c *contact) lifted(author [32]byte) bool { return len(c.lifts[author]) >= liftEditors }

// current returns the inbox that is answered in this one's place.
func (c *contact) current() *contact {
	for c.next != nil {
		c = c.next
	}
	return c
}

// hear notes that an author wrote, or will write, from the inbox. It reports
// whether that changes how earlier messages are to be judged.
func (c *contact) hear(author [32]byte, on hearsay.Day) (changes bool) {
	first, seen := c.first[author]
	if seen && first <= on {
		return false
	}
	c.first[author] = on
	changes = on <= c.since && len(c.first) > 1
	c.since = min(c.since, on)
	return changes
}

// judge says how an author's message is filed. The normal author is who wrote on
// the day when the desk first heard of the inbox; where several did, nobody
// knows which of them it is. Two editors can file another as normal too.
func (c *contact) judge(author [32]byte, received hearsay.Day) Flag {
	first, seen := c.first[author]
	switch {
	case c.lifted(author):
		return ""
	case !seen:
		first = received
	}
	if first > c.since {
		return Duress
	}
	flag := Flag("")
	for other, day := range c.first {
		switch {
		case other == author || day != c.since:
		case c.lifted(other): // and so two editors know which of them it is
			return Duress
		default:
			flag = Ambiguous
		}
	}
	return flag
}

// filing is whose message something is.
type filing struct {
	base     *Source  // as the desk met it
	contact  *contact // nil for what was keyed in, and what no inbox endorses
	author   [32]byte
	message  [16]byte
	unsigned bool // the inbox does not endorse the author
	admitted bool // by an editor, although its words had been changed
}

// flag says how the message is filed by all that the desk knows now.
func (f *filing) flag(received hearsay.Day) Flag {
	if f.unsigned {
		return Unverified
	}
	c := f.contact
	if c == nil {
		return ""
	}
	switch flag := c.judge(f.author, received); {
	case flag != "":
		return flag
	case c.taint != "" && !c.lifted(f.author) && !f.admitted:
		return c.taint
	case c.next != nil && received > c.rolled && !f.admitted:
		return AfterRollover
	}
	return ""
}

// filed notes that a message came. It reports whether that changes how others
// are to be filed.
func (b *Book) filed(r Record, d arrivalData) (f filing, changes bool) {
	f = filing{base: b.source(r), author: d.Author, message: d.Message, unsigned: d.Flag == Unverified}
	c := b.contacts[d.Fingerprint]
	if f.unsigned || c == nil {
		return f, false
	}
	f.contact = c
	if c.rolls {
		b.settled()
	}
	changes = c.hear(d.Author, d.Received)
	if c.wroteOn == 0 || d.Received < c.wroteOn {
		c.wroteOn = d.Received
		changes = changes || len(b.rollovers) > 0
	}
	if f.flag(d.Received) != AfterRollover { // to confirm changed words would help who should not have them
		c.heard = r.Seq
	}
	return f, changes
}

// badness is how much worse one flag of a source is than another.
var badness = map[Flag]int{Duress: 5, Ambiguous: 4, Contested: 3, AfterRollover: 2, Unverified: 1}

// alarm raises a source's alarm, which only something worse replaces.
func (b *Book) alarm(s *Source, flag Flag) {
	if badness[flag] > badness[s.Alarm] {
		s.Alarm = flag
	}
}

// settled has everything filed by what came. Strangers can send what changes
// that as often as they like, and to settle takes a look at all that is kept: so
// it is done once before somebody asks, and not after each.
func (b *Book) settled() {
	if b.unsettled {
		b.unsettled = false
		b.settle()
	}
}

// settle says anew how everything is filed: after what changes the past, such
// as a rollover, or a second author on an inbox's first day. It goes by the
// days on which messages came and not by the order in which the desk read
// them, which on one day is the relay's to choose.
func (b *Book) settle() {
	b.refiled = true
	for _, s := range b.sources {
		s.joined, s.sent = nil, 0
		if s.Alarm != Unverified { // which is how it was met
			s.Alarm = ""
		}
	}
	for _, c := range b.contacts {
		c.next, c.rolled, c.taint = nil, 0, ""
	}
	b.settleRollovers()
	for _, r := range b.inOrder {
		r.settle()
		r.Source.sent++
		b.alarm(r.Source, r.Flag)
	}
	for _, m := range b.enclosing {
		m.settle()
		b.alarm(m.Source, m.Flag)
	}
	for _, r := range b.rollovers {
		r.Source = r.base.whole()
		b.alarm(r.Source, r.Verdict.alarm())
	}
}

// contactsOf are the inboxes of a source, in the order the desk met them.
func (b *Book) contactsOf(s *Source) []*contact {
	var all []*contact
	for _, c := range b.contacts {
		if c.source.whole() == s {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *contact) int { return cmp.Compare(a.seen, b.seen) })
	return all
}

// lifts are the words of editors for the order in which something came.
func (f *filing) lifts() []LiftView {
	if f.contact == nil {
		return nil
	}
	var all []LiftView
	for _, l := range f.contact.lifts[f.author] {
		all = append(all, LiftView(l))
	}
	return all
}

// contactViews adds to a source's view its inboxes and how it changed them.
func (b *Book) contactViews(v *SourceView, s *Source) {
	for _, c := range b.contactsOf(s) {
		contact := ContactView{Since: c.since, State: "current", Acked: slices.Clone(c.acked)}
		slices.Reverse(contact.Acked)
		switch {
		case c.taint != "":
			contact.State = string(c.taint)
		case c.next != nil:
			contact.State, contact.Rolled = "rolled over", &c.rolled
		}
		v.Contacts = append(v.Contacts, contact)
	}
	for _, r := range b.rollovers {
		if r.Source == s {
			v.Rollovers = append(v.Rollovers, RolloverView{r.Seq, r.Received, r.Verdict, r.lifts(), r.Verdict == Forced})
		}
	}
	if _, err := s.answerable(); err != nil {
		v.Unanswer = err.Error()
	}
}
