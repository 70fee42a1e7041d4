package main

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"

	"hearsay"
	"hearsay/weigh"
)

// print writes the tables that people read: what needs a look first, then what
// stands, the weakest first.
func (g *graded) print(to io.Writer, limit int, all bool) error {
	w := bufio.NewWriterSize(to, 1<<16)
	if all {
		limit = math.MaxInt
	}
	if g.result.Ambiguous {
		fmt.Fprint(w, "AMBIGUOUS: the statements can be explained with and without sources that depend on each\n"+
			"other, equally well, and the answers differ where ? stands. Settle some items with --labels.\n\n")
	}
	counts := map[hearsay.Standing]int{}
	shown := g.firstItems(limit, counts)
	g.printItems(w, shown)
	if left := g.Table.Items - len(shown); left > 0 {
		fmt.Fprintf(w, "and %s; --all prints them, --json and --csv write them\n", count(left, "more item"))
	}
	fmt.Fprintln(w)
	g.printSources(w, limit)
	if g.score != nil {
		fmt.Fprintln(w)
		g.printScore(w)
	}
	g.printChanges(w)
	fmt.Fprintln(w)
	fmt.Fprintf(w, "%s on %s by %s", count(g.Table.Statements(), "statement"), count(g.Table.Items, "item"), count(g.Table.Sources, "source"))
	separator := ": "
	for _, s := range []hearsay.Standing{hearsay.Corroborated, hearsay.Disputed, hearsay.Chatter, hearsay.NotKnown} {
		if counts[s] > 0 {
			fmt.Fprintf(w, "%s%d %s", separator, counts[s], s)
			separator = ", "
		}
	}
	fmt.Fprintf(w, ".\nModel %s, values of kind %s, %s, %.2g s.\n", g.result.Model, g.Table.Kind, count(g.result.Iterations, "round"), g.seconds)
	if counts[hearsay.Corroborated] > 0 {
		fmt.Fprintln(w, "Corroborated is the most a table can give: verified takes an editor's signature.")
	}
	if g.settled < settledForCalibration && g.Table.Kind != weigh.Number {
		fmt.Fprintf(w, "P is not calibrated: that takes %d settled items (--labels), and there are %d.\n", settledForCalibration, g.settled)
	}
	return w.Flush()
}

