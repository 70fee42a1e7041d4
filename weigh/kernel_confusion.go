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

	cells [][]cell3  // three states without weights, see kernel_flat.go: [worker][code]
	rooms []flatRoom // [worker]

	words  int        // uint64s for a code's counts, two of 32 bits in each
	narrow [][]uint64 // [worker][code][word]: counts of this pass
	wide   []int64    // [code][state-1]: what of them has been moved away to make room
	whole  []int64    // [code]: the sum of weights
	class  []float64  // [state]: the posterior summed over items
	part   []float64  // [block][state]: the same of one block
	moved  []uint32   // [worker]: how far the posterior has moved, see farther
}

// newConfusion makes a kernel for states = classes*subtypes states. Settled, where
// not nil, holds items to a class.
func newConfusion(p *packed, classes, subtypes int, settled []int32, workers int) *confusion {
	states := classes * subtypes
	codes := p.sources * p.values
	c := &confusion{
		p: p, states: states, subtypes: subtypes, settled: settled, workers: max(1, min(workers, blocksOf(p.items))),
		prior: make([]float32, states), q: make([]float32, p.items*states),
		words: states / 2, wide: make([]int64, codes*(states-1)), whole: make([]int64, codes),
		class: make([]float64, states), part: make([]float64, blocksOf(p.items)*states),
	}
	if states == 3 && p.weight == nil {
		c.cells, c.rooms = make([][]cell3, c.workers), make([]flatRoom, c.workers)
		for w := range c.cells {
			c.cells[w] = make([]cell3, codes)
		}
	} else {
		c.table, c.narrow = make([]float32, codes*(states-1)), make([][]uint64, c.workers)
		for w := range c.narrow {
			c.narrow[w] = make([]uint64, codes*c.words)
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
	if c.cells != nil {
		for v := range c.p.values {
			l := logs[v*3 : v*3+3]
			log := uint64(uint32(fixedLog(l[1]-l[0]))) | uint64(uint32(fixedLog(l[2]-l[0])))<<32
			for _, cells := range c.cells {
				cells[base+v].log = log
			}
		}
		return
	}
	for v := range c.p.values {
		row, into := logs[v*c.states:(v+1)*c.states], c.table[(base+v)*d:(base+v+1)*d]
		for h := range into {
			into[h] = row[h+1] - row[0]
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
	if err := share(ctx, c.workers, blocksOf(c.p.items), func(worker, block int) {
		if c.cells != nil {
			c.block3(worker, block, infer)
		} else {
			c.block(worker, block, infer)
		}
	}); err != nil {
		return 0, err
	}
	c.gather(ctx)
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
func (c *confusion) gather(ctx context.Context) {
	const stretch = 1 << 14
	codes := len(c.whole)
	_ = share(context.WithoutCancel(ctx), c.workers, (codes+stretch-1)/stretch, func(_, b int) {
		from, to := b*stretch, min((b+1)*stretch, codes)
		for _, cells := range c.cells {
			cells, wide := cells[from:to], c.wide[2*from:2*to]
			for at := range cells {
				n := cells[at].count
				wide[2*at] += int64(n & (1<<32 - 1))
				wide[2*at+1] += int64(n >> 32)
				cells[at].count = 0
			}
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
	p, d, moved := c.p, c.states-1, c.moved[worker]
	narrow := c.narrow[worker]
	part := c.part[block*c.states : (block+1)*c.states]
	clear(part)
	var room [64]float32
	score := append(room[:0], c.prior...)
	for i := block * blockItems; i < min((block+1)*blockItems, p.items); i++ {
		q, first, end := c.posterior(i), int(p.first[i]), int(p.first[i+1])
		class, settled := c.settledOn(i)
		if infer {
			copy(score, c.prior)
			for at := first; at < end; at++ {
				row, w := c.table[int(p.code[at])*d:], p.weightAt(at)
				for h := range d {
					score[h+1] += w * row[h]
				}
			}
			top, sum := score[0], float32(0)
			for _, x := range score {
				top = max(top, x)
			}
			for h, x := range score {
				score[h] = expOf(x - top)
				sum += score[h]
			}
			for h := range score {
				score[h] /= sum
			}
			if settled {
				c.hold(score, class)
			}
			for h, x := range score {
				moved = farther(moved, x-q[h])
				q[h] = x
			}
		}
		for h, x := range q {
			part[h] += float64(x)
		}
		for at := first; at < end; at++ {
			w := p.weightAt(at) * (1 << countBits)
			for word := range c.words {
				n := uint64(int64(w*q[1+2*word] + .5))
				if 2+2*word < c.states {
					n |= uint64(int64(w*q[2+2*word]+.5)) << 32
				}
				cell := &narrow[int(p.code[at])*c.words+word]
				if *cell += n; *cell&full != 0 {
					c.spill(p.code[at], word, *cell)
					*cell = 0
				}
			}
		}
	}
	c.moved[worker] = moved
}

// block3 is block for three states without weights.
func (c *confusion) block3(worker, block int, infer bool) {
	p, room := c.p, &c.rooms[worker]
	part := c.part[block*3 : block*3+3]
	clear(part)
	end := min((block+1)*blockItems, p.items)
	for i := block * blockItems; i < end; {
		from, last := p.first[i], i+1
		for last < end && p.first[last+1]-from <= stretch {
			last++
		}
		if p.first[last]-from > stretch {
			c.long3(worker, i, infer, part)
		} else {
			c.stretch3(worker, i, last, infer, room, part)
		}
		i = last
	}
}

// stretch3 does items from to last, of at most stretch statements together.
func (c *confusion) stretch3(worker, from, last int, infer bool, room *flatRoom, part []float64) {
	first := c.p.first[from : last+1]
	base := first[0]
	codes, cells := c.p.code[base:first[len(first)-1]], c.cells[worker]
	if infer {
		s1, s2 := int64(0), int64(0)
		for j, code := range codes {
			log := cells[code].log
			s1 += int64(int32(log))
			s2 += int64(log) >> 32
			room.sum1[j+1] = s1
			room.sum2[j+1] = s2
		}
	}
	p1, p2 := float64(c.prior[1]), float64(c.prior[2])
	moved, n0, n1, n2 := c.moved[worker], part[0], part[1], part[2]
	clear(room.step[:len(codes)+1])
	before := uint64(0)
	q := c.q[from*3 : last*3]
	for i := range last - from {
		x := q[3*i : 3*i+3 : 3*i+3]
		a, b := first[i]-base, first[i+1]-base
		if infer {
			l1 := float64(room.sum1[b]-room.sum1[a])*logUnit + p1
			l2 := float64(room.sum2[b]-room.sum2[a])*logUnit + p2
			e1, e2 := expWide(clampWide(l1)), expWide(clampWide(l2))
			part := 1 / (1 + e1 + e2)
			x0, x1, x2 := float32(part), float32(e1*part), float32(e2*part)
			if c.settled != nil && c.settled[from+i] != Unsettled {
				held := [3]float32{x0, x1, x2}
				c.hold(held[:], int(c.settled[from+i]))
				x0, x1, x2 = held[0], held[1], held[2]
			}
			moved = farther(farther(farther(moved, x0-x[0]), x1-x[1]), x2-x[2])
			x[0], x[1], x[2] = x0, x1, x2
		}
		n0, n1, n2 = n0+float64(x[0]), n1+float64(x[1]), n2+float64(x[2])
		n := pair3(x[1], x[2])
		room.step[a] += n - before
		before = n
	}
	part[0], part[1], part[2] = n0, n1, n2
	c.moved[worker] = moved
	n := uint64(0)
	for j, code := range codes {
		n += room.step[j]
		cell := &cells[code]
		if cell.count += n; cell.count&full != 0 {
			c.spill(code, 0, cell.count)
			cell.count = 0
		}
	}
}

// long3 does one item of more statements than a stretch has.
func (c *confusion) long3(worker, i int, infer bool, part []float64) {
	codes, cells, q := c.p.code[c.p.first[i]:c.p.first[i+1]], c.cells[worker], c.posterior(i)
	if infer {
		s1, s2 := int64(0), int64(0)
		for _, code := range codes {
			log := cells[code].log
			s1 += int64(int32(log))
			s2 += int64(log) >> 32
		}
		x := c.posterior3(i, float64(s1)*logUnit, float64(s2)*logUnit)
		for h := range q {
			c.moved[worker] = farther(c.moved[worker], x[h]-q[h])
			q[h] = x[h]
		}
	}
	for h := range q {
		part[h] += float64(q[h])
	}
	n := pair3(q[1], q[2])
	for _, code := range codes {
		if cells[code].count += n; cells[code].count&full != 0 {
			c.spill(code, 0, cells[code].count)
			cells[code].count = 0
		}
	}
}

// posterior3 is Bayes' rule for three states, from what an item's statements add to
// the log odds of states 1 and 2 against 0.
func (c *confusion) posterior3(i int, l1, l2 float64) [3]float32 {
	e1, e2 := expWide(clampWide(l1+float64(c.prior[1]))), expWide(clampWide(l2+float64(c.prior[2])))
	part := 1 / (1 + e1 + e2)
	x := [3]float32{float32(part), float32(e1 * part), float32(e2 * part)}
	if class, ok := c.settledOn(i); ok {
		c.hold(x[:], class)
	}
	return x
}

// farther is the larger of moved and |d|, as bits, which order as the numbers do:
// the sign of d is as good as chance, and a branch on it would be mistaken every
// other time.
func farther(moved uint32, d float32) uint32 {
	return max(moved, math.Float32bits(d)&^(1<<31))
}

// pair3 is the counts of states 1 and 2 that a posterior gives a statement.
func pair3(x1, x2 float32) uint64 {
	return uint64(int64(x1*(1<<countBits)+.5)) | uint64(int64(x2*(1<<countBits)+.5))<<32
}
