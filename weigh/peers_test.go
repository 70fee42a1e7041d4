package weigh

import (
	"context"
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// readClasses reads a set of testdata with its gold.
func readClasses(t *testing.T, name string) (*Table, []int32) {
	t.Helper()
	rows := func(file string) [][]string {
		f, err := os.Open(filepath.Join("testdata", name, file))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		all, err := csv.NewReader(f).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		return all[1:]
	}
	index := func(m map[string]int32, key string) int32 {
		if _, ok := m[key]; !ok {
			m[key] = int32(len(m))
		}
		return m[key]
	}
	sources, items, classes := map[string]int32{}, map[string]int32{}, map[string]int32{}
	tab := &Table{Kind: Classes}
	for _, row := range rows("observations.csv") {
		tab.Source, tab.Item = append(tab.Source, index(sources, row[0])), append(tab.Item, index(items, row[1]))
		tab.Value = append(tab.Value, index(classes, row[2]))
	}
	gold := rows("gold.csv")
	for _, row := range gold {
		index(classes, row[1])
	}
	tab.Sources, tab.Items, tab.Classes = len(sources), len(items), len(classes)
	truth := make([]int32, tab.Items)
	for i := range truth {
		truth[i] = Unsettled
	}
	for _, row := range gold {
		truth[items[row[0]]] = classes[row[1]]
	}
	return tab, truth
}

// TestPeers holds each model to the accuracy that others measured with its authors'
// code or with crowd-kit 1.4, give or take two items or 1.5 % for other ways to
// break ties and to end. Where nobody has published one it is held to the vote.
func TestPeers(t *testing.T) {
	for _, tt := range []struct {
		set   string
		model Model
		want  float64
	}{
		{"dots", Majority{}, .760}, {"dots", DawidSkene{}, .760}, {"dots", EBCC{}, .680}, {"dots", BWA{}, .760},
		{"dots", CATD{}, .760},
		{"bluebird", Majority{}, .759}, {"bluebird", DawidSkene{}, .889}, {"bluebird", EBCC{}, .861}, {"bluebird", BWA{}, .759},
		{"bluebird", IBCC{}, .889},
		{"rte", DawidSkene{}, .928}, {"rte", EBCC{}, .931}, {"rte", BWA{}, .928}, {"rte", IBCC{}, .928}, {"rte", OneCoin{}, .928}, {"rte", CATD{}, .915},
	} {
		t.Run(tt.model.Name()+" on "+tt.set, func(t *testing.T) {
			tab, truth := readClasses(t, tt.set)
			r, err := tt.model.Weigh(context.Background(), tab, Options{})
			if err != nil {
				t.Fatal(err)
			}
			s := ScoreCandidates(r.Verdicts, truth)
			if math.Abs(s.Accuracy-tt.want) > max(2.01/float64(s.Items), .015) {
				t.Errorf("accuracy is %.3f, want %.3f", s.Accuracy, tt.want)
			}
		})
	}
}

func TestCATDNumbers(t *testing.T) {
	// Two exact sources and one that is off by a different amount each time.
	tab := &Table{Kind: Number, Items: 20, Sources: 3}
	for i := range 20 {
		for s, x := range []float64{float64(10 * i), float64(10*i) + .01, float64(10*i + 5 - i*i%11)} {
			tab.Item, tab.Source = append(tab.Item, int32(i)), append(tab.Source, int32(s))
			tab.Low, tab.High = append(tab.Low, x), append(tab.High, x)
		}
	}
	r, err := CATD{}.Weigh(context.Background(), tab, Options{})
	if err != nil || !r.Converged {
		t.Fatal(err, r)
	}
	for i, v := range r.Verdicts {
		if math.Abs(v.Value-float64(10*i)) > .02 || v.Low > v.Value || v.High < v.Value {
			t.Errorf("item %d: %v in [%v, %v]", i, v.Value, v.Low, v.High)
		}
	}
	if r.Sources[2].P > r.Sources[0].P {
		t.Errorf("the source that errs has %v, the exact one %v", r.Sources[2].P, r.Sources[0].P)
	}
	t.Run("a settled item is what it is known to be", func(t *testing.T) {
		tab.SettledNumber = make([]float64, 20)
		for i := range tab.SettledNumber {
			tab.SettledNumber[i] = math.NaN()
		}
		tab.SettledNumber[7] = 123
		r, err := CATD{}.Weigh(context.Background(), tab, Options{})
		if err != nil || r.Verdicts[7].Value != 123 {
			t.Error(r.Verdicts[7], err)
		}
	})
}

// TestAnchoredOnCrowds holds the default for classes to what it reached on real
// crowds, and to be far less sure of what is wrong than Dawid and Skene's model.
func TestAnchoredOnCrowds(t *testing.T) {
	for _, tt := range []struct {
		set      string
		accuracy float64
	}{{"dots", .76}, {"bluebird", .88}, {"rte", .917}} {
		t.Run(tt.set, func(t *testing.T) {
			d, truth := readClasses(t, tt.set)
			score := func(m Model) Score {
				r, err := m.Weigh(t.Context(), d, Options{})
				if err != nil {
					t.Fatal(err)
				}
				return ScoreCandidates(r.Verdicts, truth)
			}
			own, elder := score(Default{}), score(DawidSkene{})
			if own.Accuracy < tt.accuracy {
				t.Errorf("accuracy %.3f", own.Accuracy)
			}
			if own.LogLoss > .75*elder.LogLoss {
				t.Errorf("log loss %.3f, of Dawid and Skene %.3f", own.LogLoss, elder.LogLoss)
			}
		})
	}
}
