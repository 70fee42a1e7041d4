// Package sqlite keeps a relay's deposits in a file for each day and kind, and
// its records, and what of those files counts, in one SQLite database beside
// them. It lies in the relay's zone: what it stores it cannot read, and it
// must never learn a key, a plaintext, or when in a day something came.
//
// A call that changes something returns after the change has been synced to
// the disk: first the payload in its file, then the database (WAL, synchronous
// FULL) that says it counts. A payload of which that was not said is not
// there. Many callers share the two syncs: one goroutine syncs what callers have
// written, while another, which owns the connection, commits what was synced
// before. The store holds the
// database under an exclusive lock: two relays cannot serve one store, and
// SQLite needs no shared memory.
//
// Closing a day writes its file anew in shuffled order and removes the old
// one; when a day is over its file is removed whole. What is removed is
// overwritten with zeros before, and so is what is deleted in the database
// (secure_delete).
//
// BUG(relay): The file system keeps what we do not: the time of the last
// write stands in a file's inode; a file of the open day is in order of
// arrival; and blocks that were freed stay on some media. All that belongs on
// an encrypted disk.
package sqlite

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/ncruces/go-sqlite3"
)

// A Store implements relay.Store in a folder. Its methods may be called by
// several goroutines at once.
type Store struct {
	written chan task   // additions, for the syncer
	synced  chan []task // the same, for the writer
	tasks   chan task   // all else, for the writer
	closing chan struct{}
	stages  sync.WaitGroup
	close   func() error

	days    *days
	reserve uint64

	// The writer's alone.
	c         *connection
	batch     []task
	additions []*addition
}

const fileName = "relay.db"

// Create makes an empty store in dir, and dir if need be, and opens it. What
// an earlier Create left half done is taken over; a store that is there gives
// ErrExists.
func Create(dir string) (*Store, error) {
	if err := createFile(dir); err != nil {
		return nil, explain("create relay store", err)
	}
	s, err := onDisk(dir).open(filepath.Join(dir, fileName), true)
	if err != nil {
		return nil, explain("create relay store", err)
	}
	return s, nil
}

// Open opens the store in dir. ErrMissing is returned if there is none: a
// relay that started afresh because a disk was not mounted would look empty
// to the desk.
func Open(dir string) (*Store, error) {
	s, err := onDisk(dir).open(filepath.Join(dir, fileName), false)
	if err != nil {
		return nil, explain("open relay store", err)
	}
	return s, nil
}

// Close waits for the calls that have begun, and closes the file. Later calls
// return ErrClosed.
func (s *Store) Close() error {
	return s.close()
}

// createFile makes dir and an empty file in it that nobody else can read, and
// syncs the names: SQLite syncs what is in a file.
func createFile(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(dir, fileName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), syncFolder(dir), syncFolder(filepath.Dir(dir)))
}

// An engine is how a store reaches the disk.
type engine struct {
	vfs         string // the name of a file system for SQLite, "" for the system's own
	synchronous string
	dir         folder
	reserve     uint64 // bytes of the disk that deposits leave free
}

// reserve leaves room for the database and its log, and for whatever else
// lives on that disk to say that it is full.
const reserve = 64 << 20

func onDisk(dir string) engine {
	return engine{synchronous: "FULL", dir: systemFolder(dir), reserve: reserve}
}

// HasRoom returns ErrFull unless the disk where dir lies has, together with
// what the store uses already, so many bytes and a reserve.
func HasRoom(dir string, bytes uint64) error {
	free, err := freeBytes(dir)
	if err != nil || free == endless {
		return err
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	room := free
	for _, e := range entries {
		if info, err := e.Info(); err == nil {
			room += uint64(info.Size())
		}
	}
	if room < bytes+reserve {
		return fmt.Errorf("%w: with what the store has there are %d MiB, and %d are asked for", ErrFull, room>>20, (bytes+reserve)>>20)
	}
	return nil
}

// open opens the database at path, which is there, and makes it a store if it
// is empty and create says so.
func (e engine) open(path string, create bool) (*Store, error) {
	conn, err := sqlite3.OpenFlags(e.uri(path), sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	if err != nil {
		return nil, err
	}
	c := &connection{conn: conn, prepared: map[string]*sqlite3.Stmt{}}
	if err := e.prepare(c, create); err != nil {
		return nil, errors.Join(err, c.close())
	}
	days, err := loadDays(c, e.dir)
	if err != nil {
		return nil, errors.Join(err, c.close())
	}
	s := &Store{
		written: make(chan task),
		synced:  make(chan []task),
		tasks:   make(chan task),
		closing: make(chan struct{}),
		c:       c,
		days:    days,
		reserve: e.reserve,
	}
	s.close = sync.OnceValue(func() error {
		close(s.closing)
		s.stages.Wait()
		s.days.close()
		return explain("close relay store", s.c.close())
	})
	s.stages.Go(s.syncer)
	s.stages.Go(s.writer)
	return s, nil
}

// uri names the file for SQLite. modeof gives the log the mode of the file.
func (e engine) uri(path string) string {
	path = filepath.ToSlash(path)
	query := url.Values{"modeof": {path}}
	if e.vfs != "" {
		query.Set("vfs", e.vfs)
	}
	if filepath.IsAbs(path) && !strings.HasPrefix(path, "/") {
		path = "/" + path // C:/…
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + strings.ReplaceAll(query.Encode(), "+", "%20")
}

// prepare checks whose file it is before it changes anything in it.
func (e engine) prepare(c *connection, create bool) error {
	// Settings that leave the file alone. Nothing that passes through may be
	// written to a temporary file elsewhere.
	err := c.conn.Exec(`
		PRAGMA locking_mode = EXCLUSIVE;
		PRAGMA temp_store = MEMORY;
		PRAGMA trusted_schema = OFF;
		PRAGMA cell_size_check = ON;
		PRAGMA secure_delete = ON`)
	if err != nil {
		return err
	}
	version, err := c.version()
	switch {
	case err != nil:
		return err
	case version == 0 && !create:
		return fmt.Errorf("%w: it was never finished", ErrMissing)
	case version > 0 && create:
		return ErrExists
	case version > len(migrations):
		return ErrNewer
	}

	mode, err := c.text(`PRAGMA journal_mode = WAL`)
	if err != nil {
		return err
	}
	if mode != "wal" {
		return errors.New("this file system has no write-ahead log")
	}
	if err := c.conn.Exec(`PRAGMA synchronous = ` + e.synchronous); err != nil {
		return err
	}
	return c.migrate(version, e.dir)
}
