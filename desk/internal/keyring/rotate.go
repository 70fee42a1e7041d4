package keyring

import (
	"errors"
	"fmt"
	"slices"

	"hearsay/envelope"
)

// Lifetimes of keys, in days.
const (
	// MadeAhead is for how many days beyond today daily bundles are kept ready.
	// None of them is published before its day, since a kit whose clock is a day
	// behind would refuse it. They are for a desk whose disk takes nothing more,
	// or is full: it has fresh keys until somebody looks.
	MadeAhead = 3

	// importLives is how long an import key outlives its charter. A drive that
	// was sealed on the charter's last day holds envelopes for a bundle that may
	// live as long.
	importLives = envelope.CourierDestroy
)

// A Rotation says what rotating did.
type Rotation struct {
	Made      bool             // new bundles
	Destroyed []envelope.Epoch // days whose bundles are gone, in order
	Imports   int              // import keys that are gone
}

// Rotate makes the daily bundles of that day and of the next MadeAhead, and a
// bundle for couriers if the last is a week old, and destroys the bundles and
// import keys whose day to live is past, with the master key and the keyslot
// above them. Bundles never share a key (PROTOCOL.md section 4.2).
//
// What can be done is done whatever fails: a full disk keeps the keys that were
// made ahead, and where the keyslot's medium is away the new ones are made and
// the next rotation destroys what this one could not. Block tells whether there
// are keys to publish.
func (k *Keyring) Rotate(today envelope.Epoch) (Rotation, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return Rotation{}, ErrClosed
	}
	var r Rotation
	var errs []error
	if err := k.makeBundles(today, &r); err != nil {
		errs = append(errs, fmt.Errorf("make bundles: %w", explain(err)))
	}
	if err := k.destroyPast(today, &r); err != nil {
		errs = append(errs, fmt.Errorf("destroy old keys: %w", explain(err)))
	}
	return r, errors.Join(errs...)
}

func (k *Keyring) makeBundles(today envelope.Epoch, r *Rotation) error {
	in := k.in.get()
	fetch := in.longTerm.Public().Fetch
	bundles := slices.Clone(in.bundles)
	add := func(class envelope.Class, day, use, destroy envelope.Epoch) error {
		u, err := envelope.NewBundle(class, day, day+use, day+destroy)
		if err == nil {
			bundles = append(bundles, bundle{u, fetch})
		}
		return err
	}
	for day := today; day <= today+MadeAhead; day++ {
		if u := newest(in.bundles, envelope.Daily, fetch, day); u != nil && u.Epoch() == day {
			continue
		}
		if err := add(envelope.Daily, day, envelope.DailyUse, envelope.DailyDestroy); err != nil {
			return err
		}
	}
	if u := newest(in.bundles, envelope.Courier, fetch, today); u == nil || today-u.Epoch() >= envelope.CourierEvery {
		if err := add(envelope.Courier, today, envelope.CourierUse, envelope.CourierDestroy); err != nil {
			return err
		}
	}
	if len(bundles) == len(in.bundles) {
		return nil
	}
	if err := k.saveBundles(bundles); err != nil {
		return err
	}
	r.Made = true
	return nil
}

func (k *Keyring) destroyPast(today envelope.Epoch, r *Rotation) error {
	in := k.in.get()
	live, past := split(in.bundles, today)
	s := in.secrets
	s.imports = liveImports(s.imports, today)
	gone := len(in.secrets.imports) - len(s.imports)
	if len(past) == 0 && gone == 0 {
		return nil
	}
	if err := k.replace(change{secrets: s, bundles: live}); err != nil {
		return err
	}
	r.Destroyed, r.Imports = past, gone
	return nil
}

func liveImports(imports []importKey, today envelope.Epoch) []importKey {
	var live []importKey
	for _, k := range imports {
		if k.until+importLives >= today {
			live = append(live, k)
		}
	}
	return live
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
		u := newest(in.bundles, envelope.Class(class), block.LongTerm.Fetch, today)
		if u == nil || u.Public().UseUntil < today {
			return nil, fmt.Errorf("sign block: %w", ErrNoBundle)
		}
		block.Bundles[class] = u.Public()
	}
	return envelope.SignBlock(in.editor, in.desk(), block)
}
