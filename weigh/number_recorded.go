package weigh

import (
	"cmp"
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
	lift     []float64 // of each voice, how much denser an exact quote is than a popular figure
	backing  []float64 // of each voice, what those who say the same weigh
	apart    []float64 // of each voice, what those of other origins among them do
	exact    []float64 // of each source
	silent   []float64 // of each source, ln(1-exact)
	recorded float64
	echo     float64 // the share of false figures that are another's
	reach    float64 // squared scale of Cauchy's errors

	share  []float64 // of each item, the chance that it is recorded
	same   []float64 // of each voice, the chance that it says what is recorded
	sums   []recordedSums
	temper float64 // see infer
}

// recordedSums is what an item adds to the parameters.
type recordedSums struct{ squares, erring, echoed float64 }

// mostCandidates is how many figures of an item can be its record: those said
// most often.
const mostCandidates = 12

// recordedRounds is the most that this takes.
const recordedRounds = 100

// exactStrength is how many statements of a typical source a source starts with.
const exactStrength = 4

func newRecordedFit(f *studentFit) *recordedFit {
	near := 1.0
	if _, far := itemMedians(f.v); far < farthest {
		near = far / 4
	}
	n, items := len(f.v.row), len(f.truth)
	r := &recordedFit{
		f: f, lift: make([]float64, n), backing: make([]float64, n), apart: make([]float64, n), exact: make([]float64, len(f.spread)), silent: make([]float64, len(f.spread)),
		recorded: 0.5, echo: 0.5, reach: max(near*near, leastReach), share: make([]float64, items), same: make([]float64, n), sums: make([]recordedSums, items),
	}
	for s := range r.exact {
		r.exact[s], r.silent[s] = 0.5, -math.Ln2
	}
	r.measure(2 * near)
	return r
}

// leastReach and mostReach bound reach: errors on the scale of a table's own spread.
const leastReach, mostReach = 1e-20, 1e12

// measure sets lift and backing. Each figure is compared with figures near it on
// other items; how often others say it is smoothed by one statement spread evenly
// over the grid of the table's digits.
func (r *recordedFit) measure(window float64) {
	v := r.f.v
	order := make([]int32, 0, v.points)
	for j := range v.row {
		if v.point(int32(j)) {
			order = append(order, int32(j))
		}
	}
	slices.SortFunc(order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(v.low[a], v.low[b]), cmp.Compare(a, b))
	})
	if len(order) == 0 {
		return
	}
	least, most := v.low[order[0]], v.low[order[len(order)-1]]
	near, beyond := 0, 0                  // the first within the window and the first beyond it
	upTo := make([]float64, len(order)+1) // what those before weigh
	ofItem := make([]float64, len(r.share))
	for a, j := range order {
		upTo[a+1] = upTo[a] + v.weight[j]
		ofItem[v.item[j]] += v.weight[j]
	}
	for from := 0; from < len(order); {
		x := v.low[order[from]]
		step := v.stepAt(x)
		half := max(window, 4*step)
		// Beyond the least and the greatest figure there is nothing to be said.
		width := min(x+half, most+step/2) - max(x-half, least-step/2)
		to := from
		for to < len(order) && v.low[order[to]] == x {
			to++
		}
		for near < from && v.low[order[near]] < x-half {
			near++
		}
		for beyond = max(beyond, to); beyond < len(order) && v.low[order[beyond]] <= x+half; {
			beyond++
		}
		for a := from; a < to; { // those of one item follow each other
			i, b, weight := v.item[order[a]], a, 0.0
			for b < to && v.item[order[b]] == i {
				weight += v.weight[order[b]]
				b++
			}
			others := max(0, upTo[to]-upTo[from]-weight)
			around := max(others, upTo[beyond]-upTo[near]-ofItem[i])
			for a < b {
				own, c := 0.0, a
				for ; c < b && v.origin[order[c]] == v.origin[order[a]]; c++ {
					own += v.weight[order[c]]
				}
				if own > weight*(1-1e-9) {
					own = weight // nobody else
				}
				for ; a < c; a++ {
					r.lift[order[a]] = (around + 1) / (width*others + step)
					r.backing[order[a]] = weight
					r.apart[order[a]] = weight - own
				}
			}
		}
		from = to
	}
}

// candidate is a figure that may be an item's record.
type candidate struct {
	figure float64 // on the scale
	row    int32   // of the table, where it stands; -1 where nobody says it
	weight float64
	lift   float64
	log    float64 // of its posterior, up to a constant
	p      float64
}

