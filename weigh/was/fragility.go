package was

import (
	"cmp"
	"slices"
)

// verdict answers for one item, with reliabilities as they are: they belong to
// all items, so one origin's silence here does not move them.
func (t *table) verdict(i int, opt Options) Verdict {
	said, q := t.on(i), t.posterior(i)
	v := answer(t.items[i], said, q, nil)
	v.Fragility = fragility(t.items[i], said, v, opt)
	return v
}

// answer is a verdict without its fragility, with some origins silent; q holds
// the probabilities that they leave.
func answer(it Item, said []voice, q []float64, silent []int) Verdict {
	v := Verdict{P: q[:it.Candidates:it.Candidates], Top: -1}
	asserted := make([]bool, it.Candidates)
	for i := range said {
		if said[i].denies || slices.Contains(silent, said[i].origin) {
			continue
		}
		for _, k := range said[i].values {
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
	for i := range said { // sorted by origin
		o := said[i].origin
		if !said[i].denies && said[i].allows(v.Top) && !slices.Contains(silent, o) && (len(v.Origins) == 0 || v.Origins[len(v.Origins)-1] != o) {
			v.Origins = append(v.Origins, o)
		}
	}
	return v
}

// tie is how close two probabilities count as equal.
const tie = 1e-12

func (opt Options) stands(v Verdict) bool {
	return v.Top >= 0 && len(v.Origins) >= opt.MinOrigins && v.P[v.Top] >= opt.MinP
}

// mostTries bounds how many sets of silent origins are tried for one item.
const mostTries = 1 << 14

// fragility finds the fewest origins whose silence fells the answer. Of origins
// that say the same the weightiest fall first, so only how many of each kind
// fall has to be tried, the smallest sets first. Where so many kinds speak that
// this would take too long, it silences the weightiest of all one by one, which
// is an upper bound.
func fragility(it Item, said []voice, full Verdict, opt Options) int {
	if full.Top < 0 {
		return 0
	}
	q := make([]float64, it.alternatives())
	stood := opt.stands(full)
	falls := func(silent []int) bool {
		posterior(q, said, silent)
		v := answer(it, said, q, silent)
		return v.Top != full.Top || stood && !opt.stands(v)
	}
	kinds := kindsOf(said, full.Top)
	all, tries := 0, 1
	for _, kind := range kinds {
		all += len(kind)
		tries = min(mostTries+1, tries*(len(kind)+1))
	}
	if tries > mostTries {
		return weightiest(kinds, falls)
	}
	for size := 1; size < all; size++ {
		if anyFalls(kinds, size, nil, falls) {
			return size
		}
	}
	return all
}

// origin is one that holds the answer up, and by how much.
type origin struct {
	index  int
	weight float64
}

// kindsOf sorts the origins that hold top up by what they say, and those of a
// kind by their weight, the weightiest first. Who is known to err holds up what
// they contradict. An origin that says several things is of a kind of its own.
func kindsOf(said []voice, top int) [][]origin {
	var kinds [][]origin
	var says []*voice // what the origins of a kind say, nil where several things
	for first := 0; first < len(said); {
		o, last, holds := origin{index: said[first].origin}, first, false
		for ; last < len(said) && said[last].origin == o.index; last++ {
			switch v := &said[last]; {
			case v.allows(top):
				holds = holds || v.wrong > 0 || !v.denies
				o.weight += v.evidence
			case v.evidence < 0:
				holds = true
				o.weight -= v.evidence
			}
		}
		v := &said[first]
		if last-first > 1 {
			v = nil
		}
		first = last
		if !holds {
			continue
		}
		kind := slices.IndexFunc(says, func(o *voice) bool {
			return v != nil && o != nil && v.denies == o.denies && slices.Equal(v.values, o.values)
		})
		if kind < 0 {
			kind = len(kinds)
			kinds, says = append(kinds, nil), append(says, v)
		}
		kinds[kind] = append(kinds[kind], o)
	}
	for _, kind := range kinds {
		slices.SortStableFunc(kind, heavier)
	}
	return kinds
}

func heavier(a, b origin) int { return cmp.Compare(b.weight, a.weight) }

// anyFalls tries every choice of so many origins from the kinds, the weightiest
// of each first.
func anyFalls(kinds [][]origin, size int, silent []int, falls func([]int) bool) bool {
	if size == 0 {
		return falls(silent)
	}
	if len(kinds) == 0 {
		return false
	}
	for n := 0; n <= min(size, len(kinds[0])); n++ {
		if n > 0 {
			silent = append(silent, kinds[0][n-1].index)
		}
		if anyFalls(kinds[1:], size-n, silent, falls) {
			return true
		}
	}
	return false
}

// weightiest silences the origins of all kinds by their weight.
func weightiest(kinds [][]origin, falls func([]int) bool) int {
	all := slices.Concat(kinds...)
	slices.SortStableFunc(all, heavier)
	var silent []int
	for _, o := range all {
		silent = append(silent, o.index)
		if falls(silent) {
			break
		}
	}
	return len(silent)
}
