package hearsay_test

import (
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"hearsay"
)

// pageLink leads to a page for every claim, and strikes one.
func pageLink(a hearsay.Address) (string, bool) {
	if a.Key == "gone" {
		return "", false
	}
	return "claims/" + a.Key, a.Key == "old"
}

func pageHTML(text string) string {
	var page strings.Builder
	for _, b := range hearsay.Page([]byte(text), pageLink) {
		page.WriteString(string(b.HTML))
	}
	return strings.TrimSpace(page.String())
}

func TestPage(t *testing.T) {
	const omitted = "<!-- raw HTML omitted -->"
	for _, tt := range []struct{ name, text, want string }{
		{"a claim link leads to its page", "[shut](claim:border/closure)", `<p><a href="claims/border/closure">shut</a></p>`},
		{"what was wrong stands struck", "[then](claim:old)", `<p><a href="claims/old"><del>then</del></a></p>`},
		{"a claim without a page leaves its words", "[then](claim:gone)", "<p>then</p>"},
		{"a claim link that breaks the grammar leaves its words", "[then](claim:OLD)", "<p>then</p>"},
		{"raw HTML is left out", "<script>alert(1)</script>", omitted},
		{"raw HTML within a line is left out", "a <b onclick=x>b</b>", "<p>a " + omitted + "b" + omitted + "</p>"},
		{"an image is left out", "a ![x](https://example.org/x.png) b", "<p>a  b</p>"},
		{"a link that runs script is left as words", "[x](javascript:alert(1))", "<p>x</p>"},
		{"so is one that hides it in an entity", "[x](jav&#x61;script:alert(1))", "<p>x</p>"},
		{"or in capitals", "[x](JavaScript:alert(1))", "<p>x</p>"},
		{"or behind a line break", "[x](<java&#10;script:alert(1)>)", "<p>x</p>"},
		{"or as data", "[x](data:text/html,x)", "<p>x</p>"},
		{"or in a bare address", "<javascript:alert(1)>", "<p>javascript:alert(1)</p>"},
		{"a bare address to the web stays", "<https://example.org/?a&b>", `<p><a href="https://example.org/?a&amp;b">https://example.org/?a&amp;b</a></p>`},
		{"a bare address of mail stays", "<a@example.org>", `<p><a href="mailto:a@example.org">a@example.org</a></p>`},
		{"a bare address of a file is left as words", "<file:///etc/passwd>", "<p>file:///etc/passwd</p>"},
		{"a bare claim is left as words", "<claim:border/closure>", "<p>claim:border/closure</p>"},
		{"a link to another part of the site is left as words", "[x](../verify)", "<p>x</p>"},
		{"a link to the web stays", "[x](https://example.org/?a=1&b=2)", `<p><a href="https://example.org/?a=1&amp;b=2">x</a></p>`},
		{"in capitals too", "[x](HTTPS://example.org)", `<p><a href="HTTPS://example.org">x</a></p>`},
		{"nothing hides in an address", "[x](<https://example.org/\u202e>)", "<p>x</p>"},
		{"a quote cannot end the address", `[x](https://example.org/"onclick="x)`, `<p><a href="https://example.org/&#34;onclick=&#34;x">x</a></p>`},
		{"the title is left to the page", "# Title\n\ntext", "<p>text</p>"},
		{"a second title is not", "# Title\n\n# Another", "<h1>Another</h1>"},
		{"text is escaped", "1 < 2 & \"so\"", "<p>1 &lt; 2 &amp; &quot;so&quot;</p>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := pageHTML(tt.text); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
	t.Run("each block has the claims that it cites, in their order", func(t *testing.T) {
		blocks := hearsay.Page([]byte("# T\n\n[a](claim:b) and [c](claim:a@2016)\n\nnone\n\n- [d](claim:b)"), pageLink)
		var cites []string
		for _, b := range blocks {
			var in []string
			for _, a := range b.Cites {
				in = append(in, a.String())
			}
			cites = append(cites, strings.Join(in, "+"))
		}
		if !slices.Equal(cites, []string{"b+a@2016", "", "b"}) {
			t.Errorf("%q", cites)
		}
	})
}

// allowed has the elements that CommonMark makes, with what they may carry.
var allowed = map[string][]string{
	"p": nil, "br": nil, "hr": nil, "em": nil, "strong": nil, "del": nil, "blockquote": nil, "pre": nil, "code": {"class"},
	"ul": nil, "ol": {"start"}, "li": nil, "h1": nil, "h2": nil, "h3": nil, "h4": nil, "h5": nil, "h6": nil, "a": {"href"},
}

// FuzzPage: whatever the text, a page has no element and no attribute that
// could load or run anything, and what a browser parses is what was written.
func FuzzPage(f *testing.F) {
	for _, s := range []string{
		"# Title\n\n[a](claim:k) ![b](claim:k) <https://example.org>", "<img src=x onerror=y>", "[x](javascript:alert(1))", "<javascript:alert(1)>",
		"[a]: javascript:x\n\n[a]", "a <!-- b", "<![CDATA[ x ]]>", "<?php x ?>", "```js\"><script>\nx\n```", "    <script>", "\\<script>", "&lt;script&gt;",
		"[x](https://a\"onclick=b)", "[x](mailto:a\tb)", "[<b>](claim:k)", "> # x\n- 1. a", "[x](https:javascript:alert(1))", "\x00", "a\\\nb  \nc", "&#0;&#x110000;",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		page := pageHTML(s)
		z := html.NewTokenizer(strings.NewReader(page))
		for {
			kind := z.Next()
			if kind == html.ErrorToken {
				break
			}
			if kind == html.DoctypeToken {
				t.Fatalf("%q became a doctype in %q", s, page)
			}
			token := z.Token()
			if kind == html.CommentToken && token.Data != " raw HTML omitted " {
				t.Fatalf("%q kept a comment: %q", s, page)
			}
			if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
				continue
			}
			may, ok := allowed[token.Data]
			if !ok {
				t.Fatalf("%q became <%s> in %q", s, token.Data, page)
			}
			for _, a := range token.Attr {
				if !slices.Contains(may, a.Key) {
					t.Fatalf("%q became <%s %s> in %q", s, token.Data, a.Key, page)
				}
				scheme, _, _ := strings.Cut(strings.ToLower(a.Val), ":")
				if a.Key == "href" && !slices.Contains([]string{"http", "https", "mailto"}, scheme) && !strings.HasPrefix(a.Val, "claims/") {
					t.Fatalf("%q leads to %q", s, a.Val)
				}
			}
		}
		hearsay.Title([]byte(s))
		for line := range strings.Lines(hearsay.PlainText([]byte(s))) {
			if strings.TrimSpace(line) == "" && strings.TrimSpace(s) != "" && line != "\n" {
				t.Fatalf("%q has a line of nothing: %q", s, line)
			}
		}
		for _, l := range hearsay.ClaimLinks([]byte(s)) {
			if l.Start < 0 || l.End < l.Start || l.End > len(s) || (l.Err == nil) != (l.Assertion.Address.Key != "") {
				t.Fatalf("%q has the link %+v", s, l)
			}
		}
	})
}

