package relay

import (
	"context"
	"errors"

	"hearsay/envelope"
)

// A Store keeps what a relay was given. Whatever a method has answered
// without an error survives the loss of power. A store knows nothing of the
// protocol: payloads and records are opaque bytes to it.
//
// The package relaytest holds the rules that every Store must pass.
type Store interface {
	Deposits
	Records

	// Turn makes today the open day. The deposits of each earlier day are
	// put in a new order by shuffle, once: from then on List gives that
	// order, and nothing that the store writes to disk keeps the order of
	// arrival. Deposits of days that are [envelope.RelayKeepsDays] or more
	// behind today go, and so do records whose Until is before today.
	//
	// Turn may be called again for the same day, and must be after an error.
	Turn(ctx context.Context, today envelope.Epoch, shuffle func(n int, swap func(i, j int))) error
}

// Deposits are the payloads of each day, without a word on when in the day
// they came or in what order.
type Deposits interface {
	// Append adds payload to the deposits of day, unless the store holds the
	// same bytes already, on whichever day. Where the day is full, r decides
	// what goes. All of that is success: the answer is the same.
	Append(ctx context.Context, day envelope.Epoch, payload []byte, r Reservoir) error

	// List names the deposits of day. The order of the open day means
	// nothing; that of an earlier day is the one [Store.Turn] gave it.
	List(ctx context.Context, day envelope.Epoch) ([]ID, error)

	// Get returns the payloads of ids in their order, nil for one that went.
	Get(ctx context.Context, ids []ID) ([][]byte, error)

	// Forget removes the deposits of day.
	Forget(ctx context.Context, day envelope.Epoch) error
}

// Records are the few named things beside the deposits: what the desk
// publishes, and the marks that a relay makes for itself.
type Records interface {
	// Put keeps r in the place of whatever had its name.
	Put(ctx context.Context, r Record) error

	// Add keeps r if nothing has its name, or else returns ErrExists. Of
	// several calls at once with one name, one succeeds.
	Add(ctx context.Context, r Record) error

	// Load returns the records whose name begins with prefix, by name.
	Load(ctx context.Context, prefix string) ([]Record, error)
}

// An ID is what a store calls a deposit between List and Get. It says nothing
// about when the deposit came, and closing its day may change it.
type ID int64

// A Record is a small named thing.
type Record struct {
	Name  string
	Until envelope.Epoch // the last day on which it is kept
	Body  []byte
}

// Forever is the Until of a record that only another one ends.
const Forever = envelope.Epoch(1<<32 - 1)

// ErrExists is returned by [Records.Add] for a name that is taken.
var ErrExists = errors.New("there is one already")

// A Reservoir says what becomes of a deposit when its day is full, so that a
// flood dilutes the day and cannot close it (PROTOCOL 8): of all that came in
// a day, each is as likely as any other to be among the Cap that stay.
//
// Vitter, ACM Transactions on Mathematical Software 11(1), 1985, pp. 37-57,
// algorithm R.
type Reservoir struct {
	Cap  int
	IntN func(n int) int // uniform in [0, n)
}

// Place decides on a newcomer to a day that holds held deposits and has seen
// seen, the newcomer included. If keep is true it stays; if then evict is not
// negative, the deposit with that index, in any order, goes.
func (r Reservoir) Place(held, seen int) (keep bool, evict int) {
	if held < r.Cap {
		return true, -1
	}
	n := r.IntN(seen)
	return n < r.Cap, n
}
