package casebook_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

func (d *testDesk) reply(to, text string) int64 {
	d.t.Helper()
	place, err := d.Reply(d.t.Context(), "first", d.source(to), text, false)
	d.must(err)
	return place
}

// drop signs the drop of the day, and returns who is answered in it and with
// what.
func (d *testDesk) drop() []string {
	d.t.Helper()
	next := d.NextDrop(10, 4)
	d.must(d.Dropped(d.t.Context(), d.today, [32]byte{byte(d.today)}, next))
	d.today++
	var all []string
	for _, r := range next.Replies {
		all = append(all, strings.TrimPrefix(string(r.Inbox), "public half of ")+" "+r.Text.Reveal()[:1])
	}
	return all
}

func partsOf(n int, mark string) string { return mark + strings.Repeat("x", 3290*(n-1)+1) }

func TestReply(t *testing.T) {
	ctx := t.Context()
	t.Run("it goes with the next drop, once", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		d.reply("WREN", "a reply")
		d.reopen()
		if got := d.drop(); !slices.Equal(got, []string{"WREN a"}) {
			t.Errorf("%q", got)
		}
		d.reopen()
		if got := d.drop(); len(got) != 0 {
			t.Errorf("again %q", got)
		}
	})
	t.Run("what finds no room waits, the longest waiting first, and a reply is never cut in two", func(t *testing.T) {
		d := newDesk(t)
		for _, s := range []string{"WREN", "ROOK", "LARK", "FINCH"} {
			d.says(s, "border?value=closed")
		}
		d.reply("WREN", partsOf(2, "a"))
		d.reply("ROOK", partsOf(3, "b"))
		d.reply("LARK", partsOf(1, "c"))
		d.reply("FINCH", partsOf(2, "d"))
		for i, want := range [][]string{{"WREN a", "LARK c"}, {"ROOK b"}, {"FINCH d"}, nil} {
			if v := d.Replies(4, casebook.SourceID{}); i == 0 {
				var goes []int
				for _, r := range v.Waiting {
					goes = append(goes, int(*r.Goes-d.today))
				}
				if !slices.Equal(goes, []int{0, 1, 0, 2}) || v.Taken != 3 || v.Next != d.today {
					t.Errorf("it says that they go after %v days, with %d rows taken", goes, v.Taken)
				}
			}
			if got := d.drop(); !slices.Equal(got, want) {
				t.Errorf("drop %d answers %q, want %q", i+1, got, want)
			}
		}
	})
	t.Run("none overtakes an earlier one to the same source", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		d.says("ROOK", "border?value=closed")
		d.reply("ROOK", partsOf(3, "a"))
		d.reply("WREN", partsOf(2, "b"))
		d.reply("WREN", partsOf(1, "c"))
		if got := d.drop(); !slices.Equal(got, []string{"ROOK a"}) {
			t.Errorf("%q", got)
		}
		if got := d.drop(); !slices.Equal(got, []string{"WREN b", "WREN c"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("it can be undone until it is in a signed drop", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		a, b := d.reply("WREN", "a"), d.reply("WREN", "b")
		d.must(d.UndoReply(ctx, "second", a))
		d.refused(d.UndoReply(ctx, "second", a), casebook.ErrReplyUndone)
		d.reopen()
		if got := d.drop(); !slices.Equal(got, []string{"WREN b"}) {
			t.Errorf("%q", got)
		}
		d.refused(d.UndoReply(ctx, "first", b), casebook.ErrReplySent)
		d.refused(d.UndoReply(ctx, "first", 1), casebook.ErrNoSuch)
	})
	t.Run("one that is undone while its drop is made keeps the drop from going out", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		a := d.reply("WREN", "a")
		next := d.NextDrop(10, 4)
		d.must(d.UndoReply(ctx, "first", a))
		d.refused(d.Dropped(ctx, d.today, [32]byte{1}, next), casebook.ErrQueue)
		if got := d.drop(); len(got) != 0 {
			t.Errorf("%q", got)
		}
	})
	t.Run("who has no inbox is not answered", func(t *testing.T) {
		d := newDesk(t)
		d.keyIn("first", "TALLY", "By voice.")
		_, err := d.Reply(ctx, "first", d.source("TALLY"), "x", true)
		d.refused(err, casebook.ErrNoInbox)
	})
	t.Run("nor is who no inbox vouches for", func(t *testing.T) {
		d := newDesk(t)
		d.writes("WREN", 0, func(in *casebook.Incoming) { in.Endorsed = false })
		id, err := d.FindSource(d.Sources()[0].Handle)
		d.must(err)
		_, err = d.Reply(ctx, "first", id, "x", true)
		d.refused(err, casebook.ErrUnvouched)
	})
	for name, watch := range map[string]func(d *testDesk){
		"under duress":    func(d *testDesk) { d.writes("WREN", 1, forced) },
		"of two authors":  func(d *testDesk) { d.writes("WREN", 0, forced) },
		"that may be cut": func(d *testDesk) { d.must(d.Cut(ctx, "first", d.source("WREN"), d.today)) },
	} {
		t.Run("a source "+name+" is answered only by who means it", func(t *testing.T) {
			d := newDesk(t)
			d.says("WREN", "border?value=closed")
			before := d.reply("WREN", "a")
			watch(d)
			if watched, err := d.Answerable(d.source("WREN")); err != nil || !watched {
				t.Errorf("%v, %v", watched, err)
			}
			_, err := d.Reply(ctx, "first", d.source("WREN"), "b", false)
			d.refused(err, casebook.ErrWatched)
			if v := d.Inbox(); v.Replies != 1 || v.Held != 1 {
				t.Errorf("%d wait, %d held", v.Replies, v.Held)
			}
			if got := d.drop(); len(got) != 0 {
				t.Errorf("what was written before goes: %q", got)
			}
			if v := d.Replies(4, d.source("WREN")); len(v.Waiting) != 1 || !v.Waiting[0].Held || v.Waiting[0].Goes != nil {
				t.Errorf("%+v", v.Waiting)
			}
			d.must(d.MeanReply(ctx, "first", before))
			_, err = d.Reply(ctx, "first", d.source("WREN"), "b", true)
			d.must(err)
			d.reopen()
			if got := d.drop(); !slices.Equal(got, []string{"WREN a", "WREN b"}) {
				t.Errorf("%q", got)
			}
		})
	}
	t.Run("one that waits when the words change goes to the new ones", func(t *testing.T) {
		d := newDesk(t)
		d.says("OLD", "border?value=closed")
		d.reply("OLD", "a")
		d.rolls("OLD", "NEW", 0)
		if got := d.drop(); !slices.Equal(got, []string{"NEW a"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("the page of one source shows its own", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		d.says("ROOK", "border?value=closed")
		d.reply("WREN", "a")
		d.reply("ROOK", "b")
		if v := d.Replies(4, d.source("ROOK")); len(v.Waiting) != 1 || v.Waiting[0].Text != "b" {
			t.Errorf("%+v", v.Waiting)
		}
	})
	for text, want := range map[string]error{
		"": casebook.ErrReplyText, " \n ": casebook.ErrReplyText, "\xff": casebook.ErrReplyText,
		strings.Repeat("x", 3*3290+1): casebook.ErrReplyText, strings.Repeat("가", 3290): casebook.ErrReplyText,
		strings.Repeat("x", 3*3290): nil, strings.Repeat("가", 3*1096): nil, " \r\nwith \r\nlines ": nil,
	} {
		t.Run(fmt.Sprintf("a text of %d bytes, %.5q", len(text), text), func(t *testing.T) {
			d := newDesk(t)
			d.says("WREN", "border?value=closed")
			_, err := d.Reply(ctx, "first", d.source("WREN"), text, false)
			if !errors.Is(err, want) {
				t.Errorf("%v, want %v", err, want)
			}
		})
	}
}

func TestFit(t *testing.T) {
	for _, tt := range []struct {
		name string
		text string
		want casebook.Fit
	}{
		{"nothing", "", casebook.Fit{Parts: 1, Left: 9870}},
		{"a word", "hello", casebook.Fit{Parts: 1, Left: 9865}},
		{"one part exactly", strings.Repeat("x", 3290), casebook.Fit{Parts: 1, Left: 6580}},
		{"a byte more", strings.Repeat("x", 3291), casebook.Fit{Parts: 2, Left: 6579}},
		{"all three", strings.Repeat("x", 9870), casebook.Fit{Parts: 3}},
		{"a byte too many", strings.Repeat("x", 9871), casebook.Fit{Parts: 3, Over: 1}},
		{"characters are not cut", strings.Repeat("가", 1097), casebook.Fit{Parts: 2, Left: 3287 + 3290}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := casebook.FitOf(tt.text); got != tt.want {
				t.Errorf("%+v, want %+v", got, tt.want)
			}
		})
	}
}

// TestEveryReplyGoes: whatever is queued, and whatever is queued behind it, goes
// within as many drops as there were before it, and none of a drop's rows twice.
func TestEveryReplyGoes(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		for i := range 4 {
			d.says(fmt.Sprintf("BIRD-%d", i), "border?value=closed")
		}
		wrote := map[string]hearsay.Day{} // by text, the day by which it must be out
		waiting := 0
		for i := range rapid.IntRange(1, 12).Draw(rt, "steps") {
			if rapid.Bool().Draw(rt, "drop") {
				next := d.NextDrop(10, 4)
				rows := 0
				for _, r := range next.Replies {
					rows += casebook.FitOf(r.Text.Reveal()).Parts
					if by, ok := wrote[r.Text.Reveal()]; !ok || d.today > by {
						rt.Errorf("a reply goes on %s, twice or later than %s", d.today, by)
					}
					delete(wrote, r.Text.Reveal())
					waiting--
				}
				if rows > 4 {
					rt.Errorf("%d rows", rows)
				}
				d.must(d.Dropped(t.Context(), d.today, [32]byte{1}, next))
				d.today++
				continue
			}
			text := fmt.Sprint(i, " ") + partsOf(rapid.IntRange(1, 3).Draw(rt, "parts"), "")
			d.reply(fmt.Sprintf("BIRD-%d", rapid.IntRange(0, 3).Draw(rt, "to")), text)
			wrote[text] = d.today + hearsay.Day(waiting)
			waiting++
		}
		for range waiting {
			for _, r := range d.NextDrop(10, 4).Replies {
				delete(wrote, r.Text.Reveal())
			}
			d.drop()
		}
		if len(wrote) != 0 {
			rt.Errorf("%d never go", len(wrote))
		}
	})
}
