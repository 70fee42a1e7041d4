package relay_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"hearsay/envelope"
	"hearsay/relay"
	"hearsay/relay/relaytest"
)

const day = envelope.Epoch(18262) // 2020-01-01

// A world is a relay with its desk, store, clock and log.
type world struct {
	*relay.Server
	desk  *relaytest.Desk
	store *failing
	clock *clock
	log   *bytes.Buffer
	seed  uint64
}

type clock struct{ seconds atomic.Int64 }

func (c *clock) now() time.Time { return time.Unix(c.seconds.Load(), 0) }

// set puts the clock at noon of a day.
func (c *clock) set(day envelope.Epoch) {
	c.seconds.Store(day.Time().Add(12 * time.Hour).Unix())
}

// newWorld returns a relay at noon of day, with the desk's files published.
func newWorld(t testing.TB, editors int, change ...func(*relay.Config)) *world {
	t.Helper()
	w := &world{
		desk:  relaytest.NewDesk(editors, day),
		store: &failing{Store: relaytest.NewMemory()},
		clock: &clock{},
		log:   &bytes.Buffer{},
	}
	w.clock.set(day)
	w.start(t, change...)
	w.desk.Open(t, w)
	return w
}

// start has a new server go on from the store.
func (w *world) start(t testing.TB, change ...func(*relay.Config)) {
	t.Helper()
	w.seed++
	c := relay.Config{
		Root:   w.desk.Public(),
		Store:  w.store,
		Puzzle: envelope.MinPuzzle,
		Now:    w.clock.now, AnyJump: true,
		Rand: rand.NewPCG(w.seed, 0),
		Log:  slog.New(slog.NewTextHandler(w.log, nil)),
	}
	for _, f := range change {
		f(&c)
	}
	var err error
	if w.Server, err = relay.New(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

// A failing store fails while err is set.
type failing struct {
	relay.Store
	err error
}

func (f *failing) Append(ctx context.Context, day envelope.Epoch, d relay.Deposit, r relay.Reservoir) error {
	return errors.Join(f.err, f.Store.Append(ctx, day, d, r))
}

func (f *failing) Put(ctx context.Context, r relay.Record) error {
	return errors.Join(f.err, f.Store.Put(ctx, r))
}

func (f *failing) Check(ctx context.Context) error {
	return errors.Join(f.err, f.Store.Check(ctx))
}

func (f *failing) List(ctx context.Context, day envelope.Epoch, kind relay.Kind) ([]relay.ID, error) {
	ids, err := f.Store.List(ctx, day, kind)
	return ids, errors.Join(f.err, err)
}

func (f *failing) Turn(ctx context.Context, today envelope.Epoch, shuffle func(n int, swap func(i, j int))) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.Turn(ctx, today, shuffle)
}

// call makes a call of anyone.
func (w *world) call(method, path string, body []byte) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.ServeHTTP(rec, httptest.NewRequest(method, path, bytes.NewReader(body)))
	return rec
}

// post posts a deposit.
func (w *world) post(t testing.TB, epoch envelope.Epoch, n int) *httptest.ResponseRecorder {
	t.Helper()
	return w.call(http.MethodPost, envelope.PathDeposit, w.desk.Deposit(t, epoch, n))
}

// as makes a call as an editor, on the relay's day.
func (w *world) as(t testing.TB, slot int, method, path string, body []byte) *httptest.ResponseRecorder {
	t.Helper()
	return w.desk.Call(t, w, slot, envelope.EpochOf(w.clock.now()), method, path, body)
}

// said checks the status and that the body is the 64 bytes of code.
func said(t testing.TB, what string, w *httptest.ResponseRecorder, status int, code envelope.AnswerCode) {
	t.Helper()
	if w.Code != status || !bytes.Equal(w.Body.Bytes(), envelope.Answer(code)) {
		t.Errorf("%s: status %d, %d bytes that begin %x; want status %d and the answer %q",
			what, w.Code, w.Body.Len(), w.Body.Bytes()[:min(4, w.Body.Len())], status, code)
	}
}

func (w *world) status(t testing.TB) envelope.Status {
	t.Helper()
	s, err := envelope.ParseStatus(w.call(http.MethodGet, envelope.PathStatus, nil).Body.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// collect returns the numbers of the payloads that the desk gets of a day.
func (w *world) collect(t testing.TB, epoch envelope.Epoch, of int) []int {
	t.Helper()
	var numbers []int
	for _, p := range w.desk.Collect(t, w, envelope.EpochOf(w.clock.now()), epoch) {
		numbers = append(numbers, number(t, p, of))
	}
	return numbers
}

// number returns which of the first so many payloads p is.
func number(t testing.TB, p []byte, of int) int {
	t.Helper()
	for n := range of {
		if bytes.Equal(p, relaytest.Payload(n)) {
			return n
		}
	}
	t.Fatal("a payload that nobody posted")
	return 0
}

func TestNew(t *testing.T) {
	desk := relaytest.NewDesk(1, day)
	store := relaytest.NewMemory()
	good := relay.Config{Root: desk.Public(), Store: store, Now: func() time.Time { return day.Time() }}
	for _, tt := range []struct {
		name   string
		change func(*relay.Config)
		want   error
	}{
		{"without a root key", func(c *relay.Config) { c.Root = nil }, relay.ErrConfig},
		{"without a store", func(c *relay.Config) { c.Store = nil }, relay.ErrConfig},
		{"with a puzzle that kits refuse", func(c *relay.Config) { c.Puzzle = envelope.MaxPuzzle + 1 }, relay.ErrConfig},
		{"with a puzzle that stops nobody", func(c *relay.Config) { c.Puzzle = 1 }, relay.ErrConfig},
		{"with room for nothing", func(c *relay.Config) { c.Deposits = -1 }, relay.ErrConfig},
		{"with the least that there must be", func(c *relay.Config) {}, nil},
		{"with a clock a day behind the store", func(c *relay.Config) {
			c.Now = func() time.Time { return (day - 1).Time() }
		}, relay.ErrClock},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := good
			tt.change(&c)
			if _, err := relay.New(t.Context(), c); !errors.Is(err, tt.want) {
				t.Errorf("New = %v, want %v", err, tt.want)
			}
		})
	}
	t.Run("with the store of another desk", func(t *testing.T) {
		s, err := relay.New(t.Context(), good)
		if err != nil {
			t.Fatal(err)
		}
		desk.Open(t, s)
		c := good
		c.Root = desk.Editors[0].Public().(ed25519.PublicKey)
		if _, err := relay.New(t.Context(), c); !errors.Is(err, relay.ErrOtherDesk) {
			t.Errorf("New = %v, want ErrOtherDesk", err)
		}
	})
}
