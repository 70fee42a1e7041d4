package casebook

import (
	"cmp"
	"slices"

	"hearsay/weigh"
)

// weighing is one claim on its way through weigh.
type weighing struct {
	*Assessment
	item       int32
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
	w.candidates, w.open = candidates(a.Claim.Claim, append(speaking, statementsOf(a.Tested)...))
	return w
}

// speaking returns the statements of all groups, in the order received.
func (a *Assessment) speaking() []*Statement {
	all := statementsOf(a.Groups)
	slices.SortStableFunc(all, func(x, y *Statement) int {
		return cmp.Or(cmp.Compare(x.Report.Seq, y.Report.Seq), cmp.Compare(x.Start, y.Start))
	})
	return all
}

// denials returns the statements that say what is not so.
func (a *Assessment) denials() []*Statement {
	return slices.DeleteFunc(a.speaking(), func(s *Statement) bool { return !s.denies })
}

// addTo adds the claim to a table as an item of its own, and what its groups say
// of it. A declared origin is a voice of its own wherever it is named; else the
// source is. A settled claim is known: it is there to tell how reliable those
// are who counted for themselves.
func (w *weighing) addTo(t *weigh.Table, voices map[string]int32) {
	w.item = int32(t.Items)
	t.Items++
	t.Candidates = append(t.Candidates, weigh.Candidates{Count: int32(len(w.candidates)), Else: w.open})
	groups, settled := w.Groups, weigh.Unsettled
	if w.Settled {
		groups, settled = w.Tested, int32(slices.IndexFunc(w.candidates, func(k candidate) bool {
			return sameCandidate(w.Claim.Claim, k.Value, w.Record.Statement.Value)
		}))
	}
	t.Settled = append(t.Settled, settled)
	for origin, g := range groups {
		for _, s := range g.Statements {
			key := voiceOfSource(s.Report.Source.ID)
			if s.Origin != "" {
				key = "origin " + foldLabel(s.Origin)
			}
			voice, ok := voices[key]
			if !ok {
				voice = int32(len(voices))
				voices[key] = voice
			}
			said := weigh.Set{Else: s.denies && w.open, Denies: s.denies}
			for k, c := range w.candidates {
				if allows(w.Claim.Claim, s, c.Value) {
					said.Values = append(said.Values, int32(k))
				}
			}
			t.Item, t.Source, t.Origin = append(t.Item, w.item), append(t.Source, voice), append(t.Origin, int32(origin))
			if len(said.Values) == 1 && !said.Denies {
				t.Value = append(t.Value, said.Values[0])
				continue
			}
			t.Value = append(t.Value, ^int32(len(t.Sets)))
			t.Sets = append(t.Sets, said)
		}
	}
}

func voiceOfSource(id SourceID) string { return "source " + Handle(id) }

// read takes over what weigh found.
func (w *weighing) read(v weigh.Verdict) {
	if w.Settled {
		w.Value, w.P, w.Behind, w.Independent, w.Fragility = w.Record.Statement.Value, 1, w.Groups, len(w.Groups), len(w.Groups)
		return
	}
	w.Fragility = v.Fragility
	if v.Top < 0 {
		return
	}
	w.Value, w.P = w.candidates[v.Top].printed, v.P[v.Top]
	if v.Ambiguous && v.Other >= 0 {
		w.Ambiguous = w.candidates[v.Other].printed
	}
	w.Behind = w.saying(w.candidates[v.Top])
	w.Independent = min(len(w.Behind), int(v.Support+rounding))
	for k, c := range w.candidates {
		if k == v.Top {
			continue
		}
		if groups := w.saying(c); len(groups) > 0 {
			w.Rivals = append(w.Rivals, Rival{Value: c.printed, P: v.P[k], Groups: groups})
		}
	}
	slices.SortStableFunc(w.Rivals, func(a, b Rival) int { return cmp.Compare(b.P, a.P) })
}

// rounding keeps three parts of a third from being less than one.
const rounding = 1e-6

// saying returns the groups that assert a candidate.
func (w *weighing) saying(c candidate) []*OriginGroup {
	var groups []*OriginGroup
	for _, g := range w.Groups {
		if slices.ContainsFunc(g.Statements, func(s *Statement) bool { return asserts(w.Claim.Claim, s, c.Value) }) {
			groups = append(groups, g)
		}
	}
	return groups
}
