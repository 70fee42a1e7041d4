package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

const (
	testAddr   = "127.0.0.1:8091"
	testOrigin = "http://" + testAddr
	testToken  = "a-start-token-for-tests"
)

// desk is the pages over a casebook of a test's own.
type desk struct {
	t       testing.TB
	handler http.Handler
	book    *casebook.Casebook
	works   *works
	today   hearsay.Day
	elapsed time.Duration
	log     bytes.Buffer
	places  map[string]int64
}

// Import keeps what it reads.
func (w *works) Import(_ context.Context, files iter.Seq2[io.Reader, error]) (r ImportResult, err error) {
	w.parcels = nil
	for file, err := range files {
		if err != nil {
			return r, err
		}
		b, err := io.ReadAll(file)
		if err != nil {
			return r, fmt.Errorf("read the parcel: %w", err)
		}
		if w.fails != nil {
			return r, w.fails
		}
		if !bytes.HasPrefix(b, []byte("parcel")) {
			return r, ErrParcel
		}
		w.parcel, w.parcels = b, append(w.parcels, b)
	}
	w.waiting = []int{2, 1}
	return ImportResult{Drives: len(w.parcels), Reports: 3, Waiting: w.waiting}, nil
}

func (w *works) Waiting() []int { return w.waiting }

// newDesk opens the pages over the worked example.
func newDesk(t testing.TB) *desk {
	p := playDossier(t)
	d := emptyDesk(t, &memory{records: append([]casebook.Record(nil), p.records...)}, p.today)
	d.places = p.places
	return d
}

func emptyDesk(t testing.TB, store casebook.Store, today hearsay.Day) *desk {
	t.Helper()
	d := &desk{t: t, today: today}
	d.book = must(casebook.Open(t.Context(), store, casebook.DefaultModel, func() hearsay.Day { return d.today }))(t)
	d.works = &works{have: []int{1, 1}, files: map[string][]byte{"list.txt": []byte("rice 5400\n")}, book: d.book, pulled: PullResult{Deposits: 12, Reports: 2}, rootKey: "the root key", health: Health{
		Charter: Charter{Serial: 3, From: today - 60, To: today + 25},
		Bundles: []Bundle{{today - 10, today + 9, today + 17, false}, {today, today + 55, today + 83, true}},
		Ledger:  6, Relay: RelayReach{Address: "http://127.0.0.1:8090", Answers: true},
		Warnings: []Warning{{"roster", true, "The relay shows an old roster of this desk."}, {"backup", false, "The last backup is old."}},
	}}
	last := today - 1
	d.works.health.LastPull, d.works.health.LastDrop = &today, &last
	d.handler = New(Options{
		Casebook: d.book, Works: d.works, Rows: 4,
		CheckPassphrase: func(editor, passphrase string) bool { return passphrase == "passphrase of "+editor },
		Clock:           clockAt(&d.today), Elapsed: func() time.Duration { return d.elapsed },
		StartToken: testToken, Addr: testAddr,
		Log: slog.New(slog.NewTextHandler(&d.log, nil)),
	})
	return d
}

// browser is one client with its cookie and the token of its session, which
// behaves as browsers do unless a test bends the request.
type browser struct {
	*desk
	cookie *http.Cookie
	csrf   string
}

// bend changes a request before it is sent.
type bend func(r *http.Request)

func withHeader(name, value string) bend {
	return func(r *http.Request) {
		r.Header.Del(name)
		if value != "" {
			r.Header.Set(name, value)
		}
	}
}

var asJSON = withHeader("Accept", "application/json")

func (b *browser) send(r *http.Request, bends ...bend) *httptest.ResponseRecorder {
	r.Host = testAddr
	r.Header.Set("Accept", "text/html")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if r.Method != http.MethodGet {
		r.Header.Set("Origin", "null") // as browsers do where no referrer is sent
	}
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	for _, bend := range bends {
		bend(r)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		b.cookie = c
	}
	if token := w.Header().Get(csrfHeader); token != "" {
		b.csrf = token
	}
	return w
}

func (b *browser) get(path string, bends ...bend) *httptest.ResponseRecorder {
	return b.send(httptest.NewRequest(http.MethodGet, path, nil), bends...)
}

// post sends a form of name, value pairs with the session's token.
func (b *browser) post(path string, pairs []string, bends ...bend) *httptest.ResponseRecorder {
	form := url.Values{"csrf": {b.csrf}}
	for i := 0; i < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.send(r, bends...)
}

func (b *browser) upload(path, field string, file []byte, bends ...bend) *httptest.ResponseRecorder {
	return b.uploadAll(path, []string{field}, [][]byte{file}, bends...)
}

func (b *browser) uploadAll(path string, fields []string, files [][]byte, bends ...bend) *httptest.ResponseRecorder {
	var body bytes.Buffer
	m := multipart.NewWriter(&body)
	ok(b.t, m.WriteField("csrf", b.csrf))
	for i, file := range files {
		part := must(m.CreateFormFile(fields[i], "parcel.bin"))(b.t)
		must(part.Write(file))(b.t)
	}
	ok(b.t, m.Close())
	r := httptest.NewRequest(http.MethodPost, path, &body)
	r.Header.Set("Content-Type", m.FormDataContentType())
	return b.send(r, bends...)
}

// arrive comes in by the start address and signs nobody in.
func (d *desk) arrive() *browser {
	d.t.Helper()
	b := &browser{desk: d}
	if w := b.get("/start?token=" + testToken); w.Code != http.StatusSeeOther || w.Header().Get("Location") != signInPath {
		d.t.Fatalf("start: %d %s", w.Code, w.Body)
	}
	b.get(signInPath)
	return b
}

func (d *desk) signIn(editor string) *browser {
	d.t.Helper()
	b := d.arrive()
	w := b.post("/sign-in", []string{"name", editor, "passphrase", "passphrase of " + editor}, asJSON)
	if w.Code != http.StatusOK {
		d.t.Fatalf("sign in: %d %s", w.Code, w.Body)
	}
	return b
}

func decode[T any](t testing.TB, w *httptest.ResponseRecorder) T {
	t.Helper()
	var v T
	if kind := w.Header().Get("Content-Type"); kind != "application/json" {
		t.Fatalf("answered %s: %s", kind, w.Body)
	}
	ok(t, json.Unmarshal(w.Body.Bytes(), &v))
	return v
}

// handle returns the handle of a source by its code name.
func (d *desk) handle(codeName string) string {
	d.t.Helper()
	for _, s := range d.book.Sources() {
		if s.CodeName == codeName {
			return s.Handle
		}
	}
	d.t.Fatalf("no source %s", codeName)
	return ""
}

var errUntold = errors.New("a thing that nobody is told: SPARROW at 10.0.0.7")
