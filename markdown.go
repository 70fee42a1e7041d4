package hearsay

import (
	"bufio"
	"bytes"
	"html"
	"html/template"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/renderer"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// ClaimLink is a claim link found in a text.
type ClaimLink struct {
	Start, End  int    // the bytes of the linked words in the Markdown
	Words       string // the linked words, without marks of emphasis
	Destination string
	Assertion   Assertion
	Err         error // why the link breaks the grammar; Assertion is then empty
}

// markdown is CommonMark; raw HTML is never written out (goldmark's default).
var markdown = goldmark.New()

// ClaimLinks returns the claim links of a Markdown text in their order.
func ClaimLinks(source []byte) []ClaimLink {
	var links []ClaimLink
	walkLinks(source, func(n *ast.Link) {
		destination := string(n.Destination)
		if !IsClaimLink(destination) {
			return
		}
		link := ClaimLink{Words: plain(n, source), Destination: destination}
		link.Start, link.End = extent(n)
		link.Assertion, link.Err = ParseLink(destination)
		links = append(links, link)
	})
	return links
}

// Title returns the words of the first heading of level one, "" without one. A
// heading within a quotation or a list is not the text's own.
func Title(source []byte) string {
	for n := parse(source).FirstChild(); n != nil; n = n.NextSibling() {
		if isTitle(n) {
			return plain(n, source)
		}
	}
	return ""
}

func isTitle(n ast.Node) bool {
	h, ok := n.(*ast.Heading)
	return ok && h.Level == 1
}

// PlainText returns the words of a Markdown text, a line for each block,
// without link destinations and marks.
func PlainText(source []byte) string {
	var b strings.Builder
	_ = ast.Walk(parse(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if n.Type() == ast.TypeBlock && (n.FirstChild() == nil || n.FirstChild().Type() == ast.TypeInline) {
			if words := plain(n, source); words != "" {
				b.WriteString(words + "\n")
			}
			return ast.WalkSkipChildren, nil
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

// Block is one paragraph, heading or list of a text, rendered, with the claims
// that it cites in their order.
type Block struct {
	HTML  template.HTML
	Cites []Address
}

// Page renders a Markdown text block by block, so that a page can set the marks
// of the cited claims beside each. link says where a claim link leads and
// whether its words stand struck; an empty href leaves the words alone. The
// first heading of level one is left out: the page prints it as its own. Raw
// HTML and images are left out, and links go only to http, https and mailto.
func Page(source []byte, link func(Address) (href string, struck bool)) []Block {
	document := parse(source)
	rendering := renderer.NewRenderer(renderer.WithNodeRenderers(
		util.Prioritized(gmhtml.NewRenderer(), 1000),
		util.Prioritized(claimRenderer{link}, 100),
	))
	var blocks []Block
	titled := false
	for n := document.FirstChild(); n != nil; n = n.NextSibling() {
		if !titled && isTitle(n) {
			titled = true
			continue
		}
		var b bytes.Buffer
		if err := rendering.Render(&b, source, n); err != nil {
			continue // a bytes.Buffer takes every write, and our renderers fail on nothing else
		}
		block := Block{HTML: template.HTML(b.String())} // goldmark escapes all text
		_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
			if l, ok := n.(*ast.Link); ok && entering {
				if a, err := ParseLink(string(l.Destination)); err == nil {
					block.Cites = append(block.Cites, a.Address)
				}
			}
			return ast.WalkContinue, nil
		})
		blocks = append(blocks, block)
	}
	return blocks
}

// claimRenderer writes claim links as links to their pages, and leaves out what
// could load or run anything.
type claimRenderer struct {
	link func(Address) (string, bool)
}

func (r claimRenderer) RegisterFuncs(registry renderer.NodeRendererFuncRegisterer) {
	registry.Register(ast.KindLink, r.renderLink)
	registry.Register(ast.KindAutoLink, renderAutoLink)
	registry.Register(ast.KindImage, func(util.BufWriter, []byte, ast.Node, bool) (ast.WalkStatus, error) {
		return ast.WalkSkipChildren, nil
	})
}

func (r claimRenderer) renderLink(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	destination := string(n.(*ast.Link).Destination)
	href, struck := "", false
	if a, err := ParseLink(destination); err == nil {
		href, struck = r.link(a.Address)
	} else if isWebLink(destination) {
		href = destination
	}
	open, shut := "", ""
	if href != "" {
		open, shut = `<a href="`+template.HTMLEscapeString(href)+`">`, `</a>`
	}
	if struck {
		open, shut = open+"<del>", "</del>"+shut
	}
	if entering {
		_, _ = w.WriteString(open)
	} else {
		_, _ = w.WriteString(shut)
	}
	return ast.WalkContinue, nil
}

// renderAutoLink writes <https://example.org> as a link, and one that leads
// elsewhere as its words.
func renderAutoLink(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	link := n.(*ast.AutoLink)
	label := template.HTMLEscapeString(string(link.Label(source)))
	destination := string(link.URL(source))
	if link.AutoLinkType == ast.AutoLinkEmail {
		destination = "mailto:" + destination
	}
	if isWebLink(destination) {
		label = `<a href="` + template.HTMLEscapeString(destination) + `">` + label + `</a>`
	}
	_, _ = w.WriteString(label)
	return ast.WalkContinue, nil
}

// isWebLink reports whether a destination leads where pages may lead. Schemes
// have no case (RFC 3986, 3.1), and nothing may hide inside.
func isWebLink(destination string) bool {
	if strings.ContainsFunc(destination, unseen) {
		return false
	}
	scheme, rest, _ := strings.Cut(destination, ":")
	switch strings.ToLower(scheme) {
	case "https", "http":
		return strings.HasPrefix(rest, "//")
	case "mailto":
		return true
	}
	return false
}

func parse(source []byte) ast.Node { return markdown.Parser().Parse(text.NewReader(source)) }

func walkLinks(source []byte, visit func(*ast.Link)) {
	_ = ast.Walk(parse(source), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if l, ok := n.(*ast.Link); ok && entering {
			visit(l)
		}
		return ast.WalkContinue, nil
	})
}

// plain joins the text below a node.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			if words := n.Segment.Value(source); n.IsRaw() {
				b.Write(words)
			} else {
				b.WriteString(resolved(words))
			}
			if n.SoftLineBreak() || n.HardLineBreak() {
				b.WriteByte(' ')
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			b.Write(n.Lines().Value(source))
		}
		return ast.WalkContinue, nil
	})
	return strings.TrimSpace(b.String())
}

// resolved reads the entities and escapes of a text.
func resolved(words []byte) string {
	if !bytes.ContainsAny(words, "&\\\x00") {
		return string(words)
	}
	var written bytes.Buffer
	w := bufio.NewWriter(&written)
	gmhtml.DefaultWriter.Write(w, words)
	_ = w.Flush() // a bytes.Buffer takes every write
	return html.UnescapeString(written.String())
}

// extent returns the first and last byte of the text below a node.
func extent(n ast.Node) (start, end int) {
	start = -1
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			if start < 0 {
				start = t.Segment.Start
			}
			end = t.Segment.Stop
		}
		return ast.WalkContinue, nil
	})
	return max(start, 0), end
}
