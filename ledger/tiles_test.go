package ledger

import (
	"os"
	"slices"
	"testing"

	"github.com/transparency-dev/merkle/compact"
	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
	"pgregory.net/rapid"
)

func TestTilesAreThoseOfTheSpecification(t *testing.T) {
	// The example of C2SP tlog-tiles: 273 full tiles at level 0 and a partial one
	// of 112, a full one at level 1 and a partial one of 17, one of 1 at level 2.
	const size = 70000
	names := map[string]bool{}
	for _, tile := range tilesOf(size) {
		names[tilePath(tile)] = true
	}
	for _, want := range []string{"tile/0/000", "tile/0/272", "tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} {
		if !names[want] {
			t.Errorf("%s is missing", want)
		}
	}
	if len(names) != 273+1+1+1+1 {
		t.Errorf("%d tiles", len(names))
	}
	t.Run("a long index is cut into folders", func(t *testing.T) {
		if got := tilePath(tlog.Tile{H: 8, L: 0, N: 1234067, W: 256}); got != "tile/0/x001/x234/067" {
			t.Error(got)
		}
	})
	t.Run("entries have the same paths under another word", func(t *testing.T) {
		bundles := bundlesOf(0, size)
		if got := tilePath(bundles[len(bundles)-1]); got != "tile/entries/273.p/112" || len(bundles) != 274 {
			t.Error(got, len(bundles))
		}
	})
}

// sizes stand on both sides of every edge that tiles of 256 have.
var sizes = []int{1, 2, 3, 255, 256, 257, 511, 512, 513, 700}

func TestAnotherLibraryProvesTheLog(t *testing.T) {
	dir, signer, key := newLedger(t)
	verifier, err := note.NewVerifier(key)
	if err != nil {
		t.Fatal(err)
	}
	leaves := methods(slices.Max(sizes))
	var grown compact.Range
	factory := compact.RangeFactory{Hash: rfc6962.DefaultHasher.HashChildren}
	grown = *factory.NewEmptyRange(0)
	type head struct {
		size int64
		root tlog.Hash
	}
	var heads []head
	done := 0
	for _, size := range sizes {
		if err := Append(dir, signer, leaves[done:size]...); err != nil {
			t.Fatal(err)
		}
		for ; done < size; done++ {
			entry, err := leaves[done].Marshal()
			if err != nil {
				t.Fatal(err)
			}
			if err := grown.Append(rfc6962.DefaultHasher.HashLeaf(entry), nil); err != nil {
				t.Fatal(err)
			}
		}
		want, err := grown.GetRootHash(nil)
		if err != nil {
			t.Fatal(err)
		}
		l := mustOpen(t, dir)
		if root := l.Root(); string(root[:]) != string(want) {
			t.Fatalf("size %d: root %x, the other library has %x", size, root, want)
		}
		b, err := os.ReadFile(dir + "/checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := note.Open(b, note.VerifierList(verifier)); err != nil {
			t.Fatalf("size %d: %v", size, err)
		}
		for _, index := range []int64{0, int64(size) / 2, int64(size) - 1} {
			p, err := l.ProveEntry(index)
			if err != nil {
				t.Fatal(err)
			}
			entry, _ := leaves[index].Marshal()
			if err := tlog.CheckRecord(p, l.Size(), l.Root(), index, tlog.RecordHash(entry)); err != nil {
				t.Errorf("size %d, entry %d: %v", size, index, err)
			}
			if err := proof.VerifyInclusion(rfc6962.DefaultHasher, uint64(index), uint64(size),
				rfc6962.DefaultHasher.HashLeaf(entry), asBytes(p), want); err != nil {
				t.Errorf("size %d, entry %d: %v", size, index, err)
			}
		}
		for _, old := range heads {
			p, err := l.ProveSince(old.size)
			if err != nil {
				t.Fatal(err)
			}
			if err := tlog.CheckTree(p, l.Size(), l.Root(), old.size, old.root); err != nil {
				t.Errorf("from %d to %d: %v", old.size, size, err)
			}
			if err := proof.VerifyConsistency(rfc6962.DefaultHasher, uint64(old.size), uint64(size), asBytes(p), old.root[:], want); err != nil {
				t.Errorf("from %d to %d: %v", old.size, size, err)
			}
		}
		heads = append(heads, head{l.Size(), l.Root()})
	}
	if got := mustOpen(t, dir).Leaves(); !slices.Equal(got, leaves) {
		t.Error("the leaves that were read are not the ones that were appended")
	}
}

func asBytes[P ~[]tlog.Hash](p P) [][]byte {
	out := make([][]byte, len(p))
	for i := range p {
		out[i] = p[i][:]
	}
	return out
}

func TestHowALogWasCutIntoAppendsCannotBeSeen(t *testing.T) {
	signer, key := testKey(t, "example-desk", "desk")
	rapid.Check(t, func(rt *rapid.T) {
		size := rapid.SampledFrom([]int{3, 256, 257, 600}).Draw(rt, "size")
		leaves := methods(size)
		once, cut := newCrashDisk(), newCrashDisk()
		for _, d := range []disk{once, cut} {
			if err := create(d, signer, key); err != nil {
				rt.Fatal(err)
			}
		}
		if err := appendLeaves(once, signer, leaves); err != nil {
			rt.Fatal(err)
		}
		for rest := leaves; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "append")
			if err := appendLeaves(cut, signer, rest[:n]); err != nil {
				rt.Fatal(err)
			}
			rest = rest[n:]
		}
		if !sameFiles(once.live(), cut.live()) {
			rt.Fatal("the files differ")
		}
	})
}

func TestOpenRefusesALogThatContradictsItself(t *testing.T) {
	dir, signer, _ := newLedger(t)
	if err := Append(dir, signer, methods(300)...); err != nil {
		t.Fatal(err)
	}
	whole := files(t, dir)
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range whole {
			if !yield(name) {
				return
			}
		}
	}) {
		if name == "tile/0/000" || name == "tile/entries/000" || name == "tile/0/001.p/44" || name == "tile/entries/001.p/44" || name == "checkpoint" {
			t.Run("a byte of "+name+" is changed", func(t *testing.T) {
				broken := clone(whole)
				b := slices.Clone(broken[name].Data)
				b[len(b)/2] ^= 1
				broken[name].Data = b
				if _, err := Open(broken); err == nil {
					t.Error("opened")
				}
			})
		}
	}
}
