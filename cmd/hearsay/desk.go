package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"hearsay"
	"hearsay/desk"
	"hearsay/example"
	"hearsay/ledger"
	"hearsay/site"
)

// quiet takes what net/http would write of a connection: it has addresses in it.
var quiet = log.New(io.Discard, "", 0)

func newDesk() *cobra.Command {
	return group("desk", "Run the desk: where reports are opened and weighed",
		"The desk opens reports, weighs them and publishes. It lies on a machine of its own and\nlistens on loopback only; editors elsewhere come by SSH or an onion service.\n"+exits,
		"hearsay desk init --name 'The Example Desk' --editor ana --editor min\n  hearsay desk serve --relay http://127.0.0.1:8700",
		newDeskInit(), newDeskServe(), newDeskFetch(), newDeskImport(), newDeskExport(), newDeskKeyIn(), newDeskReply(), newDeskCaptured(),
		newDeskKeys(), newDeskCharter(), newDeskBackup(), newDeskRestore(), newDeskEditor())
}

// press is how a desk's editions become pages: by the site's own renderer.
func press(e hearsay.Edition, log *ledger.Log, put func(path string, page []byte) error) error {
	past, err := site.PastOf(log, uint32(e.Serial))
	if err != nil {
		return err
	}
	return site.Render(e, past, put)
}

// deskFlags are those of every command that opens a desk.
type deskFlags struct {
	dir, keyslot, relay string
	passphrase          *secretFlags
	clock               *string
}

func addDeskFlags(cmd *cobra.Command) *deskFlags {
	f := &deskFlags{passphrase: addSecretFlags(cmd, "passphrase", "the vault's passphrase"), clock: clockFlag(cmd)}
	cmd.Flags().StringVar(&f.dir, "dir", "desk", "the desk's folder")
	cmd.Flags().StringVar(&f.keyslot, "keyslot", "", "the keyslot file, on its stick (default: keyslot beside the desk's folder)")
	cmd.Flags().StringVar(&f.relay, "relay", "", "the relay's address, such as http://….onion")
	return f
}

func (f *deskFlags) keyslotFile() string {
	if f.keyslot == "" {
		return filepath.Join(filepath.Dir(filepath.Clean(f.dir)), "keyslot")
	}
	return f.keyslot
}

// open unlocks the desk.
func (f *deskFlags) open(cmd *cobra.Command) (*desk.Desk, error) {
	if err := desk.Find(f.dir); err != nil { // before anybody is asked for a passphrase
		return nil, err
	}
	now, err := clock(*f.clock)
	if err != nil {
		return nil, err
	}
	passphrase, err := f.passphrase.read(cmd, false)
	if err != nil {
		return nil, err
	}
	return desk.Open(cmd.Context(), desk.Options{
		Dir: f.dir, Keyslot: f.keyslotFile(), Passphrase: passphrase, Relay: f.relay, Press: press, Now: now,
		Log: newLog(cmd),
	})
}

// withDesk opens the desk for one act.
func (f *deskFlags) withDesk(cmd *cobra.Command, act func(*desk.Desk) error) error {
	d, err := f.open(cmd)
	if err != nil {
		return err
	}
	err = act(d)
	return errors.Join(err, d.Close())
}

