package weigh

import (
	"cmp"
	"math"
	"math/bits"
	"slices"
)

// openVoices are the statements of a table of kind Classes or Open as OneAccuracy
// hears them: what one origin says of one item is one voice, whoever of its
// sources say it. They lie sorted by item, origin and what is said, so that
// nothing depends on the order of the statements.
type openVoices struct {
	table   *Table
	first   []int32 // the voices on item i are all[first[i]:first[i+1]]
	all     []voice // and one at the end that only ends the members
	members []member
	at      []int // the alternatives of item i are numbered at[i] to at[i+1]

	statements []int32   // of each source
	logs       []float64 // of small whole numbers
}

// voice is one thing that one origin says of an item.
type voice struct {
	value    int32   // as Table.Value has it
	origin   int32   // counts the origins of the item
	member   int32   // its members are members[member:] up to those of the next voice
	weight   float32 // what it counts: less than one where its origin says several things, or depends on others
	supports float32 // what it counts as an origin that asserts something
	judges   bool    // whether it tells something of its members: the item is settled, or another origin tells something of it
}

// member is a source behind a voice. Its share is one over how many voices on
// the item it is behind.
type member struct {
	source int32
	share  float32
}

// newOpenVoices sorts a table. weights, where not nil, has what each statement
// counts beside others that its source depends on: 1 where it is independent.
func newOpenVoices(t *Table, weights []float32) *openVoices {
	l := newLayout(t)
	v := &openVoices{table: t, first: make([]int32, t.Items+1), at: make([]int, t.Items+1), statements: make([]int32, t.Sources)}
	v.all = make([]voice, 0, len(l.row)+1)
	v.members = make([]member, 0, len(l.row))
	for n := range 64 {
		v.logs = append(v.logs, math.Log(float64(n)))
	}
	behind := make([]float32, t.Sources)
	order := func(a, b int32) int {
		return cmp.Or(t.compareOrigin(a, b), t.compareSaid(a, b), cmp.Compare(t.Source[a], t.Source[b]))
	}
	for i := range t.Items {
		said := l.on(i)
		if t.Origin != nil {
			slices.SortFunc(said, order)
		}
		origin := int32(-1)
		for j, row := range said {
			fresh := j == 0 || t.compareOrigin(said[j-1], row) != 0
			again := !fresh && t.compareSaid(said[j-1], row) == 0
			if again && t.Source[said[j-1]] == t.Source[row] {
				continue
			}
			if fresh {
				origin++
			}
			w := float32(1)
			if weights != nil {
				w = weights[row]
			}
			if !again {
				v.all = append(v.all, voice{value: t.Value[row], origin: origin, member: int32(len(v.members)), weight: w, supports: w})
			}
			// An origin is as independent as its most independent member.
			last := &v.all[len(v.all)-1]
			last.weight, last.supports = max(last.weight, w), max(last.supports, w)
			v.members = append(v.members, member{source: t.Source[row], share: 1})
			v.statements[t.Source[row]]++
		}
		v.first[i+1] = int32(len(v.all))
		v.at[i+1] = v.at[i] + v.alternatives(i)
		v.divide(i, behind)
	}
	v.all = append(v.all, voice{member: int32(len(v.members))})
	return v
}

// compareOrigin orders statements on one item by where they come from. A source
// without a declared origin is its own.
func (t *Table) compareOrigin(a, b int32) int {
	if t.Origin == nil {
		return cmp.Compare(t.Source[a], t.Source[b])
	}
	if c := cmp.Compare(t.Origin[a], t.Origin[b]); c != 0 || t.Origin[a] != NoOrigin {
		return c
	}
	return cmp.Compare(t.Source[a], t.Source[b])
}

// compareSaid orders statements on one item by what they say, whoever says it.
func (t *Table) compareSaid(a, b int32) int {
	x, y := t.Value[a], t.Value[b]
	if x >= 0 || y >= 0 {
		return cmp.Compare(x, y)
	}
	return compareSets(t.Sets[^x], t.Sets[^y])
}

