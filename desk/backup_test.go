package desk

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"hearsay/desk/internal/keyring"
	"hearsay/envelope"
)

// newBackedStand is a desk with a recovery key, a report and a drop, and its
// backup.
func newBackedStand(t *testing.T) (s *stand, backup string, key RecoveryKey) {
	t.Helper()
	s = newStand(t, true)
	recovery := filepath.Join(s.dir, "recovery-key")
	if err := s.NewRecoveryKey(recovery, ""); err != nil {
		t.Fatal(err)
	}
	s.relay.deliver(s.epoch(), s.seal(s.source(), "Before the backup."))
	if _, err := s.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	backup = filepath.Join(s.dir, "backup.age")
	if made, err := s.Backup(t.Context(), backup, false); err != nil || made.On != s.today() || !made.Whole {
		t.Fatalf("Backup = %+v, %v", made, err)
	}
	return s, backup, RecoveryKey{Text: string(read(t, recovery))}
}

// elsewhere is where a desk of that stand is restored.
func (s *stand) elsewhere(t *testing.T, from string, key RecoveryKey) (*stand, Restoration) {
	r := &stand{t: t, dir: t.TempDir(), clock: s.clock, made: s.made, relay: s.relay}
	return r, Restoration{
		From: from, Key: key, Dir: filepath.Join(r.dir, "desk"), Keyslot: filepath.Join(r.dir, "keyslot"),
		Passphrase: "a vault", MemoryKiB: 256, Now: s.options().Now,
	}
}

