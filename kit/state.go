package kit

import "hearsay/envelope"

// A State is how far a report is known to have come.
type State int

const (
	NotYet  State = iota // nobody has said that they have it
	Taken                // the relay has it; it can lose it, or hold it back
	Arrived              // the desk has opened it, and says so in a drop
)

// String returns the word for it.
func (s State) String() string { return [...]string{"not yet", "taken", "arrived"}[s] }

// Unconfirmed is all that is ever said to words without an ack. Words that were
// rolled over are refused by it as well, and a stranger who types some learns
// nothing by it.
const Unconfirmed = "Nothing has been confirmed for these words. Either nothing has arrived, or these words are no longer in use, or they never were."

// States returns how far each report of this session has come, in the order in
// which they were written. It is Taken once the relay has all of it, with its
// files. That it has arrived, a later load can tell: see [Session.Since].
func (s *Session) States() []State {
	states := make([]State, s.written)
	for i := range states {
		states[i] = Taken
	}
	for _, w := range s.waiting {
		if w.report >= 0 {
			states[w.report] = NotYet
		}
	}
	return states
}

// Since says whether something that was sent on that day, or later, has
// arrived. A drop's ack is for all that was opened since the drop before, so
// what was sent just before that day can be taken for it.
func (s *Session) Since(day envelope.Epoch) State {
	for _, a := range s.Arrivals() {
		if a.Day >= day {
			return Arrived
		}
	}
	return NotYet
}
