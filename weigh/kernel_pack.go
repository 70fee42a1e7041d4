package weigh

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
)

// packed is a table of kind Classes or Open ready for the kernels: sorted by item,
// then source, then value, one 32-bit code a statement. Codes are by the place of
// a source when they stand in the order of how much they say, the most first, so
// that what is used most lies close together.
type packed struct {
	items, sources int
	values         int       // a source has so many codes: every Value is below it
	first          []int32   // the statements on item i are those from first[i] to first[i+1]
	code           []uint32  // place of the source * values + value
	weight         []float32 // of each statement, in [0, 256]; nil where all are 1
	place          []int32   // of each source
	said           []int32   // how many statements each source makes
}

// newPacked has no statements yet. It refuses more codes than 32 bits can tell
// apart: a table of confusions that large has no memory to live in.
func newPacked(t *Table) (*packed, error) {
	p := &packed{items: t.Items, sources: t.Sources, values: 1, first: make([]int32, t.Items+1), said: make([]int32, t.Sources)}
	if t.Kind == Classes {
		p.values = t.Classes
	}
	for _, c := range t.Candidates {
		p.values = max(p.values, int(c.Count))
	}
	if uint64(p.sources)*uint64(p.values) > math.MaxUint32 {
		return nil, fmt.Errorf("%d sources with %d values each are too many: %w", p.sources, p.values, ErrTable)
	}
	return p, nil
}

// packTable packs what a table says, a statement repeated word for word once and
// no matter its origin. A statement that allows several values becomes one for
// each, of equal weights that add up to one.
func packTable(t *Table, workers int) (*packed, error) {
	for _, v := range t.Value {
		if v < 0 {
			bare := *t
			bare.Origin = nil
			return packLayout(t, newLayout(&bare), nil)
		}
	}
	p, err := newPacked(t)
	if err != nil {
		return nil, err
	}
	s := newBuckets(t, p, workers)
	s.deal()
	s.sort()
	for _, code := range p.code {
		p.said[p.sourceOf(code)]++
	}
	p.placeSources()
	p.replace(workers)
	return p, nil
}

// packLayout packs the statements of a layout in its order with a weight each,
// or all of weight 1.
func packLayout(t *Table, l *layout, weight []float32) (*packed, error) {
	if !slices.ContainsFunc(weight, func(w float32) bool { return w != 1 }) {
		weight = nil
	}
	p, err := newPacked(t)
	if err != nil {
		return nil, err
	}
	total, sets := 0, false
	for _, row := range l.row {
		p.said[t.Source[row]]++
		if v := t.Value[row]; v < 0 {
			sets = true
			total += len(t.Sets[^v].Values)
		} else {
			total++
		}
	}
	if total > math.MaxInt32 {
		return nil, fmt.Errorf("%d statements, each value of each counted, are too many: %w", total, ErrTable)
	}
	p.code = make([]uint32, 0, total)
	if weight != nil || sets {
		p.weight = make([]float32, 0, total)
	}
	for i := range t.Items {
		p.first[i] = int32(len(p.code))
		for at := l.first[i]; at < l.first[i+1]; at++ {
			row := l.row[at]
			base, w := uint32(t.Source[row])*uint32(p.values), float32(1)
			if weight != nil {
				w = weight[at]
			}
			if v := t.Value[row]; v >= 0 {
				p.code = append(p.code, base+uint32(v))
				if p.weight != nil {
					p.weight = append(p.weight, w)
				}
				continue
			}
			values := t.Sets[^t.Value[row]].Values
			for _, v := range values {
				p.code, p.weight = append(p.code, base+uint32(v)), append(p.weight, w/float32(len(values)))
			}
		}
	}
	p.first[t.Items] = int32(len(p.code))
	p.placeSources()
	p.replace(1)
	return p, nil
}

func (p *packed) weightAt(at int) float32 {
	if p.weight == nil {
		return 1
	}
	return p.weight[at]
}

// sourceOf is code / values.
func (p *packed) sourceOf(code uint32) uint32 { return code / uint32(p.values) }

// placeSources orders sources by how much they say, of equals by index.
func (p *packed) placeSources() {
	order := make([]uint64, p.sources)
	for s, n := range p.said {
		order[s] = uint64(^uint32(n))<<32 | uint64(s)
	}
	slices.Sort(order)
	p.place = make([]int32, p.sources)
	for at, o := range order {
		p.place[uint32(o)] = int32(at)
	}
}

