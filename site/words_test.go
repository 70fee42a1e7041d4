package site

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hearsay"
)

func TestEveryWordIsThere(t *testing.T) {
	asked := regexp.MustCompile(`(?:\.(?:T|N)|\$\.(?:T|N)|w\.say|words\.say|w\.T|w\.N|sayCount\(w,) ?\(?"([a-z0-9.-]+)"`)
	used := map[string]bool{}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob("templates/*.html")
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	for _, file := range append(sources, pages...) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range asked.FindAllSubmatch(b, -1) {
			if key := string(m[1]); !strings.HasSuffix(key, ".") {
				used[key] = true
			}
		}
	}
	for language, table := range interfaces {
		for key := range used {
			if _, ok := table[key]; !ok && (table[key+".one"] == "" || table[key+".other"] == "") {
				t.Errorf("%s has no words for %s", language, key)
			}
		}
		for key := range english {
			if table[key] == "" {
				t.Errorf("%s has no words for %s", language, key)
			}
		}
	}
	for key := range english {
		if stem := strings.TrimSuffix(strings.TrimSuffix(key, ".one"), ".other"); !used[key] && !used[stem] && !madeUp(key) {
			t.Errorf("no page asks for %s", key)
		}
	}
}

// madeUp reports keys that are put together from values.
func madeUp(key string) bool {
	for _, prefix := range []string{"month.", "season.", "standing.", "meaning.", "unit.", "method.rule.", "nav.", "kind."} {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return slices.Contains(append([]string{"yes", "no", "uncertain", "about-uncertain"}, hearsay.Approxs...), key)
}

func TestWords(t *testing.T) {
	w := words(interfaces[language])
	for in, want := range map[string]string{
		"2020-02-06": "6 February 2020", "2020-02": "February 2020", "2020": "2020", "201X": "201X", "2020-21": "spring 2020", "2020-24?": "winter 2020 (uncertain)",
		"2020~": "about 2020", "2020-02%": "about February 2020 (uncertain)", "2020-01/2020-02": "January 2020–February 2020", "2020/..": "2020/..",
	} {
		if got := w.period(in); got != want {
			t.Errorf("period(%s) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{"0": "0", "999": "999", "1000": "1,000", "1234567.25": "1,234,567.25", "-6500": "−6,500"} {
		if got := w.grouped(in); got != want {
			t.Errorf("grouped(%s) = %q, want %q", in, got, want)
		}
	}
}

func TestContrast(t *testing.T) {
	for name, block := range map[string]string{
		"light": between(t, string(style), ":root {", "}"),
		"dark":  between(t, between(t, string(style), "prefers-color-scheme: dark) {", "\n}"), ":root {", "}"),
		"print": between(t, between(t, string(style), "@media print {", "\n}"), ":root {", "}"),
	} {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--(\w+): #([0-9a-f]{6})`).FindAllStringSubmatch(block+"}", -1) {
			colours[m[1]] = luminance(m[2])
		}
		for _, front := range []string{"ink", "soft", "accent", "warn"} {
			for _, back := range []string{"paper", "leaf", "wash"} {
				a, b := colours[front], colours[back]
				if ratio := (max(a, b) + .05) / (min(a, b) + .05); ratio < 4.5 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", name, front, back, ratio)
				}
			}
		}
	}
}

func between(t *testing.T, s, from, to string) string {
	t.Helper()
	_, s, ok := strings.Cut(s, from)
	s, _, okTo := strings.Cut(s, to)
	if !ok || !okTo {
		t.Fatalf("the style sheet has no %q", from)
	}
	return s
}

// luminance is the relative luminance of WCAG 2.2.
func luminance(rgb string) float64 {
	var r, g, b int
	fmt.Sscanf(rgb, "%02x%02x%02x", &r, &g, &b)
	linear := func(c int) float64 {
		x := float64(c) / 255
		if x <= .04045 {
			return x / 12.92
		}
		return math.Pow((x+.055)/1.055, 2.4)
	}
	return .2126*linear(r) + .7152*linear(g) + .0722*linear(b)
}
