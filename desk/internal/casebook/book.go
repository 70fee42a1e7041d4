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
	former  []string          // names of those who were removed
	claims  map[string]*Claim // by key
	keys    []string          // of claims, in the order they were defined

	sources   map[SourceID]*Source
	contacts  map[[32]byte]*contact // by fingerprint
	inboxKeys map[[32]byte][32]byte // a key of an inbox: the fingerprint it belongs to
	strangers map[[32]byte]*Source  // authors whose inbox does not endorse them
	rollovers []*Rollover
	unsettled bool                // what came last changes how others are filed, and they are not yet
	refiled   bool                // what was graded may carry another weight since
	taken     map[messageKey]bool // messages that are kept whole
	parts     map[partsKey]map[uint8]string
	reports   map[int64]*Report // by the record that keeps them
	inOrder   []*Report
	alike     likenesses
	manifests map[int64]*Manifest     // by the record that keeps them
	enclosing []*Manifest             // in order
	sent      map[sentKey]*Report     // by the message that brought it
	with      map[sentKey][]*Manifest // by the message that the files belong to
	unread    map[unreadKey]bool
	replies   map[int64]*Reply // by the record that keeps them
	answers   []*Reply         // in order

	merges     map[mergeKey]*Merge
	mergeOrder []*Merge
	signatures map[string][]Signature // by claim address
	consents   map[string]Consent     // by case
	drafts     map[string]*Draft
	draftOrder []*Draft
	overrides  []Override
	floor      Reach
	lowering   floorData // the floor that one editor wants lower
	lowerer    string
	assessed   map[string][]History // by claim address

	published []hearsay.Bulletin
	public    map[string]*hearsay.PublicClaim
	editionOn hearsay.Day

	acked  int64
	drop   droppedData
	pulled hearsay.Day

	unpublished []hearsay.Day // days whose drops are signed, and not out yet
}

type messageKey struct {
	author  [32]byte
	message [16]byte
}

// partsKey keeps apart what says that it has another number of parts: it is
// another message.
type partsKey struct {
	messageKey
	parts uint8
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
	findings [][32]byte // what stood there when it was given, and nothing that came later
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
		manifests:  map[int64]*Manifest{},
		sent:       map[sentKey]*Report{},
		with:       map[sentKey][]*Manifest{},
		unread:     map[unreadKey]bool{},
		replies:    map[int64]*Reply{},
		parts:      map[partsKey]map[uint8]string{},
		reports:    map[int64]*Report{},
		alike:      likenesses{map[mark][]*Report{}, map[mark][]*Report{}},
		floor:      defaultFloor,
		merges:     map[mergeKey]*Merge{},
		signatures: map[string][]Signature{},
		consents:   map[string]Consent{},
		drafts:     map[string]*Draft{},
		assessed:   map[string][]History{},
		public:     map[string]*hearsay.PublicClaim{},
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
	if !r.Kind.arrives() {
		b.settled()
	}
	if err := apply(b, r); err != nil {
		return err
	}
	b.lastSeq, b.today = r.Seq, max(b.today, r.Day)
	return nil
}

// arrives reports whether such records come as often as strangers want, and none
// of them asks how others are filed: see Book.settled.
func (k Kind) arrives() bool {
	return slices.Contains([]Kind{kindContact, kindPart, kindReport, kindManifest, kindFile, kindRollover, kindUnread, kindAssessed, kindPulled}, k)
}

