//go:build linux || darwin

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"sync"
	"syscall"
	"time"
)

// patience is how long anything here may take. On an idle machine nothing takes
// a tenth of it.
const patience = 2 * time.Minute

// running is a program in the background, with what it says and whom it starts.
type running struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser

	mu   sync.Mutex
	said bytes.Buffer
	more chan struct{} // closed when more is said, or nothing more will be

	done   chan struct{} // closed once the process has ended
	err    error         // how; read after done
	family chan struct{} // closed once its children have ended too
}

// begin starts a command. Its standard input stays open until it has ended.
func begin(cmd *exec.Cmd) (*running, error) {
	r := &running{cmd: cmd, more: make(chan struct{}), done: make(chan struct{}), family: make(chan struct{})}
	said, say, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	// Whoever the program starts inherits this pipe, and nobody writes to it:
	// it ends when the last of them does, and zombies do not count. The program
	// may hand its children files of its own in the places from 3 on; so it is
	// put into several, and reaches them in one.
	alive, hold, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.ExtraFiles = []*os.File{hold, hold, hold, hold}
	cmd.Stdout, cmd.Stderr = say, say
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // like a terminal's
	if r.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	say.Close()
	hold.Close()
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		defer said.Close()
		b := make([]byte, 4096)
		for {
			n, err := said.Read(b)
			r.mu.Lock()
			r.said.Write(b[:n])
			close(r.more)
			r.more = make(chan struct{})
			r.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	go func() {
		r.err = cmd.Wait()
		<-heard
		close(r.done)
	}()
	go func() {
		_, _ = io.Copy(io.Discard, alive) // it ends, that is all it says
		alive.Close()
		close(r.family)
	}()
	return r, nil
}

// text is what the program has said so far.
func (r *running) text() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.said.String()
}

// hear waits until what the program has said matches, and returns the groups.
func (r *running) hear(pattern string) ([]string, error) {
	re, err := regexp.Compile("(?m)" + pattern)
	if err != nil {
		return nil, err
	}
	late, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for {
		r.mu.Lock()
		groups, more := re.FindStringSubmatch(r.said.String()), r.more
		r.mu.Unlock()
		if groups != nil {
			return groups, nil
		}
		select {
		case <-more:
		case <-r.done:
			if groups := re.FindStringSubmatch(r.text()); groups != nil {
				return groups, nil
			}
			return nil, fmt.Errorf("it ended (%v) without saying %q:\n%s", r.err, pattern, r.text())
		case <-late.Done():
			return nil, fmt.Errorf("it has not said %q:\n%s", pattern, r.text())
		}
	}
}

// signal sends a signal to the program alone, as kill does, or to its group, as
// a terminal does for Ctrl-C.
func (r *running) signal(s syscall.Signal, group bool) error {
	pid := r.cmd.Process.Pid
	if group {
		pid = -pid
	}
	return syscall.Kill(pid, s)
}

// end waits until the program and all that it started have ended, and returns
// its exit status, -1 where a signal killed it.
func (r *running) end() (status int, err error) {
	late := time.After(patience)
	for _, done := range []chan struct{}{r.done, r.family} {
		select {
		case <-done:
		case <-late:
			return 0, fmt.Errorf("it, or what it started, is still running:\n%s", r.text())
		}
	}
	var exit *exec.ExitError
	if r.err != nil && !errors.As(r.err, &exit) {
		return 0, r.err
	}
	return r.cmd.ProcessState.ExitCode(), nil
}

// abandon kills whatever still runs, for a test that ends early.
func (r *running) abandon() {
	_ = r.signal(syscall.SIGKILL, true) // it may have ended
	r.stdin.Close()
	<-r.done
}
