package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"hearsay/desk"
)

func newDeskReply() *cobra.Command {
	var text string
	var meant, asJSON bool
	cmd := &cobra.Command{
		Use:   "reply SOURCE",
		Short: "Queue a reply to a source for the next drop",
		Long: `Queue a reply to a source for the next drops. Nothing goes out now: a drop is published
once a day, full or empty, and a reply never hurries one. Until it is in a signed drop
the pages of the desk can undo it. It is at most three parts of 3,290 bytes.
Whoever may force a source reads what is sent to it: such a reply needs --meant.
` + exits,
		Example: "  hearsay desk reply WREN --text answer.txt --editor ana",
		Args:    exactly("the code name of a source"),
	}
	flags := addEditorFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if text == "" {
			return misasked("say with --text in which file the reply is, or - for standard input")
		}
		body, err := readText(cmd, text)
		if err != nil {
			return err
		}
		return flags.as(cmd, func(d *desk.Desk) error {
			queued, err := d.Reply(cmd.Context(), flags.editor, args[0], body, meant)
			if err != nil {
				return fmt.Errorf("reply: %w", err)
			}
			when := "once an earlier one is sent"
			if queued.Goes != nil {
				when = "with the drop of " + queued.Goes.String() + ", at earliest"
			}
			parts := "1 part"
			if queued.Parts > 1 {
				parts = fmt.Sprintf("%d parts", queued.Parts)
			}
			return printResult(cmd, asJSON, queued, "the reply waits: %s, %s; %d bytes would still have fitted", parts, when, queued.Left)
		})
	}
	cmd.Flags().StringVar(&text, "text", "", "the file with the reply, or - for standard input")
	cmd.Flags().BoolVar(&meant, "meant", false, "mean it although whoever forces the source may read it")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}
