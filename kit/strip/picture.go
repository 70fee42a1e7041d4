package strip

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"slices"
)

const (
	// maxPixels bounds what a picture is unpacked to: a few kilobytes can say
	// that they are a picture of gigabytes.
	maxPixels = 50_000_000

	// MaxPicture is the most bytes of a clean picture: 15 chunks.
	MaxPicture = 15 * 65488

	quality = 82 // of JPEG; one for everybody
)

// sides are the longest sides of clean pictures, in pixels: the first that fits
// into MaxPicture is taken. A picture that is smaller than a size stays as it is.
var sides = []int{2048, 1536, 1024, 768, 512, 256}

// found is what a look at a file's parts has found.
type found struct {
	removed     map[string]bool
	orientation int
}

func newFound() *found { return &found{removed: map[string]bool{}, orientation: 1} }

func (f *found) exif(tiff []byte) {
	orientation, place := readEXIF(tiff)
	f.orientation = orientation
	f.removed["EXIF: device, times, settings, thumbnail"] = true
	if place {
		f.removed["the place where it was taken"] = true
	}
}

func (f *found) list() []string {
	var all []string
	for what := range f.removed {
		all = append(all, what)
	}
	slices.Sort(all)
	return all
}

// decodePicture unpacks a picture of bounded size.
func decodePicture(b []byte, config func(*bytes.Reader) (image.Config, error), decode func(*bytes.Reader) (image.Image, error)) (image.Image, error) {
	damaged := refuse("it is damaged, or no picture at all", doScreenshot)
	c, err := config(bytes.NewReader(b))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		return nil, damaged
	}
	if c.Width > maxPixels/c.Height {
		return nil, refuse(fmt.Sprintf("it has more than %d million pixels", maxPixels/1_000_000), doScreenshot)
	}
	img, err := decode(bytes.NewReader(b))
	if err != nil {
		return nil, damaged
	}
	return img, nil
}

// cleanPicture encodes the pixels of a picture anew, upright, in the largest
// size that fits.
func cleanPicture(kind Kind, img image.Image, f *found) (Clean, error) {
	bounds := img.Bounds()
	for _, side := range sides {
		w, h := fit(bounds.Dx(), bounds.Dy(), side)
		pixels := upright(shrink(img, w, h), f.orientation)
		tryAs := []Kind{kind}
		if kind == Picture && pixels.Opaque() {
			tryAs = append(tryAs, Photo) // a photo in the clothes of a drawing is too large as PNG
		}
		for _, as := range tryAs {
			data, err := encode(as, pixels, isGray(img))
			if err != nil {
				return Clean{}, fmt.Errorf("clean a picture: %w", err)
			}
			if len(data) > MaxPicture {
				continue
			}
			c := Clean{Kind: as, Data: data, Removed: f.list()}
			if w != bounds.Dx() || h != bounds.Dy() {
				c.Changed = append(c.Changed, fmt.Sprintf("made smaller: %d × %d pixels", pixels.Rect.Dx(), pixels.Rect.Dy()))
			}
			if as != kind {
				c.Changed = append(c.Changed, "made a JPEG, since it was too large as PNG")
			}
			return c, nil
		}
	}
	return Clean{}, refuse("it stays too large even when it is made small", doScreenshot)
}

func isGray(img image.Image) bool {
	m := img.ColorModel()
	return m == color.GrayModel || m == color.Gray16Model
}

func encode(kind Kind, pixels *image.RGBA, gray bool) ([]byte, error) {
	var img image.Image = pixels
	if gray && pixels.Opaque() {
		g := image.NewGray(pixels.Rect)
		draw.Draw(g, g.Rect, pixels, image.Point{}, draw.Src)
		img = g
	}
	var out bytes.Buffer
	if kind == Photo {
		err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality})
		return out.Bytes(), err
	}
	err := png.Encode(&out, img)
	return out.Bytes(), err
}

// fit returns the size whose longer side is at most side, in proportion.
func fit(w, h, side int) (int, int) {
	switch {
	case w <= side && h <= side:
		return w, h
	case w >= h:
		return side, max(1, (h*side+w/2)/w)
	default:
		return max(1, (w*side+h/2)/h), side
	}
}

// shrink makes a picture of w by h pixels, no larger than img: each pixel is the
// mean of the area that it covers. It unpacks one row of img at a time.
func shrink(img image.Image, w, h int) *image.RGBA {
	from := img.Bounds()
	sw, sh := from.Dx(), from.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if w == sw && h == sh {
		draw.Draw(out, out.Rect, img, from.Min, draw.Src)
		return out
	}
	row := image.NewRGBA(image.Rect(0, 0, sw, 1))
	narrow := make([]uint64, 4*w) // one row of img, w wide: sums of value times width
	sums := make([]uint64, 4*w)   // one row of out: sums of value times area
	area := uint64(sw) * uint64(sh)
	y := 0
	for sy := range sh {
		draw.Draw(row, row.Rect, img, image.Pt(from.Min.X, from.Min.Y+sy), draw.Src)
		narrowRow(narrow, row.Pix, sw, w)
		// In units where a row of img is h high, a row of out is sh high.
		for top, bottom := sy*h, (sy+1)*h; top < bottom; {
			end := min(bottom, (y+1)*sh)
			for i, v := range narrow {
				sums[i] += v * uint64(end-top)
			}
			if top = end; top == (y+1)*sh {
				for i, v := range sums {
					out.Pix[y*out.Stride+i] = uint8((v + area/2) / area)
				}
				clear(sums)
				y++
			}
		}
	}
	return out
}

// narrowRow sums the pixels of a row into w. In units where a pixel of the row
// is w wide, one of the sums is sw wide.
func narrowRow(sums []uint64, row []uint8, sw, w int) {
	clear(sums)
	x := 0
	for sx := range sw {
		for left, right := sx*w, (sx+1)*w; left < right; {
			end := min(right, (x+1)*sw)
			for c := range 4 {
				sums[4*x+c] += uint64(row[4*sx+c]) * uint64(end-left)
			}
			if left = end; left == (x+1)*sw {
				x++
			}
		}
	}
}

// upright turns and mirrors pixels as an EXIF orientation says.
func upright(img *image.RGBA, orientation int) *image.RGBA {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	var from func(x, y int) (int, int) // where a pixel of the upright picture stands
	switch orientation {
	case 2:
		from = func(x, y int) (int, int) { return w - 1 - x, y }
	case 3:
		from = func(x, y int) (int, int) { return w - 1 - x, h - 1 - y }
	case 4:
		from = func(x, y int) (int, int) { return x, h - 1 - y }
	case 5:
		from = func(x, y int) (int, int) { return y, x }
	case 6:
		from = func(x, y int) (int, int) { return y, h - 1 - x }
	case 7:
		from = func(x, y int) (int, int) { return w - 1 - y, h - 1 - x }
	case 8:
		from = func(x, y int) (int, int) { return w - 1 - y, x }
	default:
		return img
	}
	ow, oh := w, h
	if orientation >= 5 {
		ow, oh = h, w
	}
	out := image.NewRGBA(image.Rect(0, 0, ow, oh))
	for y := range oh {
		for x := range ow {
			fx, fy := from(x, y)
			copy(out.Pix[y*out.Stride+4*x:][:4], img.Pix[fy*img.Stride+4*fx:][:4])
		}
	}
	return out
}
