// Package store keeps the desk's records in one SQLite database that is
// encrypted at rest. All SQL of the desk is here. It lies in the desk's zone
// and holds everything that can hurt someone, in the clear while it is open;
// it must never learn where a report came from, and never open an envelope.
//
// # On disk
//
// The database, its write-ahead log and its journal are encrypted page by page
// with Adiantum under a 32-byte key that the keyring's vault holds. There is no
// shared-memory file: one connection has the database to itself, which also
// keeps a second desk process out. Temporary tables stay in memory.
//
// A transaction is answered once it has been synced (WAL, synchronous FULL).
// Rows are insert-only, and triggers refuse everything else.
//
// # What it does not promise
//
// Sizes show, and someone who sees the disk twice sees which pages changed.
// Pages are not authenticated: who can write to the disk cannot read or choose
// what the desk sees, but can garble a page or put back an older one, or the
// whole file of another day. Load notices garbled pages, by SQLite's own
// structure, by the digest of each report and by the row of numbers; it cannot
// notice an older file, nor a garbled file of a source's before it is asked
// for. See docs/decisions/0005-desk-at-rest.md.
package store

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
	_ "github.com/ncruces/go-sqlite3/vfs/adiantum" // registers itself
)

// KeySize is the length of a database key, in bytes.
const KeySize = 32

// A Store keeps casebook's records. It may be used by several goroutines; they
// wait for each other.
type Store struct {
	mu   sync.Mutex
	conn *sqlite3.Conn // nil once closed

	keepReport, keepRecord *sqlite3.Stmt
}

// Create makes a new database, readable by its owner only, and opens it. A
// kill leaves either no database or a whole one: it is made under another name
// beside path. Errors: ErrExists, ErrReadOnly, ErrFull.
func Create(path string, key [KeySize]byte) (*Store, error) {
	if err := create(path, key); err != nil {
		return nil, fmt.Errorf("create the desk's database: %w", explain(context.Background(), err))
	}
	return Open(path, key)
}

func create(path string, key [KeySize]byte) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return ErrExists
	}
	fresh := path + ".new"
	for _, left := range []string{fresh, fresh + "-wal", fresh + "-journal"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	f, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: there is no such folder", ErrReadOnly)
	}
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(fresh) // it holds nothing yet
		}
	}()
	s, err := open(encrypted, fresh, key, true)
	if err != nil {
		return err
	}
	if err := s.Close(); err != nil { // moves the log into the database
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// Open opens a database that Create made. Errors: ErrMissing, ErrBusy,
// ErrWrongKey, ErrForeign, ErrNewer, ErrDamaged, ErrReadOnly, ErrFull.
func Open(path string, key [KeySize]byte) (*Store, error) {
	s, err := openExisting(path, key)
	if err != nil {
		return nil, fmt.Errorf("open the desk's database: %w", explain(context.Background(), err))
	}
	return s, nil
}

func openExisting(path string, key [KeySize]byte) (*Store, error) {
	if _, err := os.Stat(path); err != nil { // SQLite says only that it cannot open
		return nil, err
	}
	s, err := open(encrypted, path, key, false)
	if errors.Is(err, sqlite3.IOERR_SHORT_READ) && trimLog(path) {
		return open(encrypted, path, key, false)
	}
	return s, err
}

// trimLog cuts a log that ends within a page, as a disk that filled up can
// leave it: the cipher cannot read such an end, and SQLite then not the log. No
// answered record lies there, since those are synced in whole pages; and no
// other process uses the log, since none could have opened it.
func trimLog(path string) bool {
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size()%pageSize == 0 {
		return false
	}
	return os.Truncate(path+"-wal", info.Size()/pageSize*pageSize) == nil
}

// pageSize is the unit that is encrypted, in bytes.
const pageSize = 4096

// encrypted is the name under which Adiantum over the operating system's files
// is known. Tests put other file systems under it.
const encrypted = "adiantum"

func open(fileSystem, path string, key [KeySize]byte, fresh bool) (_ *Store, err error) {
	name, err := uri(path, fileSystem)
	if err != nil {
		return nil, err
	}
	conn, err := sqlite3.OpenFlags(name, sqlite3.OPEN_READWRITE|sqlite3.OPEN_URI)
	if err != nil {
		return nil, err
	}
	s := &Store{conn: conn}
	defer func() {
		if err != nil {
			_ = s.Close() // err says more
		}
	}()
	// Under a wrong key the log looks empty, and closing would remove it with
	// all that it holds. So nothing is tidied up until a page has been read.
	if _, err := conn.Config(sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, true); err != nil {
		return nil, err
	}
	if err := unlock(conn, key); err != nil {
		return nil, err
	}
	// Exclusive first: it is what keeps the log's index in memory.
	if err := conn.Exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY"); err != nil {
		return nil, err
	}
	version, err := checkVersion(conn, fresh)
	if err != nil {
		return nil, err
	}
	if readOnly, _ := conn.ReadOnly("main"); readOnly {
		return nil, ErrReadOnly
	}
	if err := s.prepare(version); err != nil {
		return nil, err
	}
	_, err = conn.Config(sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, false)
	return s, err
}

