package example

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"hearsay"
)

// Why a folder cannot be the stage.
var (
	ErrNotOurs = errors.New("the folder holds something that is not from an earlier try: choose another, or empty it")
	ErrInUse   = errors.New("another try is at work or serving there: stop it first, or choose another folder")
)

// claimPatience is how long what a killed play started may take to end.
const claimPatience = 2 * time.Second

// Stage is the folder in which a play leaves everything.
type Stage struct{ Dir string }

// mark names a folder that a play made, so that the next may clear it.
const mark = ".hearsay-try"

// Paths of the stage.
func (s Stage) Relay() string   { return filepath.Join(s.Dir, "relay") }
func (s Stage) Desk() string    { return filepath.Join(s.Dir, "desk") }
func (s Stage) Site() string    { return filepath.Join(s.Dir, "site") }
func (s Stage) Edition() string { return filepath.Join(s.Dir, "desk", "edition") }

// Keyslot, RootKey and Passphrases lie where a real desk keeps its separate
// sticks; Parcels is what couriers carry.
func (s Stage) Keyslot() string { return filepath.Join(s.Dir, "sticks", "keyslot") }
func (s Stage) RootKey() string { return filepath.Join(s.Dir, "sticks", "root-key") }
func (s Stage) Parcel(report string, drive int) string {
	return filepath.Join(s.Dir, "sticks", "parcels", report+"-"+strconv.Itoa(drive+1))
}
func (s Stage) passphrase(of string) string {
	return filepath.Join(s.Dir, "sticks", "passphrases", of)
}
func (s Stage) claims() string { return filepath.Join(s.Dir, "sticks", "claims.json") }
func (s Stage) clock() string  { return filepath.Join(s.Dir, "clock") }

// check refuses a folder with anything in it that no earlier play left.
func (s Stage) check() error {
	entries, err := os.ReadDir(s.Dir)
	if err != nil {
		return fmt.Errorf("read the folder: %w", err)
	}
	if len(entries) == 0 {
		return nil
	}
	if _, err := os.Stat(filepath.Join(s.Dir, mark)); err != nil {
		return fmt.Errorf("%s: %w", s.Dir, ErrNotOurs)
	}
	return nil
}

// Set makes the folder ready: it clears what an earlier play left, and nothing
// else. The folder is claimed by then.
func (s Stage) Set() error {
	for _, part := range []string{"relay", "desk", "desk.new", "site", "site.new", "sticks", "clock", "clock.new"} {
		if err := os.RemoveAll(filepath.Join(s.Dir, part)); err != nil {
			return fmt.Errorf("clear what an earlier try left: %w", err)
		}
	}
	for _, part := range []string{"sticks/parcels", "sticks/passphrases"} {
		if err := os.MkdirAll(filepath.Join(s.Dir, part), 0o700); err != nil {
			return fmt.Errorf("make the folder: %w", err)
		}
	}
	return nil
}

// setClock moves the clock of all processes to noon of a day.
func (s Stage) setClock(day hearsay.Day) error {
	noon := day.Time().Add(12 * time.Hour).Format(time.RFC3339)
	if err := os.WriteFile(s.clock()+".new", []byte(noon+"\n"), 0o600); err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	if err := os.Rename(s.clock()+".new", s.clock()); err != nil {
		return fmt.Errorf("move the clock: %w", err)
	}
	return nil
}
