package weigh

import (
	"context"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// exactly is a table of figures, one row an item, one column a source; NaN is
// silence.
func exactly(rows ...[]float64) *Table {
	var said []figure
	for i, row := range rows {
		for s, x := range row {
			if x == x {
				said = append(said, figure{int32(s), int32(i), x, x})
			}
		}
	}
	return numbers(said...)
}

func TestMixtureAnswers(t *testing.T) {
	inf := math.Inf(1)
	t.Run("all equal: the figure itself, in the interval of nothing else", func(t *testing.T) {
		r := weighNumbers(t, Mixture{}, exactly([]float64{0.1, 0.1, 0.1}, []float64{0.3, 0.3, 0.3}))
		for i, want := range []float64{0.1, 0.3} {
			if d := r.Verdicts[i]; d.Value != want || d.Low != want || d.High != want || d.Support != 3 || d.Fragility != 3 {
				t.Errorf("item %d: %+v, want %v of 3 origins", i, d, want)
			}
		}
	})
	t.Run("one source alone is taken at its word", func(t *testing.T) {
		r := weighNumbers(t, Mixture{}, exactly([]float64{5}, []float64{7}, []float64{-2}))
		for i, want := range []float64{5, 7, -2} {
			if d := r.Verdicts[i]; math.Abs(d.Value-want) > 1e-9 || d.Fragility != 1 {
				t.Errorf("item %d: %+v, want %v", i, d, want)
			}
		}
	})
	t.Run("a settled item has its value, and teaches what sources are worth", func(t *testing.T) {
		rows := make([][]float64, 40)
		for i := range rows {
			x := float64(i * i % 97)
			rows[i] = []float64{x + 10, x + 10.5, x}
		}
		table := exactly(rows...)
		table.SettledNumber = make([]float64, len(rows))
		for i := range rows {
			table.SettledNumber[i] = rows[i][2]
			if i >= 30 {
				table.SettledNumber[i] = math.NaN()
			}
		}
		r := weighNumbers(t, Mixture{}, table)
		for i, d := range r.Verdicts {
			if want := rows[i][2]; i < 30 && (d.Value != want || d.Low != want || d.High != want) || math.Abs(d.Value-want) > 0.5 {
				t.Errorf("item %d: %+v, want %v", i, d, want)
			}
		}
	})
	t.Run("nothing settled is as no column of it", func(t *testing.T) {
		table := exactly([]float64{1, 12}, []float64{4, 15}, []float64{8, 18})
		without := weighNumbers(t, Mixture{}, table)
		nan := math.NaN()
		table.SettledNumber = []float64{nan, nan, nan}
		if with := weighNumbers(t, Mixture{}, table); !reflect.DeepEqual(with, without) {
			t.Errorf("%+v, not %+v", with, without)
		}
	})
	t.Run("ranges alone: the answer lies where they overlap", func(t *testing.T) {
		r := weighNumbers(t, Mixture{}, numbers(figure{0, 0, 10, 20}, figure{1, 0, 14, 30}, figure{2, 0, -inf, 16}))
		if d := r.Verdicts[0]; d.Value < 13 || d.Value > 17 || d.Support != 3 {
			t.Errorf("%+v, want about 15 from 3 origins", d)
		}
	})
	t.Run("a bound moves what it forbids and no more", func(t *testing.T) {
		rows := []figure{}
		for i := range int32(20) {
			for s := range int32(4) {
				x := float64(10*i) + float64((7*i+5*s)%9)
				rows = append(rows, figure{s, i, x, x})
			}
		}
		plain := weighNumbers(t, Mixture{}, numbers(rows...)).Verdicts[0].Value
		loose := weighNumbers(t, Mixture{}, numbers(append(slices.Clone(rows), figure{4, 0, -inf, plain + 500})...)).Verdicts[0].Value
		tight := weighNumbers(t, Mixture{}, numbers(append(slices.Clone(rows), figure{4, 0, -inf, plain - 1})...)).Verdicts[0].Value
		if math.Abs(loose-plain) > 1e-3 || tight >= plain {
			t.Errorf("without %v, under a bound far above %v, under one below %v", plain, loose, tight)
		}
	})
	t.Run("a weight of nothing is silence", func(t *testing.T) {
		table := exactly([]float64{1, 2, 90}, []float64{4, 5, 90}, []float64{7, 9, 90})
		weight := []float32{1, 1, 0, 1, 1, 0, 1, 1, 0}
		with, err := Mixture{}.weighWith(context.Background(), table, weight, Options{})
		if err != nil {
			t.Fatal(err)
		}
		nan := math.NaN()
		without := weighNumbers(t, Mixture{}, exactly([]float64{1, 2, nan}, []float64{4, 5, nan}, []float64{7, 9, nan}))
		if !reflect.DeepEqual(with.Verdicts, without.Verdicts) {
			t.Errorf("with weight 0 %+v\nwithout it %+v", with.Verdicts, without.Verdicts)
		}
	})
	t.Run("losing the last origin it needs fells an answer", func(t *testing.T) {
		table := exactly([]float64{3, 3, 3, 3}, []float64{8, 8, 8, 8}, []float64{-5, -5, -5, -5})
		r, err := Mixture{}.Weigh(context.Background(), table, Options{MinOrigins: 3})
		if err != nil {
			t.Fatal(err)
		}
		if d := r.Verdicts[0]; d.Fragility != 2 {
			t.Errorf("fragility %d of 4 origins where 3 are needed, want 2", d.Fragility)
		}
	})
}

// drawIntegers draws a table of whole figures on both sides of zero, so that it is
// weighed as it stands and shifts and scales without rounding.
func drawIntegers(t *rapid.T) *Table {
	n := rapid.IntRange(1, 60).Draw(t, "statements")
	said := []figure{{0, 0, -50, -50}, {1, 0, 50, 50}}
	for range n {
		x := float64(rapid.IntRange(-50, 50).Draw(t, "figure"))
		said = append(said, figure{rapid.Int32Range(0, 6).Draw(t, "source"), rapid.Int32Range(0, 8).Draw(t, "item"), x, x})
	}
	return numbers(said...)
}

// sameAnswers allows for a fit that stops a round sooner for a bit of rounding: a
// thousandth of an interval.
func sameAnswers(t *rapid.T, what string, a, b []Verdict, into func(x float64) float64) {
	t.Helper()
	nearlySame(t, what, a, b, 1e-3, into)
}

// nearlySame allows answers to move by a part of their interval.
func nearlySame(t *rapid.T, what string, a, b []Verdict, part float64, into func(x float64) float64) {
	for i := range a {
		slack := part*(into(a[i].High)-into(a[i].Low)) + 1e-9*math.Abs(into(a[i].Value))
		for _, p := range [][2]float64{{a[i].Value, b[i].Value}, {a[i].Low, b[i].Low}, {a[i].High, b[i].High}} {
			want := into(p[0])
			if math.IsNaN(want) != math.IsNaN(p[1]) || math.Abs(want-p[1]) > slack {
				t.Fatalf("%s: item %d: %+v became %+v", what, i, a[i], b[i])
			}
		}
	}
}

func TestMixtureLaws(t *testing.T) {
	weigh := func(t *rapid.T, table *Table, workers int) *Result {
		r, err := Mixture{}.Weigh(context.Background(), table, Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	t.Run("units and zero are of no matter", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			table := drawIntegers(t)
			before := weigh(t, table, 1)
			scaled, shifted := *table, *table
			scaled.Low, shifted.Low = slices.Clone(table.Low), slices.Clone(table.Low)
			for j := range table.Low {
				scaled.Low[j] *= 1000
				shifted.Low[j] += 4000
			}
			scaled.High, shifted.High = scaled.Low, shifted.Low
			sameAnswers(t, "times 1000", before.Verdicts, weigh(t, &scaled, 1).Verdicts, func(x float64) float64 { return 1000 * x })
			sameAnswers(t, "plus 4000", before.Verdicts, weigh(t, &shifted, 1).Verdicts, func(x float64) float64 { return x + 4000 })
		})
	})
	t.Run("the order of statements and the number of workers change no bit", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			table := drawNumbers(t, true)
			order := rapid.Permutation(indices(len(table.Item))).Draw(t, "order")
			mixed := *table
			mixed.Item, mixed.Source, mixed.Low, mixed.High = nil, nil, nil, nil
			for _, j := range order {
				mixed.Item, mixed.Source = append(mixed.Item, table.Item[j]), append(mixed.Source, table.Source[j])
				mixed.Low, mixed.High = append(mixed.Low, table.Low[j]), append(mixed.High, table.High[j])
			}
			a, b := weigh(t, table, 1), weigh(t, &mixed, 3)
			for i := range a.Verdicts {
				x, y := a.Verdicts[i], b.Verdicts[i]
				if math.Float64bits(x.Value) != math.Float64bits(y.Value) || math.Float64bits(x.Low) != math.Float64bits(y.Low) || x.Support != y.Support || x.Fragility != y.Fragility {
					t.Fatalf("item %d: %+v became %+v", i, x, y)
				}
			}
			if !reflect.DeepEqual(a.Sources, b.Sources) {
				t.Fatalf("sources %+v became %+v", a.Sources, b.Sources)
			}
		})
	})
	t.Run("one more copy of an origin changes nothing", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			table := drawIntegers(t)
			table.Origin = make([]int32, len(table.Item))
			for j := range table.Origin {
				if table.Origin[j] = NoOrigin; table.Source[j] == 0 {
					table.Origin[j] = 0
				}
			}
			copied := *table
			copied.Sources++
			for j, s := range table.Source {
				if s == 0 {
					copied.Source, copied.Item = append(copied.Source, int32(table.Sources)), append(copied.Item, table.Item[j])
					copied.Low, copied.High = append(copied.Low, table.Low[j]), append(copied.High, table.High[j])
					copied.Origin = append(copied.Origin, 0)
				}
			}
			// How far a source errs is learnt of each that passes an origin on, so that
			// where next to nothing is known an interval may move by a few parts in a hundred.
			nearlySame(t, "with a copy", weigh(t, table, 1).Verdicts, weigh(t, &copied, 1).Verdicts, .1, func(x float64) float64 { return x })
		})
	})
	t.Run("a range that holds everything says nothing", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			table := drawIntegers(t)
			wide := *table
			wide.Sources++
			wide.Source, wide.Item = append(slices.Clone(table.Source), int32(table.Sources)), append(slices.Clone(table.Item), 0)
			wide.Low, wide.High = append(slices.Clone(table.Low), math.Inf(-1)), append(slices.Clone(table.High), math.Inf(1))
			sameAnswers(t, "with a range", weigh(t, table, 1).Verdicts, weigh(t, &wide, 1).Verdicts, func(x float64) float64 { return x })
		})
	})
	t.Run("silencing as many origins as fragility says is possible", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			table := drawNumbers(t, true)
			speak := make([]map[int32]bool, table.Items)
			for j, i := range table.Item {
				if speak[i] == nil {
					speak[i] = map[int32]bool{}
				}
				speak[i][table.Source[j]] = true
			}
			for i, d := range weigh(t, table, 1).Verdicts {
				if n := len(speak[i]); n == 0 != (d.Fragility == 0) || d.Fragility > n || d.Support > float64(n)+1e-9 {
					t.Fatalf("item %d of %d origins: %+v", i, n, d)
				}
			}
		})
	})
}

