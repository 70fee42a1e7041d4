package hearsay

import (
	"errors"
	"fmt"
	"strings"
)

// ErrAddress tells that a text is not the address of a claim.
var ErrAddress = errors.New("not a claim address such as prices/rice/hyesan@2020-02-06")

const maxKey = 200

// Address names a claim: a key, and for a claim of a series the period.
type Address struct {
	Key    string
	Period Date
}

// ParseAddress reads key or key@period. A key is segments of a-z, 0-9 and
// hyphens joined by slashes; a period is EDTF.
func ParseAddress(s string) (Address, error) {
	key, period, series := strings.Cut(s, "@")
	if !ValidKey(key) {
		return Address{}, fmt.Errorf("%q: %w", clip(s), ErrAddress)
	}
	date, err := ParseDate(period)
	if err != nil || (series && date.IsZero()) {
		return Address{}, fmt.Errorf("%q: %w", clip(s), ErrAddress)
	}
	return Address{key, date}, nil
}

// ValidKey reports whether s is a claim key.
func ValidKey(s string) bool {
	if s == "" || len(s) > maxKey {
		return false
	}
	for segment := range strings.SplitSeq(s, "/") {
		if segment == "" {
			return false
		}
		for i := range len(segment) {
			c := segment[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return false
			}
		}
	}
	return true
}

func (a Address) String() string {
	if a.Period.IsZero() {
		return a.Key
	}
	return a.Key + "@" + a.Period.String()
}

// Compare orders addresses by key, then by period.
func (a Address) Compare(b Address) int {
	if c := strings.Compare(a.Key, b.Key); c != 0 {
		return c
	}
	if c := a.Period.Compare(b.Period); c != 0 {
		return c
	}
	return strings.Compare(a.Period.text, b.Period.text)
}

// MarshalText writes key or key@period.
func (a Address) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads key or key@period.
func (a *Address) UnmarshalText(b []byte) error {
	parsed, err := ParseAddress(string(b))
	if err != nil {
		return err
	}
	*a = parsed
	return nil
}
