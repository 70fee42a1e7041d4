//go:build tor && linux

package main

import (
	"bytes"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
)

// TestOnion has a source report through Tor: an onion service of a private
// Tor network, set up as the operator's guide says, in front of a relay; and
// its report is at the desk.
func TestOnion(t *testing.T) {
	s := newStand(t)
	net, onion := newTorNet(t, strings.TrimPrefix(s.at, "http://"))
	through, err := kit.TorTransport(net.socks)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: through}
	defer client.CloseIdleConnections()
	patiently(t, func() error { // until the service can be found
		response, err := client.Get("http://" + onion + envelope.PathStatus)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		b, err := io.ReadAll(response.Body)
		if err != nil {
			return err
		}
		if _, err := envelope.ParseStatus(b); err != nil {
			t.Fatalf("through Tor the status is %q: %v", b, err)
		}
		if response.Header.Get("Date") != "" || len(response.Header) != 3 {
			t.Errorf("through Tor there are the headers %v", response.Header)
		}
		return nil
	})

	t.Run("a report goes through, with two covers", func(t *testing.T) {
		const text = "This came by an onion service."
		session := unlock(t, s.kit(t, "http://"+onion, func(c *kit.Config) { c.Transport = through }))
		if err := session.Write(text); err != nil {
			t.Fatal(err)
		}
		if _, err := session.Send(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.nextDay(t)
		if got := s.fetch(t); got.Deposits != kit.PerSession || got.Reports != 1 {
			t.Errorf("the desk fetched %+v", got)
		}
		if got := s.reports(t); !slices.Equal(got, []string{text}) {
			t.Errorf("the desk holds %q", got)
		}
	})
	t.Run("garbage is refused as on a plain line", func(t *testing.T) {
		response, err := client.Post("http://"+onion+envelope.PathDeposit, "", bytes.NewReader(make([]byte, envelope.DepositSize)))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		b, err := io.ReadAll(response.Body)
		if err != nil || response.StatusCode != 400 || !bytes.Equal(b, envelope.Answer(envelope.BadShape)) {
			t.Errorf("status %d, %x, %v", response.StatusCode, b, err)
		}
	})
	if said := strings.Replace(s.relay.text(), s.at, "", 1); strings.Contains(said, "127.0.0.1") || strings.Contains(said, onion) {
		t.Errorf("the relay said:\n%s", said)
	}
}
