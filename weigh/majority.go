package weigh

import (
	"context"
	"fmt"
)

// Majority counts statements and takes what most say; its probabilities are
// shares of the vote. A statement that allows several values lends each an equal
// part.
type Majority struct{}

// Name implements Model.
func (Majority) Name() string { return "majority" }

// Weigh implements Model.
func (m Majority) Weigh(ctx context.Context, t *Table, opt Options) (*Result, error) {
	if err := t.Check(); err != nil {
		return nil, err
	}
	if t.Kind == Number {
		return nil, fmt.Errorf("%s, %s: %w", m.Name(), t.Kind, ErrKind)
	}
	l := newLayout(t)
	r := &Result{Model: m.Name(), Verdicts: make([]Verdict, t.Items), Sources: make([]Reliability, t.Sources), Iterations: 1, Converged: true}
	total := 0
	for i := range t.Items {
		total += int(t.candidates(int32(i)))
	}
	all := make([]float64, total)
	for i := range t.Items {
		if i%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		n := int(t.candidates(int32(i)))
		votes, sum := all[:n:n], 0.0
		all = all[n:]
		v := &r.Verdicts[i]
		v.P, v.Top, v.Other = votes, -1, -1
		for _, row := range l.on(i) {
			if x := t.Value[row]; x >= 0 {
				votes[x]++
				sum++
				continue
			}
			s := t.Sets[^t.Value[row]]
			for _, x := range s.Values {
				votes[x] += 1 / float64(len(s.Values))
			}
			sum++
		}
		for x := range votes {
			if votes[x] > 0 && (v.Top < 0 || votes[x] > votes[v.Top]) {
				v.Top = x
			}
		}
		if v.Top >= 0 {
			v.Support = votes[v.Top]
		}
		for x := range votes {
			if sum > 0 {
				votes[x] /= sum
			} else {
				votes[x] = 1 / float64(n)
			}
		}
	}
	r.countSources(t, l)
	return r, nil
}

// countSources sets how much each source says, and how much of it the most say too.
func (r *Result) countSources(t *Table, l *layout) {
	right := make([]float64, t.Sources)
	for i := range t.Items {
		for _, row := range l.on(i) {
			s := t.Source[row]
			r.Sources[s].Statements++
			if x := t.Value[row]; x >= 0 {
				right[s] += r.Verdicts[i].P[x]
				continue
			}
			for _, x := range t.Sets[^t.Value[row]].Values {
				right[s] += r.Verdicts[i].P[x]
			}
		}
	}
	for s := range r.Sources {
		r.Sources[s].Group = s
		r.Sources[s].setBeta(right[s]+1, float64(r.Sources[s].Statements)-right[s]+1)
	}
}
