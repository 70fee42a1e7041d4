package weigh

import (
	"cmp"
	"context"
	"math"
	"slices"
)

const (
	// leastShared is how many items two sources must share before their
	// agreement says anything: with two, chance alone agrees on both too often.
	leastShared = 3

	// mostVisits and mostPairs bound what counting pairs may cost, in visits of
	// two statements on one item and in pairs kept. Where the first would be
	// passed, items with very many speakers count those alone who say most in
	// all, for they share most with others; where the second would be, more
	// than leastShared items must be shared, so that the pairs with least to tell go.
	mostVisits = 50_000_000
	mostPairs  = 2_000_000

	// enoughVisits are so many that items are left out where they would be more,
	// evenly, but never down to less than enoughItems.
	enoughVisits = 10_000_000
	enoughItems  = 100_000

	// mostClasses is up to how many classes chance agreement is computed from
	// both sources' own habits, and not from everybody's.
	mostClasses = 64
)

// pairs are the pairs of sources that share enough items, by a and then b.
type pairs struct {
	sources int
	a, b    []int32   // a below b
	shared  []int32   // items on which both say one value
	agree   []int32   // of them those on which it is the same
	chance  []float64 // share of them on which two would agree who know nothing of the items
	room    float64   // how far above chance perfect knowledge would agree

	// first and other list, of every source, the pairs it is in and with whom.
	first       []int32
	pair, other []int32
}

// speaker is a source that says one value of an item.
type speaker struct{ source, value int32 }

// speakers lists by item who says which single value of it. Who says several
// values of an item is left out there, and so is a set of values: neither can agree
// or disagree with a value.
func speakers(t *Table, l *layout) (first []int32, said []speaker, origin []int32) {
	first = make([]int32, t.Items+1)
	said = make([]speaker, 0, len(l.row))
	if t.Origin != nil {
		origin = make([]int32, 0, len(l.row))
	}
	for i := range t.Items {
		rows := l.on(i)
		for j := 0; j < len(rows); {
			row := rows[j]
			s, v, k := t.Source[row], t.Value[row], j+1
			for ; k < len(rows) && t.Source[rows[k]] == s; k++ {
				if t.Value[rows[k]] != v {
					v = -1
				}
			}
			if v >= 0 {
				said = append(said, speaker{s, v})
				if origin != nil {
					origin = append(origin, t.Origin[row])
				}
			}
			j = k
		}
		first[i+1] = int32(len(said))
	}
	return first, said, origin
}

// countPairs counts what all pairs of sources share. Two statements on an item
// that declare one origin do not count: that they agree is known to mean nothing.
func countPairs(ctx context.Context, t *Table, first []int32, said []speaker, origin []int32) (*pairs, error) {
	habits := newHabits(t, said)
	spoken := make([]int32, t.Sources+1)
	for _, x := range said {
		if !habits.constant[x.source] {
			spoken[x.source+1]++
		}
	}
	for s := range t.Sources {
		spoken[s+1] += spoken[s]
	}
	place, item := make([]int32, len(said)), make([]int32, len(said))
	next := slices.Clone(spoken)
	for i := range t.Items {
		for j := first[i]; j < first[i+1]; j++ {
			s := said[j].source
			if habits.constant[s] {
				continue
			}
			place[next[s]], item[next[s]] = j, int32(i)
			next[s]++
		}
	}

	p := &pairs{sources: t.Sources}
	p.room = habits.room
	least := int32(leastShared)
	shared, agree, guess := make([]int32, t.Sources), make([]int32, t.Sources), make([]float64, t.Sources)
	var met []int32
	for s := range int32(t.Sources) {
		if s%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		for x := spoken[s]; x < spoken[s+1]; x++ {
			j, i := place[x], item[x]
			g := 0.0
			if t.Kind == Open {
				g = 1 / float64(t.Candidates[i].Count+1)
			}
			for k := j + 1; k < first[i+1]; k++ {
				if origin != nil && origin[j] != NoOrigin && origin[j] == origin[k] {
					continue
				}
				o := said[k].source
				if habits.constant[o] {
					continue
				}
				if shared[o] == 0 {
					met = append(met, o)
				}
				shared[o]++
				guess[o] += g
				if said[k].value == said[j].value {
					agree[o]++
				}
			}
		}
		kept := met[:0]
		for _, o := range met {
			if shared[o] >= least {
				kept = append(kept, o)
			} else {
				shared[o], agree[o], guess[o] = 0, 0, 0
			}
		}
		slices.Sort(kept)
		for _, o := range kept {
			c := guess[o] / float64(shared[o])
			if t.Kind == Classes {
				c = habits.chance(s, o)
			}
			p.a, p.b = append(p.a, s), append(p.b, o)
			p.shared, p.agree, p.chance = append(p.shared, shared[o]), append(p.agree, agree[o]), append(p.chance, c)
			shared[o], agree[o], guess[o] = 0, 0, 0
		}
		met = met[:0]
		for len(p.a) > mostPairs {
			least++
			p.drop(least)
		}
	}
	if t.Kind == Open {
		sum, n := 0.0, 0.0
		for x, c := range p.chance {
			sum += c * float64(p.shared[x])
			n += float64(p.shared[x])
		}
		if n > 0 {
			p.room = 1 - sum/n
		}
	}
	p.index()
	return p, nil
}

