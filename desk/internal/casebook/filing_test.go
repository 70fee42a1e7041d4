package casebook_test

import (
	"slices"
	"strings"
	"testing"

	"hearsay/desk/internal/casebook"
)

// arrival is one message of a story about one inbox.
type arrival struct {
	day     int // after the first
	author  string
	change  func(*casebook.Incoming)
	want    casebook.Flag
	because string
}

// TestFiling has the table of PROTOCOL.md section 5.
func TestFiling(t *testing.T) {
	unendorsed := func(in *casebook.Incoming) { in.Endorsed = false }
	otherInbox := func(in *casebook.Incoming) { in.Fingerprint = sum("another inbox") }
	for _, tt := range []struct {
		name string
		sent []arrival
	}{
		{"the first author of an inbox is the normal one", []arrival{{0, "a", nil, "", "new"}, {1, "a", nil, "", "the same"}, {30, "a", nil, "", "later"}}},
		{"another author that the inbox endorses was forced", []arrival{
			{0, "a", nil, "", "new"}, {1, "b", nil, casebook.Duress, "another order of the words"},
			{2, "a", nil, "", "the true order still counts"}, {3, "b", nil, casebook.Duress, "again"}, {3, "c", nil, casebook.Duress, "a third order"},
		}},
		{"of two authors first seen on one day nobody knows which is forced", []arrival{
			{0, "a", nil, casebook.Ambiguous, "in hindsight"}, {0, "b", nil, casebook.Ambiguous, "the same day"},
			{1, "a", nil, casebook.Ambiguous, "for good"}, {1, "b", nil, casebook.Ambiguous, "for good"}, {2, "c", nil, casebook.Duress, "a third, later"},
		}},
		{"what the inbox does not endorse is a claim, and shown apart", []arrival{
			{0, "a", nil, "", "new"}, {0, "x", unendorsed, casebook.Unverified, "no signature"}, {2, "a", nil, "", "the source is not touched by it"},
			{3, "x", unendorsed, casebook.Unverified, "again"},
		}},
		{"an unendorsed first message begins no contact", []arrival{
			{0, "x", unendorsed, casebook.Unverified, "no signature"}, {0, "a", nil, "", "the real source is new, and not ambiguous"}, {1, "x", nil, casebook.Duress, "endorsed now, but not the first"},
		}},
		{"an inbox with a key that another inbox has is a claim", []arrival{
			{0, "a", nil, "", "new"}, {1, "x", otherInbox, casebook.Unverified, "it takes another's keys"},
			{2, "x", otherInbox, casebook.Unverified, "and does not take the inbox over by trying again"}, {3, "a", nil, "", "nor cast doubt on it"},
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			var places []int64
			for i, a := range tt.sent {
				d.today = startDay + 10 // the desk was away: what counts is when the message came
				in := d.message("WREN", strings.Repeat("x ", i+1))
				in.Received = startDay - 100
				for range a.day {
					in.Received++
				}
				in.Author = sum("author " + a.author)
				if a.change != nil {
					a.change(&in)
				}
				if n := d.receive(in); n != 1 {
					t.Fatalf("%s: %d kept", a.because, n)
				}
				places = append(places, d.Inbox().Reports[0].Place)
			}
			for range 2 { // after a restart too
				for i, a := range tt.sent {
					r, err := d.Report(places[i])
					d.must(err)
					if r.Flag != a.want {
						t.Errorf("day %d, author %s is %q, want %q: %s", a.day, a.author, r.Flag, a.want, a.because)
					}
				}
				d.reopen()
			}
		})
	}
}

