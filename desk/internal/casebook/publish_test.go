package casebook_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

func (d *testDesk) draft(id, text string) {
	d.t.Helper()
	d.must(d.Draft(d.t.Context(), "first", id, hearsay.News, text, ""))
}

func (d *testDesk) override(editor, id, claim string) error {
	return d.Override(d.t.Context(), editor, id, claim, "the family asked for it")
}

func (d *testDesk) publish(id string) error { return d.Publish(d.t.Context(), "first", id) }

func TestOverride(t *testing.T) {
	blocked := func(t *testing.T) *testDesk {
		d := newDesk(t)
		d.says("WREN", "camp?value=guarded&basis=seen")
		d.draft("b1", camp)
		return d
	}
	t.Run("two editors with a reason let it pass", func(t *testing.T) {
		d := blocked(t)
		d.refused(d.publish("b1"), casebook.ErrBlocked)
		d.must(d.override("first", "b1", "camp"))
		d.refused(d.publish("b1"), casebook.ErrBlocked)
		d.must(d.override("second", "b1", "camp"))
		d.reopen()
		d.must(d.publish("b1"))
		v, err := d.Bulletin(t.Context(), "b1")
		if err != nil || len(v.Overrides) != 2 || v.Overrides[0].Why != "the family asked for it" || v.Overrides[1].Editor != "second" {
			t.Errorf("%+v, %v", v.Overrides, err)
		}
	})
	t.Run("one editor twice does not", func(t *testing.T) {
		d := blocked(t)
		d.must(d.override("first", "b1", "camp"))
		d.refused(d.override("first", "b1", "camp"), casebook.ErrTwice)
		d.refused(d.publish("b1"), casebook.ErrBlocked)
	})
	t.Run("a desk of one cannot", func(t *testing.T) {
		d := &testDesk{t: t, store: &memory{}, today: startDay}
		d.reopen()
		d.must(d.Enrol(t.Context(), "first", ""))
		d.must(d.Word(t.Context(), "first", testClaims...))
		d.says("WREN", "camp?value=guarded&basis=seen")
		d.draft("b1", camp)
		d.must(d.override("first", "b1", "camp"))
		d.refused(d.override("second", "b1", "camp"), casebook.ErrUnknown)
		d.refused(d.publish("b1"), casebook.ErrBlocked)
	})
	t.Run("another text needs another", func(t *testing.T) {
		d := blocked(t)
		d.must(d.override("first", "b1", "camp"))
		d.must(d.override("second", "b1", "camp"))
		d.draft("b1", camp+" Still.")
		d.refused(d.publish("b1"), casebook.ErrBlocked)
		v, err := d.Bulletin(t.Context(), "b1")
		if err != nil || len(v.Overrides) != 2 || v.Overrides[0].Holds || !v.Blocked {
			t.Errorf("%+v, %v", v, err)
		}
		d.draft("b1", camp)
		d.must(d.publish("b1"))
	})
	t.Run("it does not cover another bulletin with the same text", func(t *testing.T) {
		d := blocked(t)
		d.must(d.override("first", "b1", "camp"))
		d.must(d.override("second", "b1", "camp"))
		d.draft("b2", camp)
		d.refused(d.publish("b2"), casebook.ErrBlocked)
	})
	t.Run("nor what is blocked of another claim, or of the text", func(t *testing.T) {
		d := blocked(t)
		d.says("WREN", "custody?value=held")
		d.draft("b1", camp+" The person [is held](claim:custody), says WREN.")
		d.must(d.override("first", "b1", "camp"))
		d.must(d.override("second", "b1", "camp"))
		var b *casebook.Blocked
		if err := d.publish("b1"); !errors.As(err, &b) || b.Error() != "the gate blocks it: code name, consent" {
			t.Fatalf("%v", err)
		}
		for _, editor := range []string{"first", "second"} {
			d.must(d.override(editor, "b1", "custody"))
			d.must(d.override(editor, "b1", ""))
		}
		d.must(d.publish("b1"))
	})
	t.Run("nor what the gate finds later", func(t *testing.T) {
		d := newDesk(t)
		few := testClaims[len(testClaims)-1]
		few.CouldKnow = 6
		d.must(d.Word(t.Context(), "first", few))
		d.must(d.Consent(t.Context(), "first", "KITE-7", "family", "status only", false))
		d.says("WREN", "custody?value=held")
		d.draft("b1", "# One\n\nThe person [is held](claim:custody).")
		d.must(d.override("first", "b1", "custody"))
		d.must(d.override("second", "b1", "custody"))
		d.must(d.Consent(t.Context(), "second", "KITE-7", "family", "", true))
		var b *casebook.Blocked
		if err := d.publish("b1"); !errors.As(err, &b) || b.Error() != "the gate blocks it: consent" {
			t.Fatalf("%v", err)
		}
		d.must(d.override("first", "b1", "custody")) // one may speak again, since there is something new
		d.must(d.override("second", "b1", "custody"))
		d.must(d.publish("b1"))
	})
	t.Run("nor a circle of people grown smaller", func(t *testing.T) {
		d := blocked(t)
		d.must(d.override("first", "b1", "camp"))
		d.must(d.override("second", "b1", "camp"))
		c := testClaims[slices.IndexFunc(testClaims, func(c casebook.Claim) bool { return c.Key == "camp" })]
		c.CouldKnow = 2
		d.must(d.Word(t.Context(), "first", c))
		d.refused(d.publish("b1"), casebook.ErrBlocked)
	})
	t.Run("what may not be", func(t *testing.T) {
		d := blocked(t)
		d.refused(d.override("first", "b9", "camp"), casebook.ErrNoSuch)
		d.refused(d.override("nobody", "b1", "camp"), casebook.ErrUnknown)
		d.refused(d.override("first", "b1", "border"), casebook.ErrNothingBlocked)
		d.refused(d.override("first", "b1", ""), casebook.ErrNothingBlocked)
		d.refused(d.Override(t.Context(), "first", "b1", "camp", " "), casebook.ErrReason)
		d.says("WREN", "border?value=closed")
		d.draft("b2", "# Two\n\nThe border is [closed](claim:border).")
		d.refused(d.override("first", "b2", "border"), casebook.ErrNothingBlocked)
		d.must(d.publish("b2"))
		d.refused(d.override("first", "b2", "border"), casebook.ErrPublished)
	})
}

