package weigh

import (
	"context"
	"math"
)

// score is how well a statement agrees with what all others say of its item.
type score struct {
	told   bool    // somebody else speaks of the item, or it is settled
	agrees float64 // the chance that the statement is right, as far as all others tell
	chance float64 // the same of a value drawn evenly
	ease   float64 // how much better than by chance the others agree here, over how much they do elsewhere
	spread float64 // the variance of ease
}

// pairwise is how many may speak of an item for each to be judged without the
// one that it is compared with. Where more speak, one hardly sways the rest.
const pairwise = 32

// scorer scores the statements on one item after another.
type scorer struct {
	*consensus
	typical     []float64 // of each source, how well it agrees on the whole
	all, others []float64 // logarithms, later probabilities, of an item's alternatives
	two         []float64 // without one source more
	scores      []score
}

// scoreAll scores every statement against what all but its source's group say.
func (c *consensus) scoreAll(ctx context.Context, scores []score) error {
	s := &scorer{c, make([]float64, c.t.Sources), make([]float64, c.widest), make([]float64, c.widest), make([]float64, c.widest), scores}
	count := make([]float64, c.t.Sources)
	for range 2 { // first how well each agrees on the whole, then on each item in comparison
		for i := range c.t.Items {
			if i%1024 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			s.item(i)
		}
		clear(s.typical)
		clear(count)
		for j, x := range scores {
			if x.told && !c.out[j] {
				s.typical[c.t.Source[j]] += x.agrees
				count[c.t.Source[j]]++
			}
		}
		for of := range s.typical {
			s.typical[of] = (s.typical[of] + consensusRight) / (count[of] + consensusRight + consensusWrong)
		}
	}
	return nil
}

func (s *scorer) item(i int) {
	n, on := s.alternatives(i), s.on(i)
	all, others := s.all[:n], s.others[:n]
	clear(all)
	copy(all, s.log)
	for _, j := range on {
		if !s.out[j] {
			s.add(all, j, 1)
		}
	}
	s.runs(on, func(own []int32) {
		copy(others, all)
		for _, j := range own {
			if !s.out[j] {
				s.add(others, j, -1)
			}
		}
		for _, j := range own {
			s.scores[j] = s.score(j, on, own, others)
		}
	})
}

// score scores one statement of an item, of a group's own, where others is what
// all others make of it.
func (s *scorer) score(j int32, on, own []int32, others []float64) score {
	i := int(s.t.Item[j])
	n := float64(len(others))
	x := score{chance: (n - float64(s.wrongOf(j))) / n}
	if x.chance == 1 {
		return x // what allows everything is no test
	}
	q := s.two[:len(others)]
	copy(q, others)
	s.settle(i, q)
	s.allows(j, func(k int) { x.agrees += q[k] })
	best, got := 0.0, 0.0 // how much better than by chance others agree on the whole, and here
	for _, other := range on {
		if s.out[other] || s.sameGroup(own[0], other) {
			continue
		}
		chance := 1 - float64(s.wrongOf(other))/n
		if chance == 1 {
			continue
		}
		x.told = true
		if len(on) <= pairwise {
			copy(q, others)
			s.add(q, other, -1)
			s.settle(i, q)
		}
		agrees := 0.0
		s.allows(other, func(k int) { agrees += q[k] })
		w, typical := s.weight[other], s.typical[s.t.Source[other]]
		best += w * (typical - chance)
		got += w * (agrees - chance)
		x.spread += w * w * typical * (1 - typical)
	}
	x.told = x.told && best > 0 || s.t.Settled != nil && s.t.Settled[i] != Unsettled
	if best > 0 {
		x.ease, x.spread = got/best, x.spread/(best*best)
	} else {
		x.ease, x.spread = 1, 0
	}
	return x
}

// residual is by how much a statement agrees better than its source does on the
// whole, if that is typical, and the inverse of what it varies by.
func (x *score) residual(typical float64) (above, weight float64) {
	better := typical - x.chance
	return x.agrees - x.chance - better*x.ease, 1 / (typical*(1-typical) + better*better*x.spread)
}

// typical is how well a source agrees on the whole, such that what is above and
// below sums to zero.
func typical(scores []score) float64 {
	const least = .01
	rate := 0.0
	for _, x := range scores {
		rate += x.agrees / float64(len(scores))
	}
	for range 3 { // the weights depend on it a little
		rate = min(max(rate, least), 1-least)
		sum, eases := 0.0, 0.0
		for at := range scores {
			x := &scores[at]
			_, w := x.residual(rate)
			sum += w * (x.agrees - x.chance + x.chance*x.ease)
			eases += w * x.ease
		}
		if !(math.Abs(eases) > 0) {
			break
		}
		rate = sum / eases
	}
	return min(max(rate, least), 1-least)
}
