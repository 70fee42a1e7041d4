package kit

import (
	"fmt"

	"hearsay/envelope"
)

// A NoticeKind is something that a source should be told of, though it stops
// nothing.
type NoticeKind int

const (
	ClockOff      NoticeKind = iota // own clock and the relay's are more than a day apart
	OldKeys                         // the desk's keys of the day are more than three days old
	NoQuestions                     // the questions are missing, bad or not of today
	Gap                             // an editor's drops of some days are bad or did not come
	BrokenChain                     // two drops follow one another, but the later does not name the earlier
	RosterForked                    // the roster is not the one that the relay's status names
	RosterChanged                   // the roster is not the one of an earlier load of the same day
	TwoDrops                        // one editor has signed two different drops for one day
	BadDrops                        // among drops that came another way some are not of this desk
	OldDrive                        // what came on a drive was published more than three days ago
)

// Alarm reports whether the notice is one that should make a source wait, and
// ask by another way.
func (k NoticeKind) Alarm() bool { return k == RosterForked || k == RosterChanged || k == TwoDrops }

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
	case RosterForked:
		return "The desk's keys that the relay handed out are not those that it says it hands out. They are the desk's, but perhaps not what others get: wait an hour and load again; if it stays so, do not send, and ask the desk by another way."
	case RosterChanged:
		return "The desk's keys are others than earlier today. They are the desk's, which changes them once a day; if this happens again today, the relay may be marking you: wait until tomorrow."
	case TwoDrops:
		return fmt.Sprintf("Editor %d has signed two different sets of replies for %s. That must never happen: somebody else may have the editor's key. What is there of both is shown; trust neither, and ask the desk by another way.", n.Slot+1, n.Day)
	case BadDrops:
		return "Some of the replies that were brought are not this desk's, or are damaged; they were left out."
	case OldDrive:
		return fmt.Sprintf("What is on this drive was published on %s. Whatever the desk has said since is not on it.", n.Day)
	}
	return "Something else is amiss."
}
