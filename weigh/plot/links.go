package plot

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"hearsay/weigh"
)

const (
	// mostGroups and mostMembers are how many groups, and sources of them, are drawn.
	mostGroups  = 12
	mostMembers = 40
)

// together is a group of sources that depend on each other.
type together struct {
	group           int
	members         []int32
	pairs           int
	shared          float64 // items, over its pairs
	agree, expected float64 // of them, on how many they agree and would if they were independent
}

// dependence draws which sources depend on each other.
func (d *drawing) dependence(p *page) {
	p.head("Who depends on whom?")
	all := d.together()
	switch {
	case len(all) > 0:
		in := 0
		for _, g := range all {
			in += len(g.members)
		}
		p.paragraph(ink, fmt.Sprintf("%s agree more often than sources do that answer for themselves, in %s. What a group says alike counts as one origin.", count(in, "source"), count(len(all), "group")))
		if d.Result.Ambiguous {
			p.paragraph(ink, "This is one explanation of two: it may as well be others who copy, or nobody.")
		}
		d.groupRows(p, all)
		d.matrix(p, all)
	case d.Table.Kind == weigh.Number:
		p.paragraph(soft, "Figures are not searched for copies: that two give the same one may only mean that both read the same record.")
	case !d.Sought:
		p.paragraph(soft, "This model does not look for sources that depend on each other.")
	default:
		p.paragraph(ink, "No sources were found that depend on each other.")
		p.paragraph(soft, "Each agrees with the others as often as what both know explains. That shows no copying; it does not show that there is none, least of all among sources who share few items or of whom most copy.")
	}
	if sources, origins := d.declared(); sources > 0 {
		p.paragraph(ink, fmt.Sprintf("Declared beside that: %s have things from %s that others have things from too. Of one origin an item has one voice.", count(sources, "source"), count(origins, "origin")))
	}
}

// together lists the groups that were found, the largest first.
func (d *drawing) together() []together {
	at := map[int]int{}
	var all []together
	for s := range d.Result.Sources {
		g := d.Result.Sources[s].Group
		if d.sizes[g] < 2 {
			continue
		}
		if _, ok := at[g]; !ok {
			at[g] = len(all)
			all = append(all, together{group: g})
		}
		x := &all[at[g]]
		x.members = append(x.members, int32(s))
	}
	for _, l := range d.Result.Links {
		k, ok := at[d.Result.Sources[l.A].Group]
		if !ok || d.Result.Sources[l.A].Group != d.Result.Sources[l.B].Group {
			continue
		}
		g, n := &all[k], float64(l.Shared)
		g.pairs++
		g.shared += n
		g.agree += n * l.Agreement
		g.expected += n * l.Expected
	}
	slices.SortFunc(all, func(a, b together) int {
		return cmp.Or(cmp.Compare(len(b.members), len(a.members)), cmp.Compare(a.group, b.group))
	})
	return all
}

// groupRows draws how often each group agrees beside how often it would.
func (d *drawing) groupRows(p *page, all []together) {
	p.y += leading + 6
	x := span{0, 1, chartFrom, chartTo}
	p.label(nameEnd, p.y, soft, "end", "group")
	for _, t := range []float64{0, .5, 1} {
		p.label(x.at(t), p.y, soft, "middle", tick(t))
	}
	p.label(countEnd, p.y, soft, "end", "agree / alone")
	p.y += 6
	drawn := all[:min(mostGroups, len(all))]
	for _, t := range []float64{0, .25, .5, .75, 1} {
		p.draw(`<path d="M%s %sV%s" stroke="%s"/>`, x.at(t), p.y, p.y+rowHigh*float64(len(drawn))+4, rule)
	}
	for _, g := range drawn {
		p.y += rowHigh
		y := p.y - 4.5
		p.label(nameEnd, p.y, ink, "end", fmt.Sprintf("%s sources", grouped(len(g.members))))
		if g.shared == 0 {
			p.label(countEnd, p.y, soft, "end", "no pair")
			continue
		}
		agree, alone := g.agree/g.shared, g.expected/g.shared
		p.draw(`<path d="M%s %sH%s" stroke="%s" stroke-width="2"/>`, x.at(min(agree, alone)), y, x.at(max(agree, alone)), accent)
		p.draw(`<circle cx="%s" cy="%s" r="4" fill="#ffffff" stroke="%s" stroke-width="1.5"/><circle cx="%s" cy="%s" r="4" fill="%s"/>`, x.at(alone), y, accent, x.at(agree), y, accent)
		p.label(countEnd, p.y, ink, "end", share(agree)+" / "+share(alone))
	}
	p.y += 6
	if more := len(all) - len(drawn); more > 0 {
		p.paragraph(soft, fmt.Sprintf("And %s, of fewer sources.", count(more, "smaller group")))
	}
	p.paragraph(soft, "The disc is how often its members say the same of an item that both speak of, the circle how often they would if each answered for itself.")
}

