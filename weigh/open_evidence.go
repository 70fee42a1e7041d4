package weigh

import (
	"context"
	"math"
	"slices"
)

// logEvidence is the logarithm of the probability of all statements with the
// sources' chances integrated out: what the last round found with the chances as they
// are, and for each of them what its Beta distribution gives instead.
func (f *openFit) logEvidence() float64 {
	log := f.log
	for x := range f.odds {
		mean := f.means[x%f.kinds]
		right, wrong := f.counts(x)
		p := right / (right + wrong)
		a, b := mean*accuracyStrength, (1-mean)*accuracyStrength
		log += logBeta(right, wrong) - logBeta(a, b) - (right-a)*math.Log(p) - (wrong-b)*math.Log(1-p)
	}
	return log
}

// evidence implements additive. Where items are of two kinds it has this one as
// easy and hard as it is, and the sums count so much that the answer has the
// probability that both kinds together give it.
func (f *openFit) evidence(i int, e *evidence) {
	e.reset(int(f.table.candidates(int32(i))), f.alternatives(i))
	if f.table.Settled != nil {
		e.settled = f.table.Settled[i]
	}
	for j := f.first[i]; j < f.first[i+1]; j++ {
		voice := &f.all[j]
		x := 0.0
		for m := range f.kinds {
			adds, _ := f.tells(i, int(j), m)
			if f.of != nil {
				adds *= f.of[i*f.kinds+m]
			}
			x += adds
		}
		if voice.value >= 0 {
			e.add(voice.value, x, voice.supports)
		} else {
			s, asserts := &f.table.Sets[^voice.value], voice.supports
			if s.Denies {
				asserts = 0
			}
			for _, k := range s.Values {
				e.add(k, x, asserts)
			}
			if s.Else {
				e.add(int32(e.alternatives-1), x, 0)
			}
		}
		if j+1 == f.first[i+1] || f.all[j+1].origin != voice.origin {
			e.end(j > f.first[i] && f.all[j-1].origin == voice.origin)
		}
	}
	e.temper = f.temper
	if f.sharp != nil {
		e.temper *= float64(f.sharp[i])
	}
}

// parts implements additive.
func (f *openFit) parts(i int) []OriginPart {
	var parts []OriginPart
	for j := f.first[i]; j < f.first[i+1]; j++ {
		voice := &f.all[j]
		if int(voice.origin) == len(parts) {
			parts = append(parts, OriginPart{})
		}
		p := &parts[voice.origin]
		p.Values = append(p.Values, voice.value)
		p.Weight += float64(voice.weight)
		for _, m := range f.members[voice.member:f.all[j+1].member] {
			if !slices.Contains(p.Sources, m.source) {
				p.Sources = append(p.Sources, m.source)
			}
		}
	}
	return parts
}

// sharpen sets how much the sums of each item count, once estimation is over.
func (f *openFit) sharpen(ctx context.Context) error {
	if f.kinds > 1 {
		sharp := make([]float32, f.table.Items)
		err := share(ctx, len(f.workers), blocksOf(len(sharp)), func(_, block int) {
			var e evidence
			for i := block * blockItems; i < min(len(sharp), (block+1)*blockItems); i++ {
				f.evidence(i, &e)
				sharp[i] = float32(f.sharpnessOf(i, &e))
			}
		})
		if err != nil {
			return err
		}
		f.sharp = sharp
	}
	return nil
}

// sharpnessOf is by how much sums have to be multiplied for the answer to have
// the probability that it has: bisection, since that grows with it.
func (f *openFit) sharpnessOf(i int, e *evidence) float64 {
	e.room = cleared(e.room, 2*e.alternatives)
	sum, asserted := e.room[:e.alternatives], e.room[e.alternatives:]
	for _, x := range e.entries {
		sum[x.alternative] += x.add
		asserted[x.alternative] += float64(x.asserts)
	}
	top := -1
	for k, n := range asserted {
		if n > 0 && (top < 0 || sum[k] > sum[top]+tie) {
			top = k
		}
	}
	if top < 0 {
		return 1
	}
	low, high, want := 0.0, 2.0, f.q[f.at[i]+top]
	for range 40 {
		middle, all := (low+high)/2, 0.0
		for _, x := range sum {
			all += math.Exp(middle * (x - sum[top]))
		}
		if 1/all < want {
			low = middle
		} else {
			high = middle
		}
	}
	return high
}
