package hearsay

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ClaimType says what kind of value a claim has.
type ClaimType string

// The types of claims.
const (
	Number ClaimType = "number"
	Choice ClaimType = "choice"
	Truth  ClaimType = "truth"
	Moment ClaimType = "date"
	Text   ClaimType = "text"
)

// ErrClaim tells that the definition of a claim is not usable.
var ErrClaim = errors.New("not a usable claim")

// ErrFit tells that a stated value does not fit the claim it is about.
var ErrFit = errors.New("the value does not fit the claim")

// Claim is something that is true or not, or has a value. A claim of a series
// stands for one value a period; its address then carries the period.
type Claim struct {
	Key       string    `json:"key"`
	Type      ClaimType `json:"type"`
	Question  string    `json:"question"`
	Unit      string    `json:"unit,omitempty"`
	Labels    []string  `json:"labels,omitempty"`    // of a choice
	Series    string    `json:"series,omitempty"`    // the period of a series: day, month or year
	Scale     string    `json:"scale,omitempty"`     // of a number: log, or linear when empty
	Tolerance string    `json:"tolerance,omitempty"` // of a number: "2%" or an absolute "1"
	Record    string    `json:"record,omitempty"`    // the body whose own count settles it
}

// Validate refuses a claim that nothing could be stated about.
func (c Claim) Validate() error {
	fail := func(why string) error { return fmt.Errorf("%s: %s: %w", clip(c.Key), why, ErrClaim) }
	if !ValidKey(c.Key) {
		return fail("its key is not segments of a-z, 0-9 and hyphens")
	}
	if !slices.Contains([]ClaimType{Number, Choice, Truth, Moment, Text}, c.Type) {
		return fail("its type is none of number, choice, truth, date, text")
	}
	if strings.TrimSpace(c.Question) == "" || len(c.Question) > maxField {
		return fail("it needs a question of at most 400 bytes")
	}
	if c.Type == Choice && len(c.Labels) < 2 || c.Type != Choice && len(c.Labels) > 0 {
		return fail("a choice is among two labels or more, and nothing else has any")
	}
	for i, label := range c.Labels {
		if !ValidKey(label) || strings.Contains(label, "/") || slices.Contains(c.Labels[:i], label) {
			return fail("a label is not a slug, or stands twice")
		}
	}
	if !slices.Contains([]string{"", "day", "month", "year"}, c.Series) {
		return fail("its series is none of day, month, year")
	}
	if !slices.Contains([]string{"", "linear", "log"}, c.Scale) {
		return fail("its scale is neither linear nor log")
	}
	if c.Type != Number && (c.Scale != "" || c.Tolerance != "") {
		return fail("only a number has a scale and a tolerance")
	}
	if _, err := c.tolerance(); err != nil {
		return fail("its tolerance is neither a number nor a per cent")
	}
	return nil
}

// tolerance returns how far two exact values may lie apart and still be one.
func (c Claim) tolerance() (func(v float64) float64, error) {
	if c.Tolerance == "" {
		return func(float64) float64 { return 0 }, nil
	}
	text, percent := strings.CutSuffix(c.Tolerance, "%")
	t, err := strconv.ParseFloat(text, 64)
	if err != nil || !(t >= 0) || t > 1e9 {
		return nil, ErrClaim
	}
	if percent {
		return func(v float64) float64 { return max(v, -v) * t / 100 }, nil
	}
	return func(float64) float64 { return t }, nil
}

// Near reports whether two exact numbers lie within the claim's tolerance.
func (c Claim) Near(a, b float64) bool {
	tolerance, err := c.tolerance()
	if err != nil {
		return a == b
	}
	return max(a-b, b-a) <= max(tolerance(a), tolerance(b))
}

// Value reads what an assertion says of the claim. It refuses a value of
// another type, a label that the claim does not have and another unit.
func (c Claim) Value(a Assertion) (Value, error) {
	fail := func(why string) (Value, error) { return Value{}, fmt.Errorf("%s: %s: %w", c.Key, why, ErrFit) }
	if !a.Known() {
		return Value{}, fmt.Errorf("%s: it is said not to be known: %w", c.Key, ErrFit)
	}
	if (c.Series != "") != !a.Address.Period.IsZero() {
		return fail("a series needs a period and nothing else has one")
	}
	if a.Unit != c.Unit && a.Unit != "" {
		return fail("it is stated in another unit")
	}
	if a.Approx != "" && c.Type != Number {
		return fail("only numbers can be approximate")
	}
	switch c.Type {
	case Number:
		v, err := parseNumber(a.Value, a.Approx)
		if err != nil {
			return fail(err.Error())
		}
		return v, nil
	case Choice:
		if !slices.Contains(c.Labels, a.Value) {
			return fail("it is none of the claim's labels")
		}
	case Truth:
		if a.Value != "yes" && a.Value != "no" {
			return fail("it is neither yes nor no")
		}
	case Moment:
		date, err := ParseDate(a.Value)
		if err != nil {
			return fail("it is not a date")
		}
		first, last := date.Span()
		return Value{Kind: Moment, Text: date.String(), Low: float64(first), High: float64(last)}, nil
	case Text:
		return Value{Kind: Text, Text: strings.Join(strings.Fields(a.Value), " ")}, nil
	default:
		return fail("the claim has no type")
	}
	return Value{Kind: c.Type, Text: a.Value}, nil
}
