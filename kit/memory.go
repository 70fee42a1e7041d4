package kit

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"hearsay/envelope"
)

// ErrMemory is returned for bytes that are not what [Memory.Marshal] writes.
var ErrMemory = errors.New("not what a kit remembers of a desk")

// A Memory is what a load has seen of a desk, for whoever wants the next load to
// notice that it is shown something else. It is the same for every visitor of
// that day: it says nothing of words, reports or replies. That it is kept says
// that somebody visits this desk.
type Memory struct {
	Desk   envelope.DeskID
	Serial uint32         // of the latest charter; an older one is refused
	Day    envelope.Epoch // of the load
	Roster [32]byte       // digest, as of that day
	Drops  []SeenDrop     // by slot, then day
}

// A SeenDrop is the digest of a drop that an editor has signed.
type SeenDrop struct {
	Slot   int
	Day    envelope.Epoch
	Digest [32]byte
}

// Memory returns what to remember of this load: its roster, and all drops that
// it or what was remembered before has seen, of the last 28 days.
func (l *Load) Memory() Memory {
	m := Memory{Desk: l.Roster.Desk, Serial: l.Roster.Charter.Serial, Day: l.today, Roster: l.Roster.Digest}
	for _, d := range l.drops {
		m.add(SeenDrop{d.Slot, d.Epoch, d.Digest})
	}
	if l.before != nil {
		m.Serial = max(m.Serial, l.before.Serial)
		for _, d := range l.before.Drops {
			m.add(d)
		}
	}
	m.Drops = slices.DeleteFunc(m.Drops, func(d SeenDrop) bool { return apart(d.Day, l.today) > Month })
	slices.SortFunc(m.Drops, compareSeen)
	return m
}

// add keeps both of two that differ, so that an alarm is told again.
func (m *Memory) add(d SeenDrop) {
	if !slices.Contains(m.Drops, d) {
		m.Drops = append(m.Drops, d)
	}
}

func compareSeen(a, b SeenDrop) int {
	if a.Slot != b.Slot {
		return a.Slot - b.Slot
	}
	if a.Day != b.Day {
		return int(int64(a.Day) - int64(b.Day))
	}
	return bytes.Compare(a.Digest[:], b.Digest[:])
}

// memoryJSON is the form in which it is kept.
type memoryJSON struct {
	Format string       `json:"format"`
	Desk   string       `json:"desk"`
	Serial uint32       `json:"serial"`
	Day    uint32       `json:"day"`
	Roster string       `json:"roster"`
	Drops  []memoryDrop `json:"drops"`
}

type memoryDrop struct {
	Slot   int    `json:"slot"`
	Day    uint32 `json:"day"`
	Digest string `json:"digest"`
}

const (
	memoryFormat = "hearsay-seen-1"
	maxMemory    = 1 << 16
	maxSeen      = 2 * envelope.Slots * 2 * Month
)

// Marshal returns the memory as a JSON document.
func (m Memory) Marshal() ([]byte, error) {
	j := memoryJSON{Format: memoryFormat, Desk: m.Desk.String(), Serial: m.Serial, Day: uint32(m.Day), Roster: hex.EncodeToString(m.Roster[:]), Drops: []memoryDrop{}}
	for _, d := range m.Drops {
		j.Drops = append(j.Drops, memoryDrop{d.Slot, uint32(d.Day), hex.EncodeToString(d.Digest[:])})
	}
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("write memory: %w", err)
	}
	if len(j.Drops) > maxSeen {
		return nil, fmt.Errorf("write memory: %w", ErrMemory)
	}
	return append(b, '\n'), nil
}

// ParseMemory reads what [Memory.Marshal] writes, and nothing else.
func ParseMemory(b []byte) (Memory, error) {
	refuse := func() (Memory, error) { return Memory{}, fmt.Errorf("read memory: %w", ErrMemory) }
	var j memoryJSON
	if len(b) > maxMemory || json.Unmarshal(b, &j) != nil || j.Format != memoryFormat || len(j.Drops) > maxSeen {
		return refuse()
	}
	m := Memory{Serial: j.Serial, Day: envelope.Epoch(j.Day)}
	if !decode32(j.Desk, (*[32]byte)(&m.Desk)) || !decode32(j.Roster, &m.Roster) {
		return refuse()
	}
	for _, d := range j.Drops {
		seen := SeenDrop{Slot: d.Slot, Day: envelope.Epoch(d.Day)}
		if d.Slot < 0 || d.Slot >= envelope.Slots || !decode32(d.Digest, &seen.Digest) {
			return refuse()
		}
		m.Drops = append(m.Drops, seen)
	}
	if !slices.IsSortedFunc(m.Drops, compareSeen) {
		return refuse()
	}
	if again, err := m.Marshal(); err != nil || !bytes.Equal(again, b) {
		return refuse()
	}
	return m, nil
}

func decode32(text string, to *[32]byte) bool {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != 32 {
		return false
	}
	*to = [32]byte(b)
	return true
}
