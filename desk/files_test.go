package desk

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearsay/desk/internal/casebook"
	"hearsay/desk/internal/web"
	"hearsay/envelope"
)

// attached is a file as a kit sends it.
type attached struct {
	file   envelope.File
	body   []byte
	chunks [][]byte
}

// attach cuts a file of random bytes into its chunks.
func (s *stand) attach(name string, size int) attached {
	s.t.Helper()
	a := attached{body: make([]byte, size)}
	_, _ = rand.Read(a.body) // never fails
	n := (size + envelope.ChunkData - 1) / envelope.ChunkData
	a.file = envelope.File{Key: envelope.NewFileKey(), Size: int64(size), Chunks: n, Digest: sha256.Sum256(a.body), Name: name}
	i := 0
	for data := range slices.Chunk(a.body, envelope.ChunkData) {
		chunk, err := envelope.SealChunk(s.keys.Public().Desk, a.file.Key, i, n, data)
		if err != nil {
			s.t.Fatal(err)
		}
		a.chunks = append(a.chunks, chunk)
		i++
	}
	return a
}

func (s *stand) manifest(source *envelope.Source, class envelope.Class, of ...attached) []byte {
	s.t.Helper()
	var m envelope.ManifestBody
	for _, a := range of {
		m.Files = append(m.Files, a.file)
	}
	payload, err := source.SealManifest(s.roster(), class, m)
	if err != nil {
		s.t.Fatal(err)
	}
	return payload
}

// files says of every file how far it has come, and gives those that are whole.
func (s *stand) files() (states []string, bodies [][]byte) {
	s.t.Helper()
	for _, f := range s.book.Files() {
		have, err := works{s.Desk}.Parts(s.t.Context(), f.Place.Manifest)
		if err != nil {
			s.t.Fatal(err)
		}
		states = append(states, fmt.Sprintf("%s %s%d/%d", f.Name, f.State, have[f.Place.File], f.Chunks))
		_, body, err := works{s.Desk}.File(s.t.Context(), f.Place.Manifest, f.Place.File+1)
		if f.State == casebook.Whole && err == nil {
			bodies = append(bodies, body)
		} else if !errors.Is(err, web.ErrNotWhole) {
			s.t.Errorf("%s, %q: %v", f.Name, f.State, err)
		}
	}
	return states, bodies
}

// has returns of how many chunks there is one with its name.
func (s *stand) has(chunks ...[]byte) int {
	s.t.Helper()
	var locators [][32]byte
	for _, c := range chunks {
		locators = append(locators, [32]byte(c))
	}
	n, err := s.store.HasChunks(s.t.Context(), locators)
	if err != nil {
		s.t.Fatal(err)
	}
	return n
}

func (s *stand) comes(want ...string) [][]byte {
	s.t.Helper()
	states, bodies := s.files()
	if !slices.Equal(states, want) {
		s.t.Errorf("files %q, want %q", states, want)
	}
	return bodies
}