func TestDrafts(t *testing.T) {
	d := newDesk(t)
	d.says("WREN", "border?value=closed")
	draft := func(id string, kind hearsay.BulletinKind, text, corrects string) error {
		return d.Draft(t.Context(), "first", id, kind, text, corrects)
	}
	const good = "# One\n\nThe border is [closed](claim:border)."
	for _, tt := range []struct {
		name, id string
		kind     hearsay.BulletinKind
		text     string
		corrects string
		want     error
	}{
		{"a bulletin", "b1", hearsay.News, good, "", nil},
		{"another text for it", "b1", hearsay.News, good + " Still.", "", nil},
		{"one without a citation", "b2", hearsay.News, "# Two\n\nWords.", "", nil},
		{"no id", "", hearsay.News, good, "", casebook.ErrBulletin},
		{"an id that is no slug", "b/1", hearsay.News, good, "", casebook.ErrBulletin},
		{"the id of another in other case", "B1", hearsay.News, good, "", casebook.ErrPublished},
		{"no title", "b3", hearsay.News, "Words.", "", casebook.ErrBulletin},
		{"a title in a quotation", "b3", hearsay.News, "> # One\n\nWords.", "", casebook.ErrBulletin},
		{"nothing but a title", "b3", hearsay.News, "# One", "", casebook.ErrBulletin},
		{"no text", "b3", hearsay.News, "", "", casebook.ErrBulletin},
		{"more than 256 KiB", "b3", hearsay.News, "# One\n\n" + strings.Repeat("word ", 60_000), "", casebook.ErrBulletin},
		{"an unknown kind", "b3", "advert", good, "", casebook.ErrBulletin},
		{"a statement where a citation should be", "b3", hearsay.News, "# One\n\n[closed](claim:border?value=closed)", "", casebook.ErrCites},
		{"a link that breaks the grammar", "b3", hearsay.News, "# One\n\n[closed](claim:BORDER)", "", casebook.ErrCites},
		{"a claim that there is not", "b3", hearsay.News, "# One\n\n[closed](claim:nothing)", "", casebook.ErrCites},
		{"news that corrects", "b3", hearsay.News, good, "b1", casebook.ErrCorrection},
		{"a correction of nothing", "b3", hearsay.Correction, good, "", casebook.ErrCorrection},
		{"a correction of what is not published", "b3", hearsay.Correction, good, "b1", casebook.ErrCorrection},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := draft(tt.id, tt.kind, tt.text, tt.corrects); !errors.Is(err, tt.want) {
				t.Errorf("%v, want %v", err, tt.want)
			}
		})
	}
	d.refused(d.Draft(t.Context(), "nobody", "b1", hearsay.News, good, ""), casebook.ErrUnknown)
	d.refused(d.publish("b9"), casebook.ErrNoSuch)
	d.refused(d.Publish(t.Context(), "nobody", "b1"), casebook.ErrUnknown)
	t.Run("a citation of a day of which nothing is held is blocked", func(t *testing.T) {
		d.draft("b4", "# Four\n\nRice costs [much](claim:rice@2020-02-06).")
		d.blocks(hearsay.News, "# Four\n\nRice costs [much](claim:rice@2020-02-06).", "", casebook.RuleReach, "rice@2020-02-06")
		d.refused(d.publish("b4"), casebook.ErrBlocked)
		for _, editor := range []string{"first", "second"} {
			d.must(d.override(editor, "b4", "rice@2020-02-06"))
		}
		d.refused(d.publish("b4"), casebook.ErrNoSuch)
	})
}

