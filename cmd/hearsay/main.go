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
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"hearsay/desk"
	"hearsay/kit/page"
	"hearsay/weigh"
	"hearsay/weigh/sheet"
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
func run(ctx context.Context, args []string, stdin io.Reader, stdout *os.File, stderr io.Writer) int {
	root := newRoot()
	root.SetArgs(args)
	root.SetIn(stdin)
	results := &output{File: stdout}
	root.SetOut(results)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	if err == nil && results.failed != nil {
		err = fmt.Errorf("print the result: %w", results.failed)
	}
	if err == nil {
		return exitDone
	}
	if errors.Is(err, errNo) {
		return exitNo
	}
	if ctx.Err() != nil {
		fmt.Fprintln(stderr, "hearsay: stopped; what was acknowledged is kept")
		return exitCouldNot
	}
	var misasked *misaskedError
	if errors.As(err, &misasked) || slices.ContainsFunc(wrongly, func(w error) bool { return errors.Is(err, w) }) {
		fmt.Fprintf(stderr, "hearsay: %v\n", err)
		if !hint(stderr, err) {
			fmt.Fprintln(stderr, `hearsay: hint: "hearsay help" lists the commands, and each has --help`)
		}
		return exitMisasked
	}
	fmt.Fprintf(stderr, "hearsay: %v\n", err)
	hint(stderr, err)
	return exitCouldNot
}

// hint says what may mend an error, where that is known.
func hint(stderr io.Writer, err error) bool {
	for _, h := range hints {
		if errors.Is(err, h.err) {
			fmt.Fprintf(stderr, "hearsay: hint: %s\n", h.hint)
			return true
		}
	}
	return false
}

// output is standard output. It remembers that a result could not be written,
// say to a full disk: a command of which nothing was heard is not done.
type output struct {
	*os.File
	failed error
}

func (o *output) Write(b []byte) (int, error) {
	n, err := o.File.Write(b)
	if err != nil {
		o.failed = err
	}
	return n, err
}

// errNo ends a command whose answer is no. What was found is printed by then.
var errNo = errors.New("the answer is no")

// wrongly are errors of packages that come of how a command was asked.
var wrongly = []error{
	desk.ErrName, desk.ErrEditors, desk.ErrClaims, desk.ErrMemory, desk.ErrAddress, desk.ErrNotLoopback,
	desk.ErrFrontMatter, desk.ErrSource, desk.ErrBulletin, desk.ErrCites, desk.ErrCorrection, desk.ErrText, desk.ErrEditorName, desk.ErrWatched, desk.ErrReplyText, desk.ErrNoInbox, desk.ErrUnvouched,
	desk.ErrSecond, desk.ErrFormer, desk.ErrEnrolled, desk.ErrLastEditor, desk.ErrUnknown, desk.ErrKeysAlone,
	page.ErrConfig,
	sheet.ErrRow, sheet.ErrHeader, sheet.ErrLarge, sheet.ErrBomb, sheet.ErrCycle, sheet.ErrHierarchyKind, weigh.ErrKind,
}

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
	root.AddCommand(newTry(), newSource(), newKit(), newParcel(), newRelay(), newDesk(), newGate(), newPublish(), newSite(), newVerify(), newWeigh())
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, cmd := range root.Commands() { // cobra's own two are held to the form of ours
		if cmd.Name() == "help" || cmd.Name() == "completion" {
			cmd.Long += "\n" + exits
			cmd.Example = "  hearsay " + map[string]string{"help": "help desk init", "completion": "completion bash > ~/.local/share/bash-completion/completions/hearsay"}[cmd.Name()]
			for _, shell := range cmd.Commands() {
				shell.Long += exits
				shell.Example = "  hearsay completion " + shell.Name()
			}
		}
	}
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
func group(use, short, long, example string, commands ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, Long: long, Example: "  " + example, Args: none, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(commands...)
	return cmd
}
