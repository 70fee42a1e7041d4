package hearsay_test

import (
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"hearsay"
)

func date(t testing.TB, s string) hearsay.Date {
	t.Helper()
	d, err := hearsay.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestDateSpans has the forms of EDTF level 0 and 1 (Library of Congress, 2019)
// but times of day and long years, each with the days that it may mean.
func TestDateSpans(t *testing.T) {
	for _, tt := range []struct{ name, text, first, last string }{
		{"a day", "1985-04-12", "1985-04-12", "1985-04-12"},
		{"a leap day", "2020-02-29", "2020-02-29", "2020-02-29"},
		{"a month", "1985-04", "1985-04-01", "1985-04-30"},
		{"February of a leap year", "2020-02", "2020-02-01", "2020-02-29"},
		{"December", "1999-12", "1999-12-01", "1999-12-31"},
		{"a year", "1985", "1985-01-01", "1985-12-31"},
		{"year zero", "0000", "0000-01-01", "0000-12-31"},
		{"the last year", "9999", "9999-01-01", "9999-12-31"},
		{"uncertain", "1984?", "1984-01-01", "1984-12-31"},
		{"approximate", "2004-06~", "2004-06-01", "2004-06-30"},
		{"uncertain and approximate", "2004-06-11%", "2004-06-11", "2004-06-11"},
		{"a year with one digit unspecified", "201X", "2010-01-01", "2019-12-31"},
		{"a year with two", "20XX", "2000-01-01", "2099-12-31"},
		{"an unspecified month", "2004-XX", "2004-01-01", "2004-12-31"},
		{"an unspecified day", "1985-04-XX", "1985-04-01", "1985-04-30"},
		{"an unspecified month and day", "1985-XX-XX", "1985-01-01", "1985-12-31"},
		{"unspecified and uncertain", "201X?", "2010-01-01", "2019-12-31"},
		{"spring", "2001-21", "2001-03-01", "2001-05-31"},
		{"summer", "2001-22", "2001-06-01", "2001-08-31"},
		{"autumn, about", "2001-23~", "2001-09-01", "2001-11-30"},
		{"winter runs into the next year", "2003-24", "2003-12-01", "2004-02-29"},
		{"an interval of years", "1964/2008", "1964-01-01", "2008-12-31"},
		{"an interval of months", "2004-06/2006-08", "2004-06-01", "2006-08-31"},
		{"an interval of days", "2004-02-01/2005-02-08", "2004-02-01", "2005-02-08"},
		{"an interval of mixed precision", "2004-02-01/2005", "2004-02-01", "2005-12-31"},
		{"an interval of uncertain ends", "1984~/2004-06%", "1984-01-01", "2004-06-30"},
		{"an interval with an unspecified day", "2004-06-XX/2004-07-03", "2004-06-01", "2004-07-03"},
		{"an interval of one day", "2004-02-01/2004-02-01", "2004-02-01", "2004-02-01"},
		{"an interval within a year", "2004/2004-03", "2004-01-01", "2004-03-31"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := date(t, tt.text)
			if first, last := d.Span(); first.String() != tt.first || last.String() != tt.last {
				t.Errorf("%s spans %s to %s, want %s to %s", tt.text, first, last, tt.first, tt.last)
			}
			if d.String() != tt.text {
				t.Errorf("%s is kept as %s", tt.text, d)
			}
		})
	}
	t.Run("an open or unknown end has no bound", func(t *testing.T) {
		year := date(t, "1985")
		begin, end := year.Span()
		for _, text := range []string{"../1985", "/1985"} {
			if first, last := date(t, text).Span(); first >= begin-1e6 || last != end {
				t.Errorf("%s spans %d to %d", text, first, last)
			}
		}
		for _, text := range []string{"1985/..", "1985/"} {
			if first, last := date(t, text).Span(); first != begin || last <= end+1e6 {
				t.Errorf("%s spans %d to %d", text, first, last)
			}
		}
	})
	t.Run("no text is no date", func(t *testing.T) {
		if d := date(t, ""); !d.IsZero() || d.String() != "" {
			t.Errorf("%q", d)
		}
	})
}

