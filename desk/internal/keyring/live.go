package keyring

import (
	"cmp"
	"slices"

	"hearsay/envelope"
)

// Live returns the public halves of the bundles whose secrets still exist,
// newest first; none once the keyring is closed.
func (k *Keyring) Live() []envelope.Bundle {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil
	}
	var live []envelope.Bundle
	for _, b := range k.in.get().bundles {
		live = append(live, b.Public())
	}
	slices.SortFunc(live, func(a, b envelope.Bundle) int {
		return cmp.Or(cmp.Compare(b.Epoch, a.Epoch), cmp.Compare(a.Class, b.Class))
	})
	return live
}
