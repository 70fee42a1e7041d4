package sqlite

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"slices"

	"hearsay/envelope"
	"hearsay/relay"
)

// Append implements [relay.Deposits].
//
// A deposit passes three stages, each with the next one on its heels: its
// caller writes the payload to a place that does not count; [Store.syncer]
// syncs what several callers wrote; the writer makes it count.
func (s *Store) Append(ctx context.Context, epoch envelope.Epoch, d relay.Deposit, r relay.Reservoir) error {
	if len(d.Payload) > d.Kind.Size() {
		return explain("keep deposit", errLong)
	}
	if err := ctx.Err(); err != nil {
		return explain("keep deposit", err)
	}
	a := &addition{key: dayKey{int64(epoch), d.Kind}, deposit: d, reservoir: r}
	s.days.write(a)
	err := s.send(ctx, s.written, task{add: a})
	return explain("keep deposit", err)
}

// An addition is a deposit on its way into the file of its day.
type addition struct {
	key       dayKey
	deposit   relay.Deposit
	reservoir relay.Reservoir

	day      *day // in whose file the payload is; nil: in none
	place    int
	failures int // of syncs of that file, before it was written
}

// write writes the payload of a to its day's file, if that is open already.
// What is in the way, the writer meets again, and tells.
func (s *days) write(a *addition) {
	s.mu.Lock()
	d := s.all[a.key]
	if d == nil || d.file == nil {
		s.mu.Unlock()
		return
	}
	f := d.file
	a.failures = d.failures
	s.mu.Unlock()
	a.place = s.takePlace(d)
	if _, err := f.WriteAt(a.deposit.Payload, int64(a.place)*d.slot()); err != nil {
		s.giveBack(d, a.place)
		return
	}
	a.day = d
}

// syncAll syncs the files that additions were written to. Those of which it is
// not sure then that they are on the disk count as not written, and there is
// an error.
func (s *days) syncAll(additions []*addition) (err error) {
	var synced []*day
	for _, a := range additions {
		if a.day != nil && !slices.Contains(synced, a.day) {
			synced = append(synced, a.day)
			err = errors.Join(err, s.sync(a.day))
		}
	}
	for _, a := range additions {
		if a.day != nil && s.failuresOf(a.day) != a.failures {
			s.giveBack(a.day, a.place)
			a.day = nil
			err = cmp.Or(err, errSync)
		}
	}
	return err
}

// A batch is what several additions change. Payloads are at places that do
// not count, and synced; then the database makes them count; then memory
// follows, or, if something failed, goes back.
//
// Whatever becomes of a deposit, its payload is written somewhere and the
// database changes: an answer that came sooner would tell which it was.
type batch struct {
	s       *days
	touched []*day
	late    []*addition // written here, and to be synced
	rows    []row
	undo    []func()
	freed   []func() // once it is done
}

// A row is a place that begins or ceases to count.
type row struct {
	key    dayKey
	place  int
	size   int
	digest []byte // nil for one that ceases to
}

// plan decides what becomes of the additions, and writes and syncs those that
// are not on the disk yet.
func (s *days) plan(additions []*addition) (*batch, error) {
	b := &batch{s: s}
	for _, a := range additions {
		if err := b.add(a); err != nil {
			b.fail()
			return nil, err
		}
	}
	if err := s.syncAll(b.late); err != nil {
		b.fail()
		return nil, err
	}
	return b, nil
}

// writeLate writes what its caller could not: the first of a day, or one of
// which the file was closed or failed meanwhile.
func (b *batch) writeLate(a *addition, d *day) error {
	f, err := b.s.open(d)
	if err != nil {
		return err
	}
	a.failures = b.s.failuresOf(d)
	place := b.s.takePlace(d)
	if _, err := f.WriteAt(a.deposit.Payload, int64(place)*d.slot()); err != nil {
		b.s.giveBack(d, place)
		return err
	}
	a.day, a.place = d, place
	b.late = append(b.late, a)
	return nil
}

