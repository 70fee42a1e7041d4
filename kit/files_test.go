package kit_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"hearsay/envelope"
	"hearsay/kit"
	"hearsay/kit/strip"
)

// cleanFile is as many bytes as are asked for, of no meaning.
func cleanFile(kind strip.Kind, size int) strip.Clean {
	lot, b := rand.New(rand.NewPCG(uint64(size), 1)), make([]byte, size)
	for i := range b {
		b[i] = byte(lot.Uint32())
	}
	return strip.Clean{Kind: kind, Data: b}
}

// gather puts the files of a manifest together from chunks, as a desk does.
func gather(t *testing.T, d *desk, m *envelope.Message, chunks [][]byte) map[string][]byte {
	t.Helper()
	manifest, err := envelope.ParseManifest(m.Body())
	check(t, err)
	files := map[string][]byte{}
	for _, f := range manifest.Files {
		var data []byte
		for i := range f.Chunks {
			for _, c := range chunks {
				if part, err := envelope.OpenChunk(d.id, f.Key, i, f.Chunks, c); err == nil {
					data = append(data, part...)
					break
				}
			}
		}
		if int64(len(data)) < f.Size {
			t.Fatalf("of %d bytes %d are there", f.Size, len(data))
		}
		if data = data[:f.Size]; sha256.Sum256(data) != f.Digest {
			t.Fatal("another file")
		}
		files[f.Name] = data
	}
	return files
}

func TestFiles(t *testing.T) {
	d := newDesk(t, 2)
	for _, tt := range []struct {
		name  string
		sizes []int // in bytes
		sent  int   // chunks
	}{
		{"one byte, one chunk", []int{1}, 1},
		{"a full chunk", []int{envelope.ChunkData}, 1},
		{"two chunks go as four", []int{envelope.ChunkData + 1}, 4},
		{"five of two files go as sixteen", []int{2 * envelope.ChunkData, 2*envelope.ChunkData + 1}, 16},
		{"seventeen go as sixty-four", []int{17 * envelope.ChunkData}, 64},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := newRelay(t, d)
			s := newSession(t, d, r, newPhrase(t))
			var files []strip.Clean
			for _, size := range tt.sizes {
				files = append(files, cleanFile(strip.Photo, size))
			}
			check(t, s.Report("see the pictures", files...))
			if got := s.ChunksAhead(); got != tt.sent {
				t.Errorf("it says that %d chunks will go", got)
			}
			sent, err := s.Send(t.Context())
			check(t, err)
			if len(r.deposits) != 3 || len(r.chunks) != tt.sent {
				t.Errorf("%d deposits, %d chunks", len(r.deposits), len(r.chunks))
			}
			if n := kit.Chunks(files...); sent != (kit.Sent{Taken: 2, ChunksTaken: n}) {
				t.Errorf("%+v", sent)
			}
			for slot := range d.editors {
				var report, manifest *envelope.Message
				for _, m := range d.opened(slot, envelope.Daily, r.deposits...) {
					if m.Type == envelope.Manifest {
						manifest = m
					} else {
						report = m
					}
				}
				if m, err := envelope.ParseManifest(manifest.Body()); err != nil || m.Report != report.ID || string(report.Body()) != "see the pictures" {
					t.Errorf("the manifest is of another report, %v", err)
				}
				got := gather(t, d, manifest, r.chunks)
				for i, f := range files {
					if !bytes.Equal(got[fmt.Sprintf("photo-%d.jpg", i+1)], f.Data) {
						t.Errorf("editor %d has another file %d", slot, i+1)
					}
				}
			}
		})
	}
	t.Run("names say what a file is and nothing else", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		check(t, s.Report("", cleanFile(strip.Text, 5), cleanFile(strip.Document, 6), cleanFile(strip.Text, 7), cleanFile(strip.Picture, 8)))
		_, err := s.Send(t.Context())
		check(t, err)
		m := d.opened(0, envelope.Daily, r.deposits...)
		if len(m) != 1 || m[0].Type != envelope.Manifest {
			t.Fatalf("%d messages", len(m))
		}
		var names []string
		for name := range gather(t, d, m[0], r.chunks) {
			names = append(names, name)
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != "document-1.pdf picture-1.png text-1.txt text-2.txt" {
			t.Errorf("names are %s", got)
		}
	})
	t.Run("what is too much is refused before anything is sealed", func(t *testing.T) {
		s := newSession(t, d, newRelay(t, d), newPhrase(t))
		small := cleanFile(strip.Text, 1)
		for name, err := range map[string]error{
			"65 chunks":  s.Report("x", cleanFile(strip.Photo, 65*envelope.ChunkData)),
			"17 files":   s.Report("x", slices.Repeat([]strip.Clean{small}, 17)...),
			"long words": s.Report(strings.Repeat("a", 2*envelope.MaxBody+1), small),
		} {
			if !errors.Is(err, kit.ErrTooMuch) || len(s.Waiting()) != 0 {
				t.Errorf("%s: %v, %d wait", name, err, len(s.Waiting()))
			}
		}
	})
	t.Run("between chunks there are gaps of their own", func(t *testing.T) {
		r := newRelay(t, d)
		var story []string
		tell := func(what string) func(context.Context) error {
			return func(context.Context) error { story = append(story, what); return nil }
		}
		c, err := kit.New(kit.Config{Relay: r.URL, Root: d.public(), Now: day.Time, Gap: tell("gap"), ChunkGap: tell("pause"),
			Progress: func(p kit.Progress) {
				if p.Stage != kit.Loading {
					story = append(story, fmt.Sprintf("%d/%d", p.Done, p.Total))
				}
			}})
		check(t, err)
		l, err := c.Load(t.Context(), kit.Week)
		check(t, err)
		s, err := l.Unlock(newPhrase(t))
		check(t, err)
		check(t, s.Report("", cleanFile(strip.Photo, 2*envelope.ChunkData)))
		_, err = s.Send(t.Context())
		check(t, err)
		if got := strings.Join(story, " "); got != "1/3 gap 2/3 gap 3/3 pause 1/4 pause 2/4 pause 3/4 pause 4/4" {
			t.Errorf("it went %s", got)
		}
	})
}

