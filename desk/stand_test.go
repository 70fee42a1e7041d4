package desk

import (
	"cmp"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hearsay"
	"hearsay/envelope"
	"hearsay/ledger"
)

const (
	anaPassphrase = "ana's own"
	claims        = `{"claims": [
 {"key": "border/closure", "type": "choice", "labels": ["open", "closed"], "question": "Is the border open?", "could_know": "many"},
 {"key": "border/gate", "type": "choice", "labels": ["guarded", "left"], "question": "Is the gate guarded?", "could_know": 3},
 {"key": "custody/kite-7/status", "type": "choice", "labels": ["held", "free"], "question": "Is KITE-7 held?", "could_know": 6, "case": "KITE-7"}
]}`
)

// stand is a desk in a folder of its own, with a clock that the test moves and,
// where it wants one, a relay.
type stand struct {
	*Desk
	t     testing.TB
	dir   string
	made  Made
	clock time.Time
	relay *stubRelay
}

func plan(dir string) Plan {
	return Plan{
		Dir: filepath.Join(dir, "desk"), Name: "A Desk", Keyslot: filepath.Join(dir, "keyslot"), RootKey: filepath.Join(dir, "root-key"),
		Passphrase: "a vault", Editors: []Editor{{"ana", anaPassphrase}, {"min", "min's own"}}, Claims: []byte(claims), MemoryKiB: 256,
		Now: func() time.Time { return noon },
	}
}

var noon = time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)

