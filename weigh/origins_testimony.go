package weigh

import (
	"math"
	"slices"
)

// testimony is a small table, for the evidence of the model of one coin a source
// (Dawid and Skene 1979 with one parameter), with a Beta prior on each
// source's ability and wrong values equally likely.
type testimony struct {
	first        []int32 // what is said of item i is said[first[i]:first[i+1]]
	said         []speaker
	values       []float64 // that each item may have
	right, wrong []float64 // of the Beta prior, by source
	spoken       []float64 // statements by source
}

// testimonyRounds bound the variational steps from one start.
const testimonyRounds = 30

// newTestimony is empty. It expects of sources that they are right two times in
// three, and that with the strength of three statements.
func newTestimony(sources int) *testimony {
	return &testimony{first: []int32{0}, right: slices.Repeat([]float64{2}, sources), wrong: slices.Repeat([]float64{1}, sources), spoken: make([]float64, sources)}
}

func (y *testimony) item(t *Table, i int) {
	values := t.candidates(int32(i))
	if t.Kind == Open {
		values++ // something else
	}
	y.first, y.values = append(y.first, int32(len(y.said))), append(y.values, float64(max(values, 2)))
}

// say adds a statement on the last item.
func (y *testimony) say(source, value int32) {
	y.said = append(y.said, speaker{source, value})
	y.spoken[source]++
	y.first[len(y.first)-1]++
}

// evidence is a lower bound on the logarithm of the probability of all that is said:
// the best that variational steps find from the votes, with those of in counted
// as they are, as one, and not at all.
func (y *testimony) evidence(in []bool) float64 {
	best := math.Inf(-1)
	for _, counted := range []func(members float64) float64{
		func(float64) float64 { return 1 },
		func(members float64) float64 { return 1 / members },
		func(float64) float64 { return 0 },
	} {
		best = max(best, y.climb(y.votes(in, counted)))
	}
	return best
}

// votes gives each statement the share of its value in the votes on its item.
func (y *testimony) votes(in []bool, counted func(members float64) float64) []float64 {
	p := make([]float64, len(y.said))
	votes := map[int32]float64{}
	for i := range y.values {
		said := y.said[y.first[i]:y.first[i+1]]
		members := 0.0
		for _, x := range said {
			if in[x.source] {
				members++
			}
		}
		clear(votes)
		all := 0.5
		for _, x := range said {
			w := 1.0
			if in[x.source] {
				w = counted(members)
			}
			votes[x.value] += w
			all += w
		}
		for j, x := range said {
			p[int(y.first[i])+j] = votes[x.value] / all
		}
	}
	return p
}

// climb takes variational steps from p, the probability of each statement that it is
// right, and gives the bound that they reach.
func (y *testimony) climb(p []float64) float64 {
	n := len(y.right)
	right, wrong, know, err := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
	bound := math.Inf(-1)
	var values []int32
	score := map[int32]float64{}
	for range testimonyRounds {
		clear(right)
		clear(wrong)
		for j, x := range y.said {
			right[x.source] += p[j]
			wrong[x.source] += 1 - p[j]
		}
		sum := 0.0
		for s, spoken := range y.spoken {
			if spoken == 0 {
				continue
			}
			a, b := y.right[s]+right[s], y.wrong[s]+wrong[s]
			all := digamma(a + b)
			know[s], err[s] = digamma(a)-all, digamma(b)-all
			sum += logBeta(a, b) - logBeta(y.right[s], y.wrong[s]) - right[s]*know[s] - wrong[s]*err[s]
		}
		for i, n := range y.values {
			said := y.said[y.first[i]:y.first[i+1]]
			clear(score)
			values = values[:0]
			allWrong := 0.0
			for _, x := range said {
				e := err[x.source] - math.Log(n-1)
				if _, ok := score[x.value]; !ok {
					values = append(values, x.value)
				}
				score[x.value] += know[x.source] - e
				allWrong += e
			}
			all := math.Inf(-1)
			for _, v := range values {
				score[v] += allWrong
				all = addLogs(all, score[v])
			}
			if unsaid := n - float64(len(values)); unsaid > 0 {
				all = addLogs(all, allWrong+math.Log(unsaid))
			}
			sum += all - math.Log(n)
			for j, x := range said {
				p[int(y.first[i])+j] = math.Exp(score[x.value] - all)
			}
		}
		if sum-bound < 1e-3 {
			return max(sum, bound)
		}
		bound = sum
	}
	return bound
}
