package kit_test

import (
	"errors"
	"strings"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
)

func TestPaperVersion(t *testing.T) {
	p := newPhrase(t)
	seen := map[string]int{}
	const draws = 2300
	for range draws {
		paper, err := kit.PaperVersion(p)
		check(t, err)
		if same, err := paper.Reordered(p.Order()); err != nil || same.Words() != p.Words() {
			t.Fatal("other words")
		}
		seen[paper.Order()]++
	}
	if len(seen) != 23 || seen[p.Order()] != 0 {
		t.Errorf("%d orders, the true one %d times", len(seen), seen[p.Order()])
	}
	for order, n := range seen { // of 100 on average; by chance one misses these bounds in 10^9 runs
		if n < 40 || n > 170 {
			t.Errorf("order %s is drawn %d times of %d", order, n, draws)
		}
	}
}

func TestPractise(t *testing.T) {
	p, err := kit.NewWords()
	check(t, err)
	paper, err := kit.PaperVersion(p)
	check(t, err)
	words := strings.Fields(p.Words())
	words[4], words[5] = words[5], words[4]
	swapped := strings.Join(words, " ")
	for name, tt := range map[string]struct {
		typed string
		want  error
		says  string
	}{
		"right":                  {p.Words(), nil, ""},
		"right, in another case": {"  " + strings.ToUpper(p.Words()) + "\n", nil, ""},
		"an order that alarms":   {paper.Words(), kit.ErrPracticeOrder, "1, 4, 8 and 12"},
		"two others exchanged":   {swapped, kit.ErrPractice, "look again at word 5, 6"},
		"eleven":                 {strings.Join(words[:11], " "), kit.ErrPractice, "you typed 11"},
		"nothing":                {"", kit.ErrPractice, "you typed 0"},
	} {
		err := kit.Practise(p, tt.typed)
		if !errors.Is(err, tt.want) || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %v", name, err)
		}
		for word := range strings.FieldsSeq(p.Words()) {
			if err != nil && strings.Contains(" "+err.Error()+" ", " "+word+" ") && len(word) > 5 {
				t.Errorf("%s: it says %q", name, word)
			}
		}
	}
	if _, err := envelope.ParsePhrase(p.Words()); err != nil {
		t.Error(err)
	}
}
