package was_test

import (
	"testing"
	"time"

	"hearsay/weigh/was"
)

// crowd is so many items of four candidates, of each of which ten sources
// speak, three in four of them rightly. It is made by counting, without chance.
func crowd(items int) was.Problem {
	const voices, sources, candidates = 10, 200, 4
	p := was.Problem{Sources: sources}
	x := uint32(1)
	for i := range items {
		p.Items = append(p.Items, was.Item{Candidates: candidates})
		for v := range voices {
			x = x*1664525 + 1013904223 // Knuth's linear congruence, TAOCP vol. 2, 3.3.4
			value := i % candidates
			if x>>30 == 0 {
				value = int(x >> 20 % candidates)
			}
			p.Statements = append(p.Statements, was.Statement{Item: i, Source: (i*7 + v*13) % sources, Origin: v, Values: []int{value}})
		}
	}
	return p
}

// majority is what weighing is measured against: count, and take the most.
func majority(p was.Problem) []int {
	votes := make([][]int, len(p.Items))
	for i, it := range p.Items {
		votes[i] = make([]int, it.Candidates)
	}
	for _, s := range p.Statements {
		for _, k := range s.Values {
			votes[s.Item][k]++
		}
	}
	top := make([]int, len(p.Items))
	for i, count := range votes {
		for k, n := range count {
			if n > count[top[i]] {
				top[i] = k
			}
		}
	}
	return top
}

// BenchmarkWeighPerStatement weighs 100,000 statements, fragility and all, and
// takes a majority of the same ones in the same run.
func BenchmarkWeighPerStatement(b *testing.B) {
	p := crowd(10_000)
	var weighing, counting time.Duration
	rounds, agree := 0, 0
	for b.Loop() {
		start := time.Now()
		r := weighed(b, p)
		weighing += time.Since(start)
		start = time.Now()
		top := majority(p)
		counting += time.Since(start)
		rounds, agree = r.Iterations, 0
		for i, v := range r.Verdicts {
			if v.Top == top[i] {
				agree++
			}
		}
	}
	if agree < len(p.Items)*9/10 {
		b.Errorf("weighing and a majority agree on %d of %d", agree, len(p.Items))
	}
	per := float64(b.N) * float64(len(p.Statements))
	b.ReportMetric(float64(weighing.Nanoseconds())/per, "ns/statement")
	b.ReportMetric(float64(counting.Nanoseconds())/per, "ns/statement-majority")
	b.ReportMetric(float64(weighing)/float64(counting), "times-majority")
	b.ReportMetric(float64(rounds), "rounds")
}
