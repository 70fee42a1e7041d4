package relay

import (
	"context"
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"hearsay/envelope"
)

// today returns the relay's day, and turns to it if it is new. The relay goes
// on if the store cannot turn: what came is kept in any case, and the ticker
// of Serve tries again.
func (s *Server) today(ctx context.Context) envelope.Epoch {
	if day := envelope.EpochOf(s.now()); day > s.view.Load().today {
		// A caller who leaves must not stop the day for all others.
		s.fail(s.turn(context.WithoutCancel(ctx), day))
	}
	return s.view.Load().today
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
	taken, refused, failed atomic.Int64
	trouble                atomic.Pointer[error] // of the store, not yet told
}

// fail notes that the store failed. It says nothing yet: the time of a log
// line would be the time of the call.
func (s *Server) fail(err error) {
	if err != nil {
		s.counts.failed.Add(1)
		s.counts.trouble.CompareAndSwap(nil, &err)
	}
}

// report tells the log what a day was, and starts to count anew.
func (s *Server) report(day envelope.Epoch) {
	s.log.Info("end of a day", "day", day.String(),
		"taken", s.counts.taken.Swap(0), "refused", s.counts.refused.Swap(0), "failed", s.counts.failed.Swap(0))
}
