package hearsay

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrLink tells that a claim link breaks the grammar.
var ErrLink = errors.New("not a claim link")

// The words a claim link may use. The first of each list is the default.
var (
	Hedges  = []string{"stated", "believed", "suspected", "reportedly", "provisional", "unknown"}
	Bases   = []string{"unknown", "seen", "told", "heard", "published", "document", "inferred"}
	Stances = []string{"asserts", "denies"}
	Approxs = []string{"", "about", "nearly", "over", "under", "at-least", "at-most"}
)

const (
	maxLink  = 8192 // no link of fields at their longest comes near it, however it is encoded
	maxField = 400
)

// Assertion is what a claim link says: that a claim has a value, by whom it is
// known and how firmly. A link with an address alone is a citation.
type Assertion struct {
	Address Address
	Value   string // as stated; empty in a citation and where it is not known
	Unit    string
	Approx  string // one of Approxs
	Hedge   string // one of Hedges
	Basis   string // one of Bases
	Stance  string // one of Stances
	At      Date   // when it was so
	Vintage Date   // as of which publication
	Origin  string // where it comes from: a free label
	cites   bool
}

// Cites reports whether the link carries an address alone, as bulletins write.
func (a Assertion) Cites() bool { return a.cites }

// Known reports whether the assertion gives a value. That something is not
// known is an answer, and never a value.
func (a Assertion) Known() bool { return a.Value != "" && a.Hedge != "unknown" }

// IsClaimLink reports whether a link's destination is meant for ParseLink.
func IsClaimLink(destination string) bool { return strings.HasPrefix(destination, "claim:") }

// ParseLink reads the destination of a claim link: claim:ADDRESS?FIELD=…&…,
// percent-encoded as RFC 3986 has it, so that + is a plus. An unknown field, one
// given twice, a word outside its list, broken UTF-8 or percent-encoding, text
// that cannot be seen (controls, marks that turn the direction of writing) and
// an overlong text are refused with the field's name.
func ParseLink(destination string) (Assertion, error) {
	rest, ok := strings.CutPrefix(destination, "claim:")
	if !ok || len(destination) > maxLink || !utf8.ValidString(destination) {
		return Assertion{}, ErrLink
	}
	address, query, hasQuery := strings.Cut(rest, "?")
	address, err := url.PathUnescape(address)
	if err != nil {
		return Assertion{}, fmt.Errorf("%w: broken percent-encoding", ErrLink)
	}
	parsed, err := ParseAddress(address)
	if err != nil {
		return Assertion{}, fmt.Errorf("%w: %w", ErrLink, err)
	}
	a := Assertion{Address: parsed, Hedge: Hedges[0], Basis: Bases[0], Stance: Stances[0], cites: !hasQuery}
	if !hasQuery {
		return a, nil
	}
	given := map[string]bool{}
	for field := range strings.SplitSeq(query, "&") {
		name, encoded, ok := strings.Cut(field, "=")
		if !ok || given[name] {
			return Assertion{}, fmt.Errorf("%w: %q is given twice, or without a value", ErrLink, clip(name))
		}
		given[name] = true
		value, err := url.PathUnescape(encoded)
		if err != nil || len(value) > maxField || !utf8.ValidString(value) || strings.ContainsFunc(value, unseen) {
			return Assertion{}, fmt.Errorf("%w: %q is too long or not plain text", ErrLink, clip(name))
		}
		if err := a.set(name, value); err != nil {
			return Assertion{}, fmt.Errorf("%w: %w", ErrLink, err)
		}
	}
	if a.Value == "" && a.Hedge != "unknown" {
		return Assertion{}, fmt.Errorf("%w: it gives no value and does not say that none is known", ErrLink)
	}
	return a, nil
}

// unseen tells of characters that leave no mark, or change how others look.
func unseen(r rune) bool { return !unicode.IsGraphic(r) }

func (a *Assertion) set(name, value string) (err error) {
	word := func(field *string, list []string) error {
		if value == "" || !slices.Contains(list, value) {
			return fmt.Errorf("%s knows no word %q", name, clip(value))
		}
		*field = value
		return nil
	}
	switch name {
	case "value":
		a.Value = strings.TrimSpace(value)
	case "unit":
		a.Unit = value
	case "origin":
		a.Origin = strings.TrimSpace(value)
	case "approx":
		return word(&a.Approx, Approxs)
	case "hedge":
		return word(&a.Hedge, Hedges)
	case "basis":
		return word(&a.Basis, Bases)
	case "stance":
		return word(&a.Stance, Stances)
	case "at":
		a.At, err = ParseDate(value)
	case "vintage":
		a.Vintage, err = ParseDate(value)
	default:
		return fmt.Errorf("there is no field %q", clip(name))
	}
	return err
}

// String writes the assertion as the destination of a claim link, with fields
// in the order of DESIGN.md and defaults left out.
func (a Assertion) String() string {
	var b strings.Builder
	b.WriteString("claim:" + strings.NewReplacer("%", "%25", "?", "%3F").Replace(a.Address.String()))
	separator := "?"
	field := func(name, value, standard string) {
		if value != "" && value != standard {
			b.WriteString(separator + name + "=" + strings.ReplaceAll(url.QueryEscape(value), "+", "%20"))
			separator = "&"
		}
	}
	field("value", a.Value, "")
	field("unit", a.Unit, "")
	field("approx", a.Approx, "")
	field("hedge", a.Hedge, Hedges[0])
	field("basis", a.Basis, Bases[0])
	field("stance", a.Stance, Stances[0])
	field("at", a.At.String(), "")
	field("vintage", a.Vintage.String(), "")
	field("origin", a.Origin, "")
	return b.String()
}
