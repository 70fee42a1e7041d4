package casebook

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"hearsay"
	"hearsay/weigh"
)

// Casebook is the desk at work: a Book, the Store behind it and what editors
// do. Its methods may be called from several goroutines.
type Casebook struct {
	store Store
	model weigh.Model
	today func() hearsay.Day

	mu     sync.RWMutex
	book   *Book
	grades *Grades
	ahead  bool // the book has what the store refused, and could not be read again
}

// Open reads the store into a casebook. today is the desk's clock.
func Open(ctx context.Context, store Store, model weigh.Model, today func() hearsay.Day) (*Casebook, error) {
	c := &Casebook{store: store, model: model, today: today}
	if err := c.reload(ctx); err != nil {
		return nil, err
	}
	return c, nil
}

func (c *Casebook) reload(ctx context.Context) error {
	book := NewBook()
	if err := c.store.Load(ctx, book.Apply); err != nil {
		return fmt.Errorf("read the casebook: %w", err)
	}
	grades, err := book.Grade(ctx, c.model)
	if err != nil {
		return err
	}
	book.refiled = false
	c.book, c.grades, c.ahead = book, grades, false
	return nil
}

// change collects the records of one action, folding each into the book at once
// so that the next sees it.
type change struct {
	*Book
	day     hearsay.Day
	records []Record
	touched bool // whether the book may be ahead of the store
	later   bool // whether somebody grades anew later
}

func (ch *change) add(r Record) error {
	r.Seq, r.Day = ch.lastSeq+1, ch.day
	ch.touched = true
	if err := ch.Apply(r); err != nil {
		return err
	}
	ch.records = append(ch.records, r)
	return nil
}

// do runs one action: its records and the assessments that they change are
// kept together or not at all. When it returns nil they are durable.
func (c *Casebook) do(ctx context.Context, act func(ch *change) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ahead {
		if err := c.reload(ctx); err != nil {
			return err
		}
	}
	ch := &change{Book: c.book, day: max(c.today(), c.book.today)}
	err := act(ch)
	if err == nil && len(ch.records) > 0 {
		err = c.keep(ctx, ch)
	}
	if err == nil || !ch.touched {
		return err
	}
	c.ahead = true
	if again := c.reload(context.WithoutCancel(ctx)); again != nil {
		return fmt.Errorf("%w; and the casebook could not be read again: %w", err, again)
	}
	return err
}

// keep regrades where need be and appends the records.
func (c *Casebook) keep(ctx context.Context, ch *change) error {
	ch.settled()
	ch.refiled = ch.refiled || slices.ContainsFunc(ch.records, Record.regrades)
	if ch.refiled && !ch.later {
		if err := c.settle(ctx, ch); err != nil {
			return err
		}
	}
	first := ch.records[0].Seq
	if err := c.store.Append(ctx, ch.records); err != nil {
		return err
	}
	if ch.records[0].Seq != first {
		return fmt.Errorf("the store holds records that the casebook has not read: %w", ErrRecord)
	}
	return nil
}

// regrades reports whether what the desk holds of claims may change with the
// record.
func (r Record) regrades() bool {
	return slices.Contains([]Kind{kindClaim, kindReport, kindCut, kindCutLifted, kindMerge, kindSign}, r.Kind)
}

// settle regrades, and records what changed.
func (c *Casebook) settle(ctx context.Context, ch *change) error {
	grades, err := ch.Grade(ctx, c.model)
	if err != nil {
		return err
	}
	for _, address := range grades.Addresses {
		a := grades.ByClaim[address.String()]
		now := History{ch.day, a.Standing, a.Value, a.P, a.Independent, a.Fragility}
		before := ch.assessed[address.String()]
		if len(before) == 0 && a.Standing == hearsay.NotKnown {
			continue
		}
		if len(before) > 0 && before[len(before)-1].sameAs(now) {
			continue
		}
		if err := ch.add(Record{Kind: kindAssessed, Data: encode(assessedData{address, now.Standing, now.Value, now.P, now.Origins, now.Fragility})}); err != nil {
			return err
		}
	}
	c.grades, ch.refiled = grades, false
	return nil
}

// sameAs reports whether an editor would see no difference; P moves a little
// with every statement anywhere.
func (h History) sameAs(o History) bool {
	const still = .005
	return h.Standing == o.Standing && h.Value.String() == o.Value.String() && h.Origins == o.Origins && h.Fragility == o.Fragility && max(h.P-o.P, o.P-h.P) < still
}

// known refuses who has no account.
func (b *Book) known(editor string) error {
	if !slices.ContainsFunc(b.editors, func(e Editor) bool { return e.Name == editor }) {
		return ErrUnknown
	}
	return nil
}

// asEditor runs an action of an editor who has an account.
func (c *Casebook) asEditor(ctx context.Context, editor string, act func(ch *change) error) error {
	return c.do(ctx, func(ch *change) error {
		if err := ch.known(editor); err != nil {
			return err
		}
		return act(ch)
	})
}

