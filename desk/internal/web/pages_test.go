package web

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

var update = flag.Bool("update", false, "write the golden pages anew")

// Handles and tokens are drawn at random; figures of the model, and the places
// of reports among what it assessed, move with it.
var (
	places  = regexp.MustCompile(`(/reports/|name="report" value=")\d+`)
	handles = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
	tokens  = regexp.MustCompile(`name="csrf" value="[^"]{43}"`)
	figures = regexp.MustCompile(`\d+ %`)
)

func stable(page string) string {
	page = tokens.ReplaceAllString(page, `name="csrf" value="TOKEN"`)
	page = figures.ReplaceAllString(page, "N %")
	page = places.ReplaceAllString(page, "${1}PLACE")
	names := map[string]string{}
	return handles.ReplaceAllStringFunc(page, func(h string) string {
		if names[h] == "" {
			names[h] = fmt.Sprintf("source-%d", len(names)+1)
		}
		return names[h]
	})
}

func TestGolden(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	empty := emptyDesk(t, &memory{}, d.today)
	ok(t, empty.book.Enrol(t.Context(), "first", ""))
	nobody := empty.signIn("first")
	for _, tt := range []struct {
		golden, path string
		who          *browser
	}{
		{"locked", "/inbox", &browser{desk: d}},
		{"signin", "/sign-in", d.arrive()},
		{"inbox", "/inbox", b},
		{"inbox-empty", "/inbox", nobody},
		{"report", fmt.Sprintf("/reports/%d", d.places["R11"]), b},
		{"report-duress", fmt.Sprintf("/reports/%d", d.places["R22"]), b},
		{"keyin", "/key-in", b},
		{"claims", "/claims", b},
		{"claims-empty", "/claims", nobody},
		{"claim-verified", "/claims/border/closure", b},
		{"claim-merged", "/claims/capture-teams/arrests-one-night", b},
		{"claim-record", "/claims/arrivals/2009", b},
		{"claim-cut", "/claims/custody/kite-7/status", b},
		{"claim-not-known", "/claims/capture-teams/price-paid", b},
		{"sources", "/sources", b},
		{"sources-empty", "/sources", nobody},
		{"source", "/sources/" + d.handle("WREN"), b},
		{"reply", "/sources/" + d.handle("WREN") + "/reply", b},
		{"reply-watched", "/sources/" + d.handle("HERON") + "/reply", b},
		{"replies", "/replies", b},
		{"replies-empty", "/replies", nobody},
		{"files", fmt.Sprintf("/files/%d", d.places["files"]), b},
		{"report-files", fmt.Sprintf("/reports/%d", d.places["R27"]), b},
		{"source-preview", "/sources/" + d.handle("WREN") + "?cut=2020-01-01", b},
		{"source-cut", "/sources/" + d.handle("HERON"), b},
		{"cases", "/cases", b},
		{"cases-empty", "/cases", nobody},
		{"bulletins", "/bulletins", b},
		{"bulletins-empty", "/bulletins", nobody},
		{"bulletin-blocked", "/bulletins/B4", b},
		{"bulletin-draft", "/bulletins/B5", b},
		{"bulletin-published", "/bulletins/B3", b},
		{"draft", "/draft", b},
		{"health", "/health", b},
		{"not-here", "/no-such-page", b},
	} {
		t.Run(tt.golden, func(t *testing.T) {
			got := stable(tt.who.get(tt.path).Body.String())
			file := filepath.Join("testdata", "golden", tt.golden+".html")
			if *update {
				ok(t, os.MkdirAll(filepath.Dir(file), 0o755))
				ok(t, os.WriteFile(file, []byte(got), 0o644))
				return
			}
			if want := string(must(os.ReadFile(file))(t)); got != want {
				t.Errorf("the page is not the golden one (go test -update writes it anew):\n%s", firstDifference(got, want))
			}
		})
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d:\n got %s\nwant %s", i+1, g[i], strings.Join(w[min(i, len(w)):min(i+1, len(w))], ""))
		}
	}
	return fmt.Sprintf("it ends after %d lines of %d", len(g), len(w))
}

