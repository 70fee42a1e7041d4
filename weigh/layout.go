package weigh

import (
	"cmp"
	"slices"
)

// layout is a table sorted for weighing: by item, then by source and value, so
// that no sum depends on the order in which statements were given. A statement
// repeated word for word counts once.
type layout struct {
	first []int32 // the statements on item i are those from first[i] to first[i+1]
	row   []int32 // where each stands in the table
}

func newLayout(t *Table) *layout {
	l := &layout{first: make([]int32, t.Items+1), row: make([]int32, len(t.Item))}
	for _, i := range t.Item {
		l.first[i+1]++
	}
	for i := range t.Items {
		l.first[i+1] += l.first[i]
	}
	next := slices.Clone(l.first)
	for j, i := range t.Item {
		l.row[next[i]] = int32(j)
		next[i]++
	}
	kept := int32(0)
	for i := range t.Items {
		said := l.row[l.first[i]:l.first[i+1]]
		slices.SortFunc(said, t.compare)
		l.first[i] = kept
		for j, row := range said {
			if j > 0 && t.compare(said[j-1], row) == 0 {
				continue
			}
			l.row[kept] = row
			kept++
		}
	}
	l.first[t.Items] = kept
	l.row = l.row[:kept]
	return l
}

func (l *layout) on(i int) []int32 { return l.row[l.first[i]:l.first[i+1]] }

// compare orders statements on one item by all that they are.
func (t *Table) compare(a, b int32) int {
	if c := cmp.Compare(t.Source[a], t.Source[b]); c != 0 {
		return c
	}
	if t.Origin != nil {
		if c := cmp.Compare(t.Origin[a], t.Origin[b]); c != 0 {
			return c
		}
	}
	if t.Kind == Number {
		return cmp.Or(cmp.Compare(t.Low[a], t.Low[b]), cmp.Compare(t.High[a], t.High[b]))
	}
	x, y := t.Value[a], t.Value[b]
	if x >= 0 || y >= 0 {
		return cmp.Compare(x, y)
	}
	return compareSets(t.Sets[^x], t.Sets[^y])
}

func compareSets(a, b Set) int {
	return cmp.Or(slices.Compare(a.Values, b.Values), compareBools(a.Else, b.Else), compareBools(a.Denies, b.Denies))
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}
