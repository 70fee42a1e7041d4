package casebook

import (
	"cmp"
	"slices"

	"hearsay"
	"hearsay/weigh"
)

// weighing is one claim on its way through weigh.
type weighing struct {
	*Assessment
	item       int
	groups     []*OriginGroup
	candidates []candidate
	open       bool
}

// newWeighing returns nil where nobody gives a value.
func newWeighing(a *Assessment) *weighing {
	var speaking []*Statement
	for _, g := range a.Groups {
		speaking = append(speaking, g.Statements...)
	}
	if len(speaking) == 0 {
		return nil
	}
	slices.SortFunc(speaking, func(x, y *Statement) int { return cmp.Compare(x.Report.Seq, y.Report.Seq) })
	w := &weighing{Assessment: a, groups: a.Groups}
	w.candidates, w.open = candidates(a.Claim.Claim, speaking)
	return w
}

// statements turns the groups into voices by index. A declared origin is a
// voice of its own wherever it is named; else the source is.
func (w *weighing) statements(voices map[string]int) []weigh.Statement {
	var all []weigh.Statement
	for origin, g := range w.groups {
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
			stated := weigh.Statement{Source: voice, Origin: origin, Denies: s.Stance == "denies"}
			for k, c := range w.candidates {
				if allows(w.Claim.Claim, s, c.value) {
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
func (w *weighing) read(v weigh.Verdict) {
	w.Fragility = v.Fragility
	if v.Top < 0 {
		return
	}
	w.Value, w.P = w.candidates[v.Top].value, v.P[v.Top]
	for _, origin := range v.Origins {
		w.Behind = append(w.Behind, w.groups[origin])
	}
	for k, c := range w.candidates {
		if k == v.Top {
			continue
		}
		rival := Rival{Value: c.value, P: v.P[k]}
		for _, g := range w.groups {
			if slices.ContainsFunc(g.Statements, func(s *Statement) bool { return s.Stance != "denies" && allows(w.Claim.Claim, s, c.value) }) {
				rival.Groups = append(rival.Groups, g)
			}
		}
		if len(rival.Groups) > 0 {
			w.Rivals = append(w.Rivals, rival)
		}
	}
	slices.SortStableFunc(w.Rivals, func(a, b Rival) int { return cmp.Compare(b.P, a.P) })
}

// Settled reports whether what the claim's value is has been settled.
func (a *Assessment) Settled() bool { return a.Standing == hearsay.VerifiedByRecord }
