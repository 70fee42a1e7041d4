package weigh

import (
	"context"
	"math"
	"slices"
)

// recordedFit weighs the thought that items have a recorded figure which sources
// quote, against the studentFit's that truths lie anywhere and figures are made
// near them. If v is recorded, source s says it with probability exact[s], and
// else echoes what another says wrongly of the item or makes an error of its own:
//
//	P(x | v) = exact                                                        x = v
//	         = (1-exact)·popular(x)·(echo·echoes(x) + (1-echo)·Cauchy(x-v)) otherwise
//
// popular is how much likelier x is than figures near it on other items, so that
// sources which agree on a round number, or on the 0 that all say, are no sign of
// a record: both thoughts account for that alike. echoes is the share of x among
// what others say that is not v: false figures that spread count for little
// (POPACCU: Dong, Saha and Srivastava, "Less is more", PVLDB 6(2), 2012, section
// 5). Each item is recorded with probability recorded, and its truth is then one
// of the figures said of it.
type recordedFit struct {
	f        *studentFit
	said     *sayings
	exact    []float64 // of each source
	silent   []float64 // of each source, ln(1-exact)
	recorded float64
	echo     float64 // the share of false figures that are another's
	reach    float64 // squared scale of Cauchy's errors

	share  []float64 // of each item, the chance that it is recorded
	p      []float64 // of each saying, the chance that it is what is recorded
	made   []float64 // of each item, how likely its figures are if nothing is recorded
	prior  []float64 // of each saying, the logarithm of how likely it is before anybody speaks
	sums   []recordedSums
	hits   [][]sourceHits // of each worker, of each source
	temper float64        // see infer
}

// recordedSums is what a block of items adds to the parameters.
type recordedSums struct{ squares, erring, echoed, quoted, could, records, spoken float64 }

// sourceHits counts what a source says that is recorded, of what it says of items
// that are, in units of hitUnit: whole numbers add up alike in any order.
type sourceHits struct{ hits, all int64 }

const hitUnit = 1.0 / (1 << 30)

// mostCandidates is how many figures of an item can be its record: those said
// most often.
const mostCandidates = 12

// recordedRounds is the most that this takes.
const recordedRounds = 100

// exactStrength is how many statements of a typical source a source starts with.
const exactStrength = 4

// leastReach and mostReach bound reach: errors on the scale of a table's own spread.
const leastReach, mostReach = 1e-20, 1e12

// fewestConfirmed is the part of the items with two origins or more whose record two
// must say: where hardly any agree to the digit there is no quoting, only errors
// that Cauchy's distribution fits better than the studentFit's.
const fewestConfirmed = 0.25

// newRecordedFit is of figures that lie within far of their item's median but for
// slips of the pen.
func newRecordedFit(f *studentFit, far float64) *recordedFit {
	r := &recordedFit{f: f}
	agreed := 0.0
	if r.said, agreed = newSayings(f.v); agreed < fewestConfirmed {
		return r // nothing can be confirmed
	}
	near := 1.0
	if far < farthest {
		near = far / 4
	}
	r.recorded, r.echo, r.reach = 0.5, 0.5, max(near*near, leastReach)
	items, sources := len(f.truth), len(f.spread)
	r.share, r.made, r.sums = make([]float64, items), make([]float64, items), make([]recordedSums, blocksOf(items))
	r.p, r.prior = make([]float64, len(r.said.figure)), make([]float64, len(r.said.figure))
	r.exact, r.silent = make([]float64, sources), make([]float64, sources)
	for s := range r.exact {
		r.exact[s], r.silent[s] = 0.5, -math.Ln2
	}
	r.said.measure(f.v, 2*near)
	for k, x := range r.said.figure {
		r.prior[k] = f.logPrior(x) - math.Log(r.said.lift[k])
	}
	for i := range items {
		r.made[i] = f.logMade(i)
	}
	return r
}

