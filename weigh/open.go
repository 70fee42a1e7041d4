package weigh

import (
	"context"
	"fmt"
	"math"
	"slices"
)

// OneAccuracy gives every source one chance of being right and finds it
// together with the truths by expectation-maximisation: Dawid and Skene, Applied
// Statistics 28(1), 1979, pp. 20-28, section 2, with one parameter a source and
// what is wrong spread evenly over what else the item may be, as in Zheng et
// al., VLDB 2017, section 3 ("ZenCrowd"). Values that nobody has named are one
// alternative more. It weighs tables of kind Open and Classes.
//
// The chances of a table's sources are drawn from one Beta distribution, whose
// mean is found with them; see accuracyMean.
//
// An origin speaks once: what several of its sources say alike is one voice, as
// reliable as the least reliable of them, so that passing on a rumour never
// makes it firmer. An origin that says several things of an item lends each a
// part of its voice. Each source is judged by all that it said all the same,
// but only on items that are settled or of which another origin speaks: agreeing
// with oneself shows nothing.
type OneAccuracy struct{}

// Name implements Model.
func (OneAccuracy) Name() string { return "one-accuracy" }

// Weigh implements Model.
func (m OneAccuracy) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Kind == Number {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	return m.weigh(ctx, t, opt, nil)
}

// weigh weighs with the statements counted by weights, nil where all are
// independent.
func (m OneAccuracy) weigh(ctx context.Context, t *Table, opt Options, weights []float32) (*Result, error) {
	fit := newOpenFit(t, weights, workersOf(opt))
	r := &Result{Model: m.Name(), Sources: make([]Reliability, t.Sources)}
	for !r.Converged && r.Iterations < emRounds {
		if err := ctx.Err(); err != nil { // a table without items has no work to cancel
			return nil, err
		}
		fit.learn()
		moved, err := fit.round(ctx)
		if err != nil {
			return nil, err
		}
		r.round(opt, moved, emMoved)
	}
	for s := range r.Sources {
		r.Sources[s] = Reliability{Statements: int(fit.statements[s]), Group: s}
		r.Sources[s].setBeta(fit.record(s))
	}
	r.additive = fit
	return r, r.judge(ctx, opt, fit.q, fit.at)
}

// What is expected of a source before it has said anything. In the 17 sets of
// WEIGH.md whose values are no numbers, a Beta distribution fitted to each set's
// sources has a mean of .72 on average (.75 with an ancestor of the truth in the
// hierarchy of heritages taken as right), .13 apart from set to set, and the
// strength of 16 statements, by the median; leaving out any one set moves these
// by no more than .02 and 2. It lets two sources that agree reach .90 and three
// .96, so that the words of DESIGN.md's standings are reachable by agreement and
// never by one voice.
//
// The mean of one table is found from all its statements and drawn to this one
// with the same strength, which the spread from set to set would justify;
// fitting the strength too gains nothing that lasts over the sets (mean log loss
// of -.02, of which heritages and dots are all), and would let a copy of a
// statement tell something of how sources differ.
const (
	accuracyMean     = .75
	accuracyStrength = 16
)

// openFit is a table of kind Open or Classes on its way through OneAccuracy.
type openFit struct {
	*openVoices
	unit       fixed
	q          []float64 // the probability of every alternative of every item
	statements []int32   // of a source
	said       []float64 // by how many of them it is judged
	right      []int64   // how many of those are right, in units
	judging    int       // how many voices judge
	judged     int64     // how many of those are right, in units
	mean       float64   // of the sources' chances of being right
	odds       []float64 // of a source, the logarithm of the odds that it is right
	workers    []openWorker
}

func newOpenFit(t *Table, weights []float32, workers int) *openFit {
	f := &openFit{openVoices: newOpenVoices(t, weights), unit: fixedFor(len(t.Item)), workers: make([]openWorker, workers)}
	f.q = make([]float64, f.at[t.Items])
	f.said, f.odds = make([]float64, t.Sources), make([]float64, t.Sources)
	f.right = make([]int64, t.Sources)
	for w := range f.workers {
		f.workers[w].right = make([]int64, t.Sources)
	}
	f.statements = make([]int32, t.Sources)
	for _, m := range f.members {
		f.statements[m.source]++
	}
	for j := range f.all[:len(f.all)-1] {
		if f.all[j].judges {
			f.judging++
			for _, m := range f.members[f.all[j].member:f.all[j+1].member] {
				f.said[m.source] += float64(m.share)
			}
		}
	}
	for s, n := range f.said { // nothing is known yet
		f.right[s] = f.unit.of(accuracyMean * n)
	}
	f.judged = f.unit.of(accuracyMean * float64(f.judging))
	return f
}

// openWorker is what one worker counts in a round.
type openWorker struct {
	right  []int64
	judged int64
	was    []float64
}

// learn takes the reliabilities from what the last round found right.
func (f *openFit) learn() {
	f.mean = (f.unit.float(f.judged) + accuracyMean*accuracyStrength) / (float64(f.judging) + accuracyStrength)
	for s := range f.odds {
		right, wrong := f.record(s)
		f.odds[s] = math.Log(right / wrong)
	}
}

