package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/spf13/cobra"

	"hearsay/envelope"
	"hearsay/relay"
	"hearsay/relay/sqlite"
)

func newRelay() *cobra.Command {
	return group("relay", "Run the relay: the machine that strangers talk to",
		"The relay takes sealed deposits from anyone and hands them to the desk. It can read\nnone of them, and keeps no address and no time finer than a day.\n"+exits,
		"hearsay relay serve --store sqlite:/var/lib/hearsay-relay --create --desk-key 3f…",
		newRelayServe())
}

func newRelayServe() *cobra.Command {
	var store, listen, deskKey string
	var create, asJSON bool
	var puzzle int
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Take deposits and serve what the desk publishes",
		Long: `Take deposits and serve what the desk publishes, until interrupted.

Whatever was answered with "taken" is on the disk by then. Nothing is logged of any
request. Strangers should reach it as an onion service; by itself it speaks HTTP.
` + exits,
		Example: "  hearsay relay serve --store sqlite:/var/lib/hearsay-relay --create --listen 127.0.0.1:8700 --desk-key 3f…",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			root, err := parseDeskKey(deskKey)
			if err != nil {
				return err
			}
			kind, dir, ok := strings.Cut(store, ":")
			if !ok || kind != "sqlite" || dir == "" {
				return misasked("--store %q is not sqlite:FOLDER", store)
			}
			if puzzle < envelope.MinPuzzle || puzzle > envelope.MaxPuzzle {
				return misasked("--puzzle is %d to %d bits", envelope.MinPuzzle, envelope.MaxPuzzle)
			}
			now, err := clock(cmd.Flag("clock-file").Value.String())
			if err != nil {
				return err
			}
			kept, err := sqlite.Open(dir)
			if create && errors.Is(err, sqlite.ErrMissing) {
				kept, err = sqlite.Create(dir)
			}
			if err != nil {
				return fmt.Errorf("open the relay's store in %s: %w", dir, err)
			}
			defer kept.Close()
			server, err := relay.New(cmd.Context(), relay.Config{
				Root: root, Store: kept, Puzzle: puzzle, Now: now,
				AnyJump: cmd.Flag("clock-file").Changed, Log: newLog(cmd),
			})
			if err != nil {
				return fmt.Errorf("start the relay: %w", err)
			}
			listener, err := net.Listen("tcp", listen)
			if err != nil {
				return fmt.Errorf("start the relay: %w", err)
			}
			ctx, stop := untilParentGone(cmd)
			defer stop()
			announce(cmd.OutOrStdout(), asJSON, "relay", "http://"+listener.Addr().String())
			return server.Serve(ctx, listener)
		},
	}
	cmd.Flags().StringVar(&store, "store", "", "where deposits are kept: sqlite:FOLDER")
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:8700", "address and port to listen on")
	cmd.Flags().StringVar(&deskKey, "desk-key", "", "the desk's root public key, 64 hex digits, as desk init prints it")
	cmd.Flags().BoolVar(&create, "create", false, "make the store if there is none")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the address as a JSON document")
	cmd.Flags().IntVar(&puzzle, "puzzle", envelope.DefaultPuzzle, "bits of the puzzle that a deposit solves")
	clockFlag(cmd)
	parentFlag(cmd)
	return cmd
}

func parseDeskKey(text string) (ed25519.PublicKey, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, misasked("--desk-key is the desk's root public key: 64 hex digits, as desk init prints them")
	}
	return b, nil
}

// announce tells where a server can be reached, once it can.
func announce(w io.Writer, asJSON bool, what, address string) {
	if asJSON {
		_ = json.NewEncoder(w).Encode(map[string]string{what: address})
		return
	}
	fmt.Fprintf(w, "%s: %s (stop with Ctrl-C)\n", what, address)
}
