package desk

import (
	"bytes"
	"path/filepath"
	"slices"
	"testing"

	"hearsay/envelope"
)

func TestDropsAreKept(t *testing.T) {
	s := newStand(t, true)
	var sent [][]byte // newest first
	day := func() {
		t.Helper()
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		all := s.relay.bodiesOf(envelope.PathPublishDrop)
		sent = slices.Insert(sent, 0, all[len(all)-1])
		s.clock = s.clock.AddDate(0, 0, 1)
	}
	for range envelope.RelayKeepsDays + 2 {
		day()
	}
	published := func() [][]byte {
		t.Helper()
		drops, err := s.publishedDrops()
		if err != nil {
			t.Fatal(err)
		}
		return drops
	}
	t.Run("as long as a relay keeps them", func(t *testing.T) {
		s.reopen()
		if got := published(); !slices.EqualFunc(got, sent[:envelope.RelayKeepsDays], bytes.Equal) {
			t.Errorf("%d drops are kept", len(got))
		}
	})
	t.Run("but none that was not published", func(t *testing.T) {
		write(t, s.dropFile(s.epoch()), sent[5]) // as a kill would leave one
		write(t, filepath.Join(s.dir, "desk", dropsFolder, ".12345.tmp"), nil)
		if got := published(); len(got) != envelope.RelayKeepsDays {
			t.Errorf("%d drops", len(got))
		}
		day()
		if got := published(); !slices.EqualFunc(got, sent[:envelope.RelayKeepsDays], bytes.Equal) {
			t.Errorf("%d drops", len(got))
		}
	})
	t.Run("a gap ends the chain that is told", func(t *testing.T) {
		write(t, s.dropFile(s.epoch()-3), []byte("not a drop"))
		if got := published(); len(got) != 2 {
			t.Errorf("%d drops", len(got))
		}
	})
}
