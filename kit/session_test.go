package kit_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
)

func TestSend(t *testing.T) {
	d := newDesk(t, 2)
	for written := range 5 {
		t.Run(fmt.Sprintf("%d written, three sent", written), func(t *testing.T) {
			r := newRelay(t, d)
			s := newSession(t, d, r, newPhrase(t))
			for n := range written {
				check(t, s.Write(fmt.Sprintf("report %d", n)))
			}
			sent, err := s.Send(t.Context())
			check(t, err)
			real := min(written, 3)
			if r.posts() != 3 || len(r.deposits) != 3 || sent.Taken != real || sent.Waiting != written-real {
				t.Errorf("%d posts, %+v", r.posts(), sent)
			}
			for slot := range d.editors {
				if got := d.opened(slot, envelope.Daily, r.deposits...); len(got) != real {
					t.Errorf("editor %d opens %d, want %d", slot, len(got), real)
				}
			}
			if len(s.Waiting()) != written-real {
				t.Errorf("%d wait", len(s.Waiting()))
			}
		})
	}
	t.Run("what waits goes with the next session", func(t *testing.T) {
		r := newRelay(t, d)
		p := newPhrase(t)
		s := newSession(t, d, r, p)
		for n := range 4 {
			check(t, s.Write(fmt.Sprintf("report %d", n)))
		}
		_, err := s.Send(t.Context())
		check(t, err)
		next := newSession(t, d, r, p, s.Waiting()...)
		sent, err := next.Send(t.Context())
		check(t, err)
		if sent != (kit.Sent{Taken: 1}) || len(d.opened(0, envelope.Daily, r.deposits...)) != 4 {
			t.Errorf("%+v", sent)
		}
	})
	t.Run("what waits must be a payload or a chunk", func(t *testing.T) {
		l, err := newClient(t, d, newRelay(t, d)).Load(t.Context(), kit.Week)
		check(t, err)
		if _, err := l.Unlock(newPhrase(t), make([]byte, envelope.PayloadSize-1)); !errors.Is(err, envelope.ErrDeposit) {
			t.Errorf("Unlock = %v, want %v", err, envelope.ErrDeposit)
		}
	})
	t.Run("a report of three parts arrives whole", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		text := strings.Repeat("long ", 1500)
		check(t, s.Write(text))
		_, err := s.Send(t.Context())
		check(t, err)
		got, err := envelope.Join(d.opened(0, envelope.Daily, r.deposits...))
		if err != nil || string(got) != text {
			t.Errorf("%d bytes, %v", len(got), err)
		}
	})
	t.Run("the real one stands anywhere", func(t *testing.T) {
		places := map[int]bool{}
		r := newRelay(t, d)
		for range 40 { // misses one of three places once in four million runs
			s := newSession(t, d, r, newPhrase(t))
			check(t, s.Write("report"))
			r.deposits = nil
			_, err := s.Send(t.Context())
			check(t, err)
			for i, b := range r.deposits {
				if len(d.opened(0, envelope.Daily, b)) == 1 {
					places[i] = true
				}
			}
		}
		if len(places) != 3 {
			t.Errorf("only ever in places %v", places)
		}
	})
	t.Run("there is a gap between two deposits and nowhere else", func(t *testing.T) {
		r := newRelay(t, d)
		var gaps []int
		c, err := kit.New(kit.Config{Relay: r.URL, Root: d.public(), Now: day.Time, Gap: func(context.Context) error {
			gaps = append(gaps, r.posts())
			return nil
		}})
		check(t, err)
		l, err := c.Load(t.Context(), kit.Week)
		check(t, err)
		s, err := l.Unlock(newPhrase(t))
		check(t, err)
		_, err = s.Send(t.Context())
		check(t, err)
		if fmt.Sprint(gaps) != "[1 2]" {
			t.Errorf("gaps after %v deposits", gaps)
		}
	})
	t.Run("once a session, and not after it is closed", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		_, err := s.Send(t.Context())
		check(t, err)
		if _, err := s.Send(t.Context()); !errors.Is(err, kit.ErrSent) {
			t.Errorf("a second time: %v", err)
		}
		s.Close()
		s.Close()
		if _, err := s.Send(t.Context()); !errors.Is(err, kit.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		if _, err := s.Parcel("text"); !errors.Is(err, kit.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		if err := s.Write("text"); !errors.Is(err, kit.ErrClosed) {
			t.Errorf("closed: %v", err)
		}
		if s.Replies() != nil || s.Arrivals() != nil {
			t.Error("a closed session still reads")
		}
		if r.posts() != 3 {
			t.Errorf("%d deposits", r.posts())
		}
	})
	t.Run("a text that does not fit is refused before anything is sealed", func(t *testing.T) {
		s := newSession(t, d, newRelay(t, d), newPhrase(t))
		for _, text := range []string{"", strings.Repeat("a", 3*envelope.MaxBody+1)} {
			if err := s.Write(text); !errors.Is(err, envelope.ErrBody) {
				t.Errorf("%d bytes: %v", len(text), err)
			}
		}
		if len(s.Waiting()) != 0 {
			t.Error("something waits")
		}
	})
}

