//go:build browser

package browser_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	cdpbrowser "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What somebody wrote who had to leave. No other text has these words.
const (
	draftCanary  = "quillfeather ledger under the floorboard"
	answerCanary = "7341962"
	copied       = "what was copied before"
)

// TestKitLeavesNoTrace: wherever somebody is when the page must go, nothing that
// was written or shown is in the tab, in what the browser keeps for the page, or
// in any file of its profile, and only the relay was asked.
func TestKitLeavesNoTrace(t *testing.T) {
	d := newKitDesk(t)
	address, leaky, profile := d.served(t), leakyPage(t), t.TempDir()
	served, carried := newLine(t, address, d.relay, leaky), newLine(t, d.relay, leaky)
	chromium := served.chromium(t, profile)
	secrets := map[string]*regexp.Regexp{"the draft": literal(draftCanary), "an answer": literal(answerCanary)}
	var words []string // that somebody types

	open := func(t *testing.T, chromium *lined, address string) *kitTab {
		t.Helper()
		k := newTabIn(t, chromium).openKit(d, address, "en")
		k.speak()
		k.load()
		k.fillFirst(answerCanary)
		k.fill(k.word("report.text"), draftCanary)
		return k
	}
	// What somebody is at.
	written := func(*kitTab) {}
	shown := func(k *kitTab) {
		k.tap("report.new")
		k.comes("order.title")
		words = ask[[]string](k.tab, `[...document.querySelectorAll(".words b")].map(e => e.textContent)`)
		secrets[fmt.Sprintf("the words %s", k.t.Name())] = inOrder(words)
	}
	typed := func(k *kitTab) {
		k.tap("room.replies")
		k.comes("replies.lead")
		k.fill(k.word("words.enter.label"), strings.Join(words, " "))
	}
	opened := func(k *kitTab) {
		typed(k)
		k.tap("words.enter.open")
		k.comes("replies.none")
	}
	// How the page goes.
	escape := func(k *kitTab) {
		k.do(chromedp.KeyEvent(kb.Escape))
		k.follow(chromedp.KeyEvent(kb.Escape))
	}
	button := func(k *kitTab) { k.follow(chromedp.Click(".mast .leave")) }
	reload := func(k *kitTab) { k.follow(chromedp.Reload()) }
	elsewhere := func(k *kitTab) {
		k.follow(chromedp.Navigate("about:blank"))
		if n := k.workers(); n != 0 {
			k.t.Errorf("%d workers live on", n)
		}
		k.follow(chromedp.NavigateBack())
	}
	for _, tt := range []struct {
		name      string
		at, going func(*kitTab)
		left      bool // and not only closed
	}{
		{"Escape twice with a draft written", written, escape, true},
		{"the button with a draft written", written, button, true},
		{"a reload with a draft written", written, reload, false},
		{"Escape twice with the words shown", shown, escape, true},
		{"Escape twice with the words typed", typed, escape, true},
		{"a reload with the words typed", typed, reload, false},
		{"going elsewhere and back with the words typed", typed, elsewhere, false},
		{"the button with the words open", opened, button, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k := open(t, chromium, address)
			k.copy(copied)
			tt.at(k)
			if n := k.workers(); n != 1 {
				t.Errorf("%d workers while the page is open, want 1", n)
			}
			tt.going(k)
			if tt.left {
				if n := k.workers(); n != 0 {
					t.Errorf("%d workers live on", n)
				}
				k.isGone()
				k.follow(chromedp.NavigateBack())
				k.isGone()
				k.open(address)
			}
			k.until(k.word("language.go"))
			k.keepsNothing()
			for _, fault := range k.noted() {
				t.Error(fault)
			}
		})
	}

	// A page that does keep things shows that they would have been found.
	leak := func(t *testing.T, chromium *lined, round string) {
		t.Helper()
		newTabIn(t, chromium).open(leaky + "/?round=" + round)
		patience, again := time.After(time.Minute), time.NewTicker(100*time.Millisecond)
		defer again.Stop()
		for _, mark := range []string{"leak-storage-", "leak-title-", "round="} {
			for len(filesWith(t, profile, literal(mark+round))) == 0 {
				select {
				case <-again.C:
				case <-patience:
					t.Fatalf("what a page keeps as %s%s is in no file: this test is blind to it", mark, round)
				}
			}
		}
	}
	clean := func(t *testing.T) {
		t.Helper()
		for what, secret := range secrets {
			for _, file := range filesWith(t, profile, secret) {
				t.Errorf("%s is in %s", what, file)
			}
		}
	}
	t.Run("a browser that is closed has nothing of it on disk", func(t *testing.T) {
		leak(t, chromium, "closed")
		chromium.close()
		clean(t)
	})
	t.Run("a browser that is killed in the middle of it has nothing on disk", func(t *testing.T) {
		chromium := carried.chromium(t, profile)
		opened(open(t, chromium, "file://"+d.page))
		leak(t, chromium, "killed")
		chromium.kill()
		clean(t)
	})
	for _, line := range []*line{served, carried} {
		for _, p := range line.taken() {
			for what, secret := range secrets {
				if secret.MatchString(p.path+p.head) || secret.Match(p.body) {
					t.Errorf("%s is in %s %s", what, p.method, p.path)
				}
			}
		}
	}
	t.Run("a page from a file asks its relay alone", func(t *testing.T) {
		if asked := carried.strangers(); len(asked) > 0 {
			t.Errorf("%q were asked", asked)
		}
	})
	// Chromium tells its maker a digest of the fields of every page that a server
	// gave it, whatever the page says against that. Not of a page from a file.
	t.Run("of a page from a server nobody else hears but Chromium's maker", func(t *testing.T) {
		for _, host := range served.strangers() {
			if host != "content-autofill.googleapis.com" {
				t.Errorf("%s was asked", host)
			}
		}
	})
}

