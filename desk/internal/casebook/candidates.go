package casebook

import (
	"cmp"
	"slices"

	"hearsay"
)

// agrees reports whether the statement says what value says: it contains or
// meets it, and does not deny it; or it denies something else.
func (s *Statement) agrees(value hearsay.Value) bool {
	if s.Stance == "denies" {
		return !s.Value.Meets(value)
	}
	return s.Value.Meets(value)
}

// candidate is one value that a claim may have, and the statements that put it
// forward.
type candidate struct {
	value hearsay.Value
	votes int // how many exact or narrowest statements stand behind its printed value
}

// candidates lists the distinct values that statements put forward. All are
// intervals: where one lies inside another both say the same and the narrower
// is printed; exact values within the claim's tolerance are one, printed as
// most state it, of equals as the earliest did. A choice and a truth have all
// their labels as candidates, asserted or not. Denials put nothing forward.
func candidates(c hearsay.Claim, statements []*Statement) (list []candidate, open bool) {
	switch c.Type {
	case hearsay.Choice, hearsay.Truth:
		labels := c.Labels
		if c.Type == hearsay.Truth {
			labels = []string{"yes", "no"}
		}
		for _, label := range labels {
			list = append(list, candidate{value: hearsay.Value{Kind: c.Type, Text: label}})
		}
		return list, false
	}
	var asserted []hearsay.Value
	for _, s := range statements {
		if s.Stance != "denies" {
			asserted = append(asserted, s.Value)
		}
	}
	// The narrowest first, so that whatever holds one of them joins it.
	slices.SortStableFunc(asserted, func(a, b hearsay.Value) int { return cmp.Compare(a.Width(), b.Width()) })
	for _, v := range asserted {
		known := slices.IndexFunc(list, func(k candidate) bool { return sameCandidate(c, k.value, v) })
		if known < 0 {
			list = append(list, candidate{v, 0})
		}
	}
	for i := range list {
		list[i].value, list[i].votes = printed(c, list[i].value, asserted)
	}
	return list, true
}

func sameCandidate(c hearsay.Claim, kept, v hearsay.Value) bool {
	if kept.Meets(v) {
		return true
	}
	return c.Type == hearsay.Number && kept.IsExact() && v.IsExact() && c.Near(kept.Low, v.Low)
}

// printed chooses how a candidate is written: of the values as narrow as it
// that fall under it, the one stated most often, of equals the earliest.
func printed(c hearsay.Claim, kept hearsay.Value, asserted []hearsay.Value) (hearsay.Value, int) {
	best, most := kept, 0
	for _, v := range asserted {
		if v.IsExact() != kept.IsExact() || !sameCandidate(c, kept, v) {
			continue
		}
		n := 0
		for _, w := range asserted {
			if w.String() == v.String() {
				n++
			}
		}
		if n > most {
			best, most = v, n
		}
	}
	return best, most
}

// allows reports whether a statement is compatible with a candidate.
func allows(c hearsay.Claim, s *Statement, value hearsay.Value) bool {
	same := sameCandidate(c, value, s.Value)
	if s.Stance == "denies" {
		return !same
	}
	return same
}
