package courier

import (
	"bytes"
	"errors"
	"fmt"

	"hearsay/envelope"
)

// ErrPack is returned for bytes that are not a pack, or for what none can hold.
var ErrPack = errors.New("not a pack")

// A Parcel is what is carried: sealed payloads of envelope.PayloadSize and
// sealed chunks of envelope.CellSize bytes. They are opaque here.
type Parcel struct{ Payloads, Chunks [][]byte }

const (
	payloadSize = envelope.PayloadSize // 24,576
	chunkSize   = 65536
	packHeader  = 2 // counts of payloads and chunks
	tagSize     = 16
)

// packSize is the most that a pack may have of which k cells are needed. It is
// filled up to that with zeros.
func packSize(k int) int { return k*fragmentSize - tagSize }

// takePack cuts off p as much as one pack holds, chunks first, since they fit
// into fewer places.
func takePack(p *Parcel, k int) Parcel {
	room := packSize(k) - packHeader
	take := func(from *[][]byte, size int) [][]byte {
		n := min(len(*from), room/size, 255)
		taken := (*from)[:n]
		*from = (*from)[n:]
		room -= n * size
		return taken
	}
	chunks := take(&p.Chunks, chunkSize)
	return Parcel{Payloads: take(&p.Payloads, payloadSize), Chunks: chunks}
}

// marshal writes a pack, without filler.
func (p Parcel) marshal() []byte {
	b := make([]byte, 0, packHeader+len(p.Payloads)*payloadSize+len(p.Chunks)*chunkSize)
	b = append(b, byte(len(p.Payloads)), byte(len(p.Chunks)))
	for _, part := range append(append([][]byte(nil), p.Payloads...), p.Chunks...) {
		b = append(b, part...)
	}
	return b
}

// parsePack reads what marshal writes. What it returns shares memory with b.
func parsePack(b []byte) (Parcel, error) {
	if len(b) < packHeader {
		return Parcel{}, ErrPack
	}
	payloads, chunks, rest := int(b[0]), int(b[1]), b[packHeader:]
	if payloads+chunks == 0 || payloads*payloadSize+chunks*chunkSize != len(rest) {
		return Parcel{}, fmt.Errorf("parse pack: %d payloads and %d chunks: %w", payloads, chunks, ErrPack)
	}
	cut := func(n, size int) (parts [][]byte) {
		for range n {
			parts = append(parts, rest[:size:size])
			rest = rest[size:]
		}
		return parts
	}
	return Parcel{Payloads: cut(payloads, payloadSize), Chunks: cut(chunks, chunkSize)}, nil
}

func isZero(b []byte) bool {
	return len(b) == 0 || b[0] == 0 && bytes.Equal(b[1:], b[:len(b)-1])
}
