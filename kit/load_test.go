package kit_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
)

func TestLoad(t *testing.T) {
	d := newDesk(t, 2)
	r := newRelay(t, d)
	l, err := newClient(t, d, r).Load(t.Context(), kit.Week)
	check(t, err)

	t.Run("asks for the same files in the same order, whoever loads", func(t *testing.T) {
		want := "GET /v1/status\nGET /v1/roster\nGET /v1/questions\n"
		for slot := range 2 {
			for e := day - 6; e <= day; e++ {
				want += fmt.Sprintf("GET /v1/drop/%d/%d\n", slot, e)
			}
		}
		if got := r.paths(); got != want {
			t.Errorf("asked for\n%swant\n%s", got, want)
		}
	})
	t.Run("says nothing of itself", func(t *testing.T) {
		for _, req := range r.requests {
			for name, values := range req.Header {
				if name != "Accept-Encoding" || !slices.Equal(values, []string{"identity"}) {
					t.Errorf("%s has a header %s: %v", req.URL, name, values)
				}
			}
		}
	})
	t.Run("has the roster and the questions", func(t *testing.T) {
		if l.Roster.Desk != d.id || len(l.Questions) != 1 || l.Questions[0].Ask["ko"] != "쌀값은?" {
			t.Errorf("desk %v, questions %v", l.Roster.Desk, l.Questions)
		}
	})
	t.Run("a month is the only other choice", func(t *testing.T) {
		c := newClient(t, d, r)
		before := len(r.requests)
		if _, err := c.Load(t.Context(), 8); !errors.Is(err, kit.ErrConfig) {
			t.Errorf("8 days: %v", err)
		}
		if len(r.requests) != before {
			t.Error("the relay was asked")
		}
		if _, err := c.Load(t.Context(), kit.Month); err != nil {
			t.Error(err)
		}
		if got := len(r.requests) - before; got != 3+2*28 {
			t.Errorf("%d requests", got)
		}
	})
}

func TestRosterStops(t *testing.T) {
	d, other := newDesk(t, 1), newDesk(t, 1)
	good := d.roster
	for _, tt := range []struct {
		name   string
		roster []byte
		serial uint32
	}{
		{"one byte changed", func() []byte { b := bytes.Clone(good); b[2000] ^= 1; return b }(), 0},
		{"another desk's", other.roster, 0},
		{"a serial under the one built in", good, 6},
		{"zeros", make([]byte, envelope.RosterSize), 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelay(t, d)
			r.files[envelope.PathRoster] = tt.roster
			c, err := kit.New(kit.Config{Relay: r.URL, Root: d.public(), MinSerial: tt.serial, Now: day.Time, Gap: noGap})
			check(t, err)
			if _, err := c.Load(t.Context(), kit.Week); !errors.Is(err, kit.ErrStop) || !errors.Is(err, envelope.ErrRoster) {
				t.Errorf("Load = %v, want %v", err, kit.ErrStop)
			}
			if got := r.paths(); got != "GET /v1/status\nGET /v1/roster\n" {
				t.Errorf("after a bad roster, asked for\n%s", got)
			}
		})
	}
	t.Run("worn out today", func(t *testing.T) {
		r := newRelay(t, d)
		c, err := kit.New(kit.Config{Relay: r.URL, Root: d.public(), Now: (day + 40).Time, Gap: noGap})
		check(t, err)
		if _, err := c.Load(t.Context(), kit.Week); !errors.Is(err, kit.ErrStop) {
			t.Errorf("Load = %v, want %v", err, kit.ErrStop)
		}
	})
}

