// Package relay is the one machine of Hearsay that strangers talk to: it takes
// deposits from anyone, keeps each day's in a store, hands them to the desk's
// editors, and serves to everyone alike the few files that the desk publishes
// (PROTOCOL.md, section 7). It lies in the relay's zone:
// ciphertext only. It must never hold a secret key, and it must never learn or
// write down who asked, when in the day, or what a payload says.
//
// # What it answers
//
// Every error, and every answer to a POST, is 64 bytes: a code
// ([envelope.AnswerCode]) and zeros. The status says the same in HTTP's words:
//
//	200 taken        new, duplicate and evicted alike
//	400 size, magic  the body is not as long as the call has it, or is garbage
//	400 epoch        of a deposit, more than a day from the relay's own; of a
//	                 done or a publication, a day that it cannot be for
//	400 puzzle       not solved, or for fewer bits than the status says
//	400 signature    of what is published; a serial that went back; a second,
//	                 different drop for one day, of which the first stays
//	401 signature    no editor of the charter signed this call, or it was made
//	                 before; with the code for epoch, the call's day is wrong
//	404 absent       no such call, file or page
//	503 unavailable  nothing published yet, or the store failed
//
// There is no redirect, cookie, range, compression or Content-Type, and no
// Date.
//
// # Days
//
// A deposit may name the relay's day or one beside it, since a source uses its
// own clock and is not even warned about one that is off by a day. Whatever it
// names, it is filed under the relay's day: a day that was closed, and perhaps
// collected, must not grow. The relay's day never goes back.
//
// A page of an inbox past the last is absent, so a desk reads pages until one
// is. Zeros are no end: anyone may deposit some. Of the open day each request
// draws a new order, and pages of it are samples; to have a whole day, collect
// it once the status names a later one, and then say done. When every editor of
// the charter has, it goes.
//
// BUG(relay): What is no HTTP at all, has too long a header, or expects what
// there is not, net/http refuses in its own words before the handler is asked,
// and the last of these (417) with a Date.
package relay

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"hearsay/envelope"
)

// ErrConfig is returned by [New] for a configuration that cannot be.
var ErrConfig = errors.New("bad configuration")

// ErrOtherDesk is returned by [New] when the store holds another desk's charter.
var ErrOtherDesk = errors.New("the store belongs to another desk")

// ErrClock is returned by [New] when the clock is behind the store, which
// would put new deposits into days that were closed.
var ErrClock = errors.New("the clock is behind what the store has seen")

// A Config says which desk a relay serves, and with what.
type Config struct {
	Root  ed25519.PublicKey // the desk's
	Store Store             // closed by its owner, after Serve has returned

	Puzzle   int              // bits, 16 to 24; 0 for the default of 18
	Deposits int              // kept of one day; 0 for the default of 2,048, more only to measure
	Chunks   int              // likewise
	Now      func() time.Time // nil for the system's clock
	AnyJump  bool             // believe Now wherever it goes ahead
	Rand     rand.Source      // nil for the system's; others are for tests
	Log      *slog.Logger     // nil for none; is told counts per day
}

// A Server is a relay. It is an http.Handler, and its methods may be called by
// several goroutines at once.
type Server struct {
	root     ed25519.PublicKey
	desk     envelope.DeskID
	store    Store
	puzzle   int
	capacity [len(Kinds)]int
	now      func() time.Time
	anyJump  bool
	chance   *chance
	log      *slog.Logger
	bodies   *bodies

	// gate is held for reading while a deposit is filed under a day, and for
	// writing while the day turns, so that no day grows after it was closed.
	gate sync.RWMutex

	// mu guards what is published, and the marks of what is done.
	mu    sync.Mutex
	board board

	view   atomic.Pointer[view] // what everyone is served
	counts counts
	closed atomic.Pointer[summary] // of the last day; nil before the first
	health atomic.Pointer[error]   // what the ticker found; nil: well
	ahead  int                     // ticks for which the clock was days ahead; the ticker's alone
}

// maxCapacity is a bound for whoever measures.
const maxCapacity = 1 << 20

// New returns a relay that goes on from what the store holds.
func New(ctx context.Context, c Config) (*Server, error) {
	s := &Server{
		root:     c.Root,
		store:    c.Store,
		puzzle:   c.Puzzle,
		capacity: [...]int{Triple: c.Deposits, Chunk: c.Chunks},
		now:      c.Now,
		anyJump:  c.AnyJump,
		chance:   newChance(c.Rand),
		log:      c.Log,
		bodies:   newBodies(),
	}
	if s.puzzle == 0 {
		s.puzzle = envelope.DefaultPuzzle
	}
	for _, kind := range Kinds {
		if s.capacity[kind] == 0 {
			s.capacity[kind] = kind.most()
		}
		if n := s.capacity[kind]; n < 1 || n > maxCapacity {
			return nil, fmt.Errorf("new relay: a day keeps 1 to %d of a kind: %w", maxCapacity, ErrConfig)
		}
	}
	if s.now == nil {
		s.now = time.Now
	}
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	switch {
	case len(c.Root) != ed25519.PublicKeySize:
		return nil, fmt.Errorf("new relay: root key: %w", ErrConfig)
	case c.Store == nil:
		return nil, fmt.Errorf("new relay: no store: %w", ErrConfig)
	case s.puzzle < envelope.MinPuzzle || s.puzzle > envelope.MaxPuzzle:
		return nil, fmt.Errorf("new relay: a puzzle has %d to %d bits: %w", envelope.MinPuzzle, envelope.MaxPuzzle, ErrConfig)
	}
	s.desk = envelope.DeskIDOf(s.root)
	if err := s.load(ctx); err != nil {
		return nil, fmt.Errorf("new relay: %w", err)
	}
	return s, nil
}

// load takes up where the store was left.
func (s *Server) load(ctx context.Context) error {
	today := envelope.EpochOf(s.now())
	last, err := lastDay(ctx, s.store)
	if err != nil {
		return err
	}
	if today < last {
		return fmt.Errorf("%w: it says %s, and the store has seen %s", ErrClock, today, last)
	}
	if last > 0 && today > last+mostPause && !s.anyJump {
		return fmt.Errorf("%w: it says %s, and the store was last used on %s", ErrJump, today, last)
	}
	s.mu.Lock()
	s.board, err = loadBoard(ctx, s.store, s.root)
	s.mu.Unlock()
	if err != nil {
		return err
	}
	if err := s.turn(ctx, today); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.forgetDone(ctx)
}
