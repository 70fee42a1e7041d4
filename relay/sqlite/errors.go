package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/ncruces/go-sqlite3"
)

// What can be wrong with a store, apart from the disk failing.
var (
	ErrMissing  = errors.New("there is no relay store")
	ErrExists   = errors.New("there is a relay store already")
	ErrNotStore = errors.New("not a relay store")
	ErrNewer    = errors.New("the store was made by a newer version")
	ErrInUse    = errors.New("another process has the store open")
	ErrReadOnly = errors.New("the store may not be written to")
	ErrFull     = errors.New("the disk is full")
	ErrDamaged  = errors.New("the store is damaged")
	ErrClosed   = errors.New("the store is closed")
)

// errReserve is the disk being as full as deposits may make it.
var errReserve = fmt.Errorf("no room to keep more and still close the day: %w", syscall.ENOSPC)

// errSync is returned for a payload that a sync which was told to another
// caller may have lost.
var errSync = errors.New("the disk failed to write")

// errLong is returned for a payload that no relay hands on.
var errLong = errors.New("a payload is longer than its kind has them")

// explain puts the sentinel that fits between the operation and what SQLite
// or the system said.
func explain(operation string, err error) error {
	if err == nil {
		return nil
	}
	for _, kind := range []struct {
		sentinel error
		causes   []error
	}{
		{ErrFull, []error{sqlite3.FULL, syscall.ENOSPC, syscall.EDQUOT}},
		{ErrReadOnly, []error{sqlite3.READONLY, fs.ErrPermission, syscall.EROFS}},
		{ErrMissing, []error{fs.ErrNotExist}},
		{ErrNotStore, []error{sqlite3.NOTADB, syscall.EISDIR}},
		{ErrDamaged, []error{sqlite3.CORRUPT}},
		{ErrInUse, []error{sqlite3.BUSY, sqlite3.LOCKED}},
	} {
		for _, cause := range kind.causes {
			if errors.Is(err, cause) {
				return fmt.Errorf("%s: %w: %w", operation, kind.sentinel, err)
			}
		}
	}
	return fmt.Errorf("%s: %w", operation, err)
}
