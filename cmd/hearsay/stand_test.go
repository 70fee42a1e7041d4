//go:build linux || darwin

package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"hearsay/envelope"
	"hearsay/kit"
)

// stand is a small desk, and a relay for it as a process. The kit is the real
// one; it only waits less.
type stand struct {
	dir   string // the desk's, with all that belongs to it
	root  ed25519.PublicKey
	relay *running
	at    string // the relay's address
	now   time.Time
}

func newStand(t *testing.T) *stand {
	t.Helper()
	dir, made := deskCopy(t)
	root, err := hex.DecodeString(made.RootKey)
	if err != nil {
		t.Fatal(err)
	}
	s := &stand{dir: dir, root: root, now: today}
	s.startRelay(t, "127.0.0.1:0")
	s.fetch(t) // it publishes the roster, too
	return s
}

// nextDay moves everybody's clock by a day. The relay hands out an open day by
// samples; a day that is closed it hands out whole.
func (s *stand) nextDay(t *testing.T) {
	t.Helper()
	s.now = s.now.AddDate(0, 0, 1)
	clock := filepath.Join(s.dir, "clock")
	err := os.WriteFile(clock+".new", []byte(s.now.Format(time.RFC3339)+"\n"), 0o600)
	if err == nil {
		err = os.Rename(clock+".new", clock)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// startRelay starts the relay, or starts it again; hampered, where arguments
// come before its own.
func (s *stand) startRelay(t *testing.T, listen string, hampered ...string) {
	t.Helper()
	cmd := program(append(hampered, "relay", "serve", "--store", "sqlite:store", "--create", "--listen", listen, "--desk-key", hex.EncodeToString(s.root),
		"--puzzle", strconv.Itoa(envelope.MinPuzzle), "--clock-file", "clock", "--with-parent", "--json")...)
	if len(hampered) > 0 {
		cmd.Args = cmd.Args[1:]
	}
	cmd.Dir = s.dir
	r, err := begin(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.abandon)
	said, err := r.hear(`"relay":"([^"]+)"`)
	if err != nil {
		t.Fatal(err)
	}
	s.relay, s.at = r, said[1]
}

// run runs a command at the desk, which must end with that status, and returns
// what it said.
func (s *stand) run(t *testing.T, status int, args ...string) (stdout, stderr string) {
	t.Helper()
	return s.runBy(t, "clock", status, args...)
}

// runBy does what run does, by a clock of the desk's own.
func (s *stand) runBy(t *testing.T, clock string, status int, args ...string) (stdout, stderr string) {
	t.Helper()
	cmd := program(append(args, "--passphrase-file", "vault", "--clock-file", clock)...)
	cmd.Dir = s.dir
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || cmd.ProcessState.ExitCode() != status {
		t.Fatalf("%v: %v, want status %d\n%s%s", args, err, status, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

// fetch has the desk fetch, and returns how many deposits and new reports came.
func (s *stand) fetch(t *testing.T) (fetched struct{ Deposits, Reports int }) {
	t.Helper()
	out, _ := s.run(t, exitDone, "desk", "fetch", "--relay", s.at, "--json")
	if err := json.Unmarshal([]byte(out), &fetched); err != nil {
		t.Fatal(err)
	}
	return fetched
}

// kit makes a kit for the desk at a relay's address. Changes to its
// configuration come last.
func (s *stand) kit(t *testing.T, relay string, change ...func(*kit.Config)) *kit.Client {
	t.Helper()
	config := kit.Config{
		Relay: relay, Root: s.root, MinSerial: 1,
		Now: func() time.Time { return s.now },
		Gap: func(ctx context.Context) error { return ctx.Err() },
	}
	for _, c := range change {
		c(&config)
	}
	client, err := kit.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// unlock opens a session of a new source.
func unlock(t *testing.T, client *kit.Client) *kit.Session {
	t.Helper()
	load, err := client.Load(t.Context(), kit.Week)
	if err != nil {
		t.Fatal(err)
	}
	session, err := load.Unlock(newWords(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(session.Close)
	return session
}

func newWords(t *testing.T) envelope.Phrase {
	t.Helper()
	words, err := envelope.NewPhrase(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return words
}

// send sends one report as a new source.
func (s *stand) send(t *testing.T, text string) error {
	t.Helper()
	session := unlock(t, s.kit(t, s.at))
	if err := session.Write(text); err != nil {
		t.Fatal(err)
	}
	_, err := session.Send(t.Context())
	return err
}

// deskPages are the desk's pages as a process serves them, with ana signed in.
type deskPages struct {
	desk   *running
	base   string
	client *http.Client
	csrf   string
}

// pages opens the desk's pages; more arguments are the desk's.
func (s *stand) pages(t *testing.T, more ...string) *deskPages {
	t.Helper()
	cmd := program(append([]string{"desk", "serve", "--listen", "127.0.0.1:0", "--passphrase-file", "vault", "--clock-file", "clock", "--json"}, more...)...)
	cmd.Dir = s.dir
	r, err := begin(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.abandon)
	said, err := r.hear(`"desk":"([^"]+)"`)
	if err != nil {
		t.Fatal(err)
	}
	start, err := url.Parse(said[1])
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &deskPages{desk: r, base: start.Scheme + "://" + start.Host, client: &http.Client{Jar: jar}}
	p.ask(t, "GET", start.RequestURI(), nil)
	p.ask(t, "POST", "/sign-in", url.Values{"name": {"ana"}, "passphrase": {"ana's own"}})
	return p
}

// ask makes one call and returns what was answered, which is no error.
func (p *deskPages) ask(t *testing.T, method, path string, form url.Values) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, p.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", p.base)
	request.Header.Set("X-Hearsay-CSRF", p.csrf)
	response, err := p.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	p.csrf = response.Header.Get("X-Hearsay-CSRF")
	b, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: status %d, %v: %s", method, path, response.StatusCode, err, b)
	}
	return b
}

// view makes one call and reads the document that was answered.
func (p *deskPages) view(t *testing.T, method, path string, form url.Values, view any) {
	t.Helper()
	if b := p.ask(t, method, path, form); json.Unmarshal(b, view) != nil {
		t.Fatalf("%s %s: %s", method, path, b)
	}
}

// shut ends the desk.
func (p *deskPages) shut(t *testing.T) {
	t.Helper()
	p.client.CloseIdleConnections()
	if err := p.desk.signal(syscall.SIGINT, true); err != nil {
		t.Fatal(err)
	}
	if status, err := p.desk.end(); err != nil || status != exitDone {
		t.Fatalf("the desk ended with %d, %v", status, err)
	}
}

// reports reads all reports at the desk, as ana does: in the desk's pages.
func (s *stand) reports(t *testing.T) []string {
	t.Helper()
	p := s.pages(t)
	var inbox struct{ Reports []struct{ Place int64 } }
	p.view(t, "GET", "/inbox", nil, &inbox)
	var texts []string
	for _, line := range inbox.Reports {
		var report struct{ Body string }
		p.view(t, "GET", "/reports/"+strconv.FormatInt(line.Place, 10), nil, &report)
		texts = append(texts, strings.TrimSpace(report.Body))
	}
	slices.Sort(texts)
	p.shut(t)
	return texts
}

// post sends bytes to the relay and returns its code.
func (s *stand) post(t *testing.T, path string, body []byte) envelope.AnswerCode {
	t.Helper()
	response, err := http.Post(s.at+path, "application/octet-stream", bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	code, err := envelope.ParseAnswer(answer)
	if err != nil {
		t.Fatal(fmt.Errorf("POST %s: %w", path, err))
	}
	return code
}
