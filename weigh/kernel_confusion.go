package weigh

import (
	"context"
	"math"
	"sync/atomic"
)

// confusion is the kernel of models in which a source says value v of an item in
// state h with a probability of its own. States are class*subtypes + subtype.
//
// Only differences from state 0 are kept: a posterior does not change when all of
// an item's states gain the same, and what falls to state 0 is a source's whole
// count less the rest. So a row of K classes costs K-1 numbers a value.
type confusion struct {
	p        *packed
	states   int
	subtypes int
	settled  []int32
	workers  int

	prior []float32 // of each state: ln P(state) - ln P(state 0)
	table []float32 // [code][state-1]: ln P(value | state) - ln P(value | 0)
	q     []float32 // [item][state]: the posterior

	flat *flat // for two and three states without weights, in place of narrow

	rooms  []blockRoom // [worker]
	words  int         // uint64s for a code's counts, two of 32 bits in each
	narrow [][]uint64  // [worker][code][word]: counts of this pass
	wide   []int64     // [code][state-1]: what of them has been moved away to make room
	whole  []int64     // [code]: the sum of weights
	class  []float64   // [state]: the posterior summed over items
	part   []float64   // [block][state]: the same of one block
	moved  []uint32    // [worker]: how far the posterior has moved, see farther
}

// newConfusion makes a kernel for states = classes*subtypes states. Settled, where
// not nil, holds items to a class.
func newConfusion(p *packed, classes, subtypes int, settled []int32, workers int) *confusion {
	states := classes * subtypes
	codes := p.sources * p.values
	c := &confusion{
		p: p, states: states, subtypes: subtypes, settled: settled, workers: max(1, min(workers, blocksOf(p.items))),
		prior: make([]float32, states), table: make([]float32, codes*(states-1)), q: make([]float32, p.items*states),
		words: states / 2, wide: make([]int64, codes*(states-1)), whole: make([]int64, codes),
		class: make([]float64, states), part: make([]float64, blocksOf(p.items)*states),
	}
	if (states == 2 || states == 3) && p.weight == nil {
		c.flat = newFlat(states, codes, c.workers)
	} else {
		c.narrow, c.rooms = make([][]uint64, c.workers), make([]blockRoom, c.workers)
		for w := range c.narrow {
			c.narrow[w] = make([]uint64, codes*c.words)
			c.rooms[w] = blockRoom{make([]float32, states), make([]float64, states), make([]uint64, c.words)}
		}
	}
	c.moved = make([]uint32, c.workers)
	for at, code := range p.code {
		c.whole[code] += int64(p.weightAt(at)*(1<<countBits) + .5)
	}
	return c
}

// startFromVotes sets every posterior to the item's shares of the vote, spread
// evenly over subtypes, and where nobody speaks evenly over all.
func (c *confusion) startFromVotes() {
	values := uint32(c.p.values)
	for i := range c.p.items {
		q, sum := c.posterior(i), float32(0)
		clear(q)
		for at := c.p.first[i]; at < c.p.first[i+1]; at++ {
			w := c.p.weightAt(int(at))
			q[int(c.p.code[at]%values)*c.subtypes] += w
			sum += w
		}
		for k := 0; k < c.states; k += c.subtypes {
			share := 1 / float32(c.states)
			if sum > 0 {
				share = q[k] / (sum * float32(c.subtypes))
			}
			for m := range c.subtypes {
				q[k+m] = share
			}
		}
		if class, ok := c.settledOn(i); ok {
			c.hold(q, class)
		}
	}
}

func (c *confusion) settledOn(i int) (class int, ok bool) {
	if c.settled == nil || c.settled[i] == Unsettled {
		return 0, false
	}
	return int(c.settled[i]), true
}

// hold gives all of a posterior to the subtypes of one class.
func (c *confusion) hold(q []float32, class int) {
	sum := float32(0)
	for h := range q {
		if h/c.subtypes != class {
			q[h] = 0
		}
		sum += q[h]
	}
	for m := range c.subtypes {
		h := class*c.subtypes + m
		if sum > 0 {
			q[h] /= sum
		} else {
			q[h] = 1 / float32(c.subtypes)
		}
	}
}