// TestMixtureWorkers weighs more items than one worker takes at a time.
func TestMixtureWorkers(t *testing.T) {
	for name, quoted := range map[string]float64{"figures near the truth": 0, "records that most quote": 0.7} {
		t.Run(name+": the number of workers changes no bit, and every round is told", func(t *testing.T) {
			r := rand.New(rand.NewPCG(3, 1))
			table := &Table{Kind: Number, Items: 2*blockItems + 100, Sources: 40}
			for i := range table.Items {
				truth := math.Round(1000 * r.NormFloat64())
				for _, s := range r.Perm(table.Sources)[:3] {
					x := truth
					if r.Float64() >= quoted {
						x += math.Round(50 * r.NormFloat64())
					}
					table.Item, table.Source, table.Low = append(table.Item, int32(i)), append(table.Source, int32(s)), append(table.Low, x)
				}
			}
			table.High = table.Low
			var all []*Result
			for _, workers := range []int{1, 2, 5} {
				told := map[string]int{}
				x, err := Mixture{}.Weigh(context.Background(), table, Options{Workers: workers, Progress: func(p Progress) { told[p.Stage]++ }})
				if err != nil {
					t.Fatal(err)
				}
				all = append(all, x)
				if told["reliability"] != x.Iterations || told["kinds of error"] == 0 || quoted > 0 && told["records"] == 0 {
					t.Errorf("told %v of %d rounds", told, x.Iterations)
				}
			}
			if !reflect.DeepEqual(all[0], all[1]) || !reflect.DeepEqual(all[0], all[2]) {
				t.Error("results differ")
			}
		})
	}
}

