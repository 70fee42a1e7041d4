//go:build kit

// Package interop_test holds the two implementations of the protocol against
// each other, Go and the TypeScript of kit/src: what one seals the other opens,
// and what one refuses the other refuses. TypeScript runs in node, as a child
// that answers questions (kit/src/agent.mjs); nothing but bytes passes between.
//
// It needs node and what npm ci leaves in kit/src, so it stands behind the build
// tag kit, which ./check sets. Behind it a missing tool is a failure and never a
// skip.
package interop_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// typescript is the one child of all tests.
var typescript *agent

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintf(os.Stderr, "interop tests: %v\nnode comes with: apt-get install nodejs npm; the rest with: cd kit/src && npm ci\n", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	child := exec.Command("node", filepath.Join("..", "src", "agent.mjs"))
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		return 0, err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := child.Start(); err != nil {
		return 0, err
	}
	typescript = &agent{in: in, out: bufio.NewReaderSize(out, 1<<20)}
	code = m.Run()
	in.Close()
	return code, child.Wait()
}

// An agent answers one question at a time.
type agent struct {
	mu  sync.Mutex
	in  io.WriteCloser
	out *bufio.Reader
}

// ask is a question: the name of what is to be done, and what it is done with.
// Bytes go as base64, as encoding/json has them.
type ask map[string]any

// failer is what *testing.T and *rapid.T have in common.
type failer interface {
	Helper()
	Fatalf(format string, args ...any)
}

// do asks and reads the answer into is. It reports false for what was refused.
func (a *agent) do(t failer, op string, with ask, is any) bool {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	question := ask{"op": op}
	for name, value := range with {
		question[name] = value
	}
	b, err := json.Marshal(question)
	if err != nil {
		t.Fatalf("ask %s: %v", op, err)
	}
	if _, err := a.in.Write(append(b, '\n')); err != nil {
		t.Fatalf("ask %s: %v", op, err)
	}
	line, err := a.out.ReadBytes('\n')
	if err != nil {
		t.Fatalf("ask %s: node has ended: %v", op, err)
	}
	var answer struct {
		Is    json.RawMessage
		Error string
	}
	if err := json.Unmarshal(line, &answer); err != nil {
		t.Fatalf("ask %s: %v in %.200s", op, err, line)
	}
	if answer.Error != "" {
		t.Fatalf("ask %s: %s", op, answer.Error)
	}
	if string(answer.Is) == "null" {
		return false
	}
	if err := json.Unmarshal(answer.Is, is); err != nil {
		t.Fatalf("ask %s: %v in %.200s", op, err, answer.Is)
	}
	return true
}

// must is do for what cannot be refused.
func (a *agent) must(t failer, op string, with ask, is any) {
	t.Helper()
	if !a.do(t, op, with, is) {
		t.Fatalf("TypeScript refuses to %s", op)
	}
}
