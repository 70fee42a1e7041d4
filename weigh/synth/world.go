package synth

import (
	"errors"
	"fmt"

	"hearsay/weigh"
)

// ErrWorld tells that a world contradicts itself.
var ErrWorld = errors.New("not a world that can be made")

// World says how a table comes about. Its zero fields do nothing.
//
// The truth of an item of kind Classes or Open is drawn from the shares of the
// values. An answer is made thus: with chance Bias the source says the value it
// leans to; else with the item's chance Hard it guesses evenly among all values;
// else it is right with its chance Skill. A wrong answer is with chance Decoy
// the item's decoy, one wrong value drawn evenly for all, else an even draw of
// the wrong ones. See Reading for kind Number.
type World struct {
	Kind  weigh.Kind
	Items int

	// Values is how many values an item may have. Of kind Open its candidates
	// are those that somebody named, in order of naming, and something else;
	// or, where Listed, all, and nothing else.
	Values int
	Listed bool

	// Shares are those of the values, even where nil; or where Prior is given,
	// drawn once a world from Dirichlet(Prior).
	Shares, Prior []float64

	Hard  Chance // one an item
	Decoy float64

	// Regions, where not 0, are what the values lie in, evenly and in order: a
	// coarse statement names a region, as the set of its values.
	Regions int

	// Days is how many there are, 0 for no dates. An item is of a day drawn
	// evenly, and what is said of it is said on that day or later. Items from
	// HarderFrom on, where that is not 0, have their difficulty from Harder.
	Days       int
	HarderFrom int
	Harder     Chance

	// Center and Spread of the truths of kind Number: normal, or where Log,
	// lognormal with Center and Spread those of its logarithm.
	Center, Spread float64
	Log            bool

	Groups []Group
}

// Group is so many sources of one sort.
type Group struct {
	Count int

	Skill Chance // one a source: the chance that it is right
	// Rows, where given, replace Skill, Decoy and even errors: what a source
	// answers where the truth is k comes from its own draw of Dirichlet(Rows[k]).
	Rows [][]float64

	Skips     Chance  // one a source: the chance that it says nothing of an item
	Withholds float64 // the chance that an answer that would be wrong is kept back

	Bias   float64
	LeanTo int32

	Late int // said up to so many days after the item's, evenly

	Coarse float64 // the chance that a statement names the region only

	Forced float64 // the chance that a statement is dictated: the item's decoy

	Copies *Copying
	Lies   *Lie
	Turns  *Turn

	Reading Reading // of kind Number
}

// Pattern says who copies whom.
type Pattern uint8

// The patterns of copying.
const (
	Feed  Pattern = iota // all copy the first source of the group they copy
	Chain                // the first copies that one, every other the one before it
	Any                  // each copies one drawn evenly from the group
)

// Copying is what a group does that copies. Where its original speaks of an item
// a source repeats that with chance Share; elsewhere it answers for itself.
type Copying struct {
	From  int // the group that is copied, before this one
	How   Pattern
	Share Chance  // one a source
	Noise float64 // the chance that the value is garbled: any value, evenly; of kind Number the source's own reading
	Late  int     // a copy comes one to so many days after the original; the same day where 0
}

// Lie is one false answer set that a whole group tells: on a share of the items
// a wrong value, drawn evenly and once for all of the group; on the others the
// truth. Of kind Number the wrong value is off by Shift.
type Lie struct {
	Share float64
	Noise float64 // the chance that a statement is any value instead, evenly; of kind Number the source's own reading
	Shift float64
}

// Turn is what becomes of the sources of a group that are captured: what they
// say from Day on has another skill, or is the group's lie.
type Turn struct {
	Day     int
	Skill   Chance
	Lies    *Lie
	Reading *Reading // of kind Number, where there is no lie
}

// Reading is how a source of kind Number comes to a figure. With chance Exact it
// is the truth; else gain·truth + offset + scale·t, where the gain is
// Normal(1, Gain), the offset Normal(0, Offset) and the scale
// Noise·exp(Normal(0, Unequal)), each drawn once a source, and t is Student's
// with Tails degrees of freedom, 0 for normal. In a world with Log all of that
// is of logarithms.
type Reading struct {
	Exact        Chance
	Gain, Offset float64
	Noise        float64
	Unequal      float64
	Tails        float64

	// Interval is the chance that a statement is an interval of half width
	// Width (of logarithms where Log) around a figure made as above.
	Interval, Width float64
}

// Check refuses a world that contradicts itself.
func (w World) Check() error {
	bad := func(format string, args ...any) error {
		return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), ErrWorld)
	}
	number := w.Kind == weigh.Number
	switch {
	case w.Kind < weigh.Classes || w.Kind > weigh.Number:
		return bad("kind %d", w.Kind)
	case w.Items < 0 || w.Days < 0:
		return bad("%d items in %d days", w.Items, w.Days)
	case !number && w.Values < 2:
		return bad("%d values", w.Values)
	case w.Shares != nil && len(w.Shares) != w.Values || w.Prior != nil && len(w.Prior) != w.Values:
		return bad("shares of other than %d values", w.Values)
	case !w.Hard.valid() || !w.Harder.valid() || !isChance(w.Decoy):
		return bad("a chance of the items is none")
	case w.Regions < 0 || w.Regions > w.Values:
		return bad("%d regions of %d values", w.Regions, w.Values)
	}
	for g, of := range w.Groups {
		switch {
		case of.Count < 0:
			return bad("group %d has %d sources", g, of.Count)
		case !of.Skill.valid() || !of.Skips.valid() || !of.Reading.Exact.valid():
			return bad("a chance of group %d is none", g)
		case !isChance(of.Bias) || !isChance(of.Withholds) || !isChance(of.Coarse) || !isChance(of.Forced) || !isChance(of.Reading.Interval):
			return bad("a chance of group %d is none", g)
		case !number && (of.LeanTo < 0 || int(of.LeanTo) >= w.Values):
			return bad("group %d leans to value %d", g, of.LeanTo)
		case of.Rows != nil && len(of.Rows) != w.Values:
			return bad("group %d has %d rows", g, len(of.Rows))
		case of.Coarse > 0 && w.Regions == 0:
			return bad("group %d is coarse where there are no regions", g)
		case of.Turns != nil && w.Days == 0:
			return bad("group %d turns where there are no days", g)
		}
		if c := of.Copies; c != nil && (c.From < 0 || c.From >= g || w.Groups[c.From].Count == 0 || !c.Share.valid() || !isChance(c.Noise)) {
			return bad("group %d cannot copy group %d", g, c.From)
		}
		for _, row := range of.Rows {
			if len(row) != w.Values {
				return bad("group %d has a row of %d", g, len(row))
			}
		}
	}
	return nil
}

func isChance(p float64) bool { return p >= 0 && p <= 1 }
