package weigh

import (
	"context"
	"slices"
)

// weighByOrigins is Weigh where sources that repeat each other count once. Who
// depends on whom shows only where sources quote: there to say one wrong figure is
// to have it from one origin, while judges that lie near each other tell nothing.
// Where two explanations are nearly as likely, items whose answer by the one lies
// outside the interval of the other are ambiguous.
func (m Mixture) weighByOrigins(ctx context.Context, t *Table, opt Options) (*Result, error) {
	plain, quoting, err := m.fit(ctx, t, nil, opt)
	if err != nil || quoting.recorded == 0 {
		return plain, err
	}
	if opt.Progress != nil {
		opt.Progress(Progress{Stage: "origins"})
	}
	said, open := quoting.candidatesOf(t)
	l := newLayout(open)
	o, err := findOrigins(ctx, open, l)
	if err != nil || !slices.ContainsFunc(o.group, func(g int32) bool { return g != none }) {
		return plain, err
	}
	by := func(group []int32) (*Result, error) {
		copy(said.Origin, open.declaring(l, group).Origin)
		return m.Weigh(ctx, said, opt)
	}
	r, err := by(o.group)
	if err != nil {
		return nil, err
	}
	r.Links = o.links(o.group)
	first := map[int32]int{}
	for s, g := range o.group {
		if g == none {
			continue
		}
		if _, ok := first[g]; !ok {
			first[g] = s
		}
		r.Sources[s].Group = first[g]
	}
	if o.rival == nil || o.odds > clearOdds {
		return r, nil
	}
	other, err := by(o.rival)
	if err != nil {
		return nil, err
	}
	for i := range r.Verdicts {
		v, w := &r.Verdicts[i], &other.Verdicts[i]
		if w.Value < v.Low || w.Value > v.High || v.Value < w.Low || v.Value > w.High {
			v.Ambiguous, r.Ambiguous = true, true
		}
	}
	return r, nil
}

// candidatesOf is the table without what says nothing, the exact figures first; and
// those as candidates of their items.
func (r *recordedFit) candidatesOf(t *Table) (said, open *Table) {
	v := r.f.v
	said = &Table{Kind: Number, Sources: t.Sources, Items: t.Items, SettledNumber: t.SettledNumber}
	open = &Table{Kind: Open, Sources: t.Sources, Items: t.Items, Candidates: make([]Candidates, t.Items)}
	for _, exact := range []bool{true, false} {
		for j, row := range v.row {
			if v.point(int32(j)) != exact {
				continue
			}
			said.Item, said.Source, said.Low, said.High = append(said.Item, v.item[j]), append(said.Source, v.source[j]), append(said.Low, t.Low[row]), append(said.High, t.High[row])
			origin := NoOrigin
			if t.Origin != nil {
				origin = t.Origin[row]
			}
			if said.Origin = append(said.Origin, origin); exact {
				open.Value = append(open.Value, r.said.of[j]-r.said.first[v.item[j]])
			}
		}
	}
	n := len(open.Value)
	open.Item, open.Source, open.Origin = said.Item[:n:n], said.Source[:n:n], slices.Clone(said.Origin[:n])
	for i := range open.Candidates {
		open.Candidates[i] = Candidates{Count: r.said.first[i+1] - r.said.first[i], Else: true}
	}
	return said, open
}