func TestFiles(t *testing.T) {
	t.Run("chunks and manifest make a file, in whatever order and on whatever days they come", func(t *testing.T) {
		s := newStand(t, true)
		photo := s.attach("photo-1.jpg", 150_000)
		s.relay.deliverChunks(s.epoch(), photo.chunks[2], envelope.FillChunk(), photo.chunks[0])
		s.pulls()
		s.comes()
		s.nextDay()
		s.relay.deliver(s.epoch(), s.manifest(s.source(), envelope.Daily, photo))
		if pulled := s.pulls(); pulled.Files != 1 || pulled.Whole != 0 {
			t.Errorf("%+v", pulled)
		}
		s.comes("photo-1.jpg 2/3")
		s.reopen()
		s.nextDay()
		s.relay.deliverChunks(s.epoch(), photo.chunks[1], photo.chunks[0])
		if pulled := s.pulls(); pulled.Whole != 1 {
			t.Errorf("%+v", pulled)
		}
		s.reopen()
		if got := s.comes("photo-1.jpg whole3/3"); !bytes.Equal(got[0], photo.body) {
			t.Error("it is another file")
		}
		for _, c := range photo.chunks {
			if left := s.has(c); left != 0 {
				t.Errorf("%d of its chunks are left", left)
			}
		}
	})
	t.Run("a day is done only once its chunks are kept", func(t *testing.T) {
		s := newStand(t, true)
		photo := s.attach("a", 70_000)
		s.relay.deliverChunks(s.epoch(), photo.chunks...)
		for range envelope.ChunkPage { // more than a page
			s.relay.deliverChunks(s.epoch(), envelope.FillChunk())
		}
		s.nextDay()
		s.relay.before = func(_, path string) {
			if path == envelope.DonePath(s.epoch()-1) {
				for _, c := range photo.chunks {
					if kept := s.has(c); kept != 1 {
						t.Errorf("when the relay is told, %d are kept", kept)
					}
				}
			}
		}
		s.pulls()
		if s.relay.paths(envelope.DonePath(s.epoch()-1)) != 1 {
			t.Error("the relay is not told")
		}
	})
	t.Run("a page of chunks that is none loses nothing", func(t *testing.T) {
		s := newStand(t, true)
		photo := s.attach("a", 70_000)
		s.relay.deliverChunks(s.epoch(), photo.chunks...)
		s.nextDay()
		s.relay.instead(func(path string) (int, []byte) {
			if strings.HasPrefix(path, "/v1/chunks/") {
				return 200, []byte("<html>")
			}
			return 0, nil
		})
		if _, err := s.Pull(t.Context()); !errors.Is(err, ErrRelay) || s.relay.paths("/v1/done/") != 0 {
			t.Errorf("%v", err)
		}
		s.relay.instead(nil)
		s.relay.deliver(s.epoch(), s.manifest(s.source(), envelope.Daily, photo))
		if pulled := s.pulls(); pulled.Whole != 1 {
			t.Errorf("%+v", pulled)
		}
	})
	t.Run("what somebody puts under its name does not stop it", func(t *testing.T) {
		s := newStand(t, true)
		photo := s.attach("a", 70_000)
		for _, c := range photo.chunks {
			other := bytes.Clone(c)
			other[100] ^= 1
			s.relay.deliverChunks(s.epoch(), other)
		}
		s.relay.deliver(s.epoch(), s.manifest(s.source(), envelope.Daily, photo))
		s.pulls()
		s.comes("a 2/2") // they look as if they were there
		s.relay.deliverChunks(s.epoch(), photo.chunks...)
		s.pulls()
		if got := s.comes("a whole2/2"); !bytes.Equal(got[0], photo.body) {
			t.Error("it is another file")
		}
	})
	t.Run("a file that is not what was announced is damaged", func(t *testing.T) {
		s := newStand(t, true)
		wrong, short := s.attach("digest", 1000), s.attach("size", 1000)
		wrong.file.Digest[0] ^= 1
		short.file.Size--
		s.relay.deliverChunks(s.epoch(), wrong.chunks[0], short.chunks[0])
		s.relay.deliver(s.epoch(), s.manifest(s.source(), envelope.Daily, wrong, short))
		s.pulls()
		s.comes("digest damaged1/1", "size damaged1/1")
	})
	t.Run("a wrong manifest takes no file from a right one", func(t *testing.T) {
		s := newStand(t, true)
		photo := s.attach("a", 1000)
		wrong := photo
		wrong.file.Digest[0] ^= 1
		s.relay.deliverChunks(s.epoch(), photo.chunks...)
		s.relay.deliver(s.epoch(), s.manifest(s.source(), envelope.Daily, wrong))
		s.pulls()
		s.relay.inbox, s.relay.chunks = map[envelope.Epoch][][]byte{}, map[envelope.Epoch][][]byte{}
		s.relay.deliver(s.epoch(), s.manifest(s.source(), envelope.Daily, photo))
		s.pulls()
		s.comes("a damaged1/1", "a whole1/1")
	})
	t.Run("a manifest that comes again has the file at once", func(t *testing.T) {
		s := newStand(t, true)
		photo, source := s.attach("a", 1000), s.source()
		s.relay.deliverChunks(s.epoch(), photo.chunks...)
		s.relay.deliver(s.epoch(), s.manifest(source, envelope.Daily, photo))
		s.pulls()
		s.relay.deliver(s.epoch(), s.manifest(source, envelope.Daily, photo))
		s.pulls()
		s.comes("a whole1/1", "a whole1/1")
	})
	t.Run("one source does not get another's file by its digest", func(t *testing.T) {
		s := newStand(t, true)
		photo, claim := s.attach("a", 1000), s.attach("b", 1000)
		claim.file.Digest = photo.file.Digest
		s.relay.deliverChunks(s.epoch(), photo.chunks...)
		s.relay.deliver(s.epoch(), s.manifest(s.source(), envelope.Daily, photo), s.manifest(s.source(), envelope.Daily, claim))
		s.pulls()
		s.comes("a whole1/1", "b 0/1")
	})
	t.Run("chunks wait as long as their manifest could still be opened, and no longer", func(t *testing.T) {
		s := newStand(t, true)
		kept, late := s.attach("kept", 1000), s.attach("late", 1000)
		source := s.source()
		s.relay.deliverChunks(s.epoch(), kept.chunks[0], late.chunks[0])
		s.pulls()
		s.clock = s.clock.AddDate(0, 0, envelope.RelayKeepsDays)
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.pulls()
		if n := s.has(kept.chunks[0], late.chunks[0]); n != 2 {
			t.Errorf("on the last day %d are left", n)
		}
		s.relay.deliver(s.epoch(), s.manifest(source, envelope.Daily, kept))
		s.pulls()
		s.nextDay()
		s.relay.deliver(s.epoch(), s.manifest(source, envelope.Daily, late))
		s.pulls()
		if n := s.has(late.chunks[0]); n != 0 {
			t.Errorf("%d are left after it", n)
		}
		s.comes("kept whole1/1", "late 0/1")
	})
	t.Run("what floods an open day waits until it is over, and holds up nothing", func(t *testing.T) {
		s := newStand(t, true)
		most := mostOpenChunks
		t.Cleanup(func() { mostOpenChunks = most })
		mostOpenChunks = 1
		photo := s.attach("a", 70_000)
		s.relay.deliverChunks(s.epoch(), photo.chunks...)
		s.relay.deliver(s.epoch(), s.manifest(s.source(), envelope.Daily, photo), s.seal(s.source(), "One."))
		if pulled := s.pulls(); pulled.Reports != 1 || s.has(photo.chunks...) != 0 {
			t.Errorf("%+v, and %d chunks", pulled, s.has(photo.chunks...))
		}
		s.nextDay()
		if pulled := s.pulls(); pulled.Whole != 1 {
			t.Errorf("afterwards %+v", pulled)
		}
	})
	t.Run("manifest by hand, chunks by the relay", func(t *testing.T) {
		s := newStand(t, true)
		photo := s.attach("a", 1000)
		s.relay.deliverChunks(s.epoch(), photo.chunks...)
		s.pulls()
		if _, err := s.keepAll(t.Context(), [][]byte{s.manifest(s.source(), envelope.Courier, photo)}, casebook.ByParcel, s.today()); err != nil {
			t.Fatal(err)
		}
		if whole, err := s.putTogether(t.Context()); whole != 1 || err != nil {
			t.Errorf("%d whole, %v", whole, err)
		}
	})
}

