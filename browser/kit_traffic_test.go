//go:build browser

package browser_test

import (
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestKitFilesOverABadLine: a line that breaks while a photo goes costs nothing:
// the very pieces that were lost go again, under the same words, with no letter
// more, and the desk has the photo whole.
func TestKitFilesOverABadLine(t *testing.T) {
	d := newKitDesk(t)
	l := newLine(t, d.relay)
	k := newTabIn(t, l.chromium(t, t.TempDir())).openKit(d, "file://"+d.page, "en")
	k.speak()
	k.load()
	noise := image.NewGray(image.Rect(0, 0, 640, 640))
	for i := range noise.Pix {
		noise.Pix[i] = byte(rand.Uint32())
	}
	k.fill(k.word("report.text"), "This hangs at the bridge.")
	k.attach(photo(t, noise))
	k.until("photo-1.jpg was cleaned. Removed: place, time and device")
	k.tap("report.new")
	k.comes("order.title")
	k.practise()
	k.comes("seal.right")
	k.until("Your files go as 4 pieces")

	gone := 0
	l.sever(func(p passed) bool {
		if p.path != "/v1/chunk" {
			return false
		}
		gone++
		return gone > 1
	})
	k.tap("seal.send")
	k.comes("sealed.files-left")
	first := l.taken()
	l.sever(func(passed) bool { return false })
	k.tap("sealed.rest")
	k.comes("letters.done.files")
	second := l.taken()

	if n := len(pieces(first)); n != 1 {
		t.Fatalf("%d pieces before the line broke, want 1", n)
	}
	lost, again := pieces(l.lost), pieces(second)
	for _, piece := range lost {
		if !slices.Contains(again, piece) {
			t.Error("a piece that was lost did not go again")
		}
	}
	if slices.Sort(lost); len(slices.Compact(lost)) != 3 {
		t.Errorf("%d pieces were lost, want 3", len(lost))
	}
	letters := 0
	for _, p := range slices.Concat(first, second) {
		if p.path == "/v1/deposit" {
			letters++
		}
	}
	if letters != 3 {
		t.Errorf("%d letters went, want the three of one session", letters)
	}
	out, err := d.command(t, "desk", "fetch", "--relay", d.relay, "--passphrase-file", "vault").CombinedOutput()
	if err != nil || !strings.Contains(string(out), `reports=1 files=1`) {
		t.Errorf("the desk does not have one report with one whole file: %v: %s", err, out)
	}
	for _, fault := range k.noted() {
		t.Error(fault)
	}
}

// pieces are what went to the relay as pieces of files, without their puzzles.
func pieces(requests []passed) []string {
	var all []string
	for _, p := range requests {
		if p.path == "/v1/chunk" {
			all = append(all, string(p.body[64:]))
		}
	}
	return all
}

// TestKitSessionsLookAlike: on the line, a session of the page with something to
// say is, request for request and byte for byte in size, a session without.
func TestKitSessionsLookAlike(t *testing.T) {
	d := newKitDesk(t)
	l := newLine(t, d.relay)
	chromium := l.chromium(t, t.TempDir())
	var words []string
	report := func(text string) func(*kitTab) {
		return func(k *kitTab) {
			k.fill(k.word("report.text"), text)
			k.tap("report.new")
			k.comes("order.title")
			words = k.practise()
			k.comes("seal.right")
			k.tap("seal.send")
		}
	}
	var first []string
	for _, kind := range []struct {
		name string
		act  func(*kitTab)
	}{
		{"a report of one part", report("The bridge is shut.")},
		{"a report of three parts", report(strings.Repeat("long ", 1900))},
		{"words that are only opened", func(k *kitTab) {
			k.tap("room.replies")
			k.comes("replies.lead")
			k.fill(k.word("words.enter.label"), strings.Join(words, " "))
			k.tap("words.enter.open")
			k.comes("replies.none")
			k.tap("replies.finish")
		}},
		{"new words and nothing to say", func(k *kitTab) {
			k.tap("room.words")
			k.comes("words.what")
			k.tap("words.make")
			k.comes("order.title")
			made := strings.Join(ask[[]string](k.tab, `[...document.querySelectorAll(".words b")].map(e => e.textContent)`), " ")
			k.tap("room.replies")
			k.comes("replies.lead")
			k.fill(k.word("words.enter.label"), made)
			k.tap("words.enter.open")
			k.comes("replies.none")
			k.tap("replies.finish")
		}},
	} {
		for round := range 2 {
			t.Run(fmt.Sprintf("%s, %d", kind.name, round+1), func(t *testing.T) {
				k := newTabIn(t, chromium).openKit(d, "file://"+d.page, "en")
				k.speak()
				k.load()
				kind.act(k)
				k.comes("letters.done")
				var seen []string
				for _, p := range l.taken() {
					seen = append(seen, fmt.Sprintf("%s %s, %d bytes there and %d back\n%s", p.method, p.path, p.sent, p.got, p.head))
				}
				if first == nil {
					first = seen
				}
				if len(seen) < 3+3 || !slices.Equal(seen, first) {
					t.Errorf("the line saw\n%s\nand of the first session\n%s", strings.Join(seen, "\n"), strings.Join(first, "\n"))
				}
			})
		}
	}
	if n := d.fetch(t); n != 4 {
		t.Errorf("the desk has %d reports, want 4", n)
	}
}
