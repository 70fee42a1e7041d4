package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"hearsay/weigh"
)

// openModels are what the table of open values compares.
var openModels = []weigh.Model{weigh.Majority{}, weigh.OneCoin{}, weigh.OneAccuracy{}, weigh.Default{}}

// printOpen prints how each model does on sets whose values are open; where a set
// has a hierarchy also with it, and then how often the answer is the truth or
// something that the truth is part of.
func printOpen(ctx context.Context, w io.Writer, folder string) error {
	for _, name := range []string{"flights", "heritages"} {
		s, err := readSet(filepath.Join(folder, name), weigh.Open)
		if err != nil {
			return err
		}
		for _, m := range openModels {
			r, err := m.Weigh(ctx, s.table, weigh.Options{})
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%-12s %-9s %s\n", m.Name(), name, openScore(r, s))
		}
	}
	folder = filepath.Join(folder, "heritages")
	s, err := readSet(folder, weigh.Open)
	if err != nil {
		return err
	}
	p, err := readPlaces(folder)
	if err != nil {
		return err
	}
	p.widen(s.table)
	for _, m := range openModels {
		r, err := m.Weigh(ctx, s.table, weigh.Options{})
		if err != nil {
			return err
		}
		on := 0
		for i, v := range r.Verdicts {
			if v.Top >= 0 && slices.Contains(p.path[p.item[i]], p.name[i][v.Top]) {
				on++
			}
		}
		fmt.Fprintf(w, "%-12s heritages %s  or part of the answer %.3f (with the hierarchy)\n", m.Name(), openScore(r, s), float64(on)/float64(len(r.Verdicts)))
	}
	return nil
}

func openScore(r *weigh.Result, s *set) string {
	x := weigh.ScoreCandidates(r.Verdicts, s.truth)
	return fmt.Sprintf("accuracy %.4f  log loss %.3f  Brier %.3f  ECE %.3f", x.Accuracy, x.LogLoss, x.Brier, x.ECE)
}

// places are values that are parts of each other, with the names behind the
// indices of a set.
type places struct {
	item []string            // of each item
	name [][]string          // of each item's candidates
	path map[string][]string // of an item, its truth and all that it is part of
	in   map[string][]string // what bears a name is part of what bears those
}

// readPlaces reads hierarchy.csv and gold_path.csv, and again the observations, for
// their names, in the order in which readSet counts them.
func readPlaces(folder string) (*places, error) {
	p := &places{path: map[string][]string{}, in: map[string][]string{}}
	rows, err := readRows(filepath.Join(folder, "hierarchy.csv"))
	if err != nil {
		return nil, err
	}
	names, parents := map[string]string{}, map[string]string{}
	for _, row := range rows {
		names[row[0]], parents[row[0]] = row[1], row[2]
	}
	for id, name := range names { // several may bear one name, also one in the other
		for up, ok := parents[id], true; ok; up, ok = parents[up] {
			p.in[name] = append(p.in[name], names[up])
		}
	}
	if rows, err = readRows(filepath.Join(folder, "gold_path.csv")); err != nil {
		return nil, err
	}
	for _, row := range rows {
		p.path[row[0]] = strings.Split(row[1], "|")
	}
	if rows, err = readRows(filepath.Join(folder, "observations.csv")); err != nil {
		return nil, err
	}
	items := map[string]int{}
	for _, row := range rows {
		i, ok := items[row[1]]
		if !ok {
			i = len(items)
			items[row[1]] = i
			p.item, p.name = append(p.item, row[1]), append(p.name, nil)
		}
		if !slices.Contains(p.name[i], row[2]) {
			p.name[i] = append(p.name[i], row[2])
		}
	}
	return p, nil
}

// widen turns what is said into the set of an item's candidates that are part of
// it: a town and its country do not contradict each other.
func (p *places) widen(t *weigh.Table) {
	for j, i := range t.Item {
		var set weigh.Set
		for k, name := range p.name[i] {
			if whole := p.name[i][t.Value[j]]; name == whole || slices.Contains(p.in[name], whole) {
				set.Values = append(set.Values, int32(k))
			}
		}
		if len(set.Values) > 1 {
			t.Value[j] = ^int32(len(t.Sets))
			t.Sets = append(t.Sets, set)
		}
	}
}
