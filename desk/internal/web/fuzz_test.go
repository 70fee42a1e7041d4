package web

import (
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

var worded = casebook.Claim{
	Claim:     hearsay.Claim{Key: "border/closure", Type: hearsay.Choice, Question: "Is the border open?", Labels: []string{"open", "closed"}},
	CouldKnow: casebook.Many,
}

// FuzzForms sends garbage to every action, from an editor who is signed in:
// whatever comes, the answer is one of those that doc.go names, under the full
// set of headers, and nothing fails inside.
func FuzzForms(f *testing.F) {
	actions := []route{}
	for _, rt := range table {
		if rt.act != nil && rt.path != "/sign-out" {
			actions = append(actions, rt)
		}
	}
	for i := range actions {
		f.Add(uint8(i), "x", "claim=border/closure&report=1&report=2&why=x&since=2020-01-01&code_name=WREN&text=x&id=B1&kind=bulletin&case=KITE-7&by=x&name=first&passphrase=x")
		f.Add(uint8(i), "../..", "claim=%00&report=-1&report=99999999999999999999&why=%ff&since=0000-00-00&code_name=%22%3E&text=%ff&id=%2e%2e&kind=x&case=&by=")
		f.Add(uint8(i), "%", "a;b=c&=&&%zz")
	}
	d := emptyDesk(f, &memory{}, 18500)
	ok(f, d.book.Enrol(f.Context(), "first", ""))
	must(d.book.KeyIn(f.Context(), "first", "WREN", "[closed](claim:border/closure?value=closed&basis=seen)"))(f)
	ok(f, d.book.Word(f.Context(), "first", worded))
	b := d.signIn("first")
	f.Fuzz(func(t *testing.T, which uint8, place, body string) {
		rt := actions[int(which)%len(actions)]
		path := rt.path
		for _, wildcard := range []string{"{handle}", "{id}"} {
			path = strings.ReplaceAll(path, wildcard, url.PathEscape(place))
		}
		if _, err := url.Parse(path); err != nil || strings.Contains(path, "//") {
			return
		}
		r := httptest.NewRequest("POST", path, strings.NewReader(body))
		w := b.send(r, asJSON, withHeader("Content-Type", "application/x-www-form-urlencoded"), withHeader(csrfHeader, b.csrf))
		switch w.Code {
		case 200, 307, 403, 404, 409, 413, 422, 429:
		default:
			t.Errorf("%s %q: %d %s", path, body, w.Code, w.Body)
		}
		if w.Header().Get("Content-Security-Policy") != policy {
			t.Errorf("%s: no policy", path)
		}
		if d.log.Len() > 0 {
			t.Errorf("%s %q: logged %s", path, body, d.log.String())
		}
	})
}
