package envelope

import (
	"bytes"
	"crypto/rand"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

// sealFile cuts a file into chunks as a kit does.
func sealFile(t testing.TB, desk DeskID, key FileKey, data []byte) [][]byte {
	t.Helper()
	n := (len(data) + ChunkData - 1) / ChunkData
	var chunks [][]byte
	for i := range n {
		chunk, err := SealChunk(desk, key, i, n, data[i*ChunkData:min(len(data), (i+1)*ChunkData)])
		if err != nil {
			t.Fatal(err)
		}
		chunks = append(chunks, chunk)
	}
	return chunks
}

func TestChunks(t *testing.T) {
	desk, key := DeskID{1}, NewFileKey()

	t.Run("a file of any length comes back, its last chunk filled with zeros", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			n := rapid.IntRange(1, 4).Draw(t, "chunks")
			data := randomBytes((n-1)*ChunkData + rapid.IntRange(1, ChunkData).Draw(t, "in the last"))
			key := NewFileKey()
			var got []byte
			for i := range n {
				chunk, err := SealChunk(desk, key, i, n, data[i*ChunkData:min(len(data), (i+1)*ChunkData)])
				if err != nil {
					t.Fatal(err)
				}
				locator, err := ChunkLocator(desk, key, i, n)
				if err != nil || !bytes.HasPrefix(chunk, locator[:]) || len(chunk) != ChunkSize {
					t.Fatalf("%d bytes, locator %x, %v", len(chunk), locator, err)
				}
				part, err := OpenChunk(desk, key, i, n, chunk)
				if err != nil || len(part) != ChunkData {
					t.Fatalf("%d bytes, %v", len(part), err)
				}
				got = append(got, part...)
			}
			if !bytes.Equal(got[:len(data)], data) || !isZero(got[len(data):]) {
				t.Fatal("came back otherwise")
			}
		})
	})
	t.Run("a chunk with any byte changed does not open", func(t *testing.T) {
		chunk := sealFile(t, desk, key, []byte("text"))[0]
		rapid.Check(t, func(t *rapid.T) {
			b := bytes.Clone(chunk)
			b[rapid.IntRange(0, ChunkSize-1).Draw(t, "at")] ^= byte(rapid.IntRange(1, 255).Draw(t, "xor"))
			if _, err := OpenChunk(desk, key, 0, 1, b); err != ErrNotForUs {
				t.Fatalf("OpenChunk = %v, want just %v", err, ErrNotForUs)
			}
		})
	})
	t.Run("a chunk opens only as itself", func(t *testing.T) {
		const n = 3
		chunks := sealFile(t, desk, key, randomBytes(2*ChunkData+1))
		for i, chunk := range chunks {
			for asN := range MaxChunks + 2 {
				for asI := -1; asI <= asN; asI++ {
					_, err := OpenChunk(desk, key, asI, asN, chunk)
					if want := asI == i && asN == n; (err == nil) != want || (!want && err != ErrNotForUs) {
						t.Fatalf("chunk %d of %d as %d of %d: %v", i, n, asI, asN, err)
					}
				}
			}
			for name, open := range map[string]func() error{
				"at another desk":  func() error { _, err := OpenChunk(DeskID{2}, key, i, n, chunk); return err },
				"with another key": func() error { _, err := OpenChunk(desk, NewFileKey(), i, n, chunk); return err },
				"cut":              func() error { _, err := OpenChunk(desk, key, i, n, chunk[:ChunkSize-1]); return err },
				"with a byte more": func() error { _, err := OpenChunk(desk, key, i, n, append(chunk, 0)); return err },
				"empty":            func() error { _, err := OpenChunk(desk, key, i, n, nil); return err },
			} {
				if err := open(); err != ErrNotForUs {
					t.Errorf("%s: %v, want just %v", name, err, ErrNotForUs)
				}
			}
		}
	})
	t.Run("what fills up opens as nothing", func(t *testing.T) {
		fill := FillChunk()
		if len(fill) != ChunkSize || bytes.Equal(fill, FillChunk()) {
			t.Error("of another size, or the same twice")
		}
		if _, err := OpenChunk(desk, key, 0, 1, fill); err != ErrNotForUs {
			t.Errorf("OpenChunk = %v", err)
		}
	})
	t.Run("refused to seal", func(t *testing.T) {
		for _, tt := range []struct {
			name       string
			i, n, size int
		}{
			{"no data", 0, 1, 0},
			{"too much data", 0, 1, ChunkData + 1},
			{"a chunk before the last that is not full", 0, 2, ChunkData - 1},
			{"a number past the last", 1, 1, 1},
			{"a number before the first", -1, 1, 1},
			{"a file of no chunks", 0, 0, 1},
			{"a file of too many chunks", 0, MaxChunks + 1, ChunkData},
		} {
			if _, err := SealChunk(desk, key, tt.i, tt.n, make([]byte, tt.size)); !errors.Is(err, ErrChunk) {
				t.Errorf("%s: %v, want %v", tt.name, err, ErrChunk)
			}
		}
		for _, zero := range []FileKey{{}, FileKeyFromBytes([32]byte{})} {
			if _, err := SealChunk(desk, zero, 0, 1, []byte("text")); !errors.Is(err, ErrChunk) {
				t.Errorf("a key that was never drawn: %v, want %v", err, ErrChunk)
			}
		}
		if _, err := ChunkLocator(desk, key, 1, 1); !errors.Is(err, ErrChunk) {
			t.Errorf("a locator past the last: %v", err)
		}
	})
}

