package kit

import (
	"encoding/binary"
	"errors"
	"fmt"

	"hearsay/envelope"
)

// ErrWaitingFile is returned for bytes that are not what [MarshalWaiting]
// writes.
var ErrWaitingFile = errors.New("not a file of what waits to be sent")

// Waiting is what a session has left, to be sent by a later one: ciphertext for
// the desk. Whoever finds it learns that something for this desk is unsent,
// roughly how much, and the day on which it was sealed or last kept.
//
//	"HS1WAIT\0" 8 ‖ NR 32 ‖ day u32 ‖ payloads u16 ‖ chunks u16 ‖ 0×16 ‖ payloads ‖ chunks
type Waiting struct {
	Desk   envelope.DeskID
	Day    envelope.Epoch // of the earliest that may be in it
	Sealed [][]byte       // payloads, then chunks: see [Load.Unlock]
}

const (
	waitingMagic  = "HS1WAIT\x00"
	waitingHeader = 64
	maxWaiting    = 255 // payloads, and chunks
)

// MaxWaitingSize is the most bytes of a file of what waits.
const MaxWaitingSize = waitingHeader + maxWaiting*(envelope.PayloadSize+envelope.ChunkSize)

// StillOpens reports whether the desk can still open on that day what was sealed
// on the day of w, if it is sent at once: its keys are destroyed after 28 days.
func (w Waiting) StillOpens(today envelope.Epoch) bool {
	return int64(today)-int64(w.Day) <= envelope.DailyDestroy-envelope.DailyUse
}

// Marshal returns the file.
func (w Waiting) Marshal() ([]byte, error) {
	var payloads, chunks []byte
	n, m := 0, 0
	for _, b := range w.Sealed {
		switch len(b) {
		case envelope.PayloadSize:
			payloads = append(payloads, b...)
			n++
		case envelope.ChunkSize:
			chunks = append(chunks, b...)
			m++
		default:
			return nil, fmt.Errorf("write what waits: %w", ErrWaitingFile)
		}
	}
	if n > maxWaiting || m > maxWaiting || n+m == 0 {
		return nil, fmt.Errorf("write what waits: %w", ErrWaitingFile)
	}
	b := append([]byte(waitingMagic), w.Desk[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(w.Day))
	b = binary.BigEndian.AppendUint16(b, uint16(n))
	b = binary.BigEndian.AppendUint16(b, uint16(m))
	b = append(b, make([]byte, waitingHeader-len(b))...)
	return append(append(b, payloads...), chunks...), nil
}

// ParseWaiting reads what [Waiting.Marshal] writes. What is sealed shares memory
// with b.
func ParseWaiting(b []byte) (Waiting, error) {
	refuse := func() (Waiting, error) { return Waiting{}, fmt.Errorf("read what waits: %w", ErrWaitingFile) }
	if len(b) < waitingHeader || string(b[:8]) != waitingMagic {
		return refuse()
	}
	for _, c := range b[48:waitingHeader] {
		if c != 0 {
			return refuse()
		}
	}
	w := Waiting{Desk: envelope.DeskID(b[8:40]), Day: envelope.Epoch(binary.BigEndian.Uint32(b[40:]))}
	n, m := int(binary.BigEndian.Uint16(b[44:])), int(binary.BigEndian.Uint16(b[46:]))
	rest := b[waitingHeader:]
	if n > maxWaiting || m > maxWaiting || n+m == 0 || len(rest) != n*envelope.PayloadSize+m*envelope.ChunkSize {
		return refuse()
	}
	for range n {
		w.Sealed, rest = append(w.Sealed, rest[:envelope.PayloadSize:envelope.PayloadSize]), rest[envelope.PayloadSize:]
	}
	for range m {
		w.Sealed, rest = append(w.Sealed, rest[:envelope.ChunkSize:envelope.ChunkSize]), rest[envelope.ChunkSize:]
	}
	return w, nil
}
