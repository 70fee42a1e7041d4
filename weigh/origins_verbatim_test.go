package weigh

import (
	"context"
	"math"
	"slices"
	"testing"
)

// pages is a table of independent sources that are right with a chance of .8, each
// silent on three items of ten, and of pages that repeat one feed, wrong on some
// items.
func pages(seed uint64, kind Kind, items, values, independent, repeat, wrong int) *crowd {
	c := newCrowd(seed, items, values)
	// source draws a wrong value as often as any.
	keeps := 1 - .2*float64(values)/float64(values-1)
	for range independent {
		c.source(c.truth, keeps, .7)
	}
	feed := slices.Clone(c.truth)
	for _, i := range c.chance.Perm(items)[:wrong] {
		feed[i] = (feed[i] + 1 + c.chance.Int32N(int32(values)-1)) % int32(values)
	}
	for range repeat {
		c.source(feed, 1, 1)
	}
	if kind == Open {
		c.Kind, c.Classes = Open, 0
		c.Candidates = slices.Repeat([]Candidates{{Count: int32(values), Else: true}}, items)
	}
	return c
}

func TestRepeatsOfARumourAreOne(t *testing.T) {
	for _, tt := range []struct {
		name                                       string
		kind                                       Kind
		items, values, independent, repeats, wrong int
	}{
		{"two classes", Classes, 24, 2, 12, 10, 9},
		{"three classes", Classes, 24, 3, 12, 10, 9},
		{"two classes, more items", Classes, 100, 2, 12, 10, 40},
		{"more pages than others", Classes, 24, 3, 8, 10, 9},
		{"open values", Open, 24, 3, 12, 10, 9},
		{"three pages", Classes, 24, 3, 12, 3, 9},
		{"twelve items of open values", Open, 12, 3, 6, 5, 5},
	} {
		t.Run(tt.name+": linked, or both answers are shown", func(t *testing.T) {
			silent := 0
			for seed := range uint64(12) {
				c := pages(seed, tt.kind, tt.items, tt.values, tt.independent, tt.repeats, tt.wrong)
				r, err := Default{}.Weigh(context.Background(), c.Table, Options{})
				if err != nil {
					t.Fatal(err)
				}
				// Where the pages are not one, all but what they have wrong is right.
				followed := 0
				for i, v := range r.Verdicts {
					if c.follows(i, v) {
						followed++
					}
				}
				if 2*followed > tt.wrong {
					silent++
					t.Logf("seed %d: %d of %d are as the pages have it, and nothing is said", seed, followed, tt.wrong)
				}
			}
			if silent > 0 {
				t.Errorf("%d of 12 tables follow the pages silently", silent)
			}
		})
	}
}

// follows tells whether a verdict has what the last source says, which is wrong, and
// shows nothing beside it.
func (c *crowd) follows(i int, v Verdict) bool {
	said := c.Value[len(c.Value)-c.Items+i] // the last source speaks of every item in turn
	return said != c.truth[i] && v.Top == int(said) && !v.Ambiguous
}

