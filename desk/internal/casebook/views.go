package casebook

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"hearsay"
)

// The views are what an editor's pages show: plain fields, made to be rendered
// or, where a page is asked for JSON, written out. They reveal code names and
// texts on purpose and exist only between the casebook and the desk's own
// loopback address.

// InboxView is the list of reports, newest first.
type InboxView struct {
	Reports []ReportLine   `json:"reports"`
	Editors []string       `json:"editors"`
	Loose   []ManifestView `json:"loose,omitempty"`   // files without a report that is kept
	Replies int            `json:"replies,omitempty"` // that wait for a drop
	Held    int            `json:"held,omitempty"`    // of them, until an editor says that they are meant
}

// ReportLine is a report in a list.
type ReportLine struct {
	Place       int64       `json:"place"` // in the casebook; names the report in pages
	Received    hearsay.Day `json:"received"`
	Channel     Channel     `json:"channel"`
	Source      SourceLine  `json:"source"`
	Flag        Flag        `json:"flag,omitempty"`
	Quarantined bool        `json:"quarantined,omitempty"`
	Statements  int         `json:"statements"`
	Waiting     bool        `json:"waiting,omitempty"` // it has no statement yet: an editor marks it
	Misfits     int         `json:"misfits,omitempty"` // statements that no worded claim can take
	Begins      string      `json:"begins"`
	Files       int         `json:"files,omitempty"`
}

// SourceLine is a source in a list.
type SourceLine struct {
	Handle   string       `json:"handle"`
	CodeName string       `json:"code_name,omitempty"` // empty until an editor names it
	Note     string       `json:"note,omitempty"`
	Cut      *hearsay.Day `json:"cut,omitempty"`
	Alarm    Flag         `json:"alarm,omitempty"`
	Reports  int          `json:"reports"`
}

// Display returns the code name, or what stands in for one.
func (s SourceLine) Display() string {
	if s.CodeName != "" {
		return s.CodeName
	}
	return "not named yet"
}

// ReportView is one report with its statements.
type ReportView struct {
	ReportLine
	Body       string          `json:"body"`
	KeyedBy    string          `json:"keyed_by,omitempty"`
	Statements []StatementView `json:"said"`
	Enclosed   []ManifestView  `json:"enclosed,omitempty"`
	Lifts      []LiftView      `json:"lifts,omitempty"` // editors' words that its order of words is no sign of force
}

// LiftView is one editor's word for an order of a source's words.
type LiftView struct {
	Editor string      `json:"editor"`
	Day    hearsay.Day `json:"day"`
	Why    string      `json:"why"`
}

// ContactView is one inbox of a source.
type ContactView struct {
	Since  hearsay.Day   `json:"since"`            // when the desk first heard of it
	State  string        `json:"state"`            // current, rolled over, or why nothing from it carries weight
	Rolled *hearsay.Day  `json:"rolled,omitempty"` // since when its words are not in use
	Acked  []hearsay.Day `json:"acked,omitempty"`  // the drops that acknowledged it, the latest first
}

// RolloverView is a source's word that it changed its words.
type RolloverView struct {
	Place    int64       `json:"place"`
	Received hearsay.Day `json:"received"`
	Verdict  Verdict     `json:"verdict"`
	Lifts    []LiftView  `json:"lifts,omitempty"`
	Liftable bool        `json:"liftable,omitempty"` // two editors can say that it was no force
}

// StatementView is one statement, in its report or under its claim.
type StatementView struct {
	Report   int64       `json:"report"` // the report's place
	Source   SourceLine  `json:"source"`
	Received hearsay.Day `json:"received"`
	Claim    string      `json:"claim"`
	Words    string      `json:"words"`
	Start    int         `json:"start"` // its span, in bytes of the report's body
	End      int         `json:"end"`
	Says     string      `json:"says"` // the value as stated, empty where none is given
	Unit     string      `json:"unit,omitempty"`
	Stance   string      `json:"stance"`
	Hedge    string      `json:"hedge"`
	Basis    string      `json:"basis"`
	Origin   string      `json:"origin,omitempty"` // as declared
	At       string      `json:"at,omitempty"`
	Vintage  string      `json:"vintage,omitempty"`
	Out      string      `json:"out,omitempty"` // why it carries no weight
	Misfit   string      `json:"misfit,omitempty"`
	Reach    string      `json:"reach"`
}

