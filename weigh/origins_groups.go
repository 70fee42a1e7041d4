package weigh

import (
	"cmp"
	"context"
	"math"
	"slices"
)

const (
	// habit is the share of the agreements left open by independence that two may
	// have in common without copying: they take the same things for each other, and
	// who knows much is helped by an easy item less.
	habit = 0.1
	// needed is the least gain of a group. Chance alone would ask for 5, for one
	// table of independent sources in a hundred. But real crowds depart from one
	// parameter a source: in the 15 of WEIGH.md some groups gain up to 55 where
	// nothing is left to habit, and none so much with it.
	needed = 20.0
	// mostGroups bounds the search; each costs a few fits.
	mostGroups = 16
	// leastCopied is the least share of the agreements left open by independence
	// that a group must fill.
	leastCopied = 0.1
	// bondSurplus is how many standard deviations above independence a source must
	// agree with a group to join it, since many sources are tried.
	bondSurplus = 4.0
	// identicalKappa is how far above chance, as a share of the room, two agree who
	// say almost all the same.
	identicalKappa = 0.85
)

// originSearch looks for groups of sources that depend on each other.
type originSearch struct {
	t        *Table
	p        *pairs
	first    []int32 // what is said of item i is said[first[i]:first[i+1]]
	said     []speaker
	surprise []float64 // of each pair by the last fit
}

func newOriginSearch(ctx context.Context, t *Table, l *layout) (*originSearch, error) {
	d := &originSearch{t: t}
	var origin []int32
	d.first, d.said, origin = sampleItems(boundVisits(speakers(t, l)))
	var err error
	d.p, err = countPairs(ctx, t, d.first, d.said, origin)
	if err != nil {
		return nil, err
	}
	d.surprise = make([]float64, len(d.p.a))
	return d, nil
}

// next finds one more group, and the side that may be in its place.
func (d *originSearch) next(group []int32) (found, other []int32, odds float64) {
	free := func(s int32) bool { return group[s] < 0 }
	a := d.densest(group, free)
	if len(a.members) == 0 {
		return nil, nil, 0
	}
	b := d.beside(group, a.members)
	if again := d.beside(group, b.members); b.stands() && again.stands() {
		a = again
		if again := d.beside(group, a.members); again.stands() {
			b = again
		}
	}
	if !a.stands() {
		return nil, nil, 0
	}
	if !b.stands() {
		if len(b.members) > 0 && d.sidedness(d.mark(a.members), d.mark(b.members)) < 0 {
			return nil, nil, 0
		}
		found = d.extend(group, a.members, nil)
		said := 0.0
		for _, x := range d.said {
			if free(x.source) {
				said++
			}
		}
		if x := d.consent(found); x.judged() && 4*x.all > said || 2*len(found) > d.speaking(free) {
			return nil, nil, 0
		}
		return found, nil, 0
	}
	odds = d.sidedness(d.mark(a.members), d.mark(b.members))
	if d.most(b.members) {
		odds = max(odds, 0)
	}
	if odds < 0 || d.most(a.members) {
		a, b, odds = b, a, max(-odds, 0)
	}
	found, other = d.extend(group, a.members, b.members), b.members
	if x, y := d.consent(found), d.consent(other); x.judged() && 4*x.all > y.all && d.patchiness(d.mark(found)) <= patchy {
		return nil, nil, 0
	}
	return found, other, odds
}

// extend adds to members who agrees with them but has too little to say to be of
// the core. It is fitted by what the judges are apart from, or all others
// where there are none.
func (d *originSearch) extend(group []int32, members, judges []int32) []int32 {
	in, judge := d.mark(members), d.mark(judges)
	suspected := slices.Clone(group)
	for s := range suspected {
		if suspected[s] < 0 && (in[s] || judges != nil && !judge[s]) {
			suspected[s] = math.MaxInt32
		}
	}
	f, scale := d.fit(suspected)
	core := measure(d.p, f, scale, d.p.sources, members)
	all := slices.Clone(members)
	for s := range int32(d.p.sources) {
		if in[s] || judge[s] || group[s] != none {
			continue
		}
		y := bond{}
		for j := d.p.first[s]; j < d.p.first[s+1]; j++ {
			if in[d.p.other[j]] {
				y.add(d, f, d.p.pair[j])
			}
		}
		if y.holds(scale, core.copied) {
			all = append(all, s)
		}
	}
	slices.Sort(all)
	return all
}

