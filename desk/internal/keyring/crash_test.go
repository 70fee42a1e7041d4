package keyring

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"hearsay/envelope"
)

var errKilled = errors.New("killed")

// mortal is a disk on which the process dies at its n-th step, and at every one
// after it: before the step, half way through what it saves, or just after.
type mortal struct {
	unsynced
	steps, diesAt int
	how           death
}

type death int

const (
	before death = iota
	within
	after
)

// kills are the deaths at which the process ends too: to be killed after a step
// is to be killed before the next.
var kills = []death{before, within}

// step does one step, or dies at it.
func (m *mortal) step(do, half func() error) error {
	m.steps++
	switch {
	case m.diesAt == 0 || m.steps < m.diesAt:
		return do()
	case m.steps > m.diesAt || m.how == before:
		return errKilled
	case m.how == within:
		return errors.Join(half(), errKilled)
	}
	return errors.Join(do(), errKilled)
}

func (m *mortal) save(path string, b []byte) error {
	return m.step(func() error { return m.unsynced.save(path, b) },
		func() error { return m.unsynced.save(path, b[:len(b)/2]) })
}

func (m *mortal) overwrite(path string, size int) error {
	return m.step(func() error { return m.unsynced.overwrite(path, size) },
		func() error { return m.unsynced.overwrite(path, size/2) })
}

func (m *mortal) rename(from, to string) error {
	return m.step(func() error { return m.unsynced.rename(from, to) }, func() error { return nil })
}

func (m *mortal) remove(path string) error {
	return m.step(func() error { return m.unsynced.remove(path) }, func() error { return nil })
}

