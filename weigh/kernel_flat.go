package weigh

// Two and three states are most of all work, and there what costs is neither
// memory nor arithmetic but waiting: for a branch at the end of each item that no
// processor foresees, for a sum that needs the sum before, for two lines of
// memory where one would do. So they are computed flat, a stretch of items at a
// time, in three sweeps without a branch on the data:
//
//  1. over statements: running sums of log odds, kept after each;
//  2. over items: the difference of two running sums is the item's log odds, from
//     which its posterior follows; how its count differs from that of the item
//     before is noted at its first statement;
//  3. over statements: the running sum of those differences is the count of the
//     item at hand, and is added to the source's.
//
// Differences of running sums are exact because they are of whole numbers. What a
// statement reads and what it adds to lie side by side in one cell, and each
// worker has cells of its own.

// Log odds are whole numbers of 2^-24: all that float32 tells apart from 1 to 2,
// and up to mostLog in 32 bits.
const (
	logBits = 24
	logUnit = 1.0 / (1 << logBits)
	mostLog = 127
)

// fixedLog is x as log odds in 32 bits.
func fixedLog(x float32) int32 {
	return int32(min(mostLog, max(-mostLog, float64(x))) * (1 << logBits))
}

// stretch is how many statements are swept at a time: what they need stays in the
// first level of cache.
const stretch = 512

// flat is what the sweeps of two or three states need.
type flat struct {
	cells2 [][]cell2 // two states: [worker][code]
	cells3 [][]cell3 // three states: [worker][code]
	rooms  []flatRoom
}

// cell2 is a code's part of the work with two states: log odds of state 1 against
// 0, and the count of state 1 in this pass.
type cell2 struct {
	log   int32
	count uint32
}

// cell3 is the same with three: of state 1 in the low half, of 2 in the high.
type cell3 struct {
	log, count uint64
}

// flatRoom is what a worker needs for a stretch. The running sums start with zero,
// and are longer than a stretch so that masking an index spares its check.
type flatRoom struct {
	sum1, sum2 [2 * stretch]int64
	log1, log2 [blockItems]float64 // log odds of each item
	step       [2 * stretch]uint64 // how the count changes at each statement
}

func newFlat(states, codes, workers int) *flat {
	f := &flat{rooms: make([]flatRoom, workers)}
	for range workers {
		if states == 2 {
			f.cells2 = append(f.cells2, make([]cell2, codes))
		} else {
			f.cells3 = append(f.cells3, make([]cell3, codes))
		}
	}
	return f
}

// set takes the log odds of a code, [state-1].
func (f *flat) set(code int, odds []float32) {
	for _, cells := range f.cells2 {
		cells[code].log = fixedLog(odds[0])
	}
	for _, cells := range f.cells3 {
		cells[code].log = uint64(uint32(fixedLog(odds[0]))) | uint64(uint32(fixedLog(odds[1])))<<32
	}
}

// gather moves the counts of some codes away.
func (f *flat) gather(from, to int, wide []int64) {
	for _, cells := range f.cells2 {
		cells, wide := cells[from:to], wide[from:to]
		for at := range cells {
			wide[at] += int64(cells[at].count)
			cells[at].count = 0
		}
	}
	for _, cells := range f.cells3 {
		cells, wide := cells[from:to], wide[2*from:2*to]
		for at := range cells {
			n := cells[at].count
			wide[2*at] += int64(n & (1<<32 - 1))
			wide[2*at+1] += int64(n >> 32)
			cells[at].count = 0
		}
	}
}

// flatBlock is block by sweeps.
func (c *confusion) flatBlock(worker, block int, infer bool) {
	part := c.part[block*c.states : (block+1)*c.states]
	clear(part)
	end := min((block+1)*blockItems, c.p.items)
	for i := block * blockItems; i < end; {
		last := i + c.p.stretchFrom(i, end)
		if first := c.p.first[i : last+1]; first[len(first)-1]-first[0] > stretch {
			c.sweepLong(worker, i, infer)
		} else {
			c.sweep(worker, i, first, infer)
		}
		addStates(part, c.q[i*c.states:last*c.states])
		i = last
	}
}

