package keyring

import (
	"fmt"
	"slices"

	"hearsay/envelope"
)

// A Rotation says what rotating did.
type Rotation struct {
	Made      bool             // new bundles, for the day it was done
	Destroyed []envelope.Epoch // days whose bundles are gone, in order
}

// Rotate makes the bundles of that day, one daily and one for couriers, if they
// are not there, and destroys those whose day to live is past, with the master
// key and the keyslot above them. Until couriers ship both classes live equally
// long; they never share a key (PROTOCOL.md section 4.2).
//
// New bundles are kept before it returns, whatever becomes of the old: if the
// keyslot's medium is away, the error says so, the rest is done, and the next
// rotation destroys what this one could not.
func (k *Keyring) Rotate(today envelope.Epoch) (Rotation, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return Rotation{}, ErrClosed
	}
	var r Rotation
	if err := k.makeBundles(today, &r); err != nil {
		return r, fmt.Errorf("make bundles: %w", explain(err))
	}
	in := k.in.get()
	live, past := split(in.bundles, today)
	if len(past) == 0 {
		return r, nil
	}
	if err := k.replace(in.secrets, live); err != nil {
		return r, fmt.Errorf("destroy old bundles: %w", explain(err))
	}
	r.Destroyed = past
	return r, nil
}

func (k *Keyring) makeBundles(today envelope.Epoch, r *Rotation) error {
	in := k.in.get()
	if u := newest(in.bundles, envelope.Daily, today); u != nil && u.Epoch() == today {
		return nil
	}
	bundles := slices.Clone(in.bundles)
	for _, class := range []envelope.Class{envelope.Daily, envelope.Courier} {
		u, err := envelope.NewBundle(class, today, today+envelope.DailyUse, today+envelope.DailyDestroy)
		if err != nil {
			return err
		}
		bundles = append(bundles, u)
	}
	if err := k.saveBundles(bundles); err != nil {
		return err
	}
	r.Made = true
	return nil
}

// Block returns the editor's part of the roster, 6,336 bytes, signed, with the
// newest bundles that may be used on that day. If there are none, it returns
// ErrNoBundle.
func (k *Keyring) Block(today envelope.Epoch) ([]byte, error) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil, ErrClosed
	}
	in := k.in.get()
	block := envelope.Block{LongTerm: in.longTerm.Public()}
	for class := range block.Bundles {
		u := newest(in.bundles, envelope.Class(class), today)
		if u == nil || u.Public().UseUntil < today {
			return nil, fmt.Errorf("sign block: %w", ErrNoBundle)
		}
		block.Bundles[class] = u.Public()
	}
	return envelope.SignBlock(in.editor, in.desk(), block)
}
