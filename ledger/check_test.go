package ledger

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/note"
)

// edition is what the sites of these tests have in them.
func edition(serial uint32) map[string]string {
	pages := map[string]string{
		"index.html":           fmt.Sprint("front of edition ", serial),
		"bulletins/b1.html":    "the border is shut",
		"bulletins/b2.html":    "rice jumps",
		"claims/border/x.html": "closed",
	}
	if serial > 1 {
		pages["bulletins/b3.html"] = "another"
	}
	return pages
}

// buildSite publishes editions, puts the pages beside the ledger and reads the
// whole into memory.
func buildSite(t testing.TB, signer note.Signer, key string, editions uint32, then ...func(ledger string)) fstest.MapFS {
	t.Helper()
	dir := t.TempDir()
	at := filepath.Join(dir, Folder)
	if err := os.Mkdir(at, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := Create(at, signer, key); err != nil {
		t.Fatal(err)
	}
	for serial := uint32(1); serial <= editions; serial++ {
		if err := Publish(at, signer, serial, 18300+int32(serial), inOrder(edition(serial)), &counting{n: int(serial) * 100}); err != nil {
			t.Fatal(err)
		}
	}
	for _, do := range then {
		do(at)
	}
	site := files(t, dir)
	for path, page := range edition(editions) {
		site[path] = &fstest.MapFile{Data: []byte(page), Mode: 0o644}
	}
	return site
}

func clone(m fstest.MapFS) fstest.MapFS {
	out := fstest.MapFS{}
	for name, f := range m {
		out[name] = &fstest.MapFile{Data: slices.Clone(f.Data), Mode: f.Mode}
	}
	return out
}

func check(t testing.TB, site fs.FS, known Known) Report {
	t.Helper()
	r, err := Check(context.Background(), site, known)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestCheckPasses(t *testing.T) {
	signer, key := testKey(t, "example-desk", "desk")
	t.Run("a site as it was published", func(t *testing.T) {
		r := check(t, buildSite(t, signer, key, 3), Known{})
		if !r.OK() || !r.Compared || !r.FirstSeen || r.Size != 3 || r.Edition != 3 || r.Date != "2020-02-11" || r.Files != 5 || r.Origin != "example-desk" || r.Key != key {
			t.Errorf("report %+v", r)
		}
	})
	t.Run("a folder on a disk", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.CopyFS(dir, buildSite(t, signer, key, 2)); err != nil {
			t.Fatal(err)
		}
		if r := check(t, os.DirFS(dir), Known{Key: key}); !r.OK() {
			t.Errorf("findings %v", r.Findings)
		}
	})
	t.Run("a log of more than one tile", func(t *testing.T) {
		r := check(t, buildSite(t, signer, key, 1, func(at string) {
			leaves := methods(600)
			for i := range leaves {
				leaves[i].Day = 19000
			}
			if err := Append(at, signer, leaves...); err != nil {
				t.Fatal(err)
			}
		}), Known{})
		if !r.OK() || r.Size != 601 {
			t.Errorf("size %d, findings %v", r.Size, r.Findings)
		}
	})
	t.Run("a ledger without an edition, and no page", func(t *testing.T) {
		site := buildSite(t, signer, key, 0)
		for path := range edition(0) {
			delete(site, path)
		}
		if r := check(t, site, Known{}); !r.OK() {
			t.Errorf("findings %v", r.Findings)
		}
	})
}

// An attack changes a site; wants are path and kind of what must be found.
type attack struct {
	name  string
	do    func(t *testing.T, site fstest.MapFS) fs.FS
	wants []Finding
}

func TestAttacks(t *testing.T) {
	signer, key := testKey(t, "example-desk", "desk")
	whole := buildSite(t, signer, key, 3)
	big := buildSite(t, signer, key, 1, func(at string) {
		leaves := methods(600)
		for i := range leaves {
			leaves[i].Day = 19000
		}
		if err := Append(at, signer, leaves...); err != nil {
			t.Fatal(err)
		}
	})
	edit := func(name string, change func([]byte) []byte) func(*testing.T, fstest.MapFS) fs.FS {
		return func(t *testing.T, site fstest.MapFS) fs.FS {
			f, ok := site[name]
			if !ok {
				t.Fatalf("there is no %s to attack", name)
			}
			f.Data = change(f.Data)
			return site
		}
	}
	add := func(name, text string) func(*testing.T, fstest.MapFS) fs.FS {
		return func(_ *testing.T, site fstest.MapFS) fs.FS {
			site[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o644}
			return site
		}
	}
	remove := func(name string) func(*testing.T, fstest.MapFS) fs.FS {
		return func(t *testing.T, site fstest.MapFS) fs.FS {
			if _, ok := site[name]; !ok {
				t.Fatalf("there is no %s to attack", name)
			}
			delete(site, name)
			return site
		}
	}
	swap := func(a, b string) func(*testing.T, fstest.MapFS) fs.FS {
		return func(_ *testing.T, site fstest.MapFS) fs.FS {
			site[a], site[b] = site[b], site[a]
			return site
		}
	}
	flip := func(b []byte) []byte { b[len(b)/2] ^= 1; return b }
	resalt := func(change func(*Salts)) func([]byte) []byte {
		return func(b []byte) []byte {
			s, err := ParseSalts(b)
			if err != nil {
				t.Fatal(err)
			}
			change(&s)
			return s.Marshal()
		}
	}
	another, anotherKey := testKey(t, "example-desk", "another desk")
	for _, tt := range []attack{
		{"edited page", edit("bulletins/b1.html", func(b []byte) []byte { return append(b, '!') }), []Finding{{"bulletins/b1.html", Changed, ""}}},
		{"emptied page", edit("bulletins/b1.html", func([]byte) []byte { return nil }), []Finding{{"bulletins/b1.html", Changed, ""}}},
		{"added page", add("bulletins/b9.html", "planted"), []Finding{{"bulletins/b9.html", Added, ""}}},
		{"added page in an added folder", add("new/x.html", "planted"), []Finding{{"new/x.html", Added, ""}}},
		{"added hidden file", add(".htaccess", "planted"), []Finding{{".htaccess", Added, ""}}},
		{"added file in the ledger", add("ledger/note.txt", "planted"), []Finding{{"ledger/note.txt", Added, ""}}},
		{"added empty folder", func(_ *testing.T, site fstest.MapFS) fs.FS {
			site["new/deep"] = &fstest.MapFile{Mode: fs.ModeDir | 0o755}
			return site
		}, []Finding{{"new", Added, ""}, {"new/deep", Added, ""}}},
		{"removed page", remove("bulletins/b2.html"), []Finding{{"bulletins/b2.html", Missing, ""}}},
		{"removed folder", remove("claims/border/x.html"), []Finding{{"claims/border/x.html", Missing, ""}}},
		{"renamed page", func(_ *testing.T, site fstest.MapFS) fs.FS {
			site["bulletins/b0.html"] = site["bulletins/b1.html"]
			delete(site, "bulletins/b1.html")
			return site
		}, []Finding{{"bulletins/b0.html", Added, ""}, {"bulletins/b1.html", Missing, ""}}},
		{"two pages swapped", swap("bulletins/b1.html", "bulletins/b2.html"),
			[]Finding{{"bulletins/b1.html", Changed, ""}, {"bulletins/b2.html", Changed, ""}}},
		{"two pages swapped with their salts", func(t *testing.T, site fstest.MapFS) fs.FS {
			swap("bulletins/b1.html", "bulletins/b2.html")(t, site)
			return edit("ledger/salts/000003.txt", resalt(func(s *Salts) {
				s.Of["bulletins/b1.html"], s.Of["bulletins/b2.html"] = s.Of["bulletins/b2.html"], s.Of["bulletins/b1.html"]
			}))(t, site)
		}, []Finding{{"bulletins/b1.html", Changed, ""}, {"bulletins/b2.html", Changed, ""}}},
		{"an older version of a page", edit("index.html", func([]byte) []byte { return []byte(edition(2)["index.html"]) }),
			[]Finding{{"index.html", Changed, ""}}},
		{"removed salt", edit("ledger/salts/000003.txt", resalt(func(s *Salts) { delete(s.Of, "bulletins/b1.html") })),
			[]Finding{{"bulletins/b1.html", SaltMissing, ""}}},
		{"page and salt removed without a withdrawal", func(t *testing.T, site fstest.MapFS) fs.FS {
			delete(site, "bulletins/b1.html")
			return edit("ledger/salts/000003.txt", resalt(func(s *Salts) { delete(s.Of, "bulletins/b1.html") }))(t, site)
		}, []Finding{{"bulletins/b1.html", SaltMissing, ""}}},
		{"added salt", edit("ledger/salts/000003.txt", resalt(func(s *Salts) { s.Of["x.html"] = Salt{1} })),
			[]Finding{{"ledger/salts/000003.txt", Changed, ""}}},
		{"changed salt", edit("ledger/salts/000003.txt", flip), []Finding{{"ledger/salts/000003.txt", Changed, ""}}},
		{"removed salts", remove("ledger/salts/000003.txt"), []Finding{{"ledger/salts/000003.txt", Missing, ""}}},
		{"changed manifest", edit("ledger/manifest/000003.txt", flip), []Finding{{"ledger/manifest/000003.txt", Changed, ""}}},
		{"changed manifest of an older edition", edit("ledger/manifest/000001.txt", flip), []Finding{{"ledger/manifest/000001.txt", Changed, ""}}},
		{"removed manifest of an older edition", remove("ledger/manifest/000002.txt"), []Finding{{"ledger/manifest/000002.txt", Missing, ""}}},
		{"two manifests swapped", swap("ledger/manifest/000001.txt", "ledger/manifest/000002.txt"),
			[]Finding{{"ledger/manifest/000001.txt", Changed, ""}, {"ledger/manifest/000002.txt", Changed, ""}}},
		{"reordered leaves", edit("ledger/tile/entries/000.p/3", func(b []byte) []byte {
			entries, err := parseBundle(b, 3)
			if err != nil {
				t.Fatal(err)
			}
			return appendBundle(nil, entries[1], entries[0], entries[2])
		}), []Finding{{"ledger/tile/entries/000.p/3", Changed, ""}, {"ledger/tile/entries/000.p/3", Changed, ""}}},
		{"changed leaf", edit("ledger/tile/entries/000.p/3", flip), []Finding{{"ledger/tile/entries/000.p/3", Changed, ""}}},
		{"truncated entries", edit("ledger/tile/entries/000.p/3", func(b []byte) []byte { return b[:len(b)-1] }),
			[]Finding{{"ledger/tile/entries/000.p/3", Changed, ""}}},
		{"truncated tile", edit("ledger/tile/0/000.p/3", func(b []byte) []byte { return b[:64] }), []Finding{{"ledger/tile/0/000.p/3", Changed, ""}}},
		{"changed tile", edit("ledger/tile/0/000.p/3", flip), []Finding{{"ledger/tile/0/000.p/3", Changed, ""}}},
		{"removed tile", remove("ledger/tile/0/000.p/3"), []Finding{{"ledger/tile/0/000.p/3", Missing, ""}}},
		{"extra tile", add("ledger/tile/0/000.p/2", "x"), []Finding{{"ledger/tile/0/000.p/2", Added, ""}}},
		{"extra tile that is right", func(_ *testing.T, site fstest.MapFS) fs.FS {
			site["ledger/tile/0/000.p/2"] = &fstest.MapFile{Data: site["ledger/tile/0/000.p/3"].Data[:64], Mode: 0o644}
			return site
		}, []Finding{{"ledger/tile/0/000.p/2", Added, ""}}},
		{"leaves and tiles of another log", func(_ *testing.T, site fstest.MapFS) fs.FS {
			other := buildSite(t, another, anotherKey, 4)
			site["ledger/tile/0/000.p/3"].Data = other["ledger/tile/0/000.p/4"].Data[32:]
			entries, err := parseBundle(other["ledger/tile/entries/000.p/4"].Data, 4)
			if err != nil {
				t.Fatal(err)
			}
			site["ledger/tile/entries/000.p/3"].Data = appendBundle(nil, entries[1:]...)
			return site
		}, []Finding{{"ledger/checkpoint", Broken, ""}}},
		{"checkpoint with a changed size", edit("ledger/checkpoint", func(b []byte) []byte { return bytes.Replace(b, []byte("\n3\n"), []byte("\n2\n"), 1) }),
			[]Finding{{"ledger/checkpoint", Unsigned, ""}}},
		{"checkpoint with another key's signature beside ours", edit("ledger/checkpoint", func(b []byte) []byte {
			n, err := note.Open(b, note.VerifierList(verifierOf(t, key)))
			if err != nil {
				t.Fatal(err)
			}
			b, err = note.Sign(n, another)
			if err != nil {
				t.Fatal(err)
			}
			return b
		}), []Finding{{"ledger/checkpoint", Changed, ""}}},
		{"another spelling of the signature", edit("ledger/checkpoint", respell), []Finding{{"ledger/checkpoint", Changed, ""}}},
		{"wrong key, log signed anew", func(t *testing.T, site fstest.MapFS) fs.FS {
			return buildSite(t, another, anotherKey, 3)
		}, []Finding{{"ledger/key", KeyChanged, ""}}},
		{"key swapped alone", edit("ledger/key", func([]byte) []byte { return []byte(anotherKey + "\n") }), []Finding{{"ledger/key", KeyChanged, ""}}},
		{"no ledger", func(_ *testing.T, site fstest.MapFS) fs.FS {
			for name := range site {
				if strings.HasPrefix(name, Folder+"/") {
					delete(site, name)
				}
			}
			return site
		}, []Finding{{".", NoLedger, ""}}},
		{"no checkpoint", remove("ledger/checkpoint"), []Finding{{"ledger/checkpoint", Missing, ""}}},
		{"symbolic link in a page's place", func(_ *testing.T, site fstest.MapFS) fs.FS {
			site["bulletins/b1.html"] = &fstest.MapFile{Data: []byte("b2.html"), Mode: fs.ModeSymlink | 0o777}
			return site
		}, []Finding{{"bulletins/b1.html", NotAFile, ""}}},
		{"symbolic link added", func(_ *testing.T, site fstest.MapFS) fs.FS {
			site["x"] = &fstest.MapFile{Data: []byte("bulletins"), Mode: fs.ModeSymlink | 0o777}
			return site
		}, []Finding{{"x", Added, ""}}},
		{"pipe in a page's place", func(_ *testing.T, site fstest.MapFS) fs.FS {
			site["bulletins/b1.html"] = &fstest.MapFile{Mode: fs.ModeNamedPipe | 0o644}
			return site
		}, []Finding{{"bulletins/b1.html", NotAFile, ""}}},
		{"folder in a page's place", func(_ *testing.T, site fstest.MapFS) fs.FS {
			delete(site, "index.html")
			site["index.html/x"] = &fstest.MapFile{Data: []byte("x"), Mode: 0o644}
			return site
		}, []Finding{{"index.html", NotAFile, ""}, {"index.html/x", Added, ""}}},
		{"symbolic link for the checkpoint", func(_ *testing.T, site fstest.MapFS) fs.FS {
			site["ledger/checkpoint"] = &fstest.MapFile{Data: []byte("key"), Mode: fs.ModeSymlink | 0o777}
			return site
		}, []Finding{{"ledger/checkpoint", NotAFile, ""}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			site := tt.do(t, clone(whole))
			wantFindings(t, check(t, site, Known{Key: key}), tt.wants)
		})
	}
	for _, tt := range []attack{
		{"changed full tile", edit("ledger/tile/0/001", flip), []Finding{{"ledger/tile/0/001", Changed, ""}}},
		{"changed upper tile", edit("ledger/tile/1/000.p/2", flip), []Finding{{"ledger/tile/1/000.p/2", Changed, ""}}},
		{"changed full bundle", edit("ledger/tile/entries/001", func(b []byte) []byte { b[20] ^= 1; return b }), []Finding{{"ledger/tile/entries/001", Changed, ""}}},
		{"removed full tile", remove("ledger/tile/0/000"), []Finding{{"ledger/tile/0/000", Missing, ""}}},
		{"two full tiles swapped", swap("ledger/tile/0/000", "ledger/tile/0/001"),
			[]Finding{{"ledger/tile/0/000", Changed, ""}, {"ledger/tile/0/001", Changed, ""}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantFindings(t, check(t, tt.do(t, clone(big)), Known{Key: key}), tt.wants)
		})
	}
	if r := check(t, whole, Known{Key: key}); !r.OK() {
		t.Errorf("the attacks changed the site that they were to start from: %v", r.Findings)
	}
}

func wantFindings(t *testing.T, r Report, wants []Finding) {
	t.Helper()
	if len(r.Findings) != len(wants) {
		t.Fatalf("findings %v, want %v", r.Findings, wants)
	}
	for i, f := range r.Findings {
		if f.Path != wants[i].Path || f.Wrong != wants[i].Wrong {
			t.Errorf("found %v, want %v", f, wants[i])
		}
		if !strings.Contains(f.String(), strings.TrimPrefix(f.Path, ".")) || strings.HasSuffix(f.String(), ": ") {
			t.Errorf("the sentence %q does not name the path", f)
		}
	}
}

func verifierOf(t *testing.T, key string) note.Verifier {
	t.Helper()
	v, err := note.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// respell changes a bit of the signature's base64 that no decoder looks at.
func respell(b []byte) []byte {
	const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	i := bytes.LastIndexByte(b, '=') - 1
	b[i] = digits[strings.IndexByte(digits, b[i])^1]
	return b
}

func TestOneChangedByteOfAnyFileIsNamed(t *testing.T) {
	signer, key := testKey(t, "example-desk", "desk")
	whole := buildSite(t, signer, key, 2)
	for name, f := range whole {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			site := clone(whole)
			for i := range f.Data {
				for _, bit := range []byte{0x01, 0x20, 0x80} {
					site[name].Data = slices.Clone(f.Data)
					site[name].Data[i] ^= bit
					r := check(t, site, Known{})
					if !slices.ContainsFunc(r.Findings, func(found Finding) bool { return found.Path == name }) {
						t.Fatalf("byte %d with %#x: found %v", i, bit, r.Findings)
					}
				}
			}
		})
	}
}

// BenchmarkCheck10kPages is what a reader waits for when checking a large site
// from memory; a disk comes on top.
func BenchmarkCheck10kPages(b *testing.B) {
	signer, key := testKey(b, "example-desk", "desk")
	pages := map[string]string{}
	for i := range 10_000 {
		pages[fmt.Sprintf("claims/c%04d/index.html", i)] = strings.Repeat("a page of some length\n", 400)
	}
	dir := b.TempDir()
	at := filepath.Join(dir, Folder)
	if err := os.Mkdir(at, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := Create(at, signer, key); err != nil {
		b.Fatal(err)
	}
	if err := Publish(at, signer, 1, 18000, inOrder(pages), &counting{}); err != nil {
		b.Fatal(err)
	}
	site := files(b, dir)
	for path, page := range pages {
		site[path] = &fstest.MapFile{Data: []byte(page), Mode: 0o644}
	}
	disk := filepath.Join(dir, "site")
	if err := os.CopyFS(disk, site); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := check(b, os.DirFS(disk), Known{Key: key})
		if !r.OK() {
			b.Fatal(r.Findings)
		}
		b.SetBytes(r.Bytes)
	}
}
