package casebook_test

import (
	"bytes"
	"testing"

	"hearsay"
)

// TestUnseen: with the reports that were set aside, and the cut, the desk
// publishes to the byte what it would have published had they never come.
func TestUnseen(t *testing.T) {
	published := func(d dossier) []byte {
		b, err := hearsay.MarshalEdition(play(t, d).Edition(hearsay.Desk{Name: "Desk", ID: "00", Key: "k"}))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	d := readDossier(t)
	never := d.without("R21", "R22", "R28")
	never.Desk.Captured = nil
	if !bytes.Equal(published(d), published(never)) {
		t.Error("what was published differs by reports that were set aside")
	}
	if bytes.Equal(published(d), published(d.without("R24"))) {
		t.Error("it does not even differ by a report that counts")
	}
}
