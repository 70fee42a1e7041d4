package ledger

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/mod/sumdb/note"
)

// testKey makes the same key pair for the same words every time.
func testKey(t testing.TB, name, seed string) (note.Signer, string) {
	t.Helper()
	private := ed25519.NewKeyFromSeed(digest(seed))
	key, err := note.NewEd25519VerifierKey(name, private.Public().(ed25519.PublicKey))
	if err != nil {
		t.Fatal(err)
	}
	hash := strings.Split(key, "+")[1]
	signer, err := note.NewSigner("PRIVATE+KEY+" + name + "+" + hash + "+" +
		base64.StdEncoding.EncodeToString(append([]byte{1}, digest(seed)...)))
	if err != nil {
		t.Fatal(err)
	}
	return signer, key
}

func digest(s string) []byte {
	sum := sha256.Sum256([]byte(s))
	return sum[:]
}

// counting is a source of salts that never repeats and is the same every time.
type counting struct{ n int }

func (c *counting) Read(p []byte) (int, error) {
	c.n++
	return copy(p, digest(fmt.Sprint("salt ", c.n))), nil
}

func newLedger(t testing.TB) (dir string, signer note.Signer, key string) {
	t.Helper()
	dir = t.TempDir()
	signer, key = testKey(t, "example-desk", "desk")
	if err := Create(dir, signer, key); err != nil {
		t.Fatal(err)
	}
	return dir, signer, key
}

func mustOpen(t testing.TB, dir string) *Log {
	t.Helper()
	l, err := Open(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// methods are n leaves that need no manifest.
func methods(n int) []Leaf {
	leaves := make([]Leaf, n)
	for i := range leaves {
		leaves[i] = Leaf{Kind: KindMethod, Serial: uint32(i + 1), Day: int32(18000 + i/100), Digest: sha256.Sum256(fmt.Append(nil, i))}
	}
	return leaves
}

// inOrder yields pages by path.
func inOrder(pages map[string]string) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for _, path := range slices.Sorted(maps.Keys(pages)) {
			if !yield(path, []byte(pages[path])) {
				return
			}
		}
	}
}

// files reads a folder into memory, where tests can tamper with it.
func files(t testing.TB, dir string) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(name)
		rel, _ := filepath.Rel(dir, name)
		m[filepath.ToSlash(rel)] = &fstest.MapFile{Data: b, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCreate(t *testing.T) {
	signer, key := testKey(t, "example-desk", "desk")
	t.Run("a new ledger has a signed checkpoint of size 0", func(t *testing.T) {
		dir, _, key := newLedger(t)
		l := mustOpen(t, dir)
		if l.Size() != 0 || l.Key() != key {
			t.Errorf("size %d, key %s", l.Size(), l.Key())
		}
		want := "example-desk\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n— example-desk "
		if b, _ := os.ReadFile(filepath.Join(dir, "checkpoint")); !strings.HasPrefix(string(b), want) {
			t.Errorf("checkpoint is %q", b)
		}
	})
	t.Run("a ledger that is there is not begun again", func(t *testing.T) {
		dir, _, _ := newLedger(t)
		if err := Create(dir, signer, key); !errors.Is(err, ErrExists) {
			t.Errorf("Create = %v, want %v", err, ErrExists)
		}
	})
	t.Run("the key must be the signer's", func(t *testing.T) {
		_, other := testKey(t, "example-desk", "another desk")
		if err := Create(t.TempDir(), signer, other); !errors.Is(err, ErrOtherKey) {
			t.Errorf("Create = %v, want %v", err, ErrOtherKey)
		}
	})
	t.Run("a folder that is missing is an error and no fresh start", func(t *testing.T) {
		if err := Create(filepath.Join(t.TempDir(), "none"), signer, key); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Create = %v, want %v", err, fs.ErrNotExist)
		}
	})
}

