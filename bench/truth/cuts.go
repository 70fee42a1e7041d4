package main

import (
	"context"
	"fmt"
	"io"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

// cutCount is what weigh.SuggestCuts found in worlds of one sort.
type cutCount struct {
	worlds, alarmed int // alarmed: with a suggestion for a source that did not change
	tested, wrong   int // sources
	turned, found   int
	late, off       float64 // days from the turn to when it could have been noticed, and to the day suggested
	otherwise       int     // worlds with another explanation
}

// printCuts prints how often a change is suggested where nobody changed, and how
// often and how late it is found where somebody did.
func printCuts(ctx context.Context, w io.Writer, seeds int) error {
	fmt.Fprintf(w, "%-34s %8s %8s %8s\n", "nobody changes", "worlds", "alarmed", "sources")
	var all cutCount
	for _, named := range synth.Undisturbed() {
		c, err := countCuts(ctx, named.World, seeds)
		if err != nil {
			return fmt.Errorf("%s: %w", named.Name, err)
		}
		fmt.Fprintf(w, "%-34s %8d %7.1f%% %7.3f%%\n", named.Name, c.worlds, percent(c.alarmed, c.worlds), percent(c.wrong, c.tested))
		all.worlds, all.alarmed, all.wrong, all.tested = all.worlds+c.worlds, all.alarmed+c.alarmed, all.wrong+c.wrong, all.tested+c.tested
	}
	fmt.Fprintf(w, "%-34s %8d %7.1f%% %7.3f%%\n", "all", all.worlds, percent(all.alarmed, all.worlds), percent(all.wrong, all.tested))
	fmt.Fprintf(w, "\n%-34s %8s %8s %8s %11s %9s %11s\n", "somebody is turned", "found", "alarmed", "sources", "days after", "day off", "or others")
	for _, named := range synth.Captured() {
		c, err := countCuts(ctx, named.World, seeds/5)
		if err != nil {
			return fmt.Errorf("%s: %w", named.Name, err)
		}
		n := float64(max(1, c.found))
		fmt.Fprintf(w, "%-34s %7.1f%% %7.1f%% %7.3f%% %11.1f %9.1f %10.1f%%\n", named.Name, percent(c.found, c.turned), percent(c.alarmed, c.worlds), percent(c.wrong, c.tested), c.late/n, c.off/n, percent(c.otherwise, c.worlds))
	}
	return nil
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(1, of)) }

func countCuts(ctx context.Context, world synth.World, seeds int) (cutCount, error) {
	var c cutCount
	for seed := range uint64(seeds) {
		m, err := world.Make(seed)
		if err != nil {
			return c, err
		}
		s, err := weigh.SuggestCuts(ctx, m.Table, nil, weigh.Options{})
		if err != nil {
			return c, err
		}
		day := map[int32]int32{}
		for _, cut := range m.Cuts {
			day[cut.Source] = cut.Day
		}
		wrong := 0
		for _, x := range s.Cuts {
			turned, ok := day[x.Source]
			if !ok {
				wrong++
				continue
			}
			c.found++
			c.late += float64(x.Noticed - turned)
			c.off += float64(max(x.Day-turned, turned-x.Day))
		}
		c.worlds++
		c.tested += s.Tested
		c.turned += len(m.Cuts)
		c.wrong += wrong
		if wrong > 0 {
			c.alarmed++
		}
		if len(s.Otherwise) > 0 {
			c.otherwise++
		}
	}
	return c, nil
}
