package hearsay_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"hearsay"
)

func link(t testing.TB, s string) hearsay.Assertion {
	t.Helper()
	a, err := hearsay.ParseLink(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return a
}

// TestClaimLinks goes through every field of the grammar in DESIGN.md.
func TestClaimLinks(t *testing.T) {
	plain := hearsay.Assertion{Hedge: "stated", Basis: "unknown", Stance: "asserts"}
	type a = hearsay.Assertion
	for _, tt := range []struct {
		name, link string
		want       func(*a)
	}{
		{"a value alone has every default", "claim:k?value=5", func(w *a) { w.Value = "5" }},
		{"a series has its period in the address", "claim:prices/rice@2020-02-06?value=5", func(w *a) {
			w.Address = hearsay.Address{Key: "prices/rice", Period: date(t, "2020-02-06")}
			w.Value = "5"
		}},
		{"an uncertain period is percent-encoded", "claim:k@2020%3F?value=5", func(w *a) { w.Address.Period = date(t, "2020?"); w.Value = "5" }},
		{"an uncertain and approximate one too", "claim:k@2020%25?value=5", func(w *a) { w.Address.Period = date(t, "2020%"); w.Value = "5" }},
		{"a unit", "claim:k?value=5&unit=KPW-per-kg", func(w *a) { w.Value, w.Unit = "5", "KPW-per-kg" }},
		{"a range", "claim:k?value=5..10", func(w *a) { w.Value = "5..10" }},
		{"a text is decoded", "claim:k?value=f%C3%BCnf%20%26%20zehn%25", func(w *a) { w.Value = "fünf & zehn%" }},
		{"Korean as it stands", "claim:k?value=닫힘", func(w *a) { w.Value = "닫힘" }},
		{"a plus is a plus", "claim:k?value=a+b", func(w *a) { w.Value = "a+b" }},
		{"a semicolon parts nothing", "claim:k?value=5;unit=u", func(w *a) { w.Value = "5;unit=u" }},
		{"space around a value says nothing", "claim:k?value=%20open%C2%A0", func(w *a) { w.Value = "open" }},
		{"approx about", "claim:k?value=5&approx=about", func(w *a) { w.Value, w.Approx = "5", "about" }},
		{"approx nearly", "claim:k?value=5&approx=nearly", func(w *a) { w.Value, w.Approx = "5", "nearly" }},
		{"approx over", "claim:k?value=5&approx=over", func(w *a) { w.Value, w.Approx = "5", "over" }},
		{"approx under", "claim:k?value=5&approx=under", func(w *a) { w.Value, w.Approx = "5", "under" }},
		{"approx at-least", "claim:k?value=5&approx=at-least", func(w *a) { w.Value, w.Approx = "5", "at-least" }},
		{"approx at-most", "claim:k?value=5&approx=at-most", func(w *a) { w.Value, w.Approx = "5", "at-most" }},
		{"hedge believed", "claim:k?value=5&hedge=believed", func(w *a) { w.Value, w.Hedge = "5", "believed" }},
		{"hedge suspected", "claim:k?value=5&hedge=suspected", func(w *a) { w.Value, w.Hedge = "5", "suspected" }},
		{"hedge reportedly", "claim:k?value=5&hedge=reportedly", func(w *a) { w.Value, w.Hedge = "5", "reportedly" }},
		{"hedge provisional", "claim:k?value=5&hedge=provisional", func(w *a) { w.Value, w.Hedge = "5", "provisional" }},
		{"a default may be written out", "claim:k?value=5&hedge=stated&basis=unknown&stance=asserts", func(w *a) { w.Value = "5" }},
		{"that it is not known is an answer", "claim:k?hedge=unknown", func(w *a) { w.Hedge = "unknown" }},
		{"basis seen", "claim:k?value=5&basis=seen", func(w *a) { w.Value, w.Basis = "5", "seen" }},
		{"basis told", "claim:k?value=5&basis=told", func(w *a) { w.Value, w.Basis = "5", "told" }},
		{"basis heard", "claim:k?value=5&basis=heard", func(w *a) { w.Value, w.Basis = "5", "heard" }},
		{"basis published", "claim:k?value=5&basis=published", func(w *a) { w.Value, w.Basis = "5", "published" }},
		{"basis document", "claim:k?value=5&basis=document", func(w *a) { w.Value, w.Basis = "5", "document" }},
		{"basis inferred", "claim:k?value=5&basis=inferred", func(w *a) { w.Value, w.Basis = "5", "inferred" }},
		{"a denial", "claim:k?value=5&stance=denies", func(w *a) { w.Value, w.Stance = "5", "denies" }},
		{"when it was so, uncertainty kept", "claim:k?value=5&at=2020-10~", func(w *a) { w.Value, w.At = "5", date(t, "2020-10~") }},
		{"as of which publication", "claim:k?value=5&vintage=2012-10", func(w *a) { w.Value, w.Vintage = "5", date(t, "2012-10") }},
		{"where it comes from", "claim:k?value=5&origin=price-survey", func(w *a) { w.Value, w.Origin = "5", "price-survey" }},
		{"fields in any order", "claim:k?origin=x&unit=u&value=5", func(w *a) { w.Value, w.Unit, w.Origin = "5", "u", "x" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := plain
			want.Address.Key = "k"
			tt.want(&want)
			got := link(t, tt.link)
			if got != want {
				t.Errorf("got  %#v\nwant %#v", got, want)
			}
			if got.Cites() || got.Known() != (want.Hedge != "unknown") {
				t.Errorf("cites %t, known %t", got.Cites(), got.Known())
			}
		})
	}
	t.Run("an address alone cites", func(t *testing.T) {
		if a := link(t, "claim:arrivals/2016"); !a.Cites() || a.Known() || a.String() != "claim:arrivals/2016" {
			t.Errorf("%+v", a)
		}
	})
	t.Run("not known is never a value, even with one beside it", func(t *testing.T) {
		if a := link(t, "claim:k?value=5&hedge=unknown"); a.Known() {
			t.Errorf("%+v", a)
		}
	})
	t.Run("fields are written in the order of the grammar, defaults left out", func(t *testing.T) {
		const written = "claim:k@2020%3F?value=6%20500&unit=u&approx=about&hedge=believed&basis=seen&stance=denies&at=2016&vintage=2017&origin=o"
		shuffled := "claim:k@2020%3F?origin=o&vintage=2017&at=2016&stance=denies&basis=seen&hedge=believed&approx=about&unit=u&value=6%20500"
		if got := link(t, shuffled).String(); got != written {
			t.Errorf("%s", got)
		}
		if got := link(t, "claim:k?value=5&hedge=stated&basis=unknown&stance=asserts").String(); got != "claim:k?value=5" {
			t.Errorf("%s", got)
		}
	})
}

func TestClaimLinksRefuse(t *testing.T) {
	for _, tt := range []struct{ name, link, word string }{
		{"another scheme", "https://example.org", ""},
		{"no scheme", "k?value=5", ""},
		{"the scheme in capitals", "CLAIM:k", ""},
		{"nothing", "", ""},
		{"no address", "claim:", ""},
		{"no address but fields", "claim:?value=5", ""},
		{"a key in capitals", "claim:K?value=5", ""},
		{"a period that is no date", "claim:k@yesterday?value=5", ""},
		{"a question and no field", "claim:k?", ""},
		{"no value, and no word that none is known", "claim:k?basis=seen", "no value"},
		{"an empty value", "claim:k?value=", "no value"},
		{"a value of nothing but space", "claim:k?value=%20%20", "no value"},
		{"an unknown field", "claim:k?value=5&source=me", "source"},
		{"a field in capitals", "claim:k?Value=5", "Value"},
		{"a field twice", "claim:k?value=5&value=6", "value"},
		{"a field twice with the same words", "claim:k?value=5&unit=u&unit=u", "unit"},
		{"a field without a value", "claim:k?value=5&unit", "unit"},
		{"an empty field", "claim:k?value=5&", "without a value"},
		{"an unknown hedge", "claim:k?value=5&hedge=certain", "hedge"},
		{"an empty hedge", "claim:k?value=5&hedge=", "hedge"},
		{"an unknown basis", "claim:k?value=5&basis=rumour", "basis"},
		{"an unknown stance", "claim:k?value=5&stance=maybe", "stance"},
		{"an unknown approx", "claim:k?value=5&approx=around", "approx"},
		{"an empty approx", "claim:k?value=5&approx=", "approx"},
		{"a date that is none", "claim:k?value=5&at=soon", "EDTF"},
		{"a vintage that is none", "claim:k?value=5&vintage=2020-13", "EDTF"},
		{"broken percent-encoding", "claim:k?value=%zz", "value"},
		{"a percent sign alone", "claim:k?value=5%", "value"},
		{"broken percent-encoding in the address", "claim:k%zz?value=5", "percent"},
		{"broken UTF-8", "claim:k?value=\xff", ""},
		{"broken UTF-8, encoded", "claim:k?value=%FF", "value"},
		{"a control character", "claim:k?value=a%00b", "value"},
		{"a line break", "claim:k?value=a%0Ab", "value"},
		{"a C1 control", "claim:k?value=a%C2%9Bb", "value"},
		{"a mark that turns the direction of writing", "claim:k?value=%E2%80%AE5", "value"},
		{"a character of no width", "claim:k?origin=a%E2%80%8Bb&value=5", "origin"},
		{"a line separator", "claim:k?value=a%E2%80%A8b", "value"},
		{"a value of more than 400 bytes", "claim:k?value=" + strings.Repeat("a", 401), "value"},
		{"a link of more than 8 KiB", "claim:k?value=" + strings.Repeat("%61", 3000), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			a, err := hearsay.ParseLink(tt.link)
			if !errors.Is(err, hearsay.ErrLink) || !strings.Contains(err.Error(), tt.word) || a != (hearsay.Assertion{}) {
				t.Errorf("%+v, %v; want it refused with the word %q", a, err, tt.word)
			}
			if err != nil && (len(err.Error()) > 250 || strings.ContainsAny(err.Error(), "\x00\n\u202e")) {
				t.Errorf("the refusal carries too much of what it refuses: %q", err)
			}
		})
	}
	t.Run("the same link is refused in the same words each time", func(t *testing.T) {
		const worst = "claim:k?hedge=x&basis=x&stance=x&approx=x&at=x&vintage=x&foo=x"
		_, first := hearsay.ParseLink(worst)
		for range 20 {
			if _, again := hearsay.ParseLink(worst); again.Error() != first.Error() {
				t.Fatalf("%v, then %v", first, again)
			}
		}
	})
}

