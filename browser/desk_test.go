//go:build browser

package browser_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/network"
)

func TestDesk(t *testing.T) {
	p := watchPlay(t)
	client := signIn(t, p, "first")
	base, err := url.Parse(p.desk)
	if err != nil {
		t.Fatal(err)
	}
	front := base.ResolveReference(&url.URL{Path: "/inbox"}).String()
	pages := crawl(t, client, front)
	if len(pages) < 70 {
		t.Errorf("the desk of the example has %d pages: a report, a source or a claim is not linked", len(pages))
	}
	pages = append(pages, document{address: base.ResolveReference(&url.URL{Path: "/sign-in"}).String()})
	for _, page := range pages {
		t.Run(page.path(), func(t *testing.T) {
			t.Parallel()
			b := newTab(t)
			for _, c := range client.Jar.Cookies(base) {
				call(b, network.SetCookie, network.SetCookieParams{Name: c.Name, Value: c.Value, URL: front})
			}
			for _, fault := range b.examineAll("desk"+page.path(), page.address) {
				t.Error(fault)
			}
		})
	}
}

// signIn opens a session as an editor, the way a program does.
func signIn(t *testing.T, p *play, editor string) *http.Client {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	page, err := client.Get(p.desk) // leads to the page to sign in
	if err != nil {
		t.Fatal(err)
	}
	page.Body.Close()
	form := url.Values{"name": {editor}, "passphrase": {p.passphrases[editor]}, "csrf": {page.Header.Get("X-Hearsay-CSRF")}}
	request, err := http.NewRequest("POST", page.Request.URL.String(), strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", originOf(p.desk))
	inbox, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer inbox.Body.Close()
	said, err := io.ReadAll(inbox.Body)
	if err != nil {
		t.Fatal(err)
	}
	if inbox.Request.URL.Path != "/inbox" {
		t.Fatalf("signing in leads to %s, %s: %s", inbox.Request.URL, inbox.Status, said)
	}
	return client
}
