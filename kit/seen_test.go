package kit_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"hearsay/envelope"
	"hearsay/kit"
)

// TestForks: a relay or an editor that tells two people two things is found by
// whoever remembers, or gets what is published by two ways.
func TestForks(t *testing.T) {
	d := newDesk(t, 2)
	load := func(t *testing.T, r *relay, change func(*kit.Config)) *kit.Load {
		t.Helper()
		config := kit.Config{Relay: r.URL, Root: d.public(), Now: day.Time, Gap: noGap}
		change(&config)
		c, err := kit.New(config)
		check(t, err)
		l, err := c.Load(t.Context(), kit.Week)
		check(t, err)
		return l
	}
	noted := func(l *kit.Load, k kit.NoticeKind) bool {
		return slices.ContainsFunc(l.Notices, func(n kit.Notice) bool { return n.Kind == k })
	}
	// forked is the same roster with another block of one editor, signed by it.
	forked := func(t *testing.T) []byte {
		e := d.editors[1]
		e.block = newEditor(t, d.id).block
		b := envelope.Block{LongTerm: e.lt.Public()}
		for class := range b.Bundles {
			bundle, err := envelope.NewBundle(envelope.Class(class), day, day+19, day+27)
			check(t, err)
			b.Bundles[class] = bundle.Public()
		}
		block, err := envelope.SignBlock(e.key, d.id, b)
		check(t, err)
		return append(bytes.Clone(d.roster[:envelope.CharterSize+envelope.BlockSize]), append(block, d.roster[envelope.CharterSize+2*envelope.BlockSize:]...)...)
	}
	plain := func(*kit.Config) {}

	t.Run("a roster that is not the one of the status is told", func(t *testing.T) {
		r := newRelay(t, d)
		if noted(load(t, r, plain), kit.RosterForked) {
			t.Error("it is told where nothing is wrong")
		}
		r.files[envelope.PathRoster] = forked(t)
		if !noted(load(t, r, plain), kit.RosterForked) {
			t.Error("it is not told")
		}
	})
	t.Run("a roster other than earlier the same day is told", func(t *testing.T) {
		r := newRelay(t, d)
		m := load(t, r, plain).Memory()
		remember := func(c *kit.Config) { c.Memory = &m }
		if noted(load(t, r, remember), kit.RosterChanged) {
			t.Error("it is told where nothing has changed")
		}
		r.files[envelope.PathRoster] = forked(t)
		if !noted(load(t, r, remember), kit.RosterChanged) {
			t.Error("it is not told")
		}
		if noted(load(t, r, func(c *kit.Config) { c.Memory, c.Now = &m, (day + 1).Time }), kit.RosterChanged) {
			t.Error("it is told on the next day, when keys may be new")
		}
	})
	t.Run("a charter older than one that was seen stops", func(t *testing.T) {
		r := newRelay(t, d)
		m := load(t, r, plain).Memory()
		if m.Serial != 5 {
			t.Fatalf("serial %d", m.Serial)
		}
		m.Serial = 6
		c, err := kit.New(kit.Config{Relay: r.URL, Root: d.public(), Now: day.Time, Memory: &m})
		check(t, err)
		if _, err := c.Load(t.Context(), kit.Week); !errors.Is(err, kit.ErrStop) {
			t.Errorf("Load = %v, want %v", err, kit.ErrStop)
		}
	})
	t.Run("another desk's key is never taken for the one before", func(t *testing.T) {
		r := newRelay(t, d)
		m := load(t, r, plain).Memory()
		if _, err := kit.New(kit.Config{Relay: r.URL, Root: newDesk(t, 1).public(), Memory: &m}); !errors.Is(err, kit.ErrOtherDesk) {
			t.Errorf("New = %v, want %v", err, kit.ErrOtherDesk)
		}
	})
	t.Run("two drops of one editor and day are both read, and told", func(t *testing.T) {
		r := newRelay(t, d)
		p := newPhrase(t)
		s := newSession(t, d, r, p)
		check(t, s.Write("report"))
		_, err := s.Send(t.Context())
		check(t, err)
		contact := d.opened(0, envelope.Daily, r.deposits...)[0].Contact
		one, err := d.editors[0].lt.Reply(d.id, contact, "stay")
		check(t, err)
		two, err := d.editors[0].lt.Reply(d.id, contact, "come")
		check(t, err)
		r.publish(t, d, 0, [32]byte{}, envelope.DropContent{Epoch: day - 1, Replies: one})
		here := r.files[envelope.DropPath(0, day-1)]
		memory := load(t, r, plain).Memory()
		r.publish(t, d, 0, [32]byte{}, envelope.DropContent{Epoch: day - 1, Replies: two})
		there := r.files[envelope.DropPath(0, day-1)]

		l := load(t, r, plain)
		l.AddDrops([][]byte{there}) // the same one
		if noted(l, kit.TwoDrops) {
			t.Error("it is told of one that came twice")
		}
		l.AddDrops([][]byte{here})
		if !noted(l, kit.TwoDrops) || noted(l, kit.BadDrops) {
			t.Errorf("noted %v", l.Notices)
		}
		reader, err := l.Unlock(p)
		check(t, err)
		if got := fmt.Sprint(reader.Replies()); !strings.Contains(got, "stay") || !strings.Contains(got, "come") {
			t.Errorf("replies %v", got)
		}
		l = load(t, r, func(c *kit.Config) { c.Memory = &memory })
		if !noted(l, kit.TwoDrops) {
			t.Error("whoever remembers the first is not told of the second")
		}
		again := l.Memory()
		r.files[envelope.DropPath(0, day-1)] = here
		if l := load(t, r, func(c *kit.Config) { c.Memory = &again }); !noted(l, kit.TwoDrops) {
			t.Error("it is forgotten when the first is shown again")
		}
	})
	t.Run("drops that are none are told and left out", func(t *testing.T) {
		r := newRelay(t, d)
		l := load(t, r, plain)
		r.publish(t, d, 0, [32]byte{}, envelope.DropContent{Epoch: day})
		b := r.files[envelope.DropPath(0, day)]
		b[200] ^= 1
		l.AddDrops([][]byte{b, nil})
		if !noted(l, kit.BadDrops) || len(l.Memory().Drops) != 0 {
			t.Errorf("noted %v, %d drops", l.Notices, len(l.Memory().Drops))
		}
	})
	t.Run("what must make a source wait is an alarm", func(t *testing.T) {
		for k := kit.ClockOff; k <= kit.BadDrops; k++ {
			if want := k == kit.RosterForked || k == kit.RosterChanged || k == kit.TwoDrops; k.Alarm() != want {
				t.Errorf("%v: %v", kit.Notice{Kind: k}, k.Alarm())
			}
		}
	})
}

