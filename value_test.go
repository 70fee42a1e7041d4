package hearsay_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"hearsay"
)

// claims of each type, to read values by.
var (
	persons = hearsay.Claim{Key: "n", Type: hearsay.Number, Question: "How many?", Unit: "persons"}
	border  = hearsay.Claim{Key: "c", Type: hearsay.Choice, Question: "Open?", Labels: []string{"open", "closed", "half-open"}}
	truth   = hearsay.Claim{Key: "t", Type: hearsay.Truth, Question: "So?"}
	when    = hearsay.Claim{Key: "d", Type: hearsay.Moment, Question: "When?"}
	what    = hearsay.Claim{Key: "x", Type: hearsay.Text, Question: "What?"}
)

// stated reads "about 500" or "500" as a value of the claim.
func stated(t testing.TB, c hearsay.Claim, approx, text string) hearsay.Value {
	t.Helper()
	v, err := c.Value(hearsay.Assertion{Address: hearsay.Address{Key: c.Key}, Value: text, Approx: approx, Hedge: "stated"})
	if err != nil {
		t.Fatalf("%s %s: %v", approx, text, err)
	}
	return v
}

// TestApproximationsAreIntervals has DESIGN.md's words: about is 10 % either
// way, nearly from 90 % up to it, and bounds have no other end.
func TestApproximationsAreIntervals(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		approx, text string
		low, high    float64
		prints       string
		plain        string
	}{
		{"", "6500", 6500, 6500, "6500", `6500`},
		{"", "6500.0", 6500, 6500, "6500", `6500`},
		{"", "0.5", .5, .5, "0.5", `0.5`},
		{"", ".5", .5, .5, "0.5", `0.5`},
		{"", "-12", -12, -12, "-12", `-12`},
		{"", "-0", 0, 0, "0", `0`},
		{"", "007", 7, 7, "7", `7`},
		{"", "999999999999999", 999999999999999, 999999999999999, "999999999999999", `999999999999999`},
		{"", "5..10", 5, 10, "5..10", `{"range":[5,10]}`},
		{"", "-5..-1", -5, -1, "-5..-1", `{"range":[-5,-1]}`},
		{"", "5..5", 5, 5, "5", `5`},
		{"about", "500", 450, 550, "about 500", `500`},
		{"about", "3", 2.7, 3.3, "about 3", `3`},
		{"about", "30", 27, 33, "about 30", `30`},
		{"about", "1414", 1272.6, 1555.4, "about 1414", `1414`},
		{"about", "-500", -550, -450, "about -500", `-500`},
		{"about", "0", 0, 0, "about 0", `0`},
		{"nearly", "3000", 2700, 3000, "nearly 3000", `{"nearly":3000}`},
		{"nearly", "-3000", -3000, -2700, "nearly -3000", `{"nearly":-3000}`},
		{"over", "5", 5, inf, "over 5", `{"over":5}`},
		{"under", "5", -inf, 5, "under 5", `{"under":5}`},
		{"at-least", "300", 300, inf, "at least 300", `{"at-least":300}`},
		{"at-most", "300", -inf, 300, "at most 300", `{"at-most":300}`},
	} {
		t.Run(tt.prints, func(t *testing.T) {
			v := stated(t, persons, tt.approx, tt.text)
			if v.Low != tt.low || v.High != tt.high || v.String() != tt.prints {
				t.Errorf("%q from %v to %v, want %q from %v to %v", v, v.Low, v.High, tt.prints, tt.low, tt.high)
			}
			if b, err := json.Marshal(v.Plain()); err != nil || string(b) != tt.plain {
				t.Errorf("plain %s, %v; want %s", b, err, tt.plain)
			}
			if v.IsExact() != (tt.low == tt.high) {
				t.Errorf("exact: %t", v.IsExact())
			}
		})
	}
	for _, text := range []string{
		"", " ", "many", "1,414", "1 414", "1e3", "0x10", "0x1p-2", "1_000", "+5", "Inf", "-Inf", "NaN", "5%", "5 persons", "½", "٥", "1.2.3", "-", ".", "--5",
		"1000000000000001", "5..", "..5", "..", "5...10", "5..10..15", "10..5", "5..many", "1e999", "0x", "5\x00",
	} {
		t.Run("no number: "+text, func(t *testing.T) {
			v, err := persons.Value(hearsay.Assertion{Address: hearsay.Address{Key: "n"}, Value: text, Hedge: "stated"})
			if err == nil {
				t.Errorf("read as %v", v)
			}
		})
	}
	for _, approx := range []string{"about", "nearly", "over", "under", "at-least", "at-most"} {
		if v, err := persons.Value(hearsay.Assertion{Address: hearsay.Address{Key: "n"}, Value: "5..10", Approx: approx, Hedge: "stated"}); err == nil {
			t.Errorf("%s a range was read as %v", approx, v)
		}
	}
}

