package envelope

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

func TestWordList(t *testing.T) {
	const published = "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
	if sum := sha256.Sum256([]byte(englishWords)); hex.EncodeToString(sum[:]) != published {
		t.Error("english.txt is not the list of BIP39")
	}
	if len(wordIndex()) != 2048 {
		t.Errorf("%d words, want 2048", len(wordIndex()))
	}
}

func TestBIP39(t *testing.T) {
	var vectors []struct {
		Entropy hexBytes
		Words   string
	}
	if err := json.Unmarshal(testFile(t, "bip39_english_12.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) == 0 {
		t.Fatal("no vectors")
	}
	for _, v := range vectors {
		coded := wordsOf([mkcSize]byte(v.Entropy))
		if got := (Phrase{veil(coded)}).Words(); got != v.Words {
			t.Errorf("%x encodes to %q, want %q", v.Entropy, got, v.Words)
		}
		var typed [phraseWords]uint16
		for i, word := range strings.Fields(v.Words) {
			typed[i] = wordIndex()[word]
		}
		if entropy, ok := entropyOf(typed); !ok || entropy != [mkcSize]byte(v.Entropy) {
			t.Errorf("%q decodes to %x, %v", v.Words, entropy, ok)
		}
	}
}

func TestEntropyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		entropy := [mkcSize]byte(rapid.SliceOfN(rapid.Byte(), mkcSize, mkcSize).Draw(t, "entropy"))
		p := wordsOf(entropy)
		if got, ok := entropyOf(p); !ok || got != entropy {
			t.Fatalf("%x came back as %x, %v", entropy, got, ok)
		}
		p[rapid.IntRange(0, 11).Draw(t, "word")] ^= 1 << rapid.IntRange(0, 10).Draw(t, "bit")
		if got, ok := entropyOf(p); ok && wordsOf(got) != p {
			t.Fatal("a phrase that no entropy encodes to was taken")
		}
	})
}

func TestParsePhrase(t *testing.T) {
	// The first vector of hs1.json, whose marked words are kiwi, fog, indicate and dice.
	const good = "kiwi february stand fog funny actress strike indicate used wisdom fringe dice"
	for _, tt := range []struct {
		name, text string
		want       error
	}{
		{"as shown", good, nil},
		{"in capitals, over two lines", strings.ToUpper(strings.Replace(good, " strike", "\n\tstrike", 1)), nil},
		{"marked words in another order", strings.NewReplacer("kiwi", "fog", "fog", "kiwi").Replace(good), nil},
		{"other words in another order", strings.NewReplacer("february", "wisdom", "wisdom", "february").Replace(good), ErrPhrase},
		{"a word too few", strings.TrimSuffix(good, " dice"), ErrPhrase},
		{"a word too many", good + " dice", ErrPhrase},
		{"a word that is not on the list", strings.Replace(good, "dice", "dyce", 1), ErrPhrase},
		{"a wrong checksum", strings.Replace(good, "wisdom", "wise", 1), ErrPhrase},
		{"equal marked words with a good checksum", "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about", ErrPhrase},
		{"nothing", "", ErrPhrase},
		{"a megabyte", strings.Repeat(" ", 1<<20) + good, ErrPhrase},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := ParsePhrase(tt.text); !errors.Is(err, tt.want) {
				t.Errorf("ParsePhrase = %v, want %v", err, tt.want)
			}
		})
	}
}

func TestNewPhrase(t *testing.T) {
	orders := map[string]int{}
	for range 500 {
		p := newTestPhrase(t)
		q, err := ParsePhrase(p.Words())
		if err != nil {
			t.Fatalf("a new phrase is refused: %v", err)
		}
		if q.mkc() != p.mkc() {
			t.Fatal("a new phrase is read as another")
		}
		orders[p.Order()]++
	}
	// 500 draws miss one of 24 orders once in 70 million runs.
	if len(orders) != 24 {
		t.Errorf("%d of 24 orders were drawn", len(orders))
	}
	t.Run("says when chance runs out", func(t *testing.T) {
		if _, err := NewPhrase(iotest.ErrReader(errors.New("no entropy"))); err == nil {
			t.Error("a phrase out of nothing")
		}
	})
}

func TestOrderNumbers(t *testing.T) {
	seen := map[string]bool{}
	for n := range 24 {
		seen[orderNumber(n)] = true
	}
	if len(seen) != 24 {
		t.Errorf("%d different orders, want 24", len(seen))
	}
}

func TestReordered(t *testing.T) {
	p, err := NewPhrase(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]bool{}
	for n := range 24 {
		q, err := p.Reordered(orderNumber(n))
		if err != nil {
			t.Fatal(err)
		}
		if q.Order() != orderNumber(n) || q.mkc() != p.mkc() {
			t.Errorf("order %s came out as %s", orderNumber(n), q.Order())
		}
		if _, err := ParsePhrase(q.Words()); err != nil {
			t.Errorf("order %s is refused: %v", orderNumber(n), err)
		}
		words[q.Words()] = true
	}
	if len(words) != 24 {
		t.Errorf("%d different phrases, want 24", len(words))
	}
	for _, order := range []string{"", "012", "01234", "0012", "1234", "abcd"} {
		if _, err := p.Reordered(order); !errors.Is(err, ErrOrder) {
			t.Errorf("order %q: %v, want %v", order, err, ErrOrder)
		}
	}
}

// All orders of the words open one inbox; each authors with a key of its own.
func TestOrdersShareAnInbox(t *testing.T) {
	desk := newTestDesk(t, 1, 4)
	p := newTestPhrase(t)
	authors := map[[32]byte]bool{}
	var inbox []byte
	for n := range 24 {
		q, err := p.Reordered(orderNumber(n))
		if err != nil {
			t.Fatal(err)
		}
		s, err := DeriveSource(q, desk.id)
		if err != nil {
			t.Fatal(err)
		}
		authors[[32]byte(s.keys.get().author.PublicKey().Bytes())] = true
		if inbox == nil {
			inbox = s.keys.get().inbox.dh.Bytes()
		}
		equal(t, "reply_dh", s.keys.get().inbox.dh.Bytes(), inbox)
	}
	if len(authors) != 24 {
		t.Errorf("%d authors, want 24", len(authors))
	}
	t.Run("at another desk the same words are somebody else", func(t *testing.T) {
		s, err := DeriveSource(p, DeskID{1})
		if err != nil {
			t.Fatal(err)
		}
		if string(s.keys.get().inbox.dh.Bytes()) == string(inbox) {
			t.Error("one inbox at two desks")
		}
	})
}

func TestForget(t *testing.T) {
	s := newTestSource(t, DeskID{})
	k := s.keys.get()
	contact, ack := k.contact, k.ack
	s.Forget()
	if !isZero(contact) || k.author != nil || k.inbox.mlkem != nil || k.ack == ack {
		t.Error("keys are still there")
	}
}
