package desk

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"hearsay"
	"hearsay/desk/internal/keyring"
)

// A backup is one file of age, sealed to the recovery key. Within is a tar:
//
//	backup.json   whose it is, of which day, and under which charter
//	lasting       the keys that last, sealed once more: only the keyring reads them
//	desk/…        the desk's folder without its keys; the database as it lies
//	              on the disk, under its own key
//
// What is never in it: bundles, the master key above them, the keyslot, and
// whatever root or recovery key lies about. A backup of the keys alone ends
// after the second.

// ErrBackup tells that a file is no backup of this desk, or damaged.
var ErrBackup = keyring.ErrBackup

// BackedUp is what is public of a backup.
type BackedUp struct {
	Format  string      `json:"format"`
	Desk    string      `json:"desk"`
	On      hearsay.Day `json:"on"`
	Charter uint32      `json:"charter"` // its serial
	Whole   bool        `json:"whole"`   // not of the keys alone
}

const (
	backupFormat  = "hearsay-backup-1"
	backupFile    = "backup.json"
	lastingEntry  = "lasting"
	deskEntry     = "desk/"
	maxBackupMeta = 4096
)

// Backup writes a backup to a new file: of all that the desk keeps, or of the
// keys that last alone. A kill leaves no file of that name. The desk may be at
// work meanwhile. Errors: ErrInTheWay, keyring.ErrNoRecovery, the file system's.
func (d *Desk) Backup(ctx context.Context, path string, keysOnly bool) (BackedUp, error) {
	d.errand.Lock()
	defer d.errand.Unlock()
	d.issuing.Lock()
	defer d.issuing.Unlock()
	charter, _, err := d.charter()
	if err != nil {
		return BackedUp{}, err
	}
	made := BackedUp{Format: backupFormat, Desk: d.config.Desk, On: d.today(), Charter: charter.Serial, Whole: !keysOnly}
	if err := writeNew(path, func(w io.Writer) error { return d.sealBackup(ctx, w, made) }); err != nil {
		return BackedUp{}, fmt.Errorf("back up to %s: %w", path, err)
	}
	b, err := json.Marshal(made)
	if err != nil {
		return BackedUp{}, err
	}
	return made, writeFile(filepath.Join(d.dir, backupFile), append(b, '\n'))
}

// writeNew writes a file beside its place and moves it there when all of it has
// reached the disk.
func writeNew(path string, write func(io.Writer) error) (err error) {
	if _, err := os.Lstat(path); err == nil {
		return ErrInTheWay
	}
	partial := path + ".partial"
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	err = write(f)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(partial, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(partial))
	}
	return syncDir(filepath.Dir(path))
}

func (d *Desk) sealBackup(ctx context.Context, w io.Writer, made BackedUp) error {
	sealed, err := d.keys.SealBackup(w)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(sealed)
	meta, err := json.Marshal(made)
	if err != nil {
		return err
	}
	lasting, err := d.keys.Lasting()
	if err != nil {
		return err
	}
	err = errors.Join(entry(archive, backupFile, bytes.NewReader(meta), int64(len(meta))),
		entry(archive, lastingEntry, bytes.NewReader(lasting), int64(len(lasting))))
	if err == nil && made.Whole {
		err = d.archiveFolder(ctx, archive)
	}
	return errors.Join(err, archive.Close(), sealed.Close())
}

func entry(archive *tar.Writer, name string, content io.Reader, size int64) error {
	if err := archive.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o600, Size: size, ModTime: time.Unix(0, 0)}); err != nil {
		return err
	}
	_, err := io.CopyN(archive, content, size)
	return err
}

// archiveFolder puts the desk's folder into a backup, the database first: what
// it tells of other files is then at most older than they are.
func (d *Desk) archiveFolder(ctx context.Context, archive *tar.Writer) error {
	err := d.store.Copy(ctx, func(size int64) (io.Writer, error) {
		return archive, archive.WriteHeader(&tar.Header{Name: deskEntry + databaseFile, Typeflag: tar.TypeReg, Mode: 0o600, Size: size, ModTime: time.Unix(0, 0)})
	})
	if err != nil {
		return err
	}
	return filepath.WalkDir(d.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		name, err := filepath.Rel(d.dir, path)
		if err != nil {
			return err
		}
		switch {
		case name == ".":
			return nil
		case name == keysFolder || strings.HasPrefix(e.Name(), ".") && e.IsDir():
			return fs.SkipDir
		case e.IsDir() || !e.Type().IsRegular() || strings.HasPrefix(e.Name(), ".") || d.staysOut(name, path):
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return entry(archive, deskEntry+filepath.ToSlash(name), bytes.NewReader(b), int64(len(b)))
	})
}

// staysOut tells of a file in the desk's folder that no backup takes.
func (d *Desk) staysOut(name, path string) bool {
	if strings.HasPrefix(name, databaseFile) || name == backupFile || name == restoredFile || name == keyslotCopy || name == rootCopy || name == recoveryCopy {
		return true
	}
	for _, keyslot := range []string{d.keyslot, d.keyslot + ".next"} {
		if same(path, keyslot) {
			return true
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxKeyFile {
		return false
	}
	b, err := keyring.ReadKeyFile(path)
	return err == nil && keyring.Stray(b, d.config.Desk)
}

func same(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// lastBackup is what is known of the last backup; zero before the first.
func (d *Desk) lastBackup() (last BackedUp, err error) {
	b, err := os.ReadFile(filepath.Join(d.dir, backupFile))
	if errors.Is(err, fs.ErrNotExist) {
		return BackedUp{}, nil
	}
	if err != nil {
		return BackedUp{}, fmt.Errorf("look for the last backup: %w", err)
	}
	if json.Unmarshal(b, &last) != nil {
		return BackedUp{}, nil // then there is none that is known of
	}
	return last, nil
}
