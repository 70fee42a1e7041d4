//go:build linux || darwin

package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
	"hearsay/kit/strip"
)

// broken is a line that breaks at every call of a path while it is cut.
type broken struct {
	*httptest.Server
	cut  atomic.Bool
	path string
}

func newBroken(t *testing.T, relay, path string) *broken {
	t.Helper()
	u, err := url.Parse(relay)
	if err != nil {
		t.Fatal(err)
	}
	b := &broken{path: path}
	proxy := httputil.NewSingleHostReverseProxy(u)
	b.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == b.path && b.cut.Load() {
			panic(http.ErrAbortHandler)
		}
		proxy.ServeHTTP(w, r)
	}))
	b.Config.ErrorLog = quiet
	t.Cleanup(b.Close)
	return b
}

// TestSourceGoesOn: what a broken line has not let through waits, sealed, and
// goes with the next session; the desk gets it once.
func TestSourceGoesOn(t *testing.T) {
	s := newStand(t)
	line := newBroken(t, s.at, envelope.PathDeposit)
	const text = "The ferry does not run."
	s.write(t, "words", newWords(t).Words()+"\n")
	s.write(t, "text", text)
	source := func(status int, command string, more ...string) (stdout, stderr string) {
		t.Helper()
		return s.source(t, status, command, append(more, "--relay", line.URL, "--waiting", "unsent")...)
	}
	unsent := filepath.Join(s.dir, "unsent")

	line.cut.Store(true)
	if _, said := s.source(t, exitCouldNot, "send", "--text", "text", "--relay", line.URL); !strings.Contains(said, "and are not kept") || strings.Contains(said, "waits for another session") {
		t.Errorf("without a place to wait in, it says %s", said)
	}
	if result, said := source(exitCouldNot, "send", "--text", "text"); !strings.Contains(result, `"state":"not yet","taken":0,"waiting":1`) || !strings.Contains(said, "1 deposits and 0 pieces of files are not taken; they wait, sealed, in unsent") {
		t.Errorf("it says %s", said)
	}
	kept, err := os.ReadFile(unsent)
	if err != nil {
		t.Fatal(err)
	}
	if w, err := kit.ParseWaiting(kept); err != nil || len(w.Sealed) != 1 || bytes.Contains(kept, []byte("ferry")) {
		t.Fatalf("what waits is not sealed: %v", err)
	}
	if fetched := s.fetch(t); fetched.Reports != 0 {
		t.Fatalf("%d reports came through", fetched.Reports)
	}
	if _, said := source(exitCouldNot, "rotate"); !strings.Contains(said, "something still waits under these words") || !strings.Contains(said, "the new words are not in use") {
		t.Errorf("while something waits under the old words, rotate says %s", said)
	}
	if again, err := os.ReadFile(unsent); err != nil || !bytes.Equal(again, kept) {
		t.Error("what waits was touched")
	}
	line.cut.Store(false)
	out, _ := source(exitDone, "send")
	var sent struct {
		Taken int
		State string
	}
	if err := json.Unmarshal([]byte(out), &sent); err != nil || sent.Taken != 1 || sent.State != "taken" {
		t.Errorf("it says %s", out)
	}
	if _, err := os.Stat(unsent); !os.IsNotExist(err) {
		t.Error("the file of what waits is still there")
	}
	// The relay hands out a closed day whole.
	s.nextDay(t)
	if fetched := s.fetch(t); fetched.Reports != 1 {
		t.Errorf("%d reports", fetched.Reports)
	}
	if held := s.reports(t); len(held) != 1 || held[0] != text {
		t.Errorf("the desk holds %q", held)
	}
}

func (s *stand) write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// source runs a command of the source with the file words, which must end with
// that status, and returns what it said.
func (s *stand) source(t *testing.T, status int, command string, more ...string) (stdout, stderr string) {
	t.Helper()
	cmd := program(append([]string{"source", command, "--desk-key", hex.EncodeToString(s.root), "--words-file", "words", "--hurry", "--clock-file", "clock", "--json"}, more...)...)
	cmd.Dir = s.dir
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run() // its status says it
	if got := cmd.ProcessState.ExitCode(); got != status {
		t.Fatalf("source %s ends with %d, want %d\n%s%s", command, got, status, out.Bytes(), errs.Bytes())
	}
	return out.String(), errs.String()
}

