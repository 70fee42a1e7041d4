package casebook_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// TestAnyStory draws what sources send and what editors do, and holds the desk
// to what must be so whatever happens.
func TestAnyStory(t *testing.T) {
	names := []string{"WREN", "ROOK", "LARK", "CROW", "FINCH", "HERON"}
	links := []string{
		"border?value=closed", "border?value=open", "border?value=open&stance=denies", "border?hedge=unknown", "border?value=ajar",
		"crowd?value=6500&approx=about", "crowd?value=6550", "crowd?value=300", "crowd?value=300&stance=denies", "crowd?value=200&approx=over",
		"arrivals?value=12" + ministry, "arrivals?value=13&vintage=2020" + ministry, "arrivals?value=14&basis=seen", "arrivals?value=12&basis=published",
		"costs?value=up&origin=survey", "costs?value=up&stance=denies", "costs?value=down&basis=published", "ferry?value=5",
	}
	claims := []string{"border", "crowd", "arrivals", "costs"}
	rapid.Check(t, func(rt *rapid.T) {
		d := newDesk(t)
		pick := func(from []string, label string) string { return rapid.SampledFrom(from).Draw(rt, label) }
		sent := 0
		for range rapid.IntRange(3, 12).Draw(rt, "acts") {
			d.today += hearsay.Day(rapid.IntRange(0, 1).Draw(rt, "days"))
			switch rapid.IntRange(0, 9).Draw(rt, "act") {
			default:
				d.says(pick(names, "source"), pick(links, "link"))
				sent++
			case 6:
				if _, err := d.KeyIn(t.Context(), pick([]string{"first", "second"}, "editor"), pick([]string{"ABACUS", "TALLY"}, "source"), fmt.Sprintf("By voice %d: [so](claim:%s)", sent, pick(links, "link"))); err != nil {
					rt.Fatal(err)
				}
				sent++
			case 7:
				_ = d.Sign(t.Context(), pick([]string{"first", "second"}, "editor"), d.address(pick(claims, "claim")), rapid.Bool().Draw(rt, "by record")) // or it is refused
			case 8:
				in := d.message(pick(names, "source"), "I am well. [so](claim:"+pick(links, "link")+")")
				in.Author = sum("a false order")
				d.receive(in)
				sent++
			case 9:
				if s := d.Sources(); len(s) > 0 {
					id, err := d.FindSource(s[rapid.IntRange(0, len(s)-1).Draw(rt, "source")].Handle)
					d.must(err)
					d.must(d.Cut(t.Context(), "first", id, d.today-hearsay.Day(rapid.IntRange(0, 2).Draw(rt, "since"))))
				}
			}
		}
		if got := len(d.Inbox().Reports); got != sent {
			rt.Fatalf("%d reports of %d", got, sent)
		}
		before := d.all()
		for _, l := range d.Claims() {
			checkRule(rt, d.claim(l.Address))
		}
		checkNothingDropped(rt, d)
		d.reopen()
		if !slices.Equal(before, d.all()) {
			rt.Fatal("read again it is another desk")
		}
		for _, s := range d.Sources() {
			if s.Cut != nil {
				continue
			}
			id, err := d.FindSource(s.Handle)
			d.must(err)
			d.must(d.Cut(t.Context(), "first", id, startDay))
			d.must(d.LiftCut(t.Context(), "second", id))
			if !slices.Equal(before, d.all()) {
				rt.Fatal("a cut that was lifted left a trace")
			}
			break
		}
	})
}

// checkRule works the standing out again from what the claim's page shows.
func checkRule(t *rapid.T, v casebook.ClaimView) {
	signed := func(byRecord bool) bool {
		return slices.ContainsFunc(v.Signatures, func(s casebook.SignatureView) bool { return s.Holds && s.ByRecord == byRecord })
	}
	want := hearsay.Chatter
	switch n := len(v.Origins); {
	case v.Says == "":
		want = hearsay.NotKnown
	case v.Record != "" && signed(true):
		want = hearsay.VerifiedByRecord
	case len(v.Rivals) > 0 && v.Rivals[0].P >= .20:
		want = hearsay.Disputed
	case n >= 3 && v.P >= .95 && v.Fragility >= 2 && signed(false):
		want = hearsay.Verified
	case n >= 2 && v.P >= .80:
		want = hearsay.Corroborated
	}
	if v.Standing != want {
		t.Fatalf("%s is %s, and by the rules %s: %+v", v.Address, v.Standing, want, v.ClaimLine)
	}
	for _, o := range v.Behind {
		for _, s := range o.Statements {
			if s.Out != "" || s.Misfit != "" {
				t.Fatalf("%s rests on what carries no weight: %+v", v.Address, s)
			}
		}
		if v.Standing == hearsay.Verified && (o.Without == nil || o.Without.Standing != hearsay.Corroborated && o.Without.Standing != hearsay.Verified) {
			t.Fatalf("%s is verified, and without %s %+v", v.Address, o.Name, o.Without)
		}
	}
}

// checkNothingDropped looks for every statement of every report on the page of
// its claim.
func checkNothingDropped(t *rapid.T, d *testDesk) {
	for _, line := range d.Inbox().Reports {
		r, err := d.Report(line.Place)
		d.must(err)
		for _, s := range r.Statements {
			v := d.claim(s.Claim)
			shown := slices.Concat(v.Denials, v.Silent, v.Out, v.Aside, v.Misfits)
			for _, o := range v.Behind {
				shown = append(shown, o.Statements...)
			}
			for _, rival := range v.Rivals {
				for _, o := range rival.Origins {
					shown = append(shown, o.Statements...)
				}
			}
			if !slices.ContainsFunc(shown, func(o casebook.StatementView) bool { return o.Report == s.Report && o.Start == s.Start }) {
				t.Fatalf("%s does not show %+v", s.Claim, s)
			}
		}
	}
}
