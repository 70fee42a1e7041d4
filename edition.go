package hearsay

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrEdition tells that bytes are not an edition of this format.
var ErrEdition = errors.New("not an edition")

const (
	editionFormat = "hearsay-edition-1"
	maxEdition    = 64 << 20
)

// Assessment is what the desk held of a claim when it published, in the form
// that the public may see. It has no trace of inputs: no source, no report and
// no digest of one. Origins, Fragility and Probability are set only where the
// many or the public could have known the claim, since elsewhere a count of
// origins is a count of targets, and a probability gives it away; Probability
// only once the desk is calibrated.
type Assessment struct {
	Claim       Address   `json:"claim"`
	On          Day       `json:"on"`
	Standing    Standing  `json:"standing"`
	Value       Value     `json:"value"`
	Probability *float64  `json:"p,omitempty"`
	Interval    []float64 `json:"interval,omitempty"` // lowest and highest number it may mean, where both are finite
	Origins     int       `json:"origins,omitempty"`
	Fragility   int       `json:"fragility,omitempty"`
	Record      string    `json:"record,omitempty"` // the body whose count settled it
}

// SameFace reports whether a reader would see no difference but the day.
func (a Assessment) SameFace(b Assessment) bool {
	return a.Standing == b.Standing && a.Value == b.Value && a.Record == b.Record &&
		a.Origins == b.Origins && a.Fragility == b.Fragility &&
		(a.Probability == b.Probability || a.Probability != nil && b.Probability != nil && *a.Probability == *b.Probability)
}

// BulletinKind says what a published text is.
type BulletinKind string

// The kinds of bulletin.
const (
	News       BulletinKind = "bulletin"
	Correction BulletinKind = "correction"
)

// Bulletin is a published text that cites claims. It never changes: a later one
// corrects it, and both point at each other.
type Bulletin struct {
	ID          string       `json:"id"` // a slug; in lower case its place on the site for good
	Kind        BulletinKind `json:"kind"`
	Title       string       `json:"title"`
	Published   Day          `json:"published"`
	Text        string       `json:"text"` // Markdown, with the title as its first heading
	Corrects    string       `json:"corrects,omitempty"`
	CorrectedBy []string     `json:"corrected_by,omitempty"`
	Cites       []Assessment `json:"cites,omitempty"` // as held when it went out, in order of first citation
}

// PublicClaim is a claim that a published bulletin cites, with every
// assessment of it that was published, oldest first.
type PublicClaim struct {
	Claim       Claim        `json:"claim"`
	Address     Address      `json:"address"`
	Assessments []Assessment `json:"assessments"`
	CitedBy     []string     `json:"cited_by"` // ids of bulletins, oldest first
	Vintages    []Vintage    `json:"vintages,omitempty"`
}

// Latest returns the assessment published last.
func (c PublicClaim) Latest() Assessment {
	if len(c.Assessments) == 0 {
		return Assessment{Claim: c.Address, Standing: NotKnown}
	}
	return c.Assessments[len(c.Assessments)-1]
}

// Vintage is what a figure was said to be as of one publication of the record.
type Vintage struct {
	As    Date  `json:"as"` // as of which publication
	Value Value `json:"value"`
}

// Series is a view of claims along time.
type Series struct {
	Key    string        `json:"key"`
	Title  string        `json:"title"`
	Unit   string        `json:"unit,omitempty"`
	Points []SeriesPoint `json:"points"` // in order of period
}

// SeriesPoint is one claim of a series.
type SeriesPoint struct {
	Period Date    `json:"period"`
	Claim  Address `json:"claim"`
}

// Desk is what the public knows of the desk that publishes.
type Desk struct {
	Name string `json:"name"`
	ID   string `json:"id"`   // NR of PROTOCOL.md, in hex
	Key  string `json:"key"`  // the ledger's verifier key, as golang.org/x/mod/sumdb/note writes it
	From Day    `json:"from"` // since when it publishes
}

