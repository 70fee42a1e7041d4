package site

import (
	"bytes"
	"encoding/csv"
	"encoding/xml"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"hearsay"
	"hearsay/ledger"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestGolden(t *testing.T) {
	pages := rendered(t, fixture(t), past())
	golden := filepath.Join("testdata", "golden")
	if *update {
		if err := os.RemoveAll(golden); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{
		"index.html", "bulletins/b1.html", "bulletins/b2.html", "bulletins/c1.html", "bulletins/b3-1404.html", "claims.html",
		"claims/pass/open.html", "claims/births/2018.html", "claims/price/flour/hill@2021-21_a.html", "series.html", "series/births.html",
		"series/births.csv", "series/price/flour/hill.html", "archive.html", "archive/2020.html", "archive/2020-12.html",
		"corrections.html", "method.html", "verify.html", "feed.xml",
	} {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(golden, strings.ReplaceAll(name, "/", "__"))
			if *update {
				if err := os.MkdirAll(golden, 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, pages[name], 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(pages[name], want) {
				t.Errorf("the page changed; look at it, then run go test ./site -update\n%s", firstDifference(pages[name], want))
			}
		})
	}
}

func firstDifference(got, want []byte) string {
	g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, g[i], w[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(g), len(w))
}

func TestTheSameEditionGivesTheSameBytes(t *testing.T) {
	first := rendered(t, fixture(t), past())
	for range 5 {
		again := rendered(t, fixture(t), past())
		if !maps.EqualFunc(first, again, bytes.Equal) {
			t.Fatal("two renderings differ")
		}
	}
}

func TestWhatAnEditionDoesNotTouchStaysTheSame(t *testing.T) {
	// Otherwise every page of every edition would get a new salt, and manifests
	// would no longer tell what changed.
	e := fixture(t)
	earlier := e
	earlier.Serial, earlier.Published = 3, e.Bulletins[2].Published
	earlier.Bulletins = e.Bulletins[:3]
	earlier.Claims, earlier.Series = nil, nil
	for _, c := range e.Claims {
		c.CitedBy = slices.DeleteFunc(slices.Clone(c.CitedBy), func(id string) bool { return id == "b3-1404" })
		c.Assessments = c.Assessments[:len(c.CitedBy)]
		if len(c.CitedBy) > 0 {
			earlier.Claims = append(earlier.Claims, c)
		}
	}
	before := rendered(t, earlier, Past{Entry: 2, First: past().First})
	now := rendered(t, e, past())
	for _, name := range []string{"bulletins/b2.html", "bulletins/c1.html", "claims/births/2019.html", "claims/guard/order.html", "archive/2020.html", "corrections.html", "method.html"} {
		if name == "claims/births/2019.html" {
			continue // it became part of a series
		}
		if !bytes.Equal(before[name], now[name]) {
			t.Errorf("%s changed though nothing in it did\n%s", name, firstDifference(now[name], before[name]))
		}
	}
}

func TestAnEmptyEdition(t *testing.T) {
	e := hearsay.Edition{Serial: 1, Published: 18000, Desk: fixture(t).Desk}
	pages := rendered(t, e, Past{})
	checkSite(t, pages)
	for name, words := range map[string]string{
		"index.html": "front.empty", "claims.html": "claims.empty", "series.html": "series.empty", "archive.html": "archive.empty", "corrections.html": "corrections.empty",
	} {
		if !strings.Contains(string(pages[name]), english[words]) {
			t.Errorf("%s does not say that it is empty", name)
		}
	}
}

func TestEveryPage(t *testing.T) { checkSite(t, rendered(t, fixture(t), past())) }

func TestMarkupInAnEditionStaysText(t *testing.T) {
	for name, page := range rendered(t, fixture(t), past()) {
		for _, bad := range []string{"<Parish>", "<dark>", "onclick", "elsewhere.example"} {
			if name != EditionFile && strings.Contains(string(page), bad) {
				t.Errorf("%s has %s", name, bad)
			}
		}
	}
}

func TestCorrectionsLinkBothWays(t *testing.T) {
	pages := rendered(t, fixture(t), past())
	b2, c1, front := string(pages["bulletins/b2.html"]), string(pages["bulletins/c1.html"]), string(pages["index.html"])
	for _, want := range []struct{ name, page, text string }{
		{"the corrected page says so at its head", b2, "<strong>Corrected on 23 December 2020.</strong>"},
		{"it leads to the correction", b2, `href="../bulletins/c1.html"`},
		{"what was wrong stands struck", b2, `<del>1,420</del>`},
		{"what was right does not", b2, `>960</a>`},
		{"the margin has what was held then and now", b2, "When published"},
		{"the correction leads back", c1, `href="../bulletins/b2.html"`},
		{"the front page says that a bulletin was corrected", front, "corrected on 23 December 2020"},
		{"the list of corrections says what was wrong", string(pages["corrections.html"]), "<del>We had said: 1,420 persons.</del> <ins>We now hold: 1,320 persons.</ins>"},
		{"the feed updates the corrected bulletin", string(pages["feed.xml"]), "<updated>2020-12-23T00:00:00Z</updated>"},
	} {
		t.Run(want.name, func(t *testing.T) {
			if !strings.Contains(want.page, want.text) {
				t.Errorf("%q is not there", want.text)
			}
		})
	}
	t.Run("the words of the old text are all still there", func(t *testing.T) {
		if got := visible(t, pages["bulletins/b2.html"]); !strings.Contains(got, "The parish counted 1,420 births in 2018 and 960 in 2019. Nearly half are girls.") {
			t.Errorf("the text is now %q", got)
		}
	})
}

func visible(t *testing.T, page []byte) string {
	t.Helper()
	document, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for n := range document.Descendants() {
		if n.Type == html.TextNode {
			b.WriteString(n.Data)
		}
	}
	return b.String()
}

func TestCountsShowOnlyWhereTheEditionHasThem(t *testing.T) {
	pages := rendered(t, fixture(t), past())
	if page := string(pages["claims/guard/order.html"]); strings.Contains(page, "ne independent origin.") || strings.Contains(page, `class="discs"`) || !strings.Contains(page, english["origins.untold"]) {
		t.Error("a claim that few could have known shows a count, or does not say why there is none")
	}
	page := string(pages["claims/pass/open.html"])
	if !strings.Contains(page, "3 independent origins.") || strings.Count(page[strings.Index(page, `class="discs"`):], "<circle") < 3 {
		t.Error("a claim that many could have known shows no count")
	}
	if strings.Contains(page, english["origins.untold"]) {
		t.Error("it says that it shows no count")
	}
	if strings.Contains(string(pages["claims/births/2020.html"]), english["origins.untold"]) {
		t.Error("a record does not depend on how many knew")
	}
}

func TestSeries(t *testing.T) {
	pages := rendered(t, fixture(t), past())
	page := string(pages["series/births.html"])
	for _, want := range []struct{ name, text string }{
		{"the chart has a title", "Births, 2018 to 2021, in persons</title>"},
		{"the chart has a description with its figures", "Current figures: 2018: 1,320; 2019: 960; 2020: 700; 2021: under 300."},
		{"a figure stands at its mark", `font-weight="600" fill="currentColor">1,320</text>`},
		{"an earlier vintage stands at its mark", ">1,100</text>"},
		{"what a figure leaves open is drawn", `<g class="spread" fill="currentColor" fill-opacity=".16" stroke="currentColor" stroke-opacity=".5" stroke-width="1.2"><rect`},
		{"the table has the vintages", "1,100 (10 January 2019), 1,420 (21 December 2020)"},
		{"there is a picture for a phone", `class="chart narrow"`},
	} {
		t.Run(want.name, func(t *testing.T) {
			if !strings.Contains(page, want.text) {
				t.Errorf("%q is not there", want.text)
			}
		})
	}
	t.Run("nothing is drawn outside the picture", func(t *testing.T) {
		for name, page := range pages {
			for _, m := range regexp.MustCompile(`class="chart \w+" viewBox="0 0 (\d+) (\d+)"[\s\S]*?</svg>\n`).FindAllSubmatch(page, -1) {
				var w, h float64
				fmt.Sscan(string(m[1]), &w)
				fmt.Sscan(string(m[2]), &h)
				for _, at := range regexp.MustCompile(`(?:c?x)="(-?[\d.]+)" (?:c?y)="(-?[\d.]+)"`).FindAllSubmatch(m[0], -1) {
					var x, y float64
					fmt.Sscan(string(at[1]), &x)
					fmt.Sscan(string(at[2]), &y)
					if x < 0 || x > w || y < 0 || y > h {
						t.Errorf("%s: %s in a picture of %v by %v", name, at[0], w, h)
					}
				}
			}
		}
	})
	t.Run("the CSV has every vintage and one current figure a period", func(t *testing.T) {
		lines, err := csv.NewReader(bytes.NewReader(pages["series/births.csv"])).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		current := map[string]string{}
		for _, l := range lines[1:] {
			if l[9] == "yes" {
				if current[l[0]] != "" {
					t.Errorf("%s has two current figures", l[0])
				}
				current[l[0]] = l[2]
			}
		}
		want := map[string]string{"2018": "1320", "2019": "960", "2020": "700", "2021": "under 300"}
		if !maps.Equal(current, want) {
			t.Errorf("current figures %v, want %v", current, want)
		}
	})
}

func TestFeedIsAtom(t *testing.T) {
	type link struct {
		Rel  string `xml:"rel,attr"`
		Href string `xml:"href,attr"`
	}
	type entry struct {
		Title, ID, Published, Updated, Summary string
		Link                                   []link `xml:"link"`
		Content                                struct {
			Type string `xml:"type,attr"`
			Text string `xml:",chardata"`
		} `xml:"content"`
	}
	var feed struct {
		XMLName xml.Name
		Title   string  `xml:"title"`
		ID      string  `xml:"id"`
		Updated string  `xml:"updated"`
		Author  string  `xml:"author>name"`
		Entries []entry `xml:"entry"`
	}
	pages := rendered(t, fixture(t), past())
	source := strings.NewReplacer("<id>", "<ID>", "</id>", "</ID>", "<title>", "<Title>", "</title>", "</Title>", "<published>", "<Published>", "</published>", "</Published>",
		"<updated>", "<Updated>", "</updated>", "</Updated>", "<summary>", "<Summary>", "</summary>", "</Summary>").Replace(string(pages[feedFile]))
	source = strings.Replace(source, "<Title>", "<title>", 1)
	source = strings.Replace(source, "</Title>", "</title>", 1)
	if err := xml.Unmarshal([]byte(source), &feed); err != nil {
		t.Fatal(err)
	}
	if feed.XMLName.Space != "http://www.w3.org/2005/Atom" || feed.XMLName.Local != "feed" || feed.Author == "" || feed.Title != "The <Parish> Desk" {
		t.Errorf("feed %+v", feed)
	}
	if len(feed.Entries) != 4 {
		t.Fatalf("%d entries", len(feed.Entries))
	}
	seen := map[string]bool{}
	last := "9999"
	for _, e := range feed.Entries {
		if seen[e.ID] || !regexp.MustCompile(`^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(e.ID) {
			t.Errorf("id %q", e.ID)
		}
		seen[e.ID] = true
		for _, day := range []string{e.Published, e.Updated} {
			if _, err := time.Parse(time.RFC3339, day); err != nil {
				t.Error(err)
			}
		}
		if e.Updated > last {
			t.Error("an entry comes after an older one")
		}
		last = e.Updated
		if e.Title == "" || e.Summary == "" || e.Content.Type != "html" || len(e.Link) == 0 || pages[e.Link[0].Href] == nil {
			t.Errorf("entry %+v", e)
		}
	}
}

func TestPlacesNeverMeet(t *testing.T) {
	names := []string{"a", "a/b", "a-b", "con", "a/nul", "a@2020", "a@2020?", "a@2020~", "a@2020%", "a@2020-01/2020-02", "a@201X", "a@2020/..", "a@../2020",
		strings.Repeat("a", 150), strings.Repeat("a", 151), strings.Repeat("long/", 39) + "a"}
	seen := map[string]string{}
	for _, name := range names {
		address, err := hearsay.ParseAddress(name)
		if err != nil {
			t.Fatal(name, err)
		}
		at := claimPlace(address)
		if err := ledger.ValidPath(at); err != nil {
			t.Error(err)
		}
		if other, taken := seen[at]; taken {
			t.Errorf("%s and %s are both %s", name, other, at)
		}
		seen[at] = name
	}
}

func TestLead(t *testing.T) {
	long := strings.Repeat("단어", 200)
	for _, tt := range []struct{ name, text, want string }{
		{"a short text whole", "# T\n\nOne two.\n\nThree.", "One two."},
		{"a long text cut at a word", "# T\n\n" + strings.Repeat("word ", 60), strings.TrimSpace(strings.Repeat("word ", 44)) + "…"},
		{"a script without spaces cut between letters", "# T\n\n" + long, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := lead(hearsay.Bulletin{Title: "T", Text: tt.text})
			if tt.want != "" && got != tt.want {
				t.Errorf("lead = %q, want %q", got, tt.want)
			}
			if strings.ContainsRune(got, '\uFFFD') || !strings.HasPrefix(tt.text[5:], strings.TrimSuffix(got, "…")) {
				t.Errorf("lead = %q", got)
			}
		})
	}
}