// logPrior is the density of truths.
func (f *studentFit) logPrior(t float64) float64 {
	return studentLogDensity(math.Inf(1), (t-f.middle)/math.Sqrt(f.wide)) - math.Log(f.wide)/2
}

// logMade is the logarithm of how likely what is said of item i is if nothing is
// recorded, against popular figures. A spread is at least a step of the grid: who
// is nearer than the last digit, quotes.
func (f *studentFit) logMade(i int) float64 {
	from, to := f.v.on(i)
	if from == to {
		return 0
	}
	t, sum := f.truth[i], 0.0
	if !f.isSettled(i) {
		sum = f.logPrior(t) + math.Log(2*math.Pi*f.doubt[i])/2
	}
	step := f.v.stepAt(t)
	for j := from; j < to; j++ {
		s := f.v.source[j]
		variance := f.spread[s] + step*step
		if spread := math.Sqrt(variance); f.v.point(j) {
			sum += f.v.weight[j] * (studentLogDensity(f.nu, (f.v.low[j]-f.expected(s, t))/spread) - math.Log(variance)/2)
		} else {
			sum += f.v.weight[j] * studentBetween(f.nu, f.v.low[j], f.v.high[j], f.expected(s, t), spread).log
		}
	}
	return sum
}

// candidate is a figure that may be an item's record.
type candidate struct {
	figure float64 // on the scale
	saying int32   // -1 where nobody says it
	weight float64
	log    float64 // of its posterior, up to a constant
	p      float64
}

// candidates lists the figures that may be an item's record, in ascending order,
// into room: what it is settled on, or those said most often.
func (r *recordedFit) candidates(i int, room []candidate) []candidate {
	if room = room[:0]; r.recorded == 0 {
		return room
	}
	if r.f.isSettled(i) {
		c := candidate{figure: r.f.settled[i], saying: r.said.find(i, r.f.settled[i])}
		if c.saying >= 0 {
			c.weight = r.said.weight[c.saying]
		}
		return append(room, c)
	}
	from, to := r.said.on(i)
	for k := from; k < to; k++ {
		c := candidate{figure: r.said.figure[k], saying: k, weight: r.said.weight[k]}
		if len(room) == mostCandidates { // the lightest goes, of equals the last
			least := mostCandidates - 1
			for a := least - 1; a >= 0; a-- {
				if room[a].weight < room[least].weight {
					least = a
				}
			}
			if room[least].weight >= c.weight {
				continue
			}
			room = slices.Delete(room, least, least+1)
		}
		room = append(room, c)
	}
	return room
}

// stray is the density of an error of a source's own.
func (r *recordedFit) stray(d float64) float64 {
	return (1 - r.echo) / (math.Pi * math.Sqrt(r.reach) * (1 + d*d/r.reach))
}

// echoed is the density of saying k that others of all, which weighs so much and c
// not, say wrongly too.
func (r *recordedFit) echoed(k int32, c *candidate, all float64) float64 {
	wrong := all - c.weight
	if wrong <= 0 {
		return 0
	}
	return r.echo * r.said.apart[k] / wrong * r.said.lift[k]
}

// quotes is the logarithm of how likely a voice of source s says saying k because it
// is recorded, against a popular figure's and against saying anything else.
func (r *recordedFit) quotes(s, k int32, stray float64) float64 {
	return math.Log(r.exact[s]*r.said.lift[k]+(1-r.exact[s])*stray) - r.silent[s]
}

// errs is the logarithm of how likely saying k is as an error if c is recorded.
func (r *recordedFit) errs(k int32, c *candidate, all float64) float64 {
	stray := r.stray(r.said.figure[k] - c.figure)
	if r.said.weight[k] <= 1 || r.said.apart[k] == 0 {
		return math.Log(stray)
	}
	first := 1 / r.said.weight[k]
	return first*math.Log(stray) + (1-first)*math.Log(stray+r.echoed(k, c, all))
}

