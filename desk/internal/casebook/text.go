package casebook

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"hearsay"
)

// words returns the words of a Markdown text in lower case, without marks and
// punctuation. Chinese is written without spaces: each character stands alone
// and counts as half a word, about as much as it says.
func words(markdown string) []string {
	var found []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			found = append(found, word.String())
		}
		word.Reset()
	}
	for _, r := range strings.ToLower(hearsay.PlainText([]byte(markdown))) {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			found = append(found, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word.WriteRune(r)
		case r == '\'' || r == '’' || r == ',' || r == '.' || r == '-':
			// inside a word or a number these neither part nor count
		default:
			flush()
		}
	}
	flush()
	return found
}

// halves counts a word as two halves and a Chinese character as one.
func halves(word string) int {
	if r, n := utf8.DecodeRuneInString(word); n == len(word) && unicode.Is(unicode.Han, r) {
		return 1
	}
	return 2
}

// runs yields every shortest stretch of at least n words in a row.
func runs(words []string, n int) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		end, size := 0, 0
		for start := range words {
			for end < len(words) && size < 2*n {
				size += halves(words[end])
				end++
			}
			if size < 2*n || !yield(strings.Join(words[start:end], " ")) {
				return
			}
			size -= halves(words[start])
		}
	}
}

func runSet(words []string, n int) map[string]bool {
	set := map[string]bool{}
	for run := range runs(words, n) {
		set[run] = true
	}
	return set
}

// commonRun returns the first run of n words of one text that stands in
// another's runs.
func commonRun(words []string, others map[string]bool, n int) (string, bool) {
	for run := range runs(words, n) {
		if others[run] {
			return run, true
		}
	}
	return "", false
}

// likeness is what comparing a report's text with another's needs.
type likeness struct {
	whole string
	runs  map[string]bool // of four words
}

const resemblanceRun = 4

func likenessOf(markdown string) likeness {
	w := words(markdown)
	return likeness{strings.Join(w, " "), runSet(w, resemblanceRun)}
}

// nearlyEqual reports whether two reports have the same text, or share so many
// runs of four words (Broder 1997, "On the resemblance and containment of
// documents", section 2) that one repeats the other. Short reports agree by
// chance, so they must be equal.
func nearlyEqual(a, b *Report) bool {
	const (
		fewest     = 8
		resembling = .6
	)
	if a.likeness.whole == b.likeness.whole {
		return true
	}
	if len(a.likeness.runs) < fewest || len(b.likeness.runs) < fewest {
		return false
	}
	both := 0
	for run := range a.likeness.runs {
		if b.likeness.runs[run] {
			both++
		}
	}
	return float64(both) >= resembling*float64(len(a.likeness.runs)+len(b.likeness.runs)-both)
}