// TestWhatCouldBeTrueTogether: where an exact value lies inside another's
// interval both say the same.
func TestWhatCouldBeTrueTogether(t *testing.T) {
	n := func(approx, text string) hearsay.Value { return stated(t, persons, approx, text) }
	d := func(text string) hearsay.Value { return stated(t, when, "", text) }
	x := func(text string) hearsay.Value { return stated(t, what, "", text) }
	c := func(text string) hearsay.Value { return stated(t, border, "", text) }
	for _, tt := range []struct {
		name            string
		v, w            hearsay.Value
		contains, meets bool
	}{
		{"the same number", n("", "5"), n("", "5"), true, true},
		{"two numbers", n("", "5"), n("", "6"), false, false},
		{"about holds what is inside", n("about", "6500"), n("", "6550"), true, true},
		{"about holds its own edge", n("about", "500"), n("", "550"), true, true},
		{"about does not hold what is outside", n("about", "500"), n("", "551"), false, false},
		{"an exact number does not hold about", n("", "500"), n("about", "500"), false, true},
		{"about overlaps about", n("about", "500"), n("about", "560"), false, true},
		{"about parts from about", n("about", "500"), n("about", "1000"), false, false},
		{"nearly holds what it names", n("nearly", "3000"), n("", "3000"), true, true},
		{"nearly does not go over", n("nearly", "3000"), n("", "3001"), false, false},
		{"under leaves its bound out", n("under", "10"), n("", "10"), false, false},
		{"at most does not", n("at-most", "10"), n("", "10"), true, true},
		{"over leaves its bound out", n("over", "10"), n("", "10"), false, false},
		{"over leaves it out, asked the other way round", n("", "10"), n("over", "10"), false, false},
		{"at least does not", n("at-least", "10"), n("", "10"), true, true},
		{"over and under the same leave nothing", n("over", "5"), n("under", "5"), false, false},
		{"at least and at most the same leave one", n("at-least", "5"), n("at-most", "5"), false, true},
		{"at least and under the same leave nothing", n("at-least", "5"), n("under", "5"), false, false},
		{"at least holds over", n("at-least", "5"), n("over", "5"), true, true},
		{"over does not hold at least", n("over", "5"), n("at-least", "5"), false, true},
		{"under holds a tighter under", n("under", "10"), n("under", "5"), true, true},
		{"a range holds a range inside", n("", "5..10"), n("", "6..7"), true, true},
		{"ranges that touch meet", n("", "5..10"), n("", "10..12"), false, true},
		{"a year holds its months", d("2009"), d("2009-05"), true, true},
		{"years are apart", d("2009"), d("2016"), false, false},
		{"a day lies in an open interval", d("../2016"), d("2009-05-01"), true, true},
		{"a text is the same in any case", x("Many"), x("many"), true, true},
		{"labels are the same or not", c("open"), c("closed"), false, false},
		{"a number is no text", n("", "5"), x("5"), false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.v.Contains(tt.w); got != tt.contains {
				t.Errorf("%q contains %q: %t", tt.v, tt.w, got)
			}
			if got := tt.v.Meets(tt.w); got != tt.meets {
				t.Errorf("%q meets %q: %t", tt.v, tt.w, got)
			}
			if got := tt.w.Meets(tt.v); got != tt.meets {
				t.Errorf("%q meets %q: %t", tt.w, tt.v, got)
			}
		})
	}
}

