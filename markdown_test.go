package hearsay_test

import (
	"strings"
	"testing"

	"hearsay"
)

func TestPage(t *testing.T) {
	link := func(a hearsay.Address) (string, bool) { return "claims/" + a.Key, a.Key == "old" }
	for _, tt := range []struct{ name, text, want string }{
		{"a claim link leads to its page", "[shut](claim:border/closure)", `<p><a href="claims/border/closure">shut</a></p>`},
		{"what was wrong stands struck", "[then](claim:old)", `<p><a href="claims/old"><del>then</del></a></p>`},
		{"raw HTML is left out", "<script>alert(1)</script>", "<!-- raw HTML omitted -->"},
		{"an image is left out", "a ![x](https://example.org/x.png) b", "<p>a  b</p>"},
		{"a link that runs script is left as words", "[x](javascript:alert(1))", "<p>x</p>"},
		{"a link to the web stays", "[x](https://example.org/?a=1&b=2)", `<p><a href="https://example.org/?a=1&amp;b=2">x</a></p>`},
		{"the title is left to the page", "# Title\n\ntext", "<p>text</p>"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var got strings.Builder
			for _, b := range hearsay.Page([]byte(tt.text), link) {
				got.WriteString(string(b.HTML))
			}
			if strings.TrimSpace(got.String()) != tt.want {
				t.Errorf("got %q, want %q", got.String(), tt.want)
			}
		})
	}
}

func TestClaimLinksTieToTheirWords(t *testing.T) {
	source := []byte("one [*about* 6,500](claim:prices/rice@2020-02-06?value=6500&approx=about&basis=seen) two [x](https://example.org)")
	links := hearsay.ClaimLinks(source)
	if len(links) != 1 || links[0].Err != nil {
		t.Fatalf("links = %+v", links)
	}
	l := links[0]
	if l.Words != "about 6,500" || l.Assertion.Value != "6500" || !strings.HasPrefix(string(source[l.Start:l.End]), "about") {
		t.Errorf("link = %+v, span %q", l, source[l.Start:l.End])
	}
}