// candidates lists the figures that may be an item's record, in ascending order,
// into room: what it is settled on, or those said most often.
func (r *recordedFit) candidates(i int, room []candidate) []candidate {
	v := r.f.v
	if room = room[:0]; r.recorded == 0 {
		return room
	}
	from, to := v.on(i)
	if r.f.isSettled(i) {
		room = append(room, candidate{figure: r.f.settled[i], row: -1})
		for j := from; j < to; j++ {
			if v.point(j) && v.low[j] == r.f.settled[i] {
				room[0].weight += v.weight[j]
			}
		}
		return room
	}
	for j := from; j < to; j++ {
		if v.point(j) {
			room = append(room, candidate{figure: v.low[j], row: v.row[j], weight: r.backing[j], lift: r.lift[j]})
		}
	}
	byFigure := func(a, b candidate) int { return cmp.Compare(a.figure, b.figure) }
	slices.SortStableFunc(room, byFigure)
	room = slices.CompactFunc(room, func(a, b candidate) bool { return a.figure == b.figure })
	if len(room) > mostCandidates {
		slices.SortStableFunc(room, func(a, b candidate) int { return cmp.Compare(b.weight, a.weight) })
		room = room[:mostCandidates]
		slices.SortStableFunc(room, byFigure)
	}
	return room
}

// logPrior is the density of truths.
func (r *recordedFit) logPrior(t float64) float64 {
	f := r.f
	return studentLogDensity(math.Inf(1), (t-f.middle)/math.Sqrt(f.wide)) - math.Log(f.wide)/2
}

// stray is the density of an error of a source's own.
func (r *recordedFit) stray(d float64) float64 {
	return (1 - r.echo) / (math.Pi * math.Sqrt(r.reach) * (1 + d*d/r.reach))
}

// echoed is the density of a figure j that others of all, which weighs so much and
// c not, say wrongly too.
func (r *recordedFit) echoed(j int32, c *candidate, all float64) float64 {
	wrong := all - c.weight
	if wrong <= 0 {
		return 0
	}
	return r.echo * r.apart[j] / wrong * r.lift[j]
}

// said is the logarithm of how likely voice j is if c is recorded, against a
// popular figure's.
func (r *recordedFit) said(j int32, c *candidate, all float64) float64 {
	v, s := r.f.v, r.f.v.source[j]
	if !v.point(j) {
		p := (1 - r.exact[s]) * math.Exp(studentBetween(1, v.low[j], v.high[j], c.figure, math.Sqrt(r.reach)).log)
		if v.low[j] <= c.figure && c.figure <= v.high[j] {
			p += r.exact[s]
		}
		return v.weight[j] * math.Log(p)
	}
	d := v.low[j] - c.figure
	if d == 0 {
		return v.weight[j] * math.Log(r.exact[s]*r.lift[j]+(1-r.exact[s])*r.stray(0))
	}
	stray, first := r.stray(d), 1/max(1, r.backing[j])
	return v.weight[j] * (r.silent[s] + first*math.Log(stray) + (1-first)*math.Log(stray+r.echoed(j, c, all)))
}

// made is the logarithm of how likely voice j is if the truth is t and nothing is
// recorded, against a popular figure's. A spread is at least a step of
// the grid: who is nearer than the last digit, quotes.
func (r *recordedFit) made(j int32, t float64) float64 {
	f := r.f
	v, s := f.v, f.v.source[j]
	step := v.stepAt(t)
	spread := math.Sqrt(f.spread[s] + step*step)
	if !v.point(j) {
		return v.weight[j] * studentBetween(f.nu, v.low[j], v.high[j], f.expected(s, t), spread).log
	}
	return v.weight[j] * (studentLogDensity(f.nu, (v.low[j]-f.expected(s, t))/spread) - math.Log(spread))
}

