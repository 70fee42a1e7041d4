package casebook_test

import (
	"slices"
	"strings"
	"testing"

	"hearsay/desk/internal/casebook"
)

// identity is what words give: an inbox, and an author by their order.
func identity(words string) *casebook.Successor {
	return &casebook.Successor{
		Fingerprint: sum("inbox of " + words), InboxKeys: [][32]byte{sum("own key of " + words), sum("reply key of " + words)},
		Inbox: []byte("public half of " + words), Author: sum("author " + words),
	}
}

// rolls is a rollover from words to others, received some days from now.
func (d *testDesk) rolls(from, to string, after int, change ...func(*casebook.Incoming)) {
	d.t.Helper()
	in := d.message(from, "")
	for range after {
		in.Received++
	}
	in.Successor = identity(to)
	for _, c := range change {
		c(&in)
	}
	kept, err := d.Receive(d.t.Context(), []casebook.Incoming{in})
	d.must(err)
	if kept.Rollovers != 1 {
		d.t.Fatalf("kept %+v", kept)
	}
}

// writes is a report under words, received some days from now.
func (d *testDesk) writes(words string, after int, change ...func(*casebook.Incoming)) int64 {
	d.t.Helper()
	in := d.message(words, strings.ToLower(words)+" tells of something else [so](claim:border?value=closed)")
	for range after {
		in.Received++
	}
	for _, c := range change {
		c(&in)
	}
	d.receive(in)
	return d.Inbox().Reports[0].Place
}

func forced(in *casebook.Incoming) { in.Author = sum("a false order of " + string(in.Inbox)) }

