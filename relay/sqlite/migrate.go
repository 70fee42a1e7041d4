package sqlite

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/ncruces/go-sqlite3"

	"hearsay/relay"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations are the steps from an empty file to the present form, in order.
// A file's user_version is the number of steps it has had. A step that was
// released is never edited.
var migrations = readMigrations()

const applicationID = 0x48535231

func readMigrations() []string {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // in order of names
	if err != nil {
		panic(err) // a bad pattern
	}
	steps := make([]string, len(names))
	for i, name := range names {
		step, err := migrationFiles.ReadFile(name)
		if err != nil || name[:len("migrations/0001")] != fmt.Sprintf("migrations/%04d", i+1) {
			panic("sqlite: migrations are not numbered from 1 without a gap")
		}
		steps[i] = string(step)
	}
	return steps
}

// version returns how many steps the file has had, 0 for an empty one, and
// ErrNotStore for a database of something else.
func (c *connection) version() (int, error) {
	application, err := c.number(`PRAGMA application_id`)
	if err != nil {
		return 0, err
	}
	version, err := c.number(`PRAGMA user_version`)
	if err != nil {
		return 0, err
	}
	tables, err := c.number(`SELECT count(*) FROM sqlite_schema`)
	if err != nil {
		return 0, err
	}
	empty := application == 0 && version == 0 && tables == 0
	if !empty && (application != applicationID || version == 0) {
		return 0, ErrNotStore
	}
	return int(version), nil
}

// migrate takes the steps after version, each in a transaction: a process that
// dies in between leaves a store that the next can go on with.
func (c *connection) migrate(version int, dir folder) error {
	for i, step := range migrations[version:] {
		n := version + i + 1
		err := c.transaction(func() error {
			if err := c.conn.Exec(step); err != nil {
				return err
			}
			if n == filesVersion {
				if err := c.moveToFiles(dir); err != nil {
					return err
				}
			}
			return c.conn.Exec(fmt.Sprintf("PRAGMA user_version = %d", n))
		})
		if err != nil {
			return fmt.Errorf("migration %d: %w", n, err)
		}
	}
	if version > 0 && version < filesVersion {
		// What has moved leaves a large file of zeros.
		if err := c.conn.Exec(`VACUUM`); err != nil {
			return fmt.Errorf("migration %d: %w", filesVersion, err)
		}
	}
	return nil
}

// filesVersion is the step after which payloads lie in files of their own.
const filesVersion = 2

// moveToFiles writes the payloads that the database has to files, and drops
// them from it. Until the transaction is committed the files do not count.
func (c *connection) moveToFiles(dir folder) error {
	epochs, err := c.numbers(`SELECT epoch FROM day UNION SELECT epoch FROM deposit`)
	if err != nil {
		return err
	}
	for _, epoch := range epochs {
		if err := c.moveDay(dir, dayKey{epoch, relay.Triple}); err != nil {
			return err
		}
	}
	if err := dir.sync(); err != nil {
		return err
	}
	// A statement that is still prepared would keep its table.
	for sql, stmt := range c.prepared {
		if err := stmt.Close(); err != nil {
			return err
		}
		delete(c.prepared, sql)
	}
	return c.conn.Exec(`DROP TABLE deposit; DROP TABLE day`)
}

func (c *connection) moveDay(dir folder, key dayKey) error {
	seen, err := c.number(`SELECT seen FROM day WHERE epoch = ?`, key.epoch)
	if err != nil {
		return err
	}
	// Below zero an id is a random number, and the day was open.
	ids, err := c.numbers(`SELECT id FROM deposit WHERE epoch = ? ORDER BY id`, key.epoch)
	if err != nil {
		return err
	}
	d := &day{key: key, seen: max(seen, int64(len(ids)))}
	f, err := dir.open(key.fileName(0))
	if err != nil {
		return err
	}
	defer f.Close()
	for place, id := range ids {
		d.fresh = d.fresh || id < 0
		var payload, digest []byte
		err := c.each(func(r *sqlite3.Stmt) { payload, digest = r.ColumnBlob(0, nil), r.ColumnBlob(1, nil) },
			`SELECT payload, digest FROM deposit WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if len(payload) > key.kind.Size() {
			return errLong
		}
		if _, err := f.WriteAt(payload, int64(place)*int64(key.kind.Size())); err != nil {
			return err
		}
		b := batch{rows: []row{{key, place, len(payload), digest}}}
		if err := b.write(c); err != nil {
			return err
		}
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return c.saveDay(d)
}
