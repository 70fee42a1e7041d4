package sqlite

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"github.com/ncruces/go-sqlite3"

	"hearsay/envelope"
	"hearsay/relay"
)

var _ relay.Store = (*Store)(nil)

// Append implements [relay.Deposits].
func (s *Store) Append(ctx context.Context, day envelope.Epoch, payload []byte, r relay.Reservoir) error {
	digest := sha256.Sum256(payload)
	return explain("keep deposit", s.do(ctx, task{run: func(c *connection) error {
		return c.appendDeposit(int64(day), digest[:], payload, r)
	}}))
}

func (c *connection) appendDeposit(day int64, digest, payload []byte, r relay.Reservoir) error {
	known, err := c.number(`SELECT EXISTS (SELECT 1 FROM deposit WHERE digest = ?)`, digest)
	if err != nil || known == 1 {
		return err
	}
	seen, err := c.number(`
		INSERT INTO day (epoch, seen) VALUES (?, 1)
		ON CONFLICT (epoch) DO UPDATE SET seen = seen + 1
		RETURNING seen`, day)
	if err != nil {
		return err
	}
	held := seen - 1 // at most; counted only where it matters
	if held >= int64(r.Cap) {
		if held, err = c.number(`SELECT count(*) FROM deposit WHERE epoch = ?`, day); err != nil {
			return err
		}
	}
	keep, evict := r.Place(int(held), int(seen))
	if !keep {
		return nil
	}
	if evict >= 0 {
		err := c.exec(`
			DELETE FROM deposit WHERE id =
				(SELECT id FROM deposit WHERE epoch = ? ORDER BY id LIMIT 1 OFFSET ?)`, day, int64(evict))
		if err != nil {
			return err
		}
	}
	return c.exec(`INSERT INTO deposit (id, epoch, digest, payload) VALUES (?, ?, ?, ?)`,
		randomID(), day, digest, payload)
}

// randomID returns a number below zero.
func randomID() int64 {
	var b [8]byte
	rand.Read(b[:])
	return int64(binary.BigEndian.Uint64(b[:]) | 1<<63)
}

// List implements [relay.Deposits].
func (s *Store) List(ctx context.Context, day envelope.Epoch) ([]relay.ID, error) {
	var ids []relay.ID
	err := s.do(ctx, task{run: func(c *connection) error {
		numbers, err := c.numbers(`SELECT id FROM deposit WHERE epoch = ? ORDER BY id`, int64(day))
		ids = make([]relay.ID, len(numbers))
		for i, n := range numbers {
			ids[i] = relay.ID(n)
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
			row := func(row *sqlite3.Stmt) { payloads[i] = row.ColumnBlob(0, nil) }
			if err := c.each(row, `SELECT payload FROM deposit WHERE id = ?`, int64(id)); err != nil {
				return err
			}
		}
		return nil
	}})
	return payloads, explain("read deposits", err)
}

// Forget implements [relay.Deposits].
func (s *Store) Forget(ctx context.Context, day envelope.Epoch) error {
	return explain("forget a day", s.do(ctx, task{sweep: true, run: func(c *connection) error {
		return c.forget(`epoch = ?`, int64(day))
	}}))
}

// forget removes the days of which the condition where holds for the argument.
func (c *connection) forget(where string, arg int64) error {
	if err := c.exec(`DELETE FROM deposit WHERE `+where, arg); err != nil {
		return err
	}
	return c.exec(`DELETE FROM day WHERE `+where, arg)
}

// Turn implements [relay.Store].
func (s *Store) Turn(ctx context.Context, today envelope.Epoch, shuffle func(n int, swap func(i, j int))) error {
	return explain("turn the day", s.do(ctx, task{sweep: true, run: func(c *connection) error {
		if err := c.exec(`DELETE FROM record WHERE until < ?`, int64(today)); err != nil {
			return err
		}
		if err := c.forget(`epoch <= ?`, int64(today)-envelope.RelayKeepsDays); err != nil {
			return err
		}
		days, err := c.numbers(`SELECT DISTINCT epoch FROM deposit WHERE id < 0 AND epoch < ?`, int64(today))
		if err != nil {
			return err
		}
		for _, day := range days {
			if err := c.closeDay(day, shuffle); err != nil {
				return err
			}
		}
		return nil
	}}))
}

// closeDay writes the deposits of day again, in shuffled order, and only then
// deletes the old ones, so that the pages they stood on are not taken again
// one for one.
func (c *connection) closeDay(day int64, shuffle func(n int, swap func(i, j int))) error {
	ids, err := c.numbers(`SELECT id FROM deposit WHERE epoch = ? ORDER BY id`, day)
	if err != nil {
		return err
	}
	last, err := c.number(`SELECT max(0, coalesce(max(id), 0)) FROM deposit`)
	if err != nil {
		return err
	}
	shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })
	for i, id := range ids {
		err := c.exec(`
			INSERT INTO deposit (id, epoch, digest, payload)
			SELECT ?, epoch, digest, payload FROM deposit WHERE id = ?`, last+1+int64(i), id)
		if err != nil {
			return err
		}
	}
	return c.exec(`DELETE FROM deposit WHERE epoch = ? AND id <= ?`, day, last)
}
