package casebook

import (
	"cmp"
	"fmt"
	"slices"

	"hearsay"
)

// Book is the fold of the records: what the desk holds now. It is not safe for
// concurrent use; Casebook guards it.
type Book struct {
	today   hearsay.Day
	lastSeq int64

	editors []Editor
	claims  map[string]*Claim // by key
	keys    []string          // of claims, in the order they were defined

	sources   map[SourceID]*Source
	contacts  map[[32]byte]*contact // by fingerprint
	inboxKeys map[[32]byte][32]byte // a key of an inbox: the fingerprint it belongs to
	strangers map[[32]byte]*Source  // authors whose inbox does not endorse them
	taken     map[messageKey]bool   // messages whose report is kept
	parts     map[messageKey]map[uint8]string
	reports   map[int64]*Report // by the record that keeps them
	inOrder   []*Report

	merges     map[mergeKey]*Merge
	mergeOrder []*Merge
	signatures map[string][]Signature // by claim address
	consents   map[string]Consent     // by case
	drafts     map[string]*Draft
	draftOrder []*Draft
	overrides  []Override
	assessed   map[string][]History // by claim address

	published []hearsay.Bulletin
	public    map[string]*hearsay.PublicClaim
	editionOn hearsay.Day

	heard  map[*Source]int64 // the last record by which a contact was heard
	acked  int64
	drop   droppedData
	pulled hearsay.Day
}

type contact struct {
	source  *Source
	author  [32]byte // the normal one
	since   hearsay.Day
	authors map[[32]byte]bool
}

type messageKey struct {
	author  [32]byte
	message [16]byte
}

type mergeKey struct {
	claim string
	group int64
}

// Editor is an account at the desk.
type Editor struct {
	Name     string
	verifier string
}

// Merge is an editor's word that reports on a claim share one origin.
type Merge struct {
	Claim   hearsay.Address
	Group   int64
	Reports []*Report
	Editor  string
	Day     hearsay.Day
	Why     string
}

// Signature is an editor's word for a claim as it stood.
type Signature struct {
	Editor   string
	Day      hearsay.Day
	ByRecord bool
	binding  [32]byte
}

// Consent is what may be told of a person's case, by whose word.
type Consent struct {
	Case, By, Public string
	Day              hearsay.Day
}

// Draft is a bulletin that is not out yet, or, once Out, as it went.
type Draft struct {
	ID       string
	Kind     hearsay.BulletinKind
	Text     string
	Corrects string
	Editor   string
	Day      hearsay.Day
	Out      bool
}

// Override is one editor's consent to what the gate blocks of one text.
type Override struct {
	Bulletin string
	digest   [32]byte
	Claim    string // an address, or empty for the text itself
	Editor   string
	Day      hearsay.Day
	Why      string
}

// History is what the desk held of a claim from a day on.
type History struct {
	On        hearsay.Day
	Standing  hearsay.Standing
	Value     hearsay.Value
	P         float64
	Origins   int
	Fragility int
}

// NewBook returns the book of a desk that has no records.
func NewBook() *Book {
	return &Book{
		claims:     map[string]*Claim{},
		sources:    map[SourceID]*Source{},
		contacts:   map[[32]byte]*contact{},
		inboxKeys:  map[[32]byte][32]byte{},
		strangers:  map[[32]byte]*Source{},
		taken:      map[messageKey]bool{},
		parts:      map[messageKey]map[uint8]string{},
		reports:    map[int64]*Report{},
		merges:     map[mergeKey]*Merge{},
		signatures: map[string][]Signature{},
		consents:   map[string]Consent{},
		drafts:     map[string]*Draft{},
		assessed:   map[string][]History{},
		public:     map[string]*hearsay.PublicClaim{},
		heard:      map[*Source]int64{},
	}
}

// Apply folds one more record into the book. Records come in their order.
func (b *Book) Apply(r Record) error {
	if r.Seq <= b.lastSeq {
		return fmt.Errorf("record %d after %d: %w", r.Seq, b.lastSeq, ErrRecord)
	}
	apply := applier(r.Kind)
	if apply == nil {
		return fmt.Errorf("record %d, of kind %q: %w", r.Seq, r.Kind, ErrRecord)
	}
	if err := apply(b, r); err != nil {
		return err
	}
	b.lastSeq, b.today = r.Seq, max(b.today, r.Day)
	return nil
}

