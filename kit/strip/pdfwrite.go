package strip

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
)

// A pdfWriter writes objects in one way, whoever wrote them before.
type pdfWriter struct {
	bytes.Buffer
	offsets []int
}

func newPDFWriter() *pdfWriter {
	w := &pdfWriter{}
	w.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	return w
}

func (w *pdfWriter) object(number int, o any) {
	w.offsets = append(w.offsets, w.Len())
	fmt.Fprintf(w, "%d 0 obj\n", number)
	if s, ok := o.(*pdfStream); ok {
		s.dict["Length"] = pdfWord(fmt.Sprint(len(s.data)))
		w.value(s.dict)
		w.WriteString("\nstream\n")
		w.Write(s.data)
		w.WriteString("\nendstream")
	} else {
		w.value(o)
	}
	w.WriteString("\nendobj\n")
}

func (w *pdfWriter) value(o any) {
	switch o := o.(type) {
	case pdfWord:
		w.WriteString(string(o))
	case pdfName:
		w.name(o)
	case pdfString:
		w.WriteString("<" + hex.EncodeToString(o) + ">")
	case pdfRef:
		fmt.Fprintf(w, "%d %d R", o.number, o.generation)
	case pdfArray:
		w.WriteByte('[')
		for i, item := range o {
			if i > 0 {
				w.WriteByte(' ')
			}
			w.value(item)
		}
		w.WriteByte(']')
	case pdfDict:
		w.WriteString("<<")
		for _, key := range slices.Sorted(maps.Keys(o)) {
			w.name(key)
			w.WriteByte(' ')
			w.value(o[key])
			w.WriteByte('\n')
		}
		w.WriteString(">>")
	}
}

func (w *pdfWriter) name(n pdfName) {
	w.WriteByte('/')
	for _, c := range []byte(n) {
		if c > ' ' && c < 0x7f && c != '#' && !isDelimiter(c) {
			w.WriteByte(c)
		} else {
			fmt.Fprintf(w, "#%02x", c)
		}
	}
}

// finish writes the cross-reference table and the trailer. Object 1 is the root.
func (w *pdfWriter) finish(objects int) []byte {
	at := w.Len()
	fmt.Fprintf(w, "xref\n0 %d\n0000000000 65535 f \n", objects+1)
	for _, offset := range w.offsets {
		fmt.Fprintf(w, "%010d 00000 n \n", offset)
	}
	fmt.Fprintf(w, "trailer\n<</Root 1 0 R /Size %d>>\nstartxref\n%d\n%%%%EOF\n", objects+1, at)
	return w.Bytes()
}