func TestClaimLinksOfAText(t *testing.T) {
	type found struct{ words, span, link string }
	for _, tt := range []struct {
		name, text string
		want       []found
	}{
		{"emphasis is not part of the words", "one [*about* 6,500](claim:k?value=6500&approx=about) two",
			[]found{{"about 6,500", "about* 6,500", "claim:k?value=6500&approx=about"}}},
		{"other links are no claims", "[x](https://example.org) [y](mailto:a@example.org)", nil},
		{"in their order", "[a](claim:b) [c](claim:a)", []found{{"a", "a", "claim:b"}, {"c", "c", "claim:a"}}},
		{"the same claim twice is two links", "[a](claim:k) [b](claim:k)", []found{{"a", "a", "claim:k"}, {"b", "b", "claim:k"}}},
		{"Korean", "브로커 [삼백 명](claim:k?value=300)이", []found{{"삼백 명", "삼백 명", "claim:k?value=300"}}},
		{"a reference", "[a][1]\n\n[1]: claim:k", []found{{"a", "a", "claim:k"}}},
		{"in a list and in a quotation", "- [a](claim:k)\n\n> [b](claim:l)", []found{{"a", "a", "claim:k"}, {"b", "b", "claim:l"}}},
		{"over two lines", "[a\nb](claim:k)", []found{{"a b", "a\nb", "claim:k"}}},
		{"without words", "[](claim:k)", []found{{"", "", "claim:k"}}},
		{"in code it is no link", "`[a](claim:k)`", nil},
		{"an escaped one is none", "\\[a](claim:k)", nil},
		{"an image asserts nothing", "![a](claim:k?value=5)", nil},
		{"escapes and entities are read", `[\*a\* &amp; b](claim:k)`, []found{{"*a* & b", `\*a\* &amp; b`, "claim:k"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got []found
			for _, l := range hearsay.ClaimLinks([]byte(tt.text)) {
				if l.Err != nil {
					t.Errorf("%s: %v", l.Destination, l.Err)
				}
				got = append(got, found{l.Words, tt.text[l.Start:l.End], l.Assertion.String()})
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
	t.Run("one that breaks the grammar is told, not dropped", func(t *testing.T) {
		links := hearsay.ClaimLinks([]byte("[a](claim:K?value=5)"))
		if len(links) != 1 || links[0].Err == nil || links[0].Words != "a" || links[0].Destination != "claim:K?value=5" {
			t.Errorf("%+v", links)
		}
	})
}

func TestWordsOfAText(t *testing.T) {
	const text = "# A \\& B &lt; C\n\nFirst [line](claim:k)\nand *second*.\n\n- one\n- two\n\n<div>hidden</div>\n\n    code `x`\n\n> quoted <b>bold</b>\n"
	if got, want := hearsay.PlainText([]byte(text)), "A & B < C\nFirst line and second.\none\ntwo\ncode `x`\nquoted bold\n"; got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	for _, tt := range []struct{ text, title string }{
		{text, "A & B < C"}, {"Title\n=====\n\ntext", "Title"}, {"## Two\n\n# One", "One"}, {"> # quoted\n\ntext", ""}, {"text", ""}, {"", ""},
		{"# [A](claim:k) *b*", "A b"},
	} {
		if got := hearsay.Title([]byte(tt.text)); got != tt.title {
			t.Errorf("%q has the title %q, want %q", tt.text, got, tt.title)
		}
	}
}