// TestFilesInAnyOrder: whichever way manifests and chunks come, on however many
// pulls, the desk ends with the same files.
func TestFilesInAnyOrder(t *testing.T) {
	s := newStand(t, true)
	source := s.source()
	rapid.Check(t, func(rt *rapid.T) {
		before := len(s.book.Files())
		var pieces [][]byte
		var want [][]byte
		for i := range rapid.IntRange(1, 3).Draw(rt, "files") {
			a := s.attach(fmt.Sprint("f", i), rapid.SampledFrom([]int{1, 65_488, 65_489, 200_000}).Draw(rt, "size"))
			pieces = append(append(pieces, a.chunks...), s.manifest(source, envelope.Daily, a))
			want = append(want, a.body)
		}
		pieces = append(rapid.Permutation(pieces).Draw(rt, "order"), rapid.SliceOfN(rapid.SampledFrom(pieces), 0, 3).Draw(rt, "again")...)
		for _, p := range pieces {
			var err error
			if len(p) == envelope.ChunkSize {
				err = s.keepChunks(t.Context(), [][]byte{p}, casebook.ByRelay, s.today())
			} else {
				_, err = s.keepAll(t.Context(), [][]byte{p}, casebook.ByRelay, s.today())
			}
			if err == nil && rapid.Bool().Draw(rt, "put together") {
				_, err = s.putTogether(t.Context())
			}
			if err != nil {
				rt.Fatal(err)
			}
		}
		if _, err := s.putTogether(t.Context()); err != nil {
			rt.Fatal(err)
		}
		var got [][]byte
		for _, f := range s.book.Files()[before:] {
			_, body, err := works{s.Desk}.File(t.Context(), f.Place.Manifest, 1)
			if err != nil {
				rt.Errorf("%s: %v", f.Name, err)
			}
			got = append(got, body)
		}
		slices.SortFunc(got, bytes.Compare)
		slices.SortFunc(want, bytes.Compare)
		if !slices.EqualFunc(got, want, bytes.Equal) {
			rt.Errorf("%d files, want %d", len(got), len(want))
		}
	})
}