func TestAlarm(t *testing.T) {
	t.Run("it sticks to the source, and its other reports still count", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		d.today++
		in := d.message("WREN", "I am well. [open](claim:border?value=open)")
		in.Author = sum("a false order")
		d.receive(in)
		d.today++
		d.says("WREN", "order?value=yes")
		if s := d.Sources(); len(s) != 1 || s[0].Alarm != casebook.Duress || s[0].Reports != 3 {
			t.Errorf("%+v", s)
		}
		d.holds("border", "chatter", "closed", "WREN")
		d.holds("order", "chatter", "yes", "WREN")
	})
	t.Run("of two the worse stays", func(t *testing.T) {
		d := newDesk(t)
		for i, author := range []string{"a", "b", "c", "a"} {
			in := d.message("WREN", strings.Repeat("x", i))
			in.Author = sum(author)
			if i == 2 {
				d.today++
				in.Received++
			}
			d.receive(in)
			if got, want := d.Sources()[0].Alarm, []casebook.Flag{"", casebook.Ambiguous, casebook.Duress, casebook.Duress}[i]; got != want {
				t.Errorf("after message %d: %q, want %q", i+1, got, want)
			}
		}
	})
	t.Run("a claim to an inbox is shown under a source of its own, which is not acknowledged", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		in := d.message("WREN", "[open](claim:border?value=open)")
		in.Endorsed, in.Author = false, sum("somebody")
		d.receive(in)
		if s := d.Sources(); len(s) != 2 || s[0].Alarm != "" || s[1].Alarm != casebook.Unverified {
			t.Errorf("%+v", s)
		}
		if drop := d.NextDrop(10, 0); len(drop.Inboxes) != 1 {
			t.Errorf("%d inboxes are acknowledged, want one", len(drop.Inboxes))
		}
		d.holds("border", "chatter", "closed", "WREN")
	})
	t.Run("who was forced is acknowledged like everybody", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		d.must(d.Dropped(t.Context(), d.today, [32]byte{1}, d.NextDrop(10, 0)))
		d.today++
		in := d.message("WREN", "I am well.")
		in.Author = sum("a false order")
		d.receive(in)
		if drop := d.NextDrop(10, 0); len(drop.Inboxes) != 1 || string(drop.Inboxes[0]) != "public half of WREN" {
			t.Errorf("%q", drop.Inboxes)
		}
	})
	t.Run("what an editor keyed in is not in doubt when two authors write on one day", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		keyed := d.keyIn("first", "WREN", "By voice: [yes](claim:order?value=yes)")
		in := d.message("WREN", "Another. [open](claim:border?value=open)")
		in.Author = sum("another order")
		d.receive(in)
		if r, err := d.Report(keyed); err != nil || r.Flag != "" {
			t.Errorf("%q, %v", r.Flag, err)
		}
		d.holds("order", "chatter", "yes", "WREN")
		d.holds("border", "not known", "")
	})
}

func TestAMessageComesInOnce(t *testing.T) {
	d := newDesk(t)
	in := d.message("WREN", "Nothing to tell yet.")
	if n := d.receive(in, in, in); n != 1 {
		t.Errorf("in three slots: %d kept", n)
	}
	if n := d.receive(in); n != 0 {
		t.Errorf("pulled again: %d kept", n)
	}
	d.reopen()
	if n := d.receive(in); n != 0 {
		t.Errorf("pulled after a restart: %d kept", n)
	}
	other := in
	other.Message[15]++
	if n := d.receive(other); n != 1 {
		t.Errorf("the same words in another message: %d kept", n)
	}
	stranger := d.message("ROOK", "Nothing to tell yet.")
	stranger.Message = in.Message
	if n := d.receive(stranger); n != 1 {
		t.Errorf("the same number from another author: %d kept", n)
	}
	if got := len(d.Inbox().Reports); got != 3 {
		t.Errorf("%d reports", got)
	}
}

// parts cuts a message in three, as a kit does.
func parts(in casebook.Incoming, bodies ...string) (all []casebook.Incoming) {
	for i, body := range bodies {
		in.Part, in.Parts, in.Body = uint8(i), uint8(len(bodies)), casebook.NewText(body)
		all = append(all, in)
	}
	return all
}

