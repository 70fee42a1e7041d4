package weigh

import (
	"cmp"
	"slices"
)

// sayings are the exact figures of a table, each once an item: who quotes a record
// says what others say, so it is these that may be records.
type sayings struct {
	first  []int32   // those of item i are from first[i] to first[i+1], ascending
	of     []int32   // of each voice, -1 for a range
	figure []float64 // of each, on the scale
	row    []int32   // of each, one of the table where it stands
	item   []int32   // of each
	weight []float64 // of each, what the voices weigh that say it
	apart  []float64 // of each, the same without one's own origin, on average over those voices
	all    []float64 // of each item, what its exact figures weigh
	lift   []float64 // of each, how much denser an exact quote is than a popular figure; see measure
}

// newSayings also tells on which part of the items with two origins or more any two
// say one figure.
func newSayings(v *voices) (*sayings, float64) {
	items := len(v.first) - 1
	y := &sayings{first: make([]int32, 1, items+1), of: make([]int32, len(v.row)), all: make([]float64, items)}
	var order []int32
	several, agreed := 0.0, 0.0
	for i := range items {
		order = order[:0]
		origins := 0
		for j, to := v.on(i); j < to; j++ {
			if y.of[j] = -1; v.point(j) {
				order = append(order, j)
				y.all[i] += v.weight[j]
				if v.leads(j) {
					origins++
				}
			}
		}
		slices.SortFunc(order, func(a, b int32) int {
			return cmp.Or(cmp.Compare(v.low[a], v.low[b]), cmp.Compare(a, b))
		})
		agrees := false
		for from := 0; from < len(order); {
			to, weight, own := from, 0.0, 0.0
			for ; to < len(order) && v.low[order[to]] == v.low[order[from]]; to++ {
				y.of[order[to]] = int32(len(y.figure))
				weight += v.weight[order[to]]
			}
			for a := from; a < to; { // those of one origin follow each other
				b, mine := a, 0.0
				for ; b < to && v.origin[order[b]] == v.origin[order[a]]; b++ {
					mine += v.weight[order[b]]
				}
				own += mine * mine
				a = b
			}
			apart := weight - own/weight
			if v.origin[order[from]] == v.origin[order[to-1]] {
				apart = 0
			}
			agrees = agrees || apart > 0
			y.figure, y.row, y.item = append(y.figure, v.low[order[from]]), append(y.row, v.row[order[from]]), append(y.item, int32(i))
			y.weight, y.apart = append(y.weight, weight), append(y.apart, apart)
			from = to
		}
		if origins > 1 {
			several++
			if agrees {
				agreed++
			}
		}
		y.first = append(y.first, int32(len(y.figure)))
	}
	return y, agreed / max(1, several)
}

func (y *sayings) on(i int) (from, to int32) { return y.first[i], y.first[i+1] }

// find is which of item i's sayings a figure is, -1 for none.
func (y *sayings) find(i int, figure float64) int32 {
	from, to := y.on(i)
	if k, ok := slices.BinarySearch(y.figure[from:to], figure); ok {
		return from + int32(k)
	}
	return -1
}

// measure sets lift. Each figure is compared with figures near it on other items;
// how often others say it is smoothed by one statement spread evenly over the grid
// of the table's digits.
func (y *sayings) measure(v *voices, window float64) {
	n := len(y.figure)
	y.lift = make([]float64, n)
	if n == 0 {
		return
	}
	type placed struct {
		figure float64
		at     int32
	}
	order := make([]placed, n)
	for k, x := range y.figure {
		order[k] = placed{x, int32(k)}
	}
	slices.SortFunc(order, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.figure, b.figure), cmp.Compare(a.at, b.at))
	})
	least, most := order[0].figure, order[n-1].figure
	near, beyond := 0, 0         // the first within the window and the first beyond it
	upTo := make([]float64, n+1) // what those before weigh
	for k, p := range order {
		upTo[k+1] = upTo[k] + y.weight[p.at]
	}
	for from := 0; from < n; {
		x := order[from].figure
		step := v.stepAt(x)
		half := max(window, 4*step)
		// Beyond the least and the greatest figure there is nothing to be said.
		width := min(x+half, most+step/2) - max(x-half, least-step/2)
		to := from
		for to < n && order[to].figure == x {
			to++
		}
		for near < from && order[near].figure < x-half {
			near++
		}
		for beyond = max(beyond, to); beyond < n && order[beyond].figure <= x+half; {
			beyond++
		}
		for _, p := range order[from:to] {
			others := max(0, upTo[to]-upTo[from]-y.weight[p.at])
			around := max(others, upTo[beyond]-upTo[near]-y.all[y.item[p.at]])
			y.lift[p.at] = (around + 1) / (width*others + step)
		}
		from = to
	}
}
