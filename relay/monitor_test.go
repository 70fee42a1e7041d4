package relay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"hearsay/envelope"
	"hearsay/relay"
)

func (w *world) monitor(path string) *httptest.ResponseRecorder {
	rec := httptest.NewRecorder()
	w.Monitor().ServeHTTP(rec, httptest.NewRequest(http.MethodGet, path, nil))
	return rec
}

// metrics are read by the parser that Prometheus itself uses.
func (w *world) metrics(t *testing.T) map[string]float64 {
	t.Helper()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(w.monitor(relay.PathMetrics).Body)
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]float64{}
	for name, f := range families {
		if f.GetHelp() == "" {
			t.Errorf("%s has no help", name)
		}
		for _, m := range f.GetMetric() {
			key := strings.TrimPrefix(name, "hearsay_relay_")
			for _, l := range m.GetLabel() {
				key += " " + l.GetValue()
			}
			values[key] = m.GetGauge().GetValue()
		}
	}
	return values
}

func TestMetrics(t *testing.T) {
	w := newWorld(t, 2)
	want := func(t *testing.T, want map[string]float64) {
		t.Helper()
		got := w.metrics(t)
		for key, value := range want {
			if v, ok := got[key]; !ok || v != value {
				t.Errorf("%s is %v (there: %v), want %v", key, v, ok, value)
			}
		}
	}
	want(t, map[string]float64{
		"store_ok": 1, "day": float64(day), "puzzle_bits": 16, "day_capacity triple": 2048, "day_capacity chunk": 2048,
		"roster_complete": 1, "charter_last_day": float64(day + envelope.CharterDays), "last_drop_day 0": 0, "last_drop_day 1": 0,
	})
	w.as(t, 1, http.MethodPost, envelope.PathPublishDrop, w.desk.Drop(t, 1, day))
	for range 64 { // taken each time, kept once
		w.post(t, day, 0)
		w.call(http.MethodPost, envelope.PathChunk, nil)
	}
	w.clock.set(day + 1)
	w.Tick(t.Context())
	want(t, map[string]float64{
		"last_drop_day 1": float64(day), "day": float64(day + 1), "closed_day": float64(day),
		"closed_day_taken triple": 64, "closed_day_taken chunk": 0, "closed_day_refused": 64, "closed_day_failed": 0,
	})
	w.store.err = errors.New("no space")
	want(t, map[string]float64{"store_ok": 1})
	w.Tick(t.Context())
	want(t, map[string]float64{"store_ok": 0})
	if rec := w.monitor(relay.PathHealth); rec.Code != 503 || rec.Body.String() != "the store fails: no space\n" {
		t.Errorf("health: %d %q", rec.Code, rec.Body)
	}
	w.store.err = nil
	w.Tick(t.Context())
	if rec := w.monitor(relay.PathHealth); rec.Code != 200 || rec.Body.String() != "well\n" {
		t.Errorf("health: %d %q", rec.Code, rec.Body)
	}
	for _, path := range []string{"/", "/metrics/", "/metrics?a", envelope.PathDeposit} {
		if rec := w.monitor(path); rec.Code != 404 {
			t.Errorf("%s: status %d", path, rec.Code)
		}
	}
	if rec := w.call(http.MethodGet, relay.PathMetrics, nil); rec.Code != 404 || rec.Body.Len() != envelope.AnswerSize {
		t.Errorf("strangers are answered %d", rec.Code)
	}
}

// Whoever reads the figures every second of a day sees the same with and
// without deposits, good ones and bad ones, and a store that fails for them:
// nothing of the open day is in it, and of a closed day only counts.
func TestMetricsTellNothingOfTheOpenDay(t *testing.T) {
	watch := func(busy bool) (seen []string, failed bool) {
		w := newWorld(t, 1)
		rng := rand.New(rand.NewPCG(7, 7))
		for second := 0; second < 24*60*60; second++ {
			w.clock.seconds.Store(day.Time().Unix() + int64(second))
			if second%60 == 59 {
				w.Tick(t.Context())
			}
			if busy && rng.IntN(500) == 0 {
				w.post(t, day, rng.IntN(3))
				w.call(http.MethodPost, envelope.PathChunk, []byte("garbage"))
				w.store.err = errors.New("no space") // for this one alone
				failed = w.post(t, day, 4).Code == 503 || failed
				w.store.err = nil
			}
			text := w.monitor(relay.PathMetrics).Body.String() + w.monitor(relay.PathHealth).Body.String()
			if len(seen) == 0 || seen[len(seen)-1] != text {
				seen = append(seen, text)
			}
		}
		return seen, failed
	}
	quiet, _ := watch(false)
	busy, failed := watch(true)
	if !failed {
		t.Error("the store never failed: the test shows little")
	}
	if len(quiet) != 1 || len(busy) != 1 || quiet[0] != busy[0] {
		t.Errorf("%d different readings of a quiet day and %d of a busy one; want one, the same", len(quiet), len(busy))
	}
}