func TestAppendRefuses(t *testing.T) {
	dir, signer, _ := newLedger(t)
	if err := Append(dir, signer, Leaf{Kind: KindMethod, Serial: 1, Day: 18000, Digest: [32]byte{1}}); err != nil {
		t.Fatal(err)
	}
	before := files(t, dir)
	other, _ := testKey(t, "example-desk", "another desk")
	for _, tt := range []struct {
		name   string
		signer note.Signer
		leaf   Leaf
		want   error
	}{
		{"another key than the ledger's", other, Leaf{Kind: KindMethod, Serial: 2, Day: 18001, Digest: [32]byte{1}}, ErrOtherKey},
		{"a day before the last one", signer, Leaf{Kind: KindMethod, Serial: 2, Day: 17999, Digest: [32]byte{1}}, ErrBroken},
		{"an edition that leaves one out", signer, Leaf{Kind: KindEdition, Serial: 2, Day: 18001, Digest: [32]byte{1}}, ErrBroken},
		{"a withdrawal before any edition", signer, Leaf{Kind: KindWithdrawal, Serial: 1, Day: 18001, Path: "a.html"}, ErrBroken},
		{"a kind that is not known", signer, Leaf{Kind: "rumour", Serial: 1, Day: 18001, Digest: [32]byte{1}}, ErrLeaf},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := Append(dir, tt.signer, tt.leaf); !errors.Is(err, tt.want) {
				t.Errorf("Append = %v, want %v", err, tt.want)
			}
			if !sameFiles(before, files(t, dir)) {
				t.Error("a refused leaf changed the ledger")
			}
		})
	}
	t.Run("a folder without a ledger", func(t *testing.T) {
		if err := Append(t.TempDir(), signer, methods(1)...); !errors.Is(err, ErrNoLog) {
			t.Errorf("Append = %v, want %v", err, ErrNoLog)
		}
	})
	t.Run("a second writer while the first is at work", func(t *testing.T) {
		err := write("hold", dir, func(disk) error { return Append(dir, signer, methods(1)...) })
		if !errors.Is(err, ErrBusy) {
			t.Errorf("Append = %v, want %v", err, ErrBusy)
		}
	})
}

func sameFiles(a, b fstest.MapFS) bool {
	return maps.EqualFunc(a, b, func(x, y *fstest.MapFile) bool { return bytes.Equal(x.Data, y.Data) })
}

