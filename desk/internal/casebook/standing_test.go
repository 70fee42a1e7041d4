package casebook_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
	"hearsay/weigh"
)

// TestStanding goes through DESIGN.md's rules in their order.
func TestStanding(t *testing.T) {
	type said struct{ source, link string }
	for _, tt := range []struct {
		name     string
		said     []said
		claim    string
		standing hearsay.Standing
		says     string
		origins  []string
	}{
		{"not known: nobody speaks", nil, "border", hearsay.NotKnown, "", nil},
		{"not known: it is said that it is not known", []said{{"WREN", "border?hedge=unknown"}}, "border", hearsay.NotKnown, "", []string{"WREN"}},
		{"not known: nobody gives a value, even if one stands beside the hedge", []said{{"WREN", "border?value=closed&hedge=unknown"}}, "border", hearsay.NotKnown, "", []string{"WREN"}},
		{"chatter: one origin", []said{{"WREN", "border?value=closed"}}, "border", hearsay.Chatter, "closed", []string{"WREN"}},
		{"an unknown beside a value takes nothing from it", []said{{"WREN", "border?value=closed"}, {"ROOK", "border?hedge=unknown"}}, "border", hearsay.Chatter, "closed", []string{"WREN"}},
		{"corroborated: two origins", []said{{"WREN", "border?value=closed"}, {"ROOK", "border?value=closed"}}, "border", hearsay.Corroborated, "closed", []string{"WREN", "ROOK"}},
		{"corroborated: three origins that nobody has signed", []said{{"WREN", "border?value=closed"}, {"ROOK", "border?value=closed"}, {"LARK", "border?value=closed"}}, "border", hearsay.Corroborated, "closed", []string{"WREN", "ROOK", "LARK"}},
		{"disputed: one against one", []said{{"WREN", "border?value=closed"}, {"ROOK", "border?value=open"}}, "border", hearsay.Disputed, "open", []string{"ROOK"}},
		{"disputed: a rival that keeps .20", []said{{"WREN", "crowd?value=300"}, {"ROOK", "crowd?value=900"}}, "crowd", hearsay.Disputed, "300", []string{"WREN"}},
		{"a rival under .20 disputes nothing", []said{{"WREN", "border?value=closed"}, {"ROOK", "border?value=closed"}, {"LARK", "border?value=closed"}, {"FINCH", "border?value=closed"}, {"CROW", "border?value=open"}}, "border", hearsay.Corroborated, "closed", []string{"WREN", "ROOK", "LARK", "FINCH"}},
		{"a denial of one of two says the other", []said{{"WREN", "border?value=open&stance=denies"}}, "border", hearsay.Chatter, "closed", []string{"WREN"}},
		{"so does a denial of a truth", []said{{"WREN", "order?value=yes&stance=denies"}}, "order", hearsay.Chatter, "no", []string{"WREN"}},
		{"and it disputes who asserts it", []said{{"WREN", "order?value=yes"}, {"ROOK", "order?value=yes&stance=denies"}}, "order", hearsay.Disputed, "yes", []string{"WREN"}},
		{"and supports who says the other", []said{{"WREN", "order?value=no"}, {"ROOK", "order?value=yes&stance=denies"}}, "order", hearsay.Corroborated, "no", []string{"WREN", "ROOK"}},
		{"a denial of one of three says none of the others", []said{{"WREN", "costs?value=down&stance=denies"}}, "costs", hearsay.NotKnown, "", nil},
		{"and is no origin for what another says", []said{{"WREN", "costs?value=up"}, {"ROOK", "costs?value=down&stance=denies"}}, "costs", hearsay.Chatter, "up", []string{"WREN"}},
		{"a denial of a number names no other", []said{{"WREN", "crowd?value=300"}, {"ROOK", "crowd?value=300&stance=denies"}}, "crowd", hearsay.Chatter, "300", []string{"WREN"}},
		{"a denial alone of a number", []said{{"ROOK", "crowd?value=300&stance=denies"}}, "crowd", hearsay.NotKnown, "", nil},
		{"hedged is said all the same", []said{{"WREN", "border?value=closed&hedge=suspected"}}, "border", hearsay.Chatter, "closed", []string{"WREN"}},
		{"an exact value inside about is the same and is printed", []said{{"WREN", "crowd?value=6500&approx=about"}, {"ROOK", "crowd?value=6550"}}, "crowd", hearsay.Corroborated, "6550", []string{"WREN", "ROOK"}},
		{"bounds that hold it too", []said{{"WREN", "crowd?value=300&approx=at-least"}, {"ROOK", "crowd?value=310"}}, "crowd", hearsay.Corroborated, "310", []string{"WREN", "ROOK"}},
		{"within the tolerance is the same", []said{{"WREN", "crowd?value=6500"}, {"ROOK", "crowd?value=6600"}}, "crowd", hearsay.Corroborated, "6500", []string{"WREN", "ROOK"}},
		{"of values within it what most say is printed", []said{{"WREN", "crowd?value=6500"}, {"ROOK", "crowd?value=6600"}, {"LARK", "crowd?value=6600"}}, "crowd", hearsay.Corroborated, "6600", []string{"WREN", "ROOK", "LARK"}},
		{"of bounds the tighter is printed", []said{{"WREN", "crowd?value=10&approx=under"}, {"ROOK", "crowd?value=5&approx=under"}}, "crowd", hearsay.Corroborated, "under 5", []string{"WREN", "ROOK"}},
		{"from below too", []said{{"WREN", "crowd?value=10&approx=over"}, {"ROOK", "crowd?value=5&approx=at-least"}}, "crowd", hearsay.Corroborated, "over 10", []string{"WREN", "ROOK"}},
		{"of abouts the tighter", []said{{"WREN", "crowd?value=6600&approx=about"}, {"ROOK", "crowd?value=6500&approx=about"}}, "crowd", hearsay.Corroborated, "about 6500", []string{"WREN", "ROOK"}},
		{"a bound alone is a value", []said{{"WREN", "crowd?value=5&approx=under"}}, "crowd", hearsay.Chatter, "under 5", []string{"WREN"}},
		{"a month lies in its year", []said{{"WREN", "start?value=2009"}, {"ROOK", "start?value=2009-05"}}, "start", hearsay.Corroborated, "2009-05", []string{"WREN", "ROOK"}},
		{"texts are the same in any case", []said{{"WREN", "deed?value=Many"}, {"ROOK", "deed?value=many"}}, "deed", hearsay.Corroborated, "Many", []string{"WREN", "ROOK"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			for _, s := range tt.said {
				d.says(s.source, s.link)
			}
			d.holds(tt.claim, tt.standing, tt.says, tt.origins...)
		})
	}
}

