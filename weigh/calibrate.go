package weigh

import "math"

const (
	enoughLabels = 20 // from so many settled items on they have a say in it
	temperSpread = .5 // of the logarithm of the temper, before they have
)

// settled counts the items that are settled.
func (t *Table) settled() (n int) {
	for _, v := range t.Settled {
		if v != Unsettled {
			n++
		}
	}
	return n
}

// usual is by what evidence is multiplied where nothing is settled: it counts
// less than the product of its parts, but where enough speak of an item to show
// that they do not err alike.
func (f *anchoredFit) usual() float64 {
	if f.WorthOfOne == 0 {
		return 1
	}
	statements, items := 0.0, 0.0
	for i := range f.table.Items {
		if from, to := f.packed.first[i], f.packed.first[i+1]; from < to {
			items++
			for at := from; at < to; at++ {
				statements += float64(f.packed.weightAt(int(at)))
			}
		}
	}
	each := max(1, statements/max(1, items))
	crowd := math.Log(f.WorthOfOne / math.Sqrt(each))
	if each < enoughSpeak {
		return math.Exp(crowd)
	}
	correlation, deviation := f.members[0].alike()
	return math.Exp(crowd * min(1, max(0, (correlation+2*deviation-leastAlike)/(surelyAlike-leastAlike))))
}

// learn learns from settled items by how much evidence is multiplied.
func (f *anchoredFit) learn() {
	usual := f.temper
	f.temper = usual * likeliestFactor(func(factor float64) float64 {
		f.temper = usual * factor
		return surprise(f, f.table)
	})
}

// likeliestFactor is the factor of evidence under which settled items surprise
// least, where its logarithm comes from a normal distribution around zero.
func likeliestFactor(surprise func(factor float64) float64) float64 {
	loss := func(x float64) float64 {
		return x*x/(2*temperSpread*temperSpread) + surprise(math.Exp(x))
	}
	// Golden section: Kiefer, Proc. AMS 4, 1953.
	const golden = .6180339887498949
	low, high := -4*temperSpread, 4*temperSpread
	a, b := high-golden*(high-low), low+golden*(high-low)
	at, bt := loss(a), loss(b)
	for high-low > 1e-3 {
		if at < bt {
			high, b, bt = b, a, at
			a = high - golden*(high-low)
			at = loss(a)
		} else {
			low, a, at = a, b, bt
			b = low + golden*(high-low)
			bt = loss(b)
		}
	}
	return math.Exp((low + high) / 2)
}

// surprise is the sum of -ln P of what the settled items of a table are, as if
// they were not.
func surprise(f additive, table *Table) (sum float64) {
	var t tally
	var q []float64
	for i, v := range table.Settled {
		if v == Unsettled {
			continue
		}
		f.evidence(i, &t.evidence)
		if t.origins() == 0 {
			continue
		}
		t.settled = Unsettled
		t.count(-1)
		q = cleared(q, t.alternatives)
		t.probabilities(q)
		sum -= math.Log(max(q[v], leastP))
	}
	return sum
}