// infer sets the posterior of an item's candidates, and returns the chance that
// any of them is recorded. Between candidates n statements count as
// n/(1+(n-1)·temper): sources that share errors are sure too soon.
func (r *recordedFit) infer(i int, candidates []candidate) float64 {
	if len(candidates) == 0 || r.recorded == 0 {
		return 0
	}
	f := r.f
	from, to := f.v.on(i)
	all := f.v.weightOn(i)
	other := math.Log(1 - r.recorded)
	if !f.isSettled(i) {
		other += r.logPrior(f.truth[i]) + math.Log(2*math.Pi*f.doubt[i])/2
	}
	for j := from; j < to; j++ {
		other += r.made(j, f.truth[i])
	}
	most := math.Inf(-1)
	for k := range candidates {
		c := &candidates[k]
		c.log = math.Log(r.recorded)
		if !f.isSettled(i) {
			c.log += r.logPrior(c.figure) - math.Log(c.lift)
		}
		for j := from; j < to; j++ {
			c.log += r.said(j, c, all)
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
	share := 1 / (1 + math.Exp(other-most)/sum)
	for k := range candidates {
		candidates[k].p *= share / tempered
	}
	return share
}

// run takes rounds of expectation-maximisation until no parameter moves by a
// ten-thousandth.
func (r *recordedFit) run(ctx context.Context, workers int) error {
	for round := range recordedRounds {
		if err := r.expect(ctx, workers); err != nil {
			return err
		}
		moved := r.maximise()
		// Judges agree here and there to the digit: without records on half of the
		// items there are none.
		if moved < 1e-4 || round >= roundsToChoose && r.recorded < 0.5 {
			break
		}
	}
	if r.recorded < 0.5 || r.confirmed() < fewestConfirmed {
		r.recorded = 0
		clear(r.share)
		clear(r.same)
	}
	return nil
}

// fewestConfirmed is the part of the items with two origins or more whose record two
// must say: where hardly any agree to the digit there is no quoting, only errors
// that Cauchy's distribution fits better than the studentFit's.
const fewestConfirmed = 0.25

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
			if r.apart[j] > 0 {
				best = max(best, r.same[j])
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
	return share(ctx, workers, blocksOf(len(r.share)), func(_, b int) {
		var room []candidate
		for i := b * blockItems; i < min(len(r.share), (b+1)*blockItems); i++ {
			room = r.candidates(i, room)
			r.share[i] = r.infer(i, room)
			r.sums[i] = r.expectItem(i, room)
		}
	})
}

func (r *recordedFit) expectItem(i int, candidates []candidate) recordedSums {
	v := r.f.v
	from, to := v.on(i)
	all := v.weightOn(i)
	var sums recordedSums
	for j := from; j < to; j++ {
		r.same[j] = 0
		if !v.point(j) {
			continue
		}
		for k := range candidates {
			c := &candidates[k]
			d := v.low[j] - c.figure
			if d == 0 {
				r.same[j] = c.p
				continue
			}
			stray, echoed := r.stray(d), r.echoed(j, c, all)
			w := v.weight[j] * c.p
			first := 1 / max(1, r.backing[j])
			own := w * (first + (1-first)*stray/(stray+echoed))
			sums.erring += own
			sums.echoed += w - own
			sums.squares += own * 2 / (1 + d*d/r.reach) * d * d
		}
	}
	return sums
}

// maximise sets the parameters and tells how far the one that moved most has.
func (r *recordedFit) maximise() (moved float64) {
	v := r.f.v
	var quoted, could, spoken, records float64
	for j, i := range v.item {
		if v.point(int32(j)) {
			quoted += v.weight[j] * r.same[j]
			could += v.weight[j] * r.share[i]
		}
	}
	var sums recordedSums
	for i := range r.share {
		if from, to := v.on(i); from < to {
			spoken++
			records += r.share[i]
			sums.squares += r.sums[i].squares
			sums.erring += r.sums[i].erring
			sums.echoed += r.sums[i].echoed
		}
	}
	mean := (quoted + 0.5) / (could + 1)
	for s := range r.exact {
		hits, all := exactStrength*mean, float64(exactStrength)
		for _, j := range v.by(s) {
			if v.point(j) {
				hits += r.same[j]
				all += r.share[v.item[j]]
			}
		}
		was := r.exact[s]
		r.exact[s] = min(hits/all, 1-1e-6)
		r.silent[s] = math.Log1p(-r.exact[s])
		moved = max(moved, math.Abs(r.exact[s]-was))
	}
	was := r.recorded
	r.recorded = (records + 0.5) / (spoken + 1)
	r.echo = (sums.echoed + 0.5) / (sums.echoed + sums.erring + 1)
	r.reach = max(leastReach, min(mostReach, (sums.squares+leastReach)/(sums.erring+1e-9)))
	return max(moved, math.Abs(r.recorded-was))
}
