package strip

import (
	"bytes"
	"errors"
	"strconv"
)

// Objects of a PDF (ISO 32000-1, 7.3). A number, a truth or null is a word.
type (
	pdfWord   string
	pdfName   string
	pdfString []byte
	pdfArray  []any
	pdfDict   map[pdfName]any
	pdfRef    struct{ number, generation int }
	pdfStream struct {
		dict pdfDict
		data []byte
	}
)

// errPDF is returned for whatever is not in the plain form that is understood
// here.
var errPDF = errors.New("not a plain PDF")

const (
	maxObjects = 100_000
	maxNesting = 64
)

// A pdfReader reads objects from a PDF whose cross-reference table it has.
type pdfReader struct {
	b       []byte
	offsets map[int]pdfEntry
}

type pdfEntry struct{ offset, generation int }

// A pdfLexer reads the objects of a stretch of bytes one after another.
type pdfLexer struct {
	b  []byte
	at int
}

func isPDFSpace(c byte) bool { return bytes.IndexByte([]byte("\x00\t\n\f\r "), c) >= 0 }
func isDelimiter(c byte) bool {
	return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0
}

// space skips white space and comments.
func (l *pdfLexer) space() {
	for l.at < len(l.b) {
		switch c := l.b[l.at]; {
		case isPDFSpace(c):
			l.at++
		case c == '%':
			for l.at < len(l.b) && l.b[l.at] != '\n' && l.b[l.at] != '\r' {
				l.at++
			}
		default:
			return
		}
	}
}

// has skips a keyword or a delimiter if it comes next.
func (l *pdfLexer) has(s string) bool {
	l.space()
	if !bytes.HasPrefix(l.b[l.at:], []byte(s)) {
		return false
	}
	after := l.at + len(s)
	if !isDelimiter(s[0]) && after < len(l.b) && !isPDFSpace(l.b[after]) && !isDelimiter(l.b[after]) {
		return false
	}
	l.at = after
	return true
}

// word reads a number or a keyword.
func (l *pdfLexer) word() (string, error) {
	l.space()
	begin := l.at
	for l.at < len(l.b) && !isPDFSpace(l.b[l.at]) && !isDelimiter(l.b[l.at]) {
		l.at++
	}
	if l.at == begin || l.at-begin > 64 {
		return "", errPDF
	}
	return string(l.b[begin:l.at]), nil
}

func (l *pdfLexer) integer() (int, error) {
	w, err := l.word()
	if err != nil {
		return 0, err
	}
	n, err := strconv.Atoi(w)
	if err != nil || n < 0 {
		return 0, errPDF
	}
	return n, nil
}

// object reads one object that is no stream.
func (l *pdfLexer) object(nesting int) (any, error) {
	if nesting > maxNesting {
		return nil, errPDF
	}
	switch {
	case l.has("<<"):
		d := pdfDict{}
		for !l.has(">>") {
			key, err := l.object(nesting + 1)
			if err != nil {
				return nil, err
			}
			name, ok := key.(pdfName)
			if _, twice := d[name]; !ok || twice {
				return nil, errPDF
			}
			if d[name], err = l.object(nesting + 1); err != nil {
				return nil, err
			}
		}
		return d, nil
	case l.has("["):
		a := pdfArray{}
		for !l.has("]") {
			o, err := l.object(nesting + 1)
			if err != nil {
				return nil, err
			}
			a = append(a, o)
		}
		return a, nil
	case l.has("("):
		return l.literal()
	case l.has("<"):
		return l.hex()
	case l.has("/"):
		return l.name()
	}
	w, err := l.word()
	if err != nil {
		return nil, err
	}
	if ref, ok := l.reference(w); ok {
		return ref, nil
	}
	if w == "true" || w == "false" || w == "null" {
		return pdfWord(w), nil
	}
	if n, err := strconv.ParseFloat(w, 64); err != nil || n != n || n > 1e15 || n < -1e15 || bytes.ContainsAny([]byte(w), "xXeEpP_nN") {
		return nil, errPDF
	}
	return pdfWord(w), nil
}

