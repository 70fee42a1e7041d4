package relaytest

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"hearsay/envelope"
	"hearsay/relay"
)

// A Desk is a desk with real keys, which signs what a relay is sent.
type Desk struct {
	Root    ed25519.PrivateKey
	Editors []ed25519.PrivateKey
	Day     envelope.Epoch // the first of its charter, 90 days of which it has
}

// NewDesk makes a desk of so many editors. Equal numbers give equal desks, so
// that two processes can speak of the same one.
func NewDesk(editors int, day envelope.Epoch) *Desk {
	key := func(n byte) ed25519.PrivateKey {
		return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
	}
	d := &Desk{Root: key(100), Day: day}
	for i := range editors {
		d.Editors = append(d.Editors, key(byte(i)))
	}
	return d
}

// Public returns the root's public key.
func (d *Desk) Public() ed25519.PublicKey { return d.Root.Public().(ed25519.PublicKey) }

// ID returns the desk's name.
func (d *Desk) ID() envelope.DeskID { return envelope.DeskIDOf(d.Public()) }

// Charter returns a charter of the first n editors.
func (d *Desk) Charter(tb testing.TB, serial uint32, n int) []byte {
	tb.Helper()
	c := envelope.Charter{
		Serial: serial,
		From:   d.Day,
		To:     d.Day + envelope.CharterDays,
		Rows:   4,
	}
	bundle := newBundle(tb, envelope.Courier, d.Day).Public()
	c.Import = bundle.PKE[:]
	for _, key := range d.Editors[:n] {
		c.Editors = append(c.Editors, key.Public().(ed25519.PublicKey))
	}
	b, err := envelope.SignCharter(d.Root, c)
	check(tb, err)
	return b
}

// Block returns new keys of an editor.
func (d *Desk) Block(tb testing.TB, slot int) []byte {
	tb.Helper()
	lt, err := envelope.NewLongTerm()
	check(tb, err)
	k := envelope.Block{LongTerm: lt.Public()}
	for class := range k.Bundles {
		k.Bundles[class] = newBundle(tb, envelope.Class(class), d.Day).Public()
	}
	b, err := envelope.SignBlock(d.Editors[slot], d.ID(), k)
	check(tb, err)
	return b
}

func newBundle(tb testing.TB, class envelope.Class, day envelope.Epoch) *envelope.SecretBundle {
	tb.Helper()
	b, err := envelope.NewBundle(class, day, day+envelope.DailyUse, day+envelope.DailyDestroy)
	check(tb, err)
	return b
}

// Questions returns questions signed by key.
func (d *Desk) Questions(tb testing.TB, key ed25519.PrivateKey, serial uint32) []byte {
	tb.Helper()
	b, err := envelope.SignQuestions(key, d.ID(), envelope.Questions{
		Serial: serial, From: d.Day, To: d.Day + envelope.CharterDays, JSON: []byte(`{"questions":[]}`),
	})
	check(tb, err)
	return b
}

// Drop returns an editor's drop of one day, all of it dummies.
func (d *Desk) Drop(tb testing.TB, slot int, day envelope.Epoch) []byte {
	tb.Helper()
	b, err := envelope.BuildDrop(d.Editors[slot], d.ID(), envelope.DropContent{Slot: slot, Epoch: day, Rows: 4})
	check(tb, err)
	return b
}

// Sign puts an editor's authorization for that day on r, whose body is body.
func (d *Desk) Sign(tb testing.TB, r *http.Request, slot int, day envelope.Epoch, body []byte) {
	tb.Helper()
	header, err := envelope.Authorize(d.Editors[slot], d.ID(), slot, day, r.Method, r.URL.Path, body)
	check(tb, err)
	r.Header.Set("Authorization", header)
}

// Call makes a call as an editor and returns what the relay said.
func (d *Desk) Call(tb testing.TB, relay http.Handler, slot int, day envelope.Epoch, method, path string, body []byte) *httptest.ResponseRecorder {
	tb.Helper()
	r := httptest.NewRequest(method, path, bytes.NewReader(body))
	d.Sign(tb, r, slot, day, body)
	w := httptest.NewRecorder()
	relay.ServeHTTP(w, r)
	return w
}

