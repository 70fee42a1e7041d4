package weigh

import (
	"context"
	"math"
	"slices"
)

// A few pages that repeat one feed word for word say too little, in a small table,
// for the search by sides to tell them from experts: that they know all explains
// them as well. What tells against it is everybody else, who then would err in
// unison wherever the pages do. So here two whole explanations are compared by
// how likely each makes what all say.

const (
	// wordForWord and nearlyAlike are how often sources must say the same: first
	// those are found who never differ, then, of the others, who seldom do.
	wordForWord = 1.0
	nearlyAlike = 0.92
	// repeats is how often one of a pair says what the other does if both
	// repeat one feed.
	repeats = 0.97
	// fewestRepeats is how many must repeat the same: of two that are one, what they
	// say is counted once too often at most, and honest pairs are alike now and then.
	fewestRepeats = 3
	// surelyVerbatim is the least gain of a group that is linked, which chance alone has
	// in one table of independent sources in a hundred. From none on its
	// answers are shown beside the others.
	surelyVerbatim = 5.0
	// mostWeighed bounds how many statements are weighed for one comparison.
	mostWeighed = 1 << 17
	// copyKeeps and copyStrays are of the Beta distribution of how often a copy
	// says what it copies; see tightness.
	copyKeeps, copyStrays = 9, 1
)

// findVerbatim looks for groups that say the same word for word, among the sources
// in none. It links those that are clearly of one origin; of those that may be,
// the likeliest makes another explanation.
func (o *origins) findVerbatim(ctx context.Context, d *originSearch) error {
	next := int32(0)
	for s := range o.group {
		next = max(next, o.group[s]+1)
		if o.rival != nil {
			next = max(next, o.rival[s]+1)
		}
	}
	sources := d.speaking(func(int32) bool { return true })
	var doubtful []int32
	for _, alike := range []float64{wordForWord, nearlyAlike} {
		taken := make([]bool, d.p.sources)
		for s, g := range o.group {
			taken[s] = g != none
		}
		for range mostGroups {
			members := d.repeating(taken, alike)
			if len(members) < fewestRepeats {
				break
			}
			for _, s := range members {
				taken[s] = true
			}
			members, gain := d.bound(o.group, members)
			if gain <= 0 {
				continue
			}
			odds, err := d.oneOrigin(ctx, o.group, members)
			if err != nil {
				return err
			}
			odds -= nobody
			if gain < surelyVerbatim || 2*len(members) > sources {
				odds = min(odds, clearOdds)
			}
			switch {
			case odds > clearOdds:
				for _, s := range members {
					o.group[s] = next
					if o.rival != nil && o.rival[s] == none {
						o.rival[s] = next
					}
				}
				next++
			case odds >= -clearOdds && (doubtful == nil || odds > o.verbatimOdds):
				doubtful, o.verbatimOdds = members, odds
			}
		}
	}
	if doubtful != nil {
		o.verbatim = slices.Clone(o.group)
		for _, s := range doubtful {
			if o.verbatim[s] == none {
				o.verbatim[s] = next
			}
		}
	}
	return nil
}

// repeating finds the sources, of those not taken, that say the same most tellingly.
// They grow from one pair by who is like all of them.
func (d *originSearch) repeating(taken []bool, alike float64) []int32 {
	agree, shared := 1.0, 2.0
	for x := range d.p.a {
		agree += float64(d.p.agree[x])
		shared += float64(d.p.shared[x])
	}
	usual := agree / shared
	if usual >= repeats {
		return nil
	}
	// How much likelier a pair is to repeat one feed than to be like any other.
	tells := func(agree, shared int32) float64 {
		return float64(agree)*math.Log(repeats/usual) + float64(shared-agree)*math.Log((1-repeats)/(1-usual))
	}
	first, most := none, 0.0
	for x := range d.p.a {
		a, b := d.p.agree[x], d.p.shared[x]
		if y := tells(a, b); y > most && float64(a) >= alike*float64(b) && !taken[d.p.a[x]] && !taken[d.p.b[x]] {
			first, most = int32(x), y
		}
	}
	if first == none {
		return nil
	}
	with, same := make([]int32, d.p.sources), make([]int32, d.p.sources) // the members
	in := slices.Clone(taken)
	var members []int32
	all := 0.0
	for s := d.p.a[first]; s != none; {
		all += tells(same[s], with[s])
		members = append(members, s)
		in[s] = true
		for j := d.p.first[s]; j < d.p.first[s+1]; j++ {
			o, x := d.p.other[j], d.p.pair[j]
			with[o] += d.p.shared[x]
			same[o] += d.p.agree[x]
		}
		s, most = none, 0
		for o := range int32(d.p.sources) {
			if y := tells(same[o], with[o]); y > most && !in[o] && float64(same[o]) >= alike*float64(with[o]) {
				s, most = o, y
			}
		}
	}
	if all < logChoose(d.speaking(func(int32) bool { return true }), len(members)) {
		return nil
	}
	slices.Sort(members)
	return members
}

