package relay

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"hearsay/envelope"
)

// errRecord is returned for a record that no relay wrote.
var errRecord = errors.New("not a record of a relay")

// A board is what the desk published, verified, and which editor is done with
// which day.
type board struct {
	charter      envelope.Charter
	charterBytes []byte // nil before the first
	blocks       [envelope.Slots][]byte
	questions    envelope.Questions
	questionFile []byte // nil before the first
	drops        map[dropKey][]byte
	done         map[envelope.Epoch]editors
	turned       envelope.Epoch // the day for which the store has turned; written under gate too
}

type dropKey struct {
	slot  int
	epoch envelope.Epoch
}

// editors is a set of slots.
type editors uint8

func (e editors) with(slot int) editors { return e | 1<<slot }

// everyone is the set of the first n slots.
func everyone(n int) editors { return 1<<n - 1 }

// A view is what everyone is served on one day: static bytes, never changed.
type view struct {
	today   envelope.Epoch
	charter *envelope.Charter // nil before the first
	status  envelope.Status
	files   map[string]reply // by path
}

// Names of records.
const (
	charterName   = "charter"
	questionsName = "questions"
	blockPrefix   = "block/"
	dropPrefix    = "drop/"
	donePrefix    = "done/"
	noncePrefix   = "nonce/"
)

func blockName(slot int) string { return blockPrefix + strconv.Itoa(slot) }

func dropName(k dropKey) string { return dropPrefix + strconv.Itoa(k.slot) + "/" + k.epoch.Number() }

func doneName(slot int, day envelope.Epoch) string {
	return donePrefix + strconv.Itoa(slot) + "/" + day.Number()
}

// lastKept is the last day on which what belongs to day is kept.
func lastKept(day envelope.Epoch) envelope.Epoch {
	return envelope.Epoch(min(uint64(day)+envelope.RelayKeepsDays-1, uint64(Forever)))
}

// splitName returns the slot and the day in what follows a prefix.
func splitName(rest string) (slot int, day envelope.Epoch, err error) {
	first, second, ok := strings.Cut(rest, "/")
	n, err := envelope.ParseEpoch(first)
	if err != nil || !ok || n >= envelope.Slots {
		return 0, 0, errRecord
	}
	if day, err = envelope.ParseEpoch(second); err != nil {
		return 0, 0, errRecord
	}
	return int(n), day, nil
}

// loadBoard reads what was published from the store.
func loadBoard(ctx context.Context, store Store, root ed25519.PublicKey) (board, error) {
	b := board{drops: map[dropKey][]byte{}, done: map[envelope.Epoch]editors{}}
	for _, step := range []struct {
		prefix string
		take   func(rest string, body []byte) error
	}{
		{charterName, func(_ string, body []byte) (err error) {
			if b.charter, err = envelope.ParseCharter(root, body); err != nil {
				return ErrOtherDesk
			}
			b.charterBytes = body
			return nil
		}},
		{blockPrefix, func(rest string, body []byte) error {
			slot, err := envelope.ParseEpoch(rest)
			if err != nil || slot >= envelope.Slots {
				return errRecord
			}
			b.blocks[slot] = body
			return nil
		}},
		{questionsName, func(_ string, body []byte) error {
			b.questionFile = body
			return nil
		}},
		{dropPrefix, func(rest string, body []byte) error {
			slot, day, err := splitName(rest)
			if err == nil {
				b.drops[dropKey{slot, day}] = body
			}
			return err
		}},
		{donePrefix, func(rest string, _ []byte) error {
			slot, day, err := splitName(rest)
			if err == nil {
				b.done[day] = b.done[day].with(slot)
			}
			return err
		}},
	} {
		records, err := store.Load(ctx, step.prefix)
		if err != nil {
			return board{}, err
		}
		for _, r := range records {
			if err := step.take(strings.TrimPrefix(r.Name, step.prefix), r.Body); err != nil {
				return board{}, fmt.Errorf("load what was published: %w", err)
			}
		}
	}
	b.takeDownStrangers(root)
	return b, nil
}

// takeDownStrangers takes off the board the blocks and questions that nobody
// signed who may. Drops stay: some kits know the editor's key that was.
func (b *board) takeDownStrangers(root ed25519.PublicKey) {
	desk := envelope.DeskIDOf(root)
	var err error
	if b.questions, err = envelope.ParseQuestions(desk, b.signers(root), b.questionFile); err != nil {
		b.questionFile = nil
	}
	for slot, block := range b.blocks {
		if block == nil {
			continue
		}
		if slot >= len(b.charter.Editors) {
			b.blocks[slot] = nil
		} else if _, err := envelope.ParseBlock(desk, b.charter.Editors[slot], block); err != nil {
			b.blocks[slot] = nil
		}
	}
}

// signers are those who may sign questions.
func (b *board) signers(root ed25519.PublicKey) []ed25519.PublicKey {
	return append([]ed25519.PublicKey{root}, b.charter.Editors...)
}

// expire takes what is too old off the board.
func (b *board) expire(today envelope.Epoch) {
	maps.DeleteFunc(b.drops, func(k dropKey, _ []byte) bool { return lastKept(k.epoch) < today })
	maps.DeleteFunc(b.done, func(day envelope.Epoch, _ editors) bool { return lastKept(day) < today })
}

// view returns what everyone is served today.
func (b *board) view(today envelope.Epoch, puzzle int) *view {
	v := &view{today: today, files: map[string]reply{}}
	v.status = envelope.Status{Epoch: today, Puzzle: puzzle}
	var roster []byte // nil before all of it is published
	if b.charterBytes != nil {
		charter := b.charter
		v.charter = &charter
		// It fails while a block is missing.
		if whole, err := envelope.AssembleRoster(b.charterBytes, b.blocks[:len(charter.Editors)]); err == nil {
			roster = whole
			v.status.RosterDigest = sha256.Sum256(roster)
		}
	}
	for k, drop := range b.drops {
		v.status.LastDrop[k.slot] = max(v.status.LastDrop[k.slot], k.epoch)
		v.files[envelope.DropPath(k.slot, k.epoch)] = newReply(http.StatusOK, drop)
	}
	v.files[envelope.PathStatus] = newReply(http.StatusOK, v.status.Marshal())
	v.files[envelope.PathRoster] = file(roster, unavailable)
	v.files[envelope.PathQuestions] = file(b.questionFile, unavailable)
	return v
}
