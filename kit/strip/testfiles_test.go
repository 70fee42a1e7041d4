package strip

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// canary stands wherever a file can say something that it does not show.
const canary = "CANARY-7f3a"

// quarters is a picture of four colours, by which one sees how it was turned.
func quarters(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{220, 30, 30, 255}
			switch {
			case x >= w/2 && y < h/2:
				c = color.RGBA{30, 220, 30, 255}
			case x < w/2 && y >= h/2:
				c = color.RGBA{30, 30, 220, 255}
			case x >= w/2:
				c = color.RGBA{230, 230, 230, 255}
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func plainJPEG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// exif is a TIFF header with a maker, an orientation and a place.
func exif(orientation int) []byte {
	const entries = 3
	b := []byte("MM\x00*\x00\x00\x00\x08")
	b = binary.BigEndian.AppendUint16(b, entries)
	entry := func(tag, kind uint16, count, value uint32) {
		b = binary.BigEndian.AppendUint16(b, tag)
		b = binary.BigEndian.AppendUint16(b, kind)
		b = binary.BigEndian.AppendUint32(b, count)
		b = binary.BigEndian.AppendUint32(b, value)
	}
	const after = 8 + 2 + 12*entries + 4
	entry(0x010f, 2, uint32(len(canary))+1, after)
	entry(tagOrientation, 3, 1, uint32(orientation)<<16)
	entry(tagPlace, 4, 1, after+uint32(len(canary))+1)
	b = append(b, 0, 0, 0, 0)
	b = append(b, canary+"\x00"...)
	b = binary.BigEndian.AppendUint16(b, 1)
	entry(0x0001, 2, 2, 'N'<<24)
	return append(b, 0, 0, 0, 0)
}

func segment(marker byte, body string) []byte {
	b := []byte{0xff, marker}
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)+2))
	return append(b, body...)
}

// tellingJPEG says all that a JPEG can say.
func tellingJPEG(t testing.TB, img image.Image, orientation int) []byte {
	t.Helper()
	plain := plainJPEG(t, img)
	b := bytes.Clone(plain[:2])
	for _, s := range [][]byte{
		segment(0xe1, "Exif\x00\x00"+string(exif(orientation))),
		segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00"+xmp()),
		segment(0xe2, "ICC_PROFILE\x00\x01\x01"+canary),
		segment(0xe2, "MPF\x00"+canary),
		segment(0xed, "Photoshop 3.0\x00"+iptc()),
		segment(0xe5, canary),
		segment(markComment, canary),
	} {
		b = append(b, s...)
	}
	b = append(b, plain[2:]...)
	return append(b, canary+" a second picture"...)
}

func xmp() string {
	return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">` +
		`<rdf:Description xmlns:tiff="http://ns.adobe.com/tiff/1.0/" tiff:Artist="` + canary + `"/></rdf:RDF></x:xmpmeta>`
}

// iptc is a record with a name in the form of Photoshop.
func iptc() string {
	record := "\x1c\x02\x50\x00" + string(rune(len(canary))) + canary
	if len(record)%2 == 1 {
		record += "\x00"
	}
	return "8BIM\x04\x04\x00\x00\x00\x00\x00" + string(rune(len(record))) + record
}

func chunk(kind, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	b = append(append(b, kind...), body...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

func plainPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// tellingPNG says all that a PNG can say.
func tellingPNG(t testing.TB, img image.Image, orientation int) []byte {
	t.Helper()
	const header = 8 + 25
	plain := plainPNG(t, img)
	b := bytes.Clone(plain[:header])
	for _, c := range [][]byte{
		chunk("eXIf", string(exif(orientation))),
		chunk("tEXt", "Author\x00"+canary),
		chunk("iTXt", "XML:com.adobe.xmp\x00\x00\x00\x00\x00"+xmp()),
		chunk("tIME", "\x07\xe4\x01\x1f\x0c\x00\x00"),
		chunk("pHYs", "\x00\x00\x0b\x13\x00\x00\x0b\x13\x01"),
		chunk("caNv", canary),
	} {
		b = append(b, c...)
	}
	b = append(b, plain[header:]...)
	return append(b, canary...)
}

// pdf writes objects, of which the first is the root, as a program would.
func pdf(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n% made by " + canary + "\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	at := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, o := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d /Root 1 0 R %s>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, at)
	return b.Bytes()
}

func stream(dict, data string) string {
	return fmt.Sprintf("<<%s /Length %d>>\nstream\n%s\nendstream", dict, len(data), data)
}

// tellingPDF is a page with a link and a picture, and all that a PDF says
// beside it.
func tellingPDF(t testing.TB, change ...string) []byte {
	t.Helper()
	objects := []string{
		"<</Type /Catalog /Pages 2 0 R /Metadata 6 0 R /PieceInfo <</X (" + canary + ")>> /OpenAction 9 0 R>>",
		"<</Type /Pages /Kids [3 0 R] /Count 1>>",
		"<</Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /LastModified (D:2020) /Annots [8 0 R] /Resources <</XObject <</Im1 5 0 R>> /Font <</F1 10 0 R>>>>>>",
		stream("", "BT /F1 12 Tf 10 100 Td (What the page says \\(here\\)) Tj ET /Im1 Do"),
		stream("/Type /XObject /Subtype /Image /Width 8 /Height 8 /ColorSpace [/ICCBased 12 0 R] /BitsPerComponent 8 /Filter /DCTDecode", string(tellingJPEG(t, quarters(8, 8), 1))),
		stream("/Type /Metadata /Subtype /XML", xmp()),
		"<</Author (" + canary + ") /Producer <" + fmt.Sprintf("%x", canary) + ">>>",
		"<</Type /Annot /Subtype /Link /Rect [0 0 9 9] /Contents (" + canary + ") /A <</S /URI /URI (https://example.org/)>>>>",
		"<</S /JavaScript /JS (" + canary + ")>>",
		"<</Type /Font /Subtype /Type1 /BaseFont /Helvetica /PTEX.FileName (" + canary + ")>>",
		"(" + canary + " of an earlier version)",
		stream("/N 3", "a profile of "+canary),
	}
	b := string(pdf("/Info 7 0 R /ID [<"+strings.Repeat("ab", 16)+"> <00>]", objects...))
	for i := 0; i+1 < len(change); i += 2 {
		if strings.Count(b, change[i]) == 0 || len(change[i]) != len(change[i+1]) {
			t.Fatalf("cannot change %q to %q", change[i], change[i+1])
		}
		b = strings.Replace(b, change[i], change[i+1], 1)
	}
	return []byte(b)
}
