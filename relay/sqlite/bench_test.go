package sqlite

import (
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
