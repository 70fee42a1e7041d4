package casebook_test

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearsay/desk/internal/casebook"
)

// announces is a manifest of one file, with a report of that message where it is
// not zero.
func (d *testDesk) announces(words string, report [16]byte, name string) casebook.Incoming {
	in := d.message(words, "")
	in.Manifest = &casebook.IncomingManifest{Report: report, Files: []casebook.FileKeys{
		{Key: sum("key of " + name), Size: 70_000, Chunks: 2, Digest: sum("content of " + name), Name: name},
	}}
	return in
}

func (d *testDesk) take(messages ...casebook.Incoming) casebook.Kept {
	d.t.Helper()
	kept, err := d.Receive(d.t.Context(), messages)
	d.must(err)
	return kept
}

func TestManifests(t *testing.T) {
	ctx := t.Context()
	t.Run("files stand with their report, whichever comes first", func(t *testing.T) {
		for _, first := range []string{"report", "manifest"} {
			d := newDesk(t)
			report := d.message("WREN", "a photo of it")
			manifest := d.announces("WREN", report.Message, "photo-1.jpg")
			if first == "report" {
				d.take(report, manifest)
			} else {
				d.take(manifest)
				if v := d.Inbox(); len(v.Loose) != 1 || v.Loose[0].Report != 0 {
					t.Errorf("before the report: %+v", v.Loose)
				}
				d.take(report)
			}
			d.reopen()
			line := d.Inbox().Reports[0]
			r, err := d.Report(line.Place)
			d.must(err)
			if line.Files != 1 || len(r.Enclosed) != 1 || r.Enclosed[0].Files[0].Name != "photo-1.jpg" || r.Enclosed[0].Report != line.Place || len(d.Inbox().Loose) != 0 {
				t.Errorf("%s first: %+v", first, r.Enclosed)
			}
		}
	})
	t.Run("another source's report is not theirs", func(t *testing.T) {
		d := newDesk(t)
		report := d.message("WREN", "mine")
		d.take(report, d.announces("ROOK", report.Message, "photo-1.jpg"))
		if v := d.Inbox(); len(v.Loose) != 1 || v.Reports[0].Files != 0 {
			t.Errorf("%+v", v)
		}
	})
	t.Run("files of no report stand by themselves, under their source", func(t *testing.T) {
		d := newDesk(t)
		d.take(d.announces("WREN", [16]byte{}, "photo-1.jpg"))
		v, err := d.Source(ctx, must(d.FindSource(d.Sources()[0].Handle))(t), nil)
		if err != nil || len(v.Loose) != 1 {
			t.Errorf("%+v, %v", v.Loose, err)
		}
	})
	t.Run("what becomes of a file is kept, once", func(t *testing.T) {
		d := newDesk(t)
		d.take(d.announces("WREN", [16]byte{}, "a"), d.announces("WREN", [16]byte{}, "b"))
		files := d.Files()
		if len(files) != 2 || files[0].State != casebook.Coming || files[0].Name != "a" {
			t.Fatalf("%d files", len(files))
		}
		d.must(d.Filed(ctx, files[0].Place, casebook.Whole))
		d.must(d.Filed(ctx, files[1].Place, casebook.Damaged))
		d.must(d.Filed(ctx, files[0].Place, casebook.Damaged)) // too late
		d.reopen()
		if files = d.Files(); files[0].State != casebook.Whole || files[1].State != casebook.Damaged {
			t.Errorf("%q and %q", files[0].State, files[1].State)
		}
		d.refused(d.Filed(ctx, casebook.FilePlace{Manifest: 1}, casebook.Whole), casebook.ErrNoSuch)
		_, err := d.File(casebook.FilePlace{Manifest: files[0].Place.Manifest, File: 1})
		d.refused(err, casebook.ErrNoSuch)
		_, err = d.Manifest(1)
		d.refused(err, casebook.ErrNoSuch)
	})
	t.Run("a manifest is confirmed, filed and flagged like a report", func(t *testing.T) {
		d := newDesk(t)
		d.take(d.announces("WREN", [16]byte{}, "a"))
		if next := d.NextDrop(10, 0); len(next.Inboxes) != 1 {
			t.Errorf("%d confirmed", len(next.Inboxes))
		}
		in := d.announces("WREN", [16]byte{}, "b")
		in.Received++
		forced(&in)
		d.take(in)
		if v := d.Inbox(); v.Loose[0].Flag != casebook.Duress || d.Sources()[0].Alarm != casebook.Duress {
			t.Errorf("%q", v.Loose[0].Flag)
		}
	})
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// TestUnread: what opens and cannot be read is kept, counted and confirmed.
func TestUnread(t *testing.T) {
	d := newDesk(t)
	in := d.message("WREN", "\x02 a form of another version")
	in.Unread, in.Parts = 2, 3
	for range 2 {
		d.take(in)
		in.Part = 2
		d.take(in)
		in.Part = 0
		if n := d.Unread(); n != 2 {
			t.Errorf("%d unread", n)
		}
		d.reopen()
	}
	if next := d.NextDrop(10, 0); len(next.Inboxes) != 1 || len(d.Inbox().Reports) != 0 {
		t.Errorf("%d confirmed, %d reports", len(next.Inboxes), len(d.Inbox().Reports))
	}
	bodies := 0
	d.must(d.store.Load(t.Context(), func(r casebook.Record) error {
		if r.Kind == "unread" && strings.HasPrefix(r.Body.Reveal(), "\x02 a form") {
			bodies++
		}
		return nil
	}))
	if bodies != 2 {
		t.Errorf("the bytes of %d are kept", bodies)
	}
}

// holding is what a desk holds, said without ids and places.
func (d *testDesk) holding() string {
	d.t.Helper()
	var all []string
	for _, s := range d.Sources() {
		v := must(d.Source(d.t.Context(), must(d.FindSource(s.Handle))(d.t), nil))(d.t)
		var one []string
		for _, r := range v.Reports {
			report := must(d.Report(r.Place))(d.t)
			line := fmt.Sprint("report ", r.Received-startDay, " ", r.Flag, " ", report.Body)
			for _, m := range report.Enclosed {
				line += fmt.Sprint(" with ", m.Received-startDay, m.Flag, m.Files)
			}
			one = append(one, line)
		}
		for _, m := range v.Loose {
			one = append(one, fmt.Sprint("loose ", m.Received-startDay, m.Flag, m.Files))
		}
		for _, r := range v.Rollovers {
			one = append(one, fmt.Sprint("rollover ", r.Received-startDay, r.Verdict))
		}
		for _, c := range v.Contacts {
			one = append(one, fmt.Sprint("contact ", c.Since-startDay, c.State))
		}
		slices.Sort(one)
		all = append(all, fmt.Sprint(s.Alarm, s.Reports, " ", strings.Join(one, "; ")))
	}
	slices.Sort(all)
	var inboxes []string
	for _, in := range d.NextDrop(256, 0).Inboxes {
		inboxes = append(inboxes, string(in))
	}
	slices.Sort(inboxes)
	return fmt.Sprint(strings.Join(all, "\n"), "\n", inboxes, "\n", d.line("border"), d.Unread())
}

// TestAnyOrder: messages of a day come shuffled, and some come again on that day
// or a later one. What the desk holds depends on neither.
func TestAnyOrder(t *testing.T) {
	type sent struct {
		day int
		in  casebook.Incoming
	}
	rapid.Check(t, func(rt *rapid.T) {
		script := newDesk(t)
		var story []sent
		add := func(day int, in casebook.Incoming) {
			for range day {
				in.Received++
			}
			story = append(story, sent{day, in})
		}
		order := func(in *casebook.Incoming) {
			if rapid.IntRange(0, 4).Draw(rt, "forced") == 0 {
				forced(in)
			}
		}
		words := map[string]string{} // of two sources, those in use
		for n := range rapid.IntRange(1, 9).Draw(rt, "messages") {
			day := rapid.IntRange(0, 3).Draw(rt, "day")
			who := rapid.SampledFrom([]string{"WREN", "ROOK"}).Draw(rt, "source")
			with := cmp.Or(words[who], who)
			in := script.message(with, fmt.Sprint(n, " [so](claim:border?value=closed)"))
			order(&in)
			switch rapid.IntRange(0, 5).Draw(rt, "kind") {
			case 0:
				in.Successor = identity(fmt.Sprint(who, n))
				words[who] = fmt.Sprint(who, n)
			case 1:
				in = script.announces(with, [16]byte{0, byte(script.sent)}, fmt.Sprint("file", n))
				order(&in)
			case 2: // a report in two parts
				one := in
				one.Parts, in.Parts, in.Part = 2, 2, 1
				add(day, one)
			case 3:
				in.Unread = 9
			}
			add(day, in)
		}
		play := func(story []sent) string {
			d := newDesk(t)
			for _, s := range story {
				d.take(s.in)
			}
			before := d.holding()
			d.reopen()
			if after := d.holding(); after != before {
				rt.Fatalf("after a restart\n%s\nbefore\n%s", after, before)
			}
			return before
		}
		slices.SortStableFunc(story, func(a, b sent) int { return cmp.Compare(a.day, b.day) })
		want := play(story)
		other := rapid.Permutation(story).Draw(rt, "order")
		slices.SortStableFunc(other, func(a, b sent) int { return cmp.Compare(a.day, b.day) })
		for _, again := range rapid.SliceOfN(rapid.SampledFrom(story), 0, 4).Draw(rt, "again") {
			at := slices.IndexFunc(other, func(s sent) bool { return s.day > again.day })
			if at < 0 {
				at = len(other)
			}
			other = slices.Insert(other, rapid.IntRange(at, len(other)).Draw(rt, "at"), again)
		}
		if got := play(other); got != want {
			rt.Errorf("in another order\n%s\nwant\n%s", got, want)
		}
	})
}