// reference reads the rest of "12 0 R" after its first word, if it is one.
func (l *pdfLexer) reference(first string) (pdfRef, bool) {
	number, err := strconv.Atoi(first)
	if err != nil || number < 1 || first[0] == '+' {
		return pdfRef{}, false
	}
	before := l.at
	if generation, err := l.integer(); err == nil && l.has("R") {
		return pdfRef{number, generation}, true
	}
	l.at = before
	return pdfRef{}, false
}

func (l *pdfLexer) name() (pdfName, error) {
	var name []byte
	for l.at < len(l.b) && !isPDFSpace(l.b[l.at]) && !isDelimiter(l.b[l.at]) {
		c := l.b[l.at]
		l.at++
		if c == '#' {
			if l.at+2 > len(l.b) {
				return "", errPDF
			}
			n, err := strconv.ParseUint(string(l.b[l.at:l.at+2]), 16, 8)
			if err != nil || n == 0 {
				return "", errPDF
			}
			c = byte(n)
			l.at += 2
		}
		name = append(name, c)
	}
	if len(name) > 127 {
		return "", errPDF
	}
	return pdfName(name), nil
}

func (l *pdfLexer) hex() (pdfString, error) {
	end := bytes.IndexByte(l.b[l.at:], '>')
	if end < 0 {
		return nil, errPDF
	}
	var digits []byte
	for _, c := range l.b[l.at : l.at+end] {
		if !isPDFSpace(c) {
			digits = append(digits, c)
		}
	}
	l.at += end + 1
	if len(digits)%2 == 1 {
		digits = append(digits, '0')
	}
	s := make(pdfString, len(digits)/2)
	for i := range s {
		n, err := strconv.ParseUint(string(digits[2*i:2*i+2]), 16, 8)
		if err != nil {
			return nil, errPDF
		}
		s[i] = byte(n)
	}
	return s, nil
}

// literal reads a string in parentheses (7.3.4.2).
func (l *pdfLexer) literal() (pdfString, error) {
	s, depth := pdfString{}, 1
	for l.at < len(l.b) {
		c := l.b[l.at]
		l.at++
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return s, nil
			}
		case '\r': // an end of line is one character
			if l.at < len(l.b) && l.b[l.at] == '\n' {
				l.at++
			}
			c = '\n'
		case '\\':
			escaped, ok := l.escape()
			if !ok {
				return nil, errPDF
			}
			s = append(s, escaped...)
			continue
		}
		s = append(s, c)
	}
	return nil, errPDF
}

func (l *pdfLexer) escape() ([]byte, bool) {
	if l.at >= len(l.b) {
		return nil, false
	}
	c := l.b[l.at]
	l.at++
	switch c {
	case 'n':
		return []byte{'\n'}, true
	case 'r':
		return []byte{'\r'}, true
	case 't':
		return []byte{'\t'}, true
	case 'b':
		return []byte{'\b'}, true
	case 'f':
		return []byte{'\f'}, true
	case '\n':
		return nil, true
	case '\r':
		if l.at < len(l.b) && l.b[l.at] == '\n' {
			l.at++
		}
		return nil, true
	}
	if c < '0' || c > '7' {
		return []byte{c}, true
	}
	n := c - '0'
	for range 2 {
		if l.at >= len(l.b) || l.b[l.at] < '0' || l.b[l.at] > '7' {
			break
		}
		n = n<<3 | (l.b[l.at] - '0') // beyond 255 the high bits fall away, as 7.3.4.2 has it
		l.at++
	}
	return []byte{n}, true
}

