package weigh

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
)

// Suggestion is a source that agreed with all others less from some day on than
// before: one that may have been turned. It is a question to an editor, who
// knows what else happened on that day, and no verdict on anybody.
type Suggestion struct {
	Cut              // the day from which on it agreed less
	Earliest   int32 // a change on this day is still a tenth as likely as on that
	Before     float64
	After      float64 // how often it was right before and after, as far as all others tell
	Statements [2]int  // before and after
	Noticed    int32   // the day by whose end this could have been suggested
	P          float64 // the chance that any source would seem to change so, if none did
}

// Suggestions are those of one table.
type Suggestions struct {
	Cuts   []Suggestion // by source
	Tested int          // sources with statements on enough days to tell

	// Otherwise is another explanation, in which more changed: it shows where
	// those with the best record stand against many others, so that either may
	// have turned.
	Otherwise []Suggestion
}

const (
	// mostFalse is the chance that a table in which nobody changed has a
	// suggestion: half of one in a hundred, the rest being for worlds that are not
	// quite as assumed.
	mostFalse = .005

	// leastDays is how many days a source must have spoken on. Nine days can be
	// split into 126 halves, too few for any order to be rarer than mostFalse.
	leastDays = 10

	// fewAbove ends the shuffling of a source that has not changed, as soon as so
	// many orders were as clear as the true one.
	fewAbove = 10
)

// SuggestCuts finds the sources that agree with all others less from some day
// on. It looks at agreement alone, and at nothing that tells one person from
// another: not at hours, wording or places.
//
// Every statement is scored by the chance that it is right as far as all others
// tell (without the source and its group, see Reliability.Group), above what is
// typical of the source where the others agree as well as they do here: so a
// time of hard questions is nobody's change. A day's scores stand together,
// since what one report tells is wrong together. The partial sums of the scores
// by day, over what they would vary by, have their maximum where the source
// changed; it is compared with those of the same days shuffled. The clearest
// suggestion's statements are then left aside and all is done again, so that who
// only contradicted a turned source is not suggested for it.
//
// All of this is done twice, with everybody's word weighing by its record and
// with all weighing the same, since those with the best record would otherwise
// outvote the rest even once they were turned; the explanation in which fewer
// changed is taken.
//
// At most one table in a hundred in which days are exchangeable for every source
// has any suggestion. Who turned together with most others, or lies too seldom,
// is not found. A figure agrees that comes near the median of all others, and all
// figures weigh the same. groups has the group of each source, nil for one each. t must
// have days; otherwise, and where it contradicts itself, SuggestCuts returns
// ErrTable.
//
// Page, Biometrika 41, 1954 (the partial sums); Horváth and Rice, TEST 23, 2014,
// section 2 (their weighted maximum); Besag and Clifford, Biometrika 78, 1991
// (when to stop shuffling).
func SuggestCuts(ctx context.Context, t *Table, groups []int, opt Options) (*Suggestions, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	switch {
	case t.Day == nil:
		return nil, fmt.Errorf("no statement has a day: %w", ErrTable)
	case groups != nil && len(groups) != t.Sources:
		return nil, fmt.Errorf("groups of %d sources, not %d: %w", len(groups), t.Sources, ErrTable)
	}
	group := make([]int32, t.Sources)
	for s := range group {
		group[s] = int32(s)
		if groups != nil {
			group[s] = int32(groups[s])
		}
	}
	if t.Kind == Number {
		return findChanges(ctx, t, newFigureJudge(t, group), opt)
	}
	found, err := findChanges(ctx, t, newConsensus(t, group), opt)
	if err != nil || len(found.Cuts) == 0 {
		return found, err
	}
	level := newConsensus(t, group)
	level.even = true
	even, err := findChanges(ctx, t, level, opt)
	if err != nil || sameSources(found.Cuts, even.Cuts) {
		return found, err
	}
	if n := len(even.Cuts); n > 0 && n < len(found.Cuts) {
		found, even = even, found
	}
	found.Otherwise = even.Cuts
	return found, nil
}

func sameSources(a, b []Suggestion) bool {
	return slices.EqualFunc(a, b, func(a, b Suggestion) bool { return a.Source == b.Source })
}

// findChanges takes out the clearest change after the other.
func findChanges(ctx context.Context, t *Table, j judge, opt Options) (*Suggestions, error) {
	d := newDetector(t, j)
	found := &Suggestions{Tested: d.tested()}
	for len(found.Cuts) < found.Tested {
		clearest, err := d.round(ctx, found.Tested)
		if err != nil {
			return nil, err
		}
		if clearest.P > mostFalse {
			break
		}
		found.Cuts = append(found.Cuts, clearest)
		d.leaveAside(clearest.Cut)
		if opt.Progress != nil {
			opt.Progress(Progress{Stage: "cuts", Iteration: len(found.Cuts), Iterations: found.Tested})
		}
	}
	slices.SortStableFunc(found.Cuts, func(a, b Suggestion) int { return cmp.Compare(a.Source, b.Source) })
	return found, nil
}

// judge scores each statement against what all others say.
type judge interface {
	statements() []int32 // sorted by item, each once
	learn(context.Context) error
	scoreAll(context.Context, []score) error
	leaveAside(rows []int32)
}

// detector looks for changes.
type detector struct {
	t       *Table
	judge   judge
	said    [][]int32 // of each source its statements by day
	scores  []score   // of each statement
	changed []bool    // of each source: it was found to have changed
}

func newDetector(t *Table, j judge) *detector {
	d := &detector{t: t, judge: j, said: make([][]int32, t.Sources), scores: make([]score, len(t.Item)), changed: make([]bool, t.Sources)}
	for _, j := range d.judge.statements() {
		d.said[t.Source[j]] = append(d.said[t.Source[j]], j)
	}
	for _, said := range d.said {
		slices.SortStableFunc(said, func(a, b int32) int { return cmp.Compare(t.Day[a], t.Day[b]) })
	}
	return d
}

// tested counts the sources that spoke on enough days.
func (d *detector) tested() int {
	n := 0
	for _, said := range d.said {
		days := 0
		for at, j := range said {
			if at == 0 || d.t.Day[j] != d.t.Day[said[at-1]] {
				days++
			}
		}
		if days >= leastDays {
			n++
		}
	}
	return n
}

func (d *detector) leaveAside(cut Cut) {
	d.changed[cut.Source] = true
	said := d.said[cut.Source]
	d.judge.leaveAside(said[slices.IndexFunc(said, func(j int32) bool { return d.t.Day[j] >= cut.Day }):])
}

// round is the clearest change there is; its P is above mostFalse where there is
// none.
func (d *detector) round(ctx context.Context, tested int) (Suggestion, error) {
	none := Suggestion{P: math.Inf(1)}
	if err := d.judge.learn(ctx); err != nil {
		return none, err
	}
	if err := d.judge.scoreAll(ctx, d.scores); err != nil {
		return none, err
	}
	var clearest sequence
	least, source := math.Inf(1), -1
	for s, said := range d.said {
		if d.changed[s] {
			continue
		}
		q := newSequence(d.t, said, d.scores)
		if len(q.days) < leastDays {
			continue
		}
		q.clear, q.at = q.change()
		p, err := q.chance(ctx, q.clear, tested)
		if err != nil {
			return none, err
		}
		if p < least || p == least && q.clear > clearest.clear {
			least, source, clearest = p, s, q
		}
	}
	if least *= float64(tested); least > mostFalse {
		return none, ctx.Err()
	}
	return clearest.suggestion(ctx, int32(source), least, tested)
}
