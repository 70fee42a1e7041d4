package desk

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"hearsay"
	"hearsay/ledger"
)

func TestParseBulletin(t *testing.T) {
	for _, tt := range []struct {
		name, file string
		want       bulletinFile
		err        error
	}{
		{"a text alone", "# T\n\nx\n", bulletinFile{kind: hearsay.News, text: "# T\n\nx\n"}, nil},
		{"with front matter", "---\nid: b7\nkind: correction\ncorrects: \"b6\"\n---\n# T\n", bulletinFile{id: "b7", kind: hearsay.Correction, corrects: "b6", text: "# T\n"}, nil},
		{"from Windows", "---\r\nid: b7\r\n---\r\n# T\r\n\r\nx\r\n", bulletinFile{id: "b7", kind: hearsay.News, text: "# T\n\nx\n"}, nil},
		{"fields that are not known have no effect", "---\nid: b7\nuses:\n  - \"R1\"\n---\n# T\n", bulletinFile{id: "b7", kind: hearsay.News, text: "# T\n"}, nil},
		{"a rule in the text is no end", "---\nid: b7\n---\n# T\n\n---\n\nx\n", bulletinFile{id: "b7", kind: hearsay.News, text: "# T\n\n---\n\nx\n"}, nil},
		{"front matter without an end", "---\nid: b7\n# T\n", bulletinFile{}, ErrFrontMatter},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseBulletin(tt.file)
			if !errors.Is(err, tt.err) || err == nil && got != tt.want {
				t.Errorf("parseBulletin = %+v, %v, want %+v, %v", got, err, tt.want, tt.err)
			}
		})
	}
}

func FuzzParseBulletin(f *testing.F) {
	f.Add("---\nid: b7\nkind: correction\ncorrects: b6\n---\n# T\n\nx\n")
	f.Add("---\r\n---\r\n")
	f.Add("no front matter")
	f.Fuzz(func(t *testing.T, file string) {
		b, err := parseBulletin(file)
		if err == nil && !strings.HasSuffix(strings.ReplaceAll(file, "\r\n", "\n"), b.text) {
			t.Errorf("the text %q is not the end of the file", b.text)
		}
	})
}

func TestParseClaims(t *testing.T) {
	got, err := ParseClaims([]byte(claims))
	if err != nil || len(got) != 3 {
		t.Fatalf("ParseClaims = %d, %v", len(got), err)
	}
	for _, c := range got {
		if c.Asked != (c.Case == "") {
			t.Errorf("%s: asked %v, of case %q", c.Key, c.Asked, c.Case)
		}
	}
	t.Run("kits are told nothing of cases, and of who could know", func(t *testing.T) {
		b, err := questionsJSON(got)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(b, []byte("border/gate")) || bytes.Contains(b, []byte("kite")) || bytes.Contains(b, []byte("KITE")) || bytes.Contains(b, []byte("could_know")) {
			t.Errorf("the questions are %s", b)
		}
	})
	for name, document := range map[string]string{
		"no JSON": "claims", "two documents": claims + claims, "a list": "[]", "none": `{"claims": []}`, "more than 1 MiB": strings.Repeat(" ", maxClaims) + claims,
		"one that stands twice":   `{"claims": [{"key": "a/b", "type": "truth", "question": "Is it?", "could_know": "many"}, {"key": "a/b", "type": "truth", "question": "Is it?", "could_know": "many"}]}`,
		"one without a question":  `{"claims": [{"key": "a/b", "type": "truth", "could_know": "many"}]}`,
		"one of an unknown type":  `{"claims": [{"key": "a/b", "type": "wish", "question": "Is it?", "could_know": "many"}]}`,
		"one whose key is no key": `{"claims": [{"key": "A B", "type": "truth", "question": "Is it?", "could_know": "many"}]}`,
	} {
		t.Run(name+" is refused", func(t *testing.T) {
			if _, err := ParseClaims([]byte(document)); !errors.Is(err, ErrClaims) {
				t.Errorf("ParseClaims = %v", err)
			}
		})
	}
}

