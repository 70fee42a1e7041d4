package sheet

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"hearsay/weigh"
)

func read(t *testing.T, text string, opt Options) *Sheet {
	t.Helper()
	s, err := Read(context.Background(), strings.NewReader(text), opt)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Table.Check(); err != nil {
		t.Fatal(err)
	}
	return s
}

// statements spells a table out, in the order of items, sources and values.
func statements(s *Sheet) string {
	var all []string
	t := s.Table
	for j, i := range t.Item {
		said := ""
		switch {
		case t.Kind == weigh.Number:
			said = fmt.Sprintf("%v..%v", t.Low[j], t.High[j])
		case t.Value[j] < 0:
			var values []string
			for _, v := range t.Sets[^t.Value[j]].Values {
				values = append(values, s.Value(int(i), int(v)))
			}
			said = "{" + strings.Join(values, " ") + "}"
		default:
			said = s.Value(int(i), int(t.Value[j]))
		}
		if t.Origin != nil && t.Origin[j] != weigh.NoOrigin {
			said += fmt.Sprintf(" by %d", t.Origin[j])
		}
		all = append(all, fmt.Sprintf("%s: %s %s", s.Items.At(i), s.Sources.At(t.Source[j]), said))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

func TestTables(t *testing.T) {
	const want = "x: A 1, x: B 2"
	packed := func(text string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		io.WriteString(w, text)
		w.Close()
		return b.String()
	}
	for _, tt := range []struct{ name, text, want string }{
		{"columns stand in any order, in small letters or capitals", "Value,ITEM,source\n1,x,A\n2,x,B\n", want},
		{"the last line needs no end", "source,item,value\nA,x,1\nB,x,2", want},
		{"lines may end in CRLF", "source,item,value\r\nA,x,1\r\nB,x,2\r\n", want},
		{"a byte order mark is passed over", "\ufeffsource,item,value\nA,x,1\nB,x,2\n", want},
		{"blank lines are passed over", "\n\nsource,item,value\n\nA,x,1\n\n\nB,x,2\n\n", want},
		{"semicolons separate", "source;item;value\nA;x;1\nB;x;2\n", want},
		{"tabs separate", "source\titem\tvalue\nA\tx\t1\nB\tx\t2\n", want},
		{"white space around a field is not part of it", "source, item ,value\nA , x,\t1\n B,x\u00a0, 2 \n", want},
		{"quotes hold separators, quotes and line ends", "source,item,value\n\"A, \"\"the\"\"\",\"x\ny\",1\n", `x` + "\n" + `y: A, "the" 1`},
		{"gzip is told by its content", packed("source,item,value\nA,x,1\nB,x,2\n"), want},
		{"pieces of gzip may follow each other", packed("source,item,value\nA,x,1\n") + packed("B,x,2\n"), want},
		{"columns that nobody asked for are not read", "note,source,item,value\n1,A,x,1\n2,B,x,2\n", want},
		{"an empty value says that it is not known", "source,item,value\nA,x,1\nB,x,2\nC,x,\nC,y,\n", want},
		{"a table without a row has no statement", "source,item,value\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := read(t, tt.text, Options{})
			if got := statements(s); got != tt.want {
				t.Errorf("statements %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("an item that nobody knows is an item", func(t *testing.T) {
		s := read(t, "source,item,value\nC,y,\n", Options{})
		if s.Table.Items != 1 || s.Table.Sources != 1 || s.Unknown != 1 || s.Rows != 1 {
			t.Errorf("%d items, %d sources, %d unknown", s.Table.Items, s.Table.Sources, s.Unknown)
		}
	})
	t.Run("columns that are not read are told", func(t *testing.T) {
		if s := read(t, "note,source,item,value\n", Options{}); !slices.Equal(s.Unread, []string{"note"}) {
			t.Errorf("unread %q", s.Unread)
		}
	})
}

func TestNoTables(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"an empty file", "", "there is nothing in it"},
		{"blank lines", "\r\n\n", "there is nothing in it"},
		{"a byte order mark alone", "\ufeff", "there is nothing in it"},
		{"no header", "A,x,1\nB,x,2\n", `there is no column "source"; the first row must name the columns source, item, value and perhaps time, origin, in any order`},
		{"a column is missing", "source,item,time\nA,x,2020\n", `there is no column "value"`},
		{"a column named twice", "source,item,value,Value\n", `the column "value" is there twice`},
		{"UTF-16", "\xff\xfes\x00o\x00", "it is UTF-16 text; save the table as UTF-8"},
		{"a spreadsheet", "PK\x03\x04rest", "save the table as CSV"},
		{"bytes", "\x80\x81\x82\n\xff", "is not UTF-8"},
		{"a header with a quote never closed", "source,item,\"value\n", "a quote that is never closed"},
	} {
		t.Run(tt.name+" is no table", func(t *testing.T) {
			_, err := Read(context.Background(), strings.NewReader(tt.text), Options{SkipBad: true})
			if !errors.Is(err, ErrHeader) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// TestRefusals: each row is refused at its place, and left out and counted where
// that is asked for, with nothing else lost.
func TestRefusals(t *testing.T) {
	for _, tt := range []struct {
		name, row    string
		line, column int
		why          *Why
	}{
		{"a field too few", "B,x", 3, 3, FieldCount},
		{"a field too many", "B,x,1,,,", 3, 9, FieldCount},
		{"no source", ",x,1,,", 3, 1, NoSource},
		{"white space for a source", " \t ,x,1,,", 3, 1, NoSource},
		{"no item", "B,,1,,", 3, 3, NoItem},
		{"a quote within a field", `B,x"y,1,,`, 3, 4, BareQuote},
		{"text behind a closing quote", `B,"x"y,1,,`, 3, 5, TornQuote},
		{"a quote that is never closed", `B,x,"1,,`, 3, 5, OpenQuote},
		{"a long field", "B,x," + strings.Repeat("y", longestRow) + ",,", 3, 1, LongRow},
		{"a byte that is not UTF-8", "B,x,caf\xe9,,", 3, 8, NotUTF8},
		{"half a letter", "B,x,\xe4\xb8,,", 3, 5, NotUTF8},
		{"a byte of zero", "B,x,a\x00b,,", 3, 6, ZeroByte},
		{"the header again", "source,item,value,time,origin", 3, 1, HeaderAgain},
		{"a time that is no day", "B,x,1,yesterday,", 3, 7, NotDay},
		{"a day that does not exist", "B,x,1,2021-02-29,", 3, 7, NotDay},
	} {
		t.Run(tt.name, func(t *testing.T) {
			text := "source,item,value,time,origin\nA,x,1,2020-02-06,\n" + tt.row + "\nC,z,2,,o\n"
			_, err := Read(context.Background(), strings.NewReader(text), Options{})
			var bad *RowError
			if !errors.As(err, &bad) || *bad != (RowError{tt.line, tt.column, tt.why}) || !errors.Is(err, ErrRow) {
				t.Fatalf("error %v", err)
			}
			for _, part := range []string{fmt.Sprintf("line %d, column %d: ", tt.line, tt.column), tt.why.What, tt.why.Do} {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			s := read(t, text, Options{SkipBad: true, Kind: weigh.Classes})
			if got := statements(s); got != "x: A 1, z: C 2 by 0" {
				t.Errorf("statements %q", got)
			}
			if !slices.Equal(s.Bad, []Bad{{tt.why, 1, 3}}) || s.Rows != 2 {
				t.Errorf("%d rows, left out %v", s.Rows, s.Bad)
			}
		})
	}
	t.Run("reasons are counted apart", func(t *testing.T) {
		s := read(t, "source,item,value\nA,x\n,x,1\nA,x\nA,x,1\n", Options{SkipBad: true})
		if !slices.Equal(s.Bad, []Bad{{FieldCount, 2, 2}, {NoSource, 1, 3}}) {
			t.Errorf("left out %v", s.Bad)
		}
	})
}

func TestBrokenGzip(t *testing.T) {
	pack := func(write func(io.Writer)) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		write(w)
		w.Close()
		return b.Bytes()
	}
	rows := pack(func(w io.Writer) {
		io.WriteString(w, "source,item,value\n")
		for i := range 1000 {
			fmt.Fprintf(w, "A%d,x%d,%d\n", i*7919%613, i*104729%997, i*31%5)
		}
	})
	t.Run("cut short, it is told and not taken for its end", func(t *testing.T) {
		for _, n := range []int{2, 5, 12, len(rows) / 2, len(rows) - 1} {
			if _, err := Read(context.Background(), bytes.NewReader(rows[:n]), Options{SkipBad: true}); !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "gzip") {
				t.Errorf("after %d of %d bytes: %v", n, len(rows), err)
			}
		}
	})
	t.Run("a changed byte is told", func(t *testing.T) {
		changed := slices.Clone(rows)
		changed[len(changed)-6] ^= 1 // of the checksum
		if _, err := Read(context.Background(), bytes.NewReader(changed), Options{}); !errors.Is(err, gzip.ErrChecksum) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("a bomb is refused before it fills anything", func(t *testing.T) {
		for name, line := range map[string]string{"one line": strings.Repeat("x", 1000), "one row again and again": "A,x," + strings.Repeat("y", 60) + "\n"} {
			bomb := pack(func(w io.Writer) {
				io.WriteString(w, "source,item,value\n")
				piece := []byte(strings.Repeat(line, 1_000_000/len(line)))
				for range 70 {
					w.Write(piece)
				}
			})
			if _, err := Read(context.Background(), bytes.NewReader(bomb), Options{SkipBad: true}); !errors.Is(err, ErrBomb) {
				t.Errorf("%s: error %v", name, err)
			}
		}
	})
}

func TestKinds(t *testing.T) {
	table := func(n int, value func(i int) string) string {
		var b strings.Builder
		b.WriteString("source,item,value\n")
		for i := range n {
			fmt.Fprintf(&b, "s%d,i%d,%s\n", i%3, i/2, value(i))
		}
		return b.String()
	}
	numbered := func(format string, most int) func(int) string {
		return func(i int) string { return fmt.Sprintf(format, i%most) }
	}
	withLast := func(text, row string) string { return text + row + "\n" }
	for _, tt := range []struct {
		name, text string
		opt        Options
		want       weigh.Kind
	}{
		{"12 values that items share are classes", table(60, numbered("c%d", 12)), Options{}, weigh.Classes},
		{"12 numbers are classes too", table(60, numbered("%d", 12)), Options{}, weigh.Classes},
		{"13 words are open", table(60, numbered("c%d", 13)), Options{}, weigh.Open},
		{"13 numbers are numbers", table(60, numbered("%d", 13)), Options{}, weigh.Number},
		{"bounds and ranges are numbers", withLast(table(60, numbered("%d", 13)), "s0,i0,5..10\ns0,i1,about 6500\ns0,i2,>=3"), Options{}, weigh.Number},
		{"one word among numbers makes them open", withLast(table(60, numbered("%d", 13)), "s0,i0,many"), Options{}, weigh.Open},
		{"NaN among words is a word", withLast(table(60, numbered("c%d", 13)), "s0,i0,NaN"), Options{}, weigh.Open},
		{"more values than items are open", "source,item,value\nA,x,1\nB,x,2\n", Options{}, weigh.Open},
		{"all the same is open, since it might be something else", table(60, numbered("c%d", 1)), Options{}, weigh.Open},
		{"no value at all is open", "source,item,value\n", Options{}, weigh.Open},
		{"no class at all is open", "source,item,value\n", Options{Kind: weigh.Classes}, weigh.Open},
		{"classes are taken as said", table(60, numbered("c%d", 40)), Options{Kind: weigh.Classes}, weigh.Classes},
		{"open is taken as said", table(60, numbered("%d", 13)), Options{Kind: weigh.Open}, weigh.Open},
		{"number is taken as said", table(60, numbered("%d", 2)), Options{Kind: weigh.Number}, weigh.Number},
		{"a hierarchy makes words open", table(60, numbered("c%d", 3)), Options{Hierarchy: &Hierarchy{}}, weigh.Open},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if s := read(t, tt.text, tt.opt); s.Table.Kind != tt.want {
				t.Errorf("kind %v, want %v", s.Table.Kind, tt.want)
			}
		})
	}
	for _, text := range []string{"NaN", "nan", "Inf", "-inf", "+Infinity", "1e999", "-1e999"} {
		t.Run(text+" beside numbers is refused", func(t *testing.T) {
			for _, kind := range []weigh.Kind{0, weigh.Number} {
				for _, most := range []int{5, 13} {
					table := table(60, numbered("%d", most)) + "s9,i0," + text + "\n"
					_, err := Read(context.Background(), strings.NewReader(table), Options{Kind: kind})
					var bad *RowError
					if !errors.As(err, &bad) || *bad != (RowError{62, 7, NotFinite}) {
						t.Fatalf("kind %v: error %v", kind, err)
					}
					s := read(t, table, Options{Kind: kind, SkipBad: true})
					if s.Table.Statements() != 60 || s.Rows != 60 || !slices.Equal(s.Bad, []Bad{{NotFinite, 1, 62}}) {
						t.Errorf("kind %v: %d statements, left out %v", kind, s.Table.Statements(), s.Bad)
					}
				}
			}
		})
	}
	t.Run("a word is refused where numbers are asked for", func(t *testing.T) {
		_, err := Read(context.Background(), strings.NewReader("source,item,value\nA,x,1\nB,x,many\n"), Options{Kind: weigh.Number})
		var bad *RowError
		if !errors.As(err, &bad) || *bad != (RowError{3, 5, NotNumber}) {
			t.Errorf("error %v", err)
		}
	})
	t.Run("what a guess rests on is told", func(t *testing.T) {
		s := read(t, withLast(table(60, numbered("%d", 13)), "s0,i0,many"), Options{})
		if s.Guessed != (Guess{Values: 14, Numbers: 13, FirstWord: 62}) {
			t.Errorf("guessed by %+v", s.Guessed)
		}
	})
	t.Run("a hierarchy of numbers or classes is refused", func(t *testing.T) {
		for _, kind := range []weigh.Kind{weigh.Number, weigh.Classes} {
			if _, err := Read(context.Background(), strings.NewReader("source,item,value\n"), Options{Kind: kind, Hierarchy: &Hierarchy{}}); !errors.Is(err, ErrHierarchyKind) {
				t.Errorf("error %v", err)
			}
		}
	})
}

func TestRepeats(t *testing.T) {
	for _, tt := range []struct {
		name, text, want string
		replaced         int
	}{
		{"without days both stand", "source,item,value\nA,x,1\nA,x,2\n", "x: A 1, x: A 2", 0},
		{"of one day both stand", "source,item,value,time\nA,x,1,2020-02-06\nA,x,2,2020-02-06T23:59:59Z\n", "x: A 1, x: A 2", 0},
		{"the later day replaces the earlier", "source,item,value,time\nA,x,2,2020-02-07\nA,x,1,2020-02-06\nB,x,1,2020-02-06\n", "x: A 2, x: B 1", 1},
		{"a day replaces none", "source,item,value,time\nA,x,2,\nA,x,1,1969-12-31\n", "x: A 1", 1},
		{"a month is its first day", "source,item,value,time\nA,x,1,2020-02\nA,x,2,2020-02-01\nA,x,3,2020\n", "x: A 1, x: A 2", 1},
		{"another item is no repeat", "source,item,value,time\nA,x,1,2020-02-06\nA,y,2,2020-02-07\n", "x: A 1, y: A 2", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := read(t, tt.text, Options{})
			if got := statements(s); got != tt.want || s.Replaced != tt.replaced {
				t.Errorf("statements %q, %d replaced", got, s.Replaced)
			}
		})
	}
}

func TestCuts(t *testing.T) {
	const text = "source,item,value,time\nA,x,1,2020-02-06\nA,x,2,2020-02-07\nA,y,1,\nB,x,1,2020-02-09\n"
	day := func(text string) int32 { d, _ := Day(text); return d }
	for _, tt := range []struct {
		name string
		cuts []Cut
		want string
	}{
		{"what was replaced stands again", []Cut{{"A", day("2020-02-07")}}, "x: A 1, x: B 1"},
		{"the earlier of two cuts holds", []Cut{{"A", day("2020-02-09")}, {"A", day("2020-02-06")}}, "x: B 1"},
		{"who is not in the table is no cut", []Cut{{"C", 0}}, "x: A 2, x: B 1, y: A 1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := statements(read(t, text, Options{Cuts: tt.cuts})); got != tt.want {
				t.Errorf("statements %q, want %q", got, tt.want)
			}
		})
	}
	t.Run("without days all of the source is out", func(t *testing.T) {
		s := read(t, "source,item,value\nA,x,1\nB,x,1\n", Options{Cuts: []Cut{{"A", 0}}})
		if got := statements(s); got != "x: B 1" || s.CutOff != 1 {
			t.Errorf("statements %q, %d cut off", got, s.CutOff)
		}
	})
}

func TestOrderOfRows(t *testing.T) {
	rows := []string{"A,x,1,2020-01-01,o", "B,x,2,,p", "C,y,1,2020-01-02,", "A,y,3,,", "D,z,2,,o", "B,z,5,2020-01-03,", "B,z,4,2020-01-04,q"}
	for _, kind := range []weigh.Kind{weigh.Classes, weigh.Open, weigh.Number} {
		var want string
		for turn := range rows {
			turned := append(slices.Clone(rows[turn:]), rows[:turn]...)
			s := read(t, "source,item,value,time,origin\n"+strings.Join(turned, "\n"), Options{Kind: kind})
			got := statements(s)
			for i := range s.Items.Len() {
				got += fmt.Sprint(" ", s.Items.At(int32(i)), i)
			}
			for i := range s.Sources.Len() {
				got += fmt.Sprint(" ", s.Sources.At(int32(i)), i)
			}
			if want == "" {
				want = got
			}
			if got != want {
				t.Errorf("%v, row %d first: %s\nwant %s", kind, turn, got, want)
			}
		}
	}
}

func TestMillionCandidates(t *testing.T) {
	const n = 1_000_000
	r, w := io.Pipe()
	go func() {
		var b bytes.Buffer
		b.WriteString("source,item,value\n")
		for i := range n {
			fmt.Fprintf(&b, "s,x,v%d\n", i)
			if b.Len() > 1<<16 {
				b.WriteTo(w)
			}
		}
		b.WriteTo(w)
		w.Close()
	}()
	s, err := Read(context.Background(), r, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if s.Table.Kind != weigh.Open || s.Table.Candidates[0] != (weigh.Candidates{Count: n, Else: true}) {
		t.Errorf("%v, %v", s.Table.Kind, s.Table.Candidates)
	}
	if v, ok := s.find(0, "v999999"); !ok || s.Value(0, int(v)) != "v999999" {
		t.Error("a value is not found")
	}
}

func TestCancelledRead(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	r, w := io.Pipe()
	go func() {
		io.WriteString(w, "source,item,value\n")
		row := []byte(strings.Repeat("A,x,1\n", 10_000))
		for i := 0; ; i++ {
			if _, err := w.Write(row); err != nil {
				return
			}
			if i == 3 {
				cancel()
			}
		}
	}()
	if _, err := Read(ctx, r, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	r.Close()
}

func TestFailingReader(t *testing.T) {
	broken := errors.New("pulled out")
	r := io.MultiReader(strings.NewReader("source,item,value\nA,x,1\n"), &failing{broken})
	if _, err := Read(context.Background(), r, Options{SkipBad: true}); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ err error }

func (f *failing) Read([]byte) (int, error) { return 0, f.err }

func TestNumbersShareAColumn(t *testing.T) {
	s := read(t, "source,item,value\nA,x,1\nB,x,2.5\n", Options{Kind: weigh.Number})
	if &s.Table.Low[0] != &s.Table.High[0] {
		t.Error("exact numbers take two columns")
	}
	s = read(t, "source,item,value\nA,x,over 1\nB,x,-3..2.5\n", Options{Kind: weigh.Number})
	if s.Table.Low[0] != math.Nextafter(1, 2) || !math.IsInf(s.Table.High[0], 1) || s.Table.Low[1] != -3 || s.Table.High[1] != 2.5 {
		t.Errorf("bounds %v, %v", s.Table.Low, s.Table.High)
	}
}

// FuzzRead: whatever is read makes a table that fits, and skipping what is bad
// reads all that stopping would have read.
func FuzzRead(f *testing.F) {
	for _, text := range []string{
		"source,item,value\nA,x,1\n", "source;item;value;time\nA;x;1;2020\nA;x;2;2021\n", "value\titem\tsource\torigin\n1\tx\tA\to\n",
		"\ufeffsource,item,value\r\n\"A\",\"x\"\"y\",5..10\r\n", "source,item,value\nA,x,NaN\nB,x,1\n", "source,item,value\nA,\"x,1\nB,x,2\n", "\x1f\x8b\x08",
		"source,item,value\nA,x,\xff\nA,,\n,,\nA,x,1,2\n",
	} {
		for kind := range weigh.Number + 1 {
			f.Add([]byte(text), uint8(kind))
		}
	}
	f.Fuzz(func(t *testing.T, text []byte, kind uint8) {
		opt := Options{Kind: weigh.Kind(kind % 4)}
		strict, err := Read(context.Background(), bytes.NewReader(text), opt)
		opt.SkipBad = true
		lax, laxErr := Read(context.Background(), bytes.NewReader(text), opt)
		var bad *RowError
		switch {
		case err == nil && (laxErr != nil || len(lax.Bad) > 0 || statements(lax) != statements(strict)):
			t.Errorf("read, and skipping what is bad gives %v", laxErr)
		case errors.As(err, &bad) && (laxErr == nil && len(lax.Bad) == 0 || errors.As(laxErr, &bad)):
			t.Errorf("%v, and with skipping %v", err, laxErr)
		}
		if laxErr == nil {
			if err := lax.Table.Check(); err != nil {
				t.Error(err)
			}
		}
	})
}
