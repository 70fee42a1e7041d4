package sheet

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"hash/maphash"
	"math"
	"slices"
	"sort"
)

// ErrLarge tells that a table has more than can be held: 2^31 rows or names, or
// 4 GiB of names.
var ErrLarge = errors.New("more than can be weighed at once")

// Names are texts by index, from 0. They take their own bytes, eight for the
// length and the index, and while they are being collected twelve to 24 more.
type Names struct {
	blocks [][]byte // each name behind its length
	refs   []uint32 // where each stands: the block above, the byte in it below

	slots []uint64 // open addressing: the hash above, the index plus one below; none once sorted
	seed  maphash.Seed
}

const (
	blockBits = 20
	blockSize = 1 << blockBits // more than the longest row and so than any name
)

func newNames() *Names {
	return &Names{slots: make([]uint64, 1<<10), seed: maphash.MakeSeed()}
}

// Len counts the names.
func (n *Names) Len() int { return len(n.refs) }

// At returns a name.
func (n *Names) At(i int32) string { return string(n.at(i)) }

func (n *Names) at(i int32) []byte {
	block := n.blocks[n.refs[i]>>blockBits][n.refs[i]&(blockSize-1):]
	length, size := binary.Uvarint(block)
	return block[size : size+int(length)]
}

// add returns the index of a name, and whether it is new.
func (n *Names) add(name []byte) (i int32, isNew bool, err error) {
	if 4*len(n.refs) >= 3*len(n.slots) {
		n.grow()
	}
	hash := maphash.Bytes(n.seed, name) >> 32
	slot, found := n.probe(hash, name)
	if found {
		return int32(uint32(n.slots[slot])) - 1, false, nil
	}
	if len(n.refs) == math.MaxInt32-1 {
		return 0, false, ErrLarge
	}
	if err := n.keep(name); err != nil {
		return 0, false, err
	}
	n.slots[slot] = hash<<32 | uint64(len(n.refs))
	return int32(len(n.refs)) - 1, true, nil
}

// probe finds the slot of a name, or the empty one where it would be.
func (n *Names) probe(hash uint64, name []byte) (slot int, found bool) {
	mask := len(n.slots) - 1
	for slot = int(hash) & mask; n.slots[slot] != 0; slot = (slot + 1) & mask {
		if n.slots[slot]>>32 == hash && bytes.Equal(n.at(int32(uint32(n.slots[slot]))-1), name) {
			return slot, true
		}
	}
	return slot, false
}

func (n *Names) keep(name []byte) error {
	need := len(name) + binary.MaxVarintLen32
	last := len(n.blocks) - 1
	if last < 0 || len(n.blocks[last])+need > cap(n.blocks[last]) {
		if len(n.blocks) == 1<<(32-blockBits) {
			return ErrLarge
		}
		size := blockSize
		if last < 0 {
			size = max(need, blockSize/64) // most tables are small
		}
		n.blocks = append(n.blocks, make([]byte, 0, size))
		last++
	}
	n.refs = append(n.refs, uint32(last)<<blockBits|uint32(len(n.blocks[last])))
	n.blocks[last] = append(binary.AppendUvarint(n.blocks[last], uint64(len(name))), name...)
	return nil
}

func (n *Names) grow() {
	old := n.slots
	n.slots = make([]uint64, 2*len(old))
	mask := len(n.slots) - 1
	for _, kept := range old {
		if kept == 0 {
			continue
		}
		slot := int(kept>>32) & mask
		for n.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		n.slots[slot] = kept
	}
}

// sort puts the names in the order of their bytes, so that no result depends on
// the order of a table's rows, and returns the new index of each old one. No
// name can be added afterwards.
func (n *Names) sort() []int32 {
	n.slots = nil
	shared := n.sharedPrefix()
	type keyed struct {
		key uint64 // the first bytes in which names differ
		old int32
	}
	order := make([]keyed, len(n.refs))
	for i := range order {
		var first [8]byte
		copy(first[:], n.at(int32(i))[shared:])
		order[i] = keyed{binary.BigEndian.Uint64(first[:]), int32(i)}
	}
	slices.SortFunc(order, func(a, b keyed) int {
		if a.key != b.key {
			return cmp.Compare(a.key, b.key)
		}
		return bytes.Compare(n.at(a.old), n.at(b.old))
	})
	refs, rank := make([]uint32, len(order)), make([]int32, len(order))
	for i, k := range order {
		refs[i], rank[k.old] = n.refs[k.old], int32(i)
	}
	n.refs = refs
	return rank
}

func (n *Names) sharedPrefix() int {
	if n.Len() == 0 {
		return 0
	}
	first := n.at(0)
	shared := len(first)
	for i := 1; i < n.Len() && shared > 0; i++ {
		name := n.at(int32(i))
		shared = min(shared, len(name))
		for !bytes.Equal(name[:shared], first[:shared]) {
			shared--
		}
	}
	return shared
}

// Find returns the index of a name.
func (n *Names) Find(name string) (i int32, ok bool) {
	if n.slots != nil {
		slot, found := n.probe(maphash.String(n.seed, name)>>32, []byte(name))
		return int32(uint32(n.slots[slot])) - 1, found
	}
	at, ok := sort.Find(n.Len(), func(i int) int { return bytes.Compare([]byte(name), n.at(int32(i))) })
	return int32(at), ok
}
