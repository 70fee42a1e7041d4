package weigh

import "slices"

// mostCompared is up to how many statements on an item are compared with each
// other; of more those that are alike are counted.
const mostCompared = 48

// originWeights gives each statement of a layout the weight with which it
// speaks: one divided by the number of statements on its item that speak with
// it, itself included. Those are the ones that give the same value and come from the
// same group of sources, by source, none for alone; and where declared, for a
// model that does not see to that itself, those of its declared origin, which is its
// source's own where none is declared. It is nil where all weights are 1.
func originWeights(t *Table, l *layout, group []int32, declared bool) []float32 {
	if group == nil && t.Origin == nil && l.once(t) {
		return nil
	}
	w, alone := make([]float32, len(l.row)), true
	c := newChorus(t, group, declared)
	for i := range t.Items {
		rows, w := l.on(i), w[l.first[i]:l.first[i+1]]
		if len(rows) > mostCompared {
			c.count(rows, w)
		} else {
			c.compare(rows, w)
		}
		for _, x := range w {
			alone = alone && x == 1
		}
	}
	if alone {
		return nil
	}
	return w
}

// once tells whether no source says two things of an item.
func (l *layout) once(t *Table) bool {
	for i := range t.Items {
		rows := l.on(i)
		for j := range rows {
			if j > 0 && t.Source[rows[j]] == t.Source[rows[j-1]] {
				return false
			}
		}
	}
	return true
}

// chorus tells which statements speak with each other.
type chorus struct {
	t        *Table
	group    []int32
	declared bool
	set      []int32 // for each set the first that is equal to it

	origins map[int64]int32
	voices  map[chorusVoice]int32
	both    map[chorusVoiceOfOrigin]int32
}

type chorusVoice struct{ group, value int32 }

type chorusVoiceOfOrigin struct {
	chorusVoice
	origin int64
}

func newChorus(t *Table, group []int32, declared bool) *chorus {
	c := &chorus{t: t, group: group, declared: declared, set: make([]int32, len(t.Sets)), origins: map[int64]int32{}, voices: map[chorusVoice]int32{}, both: map[chorusVoiceOfOrigin]int32{}}
	order := make([]int32, len(t.Sets))
	for x := range order {
		order[x] = int32(x)
	}
	slices.SortFunc(order, func(a, b int32) int { return compareSets(t.Sets[a], t.Sets[b]) })
	for j, x := range order {
		c.set[x] = x
		if j > 0 && compareSets(t.Sets[order[j-1]], t.Sets[x]) == 0 {
			c.set[x] = c.set[order[j-1]]
		}
	}
	return c
}

func (c *chorus) grouped(row int32) bool {
	return c.group != nil && c.group[c.t.Source[row]] >= 0 && c.t.Kind != Number
}

func (c *chorus) voiceOf(row int32) chorusVoice {
	v := c.t.Value[row]
	if v < 0 {
		v = ^c.set[^v]
	}
	return chorusVoice{c.group[c.t.Source[row]], v}
}

// origin numbers declared origins from zero and sources' own below; or, where
// those do not count, statements.
func (c *chorus) origin(row int32) int64 {
	if !c.declared {
		return int64(row)
	}
	if c.t.Origin != nil && c.t.Origin[row] != NoOrigin {
		return int64(c.t.Origin[row])
	}
	return ^int64(c.t.Source[row])
}

// compare fills in the weights on an item by comparing each statement with each.
func (c *chorus) compare(rows []int32, w []float32) {
	for j, a := range rows {
		n := 0
		for _, b := range rows {
			if c.origin(a) == c.origin(b) || c.grouped(a) && c.grouped(b) && c.voiceOf(a) == c.voiceOf(b) {
				n++
			}
		}
		w[j] = 1 / float32(n)
	}
}

// count does the same by counting those that are alike.
func (c *chorus) count(rows []int32, w []float32) {
	clear(c.origins)
	clear(c.voices)
	clear(c.both)
	for _, a := range rows {
		c.origins[c.origin(a)]++
		if c.grouped(a) {
			c.voices[c.voiceOf(a)]++
			c.both[chorusVoiceOfOrigin{c.voiceOf(a), c.origin(a)}]++
		}
	}
	for j, a := range rows {
		n := c.origins[c.origin(a)]
		if c.grouped(a) {
			n += c.voices[c.voiceOf(a)] - c.both[chorusVoiceOfOrigin{c.voiceOf(a), c.origin(a)}]
		}
		w[j] = 1 / float32(n)
	}
}