func (d *testDesk) edition() hearsay.Edition {
	return d.Edition(hearsay.Desk{Name: "Desk", ID: "00", Key: "k"})
}

func (d *testDesk) editionBytes() string {
	d.t.Helper()
	b, err := hearsay.MarshalEdition(d.edition())
	d.must(err)
	if _, err := hearsay.UnmarshalEdition(b); err != nil && d.edition().Serial > 0 {
		d.t.Errorf("the site would not take it: %v", err)
	}
	return string(b)
}

// TestPublishing: what is printed never changes; a correction adds.
func TestPublishing(t *testing.T) {
	d := newDesk(t)
	if e := d.edition(); e.Serial != 0 || len(e.Bulletins) != 0 {
		t.Fatalf("%+v", e)
	}
	d.says("WREN", "crowd?value=300")
	d.draft("B1", "# One\n\nThere came [300](claim:crowd).\r\nSo it is.")
	d.must(d.publish("B1"))
	first := d.edition()
	d.editionBytes()
	if first.Serial != 1 || first.Published != d.today || first.Desk.From != d.today || len(first.Bulletins) != 1 || len(first.Claims) != 1 {
		t.Fatalf("%+v", first)
	}
	b1 := first.Bulletins[0]
	if b1.Title != "One" || b1.Text != "# One\n\nThere came [300](claim:crowd).\nSo it is." || len(b1.Cites) != 1 || b1.Cites[0].Standing != hearsay.Chatter || b1.Cites[0].Value.Text != "300" {
		t.Errorf("%+v", b1)
	}
	d.refused(d.publish("B1"), casebook.ErrPublished)
	d.refused(d.Draft(t.Context(), "first", "B1", hearsay.News, "# One\n\nOther words.", ""), casebook.ErrPublished)
	d.refused(d.Draft(t.Context(), "first", "b1", hearsay.News, "# One\n\nOther words.", ""), casebook.ErrPublished)

	before := d.editionBytes()
	d.today++
	for i := range 3 {
		d.says(fmt.Sprintf("CROW-%d", i), "crowd?value=900")
	}
	if after := d.editionBytes(); after != before {
		t.Error("what the desk learns moved what it has printed")
	}
	d.must(d.Draft(t.Context(), "second", "C1", hearsay.Correction, "# Two\n\nThere came [900](claim:crowd), not 300.", "B1"))
	if after := d.editionBytes(); after != before {
		t.Error("a draft moved what is printed")
	}
	d.must(d.publish("C1"))
	second := d.edition()
	d.editionBytes()
	again := second.Bulletins[0]
	again.CorrectedBy = nil
	if toJSON(t, again) != toJSON(t, b1) || !slices.Equal(second.Bulletins[0].CorrectedBy, []string{"C1"}) || second.Bulletins[1].Corrects != "B1" {
		t.Errorf("%+v\n%+v", second.Bulletins[0], b1)
	}
	if len(first.Bulletins[0].CorrectedBy) != 0 {
		t.Error("an edition that was handed out has changed")
	}
	claim := second.Claims[0]
	if len(claim.Assessments) != 2 || claim.Assessments[0].Value.Text != "300" || claim.Latest().Value.Text != "900" || !slices.Equal(claim.CitedBy, []string{"B1", "C1"}) {
		t.Errorf("%+v", claim)
	}
	if second.Serial != 2 || second.Published != startDay+1 || second.Desk.From != startDay {
		t.Errorf("%+v", second)
	}
	before = d.editionBytes()
	d.reopen()
	if after := d.editionBytes(); after != before {
		t.Errorf("read again it is another:\n%s\n%s", before, after)
	}
	if v, err := d.Bulletin(t.Context(), "B1"); err != nil || !v.Published || len(v.Findings) != 0 {
		t.Errorf("%+v, %v", v, err)
	}
	if v := d.claim("crowd"); !slices.Equal(v.CitedBy, []string{"B1", "C1"}) {
		t.Errorf("%+v", v.CitedBy)
	}
}

