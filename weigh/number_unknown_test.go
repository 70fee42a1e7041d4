package weigh

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestMixtureOneOriginAlone(t *testing.T) {
	nan := math.NaN()
	alone := func(t *testing.T, d Verdict, value float64) {
		t.Helper()
		if math.Abs(d.Value-value) > 1e-9 || math.Abs(d.Support-1) > 1e-9 || d.Fragility != 1 {
			t.Errorf("%+v, want %v of one origin", d, value)
		}
	}
	t.Run("where no item has two origins nothing is known of errors, and nothing bounds the truth", func(t *testing.T) {
		for name, table := range map[string]*Table{
			"one figure":                   exactly([]float64{5}),
			"figures of one source":        exactly([]float64{5}, []float64{7}, []float64{-2}),
			"of several, of one item each": exactly([]float64{5, nan, nan}, []float64{nan, 5, nan}, []float64{nan, nan, 5}),
			"over powers of ten":           exactly([]float64{5}, []float64{700}, []float64{90000}),
		} {
			for i, d := range weighNumbers(t, Mixture{}, table).Verdicts {
				if alone(t, d, table.Low[i]); !math.IsInf(d.Low, -1) || !math.IsInf(d.High, 1) {
					t.Errorf("%s: item %d lies between %v and %v", name, i, d.Low, d.High)
				}
			}
		}
	})
	t.Run("ten copies of one origin are one origin alone", func(t *testing.T) {
		table := exactly([]float64{5, 5, 5, 5, 5, 5, 5, 5, 5, 5})
		table.Origin = make([]int32, 10)
		d := weighNumbers(t, Mixture{}, table).Verdicts[0]
		if alone(t, d, 5); !math.IsInf(d.Low, -1) || !math.IsInf(d.High, 1) {
			t.Errorf("%+v", d)
		}
	})
	t.Run("among records that all quote, one origin is taken at its word but bounds the truth by a step at least", func(t *testing.T) {
		var rows [][]float64
		for i := range 40 {
			x := float64(i*i + 7)
			rows = append(rows, []float64{x, x, x})
		}
		r := weighNumbers(t, Mixture{}, exactly(append(rows, []float64{1234, nan, nan})...))
		if d := r.Verdicts[0]; d.Low != 7 || d.High != 7 {
			t.Errorf("three origins say 7: %+v", d)
		}
		d := r.Verdicts[40]
		if alone(t, d, 1234); d.Low > 1233 || d.High < 1235 || math.IsInf(d.High, 1) {
			t.Errorf("%+v", d)
		}
	})
	t.Run("settled items tell how far its only source errs", func(t *testing.T) {
		r := rand.New(rand.NewPCG(4, 1))
		var rows [][]float64
		var settled, truth []float64
		for i := range 200 {
			x := 30 * r.NormFloat64()
			truth, rows = append(truth, x), append(rows, []float64{x + 2 + 3*r.NormFloat64()})
			if i >= 100 {
				x = nan
			}
			settled = append(settled, x)
		}
		table := exactly(rows...)
		table.SettledNumber = settled
		covered := 0
		for i, d := range weighNumbers(t, Mixture{}, table).Verdicts[100:] {
			if d.Low <= truth[100+i] && truth[100+i] <= d.High {
				covered++
			}
			if width := d.High - d.Low; width < 7 || width > 14 {
				t.Fatalf("item %d: %+v, want 90 %% of errors of 3", i, d)
			}
		}
		if covered < 82 || covered > 97 {
			t.Errorf("%d of 100 truths lie within", covered)
		}
	})
}

func TestMixtureWholeTruths(t *testing.T) {
	whole := func(said func(r *rand.Rand, x float64) float64, truthOf func(r *rand.Rand) float64) (share, exact float64) {
		const worlds, items = 4, 300
		for seed := range uint64(worlds) {
			r := rand.New(rand.NewPCG(seed, 2))
			var rows [][]float64
			var truth []float64
			for range items {
				x := truthOf(r)
				truth, rows = append(truth, x), append(rows, make([]float64, 6))
				for s := range rows[len(rows)-1] {
					rows[len(rows)-1][s] = said(r, x)
				}
			}
			for i, d := range weighNumbers(t, Mixture{}, exactly(rows...)).Verdicts {
				if d.Value == math.Round(d.Value) {
					share += 1.0 / (worlds * items)
				}
				if d.Value == truth[i] {
					exact += 1.0 / (worlds * items)
				}
				if !(d.Low <= d.Value && d.Value <= d.High) {
					t.Fatalf("item %d: %+v", i, d)
				}
			}
		}
		return share, exact
	}
	counts := func(r *rand.Rand) float64 { return float64(r.IntN(9)) }
	near := func(r *rand.Rand, x float64) float64 { return math.Round(x + 0.7*r.NormFloat64()) }
	t.Run("counts are answered with whole figures", func(t *testing.T) {
		if share, exact := whole(near, counts); share < 0.9 || exact < 0.75 {
			t.Errorf("%.3f of the answers are whole, %.3f right", share, exact)
		}
	})
	t.Run("so are counts by the hundred", func(t *testing.T) {
		hundred := func(r *rand.Rand, x float64) float64 { return 100 * near(r, x/100) }
		if _, exact := whole(hundred, func(r *rand.Rand) float64 { return 100 * counts(r) }); exact < 0.75 {
			t.Errorf("%.3f are right", exact)
		}
	})
	t.Run("whole figures near truths that are not leave the mean", func(t *testing.T) {
		if share, _ := whole(near, func(r *rand.Rand) float64 { return 9 * r.Float64() }); share > 0.3 {
			t.Errorf("%.3f of the answers are whole", share)
		}
	})
}

// TestMixtureRanks is simulation-based calibration (Talts et al., "Validating
// Bayesian inference algorithms with simulation-based calibration",
// arXiv:1804.06788, 2018, section 4) of normal figures: where the truth lies in
// what the model holds of it is as likely anywhere.
func TestMixtureRanks(t *testing.T) {
	const worlds, bins = 30, 10
	for _, w := range []struct {
		name   string
		saying int
		say    func(r *rand.Rand, source int, truth float64) float64
	}{
		{"sources alike", 8, func(r *rand.Rand, _ int, x float64) float64 { return x + 3*r.NormFloat64() }},
		{"sources of unlike precision, with offsets", 10, func(r *rand.Rand, s int, x float64) float64 {
			return x + float64(s%5-2)/2 + (1.5+float64(s%4))*r.NormFloat64()
		}},
	} {
		t.Run(w.name+": ranks are uniform", func(t *testing.T) {
			var count [bins]float64
			all := 0.0
			for seed := range uint64(worlds) {
				table, truth := drawWorld(rand.New(rand.NewPCG(seed, 8)), 20, w.saying, w.say)
				for i, d := range weighNumbers(t, Mixture{}, table).Verdicts[:60] {
					deviation := (d.High - d.Low) / 2 / ninety
					rank := math.Erfc((d.Low/2+d.High/2-truth[i])/deviation/math.Sqrt2) / 2
					count[min(bins-1, int(rank*bins))]++
					all++
				}
			}
			square := 0.0
			for _, n := range count {
				square += (n - all/bins) * (n - all/bins) / (all / bins)
			}
			if square > 27.88 { // nine degrees of freedom: one time in a thousand
				t.Errorf("χ² %.1f of %v", square, count)
			}
		})
	}
}
