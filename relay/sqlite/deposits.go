package sqlite

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"hearsay/envelope"
	"hearsay/relay"
)

var _ relay.Store = (*Store)(nil)

// An ID is a day, a kind and a place.
const (
	placeBits = 24
	kindBits  = 4
)

func idOf(key dayKey, place int) relay.ID {
	return relay.ID(key.epoch<<(placeBits+kindBits) | int64(key.kind)<<placeBits | int64(place))
}

func placeOf(id relay.ID) (dayKey, int) {
	return dayKey{int64(id) >> (placeBits + kindBits), relay.Kind(id >> placeBits & (1<<kindBits - 1))}, int(id & (1<<placeBits - 1))
}

// List implements [relay.Deposits].
func (s *Store) List(ctx context.Context, epoch envelope.Epoch, kind relay.Kind) ([]relay.ID, error) {
	key := dayKey{int64(epoch), kind}
	var ids []relay.ID
	err := s.do(ctx, task{run: func(c *connection) error {
		places, err := c.numbers(`SELECT place FROM place WHERE epoch = ? AND kind = ? ORDER BY place`, key.epoch, int64(kind))
		ids = make([]relay.ID, len(places))
		for i, n := range places {
			ids[i] = idOf(key, int(n))
		}
		return err
	}})
	return ids, explain("list deposits", err)
}

// Get implements [relay.Deposits].
func (s *Store) Get(ctx context.Context, ids []relay.ID) ([][]byte, error) {
	payloads := make([][]byte, len(ids))
	err := s.do(ctx, task{run: func(c *connection) error {
		for i, id := range ids {
			key, place := placeOf(id)
			size := -1
			err := c.each(func(row *sqlite3.Stmt) { size = row.ColumnInt(0) },
				`SELECT size FROM place WHERE epoch = ? AND kind = ? AND place = ?`, key.epoch, int64(key.kind), int64(place))
			if err != nil {
				return err
			}
			if size < 0 {
				continue
			}
			if payloads[i], err = s.days.read(s.days.all[key], place, size); err != nil {
				return err
			}
		}
		return nil
	}})
	return payloads, explain("read deposits", err)
}

// Check implements [relay.Store].
func (s *Store) Check(ctx context.Context) error {
	return explain("check store", s.do(ctx, task{run: func(c *connection) error {
		if err := s.room(&addition{deposit: relay.Deposit{Kind: relay.Triple}}); err != nil {
			return err
		}
		return c.toss()
	}}))
}

// Forget implements [relay.Deposits].
func (s *Store) Forget(ctx context.Context, epoch envelope.Epoch) error {
	t := s.sweep()
	t.chosen = func(d *day) bool { return d.key.epoch == int64(epoch) }
	return explain("forget a day", s.do(ctx, t.task()))
}

// Turn implements [relay.Store].
func (s *Store) Turn(ctx context.Context, today envelope.Epoch, shuffle func(n int, swap func(i, j int))) error {
	t := s.sweep()
	t.today = int64(today)
	t.shuffle = shuffle
	t.chosen = func(d *day) bool { return d.key.epoch <= int64(today)-envelope.RelayKeepsDays }
	return explain("turn the day", s.do(ctx, t.task()))
}

// A sweep removes days whole, and puts others in a new order.
type sweep struct {
	s       *Store
	chosen  func(*day) bool // what goes
	today   int64           // days before it are closed; 0: none
	shuffle func(n int, swap func(i, j int))

	gone   []*day
	lost   map[*day][]digest
	closed []closing
}

// A closing is a day with the file that is to count.
type closing struct {
	day  *day
	next *day
	rows []row // of next
}

func (s *Store) sweep() *sweep { return &sweep{s: s, lost: map[*day][]digest{}} }

func (t *sweep) task() task {
	return task{sweep: true, before: t.before, run: t.run, after: t.after}
}

// before writes the new files. They lie beside the old ones until the
// database says that they count.
func (t *sweep) before(c *connection) error {
	s := t.s.days
	t.gone = s.where(t.chosen)
	for _, d := range s.where(func(d *day) bool { return d.fresh && d.key.epoch < t.today && !t.chosen(d) }) {
		closed, err := s.rewrite(c, d, t.shuffle)
		if closed.next != nil {
			t.closed = append(t.closed, closed)
		}
		if err != nil {
			return err
		}
	}
	if len(t.closed) > 0 {
		return s.dir.sync()
	}
	return nil
}

// rewrite writes the deposits of d to a file of their own, in shuffled order.
func (s *days) rewrite(c *connection, d *day, shuffle func(n int, swap func(i, j int))) (closed closing, err error) {
	var old []row
	err = c.each(func(r *sqlite3.Stmt) {
		old = append(old, row{d.key, r.ColumnInt(0), r.ColumnInt(1), r.ColumnBlob(2, nil)})
	}, `SELECT place, size, digest FROM place WHERE epoch = ? AND kind = ? ORDER BY place`, d.key.epoch, int64(d.key.kind))
	if err != nil {
		return closing{}, err
	}
	shuffle(len(old), func(i, j int) { old[i], old[j] = old[j], old[i] })
	next := &day{key: d.key, seen: d.seen, generation: d.generation + 1, high: len(old)}
	if next.file, err = s.dir.open(next.key.fileName(next.generation)); err != nil {
		return closing{}, err
	}
	closed = closing{day: d, next: next}
	for place, r := range old {
		payload, err := s.read(d, r.place, r.size)
		if err != nil {
			return closed, err
		}
		if _, err := next.file.WriteAt(payload, int64(place)*d.slot()); err != nil {
			return closed, err
		}
		next.held = append(next.held, place)
		closed.rows = append(closed.rows, row{d.key, place, r.size, r.digest})
	}
	return closed, next.file.Sync()
}

func (t *sweep) run(c *connection) error {
	if t.today > 0 {
		if err := c.exec(`DELETE FROM record WHERE until < ?`, t.today); err != nil {
			return err
		}
	}
	for _, d := range t.gone {
		var err error
		if t.lost[d], err = c.digests(`DELETE FROM place WHERE epoch = ? AND kind = ? RETURNING digest`, d.key.epoch, int64(d.key.kind)); err != nil {
			return err
		}
		if err := c.exec(`DELETE FROM day_file WHERE epoch = ? AND kind = ?`, d.key.epoch, int64(d.key.kind)); err != nil {
			return err
		}
	}
	for _, closed := range t.closed {
		if err := c.exec(`DELETE FROM place WHERE epoch = ? AND kind = ?`, closed.day.key.epoch, int64(closed.day.key.kind)); err != nil {
			return err
		}
		if err := (&batch{rows: closed.rows}).write(c); err != nil {
			return err
		}
		if err := c.saveDay(closed.next); err != nil {
			return err
		}
	}
	return nil
}

// after removes the files that no longer count, or, if the database does not
// say so, those that were to.
func (t *sweep) after(err error) {
	s := t.s.days
	for _, closed := range t.closed {
		if err != nil {
			s.drop(closed.next)
			continue
		}
		s.put(closed.day.key, closed.next)
		s.drop(closed.day)
	}
	if err != nil {
		return
	}
	for _, d := range t.gone {
		s.forget(d, t.lost[d])
		s.drop(d)
	}
	s.dir.sync() // should it fail, they go again at the next start
}
