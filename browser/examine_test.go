//go:build browser

package browser_test

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// examineAll looks at one page in every way there is and returns what is
// wrong with it, each fault with the sights in which it showed. A page without
// script looks the same to a reader who lets none run.
func (b *tab) examineAll(name, address string) []string {
	b.t.Helper()
	var faults []string
	seen := map[string][]string{}
	for _, script := range []bool{true, false} {
		b.letScript(script)
		b.open(address)
		for _, s := range sights(script) {
			b.look(s)
			for _, fault := range b.examine(s, http.StatusOK) {
				if seen[fault] == nil {
					faults = append(faults, fault)
				}
				seen[fault] = append(seen[fault], s.String())
			}
			b.picture(name, s)
		}
		if ask[int](b, `document.scripts.length`) == 0 {
			break
		}
	}
	for i, fault := range faults {
		faults[i] = fmt.Sprintf("%s at %s: %s", name, strings.Join(seen[fault], ", "), fault)
	}
	return faults
}

// examine returns what is wrong with the page that is open, which should have
// come with a status.
func (b *tab) examine(s sight, status int64) []string {
	b.t.Helper()
	var faults []string
	if got := b.response().Status; got != status {
		faults = append(faults, fmt.Sprintf("came with status %d, should with %d", got, status))
	}
	faults = append(faults, b.policy()...)
	if wide := ask[[]string](b, `protruding()`); len(wide) > 0 {
		faults = append(faults, "scrolls sideways: "+strings.Join(wide, ", "))
	}
	faults = append(faults, prefixed("hand: ", ask[[]string](b, `covered()`))...)
	if ask[int](b, `document.getAnimations().length`) > 0 {
		faults = append(faults, "moves, though its reader wants nothing to move")
	}
	faults = append(faults, prefixed("axe: ", ask[[]string](b, `violations()`))...)
	if s.width == desk && !s.dark {
		faults = append(faults, prefixed("keyboard: ", b.keyboard())...)
	}
	return append(faults, b.noted()...)
}

func prefixed(prefix string, texts []string) []string {
	var out []string
	for _, text := range texts {
		out = append(out, prefix+text)
	}
	return out
}

// policy wants the page to come with the policy of STYLE.md: nothing but what
// it names, and nothing inline.
func (b *tab) policy() []string {
	policy := ""
	for name, value := range b.response().Headers {
		if strings.EqualFold(name, "Content-Security-Policy") {
			policy = fmt.Sprint(value)
		}
	}
	if policy == "" {
		policy = ask[string](b, `document.querySelector("meta[http-equiv=Content-Security-Policy]")?.content ?? ""`)
	}
	switch {
	case !strings.Contains(policy, "default-src 'none'"):
		return []string{fmt.Sprintf("no policy that begins with nothing: %q", policy)}
	case strings.Contains(policy, "unsafe"), strings.Contains(policy, "*"):
		return []string{fmt.Sprintf("a policy with a hole: %q", policy)}
	}
	return nil
}

// keyboard walks the page with the tab key: every control is reached in the
// order of the page, is seen to be, and lets go again.
func (b *tab) keyboard() []string {
	b.t.Helper()
	want := ask[[]string](b, `controls()`)
	var faults []string
	type place struct {
		At             int
		Name           string
		Parts          bool // it is made of several fields, such as a date
		Marked, Inside bool
	}
	for i := range want {
		b.do(chromedp.KeyEvent(kb.Tab))
		got := ask[place](b, `focused()`)
		for range 4 { // year, month, day and the calendar
			if got.Parts && got.At == i-1 {
				b.do(chromedp.KeyEvent(kb.Tab))
				got = ask[place](b, `focused()`)
			}
		}
		if got.At != i {
			return append(faults, fmt.Sprintf("after %d steps at %d %s, should be at %s", i+1, got.At, got.Name, want[i]))
		}
		if !got.Marked {
			faults = append(faults, "focus cannot be seen on "+got.Name)
		}
		if !got.Inside {
			faults = append(faults, "focus is out of sight on "+got.Name)
		}
	}
	ask[chromedp.Void](b, `document.activeElement.blur(); scrollTo(0, 0)`)
	return faults
}
