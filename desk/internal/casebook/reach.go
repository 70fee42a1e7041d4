package casebook

import (
	"encoding/json"
	"errors"
	"strconv"
)

// Reach is how many people could have known something: k of the gate.
type Reach int

// The reaches that have a word.
const (
	Many   Reach = 1_000
	Public Reach = 1_000_000_000
)

// ErrReach tells that a text is no reach.
var ErrReach = errors.New("could_know is a number of people, many or public")

func (r Reach) String() string {
	switch {
	case r >= Public:
		return "public"
	case r >= Many:
		return "many"
	}
	return strconv.Itoa(int(r))
}

// ParseReach reads a number, many or public.
func ParseReach(s string) (Reach, error) {
	switch s {
	case "many":
		return Many, nil
	case "public":
		return Public, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || Reach(n) > Public {
		return 0, ErrReach
	}
	return Reach(n), nil
}

// MarshalJSON writes a number, or "many" and "public".
func (r Reach) MarshalJSON() ([]byte, error) {
	if r < Many {
		return strconv.AppendInt(nil, int64(r), 10), nil
	}
	return json.Marshal(r.String())
}

// UnmarshalJSON reads a number, or "many" and "public".
func (r *Reach) UnmarshalJSON(b []byte) error {
	s := string(b)
	if len(b) > 0 && b[0] == '"' {
		if err := json.Unmarshal(b, &s); err != nil {
			return ErrReach
		}
	}
	reach, err := ParseReach(s)
	*r = reach
	return err
}