// posterior is that of one item, [state]; a caller may set it before count.
func (c *confusion) posterior(item int) []float32 {
	return c.q[item*c.states : (item+1)*c.states : (item+1)*c.states]
}

// setPrior takes ln P(state) of every state, up to a constant.
func (c *confusion) setPrior(logs []float64) {
	for h := range c.prior {
		c.prior[h] = float32(logs[h] - logs[0])
	}
}

// classCounts is the posterior summed over items, [state].
func (c *confusion) classCounts() []float64 { return c.class }

// counts reads how often a source is expected to have said each value in each
// state, [value][state], in statements.
func (c *confusion) counts(source int, into []float64) {
	d := c.states - 1
	base := int(c.p.place[source]) * c.p.values
	for v := range c.p.values {
		rest, row := c.whole[base+v], into[v*c.states:(v+1)*c.states]
		for h := range d {
			n := c.wide[(base+v)*d+h]
			rest -= n
			row[h+1] = float64(n) * countUnit
		}
		row[0] = float64(max(rest, 0)) * countUnit
	}
}

// setRow takes ln P(value | state) of a source, [value][state].
func (c *confusion) setRow(source int, logs []float32) {
	d := c.states - 1
	base := int(c.p.place[source]) * c.p.values
	for v := range c.p.values {
		row, into := logs[v*c.states:(v+1)*c.states], c.table[(base+v)*d:(base+v+1)*d]
		for h := range into {
			into[h] = row[h+1] - row[0]
		}
		if c.flat != nil {
			c.flat.set(base+v, into)
		}
	}
}

// update asks for the row of every source, given its counts; both are [value][state].
// Calls for different sources run at once on several goroutines.
func (c *confusion) update(ctx context.Context, row func(source int, counts []float64, logs []float32)) error {
	n := c.p.values * c.states
	counts, logs := make([]float64, c.workers*n), make([]float32, c.workers*n)
	return share(ctx, c.workers, blocksOf(c.p.sources), func(worker, block int) {
		counts, logs := counts[worker*n:(worker+1)*n], logs[worker*n:(worker+1)*n]
		for s := block * blockItems; s < min((block+1)*blockItems, c.p.sources); s++ {
			c.counts(s, counts)
			row(s, counts, logs)
			c.setRow(s, logs)
		}
	})
}

// pass computes every posterior from prior and rows, and the counts that those
// posteriors expect; it returns how far the probability that moved most moved.
func (c *confusion) pass(ctx context.Context) (moved float64, err error) { return c.run(ctx, true) }

// count computes the counts that the posteriors as they are expect.
func (c *confusion) count(ctx context.Context) error {
	_, err := c.run(ctx, false)
	return err
}

func (c *confusion) run(ctx context.Context, infer bool) (moved float64, err error) {
	clear(c.wide)
	clear(c.moved)
	do := c.block
	if c.flat != nil {
		do = c.flatBlock
	}
	if err := share(ctx, c.workers, blocksOf(c.p.items), func(worker, block int) { do(worker, block, infer) }); err != nil {
		return 0, err
	}
	c.gather()
	for _, m := range c.moved {
		moved = max(moved, float64(math.Float32frombits(m)))
	}
	clear(c.class)
	for at, n := range c.part {
		c.class[at%c.states] += n
	}
	return moved, nil
}

// full is set where either half of a word of counts may be about to overflow.
const full = 1<<63 | 1<<31

// spill moves a word of counts away.
func (c *confusion) spill(code uint32, word int, n uint64) {
	d := c.states - 1
	at := int(code)*d + 2*word
	atomic.AddInt64(&c.wide[at], int64(n&(1<<32-1)))
	if 2*word+1 < d {
		atomic.AddInt64(&c.wide[at+1], int64(n>>32))
	}
}

