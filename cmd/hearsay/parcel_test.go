//go:build linux || darwin

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"hearsay/envelope"
)

// TestParcel: what a courier brings comes in once, or is refused whole.
func TestParcel(t *testing.T) {
	s := newStand(t)
	session := unlock(t, s.kit(t, s.at))
	const text = "Carried on a stick."
	parcel, err := session.Parcel(text)
	if err != nil {
		t.Fatal(err)
	}
	garbled := bytes.Clone(parcel)
	garbled[envelope.DepositSize] ^= 1 // in the magic of the second deposit
	oneSentence := regexp.MustCompile(`\Ahearsay: import [^\n]+\n\z`)
	for _, tt := range []struct {
		name  string
		bytes []byte
	}{
		{"an empty file", nil},
		{"one byte short", parcel[:len(parcel)-1]},
		{"cut in half", parcel[:len(parcel)/2]},
		{"one byte long", append(bytes.Clone(parcel), 0)},
		{"noise", bytes.Repeat([]byte{0xa5}, len(parcel))},
		{"one deposit of three is no deposit", garbled},
		{"a picture of 33 MiB", make([]byte, 33<<20)},
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
	file := filepath.Join(s.dir, "parcel")
	if err := os.WriteFile(file, parcel, 0o600); err != nil {
		t.Fatal(err)
	}
	if said, _ := s.run(t, exitDone, "desk", "import", "parcel"); said != "1 new reports kept\n" {
		t.Errorf("it says %q", said)
	}
	if said, _ := s.run(t, exitDone, "desk", "import", "parcel", "--json"); said != "{\"reports\":0}\n" {
		t.Errorf("brought a second time, it says %q", said)
	}
	if held := s.reports(t); !slices.Equal(held, []string{text}) {
		t.Errorf("the desk holds %q", held)
	}
	if err := findCanaries(filepath.Join(s.dir, "desk"), []string{text}); err != nil {
		t.Error(err)
	}
}
