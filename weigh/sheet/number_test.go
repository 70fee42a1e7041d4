package sheet

import (
	"math"
	"strings"
	"testing"

	"hearsay"
)

func TestNumbers(t *testing.T) {
	inf := math.Inf(1)
	for _, tt := range []struct {
		text      string
		low, high float64
	}{
		{"6500", 6500, 6500}, {"-12.5", -12.5, -12.5}, {"+3", 3, 3}, {"1e3", 1000, 1000}, {".5", .5, .5}, {"-0", 0, 0},
		{"5..10", 5, 10}, {"5 .. 10", 5, 10}, {"-10..-5", -10, -5}, {"5..5", 5, 5},
		{"about 6500", 5850, 7150}, {"About 6500", 5850, 7150}, {"~6500", 5850, 7150}, {"~ 6500", 5850, 7150}, {"≈6500", 5850, 7150}, {"about -100", -110, -90},
		{"nearly 100", 90, 100}, {"nearly -100", -100, -90},
		{"over 3", math.Nextafter(3, 4), inf}, {">3", math.Nextafter(3, 4), inf}, {"under 3", -inf, math.Nextafter(3, 2)}, {"< 3", -inf, math.Nextafter(3, 2)},
		{"at-least 3", 3, inf}, {"at least 3", 3, inf}, {">=3", 3, inf}, {"≥3", 3, inf}, {"at-most 3", -inf, 3}, {"at most 3", -inf, 3}, {"<=3", -inf, 3}, {"≤ 3", -inf, 3},
	} {
		t.Run(tt.text, func(t *testing.T) {
			if x, kind := parseNumber(tt.text); kind != isNumber || x != (bounds{tt.low, tt.high}) {
				t.Errorf("%v, %v", x, kind)
			}
		})
	}
	for _, text := range []string{"", "many", "6,500", "6 500", "5%", "0x10", "1_000", "5..", "..5", "10..5", "about 5..10", "about", "about ", ">", "--5", "1e", "1.2.3", "about about 5", "2020-02-06", "NaN5"} {
		t.Run(text+" is a word", func(t *testing.T) {
			if x, kind := parseNumber(text); kind != isWord {
				t.Errorf("%v, %v", x, kind)
			}
		})
	}
	for _, text := range []string{"NaN", "inf", "-Infinity", "1e999", "5..inf", "over nan", "over 1.7976931348623157e308", "about 1e308"} {
		t.Run(text+" is not finite", func(t *testing.T) {
			if x, kind := parseNumber(text); kind != isNotFinite {
				t.Errorf("%v, %v", x, kind)
			}
		})
	}
}

// TestWordsOfClaims: the words mean here what they mean in a claim link.
func TestWordsOfClaims(t *testing.T) {
	claim := hearsay.Claim{Key: "prices/rice", Type: hearsay.Number}
	for _, approx := range hearsay.Approxs {
		for _, number := range []string{"6500", "0", "-7", "0.3", "1000000000000"} {
			want, err := claim.Value(hearsay.Assertion{Value: number, Approx: approx, Hedge: "stated"})
			if err != nil {
				t.Fatal(err)
			}
			got, kind := parseNumber(strings.TrimSpace(approx + " " + number))
			if approx == "over" {
				got.low = math.Nextafter(got.low, math.Inf(-1)) // the claim keeps apart that the bound is left out
			}
			if approx == "under" {
				got.high = math.Nextafter(got.high, math.Inf(1))
			}
			if kind != isNumber || got.low != want.Low || got.high != want.High {
				t.Errorf("%s %s: %v, want %v to %v", approx, number, got, want.Low, want.High)
			}
		}
	}
}

func FuzzNumber(f *testing.F) {
	for _, text := range []string{"5..10", "about 6500", ">= 3", "at least -1e300", "~nan", "1e308..1.7e308", "≤0"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		x, kind := parseNumber(text)
		if kind == isNumber && (!(x.low <= x.high) || x.low == x.high && math.IsInf(x.low, 0) || math.IsInf(x.low, -1) && math.IsInf(x.high, 1)) {
			t.Errorf("%q lies between %v and %v", text, x.low, x.high)
		}
	})
}
