package weigh

import (
	"context"
	"fmt"
)

// Anchored is the default for tables of kind Classes: sources confuse classes
// each in their own way, and items are easy or hard. It is Dawid and Skene's
// model (Applied Statistics 28(1), 1979, section 2) with three bands of
// difficulty in every class, as the subtypes of Li, Rubinstein and Cohn (ICML
// 2019, section 4), and with rows that borrow from each other (Kim and
// Ghahramani, AISTATS 2012, section 2): a source is taken to be like all of them,
// better or worse by its own accuracy, until it has said enough to be known
// for itself. How fast that goes is chosen by the evidence.
//
// Two explanations are fitted by variational expectation-maximisation from the
// vote. In the levelled one an item's difficulty is the same to all sources; in
// the free one every source has its own idea of what is hard. Both are
// anchored: the shares of the classes are drawn to those of the vote, and a free
// explanation that parts from the levelled one on too many items is dropped. The
// logarithms of both are averaged, each by how well it explains the statements.
//
// What sources of a crowd find hard they find hard together, so evidence counts
// less than the product of its parts: see calibration.
type Anchored struct{ but *Choices }

// Choices are what Anchored is made of. Each was found to help on sets that it was
// not chosen on: bench/weigh changes one at a time, on all but one set at a time,
// and docs/weigh.md has what came of it.
type Choices struct {
	// Bands of difficulty are in every class.
	Bands int

	// Free tells whether the free explanation is tried beside the levelled one.
	Free bool

	// Anchor is how many times the shares of the vote count beside the classes found.
	Anchor float64

	// Slip is the chance that a statement tells nothing, whoever makes it, so that no
	// single one can rule a class out.
	Slip float64

	// SharePower is what the shares of classes that were found count as a prior of
	// the verdicts.
	SharePower float64

	// WorthOfOne is how much evidence counts where one statement is made of each item;
	// where n are made it is divided by the root of n, since what is hard to one
	// source of a crowd is hard to others. Zero leaves it as the product of its parts.
	WorthOfOne float64
}

var usual = Choices{Bands: 3, Free: true, Anchor: 3, Slip: .003, SharePower: .75, WorthOfOne: .8}

// But is Anchored with other choices, to see what those are good for.
func (m Anchored) But(change func(*Choices)) Anchored {
	c := m.choices()
	change(&c)
	return Anchored{&c}
}

func (m Anchored) choices() Choices {
	if m.but == nil {
		return usual
	}
	return *m.but
}

// Name implements Model.
func (Anchored) Name() string { return "anchored" }

const (
	// bandSpread is how much easier the first band starts than the middle one, and
	// the last harder, in log odds of a right answer.
	bandSpread = 1.0

	// leastAgreement is on what part of the items a free explanation must agree with
	// the levelled one. Of two that do, each has a part in the answer: one that
	// explains the statements better by enoughBetter, in nats a statement, e times
	// the other's; under leastPart it has none.
	leastAgreement = .85
	enoughBetter   = .001
	leastPart      = .05

	// Of each explanation so many rounds at most, and warmRounds to try another kappa
	// from where the last one ended. Tables of more statements than manyStatements,
	// of which every round tells more, have one explanation with one band and one
	// kappa, fitted in fewer rounds.
	anchoredRounds = 60
	warmRounds     = 8
	anchoredMoved  = 1e-2
	manyStatements = 2_000_000
	roundsOfMany   = 12
	kappaOfMany    = 16

	// mostCells bounds the memory of the rows: a cell takes some 24 bytes. Tables of more
	// are weighed with one band, and beyond that with one accuracy a source.
	mostCells = 16 << 20
)

// kappas are how many statements the pooled row may be worth to a source's own,
// the loosest first: what a stiff row has not told apart a looser one finds no
// more. They are tried until one explains the statements no better.
var kappas = [...]float64{4, 16, 64}

// Weigh implements Model.
func (m Anchored) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Kind != Classes {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	l := newLayout(t)
	return m.weigh(ctx, t, l, opt, originWeights(t, l, nil, true))
}

