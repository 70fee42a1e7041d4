package envelope

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	mathrand "math/rand/v2"
)

// ErrDrop is returned for bytes that are not a drop of this editor.
var ErrDrop = errors.New("not a drop of this editor")

// ErrDropFull is returned when more rows or acks are to go into a drop than it
// has. What finds no room waits a day.
var ErrDropFull = errors.New("drop is full")

const dropMagic = "HS1DROP\x00"

// An Ack tells a source, and nobody else, that the desk opened something from
// it since the last drop.
type Ack [AckSize]byte

// makeAck is HMAC(ack, T("hs1-ack") ‖ slot ‖ epoch), cut to 16 bytes.
func makeAck(key [AckSize]byte, slot int, epoch Epoch) Ack {
	mac := hmac.New(sha256.New, key[:])
	mac.Write(tag("hs1-ack"))
	mac.Write([]byte{byte(slot)})
	mac.Write(binary.BigEndian.AppendUint32(nil, uint32(epoch)))
	return Ack(mac.Sum(nil)[:AckSize])
}

// A DropContent is what one editor has to say on one day.
type DropContent struct {
	Slot    int
	Epoch   Epoch
	Rows    int      // as in the charter
	Prev    [32]byte // SHA-256 of the editor's drop before this, zero for the first
	Replies [][]byte // envelopes from [SecretLongTerm.Reply]
	Acks    []Ack    // from [Contact.Ack], for this slot and epoch
}

// BuildDrop returns a drop of [DropSize](Rows) bytes (PROTOCOL 4.6). Empty rows
// hold real envelopes to keys thrown away, because random bytes can be told
// from ML-KEM; empty acks are random; both are shuffled.
func BuildDrop(editor ed25519.PrivateKey, desk DeskID, d DropContent) ([]byte, error) {
	if d.Slot < 0 || d.Slot >= Slots || !ValidRows(d.Rows) {
		return nil, fmt.Errorf("build drop: %w", ErrDrop)
	}
	if len(d.Replies) > d.Rows || len(d.Acks) > AcksPerDrop {
		return nil, fmt.Errorf("build drop: %w", ErrDropFull)
	}
	rows := append([][]byte(nil), d.Replies...)
	for _, row := range rows {
		if len(row) != Size {
			return nil, fmt.Errorf("build drop: row: %w", ErrDrop)
		}
	}
	for len(rows) < d.Rows {
		row, err := throwaway(desk)
		if err != nil {
			return nil, fmt.Errorf("build drop: %w", err)
		}
		rows = append(rows, row)
	}
	acks := make([]Ack, AcksPerDrop)
	for i := copy(acks, d.Acks); i < len(acks); i++ {
		rand.Read(acks[i][:]) // never fails: crypto/rand ends the program instead
	}
	order := mathrand.New(systemRandom{})
	order.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
	order.Shuffle(len(acks), func(i, j int) { acks[i], acks[j] = acks[j], acks[i] })

	b := make([]byte, 0, DropSize(d.Rows))
	b = append(b, dropMagic...)
	b = append(b, desk[:]...)
	b = append(b, byte(d.Slot), 0)
	b = binary.BigEndian.AppendUint16(b, uint16(d.Rows))
	b = binary.BigEndian.AppendUint32(b, uint32(d.Epoch))
	b = append(b, d.Prev[:]...)
	b = append(b, make([]byte, dropHeader-len(b))...)
	for _, ack := range acks {
		b = append(b, ack[:]...)
	}
	for _, row := range rows {
		b = append(b, row...)
	}
	return append(b, ed25519.Sign(editor, dropPreimage(b))...), nil
}

// A Drop is what one editor published on one day, its signature verified.
type Drop struct {
	Slot   int
	Epoch  Epoch
	Rows   int
	Prev   [32]byte // digest of the drop before it
	Digest [32]byte // SHA-256 of the whole file

	desk DeskID
	body []byte // acks, rows
}

// ParseDrop verifies a drop by its editor's key. The caller compares slot and
// epoch with those that were asked for, and Prev with the drop before.
func ParseDrop(desk DeskID, editor ed25519.PublicKey, rows int, b []byte) (*Drop, error) {
	if !ValidRows(rows) || len(b) != DropSize(rows) || string(b[:8]) != dropMagic || DeskID(b[8:40]) != desk ||
		b[40] >= Slots || b[41] != 0 || int(binary.BigEndian.Uint16(b[42:])) != rows || !isZero(b[80:dropHeader]) {
		return nil, fmt.Errorf("parse drop: %w", ErrDrop)
	}
	signed := len(b) - sigSize
	if !verify(editor, dropPreimage(b[:signed]), b[signed:]) {
		return nil, fmt.Errorf("parse drop: signature: %w", ErrDrop)
	}
	return &Drop{
		Slot:   int(b[40]),
		Epoch:  Epoch(binary.BigEndian.Uint32(b[44:])),
		Rows:   rows,
		Prev:   [32]byte(b[48:80]),
		Digest: sha256.Sum256(b),
		desk:   desk,
		body:   append([]byte(nil), b[dropHeader:signed]...),
	}, nil
}

func (d *Drop) ack(i int) Ack    { return Ack(d.body[i*AckSize:]) }
func (d *Drop) row(i int) []byte { return d.body[AcksPerDrop*AckSize+i*Size:][:Size] }

func dropPreimage(b []byte) []byte {
	sum := sha256.Sum256(b)
	return append(tag("hs1-drop"), sum[:]...)
}

// systemRandom is the operating system's randomness as math/rand/v2 asks for
// it, so that shuffles are unbiased and cannot be foretold.
type systemRandom struct{}

func (systemRandom) Uint64() uint64 {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}
