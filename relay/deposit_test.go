package relay_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay/envelope"
	"hearsay/relay"
	"hearsay/relay/relaytest"
)

func TestDeposit(t *testing.T) {
	w := newWorld(t, 1)
	good := w.desk.Deposit(t, day, 0)
	change := func(at int) []byte {
		b := bytes.Clone(good)
		b[at] ^= 1
		return b
	}
	for _, tt := range []struct {
		name   string
		body   []byte
		status int
		code   envelope.AnswerCode
	}{
		{"new", good, 200, envelope.Taken},
		{"the same again", good, 200, envelope.Taken},
		{"of yesterday by the source's clock", w.desk.Deposit(t, day-1, 1), 200, envelope.Taken},
		{"of tomorrow by the source's clock", w.desk.Deposit(t, day+1, 2), 200, envelope.Taken},
		{"the same with another header", w.desk.Deposit(t, day+1, 0), 200, envelope.Taken},
		{"of two days ago", w.desk.Deposit(t, day-2, 3), 400, envelope.BadEpoch},
		{"of the day after tomorrow", w.desk.Deposit(t, day+2, 3), 400, envelope.BadEpoch},
		{"with a payload its puzzle is not for", change(envelope.DepositSize - 1), 400, envelope.BadEpoch},
		{"with another magic", change(0), 400, envelope.BadShape},
		{"with another kind", change(12), 400, envelope.BadShape},
		{"with a token", change(24), 400, envelope.BadShape},
		{"cut short by a byte", good[:len(good)-1], 400, envelope.BadShape},
		{"longer by a byte", append(bytes.Clone(good), 0), 400, envelope.BadShape},
		{"empty", nil, 400, envelope.BadShape},
	} {
		t.Run(tt.name, func(t *testing.T) {
			said(t, "deposit", w.call(http.MethodPost, envelope.PathDeposit, tt.body), tt.status, tt.code)
		})
	}

	t.Run("what was taken is there, each payload once, on the relay's day", func(t *testing.T) {
		got := w.collect(t, day, 4)
		slices.Sort(got)
		if !slices.Equal(got, []int{0, 1, 2}) {
			t.Errorf("the inbox has %v", got)
		}
		for _, other := range []envelope.Epoch{day - 1, day + 1} {
			if got := w.collect(t, other, 4); got != nil {
				t.Errorf("the inbox of day %d has %v", other, got)
			}
		}
	})

	t.Run("a body of unknown length is measured", func(t *testing.T) {
		for extra, want := range map[int]int{-1: 400, 0: 200, 1: 400} {
			body := append(w.desk.Deposit(t, day, 3), 0)[:envelope.DepositSize+extra]
			r := httptest.NewRequest(http.MethodPost, envelope.PathDeposit, bytes.NewReader(body))
			r.ContentLength = -1
			rec := httptest.NewRecorder()
			w.ServeHTTP(rec, r)
			if rec.Code != want {
				t.Errorf("with %+d bytes: status %d, want %d", extra, rec.Code, want)
			}
		}
	})
}

