package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hearsay/weigh"
	"hearsay/weigh/sheet"
)

// models are those of --model, the first where none is named.
var models = []weigh.Model{
	weigh.Default{}, weigh.Majority{}, weigh.OneCoin{}, weigh.DawidSkene{}, weigh.IBCC{}, weigh.EBCC{}, weigh.BWA{}, weigh.CATD{}, weigh.OneAccuracy{}, weigh.Anchored{},
	weigh.Mixture{}, weigh.Mean{}, weigh.Median{}, weigh.GTM{},
}

// weighing is one run of the command.
type weighing struct {
	file                                               string
	gold, labels, links, hierarchy                     string
	model, kind, explain, plot                         string
	cuts                                               []string
	skipBad, suggestCuts, all, progress, asJSON, asCSV bool
	limit, workers                                     int
	stdin                                              io.Reader
	stdout, stderr                                     io.Writer
}

func newWeigh() *cobra.Command {
	w := &weighing{}
	cmd := &cobra.Command{
		Use:   "weigh FILE.csv",
		Short: "Grade any table of who says what: what is likely so, and who depends on whom",
		Long: `Grade any table of who says what. FILE is CSV (or - for standard input), plain or
gzip, whose first row names the columns source, item and value, and perhaps time
and origin. Ten sources that repeat one feed count once.

For every item it prints the likeliest value with its probability, how many
independent origins say so, how many of them would have to fall for it to fall,
and its rivals; for every source how often it is right. No standing here is above
corroborated: verified takes two editors, and a table has none.

Values are classes where all items share a few, numbers (6500, 5..10, about 6500,
at-least 3), or open; --kind says which where the table does not.

--gold scores the result against known values and is not used for it; --labels
gives values that are settled, and is used. --links (source,origin or
source,item,origin) declares where sources have things from. --hierarchy
(value,parent) tells which values are parts of others, and so no rivals.
--suggest-cuts names sources that agree with the others less from some day on,
who may have been turned: a reason to look, and applied by nobody but you (--cut).
` + exits,
		Example: "  hearsay weigh prices.csv\n  hearsay weigh prices.csv.gz --gold known.csv --json",
		Args:    exactly("the file of a table, or -"),
		RunE: func(cmd *cobra.Command, args []string) error {
			w.file, w.stdin, w.stdout, w.stderr = args[0], cmd.InOrStdin(), cmd.OutOrStdout(), cmd.ErrOrStderr()
			return w.run(cmd.Context())
		},
	}
	f := cmd.Flags()
	f.StringVar(&w.gold, "gold", "", "score against the values in this table of item,value")
	f.StringVar(&w.labels, "labels", "", "take the values in this table of item,value as settled")
	f.StringVar(&w.links, "links", "", "take origins from this table of source,origin or source,item,origin")
	f.StringVar(&w.hierarchy, "hierarchy", "", "take values that are parts of others from this table of value,parent")
	f.StringVar(&w.model, "model", models[0].Name(), "how to weigh: "+modelNames())
	f.StringVar(&w.kind, "kind", "", "what the values are: classes, open or number (default: as the table looks)")
	f.StringVar(&w.explain, "explain", "", "tell why this item is held as it is, origin by origin")
	f.StringVar(&w.plot, "plot", "", "draw calibration, reliability and dependence of sources into this file of SVG")
	f.StringArrayVar(&w.cuts, "cut", nil, "leave out what a source says from a day on, as SOURCE=2020-02-06 (repeatable)")
	f.BoolVar(&w.suggestCuts, "suggest-cuts", false, "look for sources that agree with the others less from some day on; applies nothing")
	f.BoolVar(&w.skipBad, "skip-bad", false, "leave out and count rows that cannot be read")
	f.IntVar(&w.limit, "limit", 20, "print so many items and sources")
	f.BoolVar(&w.all, "all", false, "print all items and sources")
	f.IntVar(&w.workers, "workers", 0, "share the work among so many cores (default: all)")
	f.BoolVar(&w.progress, "progress", false, "tell the progress even where standard error is no terminal")
	f.BoolVar(&w.asJSON, "json", false, "print the result as one JSON document")
	f.BoolVar(&w.asCSV, "csv", false, "print the items as CSV")
	return cmd
}

func modelNames() string {
	var names []string
	for _, m := range models {
		names = append(names, m.Name())
	}
	return strings.Join(names, ", ")
}

// graded is a table with what came of it.
type graded struct {
	*sheet.Sheet
	result  *weigh.Result
	score   *scored // nil without gold
	settled int
	seconds float64
	changed *changed // nil where it was not asked for

	first, rows []int32 // the statements on each item
}

func (w *weighing) run(ctx context.Context) error {
	model, opt, err := w.check()
	if err != nil {
		return err
	}
	// A table is a few great columns without pointers: to look through them often
	// costs little, and to let as much again lie unused costs what they take.
	defer debug.SetGCPercent(debug.SetGCPercent(25))
	begun := time.Now()
	if err := w.readBeside(ctx, &opt); err != nil {
		return err
	}
	meter := w.newMeter()
	meter.begin("reading " + w.file)
	opt.Progress = meter.rows
	var s *sheet.Sheet
	err = w.open(ctx, w.file, func(r io.Reader) (err error) {
		s, err = sheet.Read(ctx, r, opt)
		return err
	})
	meter.clear()
	if err != nil {
		return err
	}
	w.note(s, opt)
	result, err := model.Weigh(ctx, s.Table, weigh.Options{MinOrigins: minOrigins, MinP: minP, Workers: w.workers, Progress: meter.rounds})
	meter.clear()
	if err != nil {
		return fmt.Errorf("weigh %s: %w", w.file, err)
	}
	g := &graded{Sheet: s, result: result, settled: len(opt.Labels) - s.UnmetLabels, seconds: time.Since(begun).Seconds()}
	g.first, g.rows = s.ByItem()
	if w.gold != "" {
		if err := w.scoreBy(ctx, g, opt.Hierarchy); err != nil {
			return err
		}
	}
	if w.suggestCuts {
		if err := w.suggest(ctx, g); err != nil {
			return err
		}
	}
	if w.plot != "" {
		if err := w.draw(g, model); err != nil {
			return err
		}
	}
	switch {
	case w.explain != "":
		return g.explain(w.stdout, w.explain, w.asJSON)
	case w.asJSON:
		return g.writeJSON(w.stdout)
	case w.asCSV:
		return g.writeCSV(w.stdout)
	}
	return g.print(w.stdout, w.limit, w.all)
}

