package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/mod/sumdb/tlog"
)

func TestWithdrawal(t *testing.T) {
	signer, key := testKey(t, "example-desk", "desk")
	const page = "bulletins/b1.html"
	site := buildSite(t, signer, key, 3, func(at string) {
		for range 2 { // the second run finds nothing left to do
			if err := Withdraw(at, signer, 18400, page); err != nil {
				t.Fatal(err)
			}
		}
	})
	t.Run("the page is still there", func(t *testing.T) {
		wantFindings(t, check(t, site, Known{}), []Finding{{page, StillThere, ""}})
	})
	t.Run("page and salt are gone and the log says why", func(t *testing.T) {
		site := clone(site)
		delete(site, page)
		r := check(t, site, Known{})
		if !r.OK() || !slices.Equal(r.Withdrawn, []string{page}) || r.Size != 4 {
			t.Errorf("withdrawn %q, size %d, findings %v", r.Withdrawn, r.Size, r.Findings)
		}
	})
	t.Run("the salt is still there", func(t *testing.T) {
		site := clone(site)
		delete(site, page)
		before := buildSite(t, signer, key, 3)
		site["ledger/salts/000003.txt"] = before["ledger/salts/000003.txt"]
		wantFindings(t, check(t, site, Known{}), []Finding{{"ledger/salts/000003.txt", StillThere, ""}})
	})
	t.Run("nothing left tells what the page was", func(t *testing.T) {
		before := buildSite(t, signer, key, 3)
		salts, err := ParseSalts(before["ledger/salts/000003.txt"].Data)
		if err != nil {
			t.Fatal(err)
		}
		salt := fmt.Sprintf("%x", salts.Of[page])
		for name, f := range site {
			if name != page && strings.Contains(string(f.Data), salt) {
				t.Errorf("%s still has the salt", name)
			}
		}
	})
	t.Run("a page that is not there cannot be withdrawn", func(t *testing.T) {
		dir, signer, _ := newLedger(t)
		if err := Withdraw(dir, signer, 18400, "none.html"); !errors.Is(err, ErrNotListed) {
			t.Errorf("Withdraw = %v, want %v", err, ErrNotListed)
		}
	})
	t.Run("the next edition has other pages and nothing withdrawn", func(t *testing.T) {
		dir, signer, _ := newLedger(t)
		pages := map[string]string{"a.html": "a", "b.html": "b"}
		if err := errors.Join(
			Publish(dir, signer, 1, 18000, inOrder(pages), &counting{}),
			Withdraw(dir, signer, 18001, "a.html"),
			Publish(dir, signer, 2, 18002, inOrder(map[string]string{"b.html": "b"}), &counting{n: 9})); err != nil {
			t.Fatal(err)
		}
		if l := mustOpen(t, dir); len(l.Withdrawn()) != 0 {
			t.Errorf("withdrawn %q", l.Withdrawn())
		}
	})
}