// addStates adds posteriors to sums over items.
func addStates(sums []float64, q []float32) {
	if len(sums) == 2 {
		a := 0.0
		for i := 1; i < len(q); i += 2 {
			a += float64(q[i])
		}
		sums[0], sums[1] = sums[0]+float64(len(q)/2)-a, sums[1]+a
	} else {
		a, b := 0.0, 0.0
		for i := 2; i < len(q); i += 3 {
			a, b = a+float64(q[i-1]), b+float64(q[i])
		}
		sums[0], sums[1], sums[2] = sums[0]+float64(len(q)/3)-a-b, sums[1]+a, sums[2]+b
	}
}

// stretchFrom is how many items from one on, and before end, have together at most
// stretch statements; it is one where the first has more alone.
func (p *packed) stretchFrom(item, end int) int {
	most, last := p.first[item]+stretch, item+1
	for last < end && p.first[last+1] <= most {
		last++
	}
	return last - item
}

// sweep does the items from one on whose statements begin and end at first.
func (c *confusion) sweep(worker, from int, first []int32, infer bool) {
	codes, room := c.p.code[first[0]:first[len(first)-1]], &c.flat.rooms[worker]
	items := len(first) - 1
	q := c.q[from*c.states : (from+items)*c.states]
	if infer {
		log1, log2 := room.log1[:items], room.log2[:items]
		if c.states == 2 {
			read2(c.flat.cells2[worker], codes, room.sum1[1:])
			differences(log1, &room.sum1, first)
			c.bayes2(worker, from, log1, q)
		} else {
			read3(c.flat.cells3[worker], codes, room.sum1[1:], room.sum2[1:])
			differences(log1, &room.sum1, first)
			differences(log2, &room.sum2, first)
			c.bayes3(worker, from, log1, log2, q)
		}
	}
	clear(room.step[:len(codes)+1])
	if c.states == 2 {
		steps2(q, first, &room.step)
		c.add2(c.flat.cells2[worker], codes, room.step[:])
	} else {
		steps3(q, first, &room.step)
		c.add3(c.flat.cells3[worker], codes, room.step[:])
	}
}

// sweepLong does one item of more statements than a stretch has.
func (c *confusion) sweepLong(worker, i int, infer bool) {
	codes, room, q := c.p.code[c.p.first[i]:c.p.first[i+1]], &c.flat.rooms[worker], c.posterior(i)
	var log1, log2 [1]float64
	for from := 0; infer && from < len(codes); from += stretch {
		part := codes[from:min(from+stretch, len(codes))]
		if c.states == 2 {
			read2(c.flat.cells2[worker], part, room.sum1[1:])
		} else {
			read3(c.flat.cells3[worker], part, room.sum1[1:], room.sum2[1:])
		}
		log1[0] += float64(room.sum1[len(part)]) * logUnit
		log2[0] += float64(room.sum2[len(part)]) * logUnit
	}
	if infer && c.states == 2 {
		c.bayes2(worker, i, log1[:], q)
	} else if infer {
		c.bayes3(worker, i, log1[:], log2[:], q)
	}
	clear(room.step[:])
	if c.states == 2 {
		room.step[0] = countOf(q[1])
	} else {
		room.step[0] = countOf(q[1]) | countOf(q[2])<<32
	}
	for from := 0; from < len(codes); from += stretch {
		part := codes[from:min(from+stretch, len(codes))]
		if c.states == 2 {
			c.add2(c.flat.cells2[worker], part, room.step[:])
		} else {
			c.add3(c.flat.cells3[worker], part, room.step[:])
		}
	}
}

// read2 is the first sweep with two states.
func read2(cells []cell2, codes []uint32, sums []int64) {
	sums = sums[:len(codes)]
	sum := int64(0)
	for j, code := range codes {
		sum += int64(cells[code].log)
		sums[j] = sum
	}
}

// read3 is the first sweep with three states.
func read3(cells []cell3, codes []uint32, sums1, sums2 []int64) {
	sums1, sums2 = sums1[:len(codes)], sums2[:len(codes)]
	s1, s2 := int64(0), int64(0)
	for j, code := range codes {
		log := cells[code].log
		s1 += int64(int32(log))
		s2 += int64(log) >> 32
		sums1[j], sums2[j] = s1, s2
	}
}

