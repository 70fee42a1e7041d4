package strip

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bep/imagemeta"
	"pgregory.net/rapid"
	rscpdf "rsc.io/pdf"
)

// tags are what somebody else's reader of metadata finds in a picture.
func tags(t *testing.T, b []byte, format imagemeta.ImageFormat) (names []string) {
	t.Helper()
	_, err := imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(b), ImageFormat: format, Sources: imagemeta.EXIF | imagemeta.IPTC | imagemeta.XMP,
		HandleTag: func(tag imagemeta.TagInfo) error { names = append(names, tag.Tag); return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func clean(t testing.TB, b []byte) Clean {
	t.Helper()
	c, err := File(b)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestPictures(t *testing.T) {
	img := quarters(64, 48)
	for _, tt := range []struct {
		name   string
		kind   Kind
		bytes  []byte
		format imagemeta.ImageFormat
		finds  []string // by the other reader, before
		tells  int      // kinds of things that are said to be removed
	}{
		{"JPEG", Photo, tellingJPEG(t, img, 1), imagemeta.JPEG, []string{"Make", "GPSLatitudeRef", "Artist", "By-line"}, 9},
		{"PNG", Picture, tellingPNG(t, img, 1), imagemeta.PNG, []string{"Make", "GPSLatitudeRef"}, 7},
	} {
		t.Run("a "+tt.name+" says nothing beside its pixels", func(t *testing.T) {
			before := tags(t, tt.bytes, tt.format)
			for _, name := range tt.finds {
				if !slices.Contains(before, name) {
					t.Errorf("the reader finds no %s in the file as it was, but %v", name, before)
				}
			}
			c := clean(t, tt.bytes)
			if after := tags(t, c.Data, tt.format); len(after) != 0 {
				t.Errorf("it still has %v", after)
			}
			if bytes.Contains(c.Data, []byte(canary)) || !bytes.Contains(tt.bytes, []byte(canary)) {
				t.Error("the canary is still there, or never was")
			}
			if c.Kind != tt.kind || len(c.Removed) != tt.tells || !slices.Contains(c.Removed, "the place where it was taken") {
				t.Errorf("a %s, removed %d: %q", c.Kind, len(c.Removed), c.Removed)
			}
			again := clean(t, c.Data)
			if len(again.Removed) != 0 || len(again.Changed) != 0 {
				t.Errorf("a second time it finds %q", again.Removed)
			}
		})
		t.Run("two "+tt.name+"s of the same pixels become the same file", func(t *testing.T) {
			plain := map[Kind][]byte{Photo: plainJPEG(t, img), Picture: plainPNG(t, img)}[tt.kind]
			if !bytes.Equal(clean(t, tt.bytes).Data, clean(t, plain).Data) {
				t.Error("they differ")
			}
		})
	}
}

// TestUpright: the picture is turned as a viewer would have turned it, since the
// mark that says so is gone.
func TestUpright(t *testing.T) {
	const w, h = 60, 40
	// Which of the corners red, green, blue, white stand top left, top right,
	// bottom left, bottom right (EXIF 2.32, figure for tag 0112).
	for orientation, want := range map[int]string{1: "rgbw", 2: "grwb", 3: "wbgr", 4: "bwrg", 5: "rbgw", 6: "brwg", 7: "wgbr", 8: "gwrb", 9: "rgbw", 0: "rgbw"} {
		for _, file := range [][]byte{tellingJPEG(t, quarters(w, h), orientation), tellingPNG(t, quarters(w, h), orientation)} {
			c := clean(t, file)
			img, _, err := image.Decode(bytes.NewReader(c.Data))
			if err != nil {
				t.Fatal(err)
			}
			b := img.Bounds()
			if turned := orientation >= 5 && orientation <= 8; turned != (b.Dx() == h) {
				t.Errorf("orientation %d: %d by %d", orientation, b.Dx(), b.Dy())
			}
			got := ""
			for _, p := range []image.Point{{2, 2}, {b.Dx() - 3, 2}, {2, b.Dy() - 3}, {b.Dx() - 3, b.Dy() - 3}} {
				r, g, bl, _ := img.At(p.X, p.Y).RGBA()
				switch {
				case r > 0xb000 && g > 0xb000:
					got += "w"
				case r > 0xb000:
					got += "r"
				case g > 0xb000:
					got += "g"
				case bl > 0xb000:
					got += "b"
				}
			}
			if got != want {
				t.Errorf("orientation %d of a %s: %s, want %s", orientation, c.Kind, got, want)
			}
		}
	}
}

func TestSizes(t *testing.T) {
	noise := func(w, h int, opaque bool) *image.NRGBA {
		img, lot := image.NewNRGBA(image.Rect(0, 0, w, h)), rand.New(rand.NewPCG(1, 2))
		for i := range img.Pix {
			img.Pix[i] = uint8(lot.Uint32())
			if opaque && i%4 == 3 {
				img.Pix[i] = 255
			}
		}
		return img
	}
	for _, tt := range []struct {
		name string
		file []byte
		kind Kind
		w, h int
	}{
		{"a small one keeps its size", plainJPEG(t, quarters(640, 480)), Photo, 640, 480},
		{"a large one has the longest side of all large ones", plainJPEG(t, quarters(4000, 3000)), Photo, 2048, 1536},
		{"upright as well", plainJPEG(t, quarters(300, 3000)), Photo, 205, 2048},
		{"a line stays a line", plainPNG(t, quarters(9000, 2)), Picture, 2048, 1},
		{"one with much detail is smaller", plainJPEG(t, noise(2000, 2000, true)), Photo, 1024, 1024},
		{"a photo kept as PNG becomes a JPEG", plainPNG(t, noise(900, 900, true)), Photo, 900, 900},
		{"one that one can look through stays a PNG", plainPNG(t, noise(900, 900, false)), Picture, 512, 512},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := clean(t, tt.file)
			config, _, err := image.DecodeConfig(bytes.NewReader(c.Data))
			if err != nil || config.Width != tt.w || config.Height != tt.h || c.Kind != tt.kind || len(c.Data) > MaxPicture {
				t.Errorf("a %s of %d by %d in %d bytes, %v", c.Kind, config.Width, config.Height, len(c.Data), err)
			}
		})
	}
	t.Run("grey stays grey", func(t *testing.T) {
		grey := image.NewGray(image.Rect(0, 0, 9, 9))
		for _, file := range [][]byte{plainJPEG(t, grey), plainPNG(t, grey)} {
			img, _, err := image.Decode(bytes.NewReader(clean(t, file).Data))
			if err != nil || img.ColorModel() != color.GrayModel {
				t.Errorf("%T, %v", img, err)
			}
		}
	})
	t.Run("what lies under full transparency is gone", func(t *testing.T) {
		img := image.NewNRGBA(image.Rect(0, 0, 8, 8))
		for i := range img.Pix {
			img.Pix[i] = uint8(i) &^ uint8(255*(i/3%2)) // words in the colours of pixels that nobody sees
			if i%4 == 3 {
				img.Pix[i] = 0
			}
		}
		img.Pix[3] = 255
		got, err := png.Decode(bytes.NewReader(clean(t, plainPNG(t, img)).Data))
		if err != nil {
			t.Fatal(err)
		}
		if r, g, b, a := got.At(3, 3).RGBA(); r|g|b|a != 0 {
			t.Errorf("there is %d %d %d %d", r, g, b, a)
		}
	})
}

func TestShrink(t *testing.T) {
	t.Run("a pixel is the mean of the area that it covers", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			sw, sh := rapid.IntRange(1, 40).Draw(t, "width"), rapid.IntRange(1, 40).Draw(t, "height")
			w, h := rapid.IntRange(1, sw).Draw(t, "new width"), rapid.IntRange(1, sh).Draw(t, "new height")
			img := image.NewRGBA(image.Rect(0, 0, sw, sh))
			for i := range img.Pix {
				img.Pix[i] = uint8(rapid.IntRange(0, 255).Draw(t, "value"))
			}
			got := shrink(img, w, h)
			for y := range h {
				for x := range w {
					for c := range 4 {
						want := mean(img, x*sw, (x+1)*sw, w, y*sh, (y+1)*sh, h, c)
						if d := float64(got.Pix[y*got.Stride+4*x+c]) - want; d > .51 || d < -.51 {
							t.Fatalf("pixel %d,%d: %d, want %f", x, y, got.Pix[y*got.Stride+4*x+c], want)
						}
					}
				}
			}
		})
	})
}

