package kit_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"hearsay/courier"
	"hearsay/envelope"
	"hearsay/kit"
	"hearsay/kit/strip"
)

// carried opens what came on drive files.
func (d *desk) carried(t *testing.T, files ...[]byte) (p courier.Parcel) {
	t.Helper()
	j := courier.NewJoiner(d.id, d.imports.OpenCell)
	for _, f := range files {
		_, err := j.AddDrive(f)
		check(t, err)
	}
	for _, s := range j.Sets() {
		part, err := s.Join()
		check(t, err)
		p.Payloads, p.Chunks = append(p.Payloads, part.Payloads...), append(p.Chunks, part.Chunks...)
	}
	return p
}

// outbound is what the desk would put on a drive.
func (d *desk) outbound(t *testing.T, questions []byte, drops ...[]byte) []byte {
	t.Helper()
	b, err := envelope.MarshalOutbound(d.public(), d.roster, questions, drops)
	check(t, err)
	return b
}

func (d *desk) drop(t *testing.T, slot int, c envelope.DropContent) ([]byte, *envelope.Drop) {
	t.Helper()
	c.Slot, c.Rows = slot, rows
	b, err := envelope.BuildDrop(d.editors[slot].key, d.id, c)
	check(t, err)
	drop, err := envelope.ParseDrop(d.id, d.editors[slot].public(), rows, b)
	check(t, err)
	return b, drop
}

func config(d *desk, today envelope.Epoch) kit.Config {
	return kit.Config{Root: d.public(), Now: today.Time}
}

func TestParcel(t *testing.T) {
	d := newDesk(t, 2)
	l, err := kit.OpenOutbound(config(d, day), d.outbound(t, nil))
	check(t, err)
	words := newPhrase(t)
	s, err := l.Unlock(words)
	check(t, err)
	defer s.Close()
	for _, text := range []string{"short", strings.Repeat("long ", 1500)} {
		p, err := s.Parcel(text)
		check(t, err)
		if len(p.Payloads) != 3 || len(p.Chunks) != 0 {
			t.Fatalf("%d payloads, %d chunks", len(p.Payloads), len(p.Chunks))
		}
		drives, err := l.Spread(p, kit.DrivesNeeded, kit.Drives)
		check(t, err)
		came := d.carried(t, drives[2][0], drives[0][0])
		for slot := range d.editors {
			got, err := envelope.Join(d.opened(slot, envelope.Courier, came.Payloads...))
			if err != nil || string(got) != text {
				t.Errorf("editor %d: %d bytes, %v", slot, len(got), err)
			}
			if len(d.opened(slot, envelope.Daily, came.Payloads...)) != 0 {
				t.Error("sealed to the daily keys")
			}
		}
	}
	t.Run("files come as chunks", func(t *testing.T) {
		file := cleanFile(strip.Photo, 3*envelope.ChunkData+5)
		p, err := s.Parcel("With a photograph.", file)
		check(t, err)
		drives, err := l.Spread(p, 2, 3)
		check(t, err)
		came := d.carried(t, slices.Concat(drives[1], drives[2])...)
		var manifest *envelope.Message
		for _, m := range d.opened(0, envelope.Courier, came.Payloads...) {
			if m.Type == envelope.Manifest {
				manifest = m
			}
		}
		if got := gather(t, d, manifest, came.Chunks); len(got) != 1 || !bytes.Equal(got["photo-1.jpg"], file.Data) {
			t.Errorf("%d files came", len(got))
		}
	})
	t.Run("nothing is sent from a drive", func(t *testing.T) {
		if _, err := s.Send(t.Context()); !errors.Is(err, kit.ErrNoRelay) {
			t.Errorf("%v", err)
		}
	})
	t.Run("an empty one is refused", func(t *testing.T) {
		if _, err := s.Parcel(""); !errors.Is(err, envelope.ErrBody) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a rollover is carried like a report, and is the last word", func(t *testing.T) {
		next := newPhrase(t)
		p, err := s.RolloverParcel(next)
		check(t, err)
		m := d.opened(0, envelope.Courier, p.Payloads...)
		if len(m) != 1 || m[0].Type != envelope.Rollover {
			t.Fatalf("%d messages", len(m))
		}
		if _, err := s.Parcel("More."); !errors.Is(err, kit.ErrRolled) {
			t.Errorf("a report after it: %v", err)
		}
		if _, err := s.RolloverParcel(next); !errors.Is(err, kit.ErrRolled) {
			t.Errorf("another after it: %v", err)
		}
	})
	t.Run("a closed session makes none", func(t *testing.T) {
		s.Close()
		_, parcel := s.Parcel("text")
		_, rollover := s.RolloverParcel(words)
		for _, err := range []error{parcel, rollover} {
			if !errors.Is(err, kit.ErrClosed) {
				t.Errorf("%v", err)
			}
		}
	})
}
