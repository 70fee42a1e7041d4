//go:build linux || darwin

package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"hearsay/example"
)

// canaries are bytes that no file of relay or desk may hold, whole or deleted:
// code names, pieces of every report, cases, and what is known of who could
// know. Names of four letters are left out: in a megabyte of ciphertext they
// turn up by chance.
func canaries(d *example.Dossier) []string {
	words := []string{"could_know", "custody/", "border/arrests", "KITE-7", "kite-7"}
	for _, r := range d.Reports {
		if len(r.Source) > 4 {
			words = append(words, r.Source)
		}
		const piece = 16
		for at := 0; at+piece <= len(r.Body); at += max(piece, len(r.Body)/4) {
			words = append(words, r.Body[at:at+piece])
		}
	}
	for _, o := range d.Desk.Overrides {
		words = append(words, o.Why)
	}
	return words
}

// findCanaries looks into every file below a folder and names what it finds. The
// edition is left out: it is public.
func findCanaries(dir string, words []string) error {
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "edition":
			return filepath.SkipDir
		case d.IsDir():
			return nil
		}
		files++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, word := range words {
			if bytes.Contains(b, []byte(word)) {
				return fmt.Errorf("%s holds %q", path, word)
			}
			if strings.Contains(path[len(dir):], word) {
				return fmt.Errorf("%s is named so", path)
			}
		}
		return nil
	})
	if err == nil && files == 0 {
		err = fmt.Errorf("%s holds no file", dir)
	}
	return err
}

func private(ts *testscript.TestScript, args []string) error {
	d, err := example.Load()
	if err != nil {
		return err
	}
	for _, dir := range args {
		if err := findCanaries(ts.MkAbs(dir), canaries(d)); err != nil {
			return err
		}
	}
	return nil
}
