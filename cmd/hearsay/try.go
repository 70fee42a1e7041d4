package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hearsay/example"
	"hearsay/ledger"
)

func newTry() *cobra.Command {
	var out string
	var serve, asJSON bool
	cmd := &cobra.Command{
		Use:   "try",
		Short: "Play the worked example through all three zones, and look around",
		Long: `Play the worked example through all three zones: sources seal, relay and parcels
carry, the desk weighs, the gate asks, the site tells. Relay and desk run as processes
of their own under a clock that moves from January 2020 to June 2021; nothing is faked.
Then relay, desk and site are served on loopback until you stop them.

With --out everything is left in DIR, and the next try there replaces it. No person in
the example exists; its figures are real and cited in example/dossier/provenance.json.
` + exits,
		Example: "  hearsay try\n  hearsay try --serve=false --out /tmp/hearsay-example && hearsay verify /tmp/hearsay-example/site",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return try(cmd, out, serve, asJSON)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "leave everything in this folder")
	cmd.Flags().BoolVar(&serve, "serve", true, "serve relay, desk and site afterwards")
	cmd.Flags().BoolVar(&asJSON, "json", false, "end with one JSON document on standard output; the story goes to standard error")
	return cmd
}

func try(cmd *cobra.Command, out string, serve, asJSON bool) (err error) {
	ctx := cmd.Context()
	story := cmd.OutOrStdout()
	if asJSON {
		story = cmd.ErrOrStderr()
	}
	shown := out
	if out == "" {
		if out, err = os.MkdirTemp("", "hearsay-try-"); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, os.RemoveAll(out)) }()
	} else if out, err = filepath.Abs(out); err != nil {
		return err
	}
	executable, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	dossier, err := example.Load()
	if err != nil {
		return err
	}
	stage := example.Stage{Dir: out}
	claim, err := stage.Claim(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, claim.Close()) }()

	began := time.Now()
	teller := newTeller(story, began)
	play := &example.Play{Dossier: dossier, Stage: stage, Program: example.Program{Path: executable, Name: os.Args[0], Claim: claim}, Tell: teller.tell}
	played, err := play.Run(ctx)
	teller.clear()
	if err != nil {
		return fmt.Errorf("try: %w", err)
	}
	defer func() { err = errors.Join(err, played.Close()) }()

	report, err := checkExample(ctx, stage.Site())
	if err != nil {
		return err
	}
	teller.end(fmt.Sprintf("hearsay verify: %d files of edition %d are as the ledger has them", report.Files, report.Edition))
	seconds := time.Since(began).Seconds()
	fmt.Fprintf(story, "\n%d reports became %d claims and %d bulletins, by %d deposits that all look alike, in %.1f s.\n",
		played.Reports, countClaims(played.Claims), len(played.Bulletins), played.Deposits, seconds)
	if asJSON && !serve {
		if err := printTried(cmd.OutOrStdout(), played, stage, shown, seconds); err != nil {
			return err
		}
	}
	if shown != "" {
		fmt.Fprintf(story, "Everything lies in %s: relay, desk, site, and sticks (keys that a real desk keeps apart).\n", shown)
	}
	if !serve {
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("serve the site: %w", err)
	}
	fmt.Fprintf(story, `
  site   http://%s/
         what readers see: the bulletin B3 and what C1 corrected in it, the series, the archive
  desk   %s
         sign in as first with %s
                or second with %s
         look at the inbox, the claim custody/kite-7/status, the source HERON and its cut, the bulletin B4
  relay  %s/v1/status
         128 bytes, and ciphertext for whoever holds the keys: that is all there is

The clock stands at %s. Stop with Ctrl-C.
`, listener.Addr(), played.DeskStart, played.Passphrases["first"], played.Passphrases["second"], played.RelayAddress, played.Today)
	if asJSON {
		if err := printTried(cmd.OutOrStdout(), played, stage, shown, seconds); err != nil {
			return err
		}
	}
	serving, stop := context.WithCancel(ctx)
	defer stop()
	gone := make(chan error, 1)
	go func() { gone <- played.Wait(serving); stop() }()
	err = serveSite(serving, listener, stage.Site())
	stop()
	if early := <-gone; early != nil {
		return errors.Join(err, early)
	}
	fmt.Fprintln(story, "\nStopped; nothing is left running.")
	return err
}

// checkExample verifies the site that was just made. Whatever was remembered of
// an earlier example at the same place is forgotten: that ledger is gone.
func checkExample(ctx context.Context, dir string) (ledger.Report, error) {
	report, err := ledger.Check(ctx, os.DirFS(dir), ledger.Known{Place: dir})
	if err != nil {
		return report, fmt.Errorf("verify the site: %w", err)
	}
	if !report.OK() {
		return report, fmt.Errorf("verify the site: %s", report.Findings[0])
	}
	file, err := defaultMemory()
	if err != nil {
		return report, nil // without a home folder nothing was remembered
	}
	memory, err := ledger.ReadMemory(file)
	if err != nil || !memory.Forget(dir) {
		return report, nil // verify itself tells of a memory that cannot be read
	}
	return report, memory.Write(file)
}

// printTried prints the desk's own view of what it holds.
func printTried(w io.Writer, played *example.Played, stage example.Stage, shown string, seconds float64) error {
	site := stage.Site()
	if shown != "" {
		site = filepath.Join(shown, "site")
	}
	claims, err := played.ClaimList()
	if err != nil {
		return err
	}
	return json.NewEncoder(w).Encode(map[string]any{
		"claims": claims, "bulletins": played.Bulletins, "site": site, "seconds": float64(int(seconds*100)) / 100,
	})
}

func countClaims(claims json.RawMessage) int {
	var list struct {
		Claims []json.RawMessage `json:"claims"`
	}
	if json.Unmarshal(claims, &list) != nil {
		return 0
	}
	return len(list.Claims)
}

// teller prints the story, a line a step; on a terminal also what is going on.
type teller struct {
	w        io.Writer
	began    time.Time
	terminal bool
	day      string
}

func newTeller(w io.Writer, began time.Time) *teller {
	t := &teller{w: w, began: began}
	if f, ok := w.(interface{ Fd() uintptr }); ok {
		t.terminal = term.IsTerminal(int(f.Fd()))
	}
	if t.terminal {
		fmt.Fprint(t.w, "… making a desk")
	}
	return t
}

func (t *teller) tell(line example.Line) {
	day := line.Day.String()
	if day == t.day {
		day = ""
	}
	t.day = line.Day.String()
	t.clear()
	fmt.Fprintf(t.w, "%-10s  %-7s %s  (%d ms)\n", day, line.Zone, line.Text, line.Took.Milliseconds())
	if t.terminal {
		fmt.Fprintf(t.w, "… %s, %.1f s", line.Day, time.Since(t.began).Seconds())
	}
}

func (t *teller) clear() {
	if t.terminal {
		fmt.Fprint(t.w, "\r\x1b[K")
	}
}

func (t *teller) end(text string) {
	t.clear()
	fmt.Fprintf(t.w, "%-10s  %-7s %s\n", "", "reader", text)
}
