package envelope

import (
	"bytes"
	"compress/flate"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// ErrQuestions is returned for bytes that are not questions of this desk. A kit
// then says so and offers free text only.
var ErrQuestions = errors.New("not questions of this desk")

// MaxQuestions is the most that the questions of a desk may inflate to.
const MaxQuestions = 256 << 10

const (
	questionsMagic  = "HS1QUEST"
	questionsHeader = 8 + 32 + 4*4
	questionsSigned = QuestionsSize - sigSize // 32,704
	questionsRoom   = questionsSigned - questionsHeader
)

// Questions are what the desk asks, in one file for everyone (PROTOCOL 4.2b).
// What the JSON says is the affair of those who show it, and none of its
// strings is markup.
type Questions struct {
	Serial   uint32
	From, To Epoch
	JSON     []byte
}

// Covers reports whether the questions are asked on that day.
func (q Questions) Covers(day Epoch) bool { return q.From <= day && day <= q.To }

// SignQuestions returns the 32,768 bytes of the questions, signed by the root
// or by an editor. It returns [ErrQuestions] for what is no JSON or does not
// fit.
func SignQuestions(key ed25519.PrivateKey, desk DeskID, q Questions) ([]byte, error) {
	if !validQuestions(q.JSON) || q.From > q.To {
		return nil, fmt.Errorf("sign questions: %w", ErrQuestions)
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		return nil, fmt.Errorf("sign questions: %w", err)
	}
	if _, err := w.Write(q.JSON); err != nil {
		return nil, fmt.Errorf("sign questions: %w", err)
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("sign questions: %w", err)
	}
	if packed.Len() > questionsRoom {
		return nil, fmt.Errorf("sign questions: %d bytes too many: %w", packed.Len()-questionsRoom, ErrQuestions)
	}
	b := make([]byte, 0, QuestionsSize)
	b = append(b, questionsMagic...)
	b = append(b, desk[:]...)
	for _, n := range []uint32{q.Serial, uint32(q.From), uint32(q.To), uint32(packed.Len())} {
		b = binary.BigEndian.AppendUint32(b, n)
	}
	b = append(b, packed.Bytes()...)
	b = append(b, make([]byte, questionsSigned-len(b))...)
	return append(b, ed25519.Sign(key, questionsPreimage(b))...), nil
}

// ParseQuestions verifies questions by any of the keys, which are the root's and
// the chartered editors', and inflates them, to 256 KiB at most. Only then is
// a stranger's byte inflated.
func ParseQuestions(desk DeskID, keys []ed25519.PublicKey, b []byte) (Questions, error) {
	refuse := func() (Questions, error) {
		return Questions{}, fmt.Errorf("parse questions: %w", ErrQuestions)
	}
	if len(b) != QuestionsSize || string(b[:8]) != questionsMagic || DeskID(b[8:40]) != desk {
		return refuse()
	}
	pre, signed := questionsPreimage(b[:questionsSigned]), false
	for _, key := range keys {
		signed = signed || verify(key, pre, b[questionsSigned:])
	}
	n := binary.BigEndian.Uint32(b[52:])
	if !signed || n > questionsRoom || !isZero(b[questionsHeader+int(n):questionsSigned]) {
		return refuse()
	}
	text, err := inflate(b[questionsHeader : questionsHeader+n])
	if err != nil || !validQuestions(text) {
		return refuse()
	}
	q := Questions{
		Serial: binary.BigEndian.Uint32(b[40:]),
		From:   Epoch(binary.BigEndian.Uint32(b[44:])),
		To:     Epoch(binary.BigEndian.Uint32(b[48:])),
		JSON:   text,
	}
	if q.From > q.To {
		return refuse()
	}
	return q, nil
}

// inflate refuses more than MaxQuestions and anything after the end.
func inflate(packed []byte) ([]byte, error) {
	in := bytes.NewReader(packed) // a ByteReader: flate reads no further than it must
	r := flate.NewReader(in)
	text, err := io.ReadAll(io.LimitReader(r, MaxQuestions+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxQuestions || in.Len() != 0 {
		return nil, ErrQuestions
	}
	return text, r.Close()
}

func validQuestions(text []byte) bool {
	return len(text) <= MaxQuestions && utf8.Valid(text) && json.Valid(text)
}

func questionsPreimage(b []byte) []byte {
	sum := sha256.Sum256(b[:questionsSigned])
	return append(tag("hs1-questions"), sum[:]...)
}
