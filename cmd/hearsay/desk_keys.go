package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"hearsay/desk"
)

func newDeskKeys() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "Say how the desk's keys stand",
		Long: `Say how the desk's keys stand: charter, bundles and when each is destroyed, keyslot,
last backup, and what somebody has to do. It asks no relay; fetch does.
` + exits,
		Example: "  hearsay desk keys --dir desk --keyslot /media/stick/keyslot",
		Args:    none,
	}
	flags := addDeskFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			s, err := d.Keys()
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(s)
			}
			return printKeys(cmd.OutOrStdout(), s)
		})
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	cmd.AddCommand(newDeskKeysRekey(), newDeskKeysReplace(), newDeskKeysRecovery())
	return cmd
}

func printKeys(out io.Writer, s desk.KeyStatus) error {
	var b strings.Builder
	fmt.Fprintf(&b, "charter    number %d, from %s to %s", s.Charter.Serial, s.Charter.From, s.Charter.To)
	if s.Charter.Left >= 0 {
		fmt.Fprintf(&b, ", %d days left\n", s.Charter.Left)
	} else {
		fmt.Fprintf(&b, ", ended\n")
	}
	fmt.Fprintf(&b, "keyslot    %s\n", s.Keyslot)
	switch {
	case !s.Recovery:
		fmt.Fprintln(&b, "backup     none: there is no recovery key")
	case s.Backup == nil:
		fmt.Fprintln(&b, "backup     none yet")
	case s.Backup.Whole:
		fmt.Fprintf(&b, "backup     of %s\n", s.Backup.On)
	default:
		fmt.Fprintf(&b, "backup     of %s, the keys alone\n", s.Backup.On)
	}
	for _, u := range s.Bundles {
		fmt.Fprintf(&b, "%-7s    of %s, used until %s, destroyed after %s\n", u.Class, u.Of, u.UseUntil, u.Destroy)
	}
	for _, i := range s.Imports {
		fmt.Fprintf(&b, "import     of the charter to %s, destroyed after %s\n", i.Charter, i.Destroy)
	}
	for _, w := range s.Warnings {
		fmt.Fprintln(&b, mark(w)+w.Text)
	}
	_, err := io.WriteString(out, b.String())
	return err
}

func mark(w desk.Warning) string {
	if w.Urgent {
		return "URGENT     "
	}
	return "to do      "
}

// warn tells what somebody has to do, beside a command's own result.
func warn(cmd *cobra.Command, warnings []desk.Warning) {
	for _, w := range warnings {
		word := "to do"
		if w.Urgent {
			word = "urgent"
		}
		fmt.Fprintf(cmd.ErrOrStderr(), "hearsay: %s: %s\n", word, w.Text)
	}
}

func newDeskKeysRekey() *cobra.Command {
	var keyslot string
	var keep bool
	cmd := &cobra.Command{
		Use:   "rekey",
		Short: "Change the passphrase, the keyslot, or both",
		Long: `Change what opens the desk: a new passphrase, and with --new-keyslot a new stick. The
old stick must be in once more, since its keyslot is overwritten. A copy of the folder
that was made before, beside a copy of the old keyslot, still opens with the old
passphrase: destroy such copies.
` + exits,
		Example: "  hearsay desk keys rekey --keyslot /media/old/keyslot --new-keyslot /media/new/keyslot",
		Args:    none,
	}
	flags := addDeskFlags(cmd)
	next := addSecretFlags(cmd, "new-passphrase", "the vault's new passphrase")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if keep && keyslot == "" {
			return misasked("nothing is to change: leave out --keep-passphrase, or say with --new-keyslot where the keyslot goes")
		}
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			passphrase := ""
			if !keep {
				var err error
				if passphrase, err = next.read(cmd, true); err != nil {
					return err
				}
			}
			if err := d.Rekey(passphrase, keyslot); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "the desk opens with the new ones alone; destroy copies of the old keyslot")
			return err
		})
	}
	cmd.Flags().StringVar(&keyslot, "new-keyslot", "", "where the keyslot is to go (default: where it is)")
	cmd.Flags().BoolVar(&keep, "keep-passphrase", false, "change the keyslot alone")
	return cmd
}

// rootFlags say where the root key is.
type rootFlags struct {
	file       string
	passphrase *secretFlags
}

func addRootFlags(cmd *cobra.Command) *rootFlags {
	f := &rootFlags{passphrase: addSecretFlags(cmd, "root-passphrase", "the passphrase of the root key's file")}
	cmd.Flags().StringVar(&f.file, "root-key", "", "the root key's file")
	return f
}

