package casebook_test

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/weigh"
)

// testDesk is a desk of two editors, first and second, that asks about a few
// claims, on a day of its own.
type testDesk struct {
	*casebook.Casebook
	t     testing.TB
	store casebook.Store
	today hearsay.Day
	sent  int
}

const startDay hearsay.Day = 18_300 // 2020-02-08

var testClaims = []casebook.Claim{
	{Claim: hearsay.Claim{Key: "border", Type: hearsay.Choice, Question: "Is it open?", Labels: []string{"open", "closed"}}, CouldKnow: casebook.Many},
	{Claim: hearsay.Claim{Key: "costs", Type: hearsay.Choice, Question: "Do they rise?", Labels: []string{"up", "same", "down"}}, CouldKnow: casebook.Many},
	{Claim: hearsay.Claim{Key: "order", Type: hearsay.Truth, Question: "Was one given?"}, CouldKnow: casebook.Many},
	{Claim: hearsay.Claim{Key: "deed", Type: hearsay.Text, Question: "What was done?"}, CouldKnow: casebook.Many},
	{Claim: hearsay.Claim{Key: "start", Type: hearsay.Moment, Question: "When did it start?"}, CouldKnow: casebook.Many},
	{Claim: hearsay.Claim{Key: "crowd", Type: hearsay.Number, Question: "How many came?", Unit: "persons", Tolerance: "2%"}, CouldKnow: casebook.Many},
	{Claim: hearsay.Claim{Key: "rice", Type: hearsay.Number, Question: "What does it cost?", Unit: "won", Series: "day", Tolerance: "2%"}, CouldKnow: casebook.Many},
	{Claim: hearsay.Claim{Key: "camp", Type: hearsay.Choice, Question: "Is it guarded?", Labels: []string{"guarded", "left"}}, CouldKnow: 12},
	{Claim: hearsay.Claim{Key: "arrivals", Type: hearsay.Number, Question: "How many arrived?", Unit: "persons", Record: "ministry"}, CouldKnow: casebook.Public},
	{Claim: hearsay.Claim{Key: "custody", Type: hearsay.Choice, Question: "Where is the person?", Labels: []string{"held", "released", "dead"}}, CouldKnow: 500, Case: "KITE-7"},
}

func newDesk(t testing.TB) *testDesk { return openDesk(t, &memory{}) }

// openDesk opens a store, a fresh one with editors and claims.
func openDesk(t testing.TB, store casebook.Store) *testDesk {
	t.Helper()
	d := &testDesk{t: t, store: store, today: startDay}
	d.reopen()
	if len(d.Editors()) == 0 {
		d.must(d.Enrol(t.Context(), "first", "verifier of first"))
		d.must(d.Enrol(t.Context(), "second", "verifier of second"))
		d.must(d.Word(t.Context(), "first", testClaims...))
	}
	return d
}

// reopen is a restart: everything is read from the store again.
func (d *testDesk) reopen() {
	d.t.Helper()
	var err error
	d.Casebook, err = casebook.Open(d.t.Context(), d.store, weigh.Default{}, func() hearsay.Day { return d.today })
	d.must(err)
}

func (d *testDesk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *testDesk) refused(err, want error) {
	d.t.Helper()
	if !errors.Is(err, want) {
		d.t.Errorf("%v; want it refused: %v", err, want)
	}
}

// message is what a source's kit would send: a whole report in the true order
// of its words.
func (d *testDesk) message(source, body string) casebook.Incoming {
	d.sent++
	return casebook.Incoming{
		Channel: casebook.ByRelay, Received: d.today, Endorsed: true,
		Fingerprint: sum("inbox of " + source), InboxKeys: [][32]byte{sum("own key of " + source), sum("reply key of " + source)},
		Inbox: []byte("public half of " + source), Author: sum("author " + source),
		Message: [16]byte{byte(d.sent >> 8), byte(d.sent)}, Parts: 1, Body: casebook.NewText(body),
	}
}

