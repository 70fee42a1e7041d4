package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"hearsay/desk"
)

func newDeskBackup() *cobra.Command {
	var to string
	var keysOnly, asJSON bool
	cmd := &cobra.Command{
		Use:   "backup",
		Short: "Write a backup, sealed to the recovery key",
		Long: `Write a backup of all that the desk keeps to one new file, sealed to the recovery key:
reports, accounts, what is published, and the keys that last. It has no bundle in it:
what the desk destroyed no backup brings back, and what waits unopened is lost with
the machine. With --keys-only it is a small file for a second stick, with which the
folder that is there opens again when keyslot or passphrase is lost.
` + exits,
		Example: "  hearsay desk backup --to /media/backup/desk-2026-03-02.age",
		Args:    none,
	}
	flags := addDeskFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if to == "" {
			return misasked("say with --to where the backup goes")
		}
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			made, err := d.Backup(cmd.Context(), to, keysOnly)
			if err != nil {
				return err
			}
			return printResult(cmd, asJSON, made, "the backup of %s is in %s; it opens with the recovery key alone", made.On, to)
		})
	}
	cmd.Flags().StringVar(&to, "to", "", "a new file for the backup")
	cmd.Flags().BoolVar(&keysOnly, "keys-only", false, "back up the keys that last, and nothing else")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

func newDeskRestore() *cobra.Command {
	var r desk.Restoration
	var keyFile, site string
	var inPlace, asJSON bool
	cmd := &cobra.Command{
		Use:   "restore",
		Short: "Make a desk of a backup, or open one again",
		Long: `Make a desk of a backup on any machine, under a new passphrase and a new keyslot. With
--keys-only the desk's folder is there, and only its keyslot or passphrase is lost: what
it keeps is left alone.

A desk that was restored signs no drop on that day, takes over from the relay what it
signed since the backup, and publishes nothing until it was compared with the site
that readers have: restore --compare SITE. A folder that was put back by other means
is marked in the same way by restore --in-place.
` + exits,
		Example: `  hearsay desk restore --from desk.age --recovery-key /media/safe/recovery-key --dir desk --keyslot /media/new/keyslot
  hearsay desk restore --from keys.age --recovery-key /media/safe/recovery-key --dir desk --keyslot /media/new/keyslot --keys-only
  hearsay desk restore --compare site --dir desk`,
		Args: none,
	}
	flags := addDeskFlags(cmd)
	secret := addSecretFlags(cmd, "recovery-passphrase", "the passphrase of the recovery key's file")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case site != "":
			return flags.withDesk(cmd, func(d *desk.Desk) error {
				if err := d.Compare(site); err != nil {
					return err
				}
				return printResult(cmd, asJSON, map[string]any{"compared": true}, "the desk knows all that is published there, and may publish")
			})
		case inPlace:
			return flags.withDesk(cmd, func(d *desk.Desk) error {
				if err := d.MarkRestored(); err != nil {
					return err
				}
				return printResult(cmd, asJSON, map[string]any{"marked": true}, "the desk is marked as restored: fetch next, and compare it with the site")
			})
		case r.From == "" || keyFile == "":
			return misasked("say with --from where the backup is and with --recovery-key where the recovery key's file is")
		}
		now, err := clock(*flags.clock)
		if err != nil {
			return err
		}
		r.Dir, r.Now = flags.dir, now
		if r.Keyslot = flags.keyslot; r.Keyslot == "" {
			r.Keyslot = filepath.Join(filepath.Dir(filepath.Clean(flags.dir)), "keyslot")
		}
		if r.Key.Text, r.Key.Passphrase, err = readKeyFile(cmd, keyFile, "the recovery key", secret); err != nil {
			return err
		}
		if r.Passphrase, err = flags.passphrase.read(cmd, true); err != nil {
			return err
		}
		made, err := desk.Restore(cmd.Context(), r)
		if err != nil {
			return err
		}
		if r.KeysOnly {
			return printResult(cmd, asJSON, made, "the desk in %s opens again, with the new passphrase and the keyslot in %s; fetch at once, so that the relay has new keys; sources whose reports were not opened yet see no arrived and send again", r.Dir, r.Keyslot)
		}
		return printResult(cmd, asJSON, made, `the desk of %s lies in %s; what came since is lost
Next: hearsay desk fetch, and hearsay desk restore --compare SITE`, made.On, r.Dir)
	}
	cmd.Flags().StringVar(&r.From, "from", "", "the backup")
	cmd.Flags().StringVar(&keyFile, "recovery-key", "", "the recovery key's file")
	cmd.Flags().Uint32Var(&r.MemoryKiB, "memory-kib", 0, "memory for Argon2id in KiB (default 524288)")
	cmd.Flags().BoolVar(&r.KeysOnly, "keys-only", false, "open the desk in --dir again, whose keyslot or passphrase is lost")
	cmd.Flags().StringVar(&site, "compare", "", "compare the restored desk with the published site in this folder")
	cmd.Flags().BoolVar(&inPlace, "in-place", false, "mark the desk in --dir as restored, whose folder was put back from a copy")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}
