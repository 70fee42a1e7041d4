package desk

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hearsay"
	"hearsay/envelope"
)

// A day's rhythm is drawn by lot and by nothing that came in.
func TestRhythm(t *testing.T) {
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	hours := map[int]int{}
	for range 500 {
		r := newRhythm(midnight)
		if early, late := midnight.Add(18*time.Hour), midnight.Add(18*time.Hour+30*time.Minute); r.drop.Before(early) || !r.drop.Before(late) {
			t.Fatalf("the drop goes out at %s", r.drop)
		}
		if len(r.cover) > coverPerDay || len(r.cover) < coverPerDay-1 || !slices.IsSortedFunc(r.cover, time.Time.Compare) { // one may fall on midnight itself
			t.Fatalf("cover goes out at %s", r.cover)
		}
		for _, at := range r.cover {
			if at.Before(midnight) || !at.Before(midnight.Add(24*time.Hour)) {
				t.Fatalf("cover goes out at %s", at)
			}
			hours[at.Hour()]++
		}
	}
	for hour := range 24 { // 500 a piece, give or take seven times their deviation
		if n := hours[hour]; n < 350 || n > 650 {
			t.Errorf("%d of 12,000 cover deposits go in hour %d", n, hour)
		}
	}
	t.Run("a desk that starts late sends no cover for the hours before", func(t *testing.T) {
		now := midnight.Add(20 * time.Hour)
		for range 100 {
			for _, at := range newRhythm(now).cover {
				if !at.After(now) {
					t.Fatalf("cover of %s is due", at)
				}
			}
		}
	})
}

func TestOverdueCoverIsSpread(t *testing.T) {
	r := newRhythm(time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC))
	covers := len(r.cover)
	woken := r.day.Time().Add(20 * time.Hour)
	r.spread(woken)
	if len(r.cover) != covers || !slices.IsSortedFunc(r.cover, time.Time.Compare) {
		t.Fatalf("%d of %d cover deposits are left, at %s", len(r.cover), covers, r.cover)
	}
	for _, at := range r.cover {
		if woken.Sub(at) > overdue || hearsay.DayOf(at) != r.day {
			t.Errorf("cover of %s is still due at %s", at, woken)
		}
	}
}

// TestTurn walks through a day by the injected clock, minute by minute.
func TestTurn(t *testing.T) {
	s := newStand(t, true)
	var said strings.Builder
	s.log = slog.New(slog.NewTextHandler(&said, nil))
	s.clock = time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	r := newRhythm(s.clock)
	covers := len(r.cover)
	pulls := 0
	s.relay.before = func(_, path string) {
		if path == envelope.InboxPath(s.epoch(), 0) {
			pulls++
		}
	}
	for minute := range 24 * 60 {
		s.clock = r.day.Time().Add(time.Duration(minute) * time.Minute)
		down := minute >= 18*60 && minute < 20*60 // the relay is away while the drop is due
		s.relay.instead(nil)
		if down {
			s.relay.instead(func(string) (int, []byte) { return http.StatusBadGateway, nil })
		}
		s.turn(t.Context(), r, s.clock)
		if out := s.relay.paths(envelope.PathPublishDrop); minute == 20*60 && out != 1 || minute < 18*60 && out != 0 {
			t.Fatalf("at %s %d drops are out", s.clock, out)
		}
	}
	s.clock = r.day.Time().Add(24*time.Hour - time.Second)
	s.turn(t.Context(), r, s.clock)
	if n := s.relay.paths(envelope.PathPublishDrop); n != 1 {
		t.Errorf("%d drops went out", n)
	}
	if n := s.relay.paths(envelope.PathDeposit); n != covers {
		t.Errorf("%d cover deposits went out of %d", n, covers)
	}
	if pulls < 22 || pulls > 24 { // in two hours the relay gives nothing out
		t.Errorf("it pulled %d times", pulls)
	}
	for errand, want := range map[string]int{"drop": 1, "pull": 1} {
		if n := strings.Count(said.String(), `msg="an errand failed and is tried again" errand=`+errand); n != want {
			t.Errorf("the log tells %d times that the %s failed:\n%s", n, errand, said.String())
		}
		if n := strings.Count(said.String(), `msg="an errand goes again" errand=`+errand); n != want {
			t.Errorf("the log tells %d times that the %s goes again", n, errand)
		}
	}
	if strings.Contains(said.String(), "127.0.0.1") {
		t.Errorf("the log has an address in it:\n%s", said.String())
	}
	if n := s.relay.paths(envelope.PathPublishBlock); n != 2 {
		t.Errorf("it published keys %d times in two days", n)
	}
}