// bond adds up the pairs between a source and a group, or two groups.
type bond struct{ sum, count, above, left float64 }

func (y *bond) add(d *originSearch, f *independence, x int32) {
	e := float64(d.p.shared[x]) * f.expected(d.p, x)
	y.sum += d.surprise[x]
	y.count++
	y.above += float64(d.p.agree[x]) - e
	y.left += float64(d.p.shared[x]) - e
}

// holds tells whether a bond is as strong as within a group with such a share copied.
func (y *bond) holds(scale, copied float64) bool {
	return y.count > 0 && y.sum/scale/math.Sqrt(y.count) > bondSurplus && y.above > y.left*max(leastCopied, copied/2)
}

// identical finds groups, among the sources in none, that say almost all the same, and
// more so than independence explains as fitted to all other pairs.
func (d *originSearch) identical(group []int32) [][]int32 {
	root, first, taken := make([]int32, d.p.sources), map[int32]int32{}, make([]bool, d.p.sources)
	for s := range root {
		root[s] = int32(s)
		if g := group[s]; g != none {
			if _, ok := first[g]; !ok {
				first[g] = int32(s)
			}
			root[s], taken[s] = first[g], true
		}
	}
	find := func(s int32) int32 {
		for root[s] != s {
			root[s] = root[root[s]]
			s = root[s]
		}
		return s
	}
	any := false
	for x, n := range d.p.shared {
		// Two standard deviations below an agreement that is nearly complete.
		low := float64(d.p.agree[x]) / (float64(n) + 4)
		if a, b := d.p.a[x], d.p.b[x]; !taken[a] && !taken[b] && (low-d.p.chance[x])/(1-d.p.chance[x]) > identicalKappa {
			a, b = find(a), find(b)
			root[max(a, b)] = min(a, b)
			any = true
		}
	}
	if !any {
		return nil
	}
	for s := range root {
		root[s] = find(int32(s))
	}
	f, scale := d.fit(root)
	for x := range d.p.a {
		if root[d.p.a[x]] != root[d.p.b[x]] {
			d.surprise[x] = 0
		}
	}
	var found [][]int32
	for range mostGroups {
		c := densest(d.p, f, d.surprise, scale, func(s int32) bool { return !taken[s] })
		if !c.stands() {
			break
		}
		for _, s := range c.members {
			taken[s] = true
		}
		if c.copied > identicalKappa/2 {
			found = append(found, c.members)
		}
	}
	return found
}

func (c *community) stands() bool { return c.gain > needed && c.copied > leastCopied }

// most tells whether members are the most of all sources and say the most: then it
// is not they who copy.
func (d *originSearch) most(members []int32) bool {
	x := d.consent(members)
	return 2*len(members) > d.speaking(func(int32) bool { return true }) && 2*x.all > float64(len(d.said))
}

// beside looks for a group among all that are not members, suspecting all of
// those of depending on each other.
func (d *originSearch) beside(group []int32, members []int32) community {
	in := d.mark(members)
	suspected := slices.Clone(group)
	for s := range suspected {
		if suspected[s] < 0 && !in[s] {
			suspected[s] = math.MaxInt32
		}
	}
	return d.densest(suspected, func(s int32) bool { return group[s] < 0 && !in[s] })
}

func (d *originSearch) densest(group []int32, free func(int32) bool) community {
	f, scale := d.fit(group)
	return densest(d.p, f, d.surprise, scale, free)
}

