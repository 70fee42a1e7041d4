package keyring

import (
	"bytes"
	"errors"
	"testing"

	"hearsay/envelope"
)

func TestCellOpener(t *testing.T) {
	root := NewRoot()
	k, _ := newKeyring(t, root)
	signed, err := k.SignCharter(root, 1, day0, day0+90, 4)
	if err != nil {
		t.Fatal(err)
	}
	charter, err := envelope.ParseCharter(root.Public(), signed)
	if err != nil {
		t.Fatal(err)
	}
	to, err := envelope.NewImportKey(k.Public().Desk, charter.Import)
	if err != nil {
		t.Fatal(err)
	}
	plaintext := bytes.Repeat([]byte("cell"), envelope.CellPlaintext/4)
	sealed, err := to.SealCell(plaintext)
	if err != nil {
		t.Fatal(err)
	}
	open, err := k.CellOpener()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := open(sealed); err != nil || !bytes.Equal(got, plaintext) {
		t.Errorf("%v", err)
	}
	sealed[0] ^= 1
	if _, err := open(sealed); err != envelope.ErrNotForUs {
		t.Errorf("a changed cell: %v", err)
	}
	mustClose(t, k)
	if _, err := k.CellOpener(); !errors.Is(err, ErrClosed) {
		t.Errorf("a closed keyring: %v", err)
	}
}
