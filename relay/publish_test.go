package relay_test

import (
	"bytes"
	"crypto/sha256"
	"net/http"
	"net/http/httptest"
	"testing"

	"hearsay/envelope"
	"hearsay/relay"
	"hearsay/relay/relaytest"
)

// empty returns a relay to which its desk has published nothing yet.
func empty(t testing.TB, editors int) *world {
	t.Helper()
	w := &world{
		desk:  relaytest.NewDesk(editors, day),
		store: &failing{Store: relaytest.NewMemory()},
		clock: &clock{},
		log:   &bytes.Buffer{},
	}
	w.clock.set(day)
	w.start(t)
	return w
}

func (w *world) get(path string) *httptest.ResponseRecorder {
	return w.call(http.MethodGet, path, nil)
}

// publish publishes as an editor, and checks the answer.
func (w *world) publish(t testing.TB, what string, slot int, path string, body []byte, status int, code envelope.AnswerCode) {
	t.Helper()
	said(t, what, w.as(t, slot, http.MethodPost, path, body), status, code)
}

func TestRoster(t *testing.T) {
	w := empty(t, 2)
	said(t, "a roster before a charter", w.get(envelope.PathRoster), 503, envelope.Unavailable)
	w.publish(t, "a block before a charter", 0, envelope.PathPublishBlock, w.desk.Block(t, 0), 401, envelope.BadSigned)
	w.publish(t, "a drop before a charter", 0, envelope.PathPublishDrop, w.desk.Drop(t, 0, day), 401, envelope.BadSigned)

	charter := w.desk.Charter(t, 1, 2)
	w.publish(t, "charter", 0, envelope.PathPublishCharter, charter, 200, envelope.Taken)
	w.publish(t, "the first block", 0, envelope.PathPublishBlock, w.desk.Block(t, 0), 200, envelope.Taken)
	said(t, "a roster without the second block", w.get(envelope.PathRoster), 503, envelope.Unavailable)
	if s := w.status(t); s.RosterDigest != [32]byte{} {
		t.Error("the status has the digest of a roster that there is not")
	}

	w.publish(t, "the second block", 1, envelope.PathPublishBlock, w.desk.Block(t, 1), 200, envelope.Taken)
	check := func(what string, editors int) []byte {
		t.Helper()
		rec := w.get(envelope.PathRoster)
		roster, err := envelope.ParseRoster(w.desk.Public(), rec.Body.Bytes(), day, 0)
		if rec.Code != 200 || err != nil || len(roster.Blocks) != editors {
			t.Fatalf("%s: status %d, %v", what, rec.Code, err)
		}
		if w.status(t).RosterDigest != sha256.Sum256(rec.Body.Bytes()) {
			t.Errorf("%s: the status has another digest", what)
		}
		return rec.Body.Bytes()
	}
	first := check("roster", 2)
	w.publish(t, "a newer block", 0, envelope.PathPublishBlock, w.desk.Block(t, 0), 200, envelope.Taken)
	second := check("roster with a newer block", 2)
	if bytes.Equal(first, second) {
		t.Error("the newer block is not shown")
	}
	w.start(t)
	if third := check("roster after a restart", 2); !bytes.Equal(second, third) {
		t.Error("after a restart the roster is another")
	}

	for _, tt := range []struct {
		name   string
		body   []byte
		status int
		code   envelope.AnswerCode
	}{
		{"the same charter again", charter, 200, envelope.Taken},
		{"another charter of the same serial", w.desk.Charter(t, 1, 1), 400, envelope.BadSigned},
		{"a charter with a lower serial", w.desk.Charter(t, 0, 2), 400, envelope.BadSigned},
		{"a charter signed by somebody else", flip(charter, 1399), 400, envelope.BadSigned},
		{"a charter cut short", charter[1:], 400, envelope.BadShape},
	} {
		w.publish(t, tt.name, 0, envelope.PathPublishCharter, tt.body, tt.status, tt.code)
	}
	w.publish(t, "a block of another editor", 0, envelope.PathPublishBlock, w.desk.Block(t, 1), 400, envelope.BadSigned)
	check("the roster after all that", 2)

	w.publish(t, "a charter without the second editor", 0, envelope.PathPublishCharter, w.desk.Charter(t, 2, 1), 200, envelope.Taken)
	check("roster of one", 1)
	w.publish(t, "a block of who was removed", 1, envelope.PathPublishBlock, w.desk.Block(t, 1), 401, envelope.BadSigned)
	w.publish(t, "the old charter, by who was removed", 1, envelope.PathPublishCharter, charter, 400, envelope.BadSigned)
	w.start(t)
	check("roster of one after a restart", 1)
}

