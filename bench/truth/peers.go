package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"hearsay/weigh"
)

//go:embed peers.py
var peersProgram []byte

//go:embed peers.txt
var peersVersions []byte

// fitted is what one model made of one set.
type fitted struct {
	model    string
	accuracy float64
	seconds  float64
}

// printPeers fits crowd-kit's models, each for at most so many seconds a set, and
// ours to the categorical sets of a folder, one after another on this machine, and
// prints accuracy and statements a second of both. The peers live in a virtual
// environment in a temporary folder, which python3 and pip fill.
func printPeers(ctx context.Context, w io.Writer, folder string, ours []weigh.Model, seconds int) error {
	theirs, err := fitPeers(ctx, folder, seconds)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%-10s %-28s %8s %10s %14s\n", "set", "model", "accuracy", "seconds", "statements/s")
	for _, name := range crowdSets {
		s, err := readSet(filepath.Join(folder, name), weigh.Classes)
		if err != nil {
			return err
		}
		all := theirs[name]
		for _, model := range ours {
			start := time.Now()
			r, err := model.Weigh(ctx, s.table, weigh.Options{Workers: 1})
			if err != nil {
				return fmt.Errorf("%s on %s: %w", model.Name(), name, err)
			}
			took := time.Since(start).Seconds()
			all = append(all, fitted{"hearsay " + model.Name(), weigh.ScoreCandidates(r.Verdicts, s.truth).Accuracy, took})
		}
		for _, f := range all {
			if f.seconds == 0 {
				fmt.Fprintf(w, "%-10s %-28s %8s %10s %14s\n", name, f.model, "-", "-", "-")
				continue
			}
			fmt.Fprintf(w, "%-10s %-28s %8.3f %10.4f %14.0f\n", name, f.model, f.accuracy, f.seconds, float64(s.table.Statements())/f.seconds)
		}
	}
	return nil
}

// fitPeers runs peers.py; a fit that took too long or failed has no seconds.
func fitPeers(ctx context.Context, folder string, seconds int) (map[string][]fitted, error) {
	dir, err := os.MkdirTemp("", "weigh-peers-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program, versions, python := filepath.Join(dir, "peers.py"), filepath.Join(dir, "peers.txt"), filepath.Join(dir, "venv", "bin", "python")
	if err := os.WriteFile(program, peersProgram, 0o600); err != nil {
		return nil, err
	}
	if err := os.WriteFile(versions, peersVersions, 0o600); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	for _, args := range [][]string{
		{"python3", "-m", "venv", filepath.Join(dir, "venv")},
		{python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", versions},
		append([]string{python, program, folder, strconv.Itoa(seconds)}, crowdSets...),
	} {
		out.Reset()
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		// One thread, like ours.
		cmd.Env = append(os.Environ(), "OMP_NUM_THREADS=1", "OPENBLAS_NUM_THREADS=1")
		if err := cmd.Run(); err != nil {
			return nil, fmt.Errorf("peers: %s: %w", filepath.Base(args[0]), err)
		}
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		return nil, err
	}
	all := map[string][]fitted{}
	for _, row := range rows {
		f := fitted{model: "crowd-kit " + row[1]}
		if row[2] != "-" {
			if f.accuracy, err = strconv.ParseFloat(row[2], 64); err != nil {
				return nil, err
			}
			if f.seconds, err = strconv.ParseFloat(row[3], 64); err != nil {
				return nil, err
			}
		}
		all[row[0]] = append(all[row[0]], f)
	}
	return all, nil
}
