package weigh_test

import (
	"testing"
	"time"

	"hearsay/weigh"
)

// tenVoices is so many items of four candidates, of each of which ten sources
// speak, three in four of them rightly. It is made by counting, without chance.
func tenVoices(items int) *weigh.Table {
	const voices, sources, candidates = 10, 200, 4
	t := &weigh.Table{Kind: weigh.Open, Sources: sources, Items: items}
	x := uint32(1)
	for i := range items {
		t.Candidates = append(t.Candidates, weigh.Candidates{Count: candidates})
		for v := range voices {
			x = x*1664525 + 1013904223 // Knuth's linear congruence, TAOCP vol. 2, 3.3.4
			value := i % candidates
			if x>>30 == 0 {
				value = int(x >> 20 % candidates)
			}
			t.Item, t.Source, t.Value = append(t.Item, int32(i)), append(t.Source, int32((i*7+v*13)%sources)), append(t.Value, int32(value))
		}
	}
	return t
}

// BenchmarkWeighPerStatement weighs 100,000 statements, fragility and all, and
// takes a majority of the same ones in the same run.
func BenchmarkWeighPerStatement(b *testing.B) {
	table := tenVoices(10_000)
	var weighing, counting time.Duration
	rounds, agree := 0, 0
	for b.Loop() {
		start := time.Now()
		r := weighOpen(b, table)
		weighing += time.Since(start)
		start = time.Now()
		most, err := weigh.Majority{}.Weigh(b.Context(), table, corroborated)
		if err != nil {
			b.Fatal(err)
		}
		counting += time.Since(start)
		rounds, agree = r.Iterations, 0
		for i, v := range r.Verdicts {
			if v.Top == most.Verdicts[i].Top {
				agree++
			}
		}
	}
	if agree < table.Items*9/10 {
		b.Errorf("weighing and a majority agree on %d of %d", agree, table.Items)
	}
	per := float64(b.N) * float64(table.Statements())
	b.ReportMetric(float64(weighing.Nanoseconds())/per, "ns/statement")
	b.ReportMetric(float64(counting.Nanoseconds())/per, "ns/statement-majority")
	b.ReportMetric(float64(weighing)/float64(counting), "times-majority")
	b.ReportMetric(float64(rounds), "rounds")
}
