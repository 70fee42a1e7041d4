package site

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"

	"hearsay"
	"hearsay/ledger"
)

// desk is what signs editions in these tests.
type desk struct {
	dir    string
	signer note.Signer
	key    string
}

func newDesk(t testing.TB) desk {
	t.Helper()
	seed := sha256.Sum256([]byte("desk"))
	public := ed25519.NewKeyFromSeed(seed[:]).Public().(ed25519.PublicKey)
	key, err := note.NewEd25519VerifierKey("parish-desk", public)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := note.NewSigner("PRIVATE+KEY+parish-desk+" + strings.Split(key, "+")[1] + "+" +
		base64.StdEncoding.EncodeToString(append([]byte{1}, seed[:]...)))
	if err != nil {
		t.Fatal(err)
	}
	d := desk{t.TempDir(), signer, key}
	if err := os.Mkdir(d.ledger(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Create(d.ledger(), signer, key); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d desk) ledger() string { return filepath.Join(d.dir, ledger.Folder) }

func (d desk) log(t testing.TB) *ledger.Log {
	t.Helper()
	log, err := ledger.Open(os.DirFS(d.ledger()))
	if err != nil {
		t.Fatal(err)
	}
	return log
}

// publish does what a desk does with an edition.
func (d desk) publish(t testing.TB, e hearsay.Edition) {
	t.Helper()
	e.Desk.Key = d.key
	past, err := PastOf(d.log(t), uint32(e.Serial))
	if err != nil {
		t.Fatal(err)
	}
	pages := rendered(t, e, past)
	if err := os.WriteFile(filepath.Join(d.dir, EditionFile), pages[EditionFile], 0o644); err != nil {
		t.Fatal(err)
	}
	if err := ledger.Publish(d.ledger(), d.signer, uint32(e.Serial), int32(e.Published), maps.All(pages), rand.Reader); err != nil {
		t.Fatal(err)
	}
}

// editions returns the fixture as it came out, one bulletin at a time.
func editions(t testing.TB) []hearsay.Edition {
	t.Helper()
	var all []hearsay.Edition
	whole := fixture(t)
	for n := range len(whole.Bulletins) {
		e := whole
		e.Serial, e.Published, e.Series, e.Claims = n+1, whole.Bulletins[n].Published, nil, nil
		e.Bulletins = slices.Clone(whole.Bulletins[:n+1])
		out := map[string]bool{}
		for i, b := range e.Bulletins {
			out[b.ID] = true
			e.Bulletins[i].CorrectedBy = slices.DeleteFunc(slices.Clone(b.CorrectedBy), func(id string) bool {
				return !slices.ContainsFunc(e.Bulletins, func(c hearsay.Bulletin) bool { return c.ID == id })
			})
		}
		for _, c := range whole.Claims {
			c.CitedBy = slices.DeleteFunc(slices.Clone(c.CitedBy), func(id string) bool { return !out[id] })
			c.Assessments = c.Assessments[:len(c.CitedBy)]
			if len(c.CitedBy) > 0 {
				e.Claims = append(e.Claims, c)
			}
		}
		if n == len(whole.Bulletins)-1 {
			e.Series = whole.Series
		}
		all = append(all, e)
	}
	return all
}

func tree(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(filepath.Join(dir, name))
		all[name] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func mustBuild(t testing.TB, edition, out string) Built {
	t.Helper()
	built, err := Build(context.Background(), edition, out)
	if err != nil {
		t.Fatal(err)
	}
	return built
}

func mustCheck(t testing.TB, dir string) ledger.Report {
	t.Helper()
	r, err := ledger.Check(context.Background(), os.DirFS(dir), ledger.Known{})
	if err != nil {
		t.Fatal(err)
	}
	if !r.OK() {
		t.Fatalf("the site does not pass: %v", r.Findings)
	}
	return r
}

func TestBuild(t *testing.T) {
	d := newDesk(t)
	all := editions(t)
	parent := t.TempDir()
	out := filepath.Join(parent, "site")
	for _, e := range all {
		d.publish(t, e)
		built := mustBuild(t, d.dir, out)
		if r := mustCheck(t, out); int(r.Edition) != e.Serial || r.Files != built.Pages || r.Size != int64(e.Serial) {
			t.Fatalf("built %+v, checked %+v", built, r)
		}
	}
	t.Run("nothing is left beside the site", func(t *testing.T) {
		entries, err := os.ReadDir(parent)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if e.Name() != "site" && e.Name() != ".site.lock" {
				t.Errorf("%s is left", e.Name())
			}
		}
	})
	t.Run("bulletins keep the log index under which they came out", func(t *testing.T) {
		for name, index := range map[string]string{"b1": "0", "b2": "1", "c1": "2", "b3-1404": "3"} {
			b, err := os.ReadFile(filepath.Join(out, "bulletins", name+".html"))
			if err != nil || !strings.Contains(string(b), "Log index "+index+".") {
				t.Errorf("%s does not have log index %s: %v", name, index, err)
			}
		}
	})
	t.Run("a site can be built again from a copy of itself", func(t *testing.T) {
		again := filepath.Join(t.TempDir(), "again")
		mustBuild(t, out, again)
		if !maps.Equal(tree(t, out), tree(t, again)) {
			t.Error("it came out different")
		}
	})
	t.Run("pages that an edition does not touch keep their digest", func(t *testing.T) {
		log := d.log(t)
		before, err := log.Manifest(2)
		if err != nil {
			t.Fatal(err)
		}
		now, err := log.Manifest(4)
		if err != nil {
			t.Fatal(err)
		}
		for _, page := range []string{"style.css", "method.html", "claims/guard/order.html"} {
			a, _ := before.Find(page)
			if b, ok := now.Find(page); !ok || a != b {
				t.Errorf("%s has another digest", page)
			}
		}
	})
}

func TestBuildRefuses(t *testing.T) {
	all := editions(t)
	whole := newDesk(t)
	whole.publish(t, all[0])
	whole.publish(t, all[1])
	site := filepath.Join(t.TempDir(), "site")
	mustBuild(t, whole.dir, site)
	before := tree(t, site)
	edit := func(d desk, from, to string) func(*testing.T) {
		return func(t *testing.T) {
			file := filepath.Join(d.dir, EditionFile)
			b, err := os.ReadFile(file)
			if err != nil || !strings.Contains(string(b), from) {
				t.Fatal("there is nothing to change", err)
			}
			if err := os.WriteFile(file, []byte(strings.Replace(string(b), from, to, 1)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tt := range []struct {
		name string
		do   func(d desk) func(*testing.T)
		want error
	}{
		{"an edition with a word changed", func(d desk) func(*testing.T) { return edit(d, "in 2018 and", "in 2017 and") }, ErrNotSigned},
		{"an edition with a standing changed", func(d desk) func(*testing.T) { return edit(d, `"standing": "chatter"`, `"standing": "verified"`) }, ErrNotSigned},
		{"the edition under another serial", func(d desk) func(*testing.T) { return edit(d, `"serial": 2`, `"serial": 3`) }, ErrNotSigned},
		{"an edition that is none", func(d desk) func(*testing.T) { return edit(d, `"format"`, `"farmat"`) }, hearsay.ErrEdition},
		{"no edition", func(d desk) func(*testing.T) {
			return func(t *testing.T) {
				if err := os.Remove(filepath.Join(d.dir, EditionFile)); err != nil {
					t.Fatal(err)
				}
			}
		}, ErrNoEdition},
		{"no ledger", func(d desk) func(*testing.T) {
			return func(t *testing.T) {
				if err := os.RemoveAll(d.ledger()); err != nil {
					t.Fatal(err)
				}
			}
		}, ErrNoEdition},
		{"a ledger with a byte changed", func(d desk) func(*testing.T) {
			return func(t *testing.T) {
				file := filepath.Join(d.ledger(), "manifest", "000002.txt")
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				b[len(b)/2] ^= 1
				if err := os.WriteFile(file, b, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}, ledger.ErrBroken},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := desk{t.TempDir(), whole.signer, whole.key}
			if err := os.CopyFS(d.dir, os.DirFS(whole.dir)); err != nil {
				t.Fatal(err)
			}
			tt.do(d)(t)
			if _, err := Build(context.Background(), d.dir, site); !errors.Is(err, tt.want) {
				t.Errorf("Build = %v, want %v", err, tt.want)
			}
			if !maps.Equal(before, tree(t, site)) {
				t.Error("the old site changed")
			}
		})
	}
	d := whole
	t.Run("to replace a folder that is no site", func(t *testing.T) {
		out := t.TempDir()
		if err := os.WriteFile(filepath.Join(out, "letter.txt"), []byte("dear"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Build(context.Background(), d.dir, out); !errors.Is(err, ErrNotASite) {
			t.Errorf("Build = %v, want %v", err, ErrNotASite)
		}
		if got := tree(t, out); got["letter.txt"] != "dear" {
			t.Error("the letter is gone")
		}
	})
	t.Run("to replace a file", func(t *testing.T) {
		out := filepath.Join(t.TempDir(), "site")
		if err := os.WriteFile(out, []byte("dear"), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Build(context.Background(), d.dir, out); err == nil {
			t.Error("it did")
		}
		if b, _ := os.ReadFile(out); string(b) != "dear" {
			t.Error("the letter is gone")
		}
	})
	t.Run("to build while another process does", func(t *testing.T) {
		out := filepath.Join(t.TempDir(), "site")
		_, err := build(context.Background(), d.dir, out, func(string) {
			if _, err := Build(context.Background(), d.dir, out); !errors.Is(err, ErrBusy) {
				t.Errorf("Build = %v, want %v", err, ErrBusy)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	t.Run("to go on when its context is over", func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		out := filepath.Join(t.TempDir(), "site")
		_, err := build(ctx, d.dir, out, func(string) { cancel() })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Build = %v", err)
		}
		if entries, _ := os.ReadDir(filepath.Dir(out)); len(entries) != 1 {
			t.Errorf("it left %v", entries)
		}
	})
	t.Run("an empty folder is taken", func(t *testing.T) {
		out := t.TempDir()
		mustBuild(t, d.dir, out)
		mustCheck(t, out)
	})
}

func TestWithdrawnPageIsLeftOut(t *testing.T) {
	d := newDesk(t)
	d.publish(t, editions(t)[0])
	const page = "bulletins/b1.html"
	if err := ledger.Withdraw(d.ledger(), d.signer, 19000, page); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "site")
	mustBuild(t, d.dir, out)
	if r := mustCheck(t, out); !slices.Equal(r.Withdrawn, []string{page}) {
		t.Errorf("withdrawn %v", r.Withdrawn)
	}
	if _, err := os.Stat(filepath.Join(out, page)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the page is there")
	}
}

func TestThePastIsTheSameBeforeAndAfterSigning(t *testing.T) {
	d := newDesk(t)
	for _, e := range editions(t)[:2] {
		before, err := PastOf(d.log(t), uint32(e.Serial))
		if err != nil {
			t.Fatal(err)
		}
		d.publish(t, e)
		for _, later := range []string{"at once", "after a change of method"} {
			after, err := PastOf(d.log(t), uint32(e.Serial))
			if err != nil {
				t.Fatal(err)
			}
			if before.Entry != after.Entry || !maps.Equal(before.First, after.First) {
				t.Errorf("edition %d, %s: the past was %+v and is %+v", e.Serial, later, before, after)
			}
			leaf := ledger.Leaf{Kind: ledger.KindMethod, Serial: uint32(e.Serial), Day: int32(e.Published), Digest: [32]byte{1}}
			if err := ledger.Append(d.ledger(), d.signer, leaf); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// BenchmarkBuild1000Claims is what a desk waits for after publishing.
func BenchmarkBuild1000Claims(b *testing.B) {
	d := newDesk(b)
	e := fixture(b)
	e.Serial, e.Series = 1, nil
	template := e.Claims[0]
	for i := range 1000 {
		c := template
		address, err := hearsay.ParseAddress("many/c" + strings.Repeat("x", i%7) + "-" + string(rune('a'+i%26)) + "/" + strings.Repeat("y", i/26+1))
		if err != nil {
			b.Fatal(err)
		}
		c.Address, c.Claim.Key = address, address.Key
		e.Claims = append(e.Claims, c)
	}
	d.publish(b, e)
	out := filepath.Join(b.TempDir(), "site")
	pages := 0
	for b.Loop() {
		pages = mustBuild(b, d.dir, out).Pages
	}
	b.ReportMetric(float64(pages)*float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}

// BenchmarkRender1000Claims is the same without disk and ledger.
func BenchmarkRender1000Claims(b *testing.B) {
	e := fixture(b)
	template := e.Claims[0]
	for i := range 1000 {
		c := template
		address, err := hearsay.ParseAddress("many/c-" + string(rune('a'+i%26)) + "/" + strings.Repeat("y", i/26+1))
		if err != nil {
			b.Fatal(err)
		}
		c.Address, c.Claim.Key = address, address.Key
		e.Claims = append(e.Claims, c)
	}
	pages := 0
	for b.Loop() {
		pages = len(rendered(b, e, Past{}))
	}
	b.ReportMetric(float64(pages)*float64(b.N)/b.Elapsed().Seconds(), "pages/s")
}
