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
	Claim       Claim
	Address     hearsay.Address
	Standing    hearsay.Standing
	Value       hearsay.Value // zero where none is known
	P           float64       // of Value; a number for pages only once calibrated
	Groups      []*OriginGroup
	Behind      []*OriginGroup // the groups that say Value
	Independent int            // how many of them are, at least: sources found to depend on each other count as one
	Rivals      []Rival
	Fragility   int
	Ambiguous   hearsay.Value  // what the answer would be if some sources depend on each other, where that explains the statements as well; else zero
	Settled     bool           // the record settles it
	Tested      []*OriginGroup // of a settled claim, who counted for themselves: the record tells how reliable they are
	Record      *Vintages      // the record that settles it, once kept
	Silent      []*Statement   // admissible, but they give no value
	Out         []*Statement   // quarantined, forced or unverified
	Aside       []*Statement   // history of a record, and figures that contradict it
	Misfits     []*Statement
	Reach       Reach
	Signed      []Signature // those that still hold
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
	b.settled()
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
	table := &weigh.Table{Kind: weigh.Open, Origin: []int32{}, Settled: []int32{}}
	voices := map[string]int32{} // who speaks: a declared origin, else a source
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
			w.addTo(table, voices)
			for _, s := range append(w.speaking(), statementsOf(w.Tested)...) {
				if s.Origin == "" {
					speaking[s.Report.Source.ID]++
				}
			}
			weighed = append(weighed, w)
		}
	}
	table.Sources = len(voices)
	result, err := model.Weigh(ctx, table, weigh.Options{MinOrigins: corroboratedOrigins, MinP: corroboratedP})
	if err != nil {
		return nil, fmt.Errorf("grade: %w", err)
	}
	for _, w := range weighed {
		w.read(result.Verdicts[w.item])
	}
	for id, n := range speaking {
		if voice, ok := voices[voiceOfSource(id)]; ok {
			g.Sources[id] = Reliability{result.Sources[voice].P, n}
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
	if a.Record = latestOfRecord(a.Claim, speaking); a.Record != nil {
		a.Settled = slices.ContainsFunc(b.signatures[address.String()], a.holdsByRecord)
		var left, tested []*Statement
		for _, s := range speaking {
			history := s != a.Record.Statement && a.Record.history(a.Claim, s)
			switch {
			case s == a.Record.Statement || !history && !a.Settled:
				left = append(left, s)
				continue
			case !history:
				tested = append(tested, s)
			}
			a.Aside = append(a.Aside, s)
		}
		speaking = left
		a.Tested = b.origins(a.Claim, tested)
	}
	a.Groups = b.origins(a.Claim, speaking)
	return a
}

// history reports whether a statement only repeats the record: an earlier
// vintage, a figure equal to one, or a figure quoted from it and misquoted. Who
// counted for themselves is no history but may contradict it.
func (v *Vintages) history(c Claim, s *Statement) bool {
	if s.denies {
		return false
	}
	if s.Origin == "" && s.quotes() || foldLabel(s.Origin) == foldLabel(c.Record) {
		return true
	}
	return slices.ContainsFunc(v.All[:len(v.All)-1], func(earlier hearsay.Vintage) bool {
		return sameCandidate(c.Claim, earlier.Value, s.Value)
	}) && !sameCandidate(c.Claim, v.Statement.Value, s.Value)
}

// latestOfRecord returns the statement with the latest vintage of the record
// that the claim names, and all vintages, nil where no document gives one.
func latestOfRecord(c Claim, statements []*Statement) *Vintages {
	if c.Record == "" {
		return nil
	}
	var of []*Statement
	for _, s := range statements {
		if s.Basis == "document" && !s.denies && foldLabel(s.Origin) == foldLabel(c.Record) {
			of = append(of, s)
		}
	}
	if len(of) == 0 {
		return nil
	}
	slices.SortStableFunc(of, func(a, b *Statement) int { return a.asOf().Compare(b.asOf()) })
	r := &Vintages{Statement: of[len(of)-1]}
	for _, s := range of {
		r.All = append(r.All, hearsay.Vintage{As: s.asOf(), Value: s.Value})
	}
	return r
}

// asOf returns as of when the statement gives a figure: its vintage, or else the
// day it came.
func (s *Statement) asOf() hearsay.Date {
	if !s.Vintage.IsZero() {
		return s.Vintage
	}
	day, _ := hearsay.ParseDate(s.Report.Received.String()) // a day is a date; before the year 0 it is none
	return day
}

// stand gives the claim its standing: the first rule of DESIGN.md that applies.
func (b *Book) stand(a *Assessment) {
	signed, byRecord := false, false
	for _, s := range b.signatures[a.Address.String()] {
		if s.ByRecord && a.holdsByRecord(s) || !s.ByRecord && a.holds(s) {
			a.Signed = append(a.Signed, s)
			signed, byRecord = signed || !s.ByRecord, byRecord || s.ByRecord
		}
	}
	n := a.Independent
	switch {
	case a.Value.IsZero():
		a.Standing = hearsay.NotKnown
	case byRecord:
		a.Standing = hearsay.VerifiedByRecord
	case len(a.Rivals) > 0 && a.Rivals[0].P >= rivalP:
		a.Standing = hearsay.Disputed
	case !a.Ambiguous.IsZero():
		a.Standing = hearsay.Chatter
	case n >= verifiedOrigins && a.P >= verifiedP && a.Fragility > 1 && signed:
		a.Standing = hearsay.Verified
	case n >= corroboratedOrigins && a.P >= corroboratedP:
		a.Standing = hearsay.Corroborated
	default:
		a.Standing = hearsay.Chatter
	}
}

// holds reports whether a signature is of the value and the origin groups as
// they are, by an editor who keyed in none of what they rest on.
func (a *Assessment) holds(s Signature) bool {
	return s.binding == a.binding() && !keyedIn(s.Editor, a.behind())
}

// holdsByRecord reports whether a signature is of the value that the record
// gives, by an editor who did not key it in.
func (a *Assessment) holdsByRecord(s Signature) bool {
	return s.ByRecord && a.Record != nil && s.binding == a.Record.binding() && !keyedIn(s.Editor, []*Statement{a.Record.Statement})
}

func keyedIn(editor string, statements []*Statement) bool {
	return slices.ContainsFunc(statements, func(s *Statement) bool { return s.Report.KeyedBy == editor })
}

// behind returns the statements of the groups that say the value.
func (a *Assessment) behind() []*Statement { return statementsOf(a.Behind) }

func statementsOf(groups []*OriginGroup) []*Statement {
	var all []*Statement
	for _, g := range groups {
		all = append(all, g.Statements...)
	}
	return all
}

// binding digests the value and the origin groups, so that a signature falls
// when either changes.
func (a *Assessment) binding() [32]byte { return digest(a.Value, bindingOf(a.Behind)) }

// binding digests the value that the record gives now.
func (v *Vintages) binding() [32]byte { return digest("record", v.Statement.Value) }

// digest sums up parts that encode plainly.
func digest(parts ...any) [32]byte {
	b, err := json.Marshal(parts)
	if err != nil {
		panic("casebook: plain parts do not encode: " + err.Error())
	}
	return sha256.Sum256(b)
}