func indices(n int) []int {
	x := make([]int, n)
	for k := range x {
		x[k] = k
	}
	return x
}

// TestMixtureCalibration draws worlds whose truth is known and holds the model to
// what it says: nine truths in ten in its intervals, and nearer to the truth than
// the mean or the median that suits the world less.
func TestMixtureCalibration(t *testing.T) {
	normal := func(r *rand.Rand) float64 { return 3 * r.NormFloat64() }
	for _, w := range []struct {
		name            string
		sources, saying int
		say             func(r *rand.Rand, source int, truth float64) float64
		least, most     float64 // covered
		worst           float64 // RMSE
	}{
		{"normal noise, all sources alike", 20, 10, func(r *rand.Rand, _ int, x float64) float64 { return x + normal(r) }, 0.87, 0.93, 1.05},
		{"three statements an item", 20, 3, func(r *rand.Rand, _ int, x float64) float64 { return x + normal(r) }, 0.87, 0.93, 1.85},
		{"sources of unlike precision", 20, 10, func(r *rand.Rand, s int, x float64) float64 { return x + normal(r)*math.Exp(float64(s%5)/2-1) }, 0.87, 0.94, 0.75},
		{"sources with offsets", 20, 10, func(r *rand.Rand, s int, x float64) float64 { return x + normal(r) + float64(s%7-3) }, 0.85, 0.95, 1.1},
		{"a source with its units wrong", 20, 8, func(r *rand.Rand, s int, x float64) float64 {
			if s == 0 {
				x *= 1000
			}
			return x + normal(r)
		}, 0.87, 0.93, 1.2},
		{"a source that says one thing", 10, 5, func(r *rand.Rand, s int, x float64) float64 {
			if s == 0 {
				return 0
			}
			return x + normal(r)
		}, 0.86, 0.94, 1.6},
		{"one slip of the pen in fifty", 20, 8, func(r *rand.Rand, _ int, x float64) float64 {
			if x += normal(r); r.IntN(50) == 0 {
				x *= 10
			}
			return x
		}, 0.87, 0.99, 1.35},
		{"whole numbers near the truth", 20, 6, func(r *rand.Rand, _ int, x float64) float64 { return math.Round(x + r.NormFloat64()) }, 0.86, 0.93, 0.45},
	} {
		t.Run(w.name, func(t *testing.T) {
			var covered, squares, worlds float64
			for seed := range uint64(4) {
				table, truth := drawWorld(rand.New(rand.NewPCG(seed, 1)), w.sources, w.saying, w.say)
				x := ScoreNumbers(weighNumbers(t, Mixture{}, table).Verdicts, truth)
				covered, squares, worlds = covered+x.Covered, squares+x.RMSE, worlds+1
			}
			if c := covered / worlds; c < w.least || c > w.most {
				t.Errorf("intervals hold %.3f of the truths, want %.2f to %.2f", c, w.least, w.most)
			}
			if e := squares / worlds; e > w.worst {
				t.Errorf("RMSE %.3f, want at most %.2f", e, w.worst)
			}
		})
	}
	t.Run("prices that sources quote are found to the digit", func(t *testing.T) {
		r := rand.New(rand.NewPCG(1, 1))
		table, truth := drawWorld(r, 20, 6, func(r *rand.Rand, s int, x float64) float64 {
			if x = math.Round(100000 + 1000*x); r.Float64() < 0.3+0.03*float64(s) {
				return x
			}
			return math.Round(x * (1 + 0.05*r.NormFloat64()))
		})
		exact := 0
		for i, d := range weighNumbers(t, Mixture{}, table).Verdicts {
			if d.Value == math.Round(100000+1000*truth[i]) {
				exact++
			}
		}
		if exact < 190 {
			t.Errorf("%d of 200 prices", exact)
		}
	})
	t.Run("ten copies of one origin count once", func(t *testing.T) {
		r := rand.New(rand.NewPCG(2, 1))
		last, rumour := math.NaN(), 0.0
		table, truth := drawWorld(r, 15, 15, func(r *rand.Rand, s int, x float64) float64 {
			if s >= 10 {
				return x + normal(r)
			}
			if x != last {
				last, rumour = x, x+normal(r)
			}
			return rumour
		})
		table.Origin = make([]int32, len(table.Item))
		for j, s := range table.Source {
			if table.Origin[j] = NoOrigin; s < 10 {
				table.Origin[j] = 0
			}
		}
		x := ScoreNumbers(weighNumbers(t, Mixture{}, table).Verdicts, truth)
		if x.RMSE > 1.4 || x.Covered < 0.84 {
			t.Errorf("RMSE %.3f, covered %.3f", x.RMSE, x.Covered)
		}
	})
}

