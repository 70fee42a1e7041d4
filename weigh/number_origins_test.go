package weigh

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// drawFeed has 300 figures that 21 sources quote or err on; the first so many say
// what one feed does, which is wrong on four in ten.
func drawFeed(seed uint64, fed int) (*Table, []float64) {
	r := rand.New(rand.NewPCG(seed, 3))
	t := &Table{Kind: Number, Sources: 21, Items: 300}
	truth := make([]float64, t.Items)
	for i := range truth {
		x := math.Round(1000 * r.Float64())
		truth[i] = x
		wrong := func(chance float64) float64 {
			if r.Float64() < chance {
				return math.Round(x + 60*r.NormFloat64())
			}
			return x
		}
		feed := wrong(0.4)
		for s := range t.Sources {
			said := wrong(0.45)
			if s < fed {
				said = feed
			}
			if r.Float64() < 0.7 {
				t.Item, t.Source, t.Low = append(t.Item, int32(i)), append(t.Source, int32(s)), append(t.Low, said)
			}
		}
	}
	t.High = t.Low
	return t, truth
}

func TestNumberOrigins(t *testing.T) {
	t.Run("figures of one feed count once", func(t *testing.T) {
		for seed := range uint64(3) {
			table, truth := drawFeed(seed, 9)
			exact := func(m Model) (n int) {
				for i, d := range weighNumbers(t, m, table).Verdicts {
					if d.Value == truth[i] {
						n++
					}
				}
				return n
			}
			if with, without := exact(Default{}), exact(Mixture{}); with < 290 || without > 230 {
				t.Errorf("seed %d: %d of 300 right with origins, %d without", seed, with, without)
			}
			r := weighNumbers(t, Default{}, table)
			for s, x := range r.Sources {
				if s < 9 && x.Group != 0 || s >= 9 && x.Group != s {
					t.Errorf("seed %d: source %d is in group %d", seed, s, x.Group)
				}
			}
			if len(r.Links) == 0 || r.Verdicts[0].Support > 13.01 {
				t.Errorf("seed %d: %d links, support %v", seed, len(r.Links), r.Verdicts[0].Support)
			}
		}
	})
	t.Run("sources that quote each for themselves are not linked", func(t *testing.T) {
		for seed := range uint64(3) {
			table, _ := drawFeed(seed, 0)
			if r := weighNumbers(t, Default{}, table); len(r.Links) > 0 || r.Ambiguous {
				t.Errorf("seed %d: links %v", seed, r.Links)
			}
		}
	})
	t.Run("judges that only lie near each other are not asked", func(t *testing.T) {
		r := rand.New(rand.NewPCG(5, 1))
		table, _ := drawWorld(r, 12, 8, func(r *rand.Rand, _ int, x float64) float64 { return x + 3*r.NormFloat64() })
		a, b := weighNumbers(t, Default{}, table), weighNumbers(t, Mixture{}, table)
		for i := range a.Verdicts {
			if a.Verdicts[i].Value != b.Verdicts[i].Value || len(a.Links) > 0 {
				t.Fatalf("item %d: %+v, want %+v", i, a.Verdicts[i], b.Verdicts[i])
			}
		}
	})
	t.Run("ranges, settled items and what is declared go along", func(t *testing.T) {
		table, truth := drawFeed(1, 9)
		table.High, table.Origin, table.SettledNumber = slices.Clone(table.Low), make([]int32, len(table.Item)), make([]float64, table.Items)
		for i := range truth {
			if table.SettledNumber[i] = math.NaN(); i%50 == 0 {
				table.SettledNumber[i] = truth[i]
			}
		}
		for j, s := range table.Source {
			if table.Origin[j] = NoOrigin; s == 20 {
				table.High[j] += 5
			} else if s >= 18 {
				table.Origin[j] = 7
			}
		}
		for i, d := range weighNumbers(t, Default{}, table).Verdicts {
			if !(d.Low <= d.Value && d.Value <= d.High) || i%50 == 0 && d.Value != truth[i] || d.Support > 12.01 {
				t.Fatalf("item %d: %+v, truth %v", i, d, truth[i])
			}
		}
	})
}
