package sheet

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// rows reads the rows of a table whose first row names its columns.
type rows struct {
	*splitter
	width  int
	column []int // where each column asked for stands, -1 for nowhere
	names  []string
	unread []string // the columns nobody asked for
	count  int
}

// openRows reads up to the first row, which must name all columns of one of the
// forms; names in brackets may be missing.
func openRows(r io.Reader, forms ...string) (*rows, error) {
	text, err := plain(r)
	if err != nil {
		return nil, err
	}
	start, err := text.Peek(text.Size())
	if err != nil && err != io.EOF {
		return nil, err
	}
	if len(bytes.TrimSpace(start)) == 0 {
		return nil, headerError("there is nothing in it")
	}
	first, _, _ := bytes.Cut(bytes.TrimLeft(start, "\r\n"), []byte("\n"))
	for _, form := range forms {
		for _, comma := range []byte(",;\t") {
			if h, err := readHeader(newSplitter(bytes.NewReader(first), comma), form); err == nil {
				h.splitter = newSplitter(text, comma)
				if err := h.row(); err != nil { // the same again, to stand behind it
					return nil, fmt.Errorf("read the first row: %w", err)
				}
				return h, nil
			}
		}
	}
	_, err = readHeader(newSplitter(bytes.NewReader(first), ','), forms[0])
	return nil, err
}

func readHeader(s *splitter, form string) (*rows, error) {
	if err := s.row(); err != nil {
		return nil, headerError("the first row cannot be read, %v", err)
	}
	if !utf8.Valid(s.raw) {
		return nil, headerError("the first row is not UTF-8 text; save the table as UTF-8")
	}
	h := &rows{width: len(s.fields)}
	var there []string
	for _, field := range s.fields {
		name := strings.ToLower(string(bytes.TrimSpace(field)))
		if name != "" && slices.Contains(there, name) {
			return nil, headerError("line 1: the column %q is there twice", name)
		}
		there = append(there, name)
	}
	for name := range strings.FieldsSeq(form) {
		name, optional := strings.CutPrefix(name, "?")
		at := slices.Index(there, strings.ToLower(name))
		if at < 0 && !optional {
			return nil, headerError("line 1: there is no column %q; the first row must name the columns %s, in any order", name, spell(form))
		}
		h.column = append(h.column, at)
		h.names = append(h.names, strings.ToLower(name))
	}
	for i, name := range there {
		if !slices.Contains(h.column, i) {
			h.unread = append(h.unread, name)
		}
	}
	return h, nil
}

// spell writes a form for people: source, item, value and perhaps time, origin.
func spell(form string) string {
	required, optional, has := strings.Cut(form, " ?")
	text := strings.ReplaceAll(required, " ", ", ")
	if has {
		text += " and perhaps " + strings.ReplaceAll(optional, " ?", ", ")
	}
	return text
}

// next reads a row; a row that is refused is a *RowError.
func (h *rows) next(ctx context.Context) error {
	if h.count++; h.count%4096 == 0 && ctx.Err() != nil {
		return ctx.Err()
	}
	if err := h.row(); err != nil {
		if why := quoteErrors[err]; why != nil {
			return h.refuse(why, 0)
		}
		return err
	}
	if !utf8.Valid(h.raw) || bytes.IndexByte(h.raw, 0) >= 0 {
		return h.refuseText()
	}
	if len(h.fields) != h.width {
		return h.refuse(FieldCount, min(len(h.fields), h.width+1)-1)
	}
	if h.isHeader() {
		return h.refuse(HeaderAgain, 0)
	}
	return nil
}

var quoteErrors = map[error]*Why{errBareQuote: BareQuote, errTornQuote: TornQuote, errOpenQuote: OpenQuote, errLongRow: LongRow}

// get returns a field of the row by the place of its name in the form, without
// white space around it; nothing where there is no such column.
func (h *rows) get(column int) []byte {
	at := h.column[column]
	if at < 0 {
		return nil
	}
	field := h.fields[at]
	if n := len(field); n > 0 && field[0] > ' ' && field[0] < utf8.RuneSelf && field[n-1] > ' ' && field[n-1] < utf8.RuneSelf {
		return field
	}
	return bytes.TrimSpace(field)
}

func (h *rows) isHeader() bool {
	for i, name := range h.names {
		if at := h.column[i]; at >= 0 && (len(h.fields[at]) != len(name) || !bytes.EqualFold(h.get(i), []byte(name))) {
			return false
		}
	}
	return true
}

func (h *rows) refuse(why *Why, field int) *RowError {
	at := h.at[max(0, field)]
	return &RowError{h.line + at.line, at.column + 1, why}
}

func (h *rows) refuseColumn(why *Why, column int) *RowError { return h.refuse(why, h.column[column]) }

// refuseText finds the first byte that is no text.
func (h *rows) refuseText() *RowError {
	at, why := bytes.IndexByte(h.raw, 0), ZeroByte
	for i := 0; i < len(h.raw) && (at < 0 || i < at); {
		r, size := utf8.DecodeRune(h.raw[i:])
		if r == utf8.RuneError && size == 1 {
			at, why = i, NotUTF8
			break
		}
		i += size
	}
	p := advance(place{}, h.raw[:at])
	return &RowError{h.line + p.line, p.column + 1, why}
}

// plain undoes gzip and passes over a byte order mark.
func plain(r io.Reader) (*bufio.Reader, error) {
	packed := &counter{Reader: r}
	text := bufio.NewReaderSize(packed, longestRow)
	if start, _ := text.Peek(2); string(start) == "\x1f\x8b" {
		unpacked, err := gzip.NewReader(text)
		if err != nil {
			return nil, fmt.Errorf("unpack gzip: %w", err)
		}
		text = bufio.NewReaderSize(&bounded{r: unpacked, packed: packed}, longestRow)
	}
	start, _ := text.Peek(4)
	switch {
	case bytes.HasPrefix(start, []byte("\xef\xbb\xbf")):
		text.Discard(3)
	case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
		return nil, headerError("it is UTF-16 text; save the table as UTF-8")
	case bytes.HasPrefix(start, []byte("PK\x03\x04")):
		return nil, headerError("it is a zip archive, or a spreadsheet; save the table as CSV")
	}
	return text, nil
}

// ErrBomb tells of a gzip file that expands like no table does.
var ErrBomb = errors.New("unpack gzip: it expands more than 200 times over, like no table; unpack it yourself if you trust it")

// bounded refuses what expands beyond measure. Tables shrink to a tenth or, where
// one row is much like the next, to a fiftieth; deflate ends at 1,032 times.
type bounded struct {
	r      io.Reader
	packed *counter
	n      int64
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	b.n += int64(n)
	const most, fair = 200, 64 << 20 // what comes to little does no harm
	if b.n > fair && b.n/most > b.packed.n {
		return n, ErrBomb
	}
	if err != nil && err != io.EOF {
		err = fmt.Errorf("unpack gzip: %w", err)
	}
	return n, err
}

// counter counts what was read.
type counter struct {
	io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += int64(n)
	return n, err
}