// replace turns codes by source into codes by place.
func (p *packed) replace(workers int) {
	const some = 1 << 16
	values := uint32(p.values)
	shareAll(workers, (len(p.code)+some-1)/some, func(_, b int) {
		part := p.code[b*some : min((b+1)*some, len(p.code))]
		for at, code := range part {
			source := code / values
			part[at] = uint32(p.place[source])*values + code - source*values
		}
	})
}

// buckets sort statements in two steps that both stay within a processor's cache:
// statements are dealt into stretches of items, then each stretch is sorted by
// itself.
type buckets struct {
	t       *Table
	p       *packed
	workers int
	shift   int      // a stretch is of 1<<shift items
	start   []int    // the keys of stretch b are from start[b] to start[b+1]
	key     []uint64 // item within its stretch, then source * values + value
}

// mostBuckets is how many ends of stretches a processor can write to at once
// without losing track of them.
const mostBuckets = 2048

func newBuckets(t *Table, p *packed, workers int) *buckets {
	return &buckets{
		t: t, p: p, workers: max(1, workers), key: make([]uint64, len(t.Item)),
		shift: max(0, bits.Len(uint(max(t.Items-1, 0)))-bits.Len(uint(mostBuckets-1))),
	}
}

func (s *buckets) count() int { return (s.t.Items-1)>>s.shift + 1 }

// deal fills key and start.
func (s *buckets) deal() {
	n, parts := s.count(), s.workers
	if s.t.Items == 0 {
		n = 0
	}
	next := make([][]int, parts)
	rows := func(part int) (from, to int) { return len(s.t.Item) * part / parts, len(s.t.Item) * (part + 1) / parts }
	shareAll(s.workers, parts, func(_, part int) {
		count := make([]int, n)
		from, to := rows(part)
		for _, i := range s.t.Item[from:to] {
			count[int(i)>>s.shift]++
		}
		next[part] = count
	})
	s.start = make([]int, n+1)
	at := 0
	for b := range n {
		s.start[b] = at
		for part := range next {
			at, next[part][b] = at+next[part][b], at
		}
	}
	s.start[n] = at
	values, mask := uint32(s.p.values), int32(1)<<s.shift-1
	shareAll(s.workers, parts, func(_, part int) {
		next := next[part]
		from, to := rows(part)
		item, source, value := s.t.Item[from:to], s.t.Source[from:to], s.t.Value[from:to]
		for j, i := range item {
			b := int(i) >> s.shift
			s.key[next[b]] = uint64(i&mask)<<32 | uint64(uint32(source[j])*values+uint32(value[j]))
			next[b]++
		}
	})
}

// sort sorts every stretch, drops what is said twice, and writes first and code.
func (s *buckets) sort() {
	p, n := s.p, len(s.start)-1
	p.code = make([]uint32, len(s.key))
	kept := make([]int, n)
	shareAll(s.workers, n, func(_, b int) { kept[b] = s.sortOne(b) })
	at := 0
	for b := range n {
		moved := s.start[b] - at
		if moved > 0 {
			copy(p.code[at:], p.code[s.start[b]:s.start[b]+kept[b]])
			for i := b << s.shift; i < min((b+1)<<s.shift, p.items); i++ {
				p.first[i] -= int32(moved)
			}
		}
		at += kept[b]
	}
	p.first[p.items] = int32(at)
	p.code = p.code[:at]
	s.key = nil
}

// sortOne sorts stretch b and returns how many statements it keeps.
func (s *buckets) sortOne(b int) int {
	p := s.p
	key, base := s.key[s.start[b]:s.start[b+1]], b<<s.shift
	first := p.first[base:min(base+1<<s.shift, p.items)]
	next := make([]int32, len(first)+1)
	for _, k := range key {
		next[k>>32+1]++
	}
	for i := range first {
		next[i+1] += next[i]
	}
	code := p.code[s.start[b]:s.start[b+1]]
	for i := range first {
		first[i] = next[i]
	}
	for _, k := range key {
		code[next[k>>32]] = uint32(k)
		next[k>>32]++
	}
	kept := int32(0)
	for i := range first {
		said := code[first[i]:next[i]]
		sortCodes(said)
		first[i] = int32(s.start[b]) + kept
		for at, c := range said {
			if at == 0 || c != said[at-1] {
				code[kept] = c
				kept++
			}
		}
	}
	return int(kept)
}

// sortCodes sorts what is said of one item, most often a handful.
func sortCodes(said []uint32) {
	if len(said) > 24 {
		slices.Sort(said)
		return
	}
	for i := 1; i < len(said); i++ {
		x, j := said[i], i
		for ; j > 0 && said[j-1] > x; j-- {
			said[j] = said[j-1]
		}
		said[j] = x
	}
}