func sum(s string) [32]byte { return sha256.Sum256([]byte(s)) }

// receive takes messages in and returns how many reports are new.
func (d *testDesk) receive(messages ...casebook.Incoming) int {
	d.t.Helper()
	kept, err := d.Receive(d.t.Context(), messages)
	d.must(err)
	return kept.Reports
}

// hear takes one report in and names its source. It returns the report's place.
func (d *testDesk) hear(source, body string) int64 {
	d.t.Helper()
	if n := d.receive(d.message(source, body)); n != 1 {
		d.t.Fatalf("%d reports kept", n)
	}
	newest := d.Inbox().Reports[0]
	if newest.Source.CodeName == "" {
		id, err := d.FindSource(newest.Source.Handle)
		d.must(err)
		d.must(d.Name(d.t.Context(), "first", id, source, ""))
	}
	return newest.Place
}

// says is hear for a single statement. The words around it are each source's
// own, so that no two reports look alike.
func (d *testDesk) says(source, link string) int64 {
	d.t.Helper()
	return d.hear(source, fmt.Sprintf("%s-%d tells: [so](claim:%s).", strings.ToLower(source), d.sent, link))
}

func (d *testDesk) keyIn(editor, source, body string) int64 {
	d.t.Helper()
	place, err := d.KeyIn(d.t.Context(), editor, source, body)
	d.must(err)
	return place
}

func (d *testDesk) line(claim string) casebook.ClaimLine {
	d.t.Helper()
	for _, l := range d.Claims() {
		if l.Address == claim {
			return l
		}
	}
	d.t.Fatalf("the desk holds no %s", claim)
	return casebook.ClaimLine{}
}

func (d *testDesk) claim(claim string) casebook.ClaimView {
	d.t.Helper()
	v, err := d.Claim(d.t.Context(), d.address(claim))
	d.must(err)
	return v
}

func (d *testDesk) address(s string) hearsay.Address {
	d.t.Helper()
	a, err := hearsay.ParseAddress(s)
	d.must(err)
	return a
}

func (d *testDesk) source(codeName string) casebook.SourceID {
	d.t.Helper()
	for _, s := range d.Sources() {
		if s.CodeName == codeName {
			id, err := d.FindSource(s.Handle)
			d.must(err)
			return id
		}
	}
	d.t.Fatalf("no source %s", codeName)
	return casebook.SourceID{}
}

func (d *testDesk) sign(editor, claim string) error {
	return d.Sign(d.t.Context(), editor, d.address(claim), false)
}

func (d *testDesk) signRecord(editor, claim string) error {
	return d.Sign(d.t.Context(), editor, d.address(claim), true)
}

// holds checks what the desk holds of a claim: standing, value and who is
// behind it.
func (d *testDesk) holds(claim string, standing hearsay.Standing, says string, origins ...string) {
	d.t.Helper()
	l := d.line(claim)
	got := slices.Sorted(slices.Values(l.Origins))
	slices.Sort(origins)
	if l.Standing != standing || l.Says != says || !slices.Equal(got, origins) {
		d.t.Errorf("%s is %s %q by %v (P %.3f, fragility %d); want %s %q by %v", claim, l.Standing, l.Says, got, l.P, l.Fragility, standing, says, origins)
	}
}

// all is everything the desk holds, to compare with later.
func (d *testDesk) all() []string {
	d.t.Helper()
	var held []string
	for _, l := range d.Claims() {
		v := d.claim(l.Address)
		v.History = nil // it grows with every change, and back
		held = append(held, toJSON(d.t, v))
	}
	return held
}

func toJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// same compares what a desk held at two times.
func (d *testDesk) same(before, after []string) {
	d.t.Helper()
	for i := range max(len(before), len(after)) {
		if i >= len(before) || i >= len(after) || before[i] != after[i] {
			d.t.Errorf("before: %.3000s\nafter: %.3000s", before[min(i, len(before)-1)], after[min(i, len(after)-1)])
		}
	}
}