// A dropped connection costs nothing but time: the very same bytes go again.
func TestFilesResume(t *testing.T) {
	d := newDesk(t, 1)
	t.Run("within the session", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		file := cleanFile(strip.Photo, 3*envelope.ChunkData)
		check(t, s.Report("", file))
		tries := 0
		r.answer = func(_ http.ResponseWriter, req *http.Request) bool {
			if req.URL.Path == envelope.PathChunk {
				if tries++; tries%2 == 1 {
					panic(http.ErrAbortHandler)
				}
			}
			return false
		}
		sent, err := s.Send(t.Context())
		check(t, err)
		if sent.ChunksTaken != 3 || len(r.chunks) != 4 || tries != 8 {
			t.Errorf("%+v, %d chunks, %d tries", sent, len(r.chunks), tries)
		}
	})
	t.Run("in a later session, by what it kept, from nobody new", func(t *testing.T) {
		r := newRelay(t, d)
		p := newPhrase(t)
		s := newSession(t, d, r, p)
		file := cleanFile(strip.Photo, 4*envelope.ChunkData)
		check(t, s.Report("with a picture", file))
		before := s.Waiting()
		r.answer = func(_ http.ResponseWriter, req *http.Request) bool {
			if req.URL.Path == envelope.PathChunk && len(r.chunks) == 2 {
				panic(http.ErrAbortHandler)
			}
			return false
		}
		sent, err := s.Send(t.Context())
		if !errors.Is(err, kit.ErrWaiting) || sent != (kit.Sent{Taken: 2, ChunksTaken: 2, ChunksWaiting: 2}) {
			t.Fatalf("%+v, %v", sent, err)
		}
		if got := s.States(); !slices.Equal(got, []kit.State{kit.NotYet}) {
			t.Errorf("it is %v", got)
		}
		kept, err := kit.Waiting{Desk: d.id, Day: day, Sealed: s.Waiting()}.Marshal()
		check(t, err)
		w, err := kit.ParseWaiting(kept)
		check(t, err)
		for _, b := range w.Sealed {
			if !slices.ContainsFunc(before, func(c []byte) bool { return bytes.Equal(b, c) }) {
				t.Error("other bytes wait than were sealed")
			}
		}
		r.mu.Lock()
		r.answer = nil
		r.mu.Unlock()
		next := newSession(t, d, r, p, w.Sealed...)
		if sent, err = next.Send(t.Context()); err != nil || sent != (kit.Sent{ChunksTaken: 2}) {
			t.Fatalf("%+v, %v", sent, err)
		}
		var manifest *envelope.Message
		authors := map[envelope.Author]bool{}
		for _, m := range d.opened(0, envelope.Daily, r.deposits...) {
			authors[m.Author] = true
			if m.Type == envelope.Manifest {
				manifest = m
			}
		}
		if got := gather(t, d, manifest, r.chunks); len(authors) != 1 || !bytes.Equal(got["photo-1.jpg"], file.Data) {
			t.Errorf("%d authors, or another file", len(authors))
		}
	})
	t.Run("a refusal is not asked again", func(t *testing.T) {
		r := newRelay(t, d)
		s := newSession(t, d, r, newPhrase(t))
		check(t, s.Report("", cleanFile(strip.Photo, 1)))
		tries := 0
		r.refuse = func(int) envelope.AnswerCode { return envelope.Unavailable }
		r.answer = func(_ http.ResponseWriter, req *http.Request) bool {
			if req.URL.Path == envelope.PathChunk {
				tries++
			}
			return false
		}
		if sent, err := s.Send(t.Context()); !errors.Is(err, kit.ErrWaiting) || tries != 1 || sent != (kit.Sent{Waiting: 1, ChunksWaiting: 1}) {
			t.Errorf("%+v, %v, %d tries", sent, err, tries)
		}
	})
}