// differences sets logs to what statements add to each item.
func differences(logs []float64, sum *[2 * stretch]int64, first []int32) {
	before, base, ends := int64(0), first[0], first[1:]
	ends = ends[:len(logs)]
	for i, end := range ends {
		s := sum[(end-base)&(2*stretch-1)]
		logs[i] = float64(s-before) * logUnit
		before = s
	}
}

// bayes2 sets the posteriors of items from one on, from what their statements add
// to the log odds of state 1 against 0.
func (c *confusion) bayes2(worker, from int, logs []float64, q []float32) {
	prior, moved := float64(c.prior[1]), c.moved[worker]
	for i, l := range logs {
		e := expWide(clampWide(l + prior))
		part := 1 / (1 + e)
		x0, x1 := float32(part), float32(e*part)
		if class, ok := c.settledOn(from + i); ok {
			held := [2]float32{x0, x1}
			c.hold(held[:], class)
			x0, x1 = held[0], held[1]
		}
		x := q[2*i : 2*i+2 : 2*i+2]
		moved = farther(moved, x1-x[1])
		x[0], x[1] = x0, x1
	}
	c.moved[worker] = moved
}

// bayes3 is the same with three states.
func (c *confusion) bayes3(worker, from int, log1, log2 []float64, q []float32) {
	p1, p2, moved := float64(c.prior[1]), float64(c.prior[2]), c.moved[worker]
	log2 = log2[:len(log1)]
	for i, l1 := range log1 {
		e0 := 1.0
		l1, l2 := l1+p1, log2[i]+p2
		if l1 > mostWide || l2 > mostWide {
			top := max(l1, l2)
			e0, l1, l2 = 0, l1-top, l2-top
		}
		e1, e2 := expWide(clampWide(l1)), expWide(clampWide(l2))
		part := 1 / (e0 + e1 + e2)
		x0, x1, x2 := float32(e0*part), float32(e1*part), float32(e2*part)
		if class, ok := c.settledOn(from + i); ok {
			held := [3]float32{x0, x1, x2}
			c.hold(held[:], class)
			x0, x1, x2 = held[0], held[1], held[2]
		}
		x := q[3*i : 3*i+3 : 3*i+3]
		moved = farther(farther(farther(moved, x0-x[0]), x1-x[1]), x2-x[2])
		x[0], x[1], x[2] = x0, x1, x2
	}
	c.moved[worker] = moved
}

// steps2 notes at each item's first statement how its count differs from that of
// the item before. An item without statements leaves its note to the next.
func steps2(q []float32, first []int32, step *[2 * stretch]uint64) {
	before, base := uint64(0), first[0]
	for i, begin := range first[:len(first)-1] {
		n := countOf(q[2*i+1])
		step[(begin-base)&(2*stretch-1)] += n - before
		before = n
	}
}

// steps3 is the same with three states.
func steps3(q []float32, first []int32, step *[2 * stretch]uint64) {
	before, base := uint64(0), first[0]
	for i, begin := range first[:len(first)-1] {
		n := countOf(q[3*i+1]) | countOf(q[3*i+2])<<32
		step[(begin-base)&(2*stretch-1)] += n - before
		before = n
	}
}

// countOf is a probability as a count.
func countOf(x float32) uint64 { return uint64(int64(x*(1<<countBits) + .5)) }

// add2 is the third sweep with two states.
func (c *confusion) add2(cells []cell2, codes []uint32, steps []uint64) {
	steps = steps[:len(codes)]
	n := uint32(0)
	for j, code := range codes {
		n += uint32(steps[j])
		cell := &cells[code]
		if cell.count += n; int32(cell.count) < 0 {
			c.spill(code, 0, uint64(cell.count))
			cell.count = 0
		}
	}
}

// add3 is the third sweep with three states.
func (c *confusion) add3(cells []cell3, codes []uint32, steps []uint64) {
	steps = steps[:len(codes)]
	n := uint64(0)
	for j, code := range codes {
		n += steps[j]
		cell := &cells[code]
		if cell.count += n; cell.count&full != 0 {
			c.spill(code, 0, cell.count)
			cell.count = 0
		}
	}
}
