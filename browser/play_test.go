//go:build browser

package browser_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// A play is one run of hearsay try, which serves until it is stopped.
type play struct {
	dir               string // has relay, desk, site and sticks
	site, desk, relay string // addresses
	passphrases       map[string]string

	command *exec.Cmd
	told    sync.WaitGroup // ends when the story does
}

// program is the binary under test, built once.
var program = sync.OnceValues(func() (string, error) {
	name := "hearsay"
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	path := filepath.Join(workspace, name)
	said, err := exec.Command("go", "build", "-o", path, "hearsay/cmd/hearsay").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build hearsay: %w: %s", err, said)
	}
	return path, nil
})

// shown is the play whose pages are only looked at. It runs until all tests
// are done; a test that changes anything starts its own.
var shown struct {
	start sync.Once
	play  *play
	err   error
}

func watchPlay(t *testing.T) *play {
	t.Helper()
	shown.start.Do(func() { shown.play, shown.err = startPlay() })
	if shown.err != nil {
		t.Fatal(shown.err)
	}
	return shown.play
}

func leavePlay() error {
	if shown.play == nil {
		return nil
	}
	return shown.play.stop()
}

func ownPlay(t *testing.T) *play {
	t.Helper()
	p, err := startPlay()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
	})
	return p
}

// startPlay runs hearsay try and reads its three addresses from what it tells,
// as a person would.
func startPlay() (*play, error) {
	path, err := program()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(workspace, "play-")
	if err != nil {
		return nil, err
	}
	p := &play{dir: dir, passphrases: map[string]string{}, command: exec.Command(path, "try", "--out", dir)}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	var complaints strings.Builder
	p.command.Stderr = &complaints
	// What is verified is remembered per user; the tests are another one.
	p.command.Env = append(os.Environ(), "HOME="+dir, "XDG_STATE_HOME="+filepath.Join(dir, "state"), "XDG_CONFIG_HOME="+filepath.Join(dir, "config"))
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	var story strings.Builder
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		story.WriteString(line + "\n")
		for _, into := range []struct {
			address *string
			word    string
		}{{&p.site, "site"}, {&p.desk, "desk"}, {&p.relay, "relay"}} {
			if m := regexp.MustCompile(`^  ` + into.word + ` +(http://\S+)$`).FindStringSubmatch(line); m != nil {
				*into.address = m[1]
			}
		}
		if m := regexp.MustCompile(`^ +(?:sign in as|or) (\S+) with (\S+)$`).FindStringSubmatch(line); m != nil {
			p.passphrases[m[1]] = m[2]
		}
		if strings.Contains(line, "Stop with Ctrl-C") {
			p.told.Go(func() { _, _ = io.Copy(io.Discard, out) })
			if p.site == "" || p.desk == "" || p.relay == "" || len(p.passphrases) != 2 {
				return nil, errors.Join(fmt.Errorf("hearsay try does not say where all is:\n%s", story.String()), p.stop())
			}
			return p, nil
		}
	}
	return nil, fmt.Errorf("hearsay try ended early: %w\n%s%s", p.command.Wait(), story.String(), complaints.String())
}

// stop ends the play as Ctrl-C does, which must leave nothing and end well.
func (p *play) stop() error {
	if err := p.command.Process.Signal(os.Interrupt); err != nil {
		return err
	}
	p.told.Wait()
	if err := p.command.Wait(); err != nil {
		return fmt.Errorf("hearsay try, interrupted: %w: %s", err, p.command.Stderr)
	}
	return nil
}

// run runs a command of hearsay, which must end with a status, and returns
// what it said.
func (p *play) run(t *testing.T, status int, args ...string) string {
	t.Helper()
	command := exec.Command(p.command.Path, args...)
	command.Env = p.command.Env
	said, err := command.CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if command.ProcessState.ExitCode() != status {
		t.Fatalf("hearsay %s ended with %d, should with %d: %s", strings.Join(args, " "), command.ProcessState.ExitCode(), status, said)
	}
	return string(said)
}
