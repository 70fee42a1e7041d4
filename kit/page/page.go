// Package page makes the browser kit for one desk: a single HTML file with its
// style, its configuration and its script inside, pinned by their digests in
// the page's own content security policy. A page from a file can load nothing
// else, and this one may speak to nobody but its relay.
//
//	html, err := page.Build(page.Config{Name: "…", Root: root, Relay: "http://….onion"})
//	code, err := page.Fingerprint(html)
//
// It lies in the source's zone. The parts are built by kit/src and committed
// here; equal configurations give equal bytes. A page holds what is public: no
// key but the desk's public one, nothing about a source.
package page

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	_ "embed"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

var (
	// ErrConfig is returned for a configuration that no page can be made of.
	ErrConfig = errors.New("not a usable configuration of a page")

	// ErrPage is returned for a file that is not a page which Build makes.
	ErrPage = errors.New("not a kit's page, or one that somebody changed")
)

// A Config says for which desk a page is, and where its relay is.
type Config struct {
	Name   string            // of the desk, as people know it: 1 to 100 bytes on one line
	Root   ed25519.PublicKey // the desk's, pinned
	Relay  string            // scheme and host such as http://….onion, or empty for a page that only carries
	Serial uint32            // least serial of a charter that is taken
	Days   int               // of drops in a usual load, 7 or 28; 0 is 7
}

// The parts, in which {{names}} stand for what Build puts in.
var (
	//go:embed page.html
	frame string
	//go:embed kit.css
	style string
	//go:embed kit.js
	script string
)

const maxName = 100

// Build makes the page. The same configuration always gives the same bytes.
func Build(c Config) ([]byte, error) {
	config, err := c.marshal()
	if err != nil {
		return nil, err
	}
	return assemble(parts{style, config, script}, c.Relay)
}

// format names the configuration's form for the script that reads it.
const format = "hearsay-kit-1"

// document is the configuration as the page carries it.
type document struct {
	Format string `json:"format"`
	Name   string `json:"name"`
	Root   string `json:"root"`
	Relay  string `json:"relay"`
	Serial uint32 `json:"serial"`
	Days   int    `json:"days"`
}

// marshal checks the configuration and writes it so that no character can end
// the element that holds it: encoding/json escapes <, > and &.
func (c Config) marshal() (string, error) {
	if c.Name == "" || len(c.Name) > maxName || !utf8.ValidString(c.Name) || strings.TrimSpace(c.Name) != c.Name ||
		strings.ContainsFunc(c.Name, func(r rune) bool { return !unicode.IsGraphic(r) }) {
		return "", fmt.Errorf("the desk's name is empty, longer than %d bytes or not plain text: %w", maxName, ErrConfig)
	}
	if len(c.Root) != ed25519.PublicKeySize {
		return "", fmt.Errorf("the desk's root key is not %d bytes: %w", ed25519.PublicKeySize, ErrConfig)
	}
	if !validRelay(c.Relay) {
		return "", fmt.Errorf("the relay's address is not a scheme and a host in lower case, such as http://….onion: %w", ErrConfig)
	}
	days := c.Days
	if days == 0 {
		days = 7
	}
	if days != 7 && days != 28 { // nobody else asks for that
		return "", fmt.Errorf("a page fetches 7 days of drops or 28: %w", ErrConfig)
	}
	b, err := json.Marshal(document{format, c.Name, hex.EncodeToString(c.Root), c.Relay, c.Serial, days})
	if err != nil {
		return "", err
	}
	return string(b), nil
}

var hostname = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)

// validRelay takes an origin as browsers write it, and nothing that could mean
// more than one host in a policy.
func validRelay(address string) bool {
	if address == "" {
		return true
	}
	u, err := url.Parse(address)
	if err != nil || address != u.Scheme+"://"+u.Host || (u.Scheme != "http" && u.Scheme != "https") {
		return false
	}
	if port := u.Port(); port == map[string]string{"http": "80", "https": "443"}[u.Scheme] || strings.HasSuffix(u.Host, ":") {
		return false // browsers leave that out
	}
	if strings.HasPrefix(u.Host, "[") {
		ip, err := netip.ParseAddr(u.Hostname())
		return err == nil && ip.Is6() && ip.Zone() == "" && ip.String() == u.Hostname()
	}
	return hostname.MatchString(u.Hostname())
}

