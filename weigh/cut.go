package weigh

import (
	"fmt"
	"slices"
)

// Cut is a source that is not to be believed from a day on, because it may be
// in other hands since.
type Cut struct {
	Source int32
	Day    int32
}

// Kept is a table without what was cut.
type Kept struct {
	Table *Table

	row         []int32
	first, were []int32 // candidates, only where some went
}

// Row tells where a kept statement stands in the table that was cut.
func (k *Kept) Row(j int) int { return int(k.row[j]) }

// Candidate tells which candidate of an item in the table that was cut a kept
// one is.
func (k *Kept) Candidate(item int, candidate int32) int32 {
	if k.first == nil {
		return candidate
	}
	return k.were[k.first[item]+candidate]
}

// Before is the table as it would be had nothing been received from the sources
// that are cut, each from its day on; of several cuts of one source the earliest
// holds. The table itself stays as it is, so weighing it again is how cuts are
// lifted. Sources and items keep their indices, though all that they said, or
// all that was said of them, may be gone.
//
// Where an item may also be something that nobody has named, a candidate that
// only cut statements named goes too, since it would never have been there: see
// Kept.Candidate. What a set allows counts as named, so a caller that makes sets
// from a hierarchy and wants even those without a trace has to leave the
// statements out before it makes them.
//
// It returns ErrTable for a table without days, and for one that contradicts
// itself.
func (t *Table) Before(cuts []Cut) (*Kept, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Day == nil && len(cuts) > 0 {
		return nil, fmt.Errorf("a cut where no statement has a day: %w", ErrTable)
	}
	from := map[int32]int32{}
	for _, c := range cuts {
		if c.Source < 0 || int(c.Source) >= t.Sources {
			return nil, fmt.Errorf("a cut of source %d of %d: %w", c.Source, t.Sources, ErrTable)
		}
		if day, ok := from[c.Source]; !ok || c.Day < day {
			from[c.Source] = c.Day
		}
	}
	k := &Kept{row: make([]int32, 0, len(t.Item))}
	for j, s := range t.Source {
		if day, ok := from[s]; !ok || t.Day[j] < day {
			k.row = append(k.row, int32(j))
		}
	}
	less := *t
	less.Item, less.Source, less.Value = columnOf(t.Item, k.row), columnOf(t.Source, k.row), columnOf(t.Value, k.row)
	less.Low, less.High = columnOf(t.Low, k.row), columnOf(t.High, k.row)
	less.Origin, less.Day = columnOf(t.Origin, k.row), columnOf(t.Day, k.row)
	k.Table = &less
	if t.Kind == Open && len(k.row) < len(t.Item) {
		k.dropCandidates(t)
	}
	return k, nil
}

func columnOf[T any](column []T, rows []int32) []T {
	if column == nil {
		return nil
	}
	kept := make([]T, len(rows))
	for at, j := range rows {
		kept[at] = column[j]
	}
	return kept
}

// dropCandidates takes out those that a cut statement named and no other, and
// numbers the rest anew.
func (k *Kept) dropCandidates(t *Table) {
	k.first = make([]int32, t.Items+1)
	for i, c := range t.Candidates {
		k.first[i+1] = k.first[i] + c.Count
	}
	const (
		kept int32 = iota // where nobody names it, it was given
		cut
	)
	state := make([]int32, k.first[t.Items])
	mark := func(t *Table, as int32) {
		for j, i := range t.Item {
			if v := t.Value[j]; v >= 0 {
				state[k.first[i]+v] = as
				continue
			}
			for _, v := range t.Sets[^t.Value[j]].Values {
				state[k.first[i]+v] = as
			}
		}
	}
	mark(t, cut)
	mark(k.Table, kept)
	for i, v := range t.Settled {
		if v != Unsettled {
			state[k.first[i]+v] = kept
		}
	}
	less := k.Table
	less.Candidates, less.Settled = slices.Clone(t.Candidates), slices.Clone(t.Settled)
	number, first := state, slices.Clone(k.first) // the new number takes the place of the state
	for i := range t.Items {
		n := int32(0)
		k.first[i] = int32(len(k.were))
		for v := range t.Candidates[i].Count {
			at := first[i] + v
			if number[at] == cut && t.Candidates[i].Else {
				continue
			}
			k.were = append(k.were, v)
			number[at] = n
			n++
		}
		less.Candidates[i].Count = n
		if t.Settled != nil && t.Settled[i] != Unsettled {
			less.Settled[i] = number[first[i]+t.Settled[i]]
		}
	}
	k.first[t.Items] = int32(len(k.were))
	sets := map[[2]int32]int32{} // an item and a set of it
	less.Sets = nil
	for j, i := range less.Item {
		v := less.Value[j]
		if v >= 0 {
			less.Value[j] = number[first[i]+v]
			continue
		}
		of := [2]int32{i, ^v}
		at, ok := sets[of]
		if !ok {
			s := t.Sets[^v]
			s.Values = slices.Clone(s.Values)
			for x, v := range s.Values {
				s.Values[x] = number[first[i]+v]
			}
			at = int32(len(less.Sets))
			sets[of], less.Sets = at, append(less.Sets, s)
		}
		less.Value[j] = ^at
	}
}
