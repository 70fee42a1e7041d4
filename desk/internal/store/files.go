package store

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"hearsay"
	"hearsay/desk/internal/casebook"
)

// The files that sources send lie outside the records: they are too large for a
// desk to hold in its memory. Their chunks wait here sealed.

// ErrNoRoomForChunks tells that as many chunks wait as may.
var ErrNoRoomForChunks = errors.New("as many pieces of files wait for their lists as the desk keeps: nothing of these was kept")

// LocatorSize is how long the name at the front of a chunk is, in bytes.
const LocatorSize = 32

const (
	keepChunk     = `INSERT INTO chunk (id, locator, channel, keep_until, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
	countChunks   = `SELECT count(*) FROM chunk WHERE channel = ?`
	chunksAt      = `SELECT body FROM chunk WHERE locator = ?`
	anyChunkAt    = `SELECT EXISTS (SELECT 1 FROM chunk WHERE locator = ?)`
	locatorsThere = `SELECT DISTINCT locator FROM chunk`
	forgetChunks  = `DELETE FROM chunk WHERE locator = ?`
	expiredChunks = `DELETE FROM chunk WHERE channel = ? AND keep_until < ?`
	keepFile      = `INSERT INTO file (id, body) VALUES (?, ?) ON CONFLICT (id) DO NOTHING`
	fileOf        = `SELECT body FROM file WHERE id = ?`
)

// topsOfFiles reads the first page of every tree that holds chunks and files, so
// that Load notices where one is garbled without reading gigabytes.
var topsOfFiles = []string{
	`SELECT 1 FROM chunk NOT INDEXED LIMIT 1`,
	`SELECT 1 FROM chunk INDEXED BY sqlite_autoindex_chunk_1 WHERE id > x'' LIMIT 1`,
	`SELECT 1 FROM chunk INDEXED BY chunk_by_locator WHERE locator > x'' LIMIT 1`,
	`SELECT 1 FROM chunk INDEXED BY chunk_by_channel WHERE channel > '' LIMIT 1`,
	`SELECT 1 FROM file NOT INDEXED LIMIT 1`,
	`SELECT 1 FROM file INDEXED BY sqlite_autoindex_file_1 WHERE id > x'' LIMIT 1`,
}

// KeepChunks keeps what came on a channel, all or none, through a day, and
// returns when it would survive a loss of power. What is kept already is passed
// over. Where more than most of the channel would wait it keeps nothing, and
// returns ErrNoRoomForChunks.
func (s *Store) KeepChunks(ctx context.Context, channel casebook.Channel, until hearsay.Day, most int, chunks [][]byte) error {
	err := s.do(ctx, func() error {
		for _, c := range chunks {
			if len(c) < LocatorSize {
				return ErrRecord
			}
			id := sha256.Sum256(c)
			if err := s.exec(keepChunk, id[:], c[:LocatorSize], string(channel), int64(until), c); err != nil {
				return err
			}
		}
		n, err := s.number(countChunks, string(channel))
		if err == nil && n > int64(most) {
			err = ErrNoRoomForChunks
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("keep %d chunks: %w", len(chunks), err)
	}
	return nil
}

// EachChunk shows every chunk that came under a locator, until see has seen
// enough: more than one where somebody on the way put others there, which may be
// as many as are kept, so that they are not read at once. It holds the store.
func (s *Store) EachChunk(ctx context.Context, locator [LocatorSize]byte, see func(chunk []byte) (more bool)) error {
	return s.look(ctx, func() error {
		return s.each(chunksAt, func(row *sqlite3.Stmt) bool { return see(row.ColumnBlob(0, nil)) }, locator[:])
	})
}

// Locators returns every locator that has a chunk.
func (s *Store) Locators(ctx context.Context) (map[[LocatorSize]byte]bool, error) {
	there := map[[LocatorSize]byte]bool{}
	err := s.look(ctx, func() error {
		return s.each(locatorsThere, func(row *sqlite3.Stmt) bool {
			if l := row.ColumnRawBlob(0); len(l) == LocatorSize {
				there[[LocatorSize]byte(l)] = true
			}
			return true
		})
	})
	return there, err
}

// HasChunks returns how many of the locators have a chunk.
func (s *Store) HasChunks(ctx context.Context, locators [][LocatorSize]byte) (have int, err error) {
	err = s.look(ctx, func() error {
		for _, l := range locators {
			n, err := s.number(anyChunkAt, l[:])
			if err != nil {
				return err
			}
			have += int(n)
		}
		return nil
	})
	return have, err
}

// ForgetChunks removes what came under the locators.
func (s *Store) ForgetChunks(ctx context.Context, locators [][LocatorSize]byte) error {
	return s.do(ctx, func() error {
		for _, l := range locators {
			if err := s.exec(forgetChunks, l[:]); err != nil {
				return err
			}
		}
		return nil
	})
}

// ForgetExpiredChunks removes the chunks of a channel whose last day is past.
func (s *Store) ForgetExpiredChunks(ctx context.Context, channel casebook.Channel, today hearsay.Day) error {
	return s.do(ctx, func() error { return s.exec(expiredChunks, string(channel), int64(today)) })
}

// KeepFile keeps a file for good, and returns when it would survive a loss of
// power. It is named by its SHA-256.
func (s *Store) KeepFile(ctx context.Context, body []byte) error {
	id := sha256.Sum256(body)
	err := s.do(ctx, func() error { return s.exec(keepFile, id[:], body) })
	if err != nil {
		return fmt.Errorf("keep a file: %w", err)
	}
	return nil
}

// File returns a file that is kept. Errors: ErrNoFile, and ErrDamaged where its
// bytes are not those that were kept.
func (s *Store) File(ctx context.Context, id [32]byte) (body []byte, err error) {
	found := false
	err = s.look(ctx, func() error {
		return s.each(fileOf, func(row *sqlite3.Stmt) bool {
			body, found = row.ColumnBlob(0, nil), true
			return false
		}, id[:])
	})
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, ErrNoFile
	case sha256.Sum256(body) != id:
		return nil, fmt.Errorf("read a file: %w", ErrDamaged)
	}
	return body, nil
}

// ErrNoFile tells that a file is not kept.
var ErrNoFile = errors.New("the desk's database has no such file")

// do runs what changes the database in one transaction. If ctx ends before its
// last step, nothing is changed and its error is returned.
func (s *Store) do(ctx context.Context, act func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return ErrClosed
	}
	return explain(ctx, s.transact(ctx, act))
}

// look runs what reads.
func (s *Store) look(ctx context.Context, act func() error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn == nil {
		return ErrClosed
	}
	defer s.conn.SetInterrupt(s.conn.SetInterrupt(ctx))
	return explain(ctx, act())
}

func (s *Store) exec(query string, values ...any) error {
	return s.each(query, func(*sqlite3.Stmt) bool { return true }, values...)
}

func (s *Store) number(query string, values ...any) (n int64, err error) {
	err = s.each(query, func(row *sqlite3.Stmt) bool { n = row.ColumnInt64(0); return true }, values...)
	return n, err
}

// each runs a statement and sees its rows, until see wants no more. Values are blobs, texts and numbers.
func (s *Store) each(query string, see func(row *sqlite3.Stmt) (more bool), values ...any) (err error) {
	stmt, _, err := s.conn.Prepare(query)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stmt.Close()) }()
	for i, v := range values {
		switch v := v.(type) {
		case []byte:
			err = stmt.BindBlob(i+1, v)
		case string:
			err = stmt.BindText(i+1, v)
		case int64:
			err = stmt.BindInt64(i+1, v)
		default:
			err = fmt.Errorf("a value of no type that is kept: %T", v)
		}
		if err != nil {
			return err
		}
	}
	for stmt.Step() && see(stmt) {
	}
	return nil // Close tells what Step failed with
}
