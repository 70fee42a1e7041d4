package synth

import "hearsay/weigh"

// Named is a world with a name that says what is odd about it.
type Named struct {
	Name  string
	World World
}

// Worlds are those that models are compared on: each has one trouble, of which
// the first has none.
func Worlds() []Named {
	crowd := Group{Count: 15, Skill: Beta(9, 4), Skips: Fixed(.4)}
	of := func(kind weigh.Kind, values int, groups ...Group) World {
		return World{Kind: kind, Items: 300, Values: values, Groups: groups}
	}
	classes := func(groups ...Group) World { return of(weigh.Classes, 4, groups...) }

	hard, rare, coarse := classes(crowd), classes(crowd), of(weigh.Open, 12, crowd)
	hard.Hard, hard.Decoy = Beta(1, 2), .5
	rare.Shares = []float64{.9, .06, .02, .02}
	coarse.Regions = 4
	coarse.Groups = []Group{{Count: 15, Skill: Beta(9, 4), Skips: Fixed(.4), Coarse: .4}}
	turned := classes(crowd, Group{Count: 3, Skill: Fixed(.97), Skips: Fixed(.1), Turns: &Turn{Day: 200, Lies: &Lie{Share: .8}}})
	turned.Days = 300
	liars := func(count int, noise float64) World {
		return classes(Group{Count: 20 - count, Skill: Beta(15, 5), Skips: Fixed(.2)}, Group{Count: count, Skips: Fixed(.2), Lies: &Lie{Share: .8, Noise: noise}})
	}
	copying := func(independent, copies int, how Pattern) []Group {
		return []Group{{Count: independent, Skill: Beta(12, 4), Skips: Fixed(.2)}, {Count: 1, Skill: Fixed(.6)}, {Count: copies, Skill: Fixed(.6), Skips: Fixed(.5), Copies: &Copying{From: 1, How: how, Share: Beta(16, 2), Noise: .03}}}
	}
	return []Named{
		{"a crowd", classes(crowd)},
		{"few experts", classes(Group{Count: 12, Skill: Beta(5, 6), Skips: Fixed(.3)}, Group{Count: 3, Skill: Fixed(.97), Skips: Fixed(.3)})},
		{"hard items with decoys", hard},
		{"one class is nearly all", rare},
		{"rows of confusion", classes(Group{Count: 15, Rows: [][]float64{{8, 1, 1, 1}, {2, 6, 2, 1}, {1, 1, 7, 1}, {1, 4, 1, 5}}, Skips: Fixed(.4)})},
		{"half lean to a class", classes(Group{Count: 8, Skill: Beta(9, 4), Skips: Fixed(.4)}, Group{Count: 7, Skill: Beta(9, 4), Skips: Fixed(.4), Bias: .5})},
		{"few statements a source", classes(Group{Count: 200, Skill: Beta(9, 4), Skips: Fixed(.97)})},
		{"most hold back what would be wrong", classes(Group{Count: 15, Skill: Beta(6, 6), Skips: Fixed(.3), Withholds: .7})},
		{"a feed, 9 of 21 sources", classes(copying(12, 8, Feed)...)},
		{"a feed, 13 of 19 sources", classes(copying(6, 12, Feed)...)},
		{"a chain, 6 of 21 sources", classes(copying(15, 5, Chain)...)},
		{"a chain, 11 of 21 sources", classes(copying(10, 10, Chain)...)},
		{"a quarter tell one lie", liars(5, .05)},
		{"45 % tell one lie", liars(9, .05)},
		{"45 % tell one lie, garbled", liars(9, .3)},
		{"the best three are turned", turned},
		{"every tenth statement is forced", classes(Group{Count: 15, Skill: Beta(9, 4), Skips: Fixed(.4), Forced: .1})},
		{"open values", of(weigh.Open, 12, crowd)},
		{"open values, a feed, 9 of 21", of(weigh.Open, 12, copying(12, 8, Feed)...)},
		{"open values, a feed, 13 of 19", of(weigh.Open, 12, copying(6, 12, Feed)...)},
		{"open values, some name the region", coarse},
	}
}

// Figures are worlds of kind Number.
func Figures() []Named {
	of := func(reading Reading) World {
		return World{Kind: weigh.Number, Items: 200, Center: 10, Spread: 3, Groups: []Group{{Count: 12, Skips: Fixed(.4), Reading: reading}}}
	}
	logs, few := of(Reading{Noise: .3, Unequal: .4}), of(Reading{Noise: 1, Unequal: .4})
	logs.Log, logs.Center, logs.Spread = true, 6, 1
	few.Groups[0].Count = 4
	shifted := of(Reading{Noise: 1, Unequal: .4})
	shifted.Groups = append(shifted.Groups, Group{Count: 4, Skips: Fixed(.4), Reading: Reading{Noise: 1}, Lies: &Lie{Share: .8, Noise: .05, Shift: 4}})
	return []Named{
		{"judgements", of(Reading{Noise: 1, Unequal: .4})},
		{"offsets and gains", of(Reading{Offset: .7, Gain: .05, Noise: 1, Unequal: .4})},
		{"heavy tails", of(Reading{Noise: 1, Unequal: .4, Tails: 3})},
		{"half quote a record", of(Reading{Exact: Beta(2, 2), Noise: 1, Unequal: .4, Tails: 3})},
		{"half give ranges", of(Reading{Noise: 1, Interval: .5, Width: 1})},
		{"errors grow with the figure", logs},
		{"four sources", few},
		{"a quarter tell one lie", shifted},
	}
}

