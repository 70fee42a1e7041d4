package sqlite

import (
	"context"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"hearsay/envelope"
	"hearsay/relay"
)

// Put implements [relay.Records].
func (s *Store) Put(ctx context.Context, r relay.Record) error {
	return explain("put record", s.do(ctx, task{run: func(c *connection) error {
		return c.exec(`
			INSERT INTO record (name, until, body) VALUES (?, ?, ?)
			ON CONFLICT (name) DO UPDATE SET until = excluded.until, body = excluded.body`,
			r.Name, int64(r.Until), r.Body)
	}}))
}

// Add implements [relay.Records].
func (s *Store) Add(ctx context.Context, r relay.Record) error {
	var added bool
	err := s.do(ctx, task{run: func(c *connection) error {
		err := c.exec(`INSERT INTO record (name, until, body) VALUES (?, ?, ?) ON CONFLICT (name) DO NOTHING`,
			r.Name, int64(r.Until), r.Body)
		added = c.conn.Changes() == 1
		return err
	}})
	if err == nil && !added {
		return fmt.Errorf("add record: %w", relay.ErrExists)
	}
	return explain("add record", err)
}

// Load implements [relay.Records].
func (s *Store) Load(ctx context.Context, prefix string) ([]relay.Record, error) {
	var records []relay.Record
	err := s.do(ctx, task{run: func(c *connection) error {
		records = nil
		return c.each(func(row *sqlite3.Stmt) {
			records = append(records, relay.Record{
				Name:  row.ColumnText(0),
				Until: envelope.Epoch(row.ColumnInt64(1)),
				Body:  row.ColumnBlob(2, nil),
			})
		}, `SELECT name, until, body FROM record WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name`, prefix)
	}})
	return records, explain("load records", err)
}
