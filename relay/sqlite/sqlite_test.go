package sqlite

import (
	"testing"

	"hearsay/relay"
	"hearsay/relay/relaytest"
)

func TestStore(t *testing.T) {
	relaytest.RunDurableRules(t, func(t *testing.T) (relay.Store, func() relay.Store) {
		dir := t.TempDir()
		s, err := Create(dir)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s, func() relay.Store {
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			if s, err = Open(dir); err != nil {
				t.Fatal(err)
			}
			return s
		}
	})
}
