package kit_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
)

const day envelope.Epoch = 18292 // 2020-01-31

const rows = 4 // in a drop

// A desk is a desk of one or more editors, with all its secrets.
type desk struct {
	id      envelope.DeskID
	root    ed25519.PrivateKey
	editors []editor
	roster  []byte
	imports *envelope.ImportSecret
}

type editor struct {
	key     ed25519.PrivateKey
	lt      *envelope.SecretLongTerm
	bundles [2]*envelope.SecretBundle
	block   []byte
}

func newDesk(t testing.TB, editors int) *desk {
	t.Helper()
	d := &desk{root: newKey(t)}
	d.id = envelope.DeskIDOf(d.public())
	var seed [32]byte
	rand.Read(seed[:])
	var err error
	d.imports, err = envelope.NewImportSecret(d.id, seed)
	check(t, err)
	c := envelope.Charter{Serial: 5, From: day - 10, To: day + 80, Rows: rows, Import: d.imports.Public().Bytes()}
	var blocks [][]byte
	for range editors {
		e := newEditor(t, d.id)
		d.editors = append(d.editors, e)
		c.Editors = append(c.Editors, e.public())
		blocks = append(blocks, e.block)
	}
	charter, err := envelope.SignCharter(d.root, c)
	check(t, err)
	d.roster, err = envelope.AssembleRoster(charter, blocks)
	check(t, err)
	return d
}

func newEditor(t testing.TB, id envelope.DeskID) editor {
	t.Helper()
	e := editor{key: newKey(t)}
	var err error
	e.lt, err = envelope.NewLongTerm()
	check(t, err)
	b := envelope.Block{LongTerm: e.lt.Public()}
	for class := range e.bundles {
		use, destroy := envelope.Epoch(envelope.DailyUse), envelope.Epoch(envelope.DailyDestroy)
		if envelope.Class(class) == envelope.Courier {
			use, destroy = envelope.CourierUse, envelope.CourierDestroy
		}
		e.bundles[class], err = envelope.NewBundle(envelope.Class(class), day-1, day-1+use, day-1+destroy)
		check(t, err)
		b.Bundles[class] = e.bundles[class].Public()
	}
	e.block, err = envelope.SignBlock(e.key, id, b)
	check(t, err)
	return e
}

func newKey(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	return key
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) public() ed25519.PublicKey  { return d.root.Public().(ed25519.PublicKey) }
func (e editor) public() ed25519.PublicKey { return e.key.Public().(ed25519.PublicKey) }

func (d *desk) questions(t testing.TB, json string) []byte {
	t.Helper()
	b, err := envelope.SignQuestions(d.editors[0].key, d.id, envelope.Questions{From: day, To: day, JSON: []byte(json)})
	check(t, err)
	return b
}

// opened is all that the editor in the slot can open of some payloads.
func (d *desk) opened(slot int, class envelope.Class, payloads ...[]byte) []*envelope.Message {
	e := d.editors[slot]
	o := envelope.NewOpener(d.id, e.lt.Public(), e.bundles[class])
	var all []*envelope.Message
	for _, payload := range payloads {
		if m, err := o.OpenPayload(payload, slot); err == nil {
			all = append(all, m)
		}
	}
	return all
}

// A relay serves what it is given and keeps what it is sent.
type relay struct {
	*httptest.Server
	desk   envelope.DeskID
	puzzle int

	mu       sync.Mutex
	files    map[string][]byte
	requests []*http.Request
	deposits [][]byte // payloads
	chunks   [][]byte
	refuse   func(n int) envelope.AnswerCode
	answer   func(w http.ResponseWriter, r *http.Request) bool // true if it has answered
}

func newRelay(t testing.TB, d *desk) *relay {
	t.Helper()
	r := &relay{desk: d.id, puzzle: envelope.MinPuzzle, files: map[string][]byte{}}
	r.files[envelope.PathStatus] = envelope.Status{Epoch: day, Puzzle: r.puzzle, RosterDigest: sha256.Sum256(d.roster)}.Marshal()
	r.files[envelope.PathRoster] = d.roster
	r.files[envelope.PathQuestions] = d.questions(t, `{"questions":[{"key":"prices/rice/hyesan","type":"number","unit":"KPW-per-kg","series":"day","ask":{"en":"What is rice?","ko":"쌀값은?"}}]}`)
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.requests = append(r.requests, req)
	if r.answer != nil && r.answer(w, req) {
		return
	}
	if isChunk := req.URL.Path == envelope.PathChunk; err == nil && req.Method == http.MethodPost && (isChunk || req.URL.Path == envelope.PathDeposit) {
		take, kept := envelope.CheckDeposit, &r.deposits
		if isChunk {
			take, kept = envelope.CheckChunk, &r.chunks
		}
		payload, code := take(r.desk, body, day, r.puzzle)
		if code == envelope.Taken && r.refuse != nil {
			code = r.refuse(len(r.deposits))
		}
		if code != envelope.Taken {
			w.WriteHeader(http.StatusBadRequest)
		} else {
			*kept = append(*kept, payload)
		}
		w.Write(envelope.Answer(code))
		return
	}
	file, ok := r.files[req.URL.Path]
	if !ok {
		w.WriteHeader(http.StatusNotFound)
		file = envelope.Answer(envelope.Absent)
	}
	w.Write(file)
}

// posts counts the deposits that were tried, taken or not.
func (r *relay) posts() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, req := range r.requests {
		if req.Method == http.MethodPost {
			n++
		}
	}
	return n
}

func (r *relay) paths() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	for _, req := range r.requests {
		b.WriteString(req.Method + " " + req.URL.Path + "\n")
	}
	return b.String()
}

// publish puts drops of one editor up, each naming the one before, and returns
// the digest of the last.
func (r *relay) publish(t testing.TB, d *desk, slot int, prev [32]byte, contents ...envelope.DropContent) [32]byte {
	t.Helper()
	for _, c := range contents {
		c.Slot, c.Rows, c.Prev = slot, rows, prev
		b, err := envelope.BuildDrop(d.editors[slot].key, d.id, c)
		check(t, err)
		r.files[envelope.DropPath(slot, c.Epoch)] = b
		drop, err := envelope.ParseDrop(d.id, d.editors[slot].public(), rows, b)
		check(t, err)
		prev = drop.Digest
	}
	return prev
}

func noGap(ctx context.Context) error { return ctx.Err() }

func newClient(t testing.TB, d *desk, r *relay) *kit.Client {
	t.Helper()
	c, err := kit.New(kit.Config{Relay: r.URL, Root: d.public(), Now: day.Time, Gap: noGap, ChunkGap: noGap})
	check(t, err)
	t.Cleanup(c.Close)
	return c
}

func newPhrase(t testing.TB) envelope.Phrase {
	t.Helper()
	p, err := envelope.NewPhrase(rand.Reader)
	check(t, err)
	return p
}

func newSession(t testing.TB, d *desk, r *relay, p envelope.Phrase, waiting ...[]byte) *kit.Session {
	t.Helper()
	l, err := newClient(t, d, r).Load(t.Context(), kit.Week)
	check(t, err)
	s, err := l.Unlock(p, waiting...)
	check(t, err)
	t.Cleanup(s.Close)
	return s
}
