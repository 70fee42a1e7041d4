package strip

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/png"
	"strings"
)

const pngMagic = "\x89PNG\r\n\x1a\n"

func cleanPNG(b []byte) (Clean, error) {
	img, err := decodePicture(b,
		func(r *bytes.Reader) (image.Config, error) { return png.DecodeConfig(r) },
		func(r *bytes.Reader) (image.Image, error) { return png.Decode(r) })
	if err != nil {
		return Clean{}, err
	}
	f := newFound()
	if end := eachChunk(b, f.chunk); end < len(b) {
		f.removed["what was hidden behind the picture"] = true
	}
	return cleanPicture(Picture, img, f)
}

// chunk notes what a chunk of a PNG says (PNG, third edition, section 11.3).
func (f *found) chunk(kind string, body []byte) {
	switch kind {
	case "tEXt", "zTXt", "iTXt":
		f.removed["texts: programs, names, captions"] = true
	case "eXIf":
		f.exif(body)
	case "tIME":
		f.removed["the time of the last change"] = true
	case "iCCP", "cHRM", "gAMA", "sRGB", "cICP", "mDCV", "cLLI", "mDCv", "cLLi":
		f.removed["a colour profile"] = true
	case "pHYs", "sBIT", "hIST", "sPLT", "bKGD":
		f.removed["the resolution of a device"] = true
	case "acTL", "fcTL", "fdAT":
		f.removed["further pictures"] = true
	case "IHDR", "PLTE", "IDAT", "IEND", "tRNS":
	default:
		f.removed["data of a program"] = true
	}
}

// eachChunk visits the chunks of a PNG and returns where it ends.
func eachChunk(b []byte, visit func(kind string, body []byte)) (end int) {
	at := len(pngMagic)
	for at+12 <= len(b) {
		n := binary.BigEndian.Uint32(b[at:])
		if uint64(n)+12 > uint64(len(b)-at) {
			break
		}
		kind := strings.ToValidUTF8(string(b[at+4:at+8]), "?")
		visit(kind, b[at+8:at+8+int(n)])
		at += 12 + int(n)
		if kind == "IEND" {
			return at
		}
	}
	return len(b)
}
