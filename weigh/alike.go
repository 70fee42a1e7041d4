package weigh

import "math"

// Of real crowds those that tell enough about it err alike by .017 and more. One
// that is shown to err less alike than leastAlike, by two standard errors, is
// believed as if all its statements were independent; from surelyAlike on as
// crowds are. With fewer than enoughSpeak statements an item the fit takes what is
// alike for what is true, and nothing can be told.
const (
	leastAlike  = .005
	surelyAlike = .015
	enoughSpeak = 8
)

// alike is how far sources err alike, as far as the fit can tell: the correlation
// of what two say of an item beyond what its class explains, 0 where they are
// independent and 1 where all say the same; and its standard error.
func (b *banded) alike() (correlation, deviation float64) {
	n, items := b.classes, b.p.items
	expected := make([]float64, b.p.sources*n*n) // [place][class][value]
	counts, pool := make([]float64, n*b.states), make([]float64, n*n)
	for h := range b.states {
		for v := range n {
			pool[h/b.of*n+v] += b.pool[h*n+v] * b.class[h]
		}
	}
	for k := range n {
		sharesOf(pool[k*n:(k+1)*n], 1e-9)
	}
	for s := range b.p.sources {
		b.counts(s, counts)
		own := expected[int(b.p.place[s])*n*n:][:n*n]
		for v := range n {
			for h, x := range counts[v*b.states : (v+1)*b.states] {
				own[h/b.of*n+v] += x
			}
		}
		for k := range n {
			row, sum := own[k*n:(k+1)*n], b.kappa
			for _, x := range row {
				sum += x
			}
			for v := range row {
				row[v] = (row[v] + b.kappa*pool[k*n+v]) / sum
			}
		}
	}
	// Of an item, over pairs of statements, the product of what each says more than
	// is expected of it; and what that would be if all said the same.
	together, all := make([]float64, items), make([]float64, items)
	sum := make([]float64, n)
	for i := range items {
		from, to := int(b.p.first[i]), int(b.p.first[i+1])
		if to-from < 2 {
			continue
		}
		q := b.posterior(i)
		for k := range n {
			w := 0.0
			for _, x := range q[k*b.of : (k+1)*b.of] {
				w += float64(x)
			}
			if w < 1e-6 {
				continue
			}
			clear(sum)
			own, even := 0.0, 0.0
			for at := from; at < to; at++ {
				code := int(b.p.code[at])
				row := expected[code/n*n*n+k*n:][:n]
				for v, p := range row {
					e := -p
					if v == code%n {
						e++
					}
					sum[v] += e
					own += e * e
					even += p * (1 - p)
				}
			}
			square := 0.0
			for _, x := range sum {
				square += x * x
			}
			together[i] += w * (square - own) / float64(to-from-1)
			all[i] += w * even
		}
	}
	numerator, denominator := 0.0, 0.0
	for i := range items {
		numerator += together[i]
		denominator += all[i]
	}
	if denominator == 0 {
		return 0, math.Inf(1)
	}
	correlation = numerator / denominator
	square := 0.0
	for i := range items {
		d := together[i] - correlation*all[i]
		square += d * d
	}
	return correlation, math.Sqrt(square) / denominator
}
