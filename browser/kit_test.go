//go:build browser

package browser_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestKitJourney: somebody with one thing to say opens the page, from a file or
// from a server, and the desk reads it.
func TestKitJourney(t *testing.T) {
	d := newKitDesk(t)
	for _, from := range []struct{ name, address string }{{"from a file", "file://" + d.page}, {"from a server", d.served(t)}} {
		t.Run(from.name, func(t *testing.T) {
			k := openKit(t, d, from.address, "en")
			k.speak()
			k.load()
			k.taps++ // into the field
			k.fill(k.word("report.text"), "The bridge is closed since Monday.")
			k.tap("basis.seen")
			k.tap("report.new")
			k.comes("order.title")
			words := k.practise()
			k.comes("seal.right")
			k.tap("seal.send")
			k.comes("sealed.title")
			if k.taps > 12 {
				t.Errorf("%d taps until it is sealed, at most 12", k.taps)
			}
			k.comes("letters.done")
			k.comes("sealed.taken")
			if n := d.fetch(t); n != 1 {
				t.Errorf("the desk has %d new reports, want 1", n)
			}
			for _, fault := range k.noted() {
				t.Error(fault)
			}

			t.Run("and with the words it finds that nothing is confirmed yet", func(t *testing.T) {
				k := openKit(t, d, from.address, "ko")
				k.speak()
				k.load()
				k.tap("room.replies")
				k.comes("replies.lead")
				k.fill(k.word("words.enter.label"), strings.Join(words, " "))
				k.tap("words.enter.open")
				k.comes("replies.none")
				k.tap("replies.finish")
				k.comes("letters.done")
				if n := d.fetch(t); n != 0 {
					t.Errorf("empty letters gave %d reports", n)
				}
			})
			t.Run("and twelve other words are not words", func(t *testing.T) {
				k := openKit(t, d, from.address, "en")
				k.speak()
				k.load()
				k.tap("room.replies")
				k.comes("replies.lead")
				wrong := slices.Clone(words)
				wrong[1] = "zoo" + wrong[1]
				k.fill(k.word("words.enter.label"), strings.Join(wrong, " "))
				k.tap("words.enter.open")
				k.comes("failure.phrase")
			})
		})
	}
}

// TestKitFiles: a photo goes with a report, cleaned, and what was removed is said.
func TestKitFiles(t *testing.T) {
	d := newKitDesk(t)
	k := openKit(t, d, "file://"+d.page, "en")
	k.speak()
	k.load()
	k.fill(k.word("report.text"), "This is how it looks.")
	k.attach(exampleJPEG(t))
	k.until("photo-1.jpg was cleaned. Removed: place, time and device")
	k.inspect("16 report with a photo")
	k.tap("report.new")
	k.comes("order.title")
	k.practise()
	k.comes("seal.right")
	k.until("Your files go as 1 pieces")
	k.tap("seal.send")
	k.comes("letters.done.files")
	if n := d.fetch(t); n != 1 {
		t.Errorf("the desk has %d new reports, want 1", n)
	}
}

// TestKitCarry: a report that is saved as drive files reaches the desk by any
// two of three, and no letter was sent.
func TestKitCarry(t *testing.T) {
	d := newKitDesk(t)
	saved := t.TempDir()
	k := openKit(t, d, d.served(t), "en")
	k.speak()
	k.load()
	k.fill(k.word("report.text"), "Carried in a pocket.")
	k.tap("report.new")
	k.comes("order.title")
	k.practise()
	k.tap("seal.carry")
	k.comes("carry.how")
	k.tap("carry.seal")
	k.comes("carry.apart")
	for _, n := range []int{0, 2} {
		k.save(n, saved)
	}
	var imported struct{ Reports int }
	d.run(t, &imported, "desk", "import", saved, "--passphrase-file", "vault")
	if imported.Reports != 1 {
		t.Errorf("the desk has %d new reports, want 1", imported.Reports)
	}
	if n := d.fetch(t); n != 0 {
		t.Errorf("%d reports came by the relay", n)
	}
}

