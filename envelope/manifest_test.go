package envelope

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// newTestManifest returns a manifest of that many files of one chunk each.
func newTestManifest(files int) ManifestBody {
	m := ManifestBody{Report: [16]byte{1, 2, 3}}
	for i := range files {
		m.Files = append(m.Files, File{
			Key: NewFileKey(), Size: int64(1 + i), Chunks: 1, Digest: [32]byte{byte(i)}, Name: fmt.Sprintf("photo-%d.jpg", i+1),
		})
	}
	return m
}

func TestManifest(t *testing.T) {
	t.Run("comes back from its bytes", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			m := ManifestBody{Report: [16]byte(randomBytes(16))}
			for range rapid.IntRange(1, MaxFiles).Draw(t, "files") {
				n := rapid.IntRange(1, MaxChunks/MaxFiles).Draw(t, "chunks")
				m.Files = append(m.Files, File{
					Key: NewFileKey(), Chunks: n, Digest: [32]byte(randomBytes(32)),
					Size: int64(n-1)*ChunkData + int64(rapid.IntRange(1, ChunkData).Draw(t, "in the last chunk")),
					Name: rapid.StringMatching(`[a-z한ж]{1,20}\.jpg`).Draw(t, "name"),
				})
			}
			b, err := m.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			got, err := ParseManifest(b)
			if err != nil || !reflect.DeepEqual(got, m) {
				t.Fatalf("came back otherwise: %v", err)
			}
		})
	})
	t.Run("the longest fits into one part", func(t *testing.T) {
		m := newTestManifest(MaxFiles)
		for i := range m.Files {
			m.Files[i].Name = strings.Repeat("n", MaxFileName)
		}
		if b, err := m.Marshal(); err != nil || len(b) > MaxBody {
			t.Errorf("%d bytes, %v", len(b), err)
		}
	})
	t.Run("the bytes of a manifest with one file", func(t *testing.T) {
		m := ManifestBody{Report: [16]byte{15: 7}, Files: []File{{
			Key: FileKeyFromBytes([32]byte{31: 9}), Size: 65489, Chunks: 2, Digest: [32]byte{31: 8}, Name: "a",
		}}}
		want := strings.Repeat("00", 15) + "07" + "01" + strings.Repeat("00", 31) + "09" +
			"000000000000ffd1" + "00000002" + strings.Repeat("00", 31) + "08" + "01" + "61"
		got, err := m.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		equal(t, "manifest", got, unhex(want))
	})
	t.Run("cut or lengthened anywhere it is refused", func(t *testing.T) {
		b, err := newTestManifest(3).Marshal()
		if err != nil {
			t.Fatal(err)
		}
		for n := range b {
			if _, err := ParseManifest(b[:n]); !errors.Is(err, ErrManifest) {
				t.Fatalf("the first %d bytes: %v", n, err)
			}
		}
		if _, err := ParseManifest(append(b, 0)); !errors.Is(err, ErrManifest) {
			t.Errorf("with a byte more: %v", err)
		}
	})
}