func TestDateRefuses(t *testing.T) {
	for _, text := range []string{
		"85", "198", "19850", "1985-4", "1985-4-12", "1985-04-1", "1985/4", "1985-13", "1985-00", "1985-04-00", "1985-04-31",
		"2019-02-29", "1985-20", "1985-25", "1985-21-01", "1985-04-12-01", "1985-", "-1985", "+1985", " 1985", "1985 ", "1985\n",
		"XXXX", "1XXX", "X985", "19X5", "19xx", "201X-04", "1985-X4", "1985-4X", "1985-1X", "1985-XX-04", "1985-04-X1", "1985-04-1X",
		"1985??", "1985?~", "?1985", "1985-?04", "1985-04?-12", "~", "%",
		"Y17000", "Y-17000", "1985-04-12T10:00:00", "1985-04-12T10:00:00Z", "10:00",
		"/", "..", "../..", "/..", "../", "1985//1986", "1985/1986/1987", "1986/1985", "1985-05/1985-04", "1985...1986", "1985..1986",
		"١٩٨٥", "１９８５", "1985-04-12\x00", "{1985,1986}", "[1985]", "99999999999999999999",
		"1985-04-12/1986-04-12/1985-04-12/1986-04-12",
	} {
		t.Run(text, func(t *testing.T) {
			if d, err := hearsay.ParseDate(text); !errors.Is(err, hearsay.ErrDate) {
				t.Errorf("ParseDate = %q, %v", d, err)
			}
		})
	}
}

// TestDateOrder: of two vintages the later one is the larger.
func TestDateOrder(t *testing.T) {
	ordered := []string{"", "../2009", "2008", "2009-12", "2010-01", "2010", "2010-01-05", "2010-07", "2012-01", "2012-10", "2017-01~", "2018-01"}
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			if i < j {
				want = -1
			} else if i > j {
				want = 1
			}
			if got := date(t, a).Compare(date(t, b)); got != want {
				t.Errorf("%q against %q: %d, want %d", a, b, got, want)
			}
		}
	}
	if date(t, "2017-01").Compare(date(t, "2017-01~")) != 0 {
		t.Error("whether a vintage is certain does not make it later")
	}
}

// dates draws texts that look like EDTF, most of them right.
var dates = rapid.Custom(func(t *rapid.T) string {
	one := func() string {
		return rapid.StringMatching(`(19|20)(\d\d|\dX|XX)|(19|20)\d\d(-(0[1-9]|1[0-2]|2[1-4]|XX))?[?~%]?|20\d\d-(0[1-9]|1[0-2])-(0[1-9]|1\d|2\d|XX)[?~%]?`).Draw(t, "date")
	}
	switch rapid.IntRange(0, 4).Draw(t, "form") {
	case 0:
		return one() + "/" + one()
	case 1:
		return "../" + one()
	case 2:
		return one() + "/"
	}
	return one()
})

func TestDateLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var all []hearsay.Date
		for _, s := range rapid.SliceOfN(dates, 3, 3).Draw(t, "dates") {
			d, err := hearsay.ParseDate(s)
			if err != nil {
				continue
			}
			if first, last := d.Span(); first > last {
				t.Fatalf("%s ends before it begins", d)
			}
			b, err := d.MarshalText()
			var back hearsay.Date
			if err != nil || back.UnmarshalText(b) != nil || back != d {
				t.Fatalf("%s came back as %s, %v", d, back, err)
			}
			all = append(all, d)
		}
		if len(all) == 3 && all[0].Compare(all[1]) <= 0 && all[1].Compare(all[2]) <= 0 && all[0].Compare(all[2]) > 0 {
			t.Fatalf("%s, %s, %s go round in a circle", all[0], all[1], all[2])
		}
		for i := range all {
			for j := range all {
				if all[i].Compare(all[j]) != -all[j].Compare(all[i]) {
					t.Fatalf("%s and %s each come first", all[i], all[j])
				}
			}
		}
	})
}

