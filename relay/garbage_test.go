package relay_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"hearsay/envelope"
	"hearsay/relay"
)

// endpoints are all calls, with the length of their bodies.
var endpoints = []struct {
	method, path string
	body         int
	desk         bool
}{
	{"GET", envelope.PathStatus, 0, false},
	{"GET", envelope.PathRoster, 0, false},
	{"GET", envelope.PathQuestions, 0, false},
	{"GET", envelope.DropPath(0, day), 0, false},
	{"GET", envelope.InboxPath(day, 0), 0, true},
	{"GET", envelope.ChunksPath(day, 0), 0, true},
	{"POST", envelope.PathDeposit, envelope.DepositSize, false},
	{"POST", envelope.PathChunk, envelope.ChunkDepositSize, false},
	{"POST", envelope.PathPublishCharter, envelope.CharterSize, true},
	{"POST", envelope.PathPublishBlock, envelope.BlockSize, true},
	{"POST", envelope.PathPublishQuestions, envelope.QuestionsSize, true},
	{"POST", envelope.PathPublishDrop, envelope.DropSize(4), true},
	{"POST", envelope.DonePath(day - 1), 0, true},
}

// Whatever is wrong, the answer is 64 bytes that say what, and nothing is kept.
func TestGarbage(t *testing.T) {
	w := newWorld(t, 1)
	w.post(t, day, 0)
	before, err := w.store.Load(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.NewChaCha8([32]byte{1})
	noise := func(n int) []byte {
		b := make([]byte, n)
		rng.Read(b)
		return b
	}
	refused := func(t *testing.T, r *http.Request) {
		t.Helper()
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		code, err := envelope.ParseAnswer(rec.Body.Bytes())
		if rec.Code < 400 || err != nil || code == envelope.Taken {
			t.Errorf("%s %s, %d bytes: status %d, code %v, %v", r.Method, r.URL, r.ContentLength, rec.Code, code, err)
		}
		plainHeaders(t, rec.Header(), rec.Body.Len())
	}
	for _, e := range endpoints {
		t.Run(e.method+" "+e.path, func(t *testing.T) {
			for _, method := range []string{"GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "get", "X-Y"} {
				if method != e.method {
					refused(t, httptest.NewRequest(method, e.path, nil))
				}
			}
			for _, n := range []int{e.body - 1, e.body + 1, 2*e.body + 7, 1 << 20} {
				if n < 0 {
					continue
				}
				refused(t, httptest.NewRequest(e.method, e.path, bytes.NewReader(noise(n))))
				r := httptest.NewRequest(e.method, e.path, bytes.NewReader(noise(n)))
				r.ContentLength = -1
				refused(t, r)
			}
			lies := httptest.NewRequest(e.method, e.path, bytes.NewReader(noise(e.body/2)))
			lies.ContentLength = int64(e.body) + 1
			refused(t, lies)
			if e.body > 0 {
				refused(t, httptest.NewRequest(e.method, e.path, bytes.NewReader(noise(e.body))))
				refused(t, httptest.NewRequest(e.method, e.path, bytes.NewReader(make([]byte, e.body))))
				r := httptest.NewRequest(e.method, e.path, bytes.NewReader(noise(e.body)))
				r.Header.Set("Authorization", "Hearsay "+strings.Repeat("A", 116))
				refused(t, r)
			}
			if e.desk {
				r := httptest.NewRequest(e.method, e.path, bytes.NewReader(noise(e.body)))
				r.Header.Set("Authorization", string(noise(116)))
				refused(t, r)
				if e.body > 0 { // an editor may send garbage too
					body := noise(e.body)
					r := httptest.NewRequest(e.method, e.path, bytes.NewReader(body))
					w.desk.Sign(t, r, 0, day, body)
					refused(t, r)
				}
			}
			for _, path := range []string{
				e.path + "/", e.path + "?", e.path + "?a=b", "/" + e.path, e.path + "/..", "/v1/." + e.path[3:],
				strings.Replace(e.path, "/v1/", "/v2/", 1), strings.Replace(e.path, "v1", "%761", 1), e.path + "%00",
			} {
				refused(t, httptest.NewRequest(e.method, path, bytes.NewReader(noise(e.body))))
			}
		})
	}
	for _, path := range []string{
		"/", "/v1", "/v1/", "*", "/v1/chunks", "/v1/chunks/18262/", "/v1/chunks/18262/00", "/v1/chunk/18262/0", "/v1/drop", "/v1/drop/", "/v1/drop/0", "/v1/drop/0/", "/v1/drop/3/18262",
		"/v1/drop/-1/18262", "/v1/drop/00/18262", "/v1/drop/0/018262", "/v1/drop/0/+18262", "/v1/drop/0/4294967296",
		"/v1/drop/0/18262/0", "/v1/inbox/18262", "/v1/inbox/18262/", "/v1/inbox//0", "/v1/inbox/18262/00",
		"/v1/inbox/18262/-1", "/v1/inbox/18262/99999999999999999999", "/v1/done", "/v1/done/", "/v1/done/x",
		"/v1/publish", "/v1/publish/", "/v1/publish/roster", "/favicon.ico", "/v1/" + strings.Repeat("a", 3000),
	} {
		t.Run(fmt.Sprintf("%.30s", path), func(t *testing.T) {
			for _, method := range []string{"GET", "POST"} {
				r := httptest.NewRequest(method, "/", nil)
				r.URL.Path = path
				refused(t, r)
			}
		})
	}
	t.Run("nothing of it was kept", func(t *testing.T) {
		after, err := w.store.Load(t.Context(), "")
		if err != nil {
			t.Fatal(err)
		}
		// The numbers of the editor's own calls are, since those were signed.
		for _, r := range after {
			if !strings.HasPrefix(r.Name, "nonce/") && !slices.ContainsFunc(before, func(b relay.Record) bool { return b.Name == r.Name }) {
				t.Errorf("the store has %q", r.Name)
			}
		}
		if got := w.collect(t, day, 1); !slices.Equal(got, []int{0}) {
			t.Errorf("the inbox has %v", got)
		}
	})
}

// plainHeaders checks that a header says nothing but the length, and that
// nobody need keep or hide it.
func plainHeaders(t testing.TB, h http.Header, length int) {
	t.Helper()
	for name, values := range h {
		if len(values) == 0 {
			continue // what net/http is told to leave out
		}
		want := map[string]string{
			"Cache-Control":               "no-store",
			"Access-Control-Allow-Origin": "*",
			"Content-Length":              fmt.Sprint(length),
		}[name]
		if len(values) != 1 || values[0] != want {
			t.Errorf("header %s: %q", name, values)
		}
	}
	if h.Get("Cache-Control") == "" || h.Get("Access-Control-Allow-Origin") == "" || h.Get("Content-Length") == "" {
		t.Errorf("headers are missing: %v", h)
	}
}

// FuzzServer sends a relay one request, and looks at the answer.
func FuzzServer(f *testing.F) {
	w := newWorld(f, 1)
	w.post(f, day, 0)
	w.as(f, 0, http.MethodPost, envelope.PathPublishDrop, w.desk.Drop(f, 0, day))
	w.as(f, 0, http.MethodPost, envelope.PathPublishQuestions, w.desk.Questions(f, w.desk.Root, 1))
	sizes := []int{
		envelope.AnswerSize, envelope.StatusSize, envelope.RosterSize, envelope.QuestionsSize,
		envelope.DropSize(4), envelope.InboxPageSize,
	}
	for _, e := range endpoints {
		body := make([]byte, e.body)
		header, err := envelope.Authorize(w.desk.Editors[0], w.desk.ID(), 0, day, e.method, e.path, body)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(e.method, e.path, "", header, body, false)
		f.Add(e.method, e.path, "a=b", "Hearsay ", body[:e.body/2], true)
	}
	f.Add("POST", envelope.PathDeposit, "", "", w.desk.Deposit(f, day, 0), false)
	f.Add("POST", envelope.PathChunk, "", "", w.desk.DepositOf(f, relay.Chunk, day, 0), false)
	f.Add("POST", envelope.PathChunk, "", "", w.desk.Deposit(f, day, 0), true)
	f.Add("GET", "/v1/drop/0/%31", "", "", []byte(nil), false)
	f.Fuzz(func(t *testing.T, method, path, query, header string, body []byte, unknownLength bool) {
		r := httptest.NewRequest("GET", "/", bytes.NewReader(body))
		r.Method, r.URL.Path, r.URL.RawQuery = method, path, query
		r.Header.Set("Authorization", header)
		if unknownLength {
			r.ContentLength = -1
		}
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		plainHeaders(t, rec.Header(), rec.Body.Len())
		if !slices.Contains(sizes, rec.Body.Len()) {
			t.Errorf("%d bytes is no size of an answer", rec.Body.Len())
		}
		if rec.Body.Len() == envelope.AnswerSize {
			code, err := envelope.ParseAnswer(rec.Body.Bytes())
			if err != nil || (code == envelope.Taken) != (rec.Code == 200) {
				t.Errorf("status %d with code %v, %v", rec.Code, code, err)
			}
		} else if rec.Code != 200 || method != "GET" {
			t.Errorf("%s: status %d with a file", method, rec.Code)
		}
		if rec.Code == 503 {
			t.Error("no store failed, and everything is published")
		}
	})
}