// bound drops from members, one after the other, who is not bound to the others by
// more than independence explains, as fitted to all pairs but theirs: who is right
// is like a feed wherever that is right. It gives the gain of those who stay, none
// where they do not say almost all the same.
//
// Independence is fitted anew once some are dropped, until nobody is, and not after
// each: a fit costs more than all the rest.
func (d *originSearch) bound(group, members []int32) ([]int32, float64) {
	for {
		suspected := slices.Clone(group)
		for _, s := range members {
			suspected[s] = math.MaxInt32
		}
		f, scale := d.fit(suspected)
		before := len(members)
		for {
			if len(members) < fewestRepeats {
				return members, 0
			}
			weakest, least := 0, math.Inf(1)
			for k, s := range members {
				sum, n := 0.0, 0.0
				for j := d.p.first[s]; j < d.p.first[s+1]; j++ {
					if suspected[d.p.other[j]] == math.MaxInt32 {
						sum += f.surprise(d.p, d.p.pair[j], habit) / scale
						n++
					}
				}
				if y := sum / math.Sqrt(max(n, 1)); y < least {
					weakest, least = k, y
				}
			}
			if least >= bondSurplus {
				break
			}
			suspected[members[weakest]] = group[members[weakest]]
			members = slices.Delete(members, weakest, weakest+1)
		}
		if len(members) < before {
			continue
		}
		c := measure(d.p, f, scale, d.speaking(func(int32) bool { return true }), members)
		if c.copied < identicalKappa {
			return members, 0
		}
		return members, c.gain
	}
}

// oneOrigin is the logarithm of how much likelier the statements, on the items that
// members speak of, are if members have one origin than if each knows for itself.
// Groups that are known speak once. As experts members are taken to be as
// right as copies are true to what they copy: that they are alike is no evidence here,
// only what all others say.
func (d *originSearch) oneOrigin(ctx context.Context, group, members []int32) (float64, error) {
	in, voice := d.mark(members), make([]int32, len(group))
	first := map[int32]int32{}
	for s, g := range group {
		voice[s] = int32(s)
		if g == none {
			continue
		}
		if _, ok := first[g]; !ok {
			first[g] = int32(s)
		}
		voice[s] = first[g]
	}
	one, each := newTestimony(d.p.sources), newTestimony(d.p.sources)
	votes, spoke := map[int32]int{}, map[speaker]bool{}
	for i := range d.t.Items {
		if i%4096 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		said := d.said[d.first[i]:d.first[i+1]]
		clear(votes)
		top, most, tied := none, 0, false
		for _, x := range said {
			if !in[x.source] {
				continue
			}
			votes[x.value]++
			switch n := votes[x.value]; {
			case n > most:
				top, most, tied = x.value, n, false
			case n == most:
				tied = true
			}
		}
		if tied || most == 0 || most == len(said) {
			continue // it tells nothing of what they copy, or nobody else speaks
		}
		if len(each.said)+len(said) > mostWeighed {
			break
		}
		one.item(d.t, i)
		each.item(d.t, i)
		one.say(members[0], top)
		clear(spoke)
		for _, x := range said {
			if in[x.source] {
				if x.value == top {
					each.say(x.source, top)
				}
			} else if x.source = voice[x.source]; !spoke[x] {
				spoke[x] = true
				one.say(x.source, x.value)
				each.say(x.source, x.value)
			}
		}
	}
	odds := one.evidence(in)
	for _, s := range members {
		each.right[s], each.wrong[s] = copyKeeps, copyStrays
		odds += logBeta(copyKeeps+each.spoken[s], copyStrays) - logBeta(copyKeeps, copyStrays)
	}
	return odds - each.evidence(in), nil
}
