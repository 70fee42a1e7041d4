package kit

import (
	"fmt"

	"hearsay/envelope"
)

// A NoticeKind is something that a source should be told of, though it stops
// nothing.
type NoticeKind int

const (
	ClockOff    NoticeKind = iota // own clock and the relay's are more than a day apart
	OldKeys                       // the desk's keys of the day are more than three days old
	NoQuestions                   // the questions are missing, bad or not of today
	Gap                           // an editor's drops of some days are bad or did not come
	BrokenChain                   // two drops follow one another, but the later does not name the earlier
)

// A Notice is one such thing. Slot and days are set where the kind has them.
type Notice struct {
	Kind  NoticeKind
	Slot  int
	Day   envelope.Epoch
	Until envelope.Epoch // last day of a gap
}

func (l *Load) note(n Notice) { l.Notices = append(l.Notices, n) }

// String returns the notice in a sentence.
func (n Notice) String() string {
	switch n.Kind {
	case ClockOff:
		return "Your clock and the relay's are more than a day apart; yours is used, so please check it."
	case OldKeys:
		return "The desk's keys are more than three days old; the relay may be holding newer ones back."
	case NoQuestions:
		return "The desk's questions did not come or cannot be trusted; you can still write freely."
	case Gap:
		if n.Day != n.Until {
			return fmt.Sprintf("There is a gap in the replies of editor %d from %s to %s.", n.Slot+1, n.Day, n.Until)
		}
		return fmt.Sprintf("There is a gap in the replies of editor %d on %s.", n.Slot+1, n.Day)
	case BrokenChain:
		return fmt.Sprintf("The replies of editor %d on %s do not follow those before; some may have been held back.", n.Slot+1, n.Day)
	}
	return "Something else is amiss."
}
