package casebook_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/weigh"
)

// failing is a memory whose next appends fail, and whose loads may.
type failing struct {
	memory
	appends, loads error
}

func (f *failing) Append(ctx context.Context, records []casebook.Record) error {
	if f.appends != nil {
		return f.appends
	}
	return f.memory.Append(ctx, records)
}

func (f *failing) Load(ctx context.Context, yield func(casebook.Record) error) error {
	if f.loads != nil {
		return f.loads
	}
	return f.memory.Load(ctx, yield)
}

// TestAFailingStoreChangesNothing: whatever an editor does while nothing can be
// kept is refused, leaves the desk as it was, and works once it can be.
func TestAFailingStoreChangesNothing(t *testing.T) {
	full := errors.New("the disk is full")
	store := &failing{}
	d := openDesk(t, store)
	d.says("WREN", "border?value=closed&basis=seen")
	d.says("ROOK", "border?value=closed&basis=seen")
	d.says("LARK", "camp?value=guarded")
	d.keyIn("first", "ABACUS", "[a](claim:arrivals?value=12"+ministry+")")
	d.must(d.Consent(t.Context(), "first", "KITE-7", "family", "status", false))
	d.draft("b1", "# One\n\nThe border is [closed](claim:border).")
	d.draft("b2", camp)
	places := []int64{d.Inbox().Reports[3].Place, d.Inbox().Reports[2].Place}
	incoming := d.message("FINCH", "[open](claim:border?value=open)")
	ctx := t.Context()
	for _, action := range []struct {
		name string
		do   func() error
	}{
		{"receive", func() error { _, err := d.Receive(ctx, []casebook.Incoming{incoming}); return err }},
		{"key in", func() error { _, err := d.KeyIn(ctx, "first", "CROW", "[open](claim:border?value=open)"); return err }},
		{"name", func() error { return d.Name(ctx, "first", d.source("WREN"), "WREN", "a trader") }},
		{"cut", func() error { return d.Cut(ctx, "first", d.source("WREN"), d.today) }},
		{"lift", func() error { return d.LiftCut(ctx, "first", d.source("WREN")) }},
		{"merge", func() error { return d.Merge(ctx, "first", d.address("border"), places, "one rumour") }},
		{"sign", func() error { return d.signRecord("second", "arrivals") }},
		{"consent", func() error { return d.Consent(ctx, "first", "KITE-7", "family", "", true) }},
		{"word", func() error {
			c := testClaims[0]
			c.Question = "Is it open now?"
			return d.Word(ctx, "first", c)
		}},
		{"floor", func() error { return d.SetFloor(ctx, "first", 30) }},
		{"override", func() error { return d.override("first", "b2", "camp") }},
		{"publish", func() error { return d.publish("b1") }},
		{"draft", func() error { return d.Draft(ctx, "first", "b3", hearsay.News, "# Three\n\nWords.", "") }},
		{"drop", func() error { return d.Dropped(ctx, d.today, [32]byte{1}, d.NextDrop(10, 0)) }},
		{"pull", func() error { return d.Pulled(ctx, d.today) }},
		{"enrol", func() error { return d.Enrol(ctx, "third", "x") }},
	} {
		t.Run(action.name, func(t *testing.T) {
			state := func() []string {
				bulletins, err := d.Bulletins(ctx)
				d.must(err)
				return append(d.all(), toJSON(t, d.Inbox()), toJSON(t, d.Sources()), toJSON(t, d.Cases()), toJSON(t, bulletins),
					toJSON(t, d.edition()), fmt.Sprint(d.NextDrop(10, 0), d.PulledThrough(), d.Floor(), d.Editors()))
			}
			before := state()
			store.appends = full
			if err := action.do(); !errors.Is(err, full) {
				t.Fatalf("%v", err)
			}
			d.same(before, state())
			store.loads = errors.New("the disk is gone")
			if err := action.do(); !errors.Is(err, full) || !errors.Is(err, store.loads) {
				t.Fatalf("with the disk gone: %v", err)
			}
			if err := action.do(); !errors.Is(err, store.loads) {
				t.Fatalf("with the disk still gone: %v", err)
			}
			store.appends, store.loads = nil, nil
			d.must(action.do())
			after := state()
			if slices.Equal(before, after) {
				t.Error("it changed nothing even when it could")
			}
			d.reopen()
			d.same(after, state())
		})
	}
}

