package desk

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/keyring"
	"hearsay/desk/internal/store"
	"hearsay/envelope"
	"hearsay/ledger"
)

// RecoveryKey is what is read of the recovery key: the text of its file, and the
// passphrase under which that may be.
type RecoveryKey struct{ Text, Passphrase string }

func (r RecoveryKey) parse() (keyring.Recovery, error) {
	text, err := keyring.Unprotect([]byte(r.Text), keyring.NewPassphrase(r.Passphrase))
	if err != nil {
		return keyring.Recovery{}, err
	}
	return keyring.ParseRecovery(text)
}

// Restoration is what a desk is restored from, and where to.
type Restoration struct {
	From       string // the backup
	Key        RecoveryKey
	Dir        string // where the desk will lie; with KeysOnly, where it lies
	Keyslot    string // a file for the new keyslot, best on a stick of its own
	Passphrase string // of the new vault
	MemoryKiB  uint32 // of Argon2id for the vault; 0 for the 512 MiB of PROTOCOL.md section 6
	KeysOnly   bool   // the desk is there, but its keyslot or passphrase is lost
	Now        func() time.Time
}

func (r Restoration) params() keyring.Params {
	p := keyring.DefaultParams
	if r.MemoryKiB != 0 {
		p.Memory = r.MemoryKiB
	}
	return p
}

func (r Restoration) today() envelope.Epoch { return envelope.EpochOf(r.Now()) }

// Restore makes a desk of a backup: on another machine, or, with KeysOnly, opens
// one again whose keyslot or passphrase is lost, and leaves what it keeps alone.
// The passphrase and the keyslot are new ones. The editors' accounts are as they
// were. What was sealed to bundles of before cannot be opened by anybody.
//
// A desk that was restored whole signs no drop on that day, and publishes
// nothing before it was compared with the site: see Compare.
//
// A kill leaves either the desk that there was, or none, or the restored one;
// Restore can be run again. Errors: ErrBackup, ErrExists, ErrInTheWay,
// ErrMissing, ErrAtWork, keyring.ErrRecovery, keyring.ErrOtherDesk, ErrMemory.
func Restore(ctx context.Context, r Restoration) (BackedUp, error) {
	made, err := restore(ctx, r)
	if errors.Is(err, keyring.ErrParams) {
		err = fmt.Errorf("%w: %w", ErrMemory, err)
	}
	if err != nil {
		return BackedUp{}, fmt.Errorf("restore from %s: %w", r.From, err)
	}
	return made, nil
}

func restore(ctx context.Context, r Restoration) (made BackedUp, err error) {
	key, err := r.Key.parse()
	if err != nil {
		return BackedUp{}, err
	}
	f, err := os.Open(r.From)
	if err != nil {
		return BackedUp{}, err
	}
	defer f.Close() // it was only read
	opened, err := key.OpenBackup(f)
	if err != nil {
		return BackedUp{}, err
	}
	if r.KeysOnly {
		return r.keys(key, opened)
	}
	return r.whole(ctx, key, opened)
}

