//go:build unix

package site

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// TestMain builds a site until it is killed, when TestKilledBuild asks.
func TestMain(m *testing.M) {
	var at int
	if _, err := fmt.Sscanf(os.Getenv("SITE_TEST_KILL"), "%d", &at); err != nil {
		os.Exit(m.Run())
	}
	die := func() {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	}
	_, err := build(context.Background(), os.Getenv("SITE_TEST_FROM"), os.Getenv("SITE_TEST_TO"), func(string) {
		if at--; at == 0 {
			die()
		}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func TestKilledBuildLeavesTheOldSiteOrTheNew(t *testing.T) {
	d := newDesk(t)
	all := editions(t)
	parent := t.TempDir()
	out := filepath.Join(parent, "site")
	d.publish(t, all[0])
	mustBuild(t, d.dir, out)
	old := tree(t, out)
	d.publish(t, all[1])
	whole := filepath.Join(t.TempDir(), "site")
	mustBuild(t, d.dir, whole)
	next := tree(t, whole)

	killed, steps := 0, len(next)+1
	for at := 1; at <= steps; at += max(1, min(6, steps-1-at)) { // every sixth file, and the swap
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), fmt.Sprintf("SITE_TEST_KILL=%d", at), "SITE_TEST_FROM="+d.dir, "SITE_TEST_TO="+out)
		output, err := child.CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != -1 {
			t.Fatalf("step %d of %d: not killed but ended: %v: %s", at, steps, err, output)
		}
		killed++
		switch got := tree(t, out); {
		case maps.Equal(got, old) && at < steps:
		case maps.Equal(got, next) && at == steps:
		default:
			t.Fatalf("killed at step %d of %d the site is a mixture, or not the one it should be", at, steps)
		}
		mustCheck(t, out)
	}
	if killed < 5 {
		t.Fatalf("killed only %d times", killed)
	}
	mustBuild(t, d.dir, out)
	if !maps.Equal(tree(t, out), next) {
		t.Error("the next run made another site")
	}
	entries, err := os.ReadDir(parent)
	if err != nil || len(entries) != 2 {
		t.Errorf("the next run left %v, %v", entries, err)
	}
}

func TestSwapInTwoStepsIsTakenUpAgain(t *testing.T) {
	d := newDesk(t)
	d.publish(t, editions(t)[0])
	parent := t.TempDir()
	out, half := filepath.Join(parent, "site"), filepath.Join(parent, ".site.new")
	mustBuild(t, d.dir, out)
	site := tree(t, out)
	mustBuild(t, d.dir, half)
	t.Run("whole", func(t *testing.T) {
		var steps []string
		if err := moveAside(half, out, func(step string) { steps = append(steps, step) }); err != nil {
			t.Fatal(err)
		}
		if len(steps) != 2 || !maps.Equal(tree(t, out), site) {
			t.Errorf("after %v another site stands there", steps)
		}
	})
	t.Run("killed between the two steps", func(t *testing.T) {
		if err := os.Rename(out, filepath.Join(parent, ".site.old")); err != nil {
			t.Fatal(err)
		}
		if err := tidy(out); err != nil {
			t.Fatal(err)
		}
		if !maps.Equal(tree(t, out), site) {
			t.Error("the old site was not put back")
		}
	})
}
