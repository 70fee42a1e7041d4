package weigh

import (
	"errors"
	"fmt"
	"slices"
)

// ErrNotAdditive tells that a model's evidence does not add up, so that nobody's
// part in a verdict can be told.
var ErrNotAdditive = errors.New("the evidence of this model does not add up")

// Explanation is why a verdict is as it is: the logarithm of an alternative's
// probability is, but for a constant that is the same for all, its part of Prior
// and Sharpness times the sum of what the origins add. Alternatives are the
// item's candidates and, where it may have a value that nobody has named, that
// as the last.
type Explanation struct {
	Top       int
	P         []float64 // of every alternative
	Prior     []float64 // natural logarithms; nil where all have the same
	Sharpness float64   // below 1 where origins are known to err alike
	Origins   []OriginPart
}

// OriginPart is what one origin has in a verdict.
type OriginPart struct {
	Sources []int32   // who passes it on
	Values  []int32   // what it says, as Table.Value has it
	Weight  float64   // as how much of an independent origin it counts
	Adds    []float64 // to the logarithm of every alternative's probability

	// Top and P are the answer and its probability without this origin, -1 and 0
	// where nobody would assert any. PTop is then the probability of the answer as
	// it is now.
	Top     int
	P, PTop float64
}

// Explain tells why the verdict on an item is as it is. Parameters that belong to
// all items, such as the sources' reliabilities, are as they are.
func (r *Result) Explain(item int) (Explanation, error) {
	if r.additive == nil {
		return Explanation{}, fmt.Errorf("%s: %w", r.Model, ErrNotAdditive)
	}
	if item < 0 || item >= len(r.Verdicts) {
		return Explanation{}, fmt.Errorf("item %d of %d: %w", item, len(r.Verdicts), ErrTable)
	}
	var t tally
	r.additive.evidence(item, &t.evidence)
	e := Explanation{Top: t.count(-1), P: make([]float64, t.alternatives), Prior: slices.Clone(t.prior), Sharpness: t.sharpness(t.origins()), Origins: r.additive.parts(item)}
	t.probabilities(e.P)
	q := make([]float64, t.alternatives)
	for g := range e.Origins {
		o := &e.Origins[g]
		o.Adds = make([]float64, t.alternatives)
		for _, x := range t.of(g) {
			o.Adds[x.alternative] = x.add
		}
		o.Top = t.count(g)
		t.probabilities(q)
		if o.Top >= 0 {
			o.P = q[o.Top]
		}
		if e.Top >= 0 {
			o.PTop = q[e.Top]
		}
	}
	return e, nil
}
