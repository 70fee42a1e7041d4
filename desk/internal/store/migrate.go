package store

import (
	"embed"
	"fmt"
	"io/fs"

	"github.com/ncruces/go-sqlite3"
)

// applicationID is "HSDK" in the header of the database, so that no other
// program's file is taken for a desk's.
const applicationID = 0x4853444b

//go:embed migrations/*.sql
var migrationFiles embed.FS

// migrations returns the text of each migration, in the order of their
// numbers. The version of a database is how many it has been through.
func migrations() ([]string, error) {
	names, err := fs.Glob(migrationFiles, "migrations/*.sql") // sorted by name
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(names))
	for i, name := range names {
		var number int
		if _, err := fmt.Sscanf(name, "migrations/%04d_", &number); err != nil || number != i+1 {
			return nil, fmt.Errorf("migration %q is not number %d", name, i+1)
		}
		text, err := migrationFiles.ReadFile(name)
		if err != nil {
			return nil, err
		}
		texts[i] = string(text)
	}
	return texts, nil
}

// checkVersion refuses what another program or a newer version wrote. A fresh
// file has neither an application id nor a version.
func checkVersion(conn *sqlite3.Conn, fresh bool) (version int, err error) {
	id, err := pragma(conn, "application_id")
	if err != nil {
		return 0, err
	}
	if version, err = pragma(conn, "user_version"); err != nil {
		return 0, err
	}
	if fresh {
		return version, nil
	}
	if id != applicationID || version < 1 {
		return 0, ErrForeign
	}
	texts, err := migrations()
	if err == nil && version > len(texts) {
		err = ErrNewer
	}
	return version, err
}

// migrate brings a database from version to the newest, each migration in a
// transaction with its number, so that a kill leaves it done or not begun.
func migrate(conn *sqlite3.Conn, version int) error {
	texts, err := migrations()
	if err != nil {
		return err
	}
	for i := version; i < len(texts); i++ {
		err := conn.Exec(fmt.Sprintf("BEGIN IMMEDIATE;\n%s\nPRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
			texts[i], applicationID, i+1))
		if err != nil {
			_ = conn.Exec("ROLLBACK") // there is none to roll back if BEGIN failed
			return fmt.Errorf("migration %d: %w", i+1, err)
		}
	}
	return nil
}

func pragma(conn *sqlite3.Conn, name string) (int, error) {
	stmt, _, err := conn.Prepare("PRAGMA " + name)
	if err != nil {
		return 0, err
	}
	defer func() { _ = stmt.Close() }() // its error is Step's, told by Err
	var value int
	if stmt.Step() {
		value = stmt.ColumnInt(0)
	}
	return value, stmt.Err()
}
