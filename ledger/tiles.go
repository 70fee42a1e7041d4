package ledger

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrBundle tells that bytes are not a bundle of entries.
var ErrBundle = errors.New("not a bundle of entries")

var errTooLarge = errors.New("the file is larger than it may be")

const (
	tileHeight = 8 // C2SP tlog-tiles knows no other
	tileWidth  = 1 << tileHeight
	entryLevel = -1 // tlog's level for data instead of hashes
	maxBundle  = tileWidth * (2 + maxLeaf)
)

// tilePath returns where C2SP tlog-tiles puts a tile. It is tlog's own path
// without the height, and with another word for the entries.
func tilePath(t tlog.Tile) string {
	p := strings.TrimPrefix(t.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	return "tile/" + strings.Replace(p, "data/", "entries/", 1)
}

// tilesOf returns every tile of hashes in a log of this size, partial ones
// only as wide as the log is now.
func tilesOf(size int64) []tlog.Tile { return tlog.NewTiles(tileHeight, 0, size) }

// bundlesOf returns the entry bundles between two sizes of a log.
func bundlesOf(old, size int64) []tlog.Tile {
	var bundles []tlog.Tile
	for n := old / tileWidth; n*tileWidth < size; n++ {
		bundles = append(bundles, tlog.Tile{H: tileHeight, L: entryLevel, N: n, W: int(min(tileWidth, size-n*tileWidth))})
	}
	return bundles
}

// appendBundle writes entries as C2SP tlog-tiles has it: each after its length
// in two bytes, big-endian.
func appendBundle(b []byte, entries ...[]byte) []byte {
	for _, e := range entries {
		b = binary.BigEndian.AppendUint16(b, uint16(len(e)))
		b = append(b, e...)
	}
	return b
}

// parseBundle reads a bundle of exactly width entries.
func parseBundle(b []byte, width int) ([][]byte, error) {
	entries := make([][]byte, 0, width)
	for len(b) > 0 {
		if len(b) < 2 || len(entries) == width {
			return nil, fmt.Errorf("it does not end after %d entries: %w", width, ErrBundle)
		}
		n := int(binary.BigEndian.Uint16(b))
		if n > maxLeaf || len(b) < 2+n {
			return nil, fmt.Errorf("entry %d of it is too long or cut off: %w", len(entries), ErrBundle)
		}
		entries = append(entries, b[2:2+n:2+n])
		b = b[2+n:]
	}
	if len(entries) != width {
		return nil, fmt.Errorf("it has %d entries and not %d: %w", len(entries), width, ErrBundle)
	}
	return entries, nil
}

// tileFiles reads tiles from a folder, for tlog.TileHashReader, which proves
// them against a root.
type tileFiles struct{ fsys fs.FS }

func (tileFiles) Height() int                     { return tileHeight }
func (tileFiles) SaveTiles([]tlog.Tile, [][]byte) {}

func (f tileFiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	data := make([][]byte, len(tiles))
	for i, t := range tiles {
		b, err := readFile(f.fsys, tilePath(t), tileWidth*tlog.HashSize)
		if err != nil {
			return nil, err
		}
		data[i] = b
	}
	return data, nil
}

// readFile reads a file of at most limit bytes.
func readFile(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("read %s: %w", name, errTooLarge)
	}
	return b, nil
}

// hashList serves the stored hashes of a log held in memory.
type hashList []tlog.Hash

// grow adds the hashes that follow from one more leaf.
func (h *hashList) grow(n int64, leaf tlog.Hash) error {
	more, err := tlog.StoredHashesForRecordHash(n, leaf, *h)
	if err != nil {
		return err
	}
	*h = append(*h, more...)
	return nil
}

func (h hashList) ReadHashes(indexes []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(indexes))
	for i, x := range indexes {
		if x < 0 || x >= int64(len(h)) {
			return nil, fmt.Errorf("read hash %d of %d: %w", x, len(h), fs.ErrNotExist)
		}
		out[i] = h[x]
	}
	return out, nil
}