func TestAMessageInParts(t *testing.T) {
	const whole = "One, [closed](claim:bor" + "der?value=closed), and th" + "ree."
	bodies := []string{"One, [closed](claim:bor", "der?value=closed), and th", "ree."}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}, {0, 0, 1, 1, 2, 2, 0}, {2, 2, 2, 1, 0, 1}} {
		d := newDesk(t)
		all := parts(d.message("WREN", ""), bodies...)
		kept := 0
		for i, part := range order {
			kept += d.receive(all[part])
			if i%2 == 0 {
				d.reopen() // between parts the desk may stop
			}
		}
		reports := d.Inbox().Reports
		if kept != 1 || len(reports) != 1 {
			t.Fatalf("in order %v: %d kept, %d in the inbox", order, kept, len(reports))
		}
		r, err := d.Report(reports[0].Place)
		if err != nil || r.Body != whole || len(r.Statements) != 1 {
			t.Errorf("in order %v: %q, %v", order, r.Body, err)
		}
	}
	t.Run("all at once", func(t *testing.T) {
		d := newDesk(t)
		all := parts(d.message("WREN", ""), bodies...)
		if n := d.receive(slices.Concat(all, all)...); n != 1 {
			t.Errorf("%d kept", n)
		}
	})
	t.Run("what is not whole waits, and is not acknowledged", func(t *testing.T) {
		d := newDesk(t)
		d.receive(parts(d.message("WREN", ""), bodies...)[:2]...)
		if n, drop := len(d.Inbox().Reports), d.NextDrop(10, 0); n != 0 || len(drop.Inboxes) != 0 {
			t.Errorf("%d reports, %d acknowledged", n, len(drop.Inboxes))
		}
	})
	t.Run("parts of one number do not mix with those of another", func(t *testing.T) {
		d := newDesk(t)
		in := d.message("WREN", "")
		three, two := parts(in, "a", "b", "c"), parts(in, "x", "y")
		if n := d.receive(three[0], two[1], three[2], two[0], three[1]); n != 1 {
			t.Errorf("%d kept", n)
		}
		if r, err := d.Report(d.Inbox().Reports[0].Place); err != nil || r.Body != "xy" {
			t.Errorf("%q, %v", r.Body, err)
		}
	})
	t.Run("a part beyond the last is passed over", func(t *testing.T) {
		d := newDesk(t)
		in := d.message("WREN", "x")
		for _, bad := range [][2]uint8{{0, 0}, {1, 1}, {3, 3}, {0, 4}, {255, 255}} {
			in.Part, in.Parts = bad[0], bad[1]
			if n := d.receive(in); n != 0 {
				t.Errorf("part %d of %d: %d kept", bad[0], bad[1], n)
			}
		}
	})
}

func TestHostileReports(t *testing.T) {
	for name, body := range map[string]string{
		"empty":                 "",
		"broken UTF-8":          "\xff\xfe [x](claim:border?value=closed)",
		"zeros":                 strings.Repeat("\x00", 9_870),
		"nothing but links":     strings.Repeat("[a](claim:border?value=open)", 350),
		"brackets":              strings.Repeat("[", 9_000),
		"quotation in it":       strings.Repeat("> ", 4_000) + "x",
		"an old year as a date": "[x](claim:start?value=0999)",
		"a number too long":     "[x](claim:crowd?value=" + strings.Repeat("9", 399) + ")",
		"a key that is none":    "[x](claim:../../etc?value=5)",
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			in := d.message("WREN", body)
			if n := d.receive(in); n != 1 {
				t.Fatalf("%d kept", n)
			}
			d.reopen()
			r, err := d.Report(d.Inbox().Reports[0].Place)
			d.must(err)
			if len(toJSON(t, r)) == 0 {
				t.Error("it cannot be shown")
			}
			toJSON(t, d.Claims())
			d.says("ROOK", "border?value=closed") // and the desk works on
		})
	}
	t.Run("a report without a body is a report", func(t *testing.T) {
		d := newDesk(t)
		in := d.message("WREN", "")
		in.Body = casebook.Text{}
		if n := d.receive(in); n != 1 {
			t.Errorf("%d kept", n)
		}
	})
}
