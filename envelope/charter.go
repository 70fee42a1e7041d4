package envelope

import (
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrCharter is returned for bytes that are not a charter of this desk.
var ErrCharter = errors.New("not a charter of this desk")

const (
	charterMagic    = "HS1CHART"
	charterImportAt = 24
	charterEditors  = charterImportAt + xwingKeySize
	charterSigned   = charterEditors + Slots*ed25519.PublicKeySize // 1,336
)

// A Charter says who edits the desk, until when, and how many rows a drop has
// (PROTOCOL 4.2). The offline root key signs it. Naming all editors in one
// signature is what keeps a relay from paring the desk down to one.
type Charter struct {
	Serial   uint32
	From, To Epoch               // first and last day, at most 90 days apart
	Rows     int                 // of each drop: 4, 8 or 16
	Import   []byte              // X-Wing key to which parcels are sealed, 1,216 bytes
	Editors  []ed25519.PublicKey // one to three; the index is the slot
}

// Covers reports whether the charter is in force on that day.
func (c Charter) Covers(day Epoch) bool { return c.From <= day && day <= c.To }

func (c Charter) check() error {
	if c.From > c.To || c.To-c.From > CharterDays || !ValidRows(c.Rows) ||
		len(c.Editors) < 1 || len(c.Editors) > Slots || len(c.Import) != xwingKeySize {
		return ErrCharter
	}
	if _, err := decodeXWing(c.Import); err != nil {
		return err
	}
	for _, vk := range c.Editors {
		if !strictVerifyKey(vk) {
			return fmt.Errorf("editor: %w", ErrKey)
		}
	}
	return nil
}

// SignCharter returns the 1,400 bytes of the charter.
func SignCharter(root ed25519.PrivateKey, c Charter) ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("sign charter: %w", err)
	}
	b := make([]byte, 0, CharterSize)
	b = append(b, charterMagic...)
	b = binary.BigEndian.AppendUint32(b, c.Serial)
	b = binary.BigEndian.AppendUint32(b, uint32(c.From))
	b = binary.BigEndian.AppendUint32(b, uint32(c.To))
	b = append(b, byte(len(c.Editors)), byte(c.Rows), 0, 0)
	b = append(b, c.Import...)
	for _, vk := range c.Editors {
		b = append(b, vk...)
	}
	b = append(b, make([]byte, charterSigned-len(b))...)
	return append(b, ed25519.Sign(root, charterPreimage(b))...), nil
}

// ParseCharter reads what [SignCharter] writes. It does not ask whether the
// charter is in force: see [Charter.Covers].
func ParseCharter(root ed25519.PublicKey, b []byte) (Charter, error) {
	if len(b) != CharterSize || string(b[:8]) != charterMagic || !isZero(b[22:24]) || b[20] < 1 || b[20] > Slots {
		return Charter{}, fmt.Errorf("parse charter: %w", ErrCharter)
	}
	if !verify(root, charterPreimage(b[:charterSigned]), b[charterSigned:]) {
		return Charter{}, fmt.Errorf("parse charter: signature: %w", ErrCharter)
	}
	c := Charter{
		Serial: binary.BigEndian.Uint32(b[8:]),
		From:   Epoch(binary.BigEndian.Uint32(b[12:])),
		To:     Epoch(binary.BigEndian.Uint32(b[16:])),
		Rows:   int(b[21]),
		Import: append([]byte(nil), b[charterImportAt:charterEditors]...),
	}
	keys := append([]byte(nil), b[charterEditors:charterSigned]...)
	for range b[20] {
		c.Editors = append(c.Editors, ed25519.PublicKey(keys[:ed25519.PublicKeySize:ed25519.PublicKeySize]))
		keys = keys[ed25519.PublicKeySize:]
	}
	if !isZero(keys) {
		return Charter{}, fmt.Errorf("parse charter: unused editor: %w", ErrCharter)
	}
	if err := c.check(); err != nil {
		return Charter{}, fmt.Errorf("parse charter: %w", err)
	}
	return c, nil
}

func charterPreimage(b []byte) []byte { return append(tag("hs1-charter"), b[:charterSigned]...) }