func TestNobodyRepeats(t *testing.T) {
	t.Run("small tables of independent sources are neither linked nor ambiguous", func(t *testing.T) {
		for _, kind := range []Kind{Classes, Open} {
			for seed := range uint64(60) {
				c := pages(seed, kind, 12+int(seed)*2, 2+int(seed%3), 5+int(seed%13), 0, 0)
				r, err := Default{}.Weigh(context.Background(), c.Table, Options{})
				if err != nil {
					t.Fatal(err)
				}
				if r.Ambiguous || len(r.Links) > 0 {
					t.Errorf("%v, seed %d: ambiguous %v, %d links", kind, seed, r.Ambiguous, len(r.Links))
				}
			}
		}
	})
	t.Run("experts who never err are no feed", func(t *testing.T) {
		for seed := range uint64(20) {
			c := newCrowd(seed, 60, 3)
			for range 12 {
				c.source(c.truth, .6, .7)
			}
			for range 5 {
				c.source(c.truth, 1, .8)
			}
			r, err := Default{}.Weigh(context.Background(), c.Table, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if r.Ambiguous || len(r.Links) > 0 {
				t.Errorf("seed %d: ambiguous %v, %d links", seed, r.Ambiguous, len(r.Links))
			}
		}
	})
}

func TestTestimony(t *testing.T) {
	t.Run("the bound is never above the probability of what is said", func(t *testing.T) {
		// Three sources on two items of two values: sum over the truths.
		y := newTestimony(3)
		table := &Table{Kind: Classes, Classes: 2, Items: 2}
		said := [2][3]int32{{0, 0, 1}, {1, 1, 1}}
		for i := range 2 {
			y.item(table, i)
			for s, v := range said[i] {
				y.say(int32(s), v)
			}
		}
		exact := 0.0
		for truths := range 4 {
			p := 0.25
			for s := range 3 {
				right := 0.0
				for i := range 2 {
					if int(said[i][s]) == truths>>i&1 {
						right++
					}
				}
				p *= math.Exp(logBeta(2+right, 1+2-right) - logBeta(2, 1))
			}
			exact += p
		}
		got := y.evidence(make([]bool, 3))
		if got > math.Log(exact)+1e-9 || got < math.Log(exact)-1 {
			t.Errorf("bound %v, exactly %v", got, math.Log(exact))
		}
	})
}

func TestSampleItems(t *testing.T) {
	const items, speakers = 400_000, 12
	first, said := []int32{0}, []speaker{}
	for i := range int32(items) {
		for s := range int32(speakers) {
			said = append(said, speaker{s, i})
		}
		first = append(first, int32(len(said)))
	}
	few, kept, _ := sampleItems(slices.Clone(first[:enoughItems+1]), slices.Clone(said[:enoughItems*speakers]), nil)
	if len(kept) != enoughItems*speakers || !slices.Equal(few, first[:enoughItems+1]) {
		t.Errorf("of the fewest items %d statements are kept", len(kept))
	}
	first, said, _ = sampleItems(first, said, nil)
	if n := len(said) / speakers; n < enoughItems || n*speakers*(speakers-1)/2 > enoughVisits {
		t.Fatalf("%d items are kept", n)
	}
	for i := range items {
		for _, x := range said[first[i]:first[i+1]] {
			if x.value != int32(i) {
				t.Fatalf("item %d has a statement on %d", i, x.value)
			}
		}
	}
}

func TestSidesThatCannotBeToldApart(t *testing.T) {
	feed := func(c *crowd) {
		for range 6 {
			c.source(c.truth, .67, .8)
		}
		original := c.source(c.truth, .5, 1)
		for range 12 {
			c.source(original, .87, .5)
		}
	}
	chain := func(keeps float64) func(*crowd) {
		return func(c *crowd) {
			for range 10 {
				c.source(c.truth, .67, .8)
			}
			copied := c.source(c.truth, .5, 1)
			for range 10 {
				copied = c.source(copied, keeps, .5)
			}
		}
	}
	for _, tt := range []struct {
		name string
		kind Kind
		make func(*crowd)
	}{{"a feed of most sources", Classes, feed}, {"a feed of most sources, open values", Open, feed}, {"a chain of half the sources", Classes, chain(.87)}, {"a chain with noise", Classes, chain(.75)}} {
		t.Run(tt.name+": right or ambiguous", func(t *testing.T) {
			for seed := range uint64(8) {
				c := newCrowd(seed, 300, 4)
				tt.make(c)
				if tt.kind == Open {
					c.Kind, c.Classes = Open, 0
					c.Candidates = slices.Repeat([]Candidates{{Count: 4, Else: true}}, c.Items)
				}
				r, err := Default{}.Weigh(context.Background(), c.Table, Options{})
				if err != nil {
					t.Fatal(err)
				}
				right := 0
				for i, v := range r.Verdicts {
					if v.Top == int(c.truth[i]) || v.Ambiguous && v.Other == int(c.truth[i]) {
						right++
					}
				}
				if right < c.Items*8/10 {
					t.Errorf("seed %d: %d of %d are right or shown beside the answer, ambiguous %v", seed, right, c.Items, r.Ambiguous)
				}
			}
		})
	}
}