// TestRollover has the rules of PROTOCOL.md 4.9: story by story, who is answered
// and what is weighed.
func TestRollover(t *testing.T) {
	type held map[string]casebook.Flag // by who wrote
	for _, tt := range []struct {
		rule    string
		play    func(d *testDesk) map[string]int64 // places of reports
		sources int
		verdict []casebook.Verdict // in the order received
		flags   held
		alarm   casebook.Flag // of the first source
		answers string        // who is answered where the first source is
	}{
		{"the new words are the same source, and it is answered under them alone", func(d *testDesk) map[string]int64 {
			a := d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 1)
			return map[string]int64{"old": a, "new": d.writes("NEW", 2)}
		}, 1, []casebook.Verdict{casebook.Followed}, held{"old": "", "new": ""}, "", "NEW"},
		{"said again it changes nothing", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 1)
			n := d.writes("NEW", 2)
			d.rolls("OLD", "NEW", 3)
			return map[string]int64{"new": n}
		}, 1, []casebook.Verdict{casebook.Followed, casebook.Repeated}, held{"new": ""}, "", "NEW"},
		{"what comes later under the old words is held apart, with an alarm", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 1)
			return map[string]int64{"the same day": d.writes("OLD", 1), "later": d.writes("OLD", 2), "new": d.writes("NEW", 2)}
		}, 1, []casebook.Verdict{casebook.Followed}, held{"the same day": "", "later": casebook.AfterRollover, "new": ""}, casebook.AfterRollover, "NEW"},
		{"in a false order it is hostile: recorded, not followed, and its words are never weighed", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 1, forced)
			return map[string]int64{"new": d.writes("NEW", 2), "old": d.writes("OLD", 3)}
		}, 1, []casebook.Verdict{casebook.Forced}, held{"new": casebook.Duress, "old": ""}, casebook.Duress, "OLD"},
		{"of two the first stands", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 1)
			d.rolls("OLD", "OTHER", 2)
			return map[string]int64{"new": d.writes("NEW", 3), "other": d.writes("OTHER", 3)}
		}, 1, []casebook.Verdict{casebook.Followed, casebook.TooLate}, held{"new": "", "other": casebook.AfterRollover}, casebook.AfterRollover, "NEW"},
		{"of two by the days on which they came, not in the order read", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "OTHER", 2)
			d.rolls("OLD", "NEW", 1)
			return map[string]int64{"new": d.writes("NEW", 3), "other": d.writes("OTHER", 3)}
		}, 1, []casebook.Verdict{casebook.TooLate, casebook.Followed}, held{"new": "", "other": casebook.AfterRollover}, casebook.AfterRollover, "NEW"},
		{"of two on one day nobody knows which is the source's: neither is followed", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 1)
			d.rolls("OLD", "OTHER", 1)
			return map[string]int64{"new": d.writes("NEW", 2), "other": d.writes("OTHER", 2), "old": d.writes("OLD", 2)}
		}, 1, []casebook.Verdict{casebook.TwoAtOnce, casebook.TwoAtOnce}, held{"new": casebook.Contested, "other": casebook.Contested, "old": ""}, casebook.Contested, "OLD"},
		{"words that wrote before are somebody's, and stay theirs", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			o := d.writes("OTHER", 0)
			d.rolls("OLD", "OTHER", 1)
			return map[string]int64{"other": o, "other later": d.writes("OTHER", 2)}
		}, 2, []casebook.Verdict{casebook.NotItsOwn}, held{"other": "", "other later": ""}, casebook.Contested, "OLD"},
		{"words that are another's new ones too", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.writes("SECOND", 0)
			d.rolls("OLD", "NEW", 1)
			d.rolls("SECOND", "NEW", 2)
			return map[string]int64{"new": d.writes("NEW", 3)}
		}, 2, []casebook.Verdict{casebook.Followed, casebook.NotItsOwn}, held{"new": ""}, "", "NEW"},
		{"an inbox of which one key is another's is refused", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			o := d.writes("OTHER", 0)
			d.rolls("OLD", "NEW", 1, func(in *casebook.Incoming) { in.Successor.InboxKeys[1] = sum("reply key of OTHER") })
			return map[string]int64{"other": o}
		}, 2, []casebook.Verdict{casebook.NotItsOwn}, held{"other": ""}, casebook.Contested, "OLD"},
		{"an inbox to itself is refused", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "OLD", 1)
			return nil
		}, 1, []casebook.Verdict{casebook.NotItsOwn}, nil, casebook.Contested, "OLD"},
		{"in a circle it stops", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 0)
			d.rolls("NEW", "OLD", 0)
			return map[string]int64{"new": d.writes("NEW", 1)}
		}, 1, []casebook.Verdict{casebook.Followed, casebook.NotItsOwn}, held{"new": ""}, casebook.Contested, "NEW"},
		{"one that the old inbox does not vouch for moves nobody", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 1, forced, func(in *casebook.Incoming) { in.Endorsed = false })
			return map[string]int64{"new": d.writes("NEW", 2)}
		}, 3, []casebook.Verdict{casebook.Unendorsed}, held{"new": ""}, "", "OLD"},
		{"on the first day of an inbox with two authors it may be forced", func(d *testDesk) map[string]int64 {
			d.rolls("OLD", "NEW", 0)
			a := d.writes("OLD", 0, forced)
			return map[string]int64{"old": a, "new": d.writes("NEW", 1)}
		}, 1, []casebook.Verdict{casebook.Forced}, held{"old": casebook.Ambiguous, "new": casebook.Duress}, casebook.Duress, "OLD"},
		{"the new words tell which order of theirs is the true one", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 1)
			return map[string]int64{"forced": d.writes("NEW", 2, forced), "free": d.writes("NEW", 3)}
		}, 1, []casebook.Verdict{casebook.Followed}, held{"forced": casebook.Duress, "free": ""}, casebook.Duress, "NEW"},
		{"and again", func(d *testDesk) map[string]int64 {
			d.writes("OLD", 0)
			d.rolls("OLD", "NEW", 1)
			d.rolls("NEW", "NEWER", 2)
			return map[string]int64{"newer": d.writes("NEWER", 3), "new": d.writes("NEW", 3)}
		}, 1, []casebook.Verdict{casebook.Followed, casebook.Followed}, held{"newer": "", "new": casebook.AfterRollover}, casebook.AfterRollover, "NEWER"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			d := newDesk(t)
			places := tt.play(d)
			for range 2 { // after a restart too
				sources := d.Sources()
				if len(sources) != tt.sources || sources[0].Alarm != tt.alarm {
					t.Errorf("%d sources, alarm %q; want %d and %q", len(sources), sources[0].Alarm, tt.sources, tt.alarm)
				}
				var verdicts []casebook.Verdict
				for _, s := range sources {
					id, err := d.FindSource(s.Handle)
					d.must(err)
					v, err := d.Source(t.Context(), id, nil)
					d.must(err)
					for _, r := range v.Rollovers {
						verdicts = append(verdicts, r.Verdict)
					}
				}
				slices.Sort(verdicts)
				if want := slices.Sorted(slices.Values(tt.verdict)); !slices.Equal(verdicts, want) {
					t.Errorf("verdicts %q, want %q", verdicts, want)
				}
				for who, place := range places {
					r, err := d.Report(place)
					d.must(err)
					if r.Flag != tt.flags[who] {
						t.Errorf("%s is filed %q, want %q", who, r.Flag, tt.flags[who])
					}
				}
				d.reopen()
			}
			id, err := d.FindSource(d.Sources()[0].Handle)
			d.must(err)
			if _, err := d.Reply(t.Context(), "first", id, "Thank you.", true); err != nil {
				t.Fatal(err)
			}
			next := d.NextDrop(0, 4)
			if len(next.Replies) != 1 || string(next.Replies[0].Inbox) != "public half of "+tt.answers {
				t.Errorf("it answers %s, want %s", next.Replies[0].Inbox, tt.answers)
			}
		})
	}
}