// told is a model that answers as it is told, whatever is asked.
type told weigh.Verdict

func (told) Name() string { return "told" }

func (m told) Weigh(_ context.Context, t *weigh.Table, _ weigh.Options) (*weigh.Result, error) {
	r := &weigh.Result{Verdicts: make([]weigh.Verdict, t.Items), Sources: make([]weigh.Reliability, t.Sources)}
	for i := range r.Verdicts {
		r.Verdicts[i] = weigh.Verdict(m)
	}
	return r, nil
}

// TestBounds has the figures of DESIGN.md's rules, each at its bound and just
// beside it. The border is closed by one, two or three, and open by one.
func TestBounds(t *testing.T) {
	for _, tt := range []struct {
		name      string
		p, rival  float64
		origins   int
		support   float64
		fragility int
		ambiguous bool
		want      hearsay.Standing
	}{
		{"verified", .95, .05, 3, 3, 2, false, hearsay.Verified},
		{"P under .95", .9499, .05, 3, 3, 2, false, hearsay.Corroborated},
		{"two origins", .99, .01, 2, 2, 2, false, hearsay.Corroborated},
		{"it falls with one", .99, .01, 3, 3, 1, false, hearsay.Corroborated},
		{"corroborated", .80, .1999, 2, 2, 1, false, hearsay.Corroborated},
		{"P under .80", .7999, .1999, 2, 2, 1, false, hearsay.Chatter},
		{"one origin", .99, .01, 1, 1, 1, false, hearsay.Chatter},
		{"a rival of .20", .80, .20, 2, 2, 1, false, hearsay.Disputed},
		{"a rival of .20 beside what would be verified", .95, .20, 3, 3, 2, false, hearsay.Disputed},
		{"three of whom two depend on each other", .99, .01, 3, 2, 2, false, hearsay.Corroborated},
		{"three who all do", .99, .01, 3, 1, 1, false, hearsay.Chatter},
		{"three who may well do", .99, .01, 3, 1.9, 2, false, hearsay.Chatter},
		{"three thirds of an origin are one, and two whole ones are three", .99, .01, 3, 1./3 + 1./3 + 1./3 + 2, 2, false, hearsay.Verified},
		{"what could as well be otherwise", .99, .01, 3, 3, 2, true, hearsay.Chatter},
		{"what could as well be otherwise, and has a rival", .80, .20, 3, 3, 2, true, hearsay.Disputed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			for i, value := range append(slices.Repeat([]string{"closed"}, tt.origins), "open") {
				d.says(fmt.Sprintf("CROW-%d", i), "border?value="+value)
			}
			model := told{P: []float64{tt.rival, tt.p}, Top: 1, Support: tt.support, Fragility: tt.fragility, Ambiguous: tt.ambiguous, Other: 0}
			var err error
			d.Casebook, err = casebook.Open(t.Context(), d.store, model, func() hearsay.Day { return d.today })
			d.must(err)
			d.must(d.sign("second", "border"))
			if l := d.line("border"); l.Standing != tt.want || l.Says != "closed" {
				t.Errorf("%s %s, want %s", l.Standing, l.Says, tt.want)
			} else if (l.Otherwise == "open") != tt.ambiguous {
				t.Errorf("ambiguous %t, and it is told that it may be %q", tt.ambiguous, l.Otherwise)
			}
		})
	}
}

