//go:build linux || darwin

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"hearsay/courier"
	"hearsay/kit"
)

// TestParcelAtTheDesk: what couriers bring comes in once, or is refused in a
// sentence.
func TestParcelAtTheDesk(t *testing.T) {
	s := newStand(t)
	session := unlock(t, s.kit(t, s.at))
	const text = "Carried on a drive."
	parcel, err := session.Parcel(text)
	if err != nil {
		t.Fatal(err)
	}
	drives, err := session.Spread(parcel, kit.DrivesNeeded, kit.Drives)
	if err != nil {
		t.Fatal(err)
	}
	oneSentence := regexp.MustCompile(`\Ahearsay: import[^\n]+\n\z`)
	for _, tt := range []struct {
		name  string
		bytes []byte
	}{
		{"an empty file", nil},
		{"one byte short", drives[0][0][1:]},
		{"cut in half", drives[0][0][:courier.DriveSize/2]},
		{"one byte long", append(bytes.Clone(drives[0][0]), 0)},
		{"noise", bytes.Repeat([]byte{0xa5}, courier.DriveSize)},
		{"a picture of 65 MiB", make([]byte, 65<<20)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "parcel")
			if err := os.WriteFile(file, tt.bytes, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, said := s.run(t, exitCouldNot, "desk", "import", file); !oneSentence.MatchString(said) {
				t.Errorf("it says %q", said)
			}
		})
	}
	if held := s.reports(t); len(held) != 0 {
		t.Errorf("of what was refused the desk keeps %q", held)
	}
	folder := filepath.Join(s.dir, "drives")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for i, name := range []string{"one", "two"} {
		if err := os.WriteFile(filepath.Join(folder, name), drives[i][0], 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "holiday.jpg"), []byte("a picture"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, _ := s.run(t, exitDone, "desk", "import", "drives/two"); said != "1 drive file brought 0 new reports. 1 set of drives waits for 1 more drive: bring them here, in any order.\n" {
		t.Errorf("it says %q", said)
	}
	if said, _ := s.run(t, exitDone, "desk", "import", "drives"); said != "2 drive files brought 1 new report.\n" {
		t.Errorf("it says %q", said)
	}
	if said, _ := s.run(t, exitDone, "desk", "import", "drives", "--json"); said != `{"drives":2,"reports":0,"whole":0,"waiting":[],"again":2,"bad":0,"foreign":0,"strange":0}`+"\n" {
		t.Errorf("brought a second time, it says %q", said)
	}
	if held := s.reports(t); !slices.Equal(held, []string{text}) {
		t.Errorf("the desk holds %q", held)
	}
	if err := findCanaries(filepath.Join(s.dir, "desk"), []string{text}); err != nil {
		t.Error(err)
	}
}
