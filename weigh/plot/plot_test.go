package plot

import (
	"bytes"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"hearsay/weigh"
)

var update = flag.Bool("update", false, "write golden files")

func TestGolden(t *testing.T) {
	for file, w := range map[string]Weighing{"classes": crowd(), "nothing-known": unknown(), "figures": figures()} {
		t.Run(file, func(t *testing.T) {
			got := drawn(t, w)
			path := filepath.Join("testdata", file+".svg")
			if *update {
				if err := os.WriteFile(path, got, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("the picture is not that of %s; -update writes it anew", path)
			}
		})
	}
}

func TestPicturesStandAlone(t *testing.T) {
	for _, w := range []Weighing{crowd(), unknown(), figures(), hostile()} {
		p := parse(t, drawn(t, w))
		for _, e := range p.elements {
			if !slices.Contains([]string{"svg", "title", "desc", "g", "rect", "path", "circle", "text"}, e.Name.Local) {
				t.Errorf("%s: there is an element %q", w.Title, e.Name.Local)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" || strings.Contains(a.Value, "url(") || strings.Contains(a.Value, "NaN") || strings.Contains(a.Value, "Inf") {
					t.Errorf("%s: there is an attribute %s=%q", w.Title, a.Name.Local, a.Value)
				}
			}
		}
		if got := p.elements[1].Name.Local; got != "title" {
			t.Errorf("%s: the document begins with %s, not with its title", w.Title, got)
		}
	}
}

func TestTextsStayInThePicture(t *testing.T) {
	for _, w := range []Weighing{crowd(), unknown(), figures(), hostile()} {
		p := parse(t, drawn(t, w))
		for _, x := range p.texts {
			scale := x.size / textSize
			left := x.x
			switch x.anchor {
			case "end":
				left -= wide(x.text) * scale
			case "middle":
				left -= wide(x.text) * scale / 2
			}
			if right := left + wide(x.text)*scale; left < 0 || right > width || x.y < 0 || x.y > p.height {
				t.Errorf("%s: %q stands from %.0f to %.0f at %.0f", w.Title, x.text, left, right, x.y)
			}
		}
	}
}

func TestStrangersNamesAreHarmless(t *testing.T) {
	w := hostile()
	picture := drawn(t, w)
	for _, x := range parse(t, picture).texts {
		for _, r := range x.text {
			if !unicode.IsGraphic(r) {
				t.Errorf("%q has %U", x.text, r)
			}
		}
	}
	text := words(parse(t, picture))
	for _, want := range []string{`\u202e`, `\x00`, `\xff`, "</text><scri", "…"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in %q", want, text)
		}
	}
	if len(picture) > 40_000 {
		t.Errorf("the picture has %d bytes", len(picture))
	}
}

func TestCalibration(t *testing.T) {
	t.Run("without gold it says why there is no curve", func(t *testing.T) {
		p := parse(t, drawn(t, unknown()))
		if text := words(p); !strings.Contains(text, "None were given, so there is no curve here.") || p.charts != 0 {
			t.Errorf("%d charts, and %q", p.charts, text)
		}
	})
	t.Run("what the model was told is no test of it", func(t *testing.T) {
		w := crowd()
		w.Table.Settled = slices.Repeat([]int32{weigh.Unsettled}, w.Table.Items)
		for i := range 10 {
			w.Table.Settled[i] = w.Truth[i]
		}
		if text := words(parse(t, drawn(t, w))); !strings.Contains(text, "Of 30 items whose truth is known") || !strings.Contains(text, "Left out: 10 settled items that the model was told.") {
			t.Error(text)
		}
		copy(w.Table.Settled, w.Truth)
		if text := words(parse(t, drawn(t, w))); !strings.Contains(text, "No item whose truth is known was left to test by") {
			t.Error(text)
		}
	})
	t.Run("of nothing there is nothing to say", func(t *testing.T) {
		w := Weighing{Title: "empty.csv", Table: &weigh.Table{Kind: weigh.Open}, Result: &weigh.Result{Model: "one-accuracy"}}
		if text := words(parse(t, drawn(t, w))); !strings.Contains(text, "0 statements on 0 items by 0 sources") || strings.Contains(text, "?") {
			t.Error(text)
		}
	})
	t.Run("its words are those of the score", func(t *testing.T) {
		w := crowd()
		s := weigh.ScoreCandidates(w.Result.Verdicts, w.Truth)
		want := fmt.Sprintf("On average P lies %s from how often answers of its kind are right (ECE), and the Brier score is %s", three(s.ECE), three(s.Brier))
		if text := words(parse(t, drawn(t, w))); !strings.Contains(text, want) {
			t.Errorf("no %q in %q", want, text)
		}
	})
	t.Run("the bars are Wilson's", func(t *testing.T) {
		for _, tt := range []struct{ right, n, low, high float64 }{
			{0, 10, 0, .2129}, {10, 10, .7871, 1}, {5, 10, .2693, .7307}, {90, 100, .8396, .9393},
		} {
			if low, high := wilson(tt.right, tt.n); math.Abs(low-tt.low) > 2e-4 || math.Abs(high-tt.high) > 2e-4 {
				t.Errorf("%v of %v lie within %.4f to %.4f, should be %v to %v", tt.right, tt.n, low, high, tt.low, tt.high)
			}
		}
	})
}

