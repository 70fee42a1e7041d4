package main

import (
	"context"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// parentFlag adds the hidden flag of processes that belong to another: they
// end when their standard input does, so that a parent that was killed leaves
// nothing running.
func parentFlag(cmd *cobra.Command) {
	cmd.Flags().Bool("with-parent", false, "end when standard input ends")
	_ = cmd.Flags().MarkHidden("with-parent") // fails for a flag that is not there
}

// untilParentGone returns the command's context, ended also by the end of
// standard input where the command runs with a parent.
func untilParentGone(cmd *cobra.Command) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(cmd.Context())
	if cmd.Flag("with-parent").Value.String() == "true" {
		go func() { // ends with the process: a read of standard input cannot be called off
			_, _ = io.Copy(io.Discard, cmd.InOrStdin())
			cancel()
		}()
	}
	return ctx, cancel
}

// dieWithParent ends the process at once when its parent does. It is for
// commands that a kill may strike anywhere.
func dieWithParent(cmd *cobra.Command) {
	if cmd.Flag("with-parent").Value.String() == "true" {
		go func() { // ends with the process
			_, _ = io.Copy(io.Discard, cmd.InOrStdin())
			os.Exit(exitCouldNot)
		}()
	}
}
