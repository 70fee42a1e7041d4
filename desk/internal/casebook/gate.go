package casebook

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"regexp"
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

const (
	defaultFloor    = 20
	overrideEditors = 2
	ownWords        = 8 // in a row make a text its author's
)

// gate is one run of the gate over a draft.
type gate struct {
	book     *Book
	draft    *Draft
	cited    []hearsay.ClaimLink
	words    []string
	grades   *Grades
	lifted   *Grades // what the desk would hold had nobody been cut or forced
	findings []Finding
}

// Gate answers for a draft: all that it would give away.
func (b *Book) Gate(ctx context.Context, model weigh.Model, draft *Draft, grades *Grades) ([]Finding, error) {
	lifted, err := b.gradeAs(ctx, model, func(r *Report) bool { return r.Flag != Unverified })
	if err != nil {
		return nil, err
	}
	g := &gate{book: b, draft: draft, grades: grades, lifted: lifted, words: words(draft.Text)}
	for _, link := range hearsay.ClaimLinks([]byte(draft.Text)) {
		g.cited = append(g.cited, link)
	}
	g.reach()
	g.verbatim()
	g.codeNames()
	g.traces()
	g.consent()
	g.warnings()
	digest := draft.digest()
	for i, f := range g.findings {
		for _, o := range b.overrides {
			if f.Blocks && o.Bulletin == draft.ID && o.digest == digest && o.Claim == f.Claim && !slices.Contains(g.findings[i].Overridden, o.Editor) {
				g.findings[i].Overridden = append(g.findings[i].Overridden, o.Editor)
			}
		}
	}
	return g.findings, nil
}

func (d *Draft) digest() [32]byte {
	b, err := json.Marshal([]string{string(d.Kind), d.Corrects, d.Text})
	if err != nil {
		panic("casebook: three texts do not encode: " + err.Error())
	}
	return sha256.Sum256(b)
}

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

func (g *gate) reach() {
	g.each(func(link hearsay.ClaimLink, address string, a *Assessment) {
		if a.Reach >= defaultFloor {
			return
		}
		risk := fmt.Sprintf("Only %d people could have known this: whoever asks among them finds who told it.", a.Reach)
		if len(a.Groups)+len(a.Silent)+len(a.Aside) == 0 {
			risk = "Nothing that may carry weight says anything of this claim: citing it shows that something was said."
		}
		g.find(RuleReach, address, link.Words, risk, "Leave it out, or tell only what a wider circle could have known: a season instead of a day, a province instead of a place.")
	})
}

func (g *gate) verbatim() {
	for _, r := range g.book.inOrder {
		if r.Public() && r.Admissible() {
			continue
		}
		if run, ok := commonRun(g.words, runSet(words(r.Body.Reveal()), ownWords), ownWords); ok {
			g.find(RuleVerbatim, "", run, "Eight words in a row stand in a report that was never published: whoever saw it sent knows its sender.", "Say it in words of your own.")
		}
	}
}

func (g *gate) codeNames() {
	for _, s := range g.book.sourcesInOrder() {
		if s.CodeName.IsZero() {
			continue
		}
		name := words(s.CodeName.Reveal())
		if containsRun(g.words, name) {
			g.find(RuleCodeName, "", strings.Join(name, " "), "It is the code name of a source: beside anything seized at the desk it tells who spoke.", "Take the name out.")
		}
	}
}

func containsRun(text, run []string) bool {
	for i := 0; len(run) > 0 && i+len(run) <= len(text); i++ {
		if slices.Equal(text[i:i+len(run)], run) {
			return true
		}
	}
	return false
}

// A sentence that speaks of a source and of force tells readers that a source
// is in hostile hands. The words of the four languages of the pages.
var (
	aSource = regexp.MustCompile(`(?i)\b(our|my|the|a|one|whose)\s+(\w+\s+)?(sources?|contacts?|informants?|correspondents?)\b|소식통|제보자|정보원|취재원|消息来源|消息人士|线人|источник|информатор|собеседник`)
	aForce  = regexp.MustCompile(`(?i)\b(captured|seized|arrested|detained|taken away|turned|compromised|forced|coerced|duress|quarantined?|cut off|no longer trust\w*|fell silent)\b|체포|억류|강요|붙잡|협박|被捕|被抓|被迫|胁迫|захвачен|задержан|арестован|принужд|под давлением`)
	aTrace  = regexp.MustCompile(`(?i)\b(under duress|cut date|wrong order of (the|its|their) words|false order)\b|강요에 의해|受胁迫|под принуждением`)
	breaks  = regexp.MustCompile(`[.!?。！？\n]+`)
)

