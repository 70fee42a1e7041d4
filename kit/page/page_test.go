package page_test

import (
	"bytes"
	"compress/gzip"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hearsay/kit/page"
)

// The public key of RFC 8032, section 7.1, test 1.
const rootHex = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"

func config(t testing.TB) page.Config {
	t.Helper()
	root, err := hex.DecodeString(rootHex)
	if err != nil {
		t.Fatal(err)
	}
	return page.Config{Name: "The Example Desk", Root: root, Relay: "http://127.0.0.1:8700", Serial: 20}
}

func build(t testing.TB, c page.Config) []byte {
	t.Helper()
	html, err := page.Build(c)
	if err != nil {
		t.Fatal(err)
	}
	return html
}

func TestBuild(t *testing.T) {
	html := build(t, config(t))
	t.Run("the same desk gives the same bytes", func(t *testing.T) {
		if !bytes.Equal(html, build(t, config(t))) {
			t.Error("two pages of one configuration differ")
		}
	})
	t.Run("it has the configuration that the script reads", func(t *testing.T) {
		want := `<script type="application/json" id="config">{"format":"hearsay-kit-1","name":"The Example Desk","root":"` + rootHex + `","relay":"http://127.0.0.1:8700","serial":20,"days":7}</script>`
		if !bytes.Contains(html, []byte(want)) {
			t.Errorf("it lacks %s", want)
		}
	})
	t.Run("it has one style, one script, and nothing from elsewhere", func(t *testing.T) {
		frame := regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>`).ReplaceAll(html, nil)
		if n := len(regexp.MustCompile(`(?s)<style>.*?</style>|<script>.*?</script>`).FindAll(html, -1)); n != 2 {
			t.Errorf("%d elements of style and script, want 2", n)
		}
		for _, never := range []string{"src=", "href=", "http://", "https://", "url(", "@import", "style=", "<form", "<a "} {
			if bytes.Contains(bytes.ReplaceAll(frame, []byte("http://127.0.0.1:8700"), nil), []byte(never)) {
				t.Errorf("the frame has %s", never)
			}
		}
	})
	t.Run("its policy pins style and script, and names the relay alone", func(t *testing.T) {
		m := regexp.MustCompile(`<meta http-equiv="Content-Security-Policy" content="([^"]*)">`).FindSubmatch(html)
		if m == nil {
			t.Fatal("no policy")
		}
		between := func(open, end string) string {
			_, after, _ := strings.Cut(string(html), open)
			text, _, _ := strings.Cut(after, end)
			digest := sha256.Sum256([]byte(text))
			return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
		}
		want := "default-src 'none'; script-src " + between("<script>", "</script>") + "; style-src " + between("<style>", "</style>") +
			"; connect-src http://127.0.0.1:8700; img-src blob:; worker-src blob:; base-uri 'none'; form-action 'none'"
		if string(m[1]) != want {
			t.Errorf("policy %s\nwant   %s", m[1], want)
		}
		if bytes.Index(html, m[0]) > bytes.Index(html, []byte("<style>")) {
			t.Error("the policy comes after what it pins")
		}
	})
	t.Run("a page that only carries speaks to nobody", func(t *testing.T) {
		c := config(t)
		c.Relay = ""
		if !bytes.Contains(build(t, c), []byte("connect-src 'none'")) {
			t.Error("it may connect to something")
		}
	})
	t.Run("a name cannot be more than a name", func(t *testing.T) {
		c := config(t)
		c.Name = `</script><script>alert("1")</script><!-- & '`
		if text := string(build(t, c)); strings.Contains(text, "<script>alert") || strings.Contains(text, "<!--") {
			t.Error("a name became markup")
		}
	})
}

func TestBuildRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*page.Config)
	}{
		{"a desk without a name", func(c *page.Config) { c.Name = "" }},
		{"a name of two lines", func(c *page.Config) { c.Name = "a\nb" }},
		{"a name that cannot be seen", func(c *page.Config) { c.Name = "a\u200eb" }},
		{"a name with spaces around it", func(c *page.Config) { c.Name = " a" }},
		{"a name longer than 100 bytes", func(c *page.Config) { c.Name = strings.Repeat("가", 34) }},
		{"a name that is not UTF-8", func(c *page.Config) { c.Name = "\xff" }},
		{"a root key of another length", func(c *page.Config) { c.Root = c.Root[:31] }},
		{"an address with a path", func(c *page.Config) { c.Relay += "/x" }},
		{"an address with a slash", func(c *page.Config) { c.Relay += "/" }},
		{"an address with two hosts for the policy", func(c *page.Config) { c.Relay = "http://a.onion http://b.onion" }},
		{"an address that ends its directive", func(c *page.Config) { c.Relay = "http://a.onion;script-src" }},
		{"an address with a quote", func(c *page.Config) { c.Relay = `http://a.onion">` }},
		{"an address of any host", func(c *page.Config) { c.Relay = "http://*.onion" }},
		{"an address with a user", func(c *page.Config) { c.Relay = "http://u@a.onion" }},
		{"an address in upper case", func(c *page.Config) { c.Relay = "http://A.onion" }},
		{"an address with the usual port", func(c *page.Config) { c.Relay = "http://a.onion:80" }},
		{"an address of another scheme", func(c *page.Config) { c.Relay = "ws://a.onion" }},
		{"an address without a host", func(c *page.Config) { c.Relay = "http://" }},
		{"five days", func(c *page.Config) { c.Days = 5 }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := config(t)
			c.Root = slices.Clone(c.Root)
			tt.change(&c)
			if html, err := page.Build(c); !errors.Is(err, page.ErrConfig) || html != nil {
				t.Errorf("Build = %d bytes, %v; want %v", len(html), err, page.ErrConfig)
			}
		})
	}
}