// TestStandingDoesNotHangOnOrder: reports come by chance, and what the desk holds
// must not hang on it. Ten values within a tolerance of their neighbours are the
// worst case: who came first once decided which were one.
func TestStandingDoesNotHangOnOrder(t *testing.T) {
	said := []string{"crowd?value=98", "crowd?value=100", "crowd?value=100", "crowd?value=102", "crowd?value=102", "crowd?value=102", "crowd?value=104", "crowd?value=100&approx=about", "crowd?value=90&approx=over", "crowd?value=106"}
	var want casebook.ClaimLine
	for turn := range 10 {
		d := newDesk(t)
		order := append(slices.Clone(said[turn:]), said[:turn]...)
		if turn%2 == 1 {
			slices.Reverse(order)
		}
		for _, link := range order {
			d.says(fmt.Sprintf("CROW-%d", slices.Index(order, link)+100*d.sent), link)
		}
		got := d.line("crowd")
		got.Origins = nil
		if turn == 0 {
			want = got
			if got.Says != "102" {
				t.Errorf("what most say is 102, and %s is printed", got.Says)
			}
		} else if toJSON(t, got) != toJSON(t, want) {
			t.Errorf("turn %d: %s, want %s", turn, toJSON(t, got), toJSON(t, want))
		}
	}
}

