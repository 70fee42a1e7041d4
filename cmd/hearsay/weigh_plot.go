package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"

	"hearsay/weigh"
	"hearsay/weigh/plot"
)

// draw writes the picture of a result.
func (w *weighing) draw(g *graded, by weigh.Model) error {
	_, sought := by.(weigh.Default)
	p := plot.Weighing{Title: filepath.Base(w.file), Table: g.Table, Result: g.result, Source: g.Sources.At, Sought: sought}
	if w.file == "-" {
		p.Title = "standard input"
	}
	if g.score != nil {
		p.Truth, p.Number = g.score.truth, g.score.number
	}
	var picture bytes.Buffer
	if err := plot.SVG(&picture, p); err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	if err := os.WriteFile(w.plot, picture.Bytes(), 0o666); err != nil {
		return fmt.Errorf("plot: %w", err)
	}
	return nil
}
