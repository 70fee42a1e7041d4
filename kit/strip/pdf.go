package strip

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"maps"
	"slices"
	"strings"
)

// Reasons why a PDF is not taken.
var (
	errForm      = errors.New("it is a PDF of a form that can hide earlier versions or data (changed after it was saved, or packed)")
	errEncrypted = errors.New("it is a locked PDF, into which nobody can look")
	errHolds     = errors.New("it is a PDF that holds a form, a note, a signature, a layer, a program or another file")
	errInner     = errors.New("it is a PDF with a picture whose own hidden data cannot be taken out safely")
)

// MaxDocument is the most bytes of a clean document: 64 chunks.
const MaxDocument = 64 * 65488

// Keys of a dictionary that say something beside the pages and are left out. The
// tree of structure is for reading aloud, and holds titles and alternate texts.
var dropped = []pdfName{
	"Metadata", "PieceInfo", "LastModified", "Thumb", "OpenAction", "AA", "StructTreeRoot", "MarkInfo",
	"StructParent", "StructParents", "Threads", "SpiderInfo", "Alternates", "OPI", "OutputIntents",
}

// Keys that are left out of pages and of links. Elsewhere they name fonts and
// pictures.
var (
	droppedOfPages = []pdfName{"B", "PZ", "VP", "ID", "TemplateInstantiated"}
	droppedOfLinks = []pdfName{"T", "Contents", "NM", "M", "CreationDate", "RC", "Subj", "Popup"}
)

// Keys that make a PDF one that is not plain.
var refusedKeys = []pdfName{
	"AcroForm", "JavaScript", "JS", "EmbeddedFiles", "EF", "AF", "Collection", "Perms", "Legal", "DSS", "XFA",
	"OCProperties", "OCGs", "RichMediaContent", "RichMediaSettings", "Renditions", "Movie", "Sound", "Requirements", "Extensions",
}

// cleanPDF reads what the pages of a plain PDF need, and writes that anew.
func cleanPDF(b []byte) (Clean, error) {
	p := &pdfCopy{found: newFound(), numbers: map[pdfRef]int{}}
	data, err := p.clean(b)
	for _, known := range []error{errEncrypted, errHolds, errInner} {
		if errors.Is(err, known) {
			return Clean{}, refuse(known.Error(), doPrint)
		}
	}
	if err != nil {
		return Clean{}, refuse(errForm.Error(), doPrint)
	}
	if len(data) > MaxDocument {
		return Clean{}, refuse("it is a PDF of more than 4 MB", doPrint)
	}
	return Clean{
		Kind: Document, Data: data, Removed: p.found.list(),
		Changed: []string{"what is written on its pages stays, even under a black bar"},
	}, nil
}

// A pdfCopy is the objects of a PDF that its pages need, numbered anew in the
// order in which they are met.
type pdfCopy struct {
	r       *pdfReader
	found   *found
	numbers map[pdfRef]int
	queue   []pdfRef

	inspected int // bytes of streams, unpacked
}

func (p *pdfCopy) clean(b []byte) ([]byte, error) {
	r, trailer, err := openPDF(b)
	if err != nil {
		return nil, err
	}
	if trailer["Encrypt"] != nil {
		return nil, errEncrypted
	}
	if trailer["Prev"] != nil || trailer["XRefStm"] != nil {
		return nil, errPDF
	}
	if trailer["Info"] != nil {
		p.found.removed["properties: author, programs, times"] = true
	}
	if trailer["ID"] != nil {
		p.found.removed["the number of the document"] = true
	}
	root, ok := trailer["Root"].(pdfRef)
	if !ok {
		return nil, errPDF
	}
	p.r = r
	p.number(root)
	w := newPDFWriter()
	for i := 0; i < len(p.queue); i++ {
		o, err := r.resolve(p.queue[i])
		if err == nil {
			o, err = p.copy(o, 0)
		}
		if err != nil {
			return nil, err
		}
		w.object(i+1, o)
		if w.Len() > 2*MaxInput || len(p.queue) > maxObjects {
			return nil, errPDF
		}
	}
	return w.finish(len(p.queue)), nil
}

