package hearsay

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// ErrDate tells that a text is not an EDTF date of level 0 or 1.
var ErrDate = errors.New("not an EDTF date")

// Date is a date of the Extended Date/Time Format, levels 0 and 1 (Library of
// Congress, 2019; ISO 8601-2): a year, month or day, a season, an interval,
// with digits left unspecified (X) and marked uncertain (?), approximate (~) or
// both (%). It is kept as written; Span gives the days that it spans. Times of
// day are refused, since nothing finer than a day is kept, and so are years
// before 0 or after 9999 (Y17000): no claim here is about them.
type Date struct {
	text        string
	first, last Day
}

// Unbounded ends of an interval.
const (
	beginning Day = math.MinInt32
	end       Day = math.MaxInt32
)

// ParseDate reads an EDTF date. The empty text is the zero Date, which says
// nothing about when.
func ParseDate(s string) (Date, error) {
	if s == "" {
		return Date{}, nil
	}
	if len(s) > 40 {
		return Date{}, fmt.Errorf("%q: %w", clip(s), ErrDate)
	}
	from, to, interval := strings.Cut(s, "/")
	if !interval {
		first, last, ok := span(s)
		if !ok {
			return Date{}, fmt.Errorf("%q: %w", s, ErrDate)
		}
		return Date{s, first, last}, nil
	}
	open := func(end string) bool { return end == "" || end == ".." }
	if open(from) && open(to) {
		return Date{}, fmt.Errorf("%q has neither beginning nor end: %w", s, ErrDate)
	}
	first, last := beginning, end
	if !open(from) {
		f, _, ok := span(from)
		if !ok {
			return Date{}, fmt.Errorf("%q: %w", s, ErrDate)
		}
		first = f
	}
	if !open(to) {
		_, l, ok := span(to)
		if !ok {
			return Date{}, fmt.Errorf("%q: %w", s, ErrDate)
		}
		last = l
	}
	if last < first {
		return Date{}, fmt.Errorf("%q ends before it begins: %w", s, ErrDate)
	}
	return Date{s, first, last}, nil
}

// span reads one date without a slash into its first and last day.
func span(s string) (first, last Day, ok bool) {
	if n := len(s); n > 0 && strings.ContainsRune("?~%", rune(s[n-1])) {
		s = s[:n-1]
	}
	parts := strings.Split(s, "-")
	year, low, high, ok := digits(parts[0], 4)
	if !ok || len(parts) > 3 {
		return 0, 0, false
	}
	if !year { // unspecified digits of the year: 201X, 20XX
		if len(parts) > 1 {
			return 0, 0, false
		}
		return days(low, 1, 1), days(high, 12, 31), true
	}
	if len(parts) == 1 {
		return days(low, 1, 1), days(low, 12, 31), true
	}
	exact, month, _, ok := digits(parts[1], 2)
	switch {
	case !ok:
		return 0, 0, false
	case !exact: // only both digits of a month may be unspecified
		if parts[1] != "XX" || (len(parts) == 3 && parts[2] != "XX") {
			return 0, 0, false
		}
		return days(low, 1, 1), days(low, 12, 31), true
	case month >= 21 && month <= 24: // spring, summer, autumn, winter
		if len(parts) == 3 {
			return 0, 0, false
		}
		start := (month-21)*3 + 3
		return days(low, start, 1), days(low, start+3, 0), true
	case month < 1 || month > 12:
		return 0, 0, false
	case len(parts) == 2 || parts[2] == "XX":
		return days(low, month, 1), days(low, month+1, 0), true
	}
	exact, day, _, ok := digits(parts[2], 2)
	if !ok || !exact || day < 1 || days(low, month, day) > days(low, month+1, 0) {
		return 0, 0, false
	}
	d := days(low, month, day)
	return d, d, true
}

// digits reads n digits of which the last two may be X, and the smallest and
// largest number they can stand for.
func digits(s string, n int) (exact bool, low, high int, ok bool) {
	if len(s) != n {
		return false, 0, 0, false
	}
	body := strings.TrimRight(s, "X")
	for i := range len(body) {
		if body[i] < '0' || body[i] > '9' {
			return false, 0, 0, false
		}
	}
	unspecified := n - len(body)
	scale := 1
	for range unspecified {
		scale *= 10
	}
	if body != "" {
		low, _ = strconv.Atoi(body)
	}
	low *= scale
	return unspecified == 0, low, low + scale - 1, unspecified <= 2
}

func days(year, month, day int) Day {
	return DayOf(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC))
}

func (d Date) String() string { return d.text }

// IsZero reports whether the date says nothing.
func (d Date) IsZero() bool { return d.text == "" }

// Span returns the first and the last day the date may mean. An open end is
// the smallest or largest Day.
func (d Date) Span() (first, last Day) { return d.first, d.last }

// Compare orders dates by when they begin, then by when they end, so that of
// two vintages the later one is the larger. A zero date comes before all.
func (d Date) Compare(other Date) int {
	if d.IsZero() || other.IsZero() {
		return cmp.Compare(len(d.text), len(other.text))
	}
	return cmp.Or(cmp.Compare(d.first, other.first), cmp.Compare(d.last, other.last))
}

// MarshalText writes the date as it was written.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.text), nil }

// UnmarshalText reads an EDTF date.
func (d *Date) UnmarshalText(b []byte) error {
	date, err := ParseDate(string(b))
	if err != nil {
		return err
	}
	*d = date
	return nil
}
