package weigh

import (
	"cmp"
	"math"
	"slices"
)

// community is a group of sources that agree with each other more than
// independence explains.
type community struct {
	members []int32 // ascending
	gain    float64 // see excessSum
	// copied is the share of the agreements that independence leaves open: 1
	// where members agree always.
	copied float64
}

// densest finds the group with the greatest gain along the leading
// eigenvector of the surprises of pairs, of those with two sources that are free.
func densest(p *pairs, f *independence, surprise []float64, scale float64, free func(int32) bool) community {
	n := p.sources
	v, next := make([]float64, n), make([]float64, n)
	reach := 0.0
	for s := range int32(n) {
		if !free(s) {
			continue
		}
		sum := 0.0
		for j := p.first[s]; j < p.first[s+1]; j++ {
			if z := surprise[p.pair[j]]; free(p.other[j]) {
				sum += z * z
				v[s] += max(z, 0)
			}
		}
		reach = max(reach, math.Sqrt(sum))
	}
	for range 60 {
		norm := 0.0
		for s := range int32(n) {
			if !free(s) {
				continue
			}
			// The shift makes the greatest eigenvalue the largest in size too.
			sum := reach * v[s]
			for j := p.first[s]; j < p.first[s+1]; j++ {
				sum += surprise[p.pair[j]] * v[p.other[j]]
			}
			next[s] = sum
			norm += sum * sum
		}
		if norm == 0 {
			return community{}
		}
		norm = math.Sqrt(norm)
		for s := range next {
			next[s] /= norm
		}
		v, next = next, v
	}
	var order []int32
	for s := range int32(n) {
		if v[s] > 0 {
			order = append(order, s)
		}
	}
	slices.SortFunc(order, func(a, b int32) int { return cmp.Or(cmp.Compare(v[b], v[a]), cmp.Compare(a, b)) })
	sources := 0
	for s := range int32(n) {
		if free(s) && p.first[s] < p.first[s+1] {
			sources++
		}
	}
	y := newExcessSum(p, f, surprise, scale, sources)
	best, size := 0.0, 0
	for x, s := range order {
		y.add(s)
		if gain := y.gain(); gain > best {
			best, size = gain, x+1
		}
	}
	return measure(p, f, scale, sources, order[:size])
}

// measure weighs one group by what habits do not explain.
func measure(p *pairs, f *independence, scale float64, sources int, members []int32) community {
	y := newExcessSum(p, f, nil, scale, sources)
	c := community{members: slices.Clone(members)}
	slices.Sort(c.members)
	for _, s := range c.members {
		y.add(s)
	}
	if y.pairs > 0 {
		c.gain, c.copied = y.gain(), y.above/y.left
	}
	return c
}

// excessSum adds up what the pairs of a growing group show.
type excessSum struct {
	p        *pairs
	f        *independence
	surprise []float64 // of pairs; nil for what habits leave of it
	scale    float64
	sources  int // that a group may be drawn from

	in          []bool
	members     int
	sum         float64 // of surprises
	pairs       float64
	above, left float64 // agreements above what independence explains, and all that it leaves

	// What members know is estimated with an error, on which all their pairs hang:
	// slope is how the sum falls with what each knows, and shared the variance
	// of the sum that comes from that.
	slope  []float64
	shared float64
}

func newExcessSum(p *pairs, f *independence, surprise []float64, scale float64, sources int) *excessSum {
	return &excessSum{p: p, f: f, surprise: surprise, scale: scale, sources: sources, in: make([]bool, p.sources), slope: make([]float64, p.sources)}
}

func (y *excessSum) add(s int32) {
	own := 0.0
	for j := y.p.first[s]; j < y.p.first[s+1]; j++ {
		o, x := y.p.other[j], y.p.pair[j]
		if !y.in[o] {
			continue
		}
		if y.surprise != nil {
			y.sum += y.surprise[x] / y.scale
		} else {
			y.sum += y.f.surprise(y.p, x, habit) / y.scale
		}
		y.pairs++
		e := float64(y.p.shared[x]) * y.f.expected(y.p, x)
		y.above += float64(y.p.agree[x]) - e
		y.left += float64(y.p.shared[x]) - e
		own += y.f.slope(y.p, x, o)
		y.shared -= y.slope[o] * y.slope[o] * y.f.variance[o]
		y.slope[o] += y.f.slope(y.p, x, s)
		y.shared += y.slope[o] * y.slope[o] * y.f.variance[o]
	}
	y.slope[s] = own
	y.shared += own * own * y.f.variance[s]
	y.in[s] = true
	y.members++
}

// gain is half the square of how many standard deviations the sum of surprises is
// above none, less the logarithm of how many groups of that size there are:
// by the union over all groups a bound on minus the logarithm of the chance
// that any has as much.
func (y *excessSum) gain() float64 {
	if y.pairs == 0 || y.sum <= 0 {
		return math.Inf(-1)
	}
	return y.sum*y.sum/(y.pairs+max(y.shared, 0)/(y.scale*y.scale))/2 - logChoose(y.sources, y.members)
}

// logChoose is the logarithm of how many groups of k there are among n.
func logChoose(n, k int) float64 {
	return lgamma(float64(n+1)) - lgamma(float64(k+1)) - lgamma(float64(n-k+1))
}