func (p *pdfCopy) number(ref pdfRef) int {
	if p.numbers[ref] == 0 {
		p.queue = append(p.queue, ref)
		p.numbers[ref] = len(p.queue)
	}
	return p.numbers[ref]
}

// copy returns what of an object is kept, with its references numbered anew.
func (p *pdfCopy) copy(o any, nesting int) (any, error) {
	if nesting > maxNesting {
		return nil, errPDF
	}
	switch o := o.(type) {
	case pdfRef:
		return pdfRef{p.number(o), 0}, nil
	case pdfArray:
		if len(o) == 2 && o[0] == any(pdfName("ICCBased")) {
			return p.plainColour(o[1])
		}
		kept := make(pdfArray, len(o))
		for i := range o {
			var err error
			if kept[i], err = p.copy(o[i], nesting+1); err != nil {
				return nil, err
			}
		}
		return kept, nil
	case pdfDict:
		return p.copyDict(o, nesting)
	case *pdfStream:
		return p.copyStream(o)
	default:
		return o, nil
	}
}

// plainColour puts the plain colours of a device in the place of a profile, which
// can name the device.
func (p *pdfCopy) plainColour(profile any) (any, error) {
	o, err := p.direct(profile)
	if err != nil {
		return nil, err
	}
	s, ok := o.(*pdfStream)
	if !ok {
		return nil, errPDF
	}
	colours, err := p.direct(s.dict["N"])
	if err != nil {
		return nil, err
	}
	name := map[any]pdfName{pdfWord("1"): "DeviceGray", pdfWord("3"): "DeviceRGB", pdfWord("4"): "DeviceCMYK"}
	word, ok := colours.(pdfWord)
	if !ok || name[word] == "" {
		return nil, errPDF
	}
	p.found.removed["a colour profile"] = true
	return name[word], nil
}

func (p *pdfCopy) copyDict(d pdfDict, nesting int) (any, error) {
	for _, key := range refusedKeys {
		if d[key] != nil {
			return nil, errHolds
		}
	}
	kind, _ := d["Type"].(pdfName)
	subtype, _ := d["Subtype"].(pdfName)
	switch {
	case d["Rect"] != nil && subtype != "Link", kind == "OCG", kind == "OCMD", kind == "Filespec", kind == "Sig":
		return nil, errHolds // a note names who wrote it
	case d["Names"] != nil && kind == "Catalog":
		if names, err := p.direct(d["Names"]); err != nil {
			return nil, err
		} else if n, ok := names.(pdfDict); !ok || len(n) > 1 || len(n) == 1 && n["Dests"] == nil {
			return nil, errHolds
		}
	}
	if err := p.plainAction(d["A"]); err != nil {
		return nil, err
	}
	kept := pdfDict{}
	for _, key := range slices.Sorted(maps.Keys(d)) { // in order: references are numbered as they are met
		switch {
		case slices.Contains(dropped, key), strings.HasPrefix(string(key), "PTEX."),
			kind == "Page" && slices.Contains(droppedOfPages, key), d["Rect"] != nil && slices.Contains(droppedOfLinks, key):
			p.found.removed["notes of programs, and a second set of properties"] = true
			continue
		}
		var err error
		if kept[key], err = p.copy(d[key], nesting+1); err != nil {
			return nil, err
		}
	}
	return kept, nil
}

// plainAction lets a link lead to a page or an address, and do nothing else.
func (p *pdfCopy) plainAction(o any) error {
	action, err := p.direct(o)
	if err != nil {
		return err
	}
	if d, ok := action.(pdfDict); ok && d["S"] != nil {
		if s, _ := d["S"].(pdfName); s != "URI" && s != "GoTo" || d["Next"] != nil {
			return errHolds
		}
	}
	return nil
}

