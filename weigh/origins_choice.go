package weigh

import (
	"context"
	"math"
	"slices"
)

const (
	// clearOdds is the logarithm of odds, 20 to 1, from which on one explanation is
	// taken for the only one.
	clearOdds = 3.0
	// nobody is the logarithm of the odds, 100 to 1, against an explanation in which
	// nobody copies, where links have been found. The gain of a group would say
	// more, but also what it means for the answers has to be right.
	nobody = 4.6
	// leastTold is the least probability that an explanation is taken to give to what turned out
	// true: models are surer than they are right.
	leastTold = 0.05
)

// fitOrigins is a model that takes origins as they are declared. It heeds the
// settled items of the table that it is given.
type fitOrigins func(ctx context.Context, t *Table) (*Result, error)

// explain weighs a table by the likeliest explanation of who depends on whom.
// Where another is not much less likely and answers otherwise, the result is
// ambiguous. Settled items tell explanations apart: each is fitted without them
// and judged by the probability that it gives to what they turned out to be.
func (o *origins) explain(ctx context.Context, t *Table, l *layout, fit fitOrigins) (*Result, error) {
	type explanation struct {
		group  []int32
		odds   float64 // logarithm, against the one that was found
		result *Result
	}
	all := []explanation{{group: o.group}}
	if o.rival != nil {
		all = append(all, explanation{group: o.rival, odds: -o.odds})
	}
	if o.verbatim != nil {
		all = append(all, explanation{group: o.verbatim, odds: o.verbatimOdds})
	}
	if slices.ContainsFunc(o.group, func(g int32) bool { return g != none }) {
		all = append(all, explanation{odds: -nobody})
	}
	labels := 0
	for _, v := range t.Settled {
		if v != Unsettled {
			labels++
		}
	}
	if labels > 0 && len(all) > 1 {
		blind := *t
		blind.Settled = nil
		for j := range all {
			r, err := fit(ctx, blind.declaring(l, all[j].group))
			if err != nil {
				return nil, err
			}
			for i, v := range t.Settled {
				if v != Unsettled && l.first[i] < l.first[i+1] {
					all[j].odds += math.Log(max(r.Verdicts[i].P[v], leastTold))
				}
			}
		}
	}
	best := 0
	for j := range all {
		if all[j].odds > all[best].odds {
			best = j
		}
	}
	for j := range all {
		if j != best && all[best].odds-all[j].odds > clearOdds {
			continue
		}
		var err error
		if all[j].result, err = fit(ctx, t.declaring(l, all[j].group)); err != nil {
			return nil, err
		}
	}
	r := all[best].result
	for j := range all {
		if j == best || all[j].result == nil {
			continue
		}
		for i := range r.Verdicts {
			if v, w := &r.Verdicts[i], &all[j].result.Verdicts[i]; !v.Ambiguous && w.Top >= 0 && v.Top != w.Top {
				v.Ambiguous, v.Other, r.Ambiguous = true, w.Top, true
			}
		}
	}
	if group := all[best].group; group != nil {
		r.Links = o.links(group)
		first := map[int32]int{}
		for s, g := range group {
			if g == none {
				continue
			}
			if _, ok := first[g]; !ok {
				first[g] = s
			}
			r.Sources[s].Group = first[g]
		}
	}
	return r, nil
}
