//go:build linux || darwin

package main

import (
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
	"syscall"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
)

// TestGarbage sends a relay, as a process, whatever is no call of PROTOCOL.md
// section 7. Each is refused in form, and afterwards a report still arrives.
func TestGarbage(t *testing.T) {
	s := newStand(t)
	epoch := envelope.EpochOf(today)
	calls := []struct {
		method, path string
		size         int
	}{
		{"GET", envelope.PathStatus, 0},
		{"GET", envelope.PathRoster, 0},
		{"GET", envelope.PathQuestions, 0},
		{"GET", envelope.DropPath(0, epoch), 0},
		{"GET", envelope.InboxPath(epoch, 0), 0},
		{"POST", envelope.PathDeposit, envelope.DepositSize},
		{"POST", envelope.PathPublishCharter, envelope.CharterSize},
		{"POST", envelope.PathPublishBlock, envelope.BlockSize},
		{"POST", envelope.PathPublishQuestions, envelope.QuestionsSize},
		{"POST", envelope.PathPublishDrop, envelope.DropSize(4)},
		{"POST", envelope.DonePath(epoch - 1), 0},
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	refused := func(t *testing.T, method, path string, body []byte) {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, s.at+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := client.Do(request)
		if err != nil {
			t.Errorf("%s %s with %d bytes: %v", method, path, len(body), err)
			return
		}
		defer response.Body.Close()
		answer, err := io.ReadAll(response.Body)
		if method == "HEAD" && err == nil {
			if response.StatusCode < 400 {
				t.Errorf("%s %s: status %d", method, path, response.StatusCode)
			}
			return
		}
		code, wrong := envelope.ParseAnswer(answer)
		if err != nil || wrong != nil || response.StatusCode < 400 || code == envelope.Taken {
			t.Errorf("%s %s with %d bytes: status %d, code %v, %v, %v", method, path, len(body), response.StatusCode, code, err, wrong)
		}
		if date := response.Header.Get("Date"); date != "" {
			t.Errorf("%s %s: it tells the time, %s", method, path, date)
		}
	}
	for _, call := range calls {
		t.Run(call.method+" "+call.path, func(t *testing.T) {
			for _, method := range []string{"GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "BREW"} {
				if method != call.method {
					refused(t, method, call.path, nil)
				}
			}
			for _, size := range []int{1, call.size - 1, call.size + 1, 1 << 20} {
				if size > 0 {
					refused(t, call.method, call.path, bytes.Repeat([]byte{0xa5}, size))
				}
			}
			if call.method == "POST" {
				refused(t, call.method, call.path, bytes.Repeat([]byte{0xa5}, call.size))
				refused(t, call.method, call.path, make([]byte, call.size))
			}
			for _, path := range []string{call.path + "/", call.path + "/x", call.path + "?a=b", "/" + call.path, strings.ToUpper(call.path)} {
				refused(t, call.method, path, make([]byte, call.size))
			}
		})
	}
	t.Run("what is no HTTP", func(t *testing.T) {
		for _, text := range []string{"\x00\x01\x02\r\n\r\n", "GET\r\n\r\n", "GET /v1/status HTTP/9.9\r\n\r\n", strings.Repeat("A", 20<<10), "\x16\x03\x01\x02\x00"} {
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.at, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			_, _ = io.WriteString(conn, text) // the relay may hang up before it is written
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, conn)
			conn.Close()
		}
	})
	desk := envelope.DeskIDOf(s.root)
	payload, err := envelope.Cover(desk)
	if err != nil {
		t.Fatal(err)
	}
	deposit := func(epoch envelope.Epoch, bits int) []byte {
		b, err := envelope.NewDeposit(t.Context(), desk, epoch, payload, bits)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	good := deposit(epoch, envelope.MinPuzzle)
	for _, tt := range []struct {
		name string
		body []byte
		want envelope.AnswerCode
	}{
		{"a deposit that was cut short", good[:envelope.DepositSize-1], envelope.BadShape},
		{"a deposit of last week", deposit(epoch-7, envelope.MinPuzzle), envelope.BadEpoch},
		{"a deposit of next week", deposit(epoch+7, envelope.MinPuzzle), envelope.BadEpoch},
		{"a deposit without a solved puzzle", unsolved(t, desk, good), envelope.BadEpoch},
		{"a good one", good, envelope.Taken},
		{"the same again", good, envelope.Taken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := s.post(t, envelope.PathDeposit, tt.body); got != tt.want {
				t.Errorf("the relay answers %v, want %v", got, tt.want)
			}
		})
	}
	t.Run("a flood of one client", func(t *testing.T) {
		for range 200 { // that begin a request and do not go on
			conn, err := net.Dial("tcp", strings.TrimPrefix(s.at, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, "POST /v1/deposit HTTP/1.1\r\nHost: a\r\nContent-Length: 24640\r\n\r\nHS1DEPOT"); err != nil {
				t.Fatal(err)
			}
		}
		bad := unsolved(t, desk, good)
		var callers sync.WaitGroup
		for range 8 {
			callers.Go(func() {
				for range 50 {
					if got := s.post(t, envelope.PathDeposit, bad); got != envelope.BadEpoch {
						t.Errorf("the relay answers %v", got)
					}
				}
			})
		}
		if err := s.send(t, "This arrives in spite of all."); err != nil {
			t.Error(err)
		}
		callers.Wait()
	})
	if got := s.fetch(t); got.Deposits != kit.PerSession+1 || got.Reports != 1 {
		t.Errorf("the desk fetched %+v", got)
	}
	if got := s.reports(t); !slices.Equal(got, []string{"This arrives in spite of all."}) {
		t.Errorf("the desk holds %q", got)
	}
	if said := strings.Replace(s.relay.text(), s.at, "", 1); strings.Contains(said, "127.0.0.1") || strings.Contains(said, "goroutine") {
		t.Errorf("the relay said:\n%s", said)
	}
	t.Run("its log tells counts and days", func(t *testing.T) {
		s.nextDay(t)
		s.fetch(t) // it asks the relay, whose day turns
		if _, err := s.relay.hear(`^on=\S+ level=INFO msg="end of a day" `); err != nil {
			t.Error(err)
		}
		if said := s.relay.text(); regexp.MustCompile(`\d\d:\d\d:|time=`).MatchString(said) {
			t.Errorf("it tells the time:\n%s", said)
		}
	})
}

// unsolved returns a deposit with another nonce that does not solve it.
func unsolved(t *testing.T, desk envelope.DeskID, deposit []byte) []byte {
	t.Helper()
	b := bytes.Clone(deposit)
	for {
		b[23]++ // the last byte of the nonce, PROTOCOL.md section 4.5
		if _, code := envelope.CheckDeposit(desk, b, envelope.EpochOf(today), envelope.MinPuzzle); code != envelope.Taken {
			return b
		}
	}
}

// TestKilledInABurst kills the relay in the middle of a burst of deposits and
// starts it again: every report of which a source heard "taken" is at the desk.
func TestKilledInABurst(t *testing.T) {
	s := newStand(t)
	const sources, killAfter = 16, 20
	var answered atomic.Int32
	kill := sync.OnceFunc(func() {
		if err := s.relay.signal(syscall.SIGKILL, false); err != nil {
			t.Error(err)
		}
	})
	heard := roundTrip(func(r *http.Request) (*http.Response, error) {
		response, err := http.DefaultTransport.RoundTrip(r)
		if err == nil && r.Method == http.MethodPost && answered.Add(1) >= killAfter {
			kill()
		}
		return response, err
	})
	type report struct {
		text  string
		taken bool
	}
	var reports [sources * kit.PerSession]report
	var sessions []*kit.Session // all loaded and sealed before the burst
	for i := range sources {
		session := unlock(t, s.kit(t, s.at, func(c *kit.Config) { c.Transport = heard }))
		for j := range kit.PerSession {
			r := &reports[i*kit.PerSession+j]
			r.text = fmt.Sprintf("A report of the burst, number %d of source %d.", j, i)
			if err := session.Write(r.text); err != nil {
				t.Fatal(err)
			}
		}
		sessions = append(sessions, session)
	}
	var burst sync.WaitGroup
	for i, session := range sessions {
		burst.Go(func() {
			sealed := session.Waiting()
			if _, err := session.Send(context.WithoutCancel(t.Context())); err != nil && !errors.Is(err, kit.ErrWaiting) {
				t.Error(err)
			}
			for j, payload := range sealed {
				left := func(p []byte) bool { return bytes.Equal(p, payload) }
				reports[i*kit.PerSession+j].taken = !slices.ContainsFunc(session.Waiting(), left)
			}
		})
	}
	burst.Wait()
	if status, err := s.relay.end(); err != nil || status != -1 {
		t.Fatalf("the relay ended with %d, %v, and was to be killed", status, err)
	}
	if err := findCanaries(s.dir+"/store", []string{"A report of the burst", "burst"}); err != nil {
		t.Error(err)
	}

	s.startRelay(t, strings.TrimPrefix(s.at, "http://"))
	s.nextDay(t)
	s.fetch(t)
	held := s.reports(t)
	taken := 0
	for _, r := range reports {
		if r.taken {
			taken++
		}
		if r.taken && !slices.Contains(held, r.text) {
			t.Errorf("the relay had answered for it, and it is lost: %s", r.text)
		}
	}
	if taken < killAfter || taken == len(reports) {
		t.Errorf("%d of %d reports were answered: the kill was not in the middle", taken, len(reports))
	}

	// What was not answered waits, sealed, and goes with another session.
	for _, session := range sessions {
		if len(session.Waiting()) == 0 {
			continue
		}
		load, err := s.kit(t, s.at).Load(t.Context(), kit.Week)
		if err != nil {
			t.Fatal(err)
		}
		again, err := load.Unlock(newWords(t), session.Waiting()...)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := again.Send(t.Context()); err != nil {
			t.Error(err)
		}
		again.Close()
	}
	s.nextDay(t)
	s.fetch(t)
	var all []string
	for _, r := range reports {
		all = append(all, r.text)
	}
	slices.Sort(all)
	if held := s.reports(t); !slices.Equal(held, all) {
		t.Errorf("the desk holds %d reports, and %d were sent, each once", len(held), len(all))
	}
}

// TestFullRelay fills the relay's disk: it answers that it cannot, goes on
// serving what it has, and with room again every answered report arrives.
func TestFullRelay(t *testing.T) {
	s := newStand(t)
	listen := strings.TrimPrefix(s.at, "http://")
	stop := func() {
		t.Helper()
		if err := s.relay.stdin.Close(); err != nil {
			t.Fatal(err)
		}
		if status, err := s.relay.end(); err != nil || status != exitDone {
			t.Fatalf("the relay ended with %d, %v", status, err)
		}
	}
	stop()
	s.startRelay(t, listen, "cramped", "400")
	var taken []string
	for full := false; !full; {
		text := fmt.Sprintf("Report %d.", len(taken))
		switch err := s.send(t, text); {
		case err == nil:
			taken = append(taken, text)
		case errors.Is(err, kit.ErrWaiting):
			full = true
		default:
			t.Fatal(err)
		}
		if len(taken) > 20 {
			t.Fatal("400 KiB hold more than a megabyte")
		}
	}
	if _, err := s.kit(t, s.at).Load(t.Context(), kit.Week); err != nil {
		t.Errorf("full, the relay does not serve its roster: %v", err)
	}
	stop()
	s.startRelay(t, listen)
	s.nextDay(t)
	s.fetch(t)
	held := s.reports(t)
	for _, text := range taken {
		if !slices.Contains(held, text) {
			t.Errorf("the relay had answered for it, and it is lost: %s", text)
		}
	}
	if len(taken) == 0 {
		t.Error("nothing was taken before the disk was full")
	}
}

// roundTrip is a transport that is a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