func TestErrors(t *testing.T) {
	v := weigh.Verdict{Value: 10, Low: 6, High: 12}
	for _, tt := range []struct {
		name        string
		truth, want float64
	}{
		{"the figure itself is not off", 10, 0}, {"the upper end is one off", 12, 1}, {"so is the lower", 6, -1}, {"beyond is more", 4, -1.5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := offBy(&v, tt.truth); got != tt.want {
				t.Errorf("off by %v, should be %v", got, tt.want)
			}
		})
	}
	t.Run("an interval of one point misses by more than can be said", func(t *testing.T) {
		if got := offBy(&weigh.Verdict{Value: 10, Low: 10, High: 10}, 9); !math.IsInf(got, -1) {
			t.Errorf("off by %v", got)
		}
	})
	t.Run("without gold it says why there is no chart", func(t *testing.T) {
		w := figures()
		w.Number = nil
		if text := words(parse(t, drawn(t, w))); !strings.Contains(text, "None were given, so there is no chart here.") {
			t.Error(text)
		}
	})
}

func TestSources(t *testing.T) {
	t.Run("those who say most are drawn, the rest in one row", func(t *testing.T) {
		w := crowd()
		said := (&drawing{Weighing: w}).said()
		text := words(parse(t, drawn(t, w)))
		if !strings.Contains(text, "10 more") || !strings.Contains(text, "The last row is the 10 sources that say less") {
			t.Error(text)
		}
		d := &drawing{Weighing: w, sizes: map[int]int{}}
		shown, rest := d.chosen(said)
		for _, a := range shown {
			for _, b := range rest {
				if said[a] < said[b] {
					t.Errorf("source %d, who says %d, is drawn and not %d, who says %d", a, said[a], b, said[b])
				}
			}
		}
	})
	t.Run("a group stands together, before those alone, the reliable first", func(t *testing.T) {
		w := crowd()
		d := &drawing{Weighing: w, sizes: map[int]int{}}
		for _, r := range w.Result.Sources {
			d.sizes[r.Group]++
		}
		shown, _ := d.chosen(d.said())
		var groups []int
		for i, s := range shown {
			r := w.Result.Sources[s]
			if i < 8 {
				groups = append(groups, r.Group)
			}
			if i > 0 && d.sizes[r.Group] == 1 && d.sizes[w.Result.Sources[shown[i-1]].Group] == 1 && r.P > w.Result.Sources[shown[i-1]].P {
				t.Errorf("source %d stands below a less reliable one", s)
			}
		}
		if want := []int{0, 0, 0, 0, 0, 5, 5, 5}; !slices.Equal(groups, want) {
			t.Errorf("groups come as %v, should be %v", groups, want)
		}
	})
	t.Run("a model without reliabilities has no rows", func(t *testing.T) {
		w := crowd()
		for s := range w.Result.Sources {
			w.Result.Sources[s] = weigh.Reliability{Group: s}
		}
		w.Result.Links = nil
		if text := words(parse(t, drawn(t, w))); !strings.Contains(text, "This model says nothing of how reliable sources are.") {
			t.Error(text)
		}
	})
}

