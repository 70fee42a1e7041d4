package web

import (
	"html/template"
	"slices"
	"strings"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// bulletinsView lists drafts and published bulletins.
type bulletinsView struct {
	Bulletins []casebook.BulletinView `json:"bulletins"`
}

func bulletinsPage(v *visit) (page, error) {
	all, err := v.Casebook.Bulletins(v.r.Context())
	if err != nil {
		return page{}, err
	}
	if all == nil {
		all = []casebook.BulletinView{}
	}
	return page{template: "bulletins", title: "Bulletins", place: "bulletins", view: bulletinsView{all}}, nil
}

// draftView is what the form for a new bulletin needs to know.
type draftView struct {
	Published []string `json:"published"` // what a correction may correct
}

func draftPage(v *visit) (page, error) {
	return page{template: "draft", title: "New bulletin", place: "bulletins", view: draftView{v.published()}}, nil
}

func draftAgain(v *visit) (page, error) { return draftPage(v) }

func (v *visit) published() []string {
	ids := []string{}
	for _, b := range v.Casebook.Edition(hearsay.Desk{}).Bulletins {
		ids = append(ids, b.ID)
	}
	return ids
}

// bulletinShow is a bulletin as it will be read, with the gate's findings
// beside what they are about.
type bulletinShow struct {
	casebook.BulletinView
	Form        draftForm
	Blocks      []previewBlock
	About       note // of the text as a whole
	Stops       int  // findings that keep it back
	CorrectedBy []string
}

// draftForm fills the form of a draft.
type draftForm struct {
	ID, Kind, Text, Corrects string
	Published                []string
	Kept                     bool // whether there is a draft of that id already
}

// previewBlock is a paragraph and the claims it is the first to cite.
type previewBlock struct {
	HTML  template.HTML // as hearsay.Page wrote it, every text escaped
	Notes []note
}

// note is what the margin says of one claim, or of the text where Claim is nil.
type note struct {
	Claim    *casebook.ClaimLine
	Address  string
	Then     hearsay.Standing // as it went out
	Findings []casebook.Finding
	Stops    bool
	Mine     bool // whether who looks has overridden already
}

func bulletinPage(v *visit) (page, error) {
	b, err := v.Casebook.Bulletin(v.r.Context(), v.r.PathValue("id"))
	if err != nil {
		return page{}, err
	}
	show := bulletinShow{
		BulletinView: b,
		Form:         draftForm{b.ID, string(b.Kind), b.Text, b.Corrects, v.published(), true},
	}
	then := map[string]hearsay.Standing{}
	for _, p := range v.Casebook.Edition(hearsay.Desk{}).Bulletins {
		if p.ID == b.ID {
			show.CorrectedBy = p.CorrectedBy
			for _, a := range p.Cites {
				then[a.Claim.String()] = a.Standing
			}
		}
	}
	lines := map[string]*casebook.ClaimLine{}
	for i := range b.Cites {
		lines[b.Cites[i].Address] = &b.Cites[i]
	}
	noted := map[string]bool{}
	for _, block := range hearsay.Page([]byte(b.Text), func(a hearsay.Address) (string, bool) { return claimPath(a.String()), false }) {
		shown := previewBlock{HTML: block.HTML}
		for _, cited := range block.Cites {
			address := cited.String()
			if !noted[address] {
				n := v.note(b.Findings, address)
				n.Claim, n.Then = lines[address], then[address]
				shown.Notes = append(shown.Notes, n)
			}
			noted[address] = true
		}
		show.Blocks = append(show.Blocks, shown)
	}
	show.About = v.note(b.Findings, "")
	for _, f := range b.Findings {
		if f.Stops() {
			show.Stops++
		}
		if f.Claim != "" && !noted[f.Claim] { // cited by the title alone
			n := v.note(b.Findings, f.Claim)
			n.Claim, n.Then = lines[f.Claim], then[f.Claim]
			show.Blocks = append([]previewBlock{{Notes: []note{n}}}, show.Blocks...)
			noted[f.Claim] = true
		}
	}
	return page{template: "bulletin", title: b.Title, place: "bulletins", view: b, show: show}, nil
}

func (v *visit) note(findings []casebook.Finding, address string) note {
	n := note{Address: address}
	for _, f := range findings {
		if f.Claim != address {
			continue
		}
		n.Findings = append(n.Findings, f)
		n.Stops = n.Stops || f.Stops()
		n.Mine = n.Mine || slices.Contains(f.Overridden, v.editor)
	}
	// What blocks comes first: a warning must not hide it.
	slices.SortStableFunc(n.Findings, func(a, b casebook.Finding) int {
		switch {
		case a.Blocks == b.Blocks:
			return 0
		case a.Blocks:
			return -1
		}
		return 1
	})
	return n
}

func draft(v *visit) (done, error) {
	id := strings.TrimSpace(v.form.Get("id"))
	err := v.Casebook.Draft(v.r.Context(), v.editor, id, hearsay.BulletinKind(v.form.Get("kind")), v.form.Get("text"), v.form.Get("corrects"))
	if err != nil {
		return done{}, err
	}
	b, err := v.Casebook.Bulletin(v.r.Context(), id)
	if err != nil {
		return done{}, err
	}
	return done{
		next: "/bulletins/" + id, notice: "The draft is kept. The gate answers below.",
		body: map[string]any{"findings": b.Findings, "blocked": b.Blocked},
	}, nil
}

func override(v *visit) (done, error) {
	id := v.r.PathValue("id")
	if err := v.Casebook.Override(v.r.Context(), v.editor, id, v.form.Get("claim"), v.form.Get("why")); err != nil {
		return done{}, err
	}
	b, err := v.Casebook.Bulletin(v.r.Context(), id)
	if err != nil {
		return done{}, err
	}
	return done{
		next: "/bulletins/" + id, notice: "Your override is kept, with its reason.",
		body: map[string]any{"findings": b.Findings, "blocked": b.Blocked},
	}, nil
}

func publish(v *visit) (done, error) {
	id := v.r.PathValue("id")
	if err := v.Works.Publish(v.r.Context(), v.editor, id); err != nil {
		return done{}, err
	}
	return done{next: "/bulletins/" + id, notice: "It is published. What is printed never changes; a correction does."}, nil
}
