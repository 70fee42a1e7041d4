package hearsay_test

import (
	"bytes"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"hearsay"
)

// edition is a small whole one: two bulletins, of which one corrects the other,
// and a series of two claims.
func edition(t testing.TB) hearsay.Edition {
	t.Helper()
	claim := func(key string) hearsay.Claim {
		return hearsay.Claim{Key: key, Type: hearsay.Number, Question: "How many?", Unit: "persons", Tolerance: "2%", Record: "ministry"}
	}
	p := .97
	held := func(key, value string, on hearsay.Day, s hearsay.Standing) hearsay.Assessment {
		return hearsay.Assessment{
			Claim: hearsay.Address{Key: key}, On: on, Standing: s, Value: stated(t, persons, "", value),
			Probability: &p, Interval: []float64{5, 10}, Origins: 3, Fragility: 2, Record: "ministry",
		}
	}
	first, later := held("arrivals/2009", "2952", 18000, hearsay.Chatter), held("arrivals/2009", "2914", 18001, hearsay.VerifiedByRecord)
	other := held("arrivals/2016", "1418", 18001, hearsay.Verified)
	return hearsay.Edition{
		Serial: 2, Published: 18001, Desk: hearsay.Desk{Name: "Desk", ID: "00ff", Key: "desk+1+x", From: 18000},
		Bulletins: []hearsay.Bulletin{
			{ID: "B1", Kind: hearsay.News, Title: "One", Published: 18000, Text: "# One\n\n[2,952](claim:arrivals/2009) <&>", CorrectedBy: []string{"C1"}, Cites: []hearsay.Assessment{first}},
			{ID: "C1", Kind: hearsay.Correction, Title: "Two", Published: 18001, Text: "# Two\n\n[2,914](claim:arrivals/2009)", Corrects: "B1", Cites: []hearsay.Assessment{later, other}},
		},
		Claims: []hearsay.PublicClaim{
			{Claim: claim("arrivals/2009"), Address: hearsay.Address{Key: "arrivals/2009"}, Assessments: []hearsay.Assessment{first, later}, CitedBy: []string{"B1", "C1"},
				Vintages: []hearsay.Vintage{{As: date(t, "2012-10"), Value: stated(t, persons, "", "2914")}}},
			{Claim: claim("arrivals/2016"), Address: hearsay.Address{Key: "arrivals/2016"}, Assessments: []hearsay.Assessment{other}, CitedBy: []string{"C1"}},
		},
		Series: []hearsay.Series{{Key: "arrivals", Title: "Arrivals", Unit: "persons", Points: []hearsay.SeriesPoint{
			{Period: date(t, "2009"), Claim: hearsay.Address{Key: "arrivals/2009"}}, {Period: date(t, "2016"), Claim: hearsay.Address{Key: "arrivals/2016"}},
		}}},
	}
}

