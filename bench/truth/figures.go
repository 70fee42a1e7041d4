package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"hearsay/weigh"
)

// figure is one line of the table of figures: what was asked for, and what came of
// it.
type figure struct {
	what, reach, beyond string
	measured            string
	state               string // "beyond", "reached", "MISSED"
}

// figures are the lines that a run has made.
type figures struct{ lines []figure }

// add adds a line. Each of reached and beyond tells whether the figure is as good.
func (f *figures) add(what, reach, beyond, measured string, reached, better bool) {
	state := "MISSED"
	switch {
	case better && beyond != "":
		state = "beyond"
	case reached:
		state = "reached"
	}
	f.lines = append(f.lines, figure{what, reach, beyond, measured, state})
}

// print prints the table as Markdown.
func (f *figures) print(to io.Writer) {
	if len(f.lines) == 0 {
		return
	}
	fmt.Fprintf(to, "\n| what | reach | beyond | measured | |\n|---|---|---|---|---|\n")
	for _, l := range f.lines {
		fmt.Fprintf(to, "| %s | %s | %s | %s | %s |\n", l.what, l.reach, l.beyond, l.measured, l.state)
	}
}

func (f *figures) crowds(c *crowdFigures) {
	p, l := c.plain, c.labelled
	under := "none"
	if len(c.under) > 0 {
		under = strings.Join(c.under, " ")
	}
	f.add("mean accuracy, 15 categorical sets", "≥ .852", "≥ .858", fmt.Sprintf("%.4f", p.Accuracy), p.Accuracy >= .852, p.Accuracy >= .858)
	f.add("sets more than .02 under the best peer", "none but noise", "", under, len(c.under) == 0, false)
	f.add("the same 15: log loss / Brier", "≤ .63 / .239", "≤ .56 / .227", fmt.Sprintf("%.3f / %.3f", p.LogLoss, p.Brier), p.LogLoss <= .63 && p.Brier <= .239, p.LogLoss <= .56 && p.Brier <= .227)
	f.add("the same 15: ECE, none / 20 labels", "≤ .079 / .063", "≤ .055 / .045", fmt.Sprintf("%.3f / %.3f (%.3f without dots, of which five items are left)", p.ECE, l.ECE, c.withoutSmall), p.ECE <= .079 && l.ECE <= .063, p.ECE <= .055 && l.ECE <= .045)
}

func (f *figures) collusion(c *collusionFigures) {
	f.add("sets that 45 % colluders cost ≤ .03: no labels / 20 / with 30 % noise", "5 of 8", "7; 8 with 20 labels", fmt.Sprintf("%d / %d / %d", c.kept, c.keptLabelled, c.keptNoisy), c.kept >= 5, c.kept >= 7 && c.keptLabelled >= 8)
	f.add("≤ 30 % colluders: most lost against no origins, where not ambiguous", "≤ .01", "", fmt.Sprintf("%.3f (%s)", c.worst, c.where), c.worst <= .01, false)
}

func (f *figures) independent(w *independentFigures) {
	linked, ambiguous := float64(w.linked)/float64(w.worlds), float64(w.ambiguous)/float64(w.worlds)
	f.add("independent worlds with false pairs / ambiguous", "≤ 1 %", "", fmt.Sprintf("%.1f %% / %.1f %%", 100*linked, 100*ambiguous), linked <= .01 && ambiguous <= .01, false)
}

// printNamed scores the default on flights and emotion, and adds their lines.
func printNamed(ctx context.Context, to io.Writer, folder string, f *figures) error {
	flights, err := readSet(filepath.Join(folder, "flights"), weigh.Open)
	if err != nil {
		return err
	}
	r, err := weigh.Default{}.Weigh(ctx, flights.table, weigh.Options{})
	if err != nil {
		return err
	}
	x := weigh.ScoreCandidates(r.Verdicts, flights.truth)
	f.add("flights accuracy", "≥ .978", "≥ .985", fmt.Sprintf("%.4f", x.Accuracy), x.Accuracy >= .978, x.Accuracy >= .985)
	var scores [2]weigh.Score
	for j, name := range []string{"emotion", "flights"} {
		s, err := readSet(filepath.Join(folder, name), weigh.Number)
		if err != nil {
			return err
		}
		r, err := weigh.Default{}.Weigh(ctx, s.table, weigh.Options{})
		if err != nil {
			return err
		}
		scores[j] = weigh.ScoreNumbers(r.Verdicts, s.number)
	}
	e, m := scores[0], scores[1]
	f.add("emotion RMSE; flights as minutes MAE", "≤ 17.8; ≤ 3.2", "", fmt.Sprintf("%.3f; %.3f", e.RMSE, m.MAE), e.RMSE <= 17.8 && m.MAE <= 3.2, false)
	f.add("their 90 % intervals cover", "87–93 %", "", fmt.Sprintf("%.1f %%; %.1f %%", 100*e.Covered, 100*m.Covered), e.Covered >= .87 && e.Covered <= .93 && m.Covered >= .87 && m.Covered <= .93, false)
	return nil
}

// printAll times the default on all eighteen sets on one core.
func printAll(ctx context.Context, to io.Writer, folder string, f *figures) error {
	sets, err := readSets(folder)
	if err != nil {
		return err
	}
	for name, kind := range map[string]weigh.Kind{"flights": weigh.Open, "heritages": weigh.Open, "emotion": weigh.Number} {
		s, err := readSet(filepath.Join(folder, name), kind)
		if err != nil {
			return err
		}
		sets = append(sets, s)
	}
	begun, wall := cpuTime(), now()
	for _, s := range sets {
		if _, err := (weigh.Default{}).Weigh(ctx, s.table, weigh.Options{Workers: 1}); err != nil {
			return err
		}
	}
	seconds := (cpuTime() - begun).Seconds()
	fmt.Fprintf(to, "\nall 18 sets, one core: %.2f s of processor, %.2f s by the clock\n", seconds, now().Sub(wall).Seconds())
	f.add("all 18 sets, default, one core", "≤ 3 s", "≤ 1 s", fmt.Sprintf("%.2f s of processor", seconds), seconds <= 3, seconds <= 1)
	return nil
}
