package weigh

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ErrStatement tells that a statement does not fit the table it is to join, or
// that the one to be taken out does not stand there.
var ErrStatement = errors.New("no statement of this table")

// Statement is one row of a Table on its own. Where Value is below zero it says
// what Set says.
type Statement struct {
	Item, Source int32
	Value        int32
	Set          Set
	Origin       int32 // or NoOrigin
}

// Live holds the statements of a table of kind Open or Classes and what
// OneAccuracy makes of them, and takes one statement more at a time.
//
// Add and Remove settle the item concerned together with those who speak of it,
// and touch nothing else: the verdict that they return is provisional. Settle
// then carries what was learned about those sources to wherever it makes a
// difference. It ends, to the tolerance, in what the model makes of the same
// statements in one piece when it starts from where Live stood. A table that
// can be explained in two ways may stay in the one it has; Refit starts anew,
// and Due says when that is worth its time. Two things stay between full runs as
// they are: how reliable sources are taken to be on the whole, before anything is
// known of one, and who depends on whom.
//
// A Live starts no goroutine and must not be used by two at once.
//
// Working on what may change most, first: Elidan, McGraw and Koller, Residual
// Belief Propagation, UAI 2006, section 3. That partial steps of
// expectation-maximisation, in any order, climb what the whole ones climb: Neal
// and Hinton, A View of the EM Algorithm, 1998, section 3.
type Live struct {
	kind    Kind
	classes int
	opt     Options
	group   []int32 // of sources that depend on each other, below zero for alone; it may be short
	mean    float64 // of the sources' chances of being right

	items  []liveItem
	level  []uint8 // by item: how little it can move, see levelOf
	marked []bool  // by item: waits for being weighed again
	hot    []hotSource
	rest   []coldSource

	statements int
	changed    int // statements added and removed since the last full run
	fitted     int // statements that the last full run had

	least   float64   // movements of a probability below this are let lie
	waiting [][]int32 // sources by how far they may move an item, in powers of two above least
	due     []int32   // the items that are marked
	news    []int32   // the items that may have news
	behind  []float32 // room for one number a source, all zero
	tally   tally     // room for verdicts
	logs    []float64 // room for the logarithms of what the alternatives weigh
}

// liveItem is one item. Its alternatives are the named candidates and, where
// open, something else, which comes last.
type liveItem struct {
	said     []liveStatement // by origin, what is said and source
	q        []float64       // the probability of each alternative
	shown    []float32       // the same when Changes last told of it
	sets     []Set           // what statements with a value below zero say
	declared int32           // how many candidates it has even where nobody names them
	settled  int32
	open     bool
	news     bool // it is in Live.news
}

// liveStatement is what one source says of one item. Statements of one voice, see
// openVoices, stand side by side.
type liveStatement struct {
	source, value, origin int32

	weight   float32 // what the voice counts that it begins, 0 where it joins the one before
	supports float32 // the same before its origin's other voices had their part
	share    float32 // what it counts for its source, 0 where it tells nothing of it
}

// hotSource is what weighing an item reads and writes of a source. Statements
// are counted in whole numbers of one over liveUnit, so that what was added can
// be taken away without a trace.
type hotSource struct {
	right   int64   // how many of its statements are expected to be right
	rightAt int64   // the same when odds was worked out
	odds    float64 // the logarithm of the odds that a statement of it is right
	slope   float32 // how fast odds grows with right
	waiting int8    // its place in Live.waiting, or -1
}

// coldSource is the rest of a source.
type coldSource struct {
	weight int64           // how many statements it makes, counted like hotSource.right
	on     []int32         // their items, in no order
	unsent [levels]float32 // by level: how far odds has moved since such items were weighed
}

const (
	liveUnit   = 1 << 36 // counts 10⁸ statements a source, each to 10⁻¹¹
	liveMoved  = 1e-6    // what NewLive settles to
	livePart   = 1. / 4  // of a tolerance, what one source may leave undone: an item has several
	liveRounds = 500     // of a full run
	newsFrom   = 1e-3    // differences that Changes tells of
	levels     = 16      // of how far an item follows, down to 2⁻¹⁶ of what the odds do
	liveQueue  = 34      // from least up to 2³³ times that, which no probability reaches, and one before all
)

// NewLive takes over the statements of a table and fits them. group, where not
// nil, has for each source the group of those it depends on, or a number below
// zero: of a group that says the same of an item, each counts one over their
// number. Sources that appear later stand alone. Of the options, Live heeds
// MinOrigins and MinP in its verdicts and Progress in full runs.
func NewLive(ctx context.Context, t *Table, group []int32, opt Options) (*Live, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Kind == Number {
		return nil, fmt.Errorf("live, %s: %w", t.Kind, ErrKind)
	}
	if group != nil && len(group) != t.Sources {
		return nil, fmt.Errorf("the groups of %d sources, not %d: %w", len(group), t.Sources, ErrTable)
	}
	l := &Live{
		kind: t.Kind, classes: t.Classes, opt: opt, group: slices.Clone(group), mean: accuracyMean,
		least: liveMoved * livePart, waiting: make([][]int32, liveQueue),
	}
	l.growSources(t.Sources)
	l.load(t)
	if err := l.Refit(ctx); err != nil {
		return nil, err
	}
	for i := range l.items {
		l.items[i].show()
	}
	return l, nil
}

