package weigh

import (
	"context"
	"math"
	"slices"
)

// additive is a fit whose evidence adds up: the logarithm of an alternative's
// probability is its prior's and what each origin adds. So it can be told what
// an origin's silence changes, with the fit's parameters as they are: those
// belong to all items, and one origin's silence on one does not move them.
type additive interface {
	evidence(item int, into *evidence)
	parts(item int) []OriginPart // in the order of the evidence's origins, with Sources, Values and Weight set
}

// evidence is what the origins that speak of one item add. Alternatives are its
// candidates and, of an item that may have a value that nobody has named, one
// more.
type evidence struct {
	candidates, alternatives int
	settled                  int32     // the candidate it is known to have, or Unsettled
	prior                    []float64 // logarithms; nil where all alternatives have the same

	// With n origins speaking, all that they add is multiplied by
	// temper/(1+(n-1)*residual): see WEIGH.md, "Calibration".
	temper, residual float64

	first   []int32 // what origin g adds are the entries from first[g] to first[g+1]
	entries []entry

	told []told // room for the fit that tells it
	room []float64
}

// entry is what an origin adds to one alternative; those that it does not name
// it leaves alone, and none it names twice.
type entry struct {
	alternative int32
	asserts     float32 // as how much of an independent origin it puts the value forward
	add         float64
}

func (e *evidence) reset(candidates, alternatives int) {
	e.candidates, e.alternatives, e.settled, e.prior = candidates, alternatives, Unsettled, nil
	e.temper, e.residual = 1, 0
	e.first, e.entries = append(e.first[:0], 0), e.entries[:0]
}

// add adds an entry to the origin that is being told.
func (e *evidence) add(alternative int32, add float64, asserts float32) {
	e.entries = append(e.entries, entry{alternative, asserts, add})
}

// end ends an origin. mixed tells that it may have named an alternative twice.
func (e *evidence) end(mixed bool) {
	from := e.first[len(e.first)-1]
	if own := e.entries[from:]; mixed && len(own) > 1 {
		slices.SortStableFunc(own, func(a, b entry) int { return int(a.alternative) - int(b.alternative) })
		kept := own[:1]
		for _, x := range own[1:] {
			if last := &kept[len(kept)-1]; last.alternative == x.alternative {
				last.add += x.add
				last.asserts = max(last.asserts, x.asserts)
				continue
			}
			kept = append(kept, x)
		}
		e.entries = e.entries[:int(from)+len(kept)]
	}
	e.first = append(e.first, int32(len(e.entries)))
}

func (e *evidence) origins() int { return len(e.first) - 1 }

func (e *evidence) of(origin int) []entry { return e.entries[e.first[origin]:e.first[origin+1]] }

// sharpness is what sums are multiplied by when so many origins speak.
func (e *evidence) sharpness(origins int) float64 {
	return e.temper / (1 + float64(max(0, origins-1))*e.residual)
}

func (e *evidence) priorOf(alternative int) float64 {
	if e.prior == nil {
		return 0
	}
	return e.prior[alternative]
}

// tie is how close two sums of logarithms count as equal, and a probability to
// a bound as at it.
const tie = 1e-12

// tally is the room that one worker needs to judge items.
type tally struct {
	evidence
	sum     []float64 // of each alternative, what the origins add
	score   []float64 // of each alternative, the logarithm of its probability but for a constant
	support []float64 // of each candidate, how many origins assert it
	silence
}

// count adds up the evidence with one origin silent, or none if that is below
// zero, and returns the first of the most probable candidates that somebody
// asserts, of a settled item what it is settled on; -1 where nobody asserts it.
func (t *tally) count(silent int) (top int) {
	t.sum = cleared(t.sum, t.alternatives)
	t.score = cleared(t.score, t.alternatives)
	t.support = cleared(t.support, t.candidates)
	speaking := t.origins()
	for g := range t.origins() {
		if g == silent {
			speaking--
			continue
		}
		for _, x := range t.of(g) {
			t.sum[x.alternative] += x.add
			if x.asserts > 0 {
				t.support[x.alternative] += float64(x.asserts)
			}
		}
	}
	sharp := t.sharpness(speaking)
	for k, x := range t.sum {
		t.score[k] = t.priorOf(k) + sharp*x
	}
	if t.settled != Unsettled {
		if t.support[t.settled] > 0 {
			return int(t.settled)
		}
		return -1
	}
	most := math.Inf(-1)
	for k, n := range t.support {
		if n > 0 {
			most = max(most, t.score[k])
		}
	}
	for k, n := range t.support {
		if n > 0 && t.score[k] >= most-tie {
			return k
		}
	}
	return -1
}

// probabilities fills q, one an alternative, from the scores.
func (t *tally) probabilities(q []float64) {
	if t.settled != Unsettled {
		clear(q)
		q[t.settled] = 1
		return
	}
	copy(q, t.score)
	softmax(q)
}

// judge makes the verdicts of an additive result. q has room for every
// alternative of item i from at[i] to at[i+1].
func (r *Result) judge(ctx context.Context, opt Options, q []float64, at []int) error {
	items := len(at) - 1
	r.Verdicts = make([]Verdict, items)
	workers := workersOf(opt)
	tallies := make([]tally, workers)
	return share(ctx, workers, blocksOf(items), func(worker, block int) {
		t := &tallies[worker]
		for i := block * blockItems; i < min(items, (block+1)*blockItems); i++ {
			r.additive.evidence(i, &t.evidence)
			own, v := q[at[i]:at[i+1]], &r.Verdicts[i]
			v.Top, v.Other = t.count(-1), -1
			t.probabilities(own)
			v.P = own[:t.candidates:t.candidates]
			if v.Top >= 0 {
				v.Support = t.support[v.Top]
				v.Fragility = t.fragility(v.Top, own, opt)
			}
		}
	})
}

// softmax turns logarithms into probabilities that sum to one, and returns the
// logarithm of what they had summed to.
func softmax(q []float64) float64 {
	top, sum := math.Inf(-1), 0.0
	for _, x := range q {
		top = max(top, x)
	}
	for k, x := range q {
		q[k] = math.Exp(x - top)
		sum += q[k]
	}
	for k := range q {
		q[k] /= sum
	}
	return top + math.Log(sum)
}

// cleared returns a slice of n zeros, in the room of s where it suffices.
func cleared(s []float64, n int) []float64 {
	s = slices.Grow(s[:0], n)[:n]
	clear(s)
	return s
}