// TestFrame holds what every page needs for a keyboard or a screen reader.
func TestFrame(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	heading := regexp.MustCompile(`<h([1-6])[ >]`)
	control := regexp.MustCompile(`<(input|select|textarea)\b[^>]*>`)
	id := regexp.MustCompile(`\sid="([^"]*)"`)
	for _, rt := range table {
		if rt.look == nil {
			continue
		}
		page := b.ask(rt).Body.String()
		for _, part := range []string{`<html lang="en">`, `<a class="skip" href="#main">`, `<main id="main"`, `<nav aria-label="Pages">`, `name="viewport"`} {
			if !strings.Contains(page, part) {
				t.Errorf("%s has no %s", rt.path, part)
			}
		}
		level, ones := 0, 0
		for _, m := range heading.FindAllStringSubmatch(page, -1) {
			n := int(m[1][0] - '0')
			if n > level+1 {
				t.Errorf("%s steps from h%d to h%d", rt.path, level, n)
			}
			if level = n; n == 1 {
				ones++
			}
		}
		if ones != 1 {
			t.Errorf("%s has %d h1", rt.path, ones)
		}
		seen := map[string]bool{}
		for _, m := range id.FindAllStringSubmatch(page, -1) {
			if seen[m[1]] {
				t.Errorf("%s has two elements %q", rt.path, m[1])
			}
			seen[m[1]] = true
		}
		for _, c := range control.FindAllString(page, -1) {
			m := id.FindStringSubmatch(c)
			labelled := m != nil && strings.Contains(page, `<label for="`+m[1]+`"`)
			if !labelled && !strings.Contains(c, `type="hidden"`) && !strings.Contains(c, "aria-label=") {
				t.Errorf("%s: %s has no label", rt.path, c)
			}
		}
		if strings.Count(page, "<form") != strings.Count(page, "</form>") || strings.Count(page, `method="post"`) != strings.Count(page, `name="csrf"`) {
			t.Errorf("%s: a form without a token", rt.path)
		}
	}
}

