package weigh

import "math"

// patchy is from where on a side copies, each from another of it: the two sides of
// seven sets of WEIGH.md with conspiracies of 45 % reach 2.1, chains of copies in
// made-up worlds start at 4.
const patchy = 3.0

// patchiness is how widely the agreements of a side's pairs are spread around what
// the knowledge of its members explains, in standard deviations, with one degree of
// freedom a member taken off: about 1 for judges, whoever they are. In a chain of copies
// neighbours agree and who is far apart does not.
func (d *originSearch) patchiness(in []bool) float64 {
	side := &pairs{sources: d.p.sources, room: d.p.room}
	members := 0.0
	for x := range d.p.a {
		// Feeds within a side are no chain, and known by being nearly alike.
		alike := float64(d.p.agree[x]) >= nearlyAlike*float64(d.p.shared[x])
		if in[d.p.a[x]] && in[d.p.b[x]] && !alike {
			side.a, side.b = append(side.a, d.p.a[x]), append(side.b, d.p.b[x])
			side.shared, side.agree, side.chance = append(side.shared, d.p.shared[x]), append(side.agree, d.p.agree[x]), append(side.chance, d.p.chance[x])
		}
	}
	side.index()
	for s := range in {
		if side.first[s] < side.first[s+1] {
			members++
		}
	}
	f := fitIndependence(side, nil)
	sum := 0.0
	for x := range side.a {
		z := f.surprise(side, int32(x), 0)
		sum += z * z
	}
	return math.Sqrt(sum / max(1, float64(len(side.a))-members))
}
