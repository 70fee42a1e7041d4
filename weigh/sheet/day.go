package sheet

import "time"

// Day reads the day that a time begins: 2020-02-06, with or without a time of
// day behind it, 2020-02 or 2020. Days are counted from 1970-01-01.
func Day(text string) (day int32, ok bool) {
	layout := time.DateOnly
	switch {
	case len(text) > len(layout) && (text[len(layout)] == 'T' || text[len(layout)] == ' '):
		text = text[:len(layout)]
	case len(text) == len("2006-01"):
		layout = "2006-01"
	case len(text) == len("2006"):
		layout = "2006"
	}
	t, err := time.Parse(layout, text)
	return int32(t.Unix() / (24 * 60 * 60)), err == nil // whole days, before 1970 too
}
