package sqlite

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"hearsay/envelope"
	"hearsay/relay"
	"hearsay/relay/relaytest"
)

// TestMain serves a relay instead of testing when TestKill says so.
func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		if err := serveChild(dir, os.Getenv(childDay)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const (
	childDir = "RELAY_TEST_DIR"
	childDay = "RELAY_TEST_DAY"

	firstDay = envelope.Epoch(18262)
)

// serveChild serves the store in dir on loopback until its input ends. It
// writes its address on a line.
func serveChild(dir, day string) error {
	today, err := envelope.ParseEpoch(day)
	if err != nil {
		return err
	}
	s, err := Open(dir)
	if err != nil {
		return err
	}
	r, err := relay.New(context.Background(), relay.Config{
		Root:   relaytest.NewDesk(1, firstDay).Public(),
		Store:  s,
		Puzzle: envelope.MinPuzzle,
		Now:    func() time.Time { return today.Time() },
	})
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		io.Copy(io.Discard, os.Stdin)
		cancel()
	}()
	fmt.Println(l.Addr())
	return errors.Join(r.Serve(ctx, l), s.Close())
}

// A child is a relay in a process of its own.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	base  string
	http  *http.Client
}

func startChild(t *testing.T, dir string, today envelope.Epoch) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir, childDay+"="+today.Number())
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the relay did not start: %v", err)
	}
	return &child{cmd, stdin, "http://" + strings.TrimSpace(line), &http.Client{Transport: &http.Transport{}}}
}

// ServeHTTP passes r on to the child.
func (c *child) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(err) // it was in memory
	}
	out, err := http.NewRequest(r.Method, c.base+r.URL.Path, bytes.NewReader(body))
	if err != nil {
		panic(err) // it was a good one
	}
	out.Header = r.Header
	resp, err := c.http.Do(out)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway) // the child is gone
		return
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	w.WriteHeader(resp.StatusCode)
	w.Write(answer)
}

// A relay that is killed in the middle of a burst has what it answered for
// when it is started again.
func TestKill(t *testing.T) {
	const posters, each, rounds = 4, 10, 2
	dir := t.TempDir()
	if err := created(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	desk := relaytest.NewDesk(1, firstDay)
	deposits := make([][]byte, rounds*posters*each)
	for n := range deposits {
		deposits[n] = desk.Deposit(t, firstDay, n)
	}

	var mu sync.Mutex
	answered := map[int]bool{}
	for round := range rounds {
		c := startChild(t, dir, firstDay)
		if round == 0 {
			desk.Open(t, c)
		}
		before := len(answered)
		victim := before + 1 + rand.IntN(posters*each/2) // is killed after so many answers
		var wg sync.WaitGroup
		for p := range posters {
			wg.Go(func() {
				for i := range each {
					n := (round*posters+p)*each + i
					w := httptest.NewRecorder()
					c.ServeHTTP(w, httptest.NewRequest(http.MethodPost, envelope.PathDeposit, bytes.NewReader(deposits[n])))
					if w.Code != http.StatusOK {
						return
					}
					mu.Lock()
					answered[n] = true
					if len(answered) == victim {
						c.cmd.Process.Kill()
					}
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		c.cmd.Wait()
		c.http.CloseIdleConnections()
		t.Logf("killed after %d answers", len(answered)-before)
		if len(answered)-before == posters*each {
			t.Error("everything was answered: the relay was not killed in the middle")
		}
	}

	c := startChild(t, dir, firstDay+1)
	held := map[int]bool{}
	for _, p := range desk.Collect(t, c, firstDay+1, firstDay) {
		n := slices.IndexFunc(deposits, func(d []byte) bool { return bytes.Equal(d[envelope.DepositHeader:], p) })
		if n < 0 || held[n] {
			t.Error("the inbox has a payload that nobody posted, or one twice")
		}
		held[n] = true
	}
	for n := range answered {
		if !held[n] {
			t.Errorf("deposit %d was answered and is lost", n)
		}
	}
	c.stdin.Close()
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("the relay did not stop well: %v", err)
	}
	if err := integrity(t, opened(t, dir)); err != nil {
		t.Error(err)
	}
}
