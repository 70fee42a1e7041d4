package weigh

import (
	"cmp"
	"math"
	"slices"
)

// voices are the statements of a table of kind Number on the scale that they are
// weighed on, sorted by item and, within an item, by origin.
//
// An origin speaks once on an item: its statements share a weight of one. A
// source's own errors are learned from all that it says, shared or not, and what
// all sources have in common from each as much as its voices weigh: so a
// further copy of an origin leaves every answer where it was.
type voices struct {
	scale  numberScale
	grid   float64   // what the last digit of a figure is worth, in its unit
	whole  bool      // whether every exact figure is a multiple of grid
	first  []int32   // those on item i are from first[i] to first[i+1]
	row    []int32   // of each, in the table
	source []int32   // of each
	item   []int32   // of each
	origin []int32   // of each, counted from 0 within its item, ascending
	low    []float64 // of each, on the scale; equal to high for an exact figure
	high   []float64
	weight []float64 // of each, above 0

	ofSource  []int32   // the voices of source s are from ofSource[s] to ofSource[s+1]
	said      []float64 // by source: of each, its figure on the scale; NaN for a range
	about     []int32   // by source: of each, its item
	ownWeight []float64 // of each source, the mean weight of its voices
	figures   []float64 // of each source, how many of its voices are exact figures
	points    int       // how many of all are
}

func (v *voices) point(j int32) bool { return v.low[j] == v.high[j] }

// newVoices reads a table that has passed Check. weight has one a statement, or
// is nil where all are 1; what weighs nothing or bounds nothing is left out.
func newVoices(t *Table, weight []float32) *voices {
	l := newLayout(t)
	n := len(l.row)
	v := &voices{
		first: make([]int32, 1, t.Items+1), row: make([]int32, 0, n), source: make([]int32, 0, n), item: make([]int32, 0, n),
		origin: make([]int32, 0, n), weight: make([]float64, 0, n), low: make([]float64, 0, n), high: make([]float64, 0, n),
	}
	for i := range t.Items {
		said := l.on(i)
		if t.Origin != nil {
			slices.SortStableFunc(said, t.compareOrigins)
		}
		origins := int32(0)
		for from := 0; from < len(said); {
			to := from + 1
			for to < len(said) && t.compareOrigins(said[from], said[to]) == 0 {
				to++
			}
			for _, row := range said[from:to] {
				w := 1 / float64(to-from)
				if weight != nil {
					w *= float64(weight[row])
				}
				if w > 0 && !(math.IsInf(t.Low[row], -1) && math.IsInf(t.High[row], 1)) {
					v.row, v.source, v.item = append(v.row, row), append(v.source, t.Source[row]), append(v.item, int32(i))
					v.origin, v.weight = append(v.origin, origins), append(v.weight, w)
				}
			}
			from = to
			origins++
		}
		v.first = append(v.first, int32(len(v.row)))
	}
	v.scale = scaleOf(t, v)
	v.grid, v.whole = gridOf(t, v)
	for _, row := range v.row {
		low, high := v.scale.in(t.Low[row]), v.scale.in(t.High[row])
		if t.Low[row] == t.High[row] {
			v.points++
		}
		v.low, v.high = append(v.low, low), append(v.high, high)
	}
	v.sortBySource(t.Sources)
	return v
}

// compareOrigins is 0 for two statements on one item that speak as one.
func (t *Table) compareOrigins(a, b int32) int {
	x, y := NoOrigin, NoOrigin
	if t.Origin != nil {
		x, y = t.Origin[a], t.Origin[b]
	}
	if c := cmp.Compare(x, y); c != 0 || x != NoOrigin {
		return c
	}
	return cmp.Compare(t.Source[a], t.Source[b])
}

func (v *voices) sortBySource(sources int) {
	n := len(v.row)
	v.ofSource, v.said, v.about = make([]int32, sources+1), make([]float64, n), make([]int32, n)
	v.ownWeight, v.figures = make([]float64, sources), make([]float64, sources)
	for j, s := range v.source {
		v.ofSource[s+1]++
		v.ownWeight[s] += v.weight[j]
		if v.point(int32(j)) {
			v.figures[s]++
		}
	}
	for s := range sources {
		if n := v.ofSource[s+1]; n > 0 {
			v.ownWeight[s] /= float64(n)
		}
		v.ofSource[s+1] += v.ofSource[s]
	}
	next := slices.Clone(v.ofSource)
	for j, s := range v.source {
		k := next[s]
		next[s]++
		v.about[k] = v.item[j]
		if v.said[k] = v.low[j]; !v.point(int32(j)) {
			v.said[k] = math.NaN()
		}
	}
}

// blockVoices is how many statements of sources a worker takes at a time.
const blockVoices = 1 << 14

// blocksOfSources are the sources with about blockVoices statements each: the first
// of each block, and the number of sources.
func (v *voices) blocksOfSources() []int32 {
	sources := len(v.ownWeight)
	blocks := []int32{0}
	for s := range sources {
		first := blocks[len(blocks)-1]
		if v.ofSource[s+1]-v.ofSource[first] >= blockVoices || s-int(first) >= blockVoices {
			blocks = append(blocks, int32(s)+1)
		}
	}
	if blocks[len(blocks)-1] != int32(sources) {
		blocks = append(blocks, int32(sources))
	}
	return blocks
}

// leads tells whether voice j is the first of its origin on its item: what is
// counted without weights counts those.
func (v *voices) leads(j int32) bool {
	return j == v.first[v.item[j]] || v.origin[j] != v.origin[j-1]
}

// alone tells whether one origin alone speaks of item i.
func (v *voices) alone(i int) bool {
	from, to := v.on(i)
	return from < to && v.origin[to-1] == v.origin[from]
}

func (v *voices) on(i int) (from, to int32) { return v.first[i], v.first[i+1] }

// widths adds up the squares of a quarter of each range that is closed, and counts
// them.
func (v *voices) widths() (sum, n float64) {
	for j := range v.row {
		if d := (v.high[j] - v.low[j]) / 4; d < farthest {
			sum += d * d
			n++
		}
	}
	return sum, n
}
