package main

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestDocs holds what the documents promise: each command in them is there with
// its flags, and each link leads to a file, and to a heading of it.
func TestDocs(t *testing.T) {
	tree := os.DirFS("../..")
	documents := markdown(t, tree)
	if len(documents) < 10 {
		t.Fatalf("found %d documents", len(documents))
	}
	commands := 0
	for name, text := range documents {
		for _, line := range commandLines(text) {
			commands++
			if why := refuses(line); why != "" {
				t.Errorf("%s: %q: %s", name, line, why)
			}
		}
		for _, target := range links(text) {
			file, heading, _ := strings.Cut(target, "#")
			if file == "" {
				file = path.Base(name)
			}
			file = path.Join(path.Dir(name), file)
			if _, err := fs.Stat(tree, file); err != nil {
				t.Errorf("%s links to %s: %v", name, target, err)
			} else if heading != "" && !slices.Contains(headings(documents[file]), heading) {
				t.Errorf("%s links to %s, which has no such heading", name, target)
			}
		}
	}
	if commands < 10 {
		t.Errorf("found %d commands", commands)
	}
}

func TestDocsAreRead(t *testing.T) {
	const text = "# The first one\n\n" +
		"See `hearsay verify DIR --json` and [there](b.md#second), not [the claim](claim:a/b) or [the web](https://example.org).\n\n" +
		"    hearsay site build desk/edition --out site && hearsay verify site   # and look\n" +
		"    $ go run ./cmd/hearsay try\n\n```go\n// hearsay is no command here\n```\n"
	if got, want := commandLines(text), []string{"verify DIR --json", "site build desk/edition --out site", "verify site", "try"}; !slices.Equal(got, want) {
		t.Errorf("commands are %q, should be %q", got, want)
	}
	if got, want := links(text), []string{"b.md#second"}; !slices.Equal(got, want) {
		t.Errorf("links are %q, should be %q", got, want)
	}
	if got, want := headings(text), []string{"the-first-one"}; !slices.Equal(got, want) {
		t.Errorf("headings are %q, should be %q", got, want)
	}
	for _, line := range []string{"verify DIR", "verify", "desk serve --dir desk", "try --serve=false --out DIR"} {
		if why := refuses(line); why != "" {
			t.Errorf("%q: %s", line, why)
		}
	}
	for _, line := range []string{"drink", "desk drink", "verify DIR --quickly", "site build --in DIR"} {
		if refuses(line) == "" {
			t.Errorf("%q is taken for a command", line)
		}
	}
}

// markdown reads the documents of a tree, without the reports and bulletins of
// the example, which are Markdown as well.
func markdown(t *testing.T, tree fs.FS) map[string]string {
	t.Helper()
	documents := map[string]string{}
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if base := d.Name(); d.IsDir() && name != "." && (base == "node_modules" || base == "dossier" || base[0] == '.') {
			return fs.SkipDir
		}
		if path.Ext(name) != ".md" {
			return nil
		}
		text, err := fs.ReadFile(tree, name)
		documents[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return documents
}

var (
	codeLine  = regexp.MustCompile("(?m)^(?:    |\t)(?:\\$ )?(.*)$|`([^`\n]+)`")
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	scheme    = regexp.MustCompile(`^[a-z]+:`)
	heading   = regexp.MustCompile(`(?m)^#+ +(.*)$`)
	unslugged = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	fence     = regexp.MustCompile("(?ms)^```.*?^```")
)

// commandLines are the lines of code that run hearsay, from its first argument
// on, each part of a line with && by itself.
func commandLines(text string) []string {
	var lines []string
	for _, m := range codeLine.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		code, _, _ := strings.Cut(m[1]+m[2], " #")
		for part := range strings.SplitSeq(code, "&&") {
			words := strings.Fields(part)
			if len(words) > 2 && words[0] == "go" && words[1] == "run" {
				words = words[2:]
			}
			if len(words) > 1 && (words[0] == "hearsay" || words[0] == "./cmd/hearsay") {
				lines = append(lines, strings.Join(words[1:], " "))
			}
		}
	}
	return lines
}

// refuses says why there is no such command; nothing if there is. What a
// command needs beside its flags is not asked for: a text may speak of it.
func refuses(line string) string {
	command, rest, err := newRoot().Find(unquoted(line))
	if err != nil {
		return err.Error()
	}
	if command.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		return "there is no such command of " + command.CommandPath()
	}
	if err := command.ParseFlags(rest); err != nil {
		return err.Error()
	}
	return ""
}

// unquoted splits a line as a shell would, as far as documents go.
func unquoted(line string) []string {
	var words []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func links(text string) []string {
	var targets []string
	for _, m := range link.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		if !scheme.MatchString(m[1]) {
			targets = append(targets, m[1])
		}
	}
	return targets
}

// headings are the ids that forges give to headings.
func headings(text string) []string {
	var ids []string
	for _, m := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		ids = append(ids, strings.ReplaceAll(unslugged.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return ids
}
