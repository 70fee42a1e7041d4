package sqlite

import (
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// A connection is the one connection to the file, with the statements that it
// has prepared. It belongs to one goroutine.
type connection struct {
	conn     *sqlite3.Conn
	prepared map[string]*sqlite3.Stmt
}

func (c *connection) close() error {
	var errs []error
	for _, stmt := range c.prepared {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.conn.Close())...)
}

// each runs sql and calls row for each row of its result.
func (c *connection) each(row func(*sqlite3.Stmt), sql string, args ...any) error {
	stmt := c.prepared[sql]
	if stmt == nil {
		var err error
		if stmt, _, err = c.conn.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT); err != nil {
			return err
		}
		c.prepared[sql] = stmt
	}
	for i, arg := range args {
		if err := bind(stmt, i+1, arg); err != nil {
			return err
		}
	}
	for stmt.Step() {
		row(stmt)
	}
	// A payload stays in memory no longer than it is needed.
	return errors.Join(stmt.Reset(), stmt.ClearBindings())
}

func bind(stmt *sqlite3.Stmt, param int, arg any) error {
	switch arg := arg.(type) {
	case int64:
		return stmt.BindInt64(param, arg)
	case string:
		return stmt.BindText(param, arg)
	case []byte:
		if arg == nil {
			arg = []byte{} // SQLite would take nil for NULL
		}
		return stmt.BindBlob(param, arg)
	default:
		panic(fmt.Sprintf("sqlite: cannot bind a %T", arg))
	}
}

func (c *connection) exec(sql string, args ...any) error {
	return c.each(func(*sqlite3.Stmt) {}, sql, args...)
}

// number returns the first column of the only row, 0 if there is none.
func (c *connection) number(sql string, args ...any) (n int64, err error) {
	err = c.each(func(row *sqlite3.Stmt) { n = row.ColumnInt64(0) }, sql, args...)
	return n, err
}

// numbers returns the first column.
func (c *connection) numbers(sql string, args ...any) (ns []int64, err error) {
	err = c.each(func(row *sqlite3.Stmt) { ns = append(ns, row.ColumnInt64(0)) }, sql, args...)
	return ns, err
}

// digests returns the first column of what was kept as SHA-256.
func (c *connection) digests(sql string, args ...any) (ks []digest, err error) {
	err = c.each(func(row *sqlite3.Stmt) {
		if b := row.ColumnRawBlob(0); len(b) >= len(digest{}) {
			ks = append(ks, digest(b[:len(digest{})]))
		}
	}, sql, args...)
	return ks, err
}

// text returns the first column of the only row.
func (c *connection) text(sql string, args ...any) (s string, err error) {
	err = c.each(func(row *sqlite3.Stmt) { s = row.ColumnText(0) }, sql, args...)
	return s, err
}
