package desk

import (
	"net/http"
	"strings"
	"testing"

	"hearsay/envelope"
)

// looks asks that looking at the relay warns of just that, in these words.
func (s *stand) looks(about, words string, urgent bool) {
	s.t.Helper()
	seen, err := s.Look(s.t.Context())
	if err != nil {
		s.t.Fatal(err)
	}
	if len(seen) != 1 || seen[0].About != about || seen[0].Urgent != urgent || !strings.Contains(seen[0].Text, words) {
		s.t.Errorf("it saw %+v, want %s: %s", seen, about, words)
	}
	all, err := s.Warnings()
	if err != nil {
		s.t.Fatal(err)
	}
	told := 0
	for _, w := range all {
		if w == seen[0] {
			told++
		}
	}
	if told != 1 {
		s.t.Errorf("it is told %d times", told)
	}
}

func (s *stand) sees(path string, b []byte) {
	s.relay.instead(func(asked string) (int, []byte) {
		if asked != path {
			return 0, nil
		}
		if b == nil {
			return http.StatusNotFound, envelope.Answer(envelope.Absent)
		}
		return http.StatusOK, b
	})
}

func TestLook(t *testing.T) {
	newPublished := func(t *testing.T) *stand {
		s := newStand(t, true)
		if _, err := s.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		return s
	}
	roster := func(s *stand) []byte { return s.relay.shown(envelope.PathRoster) }
	drop := func(s *stand) string { return envelope.DropPath(0, s.epoch()) }

	t.Run("an honest relay is nothing to warn of", func(t *testing.T) {
		s := newPublished(t)
		if seen, err := s.Look(t.Context()); len(seen) != 0 || err != nil {
			t.Errorf("it saw %+v, %v", seen, err)
		}
	})
	t.Run("a relay that holds back keys, questions or a drop", func(t *testing.T) {
		s := newPublished(t)
		s.sees(envelope.PathRoster, nil)
		s.looks("roster", "holds back", true)
		s.sees(envelope.PathQuestions, nil)
		s.looks("questions", "holds back", false)
		s.sees(drop(s), nil)
		s.looks("drop", "does not show", false)
	})
	t.Run("an old roster: at first a word, later urgent", func(t *testing.T) {
		s := newPublished(t)
		old := roster(s)
		for day := 1; day <= 5; day++ {
			s.clock = s.clock.AddDate(0, 0, 1)
			if _, err := s.Morning(t.Context()); err != nil {
				t.Fatal(err)
			}
			s.sees(envelope.PathRoster, old)
			s.looks("roster", "old roster", day > 3)
			s.relay.instead(nil)
		}
	})
	t.Run("a forked roster: rightly signed, with keys that are not here", func(t *testing.T) {
		s := newPublished(t)
		copied := s.copy(t)
		s.clock = s.clock.AddDate(0, 0, 4) // beyond what was made ahead
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		copied.clock = s.clock
		if _, err := copied.rotate(); err != nil {
			t.Fatal(err)
		}
		_, charter, err := copied.charter()
		if err != nil {
			t.Fatal(err)
		}
		block, err := copied.keys.Block(copied.epoch())
		if err != nil {
			t.Fatal(err)
		}
		forked, err := envelope.AssembleRoster(charter, [][]byte{block})
		if err != nil {
			t.Fatal(err)
		}
		s.sees(envelope.PathRoster, forked)
		s.looks("roster", "second copy of the desk runs", true)
	})
	t.Run("a status that names another roster than is shown", func(t *testing.T) {
		s := newPublished(t)
		s.relay.roster = [32]byte{1}
		s.looks("roster", "different people different ones", true)
	})
	t.Run("a roster, questions and a drop that are forged", func(t *testing.T) {
		s := newPublished(t)
		for path, about := range map[string]string{envelope.PathRoster: "roster", envelope.PathQuestions: "questions", drop(s): "drop"} {
			b := append([]byte(nil), s.relay.shown(path)...)
			b[100] ^= 1
			s.sees(path, b)
			s.looks(about, "did not sign", about != "questions")
		}
	})
	t.Run("two drops of one day, and whoever would sign a third", func(t *testing.T) {
		s := newPublished(t)
		copied := s.copy(t)
		s.clock = s.clock.AddDate(0, 0, 1)
		copied.clock = s.clock
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, d := range []*stand{s, copied} {
			if _, err := d.signDrop(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		other := read(t, copied.dropFile(copied.epoch()))
		if _, err := s.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		s.sees(drop(s), other)
		s.looks("drop", "two drops of", true)
	})
	t.Run("a drop that this desk does not know stops it from signing another", func(t *testing.T) {
		s := newPublished(t)
		copied := s.copy(t)
		s.clock = s.clock.AddDate(0, 0, 2)
		if _, err := s.Morning(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Drop(t.Context()); err != nil {
			t.Fatal(err)
		}
		copied.clock = s.clock
		copied.withRelay(s.relay)
		if _, err := copied.Drop(t.Context()); err == nil || !strings.Contains(err.Error(), "does not know") {
			t.Errorf("Drop = %v", err)
		}
		copied.looks("drop", "this desk does not know", true)
		t.Run("but the relay's word alone does not", func(t *testing.T) {
			copied.sees(drop(s), make([]byte, envelope.DropSize(dropRows)))
			if err := copied.mayDrop(t.Context(), copied.book.NextDrop(0, 0).Epoch); err != nil {
				t.Errorf("mayDrop = %v", err)
			}
		})
	})
	t.Run("a clock that is off", func(t *testing.T) {
		s := newPublished(t)
		status := envelope.Status{Epoch: s.epoch() + 2, Puzzle: envelope.MinPuzzle, RosterDigest: s.relay.roster}
		status.LastDrop[0] = s.epoch()
		s.sees(envelope.PathStatus, status.Marshal())
		s.looks("clock", "set right whichever is wrong", true)
	})
	t.Run("a relay that is away is no finding", func(t *testing.T) {
		s := newPublished(t)
		s.relay.Close()
		if seen, err := s.Look(t.Context()); err == nil {
			t.Errorf("it saw %+v", seen)
		}
	})
}
