//go:build browser

package browser_test

import (
	"context"
	_ "embed"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/audits"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

//go:embed examine.js
var examine string

// A tab is one page of the browser, which notes what goes wrong in it.
type tab struct {
	t   *testing.T
	ctx context.Context

	// set by open
	world runtime.ExecutionContextID // where examine.js runs

	mu     sync.Mutex
	origin string // of the page that is open; requests to others are faults
	also   string // another origin that it may ask
	faults []string
	answer *network.Response // of the page that is open
}

// newTab opens a tab with cookies of its own, which is gone when the test ends.
func newTab(t *testing.T) *tab {
	t.Helper()
	return newTabIn(t, browser, chromedp.WithNewBrowserContext())
}

// newTabIn opens a tab of some Chromium.
func newTabIn(t *testing.T, chromium context.Context, options ...chromedp.ContextOption) *tab {
	t.Helper()
	b := &tab{t: t}
	var closeTab context.CancelFunc
	b.ctx, closeTab = chromedp.NewContext(chromium, append(options, chromedp.WithListener(b.note))...)
	t.Cleanup(closeTab)
	call(b, audits.Enable, cdp.Empty{})
	// A tab in the background has no focus of its own to show.
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	call(b, emulation.SetScrollbarsHidden, emulation.SetScrollbarsHiddenParams{Hidden: true})
	b.look(sight{desk, false, true})
	return b
}

// call runs one command of the DevTools protocol; that it fails is no finding
// about a page, so it ends the test.
func call[P, R any](b *tab, cmd cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, cmd, params)
	if err != nil {
		b.t.Fatalf("%s: %v", cmd.Method, err)
	}
	return r
}

// do runs actions; that one fails ends the test.
func (b *tab) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// note is called for every event of the tab, in the order of the browser. It
// must not call back.
func (b *tab) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	fault := func(format string, args ...any) { b.faults = append(b.faults, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		if b.origin != "" && originOf(e.Request.URL) != b.origin && (b.also == "" || originOf(e.Request.URL) != b.also) && !strings.HasPrefix(e.Request.URL, "data:") && !strings.HasPrefix(e.Request.URL, "blob:") {
			fault("asks another host: %s", e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Type == network.ResourceTypeDocument {
			b.answer = e.Response
		} else if e.Response.Status >= 400 {
			fault("%d for %s", e.Response.Status, e.Response.URL)
		}
	case *audits.EventIssueAdded:
		if csp := e.Issue.Details.ContentSecurityPolicyIssueDetails; csp != nil {
			fault("content security policy: %s refused %s", csp.ViolatedDirective, csp.BlockedURL)
		}
	case *log.EventEntryAdded:
		if e.Entry.Source == log.EntrySourceNetwork {
			break // a status over 400, noted above where it is a fault
		}
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			fault("console: %s %s", e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		fault("exception: %s", e.ExceptionDetails.Text)
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning {
			fault("console: the page's script reports an error")
		}
	}
}

func originOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return address
	}
	return u.Scheme + "://" + u.Host
}

// letScript says whether pages that are opened from now on may run script.
func (b *tab) letScript(may bool) {
	b.t.Helper()
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !may})
}

// look sets how wide the window is and whether its reader prefers dark. The
// reader wants nothing to move, so that what is seen is what is there.
func (b *tab) look(s sight) {
	b.t.Helper()
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: s.width, Height: 800, DeviceScaleFactor: 1})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: scheme},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// open goes to an address and waits until it has loaded.
func (b *tab) open(address string) {
	b.t.Helper()
	b.mu.Lock()
	b.origin, b.faults, b.answer = originOf(address), nil, nil
	b.mu.Unlock()
	if err := chromedp.Do(b.ctx, chromedp.Navigate(address)); err != nil {
		b.t.Fatalf("open %s: %v", address, err)
	}
	b.enter()
}

// enter takes axe-core and examine.js into the page that is open now. A page
// that loaded without script has no more of its own to run, so from here on
// script may.
func (b *tab) enter() {
	b.t.Helper()
	b.letScript(true)
	frame := call(b, page.GetFrameTree, cdp.Empty{}).FrameTree.Frame.ID
	b.world = call(b, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: "tests"}).ExecutionContextID
	ask[chromedp.Void](b, axe)
	ask[chromedp.Void](b, examine)
}

// ask evaluates an expression in the world of examine.js.
func ask[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise, func(p *runtime.EvaluateParams) { p.ContextID = b.world }))
	if err != nil {
		b.t.Fatalf("%.60s: %v", expression, err)
	}
	return v
}

// noted returns what went wrong since open, or since it was asked before.
func (b *tab) noted() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	faults := b.faults
	b.faults = nil
	return faults
}

// response returns the answer to the request for the page that is open.
func (b *tab) response() *network.Response {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.answer == nil {
		b.t.Fatal("the page came from nowhere")
	}
	return b.answer
}

// picture keeps a picture of the whole page where -screenshots says.
func (b *tab) picture(name string, s sight) {
	if *screenshots == "" {
		return
	}
	b.t.Helper()
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("picture of %s: %v", name, err)
	}
	safe := strings.NewReplacer("/", "_", " ", "-", "?", "_", "&", "_", "=", "-").Replace(strings.Trim(name, "/") + " " + s.String())
	if err := os.MkdirAll(*screenshots, 0o777); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, safe+".png"), png, 0o666); err != nil {
		b.t.Fatal(err)
	}
}
