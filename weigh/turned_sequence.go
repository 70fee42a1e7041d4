package weigh

import (
	"context"
	"math"
	"slices"
)

// sequence is what one source said, day by day.
type sequence struct {
	days   []day
	scores []score // of all days, one after the other
	clear  float64 // of the change
	at     int     // the first of days after it
}

// day is what a source said on one day: its scores from first on.
type day struct {
	date            int32
	first, end      int
	slope, variance float64
}

func newSequence(t *Table, said []int32, scores []score) sequence {
	var q sequence
	for _, j := range said {
		if !scores[j].told {
			continue
		}
		if n := len(q.days); n == 0 || q.days[n-1].date != t.Day[j] {
			q.days = append(q.days, day{date: t.Day[j], first: len(q.scores)})
		}
		q.scores = append(q.scores, scores[j])
		q.days[len(q.days)-1].end = len(q.scores)
	}
	return q
}

// rate is how well a source agreed over some scores.
func rate(scores []score) float64 {
	sum := 0.0
	for at := range scores {
		sum += scores[at].agrees
	}
	return sum / float64(len(scores))
}

// change scores the days against how well the source agrees on the whole, and
// finds where it changed for the worse, and how clearly.
func (q *sequence) change() (clear float64, at int) {
	common := typical(q.scores)
	mean, total := 0.0, 0.0
	for d := range q.days {
		day := &q.days[d]
		day.slope, day.variance = 0, 0
		for at := day.first; at < day.end; at++ {
			above, weight := q.scores[at].residual(common)
			day.slope += weight * above
			day.variance += weight
		}
		mean += day.slope
		total += day.variance
	}
	for d := range q.days { // where the rate is at its bound they do not sum to zero
		q.days[d].slope -= mean * q.days[d].variance / total
	}
	return clearest(q.days, total)
}

// clearest is the maximum of the partial sums of slopes, each over its standard
// deviation given that all sum to zero; at is the first day after it.
func clearest(days []day, total float64) (clear float64, at int) {
	sum, variance := 0.0, 0.0
	for d := range len(days) - 1 {
		sum += days[d].slope
		variance += days[d].variance
		if rest := total - variance; sum > 0 && variance > 0 && rest > 0 {
			if x := sum * sum * total / (variance * rest); x > clear {
				clear, at = x, d+1
			}
		}
	}
	return clear, at
}

// chance is that of an order of days at least as clear as the true one; where
// it is much above mostFalse for one of all that are tested it is known roughly.
func (q *sequence) chance(ctx context.Context, clear float64, tested int) (float64, error) {
	const finer = 2 // so that one order by chance does not hide a change
	orders := int(finer * float64(tested) / mostFalse)
	if clear == 0 {
		return 1, nil
	}
	days, total := slices.Clone(q.days), 0.0
	for d := range days {
		total += days[d].variance
	}
	r, above := shuffler(len(days)), 0
	for n := 1; n <= orders; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		for d := len(days) - 1; d > 0; d-- {
			e := r.below(d + 1)
			days[d], days[e] = days[e], days[d]
		}
		if x, _ := clearest(days, total); x >= clear*(1-1e-12) {
			if above++; above == fewAbove {
				return float64(above) / float64(n), nil
			}
		}
	}
	return float64(above+1) / float64(orders+1), nil
}

// suggestion says what was found.
func (q *sequence) suggestion(ctx context.Context, source int32, p float64, tested int) (Suggestion, error) {
	before, after := q.scores[:q.days[q.at].first], q.scores[q.days[q.at].first:]
	s := Suggestion{
		Cut: Cut{source, q.days[q.at].date}, Before: rate(before), After: rate(after), P: p,
		Statements: [2]int{len(before), len(after)}, Noticed: q.days[len(q.days)-1].date,
	}
	s.Earliest = q.earliest()
	for d := q.at; d < len(q.days); d++ {
		so := sequence{days: slices.Clone(q.days[:d+1]), scores: q.scores[:q.days[d].end]}
		if len(so.days) < leastDays {
			continue
		}
		clear, _ := so.change()
		p, err := so.chance(ctx, clear, tested)
		if err != nil {
			return s, err
		}
		if p*float64(tested) <= mostFalse {
			s.Noticed = q.days[d].date
			break
		}
	}
	return s, nil
}

// earliest is the first day on which a change is at least a tenth as likely as
// on the likeliest: half of clear is about the logarithm of a likelihood ratio.
func (q *sequence) earliest() int32 {
	sum, variance, total := 0.0, 0.0, 0.0
	for d := range q.days {
		total += q.days[d].variance
	}
	for d := range q.at {
		sum += q.days[d].slope
		variance += q.days[d].variance
		if rest := total - variance; sum > 0 && variance > 0 && rest > 0 && sum*sum*total/(variance*rest) >= q.clear-2*math.Ln10 {
			return q.days[d+1].date
		}
	}
	return q.days[q.at].date
}

// shuffler is a fixed stream of numbers (splitmix64: Steele, Lea and Flood,
// OOPSLA 2014). It is the same for every source, so that no name matters.
type shuffler uint64

func (s *shuffler) below(n int) int {
	*s += 0x9e3779b97f4a7c15
	x := uint64(*s)
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return int((x ^ x>>31) >> 32 * uint64(n) >> 32)
}
