package envelope

// A Filing is where a desk puts a message from a source (PROTOCOL 5).
type Filing int

const (
	NewContact Filing = iota // first from this inbox: its author is the normal one
	Normal                   // the author that this inbox began with
	Duress                   // another order of the same words: somebody is being forced
	Ambiguous                // two authors on the first day: one of them is, and nobody knows which
	Unverified               // a claim to an inbox that its own key does not bear out
)

var filingWords = [...]string{"new contact", "normal", "duress", "ambiguous", "unverified"}

// String returns the word for the filing.
func (f Filing) String() string { return filingWords[f] }

// A Sighting is one author of one contact and the epoch in which the desk first
// had a verified message from it.
type Sighting struct {
	Author Author
	First  Epoch
}

// A History is what a desk already knows of the contact of a message.
type History struct {
	// Seen has each author once. Authors of unverified messages are not in it.
	Seen []Sighting

	// Lifted is the author that two editors filed as the new normal, or zero.
	Lifted Author

	// Claimed says that a key of the contact is known from another contact:
	// see [Contact.SharesKey].
	Claimed bool
}

// File says how to file a message that arrived in that epoch. It is a pure
// function of what is known; the caller adds the author to the history unless
// the answer is Unverified or the author is in it. Duress and Ambiguous raise
// an alarm on the contact that stays, whatever is filed later.
func File(m *Message, desk DeskID, arrived Epoch, h History) Filing {
	switch {
	case h.Claimed || !m.Endorsed(desk):
		return Unverified
	case h.Lifted != Author{}:
		return normalIf(m.Author == h.Lifted)
	case len(h.Seen) == 0:
		return NewContact
	}
	first := h.Seen[0].First
	for _, s := range h.Seen {
		first = min(first, s.First)
	}
	began, others := arrived == first, 0 // did this author begin the contact, and who else did
	for _, s := range h.Seen {
		switch {
		case s.Author == m.Author:
			began = s.First == first
		case s.First == first:
			others++
		}
	}
	if began && others > 0 {
		return Ambiguous
	}
	return normalIf(began)
}

func normalIf(ok bool) Filing {
	if ok {
		return Normal
	}
	return Duress
}