func TestCharterOutOfForce(t *testing.T) {
	w := empty(t, 1)
	charter := w.desk.Charter(t, 1, 1)
	w.clock.set(day + 91)
	w.publish(t, "a charter that has run out", 0, envelope.PathPublishCharter, charter, 400, envelope.BadEpoch)
	w = empty(t, 1)
	w.desk.Day += 2
	charter = w.desk.Charter(t, 1, 1)
	w.publish(t, "a charter of the day after tomorrow", 0, envelope.PathPublishCharter, charter, 400, envelope.BadEpoch)
	w.clock.set(day + 1)
	w.publish(t, "a charter of tomorrow", 0, envelope.PathPublishCharter, charter, 200, envelope.Taken)
}

func TestReplacedEditor(t *testing.T) {
	w := newWorld(t, 2)
	w.publish(t, "questions by the second editor", 1, envelope.PathPublishQuestions,
		w.desk.Questions(t, w.desk.Editors[1], 1), 200, envelope.Taken)
	w.desk.Editors[0], w.desk.Editors[1] = w.desk.Editors[1], w.desk.Editors[0]
	w.publish(t, "a charter with other keys in the slots", 0, envelope.PathPublishCharter,
		w.desk.Charter(t, 2, 2), 200, envelope.Taken)
	said(t, "a roster of blocks that were signed for other slots", w.get(envelope.PathRoster), 503, envelope.Unavailable)
	if rec := w.get(envelope.PathQuestions); rec.Code != 200 {
		t.Errorf("questions of one who is still an editor: status %d", rec.Code)
	}
	w.publish(t, "a charter without the second", 0, envelope.PathPublishCharter, w.desk.Charter(t, 3, 1), 200, envelope.Taken)
	if rec := w.get(envelope.PathQuestions); rec.Code != 200 {
		t.Errorf("questions of one who is still an editor: status %d", rec.Code)
	}
	w.desk.Editors[0] = w.desk.Editors[1]
	w.publish(t, "a charter without who signed the questions", 0, envelope.PathPublishCharter,
		w.desk.Charter(t, 4, 1), 200, envelope.Taken)
	said(t, "questions that nobody signed who may", w.get(envelope.PathQuestions), 503, envelope.Unavailable)
}

func TestQuestions(t *testing.T) {
	w := newWorld(t, 1)
	said(t, "questions before any", w.get(envelope.PathQuestions), 503, envelope.Unavailable)
	first := w.desk.Questions(t, w.desk.Root, 5)
	for _, tt := range []struct {
		name   string
		body   []byte
		status int
		code   envelope.AnswerCode
		shown  []byte
	}{
		{"signed by the root", first, 200, envelope.Taken, first},
		{"the same again", first, 200, envelope.Taken, first},
		{"of a lower serial", w.desk.Questions(t, w.desk.Root, 4), 400, envelope.BadSigned, first},
		{"signed by a stranger", w.desk.Questions(t, relaytest.NewDesk(3, day).Editors[2], 6), 400, envelope.BadSigned, first},
		{"longer by a byte", append(bytes.Clone(first), 0), 400, envelope.BadShape, first},
	} {
		w.publish(t, tt.name, 0, envelope.PathPublishQuestions, tt.body, tt.status, tt.code)
		if rec := w.get(envelope.PathQuestions); rec.Code != 200 || !bytes.Equal(rec.Body.Bytes(), tt.shown) {
			t.Errorf("%s: status %d, and not the questions that should be shown", tt.name, rec.Code)
		}
	}
	second := w.desk.Questions(t, w.desk.Editors[0], 6)
	w.publish(t, "signed by an editor", 0, envelope.PathPublishQuestions, second, 200, envelope.Taken)
	w.start(t)
	if rec := w.get(envelope.PathQuestions); !bytes.Equal(rec.Body.Bytes(), second) {
		t.Error("the newer questions are not shown after a restart")
	}
}

