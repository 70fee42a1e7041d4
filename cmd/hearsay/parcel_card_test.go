package main

import (
	"bytes"
	"image"
	"image/color"
	_ "image/png"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"hearsay/envelope"
)

// TestCard: what is printed on a card another program reads back.
func TestCard(t *testing.T) {
	fingerprint := envelope.DeskID{1, 2, 3, 250}.Fingerprint()
	code, err := cardCode(fingerprint)
	if err != nil {
		t.Fatal(err)
	}
	png, _, err := image.Decode(bytes.NewReader(code.PNG()))
	if err != nil {
		t.Fatal(err)
	}
	for name, drawn := range map[string]image.Image{"the picture": png, "the terminal": seen(terminalCode(code))} {
		bitmap, err := gozxing.NewBinaryBitmapFromImage(drawn)
		if err != nil {
			t.Fatal(err)
		}
		read, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
		if err != nil || read.GetText() != cardText(fingerprint) {
			t.Errorf("%s reads %v, %v", name, read, err)
		}
	}
	if svg := svgCode(code, fingerprint); strings.Count(svg, "h1v1h-1z") != black(code.Size, code.Black) || !strings.Contains(svg, fingerprint) {
		t.Error("the drawing is another")
	}
}

func black(size int, at func(x, y int) bool) (n int) {
	for y := range size {
		for x := range size {
			n += bit(at(x, y))
		}
	}
	return n
}

// seen is what somebody sees of a code on a terminal, four dots a module.
func seen(text string) image.Image {
	text = strings.NewReplacer("\x1b[30;107m", "", "\x1b[0m", "").Replace(text)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	const dots = 4
	img := image.NewGray(image.Rect(0, 0, len([]rune(lines[0]))*dots, len(lines)*2*dots))
	for y, line := range lines {
		for x, r := range []rune(line) {
			for dy := range 2 * dots {
				dark := r == '█' || r == '▀' && dy < dots || r == '▄' && dy >= dots
				for dx := range dots {
					img.Set(x*dots+dx, y*2*dots+dy, color.Gray{Y: 255 * uint8(1-bit(dark))})
				}
			}
		}
	}
	return img
}
