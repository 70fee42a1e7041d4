//go:build browser

package browser_test

import (
	"fmt"
	"strings"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// examineAll looks at one page in every way there is and returns what is
// wrong with it, each fault with the sight in which it showed.
func (b *tab) examineAll(name, address string) []string {
	b.t.Helper()
	var all []string
	scripted := false
	for _, s := range sights {
		if !s.script && !scripted {
			continue // sights come with script first: a page that has none looks the same without
		}
		b.look(s)
		b.open(address)
		if s.script {
			scripted = ask[bool](b, `document.scripts.length > 0`)
		}
		for _, fault := range b.examine(s) {
			all = append(all, fmt.Sprintf("%s at %s: %s", name, s, fault))
		}
		b.picture(name, s)
	}
	return all
}

// examine returns what is wrong with the page that is open.
func (b *tab) examine(s sight) []string {
	b.t.Helper()
	var faults []string
	if r := b.response(); r == nil || r.Status != 200 {
		faults = append(faults, fmt.Sprintf("answered %+v", r))
	}
	faults = append(faults, b.policy()...)
	if wide := ask[[]string](b, `protruding()`); len(wide) > 0 {
		faults = append(faults, "scrolls sideways: "+strings.Join(wide, ", "))
	}
	if !s.script {
		// axe needs promises. The page was built without script; what runs
		// from here on is ours.
		call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: false})
	}
	ask[chromedp.Void](b, axe)
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
	r := b.response()
	if r == nil {
		return nil
	}
	policy := ""
	for name, value := range r.Headers {
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
	for i := range want {
		b.do(chromedp.KeyEvent(kb.Tab))
		got := ask[struct {
			At             int
			Name           string
			Marked, Inside bool
		}](b, `focused()`)
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
	return faults
}