func TestDrop(t *testing.T) {
	w := newWorld(t, 2)
	first := w.desk.Drop(t, 1, day)
	said(t, "a drop before any", w.get(envelope.DropPath(1, day)), 404, envelope.Absent)
	for _, tt := range []struct {
		name   string
		slot   int
		body   []byte
		status int
		code   envelope.AnswerCode
	}{
		{"by its editor", 1, first, 200, envelope.Taken},
		{"the same again", 1, first, 200, envelope.Taken},
		{"a second one for the day, as well signed", 1, w.desk.Drop(t, 1, day), 400, envelope.BadSigned},
		{"of tomorrow by the desk's clock", 1, w.desk.Drop(t, 1, day+1), 200, envelope.Taken},
		{"of the day after tomorrow", 1, w.desk.Drop(t, 1, day+2), 400, envelope.BadEpoch},
		{"that comes late", 1, w.desk.Drop(t, 1, day-27), 200, envelope.Taken},
		{"that comes too late", 1, w.desk.Drop(t, 1, day-28), 400, envelope.BadEpoch},
		{"of another editor", 0, w.desk.Drop(t, 1, day), 400, envelope.BadSigned},
		{"with a byte changed", 1, flip(w.desk.Drop(t, 1, day-1), 5000), 400, envelope.BadSigned},
		{"of more rows than the charter has", 1, make([]byte, envelope.DropSize(8)), 400, envelope.BadShape},
	} {
		w.publish(t, tt.name, tt.slot, envelope.PathPublishDrop, tt.body, tt.status, tt.code)
	}
	check := func(when string) {
		t.Helper()
		if rec := w.get(envelope.DropPath(1, day)); rec.Code != 200 || !bytes.Equal(rec.Body.Bytes(), first) {
			t.Errorf("%s: status %d, and not the first drop of the day", when, rec.Code)
		}
		said(t, when+": the drop of the other editor", w.get(envelope.DropPath(0, day)), 404, envelope.Absent)
		if got, want := w.status(t).LastDrop, [3]envelope.Epoch{0, day + 1, 0}; got != want {
			t.Errorf("%s: the status says the last drops were %v, want %v", when, got, want)
		}
	}
	check("then")
	w.start(t)
	check("after a restart")
}

func TestAuthorization(t *testing.T) {
	w := newWorld(t, 1)
	path := envelope.InboxPath(day, 0)
	w.post(t, day, 0)
	header := func(slot int, epoch envelope.Epoch, method, path string, body []byte) string {
		h, err := envelope.Authorize(w.desk.Editors[0], w.desk.ID(), slot, epoch, method, path, body)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	ask := func(what string, status int, code envelope.AnswerCode, headers ...string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header["Authorization"] = headers
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, r)
		if status == 200 {
			if rec.Code != 200 {
				t.Errorf("%s: status %d", what, rec.Code)
			}
			return
		}
		said(t, what, rec, status, code)
	}
	ok := func(epoch envelope.Epoch) string { return header(0, epoch, http.MethodGet, path, nil) }

	ask("for today", 200, 0, ok(day))
	ask("for yesterday, by the desk's clock", 200, 0, ok(day-1))
	ask("for tomorrow, by the desk's clock", 200, 0, ok(day+1))
	ask("for two days ago", 401, envelope.BadEpoch, ok(day-2))
	ask("for the day after tomorrow", 401, envelope.BadEpoch, ok(day+2))
	ask("none", 401, envelope.BadSigned)
	ask("two", 401, envelope.BadSigned, ok(day), ok(day))
	ask("garbage", 401, envelope.BadSigned, "Hearsay garbage")
	ask("of another scheme", 401, envelope.BadSigned, "Basic YTpi")
	ask("for a slot that there is not", 401, envelope.BadSigned, header(1, day, http.MethodGet, path, nil))
	ask("for another page", 401, envelope.BadSigned, header(0, day, http.MethodGet, envelope.InboxPath(day, 1), nil))
	ask("for another method", 401, envelope.BadSigned, header(0, day, http.MethodPost, path, nil))
	ask("for another body", 401, envelope.BadSigned, header(0, day, http.MethodGet, path, []byte{0}))

	t.Run("a call is good once, in two epochs and across a restart", func(t *testing.T) {
		w.clock.set(day)
		early := ok(day + 1) // the longest that a header can be good
		ask("first", 200, 0, early)
		ask("again", 401, envelope.BadSigned, early)
		w.start(t)
		ask("again, after a restart", 401, envelope.BadSigned, early)
		w.clock.set(day + 1)
		ask("again, on its day", 401, envelope.BadSigned, early)
		w.clock.set(day + 2)
		ask("again, on the last day that it is good", 401, envelope.BadSigned, early)
		w.clock.set(day + 3)
		ask("again, when it is no longer good", 401, envelope.BadEpoch, early)
		records, err := w.store.Load(t.Context(), "nonce/")
		if err != nil || len(records) != 0 {
			t.Errorf("%d numbers are kept that are no longer of use, %v", len(records), err)
		}
	})
	t.Run("a call that is refused leaves nothing in the store", func(t *testing.T) {
		ask("forged", 401, envelope.BadSigned, header(0, day+3, http.MethodPost, path, nil))
		if records, err := w.store.Load(t.Context(), "nonce/"); err != nil || len(records) != 0 {
			t.Errorf("%d numbers are kept, %v", len(records), err)
		}
	})
}