func TestMemory(t *testing.T) {
	d := newDesk(t, 1)
	r := newRelay(t, d)
	r.publish(t, d, 0, [32]byte{}, envelope.DropContent{Epoch: day - 2}, envelope.DropContent{Epoch: day})
	l, err := newClient(t, d, r).Load(t.Context(), kit.Week)
	check(t, err)
	m := l.Memory()
	b, err := m.Marshal()
	check(t, err)
	t.Run("is read as it was written", func(t *testing.T) {
		again, err := kit.ParseMemory(b)
		if err != nil || fmt.Sprint(again) != fmt.Sprint(m) || len(m.Drops) != 2 {
			t.Errorf("%v, %v", again, err)
		}
	})
	t.Run("is the same whoever loaded, and whatever was sent", func(t *testing.T) {
		s := newSession(t, d, r, newPhrase(t))
		check(t, s.Write("report"))
		_, err := s.Send(t.Context())
		check(t, err)
		l, err := newClient(t, d, r).Load(t.Context(), kit.Week)
		check(t, err)
		if after, err := l.Memory().Marshal(); err != nil || !bytes.Equal(after, b) {
			t.Errorf("after a report it is %s", after)
		}
	})
	t.Run("drops of more than a month ago are forgotten", func(t *testing.T) {
		old := m
		c, err := kit.New(kit.Config{Relay: r.URL, Root: d.public(), Now: (day + 19).Time, Memory: &old})
		check(t, err)
		l, err := c.Load(t.Context(), kit.Week)
		check(t, err)
		if got := len(l.Memory().Drops); got != 2 {
			t.Errorf("after 19 days it has %d drops", got)
		}
		old.Drops = slices.Clone(m.Drops)
		old.Drops[0].Day = day - 12
		c, err = kit.New(kit.Config{Relay: r.URL, Root: d.public(), Now: (day + 19).Time, Memory: &old})
		check(t, err)
		l, err = c.Load(t.Context(), kit.Week)
		check(t, err)
		if got := len(l.Memory().Drops); got != 1 {
			t.Errorf("after 31 days it has %d drops", got)
		}
	})
	for name, text := range map[string]string{
		"nothing":      "",
		"another form": strings.Replace(string(b), "hearsay-seen-1", "hearsay-seen-2", 1),
		"more":         string(b) + " ",
		"a slot":       strings.Replace(string(b), `"slot":0`, `"slot":3`, 1),
		"no digest":    strings.Replace(string(b), `"digest":"`, `"digest":"0`, 1),
		"too much":     strings.Repeat(" ", 1<<16) + string(b),
	} {
		t.Run("refused: "+name, func(t *testing.T) {
			if _, err := kit.ParseMemory([]byte(text)); !errors.Is(err, kit.ErrMemory) {
				t.Errorf("ParseMemory = %v", err)
			}
		})
	}
}