// TestKitScreens looks at every screen in every language.
func TestKitScreens(t *testing.T) {
	d := newKitDesk(t)
	for _, language := range []string{"ko", "zh", "ru", "en"} {
		t.Run(language, func(t *testing.T) {
			k := openKit(t, d, "file://"+d.page, language)
			k.inspect("01 language")
			k.speak()
			k.until("-") // of the fingerprints
			k.inspect("02 begin")
			k.tap("begin.fetch")
			k.comes("fetch.title")
			k.inspect("03 fetch")
			k.tap("fetch.start")
			k.comes("report.title")
			k.tap("report.more")
			k.inspect("04 report")
			k.taps = 0
			k.fillFirst("6,500 x")
			k.comes("fault.number")
			k.inspect("05 report with a fault")
			k.fillFirst("6,500")
			k.tap("basis.told")
			k.tap("report.new")
			k.comes("order.title")
			k.inspect("06 words")
			k.tap("paper.offer")
			k.tap("paper.show")
			k.comes("paper.what")
			k.inspect("07 paper")
			k.tap("paper.back")
			k.comes("order.title")
			k.tap("words.practise")
			k.comes("practice.what")
			k.inspect("08 practice")
			k.tap("practice.look")
			k.comes("order.title")
			k.tap("words.skip")
			k.comes("seal.right")
			k.inspect("09 seal")
			k.tap("room.carry")
			k.comes("carry.how")
			k.inspect("10 carry")
			k.tap("carry.seal")
			k.comes("carry.apart")
			k.inspect("11 carried")
			k.tap("room.replies")
			k.comes("replies.none")
			k.inspect("12 replies")
			k.tap("replies.finish")
			k.comes("letters.done")
			k.inspect("13 sent")
			k.tap("room.arrived")
			k.comes("arrived.long")
			k.inspect("14 arrived")
			k.tap("room.words")
			k.comes("rollover.title")
			k.inspect("15 words that are open")
		})
	}
}

// fillFirst writes into the first field for a number.
func (k *kitTab) fillFirst(text string) {
	k.t.Helper()
	ask[any](k.tab, `(() => {
  const field = document.querySelector("fieldset.question input[type=text]");
  field.value = `+quote(text)+`;
  field.dispatchEvent(new Event("input", { bubbles: true }));
})()`)
}

// TestKitLeaves: whoever must be gone is gone, and a key that was struck by
// accident costs nothing.
func TestKitLeaves(t *testing.T) {
	d := newKitDesk(t)
	const secret = "The bridge is closed since Monday."
	written := func(t *testing.T) *kitTab {
		k := openKit(t, d, d.served(t), "en")
		k.speak()
		k.load()
		k.fill(k.word("report.text"), secret)
		return k
	}
	gone := func(t *testing.T, k *kitTab) {
		t.Helper()
		k.do(chromedp.WaitReady("body"))
		if at := ask[string](k.tab, `location.href`); at != "about:blank" {
			t.Errorf("it is at %s", at)
		}
		k.wantsNo(secret)
	}
	t.Run("Escape hides, and Undo brings it back", func(t *testing.T) {
		k := written(t)
		k.do(chromedp.KeyEvent(kb.Escape))
		if seen := ask[string](k.tab, `document.elementFromPoint(innerWidth / 2, innerHeight / 2).className`); seen != "curtain" {
			t.Errorf("what is seen is %q", seen)
		}
		k.tap("leave.back")
		if kept := ask[string](k.tab, `document.querySelector("textarea").value`); kept != secret {
			t.Errorf("what comes back is %q", kept)
		}
	})
	t.Run("Escape twice forgets", func(t *testing.T) {
		k := written(t)
		k.do(chromedp.KeyEvent(kb.Escape))
		k.follow(chromedp.KeyEvent(kb.Escape))
		gone(t, k)
	})
	t.Run("the button forgets, and Back does not lead here", func(t *testing.T) {
		k := written(t)
		k.follow(k.at("Leave now Esc"))
		gone(t, k)
		if n := ask[int](k.tab, `history.length`); n > 2 {
			t.Errorf("%d pages in the history", n)
		}
		k.follow(chromedp.NavigateBack())
		gone(t, k)
	})
}
