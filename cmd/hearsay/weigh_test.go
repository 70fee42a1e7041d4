package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// weighed runs hearsay weigh --json, and returns its document.
func weighed(t *testing.T, args ...string) (doc struct {
	Items   []struct{ Item, Standing string }
	Sources []struct {
		Source      string
		OriginGroup int `json:"origin_group"`
	}
	Score         *struct{ Accuracy, Brier *float64 }
	SuggestedCuts *struct {
		Tested  int
		Changed []struct{ Source, Since string }
	} `json:"suggested_cuts"`
}) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	var said bytes.Buffer
	if code := run(t.Context(), append([]string{"weigh", "--json"}, args...), strings.NewReader(""), out, &said); code != exitDone {
		t.Fatalf("status %d: %s", code, &said)
	}
	b, err := os.ReadFile(out.Name())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &doc); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestRumours: in the table that the README shows, ten pages repeat one feed that
// is wrong on 18 items of 48. Counting statements follows it.
func TestRumours(t *testing.T) {
	rumours, known := filepath.Join("..", "..", "docs", "tables", "rumours.csv"), filepath.Join("..", "..", "docs", "tables", "rumours-known.csv")
	counted := weighed(t, rumours, "--gold", known, "--model", "majority")
	doc := weighed(t, rumours, "--gold", known)
	if *counted.Score.Accuracy > .75 || *doc.Score.Accuracy < .95 {
		t.Errorf("a count of statements is right on %.2f, and the engine on %.2f", *counted.Score.Accuracy, *doc.Score.Accuracy)
	}
	pages, birds := map[int]bool{}, map[int]bool{}
	for _, s := range doc.Sources {
		if strings.HasPrefix(s.Source, "page-") {
			pages[s.OriginGroup] = true
		} else {
			birds[s.OriginGroup] = true
		}
	}
	if len(pages) != 1 || len(birds) != 16 {
		t.Errorf("the ten pages are %d origins, and the sixteen others %d", len(pages), len(birds))
	}
}

func TestWeighStops(t *testing.T) {
	t.Run("while nobody writes to standard input", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		r, w := io.Pipe()
		defer w.Close()
		go func() {
			io.WriteString(w, "source,item,value\n")
			cancel()
		}()
		var said strings.Builder
		if code := run(ctx, []string{"weigh", "-"}, r, os.Stdout, &said); code != exitCouldNot || !strings.Contains(said.String(), "stopped") {
			t.Errorf("status %d: %s", code, &said)
		}
	})
}

func TestPrintable(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"Hyesan 혜산", "Hyesan 혜산"},
		{"red\x1b[31m", `red\x1b[31m`},
		{"turned\u202etxt", `turned\u202etxt`},
		{"two\nlines", `two\nlines`},
		{"much too long", "much too…"},
	} {
		most := 40
		if tt.text == "much too long" {
			most = 9
		}
		if got := printable(tt.text, most); got != tt.want {
			t.Errorf("%q is shown as %q, want %q", tt.text, got, tt.want)
		}
	}
}

func TestFigures(t *testing.T) {
	for _, tt := range []struct {
		x, width float64
		want     string
	}{
		{6512.34, 1300, "6512"}, {6512.34, 5, "6512.3"}, {.001234, .0002, "0.00123"}, {17, 0, "17"}, {1e-30, 1e-31, "1e-30"}, {-3.5, 0, "-3.5"},
	} {
		if got := figure(tt.x, tt.width); got != tt.want {
			t.Errorf("%v within %v is shown as %q, want %q", tt.x, tt.width, got, tt.want)
		}
	}
}