// A failure must not show in the traffic, and loses nothing.
func TestSendGoesOn(t *testing.T) {
	d := newDesk(t, 1)
	t.Run("after a refusal", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		for range 3 {
			check(t, s.Write("report"))
		}
		first := true
		r.refuse = func(int) envelope.AnswerCode {
			if first {
				first = false
				return envelope.Unavailable
			}
			return envelope.Taken
		}
		sent, err := s.Send(t.Context())
		if !errors.Is(err, kit.ErrWaiting) || sent != (kit.Sent{Taken: 2, Waiting: 1}) || r.posts() != 3 || len(s.Waiting()) != 1 {
			t.Errorf("%+v, %v, %d posts", sent, err, r.posts())
		}
	})
	t.Run("when the relay hangs up every time", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		check(t, s.Write("report"))
		r.answer = func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
		sent, err := s.Send(t.Context())
		if !errors.Is(err, kit.ErrWaiting) || sent != (kit.Sent{Waiting: 1}) || r.posts() < 3 {
			t.Errorf("%+v, %v, %d posts", sent, err, r.posts())
		}
	})
	t.Run("when cover alone is refused nobody is troubled", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		r.refuse = func(int) envelope.AnswerCode { return envelope.Unavailable }
		if sent, err := s.Send(t.Context()); err != nil || sent != (kit.Sent{}) {
			t.Errorf("%+v, %v", sent, err)
		}
	})
	t.Run("when the drops cannot be read", func(t *testing.T) {
		r := newRelay(t, d)
		for e := day - 6; e <= day; e++ {
			r.files[envelope.DropPath(0, e)] = make([]byte, envelope.DropSize(rows))
		}
		s := newSession(t, d, r, newPhrase(t))
		if s.Replies() != nil {
			t.Error("replies out of zeros")
		}
		_, err := s.Send(t.Context())
		check(t, err)
		if r.posts() != 3 {
			t.Errorf("%d deposits", r.posts())
		}
	})
	t.Run("until the source leaves", func(t *testing.T) {
		r := newRelay(t, d)
		ctx, cancel := context.WithCancel(t.Context())
		c, err := kit.New(kit.Config{Relay: r.URL, Root: d.public(), Now: day.Time, Gap: func(ctx context.Context) error {
			cancel()
			return ctx.Err()
		}})
		check(t, err)
		l, err := c.Load(t.Context(), kit.Week)
		check(t, err)
		s, err := l.Unlock(newPhrase(t))
		check(t, err)
		for range 3 {
			check(t, s.Write("report"))
		}
		sent, err := s.Send(ctx)
		if !errors.Is(err, context.Canceled) || sent != (kit.Sent{Taken: 1, Waiting: 2}) || r.posts() != 1 {
			t.Errorf("%+v, %v, %d posts", sent, err, r.posts())
		}
	})
	for _, tt := range []struct {
		name   string
		answer []byte
		status int
	}{
		{"a deposit answered out of form", make([]byte, 63), 200},
		{"a deposit answered with a page", []byte(strings.Repeat("<p>", 1000)), 200},
		{"an error that says taken", envelope.Answer(envelope.Taken), 400},
		{"a success that says no", envelope.Answer(envelope.BadShape), 200},
	} {
		t.Run(tt.name+" is not taken", func(t *testing.T) {
			r := newRelay(t, d)
			s := newSession(t, d, r, newPhrase(t))
			check(t, s.Write("report"))
			r.answer = func(w http.ResponseWriter, req *http.Request) bool {
				w.WriteHeader(tt.status)
				w.Write(tt.answer)
				return true
			}
			if sent, err := s.Send(t.Context()); !errors.Is(err, kit.ErrWaiting) || sent.Waiting != 1 || r.posts() != 3 {
				t.Errorf("%+v, %v", sent, err)
			}
		})
	}
}

