package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// ErrManifest tells that bytes are not a manifest of this format.
var ErrManifest = errors.New("not a manifest")

// ErrSalts tells that bytes are not the salts of a manifest of this format.
var ErrSalts = errors.New("not the salts of a manifest")

// MaxPages is how many files an edition may have.
const MaxPages = 1 << 18

const (
	manifestHead = "hearsay manifest 1"
	saltsHead    = "hearsay salts 1"
	maxManifest  = MaxPages * (64 + 1 + 60 + 1) // 60 bytes to a path, on average
	pageLabel    = "\x08hs1-page"               // T("hs1-page")
)

// Salt hides what a digest is of. It is as secret as the page: public while the
// page is, and gone with it.
type Salt [32]byte

// Digest returns SHA-256(T("hs1-page") || salt || bytes).
func Digest(salt Salt, page []byte) [32]byte {
	h := sha256.New()
	h.Write([]byte(pageLabel))
	h.Write(salt[:])
	h.Write(page)
	return [32]byte(h.Sum(nil))
}

// digestFrom is Digest of all that r gives, up to limit bytes; more is an error.
func digestFrom(salt Salt, r io.Reader, limit int64) (digest [32]byte, n int64, err error) {
	h := sha256.New()
	h.Write([]byte(pageLabel))
	h.Write(salt[:])
	n, err = io.Copy(h, io.LimitReader(r, limit+1))
	if err == nil && n > limit {
		err = errTooLarge
	}
	return [32]byte(h.Sum(nil)), n, err
}

// Page is one line of a manifest.
type Page struct {
	Path   string
	Digest [32]byte
}

// Manifest lists the files of one edition by salted digest, in order of path.
type Manifest struct {
	Edition uint32
	Pages   []Page
}

// Salts are the salts of one edition by path.
type Salts struct {
	Edition uint32
	Of      map[string]Salt
}

// Find returns the digest of a path.
func (m Manifest) Find(path string) (digest [32]byte, ok bool) {
	i, ok := slices.BinarySearchFunc(m.Pages, path, func(p Page, path string) int { return strings.Compare(p.Path, path) })
	if !ok {
		return [32]byte{}, false
	}
	return m.Pages[i].Digest, true
}

// Holds reports whether the edition has this page at this path.
func (m Manifest) Holds(salts Salts, path string, page []byte) bool {
	digest, listed := m.Find(path)
	salt, salted := salts.Of[path]
	return listed && salted && m.Edition == salts.Edition && Digest(salt, page) == digest
}

// Marshal writes the manifest.
func (m Manifest) Marshal() []byte {
	b := fmt.Appendf(nil, "%s\nedition %d\n", manifestHead, m.Edition)
	for _, p := range m.Pages {
		b = appendLine(b, p.Digest[:], p.Path)
	}
	return b
}

// ParseManifest reads what Manifest.Marshal wrote and nothing else: paths that
// ValidPath takes, each once, in order, and none that is a folder of another.
func ParseManifest(b []byte) (Manifest, error) {
	fail := func(why string) (Manifest, error) {
		return Manifest{}, fmt.Errorf("read a manifest: %s: %w", why, ErrManifest)
	}
	edition, lines, err := parseLines(b, manifestHead)
	if err != nil {
		return fail(err.Error())
	}
	m := Manifest{Edition: edition}
	for _, l := range lines {
		m.Pages = append(m.Pages, Page{l.path, l.bytes})
	}
	if err := checkFolders(m.Pages); err != nil {
		return fail(err.Error())
	}
	if !bytes.Equal(m.Marshal(), b) {
		return fail("it is not written as we would")
	}
	return m, nil
}

// Marshal writes the salts.
func (s Salts) Marshal() []byte {
	b := fmt.Appendf(nil, "%s\nedition %d\n", saltsHead, s.Edition)
	for _, path := range slices.Sorted(maps.Keys(s.Of)) {
		salt := s.Of[path]
		b = appendLine(b, salt[:], path)
	}
	sum := sha256.Sum256(b)
	return fmt.Appendf(b, "sum %x\n", sum)
}

// ParseSalts reads what Salts.Marshal wrote and nothing else.
func ParseSalts(b []byte) (Salts, error) {
	fail := func(why string) (Salts, error) {
		return Salts{}, fmt.Errorf("read salts: %s: %w", why, ErrSalts)
	}
	const tail = len("sum \n") + 64
	if len(b) < tail {
		return fail("too short")
	}
	edition, lines, err := parseLines(b[:len(b)-tail], saltsHead)
	if err != nil {
		return fail(err.Error())
	}
	s := Salts{Edition: edition, Of: make(map[string]Salt, len(lines))}
	for _, l := range lines {
		s.Of[l.path] = l.bytes
	}
	if !bytes.Equal(s.Marshal(), b) {
		return fail("their sum is wrong, or they are not written as we would")
	}
	return s, nil
}

type line struct {
	bytes [32]byte
	path  string
}

func appendLine(b, sum []byte, path string) []byte {
	b = hex.AppendEncode(b, sum)
	b = append(b, ' ')
	b = append(b, path...)
	return append(b, '\n')
}

// parseLines reads a head, an edition and lines of 32 bytes and a path. Its
// errors are reasons for its callers to wrap.
func parseLines(b []byte, head string) (edition uint32, lines []line, err error) {
	if len(b) > maxManifest {
		return 0, nil, errors.New("too long")
	}
	rest, ok := strings.CutPrefix(string(b), head+"\nedition ")
	serial, rest, okLine := strings.Cut(rest, "\n")
	n, errSerial := strconv.ParseUint(serial, 10, 32)
	if !ok || !okLine || errSerial != nil || n == 0 {
		return 0, nil, errors.New("its head is another")
	}
	for text := range strings.Lines(rest) {
		var l line
		if len(text) < 64+3 || len(lines) == MaxPages {
			return 0, nil, errors.New("a line is too short, or there are too many")
		}
		if _, err := hex.Decode(l.bytes[:], []byte(text[:64])); err != nil {
			return 0, nil, errors.New("a line does not begin with 64 hexadecimal digits")
		}
		l.path = strings.TrimSuffix(text[65:], "\n")
		if err := ValidPath(l.path); err != nil {
			return 0, nil, err
		}
		if len(lines) > 0 && lines[len(lines)-1].path >= l.path {
			return 0, nil, errors.New("a path stands twice or out of order")
		}
		lines = append(lines, l)
	}
	return uint32(n), lines, nil
}

// checkFolders refuses a page whose path is a folder of another: no file
// system could hold both.
func checkFolders(pages []Page) error {
	paths := make(map[string]bool, len(pages))
	for _, p := range pages {
		paths[p.Path] = true
	}
	for _, p := range pages {
		for folder := range folders(p.Path) {
			if paths[folder] {
				return fmt.Errorf("%s is a page and a folder", folder)
			}
		}
	}
	return nil
}

// folders yields every folder above a path, from the top, without ".".
func folders(path string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(path) {
			if path[i] == '/' && !yield(path[:i]) {
				return
			}
		}
	}
}
