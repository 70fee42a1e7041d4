package courier

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"hearsay/envelope"
)

// ErrSealed is returned for bytes that are not a sealed parcel.
var ErrSealed = errors.New("not a sealed parcel")

// MaxSealed is the most bytes of a sealed parcel that is not split.
const MaxSealed = 64 << 20

// Marshal writes a parcel as one file: what a machine that only splits or joins
// hands on. It is deposits end to end, payloads first, as a relay would be sent
// them, but for no day: without epoch and puzzle. Whoever finds it can tell what
// it is and how many of each it holds, which drive files do not show.
func (p Parcel) Marshal() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("write parcel: %w", err)
	}
	if size := len(p.Payloads)*envelope.DepositSize + len(p.Chunks)*envelope.ChunkDepositSize; size > MaxSealed {
		return nil, fmt.Errorf("write parcel: too large for one file: %w", ErrParcel)
	}
	var b []byte
	for _, payload := range p.Payloads {
		d, err := envelope.NewDeposit(context.Background(), envelope.DeskID{}, 0, payload, 0)
		if err != nil {
			return nil, fmt.Errorf("write parcel: %w", err)
		}
		b = append(b, d...)
	}
	for _, chunk := range p.Chunks {
		d, err := envelope.NewChunkDeposit(context.Background(), envelope.DeskID{}, 0, chunk, 0)
		if err != nil {
			return nil, fmt.Errorf("write parcel: %w", err)
		}
		b = append(b, d...)
	}
	return b, nil
}

// MaybeSealed reports whether a sealed parcel can have that many bytes.
func MaybeSealed(size int64) bool {
	for ; 0 < size && size <= MaxSealed; size -= envelope.ChunkDepositSize {
		if size%envelope.DepositSize == 0 || size == envelope.ChunkDepositSize {
			return true
		}
	}
	return false
}

// ParseSealed reads what [Parcel.Marshal] writes.
func ParseSealed(b []byte) (Parcel, error) {
	var p Parcel
	if !MaybeSealed(int64(len(b))) {
		return Parcel{}, fmt.Errorf("%d bytes: %w", len(b), ErrSealed)
	}
	for rest := b; len(rest) > 0; {
		if len(rest) >= envelope.DepositSize && len(p.Chunks) == 0 {
			if _, payload, err := envelope.ReadDeposit(rest[:envelope.DepositSize]); err == nil {
				p.Payloads, rest = append(p.Payloads, payload), rest[envelope.DepositSize:]
				continue
			}
		}
		if len(rest) < envelope.ChunkDepositSize {
			return Parcel{}, fmt.Errorf("at byte %d: %w", len(b)-len(rest), ErrSealed)
		}
		_, chunk, err := envelope.ReadChunkDeposit(rest[:envelope.ChunkDepositSize])
		if err != nil {
			return Parcel{}, fmt.Errorf("at byte %d: %w", len(b)-len(rest), ErrSealed)
		}
		p.Chunks, rest = append(p.Chunks, chunk), rest[envelope.ChunkDepositSize:]
	}
	if again, err := p.Marshal(); err != nil || !bytes.Equal(again, b) { // a day, a nonce, or nothing at all
		return Parcel{}, ErrSealed
	}
	return p, nil
}
