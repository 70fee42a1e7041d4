package keyring

import (
	"bytes"
	"crypto/ed25519"
	"crypto/hpke"
	"crypto/rand"
	"fmt"

	"hearsay/envelope"
)

// SignCharter signs a charter of one editor with the root key, which stays the
// caller's. It runs from the first to the last day, at most 90 days.
//
// Each charter has an import key of its own. It is kept for couriers who are
// still on the road when the charter ends, and destroyed like a bundle
// CourierDestroy days after that. Charter returns what was signed last, so that
// a kill loses none.
//
// Errors: ErrWrongRoot, ErrRenewals, envelope.ErrCharter.
func (k *Keyring) SignCharter(root Root, serial uint32, from, to envelope.Epoch, rows int) ([]byte, error) {
	return k.signCharter(root, serial, from, to, rows, false)
}

// ReplaceEditor does what SignCharter does, with new keys for the editor: those
// that sign and those that author replies. The old ones are gone. Bundles stay,
// for what was sealed to them, but are published no more; Rotate makes others.
// A kit that has the new charter cannot read what the old keys signed.
func (k *Keyring) ReplaceEditor(root Root, serial uint32, from, to envelope.Epoch, rows int) ([]byte, error) {
	return k.signCharter(root, serial, from, to, rows, true)
}

func (k *Keyring) signCharter(root Root, serial uint32, from, to envelope.Epoch, rows int, newEditor bool) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return nil, ErrClosed
	}
	in := k.in.get()
	if root.key.isZero() || !root.Public().Equal(ed25519.PublicKey(in.secrets.root[:])) {
		return nil, fmt.Errorf("sign charter: %w", ErrWrongRoot)
	}
	s := in.secrets
	if newEditor {
		if err := s.drawEditor(); err != nil {
			return nil, fmt.Errorf("sign charter: %w", err)
		}
	}
	fresh := importKey{until: to}
	_, _ = rand.Read(fresh.seed[:]) // never fails
	s.imports = append([]importKey{fresh}, liveImports(s.imports, from)...)
	if len(s.imports) > maxImports {
		return nil, fmt.Errorf("sign charter: %w", ErrRenewals)
	}
	public, err := fresh.private()
	if err != nil {
		return nil, fmt.Errorf("sign charter: %w", err)
	}
	charter, err := envelope.SignCharter(*root.key.get(), envelope.Charter{
		Serial: serial, From: from, To: to, Rows: rows,
		Import:  public.PublicKey().Bytes(),
		Editors: []ed25519.PublicKey{ed25519.NewKeyFromSeed(s.editor[:]).Public().(ed25519.PublicKey)},
	})
	if err != nil {
		return nil, err
	}
	s.charter = charter
	// Kept before anybody can seal to it.
	if err := k.replace(change{secrets: s, bundles: in.bundles}); err != nil {
		return nil, fmt.Errorf("sign charter: keep its import key: %w", explain(err))
	}
	return bytes.Clone(charter), nil
}

// Charter returns the charter that was signed last; nil before the first.
func (k *Keyring) Charter() []byte {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil
	}
	return bytes.Clone(k.in.get().secrets.charter)
}

// AdoptCharter keeps a charter that was signed for this editor elsewhere, such
// as by the desk from whose backup this one was restored. Its import key is not
// here, so drives under it cannot be read. Errors: ErrOtherEditor,
// envelope.ErrCharter.
func (k *Keyring) AdoptCharter(charter []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.closed {
		return ErrClosed
	}
	in := k.in.get()
	c, err := envelope.ParseCharter(in.secrets.root[:], charter)
	if err != nil {
		return fmt.Errorf("adopt charter: %w", err)
	}
	slot := int(in.secrets.slot)
	if slot >= len(c.Editors) || !c.Editors[slot].Equal(in.editor.Public()) {
		return fmt.Errorf("adopt charter: %w", ErrOtherEditor)
	}
	s := in.secrets
	s.charter = bytes.Clone(charter)
	if err := k.replace(change{secrets: s, bundles: in.bundles}); err != nil {
		return fmt.Errorf("adopt charter: %w", explain(err))
	}
	return nil
}

func (i importKey) private() (hpke.PrivateKey, error) {
	return hpke.MLKEM768X25519().NewPrivateKey(i.seed[:])
}

// An ImportLife tells how long an import key lives. It holds no secret.
type ImportLife struct {
	Until        envelope.Epoch // last day of its charter
	DestroyAfter envelope.Epoch // last day it exists
}

// Imports returns the lives of the import keys that there are, newest first.
func (k *Keyring) Imports() []ImportLife {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if k.closed {
		return nil
	}
	var lives []ImportLife
	for _, i := range k.in.get().secrets.imports {
		lives = append(lives, ImportLife{i.until, i.until + importLives})
	}
	return lives
}
