package main

import (
	"compress/gzip"
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"hearsay/weigh"
)

// set is one table with its gold.
type set struct {
	name   string
	table  *weigh.Table
	truth  []int32   // kinds Classes and Open, as weigh.ScoreCandidates has it
	number []float64 // kind Number
}

// crowdSets are the fifteen categorical ones of WEIGH.md, in its order.
var crowdSets = strings.Fields("dots bluebird ms face rte dog sp_amt possent zc_in zc_us zc_all product sp s_adult fact_eval")

func readRows(path string) ([][]string, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return nil, err
		}
	}
	rows, err := csv.NewReader(r).ReadAll()
	if err != nil {
		return nil, err
	}
	return rows[1:], nil
}

// readSet reads a folder with observations.csv (or .gz) and gold.csv.
func readSet(folder string, kind weigh.Kind) (*set, error) {
	path := filepath.Join(folder, "observations.csv")
	if _, err := os.Stat(path); err != nil {
		path += ".gz"
	}
	rows, err := readRows(path)
	if err != nil {
		return nil, err
	}
	gold, err := readRows(filepath.Join(folder, "gold.csv"))
	if err != nil {
		return nil, err
	}
	t := &weigh.Table{Kind: kind}
	s := &set{name: filepath.Base(folder), table: t}
	sources, items := map[string]int32{}, map[string]int32{}
	classes := map[string]int32{}
	var perItem []map[string]int32
	index := func(m map[string]int32, name string) int32 {
		i, ok := m[name]
		if !ok {
			i = int32(len(m))
			m[name] = i
		}
		return i
	}
	for _, row := range rows {
		i := index(items, row[1])
		if int(i) == len(perItem) {
			perItem = append(perItem, map[string]int32{})
		}
		t.Item, t.Source = append(t.Item, i), append(t.Source, index(sources, row[0]))
		switch kind {
		case weigh.Classes:
			t.Value = append(t.Value, index(classes, row[2]))
		case weigh.Open:
			t.Value = append(t.Value, index(perItem[i], row[2]))
		case weigh.Number:
			x, err := strconv.ParseFloat(row[2], 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			t.Low, t.High = append(t.Low, x), append(t.High, x)
		}
	}
	t.Sources, t.Items = len(sources), len(items)
	if kind == weigh.Classes {
		for _, row := range gold {
			index(classes, row[1])
		}
		t.Classes = len(classes)
	}
	if kind == weigh.Open {
		for _, m := range perItem {
			t.Candidates = append(t.Candidates, weigh.Candidates{Count: int32(len(m)), Else: true})
		}
	}
	for range t.Items {
		s.truth, s.number = append(s.truth, weigh.Unsettled), append(s.number, math.NaN())
	}
	for _, row := range gold {
		i, ok := items[row[0]]
		if !ok {
			continue
		}
		switch kind {
		case weigh.Classes:
			s.truth[i] = classes[row[1]]
		case weigh.Open:
			if v, ok := perItem[i][row[1]]; ok {
				s.truth[i] = v
			} else {
				s.truth[i] = math.MaxInt32
			}
		case weigh.Number:
			if s.number[i], err = strconv.ParseFloat(row[1], 64); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		}
	}
	return s, t.Check()
}
