package sheet

import (
	"math"
	"strconv"
	"strings"
)

// bounds are what a number may be, both ends included: 5..10, about 6500,
// nearly 100, over 3, under 3, at-least 3, at-most 3, in DESIGN.md's words and
// as it has them, with the signs ~ > < >= <= for the same. A bound that is left
// out is moved by the smallest float there is.
type bounds struct{ low, high float64 }

// approximations are longest first where one begins like another.
var approximations = []struct{ text, word string }{
	{"about ", "about"}, {"nearly ", "nearly"}, {"over ", "over"}, {"under ", "under"},
	{"at-least ", "at-least"}, {"at least ", "at-least"}, {"at-most ", "at-most"}, {"at most ", "at-most"},
	{"~", "about"}, {"≈", "about"}, {">=", "at-least"}, {"≥", "at-least"}, {"<=", "at-most"}, {"≤", "at-most"}, {">", "over"}, {"<", "under"},
}

// reading is what a text is as a number.
type reading uint8

const (
	isNumber reading = iota
	isWord
	isNotFinite // NaN, Inf, 1e999: no word anybody would weigh beside numbers
)

// parseNumber reads a number or what it may be.
func parseNumber(text string) (bounds, reading) {
	word := ""
	for _, a := range approximations {
		if len(text) > len(a.text) && strings.EqualFold(text[:len(a.text)], a.text) {
			word, text = a.word, strings.TrimLeft(text[len(a.text):], " ")
			break
		}
	}
	low, high, isRange := strings.Cut(text, "..")
	a, kind := parseFloat(strings.TrimRight(low, " "))
	if kind != isNumber {
		return bounds{}, kind
	}
	if isRange {
		b, kind := parseFloat(strings.TrimLeft(high, " "))
		if kind == isNumber && (b < a || word != "") {
			kind = isWord
		}
		return bounds{a, b}, kind
	}
	x := bounds{a, a}
	switch word {
	case "about":
		x = bounds{min(a*9/10, a*11/10), max(a*9/10, a*11/10)}
	case "nearly":
		x = bounds{min(a*9/10, a), max(a*9/10, a)}
	case "over":
		x = bounds{math.Nextafter(a, math.Inf(1)), math.Inf(1)}
	case "at-least":
		x.high = math.Inf(1)
	case "under":
		x = bounds{math.Inf(-1), math.Nextafter(a, math.Inf(-1))}
	case "at-most":
		x.low = math.Inf(-1)
	}
	if math.IsInf(x.low, 1) || math.IsInf(x.high, -1) || math.IsInf(x.low, 0) && math.IsInf(x.high, 0) {
		return bounds{}, isNotFinite
	}
	return x, isNumber
}

// parseFloat reads decimals with a point, and powers of ten. Go also reads hex
// and underscores, which nobody means in a table.
func parseFloat(text string) (float64, reading) {
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9', c == '+', c == '-', c == '.', c == 'e', c == 'E':
		default:
			switch strings.ToLower(strings.TrimLeft(text, "+-")) {
			case "nan", "inf", "infinity":
				return 0, isNotFinite
			}
			return 0, isWord
		}
	}
	x, err := strconv.ParseFloat(text, 64)
	switch {
	case err == nil:
		return x + 0, isNumber // -0 is 0
	case math.IsInf(x, 0):
		return 0, isNotFinite
	}
	return 0, isWord
}