// TestRolloverAcks: a rollover is confirmed to the new words, whatever the desk
// makes of it, and old words are never confirmed again.
func TestRolloverAcks(t *testing.T) {
	acked := func(d *testDesk) string {
		next := d.NextDrop(10, 0)
		d.must(d.Dropped(t.Context(), d.today, [32]byte{byte(d.today)}, next))
		d.today++
		var all []string
		for _, inbox := range next.Inboxes {
			all = append(all, strings.TrimPrefix(string(inbox), "public half of "))
		}
		return strings.Join(all, " ")
	}
	for _, tt := range []struct {
		rule   string
		change func(*casebook.Incoming)
	}{{"followed", func(*casebook.Incoming) {}}, {"hostile", forced}} {
		t.Run(tt.rule, func(t *testing.T) {
			d := newDesk(t)
			d.writes("OLD", 0)
			if got := acked(d); got != "OLD" {
				t.Errorf("first %q", got)
			}
			d.rolls("OLD", "NEW", 0, tt.change)
			if got := acked(d); got != "NEW" {
				t.Errorf("of the rollover %q", got)
			}
			d.writes("NEW", 0)
			if got := acked(d); got != "NEW" {
				t.Errorf("of the new words %q", got)
			}
		})
	}
	t.Run("a report of the same day is confirmed to the new words", func(t *testing.T) {
		d := newDesk(t)
		d.writes("OLD", 0)
		d.rolls("OLD", "NEW", 0)
		if got := acked(d); got != "NEW" {
			t.Errorf("%q", got)
		}
	})
	t.Run("a hostile rollover takes no confirmation from what came before", func(t *testing.T) {
		d := newDesk(t)
		d.writes("OLD", 0)
		acked(d)
		d.writes("OLD", 0)
		d.rolls("OLD", "NEW", 0, forced)
		if got := acked(d); got != "OLD NEW" {
			t.Errorf("%q", got)
		}
	})
	t.Run("nobody who has the old words is told anything", func(t *testing.T) {
		d := newDesk(t)
		d.writes("OLD", 0)
		d.rolls("OLD", "NEW", 0)
		acked(d)
		d.writes("OLD", 1)
		d.rolls("OLD", "OTHER", 2)
		if got := acked(d); got != "" {
			t.Errorf("%q", got)
		}
	})
}

