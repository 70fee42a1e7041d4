package weigh

import "slices"

// declaring returns the table with what sources of one group say alike on an item
// declared to be of one origin, so that a model needs to know of declared origins
// alone. group is by source, none for alone. What is declared stays.
func (t *Table) declaring(l *layout, group []int32) *Table {
	if !slices.ContainsFunc(group, func(g int32) bool { return g != none }) {
		return t
	}
	c := newChorus(t, group, false)
	next := int32(0)
	for _, origin := range t.Origin {
		next = max(next, origin+1)
	}
	origins := map[chorusVoice]int32{}
	for _, row := range l.row { // numbered in an order that is not the table's
		if c.grouped(row) {
			if v := c.voiceOf(row); origins[v] == 0 {
				next++
				origins[v] = next
			}
		}
	}
	declared := *t
	declared.Origin = make([]int32, len(t.Item))
	for row := range declared.Origin {
		declared.Origin[row] = NoOrigin
		if t.Origin != nil {
			declared.Origin[row] = t.Origin[row]
		}
		if row := int32(row); declared.Origin[row] == NoOrigin && c.grouped(row) {
			declared.Origin[row] = origins[c.voiceOf(row)]
		}
	}
	return &declared
}