// values draws values of every type.
func values(t *rapid.T) hearsay.Value {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	a := hearsay.Assertion{Hedge: "stated"}
	c := persons
	switch kind {
	case 0, 1:
		a.Value = fmt.Sprint(rapid.IntRange(-20, 20).Draw(t, "number"))
		a.Approx = rapid.SampledFrom(hearsay.Approxs).Draw(t, "approx")
	case 2:
		low := rapid.IntRange(-20, 20).Draw(t, "low")
		a.Value = fmt.Sprintf("%d..%d", low, low+rapid.IntRange(0, 10).Draw(t, "width"))
	case 3:
		c, a.Value = border, rapid.SampledFrom(border.Labels).Draw(t, "label")
	case 4:
		c, a.Value = when, rapid.SampledFrom([]string{"2009", "2009-05", "2009-05-04", "200X", "../2009", "2009-05-04/..", "2016?", "0999"}).Draw(t, "date")
	case 5:
		c, a.Value = what, rapid.SampledFrom([]string{"many", "Many", "a  few", "5", "5..10"}).Draw(t, "text")
	}
	a.Address.Key = c.Key
	v, err := c.Value(a)
	if err != nil {
		t.Fatalf("%s: %v", a, err)
	}
	return v
}

// holds reports whether a number lies in an interval, from its edges alone.
func holds(v hearsay.Value, x float64) bool {
	if v.Approx == "over" && x == v.Low || v.Approx == "under" && x == v.High {
		return false
	}
	return v.Low <= x && x <= v.High
}

func TestValueLaws(t *testing.T) {
	laws := map[string]func(*rapid.T){
		"a value contains and meets itself": func(t *rapid.T) {
			if v := values(t); !v.Contains(v) || !v.Meets(v) {
				t.Fatal(v)
			}
		},
		"meeting goes both ways": func(t *rapid.T) {
			if v, w := values(t), values(t); v.Meets(w) != w.Meets(v) {
				t.Fatal(v, w)
			}
		},
		"what contains another meets it": func(t *rapid.T) {
			if v, w := values(t), values(t); v.Contains(w) && !v.Meets(w) {
				t.Fatal(v, w)
			}
		},
		"what lies in what lies inside lies inside": func(t *rapid.T) {
			if u, v, w := values(t), values(t), values(t); u.Contains(v) && v.Contains(w) && !u.Contains(w) {
				t.Fatal(u, v, w)
			}
		},
		"values that contain each other mean the same": func(t *rapid.T) {
			if v, w := values(t), values(t); v.Contains(w) && w.Contains(v) && (v.Low != w.Low || v.High != w.High) {
				t.Fatal(v, w)
			}
		},
		"what meets a part meets the whole": func(t *rapid.T) {
			if u, v, w := values(t), values(t), values(t); u.Contains(v) && v.Meets(w) && !u.Meets(w) {
				t.Fatal(u, v, w)
			}
		},
		"numbers meet where a number lies in both": func(t *rapid.T) {
			v, w := values(t), values(t)
			if v.Kind != hearsay.Number || w.Kind != hearsay.Number {
				return
			}
			common := false
			for x := -40.0; x <= 40; x += .005 { // finer than the tenths that about and nearly leave
				x := math.Round(x*200) / 200
				common = common || holds(v, x) && holds(w, x)
			}
			if common != v.Meets(w) {
				t.Fatalf("%v and %v: a common number %t, meet %t", v, w, common, v.Meets(w))
			}
		},
		"a kept value is read back whole": func(t *rapid.T) {
			v := values(t)
			b, err := json.Marshal(v)
			var back hearsay.Value
			if err != nil || json.Unmarshal(b, &back) != nil || back != v {
				t.Fatalf("%s came back as %#v, was %#v, %v", b, back, v, err)
			}
		},
		"every value can be told to a plain reader": func(t *rapid.T) {
			if b, err := json.Marshal(values(t).Plain()); err != nil || !json.Valid(b) {
				t.Fatalf("%s, %v", b, err)
			}
		},
	}
	for name, law := range laws {
		t.Run(name, func(t *testing.T) { rapid.Check(t, law) })
	}
}

