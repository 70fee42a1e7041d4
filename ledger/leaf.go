package ledger

import (
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Kind says what a leaf records.
type Kind string

// The kinds of leaves.
const (
	KindEdition    Kind = "edition"    // the site as a whole, by its manifest
	KindWithdrawal Kind = "withdrawal" // a page was taken back for safety
	KindMethod     Kind = "method"     // the rules of grading or publishing changed
	KindRoster     Kind = "roster"     // who may open reports changed
	KindKey        Kind = "key"        // a key changed
)

// ErrLeaf tells that an entry of a log is not a leaf of this format.
var ErrLeaf = errors.New("not a leaf")

const (
	leafHead = "hearsay leaf 1"
	maxLeaf  = 1024
	maxDay   = 2932896 // 9999-12-31
)

// Leaf is one entry of the log.
type Leaf struct {
	Kind   Kind
	Serial uint32   // of the edition; of a withdrawal, the edition it takes a page from; else a count of its kind
	Day    int32    // days since 1970-01-01 UTC
	Digest [32]byte // SHA-256 of the manifest, or of what a method, roster or key changed to; zero in a withdrawal
	Path   string   // of a withdrawal
}

// Date returns the leaf's day as 2006-01-02.
func (l Leaf) Date() string { return dateOf(l.Day) }

func dateOf(day int32) string {
	return time.Unix(int64(day)*86400, 0).UTC().Format(time.DateOnly)
}

// Marshal writes the leaf as it stands in the log. It fails with ErrLeaf or
// ErrPath where the leaf could not be read back.
func (l Leaf) Marshal() ([]byte, error) {
	if l.Serial == 0 || l.Day < 0 || l.Day > maxDay {
		return nil, fmt.Errorf("write a leaf: no serial, or a day before 1970 or after 9999: %w", ErrLeaf)
	}
	last := ""
	switch l.Kind {
	case KindEdition:
		last = "manifest " + hex.EncodeToString(l.Digest[:])
	case KindMethod, KindRoster, KindKey:
		last = "digest " + hex.EncodeToString(l.Digest[:])
	case KindWithdrawal:
		if err := ValidPath(l.Path); err != nil {
			return nil, fmt.Errorf("write a leaf: %w", err)
		}
		last = "path " + l.Path
	default:
		return nil, fmt.Errorf("write a leaf: unknown kind: %w", ErrLeaf)
	}
	if (l.Kind == KindWithdrawal) != (l.Digest == [32]byte{}) || (l.Kind != KindWithdrawal && l.Path != "") {
		return nil, fmt.Errorf("write a leaf: a withdrawal has a path, any other kind a digest: %w", ErrLeaf)
	}
	return fmt.Appendf(nil, "%s\nkind %s\nserial %d\ndate %s\n%s\n", leafHead, l.Kind, l.Serial, l.Date(), last), nil
}

// ParseLeaf reads what Leaf.Marshal wrote and nothing else.
func ParseLeaf(b []byte) (Leaf, error) {
	if len(b) > maxLeaf {
		return Leaf{}, fmt.Errorf("read a leaf: longer than %d bytes: %w", maxLeaf, ErrLeaf)
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) != 6 || lines[0] != leafHead || lines[5] != "" {
		return Leaf{}, fmt.Errorf("read a leaf: %w", ErrLeaf)
	}
	var l Leaf
	kind, okKind := strings.CutPrefix(lines[1], "kind ")
	serial, okSerial := strings.CutPrefix(lines[2], "serial ")
	date, okDate := strings.CutPrefix(lines[3], "date ")
	field, last, okLast := strings.Cut(lines[4], " ")
	n, errSerial := strconv.ParseUint(serial, 10, 32)
	at, errDate := time.Parse(time.DateOnly, date)
	if !okKind || !okSerial || !okDate || !okLast || errSerial != nil || errDate != nil {
		return Leaf{}, fmt.Errorf("read a leaf: %w", ErrLeaf)
	}
	l.Kind, l.Serial, l.Day = Kind(kind), uint32(n), int32(at.Unix()/86400)
	switch field {
	case "manifest", "digest":
		if d, err := hex.DecodeString(last); err != nil || copy(l.Digest[:], d) != 32 || len(d) != 32 {
			return Leaf{}, fmt.Errorf("read a leaf: %w", ErrLeaf)
		}
	case "path":
		l.Path = last
	}
	// One way to write a leaf means one way to read it: whatever slipped past
	// the lines above (a leading zero, capitals, a field of another kind) does
	// not come out again as it went in.
	again, err := l.Marshal()
	if err != nil || string(again) != string(b) {
		return Leaf{}, fmt.Errorf("read a leaf: %w", ErrLeaf)
	}
	return l, nil
}
