//go:build linux || darwin

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"hearsay/kit"
)

// The drills of docs/operators-guide.md, each played through the commands that
// stand there.

// newDrill is a desk with a recovery key in a safe, a relay, and one report.
func newDrill(t *testing.T) *stand {
	t.Helper()
	s := newStand(t)
	if err := os.Mkdir(filepath.Join(s.dir, "safe"), 0o700); err != nil {
		t.Fatal(err)
	}
	s.rename(t, "root-key", "safe/root-key")
	s.run(t, exitDone, "desk", "keys", "recovery", "--to", "safe/recovery-key")
	s.arrives(t, "Before it happened.")
	return s
}

// arrives has a source send a report, and the desk fetch it a day later, when
// it comes whole.
func (s *stand) arrives(t *testing.T, text string) {
	t.Helper()
	if err := s.send(t, text); err != nil {
		t.Fatal(err)
	}
	s.comes(t, 1)
}

// comes has the desk fetch on the next day, when all comes whole.
func (s *stand) comes(t *testing.T, reports int) {
	t.Helper()
	s.nextDay(t)
	if got := s.fetch(t); got.Reports != reports {
		t.Fatalf("fetched %+v, want %d reports", got, reports)
	}
}

func (s *stand) rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(filepath.Join(s.dir, from), filepath.Join(s.dir, to)); err != nil {
		t.Fatal(err)
	}
}