func TestRelayAnswersBadly(t *testing.T) {
	d := newDesk(t, 1)
	for _, tt := range []struct {
		name   string
		answer func(w http.ResponseWriter, r *http.Request) bool
	}{
		{"a status of another size", func(w http.ResponseWriter, _ *http.Request) bool { w.Write(make([]byte, 127)); return true }},
		{"a status that is none", func(w http.ResponseWriter, _ *http.Request) bool { w.Write(make([]byte, 128)); return true }},
		{"without end", func(w http.ResponseWriter, r *http.Request) bool {
			for r.Context().Err() == nil {
				if _, err := w.Write(make([]byte, 1<<16)); err != nil {
					break
				}
			}
			return true
		}},
		{"with a redirect", func(w http.ResponseWriter, r *http.Request) bool {
			http.Redirect(w, r, "/elsewhere", http.StatusFound)
			return true
		}},
		{"with an error", func(w http.ResponseWriter, _ *http.Request) bool {
			w.WriteHeader(http.StatusServiceUnavailable)
			w.Write(envelope.Answer(envelope.Unavailable))
			return true
		}},
		{"by hanging up", func(w http.ResponseWriter, _ *http.Request) bool { panic(http.ErrAbortHandler) }},
		{"with a roster of another size", func(w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path != envelope.PathRoster {
				return false
			}
			w.Write(d.roster[1:])
			return true
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelay(t, d)
			r.answer = tt.answer
			_, err := newClient(t, d, r).Load(t.Context(), kit.Week)
			if !errors.Is(err, kit.ErrRelay) {
				t.Errorf("Load = %v, want %v", err, kit.ErrRelay)
			}
			if strings.Contains(fmt.Sprint(err), "127.0.0.1") {
				t.Errorf("the error names an address: %v", err)
			}
			if strings.Contains(r.paths(), "elsewhere") {
				t.Error("a redirect was followed")
			}
		})
	}
	t.Run("not at all", func(t *testing.T) {
		r := newRelay(t, d)
		c := newClient(t, d, r)
		r.Close()
		if _, err := c.Load(t.Context(), kit.Week); !errors.Is(err, kit.ErrRelay) {
			t.Errorf("Load = %v, want %v", err, kit.ErrRelay)
		}
	})
	t.Run("and the source leaves", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r := newRelay(t, d)
		r.answer = func(_ http.ResponseWriter, req *http.Request) bool {
			if strings.HasPrefix(req.URL.Path, "/v1/drop/") {
				cancel()
			}
			return false
		}
		if _, err := newClient(t, d, r).Load(ctx, kit.Week); !errors.Is(err, context.Canceled) {
			t.Errorf("Load = %v, want %v", err, context.Canceled)
		}
	})
}

