package site

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"sync"

	"hearsay"
	"hearsay/ledger"
)

// ErrEdition tells that an edition cannot be made into a site.
var ErrEdition = errors.New("the edition makes no site")

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed style.css
var style []byte

//go:embed icon.svg
var icon []byte

// Past is what the ledger says of the editions before this one. Pages print it,
// so the desk needs it when it renders, and gets the same from the ledger as
// whoever builds the site later.
type Past struct {
	Entry int64            // the place that this edition takes in the log
	First map[string]int64 // for every page, the entry of the first edition that had it
}

// PastOf reads the past of an edition from a ledger that has the editions
// before it, and may have it and later ones.
func PastOf(log *ledger.Log, edition uint32) (Past, error) {
	past := Past{Entry: log.Size(), First: map[string]int64{}}
	for i, leaf := range log.Leaves() {
		if leaf.Kind != ledger.KindEdition {
			continue
		}
		if leaf.Serial == edition {
			past.Entry = int64(i)
			break
		}
		m, err := log.Manifest(leaf.Serial)
		if err != nil {
			return Past{}, fmt.Errorf("the past of edition %d: %w", edition, err)
		}
		for _, p := range m.Pages {
			if _, known := past.First[p.Path]; !known {
				past.First[p.Path] = int64(i)
			}
		}
	}
	return past, nil
}

// entry returns the log index under which a page first stood.
func (p Past) entry(path string) int64 {
	if i, known := p.First[path]; known {
		return i
	}
	return p.Entry
}

// Render makes every file of a site but the ledger and hands each to put, in an
// order that depends on nothing but the edition. It stops at the first error
// that put returns.
func Render(e hearsay.Edition, past Past, put func(path string, page []byte) error) error {
	r, err := newRenderer(e, past)
	if err != nil {
		return fmt.Errorf("render edition %d: %w", e.Serial, err)
	}
	if err := r.render(put); err != nil {
		return fmt.Errorf("render edition %d: %w", e.Serial, err)
	}
	return nil
}

type renderer struct {
	edition   hearsay.Edition
	past      Past
	words     words
	bulletins map[string]hearsay.Bulletin // by id
	claims    map[string]hearsay.PublicClaim
	inSeries  map[string]hearsay.Series // by address of a claim
	places    map[string]bool           // taken
}

func newRenderer(e hearsay.Edition, past Past) (*renderer, error) {
	r := &renderer{
		edition: e, past: past, words: interfaces[language],
		bulletins: map[string]hearsay.Bulletin{}, claims: map[string]hearsay.PublicClaim{},
		inSeries: map[string]hearsay.Series{}, places: map[string]bool{},
	}
	for _, b := range e.Bulletins {
		r.bulletins[b.ID] = b
	}
	for _, c := range e.Claims {
		r.claims[c.Address.String()] = c
	}
	for _, s := range e.Series {
		for _, p := range s.Points {
			r.inSeries[p.Claim.String()] = s
		}
	}
	// Whoever reads an edition has this checked; a desk that renders its own has not.
	for _, b := range e.Bulletins {
		for _, a := range b.Cites {
			if _, ok := r.claims[a.Claim.String()]; !ok {
				return nil, fmt.Errorf("bulletin %s cites a claim that is not there: %w", b.ID, ErrEdition)
			}
		}
		for _, id := range append(slices.Clone(b.CorrectedBy), b.Corrects) {
			if _, ok := r.bulletins[id]; id != "" && !ok {
				return nil, fmt.Errorf("bulletin %s points at one that is not there: %w", b.ID, ErrEdition)
			}
		}
	}
	for _, s := range e.Series {
		for _, p := range s.Points {
			if _, ok := r.claims[p.Claim.String()]; !ok {
				return nil, fmt.Errorf("series %s has a claim that is not there: %w", s.Key, ErrEdition)
			}
		}
	}
	return r, nil
}

func (r *renderer) render(put func(string, []byte) error) error {
	place := func(path string, page []byte, err error) error {
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if r.places[path] {
			return fmt.Errorf("two things would be %s: %w", path, ErrEdition)
		}
		r.places[path] = true
		return put(path, page)
	}
	edition, err := hearsay.MarshalEdition(r.edition)
	if err := place(EditionFile, edition, err); err != nil {
		return err
	}
	if err := place(styleFile, style, nil); err != nil {
		return err
	}
	if err := place(iconFile, icon, nil); err != nil {
		return err
	}
	feed, err := r.feed()
	if err := place(feedFile, feed, err); err != nil {
		return err
	}
	for _, s := range r.edition.Series {
		table, err := r.seriesView(s).table()
		if err := place(seriesTable(s.Key), table, err); err != nil {
			return err
		}
	}
	for p := range r.pages() {
		page, err := r.page(p)
		if err := place(p.Path, page, err); err != nil {
			return err
		}
	}
	return nil
}

// page is one HTML page: what the template of its kind needs, and what every
// page has.
type page struct {
	Path     string // of the page itself, from which its links are relative
	Kind     string // the template
	Nav      string // the page of the navigation that this one is or belongs to
	Title    string
	Main     any
	Desk     hearsay.Desk
	Language string
	words    words
}

// Link returns the link from this page to another file of the site.
func (p page) Link(to string) string { return relative(p.Path, to) }

// T and N look up interface strings, for the templates.
func (p page) T(key string, args ...any) (string, error) { return p.words.T(key, args...) }

// N is T for a string with a number.
func (p page) N(key string, n int) (string, error) { return p.words.N(key, n) }

// Day prints a day.
func (p page) Day(d hearsay.Day) string { return p.words.day(d) }

// Word prints a standing.
func (p page) Word(s hearsay.Standing) string { return p.words.standing(s) }

// Mark draws a standing.
func (page) Mark(s hearsay.Standing) template.HTML { return mark(s) }

// Paths of the navigation, for the templates.
var navigation = []struct{ Path, Words string }{
	{frontPage, "nav.front"}, {claimsPage, "nav.claims"}, {seriesPage, "nav.series"}, {archivePage, "nav.archive"},
	{correctionsPage, "nav.corrections"}, {methodPage, "nav.method"}, {verifyPage, "nav.verify"},
}

var templates = sync.OnceValues(func() (map[string]*template.Template, error) {
	base, err := template.New("base.html").Option("missingkey=error").Funcs(template.FuncMap{
		"navigation": func() any { return navigation },
		"args":       func(p page, face any) any { return faceArgs{p, face} },
		"list":       func(p page, list []entry) any { return listArgs{p, list} },
		"rule":       func(i int) string { return fmt.Sprintf("method.rule.%d", i+1) },

		"standingClass": standingKey,
	}).ParseFS(templateFiles, "templates/base.html")
	if err != nil {
		return nil, err
	}
	all := map[string]*template.Template{}
	names, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		kind := strings.TrimSuffix(name.Name(), ".html")
		if kind == "base" {
			continue
		}
		t, err := base.Clone()
		if err != nil {
			return nil, err
		}
		if all[kind], err = t.ParseFS(templateFiles, "templates/"+name.Name()); err != nil {
			return nil, err
		}
	}
	return all, nil
})

// What the templates shared by pages are given: a page for its links and words.
type faceArgs struct {
	Page page
	Face any
}

type listArgs struct {
	Page page
	List []entry
}

func (r *renderer) page(p page) ([]byte, error) {
	all, err := templates()
	if err != nil {
		return nil, err
	}
	p.Desk, p.Language, p.words = r.edition.Desk, language, r.words
	var b bytes.Buffer
	if err := all[p.Kind].ExecuteTemplate(&b, "base.html", p); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