// ClaimLine is a claim in a list.
type ClaimLine struct {
	Address    string           `json:"claim"`
	Question   string           `json:"question"`
	Standing   hearsay.Standing `json:"standing"`
	Value      any              `json:"value"`
	Says       string           `json:"says"` // the value in words
	Unit       string           `json:"unit,omitempty"`
	P          float64          `json:"p"`
	Calibrated bool             `json:"calibrated"`
	Origins    []string         `json:"origins"` // the names of the groups behind the value, or that speak at all where none is known
	Fragility  int              `json:"fragility"`
	Otherwise  string           `json:"otherwise,omitempty"` // what the answer would be if some sources depend on each other, where nothing tells whether they do
}

// OriginView is one origin group.
type OriginView struct {
	Name       string          `json:"name"`
	Says       string          `json:"says"`
	Because    []string        `json:"because,omitempty"`
	Statements []StatementView `json:"statements"`
	Without    *ClaimLine      `json:"without,omitempty"` // how the claim would stand were the group silent
}

// RivalView is another value that is asserted.
type RivalView struct {
	Says    string       `json:"says"`
	P       float64      `json:"p"`
	Origins []OriginView `json:"origins"`
}

// ClaimView is one claim with all that is known of it.
type ClaimView struct {
	ClaimLine
	Type       hearsay.ClaimType `json:"type"`
	CouldKnow  string            `json:"could_know"`
	Reach      string            `json:"reach"` // the largest among its admissible statements
	Case       string            `json:"case,omitempty"`
	Record     string            `json:"record,omitempty"`
	Settled    int               `json:"settled"`
	Behind     []OriginView      `json:"behind"`
	Rivals     []RivalView       `json:"rivals,omitempty"`
	Denials    []StatementView   `json:"denials,omitempty"` // they name no value and only say what is not so
	Silent     []StatementView   `json:"silent,omitempty"`
	Out        []StatementView   `json:"out,omitempty"`
	Aside      []StatementView   `json:"aside,omitempty"` // history of the record, and figures that misquote it
	Misfits    []StatementView   `json:"misfits,omitempty"`
	Vintages   []VintageView     `json:"vintages,omitempty"`
	Merges     []MergeView       `json:"merges,omitempty"`
	Signatures []SignatureView   `json:"signatures,omitempty"`
	History    []HistoryView     `json:"history"`
	CitedBy    []string          `json:"cited_by,omitempty"`
}

// VintageView is one vintage of a record's figure.
type VintageView struct {
	As   string `json:"as"`
	Says string `json:"says"`
}

// MergeView is an editor's merge.
type MergeView struct {
	Reports []int64     `json:"reports"`
	Editor  string      `json:"editor"`
	Day     hearsay.Day `json:"day"`
	Why     string      `json:"why"`
}

// SignatureView is an editor's signature and whether it still holds.
type SignatureView struct {
	Editor   string      `json:"editor"`
	Day      hearsay.Day `json:"day"`
	ByRecord bool        `json:"by_record"`
	Holds    bool        `json:"holds"`
}

// HistoryView is what was held from a day on.
type HistoryView struct {
	On       hearsay.Day      `json:"on"`
	Standing hearsay.Standing `json:"standing"`
	Says     string           `json:"says"`
	Origins  int              `json:"origins"`
}

// SourceView is one source with its reports, and what cutting it would do.
type SourceView struct {
	SourceLine
	Reports     []ReportLine `json:"sent"`
	Reliability float64      `json:"reliability"`
	Said        int          `json:"said"` // statements it was weighed by
	Effect      *CutEffect   `json:"effect,omitempty"`

	Contacts  []ContactView  `json:"contacts,omitempty"`
	Rollovers []RolloverView `json:"rollovers,omitempty"`
	Loose     []ManifestView `json:"loose,omitempty"`    // files without a report that is kept
	Unanswer  string         `json:"unanswer,omitempty"` // why it cannot be answered
}