// bounds is the logarithm of how likely voice j, a range, is if c is recorded.
func (r *recordedFit) bounds(j int32, c *candidate) float64 {
	v, exact := r.f.v, r.exact[r.f.v.source[j]]
	p := (1 - exact) * math.Exp(studentBetween(1, v.low[j], v.high[j], c.figure, math.Sqrt(r.reach)).log)
	if v.low[j] <= c.figure && c.figure <= v.high[j] {
		p += exact
	}
	return math.Log(p)
}

// told is the logarithm of how likely voice j is if c is recorded, against a popular
// figure's.
func (r *recordedFit) told(j int32, c *candidate, all float64) float64 {
	k, s, w := r.said.of[j], r.f.v.source[j], r.f.v.weight[j]
	switch {
	case k < 0:
		return w * r.bounds(j, c)
	case k == c.saying:
		return w * (r.silent[s] + r.quotes(s, k, r.stray(0)))
	}
	return w * (r.silent[s] + r.errs(k, c, all))
}

// infer sets the posterior of an item's candidates, and returns the chance that
// any of them is recorded. Between candidates n statements count as
// n/(1+(n-1)·temper): sources that share errors are sure too soon.
func (r *recordedFit) infer(i int, candidates []candidate) float64 {
	if len(candidates) == 0 || r.recorded == 0 {
		return 0
	}
	v := r.f.v
	from, to := v.on(i)
	first, last := r.said.on(i)
	all := r.said.all[i]
	for k := range candidates {
		if c := &candidates[k]; r.f.isSettled(i) {
			c.log = math.Log(r.recorded)
		} else {
			c.log = math.Log(r.recorded) + r.prior[c.saying]
		}
	}
	silent, stray := 0.0, r.stray(0)
	for j := from; j < to; j++ {
		at := r.said.of[j]
		if at < 0 {
			for k := range candidates {
				candidates[k].log += v.weight[j] * r.bounds(j, &candidates[k])
			}
			continue
		}
		s := v.source[j]
		silent += v.weight[j] * r.silent[s]
		for k := range candidates {
			if c := &candidates[k]; c.saying == at {
				c.log += v.weight[j] * r.quotes(s, at, stray)
				break
			}
		}
	}
	most := math.Inf(-1)
	for k := range candidates {
		c := &candidates[k]
		c.log += silent
		for at := first; at < last; at++ {
			if at != c.saying {
				c.log += r.said.weight[at] * r.errs(at, c, all)
			}
		}
		most = max(most, c.log)
	}
	if math.IsInf(most, -1) {
		return 0
	}
	count := 1 / (1 + max(0, all-1)*r.temper)
	sum, tempered := 0.0, 0.0
	for k := range candidates {
		c := &candidates[k]
		sum += math.Exp(c.log - most)
		c.p = math.Exp(count * (c.log - most))
		tempered += c.p
	}
	share := 1 / (1 + math.Exp(math.Log(1-r.recorded)+r.made[i]-most)/sum)
	for k := range candidates {
		candidates[k].p *= share / tempered
	}
	return share
}

// run takes rounds of expectation-maximisation until no parameter moves by a
// thousandth.
func (r *recordedFit) run(ctx context.Context, workers int, tell func(round int, moved float64)) error {
	if r.recorded == 0 {
		return ctx.Err()
	}
	r.hits = make([][]sourceHits, workers)
	for round := range recordedRounds {
		if err := r.expect(ctx, workers); err != nil {
			return err
		}
		moved := r.maximise()
		if tell != nil {
			tell(round+1, moved)
		}
		// Judges agree here and there to the digit: where fewer items than must be
		// confirmed have a record, none has.
		if moved < 1e-3 || round >= roundsToChoose && r.recorded < fewestConfirmed {
			break
		}
	}
	if r.hits = nil; r.recorded < fewestConfirmed || r.confirmed() < fewestConfirmed {
		r.recorded = 0
	}
	return nil
}

