package relay

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync/atomic"

	"hearsay/envelope"
)

// A clock that is found days ahead of where it was a minute ago is rather
// wrong than right, and what it would make the store throw away is gone. It is
// believed once it has stood there for an hour.
const believed = 60 // ticks

// ErrJump is returned by [New] when the clock is so far ahead of the store
// that deposits would go of which nobody knows whether they were collected.
var ErrJump = errors.New("the clock is far ahead of what the store has seen")

// mostPause is how many days a relay may have stood still without a word.
const mostPause = 7

// today returns the relay's day, and turns to it if it is new. The relay goes
// on if the store cannot turn: what came is kept in any case, and the ticker
// of Serve tries again.
func (s *Server) today(ctx context.Context) envelope.Epoch {
	day, open := envelope.EpochOf(s.now()), s.view.Load().today
	if day > open && (day == open+1 || s.anyJump) {
		// A caller who leaves must not stop the day for all others.
		s.fail(s.turn(context.WithoutCancel(ctx), day))
	}
	return s.view.Load().today
}

// watchClock is told the time by the ticker, and turns to a day that was not
// believed at once.
func (s *Server) watchClock(ctx context.Context) error {
	day, open := envelope.EpochOf(s.now()), s.today(ctx)
	if day <= open {
		s.ahead = 0
		return nil
	}
	if s.ahead++; s.ahead < believed {
		if s.ahead == 1 {
			s.log.Warn("the clock went days ahead; it is believed in an hour, or when the relay is started again",
				"clock", day.String(), "relay", open.String())
		}
		return nil
	}
	s.ahead = 0
	return s.turn(ctx, day)
}

// turn makes day the open day: earlier ones are closed, what is too old goes.
func (s *Server) turn(ctx context.Context, day envelope.Epoch) error {
	s.gate.Lock()
	defer s.gate.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.view.Load(); v != nil {
		if v.today > day || v.today == day && s.board.turned == day {
			return nil // somebody else was quicker
		}
		if v.today < day {
			s.report(v.today)
		}
	}
	s.board.expire(day)
	s.view.Store(s.board.view(day, s.puzzle))
	if err := s.store.Turn(ctx, day, s.chance.Shuffle); err != nil {
		return err
	}
	if err := saveLastDay(ctx, s.store, day); err != nil {
		return err
	}
	s.board.turned = day
	return nil
}

// The day that was last the open one, so that the next start can tell a clock
// that is behind.
const lastDayName = "day"

func saveLastDay(ctx context.Context, store Store, day envelope.Epoch) error {
	body := binary.BigEndian.AppendUint32(nil, uint32(day))
	return store.Put(ctx, Record{Name: lastDayName, Until: Forever, Body: body})
}

func lastDay(ctx context.Context, store Store) (envelope.Epoch, error) {
	records, err := store.Load(ctx, lastDayName)
	if err != nil || len(records) == 0 {
		return 0, err
	}
	if len(records[0].Body) != 4 {
		return 0, fmt.Errorf("load day: %w", errRecord)
	}
	return envelope.Epoch(binary.BigEndian.Uint32(records[0].Body)), nil
}

// counts are all that a relay remembers of the calls of a day.
type counts struct {
	taken           [len(Kinds)]atomic.Int64
	refused, failed atomic.Int64
}

// fail notes that the store failed. It says nothing: the time of a log line
// would be the time of the call. What is wrong the ticker finds out for itself.
func (s *Server) fail(err error) {
	if err != nil {
		s.counts.failed.Add(1)
	}
}

// A summary is what is told of a day once it is over.
type summary struct {
	day             envelope.Epoch
	taken           [len(Kinds)]int64
	refused, failed int64
}

// roundTo is what counts are rounded to before they are told to anyone.
const roundTo = 64

// rounded returns n rounded up or down, by chance, so that the mean is right
// and one more or less is not seen: a fixed rule would show whoever knows all
// others of a day on which side of a step it was.
func (s *Server) rounded(n int64) int64 {
	low := n / roundTo * roundTo
	if int64(s.chance.IntN(roundTo)) < n-low {
		return low + roundTo
	}
	return low
}

// report tells the log, and whoever watches, what a day was, and starts to
// count anew.
func (s *Server) report(day envelope.Epoch) {
	sum := summary{day: day, refused: s.rounded(s.counts.refused.Swap(0)), failed: s.rounded(s.counts.failed.Swap(0))}
	for kind := range Kinds {
		sum.taken[kind] = s.rounded(s.counts.taken[kind].Swap(0))
	}
	s.closed.Store(&sum)
	s.log.Info("end of a day", "day", day.String(),
		"taken", sum.taken[Triple], "chunks", sum.taken[Chunk], "refused", sum.refused, "failed", sum.failed)
}
