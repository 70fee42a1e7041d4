package casebook

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"hearsay"
	"hearsay/weigh"
)

// Rule names what the gate looks for.
type Rule string

// The rules of DESIGN.md, "The gate before publishing". The first five block.
const (
	RuleReach    Rule = "reach"     // fewer people than the floor could have known it
	RuleVerbatim Rule = "verbatim"  // eight words in a row from a report that was never public
	RuleCodeName Rule = "code name" // the text names a source as the desk does
	RuleTrace    Rule = "trace"     // it shows that a source was cut or forced
	RuleConsent  Rule = "consent"   // a person's case without consent
	RuleFine     Rule = "fine"      // a place or time finer than the reader needs
	RuleAlone    Rule = "alone"     // it stands on one origin that few could be
	RuleMosaic   Rule = "mosaic"    // with what is published already it narrows further down
	RuleWords    Rule = "words"     // the text says another figure than the claim
)

// Blocks reports whether a finding of the rule stops publication.
func (r Rule) Blocks() bool {
	return slices.Contains([]Rule{RuleReach, RuleVerbatim, RuleCodeName, RuleTrace, RuleConsent}, r)
}

// Finding is one answer of the gate.
type Finding struct {
	Rule       Rule     `json:"rule"`
	Blocks     bool     `json:"blocks"`
	Claim      string   `json:"claim,omitempty"` // the cited claim, empty where it is about the text
	Where      string   `json:"where,omitempty"` // the words of the bulletin it is about
	Risk       string   `json:"risk"`            // in one sentence
	Coarser    string   `json:"coarser,omitempty"`
	Overridden []string `json:"overridden,omitempty"` // the editors who did, two or more once it is through
}

// Stops reports whether the finding still keeps the bulletin back.
func (f Finding) Stops() bool { return f.Blocks && len(f.Overridden) < overrideEditors }

// digest names what is found, so that an override covers this and nothing else.
func (f Finding) digest() [32]byte { return digest(f.Rule, f.Claim, f.Where, f.Risk) }

const (
	defaultFloor    = 20
	overrideEditors = 2
)

// gate is one run of the gate over a draft.
type gate struct {
	book     *Book
	draft    *Draft
	text     string // its words
	cited    []hearsay.ClaimLink
	grades   *Grades
	lifted   *Grades // what the desk would hold had nobody been cut or forced
	findings []Finding
}

// Gate answers for a draft: all that it would give away.
func (b *Book) Gate(ctx context.Context, model weigh.Model, draft *Draft, grades *Grades) ([]Finding, error) {
	lifted := grades
	if slices.ContainsFunc(b.inOrder, func(r *Report) bool { return !r.Admissible() }) {
		var err error
		if lifted, err = b.gradeAs(ctx, model, func(r *Report) bool { return r.Flag != Unverified }); err != nil {
			return nil, err
		}
	}
	source := []byte(draft.Text)
	g := &gate{book: b, draft: draft, text: hearsay.PlainText(source), cited: hearsay.ClaimLinks(source), grades: grades, lifted: lifted}
	g.reach()
	g.verbatim()
	g.codeNames()
	g.traces()
	g.consent()
	g.warnings()
	slices.SortStableFunc(g.findings, func(a, b Finding) int { return strings.Compare(a.Claim, b.Claim) })
	digest := draft.digest()
	for i := range g.findings {
		f := &g.findings[i]
		for _, o := range b.overrides {
			if b.known(o.Editor) == nil && o.Bulletin == draft.ID && o.digest == digest && slices.Contains(o.findings, f.digest()) && !slices.Contains(f.Overridden, o.Editor) {
				f.Overridden = append(f.Overridden, o.Editor)
			}
		}
	}
	return g.findings, nil
}

func (d *Draft) digest() [32]byte { return digest(d.Kind, d.Corrects, d.Text) }

func (g *gate) find(rule Rule, claim, where, risk, coarser string) {
	f := Finding{Rule: rule, Blocks: rule.Blocks(), Claim: claim, Where: where, Risk: risk, Coarser: coarser}
	same := func(o Finding) bool { return o.Rule == f.Rule && o.Claim == f.Claim && o.Where == f.Where }
	if !slices.ContainsFunc(g.findings, same) {
		g.findings = append(g.findings, f)
	}
}

// each calls visit for every claim that the text cites, once a link.
func (g *gate) each(visit func(link hearsay.ClaimLink, address string, a *Assessment)) {
	for _, link := range g.cited {
		address := link.Assertion.Address.String()
		if a := g.grades.ByClaim[address]; a != nil {
			visit(link, address, a)
		}
	}
}

// printed returns all that would go out with the draft, each apart: its words,
// its Markdown as it is written, which goes out too, and of the cited claims
// what their pages say.
func (g *gate) printed() []string {
	texts := []string{g.text, g.draft.Text, g.draft.ID}
	g.each(func(_ hearsay.ClaimLink, _ string, a *Assessment) {
		texts = append(texts, a.Value.Text, a.Claim.Key, a.Claim.Unit, a.Claim.Record)
		texts = append(texts, a.Claim.Labels...)
		if !a.Claim.Asked { // what kits ask is public, and a report may repeat the question
			texts = append(texts, a.Claim.Question)
		}
	})
	return texts
}

func (g *gate) reach() {
	for _, link := range g.cited {
		address := link.Assertion.Address.String()
		risk := "Nothing that may carry weight says anything of this claim: citing it shows that something was said."
		if a := g.grades.ByClaim[address]; a != nil {
			if a.Reach >= g.book.floor {
				continue
			}
			if len(a.Groups)+len(a.Silent)+len(a.Aside) > 0 {
				risk = fmt.Sprintf("Only %d people could have known this: whoever asks among them finds who told it.", a.Reach)
			}
		}
		g.find(RuleReach, address, link.Words, risk, "Leave it out, or tell only what a wider circle could have known: a season instead of a day, a province instead of a place.")
	}
}

