// Package relaytest is what tests of a relay share: the rules that every
// relay.Store must pass, [Memory], the model of one, and a [Desk] that makes
// what a relay is sent. Only tests import it.
package relaytest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"hearsay/envelope"
	"hearsay/relay"
)

// RunRules holds a store against the rules. Each call of open gives an empty store
// and arranges for its end.
func RunRules(t *testing.T, open func(t *testing.T) relay.Store) {
	for _, rule := range []struct {
		name  string
		check func(t *testing.T, s ofKind)
	}{
		{"what is appended is read back", readBack},
		{"the same bytes are kept once, whatever the day", keptOnce},
		{"days are apart, and an empty day lists nothing", daysApart},
		{"payloads come in the order asked, nil where one went", orderAsked},
		{"a full day keeps its cap and counts everyone", fullDay},
		{"many at once are all kept, each once", manyAtOnce},
		{"a closed day is shuffled once", shuffledOnce},
		{"the open day is left alone", openDay},
		{"a day goes when it is 28 days old", dayGoes},
		{"forgetting a day touches no other", forgetDay},
		{"put replaces, add does not", putAndAdd},
		{"of many adds at once one succeeds", oneAdd},
		{"records load by prefix, in the order of names", loadPrefix},
		{"a record goes after its last day", recordGoes},
		{"what a caller changes later is not in the store", noSharing},
		{"a call that was given up says so", givenUp},
		{"kinds are apart, each with its own count", kindsApart},
		{"a payload longer than its kind is refused", tooLong},
		{"a check keeps nothing", checkKeepsNothing},
	} {
		t.Run(rule.name, func(t *testing.T) {
			t.Run("triples", func(t *testing.T) { rule.check(t, ofKind{open(t), relay.Triple}) })
			t.Run("chunks", func(t *testing.T) { rule.check(t, ofKind{open(t), relay.Chunk}) })
		})
	}
}

// ofKind is a store as far as one kind of deposits goes.
type ofKind struct {
	relay.Store
	kind relay.Kind
}

func (s ofKind) Append(ctx context.Context, day envelope.Epoch, payload []byte, r relay.Reservoir) error {
	return s.Store.Append(ctx, day, relay.NewDeposit(s.kind, payload), r)
}

func (s ofKind) List(ctx context.Context, day envelope.Epoch) ([]relay.ID, error) {
	return s.Store.List(ctx, day, s.kind)
}

func (s ofKind) other() ofKind { return ofKind{s.Store, 1 - s.kind} }

func kindsApart(t *testing.T, s ofKind) {
	fill(t, s, 7, "a", "b", "c")
	fill(t, s.other(), 7, "d")
	same(t, read(t, s, 7), []string{"a", "b", "c"})
	same(t, read(t, s.other(), 7), []string{"d"})
	var asked []int
	r := relay.Reservoir{Cap: 1, IntN: func(n int) int { asked = append(asked, n); return n - 1 }}
	must(t, s.other().Append(t.Context(), 7, []byte("e"), r))
	if !slices.Equal(asked, []int{2}) {
		t.Errorf("the second of its kind was drawn out of %v", asked)
	}
	must(t, s.Turn(t.Context(), 8, reverse))
	same(t, read(t, s, 7), []string{"a", "b", "c"})
	same(t, read(t, s.other(), 7), []string{"d"})
	must(t, s.Forget(t.Context(), 7))
	same(t, read(t, s, 7), nil)
	same(t, read(t, s.other(), 7), nil)
}

func tooLong(t *testing.T, s ofKind) {
	if err := s.Append(t.Context(), 7, make([]byte, s.kind.Size()+1), roomy); err == nil {
		t.Error("it was kept")
	}
	same(t, read(t, s, 7), nil)
}

func checkKeepsNothing(t *testing.T, s ofKind) {
	must(t, s.Check(t.Context()))
	fill(t, s, 7, "a")
	must(t, s.Check(t.Context()))
	same(t, read(t, s, 7), []string{"a"})
	if records := load(t, s, ""); len(records) != 0 {
		t.Errorf("there are records: %v", records)
	}
}

