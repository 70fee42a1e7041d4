package envelope

import (
	"crypto/ed25519"
	"crypto/rand"
	"testing"
)

const testDay Epoch = 18292 // 2020-01-31

// A testDesk is a desk with all its secrets.
type testDesk struct {
	id      DeskID
	root    ed25519.PrivateKey
	charter []byte
	editors []testEditor
}

type testEditor struct {
	key     ed25519.PrivateKey
	lt      *SecretLongTerm
	bundles [classes]*SecretBundle
	block   []byte
}

func newTestDesk(t testing.TB, editors, rows int) *testDesk {
	t.Helper()
	d := &testDesk{root: newSigner(t)}
	d.id = DeskIDOf(d.root.Public().(ed25519.PublicKey))
	importKey, err := xwing.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	c := Charter{Serial: 7, From: testDay, To: testDay + 90, Rows: rows, Import: importKey.PublicKey().Bytes()}
	for range editors {
		e := newTestEditor(t, d.id)
		d.editors = append(d.editors, e)
		c.Editors = append(c.Editors, e.public())
	}
	if d.charter, err = SignCharter(d.root, c); err != nil {
		t.Fatal(err)
	}
	return d
}

func newTestEditor(t testing.TB, desk DeskID) testEditor {
	t.Helper()
	e := testEditor{key: newSigner(t)}
	var err error
	if e.lt, err = NewLongTerm(); err != nil {
		t.Fatal(err)
	}
	var k Block
	k.LongTerm = e.lt.Public()
	for class := range e.bundles {
		if e.bundles[class], err = NewBundle(Class(class), testDay, testDay+DailyUse, testDay+DailyDestroy); err != nil {
			t.Fatal(err)
		}
		k.Bundles[class] = e.bundles[class].Public()
	}
	if e.block, err = SignBlock(e.key, desk, k); err != nil {
		t.Fatal(err)
	}
	return e
}

func newSigner(t testing.TB) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (e testEditor) public() ed25519.PublicKey { return e.key.Public().(ed25519.PublicKey) }

func (e testEditor) opener(d DeskID) *Opener {
	return NewOpener(d, e.lt.Public(), e.bundles[Daily], e.bundles[Courier])
}

func (d *testDesk) public() ed25519.PublicKey { return d.root.Public().(ed25519.PublicKey) }

func (d *testDesk) rosterBytes(t testing.TB) []byte {
	t.Helper()
	var blocks [][]byte
	for _, e := range d.editors {
		blocks = append(blocks, e.block)
	}
	b, err := AssembleRoster(d.charter, blocks)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (d *testDesk) roster(t testing.TB) *Roster {
	t.Helper()
	r, err := ParseRoster(d.public(), d.rosterBytes(t), testDay, 0)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func newTestPhrase(t testing.TB) Phrase {
	t.Helper()
	p, err := NewPhrase(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newTestSource(t testing.TB, desk DeskID) *Source {
	t.Helper()
	s, err := DeriveSource(newTestPhrase(t), desk)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