// applier returns how records of a kind are folded, nil for an unknown kind.
func applier(k Kind) func(*Book, Record) error {
	switch k {
	case kindEditor:
		return fold((*Book).applyEditor)
	case kindClaim:
		return fold((*Book).applyClaim)
	case kindContact:
		return fold((*Book).applyContact)
	case kindSource:
		return fold((*Book).applySource)
	case kindPart:
		return fold((*Book).applyPart)
	case kindReport:
		return fold((*Book).applyReport)
	case kindCut:
		return fold((*Book).applyCut)
	case kindCutLifted:
		return fold((*Book).applyCutLifted)
	case kindMerge:
		return fold((*Book).applyMerge)
	case kindSign:
		return fold((*Book).applySign)
	case kindConsent:
		return fold((*Book).applyConsent)
	case kindDraft:
		return fold((*Book).applyDraft)
	case kindOverride:
		return fold((*Book).applyOverride)
	case kindPublished:
		return fold((*Book).applyPublished)
	case kindAssessed:
		return fold((*Book).applyAssessed)
	case kindDropped:
		return fold((*Book).applyDropped)
	case kindPulled:
		return fold((*Book).applyPulled)
	}
	return nil
}

func fold[T any](apply func(*Book, Record, T) error) func(*Book, Record) error {
	return func(b *Book, r Record) error {
		payload, err := decode[T](r)
		if err != nil {
			return err
		}
		return apply(b, r, payload)
	}
}

func (b *Book) applyEditor(_ Record, d editorData) error {
	b.editors = slices.DeleteFunc(b.editors, func(e Editor) bool { return e.Name == d.Name })
	b.editors = append(b.editors, Editor{d.Name, d.Verifier})
	return nil
}

func (b *Book) applyClaim(_ Record, d claimData) error {
	if b.claims[d.Key] == nil {
		b.keys = append(b.keys, d.Key)
	}
	c := d.Claim
	b.claims[d.Key] = &c
	for _, r := range b.inOrder { // a claim worded later fits what was said of it before
		for _, s := range r.Statements {
			if s.Address.Key == c.Key {
				s.fit(c)
			}
		}
	}
	return nil
}

func (b *Book) source(r Record) *Source {
	s := b.sources[r.Source]
	if s == nil {
		s = &Source{ID: r.Source, Seen: r.Seq}
		b.sources[r.Source] = s
	}
	return s
}

func (b *Book) applySource(r Record, d sourceData) error {
	s := b.source(r)
	s.CodeName, s.Note = NewCodeName(d.CodeName), d.Note
	return nil
}

func (b *Book) applyContact(r Record, d contactData) error {
	s := b.source(r)
	s.inbox, s.author = d.Inbox, d.Author
	if !d.Endorsed {
		s.Alarm = Unverified
		b.strangers[d.Author] = s
		return nil
	}
	b.contacts[d.Fingerprint] = &contact{source: s, author: d.Author, since: r.Day, authors: map[[32]byte]bool{d.Author: true}}
	for _, key := range d.InboxKeys {
		b.inboxKeys[key] = d.Fingerprint
	}
	return nil
}

func (b *Book) applyPart(r Record, d partData) error {
	key := messageKey{d.Author, d.Message}
	if b.parts[key] == nil {
		b.parts[key] = map[uint8]string{}
	}
	b.parts[key][d.Part] = r.Body.Reveal()
	return nil
}

func (b *Book) applyReport(r Record, d reportData) error {
	source := b.source(r)
	report := &Report{
		ID: r.Report, Source: source, Received: d.Received, Channel: d.Channel, Flag: d.Flag,
		KeyedBy: r.Editor, Body: r.Body, Seq: r.Seq, likeness: likenessOf(r.Body.Reveal()),
	}
	if d.Flag != "" && source.Alarm == "" {
		source.Alarm = d.Flag
	}
	if d.Flag == Ambiguous { // nobody knows which of the two authors is the normal one
		for _, earlier := range b.inOrder {
			if earlier.Source == source && earlier.Flag == "" {
				earlier.Flag = Ambiguous
			}
		}
	}
	if d.Channel != AtDesk {
		key := messageKey{d.Author, d.Message}
		b.taken[key] = true
		delete(b.parts, key)
		b.heard[source] = r.Seq
	}
	for _, link := range hearsay.ClaimLinks([]byte(r.Body.Reveal())) {
		s := &Statement{Report: report, Assertion: link.Assertion, Words: link.Words, Start: link.Start, End: link.End, Misfit: link.Err}
		if link.Err == nil {
			if c := b.claims[s.Address.Key]; c != nil {
				s.fit(*c)
			} else {
				s.Misfit = fmt.Errorf("%s: %w", s.Address.Key, ErrUnworded)
			}
		}
		report.Statements = append(report.Statements, s)
	}
	b.reports[r.Seq] = report
	b.inOrder = append(b.inOrder, report)
	return nil
}

