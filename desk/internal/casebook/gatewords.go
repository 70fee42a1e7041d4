package casebook

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"hearsay"
)

// mentions reports whether a text has a name, in any case and however its parts
// are joined: KITE-7, Kite 7, WREN's. Of a name in Latin letters or digits no
// more may follow or precede, so that a wren is not found in wrench; a Korean
// particle or a Chinese character may, as they are written without a space.
func mentions(text, name string) bool {
	parts := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	if len(parts) == 0 {
		return false
	}
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	pattern := regexp.MustCompile(`(?i)` + strings.Join(parts, `[^\pL\pN]{0,3}`)) // quoted letters and digits: it compiles
	text = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) { // leaves no mark
			return -1
		}
		return r
	}, text)
	for from := 0; from < len(text); {
		at := pattern.FindStringIndex(text[from:])
		if at == nil {
			return false
		}
		start, end := from+at[0], from+at[1]
		before, _ := utf8.DecodeLastRuneInString(text[:start])
		first, size := utf8.DecodeRuneInString(text[start:])
		last, _ := utf8.DecodeLastRuneInString(text[:end])
		after, _ := utf8.DecodeRuneInString(text[end:])
		if !joins(before, first) && !joins(last, after) {
			return true
		}
		from = start + size
	}
	return false
}

// joins reports whether two characters beside each other are of one word.
func joins(a, b rune) bool {
	latin := func(r rune) bool { return unicode.Is(unicode.Latin, r) || unicode.IsDigit(r) }
	return latin(a) && latin(b) || unicode.Is(unicode.Cyrillic, a) && unicode.Is(unicode.Cyrillic, b)
}

func containsRun(text, run []string) bool {
	for i := 0; len(run) > 0 && i+len(run) <= len(text); i++ {
		if slices.Equal(text[i:i+len(run)], run) {
			return true
		}
	}
	return false
}

// A sentence that speaks of a source and of force tells readers that a source
// is in hostile hands. The words of the four languages of the pages.
var (
	aSource = regexp.MustCompile(`(?i)\b(our|my|the|a|one|whose)\s+(\w+\s+)?(sources?|contacts?|informants?|correspondents?)\b|소식통|제보자|정보원|취재원|消息来源|消息人士|线人|источник|информатор|собеседник`)
	aForce  = regexp.MustCompile(`(?i)\b(captured|seized|arrested|detained|taken away|turned|compromised|forced|coerced|duress|quarantined?|cut off|no longer trust\w*|fell silent)\b|체포|억류|강요|붙잡|협박|被捕|被抓|被迫|胁迫|захвачен|задержан|арестован|принужд|под давлением`)
	aTrace  = regexp.MustCompile(`(?i)\b(under duress|cut date|wrong order of (the|its|their) words|false order)\b|강요에 의해|受胁迫|под принуждением`)
	breaks  = regexp.MustCompile(`[.!?]+(\s|$)|[。！？\n]+`)
)

func tellsOfForce(sentence string) bool {
	return aTrace.MatchString(sentence) || aSource.MatchString(sentence) && aForce.MatchString(sentence)
}

func sentencesOf(text string) []string {
	var all []string
	for _, sentence := range breaks.Split(text, -1) {
		if sentence = strings.TrimSpace(sentence); sentence != "" {
			all = append(all, sentence)
		}
	}
	return all
}

var fineDay = regexp.MustCompile(`(?i)\b\d{1,2}(st|nd|rd|th)?\s+(of\s+)?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|\b(january|february|march|april|may|june|july|august|september|october|november|december)\s+\d{1,2}\b|\b\d{4}-\d{2}-\d{2}\b|\d{1,2}월\s*\d{1,2}일|\d{1,2}月\d{1,2}[日号]`)

var figure = regexp.MustCompile(`\d[\d,. ]*\d|\d`)

// saysAnother reports whether the words hold figures and none of them is the
// value's.
func saysAnother(words string, v hearsay.Value) bool {
	figures := figure.FindAllString(words, -1)
	own := strings.Split(v.Text, "..")
	plain := strings.NewReplacer(",", "", " ", "")
	return len(figures) > 0 && !slices.ContainsFunc(figures, func(f string) bool { return slices.Contains(own, plain.Replace(f)) })
}