// divide gives the voices on an item and their members what they count. behind
// is room for one number a source, all zero.
func (v *openVoices) divide(i int, behind []float32) {
	said := v.all[v.first[i]:v.first[i+1]]
	if len(said) == 0 {
		return
	}
	telling, alone := 0, true
	for from := 0; from < len(said); {
		to, tells := from, false
		for ; to < len(said) && said[to].origin == said[from].origin; to++ {
			tells = tells || v.excluded(i, said[to].value) > 0
		}
		if n := to - from; n > 1 {
			alone = false
			for j := range said[from:to] {
				said[from+j].weight /= float32(n)
			}
		}
		if tells {
			telling++
		}
		from = to
	}
	settled := v.table.Settled != nil && v.table.Settled[i] != Unsettled
	for j := range said {
		said[j].judges = (telling > 1 || settled) && v.excluded(i, said[j].value) > 0
	}
	members := v.members[said[0].member:]
	if alone && v.table.Origin == nil {
		return // every source has one voice
	}
	for _, m := range members {
		behind[m.source]++
	}
	for j, m := range members {
		members[j].share = 1 / behind[m.source]
	}
	for _, m := range members {
		behind[m.source] = 0
	}
}

// alternatives counts the values that the truth of item i may have; one that
// nobody has named is the last.
func (v *openVoices) alternatives(i int) int {
	if v.table.Kind == Open && v.table.Candidates[i].Else {
		return int(v.table.Candidates[i].Count) + 1
	}
	return int(v.table.candidates(int32(i)))
}

// excluded counts the alternatives of item i that a value does not allow.
func (v *openVoices) excluded(i int, value int32) int {
	if value >= 0 {
		return v.alternatives(i) - 1
	}
	s := v.table.Sets[^value]
	n := v.alternatives(i) - len(s.Values)
	if s.Else {
		n--
	}
	return n
}

// open tells whether every item may have a value that nobody has named.
func (v *openVoices) open() bool {
	for _, c := range v.table.Candidates {
		if !c.Else {
			return false
		}
	}
	return v.table.Kind == Open && v.table.Items > 0
}

// ease is how likely each item is of the first of two kinds, by the rank of the
// largest share of its voices that agree.
func (v *openVoices) ease() []float64 {
	shares := make([]float64, v.table.Items)
	var votes []float64
	for i := range shares {
		votes = cleared(votes, v.alternatives(i))
		n := .5
		for j := v.first[i]; j < v.first[i+1]; j++ {
			v.add(votes, v.all[j].value, float64(v.all[j].weight))
			n += float64(v.all[j].weight)
		}
		shares[i] = slices.Max(votes) / n
	}
	sorted := slices.Clone(shares)
	slices.Sort(sorted)
	for i, x := range shares {
		from, _ := slices.BinarySearch(sorted, x)
		to, _ := slices.BinarySearch(sorted, math.Nextafter(x, 2))
		rank := float64(from+to) / 2 / float64(len(sorted)) // 0 for the most divided
		easy, hard := math.Exp(-4*math.Abs(rank-.75)), math.Exp(-4*math.Abs(rank-.25))
		shares[i] = easy / (easy + hard)
	}
	return shares
}

func (v *openVoices) logOf(n int) float64 {
	if n < len(v.logs) {
		return v.logs[n]
	}
	return math.Log(float64(n))
}

// fixed is how sums over statements are kept: whole numbers add up to the same
// in any order. The unit is as fine as so many statements leave room for.
type fixed float64

func fixedFor(statements int) fixed {
	return fixed(uint64(1) << (62 - bits.Len(uint(statements))))
}

func (f fixed) of(x float64) int64    { return int64(x * float64(f)) }
func (f fixed) float(n int64) float64 { return float64(n) / float64(f) }