func TestPublish(t *testing.T) {
	dir, signer, _ := newLedger(t)
	salts := &counting{}
	must := func(serial uint32, pages map[string]string) (Manifest, Salts) {
		t.Helper()
		if err := Publish(dir, signer, serial, 18000+int32(serial), inOrder(pages), salts); err != nil {
			t.Fatal(err)
		}
		m, s, err := mustOpen(t, dir).newestPages()
		if err != nil {
			t.Fatal(err)
		}
		return m, s
	}
	m1, s1 := must(1, map[string]string{"index.html": "one", "b/b1.html": "same"})
	m2, s2 := must(2, map[string]string{"index.html": "two", "b/b1.html": "same", "b/b2.html": "new"})

	t.Run("a page that did not change keeps its salt", func(t *testing.T) {
		d1, _ := m1.Find("b/b1.html")
		d2, ok := m2.Find("b/b1.html")
		if !ok || d1 != d2 || s1.Of["b/b1.html"] != s2.Of["b/b1.html"] {
			t.Error("salt or digest changed")
		}
	})
	t.Run("a page that changed gets a new salt", func(t *testing.T) {
		if s1.Of["index.html"] == s2.Of["index.html"] {
			t.Error("the salt stayed")
		}
	})
	t.Run("every page has a salt of its own", func(t *testing.T) {
		seen := map[Salt]bool{{}: true}
		for path, salt := range s2.Of {
			if seen[salt] {
				t.Errorf("the salt of %s is none or stands twice", path)
			}
			seen[salt] = true
		}
	})
	t.Run("the digest is that of the format", func(t *testing.T) {
		salt := s2.Of["b/b2.html"]
		want := sha256.Sum256(slices.Concat([]byte{8}, []byte("hs1-page"), salt[:], []byte("new")))
		if got, _ := m2.Find("b/b2.html"); got != want {
			t.Errorf("digest %x, want %x", got, want)
		}
	})
	t.Run("only the newest salts are kept, and every manifest", func(t *testing.T) {
		names := slices.Sorted(maps.Keys(files(t, dir)))
		if want := mustOpen(t, dir).Files(); !slices.Equal(names, want) {
			t.Errorf("files %q, want %q", names, want)
		}
	})
	t.Run("the same edition again changes nothing", func(t *testing.T) {
		before := files(t, dir)
		must(2, map[string]string{"index.html": "two", "b/b1.html": "same", "b/b2.html": "new"})
		if !sameFiles(before, files(t, dir)) {
			t.Error("the ledger changed")
		}
	})
	for _, tt := range []struct {
		name   string
		serial uint32
		pages  iter.Seq2[string, []byte]
		want   error
	}{
		{"another edition under a serial that is taken", 2, inOrder(map[string]string{"index.html": "three"}), ErrSerial},
		{"an edition that leaves one out", 4, inOrder(map[string]string{"index.html": "four"}), ErrSerial},
		{"an edition of the past", 1, inOrder(map[string]string{"index.html": "one"}), ErrSerial},
		{"a path that climbs out", 3, inOrder(map[string]string{"../x": ""}), ErrPath},
		{"a page inside the ledger", 3, inOrder(map[string]string{"ledger/key": ""}), ErrPath},
		{"a page that is a folder of another", 3, inOrder(map[string]string{"a": "", "a/b": ""}), ErrManifest},
		{"a page twice", 3, twice("a"), ErrManifest},
	} {
		t.Run("refused: "+tt.name, func(t *testing.T) {
			before := files(t, dir)
			if err := Publish(dir, signer, tt.serial, 18003, tt.pages, salts); !errors.Is(err, tt.want) {
				t.Errorf("Publish = %v, want %v", err, tt.want)
			}
			if !sameFiles(before, files(t, dir)) {
				t.Error("the ledger changed")
			}
		})
	}
}

func twice(path string) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		for range 2 {
			if !yield(path, nil) {
				return
			}
		}
	}
}

func TestValidPath(t *testing.T) {
	for _, good := range []string{
		"index.html", "claims/prices/rice/hyesan@2020-02-06.html", "a/b-c_d.0", "ledgers/x", "ledger.html",
		strings.Repeat("a/", maxDepth-1) + "a", "console/comet.html", "com.html",
	} {
		if err := ValidPath(good); err != nil {
			t.Errorf("ValidPath(%q) = %v", good, err)
		}
	}
	for _, bad := range []string{
		"", "/etc", "a//b", "a/", "..", "a/../b", "./a", ".hidden", "a/.b", "a.", "A.html", "ä.html", "a\u0301", "a b", "a\\b",
		"c:/x", "a?b", "a%41", "a\x00", "a\nb", "con", "a/nul.html", "com1.txt", "lpt9", "ledger", "ledger/key",
		strings.Repeat("a", maxSegment+1), strings.Repeat("a/", maxDepth) + "a", strings.Repeat(strings.Repeat("a", 60)+"/", 4) + "a",
	} {
		if err := ValidPath(bad); !errors.Is(err, ErrPath) {
			t.Errorf("ValidPath(%q) = %v, want %v", bad, err, ErrPath)
		}
		if err := ValidPath(bad); err != nil && strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
			t.Errorf("the error for %q would print control characters", bad)
		}
	}
	if got := path.Join(Folder, "x"); ValidPath(got) == nil {
		t.Error("the ledger's own folder is open to pages")
	}
}
