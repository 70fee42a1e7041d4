//go:build linux || darwin

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// Verbs of the scripts, beside those of testscript:
//
//	exits N PROGRAM [ARG…]       run a program, which must end with status N
//	example DIR                  copy the played example; its story and document lie beside
//	desk DIR                     copy a small desk of two editors that was made today
//	begin NAME PROGRAM [ARG…]    start a program in the background
//	hear NAME PATTERN [VAR]      wait until it says that, and keep the first group
//	some-lines NAME MOST         wait until it has said some lines, at random up to MOST
//	await PATTERN                wait until there is such a file
//	signal NAME SIGNAL           INT goes to all that it started, as from a terminal; KILL to it alone
//	ends NAME N                  wait until it and its children have ended; N is the status, or killed
//	say NAME LINE                write a line to its standard input
//	photo FILE                   make a photo that says which device took it, and where
//	hang-up NAME                 end its standard input
//	words JSON FILE [paper]      put the words, or their paper version, of a printed document in a file
//	one-of NAME NAME             wait for both: one ends with 0 and the other with 3
//	killed-init FILE             kill desk init once it has made a file, and run it again
//	answers N URL                the URL answers with status N; the body lies in the file answer
//	silent URL                   nobody listens there
//	flip FILE OFFSET             change one bit of a byte; from the end where the offset is negative
//	broken-bit DIR FILE OFFSET   verify says no to a site with that bit flipped, names the file, and yes again without
//	cut FILE N                   keep only the first N bytes
//	append FILE TEXT             add a text to a file
//	same DIR DIR                 both folders hold the same files
//	only DIR NAME…               a folder holds these names and no other
//	mode OCTAL FILE…             files have this mode
//	private DIR                  no file there holds a word of a report or the name of a source
func TestScripts(t *testing.T) {
	root, err := os.MkdirTemp(workspace, "scripts-")
	if err == nil {
		err = os.Chmod(root, 0o711)
	}
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                filepath.Join("testdata", "script"),
		WorkdirRoot:        root,
		RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			programs := map[string]*running{}
			env.Values[programsKey{}] = programs
			env.Defer(func() {
				for _, r := range programs {
					r.abandon()
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":       verb(2, exitsWith),
			"example":     verb(1, copyExample),
			"desk":        verb(1, copyDesk),
			"begin":       verb(2, beginProgram),
			"hear":        verb(2, hearProgram),
			"some-lines":  verb(2, someLines),
			"await":       verb(1, await),
			"signal":      verb(2, signalProgram),
			"ends":        verb(2, endsProgram),
			"photo":       verb(1, takePhoto),
			"say":         verb(2, sayProgram),
			"words":       verb(2, keepWords),
			"hang-up":     verb(1, hangUp),
			"one-of":      verb(2, oneOf),
			"killed-init": verb(1, killedInit),
			"broken-bit":  verb(3, brokenBit),
			"answers":     verb(2, answers),
			"silent":      verb(1, silent),
			"flip":        verb(2, flip),
			"cut":         verb(2, cutFile),
			"append":      verb(2, appendFile),
			"same":        verb(2, same),
			"only":        verb(1, only),
			"mode":        verb(2, mode),
			"private":     verb(1, private),
		},
	})
}

type programsKey struct{}

// verb makes a command of a function that says what is wrong. None can be
// negated, and each takes at least so many arguments.
func verb(least int, do func(*testscript.TestScript, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) < least {
			ts.Fatalf("see TestScripts for how this is used")
		}
		ts.Check(do(ts, args))
	}
}

func exitsWith(ts *testscript.TestScript, args []string) error {
	want, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	got := 0
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		return err
	}
	if got != want {
		return fmt.Errorf("exit status %d, want %d", got, want)
	}
	return nil
}

func copyExample(ts *testscript.TestScript, args []string) error {
	p, err := playOnce()
	if err != nil {
		return err
	}
	to := ts.MkAbs(args[0])
	return errors.Join(copyTree(p.dir, to),
		os.WriteFile(to+".story", p.story, 0o600), os.WriteFile(to+".json", p.document, 0o600))
}

func beginProgram(ts *testscript.TestScript, args []string) error {
	cmd := program(args[2:]...)
	cmd.Args[0] = args[1]
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = append(os.Environ(), "HOME="+ts.Getenv("HOME"), "XDG_CONFIG_HOME=", "TMPDIR="+ts.Getenv("TMPDIR"))
	r, err := begin(cmd)
	if err != nil {
		return err
	}
	programs := ts.Value(programsKey{}).(map[string]*running)
	if old := programs[args[0]]; old != nil {
		old.abandon()
	}
	programs[args[0]] = r
	return nil
}