// mean is the plain definition: left to right in units of 1/w of a pixel, top to
// bottom in units of 1/h.
func mean(img *image.RGBA, left, right, w, top, bottom, h, c int) float64 {
	sum := 0.
	for y := top / h; y*h < bottom; y++ {
		for x := left / w; x*w < right; x++ {
			covers := (min(right, (x+1)*w) - max(left, x*w)) * (min(bottom, (y+1)*h) - max(top, y*h))
			sum += float64(covers) * float64(img.Pix[y*img.Stride+4*x+c])
		}
	}
	return sum / float64((right-left)*(bottom-top))
}

func TestText(t *testing.T) {
	for _, tt := range []struct{ name, text, want, removed string }{
		{"words stay", "# 쌀값\n\nGlatteis, **über** Nacht.\n", "# 쌀값\n\nGlatteis, **über** Nacht.\n", ""},
		{"line ends become plain", "a\r\nb\rc", "a\nb\nc", "line ends of one system"},
		{"a mark at the beginning goes", "\ufeffa", "a", "invisible characters"},
		{"characters without width go", "a\u200bb\u2060c\u00add", "abcd", "invisible characters"},
		{"tags go, and selectors that nobody sees", "a\U000e0041\U000e0100b", "ab", "invisible characters"},
		{"orders to a terminal go", "a\x1b[2Jb", "a[2Jb", "invisible characters"},
		{"private characters go", "a\ue000b", "ab", "invisible characters"},
		{"joiners that writing needs stay", "نمی\u200cخواهم क्\u200dष", "نمی\u200cخواهم क्\u200dष", ""},
		{"tabs stay", "a\tb", "a\tb", ""},
		{"words that begin as other files do stay", "BM, ID3 and Rar! are words", "BM, ID3 and Rar! are words", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := clean(t, []byte(tt.text))
			if string(c.Data) != tt.want || strings.Join(c.Removed, "; ") != tt.removed || c.Kind != Text {
				t.Errorf("%q, removed %q", c.Data, c.Removed)
			}
		})
	}
}

