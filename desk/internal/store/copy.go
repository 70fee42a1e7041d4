package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// Copy writes the database as it is at one moment, encrypted as it lies on the
// disk, and says beforehand how long it is. Nothing is appended meanwhile.
func (s *Store) Copy(ctx context.Context, begin func(size int64) (io.Writer, error)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return ErrClosed
	}
	if err := s.copy(begin); err != nil {
		return fmt.Errorf("copy the desk's database: %w", explain(ctx, err))
	}
	return nil
}

// copy moves the log into the database first. No other connection writes to
// either: this one holds the lock.
func (s *Store) copy(begin func(size int64) (io.Writer, error)) (err error) {
	stmt, _, err := s.conn.Prepare("PRAGMA wal_checkpoint(TRUNCATE)")
	if err != nil {
		return err
	}
	busy := stmt.Step() && stmt.ColumnInt(0) != 0
	if err := errors.Join(stmt.Err(), stmt.Close()); err != nil {
		return err
	}
	if busy {
		return ErrBusy
	}
	f, err := os.Open(s.conn.Filename("main").Database())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	w, err := begin(info.Size())
	if err != nil {
		return err
	}
	_, err = io.CopyN(w, f, info.Size())
	return err
}