func TestStates(t *testing.T) {
	d := newDesk(t, 1)
	r := newRelay(t, d)
	p := newPhrase(t)
	s := newSession(t, d, r, p)
	check(t, s.Write(strings.Repeat("a", 2*envelope.MaxBody)))
	check(t, s.Write("b"))
	check(t, s.Write("c")) // the fourth deposit
	if got := fmt.Sprint(s.States()); got != "[not yet not yet not yet]" {
		t.Errorf("before it is sent: %s", got)
	}
	_, err := s.Send(t.Context())
	check(t, err)
	if got := fmt.Sprint(s.States()); got != "[taken taken not yet]" {
		t.Errorf("after it is sent: %s", got)
	}
	contact := d.opened(0, envelope.Daily, r.deposits...)[0].Contact
	r.publish(t, d, 0, [32]byte{}, envelope.DropContent{Epoch: day, Acks: []envelope.Ack{contact.Ack(0, day)}})
	for since, want := range map[envelope.Epoch]kit.State{day - 1: kit.Arrived, day: kit.Arrived, day + 1: kit.NotYet} {
		if got := newSession(t, d, r, p).Since(since); got != want {
			t.Errorf("since %v: %v, want %v", since, got, want)
		}
		if got := newSession(t, d, r, newPhrase(t)).Since(since); got != kit.NotYet {
			t.Errorf("other words, since %v: %v", since, got)
		}
	}
}

func TestRoom(t *testing.T) {
	d := newDesk(t, 1)
	s := newSession(t, d, newRelay(t, d), newPhrase(t))
	t.Run("what fits can be sealed, and nothing else", func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			parts := rapid.IntRange(1, 4).Draw(t, "parts")
			near := rapid.IntRange(-5, 5).Draw(t, "near")
			text := rapid.StringOfN(rapid.SampledFrom([]rune("a가🙂é")), 0, 8, -1).Draw(t, "text") +
				strings.Repeat(rapid.SampledFrom([]string{"a", "가", "🙂"}).Draw(t, "letter"), max(0, parts*envelope.MaxBody+near)/4)
			text += strings.Repeat("a", max(0, parts*envelope.MaxBody+near-len(text)))
			for files := range 2 {
				var clean []strip.Clean
				if files == 1 {
					clean = []strip.Clean{{Kind: strip.Text, Data: []byte("x")}}
				}
				room := kit.RoomFor(text, files == 1)
				if err := s.Report(text, clean...); room.Fits != (err == nil) {
					t.Fatalf("%+v, but %v", room, err)
				}
				if room.Fits {
					filled := text + strings.Repeat("a", room.Left)
					if r := kit.RoomFor(filled, files == 1); !r.Fits || r.Left != 0 {
						t.Fatalf("%+v, filled %+v", room, r)
					}
				}
			}
		})
	})
	for _, tt := range []struct {
		text   string
		files  bool
		left   int
		hangul int
		parts  int
	}{
		{"", false, 9870, 3290, 0},
		{"", true, 6580, 2193, 0},
		{strings.Repeat("가", 1096), false, 9870 - 3288, 2194, 1},
		{strings.Repeat("가", 1097), false, 2*3290 - 3, 2192, 2},
		{strings.Repeat("a", 9871), false, -1, 0, 4},
	} {
		if r := kit.RoomFor(tt.text, tt.files); r.Left != tt.left || r.Hangul() != tt.hangul || r.Parts != tt.parts {
			t.Errorf("%d bytes: %+v, %d in Korean", len(tt.text), r, r.Hangul())
		}
	}
}

