package hearsay

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Value is what a claim is said to be. A number is an interval, a single point
// where it is exact; a date is the interval of the days it may mean. Choices,
// truths and texts have only their text.
type Value struct {
	Kind   ClaimType
	Text   string // as printed: 6500, closed, yes, 2009, 5..10
	Approx string // of a number, one of Approxs
	Low    float64
	High   float64
	// over and under leave the stated bound itself out.
	lowOpen, highOpen bool
}

var errNumber = errors.New("it is not a number or a range of numbers")

// parseNumber reads 6500, 12.5 or 5..10 and what the approximation makes of it
// (DESIGN.md, "Reports and bulletins are Markdown").
func parseNumber(text, approx string) (Value, error) {
	v := Value{Kind: Number, Approx: approx}
	low, high, isRange := strings.Cut(text, "..")
	a, err := finite(low)
	if err != nil {
		return Value{}, err
	}
	if isRange {
		b, err := finite(high)
		if err != nil || b < a || approx != "" {
			return Value{}, errNumber
		}
		if a < b {
			v.Text, v.Low, v.High = number(a)+".."+number(b), a, b
			return v, nil
		}
	}
	v.Text, v.Low, v.High = number(a), a, a
	tenth := func(n float64) float64 { return n * a / 10 } // in this order without a trace of .1 in a whole number
	switch approx {
	case "":
	case "about":
		v.Low, v.High = min(tenth(9), tenth(11)), max(tenth(9), tenth(11))
	case "nearly":
		v.Low, v.High = min(tenth(9), a), max(tenth(9), a)
	case "over":
		v.High, v.lowOpen = math.Inf(1), true
	case "at-least":
		v.High = math.Inf(1)
	case "under":
		v.Low, v.highOpen = math.Inf(-1), true
	case "at-most":
		v.Low = math.Inf(-1)
	default:
		return Value{}, errNumber
	}
	return v, nil
}

// finite reads a plain decimal. Whole numbers up to 1e15 are kept exactly.
func finite(s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.Trim(s, "-.0123456789") != "" || math.Abs(x) > 1e15 {
		return 0, errNumber
	}
	return x + 0, nil // -0 is 0
}

// number prints a number plainly, never in powers of ten.
func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// IsExact reports whether the value is a single point, or has no measure at all.
func (v Value) IsExact() bool { return v.Low == v.High }

// Contains reports whether everything that w may mean lies inside v: two
// statements then say the same, and w says it more exactly.
func (v Value) Contains(w Value) bool {
	if v.Kind != w.Kind {
		return false
	}
	if v.Kind != Number && v.Kind != Moment {
		return v.same(w)
	}
	above := w.Low > v.Low || (w.Low == v.Low && (!v.lowOpen || w.lowOpen))
	below := w.High < v.High || (w.High == v.High && (!v.highOpen || w.highOpen))
	return above && below
}

// Meets reports whether both values can be true together.
func (v Value) Meets(w Value) bool {
	if v.Kind != w.Kind {
		return false
	}
	if v.Kind != Number && v.Kind != Moment {
		return v.same(w)
	}
	if v.Low > w.Low || (v.Low == w.Low && v.lowOpen) {
		v, w = w, v // w begins last
	}
	if w.High < v.High || (w.High == v.High && w.highOpen) {
		v.High, v.highOpen = w.High, w.highOpen // v ends first
	}
	return w.Low < v.High || (w.Low == v.High && !w.lowOpen && !v.highOpen)
}

func (v Value) same(w Value) bool {
	if v.Kind == Text {
		return strings.EqualFold(v.Text, w.Text)
	}
	return v.Text == w.Text
}

// IsZero reports whether there is no value.
func (v Value) IsZero() bool { return v.Kind == "" }

// Width returns how much a number leaves open, infinity where it has no bound.
func (v Value) Width() float64 { return v.High - v.Low }

// String prints the value with its approximation: "about 6500", "under 5".
func (v Value) String() string {
	if v.Approx == "" {
		return v.Text
	}
	return strings.ReplaceAll(v.Approx, "-", " ") + " " + v.Text
}

// Plain returns the value as a plain reader of JSON expects it: a number, a
// text, nil for the lack of a value, and an object that names a bound or a
// range ({"under": 5}, {"range": [5, 10]}). "about 500" is the number 500.
func (v Value) Plain() any {
	low, high, isRange := strings.Cut(v.Text, "..")
	isYear := v.Kind == Moment && len(v.Text) == 4 && v.Text[0] != '0' && !strings.Contains(v.Text, "X")
	switch {
	case v.IsZero():
		return nil
	case v.Kind == Number && isRange:
		return map[string][]json.Number{"range": {json.Number(low), json.Number(high)}}
	case isYear, v.Kind == Number && (v.Approx == "" || v.Approx == "about"):
		return json.Number(v.Text)
	case v.Kind == Number:
		return map[string]json.Number{v.Approx: json.Number(v.Text)}
	default:
		return v.Text
	}
}

// valueJSON is how a value is kept: what was stated, from which the rest follows.
type valueJSON struct {
	Kind   ClaimType `json:"kind"`
	Text   string    `json:"text"`
	Approx string    `json:"approx,omitempty"`
}

// MarshalJSON writes what was stated; UnmarshalJSON reads it back without loss.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(valueJSON{v.Kind, v.Text, v.Approx})
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Value) UnmarshalJSON(b []byte) error {
	if string(b) == "null" {
		*v = Value{}
		return nil
	}
	var j valueJSON
	if err := json.Unmarshal(b, &j); err != nil {
		return err
	}
	a := Assertion{Value: j.Text, Approx: j.Approx, Hedge: Hedges[0]}
	claim := Claim{Key: "value", Type: j.Kind}
	if j.Kind == Choice {
		claim.Labels = []string{j.Text}
	}
	read, err := claim.Value(a)
	if err != nil {
		return fmt.Errorf("read a kept value: %w", ErrFit)
	}
	if read.Kind == "" {
		return fmt.Errorf("read a kept value of kind %q: %w", clip(string(j.Kind)), ErrFit)
	}
	*v = read
	return nil
}
