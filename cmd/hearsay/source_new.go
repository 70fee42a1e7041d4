package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hearsay/envelope"
	"hearsay/kit"
)

const duressOrder = `If you are ever forced to type them, exchange some of words 1, 4, 8 and 12 (marked *) among
themselves: everything will look and work the same, and the desk will know. It can know only
once something from you has arrived, and whoever watched you type the true order knows it, too.
`

func newSourceNew() *cobra.Command {
	var paper, practise, asJSON bool
	cmd := &cobra.Command{
		Use:   "new",
		Short: "Draw twelve words, learn them, and keep nothing",
		Long: `Draw twelve words: all that you will need to report, and to read answers. They are shown
once and kept nowhere; nobody can give them back to you. They are good for any desk, and two
desks cannot tell that they are the same. It speaks to nobody.

At a terminal you practise them. --paper also shows a version to write down, where you
must: in another order, so that whoever finds and uses it raises the alarm.
` + exits,
		Example: "  hearsay source new\n  hearsay source new --paper",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			words, err := kit.NewWords()
			if err != nil {
				return fmt.Errorf("draw words: %w", err)
			}
			shown, err := showWords(cmd, words, paper, practise && !asJSON, asJSON)
			if err != nil || !asJSON {
				return err
			}
			return printResult(cmd, true, shown, "")
		},
	}
	cmd.Flags().BoolVar(&paper, "paper", false, "also show a version to write down")
	cmd.Flags().BoolVar(&practise, "practise", true, "practise them, at a terminal")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the words as one JSON document, and practise nothing")
	return cmd
}

// shownWords is what is printed of new words.
type shownWords struct {
	Words string `json:"words"`
	Paper string `json:"paper,omitempty"`
}

// showWords shows new words on standard output, explains them, and practises
// them at a terminal. As JSON they are left to the caller to print.
func showWords(cmd *cobra.Command, words envelope.Phrase, paper, practise, asJSON bool) (shownWords, error) {
	shown := shownWords{Words: words.Words()}
	if paper {
		p, err := kit.PaperVersion(words)
		if err != nil {
			return shown, fmt.Errorf("draw words: %w", err)
		}
		shown.Paper = p.Words()
	}
	out, say := cmd.OutOrStdout(), cmd.ErrOrStderr()
	if !asJSON {
		fmt.Fprintln(say, "These are your words. They are kept nowhere: learn them, in this order.")
		printWords(out, shown.Words)
	}
	fmt.Fprint(say, duressOrder)
	if practise && interactive() {
		if err := practiseWords(cmd, words); err != nil {
			return shown, err
		}
	}
	if paper {
		if !asJSON {
			fmt.Fprintln(say, "This is the paper version. Write down this one, never the first; it is shown once.")
			printWords(out, shown.Paper)
		}
		fmt.Fprintln(say, "Typed as it is written it tells the desk that you were forced. To use it, put 1, 4, 8 and 12 back as you learnt them.")
	}
	return shown, nil
}

func printWords(w io.Writer, words string) {
	for i, word := range strings.Fields(words) {
		mark := " "
		if i == 0 || i == 3 || i == 7 || i == 11 {
			mark = "*"
		}
		fmt.Fprintf(w, "%3d %s %s\n", i+1, mark, word)
	}
}

// practiseWords asks for the words until they are right. The screen is cleared
// first, as far as a terminal forgets.
func practiseWords(cmd *cobra.Command, words envelope.Phrase) error {
	say := cmd.ErrOrStderr()
	if _, err := ask(cmd, "Press Enter when you know them; the screen is cleared then. "); err != nil {
		return err
	}
	fmt.Fprint(say, "\x1b[H\x1b[2J\x1b[3J")
	for {
		fmt.Fprint(say, "Type all twelve (an empty line shows them again, a single point leaves off): ")
		typed, err := term.ReadPassword(int(os.Stdin.Fd()))
		fmt.Fprintln(say)
		if err != nil {
			return fmt.Errorf("practise: %w", err)
		}
		switch strings.TrimSpace(string(typed)) {
		case "":
			printWords(say, words.Words())
			continue
		case ".":
			fmt.Fprintln(say, "Not practised to the end: nobody can give the words back to you.")
			return nil
		}
		err = kit.Practise(words, string(typed))
		if err == nil {
			fmt.Fprintln(say, "Right.")
			return nil
		}
		if !errors.Is(err, kit.ErrPractice) && !errors.Is(err, kit.ErrPracticeOrder) {
			return err
		}
		fmt.Fprintln(say, err)
	}
}