// Enrol gives an editor an account. The verifier is the keyring's, of the
// editor's passphrase.
func (c *Casebook) Enrol(ctx context.Context, name, verifier string) error {
	return c.do(ctx, func(ch *change) error {
		if !hearsay.ValidSlug(name) || strings.ToLower(name) != name {
			return ErrEditorName
		}
		return ch.add(Record{Kind: kindEditor, Data: encode(editorData{Name: name, Verifier: verifier})})
	})
}

// Verifier returns what an editor's passphrase is checked against, "" for a
// stranger.
func (c *Casebook) Verifier(name string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	for _, e := range c.book.editors {
		if e.Name == name {
			return e.verifier
		}
	}
	return ""
}

// Editors returns the names of those who have accounts.
func (c *Casebook) Editors() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	var names []string
	for _, e := range c.book.editors {
		names = append(names, e.Name)
	}
	return names
}

// Word defines a claim, or gives it another wording.
func (c *Casebook) Word(ctx context.Context, editor string, claims ...Claim) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		for _, claim := range claims {
			if err := claim.Validate(); err != nil {
				return err
			}
			claim.Candidate = false
			if err := ch.add(Record{Kind: kindClaim, Editor: editor, Data: encode(claimData{claim})}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Name gives a source its code name and a note of what kind of source it is.
func (c *Casebook) Name(ctx context.Context, editor string, source SourceID, codeName, note string) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		if ch.sources[source] == nil {
			return ErrNoSuch
		}
		if other := ch.named(codeName); !ValidCodeName(codeName) || other != nil && other.ID != source || len(note) > maxReason {
			return ErrName
		}
		return ch.add(Record{Kind: kindSource, Editor: editor, Source: source, Data: encode(sourceData{codeName, note})})
	})
}

// Cut quarantines what a source sent from a day on.
func (c *Casebook) Cut(ctx context.Context, editor string, source SourceID, since hearsay.Day) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		if ch.sources[source] == nil {
			return ErrNoSuch
		}
		if since > ch.day {
			return ErrLater
		}
		return ch.add(Record{Kind: kindCut, Editor: editor, Source: source, Data: encode(cutData{since})})
	})
}

// LiftCut restores what a cut took, exactly.
func (c *Casebook) LiftCut(ctx context.Context, editor string, source SourceID) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		if s := ch.sources[source]; s == nil {
			return ErrNoSuch
		} else if s.Cut == nil {
			return ErrNoCut
		}
		return ch.add(Record{Kind: kindCutLifted, Editor: editor, Source: source, Data: encode(struct{}{})})
	})
}

const maxReason = 2000

func reason(why string) error {
	if strings.TrimSpace(why) == "" || len(why) > maxReason {
		return ErrReason
	}
	return nil
}

// Merge records that reports, named by their places in the casebook, share one
// origin of what they say of a claim.
func (c *Casebook) Merge(ctx context.Context, editor string, claim hearsay.Address, places []int64, why string) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		if err := reason(why); err != nil {
			return err
		}
		places = slices.Clone(places)
		slices.Sort(places)
		var reports []*Report
		for _, place := range slices.Compact(places) {
			r := ch.reports[place]
			if r == nil || !slices.ContainsFunc(r.Statements, func(s *Statement) bool { return s.Address == claim }) {
				return ErrOneOrigin
			}
			reports = append(reports, r)
		}
		if len(reports) < 2 {
			return ErrOneOrigin
		}
		group := ch.lastSeq + 1
		for _, r := range reports {
			if err := ch.add(Record{Kind: kindMerge, Editor: editor, Source: r.Source.ID, Report: r.ID, Data: encode(mergeData{claim, group, why})}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Sign puts an editor's name to a claim as it stands: to its value and origin
// groups, or, by record, to having compared the value with the record's. It is
// refused to whoever keyed in a statement that it rests on.
func (c *Casebook) Sign(ctx context.Context, editor string, claim hearsay.Address, byRecord bool) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		a := c.grades.ByClaim[claim.String()]
		switch {
		case a == nil:
			return ErrNoSuch
		case a.Value.IsZero():
			return ErrNoValue
		case byRecord && a.Record == nil:
			return ErrNoRecord
		case !byRecord && len(ch.editors) < 2:
			return ErrAlone
		}
		rests, binding := a.behind(), a.binding
		if byRecord {
			rests, binding = []*Statement{a.Record.Statement}, a.Record.binding
		}
		if keyedIn(editor, rests) {
			return ErrSigned
		}
		return ch.add(Record{Kind: kindSign, Editor: editor, Data: encode(signData{claim, byRecord, binding()})})
	})
}

// Consent records what may be told of a person's case, or that nothing may any
// more.
func (c *Casebook) Consent(ctx context.Context, editor, caseName, by, public string, withdrawn bool) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		if !slices.ContainsFunc(ch.keys, func(key string) bool { return ch.claims[key].Case == caseName && caseName != "" }) {
			return ErrNoSuch
		}
		if strings.TrimSpace(by) == "" || len(by)+len(public) > maxReason {
			return ErrReason
		}
		return ch.add(Record{Kind: kindConsent, Editor: editor, Data: encode(consentData{caseName, by, public, withdrawn})})
	})
}

