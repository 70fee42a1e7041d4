package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"

	"hearsay/envelope"
)

// A running is the relay in a process.
type running struct {
	cmd   *exec.Cmd
	stdin io.Closer
	said  bytes.Buffer
	at    string
	http  *http.Client

	killed chan struct{} // closed then
	once   sync.Once
}

// start starts the relay, and waits until it serves.
func (c *crash) start(create bool) (*running, error) {
	r, out, err := c.begin(create)
	if err != nil {
		return nil, err
	}
	var said struct{ Relay string }
	if err := json.NewDecoder(bufio.NewReader(out)).Decode(&said); err != nil {
		r.kill()
		return nil, fmt.Errorf("the relay does not start: %w\n%s", err, r.said.Bytes())
	}
	r.at = said.Relay
	return r, nil
}

func (c *crash) begin(create bool) (*running, io.Reader, error) {
	args := []string{"relay", "serve", "--store", "sqlite:" + filepath.Join(c.dir, "store"), "--listen", "127.0.0.1:0",
		"--desk-key", hex.EncodeToString(c.desk.root()), "--puzzle", fmt.Sprint(envelope.MinPuzzle),
		"--clock-file", filepath.Join(c.dir, "clock"), "--with-parent", "--json"}
	if create {
		args = append(args, "--create")
	}
	r := &running{killed: make(chan struct{}), cmd: exec.Command(c.hearsay, args...), http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: posters}}}
	r.cmd.Stderr = &r.said
	var err error
	if r.stdin, err = r.cmd.StdinPipe(); err != nil {
		return nil, nil, err
	}
	out, err := r.cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	return r, out, r.cmd.Start()
}

func (r *running) kill() {
	r.once.Do(func() {
		r.cmd.Process.Kill()
		close(r.killed)
		r.cmd.Wait()
		r.stdin.Close()
		r.http.CloseIdleConnections()
	})
}

// round loads a relay and kills it. In some rounds it is killed while it
// starts, and closes a day if it has one to close.
func (c *crash) round(first bool) error {
	turned := false
	if len(c.posts) >= perDay && c.before == nil {
		if err := c.setDay(c.today + 1); err != nil {
			return err
		}
		c.before, c.posts = c.posts, map[int]*post{}
		turned = true
	}
	if turned || !first && c.rng.IntN(8) == 0 {
		r, _, err := c.begin(false)
		if err != nil {
			return err
		}
		c.closing++
		time.Sleep(time.Duration(c.rng.Int64N(int64(mostStart))) * time.Duration(1+c.rng.IntN(8)))
		r.kill()
		return nil
	}
	r, err := c.start(first)
	if err != nil {
		return err
	}
	defer r.kill()
	if first {
		if err := c.desk.publish(r, c.today); err != nil {
			return err
		}
	}
	if c.before != nil && c.rng.IntN(2) == 0 {
		if err := c.collect(r); err != nil {
			return err
		}
	}
	c.load(r)
	return nil
}

// load posts until the relay is killed.
func (c *crash) load(r *running) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range posters {
		wg.Go(func() {
			for {
				made, ok := c.take(r)
				if !ok {
					return
				}
				p := &post{kind: made.kind, digest: made.digest}
				mu.Lock()
				c.next++
				c.posts[c.next] = p
				mu.Unlock()
				if answered(r, paths[p.kind], made.body) != nil {
					return
				}
				mu.Lock()
				p.answered = true
				c.answered++
				mu.Unlock()
			}
		})
	}
	time.Sleep(time.Duration(c.rng.Int64N(int64(mostLoad))))
	r.kill()
	wg.Wait()
}

var (
	paths = [...]string{envelope.PathDeposit, envelope.PathChunk}
	sizes = [...]int{envelope.PayloadSize, envelope.ChunkSize}
)

// A deposit is ready to be posted.
type deposit struct {
	kind   int
	digest [32]byte
	body   []byte
	day    envelope.Epoch
}

// make makes deposits ahead: a puzzle takes longer than most rounds.
func (c *crash) make() {
	for {
		kind := 0
		if mathrand.IntN(5) == 0 {
			kind = 1
		}
		payload := make([]byte, sizes[kind])
		rand.Read(payload)
		day := envelope.Epoch(c.day.Load())
		b, err := c.desk.deposit(kind, day, payload)
		if err != nil {
			panic(err) // it has the right size
		}
		c.made <- deposit{kind, sha256.Sum256(payload), b, day}
	}
}

// take returns a deposit for today, or none once r was killed.
func (c *crash) take(r *running) (deposit, bool) {
	for {
		select {
		case <-r.killed:
			return deposit{}, false
		case d := <-c.made:
			if c.today <= d.day+1 { // a relay takes it the day after, too
				return d, true
			}
		}
	}
}

// answered posts, and says whether "taken" was answered.
func answered(r *running, path string, body []byte) error {
	response, err := r.http.Post(r.at+path, "", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if code, err := envelope.ParseAnswer(answer); err != nil || code != envelope.Taken {
		return fmt.Errorf("%s: status %d, %v", path, response.StatusCode, code)
	}
	return nil
}

// collect has the desk collect the day before, hold it against what was
// posted, and say done.
func (c *crash) collect(r *running) error {
	day := c.today - 1
	byDigest := map[[32]byte]*post{}
	for _, p := range c.before {
		byDigest[p.digest] = p
	}
	for kind := range paths {
		payloads, err := c.desk.collect(r, kind, c.today, day)
		if err != nil {
			return err
		}
		for _, payload := range payloads {
			digest := sha256.Sum256(payload)
			if p := byDigest[digest]; p == nil || p.kind != kind {
				c.strange++
			} else {
				c.found++
			}
			delete(byDigest, digest) // once
		}
	}
	for _, p := range byDigest {
		if p.answered {
			c.lost++
		}
	}
	c.before = nil
	c.days++
	if err := c.desk.done(r, c.today, day); err != nil {
		return err
	}
	for _, older := range []envelope.Epoch{day, day - 1} {
		payloads, err := c.desk.collect(r, 0, c.today, older)
		if err != nil || len(payloads) > 0 {
			return fmt.Errorf("day %d is done and has %d deposits, %v", older, len(payloads), err)
		}
	}
	return nil
}

// end collects what is left, in peace.
func (c *crash) end() error {
	for len(c.posts) > 0 || c.before != nil {
		if c.before == nil {
			if err := c.setDay(c.today + 1); err != nil {
				return err
			}
			c.before, c.posts = c.posts, map[int]*post{}
		}
		r, err := c.start(false)
		if err != nil {
			return err
		}
		err = c.collect(r)
		r.kill()
		if err != nil {
			return err
		}
	}
	return nil
}

// setDay moves the relay's clock.
func (c *crash) setDay(day envelope.Epoch) error {
	c.today = day
	c.day.Store(uint32(day))
	clock := filepath.Join(c.dir, "clock")
	if err := os.WriteFile(clock+".new", []byte(day.Time().Add(12*time.Hour).Format(time.RFC3339)), 0o600); err != nil {
		return err
	}
	return os.Rename(clock+".new", clock)
}