func begun(ts *testscript.TestScript, name string) *running {
	r := ts.Value(programsKey{}).(map[string]*running)[name]
	if r == nil {
		ts.Fatalf("no program %q was begun", name)
	}
	return r
}

func hearProgram(ts *testscript.TestScript, args []string) error {
	groups, err := begun(ts, args[0]).hear(args[1])
	if err == nil && len(args) > 2 {
		ts.Setenv(args[2], groups[1])
	}
	return err
}

func someLines(ts *testscript.TestScript, args []string) error {
	most, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	n := 1 + rand.IntN(most)
	ts.Logf("%d lines", n)
	_, err = begun(ts, args[0]).hear(fmt.Sprintf(`\A(?:.*\n){%d}`, n))
	return err
}

// soon is how often a folder is looked at for what should be in it.
const soon = time.Millisecond

func await(ts *testscript.TestScript, args []string) error {
	look := time.NewTicker(soon)
	defer look.Stop()
	for late := time.Now().Add(patience); time.Now().Before(late); <-look.C {
		if found, err := filepath.Glob(ts.MkAbs(args[0])); err != nil || len(found) > 0 {
			return err
		}
	}
	return fmt.Errorf("%s does not appear", args[0])
}

func signalProgram(ts *testscript.TestScript, args []string) error {
	switch args[1] {
	case "INT":
		return begun(ts, args[0]).signal(syscall.SIGINT, true)
	case "KILL":
		return begun(ts, args[0]).signal(syscall.SIGKILL, false)
	}
	return fmt.Errorf("no signal %q", args[1])
}

func endsProgram(ts *testscript.TestScript, args []string) error {
	r := begun(ts, args[0])
	status, err := r.end()
	if err != nil {
		return err
	}
	ts.Logf("[%s]\n%s", args[0], r.text())
	if got := strings.Replace(strconv.Itoa(status), "-1", "killed", 1); got != args[1] {
		return fmt.Errorf("it ended with %s, want %s", got, args[1])
	}
	return os.WriteFile(ts.MkAbs(args[0]+".said"), []byte(r.text()), 0o600)
}

func sayProgram(ts *testscript.TestScript, args []string) error {
	_, err := io.WriteString(begun(ts, args[0]).stdin, strings.Join(args[1:], " ")+"\n")
	return err
}

func takePhoto(ts *testscript.TestScript, args []string) error {
	b, err := tellingPhoto()
	if err != nil {
		return err
	}
	return os.WriteFile(ts.MkAbs(args[0]), b, 0o600)
}

// tellingPhoto makes a JPEG with EXIF (version 2.32): a maker, and the beginning
// of a place.
func tellingPhoto() ([]byte, error) {
	img := image.NewGray(image.Rect(0, 0, 600, 400))
	for i := range img.Pix {
		img.Pix[i] = uint8(i * i >> 9)
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		return nil, err
	}
	const exif = "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x02" +
		"\x01\x0f\x00\x02\x00\x00\x00\x0c\x00\x00\x00\x26" +
		"\x88\x25\x00\x04\x00\x00\x00\x01\x00\x00\x00\x32\x00\x00\x00\x00CANARY-7f3a\x00"
	segment := append([]byte{0xff, 0xe1, 0, byte(len(exif) + 2)}, exif...)
	return slices.Insert(b.Bytes(), 2, segment...), nil
}

func keepWords(ts *testscript.TestScript, args []string) error {
	var shown shownWords
	if err := json.Unmarshal([]byte(ts.ReadFile(args[0])), &shown); err != nil {
		return err
	}
	text := shown.Words
	if len(args) > 2 {
		text = shown.Paper
	}
	return os.WriteFile(ts.MkAbs(args[1]), []byte(text+"\n"), 0o600)
}

func hangUp(ts *testscript.TestScript, args []string) error {
	return begun(ts, args[0]).stdin.Close()
}

func oneOf(ts *testscript.TestScript, args []string) error {
	var ends []int
	for _, name := range args {
		status, err := begun(ts, name).end()
		if err != nil {
			return err
		}
		ts.Logf("[%s]\n%s", name, begun(ts, name).text())
		ends = append(ends, status)
	}
	if slices.Sort(ends); !slices.Equal(ends, []int{exitDone, exitCouldNot}) {
		return fmt.Errorf("they ended with %v", ends)
	}
	return nil
}

