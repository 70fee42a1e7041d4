package sqlite

import (
	"embed"
	"fmt"
	"io/fs"
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
// dies in between leaves a file that the next can go on with.
func (c *connection) migrate(version int) error {
	for i, step := range migrations[version:] {
		n := version + i + 1
		sql := fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA user_version = %d; COMMIT", step, n)
		if err := c.conn.Exec(sql); err != nil {
			return fmt.Errorf("migration %d: %w", n, err)
		}
	}
	return nil
}
