package casebook

import (
	"cmp"
	"math"
	"slices"

	"hearsay"
)

// other returns the one label that is left of a truth or of a choice between
// two when the given one is denied.
func other(c hearsay.Claim, label string) (string, bool) {
	labels := labelsOf(c)
	if len(labels) != 2 {
		return "", false
	}
	if label == labels[0] {
		return labels[1], true
	}
	return labels[0], true
}

func labelsOf(c hearsay.Claim) []string {
	if c.Type == hearsay.Truth {
		return []string{"yes", "no"}
	}
	return c.Labels
}

// candidate is one value that a claim may have: what statements are compared
// with, and how it is printed.
type candidate struct {
	hearsay.Value
	printed hearsay.Value
}

// candidates lists the distinct values that statements put forward. All are
// intervals: where one lies inside another both say the same and the narrower
// is printed; exact values within the claim's tolerance are one, printed as
// most state it, of equals as the earliest did. A choice and a truth have all
// their labels as candidates, asserted or not, and are not open to others.
// Denials put nothing forward.
func candidates(c hearsay.Claim, statements []*Statement) (list []candidate, open bool) {
	if labels := labelsOf(c); len(labels) > 0 {
		for _, label := range labels {
			v := hearsay.Value{Kind: c.Type, Text: label}
			list = append(list, candidate{v, v})
		}
		return list, false
	}
	asserted := tally(c, statements)
	for _, v := range byNarrowness(asserted) {
		if !slices.ContainsFunc(list, func(kept candidate) bool { return sameCandidate(c, kept.Value, v.Value) }) {
			list = append(list, candidate{v.Value, printed(c, v.Value, asserted)})
		}
	}
	return list, true
}

// counted is a value with the number of statements that give it, and of those
// that say the same by the claim's tolerance.
type counted struct {
	hearsay.Value
	times, near int
}

// tally counts the distinct values that statements assert, the earliest first.
func tally(c hearsay.Claim, statements []*Statement) []counted {
	var list []counted
	at := map[hearsay.Value]int{}
	for _, s := range statements {
		if s.denies {
			continue
		}
		i, ok := at[s.Value]
		if !ok {
			i = len(list)
			at[s.Value] = i
			list = append(list, counted{Value: s.Value})
		}
		list[i].times++
	}
	for i := range list {
		for _, v := range list {
			if sameCandidate(c, list[i].Value, v.Value) {
				list[i].near += v.times
			}
		}
	}
	return list
}

// byNarrowness puts the narrowest first, so that whatever holds one of them
// joins it, and of those the one that most agree with. It does not depend on
// the order in which they arrived.
func byNarrowness(asserted []counted) []counted {
	sorted := slices.Clone(asserted)
	slices.SortFunc(sorted, func(a, b counted) int {
		return cmp.Or(
			narrower(a.Value, b.Value), cmp.Compare(b.near, a.near), cmp.Compare(b.times, a.times),
			cmp.Compare(a.Low, b.Low), cmp.Compare(a.Text, b.Text), cmp.Compare(a.Approx, b.Approx),
		)
	})
	return sorted
}

// narrower orders values by how much they leave open: of two without a bound,
// under 5 before under 10, and over 10 before over 5.
func narrower(a, b hearsay.Value) int {
	if c := cmp.Compare(a.Width(), b.Width()); c != 0 || !math.IsInf(a.Width(), 1) {
		return c
	}
	return cmp.Or(cmp.Compare(a.High, b.High), cmp.Compare(b.Low, a.Low))
}

func sameCandidate(c hearsay.Claim, kept, v hearsay.Value) bool {
	if kept.Meets(v) {
		return true
	}
	return c.Type == hearsay.Number && kept.IsExact() && v.IsExact() && c.Near(kept.Low, v.Low)
}

// printed chooses how a candidate is written: of the values as narrow as it
// that fall under it, the one stated most often, of equals the earliest.
func printed(c hearsay.Claim, kept hearsay.Value, asserted []counted) hearsay.Value {
	best, most := kept, 0
	for _, v := range asserted {
		if narrower(v.Value, kept) == 0 && v.times > most && sameCandidate(c, kept, v.Value) {
			best, most = v.Value, v.times
		}
	}
	return best
}

// allows reports whether a statement is compatible with a candidate.
func allows(c hearsay.Claim, s *Statement, value hearsay.Value) bool {
	return sameCandidate(c, value, s.Value) != s.denies
}

// asserts reports whether a statement says what a candidate says.
func asserts(c hearsay.Claim, s *Statement, value hearsay.Value) bool {
	return !s.denies && sameCandidate(c, value, s.Value)
}
