package desk

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"hearsay/desk/internal/casebook"
	"hearsay/envelope"
)

// hear has the desk open a source's report and give the source a name.
func (s *stand) hear(source *envelope.Source, name, text string) {
	s.t.Helper()
	s.relay.deliver(s.epoch(), s.seal(source, text))
	s.pulls()
	line := s.book.Inbox().Reports[0]
	id, err := s.book.FindSource(line.Source.Handle)
	if err == nil {
		err = s.book.Name(s.t.Context(), "ana", id, name, "")
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *stand) pulls() Pulled {
	s.t.Helper()
	pulled, err := s.Pull(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	return pulled
}

func (s *stand) answers(to, text string) {
	s.t.Helper()
	if _, err := s.Reply(s.t.Context(), "ana", to, text, false); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stand) drops() {
	s.t.Helper()
	if _, err := s.Drop(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stand) nextDay() {
	s.t.Helper()
	s.clock = s.clock.AddDate(0, 0, 1)
	if _, err := s.Morning(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// published are the drops that the relay took, by their day. Two differing ones
// of a day would be signed proof of misconduct.
func (s *stand) published() map[envelope.Epoch]*envelope.Drop {
	s.t.Helper()
	c, _, err := s.charter()
	if err != nil {
		s.t.Fatal(err)
	}
	days := map[envelope.Epoch]*envelope.Drop{}
	for _, b := range s.relay.bodiesOf(envelope.PathPublishDrop) {
		d, err := envelope.ParseDrop(s.keys.Public().Desk, c.Editors[0], dropRows, b)
		if err != nil {
			s.t.Fatal(err)
		}
		if first := days[d.Epoch]; first != nil && first.Digest != d.Digest {
			s.t.Errorf("two drops of %s differ", d.Epoch)
		}
		days[d.Epoch] = d
	}
	return days
}

// read is what a source finds in all that was published: each text with its day.
func (s *stand) read(source *envelope.Source) (found []string) {
	s.t.Helper()
	drops := s.published()
	var days []envelope.Epoch
	for day := range drops {
		days = append(days, day)
	}
	slices.Sort(days)
	for _, day := range days {
		parts := map[[16]byte][]*envelope.Message{}
		var order [][16]byte
		for _, m := range source.Replies(drops[day], s.roster().Blocks[0].LongTerm) {
			if len(parts[m.ID]) == 0 {
				order = append(order, m.ID)
			}
			parts[m.ID] = append(parts[m.ID], m)
		}
		for _, id := range order {
			text, err := envelope.Join(parts[id])
			if err != nil {
				s.t.Errorf("a reply of %s comes in pieces: %v", day, err)
			}
			found = append(found, fmt.Sprintf("%d %.9s", day-envelope.EpochOf(noon), text))
		}
	}
	slices.Sort(found)
	return found
}

func TestReplies(t *testing.T) {
	s := newStand(t, true)
	wren, rook := s.source(), s.source()
	s.hear(wren, "WREN", "One.")
	s.hear(rook, "ROOK", "Two.")
	t.Run("a reply waits for the drop, and only its source can read it", func(t *testing.T) {
		s.answers("WREN", "to wren")
		if n := s.relay.paths(envelope.PathPublishDrop); n != 0 {
			t.Errorf("a reply made %d drops go out", n)
		}
		s.drops()
		if got := s.read(wren); !slices.Equal(got, []string{"0 to wren"}) {
			t.Errorf("%q", got)
		}
		if got := s.read(rook); len(got) != 0 {
			t.Errorf("somebody else reads %q", got)
		}
	})
	t.Run("after the drop of the day it waits for the next", func(t *testing.T) {
		queued, err := s.Reply(t.Context(), "ana", "ROOK", "to rook", false)
		if err != nil || queued.Goes == nil || int64(*queued.Goes) != int64(s.epoch())+1 || queued.Parts != 1 {
			t.Errorf("%+v, %v", queued, err)
		}
		s.drops()
		if got := s.read(rook); len(got) != 0 {
			t.Errorf("%q", got)
		}
		s.nextDay()
		s.drops()
		if got := s.read(rook); !slices.Equal(got, []string{"1 to rook"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("what the relay did not take goes out later, the same", func(t *testing.T) {
		s.nextDay()
		s.answers("WREN", "again to wren")
		s.relay.instead(func(path string) (int, []byte) {
			if path == envelope.PathPublishDrop {
				return http.StatusServiceUnavailable, envelope.Answer(envelope.Unavailable)
			}
			return 0, nil
		})
		if _, err := s.Drop(t.Context()); !errors.Is(err, ErrRefused) {
			t.Errorf("%v", err)
		}
		signed := read(t, s.dropFile(s.epoch()))
		s.relay.instead(nil)
		s.reopen()
		s.nextDay()
		s.answers("ROOK", "later to rook")
		s.drops()
		all := s.relay.bodiesOf(envelope.PathPublishDrop)
		if n := len(all); !bytes.Equal(all[n-2], signed) {
			t.Error("yesterday's drop did not go out first, as it was signed")
		}
		if got := s.read(wren); !slices.Equal(got, []string{"0 to wren", "2 again to "}) {
			t.Errorf("%q", got)
		}
		if got := s.read(rook); !slices.Equal(got, []string{"1 to rook", "3 later to "}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("a desk without a relay signs its drops for the drives that go out", func(t *testing.T) {
		s.answers("WREN", "by drive")
		s.relay.Close()
		s.Desk.mail = nil
		s.clock = s.clock.AddDate(0, 0, 1)
		if err := s.offlineDrop(t.Context()); err != nil {
			t.Fatal(err)
		}
		drops, err := s.publishedDrops()
		if err != nil || len(drops) == 0 {
			t.Fatalf("%d drops, %v", len(drops), err)
		}
		d, err := envelope.ParseDrop(s.keys.Public().Desk, s.keys.Public().Editor, dropRows, drops[0])
		if err != nil || d.Epoch != s.epoch() || len(wren.Replies(d, s.roster().Blocks[0].LongTerm)) != 1 {
			t.Errorf("of %s: %v", d.Epoch, err)
		}
	})
}

// TestFitIsWhatIsSealed: how a page says that a text fits is how it is cut.
func TestFitIsWhatIsSealed(t *testing.T) {
	s := newStand(t, true)
	source := s.source()
	s.hear(source, "WREN", "One.")
	next := s.book.NextDrop(1, 0)
	contact, err := envelope.ParseContact(next.Inboxes[0])
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.Repeat(rapid.SampledFrom([]string{"x", "é", "가", "😀", "a가"}).Draw(rt, "characters"), rapid.IntRange(1, 5000).Draw(rt, "times"))
		fit := casebook.FitOf(text)
		rows, err := s.keys.SealReply(contact, text)
		if fits := fit.Over == 0; fits != (err == nil) || fits && len(rows) != fit.Parts {
			rt.Errorf("%d bytes: %+v, and %d rows, %v", len(text), fit, len(rows), err)
		}
		if more := text + strings.Repeat("x", fit.Left); fit.Over == 0 && casebook.FitOf(more).Over > 0 {
			rt.Errorf("%d bytes and %d more do not fit", len(text), fit.Left)
		}
	})
}

// childEnv asks the test binary to be a desk that publishes the drop of a day.
const childEnv = "HEARSAY_DESK_DROPS"

func TestMain(m *testing.M) {
	if place := os.Getenv(childEnv); place != "" {
		if err := dropOnce(place); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// dropOnce says when it begins, so that it can be killed from then on.
func dropOnce(place string) error {
	dir, rest, _ := strings.Cut(place, "|")
	relay, at, _ := strings.Cut(rest, "|")
	now, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return err
	}
	d, err := Open(context.Background(), Options{
		Dir: filepath.Join(dir, "desk"), Keyslot: filepath.Join(dir, "keyslot"), Passphrase: "a vault", Relay: relay,
		Press: press, Now: func() time.Time { return now }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		return err
	}
	fmt.Println("begins")
	_, err = d.Drop(context.Background())
	return errors.Join(err, d.Close())
}

// TestKilledDrops: a desk that is killed while it makes or publishes a drop has
// sent nothing twice and lost nothing when it goes on.
func TestKilledDrops(t *testing.T) {
	s := newStand(t, true)
	wren, rook := s.source(), s.source()
	s.hear(wren, "WREN", "One.")
	s.hear(rook, "ROOK", "Two.")
	var wantWren, wantRook []string
	moments := []string{"at once", "when the relay is asked", "when the drop lies there", "before the relay has it", "once the relay has it"}
	for day := range 2 * len(moments) {
		moment := moments[day%len(moments)]
		s.answers("WREN", fmt.Sprintf("wren %d, %s", day, strings.Repeat("x", 3000)))
		s.answers("ROOK", fmt.Sprintf("rook %d, %s", day, strings.Repeat("x", 3000)))
		wantWren = append(wantWren, fmt.Sprintf("%d wren %d, %s", day, day, "xxxxx"))
		wantRook = append(wantRook, fmt.Sprintf("%d rook %d, %s", day, day, "xxxxx"))
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		kill := make(chan bool, 8)
		s.relay.tap(func(path string, taken bool) {
			switch {
			case moment == "when the relay is asked" && path == envelope.PathStatus && !taken,
				moment == "before the relay has it" && path == envelope.PathPublishDrop && !taken,
				moment == "once the relay has it" && path == envelope.PathPublishDrop && taken:
				kill <- true
			}
		})
		s.killDrop(t, moment, kill)
		s.relay.tap(nil)
		s.open()
		s.drops()
		if drop := s.published()[s.epoch()]; drop == nil {
			t.Fatalf("killed %s, the desk published no drop that day", moment)
		}
		s.nextDay()
	}
	for _, tt := range []struct {
		who  *envelope.Source
		want []string
	}{{wren, wantWren}, {rook, wantRook}} {
		for i := range tt.want {
			tt.want[i] = fmt.Sprintf("%.11s", tt.want[i])
		}
		got := s.read(tt.who)
		for i := range got {
			got[i] = fmt.Sprintf("%.11s", got[i])
		}
		slices.Sort(tt.want)
		if !slices.Equal(got, tt.want) {
			t.Errorf("read %q, want %q", got, tt.want)
		}
	}
}

// killDrop runs the errand in a process of its own and kills that at a moment.
func (s *stand) killDrop(t *testing.T, moment string, kill <-chan bool) {
	t.Helper()
	child := exec.CommandContext(t.Context(), os.Args[0])
	child.Env = append(os.Environ(), childEnv+"="+strings.Join([]string{s.dir, s.relay.URL, s.clock.Format(time.RFC3339)}, "|"))
	out, err := child.StdoutPipe()
	if err == nil {
		child.Stderr = os.Stderr
		err = child.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatalf("the desk's process does not begin: %v", lines.Err())
	}
	ended := make(chan error, 1)
	go func() {
		_, _ = io.Copy(io.Discard, out)
		ended <- child.Wait()
	}()
	switch moment {
	case "at once":
	case "when the drop lies there":
		for file := s.dropFile(s.epoch()); ; {
			if _, err := os.Stat(file); err == nil {
				break
			}
		}
	default:
		<-kill
	}
	_ = child.Process.Kill() // it may have ended by itself
	<-ended
}