// parts are the texts by which a page is recognised, in the order of its
// fingerprint.
type parts struct{ style, config, script string }

// assemble puts a page together. What would end an element early, or be read
// otherwise than it is written, is refused: the digests would not hold.
func assemble(p parts, relay string) ([]byte, error) {
	for _, part := range []struct{ text, end string }{{p.style, "</style"}, {p.config, "</script"}, {p.script, "</script"}} {
		if !utf8.ValidString(part.text) || strings.ContainsAny(part.text, "\r\x00") ||
			strings.Contains(strings.ToLower(part.text), part.end) || strings.Contains(part.text, "<!--") {
			return nil, fmt.Errorf("a part cannot stand inside HTML: %w", ErrPage)
		}
	}
	var page bytes.Buffer
	rest := frame
	for _, hole := range []struct{ name, text string }{
		{"{{policy}}", policy(p, relay)}, {"{{style}}", p.style}, {"{{config}}", p.config}, {"{{script}}", p.script},
	} {
		before, after, ok := strings.Cut(rest, hole.name)
		if !ok {
			return nil, fmt.Errorf("the frame has no place for %s: %w", hole.name, ErrPage)
		}
		page.WriteString(before)
		page.WriteString(hole.text)
		rest = after
	}
	page.WriteString(rest)
	return page.Bytes(), nil
}

// policy lets the page do what it must and nothing else: run this script, wear
// this style, start a worker out of its own text, show a picture that it holds,
// and speak to its relay.
func policy(p parts, relay string) string {
	if relay == "" {
		relay = "'none'"
	}
	return strings.Join([]string{
		"default-src 'none'",
		"script-src " + source(p.script),
		"style-src " + source(p.style),
		"connect-src " + relay,
		"img-src blob:",
		"worker-src blob:",
		"base-uri 'none'",
		"form-action 'none'",
	}, "; ")
}

// source is an inline text in a policy (CSP level 3, section 2.3.1).
func source(text string) string {
	digest := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
}

// Fingerprint returns what people compare to know that a page is genuine: the
// first 15 bytes of SHA-256 over style, configuration and script, each with
// its length before it (u32), in base32, six groups of four. A file that has
// anything beside these three, or is made otherwise than Build makes it, is
// [ErrPage]: what its fingerprint does not cover could do anything.
func Fingerprint(html []byte) (string, error) {
	p, err := take(html)
	if err != nil {
		return "", err
	}
	h := sha256.New()
	for _, text := range []string{p.style, p.config, p.script} {
		var length [4]byte
		binary.BigEndian.PutUint32(length[:], uint32(len(text)))
		h.Write(length[:])
		h.Write([]byte(text))
	}
	text := strings.ToLower(base32.StdEncoding.EncodeToString(h.Sum(nil)[:15]))
	var groups []string
	for i := 0; i < len(text); i += 4 {
		groups = append(groups, text[i:i+4])
	}
	return strings.Join(groups, "-"), nil
}

// maxPage bounds what is read of a file that claims to be a page.
const maxPage = 4 << 20

// take finds the three texts and wants the rest to be exactly the frame.
func take(html []byte) (parts, error) {
	if len(html) > maxPage {
		return parts{}, fmt.Errorf("larger than any page: %w", ErrPage)
	}
	rest := string(html)
	between := func(open, end string) string {
		_, after, _ := strings.Cut(rest, open)
		text, after, _ := strings.Cut(after, end)
		rest = after
		return text
	}
	p := parts{
		style:  between("<style>", "</style>"),
		config: between(`<script type="application/json" id="config">`, "</script>"),
		script: between("<script>", "</script>"),
	}
	var d document
	if err := json.Unmarshal([]byte(p.config), &d); err != nil || d.Format != format {
		return parts{}, ErrPage
	}
	root, err := hex.DecodeString(d.Root)
	if err != nil {
		return parts{}, ErrPage
	}
	config, err := Config{d.Name, root, d.Relay, d.Serial, d.Days}.marshal()
	if err != nil || config != p.config {
		return parts{}, ErrPage
	}
	if whole, err := assemble(p, d.Relay); err != nil || !bytes.Equal(whole, html) {
		return parts{}, ErrPage
	}
	return p, nil
}