// applier returns how records of a kind are folded, nil for an unknown kind.
func applier(k Kind) func(*Book, Record) error {
	switch k {
	case kindEditor:
		return fold((*Book).applyEditor)
	case kindRemoved:
		return fold((*Book).applyRemoved)
	case kindClaim:
		return fold((*Book).applyClaim)
	case kindContact:
		return fold((*Book).applyContact)
	case kindSource:
		return fold((*Book).applySource)
	case kindRollover:
		return fold((*Book).applyRollover)
	case kindLift:
		return fold((*Book).applyLift)
	case kindAdmit:
		return fold((*Book).applyAdmit)
	case kindManifest:
		return fold((*Book).applyManifest)
	case kindFile:
		return fold((*Book).applyFile)
	case kindUnread:
		return fold((*Book).applyUnread)
	case kindReply:
		return fold((*Book).applyReply)
	case kindReplyMeant:
		return fold((*Book).applyReplyMeant)
	case kindReplyUndone:
		return fold((*Book).applyReplyUndone)
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
	case kindFloor:
		return fold((*Book).applyFloor)
	case kindDropped:
		return fold((*Book).applyDropped)
	case kindDropOut:
		return fold((*Book).applyDropOut)
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

// about refuses a record that tells of no source.
func about(r Record) error {
	if r.Source.IsZero() {
		return fmt.Errorf("record %d, %s, is about no source: %w", r.Seq, r.Kind, ErrRecord)
	}
	return nil
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

// source returns the source that a record is about, as it was met: one that a
// rollover has joined to another since is still itself here.
func (b *Book) source(r Record) *Source {
	s := b.sources[r.Source]
	if s == nil {
		s = &Source{ID: r.Source, Seen: r.Seq}
		b.sources[r.Source] = s
	}
	return s
}

func (b *Book) applySource(r Record, d sourceData) error {
	if err := about(r); err != nil {
		return err
	}
	s := b.source(r).whole()
	s.CodeName, s.Note = NewCodeName(d.CodeName), d.Note
	return nil
}

func (b *Book) applyContact(r Record, d contactData) error {
	if err := about(r); err != nil {
		return err
	}
	s := b.source(r)
	if !d.Verified {
		s.Alarm = Unverified
		b.strangers[d.Author] = s
		return nil
	}
	c := &contact{source: s, inbox: d.Inbox, seen: r.Seq, since: d.Received, first: map[[32]byte]hearsay.Day{d.Author: d.Received}}
	s.contact, b.contacts[d.Fingerprint] = c, c
	for _, key := range d.InboxKeys {
		b.inboxKeys[key] = d.Fingerprint
	}
	return nil
}

func (b *Book) applyPart(r Record, d partData) error {
	key := partsKey{messageKey{d.Author, d.Message}, d.Parts}
	if b.parts[key] == nil {
		b.parts[key] = map[uint8]string{}
	}
	b.parts[key][d.Part] = r.Body.Reveal()
	return nil
}

func (b *Book) applyReport(r Record, d reportData) error {
	if err := about(r); err != nil {
		return err
	}
	body := r.Body.Reveal()
	if r.Report != ReportIDOf([]byte(body)) {
		return fmt.Errorf("record %d keeps other bytes than the report's: %w", r.Seq, ErrRecord)
	}
	links := hearsay.ClaimLinks([]byte(body))
	report := &Report{
		ID: r.Report, Received: d.Received, Channel: d.Channel,
		KeyedBy: r.Editor, Body: r.Body, Seq: r.Seq, likeness: likenessOf(body, links),
	}
	changes := false
	if d.Channel == AtDesk {
		report.filing = filing{base: b.source(r)}
	} else {
		b.taken[messageKey{d.Author, d.Message}] = true
		b.sent[sentKey{b.source(r), d.Message}] = report
		report.filing, changes = b.filed(r, d.arrivalData)
		for parts := uint8(2); parts <= maxParts; parts++ {
			delete(b.parts, partsKey{messageKey{d.Author, d.Message}, parts})
		}
	}
	report.settle()
	report.Source.sent++
	b.alarm(report.Source, report.Flag)
	for _, link := range links {
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
	b.alike.add(report)
	b.unsettled = b.unsettled || changes
	return nil
}

// fit reads the statement's value as its claim has it. Where there are two
// values only, whoever denies the one says the other.
func (s *Statement) fit(c Claim) {
	s.Value, s.Misfit, s.denies = hearsay.Value{}, nil, s.Stance == "denies"
	if c.Candidate {
		s.Misfit = fmt.Errorf("%s: %w", c.Key, ErrUnworded)
		return
	}
	if !s.Known() {
		return
	}
	s.Value, s.Misfit = c.Value(s.Assertion)
	if label, ok := other(c.Claim, s.Value.Text); ok && s.denies && s.Misfit == nil {
		s.Value.Text, s.denies = label, false
	}
}

func (b *Book) applyCut(r Record, d cutData) error {
	if err := about(r); err != nil {
		return err
	}
	b.source(r).whole().Cut = &d.Since
	return nil
}

func (b *Book) applyCutLifted(r Record, _ struct{}) error {
	if err := about(r); err != nil {
		return err
	}
	b.source(r).whole().Cut = nil
	return nil
}

func (b *Book) applyMerge(r Record, d mergeData) error {
	report := b.find(r.Source, r.Report)
	if report == nil {
		return fmt.Errorf("record %d merges a report that is not kept: %w", r.Seq, ErrRecord)
	}
	key := mergeKey{d.Claim.String(), d.Group}
	m := b.merges[key]
	if m == nil {
		m = &Merge{Claim: d.Claim, Group: d.Group, Editor: r.Editor, Day: r.Day, Why: d.Why}
		b.merges[key] = m
		b.mergeOrder = append(b.mergeOrder, m)
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
	b.overrides = append(b.overrides, Override{d.Bulletin, d.Digest, d.Claim, r.Editor, r.Day, d.Why, d.Findings})
	return nil
}

// applyFloor sets the floor of the gate. Higher holds at once; lower only once a
// second editor has said the same, since else one could do alone what an
// override needs two for.
func (b *Book) applyFloor(r Record, d floorData) error {
	if d.Floor < b.floor && (b.lowering != d || b.lowerer == r.Editor) {
		b.lowering, b.lowerer = d, r.Editor
		return nil
	}
	b.floor, b.lowering, b.lowerer = d.Floor, floorData{}, ""
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
		kept.Claim = c.Claim
		if len(c.Vintages) > 0 {
			kept.Vintages = c.Vintages
		}
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

func (b *Book) applyDropped(r Record, d droppedData) error {
	for _, c := range b.contacts {
		if c.heard > b.acked && c.heard <= d.Acked {
			to := c.current()
			to.acked = append(to.acked, d.Epoch)
		}
	}
	for _, place := range d.Replies {
		reply := b.replies[place]
		if reply == nil || reply.Undone || reply.Sent != 0 {
			return fmt.Errorf("record %d sends a reply that does not wait: %w", r.Seq, ErrRecord)
		}
		reply.Sent = d.Epoch
	}
	b.drop, b.acked = d, d.Acked
	b.unpublished = append(b.unpublished, d.Epoch)
	return nil
}

func (b *Book) applyDropOut(_ Record, d dropOutData) error {
	b.unpublished = slices.DeleteFunc(b.unpublished, func(day hearsay.Day) bool { return day == d.Epoch })
	return nil
}

func (b *Book) applyPulled(_ Record, d pulledData) error {
	b.pulled = max(b.pulled, d.Through)
	return nil
}

// find returns the report of these bytes from this source, nil without one.
func (b *Book) find(source SourceID, id ReportID) *Report {
	of := b.sources[source]
	for _, r := range b.inOrder {
		if r.ID == id && of != nil && r.Source == of.whole() {
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

// sourcesInOrder returns the sources as the desk met them, each once however
// often its words were changed.
func (b *Book) sourcesInOrder() []*Source {
	var all []*Source
	for _, s := range b.sources {
		if s.joined == nil {
			all = append(all, s)
		}
	}
	slices.SortFunc(all, func(a, b *Source) int { return cmp.Compare(a.Seen, b.Seen) })
	return all
}
