package was

import (
	"cmp"
	"math"
	"slices"
)

// table is a problem sorted for weighing: the voices on each item in an order
// that does not depend on that of the statements, so that neither do the sums.
type table struct {
	items  []Item
	voices []voice
	first  []int     // the voices on item i are voices[first[i]:first[i+1]]
	q      []float64 // the probability of every alternative of every item
	at     []int     // those of item i are q[at[i]:at[i+1]], a value that nobody named last
}

// voice is one thing that one origin says of an item, whoever of its sources
// say it.
type voice struct {
	origin   int
	values   []int // the candidates that it allows
	other    bool  // whether it allows a value that nobody has named
	denies   bool
	wrong    int     // the alternatives that it does not allow; if none, it tells nothing
	spread   float64 // the logarithm of wrong
	weight   float64 // one over how many different things the origin says of the item
	compared bool    // whether another origin tells something of the item too
	members  []member
	evidence float64 // what it adds to the log odds of what it allows
}

// member is a source behind a voice. Its share is one over how many voices on
// the item it is behind.
type member struct {
	source int
	share  float64
}

func newTable(p Problem) *table {
	t := &table{
		items: p.Items, voices: make([]voice, 0, len(p.Statements)),
		first: make([]int, len(p.Items)+1), at: make([]int, len(p.Items)+1),
	}
	byItem := make([][]Statement, len(p.Items))
	for _, s := range p.Statements {
		byItem[s.Item] = append(byItem[s.Item], s)
	}
	members := make([]member, 0, len(p.Statements)) // of all voices, in one piece
	behind := make([]float64, p.Sources)            // how many voices on the item
	for i, it := range p.Items {
		said := byItem[i]
		slices.SortFunc(said, func(a, b Statement) int {
			return cmp.Or(cmp.Compare(a.Origin, b.Origin), compareSaid(a, b), cmp.Compare(a.Source, b.Source))
		})
		for j, s := range said {
			again := j > 0 && s.Origin == said[j-1].Origin && compareSaid(s, said[j-1]) == 0
			if again && s.Source == said[j-1].Source {
				continue
			}
			if !again {
				t.voices = append(t.voices, newVoice(it, s))
			}
			members = append(members, member{source: s.Source})
			behind[s.Source]++
			v := &t.voices[len(t.voices)-1]
			v.members = members[len(members)-1-len(v.members):]
		}
		t.first[i+1] = len(t.voices)
		t.at[i+1] = t.at[i] + it.alternatives()
		share(t.on(i), behind)
		for _, s := range said {
			behind[s.Source] = 0
		}
	}
	t.q = make([]float64, t.at[len(p.Items)])
	return t
}

func newVoice(it Item, s Statement) voice {
	v := voice{origin: s.Origin, values: s.Values, other: s.Denies && it.Open, denies: s.Denies}
	v.wrong = it.alternatives() - len(s.Values)
	if v.other {
		v.wrong--
	}
	v.spread = math.Log(float64(max(1, v.wrong)))
	return v
}

// compareSaid orders statements by what they say, whoever says it.
func compareSaid(a, b Statement) int {
	if c := slices.Compare(a.Values, b.Values); c != 0 || a.Denies == b.Denies {
		return c
	}
	if a.Denies {
		return 1
	}
	return -1
}

// share gives the voices on one item, sorted by origin, and their members what
// they count.
func share(said []voice, behind []float64) {
	telling := 0
	for first := 0; first < len(said); {
		last, tells := first, false
		for ; last < len(said) && said[last].origin == said[first].origin; last++ {
			tells = tells || said[last].wrong > 0
		}
		for i := range said[first:last] {
			said[first+i].weight = 1 / float64(last-first)
		}
		if tells {
			telling++
		}
		first = last
	}
	for i := range said {
		said[i].compared = telling > 1 && said[i].wrong > 0
		for j, m := range said[i].members {
			said[i].members[j].share = 1 / behind[m.source]
		}
	}
}

func (t *table) on(i int) []voice { return t.voices[t.first[i]:t.first[i+1]] }

func (t *table) posterior(i int) []float64 { return t.q[t.at[i]:t.at[i+1]:t.at[i+1]] }

// estimate works out every probability from the log odds of the sources, and
// returns how far the one that moved most has moved.
func (t *table) estimate(odds []float64) (moved float64) {
	var was []float64
	for i := range t.items {
		said, q := t.on(i), t.posterior(i)
		for j := range said {
			said[j].hear(odds)
		}
		was = append(was[:0], q...)
		posterior(q, said, nil)
		for k := range q {
			moved = max(moved, math.Abs(q[k]-was[k]))
		}
	}
	return moved
}

// hear works out the evidence: where the statement is wrong, the truth is one of
// those that it does not allow, so r stands against (1-r)/wrong.
func (v *voice) hear(odds []float64) {
	if v.wrong == 0 {
		return
	}
	least := math.Inf(1)
	for _, m := range v.members {
		least = min(least, odds[m.source])
	}
	v.evidence = v.weight * (least + v.spread)
}

// mass is the probability that what the voice says is so.
func (v *voice) mass(q []float64) float64 {
	sum := 0.0
	for _, k := range v.values {
		sum += q[k]
	}
	if v.other {
		sum += q[len(q)-1]
	}
	return sum
}

func (v *voice) allows(k int) bool {
	_, found := slices.BinarySearch(v.values, k)
	return found
}

// posterior fills q with the probability of every alternative, given the voices
// whose origin is not silent.
func posterior(q []float64, said []voice, silent []int) {
	clear(q)
	for i := range said {
		v := &said[i]
		if slices.Contains(silent, v.origin) {
			continue
		}
		for _, k := range v.values {
			q[k] += v.evidence
		}
		if v.other {
			q[len(q)-1] += v.evidence
		}
	}
	top, sum := slices.Max(q), 0.0
	for k, x := range q {
		q[k] = math.Exp(x - top)
		sum += q[k]
	}
	for k := range q {
		q[k] /= sum
	}
}