// boundVisits keeps on every item as many of the speakers who say most in all, of
// equals the first, as keeps the visits in bounds.
func boundVisits(first []int32, said []speaker, origin []int32) ([]int32, []speaker, []int32) {
	visits := func(limit int64) int64 {
		sum := int64(0)
		for i := range len(first) - 1 {
			n := min(int64(first[i+1]-first[i]), limit)
			sum += n * (n - 1) / 2
		}
		return sum
	}
	if visits(math.MaxInt32) <= mostVisits {
		return first, said, origin
	}
	limit := int64(2)
	for step := int64(1) << 30; step > 0; step /= 2 {
		if visits(limit+step) <= mostVisits {
			limit += step
		}
	}
	spoken := map[int32]int32{}
	for _, x := range said {
		spoken[x.source]++
	}
	kept, from := int32(0), first[0]
	var order []int32
	for i := range len(first) - 1 {
		to := first[i+1]
		order = order[:0]
		for j := from; j < to; j++ {
			order = append(order, j)
		}
		if len(order) > int(limit) {
			slices.SortFunc(order, func(a, b int32) int {
				return cmp.Or(cmp.Compare(spoken[said[b].source], spoken[said[a].source]), cmp.Compare(a, b))
			})
			order = order[:limit]
			slices.Sort(order)
		}
		for _, j := range order {
			said[kept] = said[j]
			if origin != nil {
				origin[kept] = origin[j]
			}
			kept++
		}
		from, first[i+1] = to, kept
	}
	if origin != nil {
		origin = origin[:kept]
	}
	return first, said[:kept], origin
}

// sampleItems keeps what is said of every so many-th item.
func sampleItems(first []int32, said []speaker, origin []int32) ([]int32, []speaker, []int32) {
	items, visits := int64(len(first)-1), int64(0)
	for i := range items {
		n := int64(first[i+1] - first[i])
		visits += n * (n - 1) / 2
	}
	stride := min((visits+enoughVisits-1)/enoughVisits, items/enoughItems)
	if stride <= 1 {
		return first, said, origin
	}
	kept, from := int32(0), first[0]
	for i := range items {
		to := first[i+1]
		if i%stride == 0 {
			n := copy(said[kept:], said[from:to])
			if origin != nil {
				copy(origin[kept:], origin[from:to])
			}
			kept += int32(n)
		}
		from, first[i+1] = to, kept
	}
	if origin != nil {
		origin = origin[:kept]
	}
	return first, said[:kept], origin
}

// drop forgets the pairs that share less than so many items.
func (p *pairs) drop(least int32) {
	kept := 0
	for x, n := range p.shared {
		if n >= least {
			p.a[kept], p.b[kept], p.shared[kept], p.agree[kept], p.chance[kept] = p.a[x], p.b[x], n, p.agree[x], p.chance[x]
			kept++
		}
	}
	p.a, p.b, p.shared, p.agree, p.chance = p.a[:kept], p.b[:kept], p.shared[:kept], p.agree[:kept], p.chance[:kept]
}

func (p *pairs) index() {
	p.first = make([]int32, p.sources+1)
	for x := range p.a {
		p.first[p.a[x]+1]++
		p.first[p.b[x]+1]++
	}
	for s := range p.sources {
		p.first[s+1] += p.first[s]
	}
	p.pair, p.other = make([]int32, 2*len(p.a)), make([]int32, 2*len(p.a))
	next := slices.Clone(p.first)
	for x := range p.a {
		a, b := p.a[x], p.b[x]
		p.pair[next[a]], p.other[next[a]] = int32(x), b
		p.pair[next[b]], p.other[next[b]] = int32(x), a
		next[a]++
		next[b]++
	}
}

// excess is how far the agreement of a pair lies above chance, as a share of
// the room for it.
func (p *pairs) excess(x int32) float64 {
	return (float64(p.agree[x])/float64(p.shared[x]) - p.chance[x]) / p.room
}

// habits are how often each source says each class, whatever the item. Two
// who always say the same class agree always and show nothing by it.
type habits struct {
	classes int
	share   []float64 // by source and class; nil where there are too many classes
	common  float64   // chance agreement of two sources with everybody's habits
	room    float64

	// constant are those who say one class only. Even one who judges cannot be
	// told from one who does not look, so they are in no pair.
	constant []bool
}

func newHabits(t *Table, said []speaker) *habits {
	h := &habits{classes: t.Classes, room: 1, constant: make([]bool, t.Sources)}
	if t.Kind != Classes || len(said) == 0 {
		return h
	}
	all := make([]float64, t.Classes)
	says := slices.Repeat([]int32{-1}, t.Sources)
	for _, x := range said {
		all[x.value]++
		switch says[x.source] {
		case -1:
			says[x.source], h.constant[x.source] = x.value, true
		case x.value:
		default:
			h.constant[x.source] = false
		}
	}
	for v := range all {
		all[v] /= float64(len(said))
		h.common += all[v] * all[v]
	}
	h.room = max(1-h.common, 1e-9)
	if t.Classes > mostClasses {
		return h
	}
	// Everybody's habits count for one statement, so that a source of few is not
	// taken to have strong ones.
	h.share = make([]float64, t.Sources*t.Classes)
	spoken := make([]float64, t.Sources)
	for _, x := range said {
		h.share[int(x.source)*t.Classes+int(x.value)]++
		spoken[x.source]++
	}
	for s, n := range spoken {
		for v, p := range all {
			x := &h.share[s*t.Classes+v]
			*x = (*x + p) / (n + 1)
		}
	}
	return h
}

func (h *habits) chance(a, b int32) float64 {
	if h.share == nil {
		return h.common
	}
	sum := 0.0
	x, y := h.share[int(a)*h.classes:], h.share[int(b)*h.classes:]
	for v := range h.classes {
		sum += x[v] * y[v]
	}
	return sum
}
