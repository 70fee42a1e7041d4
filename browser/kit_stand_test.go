//go:build browser

package browser_test

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// A kitDesk is a desk of two editors that was made today, its relay as a
// process, and the page for its sources.
type kitDesk struct {
	dir   string
	relay string // address
	page  string // file
}

const kitClaims = `{"claims": [
  {"key": "prices/rice/hyesan", "type": "number", "unit": "KPW-per-kg", "series": "day", "question": "What does a kilo of rice cost in Hyesan?", "could_know": "many"},
  {"key": "border/closure", "type": "choice", "labels": ["open", "closed"], "question": "Is the land border open?", "could_know": "many"},
  {"key": "teams/abroad", "type": "truth", "question": "May capture teams work abroad?", "could_know": 12},
  {"key": "teams/order", "type": "date", "question": "When was the order given?", "could_know": 12},
  {"key": "teams/price", "type": "text", "question": "What was given in return?", "could_know": 12},
  {"key": "arrivals", "type": "number", "unit": "persons", "series": "year", "question": "How many people arrived?", "could_know": "many"}
]}`

func newKitDesk(t *testing.T) *kitDesk {
	t.Helper()
	d := &kitDesk{dir: t.TempDir()}
	for name, text := range map[string]string{"vault": "the vault's own", "ana": "ana's own", "min": "min's own", "claims.json": kitClaims} {
		if err := os.WriteFile(filepath.Join(d.dir, name), []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var made struct {
		RootKey string `json:"root_key"`
	}
	d.run(t, &made, "desk", "init", "--name", "The Example Desk", "--editor", "ana=ana", "--editor", "min=min", "--claims", "claims.json", "--memory-kib", "256", "--passphrase-file", "vault")
	d.serve(t, made.RootKey)
	d.fetch(t) // it publishes what kits load, too
	var built struct{ Page string }
	d.run(t, &built, "kit", "build", "--desk-key", made.RootKey, "--relay", d.relay, "--name", "The Example Desk", "--out", "kit")
	d.page = filepath.Join(d.dir, built.Page)
	return d
}

func (d *kitDesk) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, append(args, "--json")...)
	cmd.Dir = d.dir
	cmd.Env = append(os.Environ(), "HOME="+d.dir, "XDG_STATE_HOME="+d.dir, "XDG_CONFIG_HOME="+d.dir)
	return cmd
}

// run runs a command of hearsay and reads its document.
func (d *kitDesk) run(t *testing.T, document any, args ...string) {
	t.Helper()
	cmd := d.command(t, args...)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("hearsay %s: %v: %s", strings.Join(args, " "), err, complaints.String())
	}
	if err := json.Unmarshal(out, document); err != nil {
		t.Fatalf("hearsay %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// serve starts the relay, which runs until the test ends.
func (d *kitDesk) serve(t *testing.T, root string) {
	t.Helper()
	cmd := d.command(t, "relay", "serve", "--store", "sqlite:store", "--create", "--listen", "127.0.0.1:0", "--desk-key", root, "--puzzle", "16")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var ended sync.WaitGroup
	t.Cleanup(func() {
		err := cmd.Process.Signal(os.Interrupt)
		ended.Wait()
		if err := errors.Join(err, cmd.Wait()); err != nil {
			t.Errorf("the relay ends: %v", err)
		}
	})
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if m := regexp.MustCompile(`"relay":"([^"]+)"`).FindStringSubmatch(lines.Text()); m != nil {
			d.relay = m[1]
			break
		}
	}
	ended.Go(func() {
		for lines.Scan() {
		}
	})
	if d.relay == "" {
		t.Fatal("the relay does not say where it is")
	}
}

// fetch has the desk fetch once, and returns how many new reports came.
func (d *kitDesk) fetch(t *testing.T) int {
	t.Helper()
	var fetched struct{ Reports int }
	d.run(t, &fetched, "desk", "fetch", "--relay", d.relay, "--passphrase-file", "vault")
	return fetched.Reports
}

// served serves the page as a site would, and returns its address.
func (d *kitDesk) served(t *testing.T) string {
	t.Helper()
	html, err := os.ReadFile(d.page)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		w.Write(html)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/"
}

// quick lets a test wait less between two letters. The worker starts out of a
// text of the page, and a browser that is told to can put another before it:
// the page itself has no such door. What the page offers to save is kept, too.
const quick = `{
  const Whole = Blob;
  const hurry = "{ const real = setTimeout; self.setTimeout = (f, ms, ...rest) => real(f, ms > 1500 && ms < 100000 ? ms / 500 : ms, ...rest) }\n";
  self.Blob = class extends Whole {
    constructor(parts, options) {
      super(options?.type === "text/javascript" ? [hurry, ...parts] : parts, options);
      if (options?.type === "application/octet-stream") (self.saved ??= []).push(this);
    }
  };
}`

// A kitTab is a tab with the kit's page in it, used by a hand that reads one
// language.
type kitTab struct {
	*tab
	words map[string]string // of the language, by key
	taps  int
}

// openKit opens the page in a new tab, where it may speak to its relay, and
// chooses a language.
func openKit(t *testing.T, d *kitDesk, address, language string) *kitTab {
	t.Helper()
	return newTab(t).openKit(d, address, language)
}

// openKit opens the page in this tab.
func (b *tab) openKit(d *kitDesk, address, language string) *kitTab {
	t := b.t
	t.Helper()
	catalogue, err := os.ReadFile(filepath.Join("..", "kit", "src", "lang", language+".json"))
	if err != nil {
		t.Fatal(err)
	}
	k := &kitTab{tab: b}
	if err := json.Unmarshal(catalogue, &k.words); err != nil {
		t.Fatal(err)
	}
	k.mu.Lock()
	k.also = d.relay
	k.mu.Unlock()
	call(k.tab, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: quick})
	k.open(address)
	k.until(k.words["language.go"])
	return k
}

