package main

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"hearsay/courier"
	"hearsay/courier/drive"
	"hearsay/desk"
	"hearsay/envelope"
	"hearsay/kit"
)

// errNoParcel is told where nothing of a parcel was found.
var errNoParcel = errors.New("nothing there is part of a parcel")

// ofParcel reports whether a file of that length may be one of a parcel's.
func ofParcel(size int64) bool {
	return size == courier.DriveSize || courier.MaybeSealed(size)
}

func newDeskImport() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "import FILE-or-FOLDER...",
		Short: "Take in the drives that couriers brought",
		Long: `Take in drive files, in any order and number: name them, or folders that hold them. A
folder is searched with all that is below it; links are not followed and nothing on it is
run. Where too few drives of a set have come, the desk keeps what came, sealed, and says
how many more it needs. Nothing comes in twice.
` + exits,
		Example: "  hearsay desk import /media/drive-1 /media/drive-2 --dir desk",
		Args:    atLeastOne("drive files, or folders that hold them"),
	}
	flags := addDeskFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			var found drive.Found
			imported, err := d.Import(cmd.Context(), func(yield func(io.Reader, error) bool) {
				var err error
				found, err = drive.Walk(args, ofParcel, func(_ string, b []byte) error {
					if !yield(bytes.NewReader(b), nil) {
						return errStopped
					}
					return nil
				})
				if err != nil && !errors.Is(err, errStopped) {
					yield(nil, err)
				}
			})
			if err == nil && found.Failed > 0 {
				err = fmt.Errorf("%d files could not be read; the rest was taken in", found.Failed)
			}
			if errors.Is(err, desk.ErrParcel) && found.Read == 0 {
				err = errNoParcel
			}
			if err != nil && imported.Drives+imported.Reports == 0 {
				return fmt.Errorf("import: %w", err)
			}
			if printed := printResult(cmd, asJSON, imported, "%s", imported); printed != nil {
				return printed
			}
			if err != nil {
				return fmt.Errorf("import: %w", err)
			}
			return nil
		})
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

// errStopped ends a walk whose files nobody wants any more.
var errStopped = errors.New("stopped")

func atLeastOne(what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return misasked("%s takes %s", cmd.CommandPath(), what)
		}
		return nil
	}
}

func newDeskExport() *cobra.Command {
	return group("export", "Write what the desk hands out", "Write what the desk hands out, to be carried.\n"+exits,
		"hearsay desk export outbound --out /media/drive", newDeskExportOutbound())
}

// outboundName is the name that PROTOCOL gives to what a desk publishes on a
// drive, beside the page of a kit.
const (
	outboundName = "desk.bin"
	pageName     = "kit.html"
)

func newDeskExportOutbound() *cobra.Command {
	var out, page string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "outbound",
		Short: "Write what the desk publishes onto a drive",
		Long: `Write what the desk publishes onto a drive, for whoever has no network: its keys, what it
asks, and the acknowledgements and replies of the last 28 days, in ` + outboundName + `; beside it the
page of a kit, if one is given. Everybody gets the same, and only the words of a source find
in it what is for that source. A desk that works without a relay makes its drop of the day
for this.

The folder must be there: a drive that is not plugged in must not leave its files here.
` + exits,
		Example: "  hearsay desk export outbound --out /media/drive --kit kit.html --dir desk",
		Args:    none,
	}
	flags := addDeskFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if out == "" {
			return misasked("say with --out which folder")
		}
		files := map[string][]byte{}
		if page != "" {
			b, err := readBounded(page, kit.MaxPageSize)
			if err != nil {
				return fmt.Errorf("read the kit: %w", err)
			}
			files[pageName] = b
		}
		return flags.withDesk(cmd, func(d *desk.Desk) error {
			b, err := d.Outbound(cmd.Context())
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			o, err := envelope.ParseOutbound(b)
			if err != nil {
				return fmt.Errorf("export: %w", err)
			}
			files[outboundName] = b
			if err := ofDesk(files[pageName], o.Root); err != nil {
				return fmt.Errorf("%s: %w", page, err)
			}
			for _, name := range []string{outboundName, pageName} {
				if files[name] == nil {
					continue
				}
				if err := drive.Replace(out, name, files[name]); err != nil {
					return fmt.Errorf("export: %w", err)
				}
			}
			return printResult(cmd, asJSON, map[string]any{"fingerprint": d.Fingerprint(), "drops": len(o.Drops), "bytes": len(b)},
				"%s with %d drops; the desk's fingerprint is %s", outboundName, len(o.Drops), d.Fingerprint())
		})
	}
	cmd.Flags().StringVar(&out, "out", "", "the folder to write into, on a drive")
	cmd.Flags().StringVar(&page, "kit", "", "put this page of a kit beside it, as "+pageName)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

// ofDesk refuses the page of another desk's kit, beside which nobody could read
// what is on the drive. No page is well.
func ofDesk(page []byte, root ed25519.PublicKey) error {
	if page == nil {
		return nil
	}
	p, err := kit.ParsePage(page)
	if err == nil && !p.Root.Equal(root) {
		err = kit.ErrOtherDesk
	}
	return err
}
