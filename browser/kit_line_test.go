//go:build browser

package browser_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/chromedp"
)

// A line is all that one Chromium can reach: a proxy that every request of the
// whole browser, of workers too, has to take. It notes what went over it and
// can be cut.
type line struct {
	address string

	mu      sync.Mutex
	known   []string // hosts that it leads to
	passed  []passed
	unknown []string          // what was asked of other hosts
	severed func(passed) bool // whether the line breaks after a request was read, before it goes on
	lost    []passed          // what was severed
}

// passed is a request that took the line, as its relay sees it.
type passed struct {
	method, path string
	head         string // names and values of the header, as they came
	sent, got    int    // bytes of the bodies
	body         []byte // of a request
}

// newLine starts a line to some addresses.
func newLine(t *testing.T, addresses ...string) *line {
	t.Helper()
	l := &line{severed: func(passed) bool { return false }}
	for _, address := range addresses {
		l.known = append(l.known, strings.TrimPrefix(originOf(address), "http://"))
	}
	server := httptest.NewServer(l)
	t.Cleanup(server.Close)
	l.address = server.URL
	return l
}

func (l *line) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	p := passed{method: r.Method, path: r.URL.Path, head: headOf(r.Header), sent: len(body), body: body}
	l.mu.Lock()
	known, severed := slices.Contains(l.known, r.URL.Host), false
	if !known {
		l.unknown = append(l.unknown, r.URL.Hostname())
	} else if severed = l.severed(p); severed {
		l.lost = append(l.lost, p)
	}
	l.mu.Unlock()
	if !known || severed {
		panic(http.ErrAbortHandler) // the connection ends without an answer
	}
	onward, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	onward.Header = r.Header.Clone()
	onward.Header.Del("Proxy-Connection")
	answer, err := http.DefaultTransport.RoundTrip(onward)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer answer.Body.Close()
	given, err := io.ReadAll(answer.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	p.got = len(given)
	l.mu.Lock()
	l.passed = append(l.passed, p)
	l.mu.Unlock()
	for name, values := range answer.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(answer.StatusCode)
	_, _ = w.Write(given) // a page that has left hears nothing more
}

func headOf(header http.Header) string {
	var b strings.Builder
	_ = header.Write(&b) // sorted by name; a builder takes all
	return b.String()
}

// taken returns what passed since the last call.
func (l *line) taken() []passed {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := l.passed
	l.passed = nil
	return all
}

// sever has the line break for the requests that are chosen.
func (l *line) sever(chosen func(passed) bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.severed = chosen
}

// A Chromium asks these for itself, whatever page is open, though it is told not
// to.
var ownAffairs = []string{"accounts.google.com", "clients2.google.com", "update.googleapis.com", "optimizationguide-pa.googleapis.com"}

// strangers returns the hosts that the line does not lead to and that were asked
// for all that, but for the browser's own affairs.
func (l *line) strangers() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	slices.Sort(l.unknown)
	return slices.DeleteFunc(slices.Compact(l.unknown), func(host string) bool { return slices.Contains(ownAffairs, host) })
}

// A lined is a Chromium with a profile folder of its own that has nothing but a
// line.
type lined struct {
	context.Context
	t    *testing.T
	end  func()
	once sync.Once
}

// chromium starts a Chromium on the line.
func (l *line) chromium(t *testing.T, profile string) *lined {
	t.Helper()
	path, err := exec.LookPath(*chromiumPath)
	if err != nil {
		t.Fatal(err)
	}
	all, end := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.UserDataDir(profile),
		chromedp.DisableGPU,
		chromedp.Flag("disable-component-update", true),
		chromedp.ProxyServer(l.address),
		chromedp.Flag("proxy-bypass-list", "<-loopback>"), // which would go around it
	)...)
	ctx, _ := chromedp.NewContext(all)
	c := &lined{Context: ctx, t: t, end: end}
	t.Cleanup(c.close)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(fmt.Errorf("start %s: %w", path, err))
	}
	return c
}

// close closes it as a person would, and waits.
func (c *lined) close() {
	c.once.Do(func() {
		if err := chromedp.Cancel(c); err != nil {
			c.t.Errorf("close Chromium: %v", err)
		}
		c.end()
	})
}

// kill ends it as an empty battery would, and waits.
func (c *lined) kill() {
	c.t.Helper()
	c.once.Do(func() {
		if err := chromedp.FromContext(c).Browser.Process().Kill(); err != nil {
			c.t.Error(err)
		}
		<-c.Done()
		c.end()
	})
}