func TestDone(t *testing.T) {
	w := newWorld(t, 2)
	w.post(t, day, 0)
	w.publish(t, "done with the open day", 0, envelope.DonePath(day), nil, 400, envelope.BadEpoch)
	w.publish(t, "done with tomorrow", 0, envelope.DonePath(day+1), nil, 400, envelope.BadEpoch)
	w.clock.set(day + 1)
	w.post(t, day+1, 1)
	said(t, "done by a stranger", w.call(http.MethodPost, envelope.DonePath(day), nil), 401, envelope.BadSigned)
	w.publish(t, "done with a body", 0, envelope.DonePath(day), []byte{0}, 400, envelope.BadShape)
	w.publish(t, "done by one", 0, envelope.DonePath(day), nil, 200, envelope.Taken)
	w.publish(t, "done by the same again", 0, envelope.DonePath(day), nil, 200, envelope.Taken)
	w.start(t)
	if got := w.collect(t, day, 2); len(got) != 1 {
		t.Errorf("before everyone is done the day has %v", got)
	}
	w.publish(t, "done by the other", 1, envelope.DonePath(day), nil, 200, envelope.Taken)
	if got := w.collect(t, day, 2); got != nil {
		t.Errorf("when everyone is done the day has %v", got)
	}
	w.publish(t, "done once more", 1, envelope.DonePath(day), nil, 200, envelope.Taken)
	if got := w.collect(t, day+1, 2); len(got) != 1 {
		t.Errorf("the open day has %v", got)
	}

	t.Run("one who is no longer an editor is not waited for", func(t *testing.T) {
		w.clock.set(day + 2)
		w.publish(t, "done by one", 0, envelope.DonePath(day+1), nil, 200, envelope.Taken)
		w.publish(t, "charter", 0, envelope.PathPublishCharter, w.desk.Charter(t, 2, 1), 200, envelope.Taken)
		if got := w.collect(t, day+1, 2); got != nil {
			t.Errorf("the day has %v", got)
		}
	})
	t.Run("a day that could not be forgotten is at the next start", func(t *testing.T) {
		w.post(t, day+2, 2)
		w.clock.set(day + 3)
		mark := relay.Record{Name: "done/0/" + (day + 2).Number(), Until: day + 20}
		if err := w.store.Put(t.Context(), mark); err != nil { // all that is left of a done before a crash
			t.Fatal(err)
		}
		w.start(t)
		if got := w.collect(t, day+2, 3); got != nil {
			t.Errorf("the day has %v", got)
		}
	})
}

func flip(b []byte, at int) []byte {
	b = bytes.Clone(b)
	b[at] ^= 1
	return b
}
