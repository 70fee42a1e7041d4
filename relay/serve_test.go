package relay_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"hearsay/envelope"
	"hearsay/relay"
)

// serve serves w on loopback until stop is called, which returns what Serve
// returned.
func serve(t *testing.T, w *world) (address string, stop func() error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Serve(ctx, l) }()
	stop = sync.OnceValue(func() error { cancel(); return <-ended })
	t.Cleanup(func() { stop() })
	return l.Addr().String(), stop
}

// raw sends bytes and returns all that comes back until the connection ends.
func raw(t *testing.T, address, request string) string {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go io.WriteString(c, request) // a relay may refuse before it has all
	b, err := io.ReadAll(c)
	if err != nil && len(b) == 0 {
		t.Fatal(err)
	}
	return string(b)
}

func TestServe(t *testing.T) {
	w := newWorld(t, 1)
	address, stop := serve(t, w)

	t.Run("an answer has no header but these", func(t *testing.T) {
		got := raw(t, address, "GET /v1/status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"+
			"Accept-Encoding: gzip\r\nRange: bytes=0-3\r\nIf-None-Match: *\r\nCookie: a=b\r\n\r\n")
		want := "HTTP/1.1 200 OK\r\nAccess-Control-Allow-Origin: *\r\nCache-Control: no-store\r\n" +
			"Content-Length: 128\r\nConnection: close\r\n\r\n"
		if head, ok := strings.CutSuffix(got, w.get(envelope.PathStatus).Body.String()); !ok || head != want {
			t.Errorf("got %q", got)
		}
	})
	t.Run("a deposit is taken", func(t *testing.T) {
		got := raw(t, address, "POST /v1/deposit HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 24640\r\n\r\n"+
			string(w.desk.Deposit(t, day, 0)))
		if !strings.HasPrefix(got, "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(got, string(envelope.Answer(envelope.Taken))) {
			t.Errorf("got %q", got)
		}
	})
	for _, tt := range []struct {
		name, request string
		dated         bool // see BUG in the package's doc
	}{
		{name: "no HTTP", request: "\x16\x03\x01\x00\xa5garbage\r\n\r\n"},
		{name: "a header without end", request: "GET /v1/status HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 1<<20) + "\r\n\r\n"},
		{name: "a body without end", request: "POST /v1/deposit HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
			strings.Repeat("8000\r\n"+strings.Repeat("a", 0x8000)+"\r\n", 100)},
		{name: "a body that breaks off", request: "POST /v1/deposit HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"},
		{name: "an expectation of another kind", request: "POST /v1/deposit HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: cake\r\nContent-Length: 24640\r\n\r\n", dated: true},
		{name: "OPTIONS *", request: "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"},
		{name: "another protocol", request: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
	} {
		t.Run(tt.name+" is refused and cut off", func(t *testing.T) {
			got := raw(t, address, tt.request)
			if !strings.HasPrefix(got, "HTTP/1.1 4") && !strings.HasPrefix(got, "HTTP/1.1 505") {
				t.Errorf("got %.200q", got)
			}
			if dated := strings.Contains(got, "\nDate:"); dated != tt.dated {
				t.Errorf("dated %v: %.200q", dated, got)
			}
		})
	}
	t.Run("stopping lets a call that has begun go on", func(t *testing.T) {
		c, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		// The relay answers "100 Continue" when it has begun to read.
		fmt.Fprintf(c, "POST /v1/deposit HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 24640\r\n\r\n")
		in := bufio.NewReader(c)
		if line, err := in.ReadString('\n'); err != nil || !strings.HasPrefix(line, "HTTP/1.1 100") {
			t.Fatalf("got %q, %v", line, err)
		}
		stopped := make(chan error, 1)
		go func() { stopped <- stop() }()
		for { // until it listens no more
			other, err := net.Dial("tcp", address)
			if err != nil {
				break
			}
			other.Close()
		}
		c.Write(w.desk.Deposit(t, day, 1))
		answer, err := io.ReadAll(in)
		if err != nil || !bytes.HasSuffix(answer, envelope.Answer(envelope.Taken)) {
			t.Errorf("got %q, %v", answer, err)
		}
		if err := <-stopped; err != nil {
			t.Errorf("Serve = %v", err)
		}
		if got := w.collect(t, day, 2); len(got) != 2 {
			t.Errorf("the inbox has %v", got)
		}
	})
	if strings.Contains(w.log.String(), "127.0.0.1") {
		t.Errorf("the log names an address: %s", w.log)
	}
}

func TestServeWithoutListener(t *testing.T) {
	w := newWorld(t, 1)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := w.Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve = %v, want net.ErrClosed", err)
	}
}

// pipes is a listener whose connections are made by dial, so that a test may
// have its own time.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	close  func()
}

func newPipes() *pipes {
	p := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	p.close = sync.OnceFunc(func() { close(p.closed) })
	return p
}