func TestHostileText(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	for _, tt := range []struct{ rule, text, never, shows string }{
		{"a script is text", "<script>alert(1)</script>", "<script", "&lt;script&gt;alert(1)&lt;/script&gt;"},
		{"an image is text", `<img src=x onerror=alert(1)>`, "<img", "&lt;img src=x onerror=alert(1)&gt;"},
		{"a link to elsewhere is text", "[click](javascript:alert(1)) and [here](https://evil.example/)", `href="javascript`, "[click](javascript:alert(1))"},
		{"a link that breaks out of an attribute is text", `[x](claim:a/b?value="><script>alert(1)</script>)`, "<script", "&lt;script&gt;"},
		{"an origin that breaks out of an attribute is text", `[x](claim:border/closure?value=closed&origin=%22%3E%3Cscript%3Ealert(1)%3C%2Fscript%3E)`, "<script", "&#34;&gt;&lt;script&gt;"},
		{"a value that breaks out of an attribute is text", `[x](claim:no/claim?value=%22%20onfocus%3Dalert(1)%20x%3D%22)`, `" onfocus`, "&#34; onfocus"},
		{"words that break out of a mark are text", `[</mark><b id="main">](claim:border/closure?value=closed)`, `<b id`, "&lt;b id=&#34;main&#34;&gt;"},
		{"text is not turned round", "it is \u202edesolc\u202c now", "\u202e", "‹U+202E›"},
		{"text is not isolated", "it is \u2067desolc\u2069 now", "\u2067", "‹U+2067›"},
		{"nothing is hidden between letters", "cl\u200bosed \ufeffnow", "\u200b", "‹U+200B›"},
		{"nothing is hidden in tags", "closed\U000e0041\U000e0042", "\U000e0041", "‹U+E0041›"},
		{"control characters are written out", "bell\x07 escape\x1b[31m", "\x1b", "‹U+001B›"},
		{"an entity hides nothing", "it is &#x202e;desolc", "\u202e", "&amp;#x202e;"},
		{"Korean stays as it is", "국경이 [닫혔다](claim:border/closure?value=closed)", "‹", "닫혔다"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			place := b.do("/key-in", "code_name", "ORIOLE", "text", tt.text).Place
			body := b.get(fmt.Sprintf("/reports/%d", place)).Body.String()
			if strings.Contains(body, tt.never) {
				t.Errorf("the page has %q", tt.never)
			}
			if !strings.Contains(body, tt.shows) {
				t.Errorf("the page does not show %q:\n%s", tt.shows, body)
			}
			for _, path := range []string{"/inbox", "/claims", "/claims/border/closure"} {
				if page := b.get(path).Body.String(); tt.never != "‹" && strings.Contains(page, tt.never) {
					t.Errorf("%s has %q", path, tt.never)
				}
			}
		})
	}
	t.Run("a bulletin can carry no script either", func(t *testing.T) {
		b.do("/draft", "id", "B9", "kind", "bulletin", "text", "# <script>alert(1)</script>\n\n<script>alert(2)</script> [x](javascript:alert(3)) &#x202e;x\n\n</textarea><script>alert(4)</script>")
		page := b.get("/bulletins/B9").Body.String()
		for _, never := range []string{"<script", "javascript:alert(3)\"", "\u202e"} {
			if strings.Contains(page, never) {
				t.Errorf("the page has %q", never)
			}
		}
	})
	t.Run("a report that is not UTF-8 is shown as far as it goes", func(t *testing.T) {
		in := casebook.Incoming{Channel: casebook.ByRelay, Received: d.today, Endorsed: true, Parts: 1,
			Body: casebook.NewText("bad \xff\xfe [closed](claim:border/closure?value=closed) \xff")}
		in.Fingerprint[0], in.Author[0] = 9, 9
		must(d.book.Receive(t.Context(), []casebook.Incoming{in}))(t)
		newest := d.book.Inbox().Reports[0]
		w := b.get(fmt.Sprintf("/reports/%d", newest.Place))
		if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "closed<sup>1</sup>") {
			t.Errorf("%d %s", w.Code, w.Body)
		}
	})
}

// TestEveryClaimHasItsPage follows the links of the list, those to claims of
// uncertain periods among them.
func TestEveryClaimHasItsPage(t *testing.T) {
	d := newDesk(t)
	b := d.signIn("first")
	for _, period := range []string{"2020-11?", "2020~", "2020-12%", "2020/2021", "201X", "../2019"} {
		link := hearsay.Assertion{Address: address(t, "prices/rice/hyesan@"+period), Value: "5", Hedge: "stated", Basis: "seen", Stance: "asserts"}
		b.do("/key-in", "code_name", "ORIOLE", "text", "rice at [five]("+link.String()+")")
	}
	hrefs := regexp.MustCompile(`href="(/claims/[^"]+)"`)
	found := hrefs.FindAllStringSubmatch(b.get("/claims").Body.String(), -1)
	if want := len(d.book.Claims()); len(found) != want {
		t.Errorf("%d links to %d claims", len(found), want)
	}
	for i, m := range found {
		path := strings.ReplaceAll(m[1], "&#43;", "+")
		if v := view[casebook.ClaimView](b, path); v.Address != d.book.Claims()[i].Address {
			t.Errorf("%s leads to %s, not to %s", path, v.Address, d.book.Claims()[i].Address)
		}
		if w := b.post("/sign", []string{"claim", d.book.Claims()[i].Address}); w.Code == http.StatusSeeOther {
			if again := b.get(w.Header().Get("Location")); again.Code != http.StatusOK {
				t.Errorf("signing leads to %s: %d", w.Header().Get("Location"), again.Code)
			}
		}
	}
}