// TestSourceAndDesk: a report with a photo reaches the desk, the photo clean and
// whole; an editor answers, and the source reads the answer.
func TestSourceAndDesk(t *testing.T) {
	s := newStand(t)
	s.write(t, "words", newWords(t).Words()+"\n")
	s.write(t, "text", "The ferry does not run.")
	photo, err := tellingPhoto()
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "photo", string(photo))
	clean, err := strip.File(photo)
	if err != nil {
		t.Fatal(err)
	}
	s.source(t, exitDone, "send", "--relay", s.at, "--text", "text", "--attach", "photo")
	s.nextDay(t)
	p := s.pages(t, "--rehearse", "--relay", s.at)
	errand := func(name string) {
		t.Helper()
		if _, err := io.WriteString(p.desk.stdin, name+"\n"); err != nil {
			t.Fatal(err)
		}
		said, err := p.desk.hear(`"errand":"` + name + `"(.*)`)
		if err != nil || strings.Contains(said[1], "error") {
			t.Fatalf("%s: %v, %v", name, said, err)
		}
	}
	errand("morning")
	var pulled struct{ Reports, Files, Whole int }
	p.view(t, "POST", "/pull", url.Values{}, &pulled)
	if pulled.Reports != 1 || pulled.Files != 1 || pulled.Whole != 1 {
		t.Fatalf("the desk pulled %+v", pulled)
	}
	var inbox struct {
		Reports []struct {
			Place  int64
			Source struct{ Handle string }
		}
	}
	p.view(t, "GET", "/inbox", nil, &inbox)
	var report struct {
		Enclosed []struct {
			Place int64
			Files []struct{ Name string }
		}
	}
	p.view(t, "GET", "/reports/"+strconv.FormatInt(inbox.Reports[0].Place, 10), nil, &report)
	if len(report.Enclosed) != 1 || len(report.Enclosed[0].Files) != 1 || report.Enclosed[0].Files[0].Name != "photo-1.jpg" {
		t.Fatalf("the report encloses %+v", report.Enclosed)
	}
	file := p.ask(t, "GET", "/files/"+strconv.FormatInt(report.Enclosed[0].Place, 10)+"/1", nil)
	if !bytes.Equal(file, clean.Data) || bytes.Contains(file, []byte("CANARY")) {
		t.Errorf("the desk has another photo, of %d bytes", len(file))
	}
	const answer = "Thank you. Since when?\nAnd who else has seen it?"
	p.ask(t, "POST", "/sources/"+inbox.Reports[0].Source.Handle+"/reply", url.Values{"text": {answer}})
	errand("drop")
	p.shut(t)
	out, _ := s.source(t, exitDone, "fetch", "--relay", s.at)
	var got fetched
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Replies) != 1 || got.Replies[0].Text != answer || len(got.Arrived) != 1 {
		t.Errorf("the source reads %+v", got)
	}
}

// TestSourceReadsDrive: whoever has no network reads from a drive what the relay
// would have said, and nothing is sent.
func TestSourceReadsDrive(t *testing.T) {
	s := newStand(t)
	s.write(t, "words", newWords(t).Words()+"\n")
	s.write(t, "text", "The ferry does not run.")
	s.source(t, exitDone, "send", "--relay", s.at, "--text", "text")
	s.nextDay(t)
	if fetched := s.fetch(t); fetched.Reports != 1 {
		t.Fatalf("%d reports", fetched.Reports)
	}
	p := s.pages(t, "--rehearse", "--relay", s.at)
	if _, err := io.WriteString(p.desk.stdin, "drop\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := p.desk.hear(`"errand":"drop","acks":1`); err != nil {
		t.Fatal(err)
	}
	p.shut(t)
	published := func(path string) []byte {
		t.Helper()
		response, err := http.Get(s.at + path)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		b, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: status %d, %v", path, response.StatusCode, err)
		}
		return b
	}
	drop := published(envelope.DropPath(0, envelope.EpochOf(s.now)))
	drive, err := envelope.MarshalOutbound(s.root, published(envelope.PathRoster), published(envelope.PathQuestions), [][]byte{drop})
	if err != nil {
		t.Fatal(err)
	}
	s.write(t, "desk.bin", string(drive))
	s.write(t, "kit.html", `<script type="application/json" id="config">{"format":"hearsay-kit-1","name":"D","root":"`+hex.EncodeToString(s.root)+`","relay":"http://127.0.0.1:1","serial":1,"days":1}</script>`)
	if err := s.relay.signal(syscall.SIGKILL, false); err != nil {
		t.Fatal(err)
	}
	for _, from := range [][]string{{"--outbound", "."}, {"--outbound", "desk.bin", "--kit", "kit.html"}} {
		out, said := s.source(t, exitDone, "fetch", from...)
		var got fetched
		if err := json.Unmarshal([]byte(out), &got); err != nil || len(got.Arrived) != 1 || strings.Contains(said, "deposits") {
			t.Errorf("%v: it reads %s, and says %s", from, out, said)
		}
	}
	if _, said := s.source(t, exitMisasked, "send", "--outbound", ".", "--text", "text"); !strings.Contains(said, "carry the report with hearsay parcel pack") {
		t.Errorf("send says %s", said)
	}
	drive[len(drive)-1] ^= 1
	s.write(t, "desk.bin", string(drive))
	out, said := s.source(t, exitDone, "fetch", "--outbound", ".")
	if !strings.Contains(out, `"arrived":[]`) || !strings.Contains(said, "gap") {
		t.Errorf("of a damaged drop it reads %s, and says %s", out, said)
	}
}
