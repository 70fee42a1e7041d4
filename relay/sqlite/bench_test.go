package sqlite

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hearsay/envelope"
	"hearsay/relay"
	"hearsay/relay/relaytest"
)

func benchRelay(b *testing.B, today *atomic.Uint32) (*relay.Server, *Store, *relaytest.Desk) {
	b.Helper()
	desk := relaytest.NewDesk(1, firstDay)
	s := created(b, b.TempDir())
	today.Store(uint32(firstDay))
	r, err := relay.New(b.Context(), relay.Config{
		Root:   desk.Public(),
		Store:  s,
		Puzzle: envelope.MinPuzzle,
		Now:    func() time.Time { return envelope.Epoch(today.Load()).Time() },
	})
	if err != nil {
		b.Fatal(err)
	}
	desk.Open(b, r)
	return r, s, desk
}

// BenchmarkDepositDurable posts deposits over loopback, 16 at once, to a relay
// that keeps them on a disk, and then to a handler that reads and answers and
// keeps nothing. Run it with -benchtime 2000x: a day has room for 2,048, and
// what comes later would mostly not be kept.
func BenchmarkDepositDurable(b *testing.B) {
	const posters = 16
	var today atomic.Uint32
	r, _, desk := benchRelay(b, &today)
	deposits := make([][]byte, b.N)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for n := next.Add(1) - 1; n < int64(b.N); n = next.Add(1) - 1 {
				deposits[n] = desk.Deposit(b, firstDay, int(n))
			}
		})
	}
	wg.Wait()

	postAll := func(h http.Handler) time.Duration {
		server := httptest.NewServer(h)
		defer server.Close()
		client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: posters}}
		defer client.CloseIdleConnections()
		var next atomic.Int64
		var wg sync.WaitGroup
		began := time.Now()
		for range posters {
			wg.Go(func() {
				for n := next.Add(1) - 1; n < int64(b.N); n = next.Add(1) - 1 {
					resp, err := client.Post(server.URL+envelope.PathDeposit, "", bytes.NewReader(deposits[n]))
					if err != nil {
						b.Error(err)
						return
					}
					answer, err := io.ReadAll(resp.Body)
					resp.Body.Close()
					if err != nil || !bytes.Equal(answer, envelope.Answer(envelope.Taken)) {
						b.Errorf("status %d, %v", resp.StatusCode, err)
						return
					}
				}
			})
		}
		wg.Wait()
		return time.Since(began)
	}

	b.ResetTimer()
	durable := postAll(r)
	b.StopTimer()
	nothing := postAll(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Write(envelope.Answer(envelope.Taken))
	}))
	b.ReportMetric(float64(b.N)/durable.Seconds(), "deposits/s")
	b.ReportMetric(float64(b.N)/nothing.Seconds(), "noop/s")
	b.ReportMetric(durable.Seconds()/nothing.Seconds(), "x-noop")
}

// BenchmarkInboxPage serves pages of a closed day that was full.
func BenchmarkInboxPage(b *testing.B) {
	var today atomic.Uint32
	r, s, desk := benchRelay(b, &today)
	var wg sync.WaitGroup
	for p := range 16 {
		wg.Go(func() {
			for n := p; n < envelope.MaxDeposits; n += 16 {
				if err := s.Append(b.Context(), firstDay, relay.NewDeposit(relay.Triple, relaytest.Payload(n)), testReservoir); err != nil {
					b.Error(err)
				}
			}
		})
	}
	wg.Wait()
	today.Add(1)
	began := time.Now()
	r.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, envelope.PathStatus, nil))
	closing := time.Since(began)

	calls := make([]*http.Request, b.N)
	for i := range calls {
		path := envelope.InboxPath(firstDay, i%(envelope.MaxDeposits/envelope.InboxPage))
		calls[i] = httptest.NewRequest(http.MethodGet, path, nil)
		desk.Sign(b, calls[i], 0, firstDay, nil)
	}
	b.SetBytes(envelope.InboxPageSize)
	b.ReportAllocs()
	b.ResetTimer()
	for _, call := range calls {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, call)
		if w.Code != http.StatusOK || w.Body.Len() != envelope.InboxPageSize {
			b.Fatalf("status %d, %d bytes", w.Code, w.Body.Len())
		}
	}
	b.ReportMetric(closing.Seconds()*1000, "ms/close-of-a-full-day")
}
