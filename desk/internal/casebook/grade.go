package casebook

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"hearsay"
	"hearsay/weigh"
)

// Assessment is what the desk holds of a claim at one moment, and why.
type Assessment struct {
	Claim     Claim
	Address   hearsay.Address
	Standing  hearsay.Standing
	Value     hearsay.Value // zero where none is known
	P         float64       // of Value; a number for pages only once calibrated
	Groups    []*OriginGroup
	Behind    []*OriginGroup // the groups that say Value
	Rivals    []Rival
	Fragility int
	Record    *Vintages    // the record that settles it, once kept
	Silent    []*Statement // admissible, but they give no value
	Out       []*Statement // quarantined, forced or unverified
	Aside     []*Statement // history of a record, and figures that contradict it
	Misfits   []*Statement
	Reach     Reach
	Signed    []Signature // those that still hold
	binding   [32]byte
}

// Vintages is the latest vintage of the record that a claim names.
type Vintages struct {
	Statement *Statement
	All       []hearsay.Vintage // oldest first
}

// Rival is another value that somebody asserts.
type Rival struct {
	Value  hearsay.Value
	P      float64
	Groups []*OriginGroup
}

// The figures of DESIGN.md's rules.
const (
	corroboratedOrigins = 2
	corroboratedP       = .80
	verifiedOrigins     = 3
	verifiedP           = .95
	rivalP              = .20
	calibratedFrom      = 20 // settled claims
)

// Grades is what the desk holds of all its claims at one moment.
type Grades struct {
	ByClaim    map[string]*Assessment // by address
	Addresses  []hearsay.Address      // in order
	Settled    int                    // claims verified by record
	Calibrated bool                   // whether enough are settled for P to be printed
	Sources    map[SourceID]Reliability
}

// Reliability is what weighing makes of a voice: a source speaking for itself.
type Reliability struct {
	Right      float64 // the chance that its next statement is right
	Statements int
}

// Grade weighs every claim that is worded or spoken of. The mapping from
// sources to the indices that weigh sees is dropped when it returns.
func (b *Book) Grade(ctx context.Context, model weigh.Model) (*Grades, error) {
	return b.gradeAs(ctx, model, (*Report).Admissible)
}

// gradeAs weighs as if exactly the reports that admissible lets in carried
// weight: to preview a cut, and to see what cuts and duress change.
func (b *Book) gradeAs(ctx context.Context, model weigh.Model, admissible func(*Report) bool) (*Grades, error) {
	g := &Grades{ByClaim: map[string]*Assessment{}, Sources: map[SourceID]Reliability{}}
	byClaim := b.statements()
	for _, key := range b.keys {
		if c := b.claims[key]; c.Series == "" && byClaim[key] == nil {
			byClaim[key] = []*Statement{} // asked, and nobody has answered
		}
	}
	var problem weigh.Problem
	voices := map[string]int{} // who speaks: a declared origin, else a source
	speaking := map[SourceID]int{}
	var weighed []*weighing
	for address, statements := range byClaim {
		parsed, err := hearsay.ParseAddress(address)
		if err != nil {
			return nil, fmt.Errorf("grade: %w", err)
		}
		g.Addresses = append(g.Addresses, parsed)
		g.ByClaim[address] = b.assess(parsed, statements, admissible)
	}
	slices.SortFunc(g.Addresses, hearsay.Address.Compare)
	for _, address := range g.Addresses {
		if w := newWeighing(g.ByClaim[address.String()]); w != nil {
			w.item = len(problem.Items)
			problem.Items = append(problem.Items, weigh.Item{Candidates: len(w.candidates), Open: w.open})
			for _, s := range w.statements(voices) {
				s.Item = w.item
				problem.Statements = append(problem.Statements, s)
			}
			for _, group := range w.groups {
				for _, s := range group.Statements {
					speaking[s.Report.Source.ID]++
				}
			}
			weighed = append(weighed, w)
		}
	}
	problem.Sources = len(voices)
	result, err := model.Weigh(ctx, problem, weigh.Options{MinOrigins: corroboratedOrigins, MinP: corroboratedP})
	if err != nil {
		return nil, fmt.Errorf("grade: %w", err)
	}
	for _, w := range weighed {
		w.read(result.Verdicts[w.item])
	}
	for id, n := range speaking {
		if voice, ok := voices[voiceOfSource(id)]; ok {
			g.Sources[id] = Reliability{result.Reliability[voice], n}
		}
	}
	for _, a := range g.ByClaim {
		b.stand(a)
		if a.Standing == hearsay.VerifiedByRecord {
			g.Settled++
		}
	}
	g.Calibrated = g.Settled >= calibratedFrom
	return g, nil
}

