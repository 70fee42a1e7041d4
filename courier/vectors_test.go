package courier

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"hearsay/envelope"
)

type vector struct {
	open  func([]byte) ([]byte, error)
	desk  envelope.DeskID
	k, n  int
	pack  string
	cells [][]byte
}

func readVector(t testing.TB) vector {
	t.Helper()
	b, err := os.ReadFile("testdata/shard.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Desk  struct{ NR string }
		Shard struct {
			ImportSeed string `json:"import_seed"`
			K, N       int
			Pack       string
			Files      []string
		}
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	seed, err := hex.DecodeString(file.Shard.ImportSeed)
	if err != nil {
		t.Fatal(err)
	}
	nr, err := hex.DecodeString(file.Desk.NR)
	if err != nil {
		t.Fatal(err)
	}
	v := vector{desk: envelope.DeskID(nr), k: file.Shard.K, n: file.Shard.N, pack: file.Shard.Pack}
	secret, err := envelope.NewImportSecret(v.desk, [32]byte(seed))
	if err != nil {
		t.Fatal(err)
	}
	v.open = secret.OpenCell
	for _, name := range file.Shard.Files {
		c, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		v.cells = append(v.cells, c)
	}
	return v
}

// TestVector joins what another implementation split.
func TestVector(t *testing.T) {
	v := readVector(t)
	for _, pair := range [][]int{{0, 1}, {0, 2}, {1, 2}, {2, 0}, {0, 1, 2}} {
		j := NewJoiner(v.desk, v.open)
		for _, i := range pair {
			if seen, err := j.AddCell(v.cells[i]); err != nil || seen != (Seen{Carry: 1}) {
				t.Fatalf("cell %d: %+v, %v", i, seen, err)
			}
		}
		sets := j.Sets()
		if len(sets) != 1 {
			t.Fatalf("cells %v make %d sets", pair, len(sets))
		}
		pack, err := sets[0].pack()
		if err != nil || string(pack) != v.pack {
			t.Errorf("cells %v give %q, %v; want %q", pair, pack, err, v.pack)
		}
	}
}

// TestVectorRebuilt takes the cells apart and makes each anew from the others:
// its share and fragment are the library's at the protocol's points, its
// plaintext the one that we would write.
func TestVectorRebuilt(t *testing.T) {
	v := readVector(t)
	fragments, points := make([][]byte, v.n), make([][]byte, v.n+1)
	for i, sealed := range v.cells {
		plaintext, err := v.open(sealed)
		if err != nil {
			t.Fatal(err)
		}
		c, carries, err := parseCell(plaintext)
		if err != nil || !carries || int(c.index) != i || int(c.k) != v.k || int(c.n) != v.n {
			t.Fatalf("cell %d: %v, %v", i, carries, err)
		}
		if !bytes.Equal(c.marshal(), plaintext) {
			t.Errorf("cell %d would be written otherwise", i)
		}
		fragments[i], points[i+1] = c.fragment, c.share[:]
	}
	for lost := range v.n {
		f, p := bytes.Clone(fragments[lost]), bytes.Clone(points[lost+1])
		fewer, fewerPoints := append([][]byte(nil), fragments...), append([][]byte(nil), points...)
		fewer[lost], fewerPoints[lost+1] = nil, nil
		code, err := codeOf(v.k, v.n)
		if err != nil {
			t.Fatal(err)
		}
		shares, err := codeOf(v.k, v.n+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(code.Reconstruct(fewer), shares.Reconstruct(fewerPoints)); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(fewer[lost], f) || !bytes.Equal(fewerPoints[lost+1], p) {
			t.Errorf("cell %d is not where the library has it", lost)
		}
	}
}
