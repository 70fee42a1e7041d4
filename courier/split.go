package courier

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	mathrand "math/rand/v2"

	"github.com/klauspost/reedsolomon"
	"golang.org/x/crypto/chacha20poly1305"

	"hearsay/envelope"
)

var (
	// ErrShards is returned for numbers of drives that cannot be.
	ErrShards = errors.New("of 2 to 16 drives at least 2 must be needed")

	// ErrParcel is returned for a parcel that is empty or too large, or whose
	// parts have other sizes than they should.
	ErrParcel = errors.New("not a parcel")
)

// MaxSets is how many sets one parcel may fill: 256 files of each drive's. It
// bounds memory; the largest message with attachments fills 64.
const MaxSets = 256

// Split writes a parcel as the files of n drives, of which any k give it back.
// The i-th element is what belongs on the i-th drive: files of DriveSize bytes,
// nearly always one. A parcel that fills more than 16 sets makes several.
func Split(to envelope.ImportKey, p Parcel, k, n int) (drives [][][]byte, err error) {
	if !possible(k, n) {
		return nil, fmt.Errorf("split %d of %d: %w", k, n, ErrShards)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("split: %w", err)
	}
	cells := make([][][]byte, n) // by drive
	for sets := 0; len(p.Payloads)+len(p.Chunks) > 0; sets++ {
		if sets == MaxSets {
			return nil, fmt.Errorf("split: too large: %w", ErrParcel)
		}
		set, err := splitPack(to, takePack(&p, k).marshal(), k, n)
		if err != nil {
			return nil, fmt.Errorf("split: %w", err)
		}
		for i, c := range set {
			cells[i] = append(cells[i], c)
		}
	}
	drives = make([][][]byte, n)
	for i := range cells {
		for len(cells[i]) > 0 {
			take := min(len(cells[i]), DriveCells)
			file, err := driveFile(to, cells[i][:take])
			if err != nil {
				return nil, fmt.Errorf("split: %w", err)
			}
			drives[i] = append(drives[i], file)
			cells[i] = cells[i][take:]
		}
	}
	return drives, nil
}

func (p Parcel) check() error {
	if len(p.Payloads)+len(p.Chunks) == 0 {
		return fmt.Errorf("empty: %w", ErrParcel)
	}
	for _, payload := range p.Payloads {
		if len(payload) != payloadSize {
			return fmt.Errorf("payload of %d bytes: %w", len(payload), ErrParcel)
		}
	}
	for _, chunk := range p.Chunks {
		if len(chunk) != chunkSize {
			return fmt.Errorf("chunk of %d bytes: %w", len(chunk), ErrParcel)
		}
	}
	return nil
}

// splitPack seals a pack under a fresh key and returns the n cells of its set.
func splitPack(to envelope.ImportKey, pack []byte, k, n int) ([][]byte, error) {
	var key [chacha20poly1305.KeySize]byte
	rand.Read(key[:]) // never fails
	set := setHeader{k: uint8(k), n: uint8(n), length: uint32(len(pack))}
	rand.Read(set.id[:])
	aead, err := chacha20poly1305.New(key[:])
	if err != nil {
		return nil, err
	}
	filled := make([]byte, packSize(k), packSize(k)+tagSize)
	copy(filled, pack)
	sealed := aead.Seal(filled[:0], make([]byte, chacha20poly1305.NonceSize), filled, packAAD(to.Desk(), set.id))
	set.digest = sha256.Sum256(sealed)
	fragments, err := extend(sealed, k, n)
	if err != nil {
		return nil, err
	}
	shares, err := share(key, k, n)
	if err != nil {
		return nil, err
	}
	cells := make([][]byte, n)
	for i := range cells {
		c := cell{setHeader: set, index: uint8(i), share: [shareSize]byte(shares[i]), fragment: fragments[i]}
		if cells[i], err = to.SealCell(c.marshal()); err != nil {
			return nil, err
		}
	}
	return cells, nil
}

// packAAD is T("hs1-pack") ‖ NR ‖ set.
func packAAD(desk envelope.DeskID, set [setSize]byte) []byte {
	const tag = "hs1-pack"
	b := append([]byte{byte(len(tag))}, tag...)
	return append(append(b, desk[:]...), set[:]...)
}

// extend cuts C into k fragments and adds n-k, so that any k give all.
func extend(c []byte, k, n int) ([][]byte, error) {
	fragments := make([][]byte, n)
	for i := range fragments {
		if i < k {
			fragments[i] = c[i*fragmentSize:][:fragmentSize]
		} else {
			fragments[i] = make([]byte, fragmentSize)
		}
	}
	code, err := codeOf(k, n)
	if err != nil {
		return nil, err
	}
	return fragments, code.Encode(fragments)
}

// share is Shamir's k of n, in the arithmetic of the code above: the values of a
// polynomial at the points 0 to n, which is the key at 0 and random at 1 to k-1.
// The key's own point is left out, so share i stands at point i+1.
func share(key [shareSize]byte, k, n int) ([][]byte, error) {
	points := make([][]byte, n+1)
	points[0] = key[:]
	for i := range points[1:] {
		points[i+1] = make([]byte, shareSize)
		if i+1 < k {
			rand.Read(points[i+1]) // never fails
		}
	}
	code, err := codeOf(k, n+1)
	if err != nil {
		return nil, err
	}
	return points[1:], code.Encode(points)
}

// codeOf is the Reed-Solomon code of the protocol: over GF(2^8)/0x11D, data at
// points 0 to k-1, parity behind, which is the library's default matrix.
func codeOf(k, n int) (reedsolomon.Encoder, error) {
	return reedsolomon.New(k, n-k, reedsolomon.WithMaxGoroutines(1), reedsolomon.WithInversionCache(false))
}

// driveFile fills up with cells that carry nothing, and shuffles.
func driveFile(to envelope.ImportKey, cells [][]byte) ([]byte, error) {
	cells = append([][]byte(nil), cells...)
	nothing := make([]byte, envelope.CellPlaintext)
	for len(cells) < DriveCells {
		c, err := to.SealCell(nothing)
		if err != nil {
			return nil, err
		}
		cells = append(cells, c)
	}
	lot := mathrand.New(systemRandom{})
	lot.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	file := make([]byte, 0, DriveSize)
	for _, c := range cells {
		file = append(file, c...)
	}
	return file, nil
}

// systemRandom is the operating system's randomness as math/rand/v2 asks for it.
type systemRandom struct{}

func (systemRandom) Uint64() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}