func (f *rootFlags) read(cmd *cobra.Command) (key desk.RootKey, err error) {
	if f.file == "" {
		return key, misasked("say with --root-key where the root key's file is")
	}
	key.Text, key.Passphrase, err = readKeyFile(cmd, f.file, "the root key", f.passphrase)
	return key, err
}

// readKeyFile reads a key's file, and asks for its passphrase if it has one.
func readKeyFile(cmd *cobra.Command, file, what string, secret *secretFlags) (text, passphrase string, err error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", "", fmt.Errorf("read %s: %w", what, err)
	}
	if desk.IsProtected(b) {
		passphrase, err = secret.read(cmd, false)
	}
	return string(b), passphrase, err
}

func newDeskKeysReplace() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "replace",
		Short: "Replace the editor's keys, which somebody may have copied",
		Long: `Replace the keys that sign for this desk and author its replies, by a new charter: for
the day after a machine was stolen open, or somebody left who could have copied keys.
The old ones are destroyed. Sources need nothing new. Replies and drops of before
cannot be verified any more: send again what matters. Whoever is offline goes on
writing to the old keys until those are used up, and whoever copied them can read it.
` + exits,
		Example: "  hearsay desk keys replace --root-key /media/safe/root-key --relay http://127.0.0.1:8700",
		Args:    none,
	}
	flags, root := addDeskFlags(cmd), addRootFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		key, err := root.read(cmd)
		if err != nil {
			return err
		}
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			if err := d.ReplaceKeys(cmd.Context(), key); err != nil {
				return fmt.Errorf("replace the keys: %w", err)
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "the keys are replaced; send again what matters, make a backup, and move the root key off this machine")
			return err
		})
	}
	return cmd
}

func newDeskKeysRecovery() *cobra.Command {
	var file string
	var protect bool
	cmd := &cobra.Command{
		Use:   "recovery",
		Short: "Make a recovery key, to which backups are sealed",
		Long: `Make a recovery key and put its file where you say: on a stick for a safe, not the
safe of the backups. The desk keeps its public half alone. Backups of before open
with the old key, if there was one.
` + exits,
		Example: "  hearsay desk keys recovery --to /media/safe/recovery-key",
		Args:    none,
	}
	flags := addDeskFlags(cmd)
	secret := addSecretFlags(cmd, "key-file-passphrase", "the passphrase of the recovery key's file")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if file == "" {
			return misasked("say with --to where the recovery key's file goes")
		}
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			passphrase := ""
			if protect || secret.given() {
				var err error
				if passphrase, err = secret.read(cmd, true); err != nil {
					return err
				}
			}
			if err := d.NewRecoveryKey(file, passphrase); err != nil {
				return err
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), "the recovery key is made; move it off this machine, and make a backup: hearsay desk backup --to FILE")
			return err
		})
	}
	cmd.Flags().StringVar(&file, "to", "", "where the recovery key's file goes")
	cmd.Flags().BoolVar(&protect, "protect", false, "put the file under a passphrase of its own")
	return cmd
}

func newDeskCharter() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "charter",
		Short:   "Say until when the charter holds, or renew it",
		Long:    "Say until when the charter holds. Kits stop when it has ended.\n" + exits,
		Example: "  hearsay desk charter --dir desk\n  hearsay desk charter renew --root-key /media/safe/root-key --relay http://127.0.0.1:8700",
		Args:    none,
	}
	flags := addDeskFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			s, err := d.Keys()
			if err != nil {
				return err
			}
			c := s.Charter
			if c.Left < 0 {
				return printResult(cmd, asJSON, c, "charter number %d ended on %s: no kit sends to this desk until it is renewed", c.Serial, c.To)
			}
			return printResult(cmd, asJSON, c, "charter number %d holds until %s, %d days from now", c.Serial, c.To, c.Left)
		})
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	cmd.AddCommand(newDeskCharterRenew())
	return cmd
}

func newDeskCharterRenew() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "renew",
		Short: "Renew the charter with the root key",
		Long: `Renew the charter for another 90 days, before it ends or after. The root key's file
comes from where you moved it, and goes back there. With --relay the relay has the
new one at once.
` + exits,
		Example: "  hearsay desk charter renew --root-key /media/safe/root-key --dir desk --relay http://127.0.0.1:8700",
		Args:    none,
	}
	flags, root := addDeskFlags(cmd), addRootFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		key, err := root.read(cmd)
		if err != nil {
			return err
		}
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			if err := d.RenewCharter(cmd.Context(), key); err != nil {
				return fmt.Errorf("renew the charter: %w", err)
			}
			s, err := d.Keys()
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "the charter is renewed, until %s; move the root key off this machine again\n", s.Charter.To)
			return err
		})
	}
	return cmd
}
