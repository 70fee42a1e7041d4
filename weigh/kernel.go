package weigh

import (
	"context"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
)

// A kernel is one round of expectation-maximisation over a packed table: what
// each statement adds to its item's posterior, and what the posterior adds back
// to each source's counts, in one reading of the statements. There are two:
// oneCoin has one accuracy a source, confusion a row of probabilities for every
// state of an item. A model owns the priors: it reads counts, sets parameters,
// and asks for the next round.
//
//	p, err := packTable(t, workers)
//	k := newConfusion(p, t.Classes, 1, t.Settled, workers)
//	k.startFromVotes()        // posterior := shares of the vote
//	err = k.count(ctx)        // counts := what that posterior expects
//	for range rounds {
//		k.setPrior(prior)     // from k.classCounts()
//		err = k.update(ctx, func(source int, counts []float64, logs []float32) { ... })
//		moved, err = k.pass(ctx) // posterior from rows, counts from posterior
//	}
//
// Determinism. Workers take blocks of items in whatever order they come, so
// nothing that they add together may depend on that order: an item's posterior
// is summed by one worker in the order of the packed table, expected counts are
// whole numbers of countUnit, whose sum is the same in any order, and the sums
// kept per block are added block by block afterwards.

// Expected counts are whole numbers of countUnit: rounding to it is off by at most
// 1.2e-7 a statement, as often up as down, and half of 32 bits holds 512 statements
// before they must be moved to a wider sum.
const (
	countBits = 22
	countUnit = 1.0 / (1 << countBits)
)

// blockItems is how many items a worker takes at a time: enough that taking is
// free, few enough that workers end together and a cancelled context is noticed
// within milliseconds.
const blockItems = 2048

// shareAll is share for work too short to be cancelled within.
func shareAll(workers, blocks int, do func(worker, block int)) {
	_ = share(context.Background(), workers, blocks, do)
}

func workersOf(opt Options) int {
	if opt.Workers > 0 {
		return opt.Workers
	}
	return runtime.GOMAXPROCS(0)
}

func blocksOf(items int) int { return (items + blockItems - 1) / blockItems }

// share runs do(worker, block) once for every block on so many workers, and
// returns the context's error if that ended it early.
func share(ctx context.Context, workers, blocks int, do func(worker, block int)) error {
	if workers = max(1, min(workers, blocks)); workers == 1 {
		for b := range blocks {
			if err := ctx.Err(); err != nil {
				return err
			}
			do(0, b)
		}
		return nil
	}
	var next atomic.Int64
	var wait sync.WaitGroup
	for w := range workers {
		wait.Go(func() {
			for ctx.Err() == nil {
				b := int(next.Add(1)) - 1
				if b >= blocks {
					return
				}
				do(w, b)
			}
		})
	}
	wait.Wait()
	return ctx.Err()
}

// expWide is e^x for |x| <= mostWide to a relative error below 4e-7: x is cut into
// n ln 2 + r with |r| <= ln 2 / 2, e^r is a polynomial of degree six and 2^n goes
// straight into the exponent. Cody and Waite, Software Manual for the Elementary
// Functions, 1980, chapter 6.
func expWide(x float64) float64 {
	const shift = 1.5 * (1 << 52) // adding it rounds to a whole number, left in the low bits
	n := x*math.Log2E + shift
	r := x - (n-shift)*math.Ln2
	// In pairs, so that a processor computes them at once (Estrin).
	s := r * r
	p := (1 + r) + s*((0.5+r*(1.0/6))+s*((1.0/24+r*(1.0/120))+s*(1.0/720)))
	return math.Float64frombits(math.Float64bits(p) + math.Float64bits(n)<<52)
}

// mostWide is where expWide ends; beyond, a probability differs from 0 or 1 by
// less than any float.
const mostWide = 700

func clampWide(x float64) float64 {
	if x > mostWide {
		return mostWide
	}
	if x < -mostWide {
		return -mostWide
	}
	return x
}
