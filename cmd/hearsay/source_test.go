//go:build linux || darwin

package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
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
	words := filepath.Join(s.dir, "words")
	if err := os.WriteFile(words, []byte(newWords(t).Words()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const text = "The ferry does not run."
	if err := os.WriteFile(filepath.Join(s.dir, "text"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	source := func(status int, command string, more ...string) (stdout, stderr string) {
		t.Helper()
		args := append([]string{"source", command, "--desk-key", hex.EncodeToString(s.root), "--relay", line.URL, "--words-file", "words", "--waiting", "unsent", "--hurry", "--clock-file", "clock", "--json"}, more...)
		cmd := program(args...)
		cmd.Dir = s.dir
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		_ = cmd.Run() // its status says it
		if got := cmd.ProcessState.ExitCode(); got != status {
			t.Fatalf("source %s ends with %d, want %d\n%s%s", command, got, status, out.Bytes(), errs.Bytes())
		}
		return out.String(), errs.String()
	}
	unsent := filepath.Join(s.dir, "unsent")

	line.cut.Store(true)
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
