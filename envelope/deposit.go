package envelope

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
)

// ErrDeposit is returned for bytes that are not a deposit of that kind.
var ErrDeposit = errors.New("not a deposit")

// ErrPuzzle is returned when a puzzle asks for more than it may.
var ErrPuzzle = errors.New("puzzle out of range")

const depositMagic = "HS1DEPOT"

// Offsets in a deposit's header (PROTOCOL 4.5).
const (
	depositEpochAt = 8
	depositKindAt  = 12
	depositNonceAt = 16
	depositTokenAt = 24 // the token, 32 bytes, and 8 more are zero in this profile
)

// A depositKind says what follows the header.
type depositKind uint8

const (
	tripleKind depositKind = 0 // three envelopes
	chunkKind  depositKind = 1 // a chunk of a file
)

func (k depositKind) payloadSize() int {
	if k == chunkKind {
		return ChunkSize
	}
	return PayloadSize
}

// NewDeposit puts a header before a payload and solves its puzzle (PROTOCOL
// 4.5 and 8). The epoch is the sender's own day. A parcel is not asked for a
// puzzle and takes 0 bits, whose first nonce is 0; a relay asks for 16 to 24.
// If ctx ends before a solution is found, its error is returned.
func NewDeposit(ctx context.Context, desk DeskID, epoch Epoch, payload []byte, puzzle int) ([]byte, error) {
	return newDeposit(ctx, desk, epoch, tripleKind, payload, puzzle)
}

// NewChunkDeposit is [NewDeposit] for a chunk, and returns 65,600 bytes. The
// puzzle is over the hash of the chunk.
func NewChunkDeposit(ctx context.Context, desk DeskID, epoch Epoch, chunk []byte, puzzle int) ([]byte, error) {
	return newDeposit(ctx, desk, epoch, chunkKind, chunk, puzzle)
}

// ReadDeposit checks the form of a deposit and returns its day and payload,
// which shares memory with b. It leaves the puzzle alone: see [CheckDeposit].
func ReadDeposit(b []byte) (Epoch, []byte, error) { return readDeposit(tripleKind, b) }

// ReadChunkDeposit is [ReadDeposit] for a chunk.
func ReadChunkDeposit(b []byte) (Epoch, []byte, error) { return readDeposit(chunkKind, b) }

// CheckDeposit is what a relay asks of a deposit before it takes it: its form,
// a day no further than one from today (a source's clock may be off), and the
// puzzle. The payload shares memory with b and is nil unless the code is
// [Taken].
func CheckDeposit(desk DeskID, b []byte, today Epoch, puzzle int) ([]byte, AnswerCode) {
	payload, _, code := checkDeposit(desk, tripleKind, b, today, puzzle)
	return payload, code
}

// CheckChunk is [CheckDeposit] for a chunk.
func CheckChunk(desk DeskID, b []byte, today Epoch, puzzle int) ([]byte, AnswerCode) {
	payload, _, code := checkDeposit(desk, chunkKind, b, today, puzzle)
	return payload, code
}

// CheckDepositDigest is [CheckDeposit] and returns the payload's SHA-256 too,
// which is most of the work of the check.
func CheckDepositDigest(desk DeskID, b []byte, today Epoch, puzzle int) (payload []byte, digest [32]byte, code AnswerCode) {
	return checkDeposit(desk, tripleKind, b, today, puzzle)
}

// CheckChunkDigest is [CheckDepositDigest] for a chunk.
func CheckChunkDigest(desk DeskID, b []byte, today Epoch, puzzle int) (payload []byte, digest [32]byte, code AnswerCode) {
	return checkDeposit(desk, chunkKind, b, today, puzzle)
}

func newDeposit(ctx context.Context, desk DeskID, epoch Epoch, kind depositKind, payload []byte, puzzle int) ([]byte, error) {
	if len(payload) != kind.payloadSize() {
		return nil, fmt.Errorf("make deposit: %w", ErrDeposit)
	}
	nonce, err := solve(ctx, desk, epoch, sha256.Sum256(payload), puzzle)
	if err != nil {
		return nil, fmt.Errorf("make deposit: %w", err)
	}
	b := make([]byte, 0, DepositHeader+len(payload))
	b = append(b, depositMagic...)
	b = binary.BigEndian.AppendUint32(b, uint32(epoch))
	b = append(b, byte(kind), 0, 0, 0)
	b = binary.BigEndian.AppendUint64(b, nonce)
	b = append(b, make([]byte, DepositHeader-len(b))...)
	return append(b, payload...), nil
}

func readDeposit(kind depositKind, b []byte) (Epoch, []byte, error) {
	if len(b) != DepositHeader+kind.payloadSize() || string(b[:8]) != depositMagic || depositKind(b[depositKindAt]) != kind ||
		!isZero(b[depositKindAt+1:depositNonceAt]) || !isZero(b[depositTokenAt:DepositHeader]) {
		return 0, nil, fmt.Errorf("read deposit: %w", ErrDeposit)
	}
	return Epoch(binary.BigEndian.Uint32(b[depositEpochAt:])), b[DepositHeader:], nil
}

func checkDeposit(desk DeskID, kind depositKind, b []byte, today Epoch, puzzle int) (payload []byte, digest [32]byte, code AnswerCode) {
	epoch, payload, err := readDeposit(kind, b)
	if err != nil {
		return nil, digest, BadShape
	}
	if days := int64(epoch) - int64(today); days < -1 || days > 1 {
		return nil, digest, BadEpoch
	}
	digest = sha256.Sum256(payload)
	nonce := binary.BigEndian.Uint64(b[depositNonceAt:])
	if !solves(puzzlePreimage(desk, epoch, digest), nonce, puzzle) {
		return nil, digest, BadEpoch
	}
	return payload, digest, Taken
}

const puzzleSize = 8 + 32 + 4 + 32 + 8 // T("hs1-pow") ‖ NR ‖ epoch ‖ SHA-256(payload) ‖ nonce

func puzzlePreimage(desk DeskID, epoch Epoch, payload [32]byte) [puzzleSize]byte {
	b := append(make([]byte, 0, puzzleSize), tag("hs1-pow")...)
	b = append(b, desk[:]...)
	b = binary.BigEndian.AppendUint32(b, uint32(epoch))
	b = append(b, payload[:]...)
	return [puzzleSize]byte(b[:puzzleSize])
}

func solves(pre [puzzleSize]byte, nonce uint64, puzzle int) bool {
	binary.BigEndian.PutUint64(pre[puzzleSize-8:], nonce)
	sum := sha256.Sum256(pre[:])
	return bits.LeadingZeros64(binary.BigEndian.Uint64(sum[:])) >= puzzle
}

// solve counts up from nonce 0. The nonce tells whoever reads the deposit no
// more than how lucky the search was.
func solve(ctx context.Context, desk DeskID, epoch Epoch, payload [32]byte, puzzle int) (uint64, error) {
	if puzzle < 0 || puzzle > MaxPuzzle {
		return 0, ErrPuzzle
	}
	pre := puzzlePreimage(desk, epoch, payload)
	for nonce := uint64(0); ; nonce++ {
		if nonce%(1<<14) == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if solves(pre, nonce, puzzle) {
			return nonce, nil
		}
	}
}
