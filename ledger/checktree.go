package ledger

import (
	"golang.org/x/mod/sumdb/tlog"
)

// checkTree reads all entries and tiles of a log and holds them against its
// root. Entries and tiles say the same twice, so of two that differ the root
// tells which one was changed. It returns the hashes of the tree, and reports
// false where the entries are not all known.
func (c *checker) checkTree(tree tlog.Tree) (hashList, bool) {
	entries := c.readEntries(tree.N)
	var byEntry []tlog.Hash
	for _, e := range entries {
		byEntry = append(byEntry, tlog.RecordHash(e))
	}
	tiles, byTile := c.readTiles(tree.N)

	leaves, hashes, ok := byEntry, hashList(nil), false
	if hashes, ok = rootIs(tree, byEntry); !ok {
		leaves = byTile
		if hashes, ok = rootIs(tree, byTile); !ok {
			// Missing or malformed files have been named; if there are none, then
			// entries and tiles are whole and belong to another log.
			if entries != nil && byTile != nil {
				c.find(inLedger(checkpointFile), Broken, "neither the entries nor the tiles give its root")
			}
			return nil, false
		}
	}
	c.compareTiles(tiles, hashes)
	if entries == nil {
		return hashes, false
	}
	whole := true
	for i, hash := range byEntry {
		if hash != leaves[i] {
			c.find(inLedger(tilePath(bundleAt(int64(i), tree.N))), Changed, "entry %d is not the one in the tree", i)
			whole = false
		}
	}
	c.entries = entries
	return hashes, whole
}

func bundleAt(index, size int64) tlog.Tile { return bundlesOf(index, size)[0] }

// rootIs builds the tree over leaf hashes and compares its root.
func rootIs(tree tlog.Tree, leaves []tlog.Hash) (hashList, bool) {
	if int64(len(leaves)) != tree.N {
		return nil, false
	}
	var hashes hashList
	for i, h := range leaves {
		if err := hashes.grow(int64(i), h); err != nil {
			return nil, false
		}
	}
	root, err := tlog.TreeHash(tree.N, hashes)
	return hashes, err == nil && root == tree.Hash
}

// readEntries returns all entries, nil where a bundle is missing or malformed.
func (c *checker) readEntries(size int64) [][]byte {
	entries, whole := make([][]byte, 0, size), true
	for _, bundle := range bundlesOf(0, size) {
		name := inLedger(tilePath(bundle))
		b, ok := c.read(name, maxBundle)
		if !ok {
			whole = false
			continue
		}
		some, err := parseBundle(b, bundle.W)
		if err != nil {
			c.find(name, Changed, "%s", err)
			whole = false
			continue
		}
		entries = append(entries, some...)
	}
	if !whole {
		return nil
	}
	return entries
}

// readTiles returns every tile that could be read, and the leaf hashes, nil
// where a tile of them could not.
func (c *checker) readTiles(size int64) (map[tlog.Tile][]byte, []tlog.Hash) {
	tiles, leaves, whole := map[tlog.Tile][]byte{}, make([]tlog.Hash, 0, size), true
	for _, t := range tilesOf(size) {
		name := inLedger(tilePath(t))
		b, ok := c.read(name, tileWidth*tlog.HashSize)
		if ok && len(b) != t.W*tlog.HashSize {
			c.find(name, Changed, "it has %d bytes and not %d", len(b), t.W*tlog.HashSize)
			ok = false
		}
		if ok {
			tiles[t] = b
		}
		if t.L > 0 {
			continue
		}
		whole = whole && ok
		for ; whole && len(b) > 0; b = b[tlog.HashSize:] {
			leaves = append(leaves, tlog.Hash(b))
		}
	}
	if !whole {
		return tiles, nil
	}
	return tiles, leaves
}

// compareTiles holds each tile against the proved tree.
func (c *checker) compareTiles(tiles map[tlog.Tile][]byte, hashes hashList) {
	for t, b := range tiles { // findings are sorted later
		want, err := tlog.ReadTileData(t, hashes)
		if err != nil {
			c.find(inLedger(tilePath(t)), Broken, "%s", err)
			continue
		}
		for i := 0; i < len(b); i += tlog.HashSize {
			if tlog.Hash(b[i:]) != tlog.Hash(want[i:]) {
				c.find(inLedger(tilePath(t)), Changed, "hash %d is not the one in the tree", i/tlog.HashSize)
				break
			}
		}
	}
}