// record is how often a source was right and wrong, with the pool's prior.
func (f *openFit) record(s int) (right, wrong float64) {
	n := f.unit.float(f.right[s])
	return n + f.mean*accuracyStrength, max(0, f.said[s]-n) + (1-f.mean)*accuracyStrength
}

// round works out every probability from the reliabilities, and what is right of
// each source's statements from the probabilities. It returns how far the
// probability that moved most has moved.
func (f *openFit) round(ctx context.Context) (moved float64, err error) {
	items := f.table.Items
	most := make([]float64, blocksOf(items))
	for w := range f.workers {
		clear(f.workers[w].right)
		f.workers[w].judged = 0
	}
	err = share(ctx, len(f.workers), len(most), func(worker, block int) {
		w := &f.workers[worker]
		for i := block * blockItems; i < min(items, (block+1)*blockItems); i++ {
			q := f.q[f.at[i]:f.at[i+1]]
			w.was = append(w.was[:0], q...)
			f.posterior(i, q)
			for k := range q {
				most[block] = max(most[block], math.Abs(q[k]-w.was[k]))
			}
			f.credit(i, q, w)
		}
	})
	clear(f.right)
	f.judged = 0
	for _, w := range f.workers {
		f.judged += w.judged
		for s, n := range w.right {
			f.right[s] += n
		}
	}
	for _, x := range most {
		moved = max(moved, x)
	}
	return moved, err
}

// posterior fills q with the probability of every alternative of an item.
func (f *openFit) posterior(i int, q []float64) {
	clear(q)
	if f.table.Settled != nil && f.table.Settled[i] != Unsettled {
		q[f.table.Settled[i]] = 1
		return
	}
	for j := f.first[i]; j < f.first[i+1]; j++ {
		f.add(q, f.all[j].value, f.tells(i, int(j)))
	}
	softmax(q)
}

// tells is what a voice adds to the log odds of each value that it allows:
// where it is wrong the truth is one of those that it does not allow, so a
// stands against (1-a)/excluded.
func (f *openFit) tells(i, j int) float64 {
	voice := &f.all[j]
	excluded := f.excluded(i, voice.value)
	if excluded == 0 {
		return 0
	}
	least := math.Inf(1)
	for _, m := range f.members[voice.member:f.all[j+1].member] {
		least = min(least, f.odds[m.source])
	}
	return float64(voice.weight) * (least + math.Log(float64(excluded)))
}

// add adds x to every alternative that a value allows.
func (v *openVoices) add(q []float64, value int32, x float64) {
	if value >= 0 {
		q[value] += x
		return
	}
	s := &v.table.Sets[^value]
	for _, k := range s.Values {
		q[k] += x
	}
	if s.Else {
		q[len(q)-1] += x
	}
}

// credit counts how likely each voice on an item is right.
func (f *openFit) credit(i int, q []float64, w *openWorker) {
	for j := f.first[i]; j < f.first[i+1]; j++ {
		voice := &f.all[j]
		if !voice.judges {
			continue
		}
		p := 0.0
		if voice.value >= 0 {
			p = q[voice.value]
		} else {
			s := &f.table.Sets[^voice.value]
			for _, k := range s.Values {
				p += q[k]
			}
			if s.Else {
				p += q[len(q)-1]
			}
		}
		w.judged += f.unit.of(p)
		for _, m := range f.members[voice.member:f.all[j+1].member] {
			w.right[m.source] += f.unit.of(p * float64(m.share))
		}
	}
}

// evidence implements additive.
func (f *openFit) evidence(i int, e *evidence) {
	e.reset(int(f.table.candidates(int32(i))), f.alternatives(i))
	if f.table.Settled != nil {
		e.settled = f.table.Settled[i]
	}
	for j := f.first[i]; j < f.first[i+1]; j++ {
		voice := &f.all[j]
		x := f.tells(i, int(j))
		if voice.value >= 0 {
			e.add(voice.value, x, voice.supports)
		} else {
			s, asserts := &f.table.Sets[^voice.value], voice.supports
			if s.Denies {
				asserts = 0
			}
			for _, k := range s.Values {
				e.add(k, x, asserts)
			}
			if s.Else {
				e.add(int32(e.alternatives-1), x, 0)
			}
		}
		if j+1 == f.first[i+1] || f.all[j+1].origin != voice.origin {
			e.end(j > f.first[i] && f.all[j-1].origin == voice.origin)
		}
	}
}

// parts implements additive.
func (f *openFit) parts(i int) []OriginPart {
	var parts []OriginPart
	for j := f.first[i]; j < f.first[i+1]; j++ {
		voice := &f.all[j]
		if int(voice.origin) == len(parts) {
			parts = append(parts, OriginPart{})
		}
		p := &parts[voice.origin]
		p.Values = append(p.Values, voice.value)
		p.Weight += float64(voice.weight)
		for _, m := range f.members[voice.member:f.all[j+1].member] {
			if !slices.Contains(p.Sources, m.source) {
				p.Sources = append(p.Sources, m.source)
			}
		}
	}
	return parts
}
