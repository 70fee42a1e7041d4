package weigh

import (
	"cmp"
	"math"
	"slices"
)

// silence is the room in which fragility is found. A rival here is a value that
// some origin names and that is not the answer; all that nobody names are
// together one more, the last.
type silence struct {
	falls  []float64 // what the origins that assert the answer add to it, or lend it
	rivals []rival
	at     []int32   // of each alternative, where it stands in rivals, -1 for not
	d      []float64 // of each origin and rival, what it adds to the answer more than to the rival
	order  []int32   // the origins as they are tried
	work   int       // what may still be tried
}

type rival struct {
	before   bool      // whether it comes before the answer among equals
	asserted bool      // whether an origin puts it forward
	base     float64   // the answer's prior less its own
	margin   float64   // what all origins add to the answer more than to it
	pinned   int32     // the origin that goes on to assert it: whose silence would help it least
	all      []float64 // the most that so many origins' silence takes from the margin
	unpinned []float64 // the same without the pinned one's
}

// Of up to bruteOrigins origins every choice may be tried; of more so much that
// an item takes milliseconds at most. mostMatrix bounds how many pairs of origin
// and rival are looked at together.
const (
	bruteOrigins = 14
	mostWork     = 1 << 20
	mostMatrix   = 1 << 20
)

// fragility finds the fewest origins whose silence changes the answer top or,
// where it stood, fells it. q has the probabilities of all alternatives, and the
// tally has been counted with all origins.
//
// What origins add to ln P(top) - ln P(rival) adds up, so against one rival those
// that add the most fall first, and the fewest are the least over all rivals;
// the same holds for how many assert the answer. Only for the bound on P, a sum
// over rivals, may the best choice be none of these: then choices are tried, cut
// short by the most that any could do. Of more than bruteOrigins the result may
// then be too high, never too low. A settled answer falls only with all who assert it.
func (t *tally) fragility(top int, q []float64, opt Options) int {
	least := 0 // with none of those who assert it left, the answer falls
	t.falls = t.falls[:0]
	for g := range t.origins() {
		for _, x := range t.of(g) {
			if int(x.alternative) == top && x.asserts > 0 {
				least++
				t.falls = append(t.falls, float64(x.asserts))
			}
		}
	}
	if t.settled != Unsettled {
		return least
	}
	stood := t.support[top] >= float64(opt.MinOrigins)-tie && q[top] >= opt.MinP-tie
	if stood {
		descending(t.falls)
		left := t.support[top]
		for j, x := range t.falls[:max(0, least-1)] {
			if left -= x; left < float64(opt.MinOrigins)-tie {
				least = j + 1
				break
			}
		}
	}
	if least <= 1 {
		return least
	}
	odds := math.Inf(-1) // of the answer, below which it falls
	if stood && opt.MinP > tie {
		odds = math.Log((opt.MinP - tie) / (1 - opt.MinP + tie))
	}
	if t.plain(top) {
		return t.fewestPlain(top, least, odds)
	}
	return t.fewest(top, least, odds)
}

// plain tells whether nobody's silence but that of those who assert the answer
// could fell it: every origin adds to what it names, and none names the answer
// and something else. It leaves what those origins add in falls.
func (t *tally) plain(top int) bool {
	t.falls = t.falls[:0]
	for g := range t.origins() {
		said := t.of(g)
		for _, x := range said {
			switch {
			case x.add < 0:
				return false
			case int(x.alternative) != top:
			case len(said) > 1 || x.asserts == 0:
				return false
			default:
				t.falls = append(t.falls, x.add)
			}
		}
	}
	descending(t.falls)
	return true
}

