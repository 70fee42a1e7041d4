package weigh

import "math"

// independence is how far sources agree that answer for themselves: a pair's
// agreement exceeds chance by the product of their two knowledges, as it does in
// the model of one coin a source (Dawid and Skene 1979 with one parameter).
type independence struct {
	knowledge []float64 // by source: 0 for one who guesses, 1 for one who always knows
	variance  []float64 // of that estimate
}

const (
	// mostFitRounds bound the least squares; they settle in about 20.
	mostFitRounds = 60
	// commonKnowledge is for how many shared items of a pair the mean knowledge
	// counts in each source's own, which else a few chance agreements would make.
	commonKnowledge = 4
)

// fitIndependence fits the knowledge of sources to the pairs of which group
// says that the two are apart, by alternating least squares. Knowledge is never below
// zero: two who agree because both say what is not so are not explained by it.
func fitIndependence(p *pairs, group []int32) *independence {
	f := &independence{knowledge: make([]float64, p.sources), variance: make([]float64, p.sources)}
	sum, n := 0.0, 0.0
	for x := range p.a {
		if apart(group, p.a[x], p.b[x]) {
			sum += float64(p.shared[x]) * p.excess(int32(x))
			n += float64(p.shared[x])
		}
	}
	if n == 0 {
		return f
	}
	mean := math.Sqrt(max(sum/n, 0.01))
	for s := range f.knowledge {
		f.knowledge[s] = mean
	}
	next := make([]float64, p.sources)
	for range mostFitRounds {
		moved := 0.0
		for s := range int32(p.sources) {
			above, below := 0.0, 0.0
			for j := p.first[s]; j < p.first[s+1]; j++ {
				if o := p.other[j]; apart(group, s, o) {
					w := float64(p.shared[p.pair[j]]) * f.knowledge[o]
					above += w * p.excess(p.pair[j])
					below += w * f.knowledge[o]
				}
			}
			// Half a step, because with whole steps for all sources at once the
			// knowledge of two halves of the sources can swing for ever.
			// An agreement has a variance of a quarter at most. Of whom nothing
			// is seen, knowledge may be anything up to 1.
			f.variance[s] = min(0.25/(p.room*p.room*below), 1./3)
			above, below = above+commonKnowledge*mean*mean*mean, below+commonKnowledge*mean*mean
			next[s] = (f.knowledge[s] + min(max(above/below, 0), 1/math.Sqrt(p.room))) / 2
			moved = max(moved, math.Abs(next[s]-f.knowledge[s]))
		}
		f.knowledge, next = next, f.knowledge
		if moved < 1e-4 {
			break
		}
	}
	return f
}

func apart(group []int32, a, b int32) bool {
	return group == nil || group[a] != group[b] || group[a] < 0
}

// expected is how often a pair would agree if neither knew of the other.
func (f *independence) expected(p *pairs, x int32) float64 {
	e := p.chance[x] + p.room*f.knowledge[p.a[x]]*f.knowledge[p.b[x]]
	return min(max(e, 0.01), 0.99)
}

// slope is by how many standard deviations less a pair surprises for each bit that
// a source of it knows more, where the other knows what it does.
func (f *independence) slope(p *pairs, x, other int32) float64 {
	e := f.expected(p, x)
	return p.room * f.knowledge[other] * math.Sqrt(float64(p.shared[x])/(e*(1-e)))
}

// surprise is how many standard deviations the agreement of a pair lies from
// what is expected, by the likelihood ratio of a binomial count, whose tail
// this follows where the normal approximation fails. habit is the share of the
// agreements left open that is expected too.
func (f *independence) surprise(p *pairs, x int32, habit float64) float64 {
	n, a, e := float64(p.shared[x]), float64(p.agree[x])/float64(p.shared[x]), f.expected(p, x)
	e += habit * (1 - e)
	d := 0.0
	if a > 0 {
		d += a * math.Log(a/e)
	}
	if a < 1 {
		d += (1 - a) * math.Log((1-a)/(1-e))
	}
	return math.Copysign(math.Sqrt(2*n*max(d, 0)), a-e)
}
