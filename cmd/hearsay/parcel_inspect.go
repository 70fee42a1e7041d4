package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"hearsay/courier"
	"hearsay/envelope"
	"hearsay/kit"
)

// inspected is what parcel inspect prints.
type inspected struct {
	Kind        string   `json:"kind"`
	Fingerprint string   `json:"fingerprint,omitempty"`
	Name        string   `json:"name,omitempty"`
	From        string   `json:"from,omitempty"`
	To          string   `json:"to,omitempty"`
	Drops       []string `json:"drops,omitempty"`
	Payloads    int      `json:"payloads,omitempty"`
	Chunks      int      `json:"chunks,omitempty"`
	Says        string   `json:"says"`
}

const maxInspected = max(courier.MaxSealed, envelope.MaxOutboundSize, kit.MaxPageSize)

// inspect says what a file is. It has no key, and believes no claim.
func inspect(b []byte) (inspected, bool) {
	if o, err := envelope.ParseOutbound(b); err == nil {
		i := inspected{Kind: "outbound", Fingerprint: envelope.DeskIDOf(o.Root).Fingerprint(),
			Says: "what a desk publishes, on a drive; compare the fingerprint with one that you have from elsewhere"}
		charter, err := envelope.ParseCharter(o.Root, o.Roster[:envelope.CharterSize])
		if err != nil {
			i.Says = "in the form of what a desk publishes, but its charter is not signed by the key that it names: do not use it"
			return i, true
		}
		i.From, i.To = charter.From.String(), charter.To.String()
		for _, d := range o.Drops {
			i.Drops = append(i.Drops, dropDay(o, charter, d))
		}
		return i, true
	}
	if page, err := kit.ParsePage(b); err == nil {
		return inspected{Kind: "kit", Fingerprint: envelope.DeskIDOf(page.Root).Fingerprint(), Name: showable(page.Name),
			Says: "the page of a kit; what it does nobody can tell from here: compare its digest, too"}, true
	}
	if p, err := courier.ParseSealed(b); err == nil {
		return inspected{Kind: "sealed parcel", Payloads: len(p.Payloads), Chunks: len(p.Chunks),
			Says: "a sealed parcel that is not split; for which desk, from whom and what, only the desk can tell"}, true
	}
	if len(b) == courier.DriveSize {
		return inspected{Kind: "drive file",
			Says: "of the length of a drive file, 16 cells; whether it is one, for which desk, of which set and with how much in it, only the desk's key can tell"}, true
	}
	return inspected{Kind: "nothing", Says: "nothing of Hearsay's"}, false
}

// dropDay is the day of a drop, by its editor's signature.
func dropDay(o envelope.Outbound, c envelope.Charter, b []byte) string {
	for _, editor := range c.Editors {
		if d, err := envelope.ParseDrop(envelope.DeskIDOf(o.Root), editor, c.Rows, b); err == nil {
			return d.Epoch.String()
		}
	}
	return "not signed by an editor"
}

func newParcelInspect() *cobra.Command {
	var card cardFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Say what a file is, without any key",
		Long: `Say what a file is, without any key: a drive file, what a desk publishes, a sealed parcel,
the page of a kit, or nothing of Hearsay's (exit 1). It says what it cannot know. Of what has
a desk's fingerprint it can make the QR code for a card.
` + exits,
		Example: "  hearsay parcel inspect /media/from-desk/desk.bin --qr",
		Args:    exactly("a file"),
	}
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		f, err := os.Open(args[0])
		if err != nil {
			return fmt.Errorf("inspect: %w", err)
		}
		defer f.Close()
		b, err := io.ReadAll(io.LimitReader(f, maxInspected+1))
		if err != nil {
			return fmt.Errorf("inspect: %w", err)
		}
		i, ours := inspect(b)
		if card.wanted() {
			if i.Fingerprint == "" {
				return misasked("%s has no fingerprint for a card", args[0])
			}
			if err := card.write(cmd.OutOrStdout(), i.Fingerprint); err != nil {
				return fmt.Errorf("make a card: %w", err)
			}
		}
		if asJSON {
			err = json.NewEncoder(cmd.OutOrStdout()).Encode(i)
		} else {
			i.print(cmd.OutOrStdout())
		}
		if err == nil && !ours {
			err = errNo
		}
		return err
	}
	card.add(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	return cmd
}

func (i inspected) print(w io.Writer) {
	fmt.Fprintf(w, "%s: %s\n", i.Kind, i.Says)
	if i.Fingerprint != "" {
		fmt.Fprintf(w, "fingerprint  %s\n", i.Fingerprint)
	}
	if i.Name != "" {
		fmt.Fprintf(w, "calls itself %s\n", i.Name)
	}
	if i.From != "" {
		fmt.Fprintf(w, "charter      %s to %s\n", i.From, i.To)
	}
	if i.Payloads+i.Chunks > 0 {
		fmt.Fprintf(w, "holds        %d payloads and %d chunks\n", i.Payloads, i.Chunks)
	}
	for _, day := range i.Drops {
		fmt.Fprintf(w, "drop         %s\n", day)
	}
}
