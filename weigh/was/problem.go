package was

import (
	"context"
	"errors"
	"fmt"
)

// ErrProblem tells that a problem contradicts itself.
var ErrProblem = errors.New("not a problem that can be weighed")

// Problem is what sources say about items. Sources, items, origins and
// candidates are dense indices from 0; origins and candidates count within
// their item.
type Problem struct {
	Items      []Item
	Sources    int
	Statements []Statement
}

// Item is something that has one true value among its candidates, or, where
// Open, possibly a value that nobody has named.
type Item struct {
	Candidates int
	Open       bool
}

// alternatives counts the values the truth may have.
func (it Item) alternatives() int {
	if it.Open {
		return it.Candidates + 1
	}
	return it.Candidates
}

// Statement is one voice on one item: that the truth is among Values. An exact
// statement has one value there; an approximate one, a bound or a denial has
// every candidate that it allows, in ascending order. What Denies names no value
// and only excludes some: it puts no candidate forward and supports none, and of
// an open item it also allows a value that nobody has named. Statements with the
// same Origin on an item speak once.
type Statement struct {
	Item, Source, Origin int
	Values               []int
	Denies               bool
}

// Result is what a model makes of a problem.
type Result struct {
	Verdicts    []Verdict // one an item
	Reliability []float64 // one a source: the chance that its next statement is right
	Iterations  int
	Converged   bool
}

// Verdict is what a model holds of one item. P has one probability a candidate;
// what is missing to one is the chance that the truth is something else. An
// item nobody speaks of has equal probabilities, Top -1 and no origins.
type Verdict struct {
	P         []float64
	Top       int   // the most probable candidate that somebody asserts; of equals the first
	Origins   []int // the origins that assert Top or what holds it, ascending
	Fragility int   // see Options
}

// Options say what a verdict must keep to stand. Fragility counts the fewest
// origins that have to fall silent until Top changes or, where it stood with at
// least MinOrigins and MinP, until it no longer does; 0 where nobody speaks.
type Options struct {
	MinOrigins int
	MinP       float64
}

// Model is a way to weigh. Weigh returns ErrProblem for indices out of range
// and the context's error when it is cancelled.
type Model interface {
	Weigh(ctx context.Context, p Problem, opt Options) (Result, error)
}

// Check refuses a problem whose indices are out of range.
func (p Problem) Check() error {
	if p.Sources < 0 {
		return fmt.Errorf("fewer than no sources: %w", ErrProblem)
	}
	for i, it := range p.Items {
		if it.Candidates < 0 || it.alternatives() < 1 {
			return fmt.Errorf("item %d has no candidate: %w", i, ErrProblem)
		}
	}
	for i, s := range p.Statements {
		if s.Item < 0 || s.Item >= len(p.Items) || s.Source < 0 || s.Source >= p.Sources || s.Origin < 0 || s.Origin >= len(p.Statements) {
			return fmt.Errorf("statement %d points outside: %w", i, ErrProblem)
		}
		last := -1
		for _, v := range s.Values {
			if v <= last || v >= p.Items[s.Item].Candidates {
				return fmt.Errorf("statement %d has values out of order or range: %w", i, ErrProblem)
			}
			last = v
		}
		if len(s.Values) == 0 && !(s.Denies && p.Items[s.Item].Open) {
			return fmt.Errorf("statement %d allows no value: %w", i, ErrProblem)
		}
	}
	return nil
}