// assess sorts the statements on a claim by what becomes of them.
func (b *Book) assess(address hearsay.Address, statements []*Statement, admissible func(*Report) bool) *Assessment {
	a := &Assessment{Address: address, Claim: Claim{Claim: hearsay.Claim{Key: address.Key}, Candidate: true}}
	if c := b.claims[address.Key]; c != nil {
		a.Claim = *c
	}
	var speaking []*Statement
	for _, s := range statements {
		switch {
		case !admissible(s.Report):
			a.Out = append(a.Out, s)
			continue
		case s.Misfit != nil:
			a.Misfits = append(a.Misfits, s)
			continue
		case s.Value.IsZero():
			a.Silent = append(a.Silent, s)
		default:
			speaking = append(speaking, s)
		}
		a.Reach = max(a.Reach, s.reach(a.Claim))
	}
	a.Record = latestOfRecord(a.Claim, speaking)
	if a.Record != nil {
		// The record speaks for itself. Its earlier vintages are history, and
		// whoever quotes another figure than it prints misquotes it: no rival.
		record := a.Record.Statement
		a.Aside = slices.DeleteFunc(slices.Clone(speaking), func(s *Statement) bool { return s == record })
		speaking = []*Statement{record}
	}
	a.Groups = b.origins(a.Claim, speaking)
	return a
}

// latestOfRecord returns the statement with the latest vintage of the record
// that the claim names, and all vintages, nil where no document gives one.
func latestOfRecord(c Claim, statements []*Statement) *Vintages {
	if c.Record == "" {
		return nil
	}
	var of []*Statement
	for _, s := range statements {
		if s.Basis == "document" && s.Stance != "denies" && foldLabel(s.Origin) == foldLabel(c.Record) {
			of = append(of, s)
		}
	}
	if len(of) == 0 {
		return nil
	}
	slices.SortStableFunc(of, func(a, b *Statement) int { return a.Vintage.Compare(b.Vintage) })
	r := &Vintages{Statement: of[len(of)-1]}
	for _, s := range of {
		as := s.Vintage
		if as.IsZero() {
			as, _ = hearsay.ParseDate(s.Report.Received.String())
		}
		r.All = append(r.All, hearsay.Vintage{As: as, Value: s.Value})
	}
	return r
}

// stand gives the claim its standing: the first rule of DESIGN.md that applies.
func (b *Book) stand(a *Assessment) {
	a.binding = a.bind()
	for _, s := range b.signatures[a.Address.String()] {
		if s.binding == a.binding && !slices.ContainsFunc(a.signable(s.ByRecord), func(st *Statement) bool { return st.Report.KeyedBy == s.Editor }) {
			a.Signed = append(a.Signed, s)
		}
	}
	signed := func(byRecord bool) bool {
		return slices.ContainsFunc(a.Signed, func(s Signature) bool { return s.ByRecord == byRecord })
	}
	n := len(a.Behind)
	switch {
	case a.Value.IsZero():
		a.Standing = hearsay.NotKnown
	case a.Record != nil && signed(true):
		a.Standing = hearsay.VerifiedByRecord
	case len(a.Rivals) > 0 && a.Rivals[0].P >= rivalP:
		a.Standing = hearsay.Disputed
	case n >= verifiedOrigins && a.P >= verifiedP && a.Fragility > 1 && signed(false):
		a.Standing = hearsay.Verified
	case n >= corroboratedOrigins && a.P >= corroboratedP:
		a.Standing = hearsay.Corroborated
	default:
		a.Standing = hearsay.Chatter
	}
}

// signable returns the statements that a signature rests on.
func (a *Assessment) signable(byRecord bool) []*Statement {
	if byRecord {
		if a.Record == nil {
			return nil
		}
		return []*Statement{a.Record.Statement}
	}
	var all []*Statement
	for _, g := range a.Behind {
		all = append(all, g.Statements...)
	}
	return all
}

// bind digests the value and the origin groups, so that a signature falls when
// either changes.
func (a *Assessment) bind() [32]byte {
	b, err := json.Marshal([]any{a.Value, bindingOf(a.Behind)})
	if err != nil {
		panic("casebook: a value does not encode: " + err.Error())
	}
	return sha256.Sum256(b)
}
