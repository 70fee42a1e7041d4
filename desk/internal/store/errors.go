package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/ncruces/go-sqlite3"
)

// What can be wrong with a store. None of them holds a key or a word of what
// is kept.
var (
	ErrMissing  = errors.New("there is no desk's database here")
	ErrExists   = errors.New("there is a desk's database here already")
	ErrBusy     = errors.New("another desk process has the database open")
	ErrWrongKey = errors.New("the key does not open the desk's database, or its first page is damaged")
	ErrForeign  = errors.New("this is not a desk's database")
	ErrNewer    = errors.New("a newer version of Hearsay wrote the desk's database")
	ErrDamaged  = errors.New("the desk's database is damaged")
	ErrReadOnly = errors.New("the desk's database or its folder cannot be written")
	ErrFull     = errors.New("no room is left for the desk's database")
	ErrClosed   = errors.New("the desk's database is closed")
	ErrRecord   = errors.New("a record that the desk's database does not take")
)

// sentinels tells what SQLite's codes mean for a desk. What is not among them
// passes through: SQLite's messages name tables and columns, never values.
var sentinels = []struct {
	code     sqlite3.ErrorCode
	sentinel error
}{
	{sqlite3.BUSY, ErrBusy},
	{sqlite3.LOCKED, ErrBusy},
	{sqlite3.NOTADB, ErrWrongKey},
	{sqlite3.CORRUPT, ErrDamaged},
	{sqlite3.READONLY, ErrReadOnly},
	{sqlite3.CANTOPEN, ErrReadOnly},
	{sqlite3.PERM, ErrReadOnly},
	{sqlite3.FULL, ErrFull},
	{sqlite3.CONSTRAINT, ErrRecord},
}

// explain turns an error of SQLite or of the file system into one sentence.
func explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, sqlite3.INTERRUPT) && ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, sqlite3.IOERR_SHORT_READ) {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for _, s := range sentinels {
		if errors.Is(err, s.code) {
			return fmt.Errorf("%w: %w", s.sentinel, err)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ErrMissing
	case errors.Is(err, fs.ErrExist):
		return ErrExists
	case errors.Is(err, fs.ErrPermission):
		return ErrReadOnly
	}
	return err
}
