package weigh_test

import (
	"testing"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

// TestAnchoredSmall: two and three classes of one band each are what the kernel
// sweeps flat, and the anchored model reads the kernel's table.
func TestAnchoredSmall(t *testing.T) {
	for _, classes := range []int{2, 3} {
		for _, items := range []int{1, 2, 5, 20} {
			m := makeWorld(t, synth.World{Kind: weigh.Classes, Items: items, Values: classes, Groups: []synth.Group{{Count: 4, Skill: synth.Fixed(1)}}}, 1)
			for i, v := range (model{Model: weigh.Default{}}).weigh(t, m.Table).Verdicts {
				if v.Top != int(m.Truth[i]) {
					t.Errorf("%d classes, %d items: all say %d of item %d, the answer is %d", classes, items, m.Truth[i], i, v.Top)
				}
			}
		}
	}
}
