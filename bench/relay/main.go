// Command relay measures how many deposits a relay takes durably, against the
// same server with a store that keeps nothing and against what the disk itself
// can sync in batches, all in the same run.
//
//	go run ./bench/relay [-dir FOLDER] [-deposits N] [-posters N] [-rounds N]
//	go run ./bench/relay -soak 1h -hearsay BINARY     load the program for so long, and watch its memory
//
// The folder decides which disk is measured. A day's cap is raised for it: the
// protocol lets a relay keep 2,048.
package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"flag"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"hearsay/envelope"
	"hearsay/relay"
	"hearsay/relay/sqlite"
)

const today = envelope.Epoch(18262)

func main() {
	var b bench
	flag.StringVar(&b.dir, "dir", os.TempDir(), "a folder on the disk to measure")
	flag.IntVar(&b.count, "deposits", 16384, "how many deposits a round has")
	flag.IntVar(&b.posters, "posters", 64, "how many connections post at once")
	flag.IntVar(&b.rounds, "rounds", 5, "how many rounds; the middle one of each is told")
	soak := flag.Duration("soak", 0, "load the program for so long instead, and watch its memory")
	hearsay := flag.String("hearsay", "hearsay", "the program to load")
	flag.Parse()
	if err := b.inFolder(func() error {
		if *soak > 0 {
			return b.soak(*hearsay, *soak)
		}
		return b.run()
	}); err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

type bench struct {
	dir                    string
	count, posters, rounds int

	root     ed25519.PublicKey
	deposits [][]byte
}

// inFolder calls f with a folder that goes afterwards, and a desk.
func (b *bench) inFolder(f func() error) error {
	root, _, err := ed25519.GenerateKey(nil)
	if err != nil {
		return err
	}
	b.root = root
	work, err := os.MkdirTemp(b.dir, "hearsay-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	b.dir = work
	return f()
}

func (b *bench) run() error {
	if err := b.solve(); err != nil {
		return err
	}
	fmt.Printf("%d deposits of %d bytes, %d connections, %d cores, %s\n", b.count, envelope.DepositSize, b.posters, runtime.NumCPU(), runtime.Version())

	var ceiling, nothing, durable []float64
	for round := range b.rounds {
		rate, err := b.disk()
		if err != nil {
			return err
		}
		ceiling = append(ceiling, rate)
		if rate, err = b.load(nothingKept{}); err != nil {
			return err
		}
		nothing = append(nothing, rate)
		rate, err = b.withStore(round, func(s *sqlite.Store) (float64, error) { return b.load(s) })
		if err != nil {
			return err
		}
		durable = append(durable, rate)
		fmt.Printf("round %d: disk alone %.0f, kept nothing %.0f, durable %.0f a second: %.2f of the lower\n",
			round+1, ceiling[round], nothing[round], durable[round], durable[round]/min(ceiling[round], nothing[round]))
	}
	c, n, d := middle(ceiling), middle(nothing), middle(durable)
	fmt.Printf("middle: disk alone %.0f, kept nothing %.0f, durable %.0f a second: %.2f of the lower\n", c, n, d, d/min(c, n))

	for _, share := range []float64{0.5} {
		latencies, err := b.paced(d * share)
		if err != nil {
			return err
		}
		slices.Sort(latencies)
		at := func(q float64) time.Duration {
			return latencies[int(q*float64(len(latencies)-1))].Round(10 * time.Microsecond)
		}
		fmt.Printf("at %.0f a second, half of that: p50 %v, p99 %v, p99.9 %v, most %v\n", d*share, at(.5), at(.99), at(.999), at(1))
	}
	return nil
}

func middle(rates []float64) float64 {
	sorted := slices.Sorted(slices.Values(rates))
	return sorted[len(sorted)/2]
}

// solve makes the deposits, on all cores.
func (b *bench) solve() error {
	desk := envelope.DeskIDOf(b.root)
	b.deposits = make([][]byte, b.count)
	var next atomic.Int64
	errs := make([]error, runtime.NumCPU())
	var wg sync.WaitGroup
	for core := range errs {
		wg.Go(func() {
			for n := next.Add(1) - 1; n < int64(b.count) && errs[core] == nil; n = next.Add(1) - 1 {
				payload := make([]byte, envelope.PayloadSize)
				rand.Read(payload)
				b.deposits[n], errs[core] = envelope.NewDeposit(context.Background(), desk, today, payload, envelope.MinPuzzle)
			}
		})
	}
	wg.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// disk writes what the deposits have, in batches of as many as there are
// posters, each synced before the next: what a group commit that did nothing
// else could reach.
func (b *bench) disk() (rate float64, err error) {
	name := filepath.Join(b.dir, "disk")
	f, err := os.Create(name)
	if err != nil {
		return 0, err
	}
	defer os.Remove(name)
	defer f.Close()
	batch := make([]byte, 0, b.posters*envelope.PayloadSize)
	began := time.Now()
	for from := 0; from < b.count; from += b.posters {
		batch = batch[:0]
		for _, d := range b.deposits[from:min(from+b.posters, b.count)] {
			batch = append(batch, d[envelope.DepositHeader:]...)
		}
		if _, err := f.Write(batch); err != nil {
			return 0, err
		}
		if err := syncData(f); err != nil {
			return 0, err
		}
	}
	return float64(b.count) / time.Since(began).Seconds(), nil
}

// nothingKept is a store that answers and keeps nothing.
type nothingKept struct{}

func (nothingKept) Append(context.Context, envelope.Epoch, relay.Deposit, relay.Reservoir) error {
	return nil
}
func (nothingKept) List(context.Context, envelope.Epoch, relay.Kind) ([]relay.ID, error) {
	return nil, nil
}
func (nothingKept) Get(context.Context, []relay.ID) ([][]byte, error)                     { return nil, nil }
func (nothingKept) Forget(context.Context, envelope.Epoch) error                          { return nil }
func (nothingKept) Put(context.Context, relay.Record) error                               { return nil }
func (nothingKept) Add(context.Context, relay.Record) error                               { return nil }
func (nothingKept) Load(context.Context, string) ([]relay.Record, error)                  { return nil, nil }
func (nothingKept) Check(context.Context) error                                           { return nil }
func (nothingKept) Turn(context.Context, envelope.Epoch, func(int, func(i, j int))) error { return nil }

// withStore calls f with an empty store.
func (b *bench) withStore(round int, f func(*sqlite.Store) (float64, error)) (rate float64, err error) {
	dir := filepath.Join(b.dir, fmt.Sprint("store", round))
	s, err := sqlite.Create(dir)
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	defer s.Close()
	return f(s)
}

// serve serves a relay with a store on loopback, until stop is called.
func (b *bench) serve(store relay.Store, now func() time.Time) (address string, stop func() error, err error) {
	r, err := relay.New(context.Background(), relay.Config{
		Root: b.root, Store: store, Puzzle: envelope.MinPuzzle, Deposits: max(b.count, envelope.MaxDeposits), Now: now, AnyJump: true,
	})
	if err != nil {
		return "", nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Serve(ctx, l) }()
	return l.Addr().String(), func() error { cancel(); return <-ended }, nil
}

// load posts all deposits, each poster the next as soon as one was answered.
func (b *bench) load(store relay.Store) (rate float64, err error) {
	address, stop, err := b.serve(store, func() time.Time { return today.Time() })
	if err != nil {
		return 0, err
	}
	var next atomic.Int64
	errs := make([]error, b.posters)
	var wg sync.WaitGroup
	began := time.Now()
	for p := range b.posters {
		wg.Go(func() {
			var c *poster
			if c, errs[p] = newPoster(address); errs[p] != nil {
				return
			}
			defer c.Close()
			for n := next.Add(1) - 1; n < int64(b.count) && errs[p] == nil; n = next.Add(1) - 1 {
				errs[p] = c.post(b.deposits[n])
			}
		})
	}
	wg.Wait()
	took := time.Since(began)
	for _, err := range append(errs, stop()) {
		if err != nil {
			return 0, err
		}
	}
	return float64(b.count) / took.Seconds(), nil
}