func TestSigning(t *testing.T) {
	three := func(t *testing.T) *testDesk {
		d := newDesk(t)
		for _, s := range []string{"WREN", "ROOK", "LARK"} {
			d.says(s, "border?value=closed")
		}
		return d
	}
	t.Run("verified: three origins, and a signature of this value", func(t *testing.T) {
		d := three(t)
		d.must(d.sign("second", "border"))
		d.holds("border", hearsay.Verified, "closed", "WREN", "ROOK", "LARK")
		if s := d.claim("border").Signatures; len(s) != 1 || !s[0].Holds || s[0].Editor != "second" || s[0].ByRecord {
			t.Errorf("%+v", s)
		}
	})
	t.Run("two origins are not verified by a signature", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		d.says("ROOK", "border?value=closed")
		d.must(d.sign("second", "border"))
		d.holds("border", hearsay.Corroborated, "closed", "WREN", "ROOK")
	})
	t.Run("a fourth origin voids it, until it is signed anew", func(t *testing.T) {
		d := three(t)
		d.must(d.sign("second", "border"))
		d.says("FINCH", "border?value=closed")
		d.holds("border", hearsay.Corroborated, "closed", "WREN", "ROOK", "LARK", "FINCH")
		if s := d.claim("border").Signatures; len(s) != 1 || s[0].Holds {
			t.Errorf("%+v", s)
		}
		d.must(d.sign("second", "border"))
		d.holds("border", hearsay.Verified, "closed", "WREN", "ROOK", "LARK", "FINCH")
	})
	t.Run("another value voids it", func(t *testing.T) {
		d := newDesk(t)
		for _, s := range []string{"WREN", "ROOK", "LARK"} {
			d.says(s, "crowd?value=6500&approx=about")
		}
		d.must(d.sign("second", "crowd"))
		d.holds("crowd", hearsay.Verified, "about 6500", "WREN", "ROOK", "LARK")
		d.says("LARK", "crowd?value=6550") // the same source, so the same origins
		d.holds("crowd", hearsay.Corroborated, "6550", "WREN", "ROOK", "LARK")
	})
	t.Run("a merge voids it", func(t *testing.T) {
		d := three(t)
		d.says("FINCH", "border?value=closed")
		d.must(d.sign("second", "border"))
		reports := d.Inbox().Reports
		d.must(d.Merge(t.Context(), "first", d.address("border"), []int64{reports[0].Place, reports[1].Place}, "one rumour"))
		d.holds("border", hearsay.Corroborated, "closed", "WREN", "ROOK", "LARK")
	})
	t.Run("a repetition by one of the origins does not", func(t *testing.T) {
		d := three(t)
		d.must(d.sign("second", "border"))
		d.says("LARK", "border?value=closed")
		d.holds("border", hearsay.Verified, "closed", "WREN", "ROOK", "LARK")
	})
	t.Run("a rival disputes even what is signed", func(t *testing.T) {
		d := three(t)
		d.must(d.sign("second", "border"))
		for i := range 3 {
			d.says(fmt.Sprintf("CROW-%d", i), "border?value=open")
		}
		if l := d.line("border"); l.Standing != hearsay.Disputed {
			t.Errorf("%+v", l)
		}
	})
	t.Run("whoever keyed in what it rests on cannot sign", func(t *testing.T) {
		d := newDesk(t)
		d.says("WREN", "border?value=closed")
		d.says("ROOK", "border?value=closed")
		d.keyIn("second", "LARK", "By voice: [closed](claim:border?value=closed)")
		d.refused(d.sign("second", "border"), casebook.ErrSigned)
		d.must(d.sign("first", "border"))
		d.holds("border", hearsay.Verified, "closed", "WREN", "ROOK", "LARK")
	})
	t.Run("a signature falls when its editor keys in what it rests on", func(t *testing.T) {
		d := three(t)
		d.must(d.sign("second", "border"))
		d.keyIn("second", "LARK", "By voice again: [closed](claim:border?value=closed)")
		d.holds("border", hearsay.Corroborated, "closed", "WREN", "ROOK", "LARK")
	})
	t.Run("keyed in against it, it may be signed", func(t *testing.T) {
		d := three(t)
		d.says("FINCH", "border?value=closed")
		d.keyIn("second", "CROW", "By voice: [open](claim:border?value=open)")
		d.must(d.sign("second", "border"))
	})
	t.Run("a desk of one cannot sign as verified", func(t *testing.T) {
		d := &testDesk{t: t, store: &memory{}, today: startDay}
		d.reopen()
		d.must(d.Enrol(t.Context(), "first", ""))
		d.must(d.Word(t.Context(), "first", testClaims...))
		for _, s := range []string{"WREN", "ROOK", "LARK"} {
			d.says(s, "border?value=closed")
		}
		d.refused(d.sign("first", "border"), casebook.ErrAlone)
		d.holds("border", hearsay.Corroborated, "closed", "WREN", "ROOK", "LARK")
	})
	t.Run("what may not be signed", func(t *testing.T) {
		d := three(t)
		d.refused(d.sign("nobody", "border"), casebook.ErrUnknown)
		d.refused(d.sign("second", "nothing"), casebook.ErrNoSuch)
		d.refused(d.sign("second", "costs"), casebook.ErrNoValue)
		d.refused(d.signRecord("second", "border"), casebook.ErrNoRecord)
	})
	t.Run("it survives a restart", func(t *testing.T) {
		d := three(t)
		d.must(d.sign("second", "border"))
		d.reopen()
		d.holds("border", hearsay.Verified, "closed", "WREN", "ROOK", "LARK")
	})
}