// fit reads the statement's value as its claim has it.
func (s *Statement) fit(c Claim) {
	s.Value, s.Misfit = hearsay.Value{}, nil
	if c.Candidate {
		s.Misfit = fmt.Errorf("%s: %w", c.Key, ErrUnworded)
		return
	}
	if !s.Known() {
		return
	}
	s.Value, s.Misfit = c.Value(s.Assertion)
}

func (b *Book) applyCut(r Record, d cutData) error {
	b.source(r).Cut = &d.Since
	return nil
}

func (b *Book) applyCutLifted(r Record, _ struct{}) error {
	b.source(r).Cut = nil
	return nil
}

func (b *Book) applyMerge(r Record, d mergeData) error {
	key := mergeKey{d.Claim.String(), d.Group}
	m := b.merges[key]
	if m == nil {
		m = &Merge{Claim: d.Claim, Group: d.Group, Editor: r.Editor, Day: r.Day, Why: d.Why}
		b.merges[key] = m
		b.mergeOrder = append(b.mergeOrder, m)
	}
	report := b.find(r.Source, r.Report)
	if report == nil {
		return fmt.Errorf("record %d merges a report that is not kept: %w", r.Seq, ErrRecord)
	}
	m.Reports = append(m.Reports, report)
	return nil
}

func (b *Book) applySign(r Record, d signData) error {
	key := d.Claim.String()
	b.signatures[key] = append(b.signatures[key], Signature{r.Editor, r.Day, d.ByRecord, d.Binding})
	return nil
}

func (b *Book) applyConsent(r Record, d consentData) error {
	if d.Withdrawn {
		delete(b.consents, d.Case)
		return nil
	}
	b.consents[d.Case] = Consent{d.Case, d.By, d.Public, r.Day}
	return nil
}

func (b *Book) applyDraft(r Record, d draftData) error {
	draft := b.drafts[d.ID]
	if draft == nil {
		draft = &Draft{ID: d.ID}
		b.drafts[d.ID] = draft
		b.draftOrder = append(b.draftOrder, draft)
	}
	draft.Kind, draft.Text, draft.Corrects, draft.Editor, draft.Day = d.Kind, d.Text, d.Corrects, r.Editor, r.Day
	return nil
}

func (b *Book) applyOverride(r Record, d overrideData) error {
	b.overrides = append(b.overrides, Override{d.Bulletin, d.Digest, d.Claim, r.Editor, r.Day, d.Why})
	return nil
}

func (b *Book) applyPublished(r Record, d publishedData) error {
	if draft := b.drafts[d.Bulletin.ID]; draft != nil {
		draft.Out = true
	}
	for i := range b.published {
		if b.published[i].ID == d.Bulletin.Corrects {
			b.published[i].CorrectedBy = append(slices.Clone(b.published[i].CorrectedBy), d.Bulletin.ID)
		}
	}
	b.published = append(b.published, d.Bulletin)
	b.editionOn = r.Day
	for _, c := range d.Claims {
		key := c.Address.String()
		kept := b.public[key]
		if kept == nil {
			kept = &hearsay.PublicClaim{Address: c.Address}
			b.public[key] = kept
		}
		kept.Claim, kept.Vintages = c.Claim, c.Vintages
		kept.Assessments = append(kept.Assessments, c.Assessments...)
		kept.CitedBy = append(kept.CitedBy, d.Bulletin.ID)
	}
	return nil
}

func (b *Book) applyAssessed(r Record, d assessedData) error {
	key := d.Claim.String()
	b.assessed[key] = append(b.assessed[key], History{r.Day, d.Standing, d.Value, d.P, d.Origins, d.Fragility})
	return nil
}

func (b *Book) applyDropped(_ Record, d droppedData) error {
	b.drop, b.acked = d, d.Acked
	return nil
}

func (b *Book) applyPulled(_ Record, d pulledData) error {
	b.pulled = max(b.pulled, d.Through)
	return nil
}

// find returns the report of these bytes from this source, nil without one.
func (b *Book) find(source SourceID, id ReportID) *Report {
	for _, r := range b.inOrder {
		if r.ID == id && r.Source.ID == source {
			return r
		}
	}
	return nil
}

// statements returns every statement by claim address, in the order received.
func (b *Book) statements() map[string][]*Statement {
	byClaim := map[string][]*Statement{}
	for _, r := range b.inOrder {
		for _, s := range r.Statements {
			if s.Address.Key != "" {
				byClaim[s.Address.String()] = append(byClaim[s.Address.String()], s)
			}
		}
	}
	return byClaim
}

// sourcesInOrder returns the sources as the desk met them.
func (b *Book) sourcesInOrder() []*Source {
	var all []*Source
	for _, s := range b.sources {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b *Source) int { return cmp.Compare(a.Seen, b.Seen) })
	return all
}