// A chunk is a deposit like any other, but for its size, its call and its page.
func TestChunk(t *testing.T) {
	const chunks = 14 // two pages, the last with 2
	w := newWorld(t, 2)
	post := func(body []byte) *httptest.ResponseRecorder { return w.call(http.MethodPost, envelope.PathChunk, body) }
	for n := range chunks {
		said(t, "chunk", post(w.desk.DepositOf(t, relay.Chunk, day, n)), 200, envelope.Taken)
	}
	said(t, "the same again", post(w.desk.DepositOf(t, relay.Chunk, day, 0)), 200, envelope.Taken)
	said(t, "three envelopes", w.post(t, day, 0), 200, envelope.Taken)
	good := w.desk.DepositOf(t, relay.Chunk, day, chunks)
	for name, tt := range map[string]struct {
		path string
		body []byte
		code envelope.AnswerCode
	}{
		"three envelopes where a chunk belongs":        {envelope.PathChunk, w.desk.Deposit(t, day, 1), envelope.BadShape},
		"a chunk where three envelopes belong":         {envelope.PathDeposit, good, envelope.BadShape},
		"a chunk cut short":                            {envelope.PathChunk, good[:len(good)-1], envelope.BadShape},
		"a chunk of last week":                         {envelope.PathChunk, w.desk.DepositOf(t, relay.Chunk, day-7, 0), envelope.BadEpoch},
		"a chunk its puzzle is not for":                {envelope.PathChunk, append(bytes.Clone(good[:len(good)-1]), good[len(good)-1]^1), envelope.BadEpoch},
		"a chunk that says it is three envelopes":      {envelope.PathChunk, append(append(bytes.Clone(good[:12]), 0), good[13:]...), envelope.BadShape},
		"a chunk of which the length is not announced": {envelope.PathChunk, append(bytes.Clone(good), 0), envelope.BadShape},
	} {
		t.Run(name, func(t *testing.T) {
			said(t, name, w.call(http.MethodPost, tt.path, tt.body), 400, tt.code)
		})
	}
	w.clock.set(day + 1)
	t.Run("a page has twelve, is as long as one of the inbox, and is filled with zeros", func(t *testing.T) {
		for page, want := range map[int]int{0: envelope.ChunkPage, 1: chunks - envelope.ChunkPage} {
			rec := w.as(t, 0, http.MethodGet, envelope.ChunksPath(day, page), nil)
			if rec.Code != 200 || rec.Body.Len() != envelope.InboxPageSize || len(relaytest.Payloads(relay.Chunk, rec.Body.Bytes())) != want {
				t.Errorf("page %d: status %d, %d bytes", page, rec.Code, rec.Body.Len())
			}
		}
		said(t, "a page past the last", w.as(t, 0, http.MethodGet, envelope.ChunksPath(day, 2), nil), 404, envelope.Absent)
		said(t, "nobody else", w.call(http.MethodGet, envelope.ChunksPath(day, 0), nil), 401, envelope.BadSigned)
	})
	t.Run("every chunk is there once, in another order", func(t *testing.T) {
		var order []int
		for _, p := range w.desk.CollectKind(t, w, relay.Chunk, day+1, day) {
			for n := range chunks {
				if bytes.Equal(p, relaytest.PayloadOf(relay.Chunk, n)) {
					order = append(order, n)
				}
			}
		}
		if slices.IsSorted(order) {
			t.Errorf("they come in order of arrival: %v", order)
		}
		if slices.Sort(order); len(slices.Compact(order)) != chunks {
			t.Errorf("the pages have %v", order)
		}
	})
	t.Run("done is said of both kinds at once, and by all editors", func(t *testing.T) {
		for slot, left := range []int{chunks, 0} {
			said(t, "done", w.as(t, slot, http.MethodPost, envelope.DonePath(day), nil), 200, envelope.Taken)
			if got := w.desk.CollectKind(t, w, relay.Chunk, day+1, day); len(got) != left {
				t.Errorf("after editor %d was done there are %d chunks, want %d", slot, len(got), left)
			}
		}
		if got := w.collect(t, day, 1); got != nil {
			t.Errorf("the inbox still has %v", got)
		}
	})
}

// A flood of one kind leaves the other alone.
func TestFloodOfChunks(t *testing.T) {
	const room, flood = 3, 12
	w := newWorld(t, 1, func(c *relay.Config) { c.Deposits, c.Chunks = room, room })
	said(t, "deposit", w.post(t, day, 0), 200, envelope.Taken)
	for n := range flood {
		said(t, "chunk", w.call(http.MethodPost, envelope.PathChunk, w.desk.DepositOf(t, relay.Chunk, day, n)), 200, envelope.Taken)
	}
	if got := w.desk.CollectKind(t, w, relay.Chunk, day, day); len(got) != room {
		t.Errorf("the day holds %d chunks, want %d", len(got), room)
	}
	if got := w.collect(t, day, 1); len(got) != 1 {
		t.Errorf("the inbox has %v", got)
	}
}

func TestHarderPuzzle(t *testing.T) {
	w := newWorld(t, 1, func(c *relay.Config) { c.Puzzle = envelope.MaxPuzzle })
	if s := w.status(t); s.Puzzle != envelope.MaxPuzzle {
		t.Errorf("the status asks for %d bits", s.Puzzle)
	}
	said(t, "a deposit solved for 16 bits", w.post(t, day, 0), 400, envelope.BadEpoch)
}