// restore restores a stand's backup elsewhere and opens it.
func (s *stand) restore(t *testing.T, from string, key RecoveryKey) *stand {
	t.Helper()
	r, plan := s.elsewhere(t, from, key)
	if _, err := Restore(t.Context(), plan); err != nil {
		t.Fatal(err)
	}
	r.open()
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

func TestRestoredDesk(t *testing.T) {
	s, backup, key := newBackedStand(t)
	root := RootKey{Text: string(read(t, filepath.Join(s.dir, "root-key")))}
	unopened := s.seal(s.source(), "Not opened yet.")
	firstDrop := s.dropFile(s.epoch())
	// What the desk does after the backup, and the backup does not know.
	s.clock = s.clock.AddDate(0, 0, 1)
	if err := s.RenewCharter(t.Context(), root); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Drop(t.Context()); err != nil {
		t.Fatal(err)
	}
	lastDrop, lastCharter := s.book.NextDrop(0, 0), read(t, filepath.Join(s.dir, "desk", charterFile))

	r := s.restore(t, backup, key)
	t.Run("it has what the backup had: reports, accounts, drops", func(t *testing.T) {
		if got := r.bodies(); !slices.Equal(got, []string{"Before the backup."}) {
			t.Errorf("it keeps %q", got)
		}
		if err := r.SignIn("ana", anaPassphrase); err != nil {
			t.Error(err)
		}
		if got := read(t, filepath.Join(r.dir, "desk", dropsFolder, filepath.Base(firstDrop))); !bytes.Equal(got, read(t, firstDrop)) {
			t.Error("a drop is another")
		}
	})
	t.Run("it opens nothing that was sealed to keys of before", func(t *testing.T) {
		if n, err := r.keep(t.Context(), [][]byte{unopened}, "relay", r.today()); n != 0 || err != nil {
			t.Errorf("keep = %d, %v", n, err)
		}
	})
	t.Run("it takes over from the relay what was signed since, and goes back in no serial", func(t *testing.T) {
		if w := r.about("restored"); len(w) != 3 {
			t.Errorf("it warns %+v", w)
		}
		if _, err := r.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(read(t, filepath.Join(r.dir, "desk", charterFile)), lastCharter) {
			t.Error("it has not the last charter")
		}
		if got := r.book.NextDrop(0, 0); got.Epoch != lastDrop.Epoch || got.Digest != lastDrop.Digest {
			t.Errorf("its last drop is of %s", got.Epoch)
		}
		if seen, err := r.Look(t.Context()); len(seen) != 0 || err != nil {
			t.Errorf("afterwards the relay shows %+v, %v", seen, err)
		}
	})
	t.Run("it signs no second drop of the day", func(t *testing.T) {
		before := len(r.relay.bodiesOf(envelope.PathPublishDrop))
		if _, err := r.Drop(t.Context()); err != nil {
			t.Error(err)
		}
		all := r.relay.bodiesOf(envelope.PathPublishDrop)
		for _, b := range all[before:] {
			if !bytes.Equal(b, all[before-1]) {
				t.Error("there are two drops of one day")
			}
		}
	})
	t.Run("its next one continues the chain", func(t *testing.T) {
		r.clock = r.clock.AddDate(0, 0, 1)
		s.clock = r.clock // which is the relay's, too
		if _, err := r.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := r.relay.bodiesOf(envelope.PathPublishDrop)
		d, err := envelope.ParseDrop(r.keys.Public().Desk, r.keys.Public().Editor, dropRows, all[len(all)-1])
		if err != nil || d.Epoch != r.epoch() || d.Prev != lastDrop.Digest {
			t.Errorf("the chain is broken, %v", err)
		}
	})
	t.Run("its next charter is above all before", func(t *testing.T) {
		was, _, err := r.charter()
		if err != nil {
			t.Fatal(err)
		}
		if err := r.RenewCharter(t.Context(), root); err != nil {
			t.Fatal(err)
		}
		if is, _, err := r.charter(); err != nil || is.Serial <= was.Serial {
			t.Errorf("serial %d after %d, %v", is.Serial, was.Serial, err)
		}
	})
}

func TestRestoredDeskWithoutItsRelay(t *testing.T) {
	s, backup, key := newBackedStand(t)
	same := s.restoreQuietly(t, backup, key)
	if _, err := same.signDrop(t.Context()); err != nil || !bytes.Equal(read(t, same.dropFile(s.epoch())), read(t, s.dropFile(s.epoch()))) { // the one that it had made
		t.Errorf("on the day of the backup it has another drop, %v", err)
	}
	s.clock = s.clock.AddDate(0, 0, 1)
	late := s.restoreQuietly(t, backup, key)
	if _, err := late.signDrop(t.Context()); !errors.Is(err, ErrQuiet) {
		t.Errorf("on the day it was restored: %v", err)
	}
	late.clock = late.clock.AddDate(0, 0, 1)
	if _, err := late.signDrop(t.Context()); err != nil {
		t.Errorf("on the day after: %v", err)
	}
}

func (s *stand) restoreQuietly(t *testing.T, from string, key RecoveryKey) *stand {
	t.Helper()
	relay := s.relay
	s.relay = nil
	defer func() { s.relay = relay }()
	return s.restore(t, from, key)
}

// A desk that was restored and one that lost its keyslot publish one history.
func TestRestoredDeskPublishesOnlyOnceCompared(t *testing.T) {
	s, _, key := newBackedStand(t)
	news := func(d *stand, id string) error {
		_, err := d.PublishText(t.Context(), "ana", "---\nid: "+id+"\n---\n# News\n\nNothing of note.")
		return err
	}
	if err := news(s, "b1"); err != nil {
		t.Fatal(err)
	}
	backup := filepath.Join(s.dir, "after-b1.age")
	if _, err := s.Backup(t.Context(), backup, false); err != nil {
		t.Fatal(err)
	}
	site := s.Edition()
	r := s.restore(t, backup, key)
	if err := news(r, "b2"); !errors.Is(err, ErrCompare) {
		t.Errorf("before it was compared: %v", err)
	}
	t.Run("with a site that has no more", func(t *testing.T) {
		if err := r.Compare(site); err != nil {
			t.Fatal(err)
		}
		if err := news(r, "b2"); err != nil {
			t.Error(err)
		}
	})
	t.Run("with a site that is ahead it stays silent", func(t *testing.T) {
		if err := news(s, "b3"); err != nil {
			t.Fatal(err)
		}
		late := s.restore(t, backup, key)
		if err := late.Compare(site); !errors.Is(err, ErrBehind) {
			t.Errorf("Compare = %v", err)
		}
		if err := news(late, "b4"); !errors.Is(err, ErrCompare) {
			t.Errorf("it publishes: %v", err)
		}
	})
	t.Run("with another desk's site", func(t *testing.T) {
		other := newStand(t, false)
		if err := news(other, "b1"); err != nil {
			t.Fatal(err)
		}
		if err := r.Compare(other.Edition()); !errors.Is(err, keyring.ErrOtherDesk) {
			t.Errorf("Compare = %v", err)
		}
	})
}

// unsealed are the files of a backup.
func unsealed(t *testing.T, backup string, key RecoveryKey) map[string][]byte {
	t.Helper()
	r, err := key.parse()
	if err != nil {
		t.Fatal(err)
	}
	opened, err := r.OpenBackup(bytes.NewReader(read(t, backup)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	archive := tar.NewReader(opened)
	for {
		head, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if files[head.Name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
	}
}

func TestWhatABackupHolds(t *testing.T) {
	s, backup, key := newBackedStand(t)
	write(t, filepath.Join(s.dir, "desk", "root-key"), read(t, filepath.Join(s.dir, "root-key")))
	write(t, filepath.Join(s.dir, "desk", "stick"), read(t, filepath.Join(s.dir, "keyslot")))
	s.keyslot = filepath.Join(s.dir, "desk", "stick")
	again := filepath.Join(s.dir, "again.age")
	if _, err := s.Backup(t.Context(), again, false); err != nil {
		t.Fatal(err)
	}
	files := unsealed(t, again, key)
	t.Run("no key file, no keyslot, and nothing of the folder of keys", func(t *testing.T) {
		var names []string
		for name, b := range files {
			names = append(names, name)
			for what, secret := range map[string][]byte{
				"keyslot": read(t, filepath.Join(s.dir, "keyslot")), "vault": read(t, filepath.Join(s.dir, "desk", keysFolder, "vault"))[60:100],
				"root key": []byte("Hearsay root key"), "recovery key": []byte("AGE-SECRET-KEY"),
			} {
				if bytes.Contains(b, secret) {
					t.Errorf("%s holds the %s", name, what)
				}
			}
			if strings.Contains(name, keysFolder+"/") {
				t.Errorf("it holds %s", name)
			}
		}
		slices.Sort(names)
		if len(names) < 7 || names[0] != backupFile || names[len(names)-1] != lastingEntry {
			t.Errorf("it holds %q", names)
		}
	})
	t.Run("sealed, it shows no word of it", func(t *testing.T) {
		b := read(t, backup)
		for _, word := range []string{"Before the backup", "desk.json", "A Desk", "ana", backupFormat} {
			if bytes.Contains(b, []byte(word)) {
				t.Errorf("it shows %q", word)
			}
		}
	})
	t.Run("a file that is there is not overwritten, and a failure leaves none", func(t *testing.T) {
		if _, err := s.Backup(t.Context(), backup, false); !errors.Is(err, ErrInTheWay) {
			t.Errorf("Backup = %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := s.Backup(ctx, backup+"2", false); err == nil {
			t.Error("a cancelled backup is one")
		}
		if left, _ := filepath.Glob(backup + "2*"); len(left) != 0 {
			t.Errorf("it left %q", left)
		}
	})
	t.Run("a desk without a recovery key makes none, and says why", func(t *testing.T) {
		other := newStand(t, false)
		if _, err := other.Backup(t.Context(), filepath.Join(other.dir, "b"), false); !errors.Is(err, keyring.ErrNoRecovery) {
			t.Errorf("Backup = %v", err)
		}
		if w := other.about("backup"); len(w) != 1 || !strings.Contains(w[0].Text, "no recovery key") {
			t.Errorf("%+v", w)
		}
	})
	t.Run("it is warned of when it is old, or older than the charter", func(t *testing.T) {
		if w := s.about("backup"); len(w) != 0 {
			t.Errorf("%+v", w)
		}
		s.clock = s.clock.AddDate(0, 0, 7)
		if w := s.about("backup"); len(w) != 1 {
			t.Errorf("after a week: %+v", w)
		}
		if err := s.RenewCharter(t.Context(), RootKey{Text: string(read(t, filepath.Join(s.dir, "root-key")))}); err != nil {
			t.Fatal(err)
		}
		if w := s.about("backup"); len(w) != 1 || !strings.Contains(w[0].Text, "older than the charter") {
			t.Errorf("after a new charter: %+v", w)
		}
	})
}

// tree lists what lies in a folder.
func tree(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		names = append(names, strings.TrimPrefix(path, dir))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestDamagedBackupIsRefusedWhole(t *testing.T) {
	s, backup, key := newBackedStand(t)
	whole := read(t, backup)
	damaged := filepath.Join(s.dir, "damaged.age")
	r, plan := s.elsewhere(t, damaged, key)
	try := func(name string, b []byte) {
		t.Helper()
		write(t, damaged, b)
		if _, err := Restore(t.Context(), plan); !errors.Is(err, ErrBackup) {
			t.Errorf("%s: Restore = %v", name, err)
		}
		if left := tree(t, r.dir); len(left) != 1 {
			t.Errorf("%s: it left %q", name, left)
		}
	}
	for at := 7; at < len(whole); at += len(whole) / 12 {
		b := bytes.Clone(whole)
		b[at] ^= 1
		try("a bit", b)
		try("cut", whole[:at])
	}
	try("a byte less", whole[:len(whole)-1])
	try("a byte more", append(bytes.Clone(whole), 0))
	try("nothing", nil)
	try("another file", bytes.Repeat([]byte{0xa5}, 1<<16))
	t.Run("another recovery key", func(t *testing.T) {
		_, _, other := newBackedStand(t)
		wrong := plan
		wrong.From, wrong.Key = backup, other
		if _, err := Restore(t.Context(), wrong); !errors.Is(err, ErrBackup) {
			t.Errorf("Restore = %v", err)
		}
	})
	t.Run("a desk or a keyslot in the way", func(t *testing.T) {
		there := plan
		there.From, there.Dir = backup, filepath.Join(s.dir, "desk")
		if _, err := Restore(t.Context(), there); !errors.Is(err, ErrExists) {
			t.Errorf("Restore = %v", err)
		}
		slot := plan
		slot.From, slot.Keyslot = backup, filepath.Join(s.dir, "keyslot")
		if _, err := Restore(t.Context(), slot); !errors.Is(err, ErrInTheWay) {
			t.Errorf("Restore = %v", err)
		}
	})
	t.Run("whole, it is restored after all that", func(t *testing.T) {
		plan.From = backup
		if _, err := Restore(t.Context(), plan); err != nil {
			t.Error(err)
		}
	})
}

// Keyslot or passphrase is lost, and the folder is there.
func TestRestoreKeysOnly(t *testing.T) {
	s, whole, key := newBackedStand(t)
	small := filepath.Join(s.dir, "keys.age")
	if made, err := s.Backup(t.Context(), small, true); err != nil || made.Whole {
		t.Fatalf("Backup = %+v, %v", made, err)
	}
	s.clock = s.clock.AddDate(0, 0, 3)
	s.relay.deliver(s.epoch(), s.seal(s.source(), "After the backup."))
	if _, err := s.Morning(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Pull(t.Context()); err != nil {
		t.Fatal(err)
	}
	unopened := s.seal(s.source(), "Not opened yet.")
	if err := s.RenewCharter(t.Context(), RootKey{Text: string(read(t, filepath.Join(s.dir, "root-key")))}); err != nil {
		t.Fatal(err)
	}
	charter := read(t, filepath.Join(s.dir, "desk", charterFile))
	for name, from := range map[string]string{"from a backup of the keys": small, "from a whole one": whole} {
		t.Run(name, func(t *testing.T) {
			lost := s.copy(t)
			if err := lost.Close(); err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(filepath.Join(lost.dir, "keyslot")); err != nil {
				t.Fatal(err)
			}
			_, plan := s.elsewhere(t, from, key)
			plan.Dir, plan.Keyslot, plan.KeysOnly = filepath.Join(lost.dir, "desk"), filepath.Join(lost.dir, "keyslot"), true
			if _, err := Restore(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			s.relay.posts = slices.DeleteFunc(s.relay.posts, func(p post) bool { // as if the other had not been
				return p.path == envelope.PathPublishDrop
			})
			lost.withRelay(s.relay)
			if got := lost.bodies(); !slices.Equal(got, []string{"After the backup.", "Before the backup."}) {
				t.Errorf("it keeps %q", got)
			}
			if !bytes.Equal(read(t, filepath.Join(lost.dir, "desk", charterFile)), charter) {
				t.Error("it went back to an older charter")
			}
			if n, err := lost.keep(t.Context(), [][]byte{unopened}, "relay", lost.today()); n != 0 || err != nil {
				t.Errorf("what was not opened: %d, %v", n, err)
			}
			if _, err := lost.Morning(t.Context()); err != nil {
				t.Error(err)
			}
			lost.clock = lost.clock.AddDate(0, 0, 1)
			was := s.clock
			s.clock = lost.clock // which is the relay's, too
			defer func() { s.clock = was }()
			if _, err := lost.Drop(t.Context()); err != nil {
				t.Errorf("it goes on with its drops: %v", err)
			}
		})
	}
	t.Run("of another desk it is refused, and nothing is lost", func(t *testing.T) {
		other, _, _ := newBackedStand(t)
		_, plan := s.elsewhere(t, small, key)
		plan.Dir, plan.KeysOnly = filepath.Join(other.dir, "desk"), true
		if _, err := Restore(t.Context(), plan); !errors.Is(err, keyring.ErrOtherDesk) {
			t.Errorf("Restore = %v", err)
		}
		other.reopen()
	})
	t.Run("the keys alone make no desk", func(t *testing.T) {
		_, plan := s.elsewhere(t, small, key)
		if _, err := Restore(t.Context(), plan); !errors.Is(err, ErrKeysAlone) {
			t.Errorf("Restore = %v", err)
		}
	})
}

// Killed anywhere, it can be run again: before the desk is whole, before its
// last step, and after it.
func TestKilledRestoreCanBeRunAgain(t *testing.T) {
	s, backup, key := newBackedStand(t)
	for name, kill := range map[string]func(dir string){
		"half way": func(dir string) {
			err := errors.Join(os.Rename(filepath.Join(dir, "desk"), filepath.Join(dir, "desk.new")), os.Remove(filepath.Join(dir, "keyslot")),
				os.Truncate(filepath.Join(dir, "desk.new", databaseFile), 5000))
			if err != nil {
				t.Fatal(err)
			}
		},
		"before its last step": func(dir string) {
			if err := os.Rename(filepath.Join(dir, "desk"), filepath.Join(dir, "desk.new")); err != nil {
				t.Fatal(err)
			}
			write(t, filepath.Join(dir, "desk.new", keyslotCopy), read(t, filepath.Join(dir, "keyslot")))
		},
		"while the keyslot was moved out": func(dir string) {
			if err := os.Rename(filepath.Join(dir, "desk"), filepath.Join(dir, "desk.new")); err != nil {
				t.Fatal(err)
			}
			whole := read(t, filepath.Join(dir, "keyslot"))
			write(t, filepath.Join(dir, "desk.new", keyslotCopy), whole)
			write(t, filepath.Join(dir, "keyslot"), whole[:10])
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, plan := s.elsewhere(t, backup, key)
			if _, err := Restore(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			kill(r.dir)
			if _, err := Restore(t.Context(), plan); err != nil {
				t.Fatal(err)
			}
			if left := tree(t, r.dir); slices.ContainsFunc(left, func(name string) bool { return strings.Contains(name, ".new") }) {
				t.Errorf("it left %q", left)
			}
			r.open()
			if got := r.bodies(); len(got) != 1 {
				t.Errorf("it keeps %q", got)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	t.Run("after it, what is left of it goes when the desk is opened", func(t *testing.T) {
		r, plan := s.elsewhere(t, backup, key)
		if _, err := Restore(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(r.dir, "desk", keyslotCopy), read(t, filepath.Join(r.dir, "keyslot")))
		r.open()
		defer func() {
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		}()
		if _, err := os.Stat(filepath.Join(r.dir, "desk", keyslotCopy)); err == nil {
			t.Error("the keyslot's copy is still in the desk's folder")
		}
	})
	t.Run("a killed backup is no backup, and the next one is made over it", func(t *testing.T) {
		path := filepath.Join(s.dir, "killed.age")
		write(t, path+".partial", []byte("half"))
		if _, err := s.Backup(t.Context(), path, true); err != nil {
			t.Error(err)
		}
		if _, err := os.Stat(path + ".partial"); err == nil {
			t.Error("the half one is still there")
		}
	})
}

// A few bytes that stand for a file without end are no backup.
func TestBackupOfHolesIsRefused(t *testing.T) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	meta := []byte(`{"format":"` + backupFormat + `","whole":true}`)
	err := errors.Join(entry(w, backupFile, bytes.NewReader(meta), int64(len(meta))), entry(w, lastingEntry, strings.NewReader("x"), 1), w.Close())
	if err != nil {
		t.Fatal(err)
	}
	holes := rawSparse(deskEntry+"hole", 1<<50)
	whole := append(b.Bytes()[:b.Len()-1024], holes...) // in the place of the end
	if _, _, err := readBackup(bytes.NewReader(whole), nil); !errors.Is(err, ErrBackup) {
		t.Errorf("readBackup = %v", err)
	}
}

// rawSparse is an entry in GNU's sparse format 0.1: of that length, with one byte.
func rawSparse(name string, size int64) []byte {
	var records bytes.Buffer
	for _, r := range [][2]string{{"GNU.sparse.size", strconv.FormatInt(size, 10)}, {"GNU.sparse.numblocks", "1"}, {"GNU.sparse.map", "0,1"}} {
		line := " " + r[0] + "=" + r[1] + "\n"
		n := len(line) + 2
		records.WriteString(strconv.Itoa(n) + line)
	}
	var b bytes.Buffer
	for _, e := range []struct {
		flag byte
		name string
		body []byte
	}{{'x', "pax", records.Bytes()}, {'0', name, []byte{1}}} {
		head := make([]byte, 512)
		copy(head, e.name)
		copy(head[100:], "0000600\x000000000\x000000000\x00")
		copy(head[124:], fmt.Sprintf("%011o\x00%011o\x00", len(e.body), 0))
		copy(head[148:], "        ")
		head[156] = e.flag
		copy(head[257:], "ustar\x0000")
		sum := 0
		for _, c := range head {
			sum += int(c)
		}
		copy(head[148:], fmt.Sprintf("%06o\x00 ", sum))
		b.Write(head)
		b.Write(append(e.body, make([]byte, 512-len(e.body))...))
	}
	return append(b.Bytes(), make([]byte, 1024)...)
}

func FuzzBackup(f *testing.F) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	meta := []byte(`{"format":"` + backupFormat + `","whole":true}`)
	err := errors.Join(entry(w, backupFile, bytes.NewReader(meta), int64(len(meta))), entry(w, lastingEntry, strings.NewReader("x"), 1),
		entry(w, deskEntry+"desk.json", strings.NewReader("{}"), 2), entry(w, deskEntry+"drops/1", strings.NewReader("d"), 1), w.Close())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:1024])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		seen := map[string]bool{}
		_, _, err := readBackup(bytes.NewReader(b), func(name string, content io.Reader) error {
			if !filepath.IsLocal(name) || strings.HasPrefix(name, keysFolder+"/") || name == keysFolder {
				t.Errorf("it would write to %q", name)
			}
			if seen[name] {
				t.Errorf("it would write %q twice", name)
			}
			seen[name] = true
			_, err := io.Copy(io.Discard, content)
			return err
		})
		if err != nil && !errors.Is(err, ErrBackup) && !errors.Is(err, tar.ErrHeader) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%v", err)
		}
	})
}