func TestWhatTheReaderKnew(t *testing.T) {
	signer, key := testKey(t, "example-desk", "desk")
	another, anotherKey := testKey(t, "example-desk", "another desk")
	stranger, strangerKey := testKey(t, "stranger", "stranger")
	second, third := buildSite(t, signer, key, 2), buildSite(t, signer, key, 3)
	const here = "/media/stick/site"
	remember := func(t *testing.T, site fs.FS) Memory {
		t.Helper()
		var m Memory
		r := check(t, site, Known{Place: here})
		if err := m.Keep(here, r); err != nil || !r.OK() {
			t.Fatal(err, r.Findings)
		}
		return m
	}
	afterThird := remember(t, third)

	t.Run("the same copy again", func(t *testing.T) {
		if r := check(t, third, Known{Place: here, Memory: afterThird}); !r.OK() || r.FirstSeen {
			t.Errorf("first seen %t, findings %v", r.FirstSeen, r.Findings)
		}
	})
	t.Run("a newer copy", func(t *testing.T) {
		if r := check(t, third, Known{Place: here, Memory: remember(t, second)}); !r.OK() {
			t.Errorf("findings %v", r.Findings)
		}
	})
	t.Run("old copy after a newer one", func(t *testing.T) {
		for _, place := range []string{here, "/media/another"} {
			r := check(t, second, Known{Place: place, Memory: afterThird})
			wantFindings(t, r, []Finding{{"ledger/checkpoint", RolledBack, ""}})
		}
	})
	t.Run("stale checkpoint on a newer site", func(t *testing.T) {
		site := clone(third)
		site["ledger/checkpoint"] = second["ledger/checkpoint"]
		if r := check(t, site, Known{Place: here, Memory: afterThird}); r.OK() {
			t.Error("it passed")
		}
	})
	fork := func(size int) fs.FS {
		return buildSite(t, signer, key, 0, func(at string) {
			for serial := range uint32(size) {
				pages := edition(uint32(size))
				if serial+1 < uint32(size) {
					pages["index.html"] = "another history"
				}
				if err := Publish(at, signer, serial+1, 18301+int32(serial), inOrder(pages), &counting{n: 7000}); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
	for _, size := range []int{3, 4} {
		t.Run(fmt.Sprintf("fork of %d entries, signed by the same key", size), func(t *testing.T) {
			site := fork(size).(fstest.MapFS)
			for path, page := range edition(uint32(size)) {
				site[path] = &fstest.MapFile{Data: []byte(page), Mode: 0o644}
			}
			if r := check(t, site, Known{}); !r.OK() {
				t.Fatalf("the fork itself is not whole: %v", r.Findings)
			}
			r := check(t, site, Known{Place: here, Memory: afterThird})
			wantFindings(t, r, []Finding{{"ledger/checkpoint", Forked, ""}})
		})
	}
	t.Run("another key under the same name", func(t *testing.T) {
		r := check(t, buildSite(t, another, anotherKey, 3), Known{Place: "/elsewhere", Memory: afterThird})
		wantFindings(t, r, []Finding{{"ledger/key", KeyChanged, ""}})
	})
	t.Run("another ledger in the same place", func(t *testing.T) {
		r := check(t, buildSite(t, stranger, strangerKey, 3), Known{Place: here, Memory: afterThird})
		wantFindings(t, r, []Finding{{"ledger/key", OtherLog, ""}})
	})
	t.Run("a place that was forgotten may have another ledger, and an old copy still shows", func(t *testing.T) {
		m, err := ParseMemory(afterThird.Marshal())
		if err != nil || !m.Forget(here) || m.Forget(here) {
			t.Fatalf("forgetting: %v", err)
		}
		if r := check(t, buildSite(t, stranger, strangerKey, 3), Known{Place: here, Memory: m}); !r.OK() {
			t.Errorf("findings %v", r.Findings)
		}
		wantFindings(t, check(t, second, Known{Place: here, Memory: m}), []Finding{{"ledger/checkpoint", RolledBack, ""}})
	})
	t.Run("another ledger in another place is seen for the first time", func(t *testing.T) {
		if r := check(t, buildSite(t, stranger, strangerKey, 3), Known{Place: "/elsewhere", Memory: afterThird}); !r.OK() || !r.FirstSeen {
			t.Errorf("first seen %t, findings %v", r.FirstSeen, r.Findings)
		}
	})
	t.Run("what did not pass is not remembered", func(t *testing.T) {
		m := remember(t, second)
		site := clone(third)
		delete(site, "index.html")
		before := m.Marshal()
		if err := m.Keep(here, check(t, site, Known{Place: here, Memory: m})); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(before, m.Marshal()) {
			t.Error("the memory changed")
		}
	})
	t.Run("a memory in a file is read back", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "new", "seen")
		if m, err := ReadMemory(file); err != nil || len(m.logs) != 0 {
			t.Fatal(m, err)
		}
		if err := afterThird.Write(file); err != nil {
			t.Fatal(err)
		}
		m, err := ReadMemory(file)
		if err != nil || !bytes.Equal(m.Marshal(), afterThird.Marshal()) {
			t.Fatal(err)
		}
		if b, _ := os.ReadFile(file); strings.Contains(string(b), "media") {
			t.Error("the memory tells where the reader keeps copies")
		}
		if err := os.WriteFile(file, []byte("hearsay memory 1\nlog x\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadMemory(file); !errors.Is(err, ErrMemory) {
			t.Errorf("ReadMemory = %v, want %v", err, ErrMemory)
		}
	})
}

func TestBackDatedEditionIsNamed(t *testing.T) {
	signer, key := testKey(t, "example-desk", "desk")
	site := buildSite(t, signer, key, 2)
	// The desk itself signs a third leaf that is dated before the second.
	var entries [][]byte
	for _, l := range []Leaf{{Kind: KindMethod, Serial: 1, Day: 18301, Digest: [32]byte{1}}, {Kind: KindMethod, Serial: 2, Day: 18300, Digest: [32]byte{1}}} {
		b, err := l.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		entries = append(entries, b)
	}
	var hashes hashList
	var tile []byte
	for i, e := range entries {
		h := tlog.RecordHash(e)
		tile = append(tile, h[:]...)
		if err := hashes.grow(int64(i), h); err != nil {
			t.Fatal(err)
		}
	}
	root, err := tlog.TreeHash(2, hashes)
	if err != nil {
		t.Fatal(err)
	}
	head, err := sign(checkpoint{"example-desk", tlog.Tree{N: 2, Hash: root}}, signer)
	if err != nil {
		t.Fatal(err)
	}
	site["ledger/checkpoint"].Data = head
	site["ledger/tile/0/000.p/2"].Data = tile
	site["ledger/tile/entries/000.p/2"].Data = appendBundle(nil, entries...)
	r := check(t, site, Known{})
	wantFindings(t, r, []Finding{{"ledger/checkpoint", Broken, ""}})
	if !strings.Contains(r.Findings[0].String(), "2020-02-08 is dated before") {
		t.Errorf("the sentence is %q", r.Findings[0])
	}
}

func TestCheckEndsWhenItsContextDoes(t *testing.T) {
	signer, key := testKey(t, "example-desk", "desk")
	ctx, cancel := context.WithDeadline(context.Background(), time.Unix(0, 0))
	defer cancel()
	if _, err := Check(ctx, buildSite(t, signer, key, 1), Known{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Check = %v", err)
	}
}

func TestAStrangersFileNameIsSafeToPrint(t *testing.T) {
	f := Finding{"a\x1b[2Jb\n\u202ec", Added, ""}
	if s := f.String(); strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		t.Errorf("printed %q", s)
	}
}