func FuzzParseClaims(f *testing.F) {
	f.Add([]byte(claims))
	f.Add([]byte(`{"claims": [{"key": "a/b", "type": "number", "unit": "x", "tolerance": "2%", "scale": "log", "series": "day", "question": "?", "could_know": 3}]}`))
	f.Add([]byte(`{"claims": null}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		got, err := ParseClaims(document)
		if err != nil {
			if !errors.Is(err, ErrClaims) {
				t.Errorf("it fails with %v", err)
			}
			return
		}
		for _, c := range got {
			if err := c.Validate(); err != nil {
				t.Error(err)
			}
		}
	})
}

const (
	plover = "Carts stand in front of the customs house and nobody lets them through: it [is shut](claim:border/closure?value=closed&basis=told&at=2026-03-01). The [gate is guarded](claim:border/gate?value=guarded&basis=seen)."
	news   = "---\nid: b1\n---\n# The border\n\n[It is closed](claim:border/closure).\n"
)

func TestPublishText(t *testing.T) {
	s := newStand(t, false)
	if err := s.KeyIn(t.Context(), "ana", "PLOVER", plover); err != nil {
		t.Fatal(err)
	}
	if findings, err := s.Gate(t.Context(), news); err != nil || slices.ContainsFunc(findings, Finding.Stops) {
		t.Errorf("Gate = %+v, %v", findings, err)
	}
	t.Run("what the gate blocks stays a draft", func(t *testing.T) {
		id, err := s.PublishText(t.Context(), "ana", "---\nid: b2\n---\n# A gate\n\n[It is guarded](claim:border/gate), says Plover.\n")
		var blocked *Blocked
		if !errors.As(err, &blocked) || id != "b2" || len(blocked.Findings) < 2 {
			t.Fatalf("PublishText = %q, %v", id, err)
		}
		if kept, err := s.book.Bulletin(t.Context(), "b2"); err != nil || kept.Published {
			t.Errorf("the draft is %+v, %v", kept, err)
		}
		if _, err := os.Stat(s.Edition() + "/" + editionFile); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("there is an edition: %v", err)
		}
	})
	t.Run("a text without an id is asked for one", func(t *testing.T) {
		if _, err := s.PublishText(t.Context(), "ana", "# T\n\nx\n"); !errors.Is(err, ErrFrontMatter) {
			t.Errorf("PublishText = %v", err)
		}
	})
	t.Run("what passes is in edition and ledger", func(t *testing.T) {
		if id, err := s.PublishText(t.Context(), "ana", news); err != nil || id != "b1" {
			t.Fatalf("PublishText = %q, %v", id, err)
		}
		log, err := ledger.Open(os.DirFS(s.ledgerDir()))
		if err != nil {
			t.Fatal(err)
		}
		if newest, _, ok := log.Newest(); !ok || newest.Serial != 1 || newest.Day != int32(s.today()) {
			t.Errorf("the newest leaf is %+v", newest)
		}
		edition, err := hearsay.UnmarshalEdition(read(t, s.Edition()+"/"+editionFile))
		if err != nil || len(edition.Bulletins) != 1 || edition.Bulletins[0].ID != "b1" {
			t.Errorf("the edition has %+v, %v", edition.Bulletins, err)
		}
	})
	t.Run("a kill between casebook, ledger and edition is made good", func(t *testing.T) {
		if err := s.book.Draft(t.Context(), "ana", "b3", hearsay.News, "# Again\n\n[It is closed](claim:border/closure).\n", ""); err != nil {
			t.Fatal(err)
		}
		if err := s.book.Publish(t.Context(), "ana", "b3"); err != nil { // and no further
			t.Fatal(err)
		}
		s.reopen()
		whole := read(t, s.Edition()+"/"+editionFile)
		write(t, s.Edition()+"/"+editionFile, []byte("{"))
		s.reopen()
		if again := read(t, s.Edition()+"/"+editionFile); !bytes.Equal(again, whole) || !bytes.Contains(again, []byte(`"b3"`)) {
			t.Error("the edition was not finished")
		}
		log, err := ledger.Open(os.DirFS(s.ledgerDir()))
		if err != nil || log.Size() != 2 {
			t.Errorf("the ledger has %d leaves, %v", log.Size(), err)
		}
	})
}

func TestCaptured(t *testing.T) {
	s := newStand(t, false)
	for source, text := range map[string]string{"PLOVER": plover, "WREN": "I saw it: [closed](claim:border/closure?value=closed&basis=seen)."} {
		if err := s.KeyIn(t.Context(), "ana", source, text); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.PublishText(t.Context(), "ana", news); err != nil {
		t.Fatal(err)
	}
	before := read(t, s.Edition()+"/"+editionFile)
	held := s.book.Claims()
	if _, err := s.Captured(t.Context(), "ana", "HERON", s.today(), false); !errors.Is(err, ErrSource) {
		t.Errorf("a source that is none: %v", err)
	}
	if _, err := s.Captured(t.Context(), "ana", "WREN", 0, true); err == nil {
		t.Error("a cut was lifted that was not set")
	}
	cut, err := s.Captured(t.Context(), "ana", "WREN", s.today(), false)
	if err != nil || cut.Reports != 1 || !slices.Equal(cut.Bulletins, []string{"b1"}) ||
		!slices.Equal(cut.Regrades, []Change{{"border/closure", "corroborated, closed -> chatter, closed"}}) {
		t.Errorf("the cut: %+v, %v", cut, err)
	}
	lifted, err := s.Captured(t.Context(), "ana", "WREN", 0, true)
	if err != nil || lifted.Reports != 1 || !slices.Equal(lifted.Regrades, []Change{{"border/closure", "chatter, closed -> corroborated, closed"}}) {
		t.Errorf("the lifting: %+v, %v", lifted, err)
	}
	for i, c := range s.book.Claims() {
		if c.Standing != held[i].Standing || c.P != held[i].P {
			t.Errorf("%s was %s and is %s", c.Address, held[i].Standing, c.Standing)
		}
	}
	if !bytes.Equal(read(t, s.Edition()+"/"+editionFile), before) {
		t.Error("something of it was published by itself")
	}
}
