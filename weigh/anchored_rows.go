package weigh

import (
	"context"
	"math"
	"slices"
)

// banded is one explanation that Anchored fits: states are classes times bands
// of difficulty, the bands of a class side by side.
type banded struct {
	*confusion
	Choices
	classes, of int
	levelled    bool
	kappa       float64 // how many statements the pooled row is worth

	votes   []float64 // of each class, the share of the vote
	started bool
	begin   []float64 // [state][value]: the pooled rows that it starts from
	pool    []float64 // [state][value]: those that all sources have in common
	logs    []float64 // of each state, ln P

	mean, strength float64 // of the Beta distribution that accuracies come from

	rows      []float32 // [code][state]: ln P(value | state)
	away      []float64 // by source: how far its rows are from their prior (Kullback-Leibler)
	measuring bool      // whether away is wanted
	explained float64   // the evidence lower bound
	part      float64   // in the answer
}

func newBanded(t *Table, p *packed, choices Choices, levelled bool, workers int) *banded {
	of := choices.Bands
	b := &banded{
		Choices: choices, confusion: newConfusion(p, t.Classes, of, t.Settled, workers), classes: t.Classes, of: of, levelled: levelled,
		votes: make([]float64, t.Classes), rows: make([]float32, p.sources*p.values*t.Classes*of), away: make([]float64, p.sources),
	}
	b.begin, b.pool, b.logs = make([]float64, b.states*b.classes), make([]float64, b.states*b.classes), make([]float64, b.states)
	return b
}

// snapshot is the explanation as it is, for the next kappa to change it.
func (b *banded) snapshot() *banded {
	s, k := *b, *b.confusion
	k.table, k.flat, k.narrow, k.q, k.wide = nil, nil, nil, slices.Clone(k.q), slices.Clone(k.wide)
	s.pool, s.rows, s.logs, s.confusion = slices.Clone(b.pool), slices.Clone(b.rows), slices.Clone(b.logs), &k
	return &s
}

// round learns the rows from the posteriors and then the posteriors from the
// rows.
func (b *banded) round(ctx context.Context) (moved float64, err error) {
	row := b.freeRow
	switch {
	case !b.started:
		b.startFromVotes()
		if err := b.count(ctx); err != nil {
			return 0, err
		}
		b.begun()
		row, b.started = b.pooledRow, true
	default:
		b.learnPool()
		b.learnShares()
		if b.levelled {
			row = b.levelledRow
		}
	}
	b.setPrior(b.logs)
	if err := b.update(ctx, func(s int, counts []float64, logs []float32) {
		row(s, counts, logs)
		copy(b.rows[int(b.p.place[s])*b.classes*b.states:], logs)
	}); err != nil {
		return 0, err
	}
	return b.pass(ctx)
}

// begun sets the first rows: those of the vote, easier in the first band and
// harder in the last.
func (b *banded) begun() {
	vote := make([]float64, b.classes*b.classes)
	b.eachRow(func(counts []float64) {
		for v := range b.classes {
			for h := range b.states {
				vote[h/b.of*b.classes+v] += counts[v*b.states+h]
			}
		}
	})
	total := 0.0
	for h, n := range b.class {
		b.votes[h/b.of] += n
		total += n
	}
	for k := range b.votes {
		b.votes[k] = (b.votes[k] + .5) / (total + .5*float64(b.classes))
	}
	for k := range b.classes {
		row := vote[k*b.classes : (k+1)*b.classes]
		sharesOf(row, .1)
		for m := range b.of {
			offset := 0.0
			if b.of > 1 {
				offset = bandSpread * (1 - 2*float64(m)/float64(b.of-1))
			}
			h := k*b.of + m
			into := b.begin[h*b.classes : (h+1)*b.classes]
			copy(into, row)
			withRight(into, k, expit(logit(row[k])+offset))
			b.logs[h] = math.Log(b.votes[k] / float64(b.of))
		}
	}
	copy(b.pool, b.begin)
}

// eachRow reads the counts of every source, in the order of sources.
func (b *banded) eachRow(read func(counts []float64)) {
	counts := make([]float64, b.classes*b.states)
	for s := range b.p.sources {
		b.counts(s, counts)
		read(counts)
	}
}

