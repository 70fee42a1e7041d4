package envelope

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
)

// ErrRoster is returned for a roster that must not be used. There is no
// partial acceptance: a kit that meets it stops and offers nothing.
var ErrRoster = errors.New("roster refused")

// A Roster is a charter and its editors' blocks, verified: all that a kit needs
// to seal to a desk.
type Roster struct {
	Desk    DeskID
	Charter Charter
	Blocks  []Block  // by slot
	Digest  [32]byte // SHA-256 of the file; everyone has the same one

	recipients [classes][]*recipientKeys
}

// OldestBundle returns the least day for which a bundle of that class was made.
// A kit warns when it is more than three days back: the relay may be serving an
// old roster, whose choice of keys would mark whoever got it.
func (r *Roster) OldestBundle(class Class) Epoch {
	oldest := r.Blocks[0].Bundles[class].Epoch
	for _, k := range r.Blocks {
		oldest = min(oldest, k.Bundles[class].Epoch)
	}
	return oldest
}

// AssembleRoster joins a charter and one block for each of its editors, in
// order. It checks nothing but sizes: whoever reads it verifies it.
func AssembleRoster(charter []byte, blocks [][]byte) ([]byte, error) {
	if len(charter) != CharterSize || len(blocks) < 1 || len(blocks) > Slots {
		return nil, fmt.Errorf("assemble roster: %w", ErrRoster)
	}
	b := make([]byte, RosterSize)
	n := copy(b, charter)
	for _, block := range blocks {
		if len(block) != BlockSize {
			return nil, fmt.Errorf("assemble roster: %w", ErrRoster)
		}
		n += copy(b[n:], block)
	}
	return b, nil
}

// ParseRoster verifies a roster (PROTOCOL 4.2): size, all signatures and keys,
// filler, a serial not below the least, a charter in force today, and bundles
// of both classes that may be used today. Any fault is [ErrRoster], wrapped
// with what was wrong.
func ParseRoster(root ed25519.PublicKey, b []byte, today Epoch, minSerial uint32) (*Roster, error) {
	return parseRoster(root, b, today, minSerial, false)
}

// ParseCarriedRoster verifies a roster that came on a drive. A drive may be on
// the road for longer than daily bundles are used, and nothing that is written
// from it goes through a relay: so daily bundles may be worn out, and then
// cannot be sealed to. All else is as in [ParseRoster].
func ParseCarriedRoster(root ed25519.PublicKey, b []byte, today Epoch, minSerial uint32) (*Roster, error) {
	return parseRoster(root, b, today, minSerial, true)
}

func parseRoster(root ed25519.PublicKey, b []byte, today Epoch, minSerial uint32, carried bool) (*Roster, error) {
	refuse := func(why error) (*Roster, error) {
		return nil, fmt.Errorf("%w: %w", ErrRoster, why)
	}
	if len(b) != RosterSize {
		return refuse(errors.New("wrong size"))
	}
	charter, err := ParseCharter(root, b[:CharterSize])
	if err != nil {
		return refuse(err)
	}
	if charter.Serial < minSerial {
		return refuse(errors.New("older than one seen before"))
	}
	if !charter.Covers(today) {
		return refuse(errors.New("charter not in force today"))
	}
	r := &Roster{Desk: DeskIDOf(root), Charter: charter, Digest: sha256.Sum256(b)}
	rest := b[CharterSize:]
	for slot, vk := range charter.Editors {
		k, err := ParseBlock(r.Desk, vk, rest[:BlockSize])
		if err != nil {
			return refuse(fmt.Errorf("editor %d: %w", slot+1, err))
		}
		if err := r.add(k, today, carried); err != nil {
			return refuse(fmt.Errorf("editor %d: %w", slot+1, err))
		}
		rest = rest[BlockSize:]
	}
	if !isZero(rest) {
		return refuse(errors.New("filler is not zero"))
	}
	return r, nil
}

func (r *Roster) add(k Block, today Epoch, carried bool) error {
	for class, u := range k.Bundles {
		if carried && Class(class) == Daily && today > u.UseUntil {
			continue
		}
		if !u.usable(today) {
			return errors.New("bundle not usable today")
		}
		to, err := u.recipient(k.LongTerm.Fetch)
		if err != nil {
			return err
		}
		r.recipients[class] = append(r.recipients[class], to)
	}
	r.Blocks = append(r.Blocks, k)
	return nil
}
