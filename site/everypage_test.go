package site

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"net/url"
	"path"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"hearsay/ledger"
)

// checkSite holds a site to what every page must be, whatever is in it.
func checkSite(t *testing.T, pages map[string][]byte) {
	t.Helper()
	documents, ids := map[string]*html.Node{}, map[string]map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(pages)) {
		if err := ledger.ValidPath(name); err != nil {
			t.Errorf("a manifest could not have it: %v", err)
		}
		if path.Ext(name) != ".html" {
			continue
		}
		checkWellFormed(t, name, pages[name])
		document, err := html.Parse(bytes.NewReader(pages[name]))
		if err != nil {
			t.Fatal(err)
		}
		documents[name], ids[name] = document, map[string]bool{}
		for n := range elements(document) {
			if id := attribute(n, "id"); id != "" {
				if ids[name][id] {
					t.Errorf("%s: id %s stands twice", name, id)
				}
				ids[name][id] = true
			}
		}
	}
	for name, document := range documents {
		checkLinks(t, name, document, pages, ids)
		checkNothingRuns(t, name, document)
		checkOutline(t, name, document)
	}
}

func elements(n *html.Node) func(func(*html.Node) bool) {
	return func(yield func(*html.Node) bool) {
		for c := range n.Descendants() {
			if c.Type == html.ElementNode && !yield(c) {
				return
			}
		}
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

var void = map[string]bool{"meta": true, "link": true, "br": true, "hr": true, "img": true, "input": true}

// checkWellFormed reads tags as they are written, since the parser of HTML
// mends what it can.
func checkWellFormed(t *testing.T, name string, b []byte) {
	t.Helper()
	var open []string
	z := html.NewTokenizer(bytes.NewReader(b))
	for {
		switch kind := z.Next(); kind {
		case html.ErrorToken:
			if !errors.Is(z.Err(), io.EOF) {
				t.Errorf("%s: %v", name, z.Err())
			}
			if len(open) > 0 {
				t.Errorf("%s: not closed: %v", name, open)
			}
			return
		case html.StartTagToken:
			if tag, _ := z.TagName(); !void[string(tag)] {
				open = append(open, string(tag))
			}
		case html.EndTagToken:
			tag, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(tag) {
				t.Errorf("%s: </%s> closes %v", name, tag, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}

func checkLinks(t *testing.T, name string, document *html.Node, pages map[string][]byte, ids map[string]map[string]bool) {
	t.Helper()
	for n := range elements(document) {
		for _, key := range []string{"href", "src", "srcset", "action", "poster", "data"} {
			link := attribute(n, key)
			if link == "" {
				continue
			}
			u, err := url.Parse(link)
			if err != nil {
				t.Errorf("%s: link %q: %v", name, link, err)
				continue
			}
			if u.IsAbs() || u.Host != "" {
				if n.Data != "a" {
					t.Errorf("%s: <%s> loads %s from elsewhere", name, n.Data, link)
				}
				continue
			}
			if strings.HasPrefix(u.Path, "/") {
				t.Errorf("%s: %q does not lead anywhere when opened from a drive", name, link)
			}
			to := name
			if u.Path != "" {
				to = path.Join(path.Dir(name), u.Path)
			}
			if _, there := pages[to]; !there && !strings.HasPrefix(to, ledger.Folder+"/") {
				t.Errorf("%s: %q leads to %s, which is not there", name, link, to)
			}
			if u.Fragment != "" && !ids[to][u.Fragment] {
				t.Errorf("%s: %q leads to no place in %s", name, link, to)
			}
		}
		for _, key := range []string{"aria-labelledby", "aria-describedby"} {
			for _, id := range strings.Fields(attribute(n, key)) {
				if !ids[name][id] {
					t.Errorf("%s: %s names %s, which is not there", name, key, id)
				}
			}
		}
	}
}

func checkNothingRuns(t *testing.T, name string, document *html.Node) {
	t.Helper()
	policy := ""
	for n := range elements(document) {
		switch n.Data {
		case "script", "iframe", "object", "embed", "form", "style", "base", "img":
			t.Errorf("%s has a <%s>", name, n.Data)
		case "meta":
			if strings.EqualFold(attribute(n, "http-equiv"), "content-security-policy") {
				policy = attribute(n, "content")
			}
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(strings.ToLower(strings.TrimSpace(a.Val)), "javascript:") {
				t.Errorf("%s: <%s> has %s=%q", name, n.Data, a.Key, a.Val)
			}
		}
	}
	if policy+"; frame-ancestors 'none'" != Policy {
		t.Errorf("%s: the policy is %q", name, policy)
	}
}

// checkOutline wants one h1, headings that skip no level, the landmarks, and a
// language.
func checkOutline(t *testing.T, name string, document *html.Node) {
	t.Helper()
	level, count := 0, map[string]int{}
	for n := range elements(document) {
		if n.Namespace == "" { // a picture has titles of its own
			count[n.Data]++
		}
		if n.Data == "html" && attribute(n, "lang") != language {
			t.Errorf("%s says no language", name)
		}
		if n.Data == "svg" && attribute(n, "aria-hidden") != "true" && attribute(n, "role") == "img" &&
			attribute(n, "aria-label") == "" && attribute(n, "aria-labelledby") == "" {
			t.Errorf("%s: a picture has no name", name)
		}
		if len(n.Data) == 2 && n.Data[0] == 'h' && '1' <= n.Data[1] && n.Data[1] <= '6' {
			next := int(n.Data[1] - '0')
			if next > level+1 {
				t.Errorf("%s: h%d follows h%d", name, next, level)
			}
			level = next
		}
	}
	for _, once := range []string{"h1", "main", "title", "nav"} {
		if count[once] != 1 {
			t.Errorf("%s: %d times <%s>", name, count[once], once)
		}
	}
	if title := textOf(document, "title"); strings.TrimSpace(title) == "" {
		t.Errorf("%s has no title", name)
	}
}

func textOf(document *html.Node, tag string) string {
	for n := range elements(document) {
		if n.Data == tag && n.FirstChild != nil {
			return n.FirstChild.Data
		}
	}
	return ""
}