func FuzzMemory(f *testing.F) {
	m := kit.Memory{Serial: 7, Day: day, Drops: []kit.SeenDrop{{Slot: 0, Day: day - 1}, {Slot: 1, Day: day}}}
	b, err := m.Marshal()
	check(f, err)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := kit.ParseMemory(b)
		if err != nil {
			return
		}
		if again, err := m.Marshal(); err != nil || !bytes.Equal(again, b) {
			t.Errorf("taken, and written otherwise: %s", again)
		}
	})
}

func TestWaitingFile(t *testing.T) {
	payload, chunk := make([]byte, envelope.PayloadSize), make([]byte, envelope.ChunkSize)
	payload[3], chunk[3] = 1, 2
	w := kit.Waiting{Desk: envelope.DeskID{9}, Day: day, Sealed: [][]byte{payload, chunk, chunk}}
	b, err := w.Marshal()
	check(t, err)
	again, err := kit.ParseWaiting(b)
	if err != nil || fmt.Sprint(again) != fmt.Sprint(w) {
		t.Errorf("read back otherwise, %v", err)
	}
	for name, b := range map[string][]byte{
		"nothing": nil, "a byte less": b[:len(b)-1], "a byte more": append(bytes.Clone(b), 0),
		"another file": make([]byte, len(b)), "filler": func() []byte { c := bytes.Clone(b); c[50] = 1; return c }(),
		"other counts":  func() []byte { c := bytes.Clone(b); c[45], c[47] = 2, 1; return c }(),
		"nothing in it": b[:64],
	} {
		if _, err := kit.ParseWaiting(b); !errors.Is(err, kit.ErrWaitingFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, sealed := range map[string][][]byte{"nothing": nil, "what is neither": {make([]byte, 5)}, "too much": slices.Repeat([][]byte{payload}, 256)} {
		if _, err := (kit.Waiting{Sealed: sealed}).Marshal(); !errors.Is(err, kit.ErrWaitingFile) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for after, want := range map[envelope.Epoch]bool{0: true, 8: true, 9: false} {
		if w.StillOpens(day+after) != want {
			t.Errorf("after %d days: %v", after, !want)
		}
	}
}

func FuzzWaiting(f *testing.F) {
	b, err := kit.Waiting{Desk: envelope.DeskID{9}, Day: day, Sealed: [][]byte{make([]byte, envelope.PayloadSize)}}.Marshal()
	check(f, err)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		w, err := kit.ParseWaiting(b)
		if err != nil {
			return
		}
		if again, err := w.Marshal(); err != nil || !bytes.Equal(again, b) {
			t.Error("taken, and written otherwise")
		}
	})
}

const page = `<!doctype html><html><head><title>x</title><style>p{}</style>
<script type="application/json" id="config">{"format":"hearsay-kit-1","name":"The </b> Desk","root":"%x","relay":"http://example.onion","serial":3,"days":1}</script>
</head><body><script>let a = 1</script></body></html>`

func TestPage(t *testing.T) {
	root := newDesk(t, 1).public()
	good := fmt.Sprintf(page, root)
	p, err := kit.ParsePage([]byte(good))
	if err != nil || !p.Root.Equal(root) || p.Relay != "http://example.onion" || p.Serial != 3 || p.Name != "The </b> Desk" {
		t.Errorf("%+v, %v", p, err)
	}
	t.Run("the first configuration counts, as in a browser", func(t *testing.T) {
		other := fmt.Sprintf(page, newDesk(t, 1).public())
		if p, err := kit.ParsePage([]byte(good + other)); err != nil || !p.Root.Equal(root) {
			t.Errorf("%+v, %v", p, err)
		}
	})
	for name, text := range map[string]string{
		"nothing":              "",
		"no kit":               "<html></html>",
		"one that never ends":  strings.ReplaceAll(good, "</script>", ""),
		"another form":         strings.Replace(good, "hearsay-kit-1", "hearsay-kit-2", 1),
		"a short key":          strings.Replace(good, `"root":"`, `"root":"00`, 1),
		"a field more":         strings.Replace(good, `"days":1`, `"days":1,"proxy":"x"`, 1),
		"two documents":        strings.Replace(good, `"days":1}`, `"days":1}{}`, 1),
		"a long configuration": strings.Replace(good, `"name":"`, `"name":"`+strings.Repeat("x", 1<<12), 1),
	} {
		if _, err := kit.ParsePage([]byte(text)); !errors.Is(err, kit.ErrPage) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzPage(f *testing.F) {
	f.Add([]byte(fmt.Sprintf(page, make([]byte, 32))))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := kit.ParsePage(b)
		if err == nil && len(p.Root) != 32 {
			t.Error("a key of another length")
		}
	})
}
