package weigh

import (
	"math"
	"math/bits"
	"math/rand/v2"
	"testing"
)

// drawEvidence draws an item of so many origins, of a kind by turns: plain
// statements, sets of values and liars, rows of a confusion matrix, and any of
// them with a prior and a residual correlation. Weights of few different sizes
// make ties.
func drawEvidence(rng *rand.Rand, kind, origins int, e *evidence) {
	k := 1 + rng.IntN(5)
	alternatives := k + rng.IntN(2)
	e.reset(k, alternatives)
	weight := func() float64 {
		if rng.IntN(2) == 0 {
			return float64(1 + rng.IntN(3))
		}
		return rng.ExpFloat64()
	}
	for range origins {
		switch kind % 3 {
		case 0:
			e.add(int32(rng.IntN(k)), weight(), 1)
			e.end(false)
		case 1:
			x, asserts := weight(), float32(rng.IntN(3))/2
			if rng.IntN(4) == 0 {
				x = -x
			}
			for v := range alternatives {
				if rng.IntN(2) == 0 {
					a := asserts
					if v == k {
						a = 0
					}
					e.add(int32(v), x, a)
				}
			}
			e.add(int32(rng.IntN(k)), x/2, 1)
			e.end(true)
		case 2:
			said := rng.IntN(k)
			for v := range k {
				a := float32(0)
				if v == said {
					a = 1
				}
				e.add(int32(v), rng.NormFloat64()+2*float64(a), a)
			}
			e.end(false)
		}
	}
	if kind >= 3 {
		for range alternatives {
			e.prior = append(e.prior, rng.NormFloat64())
		}
		e.temper, e.residual = .5+rng.Float64(), rng.Float64()/2
	}
}

// byHand weighs an item with some origins silent, none of the economies of
// tally in it.
func byHand(e *evidence, silent uint) (top int, p, support float64) {
	score := make([]float64, e.alternatives)
	asserted := make([]float64, e.candidates)
	n := e.origins() - bits.OnesCount(silent)
	for g := range e.origins() {
		if silent>>g&1 == 1 {
			continue
		}
		for _, x := range e.of(g) {
			score[x.alternative] += x.add
			if x.asserts > 0 {
				asserted[x.alternative] += float64(x.asserts)
			}
		}
	}
	for k := range score {
		score[k] = score[k]*e.temper/(1+float64(max(0, n-1))*e.residual) + e.priorOf(k)
	}
	top = -1
	for k := range e.candidates {
		if asserted[k] > 0 && (top < 0 || score[k] > score[top]+tie) {
			top = k
		}
	}
	if top < 0 {
		return -1, 0, 0
	}
	sum := 0.0
	for k := range score {
		sum += math.Exp(score[k] - score[top])
	}
	return top, 1 / sum, asserted[top]
}

// fewestByHand tries every set of silent origins.
func fewestByHand(e *evidence, opt Options) int {
	stands := func(p, support float64) bool {
		return p >= opt.MinP-tie && support >= float64(opt.MinOrigins)-tie
	}
	top, p, support := byHand(e, 0)
	stood, fewest := stands(p, support), e.origins()
	for silent := range uint(1) << e.origins() {
		if n := bits.OnesCount(silent); n > 0 && n < fewest {
			if other, p, support := byHand(e, silent); other != top || stood && !stands(p, support) {
				fewest = n
			}
		}
	}
	return fewest
}

var standings = []Options{{}, {MinOrigins: 2, MinP: .8}, {MinOrigins: 3, MinP: .95}, {MinOrigins: 1, MinP: .5}}

func TestFragility(t *testing.T) {
	check := func(t *testing.T, tl *tally, opt Options) (got, want int) {
		t.Helper()
		top := tl.count(-1)
		wantTop, p, _ := byHand(&tl.evidence, 0)
		if top != wantTop {
			t.Fatalf("top %d, by hand %d", top, wantTop)
		}
		if top < 0 {
			return 0, 0
		}
		q := make([]float64, tl.alternatives)
		tl.probabilities(q)
		if math.Abs(q[top]-p) > 1e-9 {
			t.Fatalf("P %v, by hand %v", q[top], p)
		}
		return tl.fragility(top, q, opt), fewestByHand(&tl.evidence, opt)
	}
	t.Run("of up to fourteen origins it is what trying every set of them gives", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 1))
		var tl tally
		felled := map[int]int{}
		for trial := range 9600 {
			opt := standings[trial%len(standings)]
			drawEvidence(rng, trial%6, rng.IntN(bruteOrigins+1), &tl.evidence)
			got, want := check(t, &tl, opt)
			if got != want {
				t.Fatalf("item %d of kind %d, %+v: fragility %d, by hand %d of %d origins", trial, trial%6, opt, got, want, tl.origins())
			}
			felled[want]++
		}
		if len(felled) < 6 {
			t.Errorf("only these came up: %v", felled)
		}
	})
	t.Run("of more it is never too low, and exact where they say single values", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 3))
		var tl tally
		for trial := range 60 {
			drawEvidence(rng, trial%6, bruteOrigins+2, &tl.evidence)
			opt := standings[trial%len(standings)]
			if got, want := check(t, &tl, opt); got < want || trial%3 == 0 && got != want {
				t.Fatalf("item %d of kind %d, %+v: fragility %d, by hand %d", trial, trial%6, opt, got, want)
			}
		}
	})
	t.Run("a settled answer falls only with all who assert it", func(t *testing.T) {
		var tl tally
		tl.reset(2, 2)
		for range 5 {
			tl.add(1, 1, 1)
			tl.end(false)
		}
		tl.settled = 1
		q := make([]float64, 2)
		top := tl.count(-1)
		tl.probabilities(q)
		if f := tl.fragility(top, q, standings[1]); top != 1 || f != 5 || q[1] != 1 {
			t.Errorf("top %d with P %v, fragility %d", top, q, f)
		}
	})
	t.Run("ten thousand origins are judged in no time", func(t *testing.T) {
		rng := rand.New(rand.NewPCG(4, 4))
		var tl tally
		tl.reset(5, 6)
		for range 10_000 {
			said := int32(rng.IntN(5))
			tl.add(said, rng.NormFloat64()+.5, 1)
			tl.add((said+1)%5, rng.NormFloat64(), 1)
			tl.end(true)
		}
		top := tl.count(-1)
		q := make([]float64, 6)
		tl.probabilities(q)
		if f := tl.fragility(top, q, standings[1]); f < 1 || f > 10_000 {
			t.Errorf("fragility %d", f)
		}
	})
}

// BenchmarkFragility judges plain items of about eight origins.
func BenchmarkFragility(b *testing.B) {
	rng := rand.New(rand.NewPCG(4, 2))
	items := make([]tally, 1024)
	tops, qs := make([]int, len(items)), make([][]float64, len(items))
	for i := range items {
		t := &items[i]
		t.reset(4, 5)
		for range 5 + rng.IntN(6) {
			said := int32(0)
			if rng.IntN(4) == 0 {
				said = int32(rng.IntN(4))
			}
			t.add(said, .5+rng.Float64()*3, 1)
			t.end(false)
		}
		tops[i], qs[i] = t.count(-1), make([]float64, 5)
		t.probabilities(qs[i])
	}
	opt := Options{MinOrigins: 2, MinP: .8}
	sum := 0
	for n := 0; b.Loop(); n++ {
		i := n % len(items)
		sum += items[i].fragility(tops[i], qs[i], opt)
	}
	if sum == 0 {
		b.Error("nothing falls")
	}
}