// firstItems chooses what to print, and counts the standings of all.
func (g *graded) firstItems(limit int, counts map[hearsay.Standing]int) []verdict {
	urgency := map[hearsay.Standing]int{hearsay.Disputed: 1, hearsay.Corroborated: 2, hearsay.Chatter: 3, hearsay.NotKnown: 4}
	order := func(a, b verdict) int {
		if a.ambiguous != b.ambiguous {
			if a.ambiguous {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(urgency[a.standing], urgency[b.standing]),
			cmp.Compare(g.result.Verdicts[a.item].Fragility, g.result.Verdicts[b.item].Fragility), cmp.Compare(a.p, b.p), cmp.Compare(a.item, b.item))
	}
	var shown []verdict
	for i := range g.Table.Items {
		d := g.verdictOn(i)
		counts[d.standing]++
		shown = append(shown, d)
		if len(shown)/2 > limit { // keep no more than twice what is printed
			slices.SortFunc(shown, order)
			shown = shown[:limit]
		}
	}
	slices.SortFunc(shown, order)
	return shown[:min(limit, len(shown))]
}

func (g *graded) printItems(w io.Writer, shown []verdict) {
	rows := [][]string{{"", "standing", "item", "value", "P", "origins", "falls with", "rivals"}}
	if g.Table.Kind == weigh.Number {
		rows[0][4] = "90 % within"
	}
	for _, d := range shown {
		v := &g.result.Verdicts[d.item]
		row := []string{g.mark(d), string(d.standing), printable(g.Items.At(int32(d.item)), 40), printable(d.value, 32), "", "", "", ""}
		if d.standing != hearsay.NotKnown {
			row[4], row[5], row[6] = probability(d.p), trimmed(d.origins), strconv.Itoa(v.Fragility)
			if g.Table.Kind == weigh.Number {
				width := v.High - v.Low
				row[4] = figure(v.Low, width) + " to " + figure(v.High, width)
			}
		}
		row[7] = rivalsText(d)
		rows = append(rows, row)
	}
	printTable(w, rows, "llllrrrl")
}

func rivalsText(d verdict) string {
	const most = 3
	var parts []string
	if d.settled != "" {
		parts = append(parts, "settled: "+printable(d.settled, 24))
	}
	if d.ambiguous {
		parts = append(parts, "? or "+printable(d.other, 24))
	}
	for _, r := range d.rivals[:min(most, len(d.rivals))] {
		parts = append(parts, printable(r.Value, 24)+" "+probability(r.P))
	}
	if more := len(d.rivals) - most; more > 0 {
		parts = append(parts, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(parts, ", ")
}

// mark draws a claim without colour: a disc for every origin of the answer and a
// dot for every statement that repeats one; behind a line, in circles, the same
// of the rivals.
func (g *graded) mark(d verdict) string {
	v := &g.result.Verdicts[d.item]
	given, against := 0, 0
	rivals := map[int]bool{} // origins, declared or found
	for _, row := range g.rows[g.first[d.item]:g.first[d.item+1]] {
		agrees := g.Table.Kind != weigh.Number && v.Top >= 0 && g.allows(row, v.Top)
		if g.Table.Kind == weigh.Number {
			agrees = g.Table.Low[row] <= v.High && g.Table.High[row] >= v.Low
		}
		if agrees {
			given++
			continue
		}
		against++
		if g.Table.Origin != nil && g.Table.Origin[row] != weigh.NoOrigin {
			rivals[-1-int(g.Table.Origin[row])] = true
		} else {
			rivals[g.result.Sources[g.Table.Source[row]].Group] = true
		}
	}
	origins := max(int(math.Round(d.origins)), min(given, 1))
	mark := several("●", origins) + several("·", given-origins)
	if against > 0 {
		mark += "|" + several("○", len(rivals)) + several("·", against-len(rivals))
	}
	if d.ambiguous {
		mark = "?" + mark
	}
	return mark
}

// several draws a sign so many times, or the number before it.
func several(sign string, n int) string {
	const most = 5
	if n > most {
		return strconv.Itoa(n) + sign
	}
	return strings.Repeat(sign, max(0, n))
}

func (g *graded) printSources(w io.Writer, limit int) {
	alone := make([]int, 0)
	members := map[int]int{}
	for _, r := range g.result.Sources {
		members[r.Group]++
	}
	for s := range g.result.Sources {
		alone = append(alone, s)
	}
	slices.SortFunc(alone, func(a, b int) int {
		return cmp.Or(cmp.Compare(g.result.Sources[b].Statements, g.result.Sources[a].Statements), cmp.Compare(a, b))
	})
	rows := [][]string{{"source", "right", "90 % within", "statements", "depends on"}}
	for _, s := range alone[:min(limit, len(alone))] {
		r := &g.result.Sources[s]
		row := []string{printable(g.Sources.At(int32(s)), 40), probability(r.P), "", strconv.Itoa(r.Statements), ""}
		if known(r.P) != nil && known(r.Low) != nil && known(r.High) != nil && r.Low < r.High {
			row[2] = probability(r.Low) + " to " + probability(r.High)
		}
		if n := members[r.Group]; n > 1 {
			row[4] = fmt.Sprintf("group %d, of %d", r.Group, n)
		}
		rows = append(rows, row)
	}
	printTable(w, rows, "lrlrl")
	if left := len(alone) - limit; left > 0 {
		fmt.Fprintf(w, "and %s\n", count(left, "more source"))
	}
}

func (g *graded) printScore(w io.Writer) {
	s := g.score
	fmt.Fprintf(w, "Against %s of gold:", count(s.Items, "item"))
	separator := " "
	for _, m := range []struct {
		name  string
		value float64
	}{{"accuracy", s.Accuracy}, {"Brier", s.Brier}, {"ECE", s.ECE}, {"log loss", s.LogLoss}, {"mean error", s.MAE}, {"root mean square error", s.RMSE}, {"intervals that hold it", s.Covered}} {
		if known(m.value) != nil {
			fmt.Fprintf(w, "%s%s %.3f", separator, m.name, m.value)
			separator = ", "
		}
	}
	fmt.Fprintln(w, ".")
	if s.coarser >= 0 {
		fmt.Fprintf(w, "%s true but less exact than gold.\n", count(s.coarser, "more answer"))
	}
}

// printTable lines columns up: l to the left and r to the right.
func printTable(w io.Writer, rows [][]string, align string) {
	widths := make([]int, len(align))
	for _, row := range rows {
		for c, text := range row {
			widths[c] = max(widths[c], columns(text))
		}
	}
	for _, row := range rows {
		var line strings.Builder
		for c, text := range row {
			pad := strings.Repeat(" ", widths[c]-columns(text))
			if align[c] == 'r' {
				text = pad + text
			} else {
				text += pad
			}
			line.WriteString(text + "  ")
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// columns is how wide a text stands on a terminal: East Asian letters take two.
func columns(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Mn, r):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana), r >= 0xff01 && r <= 0xff60:
			n += 2
		default:
			n++
		}
	}
	return n
}

// printable is a stranger's text on a terminal: controls and marks that change
// how others look are spelt out, and what is too long is cut.
func printable(text string, most int) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		text = strings.Trim(strconv.QuoteToGraphic(text), `"`)
	}
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// probability is printed as people read it, and never as certainty.
func probability(p float64) string {
	switch {
	case known(p) == nil:
		return ""
	case p > .995 && p < 1:
		return ">.99"
	case p > 0 && p < .005:
		return "<.01"
	}
	return strings.TrimPrefix(strconv.FormatFloat(p, 'f', 2, 64), "0")
}

func trimmed(x float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(x, 'f', 1, 64), ".0")
}