func TestRollover(t *testing.T) {
	d := newDesk(t, 2)
	r := newRelay(t, d)
	before, after := newPhrase(t), newPhrase(t)
	s := newSession(t, d, r, before)
	t.Run("not while something waits", func(t *testing.T) {
		s := newSession(t, d, r, before)
		check(t, s.Write("first this"))
		if err := s.Rollover(after); !errors.Is(err, kit.ErrUnsent) {
			t.Errorf("Rollover = %v", err)
		}
	})
	t.Run("not to the same words, in whatever order", func(t *testing.T) {
		paper, err := kit.PaperVersion(before)
		check(t, err)
		for _, p := range []envelope.Phrase{before, paper} {
			if err := s.Rollover(p); !errors.Is(err, envelope.ErrRollover) || len(s.Waiting()) != 0 {
				t.Errorf("Rollover = %v", err)
			}
		}
	})
	check(t, s.Rollover(after))
	t.Run("nothing follows it", func(t *testing.T) {
		for _, err := range []error{s.Write("more"), s.Rollover(newPhrase(t))} {
			if !errors.Is(err, kit.ErrRolled) {
				t.Errorf("%v", err)
			}
		}
	})
	t.Run("the relay sees a session like any", func(t *testing.T) {
		sent, err := s.Send(t.Context())
		check(t, err)
		if len(r.deposits) != 3 || sent != (kit.Sent{Taken: 1}) {
			t.Errorf("%d deposits, %+v", len(r.deposits), sent)
		}
	})
	t.Run("every editor learns the new words' keys, under the old ones", func(t *testing.T) {
		first := newSession(t, d, r, after)
		check(t, first.Write("under the new words"))
		_, err := first.Send(t.Context())
		check(t, err)
		for slot := range d.editors {
			var successor envelope.Successor
			var next *envelope.Message
			for _, m := range d.opened(slot, envelope.Daily, r.deposits...) {
				if m.Type == envelope.Rollover {
					if successor, err = envelope.ParseRollover(d.id, m.Body()); err != nil || !m.Endorsed(d.id) {
						t.Errorf("the rollover: %v", err)
					}
				} else {
					next = m
				}
			}
			if next.Contact != successor.Contact || next.Author != successor.Author {
				t.Errorf("editor %d does not know the new words again", slot)
			}
		}
	})
	t.Run("the old session is closed", func(t *testing.T) {
		if err := s.Write("more"); !errors.Is(err, kit.ErrClosed) {
			t.Errorf("Write = %v", err)
		}
	})
	t.Run("unless the relay has not taken it", func(t *testing.T) {
		r := newRelay(t, d)
		r.refuse = func(int) envelope.AnswerCode { return envelope.Unavailable }
		s := newSession(t, d, r, before)
		check(t, s.Rollover(after))
		if _, err := s.Send(t.Context()); !errors.Is(err, kit.ErrWaiting) || len(s.Waiting()) != 1 {
			t.Fatalf("Send = %v", err)
		}
		r.mu.Lock()
		r.refuse = nil
		r.mu.Unlock()
		if sent, err := newSession(t, d, r, before, s.Waiting()...).Send(t.Context()); err != nil || sent.Taken != 1 {
			t.Errorf("in a later session: %+v, %v", sent, err)
		}
	})
}
