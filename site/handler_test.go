package site

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hearsay/ledger"
)

func TestHandler(t *testing.T) {
	d := newDesk(t)
	d.publish(t, editions(t)[0])
	parent := t.TempDir()
	out := filepath.Join(parent, "site")
	mustBuild(t, d.dir, out)
	secret := filepath.Join(parent, "secret.html")
	if err := os.WriteFile(secret, []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, target := range map[string]string{"out.html": secret, "up.html": "../secret.html", "in.html": "index.html"} {
		if err := os.Symlink(target, filepath.Join(out, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(out, ".hidden"), []byte("secret"), 0o644); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(Handler(out))
	defer server.Close()
	ask := func(t *testing.T, method, path string, header ...string) (*http.Response, string) {
		t.Helper()
		r, err := http.NewRequest(method, server.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.URL.Opaque = path // as it is, without tidying
		for i := 0; i+1 < len(header); i += 2 {
			r.Header.Set(header[i], header[i+1])
		}
		response, err := server.Client().Transport.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		b, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response, string(b)
	}
	for _, tt := range []struct {
		name, method, path string
		status             int
		kind               string
	}{
		{"the root is the front page", "GET", "/", 200, "text/html; charset=utf-8"},
		{"a page", "GET", "/bulletins/b1.html", 200, "text/html; charset=utf-8"},
		{"a page with an at sign, written plainly", "GET", "/claims/price/flour/hill@2020-01-27.html", 200, "text/html; charset=utf-8"},
		{"a page with an at sign, encoded", "GET", "/claims/price/flour/hill%402020-01-27.html", 200, "text/html; charset=utf-8"},
		{"the style sheet", "GET", "/style.css", 200, "text/css; charset=utf-8"},
		{"the feed", "GET", "/feed.xml", 200, "application/atom+xml; charset=utf-8"},
		{"the checkpoint", "GET", "/ledger/checkpoint", 200, "text/plain; charset=utf-8"},
		{"a tile", "GET", "/ledger/tile/0/000.p/1", 200, "application/octet-stream"},
		{"the head of a page", "HEAD", "/index.html", 200, "text/html; charset=utf-8"},
		{"a folder is not listed", "GET", "/bulletins/", 404, ""},
		{"nor without its slash", "GET", "/bulletins", 404, ""},
		{"nothing", "GET", "/none.html", 404, ""},
		{"a path that climbs", "GET", "/../secret.html", 404, ""},
		{"a path that climbs, encoded", "GET", "/bulletins/%2e%2e/%2e%2e/secret.html", 404, ""},
		{"a path that climbs by backslashes", "GET", `/..%5c..%5csecret.html`, 404, ""},
		{"an absolute path", "GET", "//etc/passwd", 404, ""},
		{"a NUL", "GET", "/index.html%00.txt", 404, ""},
		{"a hidden file", "GET", "/.hidden", 404, ""},
		{"a link out of the folder", "GET", "/out.html", 404, ""},
		{"a link up", "GET", "/up.html", 404, ""},
		{"a link within", "GET", "/in.html", 404, ""},
		{"a post", "POST", "/index.html", 405, ""},
		{"a delete", "DELETE", "/index.html", 405, ""},
		{"a trace", "TRACE", "/", 405, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			response, body := ask(t, tt.method, tt.path)
			if response.StatusCode != tt.status || tt.kind != "" && response.Header.Get("Content-Type") != tt.kind {
				t.Errorf("%d %s", response.StatusCode, response.Header.Get("Content-Type"))
			}
			if strings.Contains(body, "secret") || strings.Contains(body, parent) {
				t.Errorf("it answered %q", body)
			}
			for key, want := range map[string]string{
				"Content-Security-Policy": Policy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Last-Modified": "",
			} {
				if got := response.Header.Get(key); got != want {
					t.Errorf("%s is %q, want %q", key, got, want)
				}
			}
		})
	}
	t.Run("what a reader has already is not sent again", func(t *testing.T) {
		first, _ := ask(t, "GET", "/index.html")
		again, body := ask(t, "GET", "/index.html", "If-None-Match", first.Header.Get("ETag"))
		if again.StatusCode != http.StatusNotModified || body != "" {
			t.Errorf("%d with %d bytes", again.StatusCode, len(body))
		}
	})
	t.Run("a site that takes its place is served at once", func(t *testing.T) {
		for _, name := range []string{"out.html", "up.html", "in.html", ".hidden"} {
			if err := os.Remove(filepath.Join(out, name)); err != nil {
				t.Fatal(err)
			}
		}
		d.publish(t, editions(t)[1])
		mustBuild(t, d.dir, out)
		if response, _ := ask(t, "GET", "/bulletins/b2.html"); response.StatusCode != 200 {
			t.Errorf("status %d", response.StatusCode)
		}
		mustCheck(t, out)
	})
	if ledger.Folder != "ledger" {
		t.Error("the handler knows the ledger's files by another folder")
	}
}
