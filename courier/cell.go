package courier

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"hearsay/envelope"
)

// Sizes and bounds (PROTOCOL 4.8).
const (
	DriveCells = 16                             // cells in a drive file
	DriveSize  = DriveCells * envelope.CellSize // 1,048,576 bytes
	MinNeed    = 2                              // least k: one drive alone says nothing
	MaxDrives  = 16                             // most n
)

const (
	cellVersion  = 1
	setSize      = 16
	shareSize    = 32
	digestSize   = 32
	cellHeader   = 4 + setSize + 4 + shareSize + digestSize
	fragmentSize = envelope.CellPlaintext - cellHeader // 64,312
)

var _ = [1]struct{}{}[fragmentSize-64312]

// errCell is given for a plaintext that no cell has.
var errCell = errors.New("not a cell")

// setHeader is what the cells of a set have in common.
type setHeader struct {
	k, n   uint8
	id     [setSize]byte
	length uint32           // of the pack, without the zeros behind it
	digest [digestSize]byte // SHA-256(C)
}

func (h setHeader) name() [32]byte {
	b := append([]byte{h.k, h.n}, h.id[:]...)
	b = binary.BigEndian.AppendUint32(b, h.length)
	return sha256.Sum256(append(b, h.digest[:]...))
}

// cell is the plaintext of a cell that carries something.
type cell struct {
	setHeader
	index    uint8
	share    [shareSize]byte
	fragment []byte
}

func (c cell) marshal() []byte {
	b := make([]byte, 0, envelope.CellPlaintext)
	b = append(b, cellVersion, c.k, c.n, c.index)
	b = append(b, c.id[:]...)
	b = binary.BigEndian.AppendUint32(b, c.length)
	b = append(b, c.share[:]...)
	b = append(b, c.digest[:]...)
	return append(b, c.fragment...)
}

// parseCell reads what marshal writes. carries is false for a cell that is
// there to fill the file. The fragment shares memory with b.
func parseCell(b []byte) (c cell, carries bool, err error) {
	if len(b) != envelope.CellPlaintext {
		return cell{}, false, errCell
	}
	if b[0] == 0 {
		if !isZero(b) {
			return cell{}, false, errCell
		}
		return cell{}, false, nil
	}
	c.k, c.n, c.index = b[1], b[2], b[3]
	c.length = binary.BigEndian.Uint32(b[4+setSize:])
	if b[0] != cellVersion || !possible(int(c.k), int(c.n)) || c.index >= c.n || int64(c.length) > int64(packSize(int(c.k))) {
		return cell{}, false, errCell
	}
	rest := b[4:]
	rest = rest[copy(c.id[:], rest)+4:]
	rest = rest[copy(c.share[:], rest):]
	c.fragment = rest[copy(c.digest[:], rest):]
	return c, true, nil
}

// possible reports whether sets of n cells, of which k are needed, may be.
func possible(k, n int) bool { return MinNeed <= k && k <= n && n <= MaxDrives }