// matrix draws for each pair of a group how much of the agreement that
// independence leaves open it fills: an empty square none, a full one all.
func (d *drawing) matrix(p *page, all []together) {
	said := d.said()
	var shown []int32
	left := 0
	for _, g := range all {
		members := slices.Clone(g.members)
		slices.SortFunc(members, func(a, b int32) int { return cmp.Or(cmp.Compare(said[b], said[a]), cmp.Compare(a, b)) })
		room := max(0, mostMembers-len(shown))
		if room < 2 {
			room = 0
		}
		left += len(members) - min(room, len(members))
		shown = append(shown, members[:min(room, len(members))]...)
	}
	place := map[int32]int{}
	for i, s := range shown {
		place[s] = i
	}
	side := min(rowHigh, (countEnd-nameEnd-12)/float64(len(shown)))
	line := max(side, 12)
	p.y += 14
	top, from := p.y, nameEnd+8.0
	end := p.chart("Which sources agree more than independence explains", fmt.Sprintf("A square for each pair of %s, those of a group side by side: the fuller, the more of the agreement that independence leaves open.", count(len(shown), "source")))
	row := func(i int) float64 { return top + float64(i)*line }
	for i := range shown {
		for j := range i {
			p.draw(`<rect x="%s" y="%s" width="%s" height="%s" fill="none" stroke="%s" stroke-width=".6"/>`, from+float64(j)*side+.5, row(i)+.5, side-1, line-1, rule)
		}
	}
	for _, l := range d.Result.Links {
		i, ok := place[l.A]
		j, both := place[l.B]
		if !ok || !both {
			continue
		}
		i, j = max(i, j), min(i, j)
		full := min(max((l.Agreement-l.Expected)/(1-l.Expected), 0), 1)
		if part := math.Sqrt(full); part > 0 && !math.IsNaN(part) {
			w, h := part*(side-1), part*(line-1)
			p.draw(`<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>`, from+(float64(j)+.5)*side-w/2, row(i)+line/2-h/2, w, h, accent)
		}
	}
	end()
	for i, s := range shown {
		p.label(nameEnd, row(i)+line/2+4.2, ink, "end", name(d.Source(s), nameMost))
	}
	for i := 0; i < len(shown); {
		n, g := 1, d.Result.Sources[shown[i]].Group
		for i+n < len(shown) && d.Result.Sources[shown[i+n]].Group == g {
			n++
		}
		p.draw(`<path d="M%s %sV%s" stroke="%s" stroke-width="2.5"/>`, margin+1, row(i)+1.5, row(i+n)-1.5, ink)
		i += n
	}
	p.y = row(len(shown)) + 2
	words := "A square is a pair, those with one bar a group; the more of it is filled, the more of the agreement that independence leaves open the pair shows."
	if left > 0 {
		words += fmt.Sprintf(" Not drawn: %s who say less.", count(left, "source"))
	}
	p.paragraph(soft, words)
}

// declared counts the sources that share a declared origin with another, and
// those origins.
func (d *drawing) declared() (sources, origins int) {
	by := map[int32]int32{} // the one source of an origin; several is negative
	for j, o := range d.Table.Origin {
		if o == weigh.NoOrigin {
			continue
		}
		if s, ok := by[o]; !ok {
			by[o] = d.Table.Source[j]
		} else if s != d.Table.Source[j] {
			by[o] = -1
		}
	}
	in := map[int32]bool{}
	for j, o := range d.Table.Origin {
		if o != weigh.NoOrigin && by[o] < 0 {
			in[d.Table.Source[j]] = true
		}
	}
	for _, s := range by {
		if s < 0 {
			origins++
		}
	}
	return len(in), origins
}