// fewestPlain is fewest where the weightiest of those who assert the answer fall
// first.
func (t *tally) fewestPlain(top, least int, odds float64) int {
	if t.residual == 0 {
		before, after, rest := t.against(top, t.sharpness(t.origins()))
		score, sharp := t.score[top], t.sharpness(t.origins())
		for j := 1; j < least; j++ {
			score -= sharp * t.falls[j-1]
			if before >= score-tie || after > score+tie || score-rest < odds {
				return j
			}
		}
		return least
	}
	sum := t.sum[top]
	for j := 1; j < least; j++ {
		sharp := t.sharpness(t.origins() - j)
		before, after, rest := t.against(top, sharp)
		sum -= t.falls[j-1]
		if score := t.priorOf(top) + sharp*sum; before >= score-tie || after > score+tie || score-rest < odds {
			return j
		}
	}
	return least
}

// against returns the highest scores of the asserted candidates before and after
// top, and the logarithm of the sum over all alternatives but top.
func (t *tally) against(top int, sharp float64) (before, after, rest float64) {
	before, after = math.Inf(-1), math.Inf(-1)
	highest := math.Inf(-1)
	for k, sum := range t.sum {
		if k == top {
			continue
		}
		x := t.priorOf(k) + sharp*sum
		t.score[k] = x
		highest = max(highest, x)
		if k >= t.candidates || t.support[k] == 0 {
			continue
		}
		if k < top {
			before = max(before, x)
		} else {
			after = max(after, x)
		}
	}
	total := 0.0
	for k, x := range t.score {
		if k != top {
			total += math.Exp(x - highest)
		}
	}
	return before, after, highest + math.Log(total)
}

// fewest tries one number of silent origins after the other, up to least, at
// which the answer falls anyhow.
func (t *tally) fewest(top, least int, odds float64) int {
	if !t.compare(top) {
		return least
	}
	t.work = mostWork
	for j := 1; j < least; j++ {
		if sharp := t.sharpness(t.origins() - j); t.overtaken(j, sharp) || t.drops(j, sharp, odds) {
			return j
		}
	}
	return least
}

// compare sets the rivals against the answer; false where that is too much.
func (t *tally) compare(top int) bool {
	t.at = slices.Grow(t.at[:0], t.alternatives)[:t.alternatives]
	for k := range t.at {
		t.at[k] = -1
	}
	t.rivals = t.rivals[:0]
	for _, x := range t.entries {
		if k := int(x.alternative); k != top && t.at[k] < 0 {
			t.at[k] = int32(len(t.rivals))
			t.rivals = append(t.rivals, rival{before: k < top, base: t.priorOf(top) - t.priorOf(k), pinned: -1})
		}
	}
	unnamed := 0.0
	for k, c := range t.at {
		if c < 0 && k != top {
			unnamed += math.Exp(t.priorOf(k) - t.priorOf(top))
		}
	}
	t.rivals = append(t.rivals, rival{base: -math.Log(unnamed), pinned: -1})
	n, m := t.origins(), len(t.rivals)
	if n*m > mostMatrix {
		return false
	}
	t.d = cleared(t.d, n*m)
	for g := range n {
		own := t.d[g*m : g*m+m]
		for _, x := range t.of(g) {
			if int(x.alternative) == top {
				for c := range own {
					own[c] += x.add
				}
			} else {
				own[t.at[x.alternative]] -= x.add
			}
		}
		for _, x := range t.of(g) {
			if int(x.alternative) == top || x.asserts == 0 {
				continue
			}
			c := int(t.at[x.alternative])
			r := &t.rivals[c]
			if r.asserted = true; r.pinned < 0 || own[c] < t.d[int(r.pinned)*m+c] {
				r.pinned = int32(g)
			}
		}
	}
	for c := range t.rivals {
		t.rank(c)
	}
	return true
}