func TestDependence(t *testing.T) {
	for _, tt := range []struct {
		name string
		of   func() Weighing
		want string
	}{
		{"groups are counted", crowd, "8 sources agree more often than sources do that answer for themselves, in 2 groups."},
		{"what may be otherwise is said to be", crowd, "This is one explanation of two"},
		{"none found is said, and what that means", unknown, "That shows no copying; it does not show that there is none"},
		{"not looked for is not none", func() Weighing { w := unknown(); w.Sought = false; return w }, "This model does not look for sources that depend on each other."},
		{"figures are not searched", figures, "Figures are not searched for copies"},
		{"declared origins are told beside it", func() Weighing {
			w := unknown()
			w.Table.Origin = slices.Repeat([]int32{weigh.NoOrigin}, w.Table.Statements())
			for j, s := range w.Table.Source {
				if s < 3 {
					w.Table.Origin[j] = 0
				}
			}
			return w
		}, "Declared beside that: 3 sources have things from 1 origin that others have things from too."},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if text := words(parse(t, drawn(t, tt.of()))); !strings.Contains(text, tt.want) {
				t.Errorf("there is no %q in %q", tt.want, text)
			}
		})
	}
	t.Run("of a group too large to draw those who say most are drawn", func(t *testing.T) {
		w := crowd()
		w.Result.Links = nil
		for s := range w.Result.Sources {
			w.Result.Sources[s].Group = 0
			for o := range s {
				w.Result.Links = append(w.Result.Links, weigh.Link{A: int32(o), B: int32(s), Shared: 9, Agreement: 1, Expected: .5})
			}
		}
		if text := words(parse(t, drawn(t, w))); !strings.Contains(text, "Not drawn: 10 sources who say less.") {
			t.Error(text)
		}
	})
}

func FuzzName(f *testing.F) {
	for _, s := range strangers() {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := name(s, nameMost)
		if w := wide(got); w > nameMost {
			t.Errorf("name(%q) = %q is %.0f wide", s, got, w)
		}
		for _, r := range got {
			if !unicode.IsGraphic(r) || r == unicode.ReplacementChar && !strings.ContainsRune(s, unicode.ReplacementChar) {
				t.Errorf("name(%q) = %q has %U", s, got, r)
			}
		}
		if again := name(s, nameMost); again != got {
			t.Errorf("name(%q) is %q and %q", s, got, again)
		}
		if err := xml.Unmarshal([]byte("<text>"+escape(got)+"</text>"), new(struct{})); err != nil {
			t.Errorf("name(%q) = %q: %v", s, got, err)
		}
	})
}

// crowd is 50 sources on 40 items of three classes: five who copy one, three who
// copy another, and the rest, who say from 39 items down.
func crowd() Weighing {
	const items, sources = 40, 50
	w := Weighing{Title: "crowd.csv", Sought: true, Source: func(s int32) string { return fmt.Sprintf("source %d", s) },
		Table:  &weigh.Table{Kind: weigh.Classes, Classes: 3, Items: items, Sources: sources},
		Result: &weigh.Result{Model: "anchored", Ambiguous: true}}
	for s := range int32(sources) {
		for i := range int32(items) {
			if i <= items-s*2/3 {
				w.Table.Item, w.Table.Source, w.Table.Value = append(w.Table.Item, i), append(w.Table.Source, s), append(w.Table.Value, (i+s/9)%3)
			}
		}
		p := .5 + .4*float64(s*17%sources)/sources
		w.Result.Sources = append(w.Result.Sources, weigh.Reliability{P: p, Low: p - .1, High: p + .05, Group: int(s)})
	}
	for i := range items {
		p := .34 + .65*float64(i)/items
		v := weigh.Verdict{P: []float64{(1 - p) / 2, (1 - p) / 2, (1 - p) / 2}, Top: i % 3, Ambiguous: i < 4}
		v.P[v.Top] = p
		w.Result.Verdicts = append(w.Result.Verdicts, v)
		w.Truth = append(w.Truth, int32(i%3))
		if i%5 == 1 || i == 2 {
			w.Truth[i] = int32(i+1) % 3
		}
	}
	for _, g := range [][]int32{{0, 1, 2, 3, 4}, {5, 6, 7}} {
		for _, b := range g {
			w.Result.Sources[b].Group = int(g[0])
			for _, a := range g {
				if a < b {
					w.Result.Links = append(w.Result.Links, weigh.Link{A: a, B: b, Shared: 30, Agreement: 1 - .05*float64(b-a), Expected: .6, Score: 6})
				}
			}
		}
	}
	return w
}

// unknown has nothing to test by, and no source that depends on another.
func unknown() Weighing {
	w := Weighing{Title: "unknown.csv", Sought: true, Source: func(s int32) string { return string(rune('a' + s)) },
		Table:  &weigh.Table{Kind: weigh.Open, Items: 1, Sources: 4, Candidates: []weigh.Candidates{{Count: 2, Else: true}}},
		Result: &weigh.Result{Model: "one-accuracy", Verdicts: []weigh.Verdict{{P: []float64{.7, .2}}}}}
	for s := range int32(4) {
		w.Table.Item, w.Table.Source, w.Table.Value = append(w.Table.Item, 0), append(w.Table.Source, s), append(w.Table.Value, s/3)
		w.Result.Sources = append(w.Result.Sources, weigh.Reliability{P: .7, Low: .4, High: .9, Group: int(s)})
	}
	return w
}

