package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestWeighTranscripts runs the commands that README.md and docs/weigh.md show
// with what they print. Figures may move in their last digits; what is said may
// not.
func TestWeighTranscripts(t *testing.T) {
	const root = "../.."
	shown := 0
	for _, name := range []string{"README.md", "docs/weigh.md"} {
		text, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range transcripts(string(text)) {
			shown++
			t.Run(x.command, func(t *testing.T) {
				for n, arg := range x.args {
					if strings.Contains(arg, "/") && strings.HasSuffix(arg, ".csv") {
						x.args[n] = filepath.Join(root, filepath.FromSlash(arg))
					}
				}
				out, err := os.Create(filepath.Join(t.TempDir(), "out"))
				if err != nil {
					t.Fatal(err)
				}
				defer out.Close()
				var said bytes.Buffer
				if code := run(t.Context(), x.args, strings.NewReader(""), out, &said); code != exitDone {
					t.Fatalf("status %d: %s", code, &said)
				}
				got, err := os.ReadFile(out.Name())
				if err != nil {
					t.Fatal(err)
				}
				if !strings.Contains(unfigured(string(got)), unfigured(x.prints)) {
					t.Errorf("%s shows\n%s\nand the command prints\n%s", name, x.prints, got)
				}
			})
		}
	}
	if shown < 3 {
		t.Errorf("found %d commands with what they print", shown)
	}
}

type transcript struct {
	command string
	args    []string
	prints  string
}

var runsWeigh = regexp.MustCompile(`^    (?:go run \./cmd/)?hearsay (weigh .*)$`)

// transcripts are the commands of a document that stand by themselves, with the
// code that follows.
func transcripts(text string) []transcript {
	var all []transcript
	lines := strings.Split(text, "\n")
	for n := 0; n < len(lines); n++ {
		m := runsWeigh.FindStringSubmatch(lines[n])
		if m == nil || n+1 == len(lines) || lines[n+1] != "" {
			continue
		}
		var prints []string
		for n++; n < len(lines) && (lines[n] == "" || strings.HasPrefix(lines[n], "    ")); n++ {
			prints = append(prints, strings.TrimPrefix(lines[n], "    "))
		}
		n--
		if shown := strings.TrimSpace(strings.Join(prints, "\n")); shown != "" {
			all = append(all, transcript{m[1], strings.Fields(m[1]), shown})
		}
	}
	return all
}

var (
	figures = regexp.MustCompile(`[<>]?[0-9]*\.[0-9]+|[0-9]+ rounds`)
	spaces  = regexp.MustCompile(` +`)
)

// unfigured is a text without its figures, and without how far apart columns are.
func unfigured(text string) string {
	return strings.TrimSpace(spaces.ReplaceAllString(figures.ReplaceAllString(text, "#"), " "))
}

// TestThinRumours holds docs/weigh.md to what it says of the smaller table: with
// half of those who look for themselves gone, two explanations are as good as
// each other, and three settled items are enough to tell them apart.
func TestThinRumours(t *testing.T) {
	table := func(name string) string { return filepath.Join("..", "..", "docs", "tables", name+".csv") }
	doubtful := weighed(t, table("rumours-thin"), "--gold", table("rumours-known"))
	chatter := 0
	for _, item := range doubtful.Items {
		if item.Standing == "chatter" {
			chatter++
		}
	}
	if *doubtful.Score.Accuracy > .75 || chatter < 15 {
		t.Errorf("without settled items %.2f are right, and %d items are no more than chatter", *doubtful.Score.Accuracy, chatter)
	}
	told := weighed(t, table("rumours-thin"), "--gold", table("rumours-known"), "--labels", table("rumours-settled"))
	if *told.Score.Accuracy < .9 {
		t.Errorf("with three settled items %.2f are right", *told.Score.Accuracy)
	}
}
