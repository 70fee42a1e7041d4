package ledger

import (
	"bytes"
	"crypto/sha256"
	"slices"
	"testing"

	"golang.org/x/mod/sumdb/note"
)

// Each of these holds a parser to two things: it refuses without a panic, and
// what it accepts it would itself have written, so that nobody can change a
// signed file to another spelling of the same.

func FuzzParseLeaf(f *testing.F) {
	for _, l := range []Leaf{
		{Kind: KindEdition, Serial: 7, Day: 18790, Digest: sha256.Sum256([]byte("manifest"))},
		{Kind: KindWithdrawal, Serial: 7, Day: 18790, Path: "bulletins/b1.html"},
		{Kind: KindKey, Serial: 1, Day: maxDay, Digest: sha256.Sum256([]byte("key"))},
	} {
		b, err := l.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(bytes.ToUpper(b))
		f.Add(bytes.Replace(b, []byte("serial 7"), []byte("serial 07"), 1))
	}
	f.Add([]byte("hearsay leaf 1\nkind rumour\nserial 1\ndate 2020-01-01\ndigest 00\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		l, err := ParseLeaf(b)
		if err != nil {
			return
		}
		again, err := l.Marshal()
		if err != nil || !bytes.Equal(again, b) {
			t.Errorf("accepted %q and would write %q, %v", b, again, err)
		}
	})
}

func FuzzParseManifest(f *testing.F) {
	m := Manifest{Edition: 7, Pages: []Page{{"a/b.html", [32]byte{1}}, {"index.html", [32]byte{2}}}}
	f.Add(m.Marshal())
	f.Add(Manifest{Edition: 1}.Marshal())
	slices.Reverse(m.Pages)
	f.Add(m.Marshal())
	f.Add(Manifest{Edition: 7, Pages: []Page{{"a", [32]byte{1}}, {"a-b", [32]byte{1}}, {"a/b", [32]byte{2}}}}.Marshal())
	f.Add([]byte("hearsay manifest 1\nedition 0\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseManifest(b)
		if err == nil && !bytes.Equal(m.Marshal(), b) {
			t.Errorf("accepted %q and would write %q", b, m.Marshal())
		}
	})
}

func FuzzParseSalts(f *testing.F) {
	f.Add(Salts{Edition: 7, Of: map[string]Salt{"a/b.html": {1}, "index.html": {2}}}.Marshal())
	f.Add(Salts{Edition: 1}.Marshal())
	f.Add([]byte("hearsay salts 1\nedition 1\nsum \n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseSalts(b)
		if err == nil && !bytes.Equal(s.Marshal(), b) {
			t.Errorf("accepted %q and would write %q", b, s.Marshal())
		}
	})
}

func FuzzParseBundle(f *testing.F) {
	f.Add(appendBundle(nil, []byte("one"), nil, []byte("three")), 3)
	f.Add(appendBundle(nil, []byte("one")), 2)
	f.Add([]byte{0xff, 0xff}, 1)
	f.Fuzz(func(t *testing.T, b []byte, width int) {
		if width < 1 || width > tileWidth {
			return
		}
		entries, err := parseBundle(b, width)
		if err == nil && (len(entries) != width || !bytes.Equal(appendBundle(nil, entries...), b)) {
			t.Errorf("accepted %q as %q", b, entries)
		}
	})
}

func FuzzParseMemory(f *testing.F) {
	_, key := testKey(f, "example-desk", "desk")
	f.Add([]byte(memoryHead + "\n"))
	f.Add([]byte(memoryHead + "\nlog " + key + " 3 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\nplace 0123456789abcdef example-desk\n"))
	f.Add([]byte(memoryHead + "\nplace 0123456789abcdef nobody\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := ParseMemory(b)
		if err == nil && !bytes.Equal(m.Marshal(), b) {
			t.Errorf("accepted %q and would write %q", b, m.Marshal())
		}
	})
}

func FuzzOpenCheckpoint(f *testing.F) {
	signer, key := testKey(f, "example-desk", "desk")
	verifier, err := note.NewVerifier(key)
	if err != nil {
		f.Fatal(err)
	}
	d := newCrashDisk()
	if err := create(d, signer, key); err != nil {
		f.Fatal(err)
	}
	b, err := readFile(d, checkpointFile, maxCheckpoint)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add(respell(slices.Clone(b)))
	f.Add(append(slices.Clone(b), "— example-desk AAAAAAAA\n"...))
	f.Fuzz(func(t *testing.T, got []byte) {
		// Only one spelling of the only checkpoint that was ever signed passes.
		if _, err := openCheckpoint(got, verifier); err == nil && !bytes.Equal(got, b) {
			t.Errorf("accepted %q", got)
		}
	})
}