// load fills an empty Live. The lists of all items, and those of all sources, are
// cut from one piece; each moves out when it grows.
func (l *Live) load(t *Table) {
	order := newLayout(t)
	l.growItems(t.Items)
	alternatives, most := 0, 0
	for i := range l.items {
		it := &l.items[i]
		it.declared = t.candidates(int32(i))
		it.open = t.Kind == Open && t.Candidates[i].Else
		if t.Settled != nil {
			it.settled = t.Settled[i]
		}
		alternatives += it.alternatives(it.declared)
		most = max(most, it.alternatives(it.declared))
	}
	l.logs = make([]float64, most)
	all := make([]liveStatement, 0, len(order.row))
	q, shown := make([]float64, alternatives), make([]float32, alternatives)
	spoken := make([]int32, t.Sources)
	for i := range l.items {
		it, n := &l.items[i], 0
		from := len(all)
		for _, row := range order.on(i) {
			v := liveStatement{source: t.Source[row], value: t.Value[row], origin: NoOrigin}
			if t.Origin != nil {
				v.origin = t.Origin[row]
			}
			if v.value < 0 {
				v.value = it.keep(t.Sets[^v.value])
			}
			spoken[v.source]++
			all = append(all, v)
		}
		it.said = all[from:len(all):len(all)]
		slices.SortFunc(it.said, it.compare)
		n = it.alternatives(it.declared)
		it.q, q = q[:n:n], q[n:]
		it.shown, shown = shown[:n:n], shown[n:]
		l.divide(it)
		l.count(it, 1)
	}
	on := make([]int32, len(all))
	for s, n := range spoken {
		l.rest[s].on, on = on[:0:n], on[n:]
	}
	for i := range l.items {
		for _, v := range l.items[i].said {
			l.rest[v.source].on = append(l.rest[v.source].on, int32(i))
		}
	}
	l.statements = len(all)
}

// Settle carries on what is pending until what any one source has learned would
// move no probability by more than a quarter of the tolerance. It is as long as it
// has far to go: a millisecond where most items are certain, as long as a full run
// where one statement moves everything. When the context ends it, what is pending
// stays so.
func (l *Live) Settle(ctx context.Context, tolerance float64) error {
	if !(tolerance > 0) {
		return fmt.Errorf("a tolerance of %v: %w", tolerance, ErrTable)
	}
	tolerance *= livePart
	finer := tolerance < l.least
	l.least = tolerance
	if finer {
		for s := range l.hot {
			l.awaitFirst(int32(s))
		}
	}
	var now []int32
	for {
		place := liveQueue - 1
		for place >= 0 && len(l.waiting[place]) == 0 {
			place--
		}
		if place < 0 && len(l.due) == 0 {
			return nil
		}
		if place >= 0 {
			now, l.waiting[place] = l.waiting[place], now[:0]
			for _, s := range now {
				if l.hot[s].waiting == int8(place) {
					l.hot[s].waiting = -1
					l.send(s)
				}
			}
		}
		if err := l.weighDue(ctx); err != nil {
			return err
		}
	}
}

// Due tells that the statements have doubled, or as many come and gone, since the
// last full run.
func (l *Live) Due() bool { return l.changed > 0 && l.changed >= l.fitted }

// Refit fits all statements anew, from sources that are all as reliable, and finds
// how reliable they are on the whole. When the context ends it, Settle goes on
// from where it was.
func (l *Live) Refit(ctx context.Context) error {
	for s := range l.hot {
		l.hot[s].odds = math.Log(accuracyMean / (1 - accuracyMean))
	}
	for round := range liveRounds {
		if round > 0 {
			l.mean = l.pooled()
			for s := range l.hot {
				l.refresh(int32(s))
			}
		}
		moved := 0.0
		for i := range l.items {
			if i%4096 == 0 && ctx.Err() != nil {
				l.doubtAll()
				return ctx.Err()
			}
			moved = max(moved, l.weigh(int32(i)))
		}
		if l.opt.Progress != nil {
			l.opt.Progress(Progress{Stage: "reliability", Iteration: round + 1, Iterations: liveRounds, Moved: moved})
		}
		if round > 0 && moved <= l.least {
			break
		}
	}
	for s := range l.rest {
		l.rest[s].unsent = [levels]float32{}
	}
	l.fitted, l.changed = l.statements, 0
	return l.Settle(ctx, l.least/livePart)
}

// Changes lists the items, ascending, of which a probability has moved by more
// than 1e-3 since it was last listed.
func (l *Live) Changes() []int32 {
	var changed []int32
	for _, i := range l.news {
		it := &l.items[i]
		it.news = false
		if !it.hasNews() {
			continue
		}
		it.show()
		changed = append(changed, i)
	}
	l.news = l.news[:0]
	slices.Sort(changed)
	return changed
}