// TestFragilityOfAClaim: verified wants it still corroborated with any one
// origin silent.
func TestFragilityOfAClaim(t *testing.T) {
	d := newDesk(t)
	for i, want := range []int{1, 1, 2, 3} {
		d.says(fmt.Sprintf("CROW-%d", i), "border?value=closed")
		if l := d.line("border"); l.Fragility != want {
			t.Errorf("%d origins: fragility %d, want %d", i+1, l.Fragility, want)
		}
	}
	for _, o := range d.claim("border").Behind {
		if o.Without == nil || o.Without.Standing != hearsay.Corroborated || len(o.Without.Origins) != 3 {
			t.Errorf("without %s: %+v", o.Name, o.Without)
		}
	}
}

// TestReliabilityOfASource: agreement raises it, contradiction lowers it, and
// what stands alone, is not known or does not fit leaves it as it was.
func TestReliabilityOfASource(t *testing.T) {
	d := newDesk(t)
	for _, s := range []string{"WREN", "ROOK", "LARK"} {
		d.says(s, "border?value=closed")
		d.says(s, "order?value=yes")
	}
	d.says("CROW", "border?value=open")
	d.says("CROW", "order?value=no")
	d.says("FINCH", "deed?value=many")
	d.says("FINCH", "border?hedge=unknown")
	d.says("FINCH", "border?value=ajar")
	d.says("FINCH", "order?value=no&origin=a-paper") // it is the paper that errs
	right := map[string]float64{}
	for name, said := range map[string]int{"WREN": 2, "CROW": 2, "FINCH": 1} {
		v, err := d.Source(t.Context(), d.source(name), nil)
		d.must(err)
		right[name] = v.Reliability
		if v.Said != said || v.Effect != nil {
			t.Errorf("%s said %d, want %d", name, v.Said, said)
		}
	}
	if unknown := right["FINCH"]; !(right["CROW"] < unknown && unknown < right["WREN"]) {
		t.Errorf("%v: who stands alone is as reliable as an unknown source, who agrees more and who contradicts less", right)
	}
}

// TestSettledClaimsTeach: a settled claim tells how reliable those are who
// counted for themselves. Who only quotes the record shows nothing by it.
func TestSettledClaimsTeach(t *testing.T) {
	d := newDesk(t)
	d.keyIn("first", "ABACUS", "Table: [2,914](claim:arrivals?value=2914"+ministry+")")
	d.says("WREN", "arrivals?value=2914&basis=seen")
	d.says("ROOK", "arrivals?value=5000&basis=seen")
	d.says("LARK", "arrivals?value=2914&basis=told")
	right := func(name string) float64 {
		v, err := d.Source(t.Context(), d.source(name), nil)
		d.must(err)
		return v.Reliability
	}
	for i, name := range []string{"WREN", "ROOK", "LARK", "CROW"} { // each alone of something: it shows nothing
		d.says(name, fmt.Sprintf("rice@2020-01-0%d?value=5000", i+1))
	}
	d.must(d.signRecord("second", "arrivals"))
	unknown := right("CROW")
	if right("WREN") <= unknown || right("ROOK") >= unknown || right("LARK") != unknown {
		t.Errorf("who was right is held for %.3f, who was wrong for %.3f, who quoted for %.3f, and an unknown source for %.3f",
			right("WREN"), right("ROOK"), right("LARK"), unknown)
	}
	if v := d.claim("arrivals"); v.P != 1 || v.Says != "2914" || v.Fragility != 1 || len(v.Rivals) != 0 || len(v.Behind) != 1 {
		t.Errorf("the settled claim: %+v", v)
	}
}

