package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"hearsay/weigh"
	"hearsay/weigh/synth"
)

// printWorlds prints how right and how sure of it models are in made-up worlds:
// a line a world and model, means over seeds.
func printWorlds(ctx context.Context, w io.Writer, models []weigh.Model, seeds int) error {
	fmt.Fprintf(w, "%-36s %-14s %8s %8s %8s %8s %9s\n", "world", "model", "accuracy", "log loss", "Brier", "ECE", "ambiguous")
	for _, named := range synth.Worlds() {
		for _, model := range models {
			score, ambiguous, err := overSeeds(ctx, named.World, model, seeds)
			if errors.Is(err, weigh.ErrKind) {
				continue
			}
			if err != nil {
				return fmt.Errorf("%s, %s: %w", named.Name, model.Name(), err)
			}
			fmt.Fprintf(w, "%-36s %-14s %8.3f %8.3f %8.3f %8.3f %9d\n", named.Name, model.Name(), score.Accuracy, score.LogLoss, score.Brier, score.ECE, ambiguous)
		}
	}
	fmt.Fprintf(w, "\n%-36s %-14s %8s %8s %8s\n", "world", "model", "MAE", "RMSE", "covered")
	for _, named := range synth.Figures() {
		for _, model := range models {
			score, _, err := overSeeds(ctx, named.World, model, seeds)
			if errors.Is(err, weigh.ErrKind) {
				continue
			}
			if err != nil {
				return fmt.Errorf("%s, %s: %w", named.Name, model.Name(), err)
			}
			fmt.Fprintf(w, "%-36s %-14s %8.3f %8.3f %8.3f\n", named.Name, model.Name(), score.MAE, score.RMSE, score.Covered)
		}
	}
	return nil
}

// overSeeds is the mean score of a model over as many worlds, and in how many of
// them it said that two explanations hold.
func overSeeds(ctx context.Context, world synth.World, model weigh.Model, seeds int) (mean weigh.Score, ambiguous int, err error) {
	for seed := range uint64(seeds) {
		m, err := world.Make(seed)
		if err != nil {
			return mean, 0, err
		}
		r, err := model.Weigh(ctx, m.Table, weigh.Options{})
		if err != nil {
			return mean, 0, err
		}
		if r.Ambiguous {
			ambiguous++
		}
		var s weigh.Score
		if world.Kind == weigh.Number {
			s = weigh.ScoreNumbers(r.Verdicts, m.Number)
		} else {
			s = weigh.ScoreCandidates(r.Verdicts, m.Truth)
		}
		n := float64(seeds)
		mean.Accuracy += s.Accuracy / n
		mean.LogLoss += s.LogLoss / n
		mean.Brier += s.Brier / n
		mean.ECE += s.ECE / n
		mean.MAE += s.MAE / n
		mean.RMSE += s.RMSE / n
		mean.Covered += s.Covered / n
	}
	return mean, ambiguous, nil
}