// RunDurableRules holds a store that outlives its process against one rule more.
// Each call of reopen ends the store that was open and opens it again.
func RunDurableRules(t *testing.T, open func(t *testing.T) (s relay.Store, reopen func() relay.Store)) {
	RunRules(t, func(t *testing.T) relay.Store {
		s, _ := open(t)
		return s
	})
	t.Run("a store that is opened again is as it was", func(t *testing.T) {
		opened, reopen := open(t)
		s := ofKind{opened, relay.Triple}
		fill(t, s, 3, "a", "b", "c", "d")
		fill(t, s, 4, "e")
		must(t, s.Turn(t.Context(), 4, reverse))
		must(t, s.Put(t.Context(), relay.Record{Name: "charter", Until: relay.Forever, Body: []byte("one")}))
		before := read(t, s, 3)

		s.Store = reopen()
		if after := read(t, s, 3); !slices.Equal(after, before) {
			t.Errorf("the closed day was %q and is %q", before, after)
		}
		if after := read(t, s, 4); !slices.Equal(after, []string{"e"}) {
			t.Errorf("the open day is %q", after)
		}
		if r := load(t, s, ""); len(r) != 1 || string(r[0].Body) != "one" || r[0].Until != relay.Forever {
			t.Errorf("records are %v", r)
		}
		// The number of those that came is kept too: a restart must not give
		// a flood better odds.
		var asked int
		must(t, s.Append(t.Context(), 4, []byte("f"), relay.Reservoir{Cap: 1, IntN: func(n int) int { asked = n; return n - 1 }}))
		if asked != 2 {
			t.Errorf("the second of the day was drawn out of %d", asked)
		}
	})
}

func readBack(t *testing.T, s ofKind) {
	want := []string{strings.Repeat("x", s.kind.Size()), "short", "\x00\xff"}
	fill(t, s, 7, want...)
	same(t, read(t, s, 7), want)
}

func keptOnce(t *testing.T, s ofKind) {
	fill(t, s, 7, "a", "a")
	fill(t, s, 8, "a", "b")
	must(t, s.Turn(t.Context(), 9, reverse))
	fill(t, s, 9, "b", "c")
	same(t, read(t, s, 7), []string{"a"})
	same(t, read(t, s, 8), []string{"b"})
	same(t, read(t, s, 9), []string{"c"})
}

func daysApart(t *testing.T, s ofKind) {
	fill(t, s, 0, "first")
	fill(t, s, 1<<32-1, "last")
	same(t, read(t, s, 0), []string{"first"})
	same(t, read(t, s, 1<<32-1), []string{"last"})
	same(t, read(t, s, 5), nil)
}

func orderAsked(t *testing.T, s ofKind) {
	fill(t, s, 7, "a", "b", "c")
	ids := list(t, s, 7)
	slices.Reverse(ids)
	want := read(t, s, 7)
	slices.Reverse(want)
	payloads, err := s.Get(t.Context(), ids)
	must(t, err)
	for i, p := range payloads {
		if string(p) != want[i] {
			t.Errorf("payload %d is %q, want %q", i, p, want[i])
		}
	}
	must(t, s.Forget(t.Context(), 7))
	fill(t, s, 7, "z")
	payloads, err = s.Get(t.Context(), append(list(t, s, 7), 0))
	must(t, err)
	if len(payloads) != 2 || string(payloads[0]) != "z" || payloads[1] != nil {
		t.Errorf("Get = %q, want the one that is there and nil", payloads)
	}
	if payloads, err := s.Get(t.Context(), nil); err != nil || len(payloads) != 0 {
		t.Errorf("Get of nothing = %q, %v", payloads, err)
	}
}

func fullDay(t *testing.T, s ofKind) {
	var asked []int
	draw := 0
	r := relay.Reservoir{Cap: 3, IntN: func(n int) int { asked = append(asked, n); return draw }}
	add := func(payload string) {
		t.Helper()
		must(t, s.Append(t.Context(), 7, []byte(payload), r))
	}
	add("a")
	add("b")
	add("c")
	if asked != nil {
		t.Errorf("a day that was not full drew %v", asked)
	}
	draw = 3
	add("refused")
	same(t, read(t, s, 7), []string{"a", "b", "c"})
	draw = 2
	add("d")
	held := read(t, s, 7)
	if len(held) != 3 || !slices.Contains(held, "d") {
		t.Errorf("after an eviction the day holds %q", held)
	}
	add("d")
	if want := []int{4, 5}; !slices.Equal(asked, want) {
		t.Errorf("drew out of %v, want %v: everyone who came, and no duplicate", asked, want)
	}
	draw = 0
	add("refused")
	if held = read(t, s, 7); len(held) != 3 || !slices.Contains(held, "refused") {
		t.Errorf("what was refused once was not new again: %q", held)
	}
}