// gather moves all counts of all workers away.
func (c *confusion) gather() {
	const some = 1 << 14
	codes := len(c.whole)
	shareAll(c.workers, (codes+some-1)/some, func(_, b int) {
		from, to := b*some, min((b+1)*some, codes)
		if c.flat != nil {
			c.flat.gather(from, to, c.wide)
		}
		for _, narrow := range c.narrow {
			for code := from; code < to; code++ {
				for word := range c.words {
					if n := &narrow[code*c.words+word]; *n != 0 {
						c.spill(uint32(code), word, *n)
						*n = 0
					}
				}
			}
		}
	})
}

func (c *confusion) block(worker, block int, infer bool) {
	p, room := c.p, &c.rooms[worker]
	part := c.part[block*c.states : (block+1)*c.states]
	clear(part)
	for i := block * blockItems; i < min((block+1)*blockItems, p.items); i++ {
		q, codes := c.posterior(i), p.code[p.first[i]:p.first[i+1]]
		var weights []float32
		if p.weight != nil {
			weights = p.weight[p.first[i]:p.first[i+1]]
		}
		if infer {
			c.score(room.score, codes, weights)
			c.bayes(worker, i, q)
		}
		for h, x := range q {
			part[h] += float64(x)
		}
		if weights == nil {
			countsOf(room.counts, q, 1)
		}
		for at, code := range codes {
			if weights != nil {
				countsOf(room.counts, q, weights[at])
			}
			c.add(worker, code, room.counts)
		}
	}
}

// blockRoom is what a worker needs for an item.
type blockRoom struct {
	score  []float32 // [state]: log odds against state 0
	odds   []float64 // [state]
	counts []uint64  // [word]: what a statement adds
}

// score adds up what the prior and an item's statements say, [state].
func (c *confusion) score(score []float32, codes []uint32, weights []float32) {
	copy(score, c.prior)
	d := len(score) - 1
	for at, code := range codes {
		row, sums := c.table[int(code)*d:int(code)*d+d], score[1:]
		sums = sums[:len(row)]
		if weights == nil {
			for h, x := range row {
				sums[h] += x
			}
			continue
		}
		w := weights[at]
		for h, x := range row {
			sums[h] += w * x
		}
	}
}

// bayes sets an item's posterior from its score.
func (c *confusion) bayes(worker, item int, q []float32) {
	room, top, sum := &c.rooms[worker], float32(0), 0.0
	for _, x := range room.score {
		if x > mostWide && x > top {
			top = x
		}
	}
	odds := room.odds[:len(room.score)]
	for h, x := range room.score {
		odds[h] = expWide(clampWide(float64(x - top)))
		sum += odds[h]
	}
	sum = 1 / sum
	score := room.score[:len(odds)]
	for h, x := range odds {
		score[h] = float32(x * sum)
	}
	if class, ok := c.settledOn(item); ok {
		c.hold(score, class)
	}
	moved := c.moved[worker]
	q = q[:len(score)]
	for h, x := range score {
		moved = farther(moved, x-q[h])
		q[h] = x
	}
	c.moved[worker] = moved
}

// countsOf packs what a statement of so much weight adds to its code.
func countsOf(counts []uint64, q []float32, weight float32) {
	weight *= 1 << countBits
	q = q[1:]
	for word := range counts {
		n := uint64(int64(q[0]*weight + .5))
		if len(q) > 1 {
			n |= uint64(int64(q[1]*weight+.5)) << 32
			q = q[2:]
		}
		counts[word] = n
	}
}

// add adds counts to those of a code.
func (c *confusion) add(worker int, code uint32, counts []uint64) {
	cells, any := c.narrow[worker][int(code)*len(counts):int(code)*len(counts)+len(counts)], uint64(0)
	for word, n := range counts {
		n += cells[word]
		cells[word] = n
		any |= n
	}
	if any&full == 0 {
		return
	}
	for word, n := range cells {
		c.spill(code, word, n)
		cells[word] = 0
	}
}

// farther is the larger of moved and |d|, as bits, which order as the numbers do:
// the sign of d is as good as chance, and a branch on it would be mistaken every
// other time.
func farther(moved uint32, d float32) uint32 {
	return max(moved, math.Float32bits(d)&^(1<<31))
}
