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
	many := len(on) > pairwise
	var everybody comparison
	if many {
		copy(s.two, all)
		s.settle(i, s.two[:n])
		everybody = s.compare(on, nil, nil, s.two[:n])
	}
	s.runs(on, func(own []int32) {
		copy(others, all)
		for _, j := range own {
			if !s.out[j] {
				s.add(others, j, -1)
			}
		}
		with := everybody
		if !many {
			with = s.compare(on, own, others, s.two[:n])
		}
		s.settle(i, others)
		for _, j := range own {
			s.scores[j] = s.score(j, others, with)
		}
	})
}

// comparison is how well sources agree on an item.
type comparison struct {
	some          bool    // at least one
	typical, here float64 // how much better than by chance on the whole, and here: sums
	variance      float64 // of here
}

// compare sums up how well all but own agree with each other. Where others is
// nil q is what to compare each with; else it is room for others without each.
func (s *scorer) compare(on, own []int32, others, q []float64) (c comparison) {
	for _, j := range on {
		if s.out[j] || len(own) > 0 && s.sameGroup(own[0], j) {
			continue
		}
		chance := 1 - float64(s.wrongOf(j))/float64(len(q))
		if chance == 1 {
			continue // what allows everything is no test
		}
		if others != nil {
			copy(q, others)
			s.add(q, j, -1)
			s.settle(int(s.t.Item[j]), q)
		}
		agrees := 0.0
		s.allows(j, func(k int) { agrees += q[k] })
		w, typical := s.weight[j], s.typical[s.t.Source[j]]
		c.some = true
		c.typical += w * (typical - chance)
		c.here += w * (agrees - chance)
		c.variance += w * w * typical * (1 - typical)
	}
	return c
}

// score scores one statement, where q is what all others make of its item.
func (s *scorer) score(j int32, q []float64, others comparison) score {
	settled := s.t.Settled != nil && s.t.Settled[s.t.Item[j]] != Unsettled
	x := score{chance: 1 - float64(s.wrongOf(j))/float64(len(q)), ease: 1}
	if x.chance == 1 {
		return x
	}
	s.allows(j, func(k int) { x.agrees += q[k] })
	x.told = settled || others.some && others.typical > 0
	if others.typical > 0 {
		x.ease, x.spread = others.here/others.typical, others.variance/(others.typical*others.typical)
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
