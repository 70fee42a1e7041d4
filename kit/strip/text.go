package strip

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// MaxText is the most bytes of text that are taken.
const MaxText = 1 << 20

// cleanText keeps the words of a text. Characters that nobody sees are taken
// out: they can hold a mark that names one copy. Line ends become plain ones;
// the others name the system.
func cleanText(b []byte) (Clean, error) {
	if len(b) > MaxText {
		return Clean{}, refuse("it is a text of more than 1 MiB", "attach the part that matters")
	}
	if !utf8.Valid(b) || bytes.IndexByte(b, 0) >= 0 {
		return Clean{}, refuse("it is of a kind that is not known here", doScreenshot)
	}
	c := Clean{Kind: Text}
	plain := bytes.ReplaceAll(bytes.ReplaceAll(b, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
	if len(plain) != len(b) || bytes.IndexByte(b, '\r') >= 0 {
		c.Removed = append(c.Removed, "line ends of one system")
	}
	hidden := false
	c.Data = bytes.Map(func(r rune) rune {
		if unseen(r) {
			hidden = true
			return -1
		}
		return r
	}, plain)
	if hidden {
		c.Removed = append([]string{"invisible characters"}, c.Removed...)
	}
	if len(bytes.TrimSpace(c.Data)) == 0 {
		return Clean{}, refuse("there is no text in it", "choose another")
	}
	return c, nil
}

// unseen reports whether a character shows nothing and no writing needs it. The
// joiners U+200C and U+200D, and the marks of direction, are needed by Persian,
// Arabic, Hebrew and the scripts of India, and stay.
func unseen(r rune) bool {
	switch {
	case r == '\n', r == '\t':
		return false
	case unicode.IsControl(r), // terminal escapes among them
		r == 0x00ad, r == 0x034f, r == 0x180e, r == 0x200b, r == 0xfeff,
		r >= 0x2028 && r <= 0x202e, r >= 0x2060 && r <= 0x206f,
		r >= 0xfff9 && r <= 0xfffb,
		r >= 0xe0000 && r <= 0xe0fff, // tags, and selectors of variants beyond the first 16
		r >= 0x1d173 && r <= 0x1d17a, // format of music
		unicode.Is(unicode.Co, r):    // private use: whatever somebody agreed upon
		return true
	}
	return false
}
