package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// pathOf fills the wildcards of a route with things that exist.
func (d *desk) pathOf(rt route) string {
	return strings.NewReplacer(
		"/files/{place}", fmt.Sprintf("/files/%d", d.places["files"]), "/replies/{place}", fmt.Sprintf("/replies/%d", d.places["reply"]), "{number}", "1",
		"{$}", "", "{place}", fmt.Sprint(d.places["R12"]), "{address...}", "border/closure",
		"{handle}", d.handle("WREN"), "{id}", "B4",
	).Replace(rt.path)
}

// ask sends what a route takes, with an empty form.
func (b *browser) ask(rt route, bends ...bend) *httptest.ResponseRecorder {
	switch {
	case rt.method == "GET":
		return b.get(b.pathOf(rt), bends...)
	case rt.file != "":
		return b.upload(b.pathOf(rt), rt.file, []byte("x"), bends...)
	default:
		return b.post(b.pathOf(rt), nil, bends...)
	}
}

func name(rt route) string { return rt.method + " " + rt.path }

func TestDoor(t *testing.T) {
	d := newDesk(t)
	records := func() int { return len(d.book.Inbox().Reports) }
	kept := records()
	for _, tt := range []struct {
		rule string
		who  func() *browser
		only string // a method
		bend bend
	}{
		{"without a session", func() *browser { return &browser{desk: d} }, "", nil},
		{"with a cookie that is not one", func() *browser {
			return &browser{desk: d, cookie: &http.Cookie{Name: "hearsay_desk_8091", Value: secret()}}
		}, "", nil},
		{"under another name for this machine", func() *browser { return d.signIn("first") }, "", func(r *http.Request) { r.Host = "desk.example:8091" }},
		{"under another port", func() *browser { return d.signIn("first") }, "", func(r *http.Request) { r.Host = "127.0.0.1:8092" }},
		{"without a port", func() *browser { return d.signIn("first") }, "", func(r *http.Request) { r.Host = "localhost" }},
		{"under no name", func() *browser { return d.signIn("first") }, "", func(r *http.Request) { r.Host = "" }},
		{"from another origin", func() *browser { return d.signIn("first") }, "", withHeader("Origin", "http://evil.example")},
		{"from another port of this machine", func() *browser { return d.signIn("first") }, "", withHeader("Origin", "http://127.0.0.1:8090")},
		{"from another site", func() *browser { return d.signIn("first") }, "", withHeader("Sec-Fetch-Site", "cross-site")},
		{"from another origin of the same site", func() *browser { return d.signIn("first") }, "", withHeader("Sec-Fetch-Site", "same-site")},
		{"from two origins", func() *browser { return d.signIn("first") }, "", func(r *http.Request) {
			r.Header["Origin"] = []string{testOrigin, "http://evil.example"}
		}},
		{"without saying from where", func() *browser { return d.signIn("first") }, "POST", func(r *http.Request) {
			r.Header.Del("Origin")
			r.Header.Del("Sec-Fetch-Site")
		}},
		{"from a sandbox that hides its origin", func() *browser { return d.signIn("first") }, "POST", withHeader("Sec-Fetch-Site", "")},
		{"typed into the address bar", func() *browser { return d.signIn("first") }, "POST", withHeader("Sec-Fetch-Site", "none")},
		{"without the session's token", func() *browser { b := d.signIn("first"); b.csrf = ""; return b }, "POST", nil},
		{"with another session's token", func() *browser {
			b, other := d.signIn("first"), d.signIn("second")
			b.csrf = other.csrf
			return b
		}, "POST", nil},
	} {
		t.Run(tt.rule+" everything is refused", func(t *testing.T) {
			for _, rt := range table {
				if tt.only != "" && rt.method != tt.only {
					continue
				}
				for _, accept := range []string{"text/html", "application/json"} {
					bends := []bend{withHeader("Accept", accept)}
					if tt.bend != nil {
						bends = append(bends, tt.bend)
					}
					b := tt.who()
					before := b.cookie
					w := b.ask(rt, bends...)
					if w.Code != http.StatusForbidden {
						t.Errorf("%s as %s: %d %s", name(rt), accept, w.Code, w.Body)
					}
					if b.cookie != before {
						t.Errorf("%s: a cookie was set", name(rt))
					}
				}
			}
		})
	}
	if records() != kept {
		t.Error("something came in all the same")
	}

	t.Run("without a session every path looks alike", func(t *testing.T) {
		b := &browser{desk: d}
		want := b.get("/inbox").Body.String()
		for _, path := range []string{"/claims/border/closure", "/claims/no/such", "/nothing-here", "/bulletins/B1", "/sign-in", "/start", "/start?token=", "/start?token=wrong"} {
			if w := b.get(path); w.Code != http.StatusForbidden || w.Body.String() != want {
				t.Errorf("%s: %d, and another page", path, w.Code)
			}
		}
	})
	t.Run("before anybody signs in every page is the form to do so", func(t *testing.T) {
		b := d.arrive()
		for _, rt := range table {
			if rt.path == signInPath {
				continue
			}
			w := b.ask(rt)
			if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), `action="/sign-in"`) || strings.Contains(w.Body.String(), "WREN") {
				t.Errorf("%s: %d %s", name(rt), w.Code, w.Body)
			}
		}
	})
	t.Run("the names of loopback are let in", func(t *testing.T) {
		for _, host := range []string{"127.0.0.1:8091", "localhost:8091", "LOCALHOST:8091", "[::1]:8091"} {
			b := d.signIn("first")
			w := b.post("/sign-out", nil, func(r *http.Request) { r.Host = host; r.Header.Set("Origin", "http://"+host) })
			if w.Code != http.StatusSeeOther {
				t.Errorf("%s: %d", host, w.Code)
			}
		}
	})
	t.Run("an origin alone proves where a form comes from", func(t *testing.T) {
		w := d.signIn("first").post("/sign-out", nil, withHeader("Origin", testOrigin), withHeader("Sec-Fetch-Site", ""))
		if w.Code != http.StatusSeeOther {
			t.Errorf("%d", w.Code)
		}
	})
	t.Run("the token may come as a header", func(t *testing.T) {
		b := d.signIn("first")
		token := b.csrf
		b.csrf = ""
		if w := b.post("/sign-out", nil, withHeader(csrfHeader, token)); w.Code != http.StatusSeeOther {
			t.Errorf("%d", w.Code)
		}
	})
	t.Run("a desk that was given no start token lets nobody in", func(t *testing.T) {
		h := New(Options{Casebook: d.book, Works: d.works, Clock: time.Now, Addr: testAddr})
		r := httptest.NewRequest("GET", "/start?token=", nil)
		r.Host = testAddr
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 {
			t.Errorf("%d", w.Code)
		}
	})
	t.Run("a desk without an address answers no host", func(t *testing.T) {
		h := New(Options{Casebook: d.book, Works: d.works, Clock: time.Now, StartToken: testToken})
		for _, host := range []string{"127.0.0.1:", "localhost", "127.0.0.1:80", ""} {
			r := httptest.NewRequest("GET", "/start?token="+testToken, nil)
			r.Host = host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != http.StatusForbidden {
				t.Errorf("%q: %d", host, w.Code)
			}
		}
	})
}

