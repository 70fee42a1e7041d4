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

// Program is how the play starts processes of the same binary.
type Program struct {
	Path string // of the executable
	Name string // its argument zero
}

// process is a server that the play started and will stop. It ends when its
// standard input does, so that it cannot outlive the play.
type process struct {
	what   string
	cmd    *exec.Cmd
	stdin  io.WriteCloser
	stderr tail
	done   chan struct{} // closed once the process has ended
	err    error         // how it ended; read after done
}

// patience is how long a process may take to come up or to stop. Nothing in
// the play takes a tenth of it.
const patience = 30 * time.Second

// serve starts a server and returns the document in which it says where it is.
func (p Program) serve(ctx context.Context, what string, args ...string) (*process, map[string]string, error) {
	cmd := exec.Command(p.Path, append(args, "--with-parent", "--json")...)
	cmd.Args[0] = p.Name
	proc := &process{what: what, cmd: cmd, done: make(chan struct{})}
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
	first := make(chan string, 1)
	go func() { // ends with the process, which close waits for
		out := bufio.NewReader(stdout)
		line, _ := out.ReadString('\n')
		first <- line
		_, _ = io.Copy(io.Discard, out)
		proc.err = cmd.Wait()
		close(proc.done)
	}()
	var said map[string]string
	select {
	case line := <-first:
		if err := json.Unmarshal([]byte(line), &said); err != nil {
			proc.stop()
			return nil, nil, fmt.Errorf("start the %s: it did not come up: %s", what, proc.stderr.lines())
		}
	case <-ctx.Done():
		proc.stop()
		return nil, nil, ctx.Err()
	case <-time.After(patience):
		proc.stop()
		return nil, nil, fmt.Errorf("start the %s: it did not come up within %s", what, patience)
	}
	return proc, said, nil
}

// stop asks the process to end, waits until it has, and returns what it said
// if it did not end well.
func (p *process) stop() error {
	_ = p.stdin.Close() // a process that has ended has closed it already
	select {
	case <-p.done:
	case <-time.After(patience):
		_ = p.cmd.Process.Kill()
		<-p.done
		return fmt.Errorf("the %s did not stop within %s and was killed", p.what, patience)
	}
	var exit *exec.ExitError
	if errors.As(p.err, &exit) {
		return fmt.Errorf("the %s ended badly: %s", p.what, p.stderr.lines())
	}
	return p.err
}

// run runs a command to its end and returns what it printed.
func (p Program) run(ctx context.Context, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, p.Path, args...)
	cmd.Args[0] = p.Name
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = patience
	var stderr tail
	cmd.Stderr = &stderr
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
