package relay

import (
	"context"
	"crypto/sha256"
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

	// Check says whether a deposit could be kept now, and keeps nothing.
	Check(ctx context.Context) error
}

// Deposits are the payloads of each day and kind, without a word on when in
// the day they came.
type Deposits interface {
	// Append adds d to the deposits of its kind of day, unless the store holds
	// the same bytes already, on whichever day. Where the day is full, r
	// decides what goes. All of that is success, and takes as long: the answer
	// is the same.
	Append(ctx context.Context, day envelope.Epoch, d Deposit, r Reservoir) error

	// List names the deposits of one kind of day. The order of the open day
	// means nothing; that of an earlier day is the one [Store.Turn] gave it.
	List(ctx context.Context, day envelope.Epoch, kind Kind) ([]ID, error)

	// Get returns the payloads of ids in their order, nil for one that went.
	Get(ctx context.Context, ids []ID) ([][]byte, error)

	// Forget removes the deposits of day, of both kinds.
	Forget(ctx context.Context, day envelope.Epoch) error
}

// A Deposit is what a store is given to keep.
type Deposit struct {
	Kind    Kind
	Digest  [sha256.Size]byte // of the payload
	Payload []byte            // at most as long as the kind says
}

// NewDeposit returns payload as a deposit.
func NewDeposit(kind Kind, payload []byte) Deposit {
	return Deposit{kind, sha256.Sum256(payload), payload}
}

// A Kind is what sort of payload a deposit has. Each has its own size, its own
// count of a day and its own order.
type Kind int

// The kinds, numbered as in the header of a deposit (PROTOCOL 4.5).
const (
	Triple Kind = iota // three envelopes
	Chunk              // a piece of an attachment
)

// Kinds are all of them.
var Kinds = [...]Kind{Triple, Chunk}

// Size is the length of a payload in bytes.
func (k Kind) Size() int { return [...]int{envelope.PayloadSize, envelope.ChunkSize}[k] }

// most is how many the protocol lets a relay keep of one day.
func (k Kind) most() int { return [...]int{envelope.MaxDeposits, envelope.MaxChunkDeposits}[k] }

// page is how many stand on a page of an inbox.
func (k Kind) page() int { return [...]int{envelope.InboxPage, envelope.ChunkPage}[k] }

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

// An ID is what a store calls a deposit between List and Get. Closing its day
// may change it, and make it another's.
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
