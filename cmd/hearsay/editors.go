package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hearsay"
	"hearsay/desk"
)

// editorFlags are those of commands that do what an editor does.
type editorFlags struct {
	*deskFlags
	editor string
	own    *secretFlags
}

func addEditorFlags(cmd *cobra.Command) *editorFlags {
	f := &editorFlags{deskFlags: addDeskFlags(cmd), own: addSecretFlags(cmd, "editor-passphrase", "the editor's own passphrase")}
	cmd.Flags().StringVar(&f.editor, "editor", "", "who you are at the desk")
	return f
}

// as opens the desk and checks that the editor is who they say.
func (f *editorFlags) as(cmd *cobra.Command, act func(*desk.Desk) error) error {
	if f.editor == "" {
		return misasked("say with --editor who you are at the desk")
	}
	return f.withDesk(cmd, func(d *desk.Desk) error {
		passphrase, err := f.own.read(cmd, false)
		if err != nil {
			return err
		}
		if err := d.SignIn(f.editor, passphrase); err != nil {
			return err
		}
		return act(d)
	})
}

func newDeskKeyIn() *cobra.Command {
	var codeName string
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "key-in FILE",
		Short:   "Key in a report that came by voice or paper",
		Long:    "Key in a report that came by voice or paper, under the code name of its source: Markdown\nin which claim links assert. - reads standard input.\n" + exits,
		Example: "  hearsay desk key-in call.md --source PLOVER --editor ana",
		Args:    exactly("the file of a report, or -"),
	}
	flags := addEditorFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := readText(cmd, args[0])
		if err != nil {
			return err
		}
		return flags.as(cmd, func(d *desk.Desk) error {
			if err := d.KeyIn(cmd.Context(), flags.editor, codeName, text); err != nil {
				return fmt.Errorf("key in: %w", err)
			}
			return printResult(cmd, asJSON, map[string]any{"reports": 1}, "the report is kept")
		})
	}
	cmd.Flags().StringVar(&codeName, "source", "", "the code name of the source")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

func newDeskCaptured() *cobra.Command {
	var since string
	var lift, asJSON bool
	cmd := &cobra.Command{
		Use:   "captured SOURCE",
		Short: "Set or lift the cut of a source that may be captured",
		Long: `Set a cut: all that the source sent from that day on is quarantined and every claim
regrades. It prints what regraded and which bulletins lean on it. Nothing of it is
published by itself. --lift restores all exactly.
` + exits,
		Example: "  hearsay desk captured HERON --since 2020-11-20 --editor ana",
		Args:    exactly("the code name of a source"),
	}
	flags := addEditorFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var day hearsay.Day
		if lift == (since != "") {
			return misasked("give either --since DATE or --lift")
		}
		if !lift {
			var err error
			if day, err = hearsay.ParseDay(since); err != nil {
				return misasked("--since %w", err)
			}
		}
		return flags.as(cmd, func(d *desk.Desk) error {
			effect, err := d.Captured(cmd.Context(), flags.editor, args[0], day, lift)
			if err != nil {
				return fmt.Errorf("captured: %w", err)
			}
			out := cmd.OutOrStdout()
			if asJSON {
				return printResult(cmd, true, effect, "")
			}
			fmt.Fprintf(out, "%d reports, %d claims regrade\n", effect.Reports, len(effect.Regrades))
			for _, r := range effect.Regrades {
				fmt.Fprintf(out, "  %s: %s\n", r.Claim, r.Change)
			}
			if len(effect.Bulletins) > 0 {
				fmt.Fprintf(out, "published bulletins that cite one of them: %s\n", strings.Join(effect.Bulletins, ", "))
			}
			return nil
		})
	}
	cmd.Flags().StringVar(&since, "since", "", "the first day that is cut, as 2006-01-02")
	cmd.Flags().BoolVar(&lift, "lift", false, "lift the cut")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

func newGate() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "gate BULLETIN.md",
		Short:   "Say what publishing a text would give away",
		Long:    "Say what publishing a text would give away, and whether that blocks it. Nothing is kept.\nFront matter may give kind and corrects. - reads standard input.\n" + exits,
		Example: "  hearsay gate bulletin.md --dir desk",
		Args:    exactly("the file of a bulletin, or -"),
	}
	flags := addDeskFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := readText(cmd, args[0])
		if err != nil {
			return err
		}
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			findings, err := d.Gate(cmd.Context(), text)
			if err != nil {
				return fmt.Errorf("gate: %w", err)
			}
			return tellGate(cmd, asJSON, findings)
		})
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

// tellGate prints findings, and ends the command with a no where one stops.
func tellGate(cmd *cobra.Command, asJSON bool, findings []desk.Finding) error {
	stops := 0
	for _, f := range findings {
		if f.Stops() {
			stops++
		}
		if asJSON {
			continue
		}
		word := "warns"
		if f.Blocks {
			word = "BLOCKS"
		}
		about := f.Claim
		if about == "" {
			about = "the text"
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s  %s: %s: %q\n        %s\n", word, f.Rule, about, f.Where, f.Risk)
		if f.Coarser != "" {
			fmt.Fprintf(cmd.OutOrStdout(), "        better: %s\n", f.Coarser)
		}
	}
	err := printResult(cmd, asJSON, map[string]any{"findings": findings, "blocked": stops > 0}, "findings: %d, of which block: %d", len(findings), stops)
	if err == nil && stops > 0 {
		err = errNo
	}
	return err
}

func newPublish() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "publish BULLETIN.md",
		Short: "Publish a bulletin through the gate",
		Long: `Publish a bulletin, or a correction, through the gate into the ledger and the edition.

The text is Markdown with front matter: id, kind (bulletin or correction) and, for a
correction, corrects. Build the site from the edition afterwards.
` + exits,
		Example: "  hearsay publish bulletin.md --dir desk --editor ana && hearsay site build desk/edition --out site",
		Args:    exactly("the file of a bulletin, or -"),
	}
	flags := addEditorFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		text, err := readText(cmd, args[0])
		if err != nil {
			return err
		}
		return flags.as(cmd, func(d *desk.Desk) error {
			id, err := d.PublishText(cmd.Context(), flags.editor, text)
			if blocked := (*desk.Blocked)(nil); errors.As(err, &blocked) {
				return tellGate(cmd, asJSON, blocked.Findings)
			}
			if err != nil {
				return fmt.Errorf("publish: %w", err)
			}
			return printResult(cmd, asJSON, map[string]any{"bulletin": id, "edition": d.Edition()}, "%s is published; build the site from %s", id, d.Edition())
		})
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

const maxText = 1 << 20

func readText(cmd *cobra.Command, file string) (string, error) {
	from := cmd.InOrStdin()
	if file != "-" {
		f, err := os.Open(filepath.Clean(file))
		if err != nil {
			return "", err
		}
		defer f.Close()
		from = f
	}
	b, err := io.ReadAll(io.LimitReader(from, maxText+1))
	if err != nil {
		return "", fmt.Errorf("read %s: %w", file, err)
	}
	if len(b) > maxText {
		return "", misasked("%s is longer than 1 MiB", file)
	}
	return string(b), nil
}
