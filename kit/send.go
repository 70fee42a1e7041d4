package kit

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	mathrand "math/rand/v2"
	"slices"

	"hearsay/envelope"
)

// Sent counts what was no cover. Taken means that the relay has it; only an
// [Arrival] means that the desk does.
type Sent struct {
	Taken, Waiting             int // deposits
	ChunksTaken, ChunksWaiting int
}

// Send sends three deposits, with gaps between them: what was written, oldest
// first, and cover for the rest, in an order drawn by lot. It goes on whatever
// the relay answers, since a failure must not show in the traffic; what was not
// taken is [ErrWaiting]. Then, if there are any, it sends the chunks of files,
// as many as [Session.ChunksAhead] has said. It ends early only with the context.
func (s *Session) Send(ctx context.Context) (Sent, error) {
	switch {
	case s.source == nil:
		return Sent{}, ErrClosed
	case s.sent:
		return Sent{}, ErrSent
	case s.load.client == nil:
		return Sent{}, ErrNoRelay
	}
	s.sent = true
	// All is made before anything is sent: that cover takes time to make must
	// not show in a gap.
	turns, err := s.batch(sealed.isPayload, PerSession, func() ([]byte, error) { return envelope.Cover(s.load.Roster.Desk) })
	if err != nil {
		return s.count(), err
	}
	chunks, err := s.batch(sealed.isChunk, s.ChunksAhead(), func() ([]byte, error) { return envelope.FillChunk(), nil })
	if err != nil {
		return s.count(), err
	}
	c := s.load.client
	stopped := s.each(ctx, Depositing, turns, c.gap, s.triple)
	if stopped == nil {
		stopped = s.each(ctx, Chunking, chunks, c.chunkGap, s.chunk)
	}
	if failed := func(t *turn) bool { return t.real && !t.taken }; stopped == nil && (slices.ContainsFunc(turns, failed) || slices.ContainsFunc(chunks, failed)) {
		stopped = ErrWaiting
	}
	sent := s.count()
	sent.Taken, sent.ChunksTaken = taken(turns), taken(chunks)
	if s.rolled && len(s.waiting) == 0 {
		s.Close()
	}
	return sent, stopped
}

// A turn is one thing to be sent: what waits, or cover.
type turn struct {
	bytes []byte
	real  bool
	taken bool
}

func taken(turns []*turn) (n int) {
	for _, t := range turns {
		if t.real && t.taken {
			n++
		}
	}
	return n
}

func (w sealed) isPayload() bool { return !w.isChunk() }

// batch takes what waits, and cover for the rest of total, in an order drawn by
// lot.
func (s *Session) batch(which func(sealed) bool, total int, cover func() ([]byte, error)) ([]*turn, error) {
	var turns []*turn
	for _, w := range s.waiting {
		if which(w) && len(turns) < total {
			turns = append(turns, &turn{bytes: w.bytes, real: true})
		}
	}
	for len(turns) < total {
		b, err := cover()
		if err != nil {
			return nil, err
		}
		turns = append(turns, &turn{bytes: b})
	}
	lot := mathrand.New(systemRandom{})
	lot.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
	return turns, nil
}

// each sends one after another, with a gap before each but the session's first,
// and forgets what was taken.
func (s *Session) each(ctx context.Context, stage Stage, turns []*turn, gap func(context.Context) error, send func(context.Context, []byte) error) error {
	for n, t := range turns {
		if n > 0 || stage == Chunking {
			if err := gap(ctx); err != nil {
				return err
			}
		}
		err := send(ctx, t.bytes)
		if t.taken = err == nil; t.taken && t.real {
			s.settle(t.bytes)
		}
		s.load.client.progress(Progress{stage, n + 1, len(turns)})
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// settle drops from what waits what was taken.
func (s *Session) settle(b []byte) {
	s.waiting = slices.DeleteFunc(s.waiting, func(w sealed) bool { return &w.bytes[0] == &b[0] })
}

// count says what waits.
func (s *Session) count() (sent Sent) {
	for _, w := range s.waiting {
		if w.isChunk() {
			sent.ChunksWaiting++
		} else {
			sent.Waiting++
		}
	}
	return sent
}

// ChunksAhead returns how many chunks Send will send: 0, 1, 4, 16 or 64. A relay
// sees that number, and a person should know it before.
func (s *Session) ChunksAhead() int {
	n := min(s.count().ChunksWaiting, envelope.MaxChunks)
	if n == 0 {
		return 0
	}
	class, err := envelope.ChunkClass(n)
	if err != nil {
		panic(err) // n is in its range
	}
	return class
}

func (s *Session) triple(ctx context.Context, payload []byte) error {
	return s.deposit(ctx, envelope.PathDeposit, payload)
}

// chunkTries is how often a chunk is tried while the connection drops.
const chunkTries = 4

// chunk sends a chunk, and sends the very same bytes again where no answer
// came. A refusal is an answer.
func (s *Session) chunk(ctx context.Context, chunk []byte) error {
	for try := 1; ; try++ {
		err := s.deposit(ctx, envelope.PathChunk, chunk)
		if err == nil || try == chunkTries || !isUnreachable(err) {
			return err
		}
		if err := s.load.client.chunkGap(ctx); err != nil {
			return err
		}
	}
}

// deposit solves the puzzle and sends. The day is our own: nothing that the
// relay chose enters a deposit but the level of the puzzle. If that has changed
// it is asked for and solved once more.
func (s *Session) deposit(ctx context.Context, path string, payload []byte) error {
	c := s.load.client
	build := envelope.NewDeposit
	if path == envelope.PathChunk {
		build = envelope.NewChunkDeposit
	}
	for try := 0; ; try++ {
		b, err := build(ctx, s.load.Roster.Desk, c.today(), payload, s.load.Status.Puzzle)
		if err != nil {
			return err
		}
		code, err := c.post(ctx, path, b)
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
