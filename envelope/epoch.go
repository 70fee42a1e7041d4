package envelope

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// An Epoch is one UTC day, counted from 1970-01-01. No time finer than that
// is kept anywhere outside the desk.
type Epoch uint32

// ErrEpoch is returned for text that is not an epoch.
var ErrEpoch = errors.New("not an epoch")

const secondsPerDay = 86400

// EpochOf returns the day in which t falls, in UTC. A time before 1970 or
// beyond the last epoch gives the nearest one.
func EpochOf(t time.Time) Epoch {
	day := t.Unix() / secondsPerDay
	return Epoch(min(max(day, 0), 1<<32-1))
}

// Time returns the first moment of the day.
func (e Epoch) Time() time.Time { return time.Unix(int64(e)*secondsPerDay, 0).UTC() }

// String returns the day as people write it: 2020-02-04.
func (e Epoch) String() string { return e.Time().Format(time.DateOnly) }

// Number returns the day as wire paths write it, in decimal.
func (e Epoch) Number() string { return strconv.FormatUint(uint64(e), 10) }

// ParseEpoch reads what [Epoch.Number] writes: decimal digits, no sign and no
// leading zero, so that a path has one spelling only.
func ParseEpoch(s string) (Epoch, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	if err != nil || Epoch(n).Number() != s {
		return 0, fmt.Errorf("parse epoch: %w", ErrEpoch)
	}
	return Epoch(n), nil
}