func TestPuzzleChanges(t *testing.T) {
	d := newDesk(t, 1)
	t.Run("it is asked for and solved once more", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		check(t, s.Write("report"))
		asked := 0
		r.files[envelope.PathStatus] = envelope.Status{Epoch: day, Puzzle: envelope.MinPuzzle + 1}.Marshal()
		r.answer = func(_ http.ResponseWriter, req *http.Request) bool {
			if req.URL.Path == envelope.PathStatus {
				asked++
				r.puzzle = envelope.MinPuzzle + 1 // the relay has been asking for more since
			}
			return false
		}
		r.refuse = func(int) envelope.AnswerCode {
			if asked == 0 {
				return envelope.BadEpoch
			}
			return envelope.Taken
		}
		sent, err := s.Send(t.Context())
		check(t, err)
		if sent.Taken != 1 || len(r.deposits) != 3 || asked != 1 || r.posts() != 4 {
			t.Errorf("%+v, %d taken, asked %d times, %d posts", sent, len(r.deposits), asked, r.posts())
		}
	})
	t.Run("once and no more", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		check(t, s.Write("report"))
		r.refuse = func(int) envelope.AnswerCode { return envelope.BadEpoch }
		if _, err := s.Send(t.Context()); !errors.Is(err, kit.ErrWaiting) || r.posts() != 6 {
			t.Errorf("%v after %d posts", err, r.posts())
		}
	})
	t.Run("not beyond what a relay may ask", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		check(t, s.Write("report"))
		r.refuse = func(int) envelope.AnswerCode { return envelope.BadEpoch }
		r.files[envelope.PathStatus] = envelope.Status{Epoch: day, Puzzle: 60}.Marshal()
		if _, err := s.Send(t.Context()); !errors.Is(err, kit.ErrWaiting) || r.posts() != 3 {
			t.Errorf("%v after %d posts", err, r.posts())
		}
	})
}

func TestRead(t *testing.T) {
	d := newDesk(t, 2)
	r := newRelay(t, d)
	p := newPhrase(t)
	s := newSession(t, d, r, p)
	check(t, s.Write("report"))
	_, err := s.Send(t.Context())
	check(t, err)
	contact := d.opened(0, envelope.Daily, r.deposits...)[0].Contact
	reply := func(e editor, text string) [][]byte {
		t.Helper()
		rows, err := e.lt.Reply(d.id, contact, text)
		check(t, err)
		return rows
	}
	long := strings.Repeat("가", 2000)
	parts := reply(d.editors[0], long)
	foreign := reply(d.editors[1], "in the name of editor 1")
	r.publish(t, d, 0, [32]byte{},
		envelope.DropContent{Epoch: day - 3, Replies: reply(d.editors[0], "first"), Acks: []envelope.Ack{contact.Ack(0, day-3)}},
		envelope.DropContent{Epoch: day - 2, Replies: parts[1:]},
		envelope.DropContent{Epoch: day - 1, Replies: append(parts[:1:1], foreign...)},
		envelope.DropContent{Epoch: day, Replies: parts[:1], Acks: []envelope.Ack{contact.Ack(1, day)}},
	)
	r.publish(t, d, 1, [32]byte{}, envelope.DropContent{Epoch: day, Replies: reply(d.editors[1], "second editor")})

	for _, order := range []string{"0123", "3120"} {
		t.Run("replies and acks are the same in order "+order, func(t *testing.T) {
			q, err := p.Reordered(order)
			check(t, err)
			s := newSession(t, d, r, q)
			want := []kit.Reply{{0, day - 3, "first"}, {0, day - 1, long}, {1, day, "second editor"}}
			if got := s.Replies(); fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("replies %v", got)
			}
			if got := s.Arrivals(); fmt.Sprint(got) != fmt.Sprint([]kit.Arrival{{0, day - 3}}) {
				t.Errorf("arrivals %v", got)
			}
		})
	}
	t.Run("another source sees none", func(t *testing.T) {
		s := newSession(t, d, r, newPhrase(t))
		if len(s.Replies()) != 0 || len(s.Arrivals()) != 0 {
			t.Error("it reads what is not its own")
		}
	})
}

func TestSessionIsNotPrinted(t *testing.T) {
	d := newDesk(t, 1)
	p := newPhrase(t)
	s := newSession(t, d, newRelay(t, d), p)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		for _, v := range []any{s, *s} {
			if got := fmt.Sprintf(verb, v); got != "[session]" {
				t.Errorf("%s shows %.80q", verb, got)
			}
		}
	}
}
