//go:build unix

package ledger

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// killer is a real folder whose process is killed at a step, in the middle of
// a write if it is one.
type killer struct {
	folder
	left *int
}

func (k killer) step() {
	if *k.left--; *k.left == 0 {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
}

func (k killer) MkdirAll(dir string) error    { k.step(); return k.folder.MkdirAll(dir) }
func (k killer) Rename(from, to string) error { k.step(); return k.folder.Rename(from, to) }
func (k killer) Remove(name string) error     { k.step(); return k.folder.Remove(name) }
func (k killer) SyncDir(dir string) error     { k.step(); return k.folder.SyncDir(dir) }
func (k killer) Create(name string) (file, error) {
	k.step()
	f, err := k.folder.Create(name)
	return killedFile{f, k}, err
}

type killedFile struct {
	file
	k killer
}

func (f killedFile) Write(b []byte) (int, error) {
	if *f.k.left == 1 {
		_, _ = f.file.Write(b[:len(b)/2])
	}
	f.k.step()
	return f.file.Write(b)
}

// TestMain runs an errand in a folder until it is killed, when TestKilled asks.
func TestMain(m *testing.M) {
	var index, at int
	if _, err := fmt.Sscanf(os.Getenv("LEDGER_TEST_KILL"), "%d %d", &index, &at); err != nil {
		os.Exit(m.Run())
	}
	f, err := openFolder(os.Getenv("LEDGER_TEST_DIR"))
	if err == nil {
		err = errands(&testing.T{})[index].do(killer{f, &at})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestKilledAtEveryStep(t *testing.T) {
	for index, e := range errands(t) {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			whole := newCrashDisk()
			if err := errors.Join(e.prepare(whole), e.do(whole)); err != nil {
				t.Fatal(err)
			}
			for at := 1; ; at++ {
				dir := t.TempDir()
				f, err := openFolder(dir)
				if err != nil {
					t.Fatal(err)
				}
				if err := e.prepare(f); err != nil {
					t.Fatal(err)
				}
				child := exec.Command(os.Args[0])
				child.Env = append(os.Environ(), fmt.Sprintf("LEDGER_TEST_KILL=%d %d", index, at), "LEDGER_TEST_DIR="+dir)
				out, err := child.CombinedOutput()
				var exit *exec.ExitError
				switch {
				case err == nil && at > 5:
					return // it was over before it could be killed
				case err == nil:
					t.Fatalf("over after %d steps: nothing was killed", at)
				case !errors.As(err, &exit) || exit.ExitCode() != -1:
					t.Fatalf("not killed but ended: %v: %s", err, out)
				}
				checkAfterCrash(t, fmt.Sprintf("killed at step %d", at), f, e, false, whole)
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}