// CutEffect is what a cut changes: in force, or, where Preview, if it were set.
type CutEffect struct {
	Since     hearsay.Day `json:"since"`
	Preview   bool        `json:"preview"`
	Reports   int         `json:"reports"` // that it quarantines
	Regrades  []Regrade   `json:"regrades,omitempty"`
	Bulletins []string    `json:"bulletins,omitempty"` // published ones that cite a claim it regrades
}

// Regrade is a claim before and after.
type Regrade struct {
	Claim  string    `json:"claim"`
	Before ClaimLine `json:"before"`
	After  ClaimLine `json:"after"`
}

// BulletinView is a draft or a published bulletin with the gate's answer.
type BulletinView struct {
	ID        string               `json:"id"`
	Kind      hearsay.BulletinKind `json:"kind"`
	Title     string               `json:"title"`
	Text      string               `json:"text"`
	Corrects  string               `json:"corrects,omitempty"`
	Day       hearsay.Day          `json:"day"`
	Editor    string               `json:"editor"`
	Published bool                 `json:"published"`
	Findings  []Finding            `json:"findings"`
	Blocked   bool                 `json:"blocked"`
	Cites     []ClaimLine          `json:"cites,omitempty"`
	Overrides []OverrideView       `json:"overrides,omitempty"`
}

// OverrideView is one editor's override.
type OverrideView struct {
	Claim  string      `json:"claim"`
	Editor string      `json:"editor"`
	Day    hearsay.Day `json:"day"`
	Why    string      `json:"why"`
	Holds  bool        `json:"holds"` // whether it is of the text as it stands
}

func (b *Book) sourceLine(s *Source) SourceLine {
	return SourceLine{Handle: Handle(s.ID), CodeName: s.CodeName.Reveal(), Note: s.Note, Cut: s.Cut, Alarm: s.Alarm, Reports: s.sent}
}

