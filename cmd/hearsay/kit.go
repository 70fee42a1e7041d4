package main

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"hearsay/envelope"
	"hearsay/kit/page"
)

func newKit() *cobra.Command {
	return group("kit", "Build the browser kit of a desk",
		"The browser kit is one HTML file with which a source writes to one desk. It works from\na file and from a server alike, and speaks to nobody but the desk's relay.\n"+exits,
		"hearsay kit build --desk-key 3f… --name 'The Example Desk' --relay http://….onion --out kit",
		newKitBuild())
}

// builtKit is what kit build prints: with it somebody who gets the page can
// know that it is this one.
type builtKit struct {
	Kit    string `json:"kit"`  // fingerprint of the page
	Desk   string `json:"desk"` // and of the desk
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
	Gzip   int    `json:"gzip"`
	Page   string `json:"page"`
}

func newKitBuild() *cobra.Command {
	var config page.Config
	var deskFile, deskKey, out string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "build",
		Short: "Make the page with which sources write to a desk",
		Long: `Make the page with which sources write to a desk: kit.html, and kit.html.gz of it.

The desk is named by its root key (--desk-key), by the file desk.bin of an outbound
drive (--desk), or by both, which must then agree; a roster as the relay serves it will
do for --desk beside the key. From such a file the page also learns the least serial of
a charter that it takes. Without --relay the page only carries.

The same desk, name, relay and serial give the same bytes anywhere. Print the two
fingerprints on a card: whoever gets the page compares them on the screen, and its
SHA-256 with another tool, since a forged page can show what it likes.
` + exits,
		Example: "  hearsay kit build --desk-key 3f… --name 'The Example Desk' --relay http://….onion --out kit\n" +
			"  hearsay kit build --desk drive/desk.bin --name 'The Example Desk' --out kit",
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if out == "" {
				return misasked("say with --out where the page is to lie")
			}
			now, err := clock(cmd.Flag("clock-file").Value.String())
			if err != nil {
				return err
			}
			if config.Root, config.Serial, err = deskOfKit(deskFile, deskKey, config.Serial, now()); err != nil {
				return err
			}
			built, err := buildKit(config, out)
			if err != nil {
				return err
			}
			if asJSON {
				return json.NewEncoder(cmd.OutOrStdout()).Encode(built)
			}
			fmt.Fprintf(cmd.OutOrStdout(), `The page is %s.
  desk    %s   for the card
  page    %s   for the card
  sha256  %s
  size    %d bytes, %d by gzip
`, built.Page, built.Desk, built.Kit, built.SHA256, built.Bytes, built.Gzip)
			return nil
		},
	}
	cmd.Flags().StringVar(&deskFile, "desk", "", "a file desk.bin that the desk published, or its roster")
	cmd.Flags().StringVar(&deskKey, "desk-key", "", "the desk's root public key, 64 hex digits, as desk init prints it")
	cmd.Flags().StringVar(&config.Relay, "relay", "", "the relay's address, such as http://….onion")
	cmd.Flags().StringVar(&config.Name, "name", "", "the desk's name, as people know it")
	cmd.Flags().Uint32Var(&config.Serial, "serial", 0, "least serial of a charter that the page takes")
	cmd.Flags().IntVar(&config.Days, "days", 7, "days of replies in a usual load, 7 or 28")
	cmd.Flags().StringVar(&out, "out", "", "the folder of the page")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the result as one JSON document")
	clockFlag(cmd)
	return cmd
}

// deskOfKit returns the desk's root key and the least serial, by the key that
// was given, the file that was, or both.
func deskOfKit(file, key string, serial uint32, now time.Time) (ed25519.PublicKey, uint32, error) {
	if file == "" && key == "" {
		return nil, 0, misasked("say with --desk-key or --desk which desk the page is for")
	}
	var root ed25519.PublicKey
	if key != "" {
		var err error
		if root, err = parseDeskKey(key); err != nil {
			return nil, 0, err
		}
	}
	if file == "" {
		return root, serial, nil
	}
	roster, more, err := readUpTo(file, envelope.MaxOutboundSize)
	if more {
		err = fmt.Errorf("%s: %w", file, errTooLarge)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the desk's file: %w", err)
	}
	if drive, err := envelope.ParseOutbound(roster); err == nil {
		if root != nil && !root.Equal(drive.Root) {
			return nil, 0, misasked("%s is of another desk than --desk-key", file)
		}
		root, roster = drive.Root, drive.Roster
	}
	if root == nil {
		return nil, 0, misasked("%s does not say whose it is: give --desk-key too", file)
	}
	known, err := envelope.ParseRoster(root, roster, envelope.EpochOf(now), serial)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", file, err)
	}
	return root, known.Charter.Serial, nil
}

var errTooLarge = errors.New("larger than anything that a desk publishes")

// buildKit writes the page and its compressed form, each in one step.
func buildKit(config page.Config, out string) (builtKit, error) {
	html, err := page.Build(config)
	if err != nil {
		return builtKit{}, fmt.Errorf("make the page: %w", err)
	}
	fingerprint, err := page.Fingerprint(html)
	if err != nil {
		return builtKit{}, fmt.Errorf("make the page: %w", err)
	}
	var squeezed bytes.Buffer
	w, err := gzip.NewWriterLevel(&squeezed, gzip.BestCompression)
	if err != nil {
		return builtKit{}, fmt.Errorf("compress the page: %w", err)
	}
	if _, err := w.Write(html); err != nil {
		return builtKit{}, fmt.Errorf("compress the page: %w", err)
	}
	if err := w.Close(); err != nil {
		return builtKit{}, fmt.Errorf("compress the page: %w", err)
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return builtKit{}, fmt.Errorf("make the page's folder: %w", err)
	}
	path := filepath.Join(out, "kit.html")
	for name, b := range map[string][]byte{path: html, path + ".gz": squeezed.Bytes()} {
		if err := os.WriteFile(name+".new", b, 0o666); err != nil {
			return builtKit{}, fmt.Errorf("write the page: %w", err)
		}
		if err := os.Rename(name+".new", name); err != nil {
			return builtKit{}, fmt.Errorf("write the page: %w", err)
		}
	}
	digest := sha256.Sum256(html)
	return builtKit{
		Kit: fingerprint, Desk: envelope.DeskIDOf(config.Root).Fingerprint(), SHA256: hex.EncodeToString(digest[:]),
		Bytes: len(html), Gzip: squeezed.Len(), Page: path,
	}, nil
}