func TestFullStore(t *testing.T) {
	w := newWorld(t, 1)
	w.store.err = errors.New("no space")
	said(t, "deposit", w.post(t, day, 0), 503, envelope.Unavailable)
	said(t, "inbox", w.as(t, 0, http.MethodGet, envelope.InboxPath(day, 0), nil), 503, envelope.Unavailable)
	said(t, "drop", w.as(t, 0, http.MethodPost, envelope.PathPublishDrop, w.desk.Drop(t, 0, day)), 503, envelope.Unavailable)
	said(t, "drop", w.call(http.MethodGet, envelope.DropPath(0, day), nil), 404, envelope.Absent)
	w.clock.set(day + 1)
	said(t, "done", w.as(t, 0, http.MethodPost, envelope.DonePath(day), nil), 503, envelope.Unavailable)
	if s := w.status(t); s.Epoch != day+1 {
		t.Errorf("with a store that cannot turn the status says day %d", s.Epoch)
	}
	w.store.err = nil
	said(t, "a closed day that has no order yet", w.as(t, 0, http.MethodGet, envelope.InboxPath(day, 0), nil), 503, envelope.Unavailable)
	w.Tick(t.Context())
	if got := w.collect(t, day, 1); len(got) != 1 {
		t.Errorf("once the day could be closed it has %v", got)
	}
	said(t, "deposit, with space again", w.post(t, day+1, 1), 200, envelope.Taken)
}

// When a day is full, a newcomer takes a random place or none, and nobody is
// told which.
func TestFlood(t *testing.T) {
	const room, flood = 5, 40
	w := newWorld(t, 1, func(c *relay.Config) { c.Deposits = room })
	for n := range flood {
		said(t, fmt.Sprint("deposit ", n), w.post(t, day, n), 200, envelope.Taken)
	}
	got := w.collect(t, day, flood)
	if len(got) != room {
		t.Errorf("the day holds %d deposits, want %d", len(got), room)
	}
	if slices.Max(got) < room || slices.Min(got) >= flood-room {
		t.Errorf("the day holds %v: the first, or the last, and not a sample", got)
	}
}

func TestReservoir(t *testing.T) {
	t.Run("everyone who came is as likely to stay", func(t *testing.T) {
		const room, came, trials = 8, 40, 20000
		r := relay.Reservoir{Cap: room, IntN: rand.New(rand.NewPCG(1, 2)).IntN}
		stayed := make([]int, came)
		for range trials {
			var held []int
			for n := range came {
				keep, evict := r.Place(len(held), n+1)
				if !keep {
					continue
				}
				if evict >= 0 {
					held = slices.Delete(held, evict, evict+1)
				}
				held = append(held, n)
			}
			for _, n := range held {
				stayed[n]++
			}
		}
		// Binomial with p = 1/5: sigma is 57 around 4,000.
		for n, times := range stayed {
			if want := trials * room / came; times < want-5*57 || times > want+5*57 {
				t.Errorf("number %d stayed %d times of %d, want about %d", n, times, trials, want)
			}
		}
	})
	t.Run("a day keeps its cap and evicts only what it holds", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			r := relay.Reservoir{
				Cap:  rapid.IntRange(1, 50).Draw(t, "cap"),
				IntN: func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "draw") },
			}
			held := 0
			for seen := 1; seen <= 100; seen++ {
				keep, evict := r.Place(held, seen)
				switch {
				case keep && evict >= held:
					t.Fatalf("evicts number %d of %d", evict, held)
				case keep && evict < 0:
					held++
				case !keep && held < r.Cap:
					t.Fatalf("refuses number %d with %d of %d held", seen, held, r.Cap)
				}
			}
			if held != min(100, r.Cap) {
				t.Fatalf("holds %d of %d", held, r.Cap)
			}
		})
	})
}

