package casebook_test

import (
	"fmt"
	"testing"

	"hearsay"
)

// TestDrops: every contact of whom something was opened is acknowledged once,
// the longest waiting first, and the drops make a chain.
func TestDrops(t *testing.T) {
	d := newDesk(t)
	waiting := func(want ...string) {
		t.Helper()
		got := []string{}
		for _, inbox := range d.NextDrop(2, 0).Inboxes {
			got = append(got, string(inbox))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q wait, want %q", got, want)
		}
	}
	if first := d.NextDrop(2, 0); first.Epoch != 0 || first.Digest != [32]byte{} || len(first.Inboxes) != 0 {
		t.Errorf("%+v", first)
	}
	for _, s := range []string{"WREN", "ROOK", "LARK"} {
		d.says(s, "border?value=closed")
	}
	d.keyIn("first", "TALLY", "By voice.") // has no inbox
	waiting("public half of WREN", "public half of ROOK")
	d.must(d.Dropped(t.Context(), d.today, [32]byte{1}, d.NextDrop(2, 0)))
	waiting("public half of LARK") // beyond the room there was
	d.says("WREN", "order?value=yes")
	d.says("WREN", "costs?value=up")
	waiting("public half of LARK", "public half of WREN")
	d.reopen()
	waiting("public half of LARK", "public half of WREN")
	next := d.NextDrop(2, 0)
	if next.Epoch != d.today || next.Digest != [32]byte{1} {
		t.Errorf("the chain is broken: %+v", next)
	}
	d.says("LARK", "order?value=yes") // after the drop was made, before it is out
	d.must(d.Dropped(t.Context(), d.today+1, [32]byte{2}, next))
	waiting("public half of LARK")
	d.must(d.Dropped(t.Context(), d.today+2, [32]byte{3}, d.NextDrop(2, 0)))
	waiting()
	d.must(d.Dropped(t.Context(), d.today+3, [32]byte{4}, d.NextDrop(2, 0))) // an empty one keeps the place
	waiting()
}

func TestPulls(t *testing.T) {
	d := newDesk(t)
	if d.PulledThrough() != 0 {
		t.Errorf("%s", d.PulledThrough())
	}
	d.must(d.Pulled(t.Context(), startDay))
	d.must(d.Pulled(t.Context(), startDay-1)) // never back
	d.reopen()
	if d.PulledThrough() != startDay || d.LastDay() != startDay {
		t.Errorf("%s, %s", d.PulledThrough(), d.LastDay())
	}
}

func TestAsked(t *testing.T) {
	d := newDesk(t)
	reworded := testClaims[0]
	reworded.Question, reworded.Asked = "Is it open now?", true
	d.must(d.Word(t.Context(), "first", reworded))
	asked := d.Asked()
	if len(asked) != len(testClaims) || asked[0].Key != "border" || asked[0].Question != "Is it open now?" || !asked[0].Asked || asked[1].Key != "costs" {
		t.Errorf("%+v", asked)
	}
}

func TestCases(t *testing.T) {
	d := newDesk(t)
	d.says("WREN", "custody?value=held")
	cases := d.Cases()
	if len(cases) != 1 || cases[0].Case != "KITE-7" || cases[0].Consent != nil || len(cases[0].Claims) != 1 || cases[0].Claims[0].Says != "held" {
		t.Errorf("%+v", cases)
	}
	d.must(d.Consent(t.Context(), "first", "KITE-7", "family", "status only", false))
	if c := d.Cases()[0].Consent; c == nil || c.By != "family" || c.Public != "status only" || c.Day != d.today {
		t.Errorf("%+v", c)
	}
}

// TestHistory: what was held, and since when, is a query.
func TestHistory(t *testing.T) {
	d := newDesk(t)
	d.says("WREN", "border?value=closed")
	d.today++
	d.says("ROOK", "order?value=yes") // touches nothing here
	d.says("ROOK", "border?value=closed")
	d.today++
	d.must(d.Cut(t.Context(), "first", d.source("ROOK"), d.today-1))
	d.reopen()
	var got []string
	for _, h := range d.claim("border").History {
		got = append(got, fmt.Sprintf("%s %s %s by %d", h.On, h.Standing, h.Says, h.Origins))
	}
	want := []string{
		startDay.String() + " chatter closed by 1",
		(startDay + 1).String() + " corroborated closed by 2",
		(startDay + 2).String() + " chatter closed by 1",
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", got, want)
	}
	if h := d.claim("costs").History; len(h) != 0 {
		t.Errorf("of what nobody spoke: %+v", h)
	}
	if l := d.line("order"); l.Standing != hearsay.NotKnown {
		t.Errorf("%+v", l)
	}
}
