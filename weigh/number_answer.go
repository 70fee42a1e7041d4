package weigh

import (
	"math"
)

// answers makes verdicts of what a recordedFit and its studentFit hold. The truth of
// an item has a few recorded figures with a probability each and, with what is
// left, a normal distribution.
type answers struct {
	r          *recordedFit
	t          *Table
	opt        Options
	ninety     float64 // how many deviations either side hold 90 %
	offset     float64 // see commonDoubt
	gain       float64
	unknown    bool // whether nothing tells how far sources err
	whole      bool // see truthsAreWhole
	candidates []candidate
	terms      []float64
	room       silences
}

func newAnswers(r *recordedFit, t *Table, opt Options) *answers {
	a := &answers{r: r, t: t, opt: opt, ninety: ninetyPercent(r.f.freedom())}
	a.offset, a.gain = r.f.commonDoubt()
	a.unknown = r.f.nothingCompared()
	a.whole = a.truthsAreWhole()
	return a
}

// deviation is of the truth of item i if nothing is recorded.
func (a *answers) deviation(i int) float64 {
	f := a.r.f
	away := f.truth[i] - f.middle
	return math.Sqrt(f.doubt[i] + f.shared*f.pooled + a.offset + a.gain*away*away)
}

// verdict answers item i with its likeliest record where it is more likely
// recorded than not, which is the answer most often exact; else with the mean of
// the normal distribution, which has the least expected squared error.
func (a *answers) verdict(i int) Verdict {
	f, v := a.r.f, a.r.f.v
	d := Verdict{Top: -1, Other: -1, Value: math.NaN(), Low: math.NaN(), High: math.NaN()}
	from, to := v.on(i)
	if from == to {
		if f.isSettled(i) {
			d.Value = a.t.SettledNumber[i]
			d.Low, d.High = d.Value, d.Value
		}
		return d
	}
	a.candidates = a.r.candidates(i, a.candidates)
	share := a.r.infer(i, a.candidates)
	deviation := a.deviation(i)
	if share < 0.5 {
		return a.made(i, share, deviation)
	}
	top := &a.candidates[0]
	for k := range a.candidates {
		if c := &a.candidates[k]; c.p > top.p {
			top = c
		}
	}
	d.Value = a.figure(i, top)
	switch d.Low, d.High = d.Value, d.Value; {
	case f.isSettled(i):
	case v.alone(i):
		low, high := a.unconfirmed(i, deviation)
		d.Low, d.High = min(v.scale.out(low), d.Value), max(v.scale.out(high), d.Value)
	case top.p < 0.9:
		low, _ := a.bound(i, share, deviation, 0.05)
		high, _ := a.bound(i, share, deviation, 0.95)
		d.Low, d.High = min(low, d.Value), max(high, d.Value) // the likeliest may be no middle
	}
	for j := from; j < to; j++ {
		if v.low[j] <= top.figure && top.figure <= v.high[j] {
			d.Support += v.weight[j]
		}
	}
	d.Fragility = min(a.silences(i, top), silencesThatFell(d.Support, a.opt))
	return d
}

// made is the verdict on an item whose truth is no figure that was recorded.
func (a *answers) made(i int, share, deviation float64) Verdict {
	f, v := a.r.f, a.r.f.v
	t := f.truth[i]
	d := Verdict{Top: -1, Other: -1, Value: v.scale.out(t)}
	low, high := t, t
	if f.isSettled(i) {
		d.Value = a.t.SettledNumber[i]
		d.Low, d.High = d.Value, d.Value
	} else {
		if v.alone(i) {
			low, high = a.unconfirmed(i, deviation)
		} else {
			_, low = a.bound(i, share, deviation, 0.05)
			_, high = a.bound(i, share, deviation, 0.95)
		}
		if share > 0 {
			d.Value, t = a.bound(i, share, deviation, 0.5)
		}
		low, high = min(low, t), max(high, t)
		d.Low, d.High = v.scale.out(low), v.scale.out(high)
		if a.whole {
			if x, ok := a.likeliestWhole(i, share, deviation); ok {
				d.Value = x
				d.Low, d.High = min(d.Low, x), max(d.High, x)
			}
		}
	}
	for j, to := v.on(i); j < to; j++ {
		if f.compatible(j, t) {
			d.Support += v.weight[j]
		}
	}
	d.Fragility = min(f.silencesThatMove(i, low, high, &a.room), silencesThatFell(d.Support, a.opt))
	return d
}

