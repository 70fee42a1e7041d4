package sheet

import (
	"context"
	"errors"
	"io"
	"slices"

	"hearsay/weigh"
)

// ErrCycle tells of a hierarchy in which something is part of itself.
var ErrCycle = errors.New("the hierarchy goes round in a circle")

// ErrHierarchyKind tells that a hierarchy was given for classes or numbers.
var ErrHierarchyKind = errors.New("a hierarchy goes with values of kind open alone")

// Hierarchy tells which values are parts of others: a town of its province, that
// of its country. A value may stand in several places.
type Hierarchy struct {
	places map[string][]int32 // of a value
	value  []string           // of a place; none where only its ID is known
	above  [][]int32          // of a place, the places that it is directly part of
}

// ReadHierarchy reads a table of the columns value and parent, the second empty
// at the top and a value in as many rows as it has parents; or one of ID, name
// and parentID, where a parent that has no row is nothing.
func ReadHierarchy(ctx context.Context, r io.Reader) (*Hierarchy, error) {
	rows, err := openRows(r, "value parent", "ID name parentID")
	if err != nil {
		return nil, err
	}
	byID := len(rows.column) == 3
	h := &Hierarchy{places: map[string][]int32{}}
	index := map[string]int32{}
	place := func(id string) int32 {
		p, ok := index[id]
		if !ok {
			p = int32(len(h.value))
			index[id] = p
			h.value, h.above = append(h.value, ""), append(h.above, nil)
		}
		return p
	}
	for {
		if err := rows.next(ctx); err == io.EOF {
			break
		} else if err != nil {
			return nil, err
		}
		id, name, parent := string(rows.get(0)), string(rows.get(0)), string(rows.get(1))
		if byID {
			name, parent = string(rows.get(1)), string(rows.get(2))
		}
		if id == "" || name == "" {
			return nil, rows.refuseColumn(NoValue, 0)
		}
		p := place(id)
		if h.value[p] != "" && h.value[p] != name {
			return nil, rows.refuseColumn(TwoAnswers, 1)
		}
		h.value[p] = name
		if parent != "" {
			if above := place(parent); !slices.Contains(h.above[p], above) {
				h.above[p] = append(h.above[p], above)
			}
			if !byID {
				h.value[index[parent]] = parent
			}
		}
	}
	for p, value := range h.value {
		h.places[value] = append(h.places[value], int32(p))
	}
	delete(h.places, "")
	return h, h.check()
}

// check takes away places that nothing left is part of until none is left.
func (h *Hierarchy) check() error {
	parts := make([]int, len(h.value))
	for _, above := range h.above {
		for _, a := range above {
			parts[a]++
		}
	}
	var free []int32
	for p, n := range parts {
		if n == 0 {
			free = append(free, int32(p))
		}
	}
	for i := 0; i < len(free); i++ {
		for _, a := range h.above[free[i]] {
			if parts[a]--; parts[a] == 0 {
				free = append(free, a)
			}
		}
	}
	if len(free) < len(h.value) {
		return ErrCycle
	}
	return nil
}

// Contains tells whether one value is part of another. Of two that each contain
// the other, standing in different places, neither does.
func (h *Hierarchy) Contains(whole, part string) bool {
	return h.reaches(part, whole) && !h.reaches(whole, part)
}

func (h *Hierarchy) reaches(from, to string) bool {
	return from != to && slices.ContainsFunc(h.upward(from), func(p int32) bool { return h.value[p] == to })
}

// upward lists where a value stands, and all that those places are part of.
func (h *Hierarchy) upward(value string) []int32 {
	open := slices.Clone(h.places[value])
	for i := 0; i < len(open); i++ {
		for _, a := range h.above[open[i]] {
			if !slices.Contains(open, a) {
				open = append(open, a)
			}
		}
	}
	return open
}

// widen turns what is said less exactly into a set: the value said, and the
// candidates of the item that are part of it. So a town and its province are no
// rivals.
func (s *Sheet) widen(h *Hierarchy) {
	t := s.Table
	first, rows := s.ByItem()
	for i := range t.Items {
		parts := map[int32][]int32{} // of a candidate, those that are part of it
		for k := range t.Candidates[i].Count {
			value := s.Value(i, int(k))
			for _, p := range h.upward(value) {
				whole, ok := s.find(int32(i), h.value[p])
				if ok && !slices.Contains(parts[whole], k) && h.Contains(h.value[p], value) {
					parts[whole] = append(parts[whole], k)
				}
			}
		}
		if len(parts) == 0 {
			continue
		}
		sets := map[int32]int32{}
		for _, row := range rows[first[i]:first[i+1]] {
			whole := t.Value[row]
			if len(parts[whole]) == 0 {
				continue
			}
			set, ok := sets[whole]
			if !ok {
				within := append(parts[whole], whole)
				slices.Sort(within)
				set = ^int32(len(t.Sets))
				sets[whole] = set
				t.Sets = append(t.Sets, weigh.Set{Values: within})
			}
			t.Value[row] = set
		}
	}
}