func TestNotices(t *testing.T) {
	d := newDesk(t, 1)
	at := func(e envelope.Epoch) envelope.DropContent { return envelope.DropContent{Epoch: e} }
	gap := func(from, to envelope.Epoch) []kit.Notice {
		return []kit.Notice{{Kind: kit.Gap, Day: from, Until: to}}
	}
	for _, tt := range []struct {
		name    string
		prepare func(r *relay)
		want    []kit.Notice
	}{
		{"a drop every day but today", func(r *relay) {
			r.publish(t, d, 0, [32]byte{1}, at(day-6), at(day-5), at(day-4), at(day-3), at(day-2), at(day-1))
		}, nil},
		{"a drop today as well", func(r *relay) {
			r.publish(t, d, 0, [32]byte{1}, at(day-6), at(day-5), at(day-4), at(day-3), at(day-2), at(day-1), at(day))
		}, nil},
		{"days on which the desk published nothing, by the chain", func(r *relay) {
			r.publish(t, d, 0, [32]byte{1}, at(day-6), at(day-3), at(day-1))
		}, nil},
		{"the first drop of all", func(r *relay) { r.publish(t, d, 0, [32]byte{}, at(day-1)) }, nil},
		{"no drop", func(*relay) {}, gap(day-6, day-1)},
		{"nothing since some days", func(r *relay) { r.publish(t, d, 0, [32]byte{1}, at(day-6), at(day-5)) }, gap(day-4, day-1)},
		{"nothing before some day", func(r *relay) { r.publish(t, d, 0, [32]byte{1}, at(day-2), at(day-1)) }, gap(day-6, day-3)},
		{"a drop held back", func(r *relay) {
			r.publish(t, d, 0, [32]byte{}, at(day-6), at(day-5), at(day-4), at(day-3), at(day-2), at(day-1))
			delete(r.files, envelope.DropPath(0, day-3))
		}, gap(day-3, day-3)},
		{"a drop with a byte changed", func(r *relay) {
			r.publish(t, d, 0, [32]byte{}, at(day-6), at(day-5), at(day-4), at(day-3), at(day-2), at(day-1))
			r.files[envelope.DropPath(0, day-3)][500] ^= 1
		}, gap(day-3, day-3)},
		{"a drop of another day in its place", func(r *relay) {
			r.publish(t, d, 0, [32]byte{}, at(day-6), at(day-5), at(day-4), at(day-3), at(day-2), at(day-1))
			r.files[envelope.DropPath(0, day-3)] = r.files[envelope.DropPath(0, day-4)]
		}, gap(day-3, day-3)},
		{"a chain that does not hold", func(r *relay) {
			r.publish(t, d, 0, [32]byte{}, at(day-6), at(day-5), at(day-4))
			r.publish(t, d, 0, [32]byte{9}, at(day-3), at(day-2), at(day-1))
		}, []kit.Notice{{Kind: kit.BrokenChain, Day: day - 3}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelay(t, d)
			tt.prepare(r)
			l, err := newClient(t, d, r).Load(t.Context(), kit.Week)
			check(t, err)
			if !slices.Equal(l.Notices, tt.want) {
				t.Errorf("noted %v, want %v", l.Notices, tt.want)
			}
		})
	}

	for _, tt := range []struct {
		name    string
		now     envelope.Epoch
		prepare func(r *relay)
		want    kit.NoticeKind
	}{
		{"a clock two days off", day + 2, func(*relay) {}, kit.ClockOff},
		{"keys four days old", day + 3, func(r *relay) {}, kit.OldKeys},
		{"no questions", day, func(r *relay) { delete(r.files, envelope.PathQuestions) }, kit.NoQuestions},
		{"questions with a byte changed", day, func(r *relay) { r.files[envelope.PathQuestions][100] ^= 1 }, kit.NoQuestions},
		{"questions of another day", day + 1, func(*relay) {}, kit.NoQuestions},
		{"questions without a list", day, func(r *relay) { r.files[envelope.PathQuestions] = d.questions(t, `[]`) }, kit.NoQuestions},
		{"a question with a bad key", day, func(r *relay) {
			r.files[envelope.PathQuestions] = d.questions(t, `{"questions":[{"key":"<b>","type":"text","ask":{"en":"?"}}]}`)
		}, kit.NoQuestions},
		{"a question of no type", day, func(r *relay) {
			r.files[envelope.PathQuestions] = d.questions(t, `{"questions":[{"key":"a/b","type":"html","ask":{"en":"?"}}]}`)
		}, kit.NoQuestions},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelay(t, d)
			tt.prepare(r)
			c, err := kit.New(kit.Config{Relay: r.URL, Root: d.public(), Now: tt.now.Time, Gap: noGap})
			check(t, err)
			l, err := c.Load(t.Context(), kit.Week)
			check(t, err)
			if !slices.ContainsFunc(l.Notices, func(n kit.Notice) bool { return n.Kind == tt.want }) {
				t.Errorf("noted %v", l.Notices)
			}
			if tt.want == kit.NoQuestions && l.Questions != nil {
				t.Error("the questions are shown all the same")
			}
		})
	}
	t.Run("have a sentence each", func(t *testing.T) {
		seen := map[string]bool{}
		for k := kit.ClockOff; k <= kit.BadDrops; k++ {
			seen[kit.Notice{Kind: k, Day: day, Until: day}.String()] = true
		}
		if len(seen) != 9 {
			t.Errorf("%d sentences", len(seen))
		}
		for until, want := range map[envelope.Epoch]string{
			day:     "There is a gap in the replies of editor 1 on 2020-01-31.",
			day + 1: "There is a gap in the replies of editor 1 from 2020-01-31 to 2020-02-01.",
		} {
			if got := gap(day, until)[0].String(); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
}

func TestConfig(t *testing.T) {
	root := newDesk(t, 1).public()
	for _, tt := range []struct {
		relay string
		root  []byte
		want  error
	}{
		{"http://relay.example", root, nil},
		{"https://relay.example:8443/", root, nil},
		{"relay.example", root, kit.ErrConfig},
		{"ftp://relay.example", root, kit.ErrConfig},
		{"http://", root, kit.ErrConfig},
		{"http://me@relay.example", root, kit.ErrConfig},
		{"http://relay.example/path", root, kit.ErrConfig},
		{"http://relay.example/?q", root, kit.ErrConfig},
		{"http://relay.example/#f", root, kit.ErrConfig},
		{"http://relay.example", root[1:], kit.ErrConfig},
	} {
		if _, err := kit.New(kit.Config{Relay: tt.relay, Root: tt.root}); !errors.Is(err, tt.want) {
			t.Errorf("%s with a root of %d bytes: %v, want %v", tt.relay, len(tt.root), err, tt.want)
		}
	}
}