func TestPieces(t *testing.T) {
	for _, tt := range []struct{ rule, text, want string }{
		{"plain text is one piece", "nothing here", "nothing here"},
		{"the marks of a link are left out", "rice [about 6,500](claim:prices/rice@2020?value=6500) now", "rice {about 6,500} now"},
		{"marks of emphasis around the words too", "[*about* 6,500](claim:a/b?value=1)", "{about* 6,500}"},
		{"two links side by side", "[a](claim:a/b?value=1)[b](claim:a/c?value=2)", "{a}{b}"},
		{"a link at the end", "x [a](claim:a/b?value=1)", "x {a}"},
		{"another link stays as it was written", "[a](https://example.org)", "[a](https://example.org)"},
		{"a link written otherwise stays as it was written", "[a](<claim:a/b?value=1>)", "[{a}](<claim:a/b?value=1>)"},
		{"a link by reference stays as it was written", "[a][r]\n\n[r]: claim:a/b?value=1", "[{a}][r]\n\n[r]: claim:a/b?value=1"},
	} {
		t.Run(tt.rule, func(t *testing.T) {
			var got strings.Builder
			n := 0
			for _, p := range pieces(tt.text, len(hearsay.ClaimLinks([]byte(tt.text)))) {
				if p.Number == 0 {
					got.WriteString(p.Text)
					continue
				}
				if n++; p.Number != n {
					t.Errorf("piece %d has number %d", n, p.Number)
				}
				got.WriteString("{" + p.Text + "}")
			}
			if got.String() != tt.want {
				t.Errorf("got %q, want %q", got.String(), tt.want)
			}
		})
	}
	t.Run("nothing is marked where statements and links differ", func(t *testing.T) {
		if p := pieces("[a](claim:a/b?value=1)", 2); len(p) != 1 || p[0].Number != 0 {
			t.Errorf("%+v", p)
		}
	})
}

func FuzzPieces(f *testing.F) {
	for _, text := range []string{"", "[a](claim:a/b?value=1)", "[*a*](claim:a/b?value=1) \xff [b](claim:a/b?hedge=unknown)", "[a][r]\n\n[r]: claim:a/b", "* [a\nb](claim:a/b?value=1)", "> [a](claim:a/b?value=1 \"t\")"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		links := hearsay.ClaimLinks([]byte(text))
		rest := text
		numbers := 0
		for _, p := range pieces(text, len(links)) {
			at := strings.Index(rest, p.Text)
			if at < 0 {
				t.Fatalf("%q shows %q, which does not stand there", text, p.Text)
			}
			rest = rest[at+len(p.Text):]
			if p.Number > 0 {
				numbers++
			}
		}
		if numbers > len(links) {
			t.Errorf("%d marks for %d links", numbers, len(links))
		}
	})
}

func FuzzVisible(f *testing.F) {
	f.Add([]byte("a\u202eb\x00\xff\u2067"))
	f.Add([]byte("국경이 닫혔다 <b>&amp;</b>\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		shown := visible(text)
		for _, r := range string(shown) {
			if conceals(r) {
				t.Fatalf("%q still has %U", text, r)
			}
		}
		if again := visible(shown); string(again) != string(shown) {
			t.Errorf("%q changes when it is shown again", text)
		}
	})
}

// TestAmbiguousClaim: that a claim could as well be otherwise is told, with why.
func TestAmbiguousClaim(t *testing.T) {
	page := func(otherwise string) string {
		c := casebook.ClaimView{ClaimLine: casebook.ClaimLine{Address: "border", Question: "Is it open?", Says: "closed", Otherwise: otherwise}}
		var b strings.Builder
		ok(t, templates["claim"].ExecuteTemplate(&b, "page", shell{View: claimShow{ClaimView: c, Mark: markOf(c)}}))
		return b.String()
	}
	const told = "may as well be ajar: some sources may depend on each other"
	if got := page("ajar"); !strings.Contains(got, told) {
		t.Errorf("it is not told: %s", got)
	}
	if got := page(""); strings.Contains(got, "may as well be") {
		t.Errorf("it is told of a claim that is plain: %s", got)
	}
}
