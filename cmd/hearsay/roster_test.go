//go:build linux || darwin

package main

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"hearsay/envelope"
	"hearsay/kit"
)

// between is a relay that is not to be trusted: it stands between the kit and
// the real one, serves another roster, and counts what it is sent.
type between struct {
	*httptest.Server
	roster func([]byte) []byte
	posts  atomic.Int32
}

func newBetween(t *testing.T, relay string, roster func([]byte) []byte) *between {
	t.Helper()
	u, err := url.Parse(relay)
	if err != nil {
		t.Fatal(err)
	}
	b := &between{roster: roster}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(u) },
		ModifyResponse: func(r *http.Response) error {
			if r.Request.URL.Path != envelope.PathRoster {
				return nil
			}
			file, err := io.ReadAll(r.Body)
			if err != nil {
				return err
			}
			file = b.roster(file)
			r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(file)), int64(len(file))
			r.Header.Set("Content-Length", strconv.Itoa(len(file)))
			return nil
		},
	}
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			b.posts.Add(1)
		}
		proxy.ServeHTTP(w, r)
	}))
	t.Cleanup(b.Close)
	return b
}

// TestForgedRoster: whatever is wrong with the roster, the kit stops, says so,
// and sends nothing.
func TestForgedRoster(t *testing.T) {
	s := newStand(t)
	var genuine []byte
	honest := newBetween(t, s.at, func(b []byte) []byte { genuine = bytes.Clone(b); return b })
	if _, err := s.kit(t, honest.URL).Load(t.Context(), kit.Week); err != nil {
		t.Fatal(err)
	}
	s.run(t, exitDone, "desk", "charter", "renew", "--root-key", "root-key", "--relay", s.at) // serial 2
	stops := func(t *testing.T, roster func([]byte) []byte, change ...func(*kit.Config)) {
		t.Helper()
		relay := newBetween(t, s.at, roster)
		_, err := s.kit(t, relay.URL, change...).Load(t.Context(), kit.Week)
		if !errors.Is(err, kit.ErrStop) || !strings.HasPrefix(err.Error(), "stop: ") {
			t.Errorf("the kit loads with: %v", err)
		}
		if n := relay.posts.Load(); n != 0 {
			t.Errorf("the kit sent %d deposits", n)
		}
	}
	keep := func(b []byte) []byte { return b }
	const block = envelope.CharterSize
	for what, at := range map[string]int{
		"magic": 0, "serial": 11, "last day": 19, "number of editors": 20, "rows": 21, "import key": 700, "editor's key": 1250, "root's signature": 1390,
		"long-term key": block + 5, "courier bundle": block + 1312 + 2512 + 200, "bundle's last day": block + 1312 + 11,
		"bundle's signature": block + 1312 + 2500, "filler": envelope.RosterSize - 1,
	} {
		t.Run("one byte changed in the "+what, func(t *testing.T) {
			stops(t, func(b []byte) []byte { b[at] ^= 1; return b })
		})
	}
	t.Run("half an editor", func(t *testing.T) {
		stops(t, func(b []byte) []byte { clear(b[block:]); return b })
	})
	t.Run("an older charter than was seen before", func(t *testing.T) {
		old := func([]byte) []byte { return genuine }
		stops(t, old, func(c *kit.Config) { c.MinSerial = 2 })
	})
	t.Run("an expired charter", func(t *testing.T) {
		stops(t, keep, func(c *kit.Config) { c.Now = func() time.Time { return today.AddDate(0, 0, 91) } })
	})
	t.Run("keys of which the last day has passed", func(t *testing.T) {
		stops(t, keep, func(c *kit.Config) { c.Now = func() time.Time { return today.AddDate(0, 0, 21) } })
	})
	t.Run("another desk's", func(t *testing.T) {
		stops(t, keep, func(c *kit.Config) { c.Root = bytes.Repeat([]byte{7}, 32) })
	})
	t.Run("the true one is taken", func(t *testing.T) {
		relay := newBetween(t, s.at, keep)
		session := unlock(t, s.kit(t, relay.URL, func(c *kit.Config) { c.MinSerial = 2 }))
		if _, err := session.Send(t.Context()); err != nil {
			t.Error(err)
		}
		if n := relay.posts.Load(); n != kit.PerSession {
			t.Errorf("the kit sent %d deposits", n)
		}
	})
	t.Run("a roster of another length is no roster", func(t *testing.T) {
		relay := newBetween(t, s.at, func(b []byte) []byte { return b[:len(b)-1] })
		if _, err := s.kit(t, relay.URL).Load(t.Context(), kit.Week); err == nil || relay.posts.Load() != 0 {
			t.Errorf("the kit loads with %v, and sent %d deposits", err, relay.posts.Load())
		}
	})
}