func (g *gate) traces() {
	for sentence := range slices.Values(breaks.Split(hearsay.PlainText([]byte(g.draft.Text)), -1)) {
		if aTrace.MatchString(sentence) || aSource.MatchString(sentence) && aForce.MatchString(sentence) {
			g.find(RuleTrace, "", strings.TrimSpace(sentence), "It tells that a source was taken or forced: whoever holds the source learns that the desk knows.", "Say nothing of sources' fate.")
		}
	}
	g.each(func(link hearsay.ClaimLink, address string, a *Assessment) {
		for _, s := range a.Out {
			if s.Value.IsZero() || slices.ContainsFunc(append(a.Groups, a.asideGroup()), func(o *OriginGroup) bool { return o.Supports(s.Value) }) {
				continue
			}
			if containsRun(words(link.Words), words(s.Value.Text)) {
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

// asideGroup is what was set aside beside a record, as one group.
func (a *Assessment) asideGroup() *OriginGroup { return &OriginGroup{Statements: a.Aside} }

func (g *gate) consent() {
	for _, c := range g.book.claims {
		if c.Case == "" {
			continue
		}
		if _, ok := g.book.consents[c.Case]; ok {
			continue
		}
		if containsRun(g.words, words(c.Case)) {
			g.find(RuleConsent, "", c.Case, "It names a person's case, and nobody has consented that it be told.", "Wait for the family's or the person's consent.")
		}
		g.each(func(link hearsay.ClaimLink, address string, a *Assessment) {
			if a.Claim.Key == c.Key {
				g.find(RuleConsent, address, link.Words, "It tells of a person's case, and nobody has consented that it be told.", "Wait for the family's or the person's consent.")
			}
		})
	}
	slices.SortStableFunc(g.findings, func(a, b Finding) int { return strings.Compare(a.Claim, b.Claim) })
}

var fineDay = regexp.MustCompile(`(?i)\b\d{1,2}(st|nd|rd|th)?\s+(of\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|\b(january|february|march|april|may|june|july|august|september|october|november|december)\s+\d{1,2}\b|\b\d{4}-\d{2}-\d{2}\b|\d{1,2}월\s*\d{1,2}일|\d{1,2}月\d{1,2}[日号]`)

func (g *gate) warnings() {
	cases := map[string]int{}
	for _, b := range g.book.published {
		for _, cited := range b.Cites {
			if c := g.book.claims[cited.Claim.Key]; c != nil && c.Case != "" {
				cases[c.Case]++
			}
		}
	}
	text := hearsay.PlainText([]byte(g.draft.Text))
	g.each(func(link hearsay.ClaimLink, address string, a *Assessment) {
		if a.Reach < Many {
			if day := fineDay.FindString(text); day != "" {
				g.find(RuleFine, address, day, "A day narrows down who was there.", "Name the month or the season.")
			}
			if a.Fragility == 1 && len(a.Behind) == 1 {
				g.find(RuleAlone, address, link.Words, "It stands on one origin: were it found, so were the source.", "Wait for a second origin.")
			}
			if n := cases[a.Claim.Case]; n > 0 {
				g.find(RuleMosaic, address, link.Words, fmt.Sprintf("%d published citations already tell of this case: together they narrow it down.", n), "Add nothing that the earlier ones do not have.")
			}
		}
		if a.Claim.Type == hearsay.Number && !a.Value.IsZero() && saysAnother(link.Words, a.Value) {
			g.find(RuleWords, address, link.Words, "The words give another figure than the desk holds ("+a.Value.String()+").", a.Value.String())
		}
	})
}

var figure = regexp.MustCompile(`\d[\d,. ]*\d|\d`)

// saysAnother reports whether the words hold figures and none of them is the
// value's.
func saysAnother(words string, v hearsay.Value) bool {
	figures := figure.FindAllString(words, -1)
	plain := strings.NewReplacer(",", "", " ", "")
	return len(figures) > 0 && !slices.ContainsFunc(figures, func(f string) bool { return plain.Replace(f) == v.Text })
}
