package weigh

import (
	"cmp"
	"context"
	"math"
	"slices"
)

// consensus is what sources say of items, as one-coin has it: every source has
// one accuracy, and those of one group speak once. It is made to ask what all
// others say, without one source and its group.
type consensus struct {
	t      *Table
	l      *layout
	group  []int32
	row    []int32   // as that of the layout, but an item's statements by group
	out    []bool    // of each statement: it is left aside
	weight []float64 // of each statement: one over how many of its group say the same of the item
	skill  []float64 // of each source
	log    []float64 // of the prior of each class; nil of kind Open
	even   bool      // all have the same accuracy
	widest int       // the most alternatives of an item
}

// The prior counts of a source's accuracy, and where the rounds end: this is to
// compare days of one source, for which the third digit of others is enough.
const (
	consensusRight  = 2.0
	consensusWrong  = 1.0
	consensusMoved  = 1e-3
	consensusRounds = 50
)

func newConsensus(t *Table, group []int32) *consensus {
	c := &consensus{t: t, l: newLayout(t), group: group, out: make([]bool, len(t.Item)), weight: make([]float64, len(t.Item)), skill: make([]float64, t.Sources), widest: t.Classes}
	for s := range c.skill {
		c.skill[s] = consensusRight / (consensusRight + consensusWrong)
	}
	for i := range t.Candidates {
		c.widest = max(c.widest, c.alternatives(i))
	}
	if t.Kind == Classes {
		c.log = make([]float64, t.Classes)
	}
	c.row = slices.Clone(c.l.row)
	for i := range t.Items {
		slices.SortStableFunc(c.on(i), func(a, b int32) int { return cmp.Compare(group[t.Source[a]], group[t.Source[b]]) })
	}
	c.weights()
	return c
}

// on is what is said of an item.
func (c *consensus) on(i int) []int32 { return c.row[c.l.first[i]:c.l.first[i+1]] }

func (c *consensus) statements() []int32 { return c.l.row }

func (c *consensus) leaveAside(rows []int32) {
	for _, j := range rows {
		c.out[j] = true
	}
	c.weights()
}

// alternatives counts what an item may be; the last is something else, where
// that may be.
func (c *consensus) alternatives(i int) int {
	n := int(c.t.candidates(int32(i)))
	if c.t.Kind == Open && c.t.Candidates[i].Else {
		n++
	}
	return n
}

// weights sets each statement's, after some were left aside.
func (c *consensus) weights() {
	for i := range c.t.Items {
		c.runs(c.on(i), func(own []int32) {
			for _, j := range own {
				same := 0
				for _, other := range own {
					if !c.out[other] && c.sameValue(j, other) {
						same++
					}
				}
				c.weight[j] = 0
				if !c.out[j] {
					c.weight[j] = 1 / float64(same)
				}
			}
		})
	}
}

// runs calls f with the statements on an item of one group after another.
func (c *consensus) runs(on []int32, f func(own []int32)) {
	for len(on) > 0 {
		n := 1
		for n < len(on) && c.sameGroup(on[0], on[n]) {
			n++
		}
		f(on[:n])
		on = on[n:]
	}
}

func (c *consensus) sameGroup(a, b int32) bool {
	return c.group[c.t.Source[a]] == c.group[c.t.Source[b]]
}

// wrongOf counts the alternatives that a statement does not allow.
func (c *consensus) wrongOf(j int32) int {
	n := c.alternatives(int(c.t.Item[j]))
	if c.t.Value[j] >= 0 {
		return n - 1
	}
	s := c.t.Sets[^c.t.Value[j]]
	if n -= len(s.Values); s.Else {
		n--
	}
	return n
}

func (c *consensus) sameValue(a, b int32) bool {
	x, y := c.t.Value[a], c.t.Value[b]
	return x == y || x < 0 && y < 0 && compareSets(c.t.Sets[^x], c.t.Sets[^y]) == 0
}

// allows calls f with each alternative that a statement allows.
func (c *consensus) allows(j int32, f func(k int)) {
	t := c.t
	if v := t.Value[j]; v >= 0 {
		f(int(v))
		return
	}
	s := t.Sets[^t.Value[j]]
	for _, v := range s.Values {
		f(int(v))
	}
	if s.Else {
		f(int(t.candidates(t.Item[j])))
	}
}

// add adds a statement to the logarithms of an item's alternatives, times sign.
func (c *consensus) add(logs []float64, j int32, sign float64) {
	a := c.skill[c.t.Source[j]]
	wrong := c.wrongOf(j)
	if wrong <= 0 {
		return
	}
	gain := sign * c.weight[j] * (math.Log(a) - math.Log((1-a)/float64(wrong)))
	c.allows(j, func(k int) { logs[k] += gain })
}

// settle turns logarithms into probabilities, or into what is known of the item.
func (c *consensus) settle(i int, logs []float64) {
	if s := c.t.Settled; s != nil && s[i] != Unsettled {
		clear(logs)
		logs[s[i]] = 1
		return
	}
	top := math.Inf(-1)
	for _, x := range logs {
		top = max(top, x)
	}
	sum := 0.0
	for k, x := range logs {
		logs[k] = math.Exp(x - top)
		sum += logs[k]
	}
	for k := range logs {
		logs[k] /= sum
	}
}

// learn finds the accuracies by expectation-maximisation.
func (c *consensus) learn(ctx context.Context) error {
	t := c.t
	q := make([]float64, c.widest)
	right, all := make([]float64, t.Sources), make([]float64, t.Sources)
	classes := make([]float64, t.Classes)
	for range consensusRounds {
		spoken := 0
		clear(right)
		clear(all)
		for k := range classes {
			classes[k] = 1
		}
		for i := range t.Items {
			if i%4096 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if len(c.on(i)) == 0 {
				continue
			}
			spoken++
			q := q[:c.alternatives(i)]
			clear(q)
			copy(q, c.log)
			for _, j := range c.on(i) {
				if !c.out[j] {
					c.add(q, j, 1)
				}
			}
			c.settle(i, q)
			if t.Kind == Classes {
				for k, p := range q {
					classes[k] += p
				}
			}
			for _, j := range c.on(i) {
				if c.out[j] {
					continue
				}
				s := t.Source[j]
				if c.wrongOf(j) > 0 { // what allows everything is no test
					c.allows(j, func(k int) { right[s] += q[k] })
					all[s]++
				}
			}
		}
		if c.even {
			levelled(right, all)
		}
		moved := 0.0
		for s := range c.skill {
			a := (right[s] + consensusRight) / (all[s] + consensusRight + consensusWrong)
			moved = max(moved, math.Abs(a-c.skill[s]))
			c.skill[s] = a
		}
		for k := range c.log {
			c.log[k] = math.Log(classes[k] / float64(spoken+t.Classes))
		}
		if moved < consensusMoved {
			break
		}
	}
	return nil
}

// levelled gives every source the same mean of right over all.
func levelled(right, all []float64) {
	r, n := 0.0, 0.0
	for s := range all {
		r += right[s]
		n += all[s]
	}
	for s := range all {
		right[s], all[s] = r, n
	}
}