// Undisturbed are worlds with days in which no source changes, though the world
// may: what SuggestCuts finds there is false.
func Undisturbed() []Named {
	crowd := Group{Count: 20, Skill: Beta(8, 3), Skips: Beta(3, 3)}
	of := func(kind weigh.Kind, values int, groups ...Group) World {
		return World{Kind: kind, Items: 300, Values: values, Days: 200, Groups: groups}
	}
	hard, harder, best := of(weigh.Classes, 3, crowd), of(weigh.Classes, 3, crowd), of(weigh.Classes, 3, Group{Count: 15, Skill: Beta(12, 8), Skips: Beta(3, 3)}, Group{Count: 3, Skill: Fixed(.97), Skips: Fixed(.3)})
	hard.Hard, hard.Decoy = Beta(1, 2), .5
	harder.HarderFrom, harder.Harder = 120, Fixed(.6)
	best.HarderFrom, best.Harder = 120, Fixed(.6)
	rare := of(weigh.Classes, 3, Group{Count: 15, Rows: [][]float64{{8, 1, 1}, {2, 6, 2}, {1, 2, 7}}, Skips: Fixed(.4)})
	rare.Shares = []float64{.8, .15, .05}
	lies := of(weigh.Classes, 3, crowd, Group{Count: 6, Skips: Fixed(.4), Lies: &Lie{Share: .5, Noise: .05}})
	return []Named{
		{"a crowd", of(weigh.Classes, 3, crowd)},
		{"five sources", of(weigh.Classes, 2, Group{Count: 5, Skill: Beta(8, 3), Skips: Fixed(.3)})},
		{"a hundred sources", of(weigh.Classes, 3, Group{Count: 100, Skill: Beta(8, 3), Skips: Beta(4, 8)})},
		{"hard items with decoys", hard},
		{"items get harder", harder},
		{"items get harder, some experts", best},
		{"rows of confusion", rare},
		{"open values", of(weigh.Open, 8, crowd)},
		{"a feed of ten, late", of(weigh.Classes, 3, crowd, Group{Count: 10, Skill: Beta(8, 3), Skips: Fixed(.5), Copies: &Copying{Share: Fixed(.8), Noise: .05, Late: 5}})},
		{"liars all along", lies},
		{"figures", figures()},
		{"figures, half from a record", figures(Group{Count: 8, Skips: Beta(3, 3), Reading: Reading{Exact: Beta(6, 2), Noise: 1, Tails: 3}})},
	}
}

// Captured are worlds with days in which some source is turned.
func Captured() []Named {
	crowd := Group{Count: 10, Skill: Beta(8, 3), Skips: Beta(3, 3)}
	of := func(groups ...Group) World {
		return World{Kind: weigh.Classes, Items: 300, Values: 3, Days: 200, Groups: groups}
	}
	best := func(count int, t Turn) Group {
		return Group{Count: count, Skill: Fixed(.97), Skips: Fixed(.2), Turns: &t}
	}
	harder := of(best(1, Turn{Day: 120, Skill: Fixed(.3)}), crowd)
	harder.HarderFrom, harder.Harder = 60, Fixed(.4)
	open := of(best(1, Turn{Day: 120, Skill: Fixed(.3)}), crowd)
	open.Kind, open.Values = weigh.Open, 8
	return []Named{
		{"the best, mostly wrong since", of(best(1, Turn{Day: 120, Skill: Fixed(.3)}), crowd)},
		{"the best, among four others", of(best(1, Turn{Day: 120, Skill: Fixed(.3)}), Group{Count: 4, Skill: Beta(8, 3), Skips: Fixed(.4)})},
		{"the best lies on half", of(best(1, Turn{Day: 120, Lies: &Lie{Share: .5}}), crowd)},
		{"the best lies on a fifth", of(best(1, Turn{Day: 120, Lies: &Lie{Share: .2}}), crowd)},
		{"turned in the last tenth", of(best(1, Turn{Day: 180, Skill: Fixed(.3)}), crowd)},
		{"one that speaks little", of(Group{Count: 1, Skill: Fixed(.9), Skips: Fixed(.85), Turns: &Turn{Day: 100, Skill: Fixed(.2)}}, crowd)},
		{"items got harder before", harder},
		{"open values", open},
		{"two apart", of(best(1, Turn{Day: 80, Skill: Fixed(.3)}), best(1, Turn{Day: 140, Skill: Fixed(.3)}), crowd)},
		{"figures, off by four spreads", figures(Group{Count: 1, Skips: Fixed(.2), Reading: Reading{Noise: .3}, Turns: &Turn{Day: 120, Lies: &Lie{Share: .7, Shift: 4}}})},
		{"three of the best tell one lie", of(best(3, Turn{Day: 120, Lies: &Lie{Share: .8}}), crowd)},
	}
}

// figures are numbers that a crowd judges, and others with it.
func figures(others ...Group) World {
	return World{Kind: weigh.Number, Items: 300, Center: 10, Spread: 3, Days: 200, Groups: append([]Group{{Count: 10, Skips: Beta(3, 3), Reading: Reading{Offset: .3, Noise: 1, Unequal: .3}}}, others...)}
}