// rank sums up, for one rival, what silence can take from the margin.
func (t *tally) rank(c int) {
	n, m, r := t.origins(), len(t.rivals), &t.rivals[c]
	t.order = t.order[:0]
	for g := range n {
		r.margin += t.d[g*m+c]
		t.order = append(t.order, int32(g))
	}
	slices.SortFunc(t.order, func(a, b int32) int { return cmp.Compare(t.d[int(b)*m+c], t.d[int(a)*m+c]) })
	r.all, r.unpinned = append(r.all[:0], 0), append(r.unpinned[:0], 0)
	all, unpinned := 0.0, 0.0
	for _, g := range t.order {
		x := t.d[int(g)*m+c]
		all += x
		r.all = append(r.all, all)
		if g != r.pinned {
			unpinned += x
			r.unpinned = append(r.unpinned, unpinned)
		}
	}
}

// overtaken tells whether so many silent origins can put a rival that somebody
// still asserts before the answer.
func (t *tally) overtaken(silent int, sharp float64) bool {
	for c := range t.rivals {
		r := &t.rivals[c]
		if !r.asserted || silent >= len(r.unpinned) {
			continue
		}
		if margin := r.base + sharp*(r.margin-r.unpinned[silent]); margin < -tie || r.before && margin <= tie {
			return true
		}
	}
	return false
}

// drops tells whether so many silent origins can bring the odds of the answer
// under a bound.
func (t *tally) drops(silent int, sharp, odds float64) bool {
	against := 0.0
	for c := range t.rivals {
		r := &t.rivals[c]
		against += math.Exp(-r.base - sharp*(r.margin-r.all[silent]))
	}
	if -math.Log(against) >= odds {
		return false // not even by doing the most against every rival at once
	}
	// Those that do the most against the likeliest rivals are tried first.
	n, m := t.origins(), len(t.rivals)
	harm := make([]float64, n)
	t.order = t.order[:0]
	for g := range n {
		for c := range t.rivals {
			r := &t.rivals[c]
			harm[g] += t.d[g*m+c] * math.Exp(-r.base-sharp*(r.margin-r.all[silent])) / against
		}
		t.order = append(t.order, int32(g))
	}
	slices.SortStableFunc(t.order, func(a, b int32) int { return cmp.Compare(harm[b], harm[a]) })
	margin := make([]float64, m)
	for c := range t.rivals {
		margin[c] = t.rivals[c].margin
	}
	return t.try(t.order, silent, margin, sharp, odds)
}

// try tells whether the silence of so many of the origins can bring the odds
// under the bound, with margin left of all before.
func (t *tally) try(origins []int32, silent int, margin []float64, sharp, odds float64) bool {
	if len(origins) < silent || t.origins() > bruteOrigins && t.work < 0 {
		return false
	}
	m := len(t.rivals)
	t.work -= len(origins) * m
	against := 0.0
	for c := range t.rivals {
		against += math.Exp(-t.rivals[c].base - sharp*(margin[c]-t.most(origins, silent, c)))
	}
	if -math.Log(against) >= odds {
		return false
	}
	if silent == 0 {
		return true
	}
	own := t.d[int(origins[0])*m:][:m]
	without := make([]float64, m)
	for c := range without {
		without[c] = margin[c] - own[c]
	}
	return t.try(origins[1:], silent-1, without, sharp, odds) || t.try(origins[1:], silent, margin, sharp, odds)
}

// most is the most that the silence of so many of the origins takes from the
// margin over one rival.
func (t *tally) most(origins []int32, silent, c int) (sum float64) {
	m := len(t.rivals)
	t.falls = t.falls[:0]
	for _, g := range origins {
		t.falls = append(t.falls, t.d[int(g)*m+c])
	}
	descending(t.falls)
	for _, x := range t.falls[:silent] {
		sum += x
	}
	return sum
}

// descending sorts the largest first.
func descending(x []float64) {
	if len(x) > 16 {
		slices.SortFunc(x, func(a, b float64) int { return cmp.Compare(b, a) })
		return
	}
	for i := 1; i < len(x); i++ {
		for j := i; j > 0 && x[j] > x[j-1]; j-- {
			x[j], x[j-1] = x[j-1], x[j]
		}
	}
}
