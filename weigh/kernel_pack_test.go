package weigh

import (
	"context"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

func TestPackTable(t *testing.T) {
	t.Run("it packs what the layout has, in its order", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			tab := drawTable(t, rapid.SampledFrom([]Kind{Classes, Open}).Draw(t, "kind"))
			if rapid.Bool().Draw(t, "plain") {
				for j, v := range tab.Value {
					tab.Value[j] = max(v, 0)
				}
			}
			got, err := packTable(tab, rapid.IntRange(1, 4).Draw(t, "workers"))
			if err != nil {
				t.Fatal(err)
			}
			want, err := packLayout(tab, newLayout(tab), nil)
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got.decode(), want.decode()) || !reflect.DeepEqual(got.said, want.said) || !reflect.DeepEqual(got.first, want.first) {
				t.Errorf("packed %v, the layout has %v", got.decode(), want.decode())
			}
		})
	})
	t.Run("many items and many statements on one", func(t *testing.T) {
		tab := arithmeticTable(70_000, 100_000, 90, 4)
		for j := range 30_000 {
			tab.Item[j] = 69_999
		}
		got, err := packTable(tab, 3)
		if err != nil {
			t.Fatal(err)
		}
		want, err := packLayout(tab, newLayout(tab), nil)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Error("not as the layout has it", err)
		}
	})
	t.Run("sources stand in the order of how much they say", func(t *testing.T) {
		tab := &Table{Kind: Classes, Classes: 2, Items: 3, Sources: 3, Item: []int32{0, 0, 1, 2, 0}, Source: []int32{2, 1, 2, 2, 0}, Value: []int32{0, 1, 1, 0, 1}}
		p, err := packTable(tab, 1)
		if err != nil || !reflect.DeepEqual(p.place, []int32{1, 2, 0}) {
			t.Errorf("places %v, %v", p.place, err)
		}
	})
	t.Run("more codes than 32 bits tell apart are refused", func(t *testing.T) {
		if _, err := packTable(&Table{Kind: Classes, Classes: 1 << 20, Sources: 1 << 20}, 1); err == nil {
			t.Error("packed")
		}
	})
}

// TestPassAllocates holds a pass to a number of allocations that does not depend
// on how much is said.
func TestPassAllocates(t *testing.T) {
	for _, classes := range []int{2, 3, 5} {
		counts := [2]float64{}
		for at, statements := range []int{1_000, 50_000} {
			tab := arithmeticTable(statements/5, statements, 50, classes)
			p, err := packTable(tab, 1)
			if err != nil {
				t.Fatal(err)
			}
			rows, coin := newConfusion(p, classes, 1, nil, 1), newOneCoin(tab, p, 0, 1)
			counts[at] = testing.AllocsPerRun(3, func() {
				if _, err := rows.pass(context.Background()); err != nil {
					t.Fatal(err)
				}
				if _, err := coin.pass(context.Background()); err != nil {
					t.Fatal(err)
				}
			})
		}
		if counts[0] != counts[1] {
			t.Errorf("%d classes: %v allocations for few statements, %v for many", classes, counts[0], counts[1])
		}
	}
}
