package weigh

import (
	"math/bits"
	"slices"
)

// verdict answers for one item, with reliabilities as they are: they belong to
// all items, so one origin's silence here does not move them.
func (it Item) verdict(said []voice, reliability []float64, opt Options) Verdict {
	answer := it.answer(said, reliability, nil)
	answer.Fragility = it.fragility(said, reliability, answer, opt)
	return answer
}

// answer is a verdict without its fragility, with some origins silent.
func (it Item) answer(said []voice, reliability []float64, silent map[int]bool) Verdict {
	q := it.posterior(said, reliability, silent)
	v := Verdict{P: q[:it.Candidates], Top: -1}
	asserted := make([]bool, it.Candidates)
	for _, s := range said {
		if silent[s.Origin] || s.Else {
			continue // a denial names no value
		}
		for _, k := range s.Values {
			asserted[k] = true
		}
	}
	for k := range v.P {
		if asserted[k] && (v.Top < 0 || v.P[k] > v.P[v.Top]+tie) {
			v.Top = k
		}
	}
	if v.Top < 0 {
		return v
	}
	for _, s := range said {
		if !silent[s.Origin] && s.allows(v.Top, it) && !slices.Contains(v.Origins, s.Origin) {
			v.Origins = append(v.Origins, s.Origin)
		}
	}
	slices.Sort(v.Origins)
	return v
}

// tie is how close two probabilities count as equal.
const tie = 1e-12

// exactFragility is the largest number of origins for which every set of them
// is tried; above it the heaviest supporters are silenced one by one, which
// gives the same number where contributions add up and is an upper bound
// elsewhere.
const exactFragility = 12

func (it Item) fragility(said []voice, reliability []float64, full Verdict, opt Options) int {
	if full.Top < 0 {
		return 0
	}
	stood := opt.stands(full)
	falls := func(silent map[int]bool) bool {
		v := it.answer(said, reliability, silent)
		return v.Top != full.Top || (stood && !opt.stands(v))
	}
	n := len(full.Origins)
	if n <= exactFragility {
		fewest := n
		for set := 1; set < 1<<n; set++ {
			size := bits.OnesCount(uint(set))
			if size >= fewest {
				continue
			}
			silent := map[int]bool{}
			for i, origin := range full.Origins {
				if set>>i&1 == 1 {
					silent[origin] = true
				}
			}
			if falls(silent) {
				fewest = size
			}
		}
		return fewest
	}
	weight := map[int]float64{}
	for _, origin := range full.Origins {
		weight[origin] = full.P[full.Top] - it.posterior(said, reliability, map[int]bool{origin: true})[full.Top]
	}
	heaviest := slices.Clone(full.Origins)
	slices.SortStableFunc(heaviest, func(a, b int) int {
		switch {
		case weight[a] > weight[b]:
			return -1
		case weight[a] < weight[b]:
			return 1
		}
		return 0
	})
	silent := map[int]bool{}
	for i, origin := range heaviest {
		silent[origin] = true
		if falls(silent) {
			return i + 1
		}
	}
	return n
}

func (opt Options) stands(v Verdict) bool {
	return v.Top >= 0 && len(v.Origins) >= opt.MinOrigins && v.P[v.Top] >= opt.MinP
}
