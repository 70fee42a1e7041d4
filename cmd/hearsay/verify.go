package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hearsay/ledger"
	"hearsay/relay"
	"hearsay/relay/sqlite"
	"hearsay/weigh"
	"hearsay/weigh/sheet"
)

func newVerify() *cobra.Command {
	var asJSON bool
	var memoryFile, key string
	cmd := &cobra.Command{
		Use:   "verify DIR",
		Short: "Check a site, or any copy of it, against its ledger",
		Long: `Check a site, or any copy of it, against its ledger: every byte of every file.

It names what was changed, added or removed, and, since it remembers the last
checkpoint it saw of each ledger, what was rolled back or forked. The first check
of a ledger trusts the key that stands in it, unless --key gives it from elsewhere.
` + exits,
		Example: "  hearsay verify ./site\n  hearsay verify /media/stick/site --key example-desk+1a2b3c4d+AZ…",
		Args:    exactly("the folder of a site"),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir, err := filepath.Abs(args[0])
			if err != nil {
				return fmt.Errorf("verify %s: %w", args[0], err)
			}
			if info, err := os.Stat(dir); err != nil {
				return fmt.Errorf("verify %s: %w", args[0], err)
			} else if !info.IsDir() {
				return misasked("%s is not a folder", args[0])
			}
			if memoryFile == "" {
				memoryFile, err = defaultMemory()
				if err != nil {
					return err
				}
			}
			memory, err := ledger.ReadMemory(memoryFile)
			if err != nil {
				return fmt.Errorf("read what was verified before, in %s: %w", memoryFile, err)
			}
			report, err := ledger.Check(cmd.Context(), os.DirFS(dir), ledger.Known{Key: key, Place: dir, Memory: memory})
			if err != nil {
				return fmt.Errorf("verify %s: %w", args[0], err)
			}
			if report.OK() {
				if err := memory.Keep(dir, report); err != nil {
					return fmt.Errorf("remember the checkpoint: %w", err)
				}
				if err := memory.Write(memoryFile); err != nil {
					return fmt.Errorf("remember the checkpoint in %s: %w", memoryFile, err)
				}
			}
			if asJSON {
				if err := json.NewEncoder(cmd.OutOrStdout()).Encode(report); err != nil {
					return err
				}
			} else {
				printReport(cmd.OutOrStdout(), args[0], report)
			}
			if !report.OK() {
				return errNo
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	cmd.Flags().StringVar(&memoryFile, "memory", "", "where the last checkpoints are remembered (default: in your configuration folder)")
	cmd.Flags().StringVar(&key, "key", "", "the ledger's verifier key, learned elsewhere, say from print")
	return cmd
}

// defaultMemory is where the checkpoints that passed are remembered.
func defaultMemory() (string, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", misasked("there is no home folder to remember checkpoints in: name a file with --memory")
	}
	return filepath.Join(config, "hearsay", "ledgers"), nil
}

func printReport(w io.Writer, dir string, r ledger.Report) {
	if r.OK() {
		fmt.Fprintf(w, "%s is as it was signed: %d files of edition %d, of %s; %d entries in the log of %s.\n", dir, r.Files, r.Edition, r.Date, r.Size, r.Origin)
		for _, path := range r.Withdrawn {
			fmt.Fprintf(w, "  withdrawn: %s\n", path)
		}
		if r.FirstSeen {
			fmt.Fprintf(w, "This is the first check of this ledger here: its key is now remembered. Compare it with one from elsewhere:\n  %s\n", r.Key)
		}
		return
	}
	const most = 50
	what := "things are"
	if len(r.Findings) == 1 {
		what = "thing is"
	}
	fmt.Fprintf(w, "%s is NOT as it was signed: %d %s wrong.\n", dir, len(r.Findings), what)
	for _, f := range r.Findings[:min(most, len(r.Findings))] {
		fmt.Fprintln(w, "  "+strings.TrimSpace(f.String()))
	}
	if over := len(r.Findings) - most; over > 0 {
		fmt.Fprintf(w, "  and %d more; --json lists all\n", over)
	}
	if !r.Compared {
		fmt.Fprintln(w, "The ledger is too broken to say what the pages should be.")
	}
}

var hints = []struct {
	err  error
	hint string
}{
	{os.ErrPermission, "may you read and write there?"},
	{sqlite.ErrMissing, "--create makes one"},
	{relay.ErrJump, "set the clock; if it is right, start once with --clock-is-right"},
	{ledger.ErrMemory, "move that file away to begin a new memory; the next check then trusts what it finds"},
	{sheet.ErrHeader, "a table begins with a row like source,item,value (of --gold and --labels: item,value)"},
	{sheet.ErrRow, "--skip-bad leaves out and counts the rows of a table that cannot be read"},
	{weigh.ErrKind, "--kind says what the values are, and --model how to weigh them"},
	{errors.ErrUnsupported, "this system cannot do that"},
}
