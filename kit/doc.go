// Package kit is what a source holds: it fetches what a desk publishes, turns
// twelve words into keys, reads replies, seals reports with their files and
// sends them, or writes them as a parcel for somebody to carry. It follows
// section 9 of PROTOCOL.md step by step, because every departure would show on
// the wire:
//
//	c, err := kit.New(config)         // for one desk, at one relay
//	l, err := c.Load(ctx, kit.Week)   // before any phrase is asked for
//	s, err := l.Unlock(phrase)
//	replies := s.Replies()
//	err = s.Report(text, files...)    // or s.Rollover(next)
//	sent, err := s.Send(ctx)          // three deposits, whatever there is to say
//	left := s.Waiting()               // for a later Unlock: the very same bytes
//	s.Close()
//
// Whoever writes for long should do so before Load, or between two loads: the
// time between a load and its first deposit is there for a relay to see.
//
// It lies in the source's zone: one person's keys on one person's machine. It
// stores nothing, logs nothing, and must never learn what a desk keeps. What
// the relay says is believed only where a signature of the desk bears it out;
// what was seen before ([Memory]) is compared where somebody keeps it. Files go
// in only as [hearsay/kit/strip.Clean].
package kit
