package weigh

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// figureJudge scores statements of kind Number: one agrees that comes within three
// typical spreads of the median of all others.
type figureJudge struct {
	t        *Table
	l        *layout
	group    []int32
	out      []bool
	positive bool      // no figure is below zero, so that spreads go with the figure
	pooled   float64   // the median over items of their spread, over the figure where positive
	typical  []float64 // of each source, how often it agrees
	middles  []float64
}

// threeSpreads is how far from the median a figure may lie to agree: of normal
// errors, whose median distance is the spread, 96 in a hundred do.
const threeSpreads = 3

func newFigureJudge(t *Table, group []int32) *figureJudge {
	f := &figureJudge{t: t, l: newLayout(t), group: group, out: make([]bool, len(t.Item)), positive: true, typical: make([]float64, t.Sources)}
	for _, x := range t.Low {
		f.positive = f.positive && x >= 0
	}
	return f
}

func (f *figureJudge) statements() []int32 { return f.l.row }
func (f *figureJudge) leaveAside(rows []int32) {
	for _, j := range rows {
		f.out[j] = true
	}
}

// learn finds the pooled spread.
func (f *figureJudge) learn(ctx context.Context) error {
	var spreads []float64
	f.pooled = 0
	for i := range f.t.Items {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if center, spread, n := f.middle(i, heard); n > 2 {
			spreads = append(spreads, spread/f.unit(center))
		}
	}
	if len(spreads) > 0 {
		f.pooled = median(spreads)
	}
	return nil
}

func (f *figureJudge) unit(center float64) float64 {
	if f.positive && center > 0 {
		return center
	}
	return 1
}

// Groups that no source has: without one of them all speak. Without heard even
// what is settled gives way to what is said.
const (
	unheard int32 = math.MinInt32
	heard   int32 = math.MinInt32 + 1
)

// middle is the median of what all but one group say of an item, the median
// distance from it, and of how many; a group that says one figure more than once
// says it once.
func (f *figureJudge) middle(i int, without int32) (center, spread float64, n int) {
	if s := f.t.SettledNumber; s != nil && !math.IsNaN(s[i]) && without != heard {
		return s[i], 0, len(f.l.on(i))
	}
	f.middles = f.middles[:0]
	on := f.l.on(i)
	for at, j := range on {
		s := f.t.Source[j]
		x := (f.t.Low[j] + f.t.High[j]) / 2
		if f.out[j] || math.IsInf(x, 0) || math.IsNaN(x) || f.group[s] == without || len(on) <= pairwise && f.repeated(on[:at], j) {
			continue
		}
		f.middles = append(f.middles, x)
	}
	if n = len(f.middles); n == 0 {
		return 0, 0, 0
	}
	center = median(f.middles)
	for at, x := range f.middles {
		f.middles[at] = math.Abs(x - center)
	}
	return center, median(f.middles), n
}

func (f *figureJudge) repeated(before []int32, j int32) bool {
	return slices.ContainsFunc(before, func(other int32) bool {
		return !f.out[other] && f.group[f.t.Source[other]] == f.group[f.t.Source[j]] && f.t.Low[other] == f.t.Low[j] && f.t.High[other] == f.t.High[j]
	})
}

func median(x []float64) float64 {
	slices.Sort(x)
	n := len(x)
	return (x[(n-1)/2] + x[n/2]) / 2
}

// scoreAll scores every statement against what all but its source's group say.
func (f *figureJudge) scoreAll(ctx context.Context, scores []score) error {
	clear(f.typical)
	count := make([]float64, f.t.Sources)
	for i := range f.t.Items {
		if i%1024 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		on := f.l.on(i)
		many := len(on) > pairwise
		center, spread, n := f.middle(i, unheard)
		for _, j := range on {
			s := f.t.Source[j]
			scores[j] = score{}
			if !many {
				center, spread, n = f.middle(i, f.group[s])
			}
			if n < 2 {
				continue
			}
			within := threeSpreads * max(spread, f.pooled*f.unit(center)/2)
			x := score{told: true}
			if f.t.Low[j] <= center+within && center-within <= f.t.High[j] {
				x.agrees = 1
			}
			scores[j] = x
			if !f.out[j] {
				f.typical[s] += x.agrees
				count[s]++
			}
		}
	}
	for s := range f.typical {
		f.typical[s] = (f.typical[s] + consensusRight) / (count[s] + consensusRight + consensusWrong)
	}
	for i := range f.t.Items {
		f.ease(i, scores)
	}
	return nil
}

// ease compares each statement of an item with how well all others agree on it.
func (f *figureJudge) ease(i int, scores []score) {
	on := slices.Clone(f.l.on(i))
	slices.SortStableFunc(on, func(a, b int32) int { return cmp.Compare(f.group[f.t.Source[a]], f.group[f.t.Source[b]]) })
	best, got, spread := 0.0, 0.0, 0.0
	each := func(rows []int32, sign float64) {
		for _, j := range rows {
			if p := f.typical[f.t.Source[j]]; scores[j].told && !f.out[j] {
				best += sign * p
				got += sign * scores[j].agrees
				spread += sign * p * (1 - p)
			}
		}
	}
	each(on, 1)
	for first := 0; first < len(on); {
		end := first + 1
		for end < len(on) && f.group[f.t.Source[on[end]]] == f.group[f.t.Source[on[first]]] {
			end++
		}
		each(on[first:end], -1)
		for _, j := range on[first:end] {
			if x := &scores[j]; best > 1e-6 {
				x.ease, x.spread = got/best, max(spread, 0)/(best*best)
			} else {
				x.ease = 1
			}
		}
		each(on[first:end], 1)
		first = end
	}
}
