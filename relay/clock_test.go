package relay_test

import (
	"errors"
	"strings"
	"testing"

	"hearsay/envelope"
	"hearsay/relay"
)

// A clock that jumps loses nothing: far ahead it is not believed at once.
func TestClockJumps(t *testing.T) {
	careful := func(c *relay.Config) { c.AnyJump = false }
	held := func(t *testing.T, w *world) int {
		t.Helper()
		ids, err := w.store.List(t.Context(), day, relay.Triple)
		if err != nil {
			t.Fatal(err)
		}
		return len(ids)
	}
	t.Run("for a moment: it is told to the log, and nothing else happens", func(t *testing.T) {
		w := newWorld(t, 1, careful)
		w.post(t, day, 0)
		w.clock.set(day + 4000)
		w.Tick(t.Context())
		w.Tick(t.Context())
		said(t, "deposit, whose source has the right time", w.post(t, day, 1), 200, envelope.Taken)
		if s := w.status(t); s.Epoch != day {
			t.Errorf("the status says day %d", s.Epoch)
		}
		if strings.Count(w.log.String(), "the clock went days ahead") != 1 {
			t.Errorf("the log has %q", w.log)
		}
		w.clock.set(day)
		w.Tick(t.Context())
		w.start(t, careful)
		if got := held(t, w); got != 2 {
			t.Errorf("of two deposits %d are there", got)
		}
	})
	t.Run("by one day: that is midnight", func(t *testing.T) {
		w := newWorld(t, 1, careful)
		w.clock.set(day + 1)
		if s := w.status(t); s.Epoch != day+1 {
			t.Errorf("the status says day %d", s.Epoch)
		}
	})
	t.Run("and stays for an hour: it is believed", func(t *testing.T) {
		w := newWorld(t, 1, careful)
		w.clock.set(day + 3)
		for range 59 {
			w.Tick(t.Context())
		}
		if s := w.status(t); s.Epoch != day {
			t.Errorf("before the hour is over the status says day %d", s.Epoch)
		}
		w.Tick(t.Context())
		if s := w.status(t); s.Epoch != day+3 {
			t.Errorf("after an hour the status says day %d", s.Epoch)
		}
	})
	t.Run("between two starts: by a week it is believed, by more the relay does not start", func(t *testing.T) {
		w := newWorld(t, 1, careful)
		w.post(t, day, 0)
		w.clock.set(day + 8)
		c := relay.Config{Root: w.desk.Public(), Store: w.store, Now: w.clock.now}
		if _, err := relay.New(t.Context(), c); !errors.Is(err, relay.ErrJump) {
			t.Errorf("New = %v, want ErrJump", err)
		}
		if got := held(t, w); got != 1 {
			t.Errorf("of one deposit %d are there", got)
		}
		w.clock.set(day + 7)
		if _, err := relay.New(t.Context(), c); err != nil {
			t.Errorf("New = %v after a week", err)
		}
		w.clock.set(day + 60)
		c.AnyJump = true
		if _, err := relay.New(t.Context(), c); err != nil {
			t.Errorf("New = %v though the operator said that the clock is right", err)
		}
	})
	t.Run("back: the relay's day stays", func(t *testing.T) {
		w := newWorld(t, 1, careful)
		w.post(t, day, 0)
		w.clock.set(day - 300)
		w.Tick(t.Context())
		if s := w.status(t); s.Epoch != day || held(t, w) != 1 {
			t.Errorf("the status says day %d, and %d deposits are there", s.Epoch, held(t, w))
		}
	})
}
