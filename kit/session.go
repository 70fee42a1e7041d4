package kit

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"slices"
	"strings"

	"hearsay/envelope"
)

var (
	// ErrSent is returned by a second Send: a session sends once.
	ErrSent = errors.New("this session has sent its three deposits")

	// ErrWaiting is returned when the relay did not take something. It waits,
	// sealed, for another session.
	ErrWaiting = errors.New("the relay has not taken everything; what is left waits for another session")

	// ErrClosed is returned once a session is closed.
	ErrClosed = errors.New("this session is closed")
)

// PerSession is how many deposits every unlocked session sends, whatever there
// is to say.
const PerSession = 3

// A Session is a load with the keys of one source. It is not for concurrent use
// and cannot be printed.
type Session struct {
	load    *Load
	source  *envelope.Source // nil once closed
	waiting [][]byte         // payloads, sealed
	sent    bool
}

func (Session) Format(f fmt.State, _ rune)   { io.WriteString(f, "[session]") }
func (Session) LogValue() slog.Value         { return slog.StringValue("[session]") }
func (Session) MarshalText() ([]byte, error) { return []byte("[session]"), nil }

// Unlock derives the keys of a phrase, with the same work for every order of its
// words. waiting are payloads that an earlier session had left; what is none is
// [envelope.ErrDeposit], since it could not be sent and would be missed among
// the three.
func (l *Load) Unlock(p envelope.Phrase, waiting ...[]byte) (*Session, error) {
	for _, payload := range waiting {
		if len(payload) != envelope.PayloadSize {
			return nil, fmt.Errorf("unlock: what waited: %w", envelope.ErrDeposit)
		}
	}
	source, err := envelope.DeriveSource(p, l.Roster.Desk)
	if err != nil {
		return nil, fmt.Errorf("unlock: %w", err)
	}
	return &Session{load: l, source: source, waiting: slices.Clone(waiting)}, nil
}

// Close forgets the keys.
func (s *Session) Close() {
	if s.source != nil {
		s.source.Forget()
		s.source = nil
	}
}

// A Reply is what an editor wrote to this source.
type Reply struct {
	Slot int
	Day  envelope.Epoch // of the drop with its last part
	Text string
}

// An Arrival says that an editor opened something from this source in the day or
// days before this drop. Nothing else means that a report has arrived.
type Arrival struct {
	Slot int
	Day  envelope.Epoch
}

// Arrivals returns the acks to this source in the loaded drops.
func (s *Session) Arrivals() []Arrival {
	var all []Arrival
	if s.source == nil {
		return nil
	}
	for _, d := range s.load.drops {
		if s.source.Acked(d) {
			all = append(all, Arrival{d.Slot, d.Epoch})
		}
	}
	return all
}

// Replies returns the replies to this source in the loaded drops, editor by
// editor, oldest first. Of a reply in several parts all must be there. It tries
// every row of every drop, whatever it finds.
func (s *Session) Replies() []Reply {
	if s.source == nil {
		return nil
	}
	type message struct {
		slot int
		id   [16]byte
	}
	parts := map[message][]*envelope.Message{}
	var replies []Reply
	for _, d := range s.load.drops {
		for _, m := range s.source.Replies(d, s.load.Roster.Blocks[d.Slot].LongTerm) {
			key := message{d.Slot, m.ID}
			again := func(n *envelope.Message) bool { return n.Part == m.Part }
			if m.Type != envelope.Reply || slices.ContainsFunc(parts[key], again) {
				continue
			}
			parts[key] = append(parts[key], m)
			if text, err := envelope.Join(parts[key]); err == nil {
				replies = append(replies, Reply{d.Slot, d.Epoch, strings.ToValidUTF8(string(text), "\uFFFD")})
			}
		}
	}
	return replies
}

// Write seals a report now, to be sent by Send. A text that does not fit into
// three parts is [envelope.ErrBody].
func (s *Session) Write(text string) error {
	if s.source == nil {
		return ErrClosed
	}
	payloads, err := s.source.Seal(s.load.Roster, envelope.Daily, text)
	if err != nil {
		return err
	}
	s.waiting = append(s.waiting, payloads...)
	return nil
}

// Waiting returns the sealed payloads that no relay has taken yet, for the next
// Unlock. They are ciphertext; that they exist says that something is unsent.
func (s *Session) Waiting() [][]byte { return slices.Clone(s.waiting) }

// Sent counts deposits that were no cover. Taken means that the relay has them;
// only an [Arrival] means that the desk does.
type Sent struct {
	Taken, Waiting int
}

// Send sends three deposits, with gaps between them: what was written, oldest
// first, and cover for the rest, in an order drawn by lot. It goes on whatever
// the relay answers, since a failure must not show in the traffic; what was not
// taken is [ErrWaiting]. It ends early only with the context.
func (s *Session) Send(ctx context.Context) (Sent, error) {
	if s.source == nil {
		return Sent{}, ErrClosed
	}
	if s.sent {
		return Sent{}, ErrSent
	}
	s.sent = true
	batch := min(len(s.waiting), PerSession)
	turns := make([]int, PerSession) // for each deposit what it carries; from batch on, cover
	for i := range turns {
		turns[i] = i
	}
	lot := mathrand.New(systemRandom{})
	lot.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })

	taken := map[int]bool{}
	var stopped error
	for n, carries := range turns {
		if n > 0 {
			if stopped = s.load.client.gap(ctx); stopped != nil {
				break
			}
		}
		payload, err := s.payload(carries)
		if err != nil {
			return s.settle(taken), err
		}
		if s.deposit(ctx, payload) == nil {
			taken[carries] = true
		}
		if stopped = ctx.Err(); stopped != nil {
			break
		}
	}
	sent := s.settle(taken)
	if stopped == nil && sent.Taken < batch {
		stopped = ErrWaiting
	}
	return sent, stopped
}

// payload returns the nth that waits, or cover.
func (s *Session) payload(n int) ([]byte, error) {
	if n < len(s.waiting) {
		return s.waiting[n], nil
	}
	return envelope.Cover(s.load.Roster.Desk)
}

// settle drops what was taken from what waits.
func (s *Session) settle(taken map[int]bool) Sent {
	var left [][]byte
	for i, payload := range s.waiting {
		if !taken[i] {
			left = append(left, payload)
		}
	}
	sent := Sent{Taken: len(s.waiting) - len(left), Waiting: len(left)}
	s.waiting = left
	return sent
}

// deposit solves the puzzle and sends. The day is our own: nothing that the
// relay chose enters a deposit but the level of the puzzle. If that has changed
// it is asked for and solved once more.
func (s *Session) deposit(ctx context.Context, payload []byte) error {
	c := s.load.client
	for try := 0; ; try++ {
		b, err := envelope.NewDeposit(ctx, s.load.Roster.Desk, c.today(), payload, s.load.Status.Puzzle)
		if err != nil {
			return err
		}
		code, err := c.post(ctx, b)
		if err != nil {
			return err
		}
		switch {
		case code == envelope.Taken:
			return nil
		case code != envelope.BadEpoch || try == 1:
			return fmt.Errorf("send deposit: %v: %w", code, ErrRelay)
		}
		b, err = c.get(ctx, envelope.PathStatus, envelope.StatusSize)
		if err != nil {
			return err
		}
		status, err := envelope.ParseStatus(b)
		if err != nil {
			return fmt.Errorf("send deposit: %w: %w", ErrRelay, err)
		}
		s.load.Status = status
	}
}

// systemRandom is the operating system's randomness as math/rand/v2 asks for it.
type systemRandom struct{}

func (systemRandom) Uint64() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}
