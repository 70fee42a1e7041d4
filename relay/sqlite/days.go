package sqlite

import (
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/ncruces/go-sqlite3"

	"hearsay/relay"
)

// days are what the writer knows of the files of days. The database says the
// same, and only what it says counts.
type days struct {
	dir   folder
	known map[digest]struct{} // of everything that is kept

	// mu guards what callers share with the writer, so that they can write
	// their payloads at once: all, and of a day free, high, file and failures.
	mu  sync.Mutex
	all map[dayKey]*day // changed by the writer alone
}

// A digest is half of a SHA-256: enough to tell payloads apart.
type digest [16]byte

// A day is one file. Its places are numbered from 0 and as long as a payload
// of its kind.
type day struct {
	key        dayKey
	seen       int64 // how many came, those included that were not kept
	generation int64
	fresh      bool  // something came since the file was put in shuffled order
	held       []int // the places that count
	free       []int // those before high that do not
	high       int   // places in the file, or that it is to have
	file       file  // nil until it is needed

	// After a sync that failed, systems hold for written what never will be.
	// So whatever was written before it has to be written again.
	failures int
	syncing  sync.Mutex // one at a time: a failure is told to one caller only
}

// takePlace returns a place that nothing counts on.
func (s *days) takePlace(d *day) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if last := len(d.free) - 1; last >= 0 {
		place := d.free[last]
		d.free = d.free[:last]
		return place
	}
	d.high++
	return d.high - 1
}

func (s *days) giveBack(d *day, place int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	d.free = append(d.free, place)
}

// sync syncs the file of d. Whatever was written after failuresOf gave the
// number that it still gives is then on the disk.
func (s *days) sync(d *day) error {
	d.syncing.Lock()
	defer d.syncing.Unlock()
	err := d.file.Sync()
	if err != nil {
		s.mu.Lock()
		d.failures++
		s.mu.Unlock()
	}
	return err
}

func (s *days) failuresOf(d *day) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return d.failures
}

func (d *day) slot() int64 { return int64(d.key.kind.Size()) }

// bytes is how long the file may be.
func (d *day) bytes() uint64 { return uint64(d.high) * uint64(d.slot()) }

// loadDays reads what there is, and removes files of days that do not count:
// of a closing, or a first deposit, that was cut short.
func loadDays(c *connection, dir folder) (*days, error) {
	s := &days{dir: dir, all: map[dayKey]*day{}, known: map[digest]struct{}{}}
	err := c.each(func(row *sqlite3.Stmt) {
		d := &day{
			key:        dayKey{row.ColumnInt64(0), relay.Kind(row.ColumnInt64(1))},
			seen:       row.ColumnInt64(2),
			generation: row.ColumnInt64(3),
			fresh:      row.ColumnBool(4),
		}
		s.all[d.key] = d
	}, `SELECT epoch, kind, seen, file, fresh FROM day_file`)
	if err != nil {
		return nil, err
	}
	err = c.each(func(row *sqlite3.Stmt) {
		d := s.all[dayKey{row.ColumnInt64(0), relay.Kind(row.ColumnInt64(1))}]
		if d == nil {
			return // of no day that counts
		}
		place := row.ColumnInt(2)
		for ; d.high < place; d.high++ {
			d.free = append(d.free, d.high)
		}
		d.held = append(d.held, place)
		d.high = place + 1
		s.known[digest(row.ColumnRawBlob(3)[:len(digest{})])] = struct{}{}
	}, `SELECT epoch, kind, place, digest FROM place ORDER BY epoch, kind, place`)
	if err != nil {
		return nil, err
	}
	return s, s.tidy()
}

// tidy removes the files that do not count and misses those that do.
func (s *days) tidy() error {
	names, err := s.dir.list()
	if err != nil {
		return err
	}
	there := map[dayKey]bool{}
	for _, name := range names {
		key, generation, ok := parseFileName(name)
		if !ok {
			continue
		}
		if d := s.all[key]; d != nil && d.generation == generation {
			there[key] = true
		} else if err := scrub(s.dir, name); err != nil {
			return err
		}
	}
	for key, d := range s.all {
		if len(d.held) > 0 && !there[key] {
			return fmt.Errorf("%w: %s is missing", ErrDamaged, key.fileName(d.generation))
		}
	}
	return nil
}

// open returns the file of d, made if need be, with its name on the disk.
func (s *days) open(d *day) (file, error) {
	if d.file != nil {
		return d.file, nil
	}
	f, err := s.dir.open(d.key.fileName(d.generation))
	if err != nil {
		return nil, err
	}
	if len(d.held) == 0 { // it may be new
		if err := s.dir.sync(); err != nil {
			f.Close()
			return nil, err
		}
	}
	s.mu.Lock()
	d.file = f
	s.mu.Unlock()
	return f, nil
}

// read returns the payload at a place. What the disk has lost of it is filled
// up: the others of its day are whole, and a desk tells by the seals.
func (s *days) read(d *day, place, size int) ([]byte, error) {
	f, err := s.open(d)
	if err != nil {
		return nil, err
	}
	b := make([]byte, size)
	n, err := f.ReadAt(b, int64(place)*d.slot())
	if err != nil && err != io.EOF {
		return nil, err
	}
	for i := range b[n:] {
		b[n+i] = 0xff
	}
	return b, nil
}

// drop closes and removes the file of a day that is gone. The database says
// so already: a file that cannot be removed now goes at the next start.
func (s *days) drop(d *day) error {
	if d.file != nil {
		d.file.Close()
	}
	return scrub(s.dir, d.key.fileName(d.generation))
}

// forget takes the digests of d out of those that are known.
func (s *days) forget(d *day, digests []digest) {
	for _, k := range digests {
		delete(s.known, k)
	}
	s.put(d.key, nil)
}

// put makes d the day of that key, or none if it is nil.
func (s *days) put(key dayKey, d *day) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d == nil {
		delete(s.all, key)
	} else {
		s.all[key] = d
	}
}

// open days that are written anew need room for that.
func (s *days) freshBytes() (n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.all {
		if d.fresh {
			n += d.bytes()
		}
	}
	return n
}

func (s *days) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.all {
		if d.file != nil {
			d.file.Close()
		}
	}
	clear(s.all)
}

// where returns the days that the condition holds for, in order.
func (s *days) where(condition func(*day) bool) (found []*day) {
	for _, d := range s.all {
		if condition(d) {
			found = append(found, d)
		}
	}
	slices.SortFunc(found, func(a, b *day) int {
		if a.key.epoch != b.key.epoch {
			return int(a.key.epoch - b.key.epoch)
		}
		return int(a.key.kind - b.key.kind)
	})
	return found
}