func (b *Book) reportLine(r *Report) ReportLine {
	line := ReportLine{
		Place: r.Seq, Received: r.Received, Channel: r.Channel, Source: b.sourceLine(r.Source), Flag: r.Flag,
		Quarantined: r.Quarantined(), Statements: len(r.Statements), Waiting: len(r.Statements) == 0,
	}
	for _, s := range r.Statements {
		if s.Misfit != nil {
			line.Misfits++
		}
	}
	const most = 90
	text := strings.Join(strings.Fields(hearsay.PlainText([]byte(r.Body.Reveal()))), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	line.Begins = strings.ToValidUTF8(text, "�")
	for _, m := range b.enclosed(r) {
		line.Files += len(m.Files)
	}
	return line
}

func (b *Book) statementView(s *Statement) StatementView {
	v := StatementView{
		Report: s.Report.Seq, Source: b.sourceLine(s.Report.Source), Received: s.Report.Received,
		Words: s.Words, Start: s.Start, End: s.End, Unit: s.Unit,
		Stance: s.Stance, Hedge: s.Hedge, Basis: s.Basis, Origin: s.Origin, At: s.At.String(), Vintage: s.Vintage.String(),
	}
	if s.Address.Key != "" {
		v.Claim = s.Address.String()
	}
	if s.Known() {
		v.Says = s.Assertion.Value
		if s.Approx != "" {
			v.Says = strings.ReplaceAll(s.Approx, "-", " ") + " " + v.Says
		}
	}
	if s.Misfit != nil {
		v.Misfit = s.Misfit.Error()
	}
	switch {
	case s.Report.Flag != "":
		v.Out = string(s.Report.Flag)
	case s.Report.Quarantined():
		v.Out = "cut since " + s.Report.Source.Cut.String()
	}
	if c := b.claims[s.Address.Key]; c != nil {
		v.Reach = s.reach(*c).String()
	}
	return v
}

func (b *Book) statementViews(statements []*Statement) []StatementView {
	var views []StatementView
	for _, s := range statements {
		views = append(views, b.statementView(s))
	}
	return views
}

func (b *Book) originView(g *OriginGroup) OriginView {
	v := OriginView{Name: g.Name(), Because: g.Because, Statements: b.statementViews(g.Statements)}
	for _, s := range v.Statements {
		if !strings.Contains(v.Says, s.Says) {
			v.Says = strings.TrimPrefix(v.Says+"; "+s.Says, "; ")
		}
	}
	return v
}

func claimLine(a *Assessment, calibrated bool) ClaimLine {
	const digits = 1e4 // of P: more would be noise
	line := ClaimLine{
		Address: a.Address.String(), Question: a.Claim.Question, Standing: a.Standing, Value: a.Value.Plain(),
		Says: a.Value.String(), Unit: a.Claim.Unit, P: math.Round(a.P*digits) / digits, Calibrated: calibrated, Fragility: a.Fragility, Origins: []string{}, Otherwise: a.Ambiguous.String(),
	}
	for _, g := range a.Behind {
		line.Origins = append(line.Origins, g.Name())
	}
	if a.Value.IsZero() {
		for _, s := range a.Silent {
			name := s.Origin
			if name == "" {
				name = s.Report.Source.CodeName.Reveal()
			}
			line.Origins = append(line.Origins, name)
		}
	}
	return line
}

// view runs under the casebook's read lock.
func view[T any](c *Casebook, see func(b *Book, g *Grades) (T, error)) (T, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return see(c.book, c.grades)
}

// Inbox lists the reports, newest first.
func (c *Casebook) Inbox() InboxView {
	v, _ := view(c, func(b *Book, _ *Grades) (InboxView, error) {
		v := InboxView{Reports: []ReportLine{}}
		for _, r := range slices.Backward(b.inOrder) {
			v.Reports = append(v.Reports, b.reportLine(r))
		}
		for _, e := range b.editors {
			v.Editors = append(v.Editors, e.Name)
		}
		v.Loose = b.loose(nil)
		for _, r := range b.answers {
			if r.waits() {
				v.Replies++
			}
			if r.waits() && r.held() {
				v.Held++
			}
		}
		return v, nil
	})
	return v
}

// Report shows one report by its place.
func (c *Casebook) Report(place int64) (ReportView, error) {
	return view(c, func(b *Book, _ *Grades) (ReportView, error) {
		r := b.reports[place]
		if r == nil {
			return ReportView{}, ErrNoSuch
		}
		return ReportView{
			ReportLine: b.reportLine(r), Body: strings.ToValidUTF8(r.Body.Reveal(), "�"),
			KeyedBy: r.KeyedBy, Statements: b.statementViews(r.Statements),
			Enclosed: b.manifestViews(b.enclosed(r)), Lifts: r.lifts(),
		}, nil
	})
}

// Claims lists every claim that is worded or spoken of.
func (c *Casebook) Claims() []ClaimLine {
	v, _ := view(c, func(b *Book, g *Grades) ([]ClaimLine, error) {
		var lines []ClaimLine
		for _, address := range g.Addresses {
			lines = append(lines, claimLine(g.ByClaim[address.String()], g.Calibrated))
		}
		return lines, nil
	})
	return v
}

// Claim shows one claim.
func (c *Casebook) Claim(ctx context.Context, address hearsay.Address) (ClaimView, error) {
	return view(c, func(b *Book, g *Grades) (ClaimView, error) {
		a := g.ByClaim[address.String()]
		if a == nil {
			return ClaimView{}, ErrNoSuch
		}
		v := ClaimView{
			ClaimLine: claimLine(a, g.Calibrated), Type: a.Claim.Type, CouldKnow: a.Claim.CouldKnow.String(), Reach: a.Reach.String(),
			Case: a.Claim.Case, Record: a.Claim.Record, Settled: g.Settled,
			Denials: b.statementViews(a.denials()), Silent: b.statementViews(a.Silent), Out: b.statementViews(a.Out), Aside: b.statementViews(a.Aside), Misfits: b.statementViews(a.Misfits),
		}
		for _, group := range a.Behind {
			o := b.originView(group)
			without, err := b.gradeAs(ctx, c.model, func(r *Report) bool {
				return r.Admissible() && !slices.ContainsFunc(group.Statements, func(s *Statement) bool { return s.Report == r })
			})
			if err != nil {
				return ClaimView{}, err
			}
			if w := without.ByClaim[address.String()]; w != nil {
				line := claimLine(w, g.Calibrated)
				o.Without = &line
			}
			v.Behind = append(v.Behind, o)
		}
		for _, r := range a.Rivals {
			rival := RivalView{Says: r.Value.String(), P: r.P}
			for _, group := range r.Groups {
				rival.Origins = append(rival.Origins, b.originView(group))
			}
			v.Rivals = append(v.Rivals, rival)
		}
		if a.Record != nil {
			for _, vintage := range a.Record.All {
				v.Vintages = append(v.Vintages, VintageView{vintage.As.String(), vintage.Value.String()})
			}
		}
		for _, m := range b.mergeOrder {
			if m.Claim == address {
				mv := MergeView{Editor: m.Editor, Day: m.Day, Why: m.Why}
				for _, r := range m.Reports {
					mv.Reports = append(mv.Reports, r.Seq)
				}
				v.Merges = append(v.Merges, mv)
			}
		}
		for _, s := range b.signatures[address.String()] {
			v.Signatures = append(v.Signatures, SignatureView{s.Editor, s.Day, s.ByRecord, slices.Contains(a.Signed, s)})
		}
		for _, h := range b.assessed[address.String()] {
			v.History = append(v.History, HistoryView{h.On, h.Standing, h.Value.String(), h.Origins})
		}
		if p := b.public[address.String()]; p != nil {
			v.CitedBy = p.CitedBy
		}
		return v, nil
	})
}

// Sources lists the sources as the desk met them.
func (c *Casebook) Sources() []SourceLine {
	v, _ := view(c, func(b *Book, _ *Grades) ([]SourceLine, error) {
		var lines []SourceLine
		for _, s := range b.sourcesInOrder() {
			lines = append(lines, b.sourceLine(s))
		}
		return lines, nil
	})
	return v
}

// FindSource returns the source that a page's handle names.
func (c *Casebook) FindSource(handle string) (SourceID, error) {
	return view(c, func(b *Book, _ *Grades) (SourceID, error) {
		for id := range b.sources {
			if Handle(id) == handle {
				return id, nil
			}
		}
		return SourceID{}, ErrNoSuch
	})
}

// Source shows one source, and what its cut changes or, where preview is a day,
// what one set on that day would change. Nothing is set by looking.
func (c *Casebook) Source(ctx context.Context, id SourceID, preview *hearsay.Day) (SourceView, error) {
	return view(c, func(b *Book, g *Grades) (SourceView, error) {
		s := b.sources[id]
		if s == nil {
			return SourceView{}, ErrNoSuch
		}
		s = s.whole()
		v := SourceView{SourceLine: b.sourceLine(s), Reliability: g.Sources[s.ID].Right, Said: g.Sources[s.ID].Statements, Loose: b.loose(s)}
		b.contactViews(&v, s)
		for _, r := range slices.Backward(b.inOrder) {
			if r.Source == s {
				v.Reports = append(v.Reports, b.reportLine(r))
			}
		}
		since := s.Cut
		if preview != nil {
			since = preview
		}
		if since == nil {
			return v, nil
		}
		effect, err := c.cutEffect(ctx, b, s, *since)
		if err != nil {
			return v, err
		}
		effect.Preview = preview != nil
		v.Effect = effect
		return v, nil
	})
}

// cutEffect compares what the desk holds without any cut of the source and with
// one.
func (c *Casebook) cutEffect(ctx context.Context, b *Book, s *Source, since hearsay.Day) (*CutEffect, error) {
	others := func(r *Report) bool { return r.Flag == "" && (r.Source == s || !r.Quarantined()) }
	before, err := b.gradeAs(ctx, c.model, others)
	if err != nil {
		return nil, err
	}
	e := &CutEffect{Since: since}
	after, err := b.gradeAs(ctx, c.model, func(r *Report) bool { return others(r) && (r.Source != s || r.Received < since) })
	if err != nil {
		return nil, err
	}
	for _, r := range b.inOrder {
		if r.Source == s && r.Received >= since {
			e.Reports++
		}
	}
	for _, address := range before.Addresses {
		x, y := claimLine(before.ByClaim[address.String()], before.Calibrated), claimLine(after.ByClaim[address.String()], after.Calibrated)
		if x.Standing == y.Standing && x.Says == y.Says && slices.Equal(x.Origins, y.Origins) {
			continue
		}
		e.Regrades = append(e.Regrades, Regrade{x.Address, x, y})
		if p := b.public[address.String()]; p != nil {
			e.Bulletins = append(e.Bulletins, p.CitedBy...)
		}
	}
	slices.Sort(e.Bulletins)
	e.Bulletins = slices.Compact(e.Bulletins)
	return e, nil
}

// Bulletins lists drafts and published bulletins, newest first.
func (c *Casebook) Bulletins(ctx context.Context) ([]BulletinView, error) {
	return view(c, func(b *Book, g *Grades) ([]BulletinView, error) {
		var views []BulletinView
		for _, d := range slices.Backward(b.draftOrder) {
			v, err := c.bulletinView(ctx, b, g, d)
			if err != nil {
				return nil, err
			}
			views = append(views, v)
		}
		return views, nil
	})
}

// Bulletin shows one draft or published bulletin with the gate's findings.
func (c *Casebook) Bulletin(ctx context.Context, id string) (BulletinView, error) {
	return view(c, func(b *Book, g *Grades) (BulletinView, error) {
		d := b.drafts[id]
		if d == nil {
			return BulletinView{}, ErrNoSuch
		}
		return c.bulletinView(ctx, b, g, d)
	})
}

// TryGate answers for a text that is not kept.
func (c *Casebook) TryGate(ctx context.Context, kind hearsay.BulletinKind, text, corrects string) ([]Finding, error) {
	return view(c, func(b *Book, g *Grades) ([]Finding, error) {
		d := draftData{"not-kept", kind, text, corrects}
		if err := b.checkDraft(d); err != nil {
			return nil, err
		}
		return b.Gate(ctx, c.model, &Draft{Kind: kind, Text: text, Corrects: corrects}, g)
	})
}

func (c *Casebook) bulletinView(ctx context.Context, b *Book, g *Grades, d *Draft) (BulletinView, error) {
	v := BulletinView{
		ID: d.ID, Kind: d.Kind, Title: hearsay.Title([]byte(d.Text)), Text: d.Text, Corrects: d.Corrects,
		Day: d.Day, Editor: d.Editor, Published: d.Out, Findings: []Finding{},
	}
	for _, o := range b.overrides {
		if o.Bulletin == d.ID {
			v.Overrides = append(v.Overrides, OverrideView{o.Claim, o.Editor, o.Day, o.Why, o.digest == d.digest()})
		}
	}
	seen := map[string]bool{}
	for _, link := range hearsay.ClaimLinks([]byte(d.Text)) {
		address := link.Assertion.Address.String()
		if a := g.ByClaim[address]; a != nil && !seen[address] {
			v.Cites = append(v.Cites, claimLine(a, g.Calibrated))
		}
		seen[address] = true
	}
	slices.SortFunc(v.Cites, func(x, y ClaimLine) int { return cmp.Compare(x.Address, y.Address) })
	if d.Out {
		for _, p := range b.published {
			if p.ID == d.ID {
				v.Day = p.Published
			}
		}
		return v, nil
	}
	findings, err := b.Gate(ctx, c.model, d, g)
	if err != nil {
		return v, err
	}
	v.Findings = append(v.Findings, findings...)
	v.Blocked = slices.ContainsFunc(findings, Finding.Stops)
	return v, nil
}