func newDeskInit() *cobra.Command {
	var plan desk.Plan
	var editors []string
	var claims string
	var asJSON, protect bool
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Make a desk",
		Long: `Make a desk: its vault, keyslot, root key, charter, first keys and ledger.

The root key signs the charter and nothing else: move its file off this machine, and
fetch it again every 90 days to renew the charter. The keyslot belongs on a stick that
is only in the machine while the desk runs: without it nobody opens the vault, not
even with the passphrase. With --recovery-key, a second key for the safe, the desk can
be backed up and outlives a lost stick; see "hearsay desk backup". Give one --editor for each person, two for any desk that wants
to override the gate or sign claims as verified.
` + exits,
		Example: "  hearsay desk init --dir desk --name 'The Example Desk' --editor ana --editor min --claims claims.json",
		Args:    none,
	}
	passphrase := addSecretFlags(cmd, "passphrase", "the vault's passphrase")
	keyFiles := addSecretFlags(cmd, "key-files-passphrase", "the passphrase of the root and recovery keys' files")
	clockFile := clockFlag(cmd)
	parentFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		dieWithParent(cmd)
		now, err := clock(*clockFile)
		if err != nil {
			return err
		}
		plan.Now = now
		beside := filepath.Dir(filepath.Clean(plan.Dir))
		if plan.Keyslot == "" {
			plan.Keyslot = filepath.Join(beside, "keyslot")
		}
		if plan.RootKey == "" {
			plan.RootKey = filepath.Join(beside, "root-key")
		}
		if claims != "" {
			if plan.Claims, err = os.ReadFile(claims); err != nil {
				return fmt.Errorf("read the claims: %w", err)
			}
		}
		files := make([]string, len(editors))
		plan.Editors = make([]desk.Editor, len(editors))
		for i, e := range editors {
			plan.Editors[i].Name, files[i], _ = strings.Cut(e, "=")
		}
		if err := plan.Ready(); err != nil { // before anybody is asked for a passphrase
			return fmt.Errorf("make a desk in %s: %w", plan.Dir, err)
		}
		if plan.Passphrase, err = passphrase.read(cmd, true); err != nil {
			return err
		}
		if protect || keyFiles.given() {
			if plan.KeyFiles, err = keyFiles.read(cmd, true); err != nil {
				return err
			}
		}
		for i, e := range plan.Editors {
			secret := secretFlags{what: e.Name + "'s passphrase", file: files[i], fd: -1}
			if plan.Editors[i].Passphrase, err = secret.read(cmd, true); err != nil {
				return err
			}
		}
		made, err := desk.Init(cmd.Context(), plan)
		if err != nil {
			return fmt.Errorf("make a desk in %s: %w", plan.Dir, err)
		}
		if asJSON {
			return json.NewEncoder(cmd.OutOrStdout()).Encode(made)
		}
		recovery := "" // a line of its own, where there is one
		if plan.Recovery != "" {
			recovery = "  recovery   " + plan.Recovery + "   move it to another safe; backups open with it: hearsay desk backup\n"
		}
		fmt.Fprintf(cmd.OutOrStdout(), `The desk lies in %s.
  root key   %s   move it off this machine; fetch it by %s to renew the charter
  keyslot    %s   keep it on a stick of its own
%s  desk key   %s   for the relay (--desk-key) and for kits, to be compared
  ledger key %s   for readers (hearsay verify --key)
Next: hearsay desk serve --dir %s
`, plan.Dir, plan.RootKey, made.CharterTo, plan.Keyslot, recovery, made.RootKey, made.LedgerKey, plan.Dir)
		return nil
	}
	cmd.Flags().StringVar(&plan.Dir, "dir", "desk", "where the desk is to lie")
	cmd.Flags().StringVar(&plan.Name, "name", "", "the desk's name, as the public will read it")
	cmd.Flags().StringVar(&plan.Keyslot, "keyslot", "", "where the keyslot file goes (default: keyslot beside the desk's folder)")
	cmd.Flags().StringVar(&plan.RootKey, "root-key", "", "where the root key's file goes (default: root-key beside the desk's folder)")
	cmd.Flags().StringVar(&plan.Recovery, "recovery-key", "", "make a recovery key, for backups, and put its file there")
	cmd.Flags().BoolVar(&protect, "protect-keys", false, "put the files of root and recovery key under a passphrase of their own")
	cmd.Flags().StringArrayVar(&editors, "editor", nil, "an editor's name, or name=FILE with the passphrase in the file's first line; may be repeated")
	cmd.Flags().StringVar(&claims, "claims", "", "a JSON file of the claims to ask about")
	cmd.Flags().Uint32Var(&plan.MemoryKiB, "memory-kib", 0, "memory for Argon2id in KiB (default 524288)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

func newDeskServe() *cobra.Command {
	var listen string
	var asJSON, rehearse bool
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the desk and its editors' pages on loopback",
		Long: `Run the desk and its editors' pages on loopback, until interrupted.

It prints a link that opens the pages; editors then sign in. By itself it makes the
day's keys, fetches from the relay every hour, publishes its drop once a day and sends
its cover deposits at random times.
` + exits,
		Example: "  hearsay desk serve --dir desk --relay http://127.0.0.1:8700",
		Args:    none,
	}
	flags := addDeskFlags(cmd)
	parentFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			listener, err := desk.Listen(listen)
			if err != nil {
				return fmt.Errorf("listen on %s: %w", listen, err)
			}
			token, link := desk.Start(listener)
			ctx, stop := context.WithCancel(cmd.Context())
			defer stop()
			errands := make(chan error, 1)
			if rehearse {
				go func() { errands <- rehearsal(ctx, d, cmd.InOrStdin(), cmd.OutOrStdout()); stop() }()
			} else {
				parent, stopParent := untilParentGone(cmd)
				defer stopParent()
				ctx = parent
				go func() { errands <- d.Run(ctx) }()
			}
			announce(cmd.OutOrStdout(), asJSON, "desk", link)
			err = d.Serve(ctx, listener, token)
			stop()
			if rehearse { // its reading of standard input cannot be called off
				return err
			}
			return errors.Join(err, <-errands)
		})
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8701", "loopback address and port for the pages")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the link as a JSON document")
	cmd.Flags().BoolVar(&rehearse, "rehearse", false, "run no errand by the clock, but those named on standard input")
	_ = cmd.Flags().MarkHidden("rehearse") // fails for a flag that is not there
	return cmd
}

