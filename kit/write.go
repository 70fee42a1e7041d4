package kit

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"unicode/utf8"

	"hearsay/envelope"
	"hearsay/kit/strip"
)

var (
	// ErrTooMuch is returned for a report that one session cannot send.
	ErrTooMuch = errors.New("this is more than one report can carry")

	// ErrRolled is returned for whatever would come after a rollover: it would
	// be sent under words that are given up.
	ErrRolled = errors.New("these words are given up: write under the new ones")

	// ErrUnsent is returned for a rollover while something waits under the old
	// words.
	ErrUnsent = errors.New("something still waits under these words: send it first, and wait until it has arrived")
)

// Write seals a report now, to be sent by Send. A text that does not fit into
// three parts is [envelope.ErrBody].
func (s *Session) Write(text string) error { return s.Report(text) }

// Report seals a report with files now, to be sent by Send. The list of the
// files takes one of the three deposits, so that the text has two parts, and
// may be empty. What does not fit is [ErrTooMuch]; then nothing is sealed.
func (s *Session) Report(text string, files ...strip.Clean) error {
	if s.source == nil {
		return ErrClosed
	}
	if s.rolled {
		return ErrRolled
	}
	payloads, chunks, err := s.sealReport(envelope.Daily, text, files)
	if err != nil {
		return err
	}
	for _, b := range append(payloads, chunks...) {
		s.waiting = append(s.waiting, sealed{b, s.written})
	}
	s.written++
	return nil
}

// sealReport seals a text, a manifest of files and their chunks.
func (s *Session) sealReport(class envelope.Class, text string, files []strip.Clean) (payloads, chunks [][]byte, err error) {
	if room := RoomFor(text, true); len(files) > 0 && room.Parts > room.Most {
		return nil, nil, fmt.Errorf("text beside files has two parts of %d bytes: %w", envelope.MaxBody, ErrTooMuch)
	}
	var manifest envelope.ManifestBody
	if text != "" || len(files) == 0 {
		if manifest.Report, payloads, err = s.source.SealReport(s.load.Roster, class, text); err != nil {
			return nil, nil, err
		}
	}
	if len(files) == 0 {
		return payloads, nil, nil
	}
	if manifest.Files, chunks, err = sealFiles(s.load.Roster.Desk, files); err != nil {
		return nil, nil, err
	}
	payload, err := s.source.SealManifest(s.load.Roster, class, manifest)
	if err != nil {
		return nil, nil, err
	}
	return append(payloads, payload), chunks, nil
}

// sealFiles seals the chunks of files. Their names say what they are and
// nothing else: photo-1.jpg.
func sealFiles(desk envelope.DeskID, files []strip.Clean) (list []envelope.File, chunks [][]byte, err error) {
	if n := Chunks(files...); n > envelope.MaxChunks || len(files) > envelope.MaxFiles {
		return nil, nil, fmt.Errorf("%d files of %d chunks, where %d and %d can be: %w", len(files), n, envelope.MaxFiles, envelope.MaxChunks, ErrTooMuch)
	}
	numbers := map[strip.Kind]int{}
	for _, file := range files {
		numbers[file.Kind]++
		f := envelope.File{
			Key:    envelope.NewFileKey(),
			Size:   int64(len(file.Data)),
			Chunks: Chunks(file),
			Digest: sha256.Sum256(file.Data),
			Name:   fmt.Sprintf("%s-%d%s", file.Kind, numbers[file.Kind], file.Kind.Ext()),
		}
		rest := file.Data
		for i := range f.Chunks {
			data := rest[:min(envelope.ChunkData, len(rest))]
			rest = rest[len(data):]
			chunk, err := envelope.SealChunk(desk, f.Key, i, f.Chunks, data)
			if err != nil {
				return nil, nil, err
			}
			chunks = append(chunks, chunk)
		}
		list = append(list, f)
	}
	return list, chunks, nil
}

// Chunks returns how many chunks files take. A relay sees that number rounded
// up to 1, 4, 16 or 64.
func Chunks(files ...strip.Clean) (n int) {
	for _, f := range files {
		n += (len(f.Data) + envelope.ChunkData - 1) / envelope.ChunkData
	}
	return n
}

// A Room says what of a report's room is used.
type Room struct {
	Fits  bool // and is not empty
	Parts int  // that the text takes so far
	Most  int  // parts there are
	Left  int  // bytes that can still be written; negative beyond the end
}

// Hangul returns how many characters of three bytes each, as Korean and Chinese
// have them, still fit.
func (r Room) Hangul() int { return max(0, r.Left/3) }

// RoomFor says how much room a text leaves, as it is typed. Beside files there
// is one part less. Parts are cut between characters, so that up to three bytes
// of each remain unused.
func RoomFor(text string, withFiles bool) Room {
	r := Room{Most: envelope.MaxParts}
	if withFiles {
		r.Most--
	}
	rest := text
	for len(rest) > envelope.MaxBody {
		cut := envelope.MaxBody
		for cut > envelope.MaxBody-utf8.UTFMax && !utf8.RuneStart(rest[cut]) {
			cut--
		}
		rest = rest[cut:]
		r.Parts++
	}
	if len(rest) > 0 {
		r.Parts++
	}
	r.Left = (r.Most-max(1, r.Parts)+1)*envelope.MaxBody - len(rest)
	r.Fits = text != "" && r.Parts <= r.Most && utf8.ValidString(text)
	return r
}

// Rollover tells the desk, under these words, that the source goes by other
// words from now on (PROTOCOL 4.9). After it nothing can be written, and when
// the relay has taken it the session is closed. The source then forgets the old
// words, and should wait with the next report until the desk's next drop.
func (s *Session) Rollover(next envelope.Phrase) error {
	if s.source == nil {
		return ErrClosed
	}
	if s.rolled {
		return ErrRolled
	}
	if len(s.waiting) > 0 {
		return ErrUnsent
	}
	successor, err := envelope.DeriveSource(next, s.load.Roster.Desk)
	if err != nil {
		return fmt.Errorf("roll over: %w", err)
	}
	defer successor.Forget()
	payload, err := s.source.SealRollover(s.load.Roster, envelope.Daily, successor)
	if err != nil {
		return err
	}
	s.waiting = append(s.waiting, sealed{payload, s.written})
	s.written++
	s.rolled = true
	return nil
}
