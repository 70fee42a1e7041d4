package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestHelp: every command shows an example that would run, and says what its
// exit status means.
func TestHelp(t *testing.T) {
	commands := 0
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		commands++
		t.Run(cmd.CommandPath(), func(t *testing.T) {
			if !strings.Contains(cmd.Long, strings.TrimSpace(exits)) {
				t.Error("it does not say what its exit status means")
			}
			if cmd.Short == "" || strings.HasSuffix(cmd.Short, ".") {
				t.Errorf("its short text is %q", cmd.Short)
			}
			examples := strings.Split(cmd.Example, "\n")
			for _, line := range examples {
				command, ok := strings.CutPrefix(line, "  hearsay ")
				if !ok {
					t.Errorf("%q is no example", line)
				}
				for part := range strings.SplitSeq(command, " && ") {
					if why := refuses(strings.TrimPrefix(part, "hearsay ")); why != "" {
						t.Errorf("%q: %s", line, why)
					}
				}
			}
		})
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(newRoot())
	if commands < 20 {
		t.Errorf("there are %d commands", commands)
	}
}

// TestJSON: a command that prints a result prints it as a document, too.
func TestJSON(t *testing.T) {
	for _, line := range []string{
		"try", "relay serve", "desk init", "desk serve", "desk fetch", "desk import", "desk key-in", "desk captured", "gate", "publish", "site build", "site serve", "verify", "weigh",
		"source new", "source send", "source fetch", "source rotate", "kit build",
		"desk keys", "desk charter", "desk backup", "desk restore", "desk editor list",
	} {
		cmd, _, err := newRoot().Find(strings.Fields(line))
		if err != nil || cmd.Flag("json") == nil {
			t.Errorf("hearsay %s has no --json: %v", line, err)
		}
	}
}

// TestSecretsStayOut: no flag takes a secret itself, only where it is.
func TestSecretsStayOut(t *testing.T) {
	for _, args := range [][]string{
		{"gate", "x.md", "--passphrase", "secret"}, {"desk", "init", "--passphrase=secret"}, {"publish", "x.md", "--editor-passphrase", "secret"},
	} {
		if code := run(context.Background(), args, strings.NewReader(""), os.Stdout, &strings.Builder{}); code != exitMisasked {
			t.Errorf("hearsay %v ends with %d", args, code)
		}
	}
}
