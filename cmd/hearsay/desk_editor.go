package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hearsay/desk"
)

func newDeskEditor() *cobra.Command {
	return group("editor", "Give editors accounts and take them away",
		"Give editors accounts and take them away. Where two can, two do it together: whoever\ncould add an editor alone could be two editors alone.\n"+exits,
		"hearsay desk editor list\n  hearsay desk editor add jun --editor ana --second min",
		newDeskEditorAdd(), newDeskEditorRemove(), newDeskEditorList())
}

// secondFlags are those of what two editors do together.
type secondFlags struct {
	*editorFlags
	second string
	own2   *secretFlags
}

func addSecondFlags(cmd *cobra.Command) *secondFlags {
	f := &secondFlags{editorFlags: addEditorFlags(cmd), own2: addSecretFlags(cmd, "second-passphrase", "the second editor's own passphrase")}
	cmd.Flags().StringVar(&f.second, "second", "", "who stands by, where there are two who can")
	return f
}

// together opens the desk and checks that both are who they say.
func (f *secondFlags) together(cmd *cobra.Command, act func(*desk.Desk) error) error {
	return f.as(cmd, func(d *desk.Desk) error {
		if f.second != "" {
			passphrase, err := f.own2.read(cmd, false)
			if err != nil {
				return err
			}
			if err := d.SignIn(f.second, passphrase); err != nil {
				return err
			}
		}
		return act(d)
	})
}

func newDeskEditorAdd() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "add NAME",
		Short:   "Give somebody an account",
		Long:    "Give somebody an account. They choose a passphrase of their own.\n" + exits,
		Example: "  hearsay desk editor add jun --editor ana --second min",
		Args:    exactly("the name of the new editor"),
	}
	flags := addSecondFlags(cmd)
	chosen := addSecretFlags(cmd, "new-passphrase", "the new editor's passphrase")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return flags.together(cmd, func(d *desk.Desk) error {
			passphrase, err := chosen.read(cmd, true)
			if err != nil {
				return err
			}
			if err := d.AddEditor(cmd.Context(), flags.editor, flags.second, desk.Editor{Name: args[0], Passphrase: passphrase}); err != nil {
				return fmt.Errorf("add %s: %w", args[0], err)
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is an editor\n", args[0])
			return err
		})
	}
	return cmd
}

func newDeskEditorRemove() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "remove NAME",
		Short: "Take an editor's account away",
		Long: `Take an editor's account away. What they did stays and tells who did it; their overrides
of what is not published count no more. An account is not a key: if they knew the
vault's passphrase or had the stick in hand, go on with "hearsay desk keys rekey"; if
they could have copied both, with "hearsay desk keys replace" as well.
` + exits,
		Example: "  hearsay desk editor remove jun --editor ana --second min",
		Args:    exactly("the name of the editor"),
	}
	flags := addSecondFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return flags.together(cmd, func(d *desk.Desk) error {
			if err := d.RemoveEditor(cmd.Context(), flags.editor, flags.second, args[0]); err != nil {
				return fmt.Errorf("remove %s: %w", args[0], err)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is no editor any more; if they knew the passphrase or had the stick: hearsay desk keys rekey\n", args[0])
			return err
		})
	}
	return cmd
}

func newDeskEditorList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the editors",
		Long:    "List the editors who have accounts.\n" + exits,
		Example: "  hearsay desk editor list --dir desk",
		Args:    none,
	}
	flags := addDeskFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(map[string]any{"editors": d.Editors()})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), strings.Join(d.Editors(), "\n"))
			return err
		})
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}
