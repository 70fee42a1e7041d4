package weigh

import (
	"context"
	"slices"
)

// origins tell which sources depend on each other.
type origins struct {
	pairs *pairs
	group []int32 // by source; none where it answers for itself

	// rival is another explanation, by which the other of two sides copies; nil where
	// there is none. odds is the logarithm of how much likelier group is.
	rival []int32
	odds  float64

	// verbatim is one more, by which they also copy who say the same word for word;
	// verbatimOdds is how much likelier that is than group.
	verbatim     []int32
	verbatimOdds float64
}

// none stands for a source that is in no group.
const none int32 = -1

// findOrigins finds which sources depend on each other, from nothing but how they
// agree: more often than the product of what each knows explains, as fitted to pairs
// that are not suspected themselves. It finds none of kind Number.
//
// One after the other groups are linked along the leading eigenvector of what
// independence leaves unexplained. Where two sides agree each in itself, the
// shape of dissent says which of them copies; see originSearch.sidedness. Where
// that finds no more, those are linked who say almost all the same, and with
// them known it is tried again. Then groups are dissolved for which nothing speaks
// any more, and those looked for who repeat word for word; see findVerbatim.
func findOrigins(ctx context.Context, t *Table, l *layout) (*origins, error) {
	o := &origins{pairs: &pairs{}, group: slices.Repeat([]int32{none}, t.Sources)}
	if t.Kind == Number {
		return o, nil
	}
	d, err := newOriginSearch(ctx, t, l)
	if err != nil {
		return nil, err
	}
	o.pairs = d.p
	next := int32(0)
	join := func(group []int32, members []int32) {
		for _, s := range members {
			if group[s] == none {
				group[s] = next
			}
		}
	}
	sides := func() error {
		for range mostGroups {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			found, other, odds := d.next(o.group)
			if len(found) == 0 {
				break
			}
			if len(other) > 0 && (o.rival == nil || odds < o.odds) {
				o.rival, o.odds = slices.Clone(o.group), odds
				join(o.rival, other)
			} else if o.rival != nil {
				join(o.rival, found)
			}
			join(o.group, found)
			next++
		}
		return nil
	}
	if err := sides(); err != nil {
		return nil, err
	}
	more := false
	for _, members := range d.identical(o.group) {
		if x := d.consent(members); !x.judged() && 2*x.all <= float64(len(d.said)) {
			join(o.group, members)
			if o.rival != nil {
				join(o.rival, members)
			}
			next++
			more = true
		}
	}
	if more {
		if err := sides(); err != nil {
			return nil, err
		}
	}
	d.confirm(o.group)
	d.grow(o.group)
	if o.rival != nil {
		d.confirm(o.rival)
	}
	return o, o.findVerbatim(ctx, d)
}

// links lists the pairs of which both are in one group.
func (o *origins) links(group []int32) []Link {
	p, f := o.pairs, fitIndependence(o.pairs, group)
	var links []Link
	for x, a := range p.a {
		if b := p.b[x]; !apart(group, a, b) {
			links = append(links, Link{A: a, B: b, Shared: int(p.shared[x]), Agreement: float64(p.agree[x]) / float64(p.shared[x]),
				Expected: f.expected(p, int32(x)), Score: f.surprise(p, int32(x), 0)})
		}
	}
	return links
}