func TestPDF(t *testing.T) {
	file := tellingPDF(t)
	c := clean(t, file)
	t.Run("says nothing beside its pages", func(t *testing.T) {
		if bytes.Contains(c.Data, []byte(canary)) || bytes.Contains(c.Data, []byte("2020")) {
			t.Error("the canary is still there")
		}
		if len(c.Removed) != 5 {
			t.Errorf("removed %q", c.Removed)
		}
	})
	t.Run("somebody else's reader finds the page and nothing else", func(t *testing.T) {
		before := readPDF(t, file)
		if got := before.Trailer().Key("Info").Key("Author").Text(); got != canary {
			t.Errorf("the author was %q", got)
		}
		after := readPDF(t, c.Data)
		if keys := after.Trailer().Keys(); !slices.Equal(keys, []string{"Root", "Size"}) {
			t.Errorf("the trailer has %v", keys)
		}
		if keys := after.Trailer().Key("Root").Keys(); !slices.Equal(keys, []string{"Pages", "Type"}) {
			t.Errorf("the root has %v", keys)
		}
		page := after.Page(1)
		var said strings.Builder
		for _, text := range page.Content().Text {
			said.WriteString(text.S)
		}
		if said.String() != "Whatthepagesays(here)" {
			t.Errorf("the page says %q", said.String())
		}
		link := page.V.Key("Annots").Index(0)
		if link.Key("A").Key("URI").RawString() != "https://example.org/" || !link.Key("Contents").IsNull() {
			t.Errorf("the link is %v", link)
		}
		picture := page.Resources().Key("XObject").Key("Im1")
		if picture.Key("Width").Int64() != 8 || picture.Key("ColorSpace").Name() != "DeviceRGB" {
			t.Errorf("the picture is %v", picture)
		}
	})
	t.Run("a picture on a page keeps its pixels and nothing else", func(t *testing.T) {
		at := bytes.Index(c.Data, []byte("\xff\xd8"))
		got, err := jpeg.Decode(bytes.NewReader(c.Data[at:]))
		if err != nil {
			t.Fatal(err)
		}
		want, err := jpeg.Decode(bytes.NewReader(plainJPEG(t, quarters(8, 8))))
		if err != nil {
			t.Fatal(err)
		}
		for i := range 64 {
			if got.At(i%8, i/8) != want.At(i%8, i/8) {
				t.Fatal("other pixels")
			}
		}
	})
	t.Run("a second time nothing is found, and the same is written", func(t *testing.T) {
		again := clean(t, c.Data)
		if !bytes.Equal(again.Data, c.Data) || len(again.Removed) != 0 {
			t.Errorf("removed %q", again.Removed)
		}
	})
	for name, file := range map[string][]byte{
		"changed after it was saved":  append(bytes.Clone(file), file[bytes.Index(file, []byte("xref\n")):]...),
		"with an earlier table":       tellingPDF(t, "/Info 7 0 R /ID", "/Prev 7     /ID"),
		"locked":                      pdf("/Encrypt 2 0 R", "<</Type /Catalog>>", "<<>>"),
		"with a form":                 pdf("", "<</Type /Catalog /AcroForm <<>>>>"),
		"with a file inside":          pdf("", "<</Type /Catalog /Names <</EmbeddedFiles <<>>>>>>"),
		"with a program among names":  pdf("", "<</Type /Catalog /Names 2 0 R>>", "<</JavaScript 3 0 R>>", "<<>>"),
		"with layers":                 pdf("", "<</Type /Catalog /OCProperties <<>>>>"),
		"with a note":                 tellingPDF(t, "/Subtype /Link /Rect", "/Subtype /Text /Rect"),
		"with a link that runs":       tellingPDF(t, "/A <</S /URI /URI (https://example.org/)>>", "/A <</S /Launch /X (https://example.org)>>"),
		"with packed objects":         pdf("", "<</Type /Catalog /Pages 2 0 R>>", stream("/Type /ObjStm", "x")),
		"with a stream elsewhere":     pdf("", "<</Type /Catalog /Pages 2 0 R>>", stream("/F (elsewhere)", "x")),
		"with colours of no device":   tellingPDF(t, "/N 3", "/N 9"),
		"with two filters":            tellingPDF(t, "/Filter /DCTDecode", "/Filter[/A/DCT]   "),
		"with a JPEG 2000":            tellingPDF(t, "/Filter /DCTDecode", "/Filter /JPXDecode"),
		"with a picture in a page":    tellingPDF(t, "What the page says", "BI /F/DCT ID    EI"),
		"with EXIF in a page":         tellingPDF(t, "What the page says", "Exif\x00\x00xxxxxxxxxxxx"),
		"with a length that is wrong": tellingPDF(t, "/Length 66", "/Length 65"),
		"in circles":                  pdf("", "<</Type /Catalog /Pages 2 0 R>>", "<</Length 2 0 R>>\nstream\nx\nendstream"),
		"of brackets":                 pdf("", strings.Repeat("[", 100)+strings.Repeat("]", 100)),
		"without an end":              file[:len(file)/2],
		"of nothing":                  []byte("%PDF-1.4\n"),
	} {
		t.Run("refused "+name, func(t *testing.T) {
			c, err := File(file)
			if !errors.Is(err, ErrRefused) || c.Data != nil || !strings.Contains(err.Error(), "it is a") || strings.Contains(err.Error(), canary) {
				t.Errorf("File = %v", err)
			}
		})
	}
}

