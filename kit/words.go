package kit

import (
	"crypto/rand"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
	"slices"
	"strings"

	"hearsay/envelope"
)

// NewWords draws twelve words for a new source.
func NewWords() (envelope.Phrase, error) { return envelope.NewPhrase(rand.Reader) }

// PaperVersion returns the same words in another order of those that are
// marked, drawn by lot, to be written down where that cannot be avoided: whoever
// finds it and types it raises the alarm (PROTOCOL 5). It should be shown once,
// and written down instead of the true order, never beside it.
func PaperVersion(p envelope.Phrase) (envelope.Phrase, error) {
	lot, order := mathrand.New(systemRandom{}), []byte("0123")
	for {
		lot.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		if string(order) != p.Order() {
			return p.Reordered(string(order))
		}
	}
}

var (
	// ErrPractice is returned for words that are not those to be practised.
	ErrPractice = errors.New("not yet")

	// ErrPracticeOrder is returned for the right words in an order that would
	// raise the alarm.
	ErrPracticeOrder = errors.New("these are the right words, but 1, 4, 8 and 12 stand in another order: typed so, they would tell the desk that you were forced")
)

// Practise compares what somebody typed with the words that they are to learn,
// and says which are wrong. It is for new words only: to words in use nobody
// says whether they are right, or in which order.
func Practise(want envelope.Phrase, typed string) error {
	words, got := strings.Fields(want.Words()), strings.Fields(strings.ToLower(typed))
	if slices.Equal(words, got) {
		return nil
	}
	if p, err := envelope.ParsePhrase(typed); err == nil {
		if reordered, err := p.Reordered(want.Order()); err == nil && reordered.Words() == want.Words() {
			return ErrPracticeOrder
		}
	}
	if len(got) != len(words) {
		return fmt.Errorf("%w: there are %d words, and you typed %d", ErrPractice, len(words), len(got))
	}
	var wrong []string
	for i := range words {
		if words[i] != got[i] {
			wrong = append(wrong, fmt.Sprint(i+1))
		}
	}
	return fmt.Errorf("%w: look again at word %s", ErrPractice, strings.Join(wrong, ", "))
}
