package hearsay

import (
	"errors"
	"fmt"
	"time"
)

// Day is one UTC day, counted from 1970-01-01. It equals the epoch of
// PROTOCOL.md, and is the finest time that leaves the desk.
type Day int32

// ErrDay tells that a text is not a calendar day.
var ErrDay = errors.New("not a day written as 2006-01-02")

const secondsPerDay = 86400

// DayOf returns the UTC day of t.
func DayOf(t time.Time) Day {
	s := t.Unix()
	if s < 0 {
		return Day((s - secondsPerDay + 1) / secondsPerDay)
	}
	return Day(s / secondsPerDay)
}

// ParseDay reads a day written as 2006-01-02.
func ParseDay(s string) (Day, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", clip(s), ErrDay)
	}
	return DayOf(t), nil
}

// Time returns the first instant of the day, in UTC.
func (d Day) Time() time.Time { return time.Unix(int64(d)*secondsPerDay, 0).UTC() }

func (d Day) String() string { return d.Time().Format(time.DateOnly) }

// MarshalText writes the day as 2006-01-02.
func (d Day) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a day written as 2006-01-02.
func (d *Day) UnmarshalText(b []byte) error {
	day, err := ParseDay(string(b))
	if err != nil {
		return err
	}
	*d = day
	return nil
}

// clip keeps a stranger's text short where an error quotes it.
func clip(s string) string {
	const most = 40
	for i := range s {
		if i > most {
			return s[:i] + "…"
		}
	}
	return s
}
