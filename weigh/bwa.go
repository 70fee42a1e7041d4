package weigh

import (
	"context"
	"fmt"
	"math"
)

// BWA, Bayesian weighted averaging, takes a class at a time against all others and
// sees what sources say of it as noisy measurements of a number between 0 and 1: a
// source has a precision, an item is the average of what is said of it weighted
// by precision. The prior of precision follows from how much sources disagree.
//
// Li, Rubinstein and Cohn, "Truth inference at scale: a Bayesian model for
// adjudicating highly redundant crowd annotations", WWW 2019, section 4.
type BWA struct{}

// Name implements Model.
func (BWA) Name() string { return "bwa" }

// The paper's prior counts: of a source's precision and of an item's mean.
const (
	bwaPrecision = 15.0
	bwaMean      = 1.0
)

// Weigh implements Model.
func (m BWA) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if t.Kind == Open {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	p, err := packFor(m, t, opt)
	if err != nil {
		return nil, err
	}
	all := make([]average, t.Classes)
	for k := range all {
		all[k] = newAverage(p, t, uint32(k))
	}
	r := newResult(m, t, p)
	for r.Iterations < emRounds && !r.Converged {
		// Classes do not know of each other, so each is one worker's.
		err := share(ctx, workersOf(opt), len(all), func(_, k int) { all[k].pass() })
		if err != nil {
			return nil, err
		}
		moved := 0.0
		for k := range all {
			moved = max(moved, all[k].moved)
		}
		r.round(opt, moved, emMoved)
	}
	q := make([]float32, t.Items*t.Classes)
	for i := range t.Items {
		sum := 0.0
		for k := range all {
			sum += all[k].z[i]
		}
		for k := range all {
			q[i*t.Classes+k] = float32(all[k].z[i] / sum)
		}
	}
	posterior := func(item int) []float32 { return q[item*t.Classes : (item+1)*t.Classes] }
	r.agreementReliability(p, posterior)
	r.fill(p, posterior)
	return r, nil
}

// average is the inference about one class.
type average struct {
	p       *packed
	t       *Table
	class   uint32
	z       []float64 // [item]: how much of the class it is
	squares []float64 // [place]: the sum of (z - said)²
	said    []float64 // [place]: the sum of weights
	spread  float64   // the prior of squares
	moved   float64
}

func newAverage(p *packed, t *Table, class uint32) average {
	a := average{p: p, t: t, class: class, z: make([]float64, p.items), squares: make([]float64, p.sources), said: make([]float64, p.sources)}
	total := 0.0
	for i := range p.items {
		sum, all := 0.0, 0.0
		for at := p.first[i]; at < p.first[i+1]; at++ {
			source, y, w := a.read(at)
			sum, all = sum+w*y, all+w
			a.said[source] += w
		}
		if all > 0 {
			a.z[i] = sum / all
			a.spread += all * a.z[i] * (1 - a.z[i])
			total += all
		} else {
			a.z[i] = 1 / float64(t.Classes)
		}
		a.settle(i)
	}
	// Section 4.3: a class of many is rare, and its spread small for that reason
	// alone; the factor is one for two classes.
	a.spread *= bwaPrecision * 4 * (1 - 1/float64(t.Classes)) / max(total, 1)
	a.spread = max(a.spread, math.SmallestNonzeroFloat32)
	a.measure()
	return a
}

func (a *average) read(at int32) (source uint32, y, w float64) {
	code := a.p.code[at]
	if code%uint32(a.p.values) == a.class {
		y = 1
	}
	return code / uint32(a.p.values), y, float64(a.p.weightAt(int(at)))
}

func (a *average) settle(i int) {
	if a.t.Settled != nil && a.t.Settled[i] != Unsettled {
		a.z[i] = 0
		if a.t.Settled[i] == int32(a.class) {
			a.z[i] = 1
		}
	}
}

// measure sums how far each source is from what items are thought to be.
func (a *average) measure() {
	clear(a.squares)
	for i, z := range a.z {
		for at := a.p.first[i]; at < a.p.first[i+1]; at++ {
			source, y, w := a.read(at)
			a.squares[source] += w * (z - y) * (z - y)
		}
	}
}

func (a *average) pass() {
	mean := 0.0
	for _, z := range a.z {
		mean += z
	}
	mean /= float64(len(a.z))
	a.moved = 0
	for i, before := range a.z {
		sum, all := bwaMean*mean, bwaMean
		for at := a.p.first[i]; at < a.p.first[i+1]; at++ {
			source, y, w := a.read(at)
			w *= (bwaPrecision + a.said[source]) / (a.spread + a.squares[source])
			sum, all = sum+w*y, all+w
		}
		a.z[i] = sum / all
		a.settle(i)
		a.moved = max(a.moved, math.Abs(a.z[i]-before))
	}
	a.measure()
}