// TestRolloverEndToEnd: real words, real envelopes.
func TestRolloverEndToEnd(t *testing.T) {
	s := newStand(t, true)
	before, after := s.source(), s.source()
	s.hear(before, "WREN", "One.")
	rollover, err := before.SealRollover(s.roster(), envelope.Daily, after)
	if err != nil {
		t.Fatal(err)
	}
	s.relay.deliver(s.epoch(), rollover, rollover, s.seal(after, "Under new words."))
	s.pulls()
	s.answers("WREN", "to the new")
	s.drops()
	if got := s.read(after); len(got) != 1 {
		t.Errorf("the new words read %q", got)
	}
	if got := s.read(before); len(got) != 0 {
		t.Errorf("the old words read %q", got)
	}
	drop := s.published()[s.epoch()]
	if !after.Acked(drop) || before.Acked(drop) {
		t.Errorf("acked: new %v, old %v", after.Acked(drop), before.Acked(drop))
	}
	if sources := s.book.Sources(); len(sources) != 1 || sources[0].Reports != 2 || sources[0].Alarm != "" {
		t.Errorf("%+v", sources)
	}
	s.nextDay()
	s.relay.deliver(s.epoch(), s.seal(before, "Under old words."))
	s.pulls()
	if line := s.book.Inbox().Reports[0]; line.Flag != casebook.AfterRollover {
		t.Errorf("filed %q", line.Flag)
	}
	s.drops()
	if drop := s.published()[s.epoch()]; before.Acked(drop) || after.Acked(drop) {
		t.Error("the old words are confirmed")
	}
}

// TestUnreadMessages: a manifest of a form that this version does not know is
// kept, counted and confirmed.
func TestUnreadMessages(t *testing.T) {
	s := newStand(t, true)
	source := s.source()
	s.hear(source, "WREN", "One.")
	m, err := s.keys.OpenPayloads(t.Context(), [][]byte{s.manifest(source, envelope.Daily, s.attach("a", 10))})
	if err != nil || m[0] == nil {
		t.Fatal(err)
	}
	m[0].Type = envelope.Rollover // whose body it is not
	in, ok := incoming(m[0], s.keys.Public().Desk, casebook.ByRelay, s.today())
	if !ok || in.Unread != uint8(envelope.Rollover) {
		t.Fatalf("read as %d, %v", in.Unread, ok)
	}
	if kept, err := s.book.Receive(t.Context(), []casebook.Incoming{in}); err != nil || kept.Unread != 1 {
		t.Errorf("%+v, %v", kept, err)
	}
	if h, err := (works{s.Desk}).Health(t.Context()); err != nil || h.Unread != 1 {
		t.Errorf("%d unread, %v", h.Unread, err)
	}
}