// Open publishes a charter of all editors, and their blocks.
func (d *Desk) Open(tb testing.TB, relay http.Handler) {
	tb.Helper()
	d.publish(tb, relay, 0, envelope.PathPublishCharter, d.Charter(tb, 1, len(d.Editors)))
	for slot := range d.Editors {
		d.publish(tb, relay, slot, envelope.PathPublishBlock, d.Block(tb, slot))
	}
}

func (d *Desk) publish(tb testing.TB, relay http.Handler, slot int, path string, body []byte) {
	tb.Helper()
	if w := d.Call(tb, relay, slot, d.Day, http.MethodPost, path, body); w.Code != http.StatusOK {
		tb.Fatalf("%s: status %d, code %d", path, w.Code, w.Body.Bytes()[0])
	}
}

// Collect returns all triples of a day as the first editor gets them.
func (d *Desk) Collect(tb testing.TB, handler http.Handler, today, day envelope.Epoch) [][]byte {
	tb.Helper()
	return d.CollectKind(tb, handler, relay.Triple, today, day)
}

// CollectKind is Collect of one kind.
func (d *Desk) CollectKind(tb testing.TB, handler http.Handler, kind relay.Kind, today, day envelope.Epoch) [][]byte {
	tb.Helper()
	path := envelope.InboxPath
	if kind == relay.Chunk {
		path = envelope.ChunksPath
	}
	var payloads [][]byte
	for page := 0; ; page++ {
		w := d.Call(tb, handler, 0, today, http.MethodGet, path(day, page), nil)
		if w.Code == http.StatusNotFound {
			return payloads
		}
		if w.Code != http.StatusOK {
			tb.Fatalf("page %d of day %d: status %d", page, day, w.Code)
		}
		payloads = append(payloads, Payloads(kind, w.Body.Bytes())...)
	}
}

// Payloads returns what stands on a page of an inbox.
func Payloads(kind relay.Kind, page []byte) [][]byte {
	var payloads [][]byte
	empty := make([]byte, kind.Size())
	for ; len(page) > 0; page = page[kind.Size():] {
		if p := page[:kind.Size()]; !bytes.Equal(p, empty) {
			payloads = append(payloads, p)
		}
	}
	return payloads
}

// Payload returns the nth of triples that look like any other to a relay.
func Payload(n int) []byte { return PayloadOf(relay.Triple, n) }

// PayloadOf returns the nth payload of a kind.
func PayloadOf(kind relay.Kind, n int) []byte {
	b := make([]byte, kind.Size())
	var seed [32]byte
	binary.BigEndian.PutUint32(seed[:], uint32(n))
	seed[4] = byte(kind)
	rand.NewChaCha8(seed).Read(b) // never fails
	return b
}

var solved sync.Map // what DepositOf has solved, by its arguments

// Deposit returns the nth triple as a deposit that a relay with the easiest
// puzzle takes on that day.
func (d *Desk) Deposit(tb testing.TB, day envelope.Epoch, n int) []byte {
	tb.Helper()
	return d.DepositOf(tb, relay.Triple, day, n)
}

// DepositOf is Deposit of one kind.
func (d *Desk) DepositOf(tb testing.TB, kind relay.Kind, day envelope.Epoch, n int) []byte {
	tb.Helper()
	type arguments struct {
		kind relay.Kind
		day  envelope.Epoch
		n    int
	}
	if b, ok := solved.Load(arguments{kind, day, n}); ok {
		return bytes.Clone(b.([]byte))
	}
	make := envelope.NewDeposit
	if kind == relay.Chunk {
		make = envelope.NewChunkDeposit
	}
	b, err := make(context.Background(), d.ID(), day, PayloadOf(kind, n), envelope.MinPuzzle)
	check(tb, err)
	solved.Store(arguments{kind, day, n}, b)
	return bytes.Clone(b)
}

func check(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}