// learnPool takes what all sources have in common from their counts: the pooled
// rows, and how their accuracies are spread, by moments.
func (b *banded) learnPool() {
	clear(b.pool)
	sources := make([][2]float64, 0, b.p.sources) // right, all
	b.eachRow(func(counts []float64) {
		right, all := 0.0, 0.0
		for v := range b.classes {
			for h, n := range counts[v*b.states : (v+1)*b.states] {
				b.pool[h*b.classes+v] += n
				all += n
				if h/b.of == v {
					right += n
				}
			}
		}
		sources = append(sources, [2]float64{right, all})
	})
	right, all := 0.0, 0.0
	for _, n := range sources {
		right += n[0]
		all += n[1]
	}
	b.mean = min(max((right+.5)/(all+1), 1e-3), 1-1e-3)
	// Of n statements of a source the share that is right varies by
	// m(1-m)/n and, where sources differ with correlation r, by r*m(1-m)(n-1)/n more.
	varied, even := 0.0, 0.0
	for _, n := range sources {
		if n[1] < 2 {
			continue
		}
		d := n[0]/n[1] - b.mean
		varied += n[1]*d*d - b.mean*(1-b.mean)
		even += b.mean * (1 - b.mean) * (n[1] - 1)
	}
	r := .1
	if even > 0 {
		r = min(max(varied/even, .01), .5)
	}
	b.strength = 1/r - 1
	for h := range b.states {
		row, k := b.pool[h*b.classes:(h+1)*b.classes], h/b.of
		sum := 1.0
		for _, n := range row {
			sum += n
		}
		for v := range row {
			row[v] = (row[v] + b.begin[h*b.classes+v]) / sum
		}
		// A class that its own name does not lead would be another class.
		for v := range row {
			if v != k && row[k] < row[v] {
				row[k], row[v] = (row[k]+row[v])/2, (row[k]+row[v])/2
			}
		}
	}
}

// learnShares takes how frequent classes and bands are from the posteriors.
func (b *banded) learnShares() {
	total := 0.0
	for _, n := range b.class {
		total += n
	}
	for k := range b.classes {
		own := b.class[k*b.of : (k+1)*b.of]
		sum := 0.0
		for _, n := range own {
			sum += n
		}
		share := math.Log((sum + b.Anchor*total*b.votes[k] + .5) / ((1+b.Anchor)*total + .5*float64(b.classes)))
		for m, n := range own {
			b.logs[k*b.of+m] = share + math.Log((n+1)/(sum+float64(b.of)))
		}
	}
}

// accuracy is how likely a source is right, from its counts and what is usual.
func (b *banded) accuracy(counts []float64) float64 {
	right, all := b.rightOf(counts)
	return (right + b.mean*b.strength) / (all + b.strength)
}

func (b *banded) pooledRow(_ int, _ []float64, logs []float32) {
	for h := range b.states {
		for v := range b.classes {
			logs[v*b.states+h] = float32(math.Log(b.pool[h*b.classes+v]))
		}
	}
}

// freeRow gives a source rows of its own for every state. Each is drawn to the
// pooled row as a source of its accuracy would have it.
func (b *banded) freeRow(s int, counts []float64, logs []float32) {
	shift := logit(b.accuracy(counts)) - logit(b.mean)
	prior, own := make([]float64, b.classes), make([]float64, b.classes)
	away := 0.0
	for h := range b.states {
		copy(prior, b.pool[h*b.classes:(h+1)*b.classes])
		withRight(prior, h/b.of, expit(logit(prior[h/b.of])+shift))
		for v := range own {
			own[v] = counts[v*b.states+h]
		}
		away += b.dirichlet(prior, own)
		for v, x := range own {
			logs[v*b.states+h] = b.slipped(math.Exp(x))
		}
	}
	b.away[s] = away
}

// levelledRow gives a source one row for every class, and every band of it that
// row made easier or harder as it is to all: the row is compared with what the
// pooled bands lead one to expect of the items that it spoke of, and the pooled
// rows are tilted by the difference.
func (b *banded) levelledRow(s int, counts []float64, logs []float32) {
	shift := logit(b.accuracy(counts)) - logit(b.mean)
	n := b.classes
	room := make([]float64, 4*n)
	expected, prior, own, tilt := room[:n], room[n:2*n], room[2*n:3*n], room[3*n:]
	away := 0.0
	for k := range n {
		clear(expected)
		clear(own)
		for h := k * b.of; h < (k+1)*b.of; h++ {
			all := 1e-3 / float64(b.of) // for who has said nothing yet
			for v := range n {
				own[v] += counts[v*b.states+h]
				all += counts[v*b.states+h]
			}
			for v := range n {
				expected[v] += all * b.pool[h*n+v]
			}
		}
		sharesOf(expected, 1e-12)
		copy(prior, expected)
		withRight(prior, k, expit(logit(expected[k])+shift))
		away += b.dirichlet(prior, own)
		short := 0.0 // logarithms of a Dirichlet's shares fall short of a distribution
		for v, x := range own {
			tilt[v] = math.Exp(x)
			short += tilt[v]
			tilt[v] /= max(expected[v], 1e-4)
		}
		for h := k * b.of; h < (k+1)*b.of; h++ {
			sum := 0.0
			for v := range n {
				sum += b.pool[h*n+v] * tilt[v]
			}
			for v := range n {
				logs[v*b.states+h] = b.slipped(b.pool[h*n+v] * tilt[v] / sum * short)
			}
		}
	}
	b.away[s] = away
}