// newStand makes and opens a desk. With a relay it has published its roster.
func newStand(t testing.TB, withRelay bool) *stand {
	t.Helper()
	s := &stand{t: t, dir: t.TempDir(), clock: noon}
	var err error
	if s.made, err = Init(t.Context(), plan(s.dir)); err != nil {
		t.Fatal(err)
	}
	if withRelay {
		s.relay = newStubRelay(s)
	}
	s.open()
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	if withRelay {
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func (s *stand) options() Options {
	o := Options{
		Dir: filepath.Join(s.dir, "desk"), Keyslot: filepath.Join(s.dir, "keyslot"), Passphrase: "a vault",
		Press: press, Now: func() time.Time { return s.clock }, Log: slog.New(slog.DiscardHandler),
	}
	if s.relay != nil {
		o.Relay = s.relay.URL
	}
	return o
}

func (s *stand) open() {
	s.t.Helper()
	var err error
	if s.Desk, err = Open(s.t.Context(), s.options()); err != nil {
		s.t.Fatal(err)
	}
}

// reopen closes the desk and opens it again, as another process would.
func (s *stand) reopen() {
	s.t.Helper()
	if err := s.Close(); err != nil {
		s.t.Fatal(err)
	}
	s.open()
}

// press prints an edition on one page.
func press(e hearsay.Edition, _ *ledger.Log, put func(string, []byte) error) error {
	b, err := hearsay.MarshalEdition(e)
	if err != nil {
		return err
	}
	return put("index.html", b)
}

// source is somebody who reports: real keys and real envelopes.
func (s *stand) source() *envelope.Source {
	s.t.Helper()
	words, err := envelope.NewPhrase(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	source, err := envelope.DeriveSource(words, s.keys.Public().Desk)
	if err != nil {
		s.t.Fatal(err)
	}
	return source
}

// roster is what sources seal to today.
func (s *stand) roster() *envelope.Roster {
	s.t.Helper()
	_, charter, err := s.charter()
	if err != nil {
		s.t.Fatal(err)
	}
	block, err := s.keys.Block(s.epoch())
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := envelope.AssembleRoster(charter, [][]byte{block})
	if err != nil {
		s.t.Fatal(err)
	}
	roster, err := envelope.ParseRoster(s.keys.Public().Root, b, s.epoch(), 1)
	if err != nil {
		s.t.Fatal(err)
	}
	return roster
}

// seal seals a report of a source for today's keys.
func (s *stand) seal(source *envelope.Source, text string) []byte {
	s.t.Helper()
	payloads, err := source.Seal(s.roster(), envelope.Daily, text)
	if err != nil || len(payloads) != 1 {
		s.t.Fatalf("%d payloads, %v", len(payloads), err)
	}
	return payloads[0]
}

// bodies are the texts of all reports that are kept, newest first.
func (s *stand) bodies() []string {
	s.t.Helper()
	var texts []string
	for _, line := range s.book.Inbox().Reports {
		r, err := s.book.Report(line.Place)
		if err != nil {
			s.t.Fatal(err)
		}
		texts = append(texts, r.Body)
	}
	return texts
}

// stubRelay answers as PROTOCOL.md section 7 has it, and fails where it is told
// to. The desk's zone may not know the relay's code; that the two go together
// the journeys of cmd/hearsay show.
type stubRelay struct {
	*httptest.Server
	s *stand

	mu     sync.Mutex
	inbox  map[envelope.Epoch][][]byte
	chunks map[envelope.Epoch][][]byte
	roster [32]byte
	day    envelope.Epoch // by its clock, where that is not the desk's
	posts  []post
	before func(method, path string)       // is told of each call
	tapped func(path string, taken bool)   // is told before each call is answered for, and after
	answer func(path string) (int, []byte) // instead of the right one, unless it returns 0
	seen   map[[16]byte]bool
}

type post struct {
	path string
	body []byte
}

func newStubRelay(s *stand) *stubRelay {
	r := &stubRelay{s: s, inbox: map[envelope.Epoch][][]byte{}, chunks: map[envelope.Epoch][][]byte{}, seen: map[[16]byte]bool{}}
	r.Server = httptest.NewServer(r)
	s.t.Cleanup(r.Close)
	return r
}

func (r *stubRelay) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		r.s.t.Error(err)
	}
	if r.before != nil {
		r.before(q.Method, q.URL.Path)
	}
	if tap := r.taps(); tap != nil {
		tap(q.URL.Path, false)
		defer tap(q.URL.Path, true)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	status, answer := 0, []byte(nil)
	if r.answer != nil {
		status, answer = r.answer(q.URL.Path)
	}
	if status == 0 {
		status, answer = r.handle(q, body)
	}
	w.WriteHeader(status)
	_, _ = w.Write(answer) // the desk may have hung up on what is too long
}

func (r *stubRelay) handle(q *http.Request, body []byte) (int, []byte) {
	path := q.URL.Path
	if shown := r.shown(path); shown != nil {
		return http.StatusOK, shown
	}
	if path != envelope.PathDeposit && !r.signed(q, body) {
		return http.StatusUnauthorized, envelope.Answer(envelope.BadSigned)
	}
	switch {
	case strings.HasPrefix(path, "/v1/inbox/"):
		return r.page(path, "/v1/inbox/%d/%d", r.inbox, envelope.InboxPage, envelope.PayloadSize)
	case strings.HasPrefix(path, "/v1/chunks/"):
		return r.page(path, "/v1/chunks/%d/%d", r.chunks, envelope.ChunkPage, envelope.ChunkSize)
	}
	r.posts = append(r.posts, post{path, body})
	if charter, block := r.last(envelope.PathPublishCharter), r.last(envelope.PathPublishBlock); path == envelope.PathPublishBlock {
		roster, err := envelope.AssembleRoster(charter, [][]byte{block})
		if err != nil {
			r.s.t.Error(err)
		}
		r.roster = sha256.Sum256(roster)
	}
	return http.StatusOK, envelope.Answer(envelope.Taken)
}

// shown is what everybody is served at a path; nil for nothing.
func (r *stubRelay) shown(path string) []byte {
	last := r.drops()
	switch {
	case path == envelope.PathStatus:
		status := envelope.Status{Epoch: cmp.Or(r.day, envelope.EpochOf(r.s.clock)), Puzzle: envelope.MinPuzzle, RosterDigest: r.roster}
		for day := range last {
			status.LastDrop[0] = max(status.LastDrop[0], day)
		}
		return status.Marshal()
	case path == envelope.PathQuestions:
		return r.last(envelope.PathPublishQuestions)
	case path == envelope.PathRoster && r.last(envelope.PathPublishBlock) != nil:
		roster, err := envelope.AssembleRoster(r.last(envelope.PathPublishCharter), [][]byte{r.last(envelope.PathPublishBlock)})
		if err != nil {
			r.s.t.Error(err)
		}
		return roster
	}
	for day, b := range last {
		if path == envelope.DropPath(0, day) {
			return b
		}
	}
	return nil
}

// drops are the first drops of each day, as a relay keeps them.
func (r *stubRelay) drops() map[envelope.Epoch][]byte {
	byDay := map[envelope.Epoch][]byte{}
	for _, p := range r.posts {
		if p.path != envelope.PathPublishDrop {
			continue
		}
		day := envelope.Epoch(binary.BigEndian.Uint32(p.body[44:])) // PROTOCOL.md section 4.6
		if byDay[day] == nil {
			byDay[day] = p.body
		}
	}
	return byDay
}

// signed holds a call to what a relay checks: the editor signed just this, and
// never before.
func (r *stubRelay) signed(q *http.Request, body []byte) bool {
	a, err := envelope.ParseAuthorization(q.Header.Get("Authorization"))
	if err != nil || r.seen[a.Random] || a.Epoch != envelope.EpochOf(r.s.clock) {
		return false
	}
	r.seen[a.Random] = true
	root, err := hex.DecodeString(r.s.made.RootKey)
	if err != nil {
		r.s.t.Error(err)
	}
	charter := r.last(envelope.PathPublishCharter)
	if q.URL.Path == envelope.PathPublishCharter {
		charter = body
	}
	c, err := envelope.ParseCharter(ed25519.PublicKey(root), charter)
	return err == nil && a.Verify(c.Editors[a.Slot], envelope.DeskIDOf(root), q.Method, q.URL.Path, body)
}

// last is the newest post to a path.
func (r *stubRelay) last(path string) (body []byte) {
	for _, p := range r.posts {
		if p.path == path {
			body = p.body
		}
	}
	return body
}

func (r *stubRelay) page(path, form string, of map[envelope.Epoch][][]byte, perPage, size int) (int, []byte) {
	var day envelope.Epoch
	var page int
	if _, err := fmt.Sscanf(path, form, &day, &page); err != nil {
		r.s.t.Error(err)
	}
	all := of[day]
	if page*perPage >= len(all) {
		return http.StatusNotFound, envelope.Answer(envelope.Absent)
	}
	b := make([]byte, 0, perPage*size)
	for _, one := range all[page*perPage : min(len(all), (page+1)*perPage)] {
		b = append(b, one...)
	}
	return http.StatusOK, b[:cap(b)]
}

// paths counts the posts to paths that begin so.
func (r *stubRelay) paths(prefix string) (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.posts {
		if strings.HasPrefix(p.path, prefix) {
			n++
		}
	}
	return n
}

// bodiesOf are the bodies of the posts to a path.
func (r *stubRelay) bodiesOf(path string) (bodies [][]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.posts {
		if p.path == path {
			bodies = append(bodies, p.body)
		}
	}
	return bodies
}

func (r *stubRelay) deliver(day envelope.Epoch, payloads ...[]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inbox[day] = append(r.inbox[day], payloads...)
}

func (r *stubRelay) deliverChunks(day envelope.Epoch, chunks ...[]byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.chunks[day] = append(r.chunks[day], chunks...)
}

func (r *stubRelay) tap(tap func(path string, taken bool)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tapped = tap
}

func (r *stubRelay) taps() func(path string, taken bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.tapped
}

func (r *stubRelay) instead(answer func(path string) (int, []byte)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

func cover(t testing.TB, desk envelope.DeskID) []byte {
	t.Helper()
	payload, err := envelope.Cover(desk)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func write(t testing.TB, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