// A count that is rounded by chance is right in the mean, and one more does
// not show: whatever can be told of n can be told of n+1.
func TestRounding(t *testing.T) {
	w := newWorld(t, 1)
	for _, n := range []int64{0, 1, 63, 64, 65, 100, 2047} {
		const trials = 20000
		sum, seen := 0.0, map[int64]int{}
		for range trials {
			r := w.Rounded(n)
			seen[r]++
			sum += float64(r)
			if r%64 != 0 || r < n-63 || r > n+63 {
				t.Fatalf("%d became %d", n, r)
			}
		}
		if mean := sum / trials; mean < float64(n)-1.5 || mean > float64(n)+1.5 {
			t.Errorf("%d becomes %.2f in the mean", n, mean)
		}
	}
}

func TestServeMonitor(t *testing.T) {
	w := newWorld(t, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.ServeMonitor(ctx, l) }()
	got := raw(t, l.Addr().String(), "GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	if !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(got, "\r\n\r\nwell\n") || strings.Contains(got, "Date") {
		t.Errorf("got %q", got)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ServeMonitor = %v", err)
	}
	if err := w.ServeMonitor(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("without a listener ServeMonitor = %v", err)
	}
}

// Whatever the quota, days of the greatest size that it allows fit into it, and
// hardly less.
func TestQuota(t *testing.T) {
	for _, mib := range []int64{0, 100, 120} {
		if _, _, err := relay.Quota(mib << 20); !errors.Is(err, relay.ErrQuota) {
			t.Errorf("%d MiB: %v, want ErrQuota", mib, err)
		}
	}
	for _, mib := range []int64{200, 512, 1024, 2048, 4096, 6000, 100000} {
		t.Run(fmt.Sprint(mib, " MiB"), func(t *testing.T) {
			deposits, chunks, err := relay.Quota(mib << 20)
			if err != nil {
				t.Fatal(err)
			}
			used := int64(deposits*envelope.PayloadSize+chunks*envelope.ChunkSize)*30 + 64<<20
			if used > mib<<20 || deposits > envelope.MaxDeposits || chunks > envelope.MaxChunkDeposits || deposits < 64 || chunks < 1 {
				t.Errorf("%d deposits and %d chunks take %d MiB", deposits, chunks, used>>20)
			}
			if mib<<20 < relay.FullQuota && used < mib<<20-8<<20 {
				t.Errorf("%d deposits and %d chunks leave %d MiB unused", deposits, chunks, mib-used>>20)
			}
		})
	}
	if deposits, chunks, err := relay.Quota(relay.FullQuota); err != nil || deposits != 2048 || chunks != 2048 {
		t.Errorf("with all that can be used: %d and %d, %v", deposits, chunks, err)
	}
}

// Serving what everyone may have takes no memory and no thought: the bytes are
// ready, and found by their path.
func TestServingTakesNoMemory(t *testing.T) {
	w := newWorld(t, 1)
	said(t, "drop", w.as(t, 0, http.MethodPost, envelope.PathPublishDrop, w.desk.Drop(t, 0, day)), 200, envelope.Taken)
	said(t, "questions", w.as(t, 0, http.MethodPost, envelope.PathPublishQuestions, w.desk.Questions(t, w.desk.Root, 1)), 200, envelope.Taken)
	for _, path := range []string{envelope.PathRoster, envelope.PathQuestions, envelope.PathStatus, envelope.DropPath(0, day)} {
		t.Run(path, func(t *testing.T) {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			out := &discarded{header: http.Header{}}
			if n := testing.AllocsPerRun(100, func() { w.ServeHTTP(out, r) }); n != 0 {
				t.Errorf("%v allocations a request", n)
			}
			if out.status != 200 || !bytes.Equal(out.body, w.get(path).Body.Bytes()) {
				t.Errorf("status %d, %d bytes", out.status, len(out.body))
			}
		})
	}
}

// discarded is a ResponseWriter that keeps no copy.
type discarded struct {
	header http.Header
	status int
	body   []byte
}

func (d *discarded) Header() http.Header         { return d.header }
func (d *discarded) WriteHeader(status int)      { d.status = status }
func (d *discarded) Write(b []byte) (int, error) { d.body = b; return len(b), nil }