// unconfirmed is the interval, on the scale, of an item of which one origin alone
// speaks: nobody confirms that it quotes, so that its errors are all that is to go
// by, and no less than a step of the grid; and where nothing tells of errors
// anywhere, no bound at all.
func (a *answers) unconfirmed(i int, deviation float64) (low, high float64) {
	if a.unknown {
		return math.Inf(-1), math.Inf(1)
	}
	t := a.r.f.truth[i]
	half := a.ninety * math.Hypot(deviation, a.r.f.v.stepAt(t))
	return t - half, t + half
}

// figure is what a candidate says, as it was said.
func (a *answers) figure(i int, c *candidate) float64 {
	if c.saying < 0 || a.r.f.isSettled(i) {
		return a.t.SettledNumber[i]
	}
	return a.t.Low[a.r.said.row[c.saying]]
}

// bound is the figure that item i's truth lies below with probability p, one in
// twenty or nineteen, as it was said and on the scale.
func (a *answers) bound(i int, share, deviation, p float64) (value, figure float64) {
	f := a.r.f
	t := f.truth[i]
	normal := deviation * a.ninety / ninety
	if share == 0 {
		figure := t + math.Copysign(normal*ninety, p-0.5)
		return f.v.scale.out(figure), figure
	}
	below := func(x float64) float64 { // of the normal part
		return (1 - share) * math.Erfc((t-x)/(normal*math.Sqrt2)) / 2
	}
	sum := 0.0
	for k := range a.candidates {
		c := &a.candidates[k]
		if sum+below(c.figure) >= p {
			break // between the last candidate and this one
		}
		if sum += c.p; sum+below(c.figure) >= p {
			return a.figure(i, c), c.figure
		}
	}
	from, to := t-40*normal, t+40*normal
	for range 50 { // to a part in 10^13 of the deviation
		if middle := from/2 + to/2; sum+below(middle) < p {
			from = middle
		} else {
			to = middle
		}
	}
	return f.v.scale.out(to), to
}

// silences is the fewest origins without which another figure would more likely be
// item i's record. What an origin says for the answer against a rival adds up;
// those who say most fall silent first.
func (a *answers) silences(i int, top *candidate) int {
	r, v := a.r, a.r.f.v
	from, to := v.on(i)
	fewest := int(v.origin[to-1]) + 1
	if a.r.f.isSettled(i) {
		return fewest // it is settled, and needs nobody
	}
	all, backers := a.r.said.all[i], 0
	for j, last := from, int32(-1); j < to; j++ {
		if v.low[j] == top.figure && v.high[j] == top.figure && v.origin[j] != last {
			last = v.origin[j]
			backers++
		}
	}
	fewest = min(fewest, backers) // a figure that nobody says is no candidate
	for k := range a.candidates {
		c := &a.candidates[k]
		if c == top {
			continue
		}
		a.terms = a.terms[:0]
		ahead := c.log - top.log // the rival, before anybody speaks
		for j := from; j < to; j++ {
			if j == from || v.origin[j] != v.origin[j-1] {
				a.terms = append(a.terms, 0)
			}
			x := r.told(j, c, all) - r.told(j, top, all)
			a.terms[len(a.terms)-1] += x
			ahead -= x
		}
		fewest = min(fewest, fewestLeftOut(a.terms, ahead))
	}
	return fewest
}
