package strip

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/jpeg"
)

// Markers of JPEG (ITU-T T.81, table B.1).
const (
	markStart   = 0xd8
	markEnd     = 0xd9
	markScan    = 0xda
	markApp0    = 0xe0
	markApp15   = 0xef
	markAdobe   = 0xee // APP14: without it the colours of some pictures are misread
	markComment = 0xfe
)

// maxScans bounds the passes over a picture's pixels: a pass can be a few bytes
// long. Encoders make ten or so.
const maxScans = 100

func cleanJPEG(b []byte) (Clean, error) {
	f, scans := newFound(), 0
	end := eachSegment(b, func(marker byte, segment []byte) {
		f.segment(marker, segment[4:])
		if marker == markScan {
			scans++
		}
	})
	if end < len(b) {
		f.removed["what was hidden behind the picture"] = true
	}
	if scans > maxScans {
		return Clean{}, refuse("it is damaged, or no picture at all", doScreenshot)
	}
	img, err := decodePicture(b,
		func(r *bytes.Reader) (image.Config, error) { return jpeg.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return jpeg.Decode(r) })
	if err != nil {
		return Clean{}, err
	}
	return cleanPicture(Photo, img, f)
}

// segment notes what a segment of a JPEG says.
func (f *found) segment(marker byte, body []byte) {
	starts := func(s string) bool { return bytes.HasPrefix(body, []byte(s)) }
	switch {
	case marker == 0xe1 && starts("Exif\x00"):
		if len(body) > 6 {
			f.exif(body[6:])
		}
	case marker == 0xe1 && starts("http://ns.adobe.com/"):
		f.removed["XMP: programs, names, history"] = true
	case marker == 0xe2 && starts("ICC_PROFILE\x00"):
		f.removed["a colour profile"] = true
	case marker == 0xe2 && starts("MPF\x00"):
		f.removed["further pictures"] = true
	case marker == 0xed:
		f.removed["IPTC: captions, names, places"] = true
	case marker == markComment:
		f.removed["comments"] = true
	case marker > markApp0 && marker <= markApp15 && marker != markAdobe:
		f.removed["data of the maker"] = true
	}
}

// eachSegment visits the segments of a JPEG before and between its scans, each
// with its marker and length, and returns where the picture ends. It stops at
// what is not in form.
func eachSegment(b []byte, visit func(marker byte, segment []byte)) (end int) {
	at := 2
	for at+4 <= len(b) && b[at] == 0xff {
		marker := b[at+1]
		switch {
		case marker == 0xff: // fill
			at++
			continue
		case marker == markEnd:
			return at + 2
		case marker == 1 || marker >= 0xd0 && marker <= markStart: // without a length
			at += 2
			continue
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 2 || at+2+n > len(b) {
			return len(b)
		}
		visit(marker, b[at:at+2+n])
		at += 2 + n
		if marker == markScan {
			at += scanLength(b[at:])
		}
	}
	if at+2 <= len(b) && b[at] == 0xff && b[at+1] == markEnd {
		return at + 2
	}
	return len(b)
}

// scanLength returns how many bytes of coded pixels come before the next marker
// that is none of theirs.
func scanLength(b []byte) int {
	for i := 0; i+1 < len(b); i++ {
		if next := b[i+1]; b[i] == 0xff && next != 0 && next != 0xff && (next < 0xd0 || next > 0xd7) {
			return i
		}
	}
	return len(b)
}

// bareJPEG copies a JPEG without the segments that say anything but pixels, and
// without what follows it. Pixels stay as they were coded. It is for pictures
// inside of documents.
func bareJPEG(b []byte) (bare []byte, ok bool) {
	if !bytes.HasPrefix(b, []byte{0xff, markStart}) {
		return nil, false
	}
	if _, err := jpeg.DecodeConfig(bytes.NewReader(b)); err != nil {
		return nil, false
	}
	out := []byte{0xff, markStart}
	at, whole := 2, false
	for at+2 <= len(b) && b[at] == 0xff {
		marker := b[at+1]
		if marker == 0xff {
			at++
			continue
		}
		if marker == markEnd {
			out, whole = append(out, 0xff, markEnd), true
			break
		}
		if at+4 > len(b) || marker == 1 || marker >= 0xd0 && marker <= markStart {
			return nil, false
		}
		n := int(binary.BigEndian.Uint16(b[at+2:]))
		if n < 2 || at+2+n > len(b) {
			return nil, false
		}
		if keep := marker == markAdobe || marker != markComment && (marker < markApp0 || marker > markApp15); keep {
			out = append(out, b[at:at+2+n]...)
		}
		at += 2 + n
		if marker == markScan {
			coded := scanLength(b[at:])
			out = append(out, b[at:at+coded]...)
			at += coded
		}
	}
	return out, whole
}