// fit fits independence to the pairs that are apart, and gives how widely their
// surprises are spread.
func (d *originSearch) fit(group []int32) (*independence, float64) {
	f := fitIndependence(d.p, group)
	var outside []float64
	for x := range d.p.a {
		d.surprise[x] = f.surprise(d.p, int32(x), 0)
		if apart(group, d.p.a[x], d.p.b[x]) {
			outside = append(outside, d.surprise[x])
		}
	}
	return f, spread(outside)
}

// confirm dissolves the groups for which nothing speaks any more when all are
// taken for dependent.
func (d *originSearch) confirm(group []int32) {
	members := make([][]int32, len(group)) // groups are numbered below that
	for s, g := range group {
		if g >= 0 {
			members[g] = append(members[g], int32(s))
		}
	}
	sources := d.speaking(func(int32) bool { return true })
	for {
		f, scale := d.fit(group)
		weakest, least := none, math.Inf(1)
		for g, m := range members {
			if len(m) == 0 {
				continue
			}
			if c := measure(d.p, f, scale, sources, m); !c.stands() && c.gain < least {
				weakest, least = int32(g), c.gain
			}
		}
		if weakest == none {
			return
		}
		for _, s := range members[weakest] {
			group[s] = none
		}
		members[weakest] = nil
	}
}

// grow lets sources join the group that they agree with, and groups join each
// other: who copies from one member only, with noise, is not of the core.
func (d *originSearch) grow(group []int32) {
	f, scale := d.fit(group)
	bonds := map[[2]int32]*bond{}
	for x := range d.p.a {
		a, b := d.p.a[x], d.p.b[x]
		// A source that is alone is numbered below none.
		g, h := group[a], group[b]
		if g == none {
			g = -2 - a
		}
		if h == none {
			h = -2 - b
		}
		if g < 0 && h < 0 {
			continue
		}
		k := [2]int32{max(g, h), min(g, h)}
		if bonds[k] == nil {
			bonds[k] = &bond{}
		}
		bonds[k].add(d, f, int32(x))
	}
	type joins struct {
		pair   [2]int32
		copied float64
	}
	var order []joins
	for k, y := range bonds {
		if own := bonds[[2]int32{k[0], k[0]}]; k[0] != k[1] && own != nil && y.holds(scale, own.above/own.left) {
			order = append(order, joins{k, y.above / y.left})
		}
	}
	slices.SortFunc(order, func(x, y joins) int {
		return cmp.Or(cmp.Compare(y.copied, x.copied), slices.Compare(x.pair[:], y.pair[:]))
	})
	for _, j := range order {
		to, from := j.pair[0], j.pair[1]
		if from < 0 {
			if s := -2 - from; group[s] == none && slices.Contains(group, to) {
				group[s] = to
			}
			continue
		}
		if !slices.Contains(group, from) {
			continue
		}
		for s := range group {
			if group[s] == to {
				group[s] = from
			}
		}
	}
}

// spread is the standard deviation of surprises by their lower half, where pairs
// that depend on each other are not, and never below what chance alone makes.
func spread(surprises []float64) float64 {
	if len(surprises) == 0 {
		return 1
	}
	slices.Sort(surprises)
	const below = 0.1587 // of a normal distribution lies a standard deviation under its middle
	n := float64(len(surprises))
	return max(1, surprises[len(surprises)/2]-surprises[int(below*n)])
}

func (d *originSearch) consent(members []int32) *side {
	return consent(d.t, d.first, d.said, d.mark(members))
}

func (d *originSearch) mark(members []int32) []bool {
	in := make([]bool, d.p.sources)
	for _, s := range members {
		in[s] = true
	}
	return in
}

func (d *originSearch) speaking(free func(int32) bool) int {
	n := 0
	for s := range int32(d.p.sources) {
		if free(s) && d.p.first[s] < d.p.first[s+1] {
			n++
		}
	}
	return n
}
