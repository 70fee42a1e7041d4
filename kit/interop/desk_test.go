//go:build kit

package interop_test

import (
	"crypto/ed25519"
	"crypto/rand"

	"hearsay/envelope"
)

const today envelope.Epoch = 18292

const rows = 4

// A desk is one in Go, with all its secrets.
type desk struct {
	id        envelope.DeskID
	root      ed25519.PrivateKey
	importKey *envelope.ImportSecret
	seed      [32]byte
	editors   []editor
	charter   []byte
	roster    []byte
}

type editor struct {
	key     ed25519.PrivateKey
	lt      *envelope.SecretLongTerm
	bundles [2]*envelope.SecretBundle
	block   []byte
}

func newDesk(t failer, editors int) *desk {
	t.Helper()
	d := &desk{root: newKey(t)}
	d.id = envelope.DeskIDOf(d.public())
	rand.Read(d.seed[:]) // never fails
	var err error
	d.importKey, err = envelope.NewImportSecret(d.id, d.seed)
	check(t, err)
	c := envelope.Charter{Serial: 5, From: today - 10, To: today + 80, Rows: rows, Import: d.importKey.Public().Bytes()}
	var blocks [][]byte
	for range editors {
		e := editor{key: newKey(t)}
		e.lt, err = envelope.NewLongTerm()
		check(t, err)
		b := envelope.Block{LongTerm: e.lt.Public()}
		for class := range e.bundles {
			e.bundles[class], err = envelope.NewBundle(envelope.Class(class), today-1, today+19, today+27)
			check(t, err)
			b.Bundles[class] = e.bundles[class].Public()
		}
		e.block, err = envelope.SignBlock(e.key, d.id, b)
		check(t, err)
		d.editors = append(d.editors, e)
		c.Editors = append(c.Editors, e.public())
		blocks = append(blocks, e.block)
	}
	d.charter, err = envelope.SignCharter(d.root, c)
	check(t, err)
	d.roster, err = envelope.AssembleRoster(d.charter, blocks)
	check(t, err)
	return d
}

func newKey(t failer) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	check(t, err)
	return key
}

func newPhrase(t failer) envelope.Phrase {
	t.Helper()
	p, err := envelope.NewPhrase(rand.Reader)
	check(t, err)
	return p
}

func newSource(t failer, p envelope.Phrase, id envelope.DeskID) *envelope.Source {
	t.Helper()
	s, err := envelope.DeriveSource(p, id)
	check(t, err)
	return s
}

func check(t failer, err error) {
	t.Helper()
	if err != nil {
		t.Fatalf("%v", err)
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails
	return b
}

func (d *desk) public() ed25519.PublicKey  { return d.root.Public().(ed25519.PublicKey) }
func (e editor) public() ed25519.PublicKey { return e.key.Public().(ed25519.PublicKey) }

// longTerm is the author that an editor's replies have, and its fetch key.
func (e editor) longTerm() (author, fetch []byte) {
	lt := e.lt.Public()
	return append(lt.DH[:], lt.MLKEM[:]...), lt.Fetch[:]
}

func (e editor) opener(id envelope.DeskID, class envelope.Class) *envelope.Opener {
	return envelope.NewOpener(id, e.lt.Public(), e.bundles[class])
}

// asks is what TypeScript needs to seal to the desk.
func (d *desk) asks() ask {
	return ask{"root": []byte(d.public()), "roster": d.roster, "today": today}
}

// bundle is what TypeScript needs to open as an editor.
func (d *desk) bundle(t failer, e editor, class envelope.Class) ask {
	t.Helper()
	b, err := e.bundles[class].Bytes()
	check(t, err)
	_, fetch := e.longTerm()
	return ask{"desk": d.id[:], "bundle": b, "fetch": fetch}
}

func (a ask) with(more ask) ask {
	all := ask{}
	for _, part := range []ask{a, more} {
		for name, value := range part {
			all[name] = value
		}
	}
	return all
}

// said is what TypeScript tells of an opened envelope.
type said struct {
	Type              envelope.MessageType
	ID, Body, Author  []byte
	Part, Parts       int
	Endorsed, Written bool
}

// same reports whether both read one message.
func (s said) same(m *envelope.Message) bool {
	author := m.Author.Bytes()
	return s.Type == m.Type && string(s.ID) == string(m.ID[:]) && s.Part == m.Part && s.Parts == m.Parts &&
		string(s.Body) == string(m.Body()) && string(s.Author) == string(author[:])
}