// copy puts a text into the clipboard, as somebody did before.
func (k *kitTab) copy(text string) {
	k.t.Helper()
	for _, name := range []string{"clipboard-read", "clipboard-write"} {
		_, err := chromedp.CallBrowser(k.ctx, cdpbrowser.SetPermission, cdpbrowser.SetPermissionParams{
			Permission: &cdpbrowser.PermissionDescriptor{Name: name}, Setting: cdpbrowser.PermissionSettingGranted,
		})
		if err != nil {
			k.t.Fatal(err)
		}
	}
	ask[any](k.tab, `navigator.clipboard.writeText(`+quote(text)+`)`)
}

// workers counts the workers of the tab.
func (k *kitTab) workers() int {
	k.t.Helper()
	targets, err := chromedp.CallBrowser(k.ctx, target.GetTargets, target.GetTargetsParams{Filter: target.Filter{{Type: "worker"}, {Exclude: true}}})
	if err != nil {
		k.t.Fatal(err)
	}
	n := 0
	for _, worker := range targets.TargetInfos {
		if worker.ParentID == chromedp.FromContext(k.ctx).Target.TargetID {
			n++
		}
	}
	return n
}

// isGone holds the tab to have nothing of the page, nor a way back to it.
func (k *kitTab) isGone() {
	k.t.Helper()
	if at := ask[string](k.tab, `location.href`); at != "about:blank" {
		k.t.Errorf("it is at %s", at)
	}
	if kept := ask[string](k.tab, `document.title + document.documentElement.outerHTML`); kept != "<html><head></head><body></body></html>" {
		k.t.Errorf("the tab has %s", kept)
	}
	history := call(k.tab, page.GetNavigationHistory, cdp.Empty{})
	for _, entry := range history.Entries {
		if entry.URL != "about:blank" {
			k.t.Errorf("the history leads to %s, %q", entry.URL, entry.Title)
		}
	}
}

// keepsNothing holds a page that was opened anew to have nothing of before: not
// in a field, in its texts, or in any store, nor in the clipboard.
func (k *kitTab) keepsNothing() {
	k.t.Helper()
	kept := ask[[]string](k.tab, `(async () => {
  const found = [];
  const note = (where, what) => { if (what && String(what) !== "0") found.push(where + ": " + what); };
  for (const e of document.querySelectorAll("textarea, input[type=text]")) note("a field", e.value);
  for (const e of document.querySelectorAll("input:checked")) note("ticked", e.name || e.id || "a box");
  note("localStorage", localStorage.length);
  note("sessionStorage", sessionStorage.length);
  note("cookies", document.cookie);
  note("IndexedDB", (await indexedDB.databases()).map((d) => d.name).join());
  note("caches", (await caches.keys()).join());
  note("service workers", (await navigator.serviceWorker.getRegistrations()).length);
  note("files", await navigator.storage.getDirectory().then(async (d) => { let n = 0; for await (const _ of d.keys()) n++; return n; }));
  note("history.state", history.state);
  note("address", location.search + location.hash);
  return found;
})()`)
	for _, what := range kept {
		k.t.Errorf("kept in %s", what)
	}
	if text := ask[string](k.tab, `navigator.clipboard.readText()`); text != copied {
		k.t.Errorf("the clipboard has %q", text)
	}
	all := ask[string](k.tab, `document.title + " " + location.href + " " + document.body.innerText`)
	for _, canary := range []string{draftCanary, answerCanary} {
		if strings.Contains(all, canary) {
			k.t.Errorf("the page has %q", canary)
		}
	}
}

// leakyPage serves a page that keeps things where a browser lets it.
func leakyPage(t *testing.T) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, `<!doctype html><meta charset="utf-8"><title>leaks</title><script>
const round = new URLSearchParams(location.search).get("round");
if (round) { localStorage.note = "leak-storage-" + round; document.title = "leak-title-" + round; document.cookie = "note=leak-cookie-" + round + ";max-age=9999"; }
</script>`)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// filesWith returns the files of a folder that hold what a pattern finds, in
// UTF-8 or in UTF-16.
func filesWith(t *testing.T, folder string, pattern *regexp.Regexp) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // the browser has removed it meanwhile
		}
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		if pattern.Match(b) || pattern.Match(bytes.ReplaceAll(b, []byte{0}, nil)) {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func literal(text string) *regexp.Regexp { return regexp.MustCompile(`(?i)` + regexp.QuoteMeta(text)) }

// inOrder finds any two of twelve words that follow one another, however they
// are set apart.
func inOrder(words []string) *regexp.Regexp {
	var pairs []string
	for i := 1; i < len(words); i++ {
		pairs = append(pairs, words[i-1]+`\W{1,8}`+words[i])
	}
	return regexp.MustCompile(`(?i)\b(` + strings.Join(pairs, "|") + `)\b`)
}