// openPDF finds the one cross-reference table and the trailer. A file with more
// than one, or of another form, is errPDF: earlier versions, and whatever
// object streams hold, would have to be understood as well.
func openPDF(b []byte) (*pdfReader, pdfDict, error) {
	if bytes.Count(b, []byte("startxref")) != 1 {
		return nil, nil, errPDF
	}
	l := &pdfLexer{b: b, at: bytes.Index(b, []byte("startxref"))}
	if !l.has("startxref") {
		return nil, nil, errPDF
	}
	at, err := l.integer()
	if err != nil || at >= len(b) {
		return nil, nil, errPDF
	}
	l.at = at
	if !l.has("xref") {
		return nil, nil, errPDF
	}
	r := &pdfReader{b: b, offsets: map[int]pdfEntry{}}
	for !l.has("trailer") {
		if err := r.section(l); err != nil {
			return nil, nil, err
		}
	}
	trailer, err := l.object(0)
	if err != nil {
		return nil, nil, err
	}
	dict, ok := trailer.(pdfDict)
	if !ok {
		return nil, nil, errPDF
	}
	return r, dict, nil
}

// section reads one section of the cross-reference table.
func (r *pdfReader) section(l *pdfLexer) error {
	first, err := l.integer()
	if err != nil {
		return err
	}
	count, err := l.integer()
	if err != nil || first > maxObjects || count > maxObjects {
		return errPDF
	}
	for number := first; number < first+count; number++ {
		offset, err := l.integer()
		if err != nil {
			return err
		}
		generation, err := l.integer()
		if err != nil {
			return err
		}
		switch {
		case l.has("n"):
			if _, twice := r.offsets[number]; twice || offset >= len(r.b) {
				return errPDF
			}
			r.offsets[number] = pdfEntry{offset, generation}
		case !l.has("f"):
			return errPDF
		}
	}
	return nil
}

// resolve reads the object that a reference names; one that names none is null
// (7.3.10).
func (r *pdfReader) resolve(ref pdfRef) (any, error) {
	entry, ok := r.offsets[ref.number]
	if !ok || entry.generation != ref.generation {
		return pdfWord("null"), nil
	}
	l := &pdfLexer{b: r.b, at: entry.offset}
	number, err := l.integer()
	if err != nil || number != ref.number {
		return nil, errPDF
	}
	if generation, err := l.integer(); err != nil || generation != ref.generation || !l.has("obj") {
		return nil, errPDF
	}
	o, err := l.object(0)
	if err != nil {
		return nil, err
	}
	if dict, ok := o.(pdfDict); ok && l.has("stream") {
		data, err := r.stream(l, dict)
		if err != nil {
			return nil, err
		}
		o = &pdfStream{dict, data}
	}
	if !l.has("endobj") {
		return nil, errPDF
	}
	return o, nil
}

// stream reads the bytes of a stream, whose length must be said and right.
func (r *pdfReader) stream(l *pdfLexer, dict pdfDict) ([]byte, error) {
	length := dict["Length"]
	if ref, ok := length.(pdfRef); ok {
		entry, ok := r.offsets[ref.number]
		if !ok {
			return nil, errPDF
		}
		// Not by resolve: a length that is itself a stream would go in circles.
		in := &pdfLexer{b: r.b, at: entry.offset}
		if _, err := in.integer(); err != nil {
			return nil, err
		}
		if _, err := in.integer(); err != nil || !in.has("obj") {
			return nil, errPDF
		}
		w, err := in.word()
		if err != nil {
			return nil, err
		}
		length = pdfWord(w)
	}
	w, ok := length.(pdfWord)
	if !ok {
		return nil, errPDF
	}
	n, err := strconv.Atoi(string(w))
	if err != nil || n < 0 {
		return nil, errPDF
	}
	if bytes.HasPrefix(l.b[l.at:], []byte("\r\n")) {
		l.at += 2
	} else if l.at < len(l.b) && l.b[l.at] == '\n' {
		l.at++
	} else {
		return nil, errPDF
	}
	if n > len(l.b)-l.at {
		return nil, errPDF
	}
	data := l.b[l.at : l.at+n]
	l.at += n
	if !l.has("endstream") {
		return nil, errPDF
	}
	return data, nil
}
