package weigh

import (
	"context"
	"math"
)

// openFit is a table of kind Open or Classes on its way through OneAccuracy.
type openFit struct {
	*openVoices
	kinds     int // of items
	unit      fixed
	q         []float64 // the probability of every alternative of every item
	of        []float64 // the probability of every kind of every item; nil where there is one
	ease      []float64 // of every item, how likely it is easy at the start; nil where there is one kind
	shares    []float64 // of the kinds
	logShares []float64 // their logarithms
	means     []float64 // of the sources' chances of being right, by kind
	odds      []float64 // of a source and kind, the logarithm of the odds that it is right
	lose      []float64 // the logarithm of the probability that it is wrong
	sums      openSums
	workers   []openSums
	started   bool      // whether the vote has been taken
	sharp     []float32 // of every item, what its sums count for; nil where there is one kind
	temper    float64   // what all sums count for
	stride    int       // one item in so many is looked at
	log       float64   // of the probability of all statements, in the last round
}

// openSums is what a round finds, by source and kind.
type openSums struct {
	said, right    []int64 // of each source, in units
	voices, judged []int64 // of all voices: how many judge, and how many of those are right
	items          []int64 // of each kind
	was, joint     []float64
}

func newOpenFit(v *openVoices, kinds, workers int) *openFit {
	t := v.table
	f := &openFit{openVoices: v, kinds: kinds, stride: 1, temper: 1, unit: fixedFor(len(v.members) + t.Items), workers: make([]openSums, workers)}
	f.q = make([]float64, v.at[t.Items])
	if kinds > 1 {
		f.of, f.ease = make([]float64, kinds*t.Items), v.ease()
	}
	f.shares, f.logShares, f.means = make([]float64, kinds), make([]float64, kinds), make([]float64, kinds)
	f.odds, f.lose = make([]float64, kinds*t.Sources), make([]float64, kinds*t.Sources)
	f.sums.make(kinds, t.Sources)
	for w := range f.workers {
		f.workers[w].make(kinds, t.Sources)
	}
	return f
}

func (s *openSums) make(kinds, sources int) {
	s.said, s.right = make([]int64, kinds*sources), make([]int64, kinds*sources)
	s.voices, s.judged, s.items = make([]int64, kinds), make([]int64, kinds), make([]int64, kinds)
}

func (s *openSums) columns() [5][]int64 {
	return [5][]int64{s.said, s.right, s.voices, s.judged, s.items}
}

// estimate goes on with rounds until no probability moves by more than enough, or
// so many have been.
func (f *openFit) estimate(ctx context.Context, r *Result, opt Options, enough float64, rounds int) error {
	if !f.started {
		if _, err := f.round(ctx, f.vote); err != nil {
			return err
		}
		f.started = true
	}
	r.Converged = false
	for n := 0; n < rounds && !r.Converged; n++ {
		if err := ctx.Err(); err != nil { // a table without items has no work to cancel
			return err
		}
		f.learn()
		moved, err := f.round(ctx, f.posterior)
		if err != nil {
			return err
		}
		r.round(opt, moved, enough)
	}
	return nil
}

// learn takes the parameters from what the last round found.
func (f *openFit) learn() {
	total := 0.0
	for m, n := range f.sums.items {
		f.shares[m] = f.unit.float(n) + 1
		total += f.shares[m]
		right, all := f.unit.float(f.sums.judged[m]), f.unit.float(f.sums.voices[m])
		f.means[m] = (right + accuracyMean*accuracyStrength) / (all + accuracyStrength)
		if f.kinds > 1 {
			f.means[m] = max(f.means[m], leastMean)
		}
	}
	for m := range f.shares {
		f.shares[m] /= total
		f.logShares[m] = math.Log(f.shares[m])
	}
	f.odd()
}

// odd takes the odds of every source from its counts.
func (f *openFit) odd() {
	for x := range f.odds {
		right, wrong := f.counts(x)
		f.odds[x] = math.Log(right / wrong)
		f.lose[x] = math.Log(wrong / (right + wrong))
	}
}

// counts is how often a source was right and wrong of a kind of item, with what
// is expected of it.
func (f *openFit) counts(x int) (right, wrong float64) {
	n, all := f.unit.float(f.sums.right[x]), f.unit.float(f.sums.said[x])
	mean := f.means[x%f.kinds]
	return n + mean*accuracyStrength, max(0, all-n) + (1-mean)*accuracyStrength
}

// record is how often a source was right and wrong of all kinds.
func (f *openFit) record(s int) (right, wrong float64) {
	for m, share := range f.shares {
		n, all := f.unit.float(f.sums.right[s*f.kinds+m]), f.unit.float(f.sums.said[s*f.kinds+m])
		right += n + share*f.means[m]*accuracyStrength
		wrong += max(0, all-n) + share*(1-f.means[m])*accuracyStrength
	}
	return right, wrong
}

