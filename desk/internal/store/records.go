package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

var _ casebook.Store = (*Store)(nil)

// Two sources may report the same bytes, which are kept once.
const (
	keepReport = `INSERT INTO report (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`
	keepRecord = `INSERT INTO record (day, editor, kind, source, report, keeps, data) VALUES (?, ?, ?, ?, ?, ?, ?)`
	allRecords = `
		SELECT seq, day, editor, kind, source, report, keeps, body, data
		FROM record LEFT JOIN report ON report.id = record.keeps
		ORDER BY seq`
)

// Append keeps all records or none, and returns when they would survive a loss
// of power. It gives each the next number, and the casebook refuses to go on
// where that is not the one it gave. A record about a report that is not kept, or without a kind, is ErrRecord. If ctx ends
// before the last step, nothing is kept and its error is returned.
func (s *Store) Append(ctx context.Context, records []casebook.Record) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return ErrClosed
	}
	numbers, err := s.append(ctx, records)
	if err != nil {
		return fmt.Errorf("append %d records: %w", len(records), explain(ctx, err))
	}
	for i, n := range numbers {
		records[i].Seq = n
	}
	return nil
}

func (s *Store) append(ctx context.Context, records []casebook.Record) (numbers []int64, err error) {
	err = s.transact(ctx, func() error {
		for _, r := range records {
			if err := s.insert(r); err != nil {
				return err
			}
			numbers = append(numbers, s.conn.LastInsertRowID())
		}
		return nil
	})
	return numbers, err
}

// transact runs what changes the database, all or nothing. The caller holds mu.
func (s *Store) transact(ctx context.Context, act func() error) (err error) {
	idle := s.conn.SetInterrupt(ctx)
	defer s.conn.SetInterrupt(idle)
	if err := s.conn.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			s.conn.SetInterrupt(idle)
			_ = s.conn.Exec("ROLLBACK") // none is left to undo where SQLite did so itself
		}
	}()
	if err := act(); err != nil {
		return err
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.conn.SetInterrupt(idle) // from here on it is kept or it failed, and never in doubt
	return s.conn.Exec("COMMIT")
}

func (s *Store) insert(r casebook.Record) error {
	var keeps casebook.ReportID
	if !r.Body.IsZero() {
		body := []byte(r.Body.Reveal())
		keeps = casebook.ReportIDOf(body)
		err := errors.Join(bindReport(s.keepReport, 1, keeps), s.keepReport.BindBlob(2, body))
		if err := run(s.keepReport, err); err != nil {
			return err
		}
	}
	q := s.keepRecord
	return run(q, errors.Join(
		q.BindInt64(1, int64(r.Day)),
		q.BindText(2, r.Editor),
		q.BindText(3, string(r.Kind)),
		bindSource(q, 4, r.Source),
		bindReport(q, 5, r.Report),
		bindReport(q, 6, keeps),
		bindText(q, 7, r.Data),
	))
}

// run executes a statement whose values are bound, and forgets them.
func run(stmt *sqlite3.Stmt, bound error) error {
	if bound != nil {
		return bound
	}
	return errors.Join(stmt.Exec(), stmt.ClearBindings())
}

func bindSource(stmt *sqlite3.Stmt, at int, id casebook.SourceID) error {
	if id.IsZero() {
		return stmt.BindNull(at)
	}
	b := id.Reveal()
	return stmt.BindBlob(at, b[:])
}

func bindReport(stmt *sqlite3.Stmt, at int, id casebook.ReportID) error {
	if id.IsZero() {
		return stmt.BindNull(at)
	}
	b := id.Reveal()
	return stmt.BindBlob(at, b[:])
}

func bindText(stmt *sqlite3.Stmt, at int, t casebook.Text) error {
	if t.IsZero() {
		return stmt.BindNull(at)
	}
	return stmt.BindText(at, t.Reveal())
}

// Load yields every record in order. It holds the store: yield must not call
// it. It stops at yield's first error and returns it. What it cannot read, a
// report whose bytes are not those that were kept, or a gap in the numbers is
// ErrDamaged.
func (s *Store) Load(ctx context.Context, yield func(casebook.Record) error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return ErrClosed
	}
	defer s.conn.SetInterrupt(s.conn.SetInterrupt(ctx))
	stmt, _, err := s.conn.Prepare(allRecords)
	if err != nil {
		return fmt.Errorf("load records: %w", explain(ctx, err))
	}
	defer func() { _ = stmt.Close() }() // its error is Step's, told by Err
	for seq := int64(1); stmt.Step(); seq++ {
		r, err := scan(stmt)
		if err == nil && r.Seq != seq {
			err = ErrDamaged
		}
		if err != nil {
			return fmt.Errorf("load record %d: %w", seq, err)
		}
		if err := yield(r); err != nil {
			return err
		}
	}
	if err := stmt.Err(); err != nil {
		return fmt.Errorf("load records: %w", explain(ctx, err))
	}
	for _, top := range topsOfFiles {
		if _, err := s.number(top); err != nil {
			return fmt.Errorf("look at the files: %w", explain(ctx, err))
		}
	}
	return nil
}

func scan(stmt *sqlite3.Stmt) (casebook.Record, error) {
	r := casebook.Record{
		Seq:    stmt.ColumnInt64(0),
		Day:    hearsay.Day(stmt.ColumnInt64(1)),
		Editor: stmt.ColumnText(2),
		Kind:   casebook.Kind(stmt.ColumnText(3)),
	}
	if has(stmt, 4) {
		id := stmt.ColumnRawBlob(4)
		if len(id) != 16 {
			return r, ErrDamaged
		}
		r.Source = casebook.SourceIDOf([16]byte(id))
	}
	var err error
	if r.Report, err = scanReport(stmt, 5); err != nil {
		return r, err
	}
	if has(stmt, 8) {
		r.Data = casebook.NewText(stmt.ColumnText(8))
	}
	if !has(stmt, 6) {
		return r, nil
	}
	keeps, err := scanReport(stmt, 6)
	if err != nil {
		return r, err
	}
	body := stmt.ColumnRawBlob(7)
	if !has(stmt, 7) || casebook.ReportIDOf(body) != keeps {
		return r, ErrDamaged
	}
	r.Body = casebook.NewText(string(body))
	return r, nil
}

func has(stmt *sqlite3.Stmt, column int) bool { return stmt.ColumnType(column) != sqlite3.NULL }

func scanReport(stmt *sqlite3.Stmt, column int) (casebook.ReportID, error) {
	if !has(stmt, column) {
		return casebook.ReportID{}, nil
	}
	id := stmt.ColumnRawBlob(column)
	if len(id) != 32 {
		return casebook.ReportID{}, ErrDamaged
	}
	return casebook.KeptReportID([32]byte(id)), nil
}
