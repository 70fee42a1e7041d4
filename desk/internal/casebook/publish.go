package casebook

import (
	"math"
	"slices"
	"strings"

	"hearsay"
)

// publicFace is what a reader may see of an assessment. Counts show only where
// the many or the public could have known the claim; so does P, which tells how
// many spoke almost as well, and only once the desk is calibrated. What a record
// settles has none.
func publicFace(a *Assessment, calibrated bool, on hearsay.Day) hearsay.Assessment {
	face := hearsay.Assessment{Claim: a.Address, On: on, Standing: a.Standing, Value: a.Value}
	if a.Standing == hearsay.VerifiedByRecord {
		face.Record = a.Claim.Record
	}
	if calibrated && a.Reach >= Many && a.Standing != hearsay.NotKnown && a.Standing != hearsay.VerifiedByRecord {
		p := math.Round(a.P*100) / 100
		face.Probability = &p
	}
	if v := a.Value; v.Kind == hearsay.Number && !v.IsExact() && !math.IsInf(v.Low, 0) && !math.IsInf(v.High, 0) {
		face.Interval = []float64{v.Low, v.High}
	}
	if a.Reach >= Many && a.Standing != hearsay.NotKnown && a.Standing != hearsay.VerifiedByRecord {
		face.Origins, face.Fragility = a.Independent, a.Fragility
	}
	return face
}

// publicClaim is what an edition adds of a claim when a bulletin cites it.
func publicClaim(a *Assessment, calibrated bool, on hearsay.Day) hearsay.PublicClaim {
	c := hearsay.PublicClaim{
		Claim:       a.Claim.Claim,
		Address:     a.Address,
		Assessments: []hearsay.Assessment{publicFace(a, calibrated, on)},
	}
	if a.Record != nil && a.Standing == hearsay.VerifiedByRecord {
		c.Vintages = a.Record.All
	}
	return c
}

// Edition returns all that the desk has published, ready for the site.
func (b *Book) Edition(desk hearsay.Desk) hearsay.Edition {
	e := hearsay.Edition{Serial: len(b.published), Published: b.editionOn, Desk: desk, Bulletins: slices.Clone(b.published)}
	if len(b.published) > 0 {
		e.Desk.From = b.published[0].Published
	}
	for _, c := range b.public {
		e.Claims = append(e.Claims, *c)
	}
	slices.SortFunc(e.Claims, func(x, y hearsay.PublicClaim) int { return x.Address.Compare(y.Address) })
	e.Series = seriesOf(e.Claims)
	return e
}

// seriesOf finds the published claims that stand along time: those of one key
// by period, and those whose keys differ only in a last segment that is a
// date. One point makes no series.
func seriesOf(claims []hearsay.PublicClaim) []hearsay.Series {
	byKey := map[string]*hearsay.Series{}
	var keys []string
	for _, c := range claims {
		if c.Claim.Type != hearsay.Number {
			continue
		}
		key, period := c.Address.Key, c.Address.Period
		title := c.Claim.Question
		if period.IsZero() {
			family, last, ok := cutLast(key)
			date, err := hearsay.ParseDate(last)
			if !ok || err != nil || date.IsZero() {
				continue
			}
			key, period, title = family, date, titleOf(family)
		}
		s := byKey[key]
		if s == nil {
			s = &hearsay.Series{Key: key, Title: title, Unit: c.Claim.Unit}
			byKey[key], keys = s, append(keys, key)
		}
		if s.Unit == c.Claim.Unit {
			s.Points = append(s.Points, hearsay.SeriesPoint{Period: period, Claim: c.Address})
		}
	}
	var all []hearsay.Series
	slices.Sort(keys)
	for _, key := range keys {
		s := byKey[key]
		slices.SortFunc(s.Points, func(x, y hearsay.SeriesPoint) int { return x.Period.Compare(y.Period) })
		if len(s.Points) > 1 {
			all = append(all, *s)
		}
	}
	return all
}

func cutLast(key string) (family, last string, ok bool) {
	i := strings.LastIndexByte(key, '/')
	if i < 0 {
		return "", "", false
	}
	return key[:i], key[i+1:], true
}

// titleOf makes a heading of a key: "arrivals/cumulative" is "Arrivals, cumulative".
func titleOf(key string) string {
	t := strings.ReplaceAll(strings.ReplaceAll(key, "/", ", "), "-", " ")
	return strings.ToUpper(t[:1]) + t[1:]
}

// checkDraft refuses a bulletin that breaks its form, with the sentence to
// tell its editor.
func (b *Book) checkDraft(d draftData) error {
	if !hearsay.ValidSlug(d.ID) || len(d.Text) > maxBulletin || hearsay.Title([]byte(d.Text)) == "" ||
		strings.TrimSpace(hearsay.PlainText([]byte(d.Text))) == hearsay.Title([]byte(d.Text)) {
		return ErrBulletin
	}
	for id, draft := range b.drafts {
		if strings.EqualFold(id, d.ID) && (id != d.ID || draft.Out) {
			return ErrPublished
		}
	}
	switch d.Kind {
	case hearsay.News:
		if d.Corrects != "" {
			return ErrCorrection
		}
	case hearsay.Correction:
		if !slices.ContainsFunc(b.published, func(p hearsay.Bulletin) bool { return p.ID == d.Corrects }) {
			return ErrCorrection
		}
	default:
		return ErrBulletin
	}
	for _, link := range hearsay.ClaimLinks([]byte(d.Text)) {
		if link.Err != nil || !link.Assertion.Cites() {
			return ErrCites
		}
		if c := b.claims[link.Assertion.Address.Key]; c == nil || c.Candidate {
			return ErrCites
		}
	}
	return nil
}

const maxBulletin = 256 << 10
