package courier

import (
	"crypto/sha256"
	"testing"

	"golang.org/x/crypto/chacha20poly1305"

	"hearsay/envelope"
)

// What the default costs: five payloads on three drives of which two are
// needed, without the cells that fill up the files.
func BenchmarkSplit2of3(b *testing.B) {
	to, pack := newTestDesk(b).secret.Public(), randomParcel(5, 0).marshal()
	for b.Loop() {
		if _, err := splitPack(to, pack, 2, 3); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSplitDrives2of3(b *testing.B) {
	to, p := newTestDesk(b).secret.Public(), randomParcel(5, 0)
	for b.Loop() {
		if _, err := Split(to, p, 2, 3); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkJoin2of3 reads two cells and joins them.
func BenchmarkJoin2of3(b *testing.B) {
	d := newTestDesk(b)
	cells, err := splitPack(d.secret.Public(), randomParcel(5, 0).marshal(), 2, 3)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		j := d.joiner()
		for _, c := range cells[1:] {
			if _, err := j.AddCell(c); err != nil {
				b.Fatal(err)
			}
		}
		if _, err := j.Sets()[0].Join(); err != nil {
			b.Fatal(err)
		}
	}
}

// fullDrives is two drives of two with sixteen sets: nothing fills them up.
func fullDrives(b *testing.B) (testDesk, [][][]byte) {
	d := newTestDesk(b)
	drives, err := Split(d.secret.Public(), randomParcel(0, DriveCells), 2, 2)
	if err != nil {
		b.Fatal(err)
	}
	return d, drives
}

// BenchmarkImport reads a drive file of sixteen cells and joins their sets with
// the cells of another. BenchmarkImportPrimitives is the same work without us.
func BenchmarkImport(b *testing.B) {
	d, drives := fullDrives(b)
	b.SetBytes(2 * DriveSize)
	for b.Loop() {
		j := d.joiner()
		for _, files := range drives {
			if _, err := j.AddDrive(files[0]); err != nil {
				b.Fatal(err)
			}
		}
		for _, s := range j.Sets() {
			if _, err := s.Join(); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkImportPrimitives opens 32 cells, rebuilds nothing (both fragments of
// a set are data), and hashes and opens 16 packs.
func BenchmarkImportPrimitives(b *testing.B) {
	d, drives := fullDrives(b)
	key, nonce := random(chacha20poly1305.KeySize), make([]byte, chacha20poly1305.NonceSize)
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		b.Fatal(err)
	}
	sealed := aead.Seal(nil, nonce, make([]byte, packSize(2)), nil)
	out := make([]byte, 0, len(sealed))
	b.SetBytes(2 * DriveSize)
	for b.Loop() {
		for _, files := range drives {
			for i := range DriveCells {
				if _, err := d.secret.OpenCell(files[0][i*envelope.CellSize:][:envelope.CellSize]); err != nil {
					b.Fatal(err)
				}
			}
		}
		for range DriveCells {
			sha256.Sum256(sealed)
			if _, err := aead.Open(out, nonce, sealed, nil); err != nil {
				b.Fatal(err)
			}
		}
	}
}
