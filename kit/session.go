package kit

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"

	"hearsay/envelope"
)

var (
	// ErrSent is returned by a second Send: a session sends once.
	ErrSent = errors.New("this session has sent its three deposits")

	// ErrWaiting is returned when the relay did not take something. It waits,
	// sealed, for another session.
	ErrWaiting = errors.New("the relay has not taken everything; what is left waits for another session")

	// ErrClosed is returned once a session is closed.
	ErrClosed = errors.New("this session is closed")

	// ErrNoRelay is returned for sending from what came on a drive.
	ErrNoRelay = errors.New("there is no relay to send to: what was loaded came on a drive")
)

// PerSession is how many deposits every unlocked session sends, whatever there
// is to say.
const PerSession = 3

// A Session is a load with the keys of one source. It is not for concurrent use
// and cannot be printed.
type Session struct {
	load    *Load
	source  *envelope.Source // nil once closed
	waiting []sealed         // payloads and chunks
	written int              // reports of this session
	sent    bool
	rolled  bool // a rollover is among what was written
}

// sealed is a payload or a chunk as it goes to the relay: the very same bytes
// however often it is tried.
type sealed struct {
	bytes  []byte
	report int // of this session, from 0; -1 for what an earlier one left
}

func (w sealed) isChunk() bool { return len(w.bytes) == envelope.ChunkSize }

func (Session) Format(f fmt.State, _ rune)   { io.WriteString(f, "[session]") }
func (Session) LogValue() slog.Value         { return slog.StringValue("[session]") }
func (Session) MarshalText() ([]byte, error) { return []byte("[session]"), nil }

// Unlock derives the keys of a phrase, with the same work for every order of its
// words. waiting is what an earlier session had left, payloads and chunks; what
// is neither is [envelope.ErrDeposit], since it could not be sent and would be
// missed among the three.
func (l *Load) Unlock(p envelope.Phrase, waiting ...[]byte) (*Session, error) {
	s := &Session{load: l}
	for _, b := range waiting {
		if len(b) != envelope.PayloadSize && len(b) != envelope.ChunkSize {
			return nil, fmt.Errorf("unlock: what waited: %w", envelope.ErrDeposit)
		}
		s.waiting = append(s.waiting, sealed{b, -1})
	}
	var err error
	if s.source, err = envelope.DeriveSource(p, l.Roster.Desk); err != nil {
		return nil, fmt.Errorf("unlock: %w", err)
	}
	return s, nil
}

// Close forgets the keys.
func (s *Session) Close() {
	if s.source != nil {
		s.source.Forget()
		s.source = nil
	}
}

// Waiting returns the sealed payloads and chunks that no relay has taken yet,
// for the next Unlock. They are ciphertext; that they exist says that something
// is unsent. See [Waiting] for a form in which to keep them.
func (s *Session) Waiting() [][]byte {
	var all [][]byte
	for _, w := range s.waiting {
		all = append(all, w.bytes)
	}
	return all
}

// A Reply is what an editor wrote to this source.
type Reply struct {
	Slot int
	Day  envelope.Epoch // of the drop with its last part
	Text string
}

// An Arrival says that an editor opened something from this source in the day or
// days before this drop. Nothing else means that a report has arrived.
type Arrival struct {
	Slot int
	Day  envelope.Epoch
}

// Arrivals returns the acks to this source in the loaded drops.
func (s *Session) Arrivals() []Arrival {
	var all []Arrival
	if s.source == nil {
		return nil
	}
	for _, d := range s.load.drops {
		if a := (Arrival{d.Slot, d.Epoch}); s.source.Acked(d) && !slices.Contains(all, a) {
			all = append(all, a)
		}
	}
	return all
}

// Replies returns the replies to this source in the loaded drops, editor by
// editor, oldest first. Of a reply in several parts all must be there. It tries
// every row of every drop, whatever it finds.
func (s *Session) Replies() []Reply {
	replies, _ := s.read()
	return replies
}

// Files returns of which days there are drops in which an editor announces a
// file to this source. No kit can fetch one: there is no way for it.
func (s *Session) Files() []Arrival {
	_, files := s.read()
	return files
}

func (s *Session) read() (replies []Reply, files []Arrival) {
	if s.source == nil {
		return nil, nil
	}
	type message struct {
		slot int
		id   [16]byte
	}
	parts := map[message][]*envelope.Message{}
	for _, d := range s.load.drops {
		for _, m := range s.source.Replies(d, s.load.Roster.Blocks[d.Slot].LongTerm) {
			if m.Type == envelope.ReplyManifest {
				files = append(files, Arrival{d.Slot, d.Epoch})
			}
			key := message{d.Slot, m.ID}
			again := func(n *envelope.Message) bool { return n.Part == m.Part }
			if m.Type != envelope.Reply || slices.ContainsFunc(parts[key], again) {
				continue
			}
			parts[key] = append(parts[key], m)
			if text, err := envelope.Join(parts[key]); err == nil {
				replies = append(replies, Reply{d.Slot, d.Epoch, strings.ToValidUTF8(string(text), "\uFFFD")})
			}
		}
	}
	return replies, files
}
