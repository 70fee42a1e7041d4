//go:build linux || darwin

package main

import (
	"encoding/json"
	"html"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hearsay"
	"hearsay/example"
)

// answerSheet is what the example should end with, written before any engine ran.
type answerSheet struct {
	Claims []struct {
		Claim        string
		Standing     string
		WithoutRules string `json:"without_rules"`
		Value        any
		Origins      []string
	}
}

func readSheet(t *testing.T) answerSheet {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", "example", "dossier", "expected.json"))
	if err != nil {
		t.Fatal(err)
	}
	var s answerSheet
	if err := json.Unmarshal(b, &s); err != nil {
		t.Fatal(err)
	}
	if len(s.Claims) < 30 {
		t.Fatalf("the sheet has %d claims", len(s.Claims))
	}
	return s
}

// document is what try --json ends with.
type document struct {
	Claims    []json.RawMessage
	Bulletins []string
	Site      string
	Seconds   float64
}

type heldClaim struct {
	Claim, Standing string
	Value           any
	P               *float64
	Calibrated      *bool
	Origins         []string
	Fragility       *int
}

func readClaims(t *testing.T, list []json.RawMessage) map[string]heldClaim {
	t.Helper()
	held := map[string]heldClaim{}
	for _, b := range list {
		var c heldClaim
		if err := json.Unmarshal(b, &c); err != nil {
			t.Fatal(err)
		}
		if c.P == nil || c.Calibrated == nil || c.Fragility == nil || c.Origins == nil {
			t.Errorf("%s lacks a field: %s", c.Claim, b)
		}
		held[c.Claim] = c
	}
	return held
}