// What may not be written may not be read either: the same cases are held
// against both.
func TestManifestRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(m *ManifestBody)
	}{
		{"no files", func(m *ManifestBody) { m.Files = nil }},
		{"more than 16 files", func(m *ManifestBody) { *m = newTestManifest(17) }},
		{"no chunks", func(m *ManifestBody) { m.Files[0].Size, m.Files[0].Chunks = 0, 0 }},
		{"an empty file", func(m *ManifestBody) { m.Files[0].Size = 0 }},
		{"more bytes than the chunks hold", func(m *ManifestBody) { m.Files[0].Size = ChunkData + 1 }},
		{"a chunk too many", func(m *ManifestBody) { m.Files[0].Size, m.Files[0].Chunks = ChunkData, 2 }},
		{"a file of 65 chunks", func(m *ManifestBody) { m.Files[0].Size, m.Files[0].Chunks = 65*ChunkData, 65 }},
		{"65 chunks in all", func(m *ManifestBody) { m.Files[0].Size, m.Files[0].Chunks = 64*ChunkData, 64 }},
		{"a size beyond 63 bits", func(m *ManifestBody) { m.Files[0].Size = -1 }},
		{"one key twice", func(m *ManifestBody) { m.Files[1].Key = m.Files[0].Key }},
		{"a key of zeros", func(m *ManifestBody) { m.Files[1].Key = FileKeyFromBytes([32]byte{}) }},
		{"no name", func(m *ManifestBody) { m.Files[0].Name = "" }},
		{"a name of 65 bytes", func(m *ManifestBody) { m.Files[0].Name = strings.Repeat("n", 65) }},
		{"a name that is a path", func(m *ManifestBody) { m.Files[0].Name = "../a" }},
		{"a name that is a path on Windows", func(m *ManifestBody) { m.Files[0].Name = `..\a` }},
		{"this folder", func(m *ManifestBody) { m.Files[0].Name = "." }},
		{"the folder above", func(m *ManifestBody) { m.Files[0].Name = ".." }},
		{"a line feed in a name", func(m *ManifestBody) { m.Files[0].Name = "a\nb" }},
		{"DEL in a name", func(m *ManifestBody) { m.Files[0].Name = "a\x7fb" }},
		{"a C1 control in a name", func(m *ManifestBody) { m.Files[0].Name = "a\u0085b" }},
		{"a line separator in a name", func(m *ManifestBody) { m.Files[0].Name = "a\u2028b" }},
		{"a turn of direction in a name", func(m *ManifestBody) { m.Files[0].Name = "photo\u202egpj.exe" }},
		{"a name that is not UTF-8", func(m *ManifestBody) { m.Files[0].Name = "a\xff" }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := newTestManifest(2)
			tt.change(&m)
			if _, err := m.Marshal(); !errors.Is(err, ErrManifest) {
				t.Errorf("Marshal = %v, want %v", err, ErrManifest)
			}
			if _, err := ParseManifest(writeUnchecked(m)); !errors.Is(err, ErrManifest) {
				t.Errorf("ParseManifest = %v, want %v", err, ErrManifest)
			}
		})
	}
}

// writeUnchecked writes a manifest that a kit would not.
func writeUnchecked(m ManifestBody) []byte {
	b := append(m.Report[:], byte(len(m.Files)))
	for _, f := range m.Files {
		key := f.Key.Bytes()
		b = append(b, key[:]...)
		b = append(b, byte(f.Size>>56), byte(f.Size>>48), byte(f.Size>>40), byte(f.Size>>32),
			byte(f.Size>>24), byte(f.Size>>16), byte(f.Size>>8), byte(f.Size))
		b = append(b, 0, 0, 0, byte(f.Chunks))
		b = append(b, f.Digest[:]...)
		b = append(append(b, byte(len(f.Name))), f.Name...)
	}
	return b
}

func TestSealManifest(t *testing.T) {
	d := newTestDesk(t, 2, 4)
	s := newTestSource(t, d.id)
	id, payloads, err := s.SealReport(d.roster(t), Daily, strings.Repeat("a", MaxBody+1))
	if err != nil {
		t.Fatal(err)
	}
	m := newTestManifest(2)
	m.Report = id
	payload, err := s.SealManifest(d.roster(t), Courier, m)
	if err != nil {
		t.Fatal(err)
	}
	want, err := m.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	for slot, e := range d.editors {
		for part, payload := range payloads {
			report, err := e.opener(d.id).OpenPayload(payload, slot)
			if err != nil {
				t.Fatal(err)
			}
			if report.Type != Report || report.ID != id || report.Part != part || report.Parts != 2 {
				t.Errorf("type %d, part %d of %d; or another id", report.Type, report.Part, report.Parts)
			}
		}
		got, err := e.opener(d.id).OpenPayload(payload, slot)
		if err != nil {
			t.Fatal(err)
		}
		if got.Type != Manifest || got.Parts != 1 || !got.Endorsed(d.id) || got.ID == id || !bytes.Equal(got.Body(), want) {
			t.Errorf("type %d in %d parts, endorsed %v; or the report's id, or another body", got.Type, got.Parts, got.Endorsed(d.id))
		}
	}
	t.Run("refused", func(t *testing.T) {
		if _, err := s.SealManifest(d.roster(t), Daily, ManifestBody{}); !errors.Is(err, ErrManifest) {
			t.Errorf("no files: %v, want %v", err, ErrManifest)
		}
		if _, err := s.SealManifest(newTestDesk(t, 1, 4).roster(t), Daily, m); !errors.Is(err, ErrDesk) {
			t.Errorf("another desk's roster: %v, want %v", err, ErrDesk)
		}
		if _, err := s.SealManifest(d.roster(t), classes, m); err == nil {
			t.Error("a third class was sealed to")
		}
	})
}
