package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"hearsay/weigh"
	"hearsay/weigh/sheet"
)

// changed are sources that agreed with the others less from a day on: a reason to
// look, and nothing that is applied.
type changed struct {
	found   *weigh.Suggestions
	undated int // statements that had no part in it
}

type changeJSON struct {
	Source     string  `json:"source"`
	Since      string  `json:"since"`
	Earliest   string  `json:"earliest"`
	Before     float64 `json:"before"`
	After      float64 `json:"after"`
	Statements [2]int  `json:"statements"`
	Noticed    string  `json:"noticed"`
	P          float64 `json:"p"`
}

type changesJSON struct {
	Tested    int          `json:"tested"`
	Changed   []changeJSON `json:"changed"`
	Otherwise []changeJSON `json:"otherwise"`
}

// suggest looks for sources that may have been turned.
func (w *weighing) suggest(ctx context.Context, g *graded) error {
	dated, undated := datedPart(g.Table)
	if dated == nil {
		return misasked("--suggest-cuts asks when things were said: %s has no column time, or none with a day in it", w.file)
	}
	groups := make([]int, len(g.result.Sources))
	for s, r := range g.result.Sources {
		groups[s] = r.Group
	}
	found, err := weigh.SuggestCuts(ctx, dated, groups, weigh.Options{Workers: w.workers})
	if err != nil {
		return fmt.Errorf("suggest cuts: %w", err)
	}
	g.changed = &changed{found: found, undated: undated}
	return nil
}

// datedPart leaves out what has no day, and counts that; nil where nothing is left.
func datedPart(t *weigh.Table) (dated *weigh.Table, undated int) {
	for _, day := range t.Day {
		if day == sheet.Undated {
			undated++
		}
	}
	switch {
	case undated == len(t.Day):
		return nil, undated
	case undated == 0:
		return t, 0
	}
	d := *t
	d.Item, d.Source, d.Day, d.Value, d.Low, d.High, d.Origin = nil, nil, nil, nil, nil, nil, nil
	for j, day := range t.Day {
		if day == sheet.Undated {
			continue
		}
		d.Item, d.Source, d.Day = append(d.Item, t.Item[j]), append(d.Source, t.Source[j]), append(d.Day, day)
		if t.Kind == weigh.Number {
			d.Low, d.High = append(d.Low, t.Low[j]), append(d.High, t.High[j])
		} else {
			d.Value = append(d.Value, t.Value[j])
		}
		if t.Origin != nil {
			d.Origin = append(d.Origin, t.Origin[j])
		}
	}
	return &d, undated
}

func dayText(day int32) string {
	return time.Unix(int64(day)*24*60*60, 0).UTC().Format(time.DateOnly)
}

func (g *graded) printChanges(to io.Writer) {
	c := g.changed
	if c == nil {
		return
	}
	fmt.Fprintln(to)
	tell := func(all []weigh.Suggestion) {
		for _, s := range all {
			fmt.Fprintf(to, "%s agreed with the others on %.0f %% of %s before %s and on %.0f %% of %d since; by %s that could be seen.\n",
				printable(g.Sources.At(s.Source), 60), 100*s.Before, count(s.Statements[0], "statement"), dayText(s.Day), 100*s.After, s.Statements[1], dayText(s.Noticed))
		}
	}
	if len(c.found.Cuts) == 0 {
		fmt.Fprintf(to, "Of %s with enough days nobody agrees less from some day on.\n", count(c.found.Tested, "source"))
	} else {
		tell(c.found.Cuts)
		fmt.Fprintln(to, "That is a reason to look, and no verdict: nothing is left out. --cut SOURCE=DAY shows the table without it.")
	}
	if len(c.found.Otherwise) > 0 {
		fmt.Fprintln(to, "It can be explained otherwise: that not these changed, but")
		tell(c.found.Otherwise)
	}
	if c.undated > 0 {
		fmt.Fprintf(to, "%s without a day had no part in this.\n", count(c.undated, "statement"))
	}
}

func (g *graded) changesJSON() *changesJSON {
	if g.changed == nil {
		return nil
	}
	list := func(all []weigh.Suggestion) []changeJSON {
		out := []changeJSON{}
		for _, s := range all {
			out = append(out, changeJSON{g.Sources.At(s.Source), dayText(s.Day), dayText(s.Earliest), s.Before, s.After, s.Statements, dayText(s.Noticed), s.P})
		}
		return out
	}
	return &changesJSON{g.changed.found.Tested, list(g.changed.found.Cuts), list(g.changed.found.Otherwise)}
}
