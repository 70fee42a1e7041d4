package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"sync"
	"time"

	"hearsay/weigh"
)

// speedCase is one row of the table of speeds: a model on statements made up by
// arithmetic.
type speedCase struct {
	model   weigh.Model
	classes int
	sources int
	zipf    bool // how often a source speaks falls as one over its rank; else all speak equally often
}

// speedCases are those of WEIGH.md, each with both distributions of sources.
func speedCases() []speedCase {
	var all []speedCase
	for _, zipf := range []bool{false, true} {
		for _, sources := range []int{20_000, 1_000_000} {
			all = append(all, speedCase{weigh.OneCoin{}, 2, sources, zipf}, speedCase{weigh.DawidSkene{}, 3, sources, zipf})
		}
	}
	return all
}

// madeUp makes a table of about so many statements in random order of sources: an
// item has one to nine, five on average; sources are right three times in four.
func madeUp(statements int, c speedCase) *weigh.Table {
	t := &weigh.Table{Kind: weigh.Classes, Sources: c.sources, Classes: c.classes}
	t.Item, t.Source, t.Value = make([]int32, 0, statements), make([]int32, 0, statements), make([]int32, 0, statements)
	var speaker []int32 // a table of the inverse distribution, finer than the rarest source
	if c.zipf {
		sum := 0.0
		for s := range c.sources {
			sum += 1 / float64(s+1)
		}
		speaker = make([]int32, 1<<24)
		s, below := 0, 1/sum
		for at := range speaker {
			for (float64(at)+.5)/float64(len(speaker)) > below && s < c.sources-1 {
				s++
				below += 1 / (float64(s+1) * sum)
			}
			// Ranks are spread over indices, so that nothing but the engine's own
			// ordering brings frequent sources together.
			speaker[at] = int32(uint64(s) * 2654435761 % uint64(c.sources))
		}
	}
	state := uint64(1)
	next := func() uint64 {
		state += 0x9e3779b97f4a7c15
		x := (state ^ state>>30) * 0xbf58476d1ce4e5b9
		x = (x ^ x>>27) * 0x94d049bb133111eb
		return x ^ x>>31
	}
	for len(t.Item) < statements {
		x := next()
		truth, n := int32(x>>32)%int32(c.classes), 1+int(x%9)
		if truth < 0 {
			truth = -truth
		}
		for range min(n, statements-len(t.Item)) {
			x := next()
			source := int32(x >> 40 * uint64(c.sources) >> 24)
			if c.zipf {
				source = speaker[x>>40]
			}
			value := truth
			if x&3 == 0 {
				value = int32(x>>2&0xffff) % int32(c.classes)
			}
			t.Item, t.Source, t.Value = append(t.Item, int32(t.Items)), append(t.Source, source), append(t.Value, value)
		}
		t.Items++
	}
	return t
}

// speed is what was measured of one case.
type speed struct {
	wall, cpu float64 // ns for a statement in an iteration, the best iteration
	layout    float64 // seconds before the first iteration ended
}

// rounds is how many iterations are timed.
const rounds = 8

func measure(t *weigh.Table, model weigh.Model, workers int) (speed, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := speed{wall: math.Inf(1), cpu: math.Inf(1)}
	start := time.Now()
	lastWall, lastCPU, n := start, cpuTime(), 0
	_, err := model.Weigh(ctx, t, weigh.Options{Workers: workers, Progress: func(weigh.Progress) {
		wall, cpu := time.Now(), cpuTime()
		if n == 0 {
			s.layout = wall.Sub(start).Seconds()
		} else {
			s.wall = min(s.wall, float64(wall.Sub(lastWall))/float64(t.Statements()))
			s.cpu = min(s.cpu, float64(cpu-lastCPU)/float64(t.Statements()))
		}
		if n++; n > rounds {
			cancel()
		}
		lastWall, lastCPU = time.Now(), cpuTime()
	}})
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return s, err
}

// bandwidth is the best rate, in bytes a second, at which so many workers add two
// columns into a third, each far larger than a cache; read and written bytes are
// counted. McCalpin, STREAM, 1995, the kernel triad.
func bandwidth(workers int) float64 {
	const n = 32 << 20
	a, b, c := make([]float64, n), make([]float64, n), make([]float64, n)
	best := math.Inf(1)
	for range 5 {
		start := time.Now()
		var wait sync.WaitGroup
		for w := range workers {
			wait.Go(func() {
				from, to := n*w/workers, n*(w+1)/workers
				a, b, c := a[from:to], b[from:to], c[from:to]
				for i := range a {
					a[i] = b[i] + 3*c[i]
				}
			})
		}
		wait.Wait()
		best = min(best, time.Since(start).Seconds())
	}
	return 3 * 8 * n / best
}

// speedReach is what is asked for, by classes and sources.
var speedReach = map[[2]int][2]float64{{2, 20_000}: {2, 1.2}, {3, 20_000}: {4, 2.5}, {3, 1_000_000}: {15, 10}}

// floorBytes is the least that one iteration must move for a statement: its
// 32-bit code once.
const floorBytes = 4

// printSpeed prints the table of speeds.
func printSpeed(w io.Writer, statements int, f *figures) error {
	cores := runtime.GOMAXPROCS(0)
	rate := bandwidth(cores)
	floor := floorBytes / rate * 1e9
	fmt.Fprintf(w, "%d statements, %d cores, triad %.1f GB/s on all, %.1f on one; reading %d bytes a statement would take %.2f ns\n",
		statements, cores, rate/1e9, bandwidth(1)/1e9, floorBytes, floor)
	fmt.Fprintf(w, "%-12s %2s %9s %-8s %12s %12s %12s %10s %10s\n", "model", "K", "sources", "", "ns wall", "ns cpu", "ns one core", "x reading", "layout s")
	for _, c := range speedCases() {
		t := madeUp(statements, c)
		all, err := measure(t, c.model, cores)
		if err != nil {
			return err
		}
		one, err := measure(t, c.model, 1)
		if err != nil {
			return err
		}
		shape := "uniform"
		if c.zipf {
			shape = "Zipf"
		}
		fmt.Fprintf(w, "%-12s %2d %9d %-8s %12.2f %12.2f %12.2f %10.1f %10.2f\n",
			c.model.Name(), c.classes, c.sources, shape, all.wall, all.cpu, one.wall, all.wall/floor, all.layout)
		if reach, ok := speedReach[[2]int{c.classes, c.sources}]; ok && !c.zipf {
			f.add(fmt.Sprintf("%s, K = %d, %d sources: ns a statement and iteration, %d cores", c.model.Name(), c.classes, c.sources, cores),
				fmt.Sprintf("≤ %g", reach[0]), fmt.Sprintf("≤ %g", reach[1]), fmt.Sprintf("%.2f (%.0f × reading; %.2f on one core)", all.wall, all.wall/floor, one.wall), all.wall <= reach[0], all.wall <= reach[1])
		}
		runtime.GC()
	}
	return nil
}
