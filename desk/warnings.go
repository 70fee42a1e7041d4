package desk

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"hearsay"
	"hearsay/desk/internal/keyring"
	"hearsay/envelope"
)

// A Warning is something that somebody has to do, in a sentence that says what.
type Warning struct {
	About  string `json:"about"` // clock, roster, questions, drop, charter, keys, keyslot, root, backup, restored
	Urgent bool   `json:"urgent"`
	Text   string `json:"text"`
}

// When the desk warns, in days.
const (
	charterUrgent = 7
	keysWarn      = 3 // without fresh keys; kits warn from then on too
	backupWarn    = 7 // without a backup
)

// Warnings returns what is wrong or will be soon, the urgent first: what the
// desk knows of itself, and what it saw when it last looked at the relay.
func (d *Desk) Warnings() ([]Warning, error) {
	var all []Warning
	for _, ask := range []func() ([]Warning, error){d.charterWarnings, d.keyWarnings, d.placeWarnings, d.backupWarnings, d.restoredWarnings} {
		w, err := ask()
		if err != nil {
			return nil, err
		}
		all = append(all, w...)
	}
	d.watch.Lock()
	all = append(all, d.seen...)
	d.watch.Unlock()
	slices.SortStableFunc(all, func(a, b Warning) int {
		switch {
		case a.Urgent == b.Urgent:
			return 0
		case a.Urgent:
			return -1
		}
		return 1
	})
	return all, nil
}

func (d *Desk) charterWarnings() ([]Warning, error) {
	c, _, err := d.charter()
	if err != nil {
		return nil, err
	}
	left := int64(c.To) - int64(d.epoch())
	switch {
	case left < 0:
		return []Warning{{"charter", true, fmt.Sprintf("The charter ended on %s: no kit sends to this desk any more. What was sent still comes in and can be answered. Renew it with the root key; sources need nothing new.", hearsay.Day(c.To))}}, nil
	case left <= charterWarn:
		return []Warning{{"charter", left <= charterUrgent, fmt.Sprintf("The charter ends in %s, on %s. After that no kit sends to this desk. Fetch the root key and renew it.", days(left), hearsay.Day(c.To))}}, nil
	}
	return nil, nil
}

func days(n int64) string {
	if n == 1 {
		return "1 day"
	}
	return fmt.Sprintf("%d days", n)
}

// keyWarnings tells of keys that were not made, and of keys that should be gone.
func (d *Desk) keyWarnings() (all []Warning, err error) {
	today := d.epoch()
	var newest *envelope.Bundle
	past := 0
	live := d.keys.Live()
	for i, u := range live {
		if u.Class == envelope.Daily && u.Epoch <= today && (newest == nil || u.Epoch > newest.Epoch) {
			newest = &live[i]
		}
		if u.DestroyAfter < today {
			past++
		}
	}
	switch {
	case newest == nil || newest.UseUntil < today:
		all = append(all, Warning{"keys", true, "There are no keys of use today: nobody can write to this desk. Let it make some: hearsay desk serve, or fetch."})
	case today-newest.Epoch >= keysWarn:
		all = append(all, Warning{"keys", true, fmt.Sprintf("The newest keys are of %s; nobody can write to this desk from %s on. Let it make some: hearsay desk serve, or fetch. If it does not, its disk may be full.",
			hearsay.Day(newest.Epoch), hearsay.Day(newest.UseUntil+1))})
	}
	if past > 0 {
		all = append(all, Warning{"keys", true, fmt.Sprintf("%d keys are past their time and could not be destroyed: put the keyslot's stick in and run hearsay desk serve, or fetch.", past)})
	}
	if latest := d.book.LastDay(); latest > d.today() {
		all = append(all, Warning{"clock", true, fmt.Sprintf("This machine says it is %s, but the desk worked on %s already: set its clock right.", d.today(), latest)})
	}
	return all, nil
}

