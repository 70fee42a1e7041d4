package weigh

import (
	"context"
	"math"
)

// oneCoin is the kernel of models in which a source is right with one
// probability, and, when it is wrong, says any of the item's other values with
// equal chance.
type oneCoin struct {
	p       *packed
	t       *Table
	workers int

	other []float32 // kind Open: ln of P(something else) / P(one candidate), by item; nil where that is 0
	wrong []float32 // by item: ln of how many values a wrong statement may name
	logit []float32 // [place]: ln P(right) / P(wrong)

	start []int     // the posterior of item i is from q[start[i]] to q[start[i+1]]
	q     []float32 // over named candidates; what is missing to one is something else

	// Two or three classes without weights are tied rows of the other kernel,
	// which sweeps them flat; then what follows is not there.
	rows *confusion

	right [][]int64 // [worker][place]: the sum of P(what it said), in countUnit
	whole []int64   // [place]: the sum of weights, in countUnit
	moved []uint32  // [worker], see farther
}

// newOneCoin makes a kernel for a table of kind Classes or Open. Other, of kind
// Open, is how likely something that nobody has named is, as a multiple of one
// candidate, where the item allows it.
func newOneCoin(t *Table, p *packed, other float64, workers int) *oneCoin {
	if n := t.Classes; t.Kind == Classes && (n == 2 || n == 3) && p.weight == nil {
		return &oneCoin{p: p, t: t, rows: newConfusion(p, n, 1, t.Settled, workers)}
	}
	c := &oneCoin{
		p: p, t: t, workers: max(1, min(workers, blocksOf(t.Items))),
		wrong: make([]float32, t.Items), logit: make([]float32, t.Sources), start: make([]int, t.Items+1), whole: make([]int64, t.Sources),
	}
	if t.Kind == Open && other > 0 {
		c.other = make([]float32, t.Items)
	}
	for i := range t.Items {
		n := t.candidates(int32(i))
		c.start[i+1] = c.start[i] + int(n)
		values := n
		if t.Kind == Open && t.Candidates[i].Else {
			values++
		}
		c.wrong[i] = float32(math.Log(float64(max(1, values-1))))
		if c.other != nil {
			c.other[i] = float32(math.Inf(-1))
			if t.Candidates[i].Else {
				c.other[i] = float32(math.Log(other))
			}
		}
	}
	c.q = make([]float32, c.start[t.Items])
	c.right = [][]int64{make([]int64, t.Sources)}
	for range c.workers - 1 {
		c.right = append(c.right, make([]int64, t.Sources))
	}
	c.moved = make([]uint32, c.workers)
	for at, code := range p.code {
		c.whole[int(code)/p.values] += int64(p.weightAt(at)*(1<<countBits) + .5)
	}
	return c
}

// posterior is that of one item over its named candidates; a caller may set it
// before count.
func (c *oneCoin) posterior(item int) []float32 {
	if c.rows != nil {
		return c.rows.posterior(item)
	}
	return c.q[c.start[item]:c.start[item+1]:c.start[item+1]]
}

// startFromVotes sets every posterior to the item's shares of the vote, and where
// nobody speaks evenly.
func (c *oneCoin) startFromVotes() {
	if c.rows != nil {
		c.rows.startFromVotes()
		return
	}
	values := uint32(c.p.values)
	for i := range c.p.items {
		q, sum := c.posterior(i), float32(0)
		clear(q)
		for at := c.p.first[i]; at < c.p.first[i+1]; at++ {
			w := c.p.weightAt(int(at))
			q[c.p.code[at]%values] += w
			sum += w
		}
		for v := range q {
			if sum > 0 {
				q[v] /= sum
			} else {
				q[v] = 1 / float32(len(q))
			}
		}
		c.hold(i, q)
	}
}

// hold gives all of a settled item's posterior to its value.
func (c *oneCoin) hold(i int, q []float32) {
	if c.t.Settled != nil && c.t.Settled[i] != Unsettled {
		clear(q)
		q[c.t.Settled[i]] = 1
	}
}

