package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"time"

	"hearsay/weigh"
)

// numberSets are those whose values read as numbers; flights in minutes.
var numberSets = []string{"emotion", "flights"}

// numberModels are what the table of numbers compares.
var numberModels = []weigh.Model{weigh.Mean{}, weigh.Median{}, weigh.GTM{}, weigh.Mixture{}}

// printNumbers prints how far each model is from the truth, how often it is right
// to half a unit, and how many truths its intervals hold.
func printNumbers(ctx context.Context, w io.Writer, folder string) error {
	for _, name := range numberSets {
		s, err := readSet(filepath.Join(folder, name), weigh.Number)
		if err != nil {
			return err
		}
		for _, m := range numberModels {
			start := time.Now()
			r, err := m.Weigh(ctx, s.table, weigh.Options{})
			if err != nil {
				return err
			}
			seconds := time.Since(start).Seconds()
			x, exact := weigh.ScoreNumbers(r.Verdicts, s.number), 0
			for i, g := range s.number {
				if math.Abs(r.Verdicts[i].Value-g) < 0.5 {
					exact++
				}
			}
			fmt.Fprintf(w, "%-10s %-8s RMSE %6.3f  MAE %6.3f  exact %.3f  covered %.3f  seconds %.3f\n",
				m.Name(), name, x.RMSE, x.MAE, float64(exact)/float64(x.Items), x.Covered, seconds)
		}
	}
	return nil
}
