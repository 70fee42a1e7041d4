package weigh

// declaring returns the table with what sources of one group say alike on an item
// declared to be of one origin, so that a model needs to know of declared origins
// alone. group is by source, none for alone. What is declared stays.
func (t *Table) declaring(l *layout, group []int32) *Table {
	c := newChorus(t, group, false)
	next := int32(0)
	for _, origin := range t.Origin {
		next = max(next, origin+1)
	}
	declared := *t
	declared.Origin = make([]int32, len(t.Item))
	known := map[chorusVoice]int32{}
	for row := range declared.Origin {
		declared.Origin[row] = NoOrigin
	}
	for _, row := range l.row {
		switch {
		case t.Origin != nil && t.Origin[row] != NoOrigin:
			declared.Origin[row] = t.Origin[row]
		case c.grouped(row):
			v := c.voiceOf(row)
			origin, ok := known[v]
			if !ok {
				origin = next
				known[v], next = origin, next+1
			}
			declared.Origin[row] = origin
		}
	}
	for row := range declared.Origin { // a statement said twice is in the layout once
		switch {
		case t.Origin != nil && t.Origin[row] != NoOrigin:
			declared.Origin[row] = t.Origin[row]
		case c.grouped(int32(row)):
			declared.Origin[row] = known[c.voiceOf(int32(row))]
		}
	}
	return &declared
}
