package envelope

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Nothing that names or unlocks somebody can be printed by accident, neither by
// itself nor from inside somebody else's struct.
func TestSecretsAreNotPrinted(t *testing.T) {
	d := newTestDesk(t, 1, 4)
	e := d.editors[0]
	p := newTestPhrase(t)
	s, err := DeriveSource(p, d.id)
	if err != nil {
		t.Fatal(err)
	}
	m := openedFrom(t, d, s)
	bundle, err := e.bundles[Daily].Bytes()
	if err != nil {
		t.Fatal(err)
	}
	manifest := newTestManifest(2)
	file, fileKey := manifest.Files[0], manifest.Files[0].Key.Bytes()
	author, fingerprint := m.Author.Bytes(), m.Contact.Fingerprint(d.id).Bytes()
	index := []byte{}
	for _, n := range p.words.get() {
		index = fmt.Appendf(index, "%d ", n)
	}
	secrets := map[string][]byte{
		"words":             []byte(p.Words()),
		"their numbers":     bytes.TrimSpace(index),
		"author secret":     s.keys.get().author.Bytes(),
		"inbox secret":      s.keys.get().inbox.mlkem.Bytes(),
		"own_vk":            s.keys.get().contact[32+xwingKeySize+dhSize:][:32],
		"ack":               s.keys.get().ack[:],
		"author":            author[:],
		"fingerprint":       fingerprint[:],
		"text":              m.Body(),
		"long-term secret":  e.lt.Bytes()[:32],
		"bundle secret":     bundle[16:48],
		"bundle ML-KEM key": bundle[48:112],
		"contact":           m.Contact.Bytes()[:32],
		"file key":          fileKey[:],
	}

	for _, v := range []struct {
		name  string
		value any
	}{
		{"Phrase", p}, {"*Phrase", &p}, {"Source", *s}, {"*Source", s},
		{"SecretLongTerm", *e.lt}, {"*SecretLongTerm", e.lt},
		{"SecretBundle", *e.bundles[Daily]}, {"*SecretBundle", e.bundles[Daily]},
		{"Opener", *e.opener(d.id)}, {"*Opener", e.opener(d.id)},
		{"Contact", m.Contact}, {"Author", m.Author}, {"Fingerprint", m.Contact.Fingerprint(d.id)},
		{"Message", *m}, {"*Message", m},
		{"FileKey", file.Key}, {"File", file}, {"ManifestBody", manifest}, {"*ManifestBody", &manifest},
		{"Successor", Successor{m.Contact, m.Author}},
		{"a map of authors", map[Author]Contact{m.Author: m.Contact}},
		{"the zero ones", []any{Phrase{}, Source{}, SecretLongTerm{}, SecretBundle{}, Opener{}, Contact{}, Author{}, Fingerprint{}, Message{}, FileKey{}, File{}, ManifestBody{}}},
	} {
		t.Run(v.name, func(t *testing.T) {
			for _, shown := range renderings(v.value) {
				for what, secret := range secrets {
					for _, spelt := range spellings(secret) {
						if strings.Contains(shown, spelt) {
							t.Errorf("shows the %s:\n%.300s", what, shown)
						}
					}
				}
			}
		})
	}
	t.Run("the test would notice", func(t *testing.T) {
		for what, secret := range secrets {
			found := false
			for _, shown := range renderings(struct{ b []byte }{secret}) {
				for _, spelt := range spellings(secret) {
					found = found || strings.Contains(shown, spelt)
				}
			}
			if !found {
				t.Errorf("%s in the open go unnoticed", what)
			}
		}
	})
}

// renderings are all ways in which a value may come to be seen: by itself, and
// from fields that fmt reads without asking the value.
func renderings(v any) []string {
	type outer struct {
		Shown  any
		hidden any
		list   []any
		byName map[string]any
	}
	o := outer{v, v, []any{v}, map[string]any{"v": v}}
	var all []string
	for _, v := range []any{v, o, &o, hiddenTyped(v)} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			all = append(all, fmt.Sprintf(verb, v))
		}
		var b bytes.Buffer
		slog.New(slog.NewTextHandler(&b, nil)).Info("text", "v", v)
		slog.New(slog.NewJSONHandler(&b, nil)).Info("json", "v", v, slog.Group("g", "v", v))
		all = append(all, b.String())
		text, err := json.Marshal(v) // an error is as good as a redaction
		all = append(all, string(text), fmt.Sprint(err))
	}
	return all
}

// hiddenTyped puts a value into a field of its own type that is not exported:
// there fmt neither asks an interface nor calls a method.
func hiddenTyped(v any) any {
	switch v := v.(type) {
	case Phrase:
		return struct{ v Phrase }{v}
	case Source:
		return struct{ v Source }{v}
	case SecretLongTerm:
		return struct{ v SecretLongTerm }{v}
	case SecretBundle:
		return struct{ v SecretBundle }{v}
	case Opener:
		return struct{ v Opener }{v}
	case Contact:
		return struct{ v Contact }{v}
	case Author:
		return struct{ v Author }{v}
	case Fingerprint:
		return struct{ v Fingerprint }{v}
	case Message:
		return struct{ v Message }{v}
	case FileKey:
		return struct{ v FileKey }{v}
	case File:
		return struct{ v File }{v}
	case ManifestBody:
		return struct{ v ManifestBody }{v}
	case Successor:
		return struct{ v Successor }{v}
	case map[Author]Contact:
		return struct{ v map[Author]Contact }{v}
	case []byte:
		return struct{ v []byte }{v}
	}
	return struct{ v any }{v}
}

// spellings are the ways in which Go would write bytes.
func spellings(b []byte) []string {
	return []string{
		string(b),
		hex.EncodeToString(b),
		strings.Trim(fmt.Sprintf("%v", b), "[]"),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", b), "[]byte{"), "}"),
		fmt.Sprintf("%q", b),
	}
}
