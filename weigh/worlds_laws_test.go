package weigh_test

import (
	"math"
	"testing"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

// drawn is a model with a world that comes from the model's own prior.
var drawn = []struct {
	model model
	world synth.World
}{
	{model{Model: weigh.OneCoin{}}, synth.World{Kind: weigh.Classes, Items: 80, Values: 3, Groups: []synth.Group{{Count: 15, Skill: synth.Beta(2, 1), Skips: synth.Fixed(.4)}}}},
	{model{Model: weigh.OneAccuracy{}}, synth.World{Kind: weigh.Open, Items: 80, Values: 4, Listed: true, Groups: []synth.Group{{Count: 15, Skill: synth.Beta(12, 4), Skips: synth.Fixed(.4)}}}},
	{model{Model: weigh.OneAccuracy{}}, synth.World{Kind: weigh.Open, Items: 80, Values: 4, Listed: true, Groups: []synth.Group{{Count: 6, Skill: synth.Beta(12, 4), Skips: synth.Fixed(.4)}}}},
}

// worldsEach is how many worlds a law is put to.
const worldsEach = 40

// TestCalibration is simulation-based: where the world comes from the prior, what
// the posterior holds is as often so as it says (Talts et al., arXiv:1804.06788,
// 2018, section 4; for a source, the part of the posterior below the true skill
// takes the place of its rank among draws).
func TestCalibration(t *testing.T) {
	for _, d := range drawn {
		name := d.model.Name()
		var apart, square float64 // of hits from the sum of P, a world
		var bins [10]struct{ hits, p, n float64 }
		var ranks [10]float64
		covered, sources := 0.0, 0.0
		for seed := range uint64(worldsEach) {
			m := makeWorld(t, d.world, seed)
			r := d.model.weigh(t, m.Table)
			sum, items := 0.0, 0.0
			for i, v := range r.Verdicts {
				if v.Top < 0 {
					continue
				}
				hit := 0.0
				if int32(v.Top) == m.Truth[i] {
					hit = 1
				}
				b := &bins[min(9, int(v.P[v.Top]*10))]
				b.hits, b.p, b.n = b.hits+hit, b.p+v.P[v.Top], b.n+1
				sum += hit - v.P[v.Top]
				items++
			}
			apart += sum / items / worldsEach
			square += sum / items * sum / items / worldsEach
			for s, x := range r.Sources {
				if x.Low <= m.Skill[s] && m.Skill[s] <= x.High {
					covered++
				}
				sources++
				ranks[min(9, int(10*below(x, m.Skill[s])))]++
			}
		}
		t.Run(name+": P is how often it is so", func(t *testing.T) {
			if error := math.Sqrt((square - apart*apart) / worldsEach); math.Abs(apart) > .005+4*error {
				t.Errorf("right by %.4f more often than P says, give or take %.4f", apart, error)
			}
			for at, b := range bins {
				if b.n < 50 {
					continue
				}
				p, often := b.p/b.n, b.hits/b.n
				if math.Abs(p-often) > .01+4*math.Sqrt(p*(1-p)/b.n) {
					t.Errorf("bin %d: P %.3f, right %.3f of %v", at, p, often, b.n)
				}
			}
		})
		t.Run(name+": a source's skill is anywhere in its posterior alike", func(t *testing.T) {
			chi, each := 0.0, sources/10
			for _, n := range ranks {
				chi += (n - each) * (n - each) / each
			}
			if chi > 34 { // one in ten thousand of nine degrees of freedom
				t.Errorf("ranks %v, chi-square %.1f", ranks, chi)
			}
			if often := covered / sources; often < .8 || often > .97 {
				t.Errorf("intervals of 90 %% hold %.3f", often)
			}
		})
	}
}

// below is the part of a source's posterior, normal in its log odds, that is
// below p.
func below(x weigh.Reliability, p float64) float64 {
	odds := func(p float64) float64 { return math.Log(p / (1 - p)) }
	const ninety = 1.6448536269514722
	middle, spread := (odds(x.Low)+odds(x.High))/2, (odds(x.High)-odds(x.Low))/2/ninety
	return math.Erfc((middle-odds(p))/spread/math.Sqrt2) / 2
}

// TestIntervals: of kind Number, nine truths in ten lie where the model says.
func TestIntervals(t *testing.T) {
	for _, tt := range []struct {
		name    string
		reading synth.Reading
		least   float64
	}{
		{"judgements", synth.Reading{Noise: 1, Unequal: .4}, .86},
		{"offsets and gains", synth.Reading{Offset: .7, Gain: .05, Noise: 1, Unequal: .4}, .84},
		{"heavy tails", synth.Reading{Noise: 1, Unequal: .4, Tails: 3}, .86},
	} {
		t.Run("mixture: "+tt.name, func(t *testing.T) {
			w := synth.World{Kind: weigh.Number, Items: 120, Center: 10, Spread: 3, Groups: []synth.Group{{Count: 12, Skips: synth.Fixed(.4), Reading: tt.reading}}}
			covered, mixture, mean := 0.0, 0.0, 0.0
			const worlds = 8
			for seed := range uint64(worlds) {
				m := makeWorld(t, w, seed)
				s := weigh.ScoreNumbers(model{Model: weigh.Mixture{}}.weigh(t, m.Table).Verdicts, m.Number)
				covered += s.Covered / worlds
				mixture += s.RMSE / worlds
				mean += weigh.ScoreNumbers(model{Model: weigh.Mean{}}.weigh(t, m.Table).Verdicts, m.Number).RMSE / worlds
			}
			if covered < tt.least || covered > .97 {
				t.Errorf("intervals of 90 %% hold %.3f", covered)
			}
			if mixture > mean*1.01 {
				t.Errorf("RMSE %.3f, that of the mean %.3f", mixture, mean)
			}
		})
	}
}

func worldNamed(t *testing.T, name string) synth.World {
	t.Helper()
	for _, n := range synth.Worlds() {
		if n.Name == name {
			return n.World
		}
	}
	t.Fatalf("no world is named %q", name)
	return synth.World{}
}

// accuracy is the mean over some worlds.
func accuracy(t *testing.T, m model, w synth.World, worlds uint64) float64 {
	t.Helper()
	sum := 0.0
	for seed := range worlds {
		made := makeWorld(t, w, seed)
		sum += weigh.ScoreCandidates(m.weigh(t, made.Table).Verdicts, made.Truth).Accuracy
	}
	return sum / float64(worlds)
}

// TestBars holds models to a plain majority vote where who says something tells
// more than how many do.
func TestBars(t *testing.T) {
	const worlds = 5
	for _, tt := range []struct {
		world string
		above float64 // a majority vote, at least
	}{
		{"a crowd", -.005},
		{"few experts", .04},
		{"half lean to a class", .05},
		{"few statements a source", .01},
		{"a quarter tell one lie", .02},
		{"45 % tell one lie, garbled", .15},
		{"open values", -.005},
	} {
		w := worldNamed(t, tt.world)
		votes := accuracy(t, model{Model: weigh.Majority{}}, w, worlds)
		for _, m := range []weigh.Model{weigh.OneCoin{}, weigh.OneAccuracy{}} {
			t.Run(m.Name()+", "+tt.world, func(t *testing.T) {
				if got := accuracy(t, model{Model: m}, w, worlds); got < votes+tt.above {
					t.Errorf("accuracy %.3f, a majority vote %.3f", got, votes)
				}
			})
		}
	}
}

// TestDefaultBars holds the default to more: what is repeated counts once, as
// long as those who repeat are not most of all.
func TestDefaultBars(t *testing.T) {
	const worlds = 3
	for _, tt := range []struct {
		world string
		above float64 // a majority vote, at least
	}{
		{"a crowd", -.005},
		{"few experts", .04},
		{"rows of confusion", .08},
		{"a feed, 9 of 21 sources", .2},
		{"a chain, 6 of 21 sources", .01},
		{"a quarter tell one lie", .03},
		{"45 % tell one lie", .3},
		{"open values, a feed, 9 of 21", .15},
	} {
		t.Run(tt.world, func(t *testing.T) {
			w := worldNamed(t, tt.world)
			votes, got := accuracy(t, model{Model: weigh.Majority{}}, w, worlds), accuracy(t, model{Model: weigh.Default{}}, w, worlds)
			if got < votes+tt.above {
				t.Errorf("accuracy %.3f, a majority vote %.3f", got, votes)
			}
		})
	}
}