// clear asks that no file is where the keyslot goes.
func (r Restoration) clear() error {
	if _, err := os.Lstat(r.Keyslot); err == nil {
		return fmt.Errorf("%s: %w", r.Keyslot, ErrInTheWay)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// keys puts the keys that last into a desk that nobody can open any more.
func (r Restoration) keys(key keyring.Recovery, opened io.Reader) (BackedUp, error) {
	config, err := readConfig(r.Dir)
	if err == nil {
		err = r.clear()
	}
	if err != nil {
		return BackedUp{}, err
	}
	made, lasting, err := readBackup(opened, nil)
	if err != nil {
		return BackedUp{}, err
	}
	if made.Desk != config.Desk {
		return BackedUp{}, keyring.ErrOtherDesk
	}
	keys, err := keyring.Recover(keyring.Place{Dir: filepath.Join(r.Dir, keysFolder), Keyslot: r.Keyslot}, keyring.NewPassphrase(r.Passphrase), r.params(), lasting, key)
	if err != nil {
		return BackedUp{}, err
	}
	_, err = keys.Rotate(r.today())
	return made, errors.Join(err, keys.Close())
}

// whole makes the desk beside its place and moves it there as the last step.
func (r Restoration) whole(ctx context.Context, key keyring.Recovery, opened io.Reader) (made BackedUp, err error) {
	if entries, err := os.ReadDir(r.Dir); err == nil && len(entries) > 0 {
		return BackedUp{}, ErrExists
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return BackedUp{}, err
	}
	fresh := filepath.Clean(r.Dir) + ".new"
	if err := os.MkdirAll(filepath.Dir(fresh), 0o700); err != nil {
		return BackedUp{}, err
	}
	release, err := keyring.Hold(lockOf(r.Dir))
	if errors.Is(err, keyring.ErrBusy) {
		err = ErrAtWork
	}
	if err != nil {
		return BackedUp{}, err
	}
	defer func() { err = errors.Join(err, release()) }()
	// What a kill left goes first: a keyslot that it moved out, then the rest.
	if err := removeOurs(filepath.Join(fresh, keyslotCopy), r.Keyslot); err != nil {
		return BackedUp{}, err
	}
	if err := os.RemoveAll(fresh); err != nil {
		return BackedUp{}, err
	}
	if err := r.clear(); err != nil {
		return BackedUp{}, err
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return BackedUp{}, err
	}
	if made, err = r.fill(ctx, fresh, key, opened); err != nil {
		return BackedUp{}, errors.Join(err, os.RemoveAll(fresh))
	}
	if err := copyOut(filepath.Join(fresh, keyslotCopy), r.Keyslot); err != nil {
		return BackedUp{}, fmt.Errorf("move the keyslot off the desk: %w", err)
	}
	if err := os.Rename(fresh, r.Dir); err != nil {
		return BackedUp{}, err
	}
	if err := syncDir(filepath.Dir(filepath.Clean(r.Dir))); err != nil {
		return BackedUp{}, err
	}
	return made, tidy(r.Dir)
}

// fill makes the restored desk in a folder, and opens all of it once: a backup
// is known to be whole before it takes anybody's place.
func (r Restoration) fill(ctx context.Context, fresh string, key keyring.Recovery, opened io.Reader) (made BackedUp, err error) {
	made, lasting, err := readBackup(opened, func(name string, content io.Reader) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return writeOut(filepath.Join(fresh, filepath.FromSlash(name)), content)
	})
	if err != nil {
		return BackedUp{}, err
	}
	if !made.Whole {
		return BackedUp{}, ErrKeysAlone
	}
	if config, err := readConfig(fresh); err != nil || config.Desk != made.Desk {
		return BackedUp{}, errors.Join(ErrBackup, err)
	}
	keys, err := keyring.Recover(keyring.Place{Dir: filepath.Join(fresh, keysFolder), Keyslot: filepath.Join(fresh, keyslotCopy)}, keyring.NewPassphrase(r.Passphrase), r.params(), lasting, key)
	if err != nil {
		return BackedUp{}, err
	}
	defer func() { err = errors.Join(err, keys.Close()) }()
	if _, err := keys.Rotate(r.today()); err != nil {
		return BackedUp{}, err
	}
	d := &Desk{dir: fresh, keys: keys, now: r.Now}
	database, err := keys.DatabaseKey()
	if err != nil {
		return BackedUp{}, err
	}
	if d.store, err = store.Open(filepath.Join(fresh, databaseFile), database); err != nil {
		return BackedUp{}, err
	}
	defer func() { err = errors.Join(err, d.store.Close()) }()
	if d.book, err = casebook.Open(ctx, d.store, casebook.DefaultModel, d.today); err != nil {
		return BackedUp{}, err
	}
	b, err := json.Marshal(made)
	if err != nil {
		return BackedUp{}, err
	}
	if err := writeFile(filepath.Join(fresh, backupFile), append(b, '\n')); err != nil {
		return BackedUp{}, err
	}
	return made, restored{On: d.today(), Backup: made.On}.write(fresh)
}

// ErrKeysAlone tells that a backup has no desk in it.
var ErrKeysAlone = errors.New("this backup holds the keys alone: it opens a desk whose folder is there, see --keys-only")

// readBackup reads an opened backup to its end, and gives each file of the desk
// to put, if there is one. What is not as Backup writes it is ErrBackup.
func readBackup(opened io.Reader, put func(name string, content io.Reader) error) (made BackedUp, lasting []byte, err error) {
	fail := func(why string) (BackedUp, []byte, error) {
		return BackedUp{}, nil, fmt.Errorf("%w: %s", ErrBackup, why)
	}
	archive := tar.NewReader(opened)
	var names []string
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fail("its entries cannot be read")
		}
		if head.Typeflag != tar.TypeReg || sparse(head) || slices.Contains(names, head.Name) {
			return fail("an entry is no plain file, or stands twice")
		}
		names = append(names, head.Name)
		switch len(names) {
		case 1:
			b, err := io.ReadAll(io.LimitReader(archive, maxBackupMeta))
			if err != nil || head.Name != backupFile || json.Unmarshal(b, &made) != nil || made.Format != backupFormat {
				return fail("it does not say what it is")
			}
		case 2:
			if lasting, err = io.ReadAll(io.LimitReader(archive, 1<<20)); err != nil || head.Name != lastingEntry {
				return fail("it has no keys")
			}
		default:
			name, ok := strings.CutPrefix(head.Name, deskEntry)
			first, _, _ := strings.Cut(name, "/")
			if !ok || !filepath.IsLocal(filepath.FromSlash(name)) || first == keysFolder || !made.Whole {
				return fail("an entry does not belong there")
			}
			if put == nil {
				continue
			}
			if err := put(name, archive); err != nil {
				return BackedUp{}, nil, err
			}
		}
	}
	// The archive ends before the file does: what is missing at the end shows
	// only there.
	if rest, err := io.Copy(io.Discard, opened); err != nil || rest > 1<<20 {
		return fail("it does not end as it should")
	}
	if len(names) < 2 {
		return fail("it is empty")
	}
	return made, lasting, nil
}

