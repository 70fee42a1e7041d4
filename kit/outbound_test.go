package kit_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
)

func noticed(l *kit.Load) (all []kit.NoticeKind) {
	for _, n := range l.Notices {
		all = append(all, n.Kind)
	}
	return all
}

// TestOpenOutbound: a drive says what a relay would have said.
func TestOpenOutbound(t *testing.T) {
	d := newDesk(t, 1)
	words := newPhrase(t)
	source, err := envelope.DeriveSource(words, d.id)
	check(t, err)
	payloads := sealTo(t, d, source)
	contact := d.opened(0, envelope.Daily, payloads...)[0].Contact
	replies, err := d.editors[0].lt.Reply(d.id, contact, "We have read it.")
	check(t, err)

	first, read := d.drop(t, 0, envelope.DropContent{Epoch: day - 3})
	second, read2 := d.drop(t, 0, envelope.DropContent{Epoch: day - 2, Prev: read.Digest, Replies: replies, Acks: []envelope.Ack{contact.Ack(0, day-2)}})
	third, _ := d.drop(t, 0, envelope.DropContent{Epoch: day - 1, Prev: read2.Digest})
	questions := d.questions(t, `{"questions":[{"key":"prices/rice/hyesan","type":"number","ask":{"en":"What is rice?"}}]}`)
	file := d.outbound(t, questions, first, second, third)

	t.Run("acks, replies and questions are read from it", func(t *testing.T) {
		l, err := kit.OpenOutbound(config(d, day), file)
		check(t, err)
		s, err := l.Unlock(words)
		check(t, err)
		defer s.Close()
		if got := s.Replies(); len(got) != 1 || got[0].Text != "We have read it." || got[0].Day != day-2 {
			t.Errorf("%d replies", len(got))
		}
		if got := s.Arrivals(); len(got) != 1 || got[0].Day != day-2 {
			t.Errorf("arrivals %v", got)
		}
		if len(l.Questions) != 1 || len(l.Notices) != 0 || l.Published() != day-1 {
			t.Errorf("%d questions, notices %v, published %s", len(l.Questions), l.Notices, l.Published())
		}
	})
	t.Run("a month on the road is no gap, but is told", func(t *testing.T) {
		l, err := kit.OpenOutbound(config(d, day+envelope.DailyUse+10), file)
		check(t, err)
		if got := noticed(l); !slices.Equal(got, []kit.NoticeKind{kit.OldDrive, kit.NoQuestions}) {
			t.Errorf("notices %v", l.Notices)
		}
		s, err := l.Unlock(words)
		check(t, err)
		defer s.Close()
		if _, err := s.Parcel("Still by courier."); err != nil {
			t.Errorf("a parcel: %v", err)
		}
		if err := s.Write("Never through a relay."); !errors.Is(err, envelope.ErrRoster) {
			t.Errorf("a report for the relay: %v", err)
		}
	})
	t.Run("a missing day is", func(t *testing.T) {
		l, err := kit.OpenOutbound(config(d, day), d.outbound(t, questions, first, third))
		check(t, err)
		if len(l.Notices) != 1 || l.Notices[0] != (kit.Notice{Kind: kit.Gap, Day: day - 2, Until: day - 2}) {
			t.Errorf("notices %v", l.Notices)
		}
	})
	t.Run("what was before its first day is not", func(t *testing.T) {
		l, err := kit.OpenOutbound(config(d, day), d.outbound(t, questions, second, third))
		check(t, err)
		if len(l.Notices) != 0 {
			t.Errorf("notices %v", l.Notices)
		}
	})
	t.Run("a forged one is", func(t *testing.T) {
		forged := bytes.Clone(second)
		forged[len(forged)-1] ^= 1
		l, err := kit.OpenOutbound(config(d, day), d.outbound(t, questions, first, forged, third))
		check(t, err)
		if len(l.Notices) != 1 || l.Notices[0] != (kit.Notice{Kind: kit.Gap, Day: day - 2, Until: day - 2}) {
			t.Errorf("notices %v", l.Notices)
		}
	})
	t.Run("no drops and no questions are no harm", func(t *testing.T) {
		l, err := kit.OpenOutbound(config(d, day), d.outbound(t, nil))
		check(t, err)
		if got := noticed(l); !slices.Equal(got, []kit.NoticeKind{kit.NoQuestions}) {
			t.Errorf("notices %v", l.Notices)
		}
	})
	t.Run("a second drop for a day that was seen is an alarm", func(t *testing.T) {
		l, err := kit.OpenOutbound(config(d, day), file)
		check(t, err)
		seen := l.Memory()
		other, _ := d.drop(t, 0, envelope.DropContent{Epoch: day - 1, Prev: read2.Digest})
		c := config(d, day)
		c.Memory = &seen
		if l, err = kit.OpenOutbound(c, d.outbound(t, questions, first, second, other)); err != nil || !slices.Contains(noticed(l), kit.TwoDrops) {
			t.Errorf("notices %v, %v", l.Notices, err)
		}
	})
	t.Run("another desk's is never taken for this", func(t *testing.T) {
		other := newDesk(t, 1)
		if _, err := kit.OpenOutbound(config(d, day), other.outbound(t, nil)); !errors.Is(err, kit.ErrOtherDesk) {
			t.Errorf("%v", err)
		}
		b := other.outbound(t, nil)
		copy(b[8:40], d.public()) // its roster under our name
		if _, err := kit.OpenOutbound(config(d, day), b); !errors.Is(err, kit.ErrStop) {
			t.Errorf("%v", err)
		}
	})
	t.Run("a roster that is too old or older than one seen stops it", func(t *testing.T) {
		if _, err := kit.OpenOutbound(config(d, day+envelope.CourierUse), file); !errors.Is(err, kit.ErrStop) {
			t.Errorf("worn out: %v", err)
		}
		c := config(d, day)
		c.MinSerial = 6
		if _, err := kit.OpenOutbound(c, file); !errors.Is(err, kit.ErrStop) {
			t.Errorf("an older charter: %v", err)
		}
	})
	t.Run("what is no such file is refused", func(t *testing.T) {
		for _, b := range [][]byte{nil, file[:len(file)-1], file[1:], append(bytes.Clone(file), 0)} {
			if _, err := kit.OpenOutbound(config(d, day), b); !errors.Is(err, envelope.ErrOutbound) {
				t.Errorf("%d bytes: %v", len(b), err)
			}
		}
	})
}

// sealTo seals one report to the desk for the relay, to have a contact.
func sealTo(t *testing.T, d *desk, source *envelope.Source) [][]byte {
	t.Helper()
	r, err := envelope.ParseRoster(d.public(), d.roster, day, 0)
	check(t, err)
	payloads, err := source.Seal(r, envelope.Daily, "text")
	check(t, err)
	return payloads
}

func FuzzOpenOutbound(f *testing.F) {
	d := newDesk(f, 1)
	b, err := envelope.MarshalOutbound(d.public(), d.roster, nil, nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte{})
	f.Add(uint32(8), []byte(d.public()))
	f.Add(uint32(64), []byte("HS1CHART"))
	f.Fuzz(func(t *testing.T, at uint32, put []byte) {
		changed := bytes.Clone(b)
		copy(changed[int(at)%len(changed):], put)
		l, err := kit.OpenOutbound(config(d, day), changed)
		if err == nil && !bytes.Equal(changed[64:][:envelope.RosterSize], d.roster) {
			t.Errorf("took another roster, with notices %v", l.Notices)
		}
	})
}