// drawWorld has 200 items, each spoken of by so many of the sources.
func drawWorld(r *rand.Rand, sources, saying int, say func(r *rand.Rand, source int, truth float64) float64) (*Table, []float64) {
	truth := make([]float64, 200)
	var said []figure
	for i := range truth {
		truth[i] = 20 * r.NormFloat64()
		for _, s := range r.Perm(sources)[:saying] {
			x := say(r, s, truth[i])
			said = append(said, figure{int32(s), int32(i), x, x})
		}
	}
	return numbers(said...), truth
}

// FuzzMixture reads figures and ranges from bytes of any kind: whatever a table
// that passes Check holds, answers are numbers within their intervals.
func FuzzMixture(f *testing.F) {
	f.Add([]byte{0, 0, 1, 1, 0, 2, 1, 1, 200, 0, 2, 1, 1, 7})
	f.Add([]byte{0, 0, 255, 1, 0, 254, 2, 0, 253, 3, 0, 252})
	f.Fuzz(func(t *testing.T, b []byte) {
		odd := []float64{1e308, -1e308, 5e-324, 1e-300, 0, math.Inf(1), math.Inf(-1), 123456.789}
		var said []figure
		for ; len(b) >= 4; b = b[4:] {
			x, y := float64(b[2]), float64(b[3])
			if b[2] > 240 {
				x = odd[b[2]%8]
			}
			if b[3] > 240 {
				y = odd[b[3]%8]
			}
			if b[0]%3 != 0 {
				y = x
			}
			said = append(said, figure{int32(b[0] % 7), int32(b[1] % 5), min(x, y), max(x, y)})
		}
		table := numbers(said...)
		if table.Check() != nil {
			return
		}
		for i, d := range weighNumbers(t, Mixture{}, table).Verdicts {
			if d.Support > 0 && !(d.Low <= d.Value && d.Value <= d.High) || math.IsInf(d.Value, 0) {
				t.Errorf("item %d: %+v", i, d)
			}
		}
	})
}
