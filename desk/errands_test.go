package desk

import (
	"bytes"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hearsay/desk/internal/web"
	"hearsay/envelope"
)

func TestPull(t *testing.T) {
	t.Run("a day is done only once it is kept", func(t *testing.T) {
		s := newStand(t, true)
		s.relay.deliver(s.epoch(), s.seal(s.source(), "One."), cover(t, s.keys.Public().Desk))
		s.clock = s.clock.AddDate(0, 0, 1)
		kept := -1
		s.relay.before = func(method, path string) {
			if path == envelope.DonePath(s.epoch()-1) {
				kept = len(s.book.Inbox().Reports)
			}
		}
		pulled, err := s.Pull(t.Context())
		if err != nil || pulled != (Pulled{Deposits: 2, Reports: 1}) {
			t.Errorf("Pull = %+v, %v", pulled, err)
		}
		if kept != 1 {
			t.Errorf("when the relay was told, the desk had kept %d reports", kept)
		}
	})
	t.Run("nothing comes in twice, and an open day is not done", func(t *testing.T) {
		s := newStand(t, true)
		payload := s.seal(s.source(), "One.")
		s.relay.deliver(s.epoch(), payload, payload)
		for i, want := range []Pulled{{Deposits: 2, Reports: 1}, {Deposits: 2}, {Deposits: 2}} {
			if i == 2 {
				s.reopen()
			}
			if pulled, err := s.Pull(t.Context()); err != nil || pulled != want {
				t.Errorf("pull %d = %+v, %v, want %+v", i+1, pulled, err, want)
			}
		}
		if n := s.relay.paths(envelope.DonePath(s.epoch())); n != 0 {
			t.Errorf("the relay was told %d times that today is done", n)
		}
	})
	t.Run("a day of more than a page comes whole", func(t *testing.T) {
		s := newStand(t, true)
		throwaway := cover(t, s.keys.Public().Desk)
		s.relay.deliver(s.epoch(), slices.Repeat([][]byte{throwaway}, envelope.InboxPage)...)
		s.relay.deliver(s.epoch(), s.seal(s.source(), "The thirty-third."))
		if pulled, err := s.Pull(t.Context()); err != nil || pulled != (Pulled{Deposits: envelope.InboxPage + 1, Reports: 1}) {
			t.Errorf("Pull = %+v, %v", pulled, err)
		}
	})
	t.Run("zeros that somebody deposited hide nothing behind them", func(t *testing.T) {
		s := newStand(t, true)
		zeros := make([]byte, envelope.PayloadSize)
		s.relay.deliver(s.epoch(), zeros, s.seal(s.source(), "The second."))
		s.relay.deliver(s.epoch(), slices.Repeat([][]byte{zeros}, envelope.InboxPage-2)...)
		s.relay.deliver(s.epoch(), s.seal(s.source(), "The thirty-third."))
		photo := s.attach("a", 1000)
		s.relay.deliverChunks(s.epoch(), slices.Repeat([][]byte{make([]byte, envelope.ChunkSize)}, envelope.ChunkPage)...)
		s.relay.deliverChunks(s.epoch(), photo.chunks[0])
		s.relay.deliver(s.epoch(), s.manifest(s.source(), envelope.Daily, photo))
		if pulled := s.pulls(); pulled.Reports != 2 || pulled.Whole != 1 {
			t.Errorf("%+v", pulled)
		}
	})
	t.Run("a day that is over at the desk and not yet at the relay is not done", func(t *testing.T) {
		s := newStand(t, true)
		s.nextDay()
		s.relay.day = s.epoch() - 1
		s.relay.deliver(s.relay.day, s.seal(s.source(), "One."))
		if pulled := s.pulls(); pulled.Reports != 1 || s.relay.paths(envelope.DonePath(s.relay.day)) != 0 {
			t.Errorf("%+v, and the relay was told %d times", pulled, s.relay.paths(envelope.DonePath(s.relay.day)))
		}
		s.relay.deliver(s.relay.day, s.seal(s.source(), "Two."))
		s.relay.day = s.epoch()
		if pulled := s.pulls(); pulled.Reports != 1 || s.relay.paths(envelope.DonePath(s.epoch()-1)) != 1 {
			t.Errorf("afterwards %+v", pulled)
		}
	})
	t.Run("after idle weeks it asks for no day that a relay keeps no more", func(t *testing.T) {
		s := newStand(t, true)
		if _, err := s.Pull(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.clock = s.clock.AddDate(0, 0, 60)
		oldest := s.epoch()
		s.relay.before = func(_, path string) {
			if day, ok := strings.CutPrefix(path, "/v1/inbox/"); ok {
				epoch, err := envelope.ParseEpoch(strings.TrimSuffix(day, "/0"))
				if err != nil {
					t.Error(err)
				}
				oldest = min(oldest, epoch)
			}
		}
		if _, err := s.Pull(t.Context()); err != nil {
			t.Fatal(err)
		}
		if oldest != s.epoch()-envelope.RelayKeepsDays {
			t.Errorf("it asked for %s, %d days ago", oldest, s.epoch()-oldest)
		}
	})
	for name, answer := range map[string]struct {
		status int
		body   []byte
		want   error
	}{
		"a page that is too short": {http.StatusOK, make([]byte, 100), ErrRelay},
		"a page that is too long":  {http.StatusOK, make([]byte, envelope.InboxPageSize+1), ErrRelay},
		"words instead of a page":  {http.StatusOK, []byte("<html>captive portal</html>"), ErrRelay},
		"a redirect":               {http.StatusFound, nil, ErrRelay},
		"a refusal":                {http.StatusUnauthorized, envelope.Answer(envelope.BadSigned), ErrRefused},
		"no relay at the moment":   {http.StatusServiceUnavailable, envelope.Answer(envelope.Unavailable), ErrRefused},
	} {
		t.Run(name+" loses nothing", func(t *testing.T) {
			s := newStand(t, true)
			s.relay.deliver(s.epoch(), s.seal(s.source(), "One."))
			s.clock = s.clock.AddDate(0, 0, 1)
			s.relay.instead(func(path string) (int, []byte) {
				if strings.HasPrefix(path, "/v1/inbox/") {
					return answer.status, answer.body
				}
				return 0, nil
			})
			if _, err := s.Pull(t.Context()); !errors.Is(err, answer.want) {
				t.Errorf("Pull = %v, want %v", err, answer.want)
			}
			if n := s.relay.paths("/v1/done/"); n != 0 {
				t.Errorf("the relay was told %d times that a day is done", n)
			}
			s.relay.instead(nil)
			if pulled, err := s.Pull(t.Context()); err != nil || pulled.Reports != 1 {
				t.Errorf("afterwards Pull = %+v, %v", pulled, err)
			}
		})
	}
	t.Run("a relay that does not take done is told again", func(t *testing.T) {
		s := newStand(t, true)
		s.relay.deliver(s.epoch(), s.seal(s.source(), "One."))
		s.clock = s.clock.AddDate(0, 0, 1)
		s.relay.instead(func(path string) (int, []byte) {
			if path == envelope.DonePath(s.epoch()-1) {
				return http.StatusServiceUnavailable, envelope.Answer(envelope.Unavailable)
			}
			return 0, nil
		})
		if _, err := s.Pull(t.Context()); !errors.Is(err, ErrRefused) {
			t.Errorf("Pull = %v", err)
		}
		s.relay.instead(nil)
		if pulled, err := s.Pull(t.Context()); err != nil || pulled.Reports != 0 || s.relay.paths(envelope.DonePath(s.epoch()-1)) != 1 {
			t.Errorf("afterwards Pull = %+v, %v", pulled, err)
		}
	})
	t.Run("a relay that is not there is told of without an address", func(t *testing.T) {
		s := newStand(t, true)
		s.relay.Close()
		_, err := s.Pull(t.Context())
		if !errors.Is(err, ErrRelay) || strings.Contains(err.Error(), "127.0.0.1") || !strings.Contains(err.Error(), "refused") {
			t.Errorf("Pull = %v", err)
		}
	})
	t.Run("a desk without a relay says so", func(t *testing.T) {
		s := newStand(t, false)
		_, pull := s.Pull(t.Context())
		_, drop := s.Drop(t.Context())
		_, cover := s.Cover(t.Context(), 1)
		for _, err := range []error{pull, drop, cover} {
			if !errors.Is(err, ErrNoRelay) {
				t.Errorf("it says %v", err)
			}
		}
		if _, err := s.Morning(t.Context()); err != nil {
			t.Errorf("its morning: %v", err)
		}
	})
}

func TestDrop(t *testing.T) {
	s := newStand(t, true)
	published := func() [][]byte { return s.relay.bodiesOf(envelope.PathPublishDrop) }
	open := func(b []byte) *envelope.Drop {
		t.Helper()
		c, _, err := s.charter()
		if err != nil {
			t.Fatal(err)
		}
		d, err := envelope.ParseDrop(s.keys.Public().Desk, c.Editors[0], dropRows, b)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	source, stranger := s.source(), s.source()
	s.relay.deliver(s.epoch(), s.seal(source, "One."))
	if _, err := s.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Run("it tells who was heard, and nobody else", func(t *testing.T) {
		if acks, err := s.Drop(t.Context()); acks != 1 || err != nil {
			t.Fatalf("Drop = %d, %v", acks, err)
		}
		d := open(published()[0])
		if !source.Acked(d) || stranger.Acked(d) || d.Epoch != s.epoch() || d.Prev != [32]byte{} {
			t.Errorf("acked %v and %v, of %s", source.Acked(d), stranger.Acked(d), d.Epoch)
		}
	})
	t.Run("on one day there is one, whoever asks and however often", func(t *testing.T) {
		s.relay.deliver(s.epoch(), s.seal(stranger, "Another."))
		if _, err := s.Pull(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.reopen()
		if _, err := s.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if all := published(); len(all) != 2 || !bytes.Equal(all[0], all[1]) {
			t.Error("the second drop of the day is another")
		}
	})
	t.Run("the next names the one before it, and tells who was heard since", func(t *testing.T) {
		s.clock = s.clock.AddDate(0, 0, 1)
		if _, err := s.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := published()
		first, next := open(all[0]), open(all[len(all)-1])
		if next.Prev != first.Digest {
			t.Error("the chain is broken")
		}
		if source.Acked(next) || !stranger.Acked(next) {
			t.Errorf("acked %v and %v", source.Acked(next), stranger.Acked(next))
		}
	})
	t.Run("one that the relay did not take goes out unchanged", func(t *testing.T) {
		s.clock = s.clock.AddDate(0, 0, 1)
		s.relay.instead(func(path string) (int, []byte) {
			if path != envelope.PathPublishDrop {
				return 0, nil
			}
			return http.StatusServiceUnavailable, envelope.Answer(envelope.Unavailable)
		})
		if _, err := s.Drop(t.Context()); !errors.Is(err, ErrRefused) {
			t.Errorf("Drop = %v", err)
		}
		made := s.book.NextDrop(0, 0).Digest
		s.relay.instead(nil)
		if _, err := s.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := published()
		if d := open(all[len(all)-1]); d.Digest != made {
			t.Error("another drop of the same day went out")
		}
	})
}

func TestCover(t *testing.T) {
	s := newStand(t, true)
	if n, err := s.Cover(t.Context(), 3); n != 3 || err != nil {
		t.Fatalf("Cover = %d, %v", n, err)
	}
	sent := s.relay.bodiesOf(envelope.PathDeposit)
	for _, b := range sent {
		payload, code := envelope.CheckDeposit(s.keys.Public().Desk, b, s.epoch(), envelope.MinPuzzle)
		if code != envelope.Taken {
			t.Errorf("a relay would answer %v", code)
		}
		s.relay.deliver(s.epoch(), payload)
	}
	if pulled, err := s.Pull(t.Context()); err != nil || pulled != (Pulled{Deposits: 3}) {
		t.Errorf("of its own cover the desk pulls %+v, %v", pulled, err)
	}
	t.Run("a relay that refuses ends it, with the count of those that went", func(t *testing.T) {
		s.relay.instead(func(path string) (int, []byte) {
			if path == envelope.PathDeposit {
				return http.StatusBadRequest, envelope.Answer(envelope.BadEpoch)
			}
			return 0, nil
		})
		if n, err := s.Cover(t.Context(), 3); n != 0 || !errors.Is(err, ErrRefused) {
			t.Errorf("Cover = %d, %v", n, err)
		}
	})
	t.Run("a status that is none makes no deposit", func(t *testing.T) {
		s.relay.instead(func(string) (int, []byte) { return http.StatusOK, []byte("ok") })
		if n, err := s.Cover(t.Context(), 1); n != 0 || !errors.Is(err, ErrRelay) {
			t.Errorf("Cover = %d, %v", n, err)
		}
	})
}

func TestMorning(t *testing.T) {
	s := newStand(t, true)
	counts := func() [3]int {
		return [3]int{s.relay.paths(envelope.PathPublishCharter), s.relay.paths(envelope.PathPublishBlock), s.relay.paths(envelope.PathPublishQuestions)}
	}
	morning := func(want [3]int) {
		t.Helper()
		before := counts()
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := counts()
		for i := range after {
			after[i] -= before[i]
		}
		if after != want {
			t.Errorf("it published %v charters, blocks and questions, want %v", after, want)
		}
	}
	if got := counts(); got != [3]int{1, 1, 1} {
		t.Errorf("the first morning published %v", got)
	}
	morning([3]int{}) // again on the same day
	s.reopen()
	morning([3]int{0, 0, 1}) // a new process cannot know which questions the relay has
	s.clock = s.clock.AddDate(0, 0, 1)
	morning([3]int{1, 1, 0}) // with today's keys
	s.relay.roster = [32]byte{1}
	morning([3]int{1, 1, 0}) // to a relay that lost them

	t.Run("keys past their time are destroyed", func(t *testing.T) {
		destroyed := 0
		for range 40 {
			s.clock = s.clock.AddDate(0, 0, 1)
			n, err := s.Morning(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			destroyed += n
		}
		for _, b := range s.keys.Live() {
			if b.DestroyAfter < s.epoch() {
				t.Errorf("the keys of %s live on", b.Epoch)
			}
		}
		if destroyed == 0 {
			t.Error("none was destroyed")
		}
	})
	t.Run("a clock that jumps ahead of the relay's destroys none", func(t *testing.T) {
		live := len(s.keys.Live())
		s.relay.instead(func(path string) (int, []byte) {
			return http.StatusOK, envelope.Status{Epoch: envelope.EpochOf(noon.AddDate(0, 0, 41)), Puzzle: envelope.MinPuzzle}.Marshal()
		})
		s.clock = s.clock.AddDate(0, 0, 300)
		if _, err := s.Morning(t.Context()); !errors.Is(err, ErrClock) {
			t.Errorf("Morning = %v", err)
		}
		root := RootKey{Text: string(read(t, s.dir+"/root-key"))}
		if err := s.RenewCharter(t.Context(), root); !errors.Is(err, ErrClock) {
			t.Errorf("RenewCharter = %v", err)
		}
		if n := len(s.keys.Live()); n != live {
			t.Errorf("%d of %d keys live on", n, live)
		}
	})
}

func TestRenewCharter(t *testing.T) {
	s := newStand(t, true)
	root := string(read(t, s.dir+"/root-key"))
	before, _, err := s.charter()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("another desk's root key is refused, and the charter stays", func(t *testing.T) {
		other := newStand(t, false)
		for _, key := range []string{string(read(t, other.dir+"/root-key")), "", "a root key", root[:len(root)-9]} {
			if err := s.RenewCharter(t.Context(), RootKey{Text: key}); !errors.Is(err, web.ErrRootKey) {
				t.Errorf("RenewCharter = %v", err)
			}
		}
		if after, _, err := s.charter(); err != nil || after.Serial != before.Serial {
			t.Errorf("the charter is number %d, %v", after.Serial, err)
		}
	})
	t.Run("its own makes the next, for 90 days, and the relay has it", func(t *testing.T) {
		s.clock = s.clock.AddDate(0, 0, 5)
		if err := s.RenewCharter(t.Context(), RootKey{Text: root}); err != nil {
			t.Fatal(err)
		}
		after, b, err := s.charter()
		if err != nil || after.Serial != uint32(s.epoch()) || after.From != s.epoch()-1 || after.To != s.epoch()-1+charterDays {
			t.Errorf("the charter is %+v, %v", after, err)
		}
		all := s.relay.bodiesOf(envelope.PathPublishCharter)
		if !bytes.Equal(all[len(all)-1], b) {
			t.Error("the relay has another")
		}
	})
	t.Run("after it has run out", func(t *testing.T) {
		for range 120 { // day by day: a jump would be asked about
			s.clock = s.clock.Add(24 * time.Hour)
		}
		if err := s.RenewCharter(t.Context(), RootKey{Text: root}); err != nil {
			t.Error(err)
		}
		if _, err := s.Morning(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
