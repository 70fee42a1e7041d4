// Command hearsay carries what people at risk report, weighs it and tells the
// world. It is one binary with three verbs, each a zone of trust: see
// "hearsay help". The command line reads flags, makes one call and prints; the
// work is done in the packages below it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit codes, as every command's help has them.
const (
	exitDone     = 0
	exitNo       = 1 // the answer is no: a check failed, a gate blocked
	exitMisasked = 2
	exitCouldNot = 3 // I/O, network, locked vault
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}

// run runs one command line and returns its exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitDone
	}
	var no *answerNo
	var misasked *misaskedError
	switch {
	case errors.As(err, &no):
		if no.said != "" {
			fmt.Fprintln(stderr, "hearsay: "+no.said)
		}
		return exitNo
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "hearsay: stopped; what was acknowledged is kept")
		return exitCouldNot
	case errors.As(err, &misasked):
		fmt.Fprintf(stderr, "hearsay: %v\n", err)
		fmt.Fprintln(stderr, `hearsay: hint: "hearsay help" lists the commands, and each has --help`)
		return exitMisasked
	}
	fmt.Fprintf(stderr, "hearsay: %v\n", err)
	for _, h := range hints {
		if errors.Is(err, h.err) {
			fmt.Fprintf(stderr, "hearsay: hint: %s\n", h.hint)
			break
		}
	}
	return exitCouldNot
}

// answerNo ends a command whose answer is no. Findings are printed by then.
type answerNo struct{ said string }

func (e *answerNo) Error() string { return e.said }

// misaskedError ends a command that was asked wrongly.
type misaskedError struct{ err error }

func (e *misaskedError) Error() string { return e.err.Error() }
func (e *misaskedError) Unwrap() error { return e.err }

func misasked(format string, args ...any) error {
	return &misaskedError{fmt.Errorf(format, args...)}
}

const exits = `
Exit status: 0 done, 1 the answer is no, 2 asked wrongly, 3 it could not.`

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "hearsay",
		Short: "Carry, weigh and tell what people at risk report",
		Long: `Hearsay carries what people at risk report through a relay that can read nothing,
weighs it at a private desk, and tells the world on a site that anyone can check.

It is not ready for people at risk: outside review comes first. See SECURITY.md.
` + exits,
		Example:       "  hearsay try          play the worked example through all three zones, and look around",
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          none,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return &misaskedError{err} })
	root.AddCommand(newTry(), newRelay(), newDesk(), newGate(), newPublish(), newSite(), newVerify())
	return root
}

// none and exactly are cobra's argument checks with our exit code.
func none(cmd *cobra.Command, args []string) error {
	if len(args) > 0 && cmd.HasSubCommands() {
		return misasked("there is no command %q", cmd.CommandPath()+" "+args[0])
	}
	if len(args) > 0 {
		return misasked("%s takes no argument, and was given %q", cmd.CommandPath(), args[0])
	}
	return nil
}

func exactly(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != 1 {
			return misasked("%s takes one argument: %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

// group is a command that only holds others.
func group(use, short, long string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Args: none, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(commands...)
	return cmd
}
