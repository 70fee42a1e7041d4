package weigh

import (
	"math"
	"slices"
)

// plainFit is as small a model as will do to judge origins by: of kind Classes
// a confusion matrix a source, drawn to the pooled one, of kind Open one accuracy a
// source. It gives the probabilities of every item's candidates and the
// logarithm of the evidence, with statements counted by their weights.
func plainFit(t *Table, l *layout, weights []float32) ([][]float64, float64) {
	if weights == nil {
		weights = slices.Repeat([]float32{1}, len(l.row))
	}
	q := make([][]float64, t.Items)
	for i := range q {
		q[i] = make([]float64, t.candidates(int32(i)))
		for k := range q[i] {
			q[i][k] = 0.01
		}
		for j := l.first[i]; j < l.first[i+1]; j++ {
			if v := t.Value[l.row[j]]; v >= 0 {
				q[i][v] += float64(weights[j])
			}
		}
		plainShares(q[i])
		plainClamp(t, i, q[i])
	}
	evidence := 0.0
	for range 60 {
		if t.Kind == Classes {
			evidence = plainConfusion(t, l, weights, q)
		} else {
			evidence = plainAccuracy(t, l, weights, q)
		}
	}
	return q, evidence
}

func plainConfusion(t *Table, l *layout, weights []float32, q [][]float64) float64 {
	const drawn = 8 // statements that the pooled matrix counts for
	K := t.Classes
	pooled, own := make([]float64, K*K), make([]float64, t.Sources*K*K)
	prior := make([]float64, K)
	for i := range q {
		for k, p := range q[i] {
			prior[k] += p
		}
		for j := l.first[i]; j < l.first[i+1]; j++ {
			row := l.row[j]
			v, s := t.Value[row], int(t.Source[row])
			if v < 0 {
				continue
			}
			for k, p := range q[i] {
				own[(s*K+k)*K+int(v)] += float64(weights[j]) * p
				pooled[k*K+int(v)] += float64(weights[j]) * p
			}
		}
	}
	plainShares(prior)
	for k := range K {
		for v := range K {
			pooled[k*K+v] += 0.1
		}
		plainShares(pooled[k*K : (k+1)*K])
	}
	for s := range t.Sources {
		for x, p := range pooled {
			own[s*K*K+x] += drawn * p
		}
		for k := range K {
			plainShares(own[(s*K+k)*K : (s*K+k+1)*K])
		}
	}
	evidence := 0.0
	for i := range q {
		for k := range q[i] {
			q[i][k] = math.Log(prior[k] + 1e-9)
		}
		for j := l.first[i]; j < l.first[i+1]; j++ {
			row := l.row[j]
			v, s := t.Value[row], int(t.Source[row])
			if v < 0 {
				continue
			}
			for k := range q[i] {
				q[i][k] += float64(weights[j]) * math.Log(own[(s*K+k)*K+int(v)])
			}
		}
		evidence += plainSoftmax(q[i])
		plainClamp(t, i, q[i])
	}
	return evidence
}

func plainAccuracy(t *Table, l *layout, weights []float32, q [][]float64) float64 {
	right, all := make([]float64, t.Sources), make([]float64, t.Sources)
	for s := range right {
		right[s], all[s] = 3, 4
	}
	for i := range q {
		for j := l.first[i]; j < l.first[i+1]; j++ {
			if row := l.row[j]; t.Value[row] >= 0 {
				right[t.Source[row]] += float64(weights[j]) * q[i][t.Value[row]]
				all[t.Source[row]] += float64(weights[j])
			}
		}
	}
	evidence := 0.0
	for i := range q {
		n := float64(len(q[i]))
		clear(q[i])
		base := -math.Log(n)
		for j := l.first[i]; j < l.first[i+1]; j++ {
			row := l.row[j]
			if t.Value[row] < 0 {
				continue
			}
			p := right[t.Source[row]] / all[t.Source[row]]
			p = min(max(p, 0.02), 0.98)
			base += float64(weights[j]) * math.Log((1-p)/n)
			q[i][t.Value[row]] += float64(weights[j]) * math.Log(p*n/(1-p))
		}
		evidence += base + plainSoftmax(q[i])
		plainClamp(t, i, q[i])
	}
	return evidence
}

func plainClamp(t *Table, i int, q []float64) {
	if t.Settled != nil && t.Settled[i] != Unsettled {
		clear(q)
		q[t.Settled[i]] = 1
	}
}

func plainShares(p []float64) {
	sum := 0.0
	for _, x := range p {
		sum += x
	}
	for k := range p {
		p[k] /= sum
	}
}

// plainSoftmax turns logarithms into probabilities and gives the logarithm of
// what they had summed to.
func plainSoftmax(p []float64) float64 {
	top := math.Inf(-1)
	for _, x := range p {
		top = max(top, x)
	}
	sum := 0.0
	for k, x := range p {
		p[k] = math.Exp(x - top)
		sum += p[k]
	}
	for k := range p {
		p[k] /= sum
	}
	return top + math.Log(sum)
}
