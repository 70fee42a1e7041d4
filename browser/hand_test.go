//go:build browser

package browser_test

import (
	"encoding/json"
	"strings"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// quote writes a text as JavaScript does.
func quote(text string) string {
	b, _ := json.Marshal(text) // strings always can be
	return string(b)
}

// follow does something that leads to another page, and waits for that.
func (b *tab) follow(action chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.WaitEvent(page.LoadEventFired, func(page.EventLoadEventFired) bool { return true }, action)); err != nil {
		b.t.Fatal(err)
	}
	b.enter()
}

// at returns a click on the control that is called so. That there is none, or
// another thing lies over it, ends the test.
func (b *tab) at(called string) chromedp.Action[chromedp.Void] {
	b.t.Helper()
	found := ask[struct {
		X, Y float64
		Why  string
	}](b, "find("+quote(called)+")")
	if found.Why != "" {
		b.t.Fatalf("%s; the page says: %s", found.Why, b.says())
	}
	return chromedp.MouseClickXY(found.X, found.Y)
}

// press clicks what leads to another page; tick clicks what does not.
func (b *tab) press(called string) { b.t.Helper(); b.follow(b.at(called)) }
func (b *tab) tick(called string)  { b.t.Helper(); b.do(b.at(called)) }

// fill writes into the field with a label.
func (b *tab) fill(label, text string) {
	b.t.Helper()
	switch kind := ask[string](b, "field("+quote(label)+", "+quote(text)+")"); kind {
	case "date", "select-one":
	case "text", "password", "textarea":
		call(b, input.InsertText, input.InsertTextParams{Text: text})
	default:
		b.t.Fatalf("fill %q: %s; the page says: %s", label, kind, b.says())
	}
}

// attach puts a file into the one file field of the page.
func (b *tab) attach(path string) {
	b.t.Helper()
	root := call(b, dom.GetDocument, dom.GetDocumentParams{}).Root.NodeID
	field := call(b, dom.QuerySelector, dom.QuerySelectorParams{NodeID: root, Selector: "input[type=file]"}).NodeID
	if field == cdp.NodeID(0) {
		b.t.Fatal("no field takes a file")
	}
	call(b, dom.SetFileInputFiles, dom.SetFileInputFilesParams{Files: []string{path}, NodeID: field})
}

// says is all text of the page.
func (b *tab) says() string { b.t.Helper(); return ask[string](b, "says()") }

// wants holds the page to have a text.
func (b *tab) wants(text string) {
	b.t.Helper()
	if said := b.says(); !strings.Contains(said, text) {
		b.t.Errorf("the page does not say %q: %s", text, said)
	}
}

// wantsNo holds the page not to have a text.
func (b *tab) wantsNo(text string) {
	b.t.Helper()
	if said := b.says(); strings.Contains(said, text) {
		b.t.Errorf("the page says %q: %s", text, said)
	}
}
