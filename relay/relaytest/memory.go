package relaytest

import (
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"

	"hearsay/envelope"
	"hearsay/relay"
)

// Memory is the shortest Store that is right: the model that others are held
// against, and the store for tests whose subject is not the disk. It forgets
// everything with the process, so it is no store for a relay.
type Memory struct {
	mu      sync.Mutex
	last    relay.ID
	days    map[dayKey]*day
	records map[string]relay.Record
}

type dayKey struct {
	epoch envelope.Epoch
	kind  relay.Kind
}

type day struct {
	seen  int
	held  []deposit
	fresh bool // something came since Turn shuffled the day
}

type deposit struct {
	id      relay.ID
	digest  [sha256.Size]byte
	payload []byte
}

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{days: map[dayKey]*day{}, records: map[string]relay.Record{}}
}

// Append implements [relay.Deposits].
func (m *Memory) Append(ctx context.Context, epoch envelope.Epoch, new relay.Deposit, r relay.Reservoir) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, d := range m.days {
		if slices.ContainsFunc(d.held, func(h deposit) bool { return h.digest == new.Digest }) {
			return ctx.Err()
		}
	}
	if len(new.Payload) > new.Kind.Size() {
		return errors.New("a payload is longer than its kind has them")
	}
	key := dayKey{epoch, new.Kind}
	if m.days[key] == nil {
		m.days[key] = &day{}
	}
	d := m.days[key]
	d.seen++
	keep, evict := r.Place(len(d.held), d.seen)
	if !keep {
		return ctx.Err()
	}
	if evict >= 0 {
		d.held = slices.Delete(d.held, evict, evict+1)
	}
	m.last++
	d.held = append(d.held, deposit{m.last, new.Digest, slices.Clone(new.Payload)})
	d.fresh = true
	return ctx.Err()
}

// List implements [relay.Deposits].
func (m *Memory) List(ctx context.Context, epoch envelope.Epoch, kind relay.Kind) ([]relay.ID, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var ids []relay.ID
	if d := m.days[dayKey{epoch, kind}]; d != nil {
		for _, h := range d.held {
			ids = append(ids, h.id)
		}
	}
	return ids, ctx.Err()
}

// Get implements [relay.Deposits].
func (m *Memory) Get(ctx context.Context, ids []relay.ID) ([][]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	payloads := make([][]byte, len(ids))
	for _, d := range m.days {
		for _, h := range d.held {
			if i := slices.Index(ids, h.id); i >= 0 {
				payloads[i] = slices.Clone(h.payload)
			}
		}
	}
	return payloads, ctx.Err()
}

// Forget implements [relay.Deposits].
func (m *Memory) Forget(ctx context.Context, epoch envelope.Epoch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, kind := range relay.Kinds {
		delete(m.days, dayKey{epoch, kind})
	}
	return ctx.Err()
}

// Turn implements [relay.Store].
func (m *Memory) Turn(ctx context.Context, today envelope.Epoch, shuffle func(n int, swap func(i, j int))) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for key, d := range m.days {
		switch {
		case int64(today)-int64(key.epoch) >= envelope.RelayKeepsDays:
			delete(m.days, key)
		case key.epoch < today && d.fresh:
			shuffle(len(d.held), func(i, j int) { d.held[i], d.held[j] = d.held[j], d.held[i] })
			d.fresh = false
		}
	}
	maps.DeleteFunc(m.records, func(_ string, r relay.Record) bool { return r.Until < today })
	return ctx.Err()
}

// Check implements [relay.Store].
func (m *Memory) Check(ctx context.Context) error { return ctx.Err() }

// Put implements [relay.Records].
func (m *Memory) Put(ctx context.Context, r relay.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	r.Body = slices.Clone(r.Body)
	m.records[r.Name] = r
	return ctx.Err()
}

// Add implements [relay.Records].
func (m *Memory) Add(ctx context.Context, r relay.Record) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.records[r.Name]; ok {
		return relay.ErrExists
	}
	r.Body = slices.Clone(r.Body)
	m.records[r.Name] = r
	return ctx.Err()
}

// Load implements [relay.Records].
func (m *Memory) Load(ctx context.Context, prefix string) ([]relay.Record, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []relay.Record
	for name, r := range m.records {
		if strings.HasPrefix(name, prefix) {
			r.Body = slices.Clone(r.Body)
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b relay.Record) int { return strings.Compare(a.Name, b.Name) })
	return found, ctx.Err()
}