func TestMethods(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	takes := map[string][]string{}
	for _, rt := range table {
		takes[rt.path] = append(takes[rt.path], rt.method)
	}
	for _, rt := range table {
		for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} {
			known := strings.Contains(strings.Join(takes[rt.path], " "), method)
			if known {
				continue
			}
			w := b.send(httptest.NewRequest(method, b.pathOf(rt), nil), asJSON)
			if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != strings.Join(takes[rt.path], ", ") {
				t.Errorf("%s %s: %d, Allow %q", method, rt.path, w.Code, w.Header().Get("Allow"))
			}
		}
	}
	if w := b.get("/no-such-page"); w.Code != http.StatusNotFound {
		t.Errorf("no such page: %d", w.Code)
	}
}

func TestHeaders(t *testing.T) {
	d := newDesk(t)
	check := func(what string, w *httptest.ResponseRecorder) {
		t.Helper()
		for name, want := range map[string]string{
			"Content-Security-Policy":      "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":       "nosniff",
			"X-Frame-Options":              "DENY",
			"Referrer-Policy":              "no-referrer",
			"Cross-Origin-Opener-Policy":   "same-origin",
			"Cross-Origin-Resource-Policy": "same-origin",
			"Cache-Control":                "no-store",
		} {
			if got := w.Header().Values(name); len(got) != 1 || got[0] != want {
				t.Errorf("%s: %s is %q", what, name, got)
			}
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s: another origin may read it", what)
		}
		if w.Body.Len() > 0 && w.Header().Get("Content-Type") == "" {
			t.Errorf("%s: no content type", what)
		}
	}
	inline := regexp.MustCompile(`(?i)<script|<style|\sstyle=|\son[a-z]+=|javascript:|https?://[^1]`)
	stranger := &browser{desk: d}
	for _, rt := range table {
		b := d.signIn("first")
		for _, w := range []*httptest.ResponseRecorder{stranger.ask(rt), b.ask(rt), d.arrive().ask(rt), b.ask(rt, asJSON), b.ask(rt, withHeader("Sec-Fetch-Site", "cross-site"))} {
			check(name(rt), w)
			if strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") && inline.MatchString(w.Body.String()) {
				t.Errorf("%s has something inline or from elsewhere: %q", name(rt), inline.FindString(w.Body.String()))
			}
		}
	}
	for _, path := range []string{"/start?token=" + testToken, stylePath, iconPath, "/no-such-page", "//inbox", "/claims/../inbox"} {
		check(path, stranger.get(path))
		check(path, d.signIn("first").get(path))
	}
}