var errNoCipher = errors.New("nothing takes the key: the database would not be encrypted")

// unlock hands the key to the cipher itself: in a URI or a PRAGMA it would
// stay in SQLite's memory and could reach an error's text. The cipher may lie
// under other layers.
func unlock(conn *sqlite3.Conn, key [KeySize]byte) error {
	file, err := conn.FileControl("main", sqlite3.FCNTL_FILE_POINTER)
	if err != nil {
		return err
	}
	for {
		if cipher, ok := file.(vfs.FilePragma); ok {
			if _, err := cipher.Pragma("key", string(key[:])); err == nil {
				return nil
			}
		}
		outer, ok := file.(vfs.FileUnwrap)
		if !ok {
			return errNoCipher
		}
		file = outer.Unwrap()
	}
}

// prepare sets the connection up, takes the lock and compiles what Append runs.
func (s *Store) prepare(version int) (err error) {
	// REPLACE would delete without asking the triggers, were they not recursive.
	err = s.conn.Exec(`
		PRAGMA journal_mode = WAL;
		PRAGMA synchronous = FULL;
		PRAGMA foreign_keys = ON;
		PRAGMA recursive_triggers = ON;
		PRAGMA trusted_schema = OFF;
		PRAGMA cell_size_check = ON;
		BEGIN EXCLUSIVE; COMMIT`)
	if err != nil {
		return err
	}
	if err := migrate(s.conn, version); err != nil {
		return err
	}
	if _, err := s.conn.Config(sqlite3.DBCONFIG_DEFENSIVE, true); err != nil {
		return err
	}
	if s.keepReport, _, err = s.conn.Prepare(keepReport); err != nil {
		return err
	}
	s.keepRecord, _, err = s.conn.Prepare(keepRecord)
	return err
}

// Close moves the log into the database and gives up the lock. A store that
// is closed twice stays closed.
func (s *Store) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return nil
	}
	err := errors.Join(s.keepReport.Close(), s.keepRecord.Close(), s.conn.Close())
	s.conn = nil
	if err != nil {
		return fmt.Errorf("close the desk's database: %w", explain(context.Background(), err))
	}
	return nil
}

// uri names the file and the file system for SQLite, and asks that the log be
// made with the permissions of the database. It holds no key.
func uri(path, fileSystem string) (string, error) {
	full, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	escape := func(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }
	u := url.URL{
		Scheme:   "file",
		Path:     "/" + strings.TrimPrefix(filepath.ToSlash(full), "/"),
		RawQuery: "vfs=" + escape(fileSystem) + "&modeof=" + escape(full),
	}
	return u.String(), nil
}

// syncDir makes a rename in a folder last. Windows has no such call; there the
// file system's own log does it.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
