package weigh

import (
	"context"
	"math"
	"slices"
)

// What a source's odds have moved is carried to an item only where that moves a
// probability. So each source keeps, for each level of items, how far its
// odds have moved since those items were weighed; an item's level is how far its
// probabilities can follow. A source with fifty thousand statements, whose
// odds move a little with every one, visits the few items that are still open,
// and the others when enough has come together.

// levelOf is the place of an item whose largest probability falls short of one
// by u: level b has those with u < 2^-(b+1), and the first the rest too. Moving
// what one statement adds to the log odds by d moves no probability by more than
// u·(e^|d| - 1), nor by more than |d|/4.
func levelOf(u float64) uint8 {
	exponent := int(math.Float64bits(u)>>52) - 1023
	return uint8(min(max(-2-exponent, 0), levels-1))
}

// follows bounds how far an item of that level moves with the odds.
func follows(level int, odds float64) float64 {
	if odds = math.Abs(odds); odds > .1 {
		return min(math.Expm1(odds)*belowOne[level], odds/4)
	}
	return odds * min(belowOne[level], .25)
}

// belowOne bounds what the largest probability of an item falls short of one by.
var belowOne = func() (bounds [levels]float64) {
	for b := range bounds {
		bounds[b] = math.Ldexp(1, -1-b)
	}
	bounds[0] = 1
	return bounds
}()

// logs of whole numbers, for how many values a statement excludes.
var logOfSmall = func() (logs [64]float64) {
	for n := range logs {
		logs[n] = math.Log(float64(max(1, n)))
	}
	return logs
}()

func logOf(n int) float64 {
	if n < len(logOfSmall) {
		return logOfSmall[n]
	}
	return math.Log(float64(n))
}

// excluded counts the alternatives that a statement does not allow; if none, it
// tells nothing.
func (it *liveItem) excluded(value int32) int {
	if value >= 0 {
		return len(it.q) - 1
	}
	s := &it.sets[^value]
	n := len(it.q) - len(s.Values)
	if s.Else {
		n--
	}
	return n
}

// mass is how likely it is that what a statement says is so.
func (it *liveItem) mass(v *liveStatement, q []float64) float64 {
	if v.value >= 0 {
		return q[v.value]
	}
	s, sum := &it.sets[^v.value], 0.0
	for _, k := range s.Values {
		sum += q[k]
	}
	if s.Else {
		sum += q[len(q)-1]
	}
	return sum
}

// expected is how much a statement adds to what its source has right.
func (it *liveItem) expected(v *liveStatement, q []float64) int64 {
	return int64(it.mass(v, q) * liveUnit * float64(v.share))
}

// count adds an item's statements to the counts of their sources, or takes them
// out.
func (l *Live) count(it *liveItem, sign int64) {
	for j := range it.said {
		v := &it.said[j]
		l.hot[v.source].right += sign * it.expected(v, it.q)
		l.rest[v.source].weight += sign * int64(liveUnit*float64(v.share))
	}
}

// infer fills q with the probabilities of an item's alternatives, given the odds
// of those who speak of it, and returns the largest.
func (l *Live) infer(it *liveItem, q []float64) float64 {
	clear(q)
	if it.settled != Unsettled {
		q[it.settled] = 1
		return 1
	}
	spread := logOf(len(q) - 1)
	for j := 0; j < len(it.said); {
		v := &it.said[j]
		if v.value >= 0 && (j+1 == len(it.said) || it.said[j+1].weight > 0) { // as tells has it, for most
			q[v.value] += float64(v.weight) * (l.hot[v.source].odds + spread)
			j++
			continue
		}
		x, next := l.tells(it, j)
		j = next
		if v.value >= 0 {
			q[v.value] += x
			continue
		}
		s := &it.sets[^v.value]
		for _, k := range s.Values {
			q[k] += x
		}
		if s.Else {
			q[len(q)-1] += x
		}
	}
	top, sum := math.Inf(-1), 0.0
	for _, x := range q {
		top = max(top, x)
	}
	for k, x := range q {
		if x -= top; x < -40 {
			q[k] = 0
			continue
		}
		q[k] = math.Exp(x)
		sum += q[k]
	}
	for k := range q {
		q[k] /= sum
	}
	return 1 / sum
}

// tells is what the voice that statement j begins adds to the log odds of what it
// allows, see openFit.tells, and where the next voice begins.
func (l *Live) tells(it *liveItem, j int) (x float64, next int) {
	v := &it.said[j]
	least := l.hot[v.source].odds
	for next = j + 1; next < len(it.said) && it.said[next].weight == 0; next++ {
		least = min(least, l.hot[it.said[next].source].odds)
	}
	excluded := it.excluded(v.value)
	if excluded == 0 {
		return 0, next
	}
	return float64(v.weight) * (least + logOf(excluded)), next
}