func TestSessions(t *testing.T) {
	d := newDesk(t)
	t.Run("the cookie is kept from scripts and from other sites", func(t *testing.T) {
		b := d.arrive()
		if c := b.cookie; !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || len(c.Value) != 43 || c.Domain != "" {
			t.Errorf("cookie %+v", c)
		}
	})
	t.Run("two desks on one machine do not share a cookie", func(t *testing.T) {
		if name := d.arrive().cookie.Name; !strings.HasSuffix(name, "_8091") {
			t.Errorf("the cookie is %s whatever the port", name)
		}
	})
	t.Run("signing in changes the cookie and the token", func(t *testing.T) {
		b := d.arrive()
		cookie, csrf := b.cookie.Value, b.csrf
		b.post("/sign-in", []string{"name", "first", "passphrase", "passphrase of first"})
		if b.cookie.Value == cookie || b.csrf == csrf {
			t.Error("they are the same")
		}
		old := &browser{desk: d, cookie: &http.Cookie{Name: b.cookie.Name, Value: cookie}, csrf: csrf}
		if w := old.get("/inbox"); w.Code != http.StatusForbidden {
			t.Errorf("the old cookie still opens: %d", w.Code)
		}
	})
	t.Run("signing out ends the session", func(t *testing.T) {
		b := d.signIn("first")
		cookie := b.cookie
		b.post("/sign-out", nil)
		if w := b.get("/inbox"); w.Code != http.StatusForbidden {
			t.Errorf("%d", w.Code)
		}
		if w := (&browser{desk: d, cookie: cookie}).get("/inbox"); w.Code != http.StatusForbidden || strings.Contains(w.Body.String(), "sign-in") {
			t.Errorf("the old cookie is still known: %d", w.Code)
		}
	})
	t.Run("whoever is idle must sign in again", func(t *testing.T) {
		b := d.signIn("first")
		d.elapsed += 29 * time.Minute
		if w := b.get("/inbox"); w.Code != http.StatusOK {
			t.Errorf("after 29 minutes: %d", w.Code)
		}
		d.elapsed += 29 * time.Minute
		if w := b.get("/inbox"); w.Code != http.StatusOK {
			t.Errorf("29 minutes after that: %d", w.Code)
		}
		d.elapsed += 31 * time.Minute
		csrf := b.csrf
		if w := b.get("/inbox"); w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "You were signed out") {
			t.Errorf("after 31 minutes: %d %s", w.Code, w.Body)
		}
		if b.csrf == csrf {
			t.Error("the old token still holds")
		}
	})
	t.Run("the calendar may jump without signing anybody out", func(t *testing.T) {
		b := d.signIn("first")
		d.today += 400
		defer func() { d.today -= 400 }()
		if w := b.get("/inbox"); w.Code != http.StatusOK {
			t.Errorf("%d", w.Code)
		}
	})
	t.Run("however many come in, few sessions are kept", func(t *testing.T) {
		s := newSessions(func() time.Duration { return 0 }, time.Hour)
		for range 3 * mostSessions {
			s.begin("")
		}
		if n := len(s.open); n != mostSessions {
			t.Errorf("%d sessions", n)
		}
	})
	t.Run("a notice is shown once, and only in its session", func(t *testing.T) {
		b, other := d.signIn("first"), d.signIn("second")
		b.post("/pull", nil)
		const notice = "Fetched 12 deposits: 2 new reports."
		if strings.Contains(other.get("/inbox").Body.String(), notice) {
			t.Error("another session shows it")
		}
		if !strings.Contains(b.get("/inbox").Body.String(), notice) {
			t.Error("it is not shown")
		}
		if strings.Contains(b.get("/inbox").Body.String(), notice) {
			t.Error("it is shown twice")
		}
	})
}

