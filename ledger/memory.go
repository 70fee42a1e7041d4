package ledger

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// ErrMemory tells that bytes are not a memory of ledgers.
var ErrMemory = errors.New("not a memory of ledgers")

const (
	memoryHead = "hearsay memory 1"
	maxMemory  = 1 << 20
)

// Memory is what a reader keeps of the ledgers that passed a check: of each its
// key, pinned when first seen, and its last checkpoint; and which ledger was at
// which place. It is what tells an older copy, a fork and another desk's key
// from the real thing, all of which are signed well.
//
// It is a small text file:
//
//	hearsay memory 1
//	log <verifier key> <size> <root>
//	place <16 hex digits> <origin>
//
// A place is kept as the beginning of its SHA-256, since the names of folders
// and sticks tell of whoever keeps them.
type Memory struct {
	logs   []remembered // by origin
	places []place      // by hash
}

type remembered struct {
	origin string
	key    string
	tree   tlog.Tree
}

type place struct{ hash, origin string }

func hashPlace(where string) string {
	sum := sha256.Sum256([]byte("hearsay place\n" + where))
	return hex.EncodeToString(sum[:8])
}

func (m Memory) log(origin string) (remembered, bool) {
	i, ok := slices.BinarySearchFunc(m.logs, origin, func(r remembered, o string) int { return cmp.Compare(r.origin, o) })
	if !ok {
		return remembered{}, false
	}
	return m.logs[i], true
}

// at returns the origin of the log last seen at a place.
func (m Memory) at(where string) (origin string, ok bool) {
	hash := hashPlace(where)
	for _, p := range m.places {
		if p.hash == hash {
			return p.origin, true
		}
	}
	return "", false
}

// Keep takes in the result of a check that passed, and nothing from one that
// did not. It never goes back to a smaller log.
func (m *Memory) Keep(where string, r Report) error {
	if !r.OK() {
		return nil
	}
	root, err := tlog.ParseHash(r.Root)
	if err != nil {
		return fmt.Errorf("remember a ledger: %w", err)
	}
	old, known := m.log(r.Origin)
	if !known || old.tree.N < r.Size {
		m.logs = slices.DeleteFunc(m.logs, func(l remembered) bool { return l.origin == r.Origin })
		m.logs = append(m.logs, remembered{r.Origin, r.Key, tlog.Tree{N: r.Size, Hash: root}})
	}
	hash := hashPlace(where)
	m.places = slices.DeleteFunc(m.places, func(p place) bool { return p.hash == hash })
	m.places = append(m.places, place{hash, r.Origin})
	m.sort()
	return nil
}

// Forget drops which ledger was at a place, and reports whether one was known
// there. It is for whoever replaced that ledger on purpose; the checkpoints of
// all ledgers stay.
func (m *Memory) Forget(where string) bool {
	hash := hashPlace(where)
	before := len(m.places)
	m.places = slices.DeleteFunc(m.places, func(p place) bool { return p.hash == hash })
	return len(m.places) < before
}

func (m *Memory) sort() {
	slices.SortFunc(m.logs, func(a, b remembered) int { return cmp.Compare(a.origin, b.origin) })
	slices.SortFunc(m.places, func(a, b place) int { return cmp.Compare(a.hash, b.hash) })
}

// Marshal writes the memory.
func (m Memory) Marshal() []byte {
	b := []byte(memoryHead + "\n")
	for _, l := range m.logs {
		b = fmt.Appendf(b, "log %s %d %s\n", l.key, l.tree.N, l.tree.Hash)
	}
	for _, p := range m.places {
		b = fmt.Appendf(b, "place %s %s\n", p.hash, p.origin)
	}
	return b
}

// ParseMemory reads what Memory.Marshal wrote and nothing else.
func ParseMemory(b []byte) (Memory, error) {
	fail := func() (Memory, error) { return Memory{}, fmt.Errorf("read the memory: %w", ErrMemory) }
	rest, ok := strings.CutPrefix(string(b), memoryHead+"\n")
	if !ok || len(b) > maxMemory {
		return fail()
	}
	var m Memory
	for text := range strings.Lines(rest) {
		fields := strings.Split(strings.TrimSuffix(text, "\n"), " ")
		switch {
		case len(fields) == 4 && fields[0] == "log":
			key, errKey := parseKey(fields[1])
			size, errSize := strconv.ParseInt(fields[2], 10, 64)
			root, errRoot := tlog.ParseHash(fields[3])
			if errKey != nil || errSize != nil || errRoot != nil || size < 0 || size > MaxSize {
				return fail()
			}
			m.logs = append(m.logs, remembered{key.Name(), fields[1], tlog.Tree{N: size, Hash: root}})
		case len(fields) == 3 && fields[0] == "place":
			if hash, err := hex.DecodeString(fields[1]); err != nil || len(hash) != 8 {
				return fail()
			}
			m.places = append(m.places, place{fields[1], fields[2]})
		default:
			return fail()
		}
	}
	m.sort()
	for _, p := range m.places {
		if _, ok := m.log(p.origin); !ok {
			return fail()
		}
	}
	for i := range m.logs[:max(len(m.logs)-1, 0)] {
		if m.logs[i].origin == m.logs[i+1].origin {
			return fail()
		}
	}
	for i := range m.places[:max(len(m.places)-1, 0)] {
		if m.places[i].hash == m.places[i+1].hash {
			return fail()
		}
	}
	if string(m.Marshal()) != string(b) {
		return fail()
	}
	return m, nil
}

// ReadMemory reads the memory in a file; where there is none yet it is empty.
func ReadMemory(file string) (Memory, error) {
	b, err := readFile(os.DirFS(filepath.Dir(file)), filepath.Base(file), maxMemory)
	if errors.Is(err, fs.ErrNotExist) {
		return Memory{}, nil
	}
	if err != nil {
		return Memory{}, fmt.Errorf("read the memory: %w", err)
	}
	return ParseMemory(b)
}

// Write puts the memory into a file in one step, in a folder of which others
// than its owner can read nothing.
func (m Memory) Write(file string) error {
	dir := filepath.Dir(file)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("keep the memory: %w", err)
	}
	f, err := openFolder(dir)
	if err != nil {
		return fmt.Errorf("keep the memory: %w", err)
	}
	defer f.Close()
	if err := errors.Join(writeFile(f, filepath.Base(file), m.Marshal()), f.SyncDir(".")); err != nil {
		return fmt.Errorf("keep the memory: %w", err)
	}
	return nil
}