func (s *stand) file(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (s *stand) put(t *testing.T, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// keeps asks that the desk keeps just these reports.
func (s *stand) keeps(t *testing.T, texts ...string) {
	t.Helper()
	slices.Sort(texts)
	if got := s.reports(t); !slices.Equal(got, texts) {
		t.Errorf("the desk keeps %q, want %q", got, texts)
	}
}

// told asks that a command ends so and says that.
func (s *stand) told(t *testing.T, words string, status int, args ...string) {
	t.Helper()
	out, errs := s.run(t, status, args...)
	if !strings.Contains(out+errs, words) {
		t.Errorf("%v says %s%s, want %q", args, out, errs, words)
	}
}

func (s *stand) warnings(t *testing.T, relay string) string {
	t.Helper()
	out, _ := s.run(t, exitDone, "desk", "fetch", "--relay", relay, "--json")
	var fetched struct {
		Warnings []struct {
			About, Text string
			Urgent      bool
		}
	}
	if err := json.Unmarshal([]byte(out), &fetched); err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, w := range fetched.Warnings {
		all.WriteString(w.About + ": " + w.Text + "\n")
	}
	return all.String()
}

func TestDrillLostKeyslot(t *testing.T) {
	s := newDrill(t)
	s.run(t, exitDone, "desk", "backup", "--to", "keys.age", "--keys-only")
	s.arrives(t, "After the backup.")
	s.rename(t, "keyslot", "lost")

	s.told(t, "the keyslot file is not there", exitCouldNot, "desk", "keys")
	s.told(t, "opens again", exitDone, "desk", "restore", "--keys-only", "--from", "keys.age", "--recovery-key", "safe/recovery-key", "--memory-kib", "256")
	s.fetch(t) // at once, so that the relay has the new keys
	s.keeps(t, "Before it happened.", "After the backup.")
	s.arrives(t, "And after it was lost.")
	t.Run("whoever finds the old stick opens nothing", func(t *testing.T) {
		s.told(t, "does not open", exitCouldNot, "desk", "keys", "--keyslot", "lost")
	})
}

func TestDrillLostPassphrase(t *testing.T) {
	s := newDrill(t)
	s.run(t, exitDone, "desk", "backup", "--to", "keys.age", "--keys-only")
	s.put(t, "vault", []byte("one that nobody ever set\n"))
	s.told(t, "does not open", exitCouldNot, "desk", "keys")
	t.Run("an old keyslot is not overwritten by a slip", func(t *testing.T) {
		s.told(t, "in the way", exitCouldNot, "desk", "restore", "--keys-only", "--from", "keys.age", "--recovery-key", "safe/recovery-key", "--memory-kib", "256")
	})
	s.rename(t, "keyslot", "old-keyslot")
	s.run(t, exitDone, "desk", "restore", "--keys-only", "--from", "keys.age", "--recovery-key", "safe/recovery-key", "--memory-kib", "256")
	s.fetch(t)
	s.keeps(t, "Before it happened.")
	s.arrives(t, "After it was set anew.")
}

func TestDrillRemovedEditor(t *testing.T) {
	s := newDrill(t)
	s.put(t, "jun", []byte("jun's own\n"))
	as := func(args ...string) []string {
		return append(args, "--editor", "ana", "--editor-passphrase-file", "ana")
	}
	two := func(args ...string) []string {
		return append(as(args...), "--second", "min", "--second-passphrase-file", "min")
	}
	s.told(t, "two editors do this together", exitMisasked, as("desk", "editor", "add", "jun", "--new-passphrase-file", "jun")...)
	s.run(t, exitDone, two("desk", "editor", "add", "jun", "--new-passphrase-file", "jun")...)
	s.told(t, "jun", exitDone, "desk", "editor", "list")

	s.told(t, "two editors do this together", exitMisasked, as("desk", "editor", "remove", "jun")...)
	s.run(t, exitDone, two("desk", "editor", "remove", "jun")...)
	s.told(t, "do not go together", exitCouldNot, "desk", "editor", "remove", "min", "--editor", "jun", "--editor-passphrase-file", "jun")
	s.told(t, "take another name", exitMisasked, two("desk", "editor", "add", "jun", "--new-passphrase-file", "jun")...)

	t.Run("who knew the passphrase and had the stick", func(t *testing.T) {
		copied := s.file(t, "keyslot")
		s.put(t, "next", []byte("a vault of which they know nothing\n"))
		s.run(t, exitDone, "desk", "keys", "rekey", "--new-passphrase-file", "next", "--new-keyslot", "new-keyslot")
		s.told(t, "does not open", exitCouldNot, "desk", "keys", "--keyslot", "new-keyslot")
		s.rename(t, "next", "vault")
		s.put(t, "copied", copied)
		s.told(t, "does not open", exitCouldNot, "desk", "keys", "--keyslot", "copied")
		s.rename(t, "new-keyslot", "keyslot")
		s.keeps(t, "Before it happened.")
	})
	t.Run("who could have copied keys", func(t *testing.T) {
		offline := s.kit(t, s.at) // has the roster of before
		session := unlock(t, offline)
		s.told(t, "the keys are replaced", exitDone, "desk", "keys", "replace", "--root-key", "safe/root-key", "--relay", s.at)
		if err := session.Write("Sealed to the keys of before."); err != nil {
			t.Fatal(err)
		}
		if _, err := session.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.comes(t, 1)
		s.arrives(t, "To the new keys.")
		s.keeps(t, "Before it happened.", "Sealed to the keys of before.", "To the new keys.")
	})
}

func TestDrillLostRootKey(t *testing.T) {
	s := newDrill(t)
	s.told(t, "that is not the root key of this desk", exitCouldNot, "desk", "charter", "renew", "--root-key", "safe/recovery-key")
	for _, days := range []int{61, 22} { // to 29 days and 7 days before the end
		s.now = s.now.AddDate(0, 0, days-1)
		s.nextDay(t)
		s.run(t, exitDone, "desk", "fetch", "--relay", s.at)
	}
	s.told(t, "URGENT     The charter ends in", exitDone, "desk", "keys")
	if err := s.send(t, "In time."); err != nil {
		t.Fatal(err)
	}
	s.now = s.now.AddDate(0, 0, 8)
	s.nextDay(t)
	s.told(t, "ended on", exitDone, "desk", "charter")
	if _, err := s.kit(t, s.at).Load(t.Context(), kit.Week); !errors.Is(err, kit.ErrStop) {
		t.Errorf("a kit of a desk whose charter has ended loads with %v", err)
	}
	t.Run("what was sent in time still comes in", func(t *testing.T) {
		if got := s.fetch(t); got.Reports != 1 {
			t.Errorf("fetched %+v", got)
		}
		s.keeps(t, "Before it happened.", "In time.")
	})
	t.Run("found after all, it renews the same desk", func(t *testing.T) {
		s.run(t, exitDone, "desk", "charter", "renew", "--root-key", "safe/root-key", "--relay", s.at)
		s.arrives(t, "Written after it was renewed.")
	})
}

func TestDrillDeadDisk(t *testing.T) {
	s := newDrill(t)
	s.put(t, "news.md", []byte("---\nid: b1\n---\n# News\n\nNothing of note.\n"))
	s.run(t, exitDone, "publish", "news.md", "--editor", "ana", "--editor-passphrase-file", "ana")
	s.run(t, exitDone, "desk", "backup", "--to", "desk.age")
	s.put(t, "other.md", bytes.Replace(s.file(t, "news.md"), []byte("id: b1"), []byte("id: b2"), 1))
	for _, dead := range []string{"desk", "keyslot"} {
		s.rename(t, dead, "dead-"+dead)
	}
	s.nextDay(t)
	restore := []string{"desk", "restore", "--from", "desk.age", "--recovery-key", "safe/recovery-key", "--memory-kib", "256"}
	t.Run("a damaged backup is refused", func(t *testing.T) {
		whole := s.file(t, "desk.age")
		s.put(t, "damaged.age", append(whole[:len(whole)/2:len(whole)/2], whole[len(whole)/2+1:]...))
		s.told(t, "damaged", exitCouldNot, "desk", "restore", "--from", "damaged.age", "--recovery-key", "safe/recovery-key", "--memory-kib", "256")
		if _, err := os.Stat(filepath.Join(s.dir, "desk")); err == nil {
			t.Error("it left a desk")
		}
	})
	s.run(t, exitDone, restore...)
	s.keeps(t, "Before it happened.")
	if w := s.warnings(t, s.at); !strings.Contains(w, "publishes nothing until it is compared") || !strings.Contains(w, "No drop goes out today") {
		t.Errorf("it warns %s", w)
	}
	s.told(t, "compare it with the published site", exitCouldNot, "publish", "other.md", "--editor", "ana", "--editor-passphrase-file", "ana")
	s.run(t, exitDone, "desk", "restore", "--compare", "dead-desk/edition")
	s.run(t, exitDone, "publish", "other.md", "--editor", "ana", "--editor-passphrase-file", "ana")
	s.arrives(t, "After the disk died.")
	t.Run("an image of the old disk is marked by hand", func(t *testing.T) {
		s.told(t, "marked as restored", exitDone, "desk", "restore", "--in-place", "--dir", "dead-desk", "--keyslot", "dead-keyslot")
	})
}

func TestDrillStolenMachine(t *testing.T) {
	s := newDrill(t)
	s.run(t, exitDone, "desk", "backup", "--to", "desk.age")
	for _, stolen := range []string{"desk", "keyslot"} {
		s.rename(t, stolen, "stolen-"+stolen)
	}
	t.Run("locked, it opens neither without the stick nor without the passphrase", func(t *testing.T) {
		s.told(t, "the keyslot file is not there", exitCouldNot, "desk", "keys", "--dir", "stolen-desk")
		vault := s.file(t, "vault")
		s.put(t, "vault", []byte("a guess\n"))
		s.told(t, "does not open", exitCouldNot, "desk", "keys", "--dir", "stolen-desk", "--keyslot", "stolen-keyslot")
		s.put(t, "vault", vault)
	})
	s.nextDay(t)
	s.run(t, exitDone, "desk", "restore", "--from", "desk.age", "--recovery-key", "safe/recovery-key", "--memory-kib", "256")
	s.run(t, exitDone, "desk", "keys", "replace", "--root-key", "safe/root-key", "--relay", s.at)
	s.arrives(t, "To the desk that was put back.")
	s.keeps(t, "Before it happened.", "To the desk that was put back.")
	t.Run("open, the thief has all that was kept, and from then on neither the relay's ear nor what is sent", func(t *testing.T) {
		s.told(t, "the relay refuses", exitCouldNot, "desk", "fetch", "--dir", "stolen-desk", "--keyslot", "stolen-keyslot", "--relay", s.at)
	})
}

func TestDrillWrongClock(t *testing.T) {
	s := newDrill(t)
	s.put(t, "ahead", []byte(s.now.AddDate(0, 0, 60).Format(time.RFC3339)+"\n"))
	_, errs := s.runBy(t, "ahead", exitCouldNot, "desk", "fetch", "--relay", s.at)
	if !strings.Contains(errs, "clock jumped ahead") || !strings.Contains(errs, "no keys were made or destroyed") {
		t.Errorf("it says %s", errs)
	}
	s.put(t, "behind", []byte(s.now.AddDate(0, 0, -3).Format(time.RFC3339)+"\n"))
	out, _ := s.runBy(t, "behind", exitDone, "desk", "keys")
	if !strings.Contains(out, "set its clock right") {
		t.Errorf("it says %s", out)
	}
	t.Run("set right, nothing is lost", func(t *testing.T) {
		s.arrives(t, "After the clock was set.")
	})
}

func TestDrillRelayThatShowsOtherRosters(t *testing.T) {
	s := newDrill(t)
	var old []byte
	honest := newBetween(t, s.at, func(b []byte) []byte { old = bytes.Clone(b); return b })
	if w := s.warnings(t, honest.URL); strings.Contains(w, "roster:") {
		t.Errorf("of an honest relay: %s", w)
	}
	copyOfDesk := filepath.Join(s.dir, "second")
	if err := copyTree(filepath.Join(s.dir, "desk"), copyOfDesk); err != nil {
		t.Fatal(err)
	}
	s.put(t, "second-keyslot", s.file(t, "keyslot"))
	for range 4 {
		s.nextDay(t)
		s.fetch(t)
	}
	t.Run("an old one", func(t *testing.T) {
		relay := newBetween(t, s.at, func([]byte) []byte { return old })
		if w := s.warnings(t, relay.URL); !strings.Contains(w, "an old roster of this desk") {
			t.Errorf("it warns %s", w)
		}
	})
	t.Run("a forked one: a second copy of the desk runs", func(t *testing.T) {
		s.run(t, exitDone, "desk", "fetch", "--dir", "second", "--keyslot", "second-keyslot", "--relay", s.at)
		var forked []byte
		catch := newBetween(t, s.at, func(b []byte) []byte { forked = bytes.Clone(b); return b })
		if _, err := s.kit(t, catch.URL).Load(t.Context(), kit.Week); err != nil {
			t.Fatal(err)
		}
		s.fetch(t) // and this desk's again
		relay := newBetween(t, s.at, func([]byte) []byte { return forked })
		if w := s.warnings(t, relay.URL); !strings.Contains(w, "a second copy of the desk runs") {
			t.Errorf("it warns %s", w)
		}
	})
	t.Run("one that holds back keys", func(t *testing.T) {
		relay := newBetween(t, s.at, func(b []byte) []byte { return make([]byte, len(b)) })
		if w := s.warnings(t, relay.URL); !strings.Contains(w, "did not sign") {
			t.Errorf("it warns %s", w)
		}
	})
}
