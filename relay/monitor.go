package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
)

// Paths of what a relay says of itself to its operator.
const (
	PathHealth  = "/health"
	PathMetrics = "/metrics"
)

// Monitor returns what the operator's own machine may ask: whether the relay
// is well, and figures in the text format of Prometheus. It belongs on an
// address of its own that strangers do not reach.
//
// Whoever reads it every second learns nothing finer than a day of any
// deposit. Nothing in it depends on the calls of the open day: what is told of
// calls is told of a day that is closed, rounded by chance to 64; whether the
// store works is what the ticker found, which asks it once a minute whatever
// comes; and the rest is what everyone may read in the status and the roster,
// or what the operator chose. There are no figures of memory, files or time
// spent, since those move with each call; an operator who has them collected
// for the whole machine gives that away (docs/operators-guide.md).
func (s *Server) Monitor() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h["Date"] = nil
		h["Cache-Control"] = noStore
		h.Set("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
		status, text := s.monitor(r)
		h.Set("Content-Length", strconv.Itoa(len(text)))
		w.WriteHeader(status)
		w.Write(text)
	})
}

func (s *Server) monitor(r *http.Request) (status int, text []byte) {
	switch {
	case r.Method != http.MethodGet || r.URL.RawQuery != "":
	case r.URL.Path == PathHealth:
		if err := s.health.Load(); err != nil {
			return http.StatusServiceUnavailable, fmt.Appendf(nil, "the store fails: %v\n", *err)
		}
		return http.StatusOK, []byte("well\n")
	case r.URL.Path == PathMetrics:
		return http.StatusOK, s.metrics()
	}
	return http.StatusNotFound, []byte("there are " + PathHealth + " and " + PathMetrics + "\n")
}

// metrics writes all figures.
func (s *Server) metrics() []byte {
	var b bytes.Buffer
	gauge := func(name, help string, samples ...any) { // label or "", value, and so on
		fmt.Fprintf(&b, "# HELP hearsay_relay_%s %s\n# TYPE hearsay_relay_%s gauge\n", name, help, name)
		for i := 0; i < len(samples); i += 2 {
			fmt.Fprintf(&b, "hearsay_relay_%s%s %d\n", name, samples[i], samples[i+1])
		}
	}
	truth := map[bool]int{true: 1}
	v := s.view.Load()
	gauge("store_ok", "Whether the store could keep a deposit when it was last checked, once a minute.", "", truth[s.health.Load() == nil])
	gauge("day", "The relay's day, in days since 1970.", "", v.today)
	gauge("puzzle_bits", "Bits of the puzzle that a deposit solves.", "", s.puzzle)
	gauge("day_capacity", "How many deposits of a kind a day keeps.", kindLabels(s.capacity[:])...)
	gauge("roster_complete", "Whether there is a roster to serve.", "", truth[v.status.RosterDigest != [32]byte{}])
	if v.charter != nil {
		gauge("charter_last_day", "The last day of the charter, in days since 1970.", "", v.charter.To)
		drops := make([]any, 0, 2*len(v.charter.Editors))
		for slot := range v.charter.Editors {
			drops = append(drops, fmt.Sprintf(`{slot="%d"}`, slot), v.status.LastDrop[slot])
		}
		gauge("last_drop_day", "The day of an editor's latest drop, 0 for none.", drops...)
	}
	if sum := s.closed.Load(); sum != nil {
		gauge("closed_day", "The day that was closed last, in days since 1970. Counts of it are rounded by chance to 64.", "", sum.day)
		gauge("closed_day_taken", "Deposits taken on that day, about.", kindLabels(sum.taken[:])...)
		gauge("closed_day_refused", "Deposits refused on that day, about.", "", sum.refused)
		gauge("closed_day_failed", "Calls of that day for which the store failed, about.", "", sum.failed)
	}
	return b.Bytes()
}

func kindLabels[N int | int64](values []N) (samples []any) {
	for kind, name := range [...]string{Triple: "triple", Chunk: "chunk"} {
		samples = append(samples, fmt.Sprintf(`{kind="%s"}`, name), values[kind])
	}
	return samples
}

// ServeMonitor answers calls of the operator through l until ctx ends. It
// closes l.
func (s *Server) ServeMonitor(ctx context.Context, l net.Listener) error {
	server := newHTTPServer(s.Monitor())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(limit(l, 8)) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve monitor: %w", err)
	case <-ctx.Done():
		server.Close()
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("serve monitor: %w", err)
		}
		return nil
	}
}