// TestRolloverIsOneVoice: new words give a source no second voice.
func TestRolloverIsOneVoice(t *testing.T) {
	d := newDesk(t)
	d.says("OLD", "border?value=closed&basis=seen")
	d.writes("NEW", 0) // read before the rollover of the same day
	d.holds("border", "corroborated", "closed", "", "OLD")
	d.rolls("OLD", "NEW", 0)
	d.holds("border", "chatter", "closed", "OLD")
	t.Run("a cut covers both", func(t *testing.T) {
		d.must(d.Cut(t.Context(), "first", d.source("OLD"), d.today))
		if l := d.line("border"); l.Says != "" {
			t.Errorf("%+v", l)
		}
		d.must(d.LiftCut(t.Context(), "first", d.source("OLD")))
		d.holds("border", "chatter", "closed", "OLD")
	})
	t.Run("one that was set on the new words alone still holds", func(t *testing.T) {
		d := newDesk(t)
		d.says("OLD", "border?value=closed&basis=seen")
		d.says("NEW", "costs?value=up")
		d.must(d.Cut(t.Context(), "first", d.source("NEW"), d.today))
		d.rolls("OLD", "NEW", 0)
		if l := d.line("costs"); l.Says != "" {
			t.Errorf("%+v", l)
		}
		d.holds("border", "chatter", "closed", "OLD")
	})
	t.Run("by either handle it is the same page", func(t *testing.T) {
		d := newDesk(t)
		d.says("OLD", "border?value=closed")
		d.says("NEW", "costs?value=up")
		handle := casebook.Handle(d.source("NEW"))
		d.rolls("OLD", "NEW", 0)
		id, err := d.FindSource(handle)
		d.must(err)
		v, err := d.Source(t.Context(), id, nil)
		d.must(err)
		if v.CodeName != "OLD" || len(v.Reports) != 2 || v.SourceLine.Reports != 2 || len(v.Contacts) != 2 {
			t.Errorf("%+v", v)
		}
	})
}

func TestAdmit(t *testing.T) {
	d := newDesk(t)
	first := d.writes("OLD", 0)
	d.rolls("OLD", "NEW", 0)
	late := d.writes("OLD", 9)
	ctx := t.Context()
	d.refused(d.Admit(ctx, "first", first, "x"), casebook.ErrNotHeld)
	d.refused(d.Admit(ctx, "first", late, " "), casebook.ErrReason)
	d.refused(d.Admit(ctx, "first", 1, "x"), casebook.ErrNoSuch)
	d.refused(d.Admit(ctx, "nobody", late, "x"), casebook.ErrUnknown)
	d.must(d.Admit(ctx, "first", late, "a parcel that was long on its way"))
	d.reopen()
	if r, err := d.Report(late); err != nil || r.Flag != "" {
		t.Errorf("%q, %v", r.Flag, err)
	}
	if later, err := d.Report(d.writes("OLD", 10)); err != nil || later.Flag != casebook.AfterRollover {
		t.Errorf("the next is %q, %v", later.Flag, err)
	}
}

