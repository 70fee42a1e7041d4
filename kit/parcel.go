package kit

import (
	"context"
	"fmt"
	mathrand "math/rand/v2"

	"hearsay/envelope"
)

// ParcelSize is the length of a parcel: it does not say how much was written.
const ParcelSize = PerSession * envelope.DepositSize

// Parcel seals a report to be carried instead of sent: to the desk's courier
// keys, which live longer. It is three deposits end to end, cover among them
// where the report has fewer parts, in an order drawn by lot. Nobody asks a
// parcel for a puzzle, and its deposits name no day: whoever takes the stick
// from a courier would read it.
func (s *Session) Parcel(text string) ([]byte, error) {
	if s.source == nil {
		return nil, ErrClosed
	}
	payloads, err := s.source.Seal(s.load.Roster, envelope.Courier, text)
	if err != nil {
		return nil, err
	}
	for len(payloads) < PerSession {
		cover, err := envelope.Cover(s.load.Roster.Desk)
		if err != nil {
			return nil, fmt.Errorf("make parcel: %w", err)
		}
		payloads = append(payloads, cover)
	}
	lot := mathrand.New(systemRandom{})
	lot.Shuffle(len(payloads), func(i, j int) { payloads[i], payloads[j] = payloads[j], payloads[i] })
	parcel := make([]byte, 0, ParcelSize)
	for _, payload := range payloads {
		b, err := envelope.NewDeposit(context.Background(), s.load.Roster.Desk, 0, payload, 0)
		if err != nil {
			return nil, fmt.Errorf("make parcel: %w", err)
		}
		parcel = append(parcel, b...)
	}
	return parcel, nil
}
