package main

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"fmt"
	"io"
	"net/http"

	"hearsay/envelope"
)

const firstDay = envelope.Epoch(18262)

// A desk is as much of one as a relay asks for.
type desk struct{ rootKey, editor ed25519.PrivateKey }

func newDesk() (*desk, error) {
	_, root, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	_, editor, err := ed25519.GenerateKey(nil)
	return &desk{root, editor}, err
}

func (d *desk) root() ed25519.PublicKey { return d.rootKey.Public().(ed25519.PublicKey) }

func (d *desk) id() envelope.DeskID { return envelope.DeskIDOf(d.root()) }

// publish publishes a charter, so that the relay knows the editor.
func (d *desk) publish(r *running, today envelope.Epoch) error {
	bundle, err := envelope.NewBundle(envelope.Daily, today, today+envelope.DailyUse, today+envelope.DailyDestroy)
	if err != nil {
		return err
	}
	pke := bundle.Public().PKE
	charter, err := envelope.SignCharter(d.rootKey, envelope.Charter{
		Serial: 1, From: today, To: today + envelope.CharterDays, Rows: 4,
		Import: pke[:], Editors: []ed25519.PublicKey{d.editor.Public().(ed25519.PublicKey)},
	})
	if err != nil {
		return err
	}
	_, err = d.call(r, today, http.MethodPost, envelope.PathPublishCharter, charter)
	return err
}

func (d *desk) done(r *running, today, day envelope.Epoch) error {
	_, err := d.call(r, today, http.MethodPost, envelope.DonePath(day), nil)
	return err
}

// collect returns all payloads of a kind of a day.
func (d *desk) collect(r *running, kind int, today, day envelope.Epoch) (payloads [][]byte, err error) {
	path := [...]func(envelope.Epoch, int) string{envelope.InboxPath, envelope.ChunksPath}[kind]
	for page := 0; ; page++ {
		b, err := d.call(r, today, http.MethodGet, path(day, page), nil)
		if err != nil || b == nil {
			return payloads, err
		}
		for ; len(b) > 0; b = b[sizes[kind]:] {
			if p := b[:sizes[kind]]; !bytes.Equal(p, make([]byte, len(p))) {
				payloads = append(payloads, p)
			}
		}
	}
}

// call makes a call as the editor; nil if there is nothing.
func (d *desk) call(r *running, today envelope.Epoch, method, path string, body []byte) ([]byte, error) {
	request, err := http.NewRequest(method, r.at+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	header, err := envelope.Authorize(d.editor, d.id(), 0, today, method, path, body)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", header)
	response, err := r.http.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	switch {
	case err != nil:
		return nil, err
	case response.StatusCode == http.StatusNotFound:
		return nil, nil
	case response.StatusCode != http.StatusOK:
		return nil, fmt.Errorf("%s: status %d, %x", path, response.StatusCode, b[:1])
	}
	return b, nil
}

// deposit puts a payload into a deposit.
func (d *desk) deposit(kind int, today envelope.Epoch, payload []byte) ([]byte, error) {
	pack := [...]func(context.Context, envelope.DeskID, envelope.Epoch, []byte, int) ([]byte, error){envelope.NewDeposit, envelope.NewChunkDeposit}[kind]
	return pack(context.Background(), d.id(), today, payload, envelope.MinPuzzle)
}