func (p *pipes) dial() net.Conn {
	ours, theirs := net.Pipe()
	p.conns <- theirs
	return ours
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// Whoever sends as slowly as can be is cut off.
func TestSlowCaller(t *testing.T) {
	for _, tt := range []struct {
		name, sends string
		within      time.Duration
	}{
		{"with nothing to say", "", time.Minute},
		{"in the middle of a header", "GET /v1/status HTTP/1.1\r\nHost:", time.Minute},
		{"in the middle of a body", "POST /v1/deposit HTTP/1.1\r\nHost: x\r\nContent-Length: 24640\r\n\r\nHS1DEPOT", 5 * time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, 1)
				l := newPipes()
				ctx, cancel := context.WithCancel(t.Context())
				ended := make(chan error, 1)
				go func() { ended <- w.Serve(ctx, l) }()
				c := l.dial()
				began := time.Now()
				if _, err := io.WriteString(c, tt.sends); err != nil {
					t.Fatal(err)
				}
				io.ReadAll(c) // whatever it says, until it is cut off
				if took := time.Since(began); took > tt.within {
					t.Errorf("cut off after %v", took)
				}
				c.Close()
				cancel()
				if err := <-ended; err != nil {
					t.Errorf("Serve = %v", err)
				}
			})
		})
	}
}

// The day turns though nobody asks.
func TestTicker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, 1)
		w.post(t, day, 0)
		l := newPipes()
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- w.Serve(ctx, l) }()
		w.clock.set(day + 28)
		time.Sleep(2 * time.Minute) // of the bubble's time
		synctest.Wait()
		if ids, err := w.store.List(t.Context(), day, relay.Triple); err != nil || len(ids) != 0 {
			t.Errorf("after 28 days and two minutes there are %d deposits, %v", len(ids), err)
		}
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve = %v", err)
		}
	})
}

func TestLimit(t *testing.T) {
	l := newPipes()
	limited := relay.Limit(l, 2)
	accepted := make(chan net.Conn)
	ended := make(chan error, 1)
	go func() {
		for {
			c, err := limited.Accept()
			if err != nil {
				ended <- err
				return
			}
			accepted <- c
		}
	}()
	l.dial()
	first := <-accepted
	l.dial()
	<-accepted
	third := make(chan struct{})
	go func() { l.dial(); close(third) }()
	select {
	case <-third:
		t.Fatal("a third connection was accepted")
	default:
	}
	first.Close()
	first.Close() // twice gives back one place
	<-third
	<-accepted
	limited.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept = %v, want net.ErrClosed", err)
	}
}

// The log is told one line a day, with counts that are not exact, and of a
// failing store, of which the ticker finds out for itself.
func TestLog(t *testing.T) {
	w := newWorld(t, 1)
	w.post(t, day, 0)
	w.post(t, day, 0)
	w.call(http.MethodPost, envelope.PathDeposit, []byte("garbage"))
	w.store.err = errors.New("no space")
	w.post(t, day, 1)
	if w.log.Len() > 0 {
		t.Errorf("a call was logged: %s", w.log)
	}
	w.Tick(t.Context())
	if got := w.log.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, `msg="the store fails" error="no space"`) {
		t.Errorf("the log has %q", got)
	}
	w.Tick(t.Context())
	w.store.err = nil
	w.Tick(t.Context())
	w.Tick(t.Context())
	if got := w.log.String(); strings.Count(got, "\n") != 2 || !strings.Contains(got, `msg="the store works again"`) {
		t.Errorf("the log has %q", got)
	}
	w.log.Reset()
	w.clock.set(day + 1)
	w.Tick(t.Context())
	w.Tick(t.Context())
	got := w.log.String()
	want := regexp.MustCompile(`level=INFO msg="end of a day" day=2020-01-01 taken=(0|64) chunks=0 refused=(0|64) failed=(0|64)\n$`)
	if strings.Count(got, "\n") != 1 || !want.MatchString(got) {
		t.Errorf("the log has %q, want one line like %v", got, want)
	}
}

// watched tells when a day grows after the store has turned to a later one.
type watched struct {
	relay.Store
	turned atomic.Int64
	grown  atomic.Int64
}

func (s *watched) Append(ctx context.Context, day envelope.Epoch, d relay.Deposit, r relay.Reservoir) error {
	err := s.Store.Append(ctx, day, d, r)
	if int64(day) < s.turned.Load() {
		s.grown.Add(1)
	}
	return err
}

func (s *watched) Turn(ctx context.Context, today envelope.Epoch, shuffle func(n int, swap func(i, j int))) error {
	s.turned.Store(int64(today))
	return s.Store.Turn(ctx, today, shuffle)
}

// Deposits that come while days turn are all kept, and no closed day grows.
func TestTurnUnderLoad(t *testing.T) {
	const posters, each = 4, 12
	w := newWorld(t, 1)
	store := &watched{Store: w.store.Store}
	w.store.Store = store
	deposits := make([][]byte, posters*each)
	for n := range deposits {
		deposits[n] = w.desk.Deposit(t, day+1, n)
	}
	answered := make([]bool, len(deposits))
	var wg sync.WaitGroup
	for p := range posters {
		wg.Go(func() {
			for i := range each {
				n := p*each + i
				rec := w.call(http.MethodPost, envelope.PathDeposit, deposits[n])
				if answered[n] = rec.Code == 200; !answered[n] {
					t.Errorf("deposit %d: status %d", n, rec.Code)
				}
				if p == 0 && i%4 == 3 { // it is good on three days
					w.clock.set(min(day+2, day+envelope.Epoch(i/4)))
				}
			}
		})
	}
	wg.Wait()
	w.clock.set(day + 3)
	var kept []int
	for d := range envelope.Epoch(3) {
		kept = append(kept, w.collect(t, day+d, len(deposits))...)
	}
	slices.Sort(kept)
	if len(slices.Compact(kept)) != len(deposits) {
		t.Errorf("of %d deposits that were taken %d are kept", len(deposits), len(kept))
	}
	if n := store.grown.Load(); n > 0 {
		t.Errorf("%d times a day grew that was closed", n)
	}
}