// slipped is the logarithm of a share of what is said, given that a statement
// may tell nothing.
func (b *banded) slipped(x float64) float32 {
	return float32(math.Log((1-b.Slip)*x + b.Slip/float64(b.classes)))
}

// dirichlet replaces counts by the mean logarithms of the shares that they and
// kappa times the prior tell of, and returns, when that is wanted, how far they
// have gone from the prior.
func (b *banded) dirichlet(prior, counts []float64) (away float64) {
	sum, before := 0.0, 0.0
	for v, p := range prior {
		prior[v] = b.kappa * max(p, 1e-4)
		before += prior[v]
		sum += prior[v] + counts[v]
	}
	whole := digamma(sum)
	for v, n := range counts {
		x := digamma(prior[v]+n) - whole
		if counts[v] = x; b.measuring && n > 1e-12 {
			away += lgamma(prior[v]) - lgamma(prior[v]+n) + n*x
		}
	}
	if b.measuring && sum-before > 1e-12 {
		away += lgamma(sum) - lgamma(before)
	}
	return away
}

// explain does one round more and works out the evidence lower bound: what the
// statements' probability is at least, all unknowns summed out.
func (b *banded) explain(ctx context.Context) error {
	b.measuring = true
	_, err := b.round(ctx)
	b.measuring = false
	if err != nil {
		return err
	}
	parts := make([]float64, blocksOf(b.p.items))
	rooms := make([][]float64, b.workers)
	for w := range rooms {
		rooms[w] = make([]float64, b.states)
	}
	err = share(ctx, b.workers, len(parts), func(worker, block int) {
		for i := block * blockItems; i < min(b.p.items, (block+1)*blockItems); i++ {
			parts[block] += b.item(i, rooms[worker])
		}
	})
	b.explained = 0
	for _, x := range parts {
		b.explained += x
	}
	for _, x := range b.away {
		b.explained -= x
	}
	return err
}

// item is the logarithm of what the statements on an item are worth, summed over
// states, and sets score to that of every state.
func (b *banded) item(i int, score []float64) float64 {
	b.scores(i, score)
	if class, ok := b.settledOn(i); ok {
		return logSumExp(score[class*b.of : (class+1)*b.of])
	}
	return logSumExp(score)
}

// scores sets score to the logarithm of every state's probability and the
// statements' in it.
func (b *banded) scores(i int, score []float64) {
	copy(score, b.logs)
	for at := int(b.p.first[i]); at < int(b.p.first[i+1]); at++ {
		w := float64(b.p.weightAt(at))
		for h, x := range b.row(at) {
			score[h] += w * float64(x)
		}
	}
}

// row is what a statement tells of every state.
func (b *banded) row(at int) []float32 {
	code := int(b.p.code[at])
	return b.rows[code*b.states : (code+1)*b.states]
}

// withRight sets what a row says of its own class, and scales the rest to it.
func withRight(row []float64, class int, right float64) {
	wrong := max(1-row[class], 1e-12)
	for v := range row {
		row[v] *= (1 - right) / wrong
	}
	row[class] = right
}

// sharesOf makes shares of counts, each with a little more, its own class's the
// same.
func sharesOf(row []float64, more float64) {
	sum := 0.0
	for v := range row {
		row[v] += more
		sum += row[v]
	}
	for v := range row {
		row[v] /= sum
	}
}

func logSumExp(x []float64) float64 {
	top, sum := math.Inf(-1), 0.0
	for _, v := range x {
		top = max(top, v)
	}
	for _, v := range x {
		sum += math.Exp(v - top)
	}
	return top + math.Log(sum)
}

func logit(p float64) float64 {
	p = min(max(p, 1e-6), 1-1e-6)
	return math.Log(p / (1 - p))
}

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
