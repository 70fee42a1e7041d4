package weigh

import (
	"cmp"
	"math"
	"slices"
)

// Two sides of the sources that agree among themselves and not with each other
// can each be the ones who copy one set of answers: pairs cannot tell which. What
// can is how members differ from what most of their side say. Copies do so at
// one rate, seldom, and on any item; those who judge for themselves differ in
// ability, and err where it is hard. And the more of all statements a side
// makes, the less likely it has one origin.

const (
	// mostOfAbility keeps what the spread of abilities says from outweighing all
	// else, since real copies are not quite alike either.
	mostOfAbility = 10.0
	// leastOfShape is how much the shape of dissent must tell for each statement, to
	// tell judges. What tells less may be of how the noise of copies came about.
	leastOfShape = 0.01
	// perDoubling is what it tells against a side that it says twice as much.
	perDoubling = 3.0
	// contradicted is how much may tell the other way where it is clear which side
	// copies: each of the signs alone has been seen to point at the honest.
	contradicted = 0.7
	// strayed is the share of a side's members that may not belong to it.
	strayed = 0.05
)

// sidedness is the logarithm of the odds that a and not b copies one set of answers.
// It is never clear where its signs contradict each other, but where one side
// hardly strays.
func (d *originSearch) sidedness(a, b []bool) float64 {
	x, y := consent(d.t, d.first, d.said, a), consent(d.t, d.first, d.said, b)
	ability := min(max(y.ability()+y.difficulty()-x.ability()-x.difficulty(), -mostOfAbility), mostOfAbility)
	// What differs within a patchy side are not abilities, and may be feeds.
	if d.patchiness(a) > patchy || d.patchiness(b) > patchy {
		ability = 0
	}
	tight, odds, against := d.tightness(a)-d.tightness(b), 0.0, 0.0
	signs := [...]float64{ability, tight, perDoubling * math.Log2(y.all/x.all)}
	for _, sign := range signs {
		odds += sign
	}
	for _, sign := range signs {
		if sign*odds < 0 {
			against += math.Abs(sign)
		}
	}
	if against > contradicted && math.Abs(tight) < clearOdds {
		return min(max(odds, -clearOdds), clearOdds)
	}
	return odds
}

// tightness is the logarithm of how much likelier the rate at which members stray
// from one set of answers is for copies than for judges: of copies it has a
// Beta(1, 9) distribution, of judges a Beta(2, 5). Two who stray at a rate r agree
// with probability (1-r)².
func (d *originSearch) tightness(in []bool) float64 {
	agree, shared := 1.0, 2.0
	for x := range d.p.a {
		if in[d.p.a[x]] && in[d.p.b[x]] {
			agree += float64(d.p.agree[x])
			shared += float64(d.p.shared[x])
		}
	}
	rate := 1 - math.Sqrt(agree/shared)
	return math.Log(9) + 8*math.Log(1-rate) - math.Log(30) - math.Log(rate) - 4*math.Log(1-rate)
}

// side counts what each source of a side says, where at least three of
// the side speak, and how often that is not what most of the side say.
type side struct {
	spoken, dissent []float64
	rate            float64 // of dissent
	all             float64 // statements of the side, wherever
	split           map[split]float64
}

// split is an item of which so many of a side speak and so many of them say
// something else than most.
type split struct{ speak, dissent int }

func consent(t *Table, first []int32, said []speaker, in []bool) *side {
	d := &side{spoken: make([]float64, t.Sources), dissent: make([]float64, t.Sources), split: map[split]float64{}}
	votes := map[int32]int{}
	for i := range t.Items {
		clear(votes)
		speak, most, first, last := 0, 0, first[i], first[i+1]
		for _, x := range said[first:last] {
			if in[x.source] {
				votes[x.value]++
				speak++
				most = max(most, votes[x.value])
			}
		}
		d.all += float64(speak)
		if speak < 3 {
			continue
		}
		d.split[split{speak, speak - most}]++
		for _, x := range said[first:last] {
			if in[x.source] {
				d.spoken[x.source]++
				if votes[x.value] < most {
					d.dissent[x.source]++
				}
			}
		}
	}
	// The rate is that of the members who keep to it: twice those are left out
	// who by the rate before lie further off than chance would take them.
	far := make([]bool, t.Sources)
	for range 3 {
		sum, n := 0.5, 1.0
		for s := range far {
			if !far[s] {
				sum += d.dissent[s]
				n += d.spoken[s]
			}
		}
		d.rate = sum / n
		for s := range far {
			off := d.dissent[s] - d.spoken[s]*d.rate
			far[s] = off*off > 16*d.spoken[s]*d.rate*(1-d.rate)
		}
	}
	return d
}

// ability is the logarithm of how much likelier the dissent is if members have each a
// rate of their own than if all but a few have the same.
func (d *side) ability() float64 {
	total, n := 0.5, 1.0
	for s := range d.spoken {
		total += d.dissent[s]
		n += d.spoken[s]
	}
	mean := total / n
	same := 0.0
	var own [len(strengths)]float64
	for s, n := range d.spoken {
		if n == 0 {
			continue
		}
		x := d.dissent[s]
		left := math.Log(strayed) + logBeta(x+1, n-x+1)
		kept := addLogs(math.Log(1-strayed)+x*math.Log(d.rate)+(n-x)*math.Log(1-d.rate), left)
		same += kept
		for j, k := range strengths {
			own[j] += addLogs(math.Log(1-strayed)+logBeta(x+k*mean, n-x+k*(1-mean))-logBeta(k*mean, k*(1-mean)), left)
		}
	}
	return logMean(append(own[:], same)) - same
}

// judged tells that the members of a side are not all copies of one set of
// answers: it is clear that their dissent has a shape, and that is no trifle.
func (d *side) judged() bool {
	return d.ability()+d.difficulty() > max(mostOfAbility, leastOfShape*d.all)
}

// difficulty is the logarithm of how much likelier the dissent is if items
// are hard and easy than if all are the same.
func (d *side) difficulty() float64 {
	var keys []split
	for k := range d.split {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b split) int {
		return cmp.Or(cmp.Compare(a.speak, b.speak), cmp.Compare(a.dissent, b.dissent))
	})
	best := [len(strengths) + 1]float64{}
	for j := range best {
		best[j] = math.Inf(-1)
		// The rate is the one that explains the most.
		for rate := 0.01; rate < 0.5; rate += 0.02 {
			sum := 0.0
			for _, x := range keys {
				n, y := float64(x.speak), float64(x.dissent)
				like := func(y float64) float64 {
					if j == len(strengths) {
						return y*math.Log(rate) + (n-y)*math.Log(1-rate)
					}
					k := strengths[j]
					return logBeta(y+k*rate, n-y+k*(1-rate)) - logBeta(k*rate, k*(1-rate))
				}
				// Where most say what is not so, they who say what is are the dissent.
				sum += d.split[x] * addLogs(like(y), like(n-y))
			}
			best[j] = max(best[j], sum)
		}
	}
	return logMean(best[:]) - best[len(strengths)]
}

// strengths are those of the Beta priors on rates of dissent: it is not known how
// strong they are, and these, which span what crowds show, are equally likely.
var strengths = [...]float64{2, 8, 32, 128}

func logMean(x []float64) float64 {
	sum := x[0]
	for _, y := range x[1:] {
		sum = addLogs(sum, y)
	}
	return sum - math.Log(float64(len(x)))
}

// addLogs is the logarithm of the sum of what a and b are the logarithms of.
func addLogs(a, b float64) float64 {
	return max(a, b) + math.Log1p(math.Exp(-math.Abs(a-b)))
}

func logBeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }
