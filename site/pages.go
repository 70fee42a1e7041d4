package site

import (
	"fmt"
	"html/template"
	"iter"
	"slices"
	"strings"

	"hearsay"
)

// pages yields every HTML page of the site.
func (r *renderer) pages() iter.Seq[page] {
	return func(yield func(page) bool) {
		ok := true
		add := func(p page) { ok = ok && yield(p) }
		w := r.words
		add(page{Path: frontPage, Kind: "front", Nav: frontPage, Title: r.edition.Desk.Name, Main: r.frontView()})
		for _, b := range r.edition.Bulletins {
			add(page{Path: bulletinPlace(b.ID), Kind: "bulletin", Nav: frontPage, Title: b.Title, Main: r.bulletinView(b)})
		}
		add(page{Path: claimsPage, Kind: "claims", Nav: claimsPage, Title: w.say("claims.title"), Main: r.claimList()})
		for _, c := range r.edition.Claims {
			add(page{Path: claimPlace(c.Address), Kind: "claim", Nav: claimsPage, Title: c.Claim.Question, Main: r.claimView(c)})
		}
		var series []seriesView
		for _, s := range r.edition.Series {
			series = append(series, r.seriesView(s))
		}
		add(page{Path: seriesPage, Kind: "serieslist", Nav: seriesPage, Title: w.say("series.title"), Main: series})
		for _, v := range series {
			add(page{Path: v.Place, Kind: "series", Nav: seriesPage, Title: v.Title, Main: v})
		}
		years := r.years()
		add(page{Path: archivePage, Kind: "archive", Nav: archivePage, Title: w.say("archive.title"), Main: years})
		for _, y := range years {
			add(page{Path: y.Place, Kind: "period", Nav: archivePage, Title: y.Title, Main: y})
			for _, m := range y.Months {
				add(page{Path: m.Place, Kind: "period", Nav: archivePage, Title: m.Title, Main: m})
			}
		}
		add(page{Path: correctionsPage, Kind: "corrections", Nav: correctionsPage, Title: w.say("corrections.title"), Main: r.corrections()})
		add(page{Path: methodPage, Kind: "method", Nav: methodPage, Title: w.say("method.title"), Main: methodRules})
		add(page{Path: verifyPage, Kind: "verify", Nav: verifyPage, Title: w.say("verify.title"), Main: verifyView{r.edition, r.past.Entry}})
	}
}

// frontCount is how many bulletins the front page has.
const frontCount = 12

type frontView struct {
	Latest      []entry
	Corrections []entry
	HasOlder    bool
}

// entry is a bulletin in a list.
type entry struct {
	hearsay.Bulletin
	Place     string
	Label     string // Bulletin B3, Correction C1
	Lead      string // how it begins
	Standings []standingCount
	Corrected []correctionRef
}

type correctionRef struct {
	hearsay.Bulletin
	Place string
}

// standingCount is how many of a bulletin's claims have a standing.
type standingCount struct {
	Standing hearsay.Standing
	Count    int
}

func (r *renderer) frontView() frontView {
	var v frontView
	for _, b := range slices.Backward(r.edition.Bulletins) {
		if len(v.Latest) < frontCount {
			v.Latest = append(v.Latest, r.entry(b))
		} else {
			v.HasOlder = true
		}
		if b.Kind == hearsay.Correction && len(v.Corrections) < 5 {
			v.Corrections = append(v.Corrections, r.entry(b))
		}
	}
	return v
}

func (r *renderer) entry(b hearsay.Bulletin) entry {
	e := entry{Bulletin: b, Place: bulletinPlace(b.ID), Label: r.label(b), Lead: lead(b)}
	for _, s := range standings {
		n := 0
		for _, a := range b.Cites {
			if a.Standing == s {
				n++
			}
		}
		if n > 0 {
			e.Standings = append(e.Standings, standingCount{s, n})
		}
	}
	for _, id := range b.CorrectedBy {
		e.Corrected = append(e.Corrected, correctionRef{r.bulletins[id], bulletinPlace(id)})
	}
	return e
}

func (r *renderer) label(b hearsay.Bulletin) string {
	if b.Kind == hearsay.Correction {
		return r.words.say("kind.correction", b.ID)
	}
	return r.words.say("kind.bulletin", b.ID)
}

// standings in the order in which pages list them, the firmest first.
var standings = []hearsay.Standing{
	hearsay.VerifiedByRecord, hearsay.Verified, hearsay.Corroborated, hearsay.Chatter, hearsay.Disputed, hearsay.NotKnown,
}

const leadLength = 220

// lead returns how a text begins after its title: its first paragraph, cut at a
// word where that is long.
func lead(b hearsay.Bulletin) string {
	text := strings.TrimPrefix(hearsay.PlainText([]byte(b.Text)), b.Title+"\n")
	text, _, _ = strings.Cut(text, "\n")
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= leadLength {
		return text
	}
	cut := strings.LastIndexByte(text[:leadLength], ' ')
	if cut < leadLength/2 {
		// A script without spaces: cut between letters.
		for cut = leadLength; text[cut]&0xc0 == 0x80; cut-- {
		}
	}
	return strings.TrimRight(text[:cut], " ,;:") + "…"
}

type bulletinView struct {
	hearsay.Bulletin
	Label     string
	Corrected []correctionRef
	Struck    bool
	Target    *correctionRef // what this one corrects
	Blocks    []block
	Entry     int64
}

// block is a part of the text with the marks that stand beside it.
type block struct {
	HTML  template.HTML
	Marks []margin
}

// margin is the public mark of one claim as the text's margin has it.
type margin struct {
	Question string
	Place    string
	Then     claimFace
	Now      *claimFace // where a reader would see a difference
}

// claimFace is what a reader sees of an assessment.
type claimFace struct {
	hearsay.Assessment
	Value      string
	Counts     string
	Likelihood string
	Interval   string
	Record     string
}

func (r *renderer) bulletinView(b hearsay.Bulletin) bulletinView {
	v := bulletinView{Bulletin: b, Label: r.label(b), Entry: r.past.entry(bulletinPlace(b.ID))}
	for _, id := range b.CorrectedBy {
		v.Corrected = append(v.Corrected, correctionRef{r.bulletins[id], bulletinPlace(id)})
	}
	if b.Corrects != "" {
		v.Target = &correctionRef{r.bulletins[b.Corrects], bulletinPlace(b.Corrects)}
	}
	then := map[string]hearsay.Assessment{}
	for _, a := range b.Cites {
		then[a.Claim.String()] = a
	}
	wrong := r.wrongIn(b)
	v.Struck = len(wrong) > 0
	blocks := hearsay.Page([]byte(b.Text), func(a hearsay.Address) (string, bool) {
		if _, published := r.claims[a.String()]; !published {
			return "", false
		}
		return relative(bulletinPlace(b.ID), claimPlace(a)), wrong[a.String()]
	})
	marked := map[string]bool{}
	for _, part := range blocks {
		out := block{HTML: part.HTML}
		for _, a := range part.Cites {
			key := a.String()
			if c, published := r.claims[key]; published && !marked[key] {
				marked[key] = true
				out.Marks = append(out.Marks, r.margin(c, then[key]))
			}
		}
		v.Blocks = append(v.Blocks, out)
	}
	return v
}

// wrongIn returns the claims that a bulletin cites and a correction of it cites
// with another value. A correction may also cite what was right.
func (r *renderer) wrongIn(b hearsay.Bulletin) map[string]bool {
	wrong := map[string]bool{}
	for _, id := range b.CorrectedBy {
		for _, f := range r.corrected(b, r.bulletins[id]) {
			wrong[f.Claim.String()] = true
		}
	}
	return wrong
}

// corrected pairs what a bulletin held with what its correction holds, where
// the values differ.
func (r *renderer) corrected(b, correction hearsay.Bulletin) []fix {
	var fixes []fix
	for _, said := range b.Cites {
		for _, is := range correction.Cites {
			if said.Claim == is.Claim && said.Value.String() != is.Value.String() {
				c := r.claims[is.Claim.String()]
				fixes = append(fixes, fix{
					Claim: is.Claim, Question: c.Claim.Question, Place: claimPlace(is.Claim),
					Said: r.face(c.Claim, said), Is: r.face(c.Claim, is),
				})
			}
		}
	}
	return fixes
}

func (r *renderer) margin(c hearsay.PublicClaim, then hearsay.Assessment) margin {
	m := margin{Question: r.question(c), Place: claimPlace(c.Address), Then: r.face(c.Claim, then)}
	if now := c.Latest(); !now.SameFace(then) {
		face := r.face(c.Claim, now)
		m.Now = &face
	}
	return m
}

// question returns what a claim asks, with its period where it is one of many.
func (r *renderer) question(c hearsay.PublicClaim) string {
	if c.Address.Period.IsZero() {
		return c.Claim.Question
	}
	return c.Claim.Question + " " + r.words.say("claim.period", r.words.period(c.Address.Period.String())) + "."
}

func (r *renderer) face(c hearsay.Claim, a hearsay.Assessment) claimFace {
	w := r.words
	f := claimFace{Assessment: a, Value: w.withUnit(a.Value, c.Unit)}
	if a.Origins > 0 {
		f.Counts = sayCount(w, "origins", a.Origins)
	}
	if a.Origins > 1 && a.Fragility > 0 {
		f.Counts += " " + sayCount(w, "fragility", a.Fragility)
	}
	if a.Probability != nil {
		f.Likelihood = w.say("likelihood", hearsay.Likelihood(*a.Probability), strings.TrimPrefix(fmt.Sprintf("%.2f", *a.Probability), "0"))
	}
	if len(a.Interval) == 2 {
		f.Interval = w.say("interval", w.grouped(plainNumber(a.Interval[0])), w.grouped(plainNumber(a.Interval[1])))
	}
	if a.Record != "" {
		f.Record = w.say("record", strings.ReplaceAll(a.Record, "-", " "))
	}
	return f
}

func sayCount(w words, key string, n int) string {
	s, err := w.N(key, n)
	if err != nil {
		return key
	}
	return s
}

type claimRow struct {
	hearsay.PublicClaim
	Question string
	Place    string
	Face     claimFace
}

func (r *renderer) claimList() []claimRow {
	var rows []claimRow
	for _, c := range r.edition.Claims {
		rows = append(rows, claimRow{c, r.question(c), claimPlace(c.Address), r.face(c.Claim, c.Latest())})
	}
	return rows
}

type claimView struct {
	hearsay.PublicClaim
	Period    string
	Now       claimFace
	Discs     template.HTML
	Meaning   string
	FewKnew   bool
	History   []claimFace // newest first
	HasCounts bool
	Vintages  []vintageRow // newest first
	CitedBy   []entry
	Series    *seriesRef
}

type vintageRow struct{ As, Value string }

type seriesRef struct{ Title, Place string }

func (r *renderer) claimView(c hearsay.PublicClaim) claimView {
	now := c.Latest()
	v := claimView{PublicClaim: c, Now: r.face(c.Claim, now), Meaning: r.words.say("meaning." + standingKey(now.Standing))}
	v.Discs = discs(r.words, now)
	if !c.Address.Period.IsZero() {
		v.Period = r.words.say("claim.period", r.words.period(c.Address.Period.String()))
	}
	// A record settles a claim whoever else says so, and nothing known has no origins.
	v.FewKnew = now.Origins == 0 && now.Standing != hearsay.VerifiedByRecord && now.Standing != hearsay.NotKnown
	for _, a := range slices.Backward(c.Assessments) {
		v.History = append(v.History, r.face(c.Claim, a))
		v.HasCounts = v.HasCounts || a.Origins > 0
	}
	for _, o := range slices.Backward(c.Vintages) {
		v.Vintages = append(v.Vintages, vintageRow{r.words.period(o.As.String()), r.words.withUnit(o.Value, c.Claim.Unit)})
	}
	for _, id := range slices.Backward(c.CitedBy) {
		v.CitedBy = append(v.CitedBy, r.entry(r.bulletins[id]))
	}
	if s, ok := r.inSeries[c.Address.String()]; ok {
		v.Series = &seriesRef{s.Title, seriesPlace(s.Key)}
	}
	return v
}

// period is a year or a month of the archive.
type period struct {
	Title   string
	Place   string
	Entries []entry // newest first
	Months  []period
	Up      *period // the year of a month
}

// years returns the archive, the newest year first.
func (r *renderer) years() []period {
	var years []period
	for _, b := range slices.Backward(r.edition.Bulletins) {
		t := b.Published.Time()
		year := period{Title: fmt.Sprint(t.Year()), Place: fmt.Sprintf("archive/%04d.html", t.Year())}
		if len(years) == 0 || years[len(years)-1].Place != year.Place {
			years = append(years, year)
		}
		y := &years[len(years)-1]
		month := period{
			Title: r.words.month(t.Year(), int(t.Month())), Place: fmt.Sprintf("archive/%04d-%02d.html", t.Year(), t.Month()), Up: &year,
		}
		if len(y.Months) == 0 || y.Months[len(y.Months)-1].Place != month.Place {
			y.Months = append(y.Months, month)
		}
		m := &y.Months[len(y.Months)-1]
		e := r.entry(b)
		y.Entries, m.Entries = append(y.Entries, e), append(m.Entries, e)
	}
	return years
}

type correctionView struct {
	entry
	Target correctionRef
	Fixes  []fix
}

// fix is one thing that was wrong, and what it is.
type fix struct {
	Claim    hearsay.Address
	Question string
	Place    string
	Said, Is claimFace
}

func (r *renderer) corrections() []correctionView {
	var all []correctionView
	for _, b := range slices.Backward(r.edition.Bulletins) {
		if b.Corrects == "" {
			continue
		}
		target := r.bulletins[b.Corrects]
		all = append(all, correctionView{r.entry(b), correctionRef{target, bulletinPlace(target.ID)}, r.corrected(target, b)})
	}
	return all
}

// methodRules are the standings in the order of their rules (DESIGN.md,
// "Weighing"), the first that applies.
var methodRules = []hearsay.Standing{
	hearsay.NotKnown, hearsay.VerifiedByRecord, hearsay.Disputed, hearsay.Verified, hearsay.Corroborated, hearsay.Chatter,
}

type verifyView struct {
	hearsay.Edition
	Entry int64
}

// Entries is how many entries the log has with this edition.
func (v verifyView) Entries() int { return int(v.Entry) + 1 }

// Manifest is the file that lists this edition.
func (v verifyView) Manifest() string { return fmt.Sprintf("ledger/manifest/%06d.txt", v.Serial) }