func readPDF(t *testing.T, b []byte) *rscpdf.Reader {
	t.Helper()
	r, err := rscpdf.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRefused(t *testing.T) {
	huge := plainPNG(t, image.NewGray(image.Rect(0, 0, 1, 1)))
	copy(huge[8:], chunk("IHDR", "\x00\x00\xff\xff\x00\x00\xff\xff\x08\x00\x00\x00\x00"))
	scans := plainJPEG(t, quarters(8, 8))
	scans = append(scans[:len(scans)-2], bytes.Repeat(segment(markScan, "\x01\x01\x00\x00\x00\x00"), maxScans+1)...)
	for name, b := range map[string][]byte{
		"nothing":                       nil,
		"more than 64 MiB":              make([]byte, MaxInput+1),
		"a picture of billions of dots": huge,
		"a picture of endless passes":   scans,
		"a JPEG that breaks off":        plainJPEG(t, quarters(90, 90))[:700],
		"a PNG that breaks off":         plainPNG(t, quarters(90, 90))[:60],
		"HEIC":                          []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"),
		"a video":                       []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00"),
		"WebP":                          []byte("RIFF\x00\x00\x00\x00WEBPVP8 "),
		"GIF":                           []byte("GIF89a"),
		"an office document":            []byte("PK\x03\x04\x14\x00"),
		"an old office document":        []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
		"an archive":                    []byte("\x1f\x8b\x08"),
		"another archive":               []byte("Rar!\x1a\x07\x01\x00"),
		"a bitmap":                      []byte("BM\x36\x00\x00\x00\x00\x00\x00\x00"),
		"a sound":                       []byte("ID3\x03\x00\x00"),
		"a drawing":                     []byte("<svg xmlns='http://www.w3.org/2000/svg'/>"),
		"bytes":                         {0xfe, 0xed, 0xfa, 0xce},
		"a text of zeros":               make([]byte, 10),
		"a text of nothing":             []byte(" \u200b\n"),
		"a text without end":            bytes.Repeat([]byte("a"), MaxText+1),
	} {
		t.Run(name, func(t *testing.T) {
			c, err := File(b)
			if !errors.Is(err, ErrRefused) || c.Data != nil {
				t.Fatalf("File = %v", err)
			}
			if why, do, ok := strings.Cut(strings.TrimPrefix(err.Error(), "not attached: "), "; "); !ok || why == "" || do == "" {
				t.Errorf("it does not say why and what to do: %v", err)
			}
		})
	}
}

// FuzzFile: whatever is taken is clean: a second time nothing is found in it,
// and no word of the canary is left. Text and documents stay as they were.
func FuzzFile(f *testing.F) {
	for _, seed := range [][]byte{
		tellingJPEG(f, quarters(16, 8), 6), tellingPNG(f, quarters(16, 8), 3), tellingPDF(f),
		[]byte("text \u200b\r\n"), []byte("GIF89a"), pdf("", "<</Type /Catalog /A [1 (\\101) <4> /N#41 true null -.5 2 0 R]>>"),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := File(b)
		if err != nil {
			if !errors.Is(err, ErrRefused) {
				t.Fatal(err)
			}
			return
		}
		again, err := File(c.Data)
		if err != nil {
			t.Fatalf("what was cleaned is refused: %v", err)
		}
		if len(again.Removed) != 0 || again.Kind != c.Kind {
			t.Errorf("a second time it removes %q", again.Removed)
		}
		if (c.Kind == Text || c.Kind == Document) && !bytes.Equal(again.Data, c.Data) {
			t.Error("a second time it writes something else")
		}
		if c.Kind != Text && c.Kind != Document && bytes.Contains(c.Data, []byte(canary)) {
			t.Error("the canary is still there")
		}
	})
}