// rehearsal runs the errands that are named line by line, and answers each with
// a line. It returns when there are no more.
func rehearsal(ctx context.Context, d *desk.Desk, lines io.Reader, answers io.Writer) error {
	scan := bufio.NewScanner(lines)
	out := json.NewEncoder(answers)
	for scan.Scan() {
		words := strings.Fields(scan.Text())
		if len(words) == 0 {
			continue
		}
		e := example.Errand{Errand: words[0]}
		var err error
		switch words[0] {
		case "morning":
			e.Destroyed, err = d.Morning(ctx)
		case "drop":
			e.Acks, err = d.Drop(ctx)
		case "cover":
			n := 1
			if len(words) > 1 {
				n, err = strconv.Atoi(words[1])
			}
			if err == nil {
				e.Deposits, err = d.Cover(ctx, n)
			}
		default:
			err = fmt.Errorf("there is no errand %q", words[0])
		}
		if err != nil {
			e.Error = err.Error()
		}
		if err := out.Encode(e); err != nil {
			return err
		}
	}
	return scan.Err()
}

func newDeskFetch() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "fetch",
		Short:   "Fetch from the relay once",
		Long:    "Fetch what waits at the relay, keep it, and only then tell the relay. Nothing comes in twice.\n" + exits,
		Example: "  hearsay desk fetch --dir desk --relay http://127.0.0.1:8700",
		Args:    none,
	}
	flags := addDeskFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			if _, err := d.Morning(cmd.Context()); err != nil {
				return fmt.Errorf("fetch: %w", err)
			}
			pulled, err := d.Pull(cmd.Context())
			if err != nil {
				return fmt.Errorf("fetch: %w", err)
			}
			if _, err := d.Look(cmd.Context()); err != nil {
				return fmt.Errorf("look at what the relay shows: %w", err)
			}
			warnings, err := d.Warnings()
			if err != nil {
				return err
			}
			warn(cmd, warnings)
			return printResult(cmd, asJSON, map[string]any{"deposits": pulled.Deposits, "reports": pulled.Reports, "warnings": warnings},
				"%d deposits fetched, %d new reports kept", pulled.Deposits, pulled.Reports)
		})
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

// printResult prints a result as a document or as a sentence.
func printResult(cmd *cobra.Command, asJSON bool, document any, format string, args ...any) error {
	if asJSON {
		return json.NewEncoder(cmd.OutOrStdout()).Encode(document)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), format+"\n", args...)
	return err
}