// figure prints a number as finely as its interval is wide.
func figure(x, width float64) string {
	if known(x) == nil {
		return strings.ReplaceAll(strconv.FormatFloat(x, 'f', -1, 64), "Inf", "∞")
	}
	digits := -1
	if width > 0 && known(width) != nil {
		digits = max(0, 2-int(math.Ceil(math.Log10(width))))
	}
	if digits > 15 {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return strconv.FormatFloat(x, 'f', digits, 64)
}

// meter tells how far a long piece of work is, on a terminal or where asked.
type meter struct {
	w        io.Writer
	terminal bool
	next     time.Time
	told     bool
}

func (w *weighing) newMeter() *meter {
	f, isFile := w.stderr.(*os.File)
	m := &meter{terminal: isFile && term.IsTerminal(int(f.Fd())), next: time.Now().Add(time.Second)}
	if m.terminal || w.progress {
		m.w = w.stderr
	}
	return m
}

// begin tells at once, where it was asked for, that work begins.
func (m *meter) begin(what string) {
	if m.w != nil && !m.terminal {
		fmt.Fprintln(m.w, "weigh:", what)
	}
}

func (m *meter) say(format string, args ...any) {
	now := time.Now()
	if m.w == nil || now.Before(m.next) {
		return
	}
	m.told = true
	if text := fmt.Sprintf(format, args...); m.terminal {
		m.next = now.Add(time.Second / 10)
		fmt.Fprintf(m.w, "\r\x1b[K%s", text)
	} else {
		m.next = now.Add(time.Second)
		fmt.Fprintln(m.w, "weigh:", text)
	}
}

func (m *meter) rows(n int) { m.say("%d rows", n) }

func (m *meter) rounds(p weigh.Progress) {
	m.say("%s: round %d of at most %d, moved by %.2g", p.Stage, p.Iteration, p.Iterations, p.Moved)
}

func (m *meter) clear() {
	if m.told && m.terminal {
		fmt.Fprint(m.w, "\r\x1b[K")
	}
	m.told = false
}
