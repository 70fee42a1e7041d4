package example

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// Program is how the play starts processes of the same binary. All of them end
// with the play, however it ends.
type Program struct {
	Path  string   // of the executable
	Name  string   // its argument zero
	Claim *os.File // of the stage, which they share; nil where there is none
}

func (p Program) command(args ...string) *exec.Cmd {
	cmd := exec.Command(p.Path, append(args, "--with-parent", "--json")...)
	cmd.Args[0] = p.Name
	p.share(cmd)
	return cmd
}

// process is a server that the play started and will stop. It ends when its
// standard input does, so that it cannot outlive the play. It says where it is
// in the first line that it prints, and answers errands with a line each.
type process struct {
	what   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	lines  chan string
	stderr tail
	done   chan struct{} // closed once the process has ended
	err    error         // how it ended; read after done
}

// patience is how long a process may take to come up, to run an errand or to
// stop. Nothing in the play takes a tenth of it.
const patience = 30 * time.Second

// serve starts a server and returns the document in which it says where it is.
func (p Program) serve(ctx context.Context, what string, args ...string) (*process, map[string]string, error) {
	cmd := p.command(args...)
	proc := &process{what: what, cmd: cmd, lines: make(chan string, 1), done: make(chan struct{})}
	cmd.Stderr = &proc.stderr
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		proc.stdin, err = cmd.StdinPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("start the %s: %w", what, err)
	}
	go func() { // ends with the process, which stop waits for
		out := bufio.NewScanner(stdout)
		for out.Scan() {
			proc.lines <- out.Text()
		}
		proc.err = cmd.Wait()
		close(proc.lines)
		close(proc.done)
	}()
	var said map[string]string
	if err := proc.hear(ctx, &said); err != nil {
		_ = proc.stop() // it has not come up: the first error says why
		return nil, nil, fmt.Errorf("start the %s: %w", what, err)
	}
	return proc, said, nil
}

// hear reads the next line that the process prints.
func (p *process) hear(ctx context.Context, into any) error {
	select {
	case line, ok := <-p.lines:
		if !ok {
			return fmt.Errorf("it ended: %s", p.stderr.lines())
		}
		return json.Unmarshal([]byte(line), into)
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(patience):
		return fmt.Errorf("it said nothing for %s", patience)
	}
}

// errand has the process do one thing that it would otherwise do by the clock.
func (p *process) errand(ctx context.Context, line string) (Errand, error) {
	if _, err := io.WriteString(p.stdin, line+"\n"); err != nil {
		return Errand{}, fmt.Errorf("the %s, errand %s: %w", p.what, line, err)
	}
	var e Errand
	err := p.hear(ctx, &e)
	if err == nil && e.Error != "" {
		err = errors.New(e.Error)
	}
	if err != nil {
		return Errand{}, fmt.Errorf("the %s, errand %s: %w", p.what, line, err)
	}
	return e, nil
}

// Errand is what a desk answers to a line on its standard input when it
// rehearses: it then runs no errand by itself.
type Errand struct {
	Errand    string `json:"errand"`
	Deposits  int    `json:"deposits,omitempty"`  // pulled, or sent as cover
	Reports   int    `json:"reports,omitempty"`   // new
	Destroyed int    `json:"destroyed,omitempty"` // bundles of keys
	Acks      int    `json:"acks,omitempty"`
	Error     string `json:"error,omitempty"`
}

// stop asks the process to end, waits until it has, and returns what it said
// if it did not end well.
func (p *process) stop() error {
	_ = p.stdin.Close() // a process that has ended has closed it already
	late := time.AfterFunc(patience, func() { _ = p.cmd.Process.Kill() })
	for range p.lines {
		// whatever it still has to say
	}
	<-p.done
	if !late.Stop() {
		return fmt.Errorf("the %s did not stop within %s and was killed", p.what, patience)
	}
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		return fmt.Errorf("the %s ended badly: %s", p.what, p.stderr.lines())
	}
	return p.err
}

// run runs a command to its end and returns what it printed. Where ctx ends
// before, so does the command.
func (p Program) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := p.command(args...)
	var stderr tail
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", args[0], args[1], err)
	}
	defer context.AfterFunc(ctx, func() { _ = stdin.Close() })() // closed twice when it has ended
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w: %s", args[0], args[1], err, stderr.lines())
	}
	return out, nil
}

// tail keeps the end of what a process writes.
type tail struct {
	mu sync.Mutex
	b  []byte
}

const tailSize = 4096

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.b = append(t.b, b...)
	if over := len(t.b) - tailSize; over > 0 {
		t.b = bytes.Clone(t.b[over:])
	}
	return len(b), nil
}

func (t *tail) lines() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(strings.Split(strings.TrimSpace(string(t.b)), "\n"), "; ")
}