// TestSheet holds what the desk holds, after the play through all three zones,
// against the answer sheet.
func TestSheet(t *testing.T) {
	var played document
	if err := json.Unmarshal(playedExample(t).document, &played); err != nil {
		t.Fatal(err)
	}
	held := readClaims(t, played.Claims)
	for _, want := range readSheet(t).Claims {
		t.Run(want.Claim, func(t *testing.T) {
			got, ok := held[want.Claim]
			if !ok {
				t.Fatal("the desk holds no such claim")
			}
			if want.WithoutRules != "" {
				want.Standing = want.WithoutRules
			}
			if got.Standing != want.Standing {
				t.Errorf("standing %q, want %q", got.Standing, want.Standing)
			}
			if g, w := asJSON(t, got.Value), asJSON(t, want.Value); g != w {
				t.Errorf("value %s, want %s", g, w)
			}
			slices.Sort(got.Origins)
			slices.Sort(want.Origins)
			if want.Origins != nil && !slices.Equal(got.Origins, want.Origins) {
				t.Errorf("origins %v, want %v", got.Origins, want.Origins)
			}
		})
	}
	t.Run("bulletins in order", func(t *testing.T) {
		if want := []string{"B1", "B2", "B3", "C1", "B4", "B5"}; !slices.Equal(played.Bulletins, want) {
			t.Errorf("%v, want %v", played.Bulletins, want)
		}
	})
	t.Run("it says where the site is and what it took", func(t *testing.T) {
		if played.Site != filepath.Join(playedExample(t).dir, "site") || played.Seconds <= 0 {
			t.Errorf("site %q, %v s", played.Site, played.Seconds)
		}
	})
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestCorrection: C1 links back to B3 and leaves B3's text unchanged.
func TestCorrection(t *testing.T) {
	site := filepath.Join(playedExample(t).dir, "site")
	dossier, err := example.Load()
	if err != nil {
		t.Fatal(err)
	}
	page := func(name string) string {
		b, err := os.ReadFile(filepath.Join(site, "bulletins", name))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	b3, c1 := page("b3.html"), page("c1.html")
	if !strings.Contains(b3, `href="../bulletins/c1.html"`) {
		t.Error("B3 has no link to its correction")
	}
	if !strings.Contains(c1, `href="../bulletins/b3.html"`) {
		t.Error("C1 has no link to what it corrects")
	}
	for id, page := range map[string]string{"B3": b3, "C1": c1} {
		_, text, _ := strings.Cut(hearsay.PlainText([]byte(dossier.Bulletins[id].Text)), "\n")
		if !strings.Contains(readable(page), strings.Join(strings.Fields(text), " ")) {
			t.Errorf("the page of %s has not the text as it was written", id)
		}
	}
	b, err := os.ReadFile(filepath.Join(site, "edition.json"))
	if err != nil {
		t.Fatal(err)
	}
	edition, err := hearsay.UnmarshalEdition(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range edition.Bulletins {
		if strings.TrimSpace(b.Text) != strings.TrimSpace(dossier.Bulletins[b.ID].Text) {
			t.Errorf("the edition has another text of %s: %q", b.ID, b.Text)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

// readable is what a page says, without its mark-up.
func readable(page string) string {
	return strings.Join(strings.Fields(html.UnescapeString(tags.ReplaceAllString(page, ""))), " ")
}

// TestDisguise plays the example once more, under other names, 400 days later
// and at other prices: the standings stay as they are, so none is a special
// case.
func TestDisguise(t *testing.T) {
	dossier, err := example.Load()
	if err != nil {
		t.Fatal(err)
	}
	disguise(t, dossier)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	play := example.Play{
		Dossier: dossier, Stage: example.Stage{Dir: t.TempDir()}, Program: example.Program{Path: self, Name: "hearsay"},
		Tell: func(l example.Line) { t.Logf("%s %s %s", l.Day, l.Zone, l.Text) },
	}
	ended, err := play.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := ended.Close(); err != nil {
			t.Error(err)
		}
	}()
	list, err := ended.ClaimList()
	if err != nil {
		t.Fatal(err)
	}
	held := readClaims(t, list)
	for _, want := range readSheet(t).Claims {
		if want.WithoutRules != "" {
			want.Standing = want.WithoutRules
		}
		claim := later(t, want.Claim)
		if got := held[claim].Standing; got != want.Standing {
			t.Errorf("%s: standing %q, want %q", claim, got, want.Standing)
		}
	}
	publicBytes(t, play.Stage.Site(), dossier)
}

const laterBy = 400 // days

var (
	periods = regexp.MustCompile(`@(\d{4}-\d{2}-\d{2})`)
	prices  = regexp.MustCompile(`(claim:(?:prices|fx)/[^)]*?value=)(\d+)`)
)

// later moves the periods of claims.
func later(t *testing.T, text string) string {
	return periods.ReplaceAllStringFunc(text, func(p string) string {
		day, err := hearsay.ParseDay(p[1:])
		if err != nil {
			t.Fatal(err)
		}
		return "@" + (day + laterBy).String()
	})
}

// disguise changes what must not matter.
func disguise(t *testing.T, d *example.Dossier) {
	renamed := func(name string) string {
		return "X" + strconv.Itoa(len(name)) + strings.Map(func(r rune) rune { return 'A' + (r-'A'+7)%26 }, name)
	}
	for i := range d.Reports {
		r := &d.Reports[i]
		r.Source, r.Day = renamed(r.Source), r.Day+laterBy
		r.Body = prices.ReplaceAllStringFunc(later(t, r.Body), func(link string) string {
			m := prices.FindStringSubmatch(link)
			price, err := strconv.ParseFloat(m[2], 64)
			if err != nil {
				t.Fatal(err)
			}
			return m[1] + strconv.FormatFloat(math.Round(price*137)/100, 'f', -1, 64)
		})
	}
	for id, b := range d.Bulletins {
		b.Day, b.Text = b.Day+laterBy, later(t, b.Text)
		d.Bulletins[id] = b
	}
	for i := range d.Desk.Captured {
		c := &d.Desk.Captured[i]
		c.Source, c.Since, c.Decided = renamed(c.Source), c.Since+laterBy, c.Decided+laterBy
	}
	for i := range d.Desk.Merges {
		d.Desk.Merges[i].On += laterBy
	}
	for i := range d.Desk.Signatures {
		d.Desk.Signatures[i].On += laterBy
	}
	for i := range d.Desk.Consents {
		d.Desk.Consents[i].On += laterBy
	}
	for i := range d.Desk.Overrides {
		d.Desk.Overrides[i].On += laterBy
	}
}
