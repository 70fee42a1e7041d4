package sqlite

import (
	"context"

	"github.com/ncruces/go-sqlite3"
)

// A task is something to do inside a transaction. It may be run twice, if the
// transaction of the first time could not be committed. Its error is that of
// the store; what else it has to tell it keeps to itself.
type task struct {
	run   func(*connection) error
	sweep bool // deletes much: do not leave it standing in the log
	done  chan error
}

// batch is how many tasks at most share one transaction, and one sync.
const batch = 256

// do has t done and returns once its transaction is on the disk. After the
// work has begun it waits for the end even if ctx ends before, so that t is
// never run behind the caller's back.
func (s *Store) do(ctx context.Context, t task) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t.done = make(chan error, 1)
	select {
	case s.tasks <- t:
		return <-t.done
	case <-s.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// write is the one goroutine that touches the connection.
func (s *Store) write() {
	defer close(s.ended)
	for {
		select {
		case t := <-s.tasks:
			s.commit(s.waiting(t))
		case <-s.closing:
			s.err = explain("close relay store", s.c.close())
			return
		}
	}
}

// waiting returns first and whatever else waits now. It never waits itself:
// while one batch is synced the next one gathers.
func (s *Store) waiting(first task) []task {
	tasks := []task{first}
	for len(tasks) < batch {
		select {
		case t := <-s.tasks:
			tasks = append(tasks, t)
		default:
			return tasks
		}
	}
	return tasks
}

// commit does tasks in one transaction, or, if that fails, each in one of its
// own: what is too big for a full disk does not take others with it.
func (s *Store) commit(tasks []task) {
	err := s.c.transaction(tasks)
	if err == nil || len(tasks) == 1 {
		for _, t := range tasks {
			t.done <- err
		}
	} else {
		for _, t := range tasks {
			t.done <- s.c.transaction([]task{t})
		}
	}
	for _, t := range tasks {
		if t.sweep {
			// Should it fail, everything is still there, and the next one
			// does the work of both.
			s.c.conn.WALCheckpoint("main", sqlite3.CHECKPOINT_TRUNCATE)
			return
		}
	}
}

func (c *connection) transaction(tasks []task) error {
	if err := c.exec(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	for _, t := range tasks {
		if err := t.run(c); err != nil {
			c.rollback()
			return err
		}
	}
	if err := c.exec(`COMMIT`); err != nil {
		c.rollback()
		return err
	}
	return nil
}

// rollback ends a transaction that failed. After some errors SQLite has done
// so itself.
func (c *connection) rollback() {
	if !c.conn.GetAutocommit() {
		c.exec(`ROLLBACK`)
	}
}
