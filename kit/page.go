package kit

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// ErrPage is returned for bytes that are not the page of a kit.
var ErrPage = errors.New("not the page of a kit")

// A Page is what the page of a browser kit is built with for one desk. It can
// say anything: whose desk it is, only its fingerprint tells, compared with one
// that came another way.
type Page struct {
	Name   string            // of the desk; to be shown as text
	Root   ed25519.PublicKey // pinned
	Relay  string            // empty if there is none
	Serial uint32            // least serial of a charter
}

const (
	pageFormat  = "hearsay-kit-1"
	pageOpens   = `<script type="application/json" id="config">`
	pageCloses  = `</script>`
	maxConfig   = 4 << 10
	MaxPageSize = 4 << 20
)

// ParsePage finds the configuration in the page of a kit and reads it: the first
// element of that name, as browsers do. It runs nothing, and believes nothing of
// the rest; whether the rest is a kit's, package page can tell.
func ParsePage(b []byte) (Page, error) {
	refuse := func() (Page, error) { return Page{}, fmt.Errorf("read kit: %w", ErrPage) }
	_, rest, opens := bytes.Cut(b, []byte(pageOpens))
	config, _, closes := bytes.Cut(rest, []byte(pageCloses))
	if !opens || !closes || len(b) > MaxPageSize || len(config) > maxConfig {
		return refuse()
	}
	var j struct {
		Format, Name, Root, Relay string
		Serial                    uint32
		Days                      int // for the page itself
	}
	d := json.NewDecoder(bytes.NewReader(config))
	d.DisallowUnknownFields()
	if d.Decode(&j) != nil || d.More() || j.Format != pageFormat {
		return refuse()
	}
	root, err := hex.DecodeString(j.Root)
	if err != nil || len(root) != ed25519.PublicKeySize {
		return refuse()
	}
	return Page{Name: j.Name, Root: root, Relay: j.Relay, Serial: j.Serial}, nil
}
