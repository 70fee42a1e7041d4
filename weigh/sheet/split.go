package sheet

import (
	"bytes"
	"errors"
	"io"
)

// longestRow bounds what one row may hold, in bytes, so that a quote that is
// never closed costs no more memory than this.
const longestRow = 1 << 18

// splitter cuts a text into rows and fields as RFC 4180 has it and encoding/csv
// reads it (a fuzz test holds it to that), but for this: a row has a longest
// length, fields point into a buffer that is used again, and after a broken row
// it goes on with the line below.
type splitter struct {
	r     io.Reader
	comma byte

	buf        []byte
	start, end int   // of what is read and not yet cut
	err        error // why nothing more can be read

	line, next int    // of the row that was cut, and of the one after it, from 1
	raw        []byte // the row with its line end
	fields     [][]byte
	at         []place
	unescaped  []byte
}

// place is where a field begins, or what is wrong: lines after the row's first,
// and bytes from the beginning of that line.
type place struct{ line, column int }

func newSplitter(r io.Reader, comma byte) *splitter {
	return &splitter{r: r, comma: comma, buf: make([]byte, longestRow), next: 1}
}

var (
	errBareQuote = errors.New("a quote within a field that does not begin with one")
	errTornQuote = errors.New("text behind the quote that closes a field")
	errOpenQuote = errors.New("a quote that is never closed")
	errLongRow   = errors.New("a row too long to be one")

	// These two stay within the splitter: the buffer ends before the row does.
	errMore       = errors.New("more is to be read")
	errMoreQuoted = errors.New("more is to be read of a field in quotes")
)

// row cuts the next row that is not blank; its fields hold until the next call.
// At the end it returns io.EOF. Of a broken row it returns one of the errors
// above, with the place in at[0].
func (s *splitter) row() error {
	for {
		length, lines, err := s.cut(s.buf[s.start:s.end], s.err == io.EOF)
		switch {
		case (err == errMore || err == errMoreQuoted) && s.end-s.start < len(s.buf):
			if err := s.fill(); err != nil {
				return err
			}
		case err == io.EOF:
			return err
		case err != nil:
			s.line, s.next = s.next, s.next+1
			if err == errMore {
				s.at[0], err = place{}, errLongRow
			} else if err == errMoreQuoted {
				err = errOpenQuote
			}
			if failed := s.skipLine(); failed != nil {
				return failed
			}
			return err
		default:
			s.line = s.next
			s.raw = s.buf[s.start : s.start+length]
			s.start += length
			s.next += lines
			if len(s.fields) > 0 {
				return nil
			}
		}
	}
}

// fill reads on. That the text ends stands in s.err, for cut.
func (s *splitter) fill() error {
	if s.err != nil && s.err != io.EOF {
		return s.err
	}
	copy(s.buf, s.buf[s.start:s.end])
	s.start, s.end = 0, s.end-s.start
	const patience = 100 // reads that bring neither a byte nor an error
	for range patience {
		n, err := s.r.Read(s.buf[s.end:])
		s.end += n
		s.err = err
		if n > 0 || err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

func (s *splitter) skipLine() error {
	for {
		if n := bytes.IndexByte(s.buf[s.start:s.end], '\n'); n >= 0 {
			s.start += n + 1
			return nil
		}
		s.start = s.end
		if s.err == io.EOF {
			return nil
		}
		if err := s.fill(); err != nil {
			return err
		}
	}
}

// cut finds the fields of the row that b begins with, and how many bytes and
// lines it takes; last tells that nothing follows b. A blank line has no field.
func (s *splitter) cut(b []byte, last bool) (length, lines int, err error) {
	s.fields, s.at, s.unescaped = s.fields[:0], s.at[:0], s.unescaped[:0]
	if len(b) == 0 && last {
		return 0, 0, io.EOF
	}
	i, lineStart, comma := 0, 0, s.comma
	for {
		begin := place{lines, i - lineStart}
		s.at = append(s.at, begin)
		if i < len(b) && b[i] == '"' {
			field, n, broken := s.quoted(b[i:], last)
			if broken != nil {
				s.at[0] = begin
				if broken == errTornQuote {
					s.at[0] = advance(begin, b[i:i+n])
				}
				return 0, 0, broken
			}
			s.fields = append(s.fields, field)
			after := advance(begin, b[i:i+n])
			i += n
			lines, lineStart = after.line, i-after.column
			if i < len(b) && b[i] == s.comma {
				i++
				continue
			}
			return i + lineEnd(b[i:]), lines + 1, nil
		}
		field := i
		for i < len(b) {
			if c := b[i]; c == comma || c == '\n' || c == '"' {
				break
			}
			i++
		}
		switch {
		case i == len(b) && !last:
			return 0, 0, errMore
		case i < len(b) && b[i] == '"':
			s.at[0] = place{lines, i - lineStart}
			return 0, 0, errBareQuote
		case i < len(b) && b[i] == s.comma:
			s.fields = append(s.fields, b[field:i])
			i++
			continue
		}
		stop := i
		if stop > field && b[stop-1] == '\r' {
			stop--
		}
		if len(s.fields) > 0 || stop > field {
			s.fields = append(s.fields, b[field:stop])
		}
		return i + lineEnd(b[i:]), lines + 1, nil
	}
}

// quoted reads a field in quotes, up to behind its closing quote. What may
// follow that is a comma, the end of the line, or nothing more.
func (s *splitter) quoted(b []byte, last bool) (field []byte, length int, err error) {
	plain := true
	for i := 1; i < len(b); i++ {
		switch b[i] {
		case '\r':
			plain = false
		case '"':
			if i+1 < len(b) && b[i+1] == '"' {
				plain = false
				i++
				continue
			}
			rest := b[i+1:]
			switch {
			case !last && (len(rest) == 0 || len(rest) == 1 && rest[0] == '\r'):
				return nil, 0, errMoreQuoted
			case len(rest) > 0 && rest[0] != s.comma && lineEnd(rest) == 0 && !(last && string(rest) == "\r"):
				return nil, i, errTornQuote
			case plain:
				return b[1:i], i + 1, nil
			}
			from := len(s.unescaped)
			for j := 1; j < i; j++ {
				if b[j] == '"' || b[j] == '\r' && b[j+1] == '\n' {
					j++
				}
				s.unescaped = append(s.unescaped, b[j])
			}
			return s.unescaped[from:], i + 1, nil
		}
	}
	if last {
		return nil, 0, errOpenQuote
	}
	return nil, 0, errMoreQuoted
}

// lineEnd counts the bytes of the line end that b begins with, if it does.
func lineEnd(b []byte) int {
	switch {
	case len(b) > 0 && b[0] == '\n':
		return 1
	case len(b) > 1 && b[0] == '\r' && b[1] == '\n':
		return 2
	}
	return 0
}

// advance is where one is behind b, from a place.
func advance(from place, b []byte) place {
	n := bytes.Count(b, []byte{'\n'})
	if n == 0 {
		return place{from.line, from.column + len(b)}
	}
	return place{from.line + n, len(b) - 1 - bytes.LastIndexByte(b, '\n')}
}
