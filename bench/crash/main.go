// Command crash kills a relay at random moments of load, on a file system that
// then loses what was not synced, and counts what is missing of what it had
// answered for.
//
//	bench/crash/run [-kills N] [-lie]
//
// A round starts the program, has several callers post deposits and chunks,
// kills it after a random time, and cuts the power of its disk (see
// forgetful). When enough came for a day, the clock goes on: the desk collects
// the day that was closed, through kills that strike the closing too, and says
// done. Every deposit that was answered with "taken" must be among them, once,
// and nothing that nobody posted; and a day of which the relay took the done
// must not come back.
//
// With -lie the disk only says that it syncs. Then deposits are lost: it shows
// that a loss would be found.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"

	"hearsay/envelope"
)

func main() {
	c := new(crash)
	flag.StringVar(&c.hearsay, "hearsay", "hearsay", "the program")
	flag.StringVar(&c.forgetful, "forgetful", "forgetful", "the file system")
	flag.IntVar(&c.kills, "kills", 1000, "how often to kill")
	flag.BoolVar(&c.lie, "lie", false, "let the disk say that it syncs, and not do it")
	seed := flag.Uint64("seed", rand.Uint64(), "of what is left to chance")
	flag.Parse()
	c.rng = rand.New(rand.NewPCG(*seed, 1))
	fmt.Printf("seed %d\n", *seed)
	if err := c.run(*seed); err != nil {
		fmt.Fprintln(os.Stderr, "crash:", err)
		os.Exit(1)
	}
}

// A crash is a run.
type crash struct {
	hearsay, forgetful string
	kills              int
	lie                bool
	rng                *rand.Rand

	dir    string
	desk   *desk
	today  envelope.Epoch
	day    atomic.Uint32 // today, for those who make deposits
	made   chan deposit
	posts  map[int]*post // of the open day, by number
	before map[int]*post // of the day before, until it was collected
	next   int

	days, answered, found, lost, strange, closing int
}

// A post is a deposit that was posted, and whether it was answered for.
type post struct {
	kind     int
	digest   [32]byte
	answered bool
}

const (
	perDay    = 1500 // below the day's cap: else some would be crowded out, as they may
	mostLoad  = 200 * time.Millisecond
	mostStart = 30 * time.Millisecond // of the kills that strike a start
	posters   = 8
)

func (c *crash) run(seed uint64) (err error) {
	if c.dir, err = os.MkdirTemp("", "hearsay-crash-"); err != nil {
		return err
	}
	defer os.RemoveAll(c.dir)
	store := filepath.Join(c.dir, "store")
	if err := os.Mkdir(store, 0o700); err != nil {
		return err
	}
	disk, err := c.mount(store, seed)
	if err != nil {
		return err
	}
	defer disk.close()
	if c.desk, err = newDesk(); err != nil {
		return err
	}
	c.posts = map[int]*post{}
	if err := c.setDay(firstDay); err != nil {
		return err
	}
	c.made = make(chan deposit, 256)
	for range 2 {
		go c.make()
	}
	began := time.Now()
	for kill := range c.kills {
		if err := c.round(kill == 0); err != nil {
			return fmt.Errorf("after %d kills: %w", kill, err)
		}
		if err := disk.cut(); err != nil {
			return err
		}
		if (kill+1)%50 == 0 {
			fmt.Printf("%4d kills, %d of them while starting or closing a day; %d answered, %d days collected with %d deposits, %d lost, %d strange; %v\n",
				kill+1, c.closing, c.answered, c.days, c.found, c.lost, c.strange, time.Since(began).Round(time.Second))
		}
	}
	if err := c.end(); err != nil {
		return err
	}
	fmt.Printf("%d kills, %d answered, %d collected, %d lost, %d strange, %v\n", c.kills, c.answered, c.found, c.lost, c.strange, time.Since(began).Round(time.Second))
	if c.lost+c.strange > 0 {
		return errors.New("the relay lost what it had answered for, or has what nobody posted")
	}
	return nil
}

// A mounted is the file system in a process.
type mounted struct {
	stdin io.WriteCloser
	out   *bufio.Scanner
	cmd   *exec.Cmd
}

func (c *crash) mount(at string, seed uint64) (*mounted, error) {
	args := []string{at, fmt.Sprint(seed)}
	if c.lie {
		args = append(args, "lie")
	}
	m := &mounted{cmd: exec.Command(c.forgetful, args...)}
	m.cmd.Stderr = os.Stderr
	var err error
	if m.stdin, err = m.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := m.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := m.cmd.Start(); err != nil {
		return nil, err
	}
	m.out = bufio.NewScanner(out)
	return m, m.hears("mounted")
}

func (m *mounted) hears(word string) error {
	if !m.out.Scan() || m.out.Text() != word {
		return fmt.Errorf("the file system did not say %q", word)
	}
	return nil
}

func (m *mounted) cut() error {
	if _, err := io.WriteString(m.stdin, "cut\n"); err != nil {
		return err
	}
	return m.hears("cut")
}

func (m *mounted) close() {
	m.stdin.Close()
	m.cmd.Wait()
}
