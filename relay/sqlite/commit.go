package sqlite

import (
	"context"
	"slices"

	"github.com/ncruces/go-sqlite3"
)

// A task is something to do inside a transaction. It may be run twice, if the
// transaction of the first time could not be committed. Its error is that of
// the store; what else it has to tell it keeps to itself.
type task struct {
	add *addition // or else
	run func(*connection) error

	sweep  bool                    // is alone in its transaction, and deletes much: do not leave it standing in the log
	before func(*connection) error // of a sweep: outside the transaction
	after  func(error)             // of a sweep: likewise, told how it went

	done chan error
}

// batchSize is how many tasks at most share one transaction, and its syncs.
const batchSize = 256

// do has t done and returns once its transaction is on the disk. After the
// work has begun it waits for the end even if ctx ends before, so that t is
// never run behind the caller's back.
func (s *Store) do(ctx context.Context, t task) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return s.send(ctx, s.tasks, t)
}

func (s *Store) send(ctx context.Context, to chan<- task, t task) error {
	t.done = make(chan error, 1)
	select {
	case to <- t:
		return <-t.done
	case <-s.closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// syncer syncs what callers wrote, many at once, and hands it to the writer.
// While the writer commits one batch, the next is synced, and the one after
// that gathers.
func (s *Store) syncer() {
	var tasks []task
	var additions []*addition
	for {
		select {
		case t := <-s.written:
			tasks = append(tasks[:0], t)
		case <-s.closing:
			return
		}
	gather:
		for len(tasks) < batchSize {
			select {
			case t := <-s.written:
				tasks = append(tasks, t)
			default:
				break gather
			}
		}
		additions = additions[:0]
		for _, t := range tasks {
			additions = append(additions, t.add)
		}
		_ = s.days.syncAll(additions) // the writer writes again what failed, and tells
		select {
		case s.synced <- slices.Clone(tasks):
		case <-s.closing:
			for _, t := range tasks {
				t.done <- ErrClosed
			}
			return
		}
	}
}

// writer is the one goroutine that touches the connection, and decides which
// places count.
func (s *Store) writer() {
	for {
		select {
		case t := <-s.tasks:
			tasks, alone := s.waiting(t)
			if len(tasks) > 0 {
				s.commit(tasks)
			}
			if alone != nil {
				s.commit([]task{*alone})
			}
		case tasks := <-s.synced:
			s.commit(tasks)
		case <-s.closing:
			return
		}
	}
}

// waiting returns first and whatever else waits now, and a sweep apart. It
// never waits itself: while one batch is synced the next one gathers.
func (s *Store) waiting(first task) (tasks []task, alone *task) {
	if first.sweep {
		return nil, &first
	}
	tasks = append(s.batch[:0], first)
	defer func() { s.batch = tasks }()
	for len(tasks) < batchSize {
		select {
		case t := <-s.tasks:
			if t.sweep {
				return tasks, &t
			}
			tasks = append(tasks, t)
		default:
			return tasks, nil
		}
	}
	return tasks, nil
}

// commit does tasks in one transaction, or, if that fails, each in one of its
// own: what is too big for a full disk does not take others with it.
func (s *Store) commit(tasks []task) {
	err := s.attempt(tasks)
	if err == nil || len(tasks) == 1 {
		for _, t := range tasks {
			t.done <- err
		}
	} else {
		for i, t := range tasks {
			t.done <- s.attempt(tasks[i : i+1])
		}
	}
	clear(tasks) // their payloads are kept no longer than they are needed
}

// attempt does tasks in one transaction.
func (s *Store) attempt(tasks []task) error {
	s.additions = s.additions[:0]
	for _, t := range tasks {
		if t.add != nil {
			s.additions = append(s.additions, t.add)
		}
	}
	defer clear(s.additions)
	if t := tasks[0]; t.sweep {
		err := t.before(s.c)
		if err == nil {
			err = s.c.transaction(func() error { return t.run(s.c) })
		}
		t.after(err)
		// Should it fail, everything is still there, and the next one does
		// the work of both.
		s.c.conn.WALCheckpoint("main", sqlite3.CHECKPOINT_TRUNCATE)
		return err
	}
	var added *batch
	if len(s.additions) > 0 {
		err := s.room(s.additions...)
		if err != nil {
			return err
		}
		if added, err = s.days.plan(s.additions); err != nil {
			return err
		}
	}
	err := s.c.transaction(func() error {
		for _, t := range tasks {
			if t.add != nil {
				continue
			}
			if err := t.run(s.c); err != nil {
				return err
			}
		}
		if added != nil {
			return added.write(s.c)
		}
		return nil
	})
	switch {
	case added == nil:
	case err == nil:
		added.done()
	default:
		added.fail()
	}
	return err
}

// room says whether there is room for additions, and to close the days that
// are open: a relay that could not do that would hand out nothing.
func (s *Store) room(additions ...*addition) error {
	free, err := s.days.dir.free()
	if err != nil {
		return err
	}
	need := s.reserve + s.days.freshBytes()
	for _, a := range additions {
		need += 2 * uint64(a.deposit.Kind.Size())
	}
	if free < need {
		return errReserve
	}
	return nil
}

func (c *connection) transaction(run func() error) error {
	if err := c.exec(`BEGIN IMMEDIATE`); err != nil {
		return err
	}
	if err := run(); err != nil {
		c.rollback()
		return err
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