func FuzzParseDate(f *testing.F) {
	for _, s := range []string{"", "2016", "2016-02-30", "20XX?", "../2016", "2020-01/2020-03", "2003-24", "1985-XX-XX", "-1", "9999/..", "%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := hearsay.ParseDate(s)
		if err != nil {
			return
		}
		first, last := d.Span()
		if d.String() != s || first > last || d.IsZero() != (s == "") {
			t.Fatalf("%q is kept as %q, %d to %d", s, d, first, last)
		}
	})
}

func TestDays(t *testing.T) {
	for _, tt := range []struct {
		text string
		day  hearsay.Day
	}{{"1970-01-01", 0}, {"1969-12-31", -1}, {"2020-02-04", 18296}, {"0001-01-01", -719162}, {"9999-12-31", 2932896}} {
		d, err := hearsay.ParseDay(tt.text)
		if err != nil || d != tt.day || d.String() != tt.text {
			t.Errorf("%s is day %d (%s), %v; want %d", tt.text, d, d, err, tt.day)
		}
		if almost := d.Time().AddDate(0, 0, 1).Add(-1); hearsay.DayOf(almost) != d || hearsay.DayOf(almost.Add(1)) != d+1 {
			t.Errorf("%s does not last until midnight", tt.text)
		}
	}
	for _, bad := range []string{"", "2020-2-4", "2020-02-30", "2020-02-04T00:00:00Z", "18296", "04.02.2020", " 2020-02-04"} {
		if d, err := hearsay.ParseDay(bad); !errors.Is(err, hearsay.ErrDay) {
			t.Errorf("%q is day %s, %v", bad, d, err)
		}
	}
}

func TestAddresses(t *testing.T) {
	for _, good := range []string{"a", "border/closure", "prices/rice/hyesan@2020-02-06", "arrivals@2016", "0-1/2-3", "key@2020-01/2020-03", "key@../2016", "key@2016?", "key@2016%", "-"} {
		t.Run("accepted: "+good, func(t *testing.T) {
			a, err := hearsay.ParseAddress(good)
			if err != nil || a.String() != good {
				t.Errorf("%s, %v", a, err)
			}
			var back hearsay.Address
			if b, err := a.MarshalText(); err != nil || back.UnmarshalText(b) != nil || back != a {
				t.Errorf("came back as %s", back)
			}
		})
	}
	long := make([]byte, 201)
	for i := range long {
		long[i] = 'a'
	}
	for _, bad := range []string{"", "/", "a/", "/a", "a//b", "A", "a b", "a_b", "ä", "a.b", "../a", "a@", "@2016", "a@@2016", "a@2016@2017", "a@yes", "a@2016-13", "a\n", "a\x00", string(long)} {
		t.Run("refused: "+bad, func(t *testing.T) {
			if a, err := hearsay.ParseAddress(bad); !errors.Is(err, hearsay.ErrAddress) {
				t.Errorf("%s, %v", a, err)
			}
		})
	}
	t.Run("by key, then by when the period begins", func(t *testing.T) {
		var sorted []hearsay.Address
		want := []string{"a", "a@2015", "a@2015/2016", "a@2015-06", "a@2016", "a@2016-02", "a/b", "b"}
		for _, s := range want {
			a, err := hearsay.ParseAddress(s)
			if err != nil {
				t.Fatal(err)
			}
			sorted = append(sorted, a)
		}
		mixed := slices.Clone(sorted)
		slices.Reverse(mixed)
		slices.SortFunc(mixed, hearsay.Address.Compare)
		if !slices.Equal(mixed, sorted) {
			t.Errorf("%v", mixed)
		}
	})
}