func TestInbox(t *testing.T) {
	const deposits = 70 // three pages, the last with 6
	w := newWorld(t, 1)
	for n := range deposits {
		said(t, "deposit", w.post(t, day, n), 200, envelope.Taken)
	}
	page := func(t *testing.T, epoch envelope.Epoch, page int) []int {
		t.Helper()
		rec := w.as(t, 0, http.MethodGet, envelope.InboxPath(epoch, page), nil)
		if rec.Code != http.StatusOK || rec.Body.Len() != envelope.InboxPageSize {
			t.Fatalf("page %d: status %d, %d bytes", page, rec.Code, rec.Body.Len())
		}
		var numbers []int
		for _, p := range relaytest.Payloads(relay.Triple, rec.Body.Bytes()) {
			numbers = append(numbers, number(t, p, deposits))
		}
		return numbers
	}

	t.Run("the open day has a new order at each request", func(t *testing.T) {
		first, second := page(t, day, 0), page(t, day, 0)
		if slices.Equal(first, second) {
			t.Error("two requests had the same order")
		}
		slices.Sort(first)
		slices.Sort(second)
		if len(first) != envelope.InboxPage || len(slices.Compact(first)) != envelope.InboxPage || slices.Equal(first, second) {
			t.Errorf("pages of the open day are %v and %v: want 32 different payloads, not the same twice", first, second)
		}
	})

	w.clock.set(day + 1)
	t.Run("a closed day has one order, and not that of arrival", func(t *testing.T) {
		var all []int
		for p := range 3 {
			all = append(all, page(t, day, p)...)
		}
		if slices.IsSorted(all) {
			t.Error("the order is that of arrival")
		}
		again := w.collect(t, day, deposits)
		w.start(t)
		if !slices.Equal(again, all) || !slices.Equal(w.collect(t, day, deposits), all) {
			t.Error("a second reading, or one after a restart, had another order")
		}
		if slices.Sort(all); len(slices.Compact(all)) != deposits {
			t.Errorf("%d deposits came, the pages have %d", deposits, len(all))
		}
	})
	t.Run("the last page is filled with zeros", func(t *testing.T) {
		rec := w.as(t, 0, http.MethodGet, envelope.InboxPath(day, 2), nil)
		rest := rec.Body.Bytes()[6*envelope.PayloadSize:]
		if len(page(t, day, 2)) != 6 || !bytes.Equal(rest, make([]byte, len(rest))) {
			t.Error("after six payloads there is not just zeros")
		}
	})
	for name, path := range map[string]string{
		"a page past the last is absent": envelope.InboxPath(day, 3),
		"an empty day is absent":         envelope.InboxPath(day+1, 0),
		"a day to come is absent":        envelope.InboxPath(day+9, 0),
		"an enormous page is absent":     envelope.InboxPath(day, 1<<31-1),
	} {
		t.Run(name, func(t *testing.T) {
			said(t, path, w.as(t, 0, http.MethodGet, path, nil), 404, envelope.Absent)
		})
	}
	t.Run("nobody else gets a page", func(t *testing.T) {
		said(t, "without authorization", w.call(http.MethodGet, envelope.InboxPath(day, 0), nil), 401, envelope.BadSigned)
	})
}

func TestDaysGo(t *testing.T) {
	w := newWorld(t, 1)
	said(t, "deposit", w.post(t, day, 0), 200, envelope.Taken)
	said(t, "drop", w.as(t, 0, http.MethodPost, envelope.PathPublishDrop, w.desk.Drop(t, 0, day)), 200, envelope.Taken)
	for _, tt := range []struct {
		name  string
		today envelope.Epoch
		there bool
	}{
		{"on the 28th day deposits and drops are there", day + 27, true},
		{"a day later they are gone", day + 28, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w.clock.set(tt.today)
			if got := w.collect(t, day, 1); (len(got) == 1) != tt.there {
				t.Errorf("the inbox has %v", got)
			}
			if rec := w.call(http.MethodGet, envelope.DropPath(0, day), nil); (rec.Code == 200) != tt.there {
				t.Errorf("the drop: status %d", rec.Code)
			}
			if last := w.status(t).LastDrop[0]; (last == day) != tt.there {
				t.Errorf("the status says the last drop was on day %d", last)
			}
			w.start(t)
			if rec := w.call(http.MethodGet, envelope.DropPath(0, day), nil); (rec.Code == 200) != tt.there {
				t.Errorf("the drop after a restart: status %d", rec.Code)
			}
		})
	}
}

func TestClockGoesBack(t *testing.T) {
	w := newWorld(t, 1)
	w.clock.set(day + 1)
	w.status(t)
	w.clock.set(day)
	if s := w.status(t); s.Epoch != day+1 {
		t.Errorf("the relay's day went back to %d", s.Epoch)
	}
	said(t, "deposit", w.post(t, day, 0), 200, envelope.Taken)
	if got := w.collect(t, day, 1); got != nil {
		t.Errorf("a day that was closed grew: %v", got)
	}
	if got := w.collect(t, day+1, 1); len(got) != 1 {
		t.Errorf("the open day has %v", got)
	}
}