func manyAtOnce(t *testing.T, s ofKind) {
	const each, posters = 20, 16
	var want []string
	for i := range each * posters / 2 {
		want = append(want, fmt.Sprint("payload ", i))
	}
	errs := make([]error, posters)
	var wg sync.WaitGroup
	for p := range posters {
		wg.Go(func() { // every payload is posted by two posters
			for i := range each {
				payload := want[(p*each+i)%len(want)]
				errs[p] = errors.Join(errs[p], s.Append(t.Context(), 7, []byte(payload), roomy))
			}
		})
	}
	wg.Wait()
	must(t, errors.Join(errs...))
	same(t, read(t, s, 7), want)
}

func shuffledOnce(t *testing.T, s ofKind) {
	want := []string{"a", "b", "c", "d", "e"}
	fill(t, s, 7, want...)
	var sizes []int
	shuffle := func(n int, swap func(i, j int)) {
		sizes = append(sizes, n)
		reverse(n, swap)
	}
	must(t, s.Turn(t.Context(), 8, shuffle))
	order := read(t, s, 7)
	same(t, order, want)
	for today := envelope.Epoch(8); today < 11; today++ {
		must(t, s.Turn(t.Context(), today, shuffle))
		if again := read(t, s, 7); !slices.Equal(again, order) {
			t.Errorf("the order was %q and is %q", order, again)
		}
	}
	if !slices.Equal(sizes, []int{5}) {
		t.Errorf("shuffled %v, want once, 5", sizes)
	}

	// The order is shuffle's alone: what came first is not what stands first.
	fill(t, s, 11, "1", "2", "3")
	before := read(t, s, 11)
	must(t, s.Turn(t.Context(), 12, reverse))
	slices.Reverse(before)
	if after := read(t, s, 11); !slices.Equal(after, before) {
		t.Errorf("reversed, the day is %q, want %q", after, before)
	}
}

func openDay(t *testing.T, s ofKind) {
	fill(t, s, 7, "a", "b")
	must(t, s.Turn(t.Context(), 7, func(int, func(i, j int)) { t.Error("shuffled a day that is open") }))
	same(t, read(t, s, 7), []string{"a", "b"})
}

func dayGoes(t *testing.T, s ofKind) {
	const today = 100
	fill(t, s, today-28, "old")
	fill(t, s, today-27, "kept")
	must(t, s.Turn(t.Context(), today-1, reverse))
	same(t, read(t, s, today-28), []string{"old"})
	must(t, s.Turn(t.Context(), today, reverse))
	same(t, read(t, s, today-28), nil)
	same(t, read(t, s, today-27), []string{"kept"})
	must(t, s.Turn(t.Context(), 3, reverse)) // a clock that went back takes nothing
	same(t, read(t, s, today-27), []string{"kept"})
}

func forgetDay(t *testing.T, s ofKind) {
	fill(t, s, 7, "a")
	fill(t, s, 8, "b")
	fill(t, s, 9, "c")
	must(t, s.Turn(t.Context(), 9, reverse))
	must(t, s.Forget(t.Context(), 7))
	must(t, s.Forget(t.Context(), 7))
	must(t, s.Forget(t.Context(), 9))
	same(t, read(t, s, 7), nil)
	same(t, read(t, s, 8), []string{"b"})
	same(t, read(t, s, 9), nil)
}

func putAndAdd(t *testing.T, s ofKind) {
	must(t, s.Put(t.Context(), relay.Record{Name: "n", Until: 5, Body: []byte("one")}))
	must(t, s.Put(t.Context(), relay.Record{Name: "n", Until: 6, Body: []byte("two")}))
	err := s.Add(t.Context(), relay.Record{Name: "n", Until: 7, Body: []byte("three")})
	if !errors.Is(err, relay.ErrExists) {
		t.Errorf("Add of a name that is taken = %v, want ErrExists", err)
	}
	if r := load(t, s, "n"); len(r) != 1 || string(r[0].Body) != "two" || r[0].Until != 6 {
		t.Errorf("records are %v", r)
	}
	must(t, s.Add(t.Context(), relay.Record{Name: "empty", Until: 5}))
	if r := load(t, s, "empty"); len(r) != 1 || len(r[0].Body) != 0 {
		t.Errorf("a record without a body is %v", r)
	}
}

func oneAdd(t *testing.T, s ofKind) {
	const callers = 16
	errs := make([]error, callers)
	var wg sync.WaitGroup
	for i := range callers {
		wg.Go(func() {
			errs[i] = s.Add(t.Context(), relay.Record{Name: "n", Until: 9, Body: []byte{byte(i)}})
		})
	}
	wg.Wait()
	kept := load(t, s, "n")
	for i, err := range errs {
		if won := kept[0].Body[0] == byte(i); won != (err == nil) || !won && !errors.Is(err, relay.ErrExists) {
			t.Errorf("caller %d: won %v, err %v", i, won, err)
		}
	}
}