func clonePlace(t *testing.T, from Place) Place {
	t.Helper()
	to := newPlace(t)
	if err := os.CopyFS(to.Dir, os.DirFS(from.Dir)); err != nil {
		t.Fatal(err)
	}
	for _, suffix := range []string{"", pending} {
		b, err := os.ReadFile(from.Keyslot + suffix)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err == nil {
			err = os.WriteFile(to.Keyslot+suffix, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return to
}

// bundleDays are the days of the daily bundles of a keyring, in order.
func bundleDays(k *Keyring) []envelope.Epoch {
	var days []envelope.Epoch
	for _, u := range k.in.get().bundles {
		if u.Class() == envelope.Daily {
			days = append(days, u.Epoch())
		}
	}
	slices.Sort(days)
	return days
}

// A kill at any step of any change leaves a keyring that opens, with what it
// had before or what it should have after; so does a kill at any step of that
// opening. Nothing is left lying about.
func TestKillAtAnyStepLeavesAKeyringThatOpens(t *testing.T) {
	root := NewRoot()
	recovery := newRecovery(t, root)
	made := func(rotations ...envelope.Epoch) (days []envelope.Epoch) {
		for _, r := range rotations {
			days = append(days, daysFrom(day0+r)...)
		}
		return days
	}
	for _, tt := range []struct {
		name string
		do   func(*Keyring) error
		want [][]envelope.Epoch // days of the bundles afterwards: any of these
	}{
		{"making bundles", func(k *Keyring) error { _, err := k.Rotate(day0 + 10); return err },
			[][]envelope.Epoch{made(0, 5), made(0, 5, 10)}},
		{"destroying bundles", func(k *Keyring) error { _, err := k.Rotate(day0 + 30); return err },
			[][]envelope.Epoch{made(0, 5), made(0, 5, 30), slices.DeleteFunc(made(0, 5, 30), func(day envelope.Epoch) bool { return day < day0+2 })}},
		{"signing a charter", func(k *Keyring) error { _, err := k.SignCharter(root, 2, day0, day0+90, 4); return err },
			[][]envelope.Epoch{made(0, 5)}},
		{"replacing the editor's keys", func(k *Keyring) error { _, err := k.ReplaceEditor(root, 2, day0, day0+90, 4); return err },
			[][]envelope.Epoch{made(0, 5)}},
		{"setting a recovery key", func(k *Keyring) error { return k.SetRecovery(recovery) },
			[][]envelope.Epoch{made(0, 5)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, base := newKeyring(t, root)
			mustRotate(t, k, day0)
			mustRotate(t, k, day0+5)
			report := sealTo(t, roster(t, k, root, day0+5), envelope.Daily, "the bridge is out")
			database, err := k.DatabaseKey()
			if err != nil {
				t.Fatal(err)
			}
			mustClose(t, k)

			check := func(place Place, step int, how death) {
				t.Helper()
				k, err := open(unsynced{}, place, testPassphrase)
				if err != nil {
					t.Fatalf("step %d, death %d: %v", step, how, err)
				}
				defer mustClose(t, k)
				if got := bundleDays(k); !slices.ContainsFunc(tt.want, func(w []envelope.Epoch) bool { return slices.Equal(w, got) }) {
					t.Errorf("step %d, death %d: bundles of %v", step, how, got)
				}
				if key, err := k.DatabaseKey(); err != nil || key != database {
					t.Errorf("step %d, death %d: another database key, %v", step, how, err)
				}
				if _, err := k.Open(report[:envelope.Size]); err != nil {
					t.Errorf("step %d, death %d: a report does not open: %v", step, how, err)
				}
				if err := tt.do(k); err != nil {
					t.Errorf("step %d, death %d: doing it again: %v", step, how, err)
				}
				checkTidy(t, place)
			}
			steps := 0
			for _, how := range kills {
				for step := 1; ; step++ {
					place := clonePlace(t, base)
					disk := &mortal{diesAt: step, how: how}
					k, err := open(disk, place, testPassphrase)
					if err != nil {
						t.Fatal(err)
					}
					err = tt.do(k)
					mustClose(t, k)
					if err == nil {
						break
					}
					steps++
					for again := 1; ; again++ {
						half := clonePlace(t, place)
						k, err := open(&mortal{diesAt: again, how: how}, half, testPassphrase)
						if err == nil {
							mustClose(t, k)
							break
						}
						check(half, step, how)
					}
					check(place, step, how)
				}
			}
			if steps < 4 {
				t.Errorf("died at %d steps only", steps)
			}
		})
	}
}

// checkTidy asks that the folders hold what a keyring is, and nothing else.
func checkTidy(t *testing.T, place Place) {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(place.Dir, "*"))
	if err != nil || len(names) != 3 { // vault, bundles, lock
		t.Errorf("the folder holds %q, %v", names, err)
	}
	names, err = filepath.Glob(place.Keyslot + "*")
	if err != nil || len(names) != 1 {
		t.Errorf("beside the keyslot lie %q, %v", names, err)
	}
}

func TestKillWhileCreatingLeavesAWholeKeyringOrNone(t *testing.T) {
	root := NewRoot()
	opened, made := 0, 0
	for _, how := range kills {
		for step := 1; ; step++ {
			place := newPlace(t)
			k, err := create(&mortal{diesAt: step, how: how}, place, testPassphrase, quick, root.Public())
			if err == nil {
				mustClose(t, k)
				break
			}
			k, err = Open(place, testPassphrase)
			if errors.Is(err, ErrMissing) {
				made++
				if k, err = Create(place, testPassphrase, quick, root.Public()); err != nil {
					t.Fatalf("step %d, death %d: made again: %v", step, how, err)
				}
			} else if err != nil {
				t.Fatalf("step %d, death %d: %v", step, how, err)
			} else {
				opened++
			}
			mustRotate(t, k, day0)
			mustClose(t, k)
			checkTidy(t, place)
		}
	}
	if opened == 0 || made == 0 {
		t.Errorf("%d opened, %d made again: this test proves nothing", opened, made)
	}
}

// After a step that failed once the new secrets may count, nothing more may be
// replaced: it could overwrite the only keyslot that opens the vault. So a step
// fails, the process lives on, and is killed at any later one.
func TestFailedStepAndThenAKillLeaveAKeyringThatOpens(t *testing.T) {
	_, base := newKeyringClosed(t)
	reopen := 0
	for _, how := range []death{before, after} {
		for step, done := 1, false; !done; step++ {
			for later := 1; ; later++ {
				place := clonePlace(t, base)
				disk := &mortal{diesAt: step, how: how}
				k, err := open(disk, place, testPassphrase)
				if err != nil {
					t.Fatal(err)
				}
				if _, err = k.Rotate(day0 + 40); err == nil {
					mustClose(t, k)
					done = true
					break
				}
				disk.diesAt, disk.how = disk.steps+later, before
				_, err = k.Rotate(day0 + 80)
				mustClose(t, k)
				again, openErr := open(unsynced{}, place, testPassphrase)
				if openErr != nil {
					t.Fatalf("step %d, death %d, killed %d steps later: %v", step, how, later, openErr)
				}
				mustRotate(t, again, day0+80)
				mustClose(t, again)
				checkTidy(t, place)
				if errors.Is(err, ErrReopen) {
					reopen++
				}
				if !errors.Is(err, errKilled) {
					break
				}
			}
		}
	}
	if reopen == 0 {
		t.Error("no failure asked for the keyring to be opened again")
	}
}