// sparse tells of an entry that is longer than the bytes that stand for it,
// without bound.
func sparse(head *tar.Header) bool {
	for name := range head.PAXRecords {
		if strings.HasPrefix(name, "GNU.sparse.") {
			return true
		}
	}
	return false
}

// writeOut writes one file of a backup, durably.
func writeOut(path string, content io.Reader) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Sync(), f.Close(), syncDir(filepath.Dir(path)))
}

// Compare compares a restored desk's ledger with that of the site that readers
// have, in a folder, and lets the desk publish again. Errors: ErrBehind where
// the site has more, or other, editions.
func (d *Desk) Compare(site string) error {
	theirs, err := ledger.Open(os.DirFS(filepath.Join(site, ledger.Folder)))
	if err != nil {
		return fmt.Errorf("compare with %s: %w", site, err)
	}
	ours, err := ledger.Open(os.DirFS(d.ledgerDir()))
	if err != nil {
		return fmt.Errorf("open the desk's ledger: %w", err)
	}
	if theirs.Key() != ours.Key() {
		return fmt.Errorf("compare with %s: %w", site, keyring.ErrOtherDesk)
	}
	mine := ours.Leaves()
	if n := theirs.Size(); n > int64(len(mine)) || !slices.Equal(theirs.Leaves(), mine[:n]) {
		return ErrBehind
	}
	mark, ok, err := d.restoredMark()
	if err != nil || !ok {
		return err
	}
	mark.Compared = true
	return mark.write(d.dir)
}
