//go:build browser

package browser_test

import (
	"cmp"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestFaultsAreSeen shows the tests one page in which all is well and others
// with one fault each. A test that finds fault with nothing passes every page.
func TestFaultsAreSeen(t *testing.T) {
	const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	for _, tt := range []struct {
		name   string
		head   string // added to the head of a good page
		body   string // added to its main part
		css    string // added to its style sheet
		script string // served as /script.js
		policy string // in place of the policy
		status int    // in place of 200
		want   string // part of one fault; none if empty
	}{
		{name: "a good page"},
		{name: "a page that is not there", status: http.StatusNotFound, want: "came with status 404, should with 200"},
		{name: "no policy", policy: "none", want: "no policy"},
		{name: "a policy with a hole", policy: strings.Replace(policy, "style-src 'self'", "style-src 'unsafe-inline'", 1), want: "a policy with a hole"},
		{name: "an inline style", body: `<p style="color: navy">Blue.</p>`, want: "content security policy: style-src"},
		{name: "an inline script", body: `<script>let x = 1</script>`, want: "content security policy: script-src"},
		{name: "an image of another host", body: `<img alt="a dot" src="http://127.0.0.2/dot.png">`, want: "asks another host: http://127.0.0.2/dot.png"},
		{name: "a script that calls another host", head: `<script src="/script.js"></script>`, script: `fetch("http://127.0.0.2/").catch(() => {})`, policy: strings.Replace(policy, "connect-src 'self'", "connect-src http://127.0.0.2", 1), want: "asks another host: http://127.0.0.2/"},
		{name: "a file that is not there", body: `<img alt="a dot" src="/gone.png">`, want: "404 for"},
		{name: "a script that fails", head: `<script src="/script.js"></script>`, script: `gone()`, want: "exception"},
		{name: "a script that reports an error", head: `<script src="/script.js"></script>`, script: `console.error("no")`, want: "console: the page's script"},
		{name: "a page wider than a phone", body: `<div class="wide">A long line.</div>`, css: `.wide { width: 500px }`, want: `at 360 light, 360 dark: scrolls sideways: 508 px wide in a window of 360, <div.wide>`},
		{name: "an image without words", body: `<img src="/dot.svg">`, want: "axe: image-alt"},
		{name: "a field without a label", body: `<input name="x">`, want: "axe: label"},
		{name: "grey on grey in the dark", css: `@media (prefers-color-scheme: dark) { p { color: #333 } }`, want: "at 1280 dark, 360 dark: axe: color-contrast"},
		{name: "a fault that script hides", head: `<script src="/script.js" defer></script>`, body: `<p id="faint">Faint.</p>`, css: `#faint { color: #ddd }`, script: `document.querySelector("#faint").remove()`, want: "at 1280 light no script, 360 light no script: axe: color-contrast"},
		{name: "a button under another thing", css: `.veil { position: absolute; inset: 0; opacity: 0 }`, body: `<div class="veil"></div>`, want: `hand: <button> "Go" lies under <div.veil>`},
		{name: "motion against the reader's wish", css: `h1 { animation: turn 1s infinite } @keyframes turn { to { opacity: 0.9 } }`, want: "moves, though"},
		{name: "focus that cannot be seen", css: `a:focus { outline: none }`, want: `keyboard: focus cannot be seen on <a> "a link"`},
		{name: "focus out of sight", css: `.away { position: absolute; left: -2000px; top: 0 }`, body: `<a class="away" href="/">away</a>`, want: `keyboard: focus is out of sight on <a.away> "away"`},
		{name: "a control that catches the keyboard", head: `<script src="/script.js" defer></script>`, script: `addEventListener("keydown", e => { if (document.activeElement.localName === "button") e.preventDefault() })`, want: `keyboard: after 3 steps at 1 <button> "Go"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				switch r.URL.Path {
				case "/":
					switch tt.policy {
					case "":
						w.Header().Set("Content-Security-Policy", policy)
					case "none":
					default:
						w.Header().Set("Content-Security-Policy", tt.policy)
					}
					w.WriteHeader(cmp.Or(tt.status, http.StatusOK))
					fmt.Fprintf(w, goodPage, tt.head, tt.body)
				case "/style.css":
					w.Header().Set("Content-Type", "text/css")
					fmt.Fprint(w, goodStyle, tt.css)
				case "/script.js":
					w.Header().Set("Content-Type", "text/javascript")
					fmt.Fprint(w, tt.script)
				case "/dot.svg":
					w.Header().Set("Content-Type", "image/svg+xml")
					fmt.Fprint(w, `<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><circle cx="10" cy="10" r="9"/></svg>`)
				default:
					http.NotFound(w, r)
				}
			}))
			defer server.Close()

			faults := newTab(t).examineAll("page", server.URL+"/")
			if tt.want == "" {
				if len(faults) > 0 {
					t.Errorf("a good page is at fault:\n%s", strings.Join(faults, "\n"))
				}
				return
			}
			if !strings.Contains(strings.Join(faults, "\n"), tt.want) {
				t.Errorf("no fault says %q:\n%s", tt.want, strings.Join(faults, "\n"))
			}
		})
	}
}

const goodPage = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A page</title>
<link rel="icon" href="/dot.svg">
<link rel="stylesheet" href="/style.css">
%s</head>
<body>
<main>
<h1>A page</h1>
<p>Some text and <a href="/">a link</a>.</p>
<form><button type="button">Go</button> <label>Word <input name="word"></label> <label>Day <input name="day" type="date"></label></form>
<details><summary>More</summary><p>Much more, and <a href="/">a link that is folded away</a>.</p></details>
%s</main>
</body>
</html>
`

const goodStyle = `
:root { color-scheme: light dark }
body { color: #111; background: #fff }
a { color: #00c }
@media (prefers-color-scheme: dark) { body { color: #eee; background: #111 } a { color: #acf } }
`
