package relaytest

import (
	"testing"

	"hearsay/relay"
)

func TestMemory(t *testing.T) {
	RunRules(t, func(t *testing.T) relay.Store { return NewMemory() })
}