// killedInit does it in a folder of its own, with the files vault and ana of the
// one above.
func killedInit(ts *testscript.TestScript, args []string) error {
	above := ts.MkAbs(".")
	dir := filepath.Join(above, "killed-"+strings.ReplaceAll(args[0], "/", "-"))
	init := []string{"desk", "init", "--name", "D", "--passphrase-file", "../vault", "--editor", "ana=../ana", "--memory-kib", "256", "--json"}
	for killed := false; !killed; { // until one did not end before it was seen
		if err := errors.Join(os.RemoveAll(dir), os.Mkdir(dir, 0o700), ts.Chdir(dir)); err != nil {
			return err
		}
		if err := beginProgram(ts, append([]string{"init", "hearsay"}, init...)); err != nil {
			return err
		}
		r := begun(ts, "init")
		look := time.NewTicker(soon)
		for ended := false; !ended; <-look.C {
			if _, err := os.Lstat(filepath.Join(dir, args[0])); err == nil {
				break
			}
			select {
			case <-r.done:
				ended = true
			default:
			}
		}
		look.Stop()
		_ = r.signal(syscall.SIGKILL, false) // it may have ended
		status, err := r.end()
		if err != nil {
			return err
		}
		killed = status == -1
	}
	if _, err := os.Stat(filepath.Join(dir, "desk")); err != nil { // not in its place yet
		if err := ts.Exec("hearsay", init...); err != nil {
			return err
		}
	}
	if err := ts.Exec("hearsay", "gate", "../text.md", "--passphrase-file", "../vault"); err != nil {
		return err
	}
	if err := only(ts, []string{"desk", "casebook.db", "charter", "desk.json", "edition", "keys", "questions"}); err != nil {
		return err
	}
	return errors.Join(only(ts, []string{".", "desk", "keyslot", "root-key"}), ts.Chdir(above))
}

func brokenBit(ts *testscript.TestScript, args []string) error {
	dir, file := args[0], args[1]
	at := []string{filepath.Join(dir, file), args[2]}
	if err := flip(ts, at); err != nil {
		return err
	}
	if err := exitsWith(ts, []string{"1", "hearsay", "verify", dir, "--json"}); err != nil {
		return fmt.Errorf("with a bit of %s broken: %w", file, err)
	}
	var report struct{ Findings []struct{ Path string } }
	if err := json.Unmarshal([]byte(ts.ReadFile("stdout")), &report); err != nil {
		return err
	}
	if len(report.Findings) != 1 || report.Findings[0].Path != file {
		return fmt.Errorf("with a bit of %s broken it finds %v", file, report.Findings)
	}
	return errors.Join(flip(ts, at), exitsWith(ts, []string{"0", "hearsay", "verify", dir}))
}

func answers(ts *testscript.TestScript, args []string) error {
	client := http.Client{Timeout: patience, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Get(args[1])
	if err != nil {
		return err
	}
	defer response.Body.Close()
	f, err := os.Create(ts.MkAbs("answer"))
	if err == nil {
		_, err = f.ReadFrom(response.Body)
	}
	if err == nil && strconv.Itoa(response.StatusCode) != args[0] {
		err = fmt.Errorf("status %d, want %s", response.StatusCode, args[0])
	}
	return errors.Join(err, f.Close())
}

func silent(ts *testscript.TestScript, args []string) error {
	response, err := http.Get(args[0])
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("somebody answers at %s: %v, %v", args[0], response, err)
	}
	return nil
}

func flip(ts *testscript.TestScript, args []string) error {
	at, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	file := ts.MkAbs(args[0])
	b, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if at < 0 {
		at += len(b)
	}
	b[at] ^= 1
	return os.WriteFile(file, b, 0o600)
}

func cutFile(ts *testscript.TestScript, args []string) error {
	n, err := strconv.ParseInt(args[1], 10, 64)
	if err != nil {
		return err
	}
	return os.Truncate(ts.MkAbs(args[0]), n)
}

func appendFile(ts *testscript.TestScript, args []string) error {
	f, err := os.OpenFile(ts.MkAbs(args[0]), os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(args[1])
	return errors.Join(err, f.Close())
}

func same(ts *testscript.TestScript, args []string) error {
	out, err := exec.Command("diff", "-r", ts.MkAbs(args[0]), ts.MkAbs(args[1])).CombinedOutput()
	if err != nil {
		return fmt.Errorf("they differ: %s", out)
	}
	return nil
}

func only(ts *testscript.TestScript, args []string) error {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	if err != nil && !(len(args) == 1 && errors.Is(err, os.ErrNotExist)) {
		return err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if got, want := strings.Join(names, " "), strings.Join(args[1:], " "); got != want { // both in order
		return fmt.Errorf("%s holds: %s\nwant: %s", args[0], got, want)
	}
	return nil
}

func mode(ts *testscript.TestScript, args []string) error {
	for _, file := range args[1:] {
		info, err := os.Stat(ts.MkAbs(file))
		if err != nil {
			return err
		}
		if got := strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[0] {
			return fmt.Errorf("%s has mode %s, want %s", file, got, args[0])
		}
	}
	return nil
}
