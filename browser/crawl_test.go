//go:build browser

package browser_test

import (
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// A document is one page that a crawl found.
type document struct {
	address string // without the fragment
	ids     []string
	links   []string // absolute, with fragments
}

// crawl follows every link of an origin from its front page on and returns the
// HTML pages, in the order found. A link that leads nowhere, or to a part of a
// page that is not there, is an error of the test.
func crawl(t *testing.T, client *http.Client, front string) []document {
	t.Helper()
	const most = 1000 // more is a trap of links that make links
	var pages []document
	read := map[string]*document{} // nil for what is no page
	waiting := []string{front}
	for len(waiting) > 0 {
		address := waiting[0]
		waiting = waiting[1:]
		if _, ok := read[address]; ok {
			continue
		}
		if len(read) == most {
			t.Fatalf("more than %d addresses under %s", most, front)
		}
		page, ok := fetch(t, client, address)
		read[address] = nil
		if !ok {
			continue
		}
		read[address] = &page
		pages = append(pages, page)
		for _, link := range page.links {
			if bare, _, _ := strings.Cut(link, "#"); originOf(link) == originOf(front) {
				waiting = append(waiting, bare)
			}
		}
	}
	for _, page := range pages {
		for _, link := range page.links {
			bare, fragment, _ := strings.Cut(link, "#")
			if to := read[bare]; fragment != "" && to != nil && !slices.Contains(to.ids, fragment) {
				t.Errorf("%s links to %s, which has no such part", page.address, link)
			}
		}
	}
	return pages
}

// fetch reads one page; false for what is not HTML.
func fetch(t *testing.T, client *http.Client, address string) (document, bool) {
	t.Helper()
	r, err := client.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		t.Errorf("%s is linked and answers %s", address, r.Status)
		return document{}, false
	}
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "text/html" {
		_, err := io.Copy(io.Discard, r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return document{}, false
	}
	base := r.Request.URL
	page := document{address: address}
	for tokens := html.NewTokenizer(r.Body); ; {
		switch tokens.Next() {
		case html.ErrorToken:
			if err := tokens.Err(); err != io.EOF {
				t.Fatalf("%s: %v", address, err)
			}
			return page, true
		case html.StartTagToken, html.SelfClosingTagToken:
			token := tokens.Token()
			for _, a := range token.Attr {
				switch {
				case a.Key == "id":
					page.ids = append(page.ids, a.Val)
				case a.Key == "href" && (token.Data == "a" || token.Data == "link"):
					to, err := url.Parse(a.Val)
					if err != nil {
						t.Errorf("%s links to %q: %v", address, a.Val, err)
						continue
					}
					page.links = append(page.links, base.ResolveReference(to).String())
				}
			}
		}
	}
}

// path is how a page is called in what the tests say.
func (d document) path() string {
	u, err := url.Parse(d.address)
	if err != nil {
		return d.address
	}
	return u.RequestURI()
}