func TestCancelled(t *testing.T) {
	d := newDesk(t)
	d.says("WREN", "border?value=closed")
	before := d.all()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Cut(ctx, "first", d.source("WREN"), d.today); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	d.same(before, d.all())
	d.must(d.Cut(t.Context(), "first", d.source("WREN"), d.today))
}

// TestRecordsAreNumbered: from 1, without a gap, in the order of their days.
func TestRecordsAreNumbered(t *testing.T) {
	store := &memory{}
	d := openDesk(t, store)
	d.says("WREN", "border?value=closed")
	d.today -= 5 // a clock set back makes no earlier days
	d.says("ROOK", "border?value=closed")
	for i, r := range store.records {
		if r.Seq != int64(i+1) || r.Day < startDay {
			t.Errorf("record %d is numbered %d, of %s", i+1, r.Seq, r.Day)
		}
	}
}

// TestRecordsOfAnotherVersion are refused whole: half a desk would weigh with
// half of what it knows.
func TestRecordsOfAnotherVersion(t *testing.T) {
	kept := func() []casebook.Record {
		store := &memory{}
		d := openDesk(t, store)
		d.says("WREN", "border?value=closed")
		d.says("ROOK", "border?value=closed")
		d.must(d.Merge(t.Context(), "first", d.address("border"), []int64{d.Inbox().Reports[0].Place, d.Inbox().Reports[1].Place}, "x"))
		return store.records
	}
	at := func(kind string) int {
		return slices.IndexFunc(kept(), func(r casebook.Record) bool { return string(r.Kind) == kind })
	}
	text := casebook.NewText
	for _, tt := range []struct {
		name   string
		kind   string
		change func(*casebook.Record)
	}{
		{"an unknown kind", "editor", func(r *casebook.Record) { r.Kind = "mood" }},
		{"no kind", "editor", func(r *casebook.Record) { r.Kind = "" }},
		{"an unknown field", "editor", func(r *casebook.Record) { r.Data = text(`{"name":"first","verifier":"","role":"chief"}`) }},
		{"something behind the payload", "editor", func(r *casebook.Record) { r.Data = text(`{"name":"first","verifier":""}{}`) }},
		{"no payload", "editor", func(r *casebook.Record) { r.Data = casebook.Text{} }},
		{"a payload that is no JSON", "editor", func(r *casebook.Record) { r.Data = text("first") }},
		{"a value that is none", "assessed", func(r *casebook.Record) {
			r.Data = text(`{"claim":"border","standing":"chatter","value":{"kind":"mood","text":"x"},"p":1,"origins":1,"fragility":1}`)
		}},
		{"a number twice", "claim", func(r *casebook.Record) { r.Seq-- }},
		{"other bytes than the report's", "report", func(r *casebook.Record) { r.Body = text("[open](claim:border?value=open)") }},
		{"a report without its bytes", "report", func(r *casebook.Record) { r.Body = casebook.Text{} }},
		{"a report of nobody", "report", func(r *casebook.Record) { r.Source = casebook.SourceID{} }},
		{"an inbox of nobody", "contact", func(r *casebook.Record) { r.Source = casebook.SourceID{} }},
		{"a name of nobody", "source", func(r *casebook.Record) { r.Source = casebook.SourceID{} }},
		{"a merge of what is not kept", "merge", func(r *casebook.Record) { r.Report = casebook.ReportIDOf([]byte("x")) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			records := kept()
			i := at(tt.kind)
			if i < 0 {
				t.Fatalf("no record of kind %s", tt.kind)
			}
			tt.change(&records[i])
			_, err := casebook.Open(t.Context(), &memory{records}, weigh.Default{}, func() hearsay.Day { return startDay })
			if !errors.Is(err, casebook.ErrRecord) {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestAtOnce: editors and pages may act at once.
func TestAtOnce(t *testing.T) {
	d := newDesk(t)
	var wait sync.WaitGroup
	errs := make(chan error, 100)
	for i := range 10 {
		in := d.message(fmt.Sprintf("CROW-%d", i), fmt.Sprintf("crow %d: [closed](claim:border?value=closed)", i))
		wait.Go(func() { _, err := d.Receive(t.Context(), []casebook.Incoming{in}); errs <- err })
		wait.Go(func() {
			d.Claims()
			d.Inbox()
			_, err := d.Claim(t.Context(), hearsay.Address{Key: "border"})
			errs <- err
		})
	}
	wait.Wait()
	close(errs)
	for err := range errs {
		d.must(err)
	}
	if n := len(d.line("border").Origins); n != 10 {
		t.Errorf("%d origins", n)
	}
}

func TestAccounts(t *testing.T) {
	d := newDesk(t)
	for _, bad := range []string{"", "First", "first editor", "first/second", "\u212a"} {
		d.refused(d.Enrol(t.Context(), bad, "x"), casebook.ErrEditorName)
	}
	if d.Verifier("first") != "verifier of first" || d.Verifier("nobody") != "" {
		t.Errorf("%q", d.Verifier("first"))
	}
	d.must(d.Enrol(t.Context(), "first", "another"))
	d.reopen()
	if d.Verifier("first") != "another" || len(d.Editors()) != 2 {
		t.Errorf("%q, %v", d.Verifier("first"), d.Editors())
	}
}

func TestNames(t *testing.T) {
	d := newDesk(t)
	d.says("WREN", "border?value=closed")
	d.says("ROOK", "border?value=closed")
	name := func(id casebook.SourceID, codeName string) error {
		return d.Name(t.Context(), "first", id, codeName, "a trader")
	}
	for _, bad := range []string{"", "W", "wren", "WREN LARK", "WRÉN", "1WREN", "-WREN", "WRENWRENWRENWRENWRENWRENW"} {
		d.refused(name(d.source("WREN"), bad), casebook.ErrName)
		if bad != "" {
			_, err := d.KeyIn(t.Context(), "first", bad, "words")
			d.refused(err, casebook.ErrName)
		}
	}
	d.refused(name(d.source("WREN"), "ROOK"), casebook.ErrName)
	d.refused(name(casebook.NewSourceID(), "LARK"), casebook.ErrNoSuch)
	d.must(name(d.source("WREN"), "LARK-2"))
	if s := d.Sources()[0]; s.CodeName != "LARK-2" || s.Note != "a trader" || s.Display() != "LARK-2" {
		t.Errorf("%+v", s)
	}
	d.receive(d.message("CROW", "words"))
	if s := d.Sources()[2]; s.Display() != "not named yet" {
		t.Errorf("%+v", s)
	}
}

func TestKeyIn(t *testing.T) {
	d := newDesk(t)
	place := d.keyIn("second", "WREN", "By voice: [closed](claim:border?value=closed)\r\n\r\n")
	r, err := d.Report(place)
	if err != nil || r.KeyedBy != "second" || r.Channel != casebook.AtDesk || r.Body != "By voice: [closed](claim:border?value=closed)" || r.Received != d.today {
		t.Errorf("%+v, %v", r, err)
	}
	keyIn := func(body string) error { _, err := d.KeyIn(t.Context(), "second", "WREN", body); return err }
	d.refused(keyIn("By voice: [closed](claim:border?value=closed)"), casebook.ErrKeptTwice)
	d.refused(keyIn(" \n"), casebook.ErrText)
	d.refused(keyIn("\xff"), casebook.ErrText)
	d.must(keyIn(strings.Repeat("x", 9_870)))
	d.refused(keyIn(strings.Repeat("x", 9_871)), casebook.ErrText)
	if _, err := d.KeyIn(t.Context(), "second", "ROOK", "By voice: [closed](claim:border?value=closed)"); err != nil {
		t.Errorf("the same words of another source: %v", err)
	}
	_, err = d.KeyIn(t.Context(), "nobody", "WREN", "words")
	d.refused(err, casebook.ErrUnknown)
	if s := d.Sources(); len(s) != 2 || s[0].Reports != 2 {
		t.Errorf("%+v", s)
	}
}

// FuzzApply: a book refuses a record or folds it, and goes on.
func FuzzApply(f *testing.F) {
	store := &memory{}
	d := openDesk(f, store)
	d.says("WREN", "border?value=closed")
	d.says("ROOK", "border?value=closed")
	d.must(d.Cut(f.Context(), "first", d.source("WREN"), d.today))
	d.must(d.LiftCut(f.Context(), "first", d.source("WREN")))
	d.must(d.Merge(f.Context(), "first", d.address("border"), []int64{d.Inbox().Reports[0].Place, d.Inbox().Reports[1].Place}, "x"))
	d.must(d.sign("first", "border"))
	d.must(d.SetFloor(f.Context(), "first", 30))
	d.must(d.Consent(f.Context(), "first", "KITE-7", "family", "status", false))
	d.receive(parts(d.message("LARK", ""), "a", "b")[0])
	d.must(d.Dropped(f.Context(), d.today, [32]byte{1}, d.NextDrop(1, 0)))
	d.must(d.Pulled(f.Context(), d.today))
	d.draft("b1", "# One\n\nOf WREN and [closed](claim:border).")
	d.must(d.override("first", "b1", ""))
	d.must(d.override("second", "b1", ""))
	d.must(d.publish("b1"))
	kinds := map[casebook.Kind]bool{}
	for _, r := range store.records {
		kinds[r.Kind] = true
		f.Add(string(r.Kind), r.Data.Reveal(), r.Body.Reveal(), byte(1), int64(1))
	}
	if len(kinds) != 18 {
		f.Fatalf("the seeds have %d kinds of records", len(kinds))
	}
	f.Add("report", `{"channel":"relay"}`, "[x](claim:border?value=closed)", byte(0), int64(0))
	f.Fuzz(func(t *testing.T, kind, data, body string, who byte, gap int64) {
		book := casebook.NewBook()
		for _, r := range store.records {
			if err := book.Apply(r); err != nil {
				t.Fatal(err)
			}
		}
		r := casebook.Record{
			Seq: int64(len(store.records)) + gap, Day: startDay, Editor: "first", Kind: casebook.Kind(kind), Source: casebook.SourceIDOf([16]byte{who}),
			Report: casebook.ReportIDOf([]byte(body)), Body: casebook.NewText(body), Data: casebook.NewText(data),
		}
		err := book.Apply(r)
		if err != nil && !errors.Is(err, casebook.ErrRecord) {
			t.Fatalf("refused with %v", err)
		}
		if err == nil && gap <= 0 {
			t.Fatalf("it took number %d after %d", r.Seq, len(store.records))
		}
		grades, err := book.Grade(t.Context(), weigh.Default{})
		if err != nil {
			t.Fatalf("and it can no longer be graded: %v", err)
		}
		draft := &casebook.Draft{ID: "b9", Kind: hearsay.News, Text: "# Nine\n\nThe border is [closed](claim:border)."}
		if _, err := book.Gate(t.Context(), weigh.Default{}, draft, grades); err != nil {
			t.Fatalf("and the gate no longer answers: %v", err)
		}
		book.Edition(hearsay.Desk{})
	})
}
