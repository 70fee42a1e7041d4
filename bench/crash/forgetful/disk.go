//go:build linux

package main

import (
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
)

// A disk is a folder in memory that remembers what of it would survive: a
// write is safe after the next sync of its file, a name after the next sync of
// the folder. Until then the loss of power may take it, leave it, or leave
// some of its sectors.
type disk struct {
	mu    sync.Mutex
	rng   *rand.Rand
	live  map[string]*inode // the names that programs see
	saved map[string]*inode // the names that would survive
	lies  bool              // syncs do nothing
}

type inode struct {
	number  uint64
	mode    uint32
	live    []byte
	saved   []byte
	pending []change // since the last sync
}

// A change is a write, or a truncation if data is nil.
type change struct {
	at   int64
	data []byte
}

const sector = 512 // is written whole or not at all

func newDisk(seed uint64, lies bool) *disk {
	return &disk{
		rng: rand.New(rand.NewPCG(seed, 0)), lies: lies,
		live: map[string]*inode{}, saved: map[string]*inode{},
	}
}

func (c change) apply(b []byte) []byte {
	if c.data == nil {
		return resize(b, c.at)
	}
	if end := c.at + int64(len(c.data)); end > int64(len(b)) {
		b = resize(b, end)
	}
	copy(b[c.at:], c.data)
	return b
}

func resize(b []byte, size int64) []byte {
	if size <= int64(len(b)) {
		return b[:size:size]
	}
	return append(b, make([]byte, size-int64(len(b)))...)
}

func (f *inode) change(c change) {
	f.live = c.apply(f.live)
	f.pending = append(f.pending, c)
}

func (f *inode) sync() {
	for _, c := range f.pending {
		f.saved = c.apply(f.saved)
	}
	f.pending = nil
}

// cut is the loss of power: what was not synced is gone, or part of it.
func (d *disk) cut() {
	d.mu.Lock()
	defer d.mu.Unlock()
	mode := d.rng.IntN(3)
	names := map[string]*inode{}
	for name, f := range d.saved {
		if d.live[name] == f || d.rng.IntN(2) == 0 { // else a removal that was not synced
			names[name] = f
		}
	}
	for name, f := range d.live {
		if d.saved[name] == nil && d.rng.IntN(2) == 0 { // made, and not synced
			names[name] = f
		}
	}
	torn := map[*inode]bool{}
	for _, f := range names {
		if !torn[f] {
			torn[f] = true
			f.saved = d.tear(f, mode)
			f.live = slices.Clone(f.saved)
			f.pending = nil
		}
	}
	d.live, d.saved = names, maps.Clone(names)
}

// tear returns what is left of f: its synced bytes, and of what was written
// since nothing (mode 0), the first so many sectors (1), or any sectors (2).
func (d *disk) tear(f *inode, mode int) []byte {
	b := f.saved
	if mode == 0 {
		return b
	}
	var pieces []change
	for _, c := range f.pending {
		if c.data == nil {
			pieces = append(pieces, c)
			continue
		}
		for at, data := c.at, c.data; len(data) > 0; {
			n := min(int64(len(data)), sector-at%sector)
			pieces = append(pieces, change{at, data[:n]})
			at, data = at+n, data[n:]
		}
	}
	prefix := d.rng.IntN(len(pieces) + 1)
	for i, p := range pieces {
		if mode == 1 && i < prefix || mode == 2 && d.rng.IntN(2) == 0 {
			b = p.apply(b)
		}
	}
	return b
}