func written(t testing.TB, e hearsay.Edition) []byte {
	t.Helper()
	b, err := hearsay.MarshalEdition(e)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestEditionRoundTrip(t *testing.T) {
	for name, e := range map[string]hearsay.Edition{"a whole one": edition(t), "an empty one": {Serial: 1}} {
		t.Run(name, func(t *testing.T) {
			got, err := hearsay.UnmarshalEdition(written(t, e))
			if err != nil || !reflect.DeepEqual(got, e) {
				t.Errorf("%v\n%+v\n%+v", err, got, e)
			}
		})
	}
	if !bytes.Equal(written(t, edition(t)), written(t, edition(t))) {
		t.Error("equal editions are written differently")
	}
}

func TestEditionRefuses(t *testing.T) {
	type ed = *hearsay.Edition
	for _, tt := range []struct {
		name   string
		change func(ed)
	}{
		{"no serial", func(e ed) { e.Serial = 0 }},
		{"an id that is no slug", func(e ed) { e.Bulletins[0].ID = "../B1" }},
		{"an id with a letter that looks like another", func(e ed) { e.Bulletins[0].ID = "\u212a1" }},
		{"an id twice", func(e ed) { e.Bulletins[1].ID = "B1" }},
		{"ids that differ in case alone", func(e ed) { e.Bulletins[1].ID = "b1" }},
		{"a bulletin of no kind", func(e ed) { e.Bulletins[0].Kind = "" }},
		{"news that corrects", func(e ed) { e.Bulletins[1].Kind = hearsay.News }},
		{"a correction of nothing", func(e ed) { e.Bulletins[1].Corrects = "" }},
		{"a correction of what is not there", func(e ed) { e.Bulletins[1].Corrects = "B9" }},
		{"a correction that what it corrects does not point at", func(e ed) { e.Bulletins[0].CorrectedBy = nil }},
		{"a bulletin corrected by what is not there", func(e ed) { e.Bulletins[0].CorrectedBy = []string{"C1", "C2"} }},
		{"a bulletin corrected by one that does not say so", func(e ed) { e.Bulletins[1].CorrectedBy = []string{"B1"} }},
		{"a claim twice", func(e ed) { e.Claims[1] = e.Claims[0] }},
		{"a claim under another key", func(e ed) { e.Claims[1].Claim.Key = "arrivals/2017" }},
		{"a claim cited by what is not there", func(e ed) { e.Claims[1].CitedBy = []string{"B9"} }},
		{"a citation of a claim that is not there", func(e ed) { e.Bulletins[1].Cites[0].Claim.Key = "other" }},
		{"a series with a claim that is not there", func(e ed) { e.Series[0].Points[0].Claim.Key = "other" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := edition(t)
			tt.change(&e)
			if got, err := hearsay.UnmarshalEdition(written(t, e)); !errors.Is(err, hearsay.ErrEdition) || got.Serial != 0 {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("ids, with nothing else that could be wrong", func(t *testing.T) {
		for _, tt := range []struct {
			ids  []string
			good bool
		}{
			{[]string{"B1"}, true}, {[]string{"B1", "B2"}, true}, {[]string{""}, false}, {[]string{"B 1"}, false}, {[]string{"b/1"}, false},
			{[]string{"B1", "B1"}, false}, {[]string{"B1", "b1"}, false},
		} {
			e := hearsay.Edition{Serial: 1}
			for _, id := range tt.ids {
				e.Bulletins = append(e.Bulletins, hearsay.Bulletin{ID: id, Kind: hearsay.News})
			}
			if _, err := hearsay.UnmarshalEdition(written(t, e)); (err == nil) != tt.good {
				t.Errorf("%q: %v", tt.ids, err)
			}
		}
	})
	whole := string(written(t, edition(t)))
	for _, tt := range []struct{ name, text string }{
		{"nothing", ""}, {"no JSON", "hearsay"}, {"another document", `{"format":"other"}`}, {"null", "null"}, {"a list", "[]"},
		{"another format", strings.Replace(whole, "hearsay-edition-1", "hearsay-edition-2", 1)},
		{"something behind it", whole + whole},
		{"an unknown field", strings.Replace(whole, `"serial"`, `"sender": "x", "serial"`, 1)},
		{"a field twice", strings.Replace(whole, `"serial": 2`, `"serial": 2, "serial": 2`, 1)},
		{"other spacing", strings.Replace(whole, `"serial": 2`, `"serial":2`, 1)},
		{"a day that is none", strings.Replace(whole, "2019-04-15", "2019-02-30", 1)},
		{"a value that is none", strings.Replace(whole, `"text": "2952"`, `"text": "many"`, 1)},
		{"broken UTF-8", strings.Replace(whole, "Arrivals", "Arriv\xffls", 1)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.text == whole {
				t.Fatal("the test changes nothing")
			}
			if _, err := hearsay.UnmarshalEdition([]byte(tt.text)); !errors.Is(err, hearsay.ErrEdition) {
				t.Errorf("%v", err)
			}
		})
	}
	t.Run("more than 64 MiB", func(t *testing.T) {
		if _, err := hearsay.UnmarshalEdition(make([]byte, 64<<20+1)); !errors.Is(err, hearsay.ErrEdition) {
			t.Errorf("%v", err)
		}
	})
}

func FuzzUnmarshalEdition(f *testing.F) {
	f.Add(written(f, edition(f)))
	f.Add(written(f, hearsay.Edition{Serial: 1}))
	f.Add([]byte(`{"format":"hearsay-edition-1","serial":1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := hearsay.UnmarshalEdition(b)
		if err != nil {
			return
		}
		if !bytes.Equal(written(t, e), b) {
			t.Fatalf("accepted bytes that it would not write: %q", b)
		}
	})
}

func TestSlugs(t *testing.T) {
	for s, want := range map[string]bool{
		"B1": true, "a": true, "2020-02-rice": true, "-": true, strings.Repeat("a", 80): true, strings.Repeat("a", 81): false,
		"": false, "a b": false, "a/b": false, "a.b": false, "ä": false, "\u212a": false, "a\n": false, "..": false, "a_b": false,
	} {
		if hearsay.ValidSlug(s) != want {
			t.Errorf("%q: %t", s, !want)
		}
	}
}

// TestSameFace: every difference that a reader can see counts, the day alone
// does not.
func TestSameFace(t *testing.T) {
	a := edition(t).Claims[0].Assessments[1]
	if b := a; !a.SameFace(b) {
		t.Error("it differs from itself")
	}
	later := a
	later.On++
	other := .97
	later.Probability = &other
	if !a.SameFace(later) {
		t.Error("the day is no difference, nor where a number is kept")
	}
	p := .96
	for name, change := range map[string]func(*hearsay.Assessment){
		"standing":    func(b *hearsay.Assessment) { b.Standing = hearsay.Disputed },
		"value":       func(b *hearsay.Assessment) { b.Value = stated(t, persons, "", "2915") },
		"approx":      func(b *hearsay.Assessment) { b.Value = stated(t, persons, "about", "2914") },
		"origins":     func(b *hearsay.Assessment) { b.Origins++ },
		"fragility":   func(b *hearsay.Assessment) { b.Fragility++ },
		"probability": func(b *hearsay.Assessment) { b.Probability = &p },
		"calibration": func(b *hearsay.Assessment) { b.Probability = nil },
		"record":      func(b *hearsay.Assessment) { b.Record = "" },
	} {
		b := a
		change(&b)
		if a.SameFace(b) || b.SameFace(a) {
			t.Errorf("another %s was not seen", name)
		}
	}
}

func TestLatest(t *testing.T) {
	c := edition(t).Claims[0]
	if got := c.Latest(); got.Value.Text != "2914" {
		t.Errorf("%+v", got)
	}
	c.Assessments = nil
	if got := c.Latest(); got.Standing != hearsay.NotKnown || got.Claim != c.Address {
		t.Errorf("%+v", got)
	}
}

func TestEveryStandingHasAMeaning(t *testing.T) {
	var meanings []string
	for _, s := range []hearsay.Standing{hearsay.NotKnown, hearsay.Chatter, hearsay.Disputed, hearsay.Corroborated, hearsay.Verified, hearsay.VerifiedByRecord} {
		m := s.Meaning()
		if !strings.HasSuffix(m, ".") || slices.Contains(meanings, m) {
			t.Errorf("%s: %q", s, m)
		}
		meanings = append(meanings, m)
	}
	if hearsay.Standing("sure").Meaning() != "" {
		t.Error("a standing that there is not has a meaning")
	}
}

// TestLikelihood has the words of ICD 203 with its bounds: 1-5, 5-20, 20-45,
// 45-55, 55-80, 80-95, 95-99 per cent.
func TestLikelihood(t *testing.T) {
	for _, tt := range []struct {
		p    float64
		word string
	}{
		{0, "almost no chance"}, {.049, "almost no chance"}, {.05, "very unlikely"}, {.199, "very unlikely"}, {.20, "unlikely"}, {.449, "unlikely"},
		{.45, "roughly even chance"}, {.5, "roughly even chance"}, {.55, "roughly even chance"}, {.551, "likely"}, {.80, "likely"},
		{.801, "very likely"}, {.95, "very likely"}, {.951, "almost certain"}, {1, "almost certain"},
	} {
		if got := hearsay.Likelihood(tt.p); got != tt.word {
			t.Errorf("%v is %q, want %q", tt.p, got, tt.word)
		}
	}
}