// SetFloor says how many people must have been able to know what is published.
// A lower floor holds once a second editor has set it too.
func (c *Casebook) SetFloor(ctx context.Context, editor string, floor Reach) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		if floor < 2 || floor > Many {
			return ErrFloor
		}
		return ch.add(Record{Kind: kindFloor, Editor: editor, Data: encode(floorData{floor})})
	})
}

// Floor returns how many people must have been able to know what is published.
func (c *Casebook) Floor() Reach {
	v, _ := view(c, func(b *Book, _ *Grades) (Reach, error) { return b.floor, nil })
	return v
}

// Draft keeps a bulletin that is to go out, or another text for one.
func (c *Casebook) Draft(ctx context.Context, editor, id string, kind hearsay.BulletinKind, text, corrects string) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		d := draftData{id, kind, strings.ReplaceAll(text, "\r\n", "\n"), corrects}
		if err := ch.checkDraft(d); err != nil {
			return err
		}
		return ch.add(Record{Kind: kindDraft, Editor: editor, Data: encode(d)})
	})
}

// Override is one editor's word that a draft may go out although the gate
// blocks it for a claim (or, with an empty claim, for its text). It needs two
// editors, and holds for this text alone and for what the gate finds of it now:
// what it finds later, consent withdrawn for one, blocks again.
func (c *Casebook) Override(ctx context.Context, editor, bulletin, claim, why string) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		draft := ch.drafts[bulletin]
		if draft == nil {
			return ErrNoSuch
		}
		if draft.Out {
			return ErrPublished
		}
		if err := reason(why); err != nil {
			return err
		}
		findings, err := ch.Gate(ctx, c.model, draft, c.grades)
		if err != nil {
			return err
		}
		d := overrideData{Bulletin: bulletin, Digest: draft.digest(), Claim: claim, Why: why}
		again := true
		for _, f := range findings {
			if f.Blocks && f.Claim == claim {
				d.Findings = append(d.Findings, f.digest())
				again = again && slices.Contains(f.Overridden, editor)
			}
		}
		if len(d.Findings) == 0 {
			return ErrNothingBlocked
		}
		if again {
			return ErrTwice
		}
		return ch.add(Record{Kind: kindOverride, Editor: editor, Data: encode(d)})
	})
}

// Blocked carries the gate's findings to whoever was refused.
type Blocked struct{ Findings []Finding }

func (b *Blocked) Error() string {
	var rules []string
	for _, f := range b.Findings {
		if f.Stops() {
			rules = append(rules, string(f.Rule))
		}
	}
	slices.Sort(rules)
	return fmt.Sprintf("%s: %s", ErrBlocked, strings.Join(slices.Compact(rules), ", "))
}

// Is makes a Blocked an ErrBlocked.
func (b *Blocked) Is(target error) bool { return target == ErrBlocked }

// Publish is the airlock: the one way from private nouns to public ones. It runs
// the gate over a draft and, where nothing stops it, records the bulletin with
// each cited claim as the public may see it. The edition that carries it out is
// Edition's. It returns a *Blocked where the gate stops it.
func (c *Casebook) Publish(ctx context.Context, editor, bulletin string) error {
	return c.asEditor(ctx, editor, func(ch *change) error {
		draft := ch.drafts[bulletin]
		if draft == nil {
			return ErrNoSuch
		}
		if draft.Out {
			return ErrPublished
		}
		findings, err := ch.Gate(ctx, c.model, draft, c.grades)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(findings, Finding.Stops) {
			return &Blocked{findings}
		}
		p := publishedData{
			Serial: len(ch.published) + 1,
			Bulletin: hearsay.Bulletin{
				ID: draft.ID, Kind: draft.Kind, Title: hearsay.Title([]byte(draft.Text)),
				Published: ch.day, Text: draft.Text, Corrects: draft.Corrects,
			},
		}
		for _, f := range findings {
			if f.Blocks {
				p.Findings = append(p.Findings, publishedFindingData{f.Rule, f.Claim})
			}
		}
		for _, link := range hearsay.ClaimLinks([]byte(draft.Text)) {
			address := link.Assertion.Address
			if slices.ContainsFunc(p.Claims, func(pc hearsay.PublicClaim) bool { return pc.Address == address }) {
				continue
			}
			a := c.grades.ByClaim[address.String()]
			if a == nil {
				return fmt.Errorf("%s: %w", address, ErrNoSuch)
			}
			pc := publicClaim(a, c.grades.Calibrated, ch.day)
			p.Claims = append(p.Claims, pc)
			p.Bulletin.Cites = append(p.Bulletin.Cites, pc.Assessments[0])
		}
		return ch.add(Record{Kind: kindPublished, Editor: editor, Data: encode(p)})
	})
}

// Edition returns all that is published.
func (c *Casebook) Edition(desk hearsay.Desk) hearsay.Edition {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.book.Edition(desk)
}