func loadPrefix(t *testing.T, s ofKind) {
	for _, name := range []string{"drop/1/9", "drop", "drop/0/10", "drop%", "Drop/0/1", "done/0/9", "drop_0", "drop/0/9"} {
		must(t, s.Put(t.Context(), relay.Record{Name: name, Until: 9, Body: []byte(name)}))
	}
	for prefix, want := range map[string][]string{
		"drop/":   {"drop/0/10", "drop/0/9", "drop/1/9"},
		"drop%":   {"drop%"},
		"drop_":   {"drop_0"},
		"block/":  nil,
		"done/0/": {"done/0/9"},
	} {
		var names []string
		for _, r := range load(t, s, prefix) {
			names = append(names, r.Name)
			if string(r.Body) != r.Name {
				t.Errorf("the body of %q is %q", r.Name, r.Body)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("Load(%q) = %q, want %q", prefix, names, want)
		}
	}
	if all := load(t, s, ""); len(all) != 8 {
		t.Errorf("Load of everything gave %d records", len(all))
	}
}

func recordGoes(t *testing.T, s ofKind) {
	must(t, s.Put(t.Context(), relay.Record{Name: "a", Until: 9}))
	must(t, s.Put(t.Context(), relay.Record{Name: "b", Until: 10}))
	must(t, s.Put(t.Context(), relay.Record{Name: "c", Until: relay.Forever}))
	must(t, s.Turn(t.Context(), 9, reverse))
	if r := load(t, s, ""); len(r) != 3 {
		t.Errorf("on the last day there are %d records, want 3", len(r))
	}
	must(t, s.Turn(t.Context(), 10, reverse))
	if r := load(t, s, ""); len(r) != 2 || r[0].Name != "b" {
		t.Errorf("a day later there are %v", r)
	}
	must(t, s.Add(t.Context(), relay.Record{Name: "a", Until: 12}))
}

func noSharing(t *testing.T, s ofKind) {
	payload, body := []byte("payload"), []byte("body")
	must(t, s.Append(t.Context(), 7, payload, roomy))
	must(t, s.Put(t.Context(), relay.Record{Name: "n", Until: 9, Body: body}))
	clear(payload)
	clear(body)
	got, err := s.Get(t.Context(), list(t, s, 7))
	must(t, err)
	clear(got[0])
	clear(load(t, s, "n")[0].Body)
	same(t, read(t, s, 7), []string{"payload"})
	if r := load(t, s, "n"); !bytes.Equal(r[0].Body, []byte("body")) {
		t.Errorf("the record is %q", r[0].Body)
	}
}

func givenUp(t *testing.T, s ofKind) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Append(ctx, 7, []byte("a"), roomy); !errors.Is(err, context.Canceled) {
		t.Errorf("Append = %v, want context.Canceled", err)
	}
	if _, err := s.List(ctx, 7); !errors.Is(err, context.Canceled) {
		t.Errorf("List = %v, want context.Canceled", err)
	}
}

// roomy is a reservoir that no test here fills.
var roomy = relay.Reservoir{Cap: envelope.MaxDeposits, IntN: func(n int) int { panic("drew for a day that is not full") }}

func reverse(n int, swap func(i, j int)) {
	for i := range n / 2 {
		swap(i, n-1-i)
	}
}

func fill(t *testing.T, s ofKind, day envelope.Epoch, payloads ...string) {
	t.Helper()
	for _, p := range payloads {
		must(t, s.Append(t.Context(), day, []byte(p), roomy))
	}
}

func list(t *testing.T, s ofKind, day envelope.Epoch) []relay.ID {
	t.Helper()
	ids, err := s.List(t.Context(), day)
	must(t, err)
	return ids
}

// read returns the payloads of day in the order of List.
func read(t *testing.T, s ofKind, day envelope.Epoch) []string {
	t.Helper()
	payloads, err := s.Get(t.Context(), list(t, s, day))
	must(t, err)
	var texts []string
	for _, p := range payloads {
		texts = append(texts, string(p))
	}
	return texts
}

func load(t *testing.T, s ofKind, prefix string) []relay.Record {
	t.Helper()
	records, err := s.Load(t.Context(), prefix)
	must(t, err)
	return records
}

// same compares what a day holds, in whatever order.
func same(t *testing.T, got, want []string) {
	t.Helper()
	got, want = slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want))
	if !slices.Equal(got, want) {
		t.Errorf("the day holds %.80q, want %.80q", got, want)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
