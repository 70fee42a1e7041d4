// Command truth measures what docs/weigh.md says of the engine; bench/weigh builds
// and runs it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"

	"hearsay/weigh"
)

// part is one thing that can be measured.
type part struct {
	name   string
	folder bool // whether it reads a folder of sets
	inAll  bool
	run    func(ctx context.Context, to io.Writer, folder string, f *figures) error
}

// program is the hearsay that "rows" runs.
var program string

func parts() []part {
	peers := []weigh.Model{weigh.Majority{}, weigh.OneCoin{}, weigh.DawidSkene{}, weigh.IBCC{}, weigh.EBCC{}, weigh.BWA{}, weigh.CATD{}}
	return []part{
		{"crowds", true, true, func(ctx context.Context, to io.Writer, folder string, f *figures) error {
			c, err := printCrowds(ctx, to, folder, weigh.Default{})
			if err == nil {
				f.crowds(c)
			}
			return err
		}},
		{"choices", true, false, func(ctx context.Context, to io.Writer, folder string, _ *figures) error {
			return printChoices(ctx, to, folder)
		}},
		{"open", true, true, func(ctx context.Context, to io.Writer, folder string, f *figures) error {
			if err := printOpen(ctx, to, folder); err != nil {
				return err
			}
			return nil
		}},
		{"numbers", true, true, func(ctx context.Context, to io.Writer, folder string, f *figures) error {
			if err := printNumbers(ctx, to, folder); err != nil {
				return err
			}
			return printNamed(ctx, to, folder, f)
		}},
		{"collusion", true, true, func(ctx context.Context, to io.Writer, folder string, f *figures) error {
			c, err := printCollusion(ctx, to, folder, weigh.Default{}, 5)
			if err == nil {
				f.collusion(c)
			}
			return err
		}},
		{"independent", false, true, func(ctx context.Context, to io.Writer, _ string, f *figures) error {
			w, err := printIndependent(ctx, to, weigh.Default{}, 480)
			if err == nil {
				f.independent(w)
			}
			return err
		}},
		{"all", true, true, printAll},
		{"speed", false, true, func(_ context.Context, to io.Writer, _ string, f *figures) error {
			return printSpeed(to, 50_000_000, f)
		}},
		{"live", false, true, func(ctx context.Context, to io.Writer, _ string, f *figures) error {
			return printLive(ctx, to, 1000, f)
		}},
		{"rows", false, true, func(ctx context.Context, to io.Writer, _ string, f *figures) error {
			if program == "" {
				return fmt.Errorf("rows: which program? -hearsay FILE, as bench/weigh does")
			}
			return printTall(ctx, to, program, tallTables, f)
		}},
		{"worlds", false, false, func(ctx context.Context, to io.Writer, _ string, _ *figures) error {
			return printWorlds(ctx, to, append(peers, weigh.OneAccuracy{}, weigh.Anchored{}, weigh.Default{}, weigh.Mean{}, weigh.Median{}, weigh.GTM{}, weigh.Mixture{}), 10)
		}},
		{"cuts", false, false, func(ctx context.Context, to io.Writer, _ string, _ *figures) error {
			return printCuts(ctx, to, 1000)
		}},
		{"--peers", true, false, func(ctx context.Context, to io.Writer, folder string, _ *figures) error {
			return printPeers(ctx, to, folder, append(peers, weigh.Default{}), 60)
		}},
	}
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench/weigh:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	var words []string
	for j := 0; j < len(args); j++ {
		if args[j] == "-hearsay" && j+1 < len(args) {
			j++
			program = args[j]
			continue
		}
		words = append(words, args[j])
	}
	f := &figures{}
	defer f.print(os.Stdout)
	if len(words) == 0 {
		return errors.New("which folder of sets? See the head of bench/weigh")
	}
	for _, p := range parts() {
		if p.name != words[0] {
			continue
		}
		if p.folder != (len(words) == 2) {
			return fmt.Errorf("%s: a folder of sets where it reads one, and nothing else", p.name)
		}
		return p.run(ctx, os.Stdout, words[len(words)-1], f)
	}
	if len(words) > 1 {
		return fmt.Errorf("there is no part %s", words[0])
	}
	for _, p := range parts() {
		if p.inAll {
			if err := p.run(ctx, os.Stdout, words[0], f); err != nil {
				return err
			}
		}
	}
	return nil
}

func now() time.Time { return time.Now() }