// Edition is all that is public at one time: what passes from desk to site.
type Edition struct {
	Serial    int           `json:"serial"` // counts from 1
	Published Day           `json:"published"`
	Desk      Desk          `json:"desk"`
	Bulletins []Bulletin    `json:"bulletins"` // oldest first
	Claims    []PublicClaim `json:"claims"`    // by address
	Series    []Series      `json:"series"`    // by key
}

type editionJSON struct {
	Format string `json:"format"`
	Edition
}

// MarshalEdition writes an edition; equal editions give equal bytes.
func MarshalEdition(e Edition) ([]byte, error) {
	b, err := json.MarshalIndent(editionJSON{editionFormat, e}, "", " ")
	if err != nil {
		return nil, fmt.Errorf("write edition %d: %w", e.Serial, err)
	}
	return append(b, '\n'), nil
}

// UnmarshalEdition reads an edition of at most 64 MiB and checks that it is
// written as MarshalEdition writes it and that what it refers to is there.
func UnmarshalEdition(b []byte) (Edition, error) {
	if len(b) > maxEdition {
		return Edition{}, fmt.Errorf("read edition: larger than 64 MiB: %w", ErrEdition)
	}
	var e editionJSON
	if err := json.Unmarshal(b, &e); err != nil {
		return Edition{}, fmt.Errorf("read edition: %w: %w", ErrEdition, err)
	}
	if e.Format != editionFormat || e.Serial < 1 {
		return Edition{}, fmt.Errorf("read edition: another format or no serial: %w", ErrEdition)
	}
	if err := e.check(); err != nil {
		return Edition{}, err
	}
	if again, err := MarshalEdition(e.Edition); err != nil || !bytes.Equal(again, b) {
		return Edition{}, fmt.Errorf("read edition: it is not written as one: %w", ErrEdition)
	}
	return e.Edition, nil
}

func (e Edition) check() error {
	fail := func(what string) error { return fmt.Errorf("read edition: %s: %w", what, ErrEdition) }
	bulletins, places := map[string]Bulletin{}, map[string]bool{}
	for _, b := range e.Bulletins {
		if !ValidSlug(b.ID) || places[strings.ToLower(b.ID)] {
			return fail("a bulletin's id is not a slug or stands twice")
		}
		if b.Kind != News && b.Kind != Correction || (b.Kind == Correction) != (b.Corrects != "") {
			return fail("a bulletin is neither news nor a correction of something")
		}
		bulletins[b.ID], places[strings.ToLower(b.ID)] = b, true
	}
	claims := map[string]bool{}
	for _, c := range e.Claims {
		if claims[c.Address.String()] || c.Address.Key != c.Claim.Key {
			return fail("a claim stands twice or under another key")
		}
		claims[c.Address.String()] = true
		for _, id := range c.CitedBy {
			if bulletins[id].ID == "" {
				return fail("a claim is cited by a bulletin that is not there")
			}
		}
	}
	for _, b := range e.Bulletins {
		if b.Corrects != "" && !slices.Contains(bulletins[b.Corrects].CorrectedBy, b.ID) {
			return fail("a correction points at a bulletin that does not point back")
		}
		for _, id := range b.CorrectedBy {
			if bulletins[id].Corrects != b.ID {
				return fail("a bulletin is corrected by one that does not say so")
			}
		}
		for _, cited := range b.Cites {
			if !claims[cited.Claim.String()] {
				return fail("a bulletin cites a claim that is not there")
			}
		}
	}
	for _, s := range e.Series {
		for _, p := range s.Points {
			if !claims[p.Claim.String()] {
				return fail("a series has a claim that is not there")
			}
		}
	}
	return nil
}

// ValidSlug reports whether s can be the id of a bulletin: letters, digits and
// hyphens, at most 80 of them. Two ids must differ in more than their case.
func ValidSlug(s string) bool {
	return s != "" && len(s) <= 80 && strings.Trim(s, "-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") == ""
}
