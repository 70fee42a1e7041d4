package envelope

import (
	"bytes"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrBlock is returned for bytes that are not a block of this desk's editor.
var ErrBlock = errors.New("not a block of this editor")

// ErrKeysReused is returned when two bundles would share a key.
var ErrKeysReused = errors.New("bundles must not share keys")

const (
	longTermSize = dhSize + mlkemKeySize + 32 + sigSize // 1,312
	bundleSize   = 16 + dhSize + mlkemKeySize + xwingKeySize + sigSize
)

// A Class says how a deposit travels; each way has its own keys, because a
// stick may be weeks on the road and its keys must live longer.
type Class uint8

const (
	Daily   Class = 0 // through the relay
	Courier Class = 1 // in a parcel
	classes       = 2
)

// A LongTerm is an editor's long-term public keys. DH and MLKEM author replies,
// Fetch is bound into every envelope.
type LongTerm struct {
	DH    [dhSize]byte
	MLKEM [mlkemKeySize]byte
	Fetch [32]byte
}

// Wrote reports whether the message was sealed with these keys. A drop's
// signature alone does not say so: whoever stole a source's words could seal a
// row to it as anybody.
func (k LongTerm) Wrote(m *Message) bool { return m.in.get().sender == [authorSize]byte(k.author()) }

func (k LongTerm) author() []byte { return append(k.DH[:], k.MLKEM[:]...) }

func (k LongTerm) bytes() []byte { return append(k.author(), k.Fetch[:]...) }

func (k LongTerm) check() error {
	if _, err := decodeDH(k.DH[:]); err != nil {
		return err
	}
	if _, err := decodeMLKEM(k.MLKEM[:]); err != nil {
		return err
	}
	return checkFetch(k.Fetch[:])
}

// A Bundle is the public half of the keys to which deposits are sealed.
type Bundle struct {
	Class        Class
	Epoch        Epoch // day it was made for
	UseUntil     Epoch // last day anybody may seal to it
	DestroyAfter Epoch // last day its secrets exist
	DH           [dhSize]byte
	MLKEM        [mlkemKeySize]byte
	PKE          [xwingKeySize]byte
}

func (u Bundle) bytes() []byte {
	b := make([]byte, 0, bundleSize)
	b = append(b, byte(u.Class), 0, 0, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(u.Epoch))
	b = binary.BigEndian.AppendUint32(b, uint32(u.UseUntil))
	b = binary.BigEndian.AppendUint32(b, uint32(u.DestroyAfter))
	b = append(b, u.DH[:]...)
	b = append(b, u.MLKEM[:]...)
	return append(b, u.PKE[:]...)
}

func (u Bundle) recipient(fetch [32]byte) (*recipientKeys, error) {
	return decodeRecipient(u.DH[:], u.MLKEM[:], u.PKE[:], fetch[:])
}

// usable reports whether a kit may seal to the bundle on that day: it is not
// from the future, with a day's grace for clocks, and not worn out.
func (u Bundle) usable(day Epoch) bool {
	return int64(u.Epoch) <= int64(day)+1 && day <= u.UseUntil
}

// sharesKey reports whether any key of the one is a key of the other.
func (u Bundle) sharesKey(v Bundle) bool {
	return u.DH == v.DH || u.MLKEM == v.MLKEM || u.PKE == v.PKE
}

// A Block is one editor's part of the roster.
type Block struct {
	LongTerm LongTerm
	Bundles  [classes]Bundle // by class
}

// Signed parts of a block: what precedes each signature is signed under a tag
// and the desk.
const (
	longTermTag = "hs1-ltk"
	bundleTag   = "hs1-eph"
)

func blockPreimage(domain string, desk DeskID, b []byte) []byte {
	return append(append(tag(domain), desk[:]...), b...)
}

// SignBlock returns the 6,336 bytes of the block. It refuses keys that do not
// decode and bundles that share one.
func SignBlock(editor ed25519.PrivateKey, desk DeskID, k Block) ([]byte, error) {
	if err := k.check(); err != nil {
		return nil, fmt.Errorf("sign block: %w", err)
	}
	if k.Bundles[Daily].sharesKey(k.Bundles[Courier]) {
		return nil, fmt.Errorf("sign block: %w", ErrKeysReused)
	}
	b := make([]byte, 0, BlockSize)
	add := func(domain string, part []byte) {
		b = append(append(b, part...), ed25519.Sign(editor, blockPreimage(domain, desk, part))...)
	}
	add(longTermTag, k.LongTerm.bytes())
	for _, u := range k.Bundles {
		add(bundleTag, u.bytes())
	}
	return b, nil
}

// ParseBlock reads what [SignBlock] writes. Bundles that share keys are taken:
// other implementations made such blocks before they were forbidden.
func ParseBlock(desk DeskID, editor ed25519.PublicKey, b []byte) (Block, error) {
	if len(b) != BlockSize {
		return Block{}, fmt.Errorf("parse block: %w", ErrBlock)
	}
	good := func(domain string, part []byte) bool {
		body, sig := part[:len(part)-sigSize], part[len(part)-sigSize:]
		return verify(editor, blockPreimage(domain, desk, body), sig)
	}
	lt, rest := b[:longTermSize], b[longTermSize:]
	if !good(longTermTag, lt) {
		return Block{}, fmt.Errorf("parse block: signature: %w", ErrBlock)
	}
	var k Block
	lt = lt[copy(k.LongTerm.DH[:], lt):]
	lt = lt[copy(k.LongTerm.MLKEM[:], lt):]
	copy(k.LongTerm.Fetch[:], lt)
	for class := range k.Bundles {
		part := rest[:bundleSize]
		rest = rest[bundleSize:]
		if !good(bundleTag, part) {
			return Block{}, fmt.Errorf("parse block: signature: %w", ErrBlock)
		}
		k.Bundles[class] = parseBundle(part)
		if !bytes.Equal(k.Bundles[class].bytes(), part[:bundleSize-sigSize]) {
			return Block{}, fmt.Errorf("parse block: bundle: %w", ErrBlock)
		}
	}
	if err := k.check(); err != nil {
		return Block{}, fmt.Errorf("parse block: %w", err)
	}
	return k, nil
}

func parseBundle(b []byte) Bundle {
	u := Bundle{
		Class:        Class(b[0]),
		Epoch:        Epoch(binary.BigEndian.Uint32(b[4:])),
		UseUntil:     Epoch(binary.BigEndian.Uint32(b[8:])),
		DestroyAfter: Epoch(binary.BigEndian.Uint32(b[12:])),
	}
	b = b[16:]
	b = b[copy(u.DH[:], b):]
	b = b[copy(u.MLKEM[:], b):]
	copy(u.PKE[:], b)
	return u
}

func (k Block) check() error {
	if err := k.LongTerm.check(); err != nil {
		return err
	}
	for class, u := range k.Bundles {
		if u.Class != Class(class) || u.Epoch > u.UseUntil || u.UseUntil > u.DestroyAfter {
			return ErrBlock
		}
		if _, err := u.recipient(k.LongTerm.Fetch); err != nil {
			return err
		}
	}
	return nil
}