func TestPlainValues(t *testing.T) {
	for _, tt := range []struct {
		v    hearsay.Value
		want string
	}{
		{hearsay.Value{}, `null`},
		{stated(t, border, "", "closed"), `"closed"`},
		{stated(t, truth, "", "yes"), `"yes"`},
		{stated(t, what, "", "a  few of\tthem"), `"a few of them"`},
		{stated(t, when, "", "2009"), `2009`},
		{stated(t, when, "", "2009-05"), `"2009-05"`},
		{stated(t, when, "", "200X"), `"200X"`},
		{stated(t, when, "", "2009?"), `"2009?"`},
		{stated(t, when, "", "0999"), `"0999"`},
		{stated(t, what, "", "5..10"), `"5..10"`},
	} {
		if b, err := json.Marshal(tt.v.Plain()); err != nil || string(b) != tt.want {
			t.Errorf("%v: %s, %v; want %s", tt.v, b, err, tt.want)
		}
	}
}

func TestKeptValuesRefuse(t *testing.T) {
	for _, bad := range []string{
		`{}`, `5`, `"closed"`, `{"kind":"number"}`, `{"kind":"number","text":"many"}`, `{"kind":"number","text":"5","approx":"sort of"}`,
		`{"kind":"mood","text":"5"}`, `{"kind":"truth","text":"maybe"}`, `{"kind":"date","text":"soon"}`, `{"kind":"choice","text":""}`,
		`{"kind":"text","text":"x","approx":"about"}`, `{"kind":"","text":"x"}`,
	} {
		var v hearsay.Value
		if err := json.Unmarshal([]byte(bad), &v); err == nil {
			t.Errorf("%s was read as %v", bad, v)
		}
	}
}

func TestClaimValidate(t *testing.T) {
	with := func(c hearsay.Claim, change func(*hearsay.Claim)) hearsay.Claim {
		change(&c)
		return c
	}
	type claim = *hearsay.Claim
	for _, c := range []hearsay.Claim{
		persons, border, truth, when, what,
		with(persons, func(c claim) { c.Scale = "log" }), with(persons, func(c claim) { c.Scale = "linear" }),
		with(persons, func(c claim) { c.Tolerance = "2%" }), with(persons, func(c claim) { c.Tolerance = "1" }), with(persons, func(c claim) { c.Tolerance = "0" }),
		with(persons, func(c claim) { c.Series = "day" }), with(border, func(c claim) { c.Series = "month" }), with(persons, func(c claim) { c.Series = "year" }),
		with(persons, func(c claim) { c.Record = "ministry-of-unification" }),
		with(border, func(c claim) { c.Labels = []string{"open", "closed"} }),
	} {
		if err := c.Validate(); err != nil {
			t.Errorf("%+v: %v", c, err)
		}
	}
	for _, tt := range []struct {
		name string
		c    hearsay.Claim
	}{
		{"nothing", hearsay.Claim{}},
		{"a key in capitals", with(persons, func(c claim) { c.Key = "N" })},
		{"an unknown type", with(persons, func(c claim) { c.Type = "mood" })},
		{"no question", with(persons, func(c claim) { c.Question = " " })},
		{"an endless question", with(persons, func(c claim) { c.Question = string(make([]byte, 401)) })},
		{"a choice of nothing", with(border, func(c claim) { c.Labels = nil })},
		{"a choice of one", with(border, func(c claim) { c.Labels = []string{"open"} })},
		{"a label twice", with(border, func(c claim) { c.Labels = []string{"open", "open"} })},
		{"a label that is no slug", with(border, func(c claim) { c.Labels = []string{"open", "Half open"} })},
		{"a label with a slash", with(border, func(c claim) { c.Labels = []string{"open", "half/open"} })},
		{"labels of a number", with(persons, func(c claim) { c.Labels = []string{"one", "two"} })},
		{"an unknown scale", with(persons, func(c claim) { c.Scale = "sqrt" })},
		{"the scale of a text", with(what, func(c claim) { c.Scale = "log" })},
		{"a tolerance below zero", with(persons, func(c claim) { c.Tolerance = "-1" })},
		{"a tolerance that is no number", with(persons, func(c claim) { c.Tolerance = "some" })},
		{"a tolerance without end", with(persons, func(c claim) { c.Tolerance = "Inf" })},
		{"a tolerance that is not one", with(persons, func(c claim) { c.Tolerance = "NaN%" })},
		{"the tolerance of a choice", with(border, func(c claim) { c.Tolerance = "1" })},
		{"a series finer than a day", with(persons, func(c claim) { c.Series = "hour" })},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.c.Validate(); !errors.Is(err, hearsay.ErrClaim) {
				t.Errorf("%v", err)
			}
		})
	}
}

