//go:build browser

// Package browser_test looks at every page that people meet through a real
// Chromium: narrow and wide, light and dark, with script and without, by
// keyboard alone, and with axe-core. It sees what a browser sees and drives
// what a hand can drive; it imports nothing of Hearsay.
//
// The tests need Chromium and axe-core, so they stand behind the build tag
// browser, which ./check sets. Behind it a missing tool is a failure and
// never a skip.
package browser_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var (
	chromiumPath = flag.String("chromium", "chromium", "the Chromium to drive, as a path or a name on PATH")
	screenshots  = flag.String("screenshots", "", "a folder that takes a picture of every page as it was seen; none if empty")
)

var (
	browser   context.Context // one Chromium for all tests, each with tabs of its own
	axe       string          // axe-core, as npm ci leaves it
	workspace string          // a folder of this run
)

func TestMain(m *testing.M) {
	flag.Parse()
	code, err := run(m)
	if err != nil {
		fmt.Fprintf(os.Stderr, "browser tests: %v\n", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	path, err := exec.LookPath(*chromiumPath)
	if err != nil {
		return 0, fmt.Errorf("%w\non Debian: apt-get install chromium; elsewhere: -chromium PATH", err)
	}
	source, err := os.ReadFile(filepath.Join("node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		return 0, fmt.Errorf("%w\naxe-core comes with: cd browser && npm ci", err)
	}
	axe = string(source)

	if workspace, err = os.MkdirTemp("", "hearsay-browser-"); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(workspace)) }()

	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
		// Whatever a page or the browser itself asks for, nothing but this
		// machine has an address.
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost"),
	)...)
	defer stop() // waits for Chromium to be gone
	browser, stop = chromedp.NewContext(ctx)
	defer stop()
	if err := chromedp.Do(browser); err != nil {
		return 0, fmt.Errorf("start %s: %w", path, err)
	}
	defer func() { err = errors.Join(err, leavePlay()) }()
	return m.Run(), nil
}

// A sight is a way to look at a page.
type sight struct {
	width  int64 // CSS pixels
	dark   bool  // the reader prefers dark
	script bool  // the reader lets scripts run
}

const (
	phone = 360
	desk  = 1280
)

// sights are all ways to look at a page with script, or all without. The
// keyboard comes with the first.
func sights(script bool) []sight {
	return []sight{{desk, false, script}, {desk, true, script}, {phone, false, script}, {phone, true, script}}
}

func (s sight) String() string {
	words := []string{fmt.Sprint(s.width), "light"}
	if s.dark {
		words[1] = "dark"
	}
	if !s.script {
		words = append(words, "no script")
	}
	return strings.Join(words, " ")
}