// round works out every probability by infer, and from them what is right of each
// source's statements. It returns how far the probability that moved most has moved.
func (f *openFit) round(ctx context.Context, infer func(i int, w *openSums) float64) (moved float64, err error) {
	items := f.table.Items
	most, logs := make([]float64, blocksOf(items)), make([]float64, blocksOf(items))
	for w := range f.workers {
		for _, column := range f.workers[w].columns() {
			clear(column)
		}
	}
	err = share(ctx, len(f.workers), len(most), func(worker, block int) {
		w := &f.workers[worker]
		for i := block * blockItems; i < min(items, (block+1)*blockItems); i += f.stride {
			q := f.q[f.at[i]:f.at[i+1]]
			w.was = append(w.was[:0], q...)
			w.joint = cleared(w.joint, f.kinds*len(q))
			logs[block] += infer(i, w)
			clear(q)
			for m := range f.kinds {
				sum := 0.0
				for k, x := range w.joint[m*len(q) : (m+1)*len(q)] {
					q[k] += x
					sum += x
				}
				w.items[m] += f.unit.of(sum)
				if f.of != nil {
					f.of[i*f.kinds+m] = sum
				}
			}
			for k := range q {
				most[block] = max(most[block], math.Abs(q[k]-w.was[k]))
			}
			f.credit(i, w)
		}
	})
	for c, sum := range f.sums.columns() {
		clear(sum)
		for w := range f.workers {
			for x, n := range f.workers[w].columns()[c] {
				sum[x] += n
			}
		}
	}
	f.log = 0
	for b := range most {
		moved, f.log = max(moved, most[b]), f.log+logs[b]
	}
	return moved, err
}

// vote fills the joint probabilities of an item's kind and alternatives from how
// many say what: the more agree, the easier.
func (f *openFit) vote(i int, w *openSums) float64 {
	n := f.alternatives(i)
	q := w.joint[:n]
	if !f.known(i, q) {
		for k := range q {
			q[k] = .5 / float64(n)
		}
		for j := f.first[i]; j < f.first[i+1]; j++ {
			if voice := &f.all[j]; f.excluded(i, voice.value) > 0 {
				f.add(q, voice.value, float64(voice.weight)/float64(n-f.excluded(i, voice.value)))
			}
		}
		sum := 0.0
		for _, x := range q {
			sum += x
		}
		for k := range q {
			q[k] /= sum
		}
	}
	if f.kinds > 1 {
		easy := f.ease[i]
		for k, x := range q {
			w.joint[n+k] = x * (1 - easy)
			q[k] = x * easy
		}
	}
	return 0
}

// known fills q where an item is settled.
func (f *openFit) known(i int, q []float64) bool {
	if f.table.Settled == nil || f.table.Settled[i] == Unsettled {
		return false
	}
	q[f.table.Settled[i]] = 1
	return true
}

// posterior fills the joint probabilities of an item's kind and alternatives, and
// returns the logarithm of the probability of what is said of it.
func (f *openFit) posterior(i int, w *openSums) float64 {
	n := f.alternatives(i)
	for m := range f.kinds {
		q := w.joint[m*n : (m+1)*n]
		all := f.logShares[m] - f.logOf(n)
		for j := f.first[i]; j < f.first[i+1]; j++ {
			adds, loses := f.tells(i, int(j), m)
			f.add(q, f.all[j].value, adds)
			all += loses
		}
		for k := range q {
			q[k] += all
		}
	}
	if f.table.Settled != nil && f.table.Settled[i] != Unsettled {
		for x := range w.joint {
			if x%n != int(f.table.Settled[i]) {
				w.joint[x] = math.Inf(-1)
			}
		}
	}
	return softmax(w.joint)
}

// tells is what a voice adds to the logarithm of the probability of each value
// that it allows, and what it takes from all: where it is wrong, the truth is one
// of those that it does not allow, so a stands against (1-a)/excluded.
func (f *openFit) tells(i, j, kind int) (adds, loses float64) {
	voice := &f.all[j]
	excluded := f.excluded(i, voice.value)
	if excluded == 0 {
		return 0, 0
	}
	members := f.members[voice.member:f.all[j+1].member]
	odds, lose := math.Inf(1), 0.0
	for _, m := range members {
		if x := int(m.source)*f.kinds + kind; f.odds[x] < odds {
			odds, lose = f.odds[x], f.lose[x]
		}
	}
	spread := f.logOf(excluded)
	return float64(voice.weight) * (odds + spread), float64(voice.weight) * (lose - spread)
}

// add adds x to every alternative that a value allows.
func (v *openVoices) add(q []float64, value int32, x float64) {
	if value >= 0 {
		q[value] += x
		return
	}
	s := &v.table.Sets[^value]
	for _, k := range s.Values {
		q[k] += x
	}
	if s.Else {
		q[len(q)-1] += x
	}
}

// credit counts how likely each voice on an item is right.
func (f *openFit) credit(i int, w *openSums) {
	n := f.alternatives(i)
	for j := f.first[i]; j < f.first[i+1]; j++ {
		voice := &f.all[j]
		if !voice.judges {
			continue
		}
		for m := range f.kinds {
			q, p, all := w.joint[m*n:(m+1)*n], 0.0, 1.0
			if f.of != nil {
				all = f.of[i*f.kinds+m]
			}
			if voice.value >= 0 {
				p = q[voice.value]
			} else {
				s := &f.table.Sets[^voice.value]
				for _, k := range s.Values {
					p += q[k]
				}
				if s.Else {
					p += q[n-1]
				}
			}
			w.voices[m] += f.unit.of(all)
			w.judged[m] += f.unit.of(p)
			for _, by := range f.members[voice.member:f.all[j+1].member] {
				x := int(by.source)*f.kinds + m
				w.said[x] += f.unit.of(all * float64(by.share))
				w.right[x] += f.unit.of(p * float64(by.share))
			}
		}
	}
}
