package kit

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"

	"hearsay"
)

// ErrAnswer is returned for an answer that does not fit its question; what is
// wrapped with it says why, without the answer.
var ErrAnswer = errors.New("this does not fit the question")

// An Answer is what a source says to a question.
type Answer struct {
	Text    string // a number or a range, a label, yes or no, a date, a text
	Approx  string // of a number: one of [hearsay.Approxs]
	Unknown bool   // "I don't know", which is a whole answer; then there is no Text
	Period  string // of a series: the day, month or year for which it is so
	Basis   string // how it is known: one of [hearsay.Bases], or empty
}

// Wording returns the question in a language, or else in English, or else in
// whichever comes first.
func (q Question) Wording(language string) string {
	for _, l := range []string{language, "en", "ko", "zh", "ru"} {
		if text := q.Ask[l]; text != "" {
			return text
		}
	}
	return q.Key
}

// Statement writes an answer as a line of Markdown whose link asserts it
// (DESIGN.md, "Reports and bulletins are Markdown").
func (q Question) Statement(a Answer, language string) (string, error) {
	assertion := hearsay.Assertion{Value: readValue(q.Type, a.Text), Approx: a.Approx, Basis: a.Basis, Stance: hearsay.Stances[0], Hedge: hearsay.Hedges[0]}
	words := oneLine(a.Text)
	if q.Type == hearsay.Number {
		assertion.Unit = q.Unit
		words = strings.TrimSpace(strings.ReplaceAll(a.Approx, "-", " ") + " " + assertion.Value + " " + q.Unit)
	}
	if a.Unknown {
		assertion = hearsay.Assertion{Basis: a.Basis, Hedge: "unknown"}
		words = "not known"
	}
	address := q.Key
	if q.Series != "" {
		address += "@" + strings.TrimSpace(a.Period)
	}
	var err error
	if assertion.Address, err = hearsay.ParseAddress(address); err != nil {
		return "", fmt.Errorf("%w: it needs a %s such as %s", ErrAnswer, q.Series, map[string]string{"day": "2020-01-31", "month": "2020-01", "year": "2020"}[q.Series])
	}
	link := strings.NewReplacer("(", "%28", ")", "%29", "'", "%27", "*", "%2A", "!", "%21").Replace(assertion.String())
	read, err := hearsay.ParseLink(link)
	if err != nil {
		return "", fmt.Errorf("%w: it is empty, too long or not plain text", ErrAnswer)
	}
	if !a.Unknown {
		claim := hearsay.Claim{Key: q.Key, Type: q.Type, Unit: q.Unit, Labels: q.Labels, Series: q.Series}
		if _, err := claim.Value(read); err != nil {
			return "", fmt.Errorf("%w: %s", ErrAnswer, wants(q))
		}
	}
	return fmt.Sprintf("- %s [%s](%s)", escaped(q.Wording(language)), escaped(words), link), nil
}

// wants says what a question asks for.
func wants(q Question) string {
	switch q.Type {
	case hearsay.Number:
		return "it asks for a number, or two with .. between them"
	case hearsay.Choice:
		return "it asks for one of " + strings.Join(q.Labels, ", ")
	case hearsay.Truth:
		return "it asks for yes or no"
	case hearsay.Moment:
		return "it asks for a date such as 2020-01-31, 2020-01 or 2020"
	}
	return "it asks for a text of at most 400 bytes"
}

var (
	grouped = regexp.MustCompile(`^-?\d{1,3}([, '’\x{a0}\x{202f}]\d{3})+(\.\d+)?$`) // 6,500 and 6 500
	comma   = regexp.MustCompile(`^-?\d+,\d+$`)                                     // 12,5
	between = regexp.MustCompile(`\s*(?:\.\.|…|–|—|~)\s*`)
)

// readValue reads numbers as people write them: 6,500 is 6500, and 12,5 is 12.5.
// A comma before three digits groups.
func readValue(kind hearsay.ClaimType, text string) string {
	text = oneLine(text)
	if kind != hearsay.Number {
		return text
	}
	ends := between.Split(text, -1)
	for i, end := range ends {
		switch {
		case grouped.MatchString(end):
			end = strings.Map(func(r rune) rune {
				if r == '.' || r == '-' || unicode.IsDigit(r) {
					return r
				}
				return -1
			}, end)
		case comma.MatchString(end):
			end = strings.Replace(end, ",", ".", 1)
		}
		ends[i] = end
	}
	return strings.Join(ends, "..")
}

// oneLine leaves what can be seen.
func oneLine(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsGraphic(r) {
			return r
		}
		return ' '
	}, text)), " ")
}

// escaped writes a text so that Markdown shows it as it is.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range oneLine(text) {
		if strings.ContainsRune("\\`*_[]<>&!#", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
