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

// newLayout sorts by source and then, keeping that order, by item, by counting; so
// that only what one source says several times of an item is left to compare.
func newLayout(t *Table) *layout {
	l := &layout{row: make([]int32, len(t.Item))}
	_, bySource := byIndex(t.Source, t.Sources, nil, make([]int32, len(t.Item)))
	l.first, l.row = byIndex(t.Item, t.Items, bySource, l.row)
	kept := int32(0)
	for i := range t.Items {
		said := l.row[l.first[i]:l.first[i+1]]
		l.first[i] = kept
		for from, to := 0, 0; from < len(said); from = to {
			for to = from + 1; to < len(said) && t.Source[said[to]] == t.Source[said[from]]; to++ {
			}
			if to-from > 1 {
				slices.SortFunc(said[from:to], t.compare)
			}
			for j := from; j < to; j++ {
				if j > from && t.compare(said[j-1], said[j]) == 0 {
					continue
				}
				l.row[kept] = said[j]
				kept++
			}
		}
	}
	l.first[t.Items] = kept
	l.row = l.row[:kept]
	return l
}

// byIndex sorts rows, all in their order where nil, by an index below n, into the
// room given. Those of index i end up from first[i] to first[i+1].
func byIndex(index []int32, n int, rows, into []int32) (first, sorted []int32) {
	first = make([]int32, n+1)
	for _, i := range index {
		first[i+1]++
	}
	for i := range n {
		first[i+1] += first[i]
	}
	next := slices.Clone(first)
	if rows == nil {
		for row, i := range index {
			into[next[i]] = int32(row)
			next[i]++
		}
		return first, into
	}
	for _, row := range rows {
		i := index[row]
		into[next[i]] = row
		next[i]++
	}
	return first, into
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