func TestFingerprint(t *testing.T) {
	html := build(t, config(t))
	code, err := page.Fingerprint(html)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("six groups of four", func(t *testing.T) {
		if !regexp.MustCompile(`^([a-z2-7]{4}-){5}[a-z2-7]{4}$`).MatchString(code) {
			t.Errorf("it is %q", code)
		}
	})
	t.Run("another desk, relay, name, serial or load is another page", func(t *testing.T) {
		seen := map[string]bool{code: true}
		for _, change := range []func(*page.Config){
			func(c *page.Config) { c.Root = make(ed25519.PublicKey, 32) },
			func(c *page.Config) { c.Relay = "http://127.0.0.1:8701" },
			func(c *page.Config) { c.Relay = "" },
			func(c *page.Config) { c.Relay = "http://[::1]:8700" },
			func(c *page.Config) { c.Name = "The Example Disk" },
			func(c *page.Config) { c.Serial++ },
			func(c *page.Config) { c.Days = 28 },
		} {
			c := config(t)
			change(&c)
			other, err := page.Fingerprint(build(t, c))
			if err != nil || seen[other] {
				t.Errorf("%q, %v", other, err)
			}
			seen[other] = true
		}
	})
	t.Run("a file with anything beside the three has none", func(t *testing.T) {
		for name, change := range map[string]func([]byte) []byte{
			"a script before": func(b []byte) []byte {
				return bytes.Replace(b, []byte("<style>"), []byte("<script>x()</script><style>"), 1)
			},
			"a script after": func(b []byte) []byte {
				return bytes.Replace(b, []byte("</body>"), []byte("<script>x()</script></body>"), 1)
			},
			"a refresh": func(b []byte) []byte {
				return bytes.Replace(b, []byte("<title>"), []byte(`<meta http-equiv="refresh" content="9;url=http://x">`+"<title>"), 1)
			},
			"a looser policy": func(b []byte) []byte {
				return bytes.Replace(b, []byte("default-src 'none'"), []byte("default-src *"), 1)
			},
			"another title":    func(b []byte) []byte { return bytes.Replace(b, []byte("<title>N"), []byte("<title>M"), 1) },
			"a space at last":  func(b []byte) []byte { return append(b, ' ') },
			"a changed script": func(b []byte) []byte { return bytes.Replace(b, []byte("<script>"), []byte("<script> "), 1) },
			"a changed style":  func(b []byte) []byte { return bytes.Replace(b, []byte("</style>"), []byte(" </style>"), 1) },
			"another form of the same configuration": func(b []byte) []byte {
				return bytes.Replace(b, []byte(`"serial":20`), []byte(`"serial": 20`), 1)
			},
			"half of it": func(b []byte) []byte { return b[:len(b)/2] },
			"nothing":    func([]byte) []byte { return nil },
			"too much":   func(b []byte) []byte { return append(b, make([]byte, 5<<20)...) },
		} {
			t.Run(name, func(t *testing.T) {
				if code, err := page.Fingerprint(change(bytes.Clone(html))); !errors.Is(err, page.ErrPage) || code != "" {
					t.Errorf("Fingerprint = %q, %v", code, err)
				}
			})
		}
	})
}

func FuzzFingerprint(f *testing.F) {
	html := build(f, config(f))
	f.Add(html)
	f.Add(html[:len(html)/2])
	f.Add([]byte("<style></style><script type=\"application/json\" id=\"config\">{}</script><script></script>"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if _, err := page.Fingerprint(b); err != nil {
			return
		}
		if len(b) < len(html)/2 || !bytes.HasPrefix(b, html[:60]) {
			t.Error("a file that Build cannot have made has a fingerprint")
		}
	})
}

// TestSize: page, script, style and languages come over the wire in 100 kB.
func TestSize(t *testing.T) {
	html := build(t, config(t))
	var squeezed bytes.Buffer
	w, err := gzip.NewWriterLevel(&squeezed, gzip.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, bytes.NewReader(html)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, %d by gzip", len(html), squeezed.Len())
	if squeezed.Len() > 100_000 {
		t.Errorf("%d bytes by gzip, at most 100,000", squeezed.Len())
	}
}
