package envelope

import (
	"crypto/sha256"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
)

// ErrPhrase is returned for words that are not a phrase. It says no more, and
// a kit says "check the words": what was wrong with them helps whoever guesses.
var ErrPhrase = errors.New("not a phrase")

// ErrOrder is returned for an order of the marked words that is none.
var ErrOrder = errors.New("not an order of four words")

const (
	phraseWords = 12
	mkcSize     = 16
)

// marked are the positions of the words whose order is outside the checksum
// (words 1, 4, 8 and 12).
var marked = [4]int{0, 3, 7, 11}

// A Phrase is the twelve words that are all a source keeps (PROTOCOL 4.1). The
// order of words 1, 4, 8 and 12 chooses the author's key; the inbox is the same
// for all orders. It cannot be printed; see [Phrase.Words].
type Phrase struct {
	words veiled[[phraseWords]uint16] // as typed
}

// NewPhrase draws a phrase whose marked words stand in a uniformly random
// order. It keeps 123.4 bits of chance. An error is that of random.
func NewPhrase(random io.Reader) (Phrase, error) {
	var entropy [mkcSize]byte
	for {
		if _, err := io.ReadFull(random, entropy[:]); err != nil {
			return Phrase{}, fmt.Errorf("new phrase: %w", err)
		}
		words := wordsOf(entropy)
		if !ascending(markedOf(words)) {
			continue
		}
		order, err := randomOrder(random)
		if err != nil {
			return Phrase{}, fmt.Errorf("new phrase: %w", err)
		}
		return Phrase{veil(words)}.Reordered(order)
	}
}

// randomOrder draws one of the 24 orders, each as likely as another.
func randomOrder(random io.Reader) (string, error) {
	var b [1]byte
	for {
		if _, err := io.ReadFull(random, b[:]); err != nil {
			return "", err
		}
		if b[0] < 240 { // the largest multiple of 24; above it some orders would be likelier
			return orderNumber(int(b[0]) % 24), nil
		}
	}
}

// orderNumber returns the nth of the 24 orders.
func orderNumber(n int) string {
	left, order := []byte("0123"), make([]byte, 0, 4)
	for radix := 4; radix > 0; radix-- {
		i := n % radix
		n /= radix
		order = append(order, left[i])
		left = slices.Delete(left, i, i+1)
	}
	return string(order)
}

// ParsePhrase reads twelve words, in any case and with any white space.
func ParsePhrase(text string) (Phrase, error) {
	const longest = phraseWords * 64 // far more than any twelve words
	if len(text) > longest {
		return Phrase{}, fmt.Errorf("parse phrase: %w", ErrPhrase)
	}
	fields := strings.Fields(strings.ToLower(text))
	if len(fields) != phraseWords {
		return Phrase{}, fmt.Errorf("parse phrase: %w", ErrPhrase)
	}
	var p [phraseWords]uint16
	for i, field := range fields {
		n, ok := wordIndex()[field]
		if !ok {
			return Phrase{}, fmt.Errorf("parse phrase: %w", ErrPhrase)
		}
		p[i] = n
	}
	canonical := canonicalOf(p)
	if !ascending(markedOf(canonical)) { // two are the same
		return Phrase{}, fmt.Errorf("parse phrase: %w", ErrPhrase)
	}
	if _, ok := entropyOf(canonical); !ok {
		return Phrase{}, fmt.Errorf("parse phrase: %w", ErrPhrase)
	}
	return Phrase{veil(p)}, nil
}

// Words returns the phrase to be shown, on purpose, to the one person who may
// see it.
func (p Phrase) Words() string {
	list := words()
	text := make([]string, phraseWords)
	for i, n := range p.words.get() {
		text[i] = list[n]
	}
	return strings.Join(text, " ")
}

// Order returns the rank, 0 to 3, of the word at each marked position.
func (p Phrase) Order() string {
	typed := markedOf(*p.words.get())
	sorted := markedOf(canonicalOf(*p.words.get()))
	order := make([]byte, len(marked))
	for i, n := range typed {
		order[i] = byte('0' + slices.Index(sorted[:], n))
	}
	return string(order)
}

// Reordered returns the same words with the marked ones in another order, a
// permutation of "0123". What is sent under any order but the first one used
// raises an alarm at the desk (section 5).
func (p Phrase) Reordered(order string) (Phrase, error) {
	digits := []byte(order)
	slices.Sort(digits)
	if string(digits) != "0123" {
		return Phrase{}, fmt.Errorf("reorder phrase: %w", ErrOrder)
	}
	q := canonicalOf(*p.words.get())
	sorted := markedOf(q)
	for i, at := range marked {
		q[at] = sorted[order[i]-'0']
	}
	return Phrase{veil(q)}, nil
}

// mkc returns the entropy of the canonical form.
func (p Phrase) mkc() [mkcSize]byte {
	entropy, ok := entropyOf(canonicalOf(*p.words.get()))
	if !ok {
		panic("envelope: a phrase that was never parsed")
	}
	return entropy
}

func markedOf(p [phraseWords]uint16) (m [4]uint16) {
	for i, at := range marked {
		m[i] = p[at]
	}
	return m
}

func ascending(m [4]uint16) bool { return m[0] < m[1] && m[1] < m[2] && m[2] < m[3] }

// canonicalOf returns the phrase with its marked words sorted.
func canonicalOf(p [phraseWords]uint16) [phraseWords]uint16 {
	m := markedOf(p)
	slices.Sort(m[:])
	for i, at := range marked {
		p[at] = m[i]
	}
	return p
}

// wordsOf encodes entropy as BIP39 does: 128 bits and the first four of their
// SHA-256, eleven to a word.
func wordsOf(entropy [mkcSize]byte) (p [phraseWords]uint16) {
	var b [mkcSize + 4]byte // room to read four bytes at the last word
	copy(b[:], entropy[:])
	b[mkcSize] = checksum(entropy) << 4
	for i := range p {
		bit := 11 * i
		p[i] = uint16(binary.BigEndian.Uint32(b[bit/8:])>>(32-11-bit%8)) & 0x7ff
	}
	return p
}

// entropyOf is the inverse of wordsOf; false means a wrong checksum.
func entropyOf(p [phraseWords]uint16) (entropy [mkcSize]byte, ok bool) {
	var b [mkcSize + 4]byte
	for i, n := range p {
		bit := 11 * i
		at := b[bit/8:]
		binary.BigEndian.PutUint32(at, binary.BigEndian.Uint32(at)|uint32(n)<<(32-11-bit%8))
	}
	entropy = [mkcSize]byte(b[:])
	return entropy, b[mkcSize]>>4 == checksum(entropy)
}

func checksum(entropy [mkcSize]byte) byte {
	sum := sha256.Sum256(entropy[:])
	return sum[0] >> 4
}

//go:embed english.txt
var englishWords string

// words is the English list of BIP39, in its order.
var words = sync.OnceValue(func() []string { return strings.Fields(englishWords) })

var wordIndex = sync.OnceValue(func() map[string]uint16 {
	index := make(map[string]uint16, 2048)
	for i, word := range words() {
		index[word] = uint16(i)
	}
	return index
})
