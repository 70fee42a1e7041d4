package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
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

// relayMemory is what Go's collector keeps the relay under. The unit gives it
// 64 MiB, of which the program's own pages want some.
const relayMemory = 40 << 20

func newRelayServe() *cobra.Command {
	var o relayOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Take deposits and serve what the desk publishes",
		Long: `Take deposits and serve what the desk publishes, until interrupted.

Whatever was answered with "taken" is on the disk by then. Nothing is logged of any
request. Strangers should reach it as an onion service; by itself it speaks HTTP.

The options may stand in a file, a line each such as "listen = 127.0.0.1:8700"; what is
given on the command line wins. --listen and --monitor take unix:PATH for a socket too.

--quota is the room for 28 days of deposits; a smaller one makes days keep fewer, by
sampling, and never shuts anyone out. Deposits are refused while the disk is too full to
close the day.
` + exits,
		Example: `  hearsay relay serve --store sqlite:/var/lib/hearsay-relay --create --listen 127.0.0.1:8700 --desk-key 3f…
  hearsay relay serve --config /etc/hearsay-relay.conf`,
		Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error { return serveRelay(cmd, &o) },
	}
	cmd.Flags().StringVar(&o.config, "config", "", "read options from this file")
	cmd.Flags().StringVar(&o.store, "store", "", "where deposits are kept: sqlite:FOLDER")
	cmd.Flags().StringVar(&o.listen, "listen", "127.0.0.1:8700", "address and port to listen on, or unix:PATH")
	cmd.Flags().StringVar(&o.deskKey, "desk-key", "", "the desk's root public key, 64 hex digits, as desk init prints it")
	cmd.Flags().BoolVar(&o.create, "create", false, "make the store if there is none")
	cmd.Flags().BoolVar(&o.asJSON, "json", false, "print the address as a JSON document")
	cmd.Flags().IntVar(&o.puzzle, "puzzle", envelope.DefaultPuzzle, "bits of the puzzle that a deposit solves")
	cmd.Flags().Var(&o.quota, "quota", "room on the disk, such as 500MiB or 6GiB")
	cmd.Flags().StringVar(&o.monitor, "monitor", "", "serve /health and /metrics here, on loopback or unix:PATH")
	cmd.Flags().BoolVar(&o.clockIsRight, "clock-is-right", false, "start although the clock is weeks ahead of the store, which forgets what is 28 days old")
	clockFlag(cmd)
	parentFlag(cmd)
	return cmd
}

// relayOptions are the flags of relay serve.
type relayOptions struct {
	config, store, listen, deskKey, monitor string
	create, asJSON, clockIsRight            bool
	puzzle                                  int
	quota                                   bytesValue
}

func serveRelay(cmd *cobra.Command, o *relayOptions) error {
	if err := configure(cmd, o.config); err != nil {
		return err
	}
	root, err := parseDeskKey(o.deskKey)
	if err != nil {
		return err
	}
	kind, dir, ok := strings.Cut(o.store, ":")
	if !ok || kind != "sqlite" || dir == "" {
		return misasked("--store %q is not sqlite:FOLDER", o.store)
	}
	if o.puzzle < envelope.MinPuzzle || o.puzzle > envelope.MaxPuzzle {
		return misasked("--puzzle is %d to %d bits", envelope.MinPuzzle, envelope.MaxPuzzle)
	}
	if err := onlyOurs(o.monitor); err != nil {
		return err
	}
	c := relay.Config{Root: root, Puzzle: o.puzzle, Log: newLog(cmd)}
	if o.quota > 0 {
		if c.Deposits, c.Chunks, err = relay.Quota(int64(o.quota)); err != nil {
			return misasked("--quota: %v", err)
		}
	}
	clockFile := cmd.Flag("clock-file").Value.String()
	c.AnyJump = o.clockIsRight || clockFile != ""
	if c.Now, err = clock(clockFile); err != nil {
		return err
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(relayMemory)
	}
	kept, err := sqlite.Open(dir)
	if o.create && errors.Is(err, sqlite.ErrMissing) {
		kept, err = sqlite.Create(dir)
	}
	if err != nil {
		return fmt.Errorf("open the relay's store in %s: %w", dir, err)
	}
	defer kept.Close()
	c.Store = kept
	if o.quota > 0 {
		if err := sqlite.HasRoom(dir, uint64(o.quota)); err != nil {
			return fmt.Errorf("start the relay: --quota is %s: %w", &o.quota, err)
		}
	}
	server, err := relay.New(cmd.Context(), c)
	if err != nil {
		return fmt.Errorf("start the relay: %w", err)
	}
	listener, err := listenOn(o.listen)
	if err != nil {
		return fmt.Errorf("start the relay: %w", err)
	}
	addresses := []string{"relay", listenAddress(listener)}
	ctx, stop := untilParentGone(cmd)
	defer stop()
	watched := make(chan error, 1)
	if o.monitor == "" {
		watched <- nil
	} else {
		l, err := listenOn(o.monitor)
		if err != nil {
			listener.Close()
			return fmt.Errorf("start the relay's monitor: %w", err)
		}
		addresses = append(addresses, "monitor", listenAddress(l))
		go func() { watched <- server.ServeMonitor(ctx, l) }()
	}
	announce(cmd.OutOrStdout(), o.asJSON, addresses...)
	err = server.Serve(ctx, listener)
	stop()
	return errors.Join(err, <-watched)
}

func parseDeskKey(text string) (ed25519.PublicKey, error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != ed25519.PublicKeySize {
		return nil, misasked("--desk-key is the desk's root public key: 64 hex digits, as desk init prints them")
	}
	return b, nil
}

// announce tells where servers can be reached, once they can: a name, an
// address, and so on.
func announce(w io.Writer, asJSON bool, servers ...string) {
	if asJSON {
		where := map[string]string{}
		for i := 0; i < len(servers); i += 2 {
			where[servers[i]] = servers[i+1]
		}
		_ = json.NewEncoder(w).Encode(where)
		return
	}
	for i := 0; i < len(servers); i += 2 {
		fmt.Fprintf(w, "%s: %s (stop with Ctrl-C)\n", servers[i], servers[i+1])
	}
}
