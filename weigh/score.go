package weigh

import "math"

// Score is how right verdicts were on items whose truth is known.
type Score struct {
	Items    int     // that the gold names and somebody spoke of
	Accuracy float64 // how many Tops are the truth
	Brier    float64 // mean over items of the squared distance of P from the truth: 0 to 2 (Brier 1950)
	ECE      float64 // how far P of Top is from how often it is right, over ten bins of equal width (Naeini et al., AAAI 2015)
	LogLoss  float64 // mean of -ln P of the truth, no P below 1e-6
	MAE      float64 // kind Number: mean |estimate - truth|, else NaN
	RMSE     float64 // kind Number: root of the mean square, else NaN
	Covered  float64 // kind Number: how many truths lie between Low and High, else NaN
}

// leastP keeps one confident mistake from being all of a log loss.
const leastP = 1e-6

// bins are those of Score.ECE.
const bins = 10

// ScoreCandidates scores verdicts of kind Classes or Open. truth has one
// candidate an item, Unsettled for not known, and a number at or above an
// item's candidates for a value that nobody named.
func ScoreCandidates(verdicts []Verdict, truth []int32) Score {
	s := Score{MAE: math.NaN(), RMSE: math.NaN(), Covered: math.NaN()}
	var confidence, right, count [bins]float64
	for i, g := range truth {
		if g == Unsettled {
			continue
		}
		v := &verdicts[i]
		s.Items++
		other, brier, p := 1.0, 0.0, leastP
		for k, x := range v.P {
			other -= x
			if k == int(g) {
				p, x = x, 1-x
			}
			brier += x * x
		}
		if other = max(0, other); int(g) >= len(v.P) {
			p, other = other, 1-other
		}
		s.Brier += brier + other*other
		s.LogLoss -= math.Log(max(p, leastP))
		top, hit := 0.0, 0.0
		if v.Top >= 0 {
			top = v.P[v.Top]
			if v.Top == int(g) {
				hit = 1
			}
		}
		s.Accuracy += hit
		b := min(bins-1, int(top*bins))
		confidence[b] += top
		right[b] += hit
		count[b]++
	}
	n := float64(s.Items)
	for b := range count {
		s.ECE += math.Abs(confidence[b]-right[b]) / n
	}
	s.Accuracy, s.Brier, s.LogLoss = s.Accuracy/n, s.Brier/n, s.LogLoss/n
	return s
}

// ScoreNumbers scores verdicts of kind Number; NaN in truth is not known.
func ScoreNumbers(verdicts []Verdict, truth []float64) Score {
	s := Score{Accuracy: math.NaN(), Brier: math.NaN(), ECE: math.NaN(), LogLoss: math.NaN()}
	for i, g := range truth {
		if math.IsNaN(g) || math.IsNaN(verdicts[i].Value) {
			continue
		}
		v := &verdicts[i]
		s.Items++
		d := v.Value - g
		s.MAE += math.Abs(d)
		s.RMSE += d * d
		if v.Low <= g && g <= v.High {
			s.Covered++
		}
	}
	n := float64(s.Items)
	s.MAE, s.RMSE, s.Covered = s.MAE/n, math.Sqrt(s.RMSE/n), s.Covered/n
	return s
}