// placeWarnings tells of key files that lie where they should not.
func (d *Desk) placeWarnings() (all []Warning, err error) {
	if together, known := sameDisk(d.keyslot, d.dir); known && together {
		all = append(all, Warning{"keyslot", false, "The keyslot lies on the desk's own disk: whoever takes the machine needs the passphrase alone, and what the desk destroys may be found again. Move it to a stick: hearsay desk keys rekey --new-keyslot."})
	}
	for _, path := range d.strayKeys() {
		all = append(all, Warning{"root", true, fmt.Sprintf("%s is a root or recovery key and lies beside the desk or its keyslot. Move it off this machine: with it the desk can be taken over or read.", path)})
	}
	return all, nil
}

// strayKeys looks in the folders of the desk and of its keyslot for key files
// that belong in a safe.
func (d *Desk) strayKeys() (found []string) {
	const most = 1000 // entries of a folder: beside the desk may lie anything
	folders := []string{filepath.Clean(d.dir), filepath.Dir(filepath.Clean(d.dir)), filepath.Dir(filepath.Clean(d.keyslot))}
	slices.Sort(folders)
	for _, folder := range slices.Compact(folders) {
		f, err := os.Open(folder)
		if err != nil {
			continue // it is then not the place to find something in
		}
		entries, _ := f.ReadDir(most) // what it returns beside an error counts
		_ = f.Close()                 // it was only read
		for _, e := range entries {
			info, err := e.Info()
			if err != nil || !info.Mode().IsRegular() || info.Size() > maxKeyFile || info.Size() == 0 {
				continue
			}
			path := filepath.Join(folder, e.Name())
			if b, err := keyring.ReadKeyFile(path); err == nil && keyring.Stray(b, d.config.Desk) {
				found = append(found, path)
			}
		}
	}
	return found
}

// maxKeyFile is more than any key file has.
const maxKeyFile = 16 << 10

func (d *Desk) backupWarnings() ([]Warning, error) {
	if !d.keys.HasRecovery() {
		return []Warning{{"backup", false, "This desk has no recovery key: if its disk, keyslot or passphrase is lost, so is the desk. Make one: hearsay desk keys recovery."}}, nil
	}
	last, err := d.lastBackup()
	if err != nil {
		return nil, err
	}
	c, _, err := d.charter()
	if err != nil {
		return nil, err
	}
	switch {
	case last.On == 0:
		return []Warning{{"backup", false, "There is no backup: if the disk is lost, so is the desk. Make one: hearsay desk backup --to FILE."}}, nil
	case last.Charter < c.Serial:
		return []Warning{{"backup", false, fmt.Sprintf("The last backup, of %s, is older than the charter and lacks its keys. Make another: hearsay desk backup --to FILE.", last.On)}}, nil
	case d.today()-last.On >= backupWarn:
		return []Warning{{"backup", false, fmt.Sprintf("The last backup is of %s: what came since is lost with the disk, though sources were told that it arrived. Make another: hearsay desk backup --to FILE.", last.On)}}, nil
	}
	return nil, nil
}

func (d *Desk) restoredWarnings() (all []Warning, err error) {
	mark, ok, err := d.restoredMark()
	if err != nil || !ok {
		return nil, err
	}
	if !mark.Adopted {
		all = append(all, Warning{"restored", true, "This desk was restored and has not asked the relay yet what it has of it: hearsay desk fetch."})
	}
	if !mark.Compared {
		all = append(all, Warning{"restored", true, "This desk was restored and publishes nothing until it is compared with the site that readers have: hearsay desk restore --compare SITE."})
	}
	if d.today() <= mark.On {
		all = append(all, Warning{"restored", false, "No drop goes out today, since the lost machine may have signed one. The next goes out tomorrow."})
	}
	return all, nil
}

// logWarnings tells the log what is wrong.
func (d *Desk) logWarnings() {
	all, err := d.Warnings()
	if err != nil {
		d.log.Error("the desk could not look after itself", "error", err)
	}
	for _, w := range all {
		d.log.Warn("something needs looking after", "about", w.About, "urgent", w.Urgent, "what", w.Text)
	}
}
