package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"hearsay/weigh"
)

// printLive measures what one statement more costs a weigh.Live that holds a
// million, in processor time of its thread: on worlds where sources speak equally often, where one makes a
// tenth of all statements, and where little is certain.
func printLive(ctx context.Context, out io.Writer, changes int, f *figures) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for j, w := range []struct {
		name        string
		classes     int
		least, most float64
		crowded     bool
	}{
		{"4 classes, sources right 50-95 %", 4, .5, .95, false},
		{"the same, one makes a tenth of it", 4, .5, .95, true},
		{"2 classes, sources right 60-95 %", 2, .6, .95, false},
	} {
		table := million(w.classes, w.least, w.most, w.crowded)
		before := heap()
		l, err := weigh.NewLive(ctx, table, nil, weigh.Options{})
		if err != nil {
			return err
		}
		bytes := float64(heap()-before) / float64(table.Statements())
		var provisional, removed, settled []time.Duration
		r := rand.New(rand.NewPCG(2, 0))
		for range changes {
			j := r.IntN(table.Statements())
			s := weigh.Statement{Item: table.Item[j], Source: table.Source[j], Value: table.Value[j], Origin: weigh.NoOrigin}
			t0 := threadTime()
			if _, err := l.Remove(s); err != nil {
				return err
			}
			removed = append(removed, threadTime()-t0)
			if err := l.Settle(ctx, 1e-6); err != nil {
				return err
			}
			t0 = threadTime()
			if _, err := l.Add(s); err != nil {
				return err
			}
			t1 := threadTime()
			if err := l.Settle(ctx, 1e-6); err != nil {
				return err
			}
			provisional, settled = append(provisional, t1-t0), append(settled, threadTime()-t1)
		}
		was := probabilities(l, table.Items)
		if err := l.Settle(ctx, 1e-10); err != nil {
			return err
		}
		far, now := 0.0, probabilities(l, table.Items)
		for i := range now {
			far = max(far, math.Abs(now[i]-was[i]))
		}
		t0 := threadTime()
		if err := l.Refit(ctx); err != nil {
			return err
		}
		fmt.Fprintf(out, "%-36s add %s, remove %s, settle %s, off by %.1e; full run to 1e-10 %v; %.0f B a statement\n",
			w.name, middleAndTail(provisional), middleAndTail(removed), middleAndTail(settled), far, (threadTime() - t0).Round(time.Millisecond), bytes)
		if j == 0 {
			add, settle := provisional[len(provisional)/2], settled[len(settled)/2] // sorted by now
			f.add("one statement into 1 M: provisional / to 1e-6, median", "10 µs / 2 ms", "5 µs / 0.5 ms", fmt.Sprintf("%.1f µs / %.3f ms", float64(add)/1e3, float64(settle)/1e6),
				add <= 10*time.Microsecond && settle <= 2*time.Millisecond, add <= 5*time.Microsecond && settle <= 500*time.Microsecond)
		}
	}
	return nil
}

// million is a table of 100,000 items with ten statements each by 20,000
// sources. Where crowded, source r speaks as often as 1/(r+1).
func million(classes int, least, most float64, crowded bool) *weigh.Table {
	const items, each, sources = 100_000, 10, 20_000
	r := rand.New(rand.NewPCG(1, 0))
	t := &weigh.Table{Kind: weigh.Classes, Classes: classes, Items: items, Sources: sources}
	accuracy, spoken := make([]float64, sources), make([]int, sources)
	for s := range accuracy {
		accuracy[s] = least + (most-least)*r.Float64()
	}
	for i := range items {
		truth := r.IntN(classes)
		for n := 0; n < each; {
			s := r.IntN(sources)
			if crowded {
				s = int(math.Pow(sources+1, r.Float64())) - 1
			}
			if spoken[s] == i+1 {
				continue
			}
			spoken[s] = i + 1
			n++
			v := truth
			if r.Float64() > accuracy[s] {
				v = (truth + 1 + r.IntN(classes-1)) % classes
			}
			t.Item, t.Source, t.Value = append(t.Item, int32(i)), append(t.Source, int32(s)), append(t.Value, int32(v))
		}
	}
	return t
}

func probabilities(l *weigh.Live, items int) (all []float64) {
	for i := range items {
		all = append(all, l.Verdict(int32(i)).P...)
	}
	return all
}

func middleAndTail(x []time.Duration) string {
	slices.Sort(x)
	return fmt.Sprintf("%.1f µs (99 %%: %.1f)", float64(x[len(x)/2])/1e3, float64(x[len(x)*99/100])/1e3)
}

func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