// TestLift has PROTOCOL.md section 5, "Lifting".
func TestLift(t *testing.T) {
	ctx := t.Context()
	t.Run("two editors together make a false order one of the source's own", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "costs?value=up")
		d.today++
		false1 := d.writes("WREN", 0, forced)
		other := d.writes("WREN", 0, func(in *casebook.Incoming) { in.Author = sum("yet another order") })
		flag := func(place int64) casebook.Flag {
			t.Helper()
			r, err := d.Report(place)
			d.must(err)
			return r.Flag
		}
		d.refused(d.Lift(ctx, "first", false1, ""), casebook.ErrReason)
		d.must(d.Lift(ctx, "first", false1, "she told me of the slip"))
		d.refused(d.Lift(ctx, "first", false1, "she did"), casebook.ErrTwice)
		if flag(false1) != casebook.Duress {
			t.Error("one editor alone lifts it")
		}
		d.must(d.Lift(ctx, "second", false1, "heard it too"))
		for range 2 {
			if flag(false1) != "" || flag(other) != casebook.Duress {
				t.Errorf("lifted %q, the other order %q", flag(false1), flag(other))
			}
			if later := d.writes("WREN", 1, forced); flag(later) != "" {
				t.Errorf("a later one is %q", flag(later))
			}
			if normal := d.writes("WREN", 1); flag(normal) != "" {
				t.Errorf("the first order is %q", flag(normal))
			}
			r, err := d.Report(false1)
			d.must(err)
			if len(r.Lifts) != 2 || r.Lifts[0].Editor != "first" || r.Lifts[1].Why != "heard it too" {
				t.Errorf("what is kept of it: %+v", r.Lifts)
			}
			d.reopen()
		}
		d.refused(d.Lift(ctx, "first", false1, "again"), casebook.ErrNoOrder)
	})
	t.Run("the alarm goes when nothing is left of it", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "costs?value=up")
		d.today++
		place := d.writes("WREN", 0, forced)
		d.must(d.Lift(ctx, "first", place, "x"))
		d.must(d.Lift(ctx, "second", place, "y"))
		if s := d.Sources()[0]; s.Alarm != "" {
			t.Errorf("%q", s.Alarm)
		}
		d.holds("border", "chatter", "closed", "WREN")
	})
	t.Run("of two orders of one day they can say which is the source's", func(t *testing.T) {
		d := newDesk(t)
		a, b := d.writes("WREN", 0), d.writes("WREN", 0, forced)
		d.must(d.Lift(ctx, "first", a, "x"))
		d.must(d.Lift(ctx, "second", a, "y"))
		ra, err := d.Report(a)
		d.must(err)
		rb, err := d.Report(b)
		d.must(err)
		if ra.Flag != "" || rb.Flag != casebook.Duress {
			t.Errorf("it is %q, and the other %q", ra.Flag, rb.Flag)
		}
	})
	t.Run("a rollover in that order is followed then", func(t *testing.T) {
		d := newDesk(t)
		d.writes("OLD", 0)
		d.rolls("OLD", "NEW", 1, forced)
		n := d.writes("NEW", 2)
		id, err := d.FindSource(d.Sources()[0].Handle)
		d.must(err)
		v, err := d.Source(ctx, id, nil)
		d.must(err)
		place := v.Rollovers[0].Place
		d.must(d.Lift(ctx, "first", place, "x"))
		d.must(d.Lift(ctx, "second", place, "y"))
		if v, err = d.Source(ctx, id, nil); err != nil || v.Rollovers[0].Verdict != casebook.Followed || len(v.Rollovers[0].Lifts) != 2 {
			t.Errorf("%+v, %v", v.Rollovers, err)
		}
		if r, err := d.Report(n); err != nil || r.Flag != "" {
			t.Errorf("%q, %v", r.Flag, err)
		}
	})
	t.Run("nothing else can be lifted", func(t *testing.T) {
		d := newDesk(t)
		good := d.writes("WREN", 0)
		strange := d.writes("WREN", 0, forced, func(in *casebook.Incoming) { in.Endorsed = false })
		keyed := d.keyIn("first", "TALLY", "By voice.")
		for _, place := range []int64{good, strange, keyed} {
			d.refused(d.Lift(ctx, "first", place, "x"), casebook.ErrNoOrder)
		}
		d.refused(d.Lift(ctx, "first", 1, "x"), casebook.ErrNoSuch)
	})
	t.Run("a desk of one editor lifts nothing", func(t *testing.T) {
		store := &memory{}
		d := &testDesk{t: t, store: store, today: startDay}
		d.reopen()
		d.must(d.Enrol(ctx, "alone", "v"))
		d.writes("WREN", 0)
		place := d.writes("WREN", 1, forced)
		d.refused(d.Lift(ctx, "alone", place, "x"), casebook.ErrLiftAlone)
	})
}
