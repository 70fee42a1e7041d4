package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// turnedTable has six sources that speak every day for sixty days; "fox" has the
// best record, and says what is not so from the fortieth on.
func turnedTable(t *testing.T, turns bool) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("source,item,value,time\n")
	for day := range 60 {
		date := time.Date(2020, 1, 1+day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		for question := range 2 {
			truth := (day*7 + question*3) % 5 % 2
			for s, name := range []string{"ant", "bee", "cow", "doe", "elk", "fox"} {
				says := truth
				if name == "fox" && turns && day >= 40 || name != "fox" && (day*31+question*17+s*23)%29%5 == 0 {
					says = 1 - truth
				}
				fmt.Fprintf(&b, "%s,q%d-%d,%s,%s\n", name, day, question, []string{"no", "yes"}[says], date)
			}
		}
	}
	b.WriteString("bee,sometime,yes,\n")
	name := filepath.Join(t.TempDir(), "days.csv")
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestSuggestCuts(t *testing.T) {
	t.Run("who agrees less from a day on is told, with that day, and nothing is left out", func(t *testing.T) {
		doc := weighed(t, turnedTable(t, true), "--suggest-cuts")
		if c := doc.SuggestedCuts; c == nil || len(c.Changed) != 1 || c.Changed[0].Source != "fox" || c.Changed[0].Since < "2020-02-08" || c.Changed[0].Since > "2020-02-12" {
			t.Errorf("%+v", c)
		}
		if len(doc.Items) != 121 {
			t.Errorf("%d items", len(doc.Items))
		}
	})
	t.Run("where nobody changes nobody is named", func(t *testing.T) {
		if c := weighed(t, turnedTable(t, false), "--suggest-cuts").SuggestedCuts; c == nil || len(c.Changed) != 0 || c.Tested != 6 {
			t.Errorf("%+v", c)
		}
	})
	t.Run("it is told in words, and what has no day", func(t *testing.T) {
		out, err := os.Create(filepath.Join(t.TempDir(), "out"))
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		var said strings.Builder
		if code := run(t.Context(), []string{"weigh", turnedTable(t, true), "--suggest-cuts", "--limit", "1"}, strings.NewReader(""), out, &said); code != exitDone {
			t.Fatalf("status %d: %s", code, &said)
		}
		b, err := os.ReadFile(out.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"fox agreed with the others on ", "a reason to look, and no verdict", "1 statement without a day"} {
			if !strings.Contains(string(b), want) {
				t.Errorf("not told: %q in\n%s", want, b)
			}
		}
	})
	t.Run("a table without days is refused", func(t *testing.T) {
		var said strings.Builder
		args := []string{"weigh", filepath.Join("..", "..", "docs", "tables", "rumours.csv"), "--suggest-cuts"}
		if code := run(t.Context(), args, strings.NewReader(""), os.Stdout, &said); code != exitMisasked || !strings.Contains(said.String(), "no column time") {
			t.Errorf("status %d: %s", code, &said)
		}
	})
}
