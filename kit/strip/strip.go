// Package strip takes out of a file what it says beside what it shows, before a
// source seals it: who wrote it, with which device, where and when. It lies in
// the source's zone. It knows no network, no file system and no key: bytes in,
// bytes out.
//
// Pictures (JPEG, PNG) are decoded and encoded anew by one encoder, so that
// nothing but pixels can be left; too large ones are made smaller, to a few
// sizes that many pictures share. A simple PDF is read object by object, and
// what its pages need is written anew. Text keeps its words and loses invisible
// characters. Everything else is refused with the reason and with what to do: a
// file that is not understood cannot be said to be clean.
//
// What cannot be taken out: what a picture or a page shows, the noise of a
// camera's sensor, the way a program draws a page, the words somebody chooses.
package strip

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
)

// MaxInput is the most bytes that a file may have before it is cleaned.
const MaxInput = 64 << 20

// ErrRefused is returned for every file that cannot be cleaned; what is wrapped
// with it says why, and what to do. It never quotes the file.
var ErrRefused = errors.New("not attached")

func refuse(why, do string) error { return fmt.Errorf("%w: %s; %s", ErrRefused, why, do) }

// What people can do about most refusals.
const (
	doScreenshot = "open it, take a screenshot of it, and attach that"
	doPrint      = "attach screenshots of its pages"
)

// A Kind says what a clean file is.
type Kind string

// The kinds of files that can be cleaned.
const (
	Photo    Kind = "photo"    // JPEG
	Picture  Kind = "picture"  // PNG
	Document Kind = "document" // PDF
	Text     Kind = "text"     // UTF-8, Markdown among it
)

// Ext returns the ending of names of that kind, with its dot.
func (k Kind) Ext() string {
	return map[Kind]string{Photo: ".jpg", Picture: ".png", Document: ".pdf", Text: ".txt"}[k]
}

// A Clean is a file with nothing in it but what it shows.
type Clean struct {
	Kind    Kind
	Data    []byte
	Removed []string // what was found and taken out, in words, sorted; may be empty
	Changed []string // what looks otherwise than before, in words
}

// File cleans a file. It goes by what the bytes are, never by a name.
func File(b []byte) (Clean, error) {
	switch {
	case len(b) == 0:
		return Clean{}, refuse("it is empty", "choose another")
	case len(b) > MaxInput:
		return Clean{}, refuse("it is larger than 64 MiB", doScreenshot)
	case bytes.HasPrefix(b, []byte("\xff\xd8\xff")):
		return cleanJPEG(b)
	case bytes.HasPrefix(b, []byte(pngMagic)):
		return cleanPNG(b)
	case bytes.HasPrefix(b, []byte("%PDF-")):
		return cleanPDF(b)
	}
	if why, do := foreign(b); why != "" {
		return Clean{}, refuse(why, do)
	}
	return cleanText(b)
}

// foreign names kinds of files that people try, and are refused.
func foreign(b []byte) (why, do string) {
	at := func(i int, s string) bool { return len(b) >= i+len(s) && string(b[i:i+len(s)]) == s }
	switch {
	case at(4, "ftyp"):
		brand := ""
		if len(b) >= 12 {
			brand = string(b[8:12])
		}
		if slices.Contains([]string{"heic", "heix", "mif1", "msf1", "hevc", "avif", "avis"}, brand) {
			return "it is a HEIC or AVIF picture, whose hidden data cannot be taken out safely here", doScreenshot
		}
		return "it is a video or a sound, which say too much of the device and the voice", "describe it in words, or attach screenshots of single moments"
	case at(0, "RIFF") && at(8, "WEBP"), at(0, "GIF8"), at(0, "BM") && at(6, "\x00\x00\x00\x00"), at(0, "II*\x00"), at(0, "MM\x00*"):
		return "it is a picture of a kind that cannot be cleaned here", doScreenshot
	case at(0, "RIFF"), at(0, "OggS"), at(0, "ID3") && len(b) > 3 && b[3] < ' ', at(0, "fLaC"), at(0, "\x1a\x45\xdf\xa3"), at(0, "\xff\xfb"):
		return "it is a video or a sound, which say too much of the device and the voice", "describe it in words, or attach screenshots of single moments"
	case at(0, "PK\x03\x04"), at(0, "\xd0\xcf\x11\xe0"), at(0, "{\\rtf"):
		return "it is an office document or an archive, which keep names, times and earlier versions", "copy its text into the report, or " + doPrint
	case at(0, "\x1f\x8b"), at(0, "7z\xbc\xaf"), at(0, "Rar!\x1a"):
		return "it is an archive, which keeps names and times", "unpack it and attach its files"
	case at(0, "<svg"), at(0, "<?xml"), at(0, "<!DOCTYPE"), at(0, "<html"):
		return "it is a page or a drawing in markup, which can hide anything", doScreenshot
	}
	return "", ""
}
