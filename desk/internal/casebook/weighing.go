package casebook

import (
	"cmp"
	"slices"

	"hearsay/weigh/was"
)

// weighing is one claim on its way through weigh.
type weighing struct {
	*Assessment
	item       int
	candidates []candidate
	open       bool
}

// newWeighing returns nil where nobody speaks of a value.
func newWeighing(a *Assessment) *weighing {
	speaking := a.speaking()
	if len(speaking) == 0 {
		return nil
	}
	w := &weighing{Assessment: a}
	w.candidates, w.open = candidates(a.Claim.Claim, speaking)
	return w
}

// speaking returns the statements of all groups, in the order received.
func (a *Assessment) speaking() []*Statement {
	var all []*Statement
	for _, g := range a.Groups {
		all = append(all, g.Statements...)
	}
	slices.SortStableFunc(all, func(x, y *Statement) int {
		return cmp.Or(cmp.Compare(x.Report.Seq, y.Report.Seq), cmp.Compare(x.Start, y.Start))
	})
	return all
}

// denials returns the statements that say what is not so.
func (a *Assessment) denials() []*Statement {
	return slices.DeleteFunc(a.speaking(), func(s *Statement) bool { return !s.denies })
}

// statements turns the groups into voices by index. A declared origin is a
// voice of its own wherever it is named; else the source is.
func (w *weighing) statements(voices map[string]int) []was.Statement {
	var all []was.Statement
	for origin, g := range w.Groups {
		for _, s := range g.Statements {
			key := voiceOfSource(s.Report.Source.ID)
			if s.Origin != "" {
				key = "origin " + foldLabel(s.Origin)
			}
			voice, ok := voices[key]
			if !ok {
				voice = len(voices)
				voices[key] = voice
			}
			stated := was.Statement{Item: w.item, Source: voice, Origin: origin, Denies: s.denies}
			for k, c := range w.candidates {
				if allows(w.Claim.Claim, s, c.Value) {
					stated.Values = append(stated.Values, k)
				}
			}
			all = append(all, stated)
		}
	}
	return all
}

func voiceOfSource(id SourceID) string { return "source " + Handle(id) }

// read takes over what weigh found.
func (w *weighing) read(v was.Verdict) {
	w.Fragility = v.Fragility
	if v.Top < 0 {
		return
	}
	w.Value, w.P = w.candidates[v.Top].printed, v.P[v.Top]
	for _, origin := range v.Origins {
		w.Behind = append(w.Behind, w.Groups[origin])
	}
	for k, c := range w.candidates {
		if k == v.Top {
			continue
		}
		rival := Rival{Value: c.printed, P: v.P[k]}
		for _, g := range w.Groups {
			if slices.ContainsFunc(g.Statements, func(s *Statement) bool { return asserts(w.Claim.Claim, s, c.Value) }) {
				rival.Groups = append(rival.Groups, g)
			}
		}
		if len(rival.Groups) > 0 {
			w.Rivals = append(w.Rivals, rival)
		}
	}
	slices.SortStableFunc(w.Rivals, func(a, b Rival) int { return cmp.Compare(b.P, a.P) })
}
