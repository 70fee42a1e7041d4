package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"hearsay/weigh"
)

type explanationJSON struct {
	itemJSON
	Against   string         `json:"against"` // the strongest alternative, empty for a value that nobody has named
	Prior     *float64       `json:"prior"`   // both in natural logarithms of the odds of the value over that
	Sharpness float64        `json:"sharpness"`
	Because   []originReason `json:"because"`
}

type originReason struct {
	Sources []string `json:"sources"`
	Says    []string `json:"says"`
	Weight  float64  `json:"weight"`
	Adds    float64  `json:"adds"`    // to the natural logarithm of the odds
	Without rival    `json:"without"` // the answer if it were silent
}

// explain tells why an item is held as it is, by each origin: what it says, as
// how much of an origin it counts, what it adds, and what would be without it.
func (g *graded) explain(to io.Writer, item string, asJSON bool) error {
	i, ok := g.Items.Find(item)
	if !ok {
		return misasked("--explain: the table has no item %q", item)
	}
	why, err := g.result.Explain(int(i))
	if err != nil {
		return fmt.Errorf("explain %s: %w", printable(item, 60), err)
	}
	e := explanationJSON{itemJSON: g.itemJSON(int(i)), Sharpness: why.Sharpness, Because: []originReason{}}
	against := strongest(why)
	odds := func(of []float64) float64 { return of[why.Top] - of[against] }
	if against >= 0 {
		e.Against = g.alternative(int(i), against)
		if why.Prior != nil {
			e.Prior = known(odds(why.Prior))
		}
	}
	for _, o := range why.Origins {
		r := originReason{Weight: o.Weight, Without: rival{P: o.P}}
		for _, s := range o.Sources {
			r.Sources = append(r.Sources, g.Sources.At(s))
		}
		for _, v := range o.Values {
			r.Says = append(r.Says, g.said(int(i), v))
		}
		if against >= 0 {
			r.Adds = why.Sharpness * odds(o.Adds)
		}
		if o.Top >= 0 {
			r.Without.Value = g.Value(int(i), o.Top)
		}
		e.Because = append(e.Because, r)
	}
	slices.SortStableFunc(e.Because, func(a, b originReason) int {
		switch {
		case a.Adds > b.Adds:
			return -1
		case a.Adds < b.Adds:
			return 1
		}
		return 0
	})
	if asJSON {
		return json.NewEncoder(to).Encode(e)
	}
	return e.print(to, g.verdictOn(int(i)))
}

// strongest is the most probable alternative to the answer, -1 where there is
// none.
func strongest(why weigh.Explanation) int {
	best := -1
	for a, p := range why.P {
		if a != why.Top && why.Top >= 0 && (best < 0 || p > why.P[best]) {
			best = a
		}
	}
	return best
}

// alternative names a value of the item, or none where nobody has named it.
func (g *graded) alternative(item, a int) string {
	if g.Table.Kind == weigh.Open && a >= int(g.Table.Candidates[item].Count) {
		return ""
	}
	return g.Value(item, a)
}

// said spells out what a statement gives: a value, or several.
func (g *graded) said(item int, value int32) string {
	if value >= 0 {
		return g.Value(item, int(value))
	}
	var parts []string
	set := g.Table.Sets[^value]
	for _, v := range set.Values {
		parts = append(parts, g.Value(item, int(v)))
	}
	if set.Else {
		parts = append(parts, "something else")
	}
	return strings.Join(parts, " or ")
}

func (e *explanationJSON) print(to io.Writer, d verdict) error {
	w := bufio.NewWriter(to)
	if d.value == "" {
		fmt.Fprintf(w, "%s: not known; nobody gives a value.\n", printable(e.Item, 60))
		return w.Flush()
	}
	fmt.Fprintf(w, "%s: %s, P %s, %s; origins %s, falls with %d.\n", printable(e.Item, 60), printable(d.value, 60), probability(d.p), d.standing, trimmed(d.origins), e.Fragility)
	against := "something nobody has named"
	if e.Against != "" {
		against = printable(e.Against, 40)
	}
	fmt.Fprintf(w, "\nEach line is an origin. It counts as that part of an independent one, multiplies the\nodds of %s over %s, and without it the answer would be:\n\n", printable(d.value, 40), against)
	rows := [][]string{{"origin", "says", "counts", "odds", "without it"}}
	if e.Prior != nil {
		rows = append(rows, []string{"(before anybody speaks)", "", "", factor(*e.Prior), ""})
	}
	for _, r := range e.Because {
		without := "not known"
		if r.Without.Value != "" {
			without = printable(r.Without.Value, 32) + " " + probability(r.Without.P)
		}
		rows = append(rows, []string{names(r.Sources), printable(strings.Join(r.Says, ", "), 40), probability(r.Weight), factor(r.Adds), without})
	}
	printTable(w, rows, "llrrl")
	if e.Sharpness < 1 {
		fmt.Fprintf(w, "\nEach origin's odds are raised to the power of %.2f, since sources here err alike.\n", e.Sharpness)
	}
	fmt.Fprintln(w, "\nHow reliable each source is, is taken as it was found from all items.")
	return w.Flush()
}

// factor prints the logarithm of odds as what they are multiplied by.
func factor(ln float64) string {
	x := math.Exp(ln)
	switch {
	case x >= 9.95e5 || x > 0 && x < .00995:
		return fmt.Sprintf("× %.0e", x)
	case x >= 9.95:
		return fmt.Sprintf("× %.0f", x)
	}
	return fmt.Sprintf("× %.2f", x)
}

func names(all []string) string {
	const most = 3
	var shown []string
	for _, name := range all[:min(most, len(all))] {
		shown = append(shown, printable(name, 24))
	}
	text := strings.Join(shown, ", ")
	if more := len(all) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