// word is what the page says for a key, up to the first part that is filled in.
func (k *kitTab) word(key string) string {
	k.t.Helper()
	text, ok := k.words[key]
	if !ok {
		k.t.Fatalf("there is no text %s", key)
	}
	before, _, filled := strings.Cut(text, "{")
	if filled {
		return before + "…"
	}
	return text
}

// tap clicks the control with the text of a key, and counts.
func (k *kitTab) tap(key string) {
	k.t.Helper()
	k.taps++
	k.tick(k.word(key))
}

// tick clicks a control of the screen that is open, or about to.
func (k *kitTab) tick(called string) {
	k.t.Helper()
	ask[any](k.tab, `new Promise((done) => {
  const look = () => document.querySelector("main")?.hidden ? setTimeout(look) : done();
  look();
})`)
	k.tab.tick(called)
}

// comes waits for the text of a key.
func (k *kitTab) comes(key string) {
	k.t.Helper()
	k.until(strings.TrimSuffix(k.word(key), "…"))
}

// speak chooses the language on the first screen.
func (k *kitTab) speak() {
	k.t.Helper()
	k.taps++
	k.tick(map[string]string{
		"한국어로 계속": "한국어 한국어로 계속", "用中文继续": "中文 用中文继续", "Продолжить по-русски": "Русский Продолжить по-русски", "Continue in English": "English Continue in English",
	}[k.words["language.go"]])
	k.comes("genuine.title")
}

// load fetches what everybody fetches.
func (k *kitTab) load() {
	k.t.Helper()
	k.until(strings.TrimSuffix(k.word("begin.fetch"), "…"))
	k.tap("begin.fetch")
	k.comes("fetch.title")
	k.tap("fetch.start")
	k.comes("report.title")
}

// practise taps the marked words in their order, and returns all twelve.
func (k *kitTab) practise() []string {
	k.t.Helper()
	words := ask[[]string](k.tab, `[...document.querySelectorAll(".words b")].map(e => e.textContent)`)
	k.tap("words.practise")
	for _, place := range []int{0, 3, 7} { // the fourth is no question
		k.taps++
		k.tick(words[place])
	}
	return words
}

// until waits for a text on a page that changes in place.
func (b *tab) until(text string) {
	b.t.Helper()
	if said := ask[string](b, "until("+quote(text)+")"); said != "" {
		b.t.Fatalf("the page does not come to say %q: %s", text, said)
	}
}

// examineKit returns what is wrong with the screen that is open.
func (k *kitTab) examineKit(s sight) []string {
	k.t.Helper()
	k.look(s)
	ask[any](k.tab, `laidOut()`)
	faults := prefixed("scrolls sideways: ", ask[[]string](k.tab, `protruding()`))
	faults = append(faults, prefixed("hand: ", ask[[]string](k.tab, `covered()`))...)
	faults = append(faults, prefixed("axe: ", ask[[]string](k.tab, `violations()`))...)
	if s.width == desk && !s.dark {
		ask[any](k.tab, `fromTheTop()`)
		faults = append(faults, prefixed("keyboard: ", k.keyboard())...)
	}
	return append(faults, k.noted()...)
}

// inspect examines a screen in every sight and keeps pictures.
func (k *kitTab) inspect(name string) {
	k.t.Helper()
	for _, s := range sights(true) {
		for _, fault := range k.examineKit(s) {
			k.t.Errorf("%s at %s: %s", name, s, fault)
		}
		k.picture(fmt.Sprintf("kit %s %s", ask[string](k.tab, `document.documentElement.lang`), name), s)
	}
}

// save writes the nth file that the page offers to save into a folder.
func (k *kitTab) save(n int, dir string) {
	k.t.Helper()
	text, err := chromedp.Run(k.ctx, chromedp.Evaluate[string](fmt.Sprintf(`(async () => {
  const bytes = new Uint8Array(await saved[%d].arrayBuffer());
  let text = "";
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
})()`, n), chromedp.EvalAwaitPromise))
	if err != nil {
		k.t.Fatal(err)
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		k.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, fmt.Sprint(n)), b, 0o600); err != nil {
		k.t.Fatal(err)
	}
}

// exampleJPEG is a small photo that says where it was taken.
func exampleJPEG(t *testing.T) string {
	t.Helper()
	return photo(t, image.NewGray(image.Rect(0, 0, 32, 32)))
}

// photo is a picture as a file that says where it was taken: between its head
// and its picture stands a block of Exif with a place in it.
func photo(t *testing.T, picture image.Image) string {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		t.Fatal(err)
	}
	// TIFF, big-endian: one directory with one entry, a GPS directory of one entry, the latitude's N.
	exif := []byte("Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08" +
		"\x00\x01\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x1a\x00\x00\x00\x00" +
		"\x00\x01\x00\x01\x00\x02\x00\x00\x00\x02N\x00\x00\x00\x00\x00\x00\x00")
	head := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(exif)+2))
	whole := slices.Concat(b.Bytes()[:2], head, exif, b.Bytes()[2:])
	file := filepath.Join(t.TempDir(), "IMG_2026.jpg")
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}
