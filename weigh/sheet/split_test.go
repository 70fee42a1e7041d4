package sheet

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzSplit holds the splitter to encoding/csv: the same rows, refused where it
// refuses and at the same place, however the text comes in.
func FuzzSplit(f *testing.F) {
	for _, text := range []string{
		"", "\n", "\r", "\r\n", "a", "a,b\nc,d\n", "a,b\r\nc,d\r\n", "a,b\r", ",", ",\n,", "\n\na\n\n", "a\rb\r\n",
		`"a"`, `"a","b"`, `"a""b"` + "\n", "\"a\nb\",c\n", "\"a\r\nb\"\r\n", "\"a\rb\"", `"a"b`, `a"b`, `"a`, `"a""`, `"""`, "\"a\"\r", "\"a\"\rb", "a\n\"b\nc\"d",
		"x,\"\"\n", "\"\",\"\"\n", "\"\n\"\"\n\",1\r\n", ";\t;", "\"a\",\"b\nc\", d\"",
	} {
		f.Add([]byte(text), true)
	}
	f.Fuzz(func(t *testing.T, text []byte, piecemeal bool) {
		if len(text) > longestRow {
			return
		}
		want := csv.NewReader(bytes.NewReader(text))
		want.FieldsPerRecord = -1
		var r io.Reader = bytes.NewReader(text)
		if piecemeal {
			r = iotest.OneByteReader(r)
		}
		got := newSplitter(r, ',')
		for {
			record, wantErr := want.Read()
			err := got.row()
			var parse *csv.ParseError
			if errors.As(wantErr, &parse) {
				if err == nil || err == io.EOF {
					t.Fatalf("row %q, error %v; want %v", got.fields, err, wantErr)
				}
				if got.line != parse.StartLine {
					t.Fatalf("row begins on line %d, want %d", got.line, parse.StartLine)
				}
				if err != errOpenQuote && (got.line+got.at[0].line != parse.Line || got.at[0].column+1 != parse.Column) {
					t.Fatalf("%v at line %d, column %d; want %v", err, got.line+got.at[0].line, got.at[0].column+1, wantErr)
				}
				return
			}
			if err != wantErr {
				t.Fatalf("error %v, want %v", err, wantErr)
			}
			if err != nil {
				return
			}
			var fields []string
			for i, field := range got.fields {
				fields = append(fields, string(field))
				line, column := want.FieldPos(i)
				if got.line+got.at[i].line != line || got.at[i].column+1 != column {
					t.Fatalf("field %d is at line %d, column %d; want %d, %d", i, got.line+got.at[i].line, got.at[i].column+1, line, column)
				}
			}
			if !slices.Equal(fields, record) {
				t.Fatalf("row %q, want %q", fields, record)
			}
		}
	})
}

func TestSplitBounds(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		want       error
	}{
		{"a field of any length", strings.Repeat("x", 4*longestRow) + "\n", errLongRow},
		{"a quote that is never closed", `"` + strings.Repeat("x\n", 4*longestRow), errOpenQuote},
	} {
		t.Run(tt.name+" takes no more than the buffer", func(t *testing.T) {
			s := newSplitter(strings.NewReader("a,b\n"+tt.text+"c,d\n"), ',')
			if err := s.row(); err != nil {
				t.Fatal(err)
			}
			if err := s.row(); err != tt.want || s.line != 2 || s.at[0] != (place{}) {
				t.Errorf("error %v on line %d at %v", err, s.line, s.at[0])
			}
			for s.row() == nil {
				if string(bytes.Join(s.fields, []byte("|"))) == "c|d" {
					return
				}
			}
			t.Error("the rows behind it are lost")
		})
	}
	t.Run("a failing reader is told from the end", func(t *testing.T) {
		broken := errors.New("pulled out")
		s := newSplitter(io.MultiReader(strings.NewReader("a,b\nc,"), iotest.ErrReader(broken)), ',')
		if err := s.row(); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.row(); err != broken {
				t.Errorf("error %v", err)
			}
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	text := bytes.Repeat([]byte("source17,item-123456,closed\n"), 10_000)
	b.Run("splitter", func(b *testing.B) {
		for b.Loop() {
			for s := newSplitter(bytes.NewReader(text), ','); s.row() == nil; {
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/row")
	})
	b.Run("encoding/csv", func(b *testing.B) {
		for b.Loop() {
			r := csv.NewReader(bytes.NewReader(text))
			r.ReuseRecord = true
			for err := error(nil); err == nil; _, err = r.Read() {
			}
		}
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/row")
	})
}
