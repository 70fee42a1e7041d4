package weigh

import (
	"errors"
	"fmt"
	"math"
)

// ErrTable tells that a table contradicts itself.
var ErrTable = errors.New("not a table that can be weighed")

// ErrKind tells that a model cannot weigh tables of this kind.
var ErrKind = errors.New("this model does not weigh values of this kind")

// Kind says what the values of a table are.
type Kind uint8

// The kinds of value.
const (
	Classes Kind = iota + 1 // one of a few classes that all items share
	Open                    // one of the item's own candidates, or something else
	Number                  // a real number
)

func (k Kind) String() string {
	switch k {
	case Classes:
		return "classes"
	case Open:
		return "open"
	case Number:
		return "number"
	}
	return fmt.Sprintf("Kind(%d)", uint8(k))
}

// Table is what sources say about items, in columns: statement j is what source
// Source[j] says of item Item[j]. Sources, items and values are indices from 0.
// A table is only read by this package.
type Table struct {
	Kind    Kind
	Sources int
	Items   int

	// Classes is how many values all items share; of kind Classes only.
	Classes int
	// Candidates tells of every item the values it may have; of kind Open only.
	Candidates []Candidates

	Item, Source []int32 // one a statement

	// Value is a candidate of the item or a class; where it is below zero the
	// statement is Sets[^Value], that the truth is among several. Not of kind
	// Number.
	Value []int32
	Sets  []Set

	// Low and High bound what a statement of kind Number allows, both included:
	// equal for an exact figure, infinite on one side for a bound.
	Low, High []float64

	// Origin, where not nil, has where each statement comes from as far as that
	// is declared: statements on an item with one origin speak once. NoOrigin
	// is its source's own.
	Origin []int32

	// Day, where not nil, has the day of each statement, from any first day.
	Day []int32

	// Settled, where not nil, has the value each item is known to have, or
	// Unsettled. SettledNumber is the same of kind Number, NaN for unsettled.
	Settled       []int32
	SettledNumber []float64
}

// NoOrigin and Unsettled stand where nothing is declared and nothing is known.
const (
	NoOrigin  int32 = -1
	Unsettled int32 = -1
)

// Candidates counts the values that one item may have. Where Else, its truth may
// also be something that nobody has named.
type Candidates struct {
	Count int32
	Else  bool
}

// Set is what a statement allows that names no single value: the candidates in
// ascending order, and, where Else, a value that nobody has named. What Denies
// only says what is not so: it puts no candidate forward and supports none.
type Set struct {
	Values []int32
	Else   bool
	Denies bool
}

// Statements counts the statements of a table.
func (t *Table) Statements() int { return len(t.Item) }

// Check refuses a table whose columns or indices do not fit.
func (t *Table) Check() error {
	n := len(t.Item)
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrTable)
	}
	if t.Sources < 0 || t.Items < 0 || t.Sources > math.MaxInt32 || t.Items > math.MaxInt32 || n > math.MaxInt32 {
		return bad("%d sources, %d items and %d statements are out of range", t.Sources, t.Items, n)
	}
	for _, c := range []struct {
		name       string
		have, want int
	}{
		{"Source", len(t.Source), n}, {"Value", len(t.Value), unless(t.Kind == Number, n)}, {"Low", len(t.Low), unless(t.Kind != Number, n)},
		{"High", len(t.High), len(t.Low)}, {"Origin", len(t.Origin), unless(t.Origin == nil, n)},
		{"Day", len(t.Day), unless(t.Day == nil, n)}, {"Settled", len(t.Settled), unless(t.Settled == nil || t.Kind == Number, t.Items)},
		{"SettledNumber", len(t.SettledNumber), unless(t.SettledNumber == nil || t.Kind != Number, t.Items)},
		{"Candidates", len(t.Candidates), unless(t.Kind != Open, t.Items)},
	} {
		if c.have != c.want {
			return bad("column %s has %d rows, not %d", c.name, c.have, c.want)
		}
	}
	switch {
	case t.Kind < Classes || t.Kind > Number:
		return bad("kind %d", t.Kind)
	case t.Kind == Classes && (t.Classes < 1 || t.Classes > math.MaxInt32):
		return bad("%d classes", t.Classes)
	}
	for i, c := range t.Candidates {
		if c.Count < 0 || c.Count == 0 && !c.Else {
			return bad("item %d has no candidate", i)
		}
	}
	for i, v := range t.Settled {
		if v != Unsettled && (v < 0 || v >= t.candidates(int32(i))) {
			return bad("item %d is settled on value %d of %d", i, v, t.candidates(int32(i)))
		}
	}
	for i, x := range t.SettledNumber {
		if math.IsInf(x, 0) {
			return bad("item %d is settled on %v", i, x)
		}
	}
	for j := range n {
		switch {
		case t.Item[j] < 0 || int(t.Item[j]) >= t.Items || t.Source[j] < 0 || int(t.Source[j]) >= t.Sources:
			return bad("statement %d points outside", j)
		case t.Origin != nil && t.Origin[j] < NoOrigin:
			return bad("statement %d has origin %d", j, t.Origin[j])
		case t.Kind == Number:
			if lo, hi := t.Low[j], t.High[j]; !(lo <= hi) || lo == hi && math.IsInf(lo, 0) {
				return bad("statement %d lies between %v and %v", j, lo, hi)
			}
		case t.Value[j] >= t.candidates(t.Item[j]) || t.Value[j] < 0 && int(^t.Value[j]) >= len(t.Sets):
			return bad("statement %d has value %d", j, t.Value[j])
		case t.Value[j] < 0:
			s, last := t.Sets[^t.Value[j]], int32(-1)
			for _, v := range s.Values {
				if v <= last || v >= t.candidates(t.Item[j]) {
					return bad("statement %d has values out of order or range", j)
				}
				last = v
			}
			if open := t.Kind == Open && t.Candidates[t.Item[j]].Else; len(s.Values) == 0 && !(s.Else && open) || s.Else && !open {
				return bad("statement %d allows no value, or one that its item cannot have", j)
			}
		}
	}
	return nil
}

// candidates counts the named values of an item that is not a number.
func (t *Table) candidates(item int32) int32 {
	if t.Kind == Classes {
		return int32(t.Classes)
	}
	return t.Candidates[item].Count
}

func unless(skip bool, n int) int {
	if skip {
		return 0
	}
	return n
}