func TestSignIn(t *testing.T) {
	d := newDesk(t)
	attempt := func(b *browser, name, passphrase string) int {
		return b.post("/sign-in", []string{"name", name, "passphrase", passphrase}, asJSON).Code
	}
	t.Run("a wrong passphrase and a stranger get the same answer", func(t *testing.T) {
		b := d.arrive()
		wrong := b.post("/sign-in", []string{"name", "first", "passphrase", "x"}, asJSON)
		stranger := b.post("/sign-in", []string{"name", "nobody", "passphrase", "passphrase of nobody"}, asJSON)
		if wrong.Code != http.StatusForbidden || stranger.Code != wrong.Code || stranger.Body.String() != wrong.Body.String() {
			t.Errorf("%d %s, %d %s", wrong.Code, wrong.Body, stranger.Code, stranger.Body)
		}
	})
	t.Run("after five wrong ones each further waits longer", func(t *testing.T) {
		d.elapsed += 2 * time.Hour
		b := d.arrive()
		for range freeAttempts {
			if code := attempt(b, "first", "x"); code != http.StatusForbidden {
				t.Fatalf("%d", code)
			}
		}
		for _, pause := range []time.Duration{time.Second, 2 * time.Second, 4 * time.Second} {
			w := b.post("/sign-in", []string{"name", "first", "passphrase", "passphrase of first"}, asJSON)
			if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != fmt.Sprint(int(pause.Seconds())) {
				t.Errorf("%d, retry after %s, want %s", w.Code, w.Header().Get("Retry-After"), pause)
			}
			d.elapsed += pause
			if code := attempt(b, "first", "x"); code != http.StatusForbidden {
				t.Errorf("after waiting %s: %d", pause, code)
			}
		}
		if code := attempt(b, "second", "passphrase of second"); code != http.StatusOK {
			t.Errorf("another editor has to wait too: %d", code)
		}
		d.elapsed += longestWait
		b = d.arrive()
		if code := attempt(b, "first", "passphrase of first"); code != http.StatusOK {
			t.Errorf("after the longest wait: %d", code)
		}
	})
	t.Run("no number of wrong ones waits for ever", func(t *testing.T) {
		now := time.Duration(0)
		b := newBrake(func() time.Duration { return now })
		no := func() bool { return false }
		for range 100 {
			b.try("first", no)
			now += longestWait
		}
		b.try("first", no)
		if _, wait := b.try("first", no); wait <= 0 || wait > longestWait {
			t.Errorf("wait %s", wait)
		}
	})
	t.Run("nothing of it is logged", func(t *testing.T) {
		if d.log.Len() > 0 {
			t.Errorf("logged %s", d.log.String())
		}
	})
}

// TestRoutesAreDocumented holds the table in doc.go against the routes.
func TestRoutesAreDocumented(t *testing.T) {
	doc := string(must(os.ReadFile("doc.go"))(t))
	for _, rt := range table {
		if !regexp.MustCompile(`(?m)^//\t` + rt.method + ` +` + regexp.QuoteMeta(rt.path) + `(\s|$)`).MatchString(doc) {
			t.Errorf("%s is not in doc.go", name(rt))
		}
	}
	if n := len(regexp.MustCompile(`(?m)^//\t(GET|POST) `).FindAllString(doc, -1)); n != len(table)+3 {
		t.Errorf("doc.go lists %d routes, and there are %d", n, len(table)+3)
	}
}

// Whoever was removed while signed in is out with the next click.
func TestRemovedEditorIsOut(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("second")
	if w := b.get("/inbox"); w.Code != http.StatusOK {
		t.Fatalf("before: %d", w.Code)
	}
	if err := d.book.RemoveEditor(t.Context(), "first", "", "second"); err != nil {
		t.Fatal(err)
	}
	if w := b.get("/inbox"); w.Code != http.StatusForbidden {
		t.Errorf("after: %d", w.Code)
	}
}