// check refuses flags that make no sense before anything is read.
func (w *weighing) check() (weigh.Model, sheet.Options, error) {
	opt := sheet.Options{SkipBad: w.skipBad}
	kinds := map[string]weigh.Kind{"": 0}
	for _, k := range []weigh.Kind{weigh.Classes, weigh.Open, weigh.Number} {
		kinds[k.String()] = k
	}
	kind, ok := kinds[w.kind]
	switch {
	case !ok:
		return nil, opt, misasked("--kind %q is not classes, open or number", w.kind)
	case w.asJSON && w.asCSV:
		return nil, opt, misasked("--json and --csv at once")
	case w.asCSV && w.explain != "":
		return nil, opt, misasked("--explain prints words or, with --json, a document; it has no --csv")
	case w.limit < 0 || w.workers < 0:
		return nil, opt, misasked("--limit and --workers are not below zero")
	}
	opt.Kind = kind
	for _, text := range w.cuts {
		at := strings.LastIndexByte(text, '=')
		if at < 1 {
			return nil, opt, misasked("--cut %q is not like SOURCE=2020-02-06", text)
		}
		day, ok := sheet.Day(text[at+1:])
		if !ok {
			return nil, opt, misasked("--cut %q ends in no day like 2020-02-06", text)
		}
		opt.Cuts = append(opt.Cuts, sheet.Cut{Source: text[:at], Day: day})
	}
	for _, m := range models {
		if m.Name() == w.model {
			return m, opt, nil
		}
	}
	return nil, opt, misasked("there is no model %q; there are %s", w.model, modelNames())
}

// readBeside reads the tables that come beside the main one.
func (w *weighing) readBeside(ctx context.Context, opt *sheet.Options) error {
	err := w.open(ctx, w.labels, func(r io.Reader) (err error) {
		opt.Labels, err = sheet.ReadAnswers(ctx, r)
		return err
	})
	if err == nil {
		err = w.open(ctx, w.links, func(r io.Reader) (err error) {
			opt.Links, err = sheet.ReadLinks(ctx, r)
			return err
		})
	}
	if err == nil {
		err = w.open(ctx, w.hierarchy, func(r io.Reader) (err error) {
			opt.Hierarchy, err = sheet.ReadHierarchy(ctx, r)
			return err
		})
	}
	return err
}

// open hands a file to read, or standard input for -; nothing without a name.
func (w *weighing) open(ctx context.Context, name string, read func(io.Reader) error) error {
	if name == "" {
		return nil
	}
	if name == "-" {
		if err := read(interruptible(ctx, w.stdin)); err != nil {
			return fmt.Errorf("weigh standard input: %w", err)
		}
		return nil
	}
	f, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("weigh: %w", err)
	}
	defer f.Close()
	if err := read(f); err != nil {
		return fmt.Errorf("weigh %s: %w", name, err)
	}
	return nil
}

// interruptible ends with the context, even while r waits for somebody to write.
// What r hands over after that is lost.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	out, in := io.Pipe()
	context.AfterFunc(ctx, func() { in.CloseWithError(ctx.Err()) })
	go func() {
		_, err := io.CopyBuffer(in, r, make([]byte, 1<<18))
		in.CloseWithError(err)
	}()
	return out
}

// note tells on standard error what of the table was not taken as it stands.
func (w *weighing) note(s *sheet.Sheet, opt sheet.Options) {
	say := func(format string, args ...any) { fmt.Fprintf(w.stderr, "weigh: "+format+"\n", args...) }
	for _, b := range s.Bad {
		say("%s left out, the first on line %d: %s", count(b.Rows, "row"), b.FirstLine, b.Why.What)
	}
	if len(s.Unread) > 0 {
		say("columns that were not read: %s", printable(strings.Join(s.Unread, ", "), 200))
	}
	if g := s.Guessed; opt.Kind == 0 && s.Table.Kind == weigh.Open && g.FirstWord > 0 && 10*(g.Values-g.Numbers) <= g.Values {
		say("the values are taken as texts, since of %d different ones %d are no numbers, the first on line %d; --kind number --skip-bad leaves those out", g.Values, g.Values-g.Numbers, g.FirstWord)
	}
	if s.Replaced > 0 {
		say("%s replaced by a later one of the same source", count(s.Replaced, "statement"))
	}
	if s.CutOff > 0 || len(opt.Cuts) > 0 {
		say("%s left out by --cut", count(s.CutOff, "statement"))
	}
	if s.UnmetLabels > 0 {
		say("%s of --labels not in the table", count(s.UnmetLabels, "item"))
	}
	if s.UnmetLinks > 0 {
		say("%s of --links that fit nothing in the table", count(s.UnmetLinks, "row"))
	}
	if s.Table.Statements() == 0 {
		say("the table has no statement")
	}
}

func count(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}