func TestWhatDoesNotFitIsKeptAndTold(t *testing.T) {
	for _, tt := range []struct{ name, link, claim, misfit string }{
		{"another unit", "crowd?value=5&unit=households", "crowd", "unit"},
		{"a label that the claim does not have", "border?value=ajar", "border", "label"},
		{"a word for a number", "crowd?value=lots", "crowd", "number"},
		{"no period in a series", "rice?value=5", "rice", "period"},
		{"a period where there is none", "border@2020?value=closed", "border@2020", "period"},
		{"about a label", "border?value=closed&approx=about", "border", "approximate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDesk(t)
			place := d.says("WREN", tt.link)
			r, err := d.Report(place)
			d.must(err)
			if len(r.Statements) != 1 || !strings.Contains(r.Statements[0].Misfit, tt.misfit) || r.Misfits != 1 || r.Waiting {
				t.Errorf("%+v", r)
			}
			if v := d.claim(tt.claim); v.Standing != hearsay.NotKnown || len(v.Misfits) != 1 || v.Misfits[0].Source.CodeName != "WREN" {
				t.Errorf("%+v", v)
			}
		})
	}
	t.Run("a link that breaks the grammar", func(t *testing.T) {
		d := newDesk(t)
		r, err := d.Report(d.says("WREN", "border?value=closed&colour=red"))
		d.must(err)
		if len(r.Statements) != 1 || !strings.Contains(r.Statements[0].Misfit, "colour") || r.Statements[0].Claim != "" {
			t.Errorf("%+v", r.Statements)
		}
		d.holds("border", hearsay.NotKnown, "")
	})
	t.Run("a report without links waits for marking", func(t *testing.T) {
		d := newDesk(t)
		d.hear("WREN", "Nothing to tell yet.")
		if l := d.Inbox().Reports[0]; !l.Waiting || l.Statements != 0 || l.Begins != "Nothing to tell yet." {
			t.Errorf("%+v", l)
		}
	})
}

// TestCandidateClaims: an unknown key in a report opens a candidate claim; it is
// never dropped, and an editor words it before it can be public.
func TestCandidateClaims(t *testing.T) {
	d := newDesk(t)
	place := d.says("WREN", "ferry/fare?value=5&unit=won")
	if r, err := d.Report(place); err != nil || r.Misfits != 1 || !strings.Contains(r.Statements[0].Misfit, "words it first") {
		t.Errorf("%+v, %v", r, err)
	}
	d.holds("ferry/fare", hearsay.NotKnown, "")
	d.refused(d.Draft(t.Context(), "first", "b1", hearsay.News, "# One\n\n[5](claim:ferry/fare)", ""), casebook.ErrCites)
	d.says("ROOK", "ferry/fare?value=5")
	d.reopen()
	fare := casebook.Claim{Claim: hearsay.Claim{Key: "ferry/fare", Type: hearsay.Number, Question: "What does it cost?", Unit: "won"}, CouldKnow: casebook.Many, Candidate: true}
	d.must(d.Word(t.Context(), "second", fare))
	d.holds("ferry/fare", hearsay.Corroborated, "5", "WREN", "ROOK")
	d.must(d.Draft(t.Context(), "first", "b1", hearsay.News, "# One\n\nIt costs [5](claim:ferry/fare).", ""))
	d.must(d.Publish(t.Context(), "first", "b1"))
	t.Run("another wording fits what was said before", func(t *testing.T) {
		fare.Unit = "dollars"
		d.must(d.Word(t.Context(), "second", fare))
		d.holds("ferry/fare", hearsay.Chatter, "5", "ROOK")
		if v := d.claim("ferry/fare"); len(v.Misfits) != 1 {
			t.Errorf("%+v", v.Misfits)
		}
	})
	t.Run("what nothing could be stated about is refused, and none of the batch is kept", func(t *testing.T) {
		good := fare
		good.Key = "ferry/days"
		d.refused(d.Word(t.Context(), "first", good, casebook.Claim{}), hearsay.ErrClaim)
		if _, err := d.Claim(t.Context(), d.address("ferry/days")); err == nil {
			t.Error("half of a batch was kept")
		}
	})
}