// TestLongestLink: what is accepted can be written again, whatever encoding
// makes of it.
func TestLongestLink(t *testing.T) {
	korean := strings.Repeat("가", 133) // 399 bytes, 1,197 encoded
	a := link(t, "claim:"+strings.Repeat("k", 200)+"?value="+korean+"&unit="+korean+"&origin="+korean+
		"&approx=at-least&hedge=provisional&basis=published&stance=denies&at=2020-10-10%25/2020-10-11%25&vintage=2020-10-10%25/2020-10-11%25")
	if again, err := hearsay.ParseLink(a.String()); err != nil || again != a {
		t.Errorf("%v: %s", err, a)
	}
}

// assertions draws links as a kit or an editor would write them.
var assertions = rapid.Custom(func(t *rapid.T) hearsay.Assertion {
	a := hearsay.Assertion{
		Address: hearsay.Address{Key: rapid.StringMatching(`[a-z0-9-]{1,8}(/[a-z0-9-]{1,8}){0,3}`).Draw(t, "key")},
		Value:   strings.TrimSpace(rapid.StringOfN(rapid.RuneFrom(nil, graphic...), 0, 40, 400).Draw(t, "value")),
		Unit:    rapid.StringOfN(rapid.RuneFrom(nil, graphic...), 0, 20, 400).Draw(t, "unit"),
		Origin:  strings.TrimSpace(rapid.StringOfN(rapid.RuneFrom(nil, graphic...), 0, 20, 400).Draw(t, "origin")),
		Approx:  rapid.SampledFrom(hearsay.Approxs).Draw(t, "approx"),
		Hedge:   rapid.SampledFrom(hearsay.Hedges).Draw(t, "hedge"),
		Basis:   rapid.SampledFrom(hearsay.Bases).Draw(t, "basis"),
		Stance:  rapid.SampledFrom(hearsay.Stances).Draw(t, "stance"),
	}
	for _, into := range []*hearsay.Date{&a.Address.Period, &a.At, &a.Vintage} {
		if d, err := hearsay.ParseDate(rapid.OneOf(rapid.Just(""), dates).Draw(t, "date")); err == nil {
			*into = d
		}
	}
	return a
})

func TestLinkRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := assertions.Draw(t, "assertion")
		got, err := hearsay.ParseLink(a.String())
		if a.Value == "" && a.Hedge != "unknown" {
			if err == nil && !got.Cites() {
				t.Fatalf("%s says nothing, and was taken for %+v", a, got)
			}
			return
		}
		if err != nil || got != a {
			t.Fatalf("%s\n%+v, %v\n%+v", a, got, err, a)
		}
	})
}

func FuzzParseLink(f *testing.F) {
	for _, s := range []string{
		"claim:k", "claim:k@2020?value=5", "claim:k@2020%3F?value=5", "claim:k?value=5&unit=u&approx=about&hedge=stated&basis=seen&stance=denies&at=2016&vintage=2017-01~&origin=o",
		"claim:k?hedge=unknown", "claim:k?value=%EA%B0%80+b", "claim:k?value=a;b", "claim:k?value=5&value=6", "claim:%6b?value=%35", "claim:k?value=\u202e",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := hearsay.ParseLink(s)
		if err != nil {
			if a != (hearsay.Assertion{}) {
				t.Fatalf("%q is refused and gives %+v", s, a)
			}
			return
		}
		written := a.String()
		again, err := hearsay.ParseLink(written)
		if err != nil || again != a {
			t.Fatalf("%q is written %q, and read again as %+v, %v", s, written, again, err)
		}
		if again.String() != written {
			t.Fatalf("%q is not written as it was: %q", written, again.String())
		}
	})
}

// graphic are the characters that a field may hold.
var graphic = unicode.GraphicRanges