func (g *gate) verbatim() {
	said := map[mark]string{} // every run of what goes out
	var order []mark
	for _, text := range g.printed() {
		for run := range runs(plainWords(text), ownWords) {
			m := markOf(run)
			if _, ok := said[m]; !ok {
				order = append(order, m)
			}
			said[m] = run
		}
	}
	for _, r := range g.book.inOrder {
		if r.Public() && r.Admissible() {
			continue
		}
		own := map[mark]bool{}
		for _, m := range r.likeness.own {
			if _, ok := said[m]; ok {
				own[m] = true
			}
		}
		if i := slices.IndexFunc(order, func(m mark) bool { return own[m] }); i >= 0 {
			g.find(RuleVerbatim, "", said[order[i]], "Eight words in a row stand in a report that was never published: whoever saw it sent knows its sender.", "Say it in words of your own.")
		}
	}
}

func (g *gate) codeNames() {
	all := strings.Join(g.printed(), "\n\n\n\n") // further apart than the parts of a name may be
	for _, s := range g.book.sourcesInOrder() {
		name := s.CodeName.Reveal()
		if mentions(all, name) {
			g.find(RuleCodeName, "", strings.ToLower(name), "It is the code name of a source: beside anything seized at the desk it tells who spoke.", "Take the name out.")
		}
	}
}

func (g *gate) traces() {
	sentences := sentencesOf(g.text)
	for _, sentence := range sentences {
		if tellsOfForce(sentence) {
			g.find(RuleTrace, "", sentence, "It tells that a source was taken or forced: whoever holds the source learns that the desk knows.", "Say nothing of sources' fate.")
		}
	}
	g.each(func(link hearsay.ClaimLink, address string, a *Assessment) {
		for _, s := range a.Out {
			if !s.Value.IsZero() && !s.denies && !a.says(s.Value) && says(link, sentences, s.Value) {
				g.find(RuleTrace, address, link.Words, "Only a report that was set aside says this: printing it shows that the report arrived.", "Print what the claim holds.")
			}
		}
		told, before := g.book.public[address]
		if !before || g.draft.Kind == hearsay.Correction {
			return
		}
		now := publicFace(a, g.grades.Calibrated, 0)
		if !now.SameFace(told.Latest()) && !now.SameFace(publicFace(g.lifted.ByClaim[address], g.lifted.Calibrated, 0)) {
			g.find(RuleTrace, address, link.Words, "What is published of this claim would change because a source was cut or forced: captors who hold the source watch which claims move.", "Let it go out with a correction.")
		}
	})
}

// says reports whether anything that may carry weight says what v says.
func (a *Assessment) says(v hearsay.Value) bool {
	return supports(a.Aside, v) || slices.ContainsFunc(a.Groups, func(g *OriginGroup) bool { return g.Supports(v) })
}

// says reports whether the linked words give a value or, where it is no common
// word as yes is, the sentence that they stand in.
func says(link hearsay.ClaimLink, sentences []string, v hearsay.Value) bool {
	gives := func(text string) bool {
		return containsRun(plainWords(text), plainWords(v.Text)) || mentions(text, v.Text)
	}
	return gives(link.Words) || v.Kind != hearsay.Truth && slices.ContainsFunc(sentences, func(sentence string) bool {
		return strings.Contains(sentence, link.Words) && gives(sentence)
	})
}

func (g *gate) consent() {
	const risk = "It tells of a person's case, and nobody has consented that it be told."
	const coarser = "Wait for the family's or the person's consent."
	for _, key := range g.book.keys {
		name := g.book.claims[key].Case
		if _, ok := g.book.consents[name]; ok || name == "" {
			continue
		}
		if mentions(g.text, name) || mentions(g.draft.Text, name) {
			g.find(RuleConsent, "", name, risk, coarser)
		}
	}
	g.each(func(link hearsay.ClaimLink, address string, a *Assessment) {
		if _, ok := g.book.consents[a.Claim.Case]; !ok && a.Claim.Case != "" {
			g.find(RuleConsent, address, link.Words, risk, coarser)
		}
	})
}

func (g *gate) warnings() {
	told := map[string]int{} // by case
	for _, b := range g.book.published {
		for _, cited := range b.Cites {
			if c := g.book.claims[cited.Claim.Key]; c != nil && c.Case != "" {
				told[c.Case]++
			}
		}
	}
	g.each(func(link hearsay.ClaimLink, address string, a *Assessment) {
		if a.Reach < Many {
			if day := fineDay.FindString(g.text); day != "" {
				g.find(RuleFine, address, day, "A day narrows down who was there.", "Name the month or the season.")
			}
			if a.Fragility == 1 && len(a.Behind) == 1 {
				g.find(RuleAlone, address, link.Words, "It stands on one origin: were it found, so were the source.", "Wait for a second origin.")
			}
			if n := told[a.Claim.Case]; n > 0 {
				g.find(RuleMosaic, address, link.Words, fmt.Sprintf("%d published citations already tell of this case: together they narrow it down.", n), "Add nothing that the earlier ones do not have.")
			}
		}
		if a.Claim.Type == hearsay.Number && !a.Value.IsZero() && saysAnother(link.Words, a.Value) {
			g.find(RuleWords, address, link.Words, "The words give another figure than the desk holds ("+a.Value.String()+").", a.Value.String())
		}
	})
}