func TestChunkClass(t *testing.T) {
	for n := -1; n <= MaxChunks+1; n++ {
		want := 0
		switch {
		case n < 1 || n > 64:
		case n == 1:
			want = 1
		case n <= 4:
			want = 4
		case n <= 16:
			want = 16
		default:
			want = 64
		}
		if got, err := ChunkClass(n); got != want || (err == nil) != (want != 0) {
			t.Errorf("ChunkClass(%d) = %d, %v; want %d", n, got, err, want)
		}
	}
}

func TestFileKey(t *testing.T) {
	k := NewFileKey()
	if k != FileKeyFromBytes(k.Bytes()) || k == NewFileKey() {
		t.Error("not the same as its bytes, or the same as another")
	}
	if (FileKey{}).Bytes() != [32]byte{} {
		t.Error("no key has bytes")
	}
}

func TestChunkDeposit(t *testing.T) {
	desk := DeskID{1}
	chunk := FillChunk()
	b, err := NewChunkDeposit(t.Context(), desk, testDay, chunk, MinPuzzle)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) != ChunkDepositSize {
		t.Errorf("%d bytes", len(b))
	}
	t.Run("comes back", func(t *testing.T) {
		epoch, got, err := ReadChunkDeposit(b)
		if err != nil || epoch != testDay || !bytes.Equal(got, chunk) {
			t.Errorf("epoch %d, %v", epoch, err)
		}
		if got, code := CheckChunk(desk, b, testDay, MinPuzzle); code != Taken || !bytes.Equal(got, chunk) {
			t.Errorf("CheckChunk = %v", code)
		}
	})
	for _, tt := range []struct {
		name string
		at   int
		want AnswerCode
	}{
		{"magic", 0, BadShape},
		{"kind", depositKindAt, BadShape},
		{"filler after the kind", depositKindAt + 1, BadShape},
		{"token", depositTokenAt, BadShape},
		{"filler before the chunk", DepositHeader - 1, BadShape},
		{"epoch", depositEpochAt, BadEpoch},
		{"nonce", depositNonceAt, BadEpoch},
		{"chunk", ChunkDepositSize - 1, BadEpoch},
	} {
		t.Run("refused with another "+tt.name, func(t *testing.T) {
			c := bytes.Clone(b)
			c[tt.at] ^= 1
			if got, code := CheckChunk(desk, c, testDay, MinPuzzle); code != tt.want || got != nil {
				t.Errorf("CheckChunk = %v, want %v", code, tt.want)
			}
		})
	}
	t.Run("is no deposit of three envelopes, nor the other way round", func(t *testing.T) {
		if _, _, err := ReadDeposit(b); !errors.Is(err, ErrDeposit) {
			t.Errorf("ReadDeposit = %v", err)
		}
		triple, err := NewDeposit(t.Context(), desk, testDay, make([]byte, PayloadSize), 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := ReadChunkDeposit(triple); !errors.Is(err, ErrDeposit) {
			t.Errorf("ReadChunkDeposit = %v", err)
		}
		if _, err := NewChunkDeposit(t.Context(), desk, testDay, make([]byte, PayloadSize), 0); !errors.Is(err, ErrDeposit) {
			t.Errorf("NewChunkDeposit = %v", err)
		}
	})
}
