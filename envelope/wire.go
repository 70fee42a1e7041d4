package envelope

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
)

// Paths of the relay's API (PROTOCOL 7). Those with a day or a slot in them
// are made by the functions below.
const (
	PathStatus    = "/v1/status"
	PathRoster    = "/v1/roster"
	PathQuestions = "/v1/questions"
	PathDeposit   = "/v1/deposit"
	PathChunk     = "/v1/chunk"

	PathPublishCharter   = "/v1/publish/charter"
	PathPublishBlock     = "/v1/publish/block"
	PathPublishQuestions = "/v1/publish/questions"
	PathPublishDrop      = "/v1/publish/drop"
)

// DropPath is where the drop of one editor and day is fetched.
func DropPath(slot int, epoch Epoch) string {
	return "/v1/drop/" + strconv.Itoa(slot) + "/" + epoch.Number()
}

// InboxPath is where the desk fetches a page of deposits; pages count from 0.
func InboxPath(epoch Epoch, page int) string {
	return "/v1/inbox/" + epoch.Number() + "/" + strconv.Itoa(page)
}

// ChunksPath is where the desk fetches a page of chunks; pages count from 0.
func ChunksPath(epoch Epoch, page int) string {
	return "/v1/chunks/" + epoch.Number() + "/" + strconv.Itoa(page)
}

// DonePath is where an editor says that it has all of a day, chunks
// too.
func DonePath(epoch Epoch) string { return "/v1/done/" + epoch.Number() }

// An AnswerCode is the first byte of every error and every POST answer.
type AnswerCode uint8

const (
	Taken       AnswerCode = 0 // new, duplicate and evicted alike
	BadShape    AnswerCode = 1 // size or magic
	BadEpoch    AnswerCode = 2 // epoch or puzzle: ask for the status and solve once more
	BadSigned   AnswerCode = 3 // signature
	Absent      AnswerCode = 4
	Unavailable AnswerCode = 5
)

var answerWords = [...]string{"taken", "size or magic", "epoch or puzzle", "signature", "absent", "unavailable"}

// String returns the word that PROTOCOL 7 has for the code.
func (c AnswerCode) String() string {
	if int(c) < len(answerWords) {
		return answerWords[c]
	}
	return "unknown code"
}

// ErrAnswer is returned for an answer that is not in form.
var ErrAnswer = errors.New("not an answer")

// Answer returns the 64 bytes that say code.
func Answer(code AnswerCode) []byte {
	b := make([]byte, AnswerSize)
	b[0] = byte(code)
	return b
}

// ParseAnswer reads what [Answer] writes.
func ParseAnswer(b []byte) (AnswerCode, error) {
	if len(b) != AnswerSize || int(b[0]) >= len(answerWords) || !isZero(b[1:]) {
		return 0, fmt.Errorf("parse answer: %w", ErrAnswer)
	}
	return AnswerCode(b[0]), nil
}

// A Status is what a relay says of itself.
type Status struct {
	Epoch        Epoch        // the relay's own day
	Puzzle       int          // bits, 16 to 24
	LastDrop     [Slots]Epoch // each editor's latest drop, 0 if none
	RosterDigest [32]byte     // SHA-256 of the roster it serves, zero if none
}

// ErrStatus is returned for a status that is not in form.
var ErrStatus = errors.New("not a status")

const statusMagic = "HS1STATU"

// Marshal returns the 128 bytes of the status.
func (s Status) Marshal() []byte {
	b := make([]byte, 0, StatusSize)
	b = append(b, statusMagic...)
	b = binary.BigEndian.AppendUint32(b, uint32(s.Epoch))
	b = append(b, byte(s.Puzzle), 0, 0, 0)
	for _, e := range s.LastDrop {
		b = binary.BigEndian.AppendUint32(b, uint32(e))
	}
	b = append(b, s.RosterDigest[:]...)
	return append(b, make([]byte, StatusSize-len(b))...)
}

// ParseStatus reads what [Status.Marshal] writes. It refuses a puzzle outside
// 16 to 24 bits: a relay that could ask for 60 could stop a source without
// refusing it.
func ParseStatus(b []byte) (Status, error) {
	if len(b) != StatusSize || string(b[:8]) != statusMagic || !isZero(b[13:16]) || !isZero(b[60:]) ||
		b[12] < MinPuzzle || b[12] > MaxPuzzle {
		return Status{}, fmt.Errorf("parse status: %w", ErrStatus)
	}
	s := Status{
		Epoch:        Epoch(binary.BigEndian.Uint32(b[8:])),
		Puzzle:       int(b[12]),
		RosterDigest: [32]byte(b[28:60]),
	}
	for i := range s.LastDrop {
		s.LastDrop[i] = Epoch(binary.BigEndian.Uint32(b[16+4*i:]))
	}
	return s, nil
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}