// confirmed is the part of the items with two origins or more whose record is said
// by two.
func (r *recordedFit) confirmed() float64 {
	v := r.f.v
	said, several := 0.0, 0.0
	for i := range r.share {
		origins, best := 0, 0.0
		for j, to := v.on(i); j < to; j++ {
			if v.point(j) && v.leads(j) {
				origins++
			}
		}
		for k, to := r.said.on(i); k < to; k++ {
			if r.said.apart[k] > 0 {
				best = max(best, r.p[k])
			}
		}
		if origins > 1 {
			several++
			said += best
		}
	}
	return said / max(1, several)
}

// expect sets what items and voices add to the parameters.
func (r *recordedFit) expect(ctx context.Context, workers int) error {
	for w := range r.hits {
		clear(r.hits[w])
	}
	return share(ctx, workers, len(r.sums), func(w, b int) {
		if r.hits[w] == nil {
			r.hits[w] = make([]sourceHits, len(r.exact))
		}
		r.sums[b] = recordedSums{}
		var room [mostCandidates]candidate
		for i := b * blockItems; i < min(len(r.share), (b+1)*blockItems); i++ {
			candidates := r.candidates(i, room[:])
			r.share[i] = r.infer(i, candidates)
			r.expectItem(i, candidates, &r.sums[b], r.hits[w])
		}
	})
}

func (r *recordedFit) expectItem(i int, candidates []candidate, sums *recordedSums, hits []sourceHits) {
	v := r.f.v
	from, to := v.on(i)
	if from == to {
		return
	}
	sums.spoken++
	sums.records += r.share[i]
	first, last := r.said.on(i)
	clear(r.p[first:last])
	all := r.said.all[i]
	for k := range candidates {
		c := &candidates[k]
		if c.saying >= 0 {
			r.p[c.saying] = c.p
			sums.quoted += c.weight * c.p
		}
		for at := first; at < last; at++ {
			if at == c.saying {
				continue
			}
			d := r.said.figure[at] - c.figure
			w, own := r.said.weight[at]*c.p, 1.0
			if r.said.weight[at] > 1 && r.said.apart[at] > 0 {
				stray := r.stray(d)
				first := 1 / r.said.weight[at]
				own = first + (1-first)*stray/(stray+r.echoed(at, c, all))
			}
			sums.erring += w * own
			sums.echoed += w * (1 - own)
			sums.squares += w * own * 2 / (1 + d*d/r.reach) * d * d
		}
	}
	sums.could += all * r.share[i]
	share := int64(r.share[i] / hitUnit)
	for j := from; j < to; j++ {
		if at := r.said.of[j]; at >= 0 {
			h := &hits[v.source[j]]
			h.all += share
			h.hits += int64(r.p[at] / hitUnit)
		}
	}
}

// maximise sets the parameters and tells how far the one that moved most has.
func (r *recordedFit) maximise() (moved float64) {
	var sums recordedSums
	for _, x := range r.sums {
		sums.squares += x.squares
		sums.erring += x.erring
		sums.echoed += x.echoed
		sums.quoted += x.quoted
		sums.could += x.could
		sums.records += x.records
		sums.spoken += x.spoken
	}
	mean := (sums.quoted + 0.5) / (sums.could + 1)
	for s := range r.exact {
		var sum sourceHits
		for _, h := range r.hits {
			if h != nil {
				sum.hits += h[s].hits
				sum.all += h[s].all
			}
		}
		was := r.exact[s]
		r.exact[s] = min((float64(sum.hits)*hitUnit+exactStrength*mean)/(float64(sum.all)*hitUnit+exactStrength), 1-1e-6)
		r.silent[s] = math.Log1p(-r.exact[s])
		moved = max(moved, math.Abs(r.exact[s]-was))
	}
	was := r.recorded
	r.recorded = (sums.records + 0.5) / (sums.spoken + 1)
	r.echo = (sums.echoed + 0.5) / (sums.echoed + sums.erring + 1)
	r.reach = max(leastReach, min(mostReach, (sums.squares+leastReach)/(sums.erring+1e-9)))
	return max(moved, math.Abs(r.recorded-was))
}
