package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hearsay/kit"
)

func newSourceRotate() *cobra.Command {
	var paper, practise, asJSON bool
	cmd := &cobra.Command{
		Use:   "rotate",
		Short: "Exchange your words for new ones",
		Long: `Exchange your words for new ones: when somebody may have seen them, or from time to time.
New words are shown and practised; then the old ones tell the desk, sealed, by whom they are
followed. From then on the desk answers the new words only. Forget the old ones when fetch
with the new ones says that something has arrived; what was answered to the old ones
stays readable with them as long as somebody keeps the drops.

Send first, and wait until it has arrived, whatever still waits under the old words.
` + exits,
		Example: "  hearsay source rotate --kit kit.html",
		Args:    none,
	}
	flags, from, waiting := addSourceFlags(cmd), addSecretFlags(cmd, "words", "your old twelve words"), addWaitingFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return sourceResult(cmd, func() error {
			d, err := flags.choose(cmd)
			if err != nil {
				return err
			}
			c, err := flags.client(cmd, d)
			if err != nil {
				return err
			}
			defer c.Close()
			next, err := kit.NewWords() // and learnt, before anything is loaded: how long that takes is nobody's affair
			if err != nil {
				return fmt.Errorf("draw words: %w", err)
			}
			shown, err := showWords(cmd, next, paper, practise && !asJSON, asJSON)
			if err != nil {
				return err
			}
			l, err := flags.load(cmd, c, d, true)
			if err != nil {
				return err
			}
			old, err := readWords(cmd, from)
			if err != nil {
				return err
			}
			_, states, err := flags.session(cmd, l, old, waiting, func(s *kit.Session) error { return s.Rollover(next) })
			if len(states) == 0 { // nothing was sealed
				fmt.Fprintln(cmd.ErrOrStderr(), "hearsay: the new words are not in use: forget them, and keep the old ones")
				return err
			}
			document := map[string]any{"words": shown.Words, "state": states[0].String()}
			if paper {
				document["paper"] = shown.Paper
			}
			say := fmt.Sprintf("taken: forget the old words once fetch with the new ones says that something has arrived; report with the new ones from %s on", l.NextDrop()+1)
			if states[0] == kit.NotYet {
				say = "not taken: the old words are still in use, and the new ones only if what waits is kept and sent"
			}
			return errors.Join(err, printResult(cmd, asJSON, document, "%s", say))
		}())
	}
	cmd.Flags().BoolVar(&paper, "paper", false, "also show a version of the new words to write down")
	cmd.Flags().BoolVar(&practise, "practise", true, "practise the new words, at a terminal")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the new words and the state as one JSON document, and practise nothing")
	return cmd
}