// setLogit takes ln P(right) / P(wrong) of a source.
func (c *oneCoin) setLogit(source int, x float64) {
	if c.rows == nil {
		c.logit[c.p.place[source]] = float32(x)
		return
	}
	var logs [9]float32
	n := c.t.Classes
	for v := range n {
		logs[v*n+v] = float32(x + math.Log(float64(n-1)))
	}
	c.rows.setRow(source, logs[:n*n])
}

// counts reads how many of its statements a source is expected to have right,
// and how many it makes.
func (c *oneCoin) counts(source int) (right, all float64) {
	if c.rows == nil {
		at := c.p.place[source]
		return float64(c.right[0][at]) * countUnit, float64(c.whole[at]) * countUnit
	}
	var counts [9]float64
	n := c.t.Classes
	c.rows.counts(source, counts[:n*n])
	for at, x := range counts[:n*n] {
		all += x
		if at%(n+1) == 0 {
			right += x
		}
	}
	return right, all
}

// update asks for the logit of every source, given how many of its statements are
// expected to be right and how many there are. Calls for different sources run at
// once on several goroutines.
func (c *oneCoin) update(ctx context.Context, workers int, logit func(source int, right, all float64) float64) error {
	return share(ctx, workers, blocksOf(c.p.sources), func(_, block int) {
		for s := block * blockItems; s < min((block+1)*blockItems, c.p.sources); s++ {
			right, all := c.counts(s)
			c.setLogit(s, logit(s, right, all))
		}
	})
}

// pass computes every posterior from logits, and the counts that those
// posteriors expect; it returns how far the probability that moved most moved.
func (c *oneCoin) pass(ctx context.Context) (moved float64, err error) { return c.run(ctx, true) }

// count computes the counts that the posteriors as they are expect.
func (c *oneCoin) count(ctx context.Context) error {
	_, err := c.run(ctx, false)
	return err
}

func (c *oneCoin) run(ctx context.Context, infer bool) (moved float64, err error) {
	if c.rows != nil {
		return c.rows.run(ctx, infer)
	}
	clear(c.moved)
	for _, right := range c.right {
		clear(right)
	}
	room := make([][]float32, c.workers)
	for w := range room {
		room[w] = make([]float32, c.p.values)
	}
	err = share(ctx, c.workers, blocksOf(c.p.items), func(worker, block int) { c.block(worker, block, infer, room[worker]) })
	if err != nil {
		return 0, err
	}
	for _, right := range c.right[1:] {
		for at, n := range right {
			c.right[0][at] += n
		}
	}
	for _, m := range c.moved {
		moved = max(moved, float64(math.Float32frombits(m)))
	}
	return moved, nil
}

func (c *oneCoin) block(worker, block int, infer bool, room []float32) {
	p, values, moved := c.p, uint32(c.p.values), c.moved[worker]
	right := c.right[worker]
	for i := block * blockItems; i < min((block+1)*blockItems, p.items); i++ {
		q, first, end := c.posterior(i), int(p.first[i]), int(p.first[i+1])
		if infer {
			score := room[:len(q)]
			clear(score)
			for at := first; at < end; at++ {
				code := p.code[at]
				score[code%values] += p.weightAt(at) * (c.logit[code/values] + c.wrong[i])
			}
			top, sum := float32(math.Inf(-1)), float32(0)
			if c.other != nil {
				top = c.other[i]
			}
			for _, x := range score {
				top = max(top, x)
			}
			if c.other != nil {
				sum = float32(expWide(clampWide(float64(c.other[i] - top))))
			}
			for v, x := range score {
				score[v] = float32(expWide(clampWide(float64(x - top))))
				sum += score[v]
			}
			for v := range score {
				score[v] /= sum
			}
			c.hold(i, score)
			for v, x := range score {
				moved = farther(moved, x-q[v])
				q[v] = x
			}
		}
		for at := first; at < end; at++ {
			code := p.code[at]
			right[code/values] += int64(p.weightAt(at)*q[code%values]*(1<<countBits) + .5)
		}
	}
	c.moved[worker] = moved
}