func (b *batch) add(a *addition) error {
	s := b.s
	d := s.all[a.key]
	if d == nil {
		d = &day{key: a.key}
		s.put(a.key, d)
		b.undo = append(b.undo, func() {
			s.put(a.key, nil)
			if d.file != nil {
				d.file.Close() // the file itself is used by the next, or goes at the next start
			}
		})
	}
	if a.day != d {
		if err := b.writeLate(a, d); err != nil {
			return err
		}
	}
	b.touch(d)
	place := a.place
	// Should the batch fail, each addition is tried again, and written again.
	b.undo = append(b.undo, func() {
		if a.day != nil {
			a.day = nil
			s.giveBack(d, place)
		}
	})

	id := digest(a.deposit.Digest[:len(digest{})])
	if _, known := s.known[id]; known {
		b.giveBack(d, place)
		return nil
	}
	d.seen++
	b.undo = append(b.undo, func() { d.seen-- })
	keep, evict := a.reservoir.Place(len(d.held), int(d.seen))
	if !keep {
		b.giveBack(d, place)
		return nil
	}
	s.known[id] = struct{}{}
	b.undo = append(b.undo, func() { delete(s.known, id) })
	if evict < 0 {
		d.held = append(d.held, place)
		b.undo = append(b.undo, func() { d.held = d.held[:len(d.held)-1] })
	} else {
		old := d.held[evict]
		d.held[evict] = place
		b.undo = append(b.undo, func() { d.held[evict] = old })
		b.rows = append(b.rows, row{key: d.key, place: old})
		b.giveBack(d, old)
	}
	if fresh := d.fresh; !fresh {
		d.fresh = true
		b.undo = append(b.undo, func() { d.fresh = fresh })
	}
	b.rows = append(b.rows, row{d.key, place, len(a.deposit.Payload), a.deposit.Digest[:]})
	return nil
}

// giveBack lets others have a place once the batch is done: until then a loss
// of power may find that it still counts.
func (b *batch) giveBack(d *day, place int) {
	b.freed = append(b.freed, func() { b.s.giveBack(d, place) })
}

func (b *batch) touch(d *day) {
	if !slices.Contains(b.touched, d) {
		b.touched = append(b.touched, d)
	}
}

// write makes the batch count. It is part of a transaction.
func (b *batch) write(c *connection) error {
	for _, r := range b.rows {
		if r.digest != nil {
			if err := c.exec(`INSERT INTO place (epoch, kind, place, size, digest) VALUES (?, ?, ?, ?, ?)`,
				r.key.epoch, int64(r.key.kind), int64(r.place), int64(r.size), r.digest); err != nil {
				return err
			}
			continue
		}
		k, err := c.digests(`DELETE FROM place WHERE epoch = ? AND kind = ? AND place = ? RETURNING digest`,
			r.key.epoch, int64(r.key.kind), int64(r.place))
		if err != nil {
			return err
		}
		b.freed = append(b.freed, func() {
			for _, k := range k {
				delete(b.s.known, k)
			}
		})
	}
	for _, d := range b.touched {
		if err := c.saveDay(d); err != nil {
			return err
		}
	}
	return c.toss()
}

// done is called when the batch counts.
func (b *batch) done() {
	for _, f := range b.freed {
		f()
	}
}

// fail is called when it does not.
func (b *batch) fail() {
	for i := len(b.undo) - 1; i >= 0; i-- {
		b.undo[i]()
	}
}

func (c *connection) saveDay(d *day) error {
	fresh := int64(0)
	if d.fresh {
		fresh = 1
	}
	return c.exec(`
		INSERT INTO day_file (epoch, kind, seen, file, fresh) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (epoch, kind) DO UPDATE SET seen = excluded.seen, file = excluded.file, fresh = excluded.fresh`,
		d.key.epoch, int64(d.key.kind), d.seen, d.generation, fresh)
}

// toss changes something for the sake of it.
func (c *connection) toss() error {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return c.exec(`UPDATE toss SET value = ?`, int64(binary.BigEndian.Uint64(b[:])))
}
