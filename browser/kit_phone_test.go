//go:build browser

package browser_test

import (
	"context"
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/tracing"
	"github.com/chromedp/chromedp"
)

// How much slower the emulated phone is than this machine, and for how long its
// page may not answer a finger.
const (
	slower  = 6
	longest = 100 * time.Millisecond
)

// TestKitOnASlowPhone: on a small phone with a sixth of this processor the whole
// journey goes through, and no task of the page holds up its fingers for long.
// What a task cost is its thread's own time, so other programs do not count.
func TestKitOnASlowPhone(t *testing.T) {
	d := newKitDesk(t)
	k := openKit(t, d, "file://"+d.page, "ko")
	call(k.tab, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: phone, Height: 640, DeviceScaleFactor: 2, Mobile: true})
	call(k.tab, emulation.SetCPUThrottlingRate, emulation.SetCPUThrottlingRateParams{Rate: slower})
	step := func(name string, act func()) {
		t.Helper()
		began := time.Now()
		var task time.Duration
		for _, one := range k.traced(act) {
			task = max(task, one)
		}
		t.Logf("%-32s %6.2f s, longest task %3d ms", name, time.Since(began).Seconds(), task.Milliseconds())
		if task > longest {
			t.Errorf("%s: a task of %d ms, at most %d", name, task.Milliseconds(), longest.Milliseconds())
		}
	}
	k.do(chromedp.Navigate("about:blank"))
	step("the page opens", func() {
		k.do(chromedp.Navigate("file://" + d.page))
		k.do(chromedp.WaitReady(".tongues button"))
	})
	k.enter()
	step("a language is chosen", func() {
		k.tick("한국어 한국어로 계속")
		k.arrives("genuine.title")
	})
	step("questions and keys come", func() {
		k.arrives("begin.fetch")
		k.tap("begin.fetch")
		k.arrives("fetch.title")
	})
	step("replies for everybody come", func() {
		k.tap("fetch.start")
		k.arrives("report.title")
	})
	step("a report is written", func() { k.fill(k.word("report.text"), "다리가 월요일부터 막혔다.") })
	step("words are made", func() {
		k.tap("report.new")
		k.arrives("order.title")
	})
	step("words are practised", func() {
		k.practise()
		k.arrives("seal.right")
	})
	step("keys are made, and it is sealed", func() {
		k.tap("seal.send")
		k.arrives("sealed.title")
	})
	step("three letters go", func() { k.arrives("letters.done") })
	if n := d.fetch(t); n != 1 {
		t.Errorf("the desk has %d new reports, want 1", n)
	}
}

// arrives waits for the text of a key as comes does, but without asking what can
// be seen: that would lay the page out within the page's own task.
func (k *kitTab) arrives(key string) {
	k.t.Helper()
	ask[any](k.tab, `new Promise((done) => {
  const has = () => document.body.textContent.includes(`+quote(strings.TrimSuffix(k.word(key), "…"))+`);
  if (has()) return done();
  const watch = new MutationObserver(() => { if (has()) { watch.disconnect(); done(); } });
  watch.observe(document.body, { subtree: true, childList: true, characterData: true });
})`)
}

// traced does something and returns what every task of the page's main thread
// cost it meanwhile.
func (k *kitTab) traced(act func()) []time.Duration {
	k.t.Helper()
	type event struct {
		Name    string `json:"name"`
		Process int64  `json:"pid"`
		Thread  int64  `json:"tid"`
		Cost    int64  `json:"tdur"` // µs of the thread's own time
		Args    struct {
			Name string `json:"name"`
		} `json:"args"`
	}
	var mu sync.Mutex
	var events []event
	var bad error
	err := chromedp.Listen(k.ctx, func(e any) {
		if collected, ok := e.(*tracing.EventDataCollected); ok {
			mu.Lock()
			defer mu.Unlock()
			for _, value := range collected.Value {
				var one event
				if err := json.Unmarshal(value, &one); err != nil {
					bad = err
				}
				events = append(events, one)
			}
		}
	})
	if err != nil {
		k.t.Fatal(err)
	}
	call(k.tab, tracing.Start, tracing.StartParams{TraceConfig: &tracing.TraceConfig{IncludedCategories: []string{"toplevel", "disabled-by-default-devtools.timeline"}}})
	act()
	_, err = chromedp.Run(k.ctx, chromedp.WaitEvent(tracing.TracingComplete, nil, chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, tracing.End, cdp.Empty{})
		return err
	})))
	if err != nil {
		k.t.Fatal(err)
	}
	mu.Lock()
	defer mu.Unlock()
	if bad != nil {
		k.t.Fatal(bad)
	}
	type thread struct{ process, thread int64 }
	main := map[thread]bool{}
	for _, e := range events {
		if e.Name == "thread_name" && e.Args.Name == "CrRendererMain" {
			main[thread{e.Process, e.Thread}] = true
		}
	}
	var costs []time.Duration
	for _, e := range events {
		if (e.Name == "RunTask" || e.Name == "ThreadControllerImpl::RunTask") && main[thread{e.Process, e.Thread}] {
			costs = append(costs, time.Duration(e.Cost)*time.Microsecond)
		}
	}
	if len(costs) == 0 {
		k.t.Fatal("no task was traced")
	}
	return costs
}