// figures are of twelve items that are off by more and more.
func figures() Weighing {
	w := Weighing{Title: "figures.csv", Source: func(s int32) string { return []string{"anna", "boris"}[s] },
		Table:  &weigh.Table{Kind: weigh.Number, Items: 12, Sources: 2},
		Result: &weigh.Result{Model: "mixture", Sources: []weigh.Reliability{{P: .9, Low: .7, High: .97}, {P: .5, Low: .3, High: .7, Group: 1}}}}
	for i := range int32(12) {
		for s := range int32(2) {
			w.Table.Item, w.Table.Source = append(w.Table.Item, i), append(w.Table.Source, s)
			w.Table.Low, w.Table.High = append(w.Table.Low, 100), append(w.Table.High, 100)
		}
		w.Result.Verdicts = append(w.Result.Verdicts, weigh.Verdict{Value: 100, Low: 90, High: 120, Top: -1})
		w.Number = append(w.Number, 100+float64((i-6)*i))
	}
	w.Number[11] = math.NaN()
	return w
}

// hostile has sources whose names attack whoever draws them.
func hostile() Weighing {
	names := strangers()
	w := Weighing{Title: strings.Repeat("</title>\u202e", 2000), Sought: true, Source: func(s int32) string { return names[s] },
		Table: &weigh.Table{Kind: weigh.Classes, Classes: 2, Items: 1, Sources: len(names)}, Result: &weigh.Result{Model: "anchored", Verdicts: []weigh.Verdict{{P: []float64{1, 0}}}}}
	for s := range names {
		w.Table.Item, w.Table.Source, w.Table.Value = append(w.Table.Item, 0), append(w.Table.Source, int32(s)), append(w.Table.Value, 0)
		w.Result.Sources = append(w.Result.Sources, weigh.Reliability{P: 1, Low: .5, High: 1})
		if s > 0 {
			w.Result.Links = append(w.Result.Links, weigh.Link{A: 0, B: int32(s), Agreement: math.NaN(), Expected: 1})
		}
	}
	return w
}

func strangers() []string {
	return []string{
		"</text><script>alert(1)</script>", `" onload="alert(1)`, "&amp;<!--", "]]>", "\u202egnirts desrever", "\x00\x1b[31m\a", "\xff\xfe", "\xed\xa0\x80", "\ufffe\uffff",
		strings.Repeat("x", 10_000), strings.Repeat("W", 10_000), strings.Repeat("가", 10_000), "e" + strings.Repeat("\u0301", 10_000), "", "\n\t ", "שלום", "a\u2028b", "\U000e0041tag", strings.Repeat("a\xff", 5000),
	}
}

func drawn(t *testing.T, w Weighing) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := SVG(&b, w); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// picture is a document as a parser of XML sees it.
type picture struct {
	height   float64
	elements []xml.StartElement
	texts    []setText
	charts   int
}

type setText struct {
	x, y, size   float64
	anchor, text string
}

func parse(t *testing.T, svg []byte) picture {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	var p picture
	inside := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("not XML: %v", err)
		}
		switch e := token.(type) {
		case xml.StartElement:
			p.elements = append(p.elements, e.Copy())
			number := func(name string, otherwise float64) float64 {
				if x, err := strconv.ParseFloat(attribute(e, name), 64); err == nil {
					return x
				}
				return otherwise
			}
			switch inside = e.Name.Local == "text"; {
			case inside:
				p.texts = append(p.texts, setText{x: number("x", -1), y: number("y", -1), size: number("font-size", textSize), anchor: attribute(e, "text-anchor")})
			case e.Name.Local == "svg":
				p.height = number("height", 0) / shown
			case attribute(e, "role") == "img":
				p.charts++
			}
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if inside {
				p.texts[len(p.texts)-1].text += string(e)
			}
		}
	}
	if len(p.texts) == 0 {
		t.Fatal("the picture has no text")
	}
	return p
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// words are the texts of a picture, as they are read.
func words(p picture) string {
	var all []string
	for _, x := range p.texts {
		all = append(all, x.text)
	}
	return strings.ReplaceAll(strings.Join(all, " "), "\u00a0", " ")
}
