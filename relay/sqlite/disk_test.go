package sqlite

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// A disk is a file system in memory that remembers what of it would survive:
// a write is safe after the next sync of its file, a name that was made or
// removed after the next sync of the folder. Until then the loss of power may
// take it, leave it, or leave some of its sectors.
//
// Like the system's own file system under SQLite it syncs the folder with the
// first sync of a journal or log, and when a file is deleted with syncDir.
//
// The store opens its file in exclusive mode, so a disk needs neither locks
// nor shared memory.
type disk struct {
	name string

	mu    sync.Mutex
	rng   *rand.Rand
	live  map[string]*inode // the names that the running system sees
	saved map[string]*inode // the names that would survive

	fuel         int  // changes that may still be made before the power goes; negative: no end
	dead         bool // the power has gone
	room         int  // bytes that all files together may have; 0: no end
	reserve      uint64
	syncs        int           // done so far
	payloadBytes int           // written to files of days so far
	badSync      int           // the sync that fails, counted from 1; 0: none
	hold         chan struct{} // for this the failing sync waits, unless it is nil
	readOnly     bool
}

type inode struct {
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

var disks atomic.Int64

// newDisk returns a disk with an empty store file on it.
func newDisk(t *testing.T, seed uint64) *disk {
	file := &inode{}
	return mount(t, &disk{
		rng:   rand.New(rand.NewPCG(seed, 0)),
		live:  map[string]*inode{fileName: file},
		saved: map[string]*inode{fileName: file},
		fuel:  -1,
	})
}

// mount gives d a name that SQLite knows, for the length of the test.
func mount(t *testing.T, d *disk) *disk {
	d.name = fmt.Sprint("disk", disks.Add(1))
	vfs.Register(d.name, d)
	t.Cleanup(func() { vfs.Unregister(d.name) })
	return d
}

// open opens the store of d.
func (d *disk) open(synchronous string, create bool) (*Store, error) {
	e := engine{vfs: d.name, synchronous: synchronous, dir: diskFolder{d, synchronous == "FULL"}, reserve: d.reserve}
	s, err := e.open(fileName, create)
	return s, explain("open", err)
}

// set changes d while a store may be using it.
func (d *disk) set(change func(d *disk)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// powerCut ends d and returns what is found on the disk when power is back.
func (d *disk) powerCut(t *testing.T) *disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dead = true

	mode := d.rng.IntN(3)
	after := map[*inode]*inode{}
	survivor := func(f *inode) *inode {
		if after[f] == nil {
			b := d.tear(f, mode)
			after[f] = &inode{live: b, saved: slices.Clone(b)}
		}
		return after[f]
	}
	names := map[string]*inode{}
	for name, f := range d.saved {
		if d.live[name] == f || d.rng.IntN(2) == 0 { // else a removal that was not synced
			names[name] = survivor(f)
		}
	}
	for name, f := range d.live {
		if d.saved[name] == nil && d.rng.IntN(2) == 0 { // made, and not synced
			names[name] = survivor(f)
		}
	}
	return mount(t, &disk{rng: d.rng, live: names, saved: maps.Clone(names), fuel: -1})
}

// tear returns what is left of f: its synced bytes, and of what was written
// since nothing (mode 0), the first so many sectors (1), or any sectors (2).
func (d *disk) tear(f *inode, mode int) []byte {
	b := slices.Clone(f.saved)
	if mode == 0 {
		return b
	}
	var pieces []change
	for _, c := range f.pending {
		for at, data := c.at, c.data; ; {
			n := min(int64(len(data)), sector-at%sector)
			pieces = append(pieces, change{at, data[:n:n]})
			at, data = at+n, data[n:]
			if len(data) == 0 {
				break
			}
		}
		if c.data == nil {
			pieces[len(pieces)-1].data = nil
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

var errPower = errors.New("no power")

// burn takes fuel for one change.
func (d *disk) burn() error {
	if d.fuel == 0 {
		d.dead = true
	}
	if d.dead {
		return errPower
	}
	if d.readOnly {
		return syscall.EROFS
	}
	if d.fuel > 0 {
		d.fuel--
	}
	return nil
}

func (d *disk) used() (n int) {
	for _, f := range d.live {
		n += len(f.live)
	}
	return n
}

// Open implements [vfs.VFS].
func (d *disk) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name == "" {
		return nil, 0, errors.New("a temporary file would leave payloads about")
	}
	if d.readOnly && flags&vfs.OPEN_READWRITE != 0 {
		return nil, 0, syscall.EROFS
	}
	f := d.live[name]
	if f == nil {
		if flags&vfs.OPEN_CREATE == 0 {
			return nil, 0, fs.ErrNotExist
		}
		if err := d.burn(); err != nil {
			return nil, 0, err
		}
		f = &inode{}
		d.live[name] = f
	}
	const logs = vfs.OPEN_WAL | vfs.OPEN_MAIN_JOURNAL | vfs.OPEN_SUPER_JOURNAL
	return &diskFile{d, f, flags&logs != 0 && flags&vfs.OPEN_CREATE != 0}, flags, nil
}

// Delete implements [vfs.VFS].
func (d *disk) Delete(name string, syncDir bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.burn(); err != nil {
		return err
	}
	if d.live[name] == nil {
		return sqlite3.IOERR_DELETE_NOENT
	}
	delete(d.live, name)
	if syncDir {
		d.saved = maps.Clone(d.live)
	}
	return nil
}

// Access implements [vfs.VFS].
func (d *disk) Access(name string, flags vfs.AccessFlag) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.live[name] != nil, nil
}

// FullPathname implements [vfs.VFS].
func (d *disk) FullPathname(name string) (string, error) { return name, nil }

type diskFile struct {
	d       *disk
	f       *inode
	syncDir bool // with the next sync
}

func (h *diskFile) Close() error { return nil }

func (h *diskFile) ReadAt(p []byte, off int64) (int, error) {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if h.d.dead {
		return 0, errPower
	}
	if off >= int64(len(h.f.live)) {
		return 0, io.EOF
	}
	n := copy(p, h.f.live[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (h *diskFile) WriteAt(p []byte, off int64) (int, error) {
	n, err := h.write(p, off)
	if err == syscall.ENOSPC {
		err = vfs.SystemError(err, sqlite3.FULL)
	}
	return n, err
}

func (h *diskFile) write(p []byte, off int64) (int, error) {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	grown := off + int64(len(p)) - int64(len(h.f.live))
	if h.d.room > 0 && grown > 0 && h.d.used()+int(grown) > h.d.room {
		return 0, syscall.ENOSPC
	}
	return len(p), h.change(change{off, slices.Clone(p)})
}

func (h *diskFile) Truncate(size int64) error {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	return h.change(change{at: size})
}

func (h *diskFile) change(c change) error {
	if err := h.d.burn(); err != nil {
		return err
	}
	h.f.live = c.apply(h.f.live)
	h.f.pending = append(h.f.pending, c)
	return nil
}

func (h *diskFile) Sync(vfs.SyncFlag) error {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	if hold := h.d.hold; hold != nil && h.d.badSync == 1 {
		h.d.mu.Unlock()
		<-hold
		h.d.mu.Lock()
	}
	if err := h.d.burn(); err != nil {
		return err
	}
	h.d.syncs++
	pending := h.f.pending
	h.f.pending = nil
	if h.d.badSync > 0 {
		if h.d.badSync--; h.d.badSync == 0 {
			// The worst that systems do: the error is told once, and the pages
			// count as clean from then on. Live has them, the disk never will.
			return syscall.EIO
		}
	}
	for _, c := range pending {
		h.f.saved = c.apply(h.f.saved)
	}
	if h.syncDir {
		h.syncDir = false
		h.d.saved = maps.Clone(h.d.live)
	}
	return nil
}

func (h *diskFile) Size() (int64, error) {
	h.d.mu.Lock()
	defer h.d.mu.Unlock()
	return int64(len(h.f.live)), nil
}

func (h *diskFile) Lock(vfs.LockLevel) error         { return nil }
func (h *diskFile) Unlock(vfs.LockLevel) error       { return nil }
func (h *diskFile) CheckReservedLock() (bool, error) { return false, nil }
func (h *diskFile) SectorSize() int                  { return sector }

// DeviceCharacteristics promises what the system's own file system promises:
// a torn write leaves the bytes beside it alone.
func (h *diskFile) DeviceCharacteristics() vfs.DeviceCharacteristic {
	return vfs.IOCAP_POWERSAFE_OVERWRITE
}

// A diskFolder is a disk as the store sees it beside SQLite.
type diskFolder struct {
	d     *disk
	syncs bool // as asked to
}

func (f diskFolder) open(name string) (file, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.readOnly {
		return nil, syscall.EROFS
	}
	i := f.d.live[name]
	if i == nil {
		if err := f.d.burn(); err != nil {
			return nil, err
		}
		i = &inode{}
		f.d.live[name] = i
	}
	return dayFile{&diskFile{f.d, i, false}, f.syncs}, nil
}

func (f diskFolder) remove(name string) error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.d.burn(); err != nil {
		return err
	}
	delete(f.d.live, name)
	return nil
}

func (f diskFolder) list() ([]string, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	return slices.Sorted(maps.Keys(f.d.live)), nil
}

func (f diskFolder) sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if err := f.d.burn(); err != nil || !f.syncs {
		return err
	}
	f.d.saved = maps.Clone(f.d.live)
	return nil
}

func (f diskFolder) free() (uint64, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if f.d.reserve == 0 { // a disk that does not say
		return endless, nil
	}
	return uint64(f.d.room - f.d.used()), nil
}

type dayFile struct {
	*diskFile
	syncs bool
}

func (f dayFile) WriteAt(p []byte, off int64) (int, error) {
	f.d.set(func(d *disk) { d.payloadBytes += len(p) })
	return f.write(p, off)
}

func (f dayFile) Sync() error {
	if !f.syncs {
		return nil
	}
	return f.diskFile.Sync(0)
}
