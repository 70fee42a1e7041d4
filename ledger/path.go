package ledger

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Folder is the name of the ledger in a published site. No page lies in it.
const Folder = "ledger"

// ErrPath tells that a path has no place in a manifest.
var ErrPath = errors.New("not a path that a manifest may hold")

const (
	maxPath    = 240 // so that the whole still fits on a FAT drive below a few folders
	maxSegment = 100
	maxDepth   = 16
)

// reserved names open a device instead of a file on some systems, whatever
// their extension.
var reserved = []string{"con", "prn", "aux", "nul"}

// ValidPath refuses a path that would not be one and the same file everywhere:
// segments of a-z, 0-9 and - _ . @ joined by slashes, none of them hidden,
// relative, ending in a dot or naming a device, and nothing below the ledger.
// Lower-case ASCII has one Unicode normal form and no two spellings on a file
// system that folds case.
func ValidPath(p string) error {
	fail := func(why string) error { return fmt.Errorf("%s: %s: %w", printable(p), why, ErrPath) }
	if p == "" || len(p) > maxPath {
		return fail("it is empty or too long")
	}
	segments := strings.Split(p, "/")
	if len(segments) > maxDepth {
		return fail("it lies too deep")
	}
	if segments[0] == Folder {
		return fail("it lies in the ledger")
	}
	for _, s := range segments {
		switch {
		case s == "" || len(s) > maxSegment:
			return fail("a segment is empty or too long")
		case s[0] == '.' || s[len(s)-1] == '.':
			return fail("a segment begins or ends with a dot")
		case strings.ContainsFunc(s, func(r rune) bool { return !isPathRune(r) }):
			return fail("it has a character other than a-z, 0-9 and - _ . @")
		case namesDevice(s):
			return fail("a segment names a device")
		}
	}
	return nil
}

func isPathRune(r rune) bool {
	return 'a' <= r && r <= 'z' || '0' <= r && r <= '9' || strings.ContainsRune("-_.@", r)
}

func namesDevice(segment string) bool {
	stem, _, _ := strings.Cut(segment, ".")
	if slices.Contains(reserved, stem) {
		return true
	}
	return len(stem) == 4 && (stem[:3] == "com" || stem[:3] == "lpt") && '0' <= stem[3] && stem[3] <= '9'
}

// printable quotes a stranger's name unless it is plain, since it may carry
// escapes for the terminal that it is printed on.
func printable(name string) string {
	plain := name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' })
	if len(name) > 2*maxPath {
		name = name[:2*maxPath] + "..."
	}
	if plain {
		return name
	}
	return fmt.Sprintf("%+q", name)
}