// direct follows a reference.
func (p *pdfCopy) direct(o any) (any, error) {
	if ref, ok := o.(pdfRef); ok {
		return p.r.resolve(ref)
	}
	return o, nil
}

func (p *pdfCopy) copyStream(s *pdfStream) (any, error) {
	kind, _ := s.dict["Type"].(pdfName)
	subtype, _ := s.dict["Subtype"].(pdfName)
	if kind == "ObjStm" || kind == "XRef" || s.dict["F"] != nil {
		return nil, errPDF
	}
	if kind == "EmbeddedFile" || kind == "Metadata" || subtype == "XML" || subtype == "PS" || subtype == "U3D" || subtype == "PRC" {
		return nil, errHolds
	}
	filter, err := p.filterOf(s.dict)
	if err != nil {
		return nil, err
	}
	data := s.data
	switch filter {
	case "DCTDecode":
		bare, ok := bareJPEG(data)
		if !ok {
			return nil, errInner
		}
		if len(bare) != len(data) {
			p.found.removed["EXIF and the like of pictures on the pages"] = true
		}
		data = bare
	case "FlateDecode", "":
		if data, err = p.inspect(data, filter); err != nil {
			return nil, err
		}
	case "CCITTFaxDecode": // pixels of one kind only, with no room for words
	default:
		return nil, errInner
	}
	dict, err := p.copyDict(s.dict, 0)
	if err != nil {
		return nil, err
	}
	kept := dict.(pdfDict)
	delete(kept, "Length") // the writer says it anew
	return &pdfStream{kept, data}, nil
}

// filterOf returns the one filter of a stream. More than one hide what the
// first gives.
func (p *pdfCopy) filterOf(d pdfDict) (pdfName, error) {
	filter, err := p.direct(d["Filter"])
	if err != nil {
		return "", err
	}
	if list, ok := filter.(pdfArray); ok {
		switch len(list) {
		case 0:
			filter = nil
		case 1:
			if filter, err = p.direct(list[0]); err != nil {
				return "", err
			}
		default:
			return "", errInner
		}
	}
	switch filter := filter.(type) {
	case nil:
		return "", nil
	case pdfName:
		return filter, nil
	}
	return "", errPDF
}

// maxInspected bounds what all streams together may unpack to.
const maxInspected = 256 << 20

// ownData are marks of metadata that some programs put in the middle of a page,
// and of pictures there that could have some.
var ownData = [][]byte{
	[]byte("Exif\x00\x00"), []byte("ns.adobe.com/xap"), []byte("x:xmpmeta"), []byte("ICC_PROFILE\x00"), []byte("Photoshop 3.0\x00"),
	[]byte("/DCTDecode"), []byte("/DCT "), []byte("/DCT\n"), []byte("/DCT\r"), []byte("/DCT/"), []byte("/DCT]"),
}

// inspect looks through a stream and returns it without what follows its end.
func (p *pdfCopy) inspect(data []byte, filter pdfName) ([]byte, error) {
	in := bytes.NewReader(data)
	var r io.Reader = in
	if filter == "FlateDecode" {
		z, err := zlib.NewReader(in)
		if err != nil {
			return nil, errInner
		}
		r = z
	}
	const overlap = 32 // longer than any mark
	buf, kept := make([]byte, 1<<16), 0
	for {
		n, err := r.Read(buf[kept:])
		have := buf[:kept+n]
		if slices.ContainsFunc(ownData, func(mark []byte) bool { return bytes.Contains(have, mark) }) {
			return nil, errInner
		}
		if p.inspected += n; p.inspected > maxInspected {
			return nil, errInner
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errInner
		}
		kept = copy(buf, have[max(0, len(have)-overlap):])
	}
	whole, rest := data[:len(data)-in.Len()], data[len(data)-in.Len():]
	if len(bytes.TrimSpace(rest)) > 0 {
		return nil, errInner
	}
	return whole, nil
}
