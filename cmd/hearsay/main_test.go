//go:build linux || darwin

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// The test binary is also the program: started under one of these names it
// does what hearsay does, whole or hampered.
func TestMain(m *testing.M) {
	testscript.Main(session{m}, map[string]func(){
		"hearsay":    main,
		"configured": configured,
		"cramped":    cramped,
		"nobody":     nobody,
	})
}

// workspace is a folder of this run, which anybody may pass through: some
// programs run as nobody.
var workspace string

// session is a run of the tests, with its workspace.
type session struct{ *testing.M }

func (s session) Run() int {
	var err error
	if workspace, err = os.MkdirTemp("", "hearsay-journeys-"); err == nil {
		err = os.Chmod(workspace, 0o711)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(workspace)
	return s.M.Run()
}

// configured runs "configured FILE hearsay-arguments…" with --config FILE.
func configured() {
	os.Args = append(append([]string{"hearsay"}, os.Args[2:]...), "--config", os.Args[1])
	main()
}

// cramped runs "cramped KIB hearsay-arguments…" where no file may grow beyond
// so many KiB: each write beyond fails as it would on a full disk.
func cramped() {
	kib, err := strconv.ParseUint(os.Args[1], 10, 32)
	if err != nil {
		panic(err)
	}
	signal.Ignore(syscall.SIGXFSZ)
	most := kib << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
		panic(err)
	}
	os.Args = append([]string{"hearsay"}, os.Args[2:]...)
	main()
}

// nobody runs hearsay without the rights of root, to whom no folder is
// read-only. Whoever is not root has none to lose.
func nobody() {
	const id = 65534
	if os.Getuid() == 0 {
		for _, drop := range []func() error{
			func() error { return syscall.Setgroups(nil) },
			func() error { return syscall.Setgid(id) },
			func() error { return syscall.Setuid(id) },
		} {
			if err := drop(); err != nil {
				panic(err)
			}
		}
	}
	os.Args[0] = "hearsay"
	main()
}

// program is a command that runs this binary as the program.
func program(args ...string) *exec.Cmd {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	cmd := exec.Command(self, args...)
	cmd.Args[0] = "hearsay"
	return cmd
}

// played is the worked example, played once for all tests. They look at it in
// its place, and copy it to do anything to it.
type played struct {
	dir      string // with relay, desk, site and sticks
	story    []byte // what try told
	document []byte // what try --json printed
}

var playOnce = sync.OnceValues(func() (played, error) {
	p := played{dir: filepath.Join(workspace, "played")}
	cmd := program("try", "--serve=false", "--json", "--out", p.dir)
	cmd.Env = append(os.Environ(), "HOME="+filepath.Join(workspace, "home"), "XDG_CONFIG_HOME=")
	var story, document bytes.Buffer
	cmd.Stdout, cmd.Stderr = &document, &story
	if err := cmd.Run(); err != nil {
		return p, fmt.Errorf("play the example: %w\n%s", err, story.Bytes())
	}
	p.story, p.document = story.Bytes(), document.Bytes()
	return p, nil
})

func playedExample(t testing.TB) played {
	t.Helper()
	p, err := playOnce()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// copyTree copies what a folder holds, with its modes, into another.
func copyTree(from, to string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	if out, err := exec.Command("cp", "-Rp", from+"/.", to).CombinedOutput(); err != nil {
		return fmt.Errorf("copy %s: %w: %s", from, err, out)
	}
	return nil
}