func TestTolerance(t *testing.T) {
	c := persons
	near := func(tolerance string, a, b float64) bool {
		c.Tolerance = tolerance
		if c.Near(a, b) != c.Near(b, a) {
			t.Errorf("within %s of each other, %v and %v are near only one way", tolerance, a, b)
		}
		return c.Near(a, b)
	}
	for _, tt := range []struct {
		tolerance string
		a, b      float64
		want      bool
	}{
		{"", 5, 5, true}, {"", 5, 5.001, false},
		{"1", 5, 6, true}, {"1", 5, 6.5, false},
		{"2%", 6500, 6550, true}, {"2%", 100, 102.04, true}, {"2%", 100, 103, false}, {"2%", -100, -101, true}, {"2%", 0, 0, true},
	} {
		if got := near(tt.tolerance, tt.a, tt.b); got != tt.want {
			t.Errorf("within %q: %v and %v near %t", tt.tolerance, tt.a, tt.b, got)
		}
	}
}

func TestWhatFitsAClaim(t *testing.T) {
	series := hearsay.Claim{Key: "s", Type: hearsay.Number, Question: "How many?", Series: "day"}
	for _, tt := range []struct {
		name  string
		claim hearsay.Claim
		link  string
		want  string // empty: it does not fit
	}{
		{"a number in the claim's unit", persons, "claim:n?value=5&unit=persons", "5"},
		{"a number without a unit is in the claim's", persons, "claim:n?value=5", "5"},
		{"another unit", persons, "claim:n?value=5&unit=households", ""},
		{"a unit in another case", persons, "claim:n?value=5&unit=Persons", ""},
		{"a word for a number", persons, "claim:n?value=many", ""},
		{"a label", border, "claim:c?value=closed", "closed"},
		{"a label of another claim", border, "claim:c?value=ajar", ""},
		{"a label in another case", border, "claim:c?value=Closed", ""},
		{"yes", truth, "claim:t?value=yes", "yes"},
		{"true is not yes", truth, "claim:t?value=true", ""},
		{"a date, as it was written", when, "claim:d?value=2009-05~", "2009-05~"},
		{"no date", when, "claim:d?value=in%20spring", ""},
		{"a text", what, "claim:x?value=a%20%20few", "a few"},
		{"about a label", border, "claim:c?value=closed&approx=about", ""},
		{"about a date", when, "claim:d?value=2009&approx=about", ""},
		{"under a truth", truth, "claim:t?value=yes&approx=under", ""},
		{"not known is no value", persons, "claim:n?hedge=unknown", ""},
		{"a citation is no value", persons, "claim:n", ""},
		{"a series wants a period", series, "claim:s?value=5", ""},
		{"a series with its period", series, "claim:s@2020-02-06?value=5", "5"},
		{"a period where there is no series", persons, "claim:n@2020?value=5", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			v, err := tt.claim.Value(link(t, tt.link))
			if tt.want == "" {
				if !errors.Is(err, hearsay.ErrFit) || !v.IsZero() {
					t.Errorf("%v, %v", v, err)
				}
			} else if err != nil || v.String() != tt.want || v.Kind != tt.claim.Type {
				t.Errorf("%v, %v; want %s", v, err, tt.want)
			}
		})
	}
}
