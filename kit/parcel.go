package kit

import (
	"fmt"
	mathrand "math/rand/v2"

	"hearsay/courier"
	"hearsay/envelope"
	"hearsay/kit/strip"
)

// How a parcel is spread over drives unless somebody says otherwise: any two of
// three give it back.
const (
	DrivesNeeded = 2
	Drives       = 3
)

// Parcel seals a report with files to be carried instead of sent: to the desk's
// courier keys, which live longer. It neither needs a relay nor tells one. A
// text of fewer parts is made up with cover to as many as the longest has, in an
// order drawn by lot; see [Session.Spread] for what becomes of it.
func (s *Session) Parcel(text string, files ...strip.Clean) (courier.Parcel, error) {
	if s.source == nil {
		return courier.Parcel{}, ErrClosed
	}
	if s.rolled {
		return courier.Parcel{}, ErrRolled
	}
	payloads, chunks, err := s.sealReport(envelope.Courier, text, files)
	if err != nil {
		return courier.Parcel{}, err
	}
	return s.parcel(payloads, chunks)
}

// RolloverParcel seals a rollover to other words to be carried: see
// [Session.Rollover].
func (s *Session) RolloverParcel(next envelope.Phrase) (courier.Parcel, error) {
	if s.source == nil {
		return courier.Parcel{}, ErrClosed
	}
	if s.rolled {
		return courier.Parcel{}, ErrRolled
	}
	if len(s.waiting) > 0 {
		return courier.Parcel{}, ErrUnsent
	}
	successor, err := envelope.DeriveSource(next, s.load.Roster.Desk)
	if err != nil {
		return courier.Parcel{}, fmt.Errorf("roll over: %w", err)
	}
	defer successor.Forget()
	payload, err := s.source.SealRollover(s.load.Roster, envelope.Courier, successor)
	if err != nil {
		return courier.Parcel{}, err
	}
	s.rolled = true
	return s.parcel([][]byte{payload}, nil)
}

func (s *Session) parcel(payloads, chunks [][]byte) (courier.Parcel, error) {
	for len(payloads) < envelope.MaxParts {
		cover, err := envelope.Cover(s.load.Roster.Desk)
		if err != nil {
			return courier.Parcel{}, fmt.Errorf("make parcel: %w", err)
		}
		payloads = append(payloads, cover)
	}
	lot := mathrand.New(systemRandom{})
	lot.Shuffle(len(payloads), func(i, j int) { payloads[i], payloads[j] = payloads[j], payloads[i] })
	return courier.Parcel{Payloads: payloads, Chunks: chunks}, nil
}

// Spread writes a parcel as the files of n drives, of which the desk needs any
// k: see [courier.Split].
func (s *Session) Spread(p courier.Parcel, k, n int) ([][][]byte, error) {
	return s.load.Spread(p, k, n)
}

// Spread does what [Session.Spread] does; it needs no words.
func (l *Load) Spread(p courier.Parcel, k, n int) ([][][]byte, error) {
	to, err := l.Roster.ImportKey()
	if err != nil {
		return nil, fmt.Errorf("make parcel: %w", err)
	}
	return courier.Split(to, p, k, n)
}