// weigh works out an item from the odds of those who speak of it, lets their
// counts follow, and puts those whose odds have moved far enough in line. It
// returns how far the probability that moved most has moved.
func (l *Live) weigh(i int32) (moved float64) {
	it := &l.items[i]
	q := l.logs[:len(it.q)]
	top := l.infer(it, q)
	for j := range it.said {
		v := &it.said[j]
		if v.share == 0 {
			continue
		}
		h := &l.hot[v.source]
		h.right += it.expected(v, q) - it.expected(v, it.q)
		l.await(v.source, h, math.Abs(float64(h.right-h.rightAt)*float64(h.slope))/4)
	}
	for k, x := range q {
		moved = max(moved, math.Abs(x-it.q[k]))
		it.q[k] = x
	}
	if !it.news && it.hasNews() {
		it.news = true
		l.news = append(l.news, i)
	}
	l.level[i] = levelOf(1 - top)
	return moved
}

// await puts a source in line that may move a probability so far.
func (l *Live) await(s int32, h *hotSource, moves float64) {
	if moves <= l.least {
		return
	}
	place := int8(min(int(math.Float64bits(moves/l.least)>>52)-1023, liveQueue-2))
	if place > h.waiting {
		h.waiting = place
		l.waiting[place] = append(l.waiting[place], s)
	}
}

// record is how often a source was right and wrong, with what is expected of it
// before.
func (l *Live) record(s int32) (right, wrong float64) {
	right = float64(l.hot[s].right) / liveUnit
	wrong = max(0, float64(l.rest[s].weight)/liveUnit-right)
	return right + l.mean*accuracyStrength, wrong + (1-l.mean)*accuracyStrength
}

// refresh works out the odds of a source from its counts.
func (l *Live) refresh(s int32) {
	h, c := &l.hot[s], &l.rest[s]
	right, wrong := l.record(s)
	odds := math.Log(right / wrong)
	by := float32(odds - h.odds)
	h.odds, h.slope, h.rightAt = odds, float32((1/right+1/wrong)/liveUnit), h.right
	for b := range c.unsent {
		c.unsent[b] += by
	}
}

// settleItem finds the fixed point of one item and those who speak of it, with
// all other items as they are. The item is then ahead of what these sources have
// sent to the others, so they go first in line, and it is weighed again when they
// have.
func (l *Live) settleItem(i int32) {
	const rounds = 30
	it := &l.items[i]
	for range rounds {
		for j := range it.said {
			l.refresh(it.said[j].source)
		}
		if l.weigh(i) <= l.least/10 {
			break
		}
	}
	for j := range it.said {
		l.awaitFirst(it.said[j].source)
	}
	l.mark(i)
}

// awaitFirst puts a source before all others.
func (l *Live) awaitFirst(s int32) {
	if h := &l.hot[s]; h.waiting < liveQueue-1 {
		h.waiting = liveQueue - 1
		l.waiting[liveQueue-1] = append(l.waiting[liveQueue-1], s)
	}
}

// mark has an item weighed with the next that are due.
func (l *Live) mark(i int32) {
	if !l.marked[i] {
		l.marked[i] = true
		l.due = append(l.due, i)
	}
}

// send marks the items that move with a source's odds.
func (l *Live) send(s int32) {
	l.refresh(s)
	c, mask := &l.rest[s], uint32(0)
	for b, d := range c.unsent {
		if follows(b, float64(d)) > l.least {
			mask |= 1 << b
			c.unsent[b] = 0
		}
	}
	if mask == 0 {
		return
	}
	for _, i := range c.on {
		if mask>>l.level[i]&1 != 0 {
			l.mark(i)
		}
	}
}

// doubtAll has everything worked out again.
func (l *Live) doubtAll() {
	for s := range l.hot {
		l.awaitFirst(int32(s))
	}
	for i := range l.items {
		l.mark(int32(i))
	}
}

// weighDue weighs the items that are marked.
func (l *Live) weighDue(ctx context.Context) error {
	for n, i := range l.due {
		if n%1024 == 0 && ctx.Err() != nil {
			l.due = slices.Delete(l.due, 0, n)
			return ctx.Err()
		}
		l.marked[i] = false
		l.weigh(i)
	}
	l.due = l.due[:0]
	return nil
}

// pooled is how reliable sources are on the whole; see accuracyMean.
func (l *Live) pooled() float64 {
	var judged, judging int64
	for i := range l.items {
		it := &l.items[i]
		for j := range it.said {
			if v := &it.said[j]; v.weight > 0 && v.share > 0 {
				judged += int64(it.mass(v, it.q) * liveUnit)
				judging++
			}
		}
	}
	return (float64(judged)/liveUnit + accuracyMean*accuracyStrength) / (float64(judging) + accuracyStrength)
}