// TestWhatThePublicSees: a claim in public shows its standing in a word; counts
// only where the many or the public could have known it.
func TestWhatThePublicSees(t *testing.T) {
	publish := func(t *testing.T, claim string, said ...string) hearsay.Assessment {
		d := newDesk(t)
		d.must(d.Consent(t.Context(), "first", "KITE-7", "family", "status only", false))
		for i, link := range said {
			d.says(fmt.Sprintf("CROW-%d", i), link)
		}
		d.draft("b1", "# One\n\nOf [this](claim:"+claim+").")
		d.must(d.publish("b1"))
		text := d.editionBytes()
		for _, private := range []string{"CROW-", "crow-", "could_know", "500", "KITE", "statement", "source", "handle"} {
			if strings.Contains(text, private) {
				t.Errorf("the edition says %q: %s", private, text)
			}
		}
		return d.edition().Claims[0].Latest()
	}
	t.Run("what few could have known shows no count", func(t *testing.T) {
		if a := publish(t, "custody", "custody?value=held", "custody?value=held"); a.Standing != hearsay.Corroborated || a.Origins != 0 || a.Fragility != 0 || a.Probability != nil {
			t.Errorf("%+v", a)
		}
	})
	t.Run("what the many know does", func(t *testing.T) {
		if a := publish(t, "border", "border?value=closed", "border?value=closed"); a.Standing != hearsay.Corroborated || a.Origins != 2 || a.Fragility != 1 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("so does what was published of it", func(t *testing.T) {
		if a := publish(t, "custody", "custody?value=held", "custody?value=held&basis=published"); a.Origins != 2 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("what is not known has none", func(t *testing.T) {
		if a := publish(t, "border", "border?hedge=unknown"); a.Standing != hearsay.NotKnown || !a.Value.IsZero() || a.Origins != 0 || a.Fragility != 0 {
			t.Errorf("%+v", a)
		}
	})
	t.Run("without twenty settled claims no probability", func(t *testing.T) {
		if a := publish(t, "border", "border?value=closed"); a.Probability != nil {
			t.Errorf("%v", *a.Probability)
		}
	})
	t.Run("an approximation has its interval, a bound none", func(t *testing.T) {
		if a := publish(t, "crowd", "crowd?value=300&approx=about"); !slices.Equal(a.Interval, []float64{270, 330}) {
			t.Errorf("%+v", a)
		}
		if a := publish(t, "crowd", "crowd?value=300"); a.Interval != nil {
			t.Errorf("%+v", a)
		}
		if a := publish(t, "crowd", "crowd?value=300&approx=over"); a.Interval != nil {
			t.Errorf("%+v", a)
		}
	})
}

// TestCalibrated: with twenty settled claims P is printed, and still not where
// it would tell how few spoke.
func TestCalibrated(t *testing.T) {
	d := newDesk(t)
	d.must(d.Consent(t.Context(), "first", "KITE-7", "family", "status only", false))
	d.says("WREN", "border?value=closed")
	d.says("WREN", "custody?value=held")
	var claims []casebook.Claim
	var body strings.Builder
	for i := range 20 {
		c := testClaims[slices.IndexFunc(testClaims, func(c casebook.Claim) bool { return c.Key == "arrivals" })]
		c.Key = fmt.Sprintf("arrivals/%d", 2000+i)
		claims = append(claims, c)
		fmt.Fprintf(&body, "[%d](claim:%s?value=%d%s) ", i, c.Key, i, ministry)
	}
	d.must(d.Word(t.Context(), "first", claims...))
	d.keyIn("first", "ABACUS", body.String())
	for i, c := range claims {
		if l := d.line("border"); l.Calibrated {
			t.Fatalf("calibrated with %d settled claims", i)
		}
		d.must(d.signRecord("second", c.Key))
	}
	if v := d.claim("border"); !v.Calibrated || v.Settled != 20 {
		t.Fatalf("with %d settled claims calibrated %t", v.Settled, v.Calibrated)
	}
	d.draft("b1", "# One\n\nThe border is [closed](claim:border), the person [held](claim:custody).")
	d.must(d.publish("b1"))
	cites := d.edition().Bulletins[0].Cites
	if cites[0].Probability == nil || *cites[0].Probability != .75 || cites[1].Probability != nil {
		t.Errorf("%+v", cites)
	}
}

func TestSeries(t *testing.T) {
	d := newDesk(t)
	var claims []casebook.Claim
	for _, year := range []string{"2016", "2009"} {
		c := testClaims[slices.IndexFunc(testClaims, func(c casebook.Claim) bool { return c.Key == "arrivals" })]
		c.Key = "arrivals/" + year
		claims = append(claims, c)
	}
	d.must(d.Word(t.Context(), "first", claims...))
	d.keyIn("first", "ABACUS", "[a](claim:arrivals/2016?value=1414&vintage=2017"+ministry+") [a](claim:arrivals/2016?value=1418&vintage=2018"+ministry+") [b](claim:arrivals/2009?value=2914"+ministry+")")
	d.must(d.signRecord("second", "arrivals/2016"))
	for _, day := range []string{"2020-02-06", "2020-01-27"} {
		d.says("WREN", "rice@"+day+"?value=4650")
	}
	d.draft("b1", "# One\n\n[1,418](claim:arrivals/2016), [2,914](claim:arrivals/2009), [a](claim:rice@2020-02-06).")
	d.must(d.publish("b1"))
	e := d.edition()
	if len(e.Series) != 1 || e.Series[0].Key != "arrivals" || e.Series[0].Title != "Arrivals" || e.Series[0].Unit != "persons" || e.Series[0].Points[0].Period.String() != "2009" {
		t.Errorf("%+v", e.Series) // rice has one point, which is no series
	}
	vintages := func() string {
		e := d.edition()
		i := slices.IndexFunc(e.Claims, func(c hearsay.PublicClaim) bool { return c.Address.Key == "arrivals/2016" })
		return toJSON(t, e.Claims[i].Vintages)
	}
	if got := vintages(); strings.Count(got, "as") != 2 {
		t.Errorf("%s", got)
	}
	if by, not := e.Bulletins[0].Cites[0], e.Bulletins[0].Cites[1]; by.Standing != hearsay.VerifiedByRecord || by.Record != "ministry" || by.Origins != 0 || not.Record != "" {
		t.Errorf("%+v\n%+v", by, not)
	}
	t.Run("published vintages stay while a newer one waits to be compared", func(t *testing.T) {
		d.keyIn("first", "ABACUS", "[a](claim:arrivals/2016?value=1420&vintage=2019"+ministry+")")
		before := vintages()
		d.says("WREN", "border?value=closed")
		d.says("WREN", "crowd?value=300")
		d.draft("b2", "# Two\n\n[about 1,420](claim:arrivals/2016), [b](claim:rice@2020-01-27), [c](claim:border), [300](claim:crowd).")
		d.must(d.publish("b2"))
		if after := vintages(); after != before {
			t.Errorf("%s\n%s", before, after)
		}
		if e := d.edition(); len(e.Series) != 2 || e.Series[1].Key != "rice" || e.Series[1].Title != "What does it cost?" {
			t.Errorf("%+v", e.Series)
		}
	})
}

// TestBlockedTellsItsRules: whoever is refused is told by which rules, and no
// more.
func TestBlockedTellsItsRules(t *testing.T) {
	d := newDesk(t)
	d.says("WREN", "camp?value=guarded&basis=seen")
	d.draft("b1", camp+" So says WREN of KITE-7.")
	err := d.publish("b1")
	var b *casebook.Blocked
	if !errors.Is(err, casebook.ErrBlocked) || !errors.As(err, &b) || err.Error() != "the gate blocks it: code name, consent, reach" {
		t.Fatalf("%v", err)
	}
	if _, err := json.Marshal(b.Findings); err != nil || len(b.Findings) < 3 {
		t.Errorf("%+v, %v", b.Findings, err)
	}
	if v, err := d.Bulletin(t.Context(), "b1"); err != nil || !v.Blocked || toJSON(t, v.Findings) != toJSON(t, b.Findings) {
		t.Errorf("the page tells otherwise: %+v, %v", v.Findings, err)
	}
}
