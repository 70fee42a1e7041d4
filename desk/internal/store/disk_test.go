package store

import (
	"bytes"
	"crypto/rand"
	"maps"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
	"github.com/ncruces/go-sqlite3/vfs/adiantum"
)

// disk is a file system for SQLite that keeps only what was synced. It can be
// full, and its power can fail after any number of writes; of what was written
// but not synced then an arbitrary part survives, in sectors of 512 bytes.
type disk struct {
	mu      sync.Mutex
	files   map[string]*diskFile // as running programs see them
	synced  map[string]*diskFile // names that a power loss leaves
	room    int64                // bytes it holds in all
	writes  int                  // done so far
	failsAt int                  // the write at which the power fails; 0 for never
}

// A diskFile is what was synced, and what was done since.
type diskFile struct {
	live, synced []byte
	since        []func([]byte) []byte
}

// A disk tears writes at sectors; file systems let files grow by blocks.
const (
	sector = 512
	block  = 4096
)

// newDisk returns an empty disk and the name under which SQLite finds it,
// encrypted.
func newDisk(t testing.TB) (*disk, string) {
	d := &disk{files: map[string]*diskFile{}, synced: map[string]*diskFile{}, room: 1 << 40}
	name := "disk-" + rand.Text()
	vfs.Register(name, adiantum.Wrap(d, nil))
	t.Cleanup(func() { vfs.Unregister(name) })
	return d, name
}

// create puts an empty file where a database is to be made.
func (d *disk) create(path string) {
	f := &diskFile{}
	d.files[path], d.synced[path] = f, f
}

// syncNames makes names that were removed stay removed, as syncDir does.
func (d *disk) syncNames() { d.synced = maps.Clone(d.files) }

// losePower returns what is found when the power is back, and how SQLite names
// it: what was synced, and those of the operations since that survives lets
// through. The disk itself does nothing more.
func (d *disk) losePower(t testing.TB, survives func() bool) (*disk, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failsAt = 1
	after, name := newDisk(t)
	for path, f := range d.synced {
		after.create(path)
		b := bytes.Clone(f.synced)
		for _, op := range f.since {
			if survives() {
				b = op(b)
			}
		}
		after.files[path].live, after.files[path].synced = b, bytes.Clone(b)
	}
	return after, name
}

func (d *disk) Open(name string, flags vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	f := d.files[name]
	if f == nil {
		if flags&vfs.OPEN_CREATE == 0 || d.dead() {
			return nil, flags, sqlite3.CANTOPEN
		}
		f = &diskFile{}
		d.files[name] = f
	}
	return &diskHandle{disk: d, name: name, diskFile: f}, flags, nil
}

func (d *disk) Delete(name string, syncDir bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dead() {
		return sqlite3.IOERR_DELETE
	}
	delete(d.files, name)
	if syncDir {
		delete(d.synced, name)
	}
	return nil
}

func (d *disk) Access(name string, _ vfs.AccessFlag) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.files[name] != nil, nil
}

func (d *disk) FullPathname(name string) (string, error) { return name, nil }

func (d *disk) dead() bool { return d.failsAt > 0 && d.writes >= d.failsAt }

// size is the room that is taken, the bytes of all files.
func (d *disk) size() int64 {
	var n int64
	for _, f := range d.files {
		n += int64(len(f.live))
	}
	return n
}

type diskHandle struct {
	disk *disk
	name string
	*diskFile
}

func (h *diskHandle) ReadAt(p []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	return bytes.NewReader(h.live).ReadAt(p, off)
}

func (h *diskHandle) WriteAt(p []byte, off int64) (int, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.disk.size()+max(0, off+int64(len(p))-int64(len(h.live))) > h.disk.room {
		return 0, sqlite3.FULL
	}
	for n := 0; n < len(p); {
		if h.disk.writes++; h.disk.dead() {
			return n, sqlite3.IOERR_WRITE
		}
		part := bytes.Clone(p[n:min(len(p), n+sector)])
		at := off + int64(n)
		h.do(func(b []byte) []byte {
			if end := at + int64(len(part)); end > int64(len(b)) {
				end = (end + block - 1) / block * block
				b = append(b, make([]byte, end-int64(len(b)))...)
			}
			copy(b[at:], part)
			return b
		})
		n += len(part)
	}
	return len(p), nil
}

func (h *diskHandle) Truncate(size int64) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.disk.writes++; h.disk.dead() {
		return sqlite3.IOERR_TRUNCATE
	}
	h.do(func(b []byte) []byte { return b[:min(size, int64(len(b)))] })
	return nil
}

func (h *diskHandle) do(op func([]byte) []byte) {
	h.live = op(h.live)
	h.since = append(h.since, op)
}

func (h *diskHandle) Sync(vfs.SyncFlag) error {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	if h.disk.dead() {
		return sqlite3.IOERR_FSYNC
	}
	h.synced, h.since = bytes.Clone(h.live), nil
	h.disk.synced[h.name] = h.diskFile
	return nil
}

func (h *diskHandle) Size() (int64, error) {
	h.disk.mu.Lock()
	defer h.disk.mu.Unlock()
	return int64(len(h.live)), nil
}

func (h *diskHandle) Close() error                                    { return nil }
func (h *diskHandle) Lock(vfs.LockLevel) error                        { return nil }
func (h *diskHandle) Unlock(vfs.LockLevel) error                      { return nil }
func (h *diskHandle) CheckReservedLock() (bool, error)                { return false, nil }
func (h *diskHandle) SectorSize() int                                 { return sector }
func (h *diskHandle) DeviceCharacteristics() vfs.DeviceCharacteristic { return 0 }
