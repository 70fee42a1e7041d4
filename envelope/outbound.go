package envelope

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// ErrOutbound is returned for bytes that are not what a desk publishes on a
// drive.
var ErrOutbound = errors.New("not an outbound file")

const outboundMagic = "HS1OUTBD"

// An Outbound is everything that a desk publishes, in one file for a drive
// (PROTOCOL 4.8), in the bytes that a relay would serve:
//
//	"HS1OUTBD" ‖ root 32 ‖ drops u16 ‖ 0×22 ‖ roster 20,480 ‖ questions 32,768 ‖ drops
//
// Drops are of one size and stand by epoch, then slot; none comes twice.
// Missing questions are zeros in the file and nil here.
type Outbound struct {
	Root      ed25519.PublicKey // as the file claims: the reader knows the desk's or compares its fingerprint
	Roster    []byte
	Questions []byte
	Drops     [][]byte
}

// MarshalOutbound returns the outbound file. Drops may come in any order;
// questions may be nil.
func MarshalOutbound(root ed25519.PublicKey, roster, questions []byte, drops [][]byte) ([]byte, error) {
	if questions == nil {
		questions = make([]byte, QuestionsSize)
	}
	drops = slices.Clone(drops)
	slices.SortFunc(drops, compareDrops)
	o := Outbound{root, roster, questions, drops}
	if err := o.check(); err != nil {
		return nil, fmt.Errorf("write outbound file: %w", err)
	}
	b := append([]byte(outboundMagic), root...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(drops)))
	b = append(b, make([]byte, outboundHeader-len(b))...)
	return append(append(append(b, roster...), questions...), bytes.Join(drops, nil)...), nil
}

// ParseOutbound takes an outbound file apart. It looks at form only and at most
// [MaxOutboundSize] bytes: whoever uses the parts verifies them as if they had
// been fetched. The parts share memory with b.
func ParseOutbound(b []byte) (Outbound, error) {
	refuse := func() (Outbound, error) {
		return Outbound{}, fmt.Errorf("parse outbound file: %w", ErrOutbound)
	}
	if len(b) < outboundFixed || len(b) > MaxOutboundSize || string(b[:8]) != outboundMagic || !isZero(b[42:outboundHeader]) {
		return refuse()
	}
	count, rest := int(binary.BigEndian.Uint16(b[40:])), b[outboundHeader:]
	o := Outbound{Root: ed25519.PublicKey(b[8:40]), Roster: rest[:RosterSize], Questions: rest[RosterSize:][:QuestionsSize]}
	rest = rest[RosterSize+QuestionsSize:]
	if count > MaxDrops || (count == 0) != (len(rest) == 0) || (count > 0 && len(rest)%count != 0) {
		return refuse()
	}
	if count > 0 {
		o.Drops = slices.Collect(slices.Chunk(rest, len(rest)/count))
	}
	if err := o.check(); err != nil {
		return Outbound{}, fmt.Errorf("parse outbound file: %w", err)
	}
	if isZero(o.Questions) {
		o.Questions = nil
	}
	return o, nil
}

func (o Outbound) check() error {
	if !strictVerifyKey(o.Root) {
		return fmt.Errorf("root key: %w", ErrOutbound)
	}
	if len(o.Roster) != RosterSize || len(o.Questions) != QuestionsSize || len(o.Drops) > MaxDrops {
		return ErrOutbound
	}
	for i, d := range o.Drops {
		if len(d) != len(o.Drops[0]) || len(d) < dropFixed || string(d[:8]) != dropMagic {
			return fmt.Errorf("drop %d: %w", i+1, ErrOutbound)
		}
		rows := int(binary.BigEndian.Uint16(d[42:]))
		if !ValidRows(rows) || len(d) != DropSize(rows) {
			return fmt.Errorf("drop %d: rows: %w", i+1, ErrOutbound)
		}
		if i > 0 && compareDrops(o.Drops[i-1], d) >= 0 {
			return fmt.Errorf("drop %d: order: %w", i+1, ErrOutbound)
		}
	}
	return nil
}

// compareDrops orders drops by epoch, then slot, as their headers have them.
// What is too short to have any comes first, and is refused for it.
func compareDrops(a, b []byte) int {
	if len(a) < dropHeader || len(b) < dropHeader {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Or(bytes.Compare(a[44:48], b[44:48]), cmp.Compare(a[40], b[40]))
}