// weigh weighs the statements of a layout, each with its weight.
func (m Anchored) weigh(ctx context.Context, t *Table, l *layout, opt Options, weights []float32) (*Result, error) {
	p, err := packLayout(t, l, weights)
	if err != nil {
		return nil, err
	}
	r := newResult(m, t, p)
	choices := m.choices()
	switch cells := p.sources * p.values * p.values; {
	case cells > mostCells:
		return OneAccuracy{}.Weigh(ctx, t, opt)
	case cells*choices.Bands > mostCells, len(p.code) > manyStatements:
		choices.Bands, choices.Free = 1, false
	}
	f := &anchoredFit{Choices: choices, table: t, layout: l, packed: p}
	if err := f.fit(ctx, opt, r); err != nil {
		return nil, err
	}
	if t.settled() >= enoughLabels {
		f.learn()
	}
	r.additive = f
	f.members[0].reliabilities(r)
	at := make([]int, t.Items+1)
	for i := range at {
		at[i] = i * t.Classes
	}
	return r, r.judge(ctx, opt, make([]float64, t.Items*t.Classes), at)
}

// fit fits the explanations.
func (f *anchoredFit) fit(ctx context.Context, opt Options, r *Result) error {
	levelled, err := f.fitBands(ctx, opt, r, true)
	if err != nil {
		return err
	}
	levelled.part = 1
	f.members = append(f.members, levelled)
	if f.Free {
		free, err := f.fitBands(ctx, opt, r, false)
		if err != nil {
			return err
		}
		free.part = expit((free.explained - levelled.explained) / (enoughBetter * float64(len(f.packed.code))))
		if free.part >= leastPart && free.agrees(levelled) >= leastAgreement*float64(f.table.Items) {
			levelled.part = 1 - free.part
			f.members = append(f.members, free)
		}
	}
	f.temper = f.usual()
	return nil
}

// originOf is a number that statements on an item share if they have one origin.
func (t *Table) originOf(row int32) int64 {
	if t.Origin != nil && t.Origin[row] != NoOrigin {
		return int64(t.Origin[row])
	}
	return 1<<32 + int64(t.Source[row])
}

// fitBands fits one explanation, with the kappa that explains the statements best.
func (f *anchoredFit) fitBands(ctx context.Context, opt Options, r *Result, levelled bool) (*banded, error) {
	var best *banded
	b := newBanded(f.table, f.packed, f.Choices, levelled, workersOf(opt))
	kappas, most := kappas[:], anchoredRounds
	if len(f.packed.code) > manyStatements {
		kappas, most = []float64{kappaOfMany}, roundsOfMany
	}
	for j, kappa := range kappas {
		rounds := most
		if b.kappa = kappa; j > 0 {
			rounds = warmRounds
		}
		converged := false
		for round := 0; round < rounds && !converged; round++ {
			moved, err := b.round(ctx)
			if err != nil {
				return nil, err
			}
			r.round(opt, moved, anchoredMoved)
			converged = r.Converged
		}
		if err := b.explain(ctx); err != nil {
			return nil, err
		}
		if best != nil && b.explained <= best.explained {
			break
		}
		best = b.snapshot()
	}
	r.Converged = true
	return best, nil
}

// agrees counts the items on which the likeliest classes are the same.
func (b *banded) agrees(o *banded) (same float64) {
	for i := range b.p.items {
		if b.likeliest(i) == o.likeliest(i) {
			same++
		}
	}
	return same
}

func (b *banded) likeliest(item int) int {
	q, top, most := b.posterior(item), 0, float32(-1)
	for k := 0; k*b.of < len(q); k++ {
		sum := float32(0)
		for _, x := range q[k*b.of : (k+1)*b.of] {
			sum += x
		}
		if sum > most {
			top, most = k, sum
		}
	}
	return top
}

// reliabilities sets how likely each source's statements are right, from how
// probable they are, drawn to what all sources have in common.
func (b *banded) reliabilities(r *Result) {
	counts := make([]float64, b.classes*b.states)
	for s := range r.Sources {
		b.counts(s, counts)
		right, all := b.rightOf(counts)
		r.Sources[s].setBeta(right+b.mean*b.strength, all-right+(1-b.mean)*b.strength)
	}
}
