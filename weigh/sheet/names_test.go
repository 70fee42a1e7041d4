package sheet

import (
	"slices"
	"strings"
	"testing"
)

// TestNames: names are kept, found and put in the order of their bytes, however
// many share how long a beginning.
func TestNames(t *testing.T) {
	var want []string
	for i := range 20_000 {
		name := "item-" + strings.Repeat("é", i%7) + strings.Repeat("x", i*i%97) + string(rune('a'+i%26)) + strings.Repeat("\x00", i%3)
		want = append(want, name)
	}
	slices.Sort(want)
	want = slices.Compact(want)
	shuffled := make([]string, len(want))
	for i, name := range want {
		shuffled[i*7919%len(want)] = name // prime, and no divisor of the length
	}
	n := newNames()
	for round := range 2 {
		for i, name := range shuffled {
			if got, isNew, err := n.add([]byte(name)); err != nil || got != int32(i) || isNew != (round == 0) {
				t.Fatalf("name %d is %d, new %v, %v", i, got, isNew, err)
			}
		}
	}
	find := func(all []string) {
		for i, name := range all {
			if got, ok := n.Find(name); !ok || got != int32(i) || n.At(got) != name {
				t.Fatalf("%q is found at %d, %v; want %d", name, got, ok, i)
			}
		}
		for _, name := range []string{"", "item", "item-", "zzz"} {
			if got, ok := n.Find(name); ok {
				t.Errorf("%q is found at %d", name, got)
			}
		}
	}
	find(shuffled)
	rank := n.sort()
	for i, name := range shuffled {
		if n.At(rank[i]) != name {
			t.Fatalf("name %d has the index %d, which is another's", i, rank[i])
		}
	}
	find(want)
}
