//go:build linux || darwin

package main

import (
	"bytes"
	"compress/flate"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"hearsay"
	"hearsay/example"
)

// TestPublicBytes: no public byte names a source or a cut, tells that anyone
// was forced, shows that the reports which were set aside exist, or repeats a
// report that was not public.
func TestPublicBytes(t *testing.T) {
	dossier, err := example.Load()
	if err != nil {
		t.Fatal(err)
	}
	publicBytes(t, filepath.Join(playedExample(t).dir, "site"), dossier)
	publicBytes(t, filepath.Join(playedExample(t).dir, "desk", "edition"), dossier)
}

// TestPrivateBytes: nobody who takes the disks of relay and desk reads a word.
func TestPrivateBytes(t *testing.T) {
	dossier, err := example.Load()
	if err != nil {
		t.Fatal(err)
	}
	dir := playedExample(t).dir
	words := canaries(dossier)
	for _, of := range []string{"vault", "first", "second"} {
		b, err := os.ReadFile(filepath.Join(dir, "sticks", "passphrases", of))
		if err != nil {
			t.Fatal(err)
		}
		words = append(words, strings.TrimSpace(string(b)))
	}
	for _, zone := range []string{"relay", "desk"} {
		if err := findCanaries(filepath.Join(dir, zone), words); err != nil {
			t.Error(err)
		}
	}
	t.Run("the questions tell of no case, and not who could know", func(t *testing.T) {
		file, err := os.ReadFile(filepath.Join(dir, "desk", "questions"))
		if err != nil {
			t.Fatal(err)
		}
		const head = 56 // PROTOCOL.md section 4.2b
		asked, err := io.ReadAll(flate.NewReader(bytes.NewReader(file[head:])))
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"could_know", "kite", "KITE", "custody", `"record"`, `"case"`} {
			if bytes.Contains(asked, []byte(word)) {
				t.Errorf("they hold %q", word)
			}
		}
		if !bytes.Contains(asked, []byte("border/closure")) {
			t.Error("they do not ask about the border")
		}
	})
}

// setAside are words that only the reports have which were cut or forced, and
// SPARROW's first, which says nothing. Readers must find none.
var setAside = regexp.MustCompile(`(?i)\b(is calm|sent home|2,?500|never was any|old number|reach the others|` +
	`i am well|complain\w*|has been taken|at home|white rice|aunt|first try|the words you gave|nothing to tell|this arrives)\b`)

var (
	// fate is how one would speak of a source that was taken or forced.
	fate = regexp.MustCompile(`(?i)\b(captured|forced|hostile hands|coerced?|under duress)\b|quarantin|duress`)

	// The method page says once, in general, what holds a text back.
	fateInMethod = "it would show that a source is thought to be in hostile hands, or was forced;"
)

// publicBytes looks at every byte of a site's folder.
func publicBytes(t *testing.T, dir string, dossier *example.Dossier) {
	t.Helper()
	var names []string
	runs := map[string]string{} // eight words of a report that was not public, by the words
	var digests []string
	for _, r := range dossier.Reports {
		names = append(names, strings.ToLower(r.Source))
		if !public(r) {
			all := wordsOf(hearsay.PlainText([]byte(r.Body)))
			for i := 0; i+8 <= len(all); i++ {
				runs[strings.Join(all[i:i+8], " ")] = r.ID
			}
		}
		for _, body := range []string{r.Body, r.Body + "\n"} {
			sum := sha256.Sum256([]byte(body))
			digests = append(digests, hex.EncodeToString(sum[:8]), base64.StdEncoding.EncodeToString(sum[:9]), base64.URLEncoding.EncodeToString(sum[:9]))
		}
	}
	if len(runs) < 300 {
		t.Fatalf("the private reports have %d runs of eight words", len(runs))
	}
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		name, text := path[len(dir)+1:], string(b)
		if name == "method.html" {
			if strings.Count(text, fateInMethod) != 1 {
				t.Errorf("the method page does not say %q", fateInMethod)
			}
			text = strings.Replace(text, fateInMethod, "", 1)
		}
		for _, text := range []string{name, text, readable(text)} {
			all := wordsOf(text)
			for _, word := range all {
				if slices.Contains(names, word) {
					t.Errorf("%s names a source: %s", name, word)
				}
			}
			for i := 0; i+8 <= len(all); i++ {
				if id := runs[strings.Join(all[i:i+8], " ")]; id != "" {
					t.Errorf("%s repeats %s: %s", name, id, all[i:i+8])
				}
			}
			if word := fate.FindString(text); word != "" {
				t.Errorf("%s speaks of a source's fate: %q", name, word)
			}
			if piece := setAside.FindString(text); piece != "" {
				t.Errorf("%s has %q, which only a report that was set aside says", name, piece)
			}
			for _, digest := range digests {
				if strings.Contains(text, digest) {
					t.Errorf("%s has the digest of a report", name)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files < 10 {
		t.Fatalf("%s holds %d files", dir, files)
	}
}

// public reports whether all that a report says was published or is a document.
func public(r example.Report) bool {
	links := hearsay.ClaimLinks([]byte(r.Body))
	return len(links) > 0 && !slices.ContainsFunc(links, func(l hearsay.ClaimLink) bool {
		return l.Assertion.Basis != "published" && l.Assertion.Basis != "document"
	})
}

// wordsOf splits at whatever is neither letter nor digit.
func wordsOf(text string) []string {
	return strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
