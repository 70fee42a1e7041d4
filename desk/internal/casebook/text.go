package casebook

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearsay"
)

// words returns the words of a Markdown text, without marks.
func words(markdown string) []string { return plainWords(hearsay.PlainText([]byte(markdown))) }

// plainWords returns the words of a text in lower case, without punctuation.
// Chinese is written without spaces: each character stands alone and counts as
// half a word, about as much as it says. Characters that leave no mark are as
// if they were not there.
func plainWords(text string) []string {
	var found []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			found = append(found, word.String())
		}
		word.Reset()
	}
	for _, r := range strings.ToLower(text) {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			found = append(found, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word.WriteRune(r)
		case r == '\'' || r == '’' || r == ',' || r == '.' || r == '-' || unicode.Is(unicode.Cf, r):
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

// mark stands for a run of words where texts are compared.
type mark uint64

func markOf(run string) (m mark) {
	sum := sha256.Sum256([]byte(run))
	for _, b := range sum[:8] {
		m = m<<8 | mark(b)
	}
	return m
}

// marksOf returns the marks of the runs of so many words, each once, in order.
func marksOf(words []string, n int) []mark {
	var marks []mark
	for run := range runs(words, n) {
		marks = append(marks, markOf(run))
	}
	slices.Sort(marks)
	return slices.Compact(marks)
}

// likeness is what comparing a report's text with others needs, so that none
// has to be read twice.
type likeness struct {
	whole mark   // 0 where it is like none
	runs  []mark // of four words: whether it repeats another report
	own   []mark // of eight: whether a bulletin repeats it
}

const (
	resemblanceRun = 4
	ownWords       = 8 // in a row make a text its author's
)

// likenessOf reads a report's text and what its links carry beside it. A report
// of nothing but answers, as a kit makes them of its form, is like no other:
// whoever gives the same answers agrees, and has copied nothing.
func likenessOf(markdown string, links []hearsay.ClaimLink) likeness {
	w := words(markdown)
	l := likeness{own: marksOf(w, ownWords)}
	answers := 0
	for _, link := range links {
		answers += len(plainWords(link.Words))
	}
	if len(w) > answers {
		l.whole, l.runs = markOf(strings.Join(w, " ")), marksOf(w, resemblanceRun)
	}
	for _, link := range links {
		for _, text := range []string{link.Assertion.Value, link.Assertion.Origin} {
			l.own = append(l.own, marksOf(plainWords(text), ownWords)...)
		}
	}
	return l
}

// nearlyEqual reports whether two reports have the same text, or share so many
// runs of four words (Broder 1997, "On the resemblance and containment of
// documents", section 2) that one repeats the other. Short reports agree by
// chance, so they must be equal.
func nearlyEqual(a, b likeness, both int) bool {
	const (
		fewest     = 8
		resembling = .6
	)
	if a.whole == b.whole {
		return true
	}
	return len(a.runs) >= fewest && len(b.runs) >= fewest && float64(both) >= resembling*float64(len(a.runs)+len(b.runs)-both)
}

// likenesses finds reports that repeat each other, without comparing each with
// each.
type likenesses struct {
	byWhole map[mark][]*Report
	byRun   map[mark][]*Report
}

// add finds the earlier reports that a new one repeats, and lets both know.
func (l *likenesses) add(r *Report) {
	if r.likeness.whole == 0 {
		return
	}
	both := map[*Report]int{}
	for _, earlier := range l.byWhole[r.likeness.whole] {
		both[earlier] = 0
	}
	for _, run := range r.likeness.runs {
		for _, earlier := range l.byRun[run] {
			both[earlier]++
		}
	}
	for earlier, n := range both {
		if nearlyEqual(r.likeness, earlier.likeness, n) {
			r.alike = append(r.alike, earlier)
			earlier.alike = append(earlier.alike, r)
		}
	}
	slices.SortFunc(r.alike, func(a, b *Report) int { return cmp.Compare(a.Seq, b.Seq) })
	l.byWhole[r.likeness.whole] = append(l.byWhole[r.likeness.whole], r)
	for _, run := range r.likeness.runs {
		l.byRun[run] = append(l.byRun[run], r)
	}
}
